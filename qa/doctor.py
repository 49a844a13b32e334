"""Is everything sound? The library, Chroma beside it and the models, each with what to do. `footnote doctor` prints it.

Changes nothing, but makes the large reader where it is missing. Chroma is opened in a process of its own: a damaged
vector file can end the process that reads it.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from indexes import vectors
from indexes.build import spec
from indexes.encoder import Encoder
from indexes.errors import FootnoteError
from indexes.library import Library
from qa.reader import mpnet
from qa.reader.model import ReaderModel

PROBE_SECONDS = 120  # opening 200,000 passages takes two


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in one sentence, with what to do where it is not sound."""

    sound: bool
    text: str


def examine(folder: Path) -> list[Finding]:
    """Every finding, in the order in which things depend on each other."""
    return [*_models(), *_library(folder)]


def _models() -> Iterator[Finding]:
    checks: dict[str, Callable[[], Path]] = {
        "encoder": encoder_folder,
        "reader": reader_folder,
        "large reader": large_folder,
    }
    for name, folder in checks.items():
        try:
            yield Finding(True, f"The {name}'s weights are what they should be ({folder()}).")
        except FootnoteError as error:
            yield Finding(False, str(error))


def encoder_folder() -> Path:
    """Where the encoder's weights lie, once they are checked."""
    return Encoder().folder


def reader_folder() -> Path:
    """Where the reader's weights lie, once they and those of its package are checked."""
    weights, _ = ReaderModel().checked()
    return weights.parent


def large_folder() -> Path:
    """Where the large reader's weights lie, once they are made and checked."""
    return mpnet.made()


def _library(folder: Path) -> Iterator[Finding]:
    try:
        library = Library(folder, spec())
        wrong = library.check()
        articles, passages = library.counts()
    except FootnoteError as error:
        yield Finding(False, str(error))
        return
    if wrong:
        advice = "index the articles again into a new folder with `--library`"
        yield Finding(False, f"The library at {folder} is damaged; {advice}. {' '.join(wrong)}")
        return
    yield Finding(True, f"The library at {folder} holds {articles:,} articles in {passages:,} passages.")
    waiting = library.waiting()
    if waiting:
        yield Finding(False, f"{waiting:,} articles were read but not encoded; run the same `footnote index` again.")
    yield _chroma(library)


def _chroma(library: Library) -> Finding:
    if not vectors.is_current(library):
        return Finding(
            False,
            "Chroma is not a true copy of the library (answers are found without it, more slowly); "
            "run `footnote rebuild`.",
        )
    lost = _probe(library.folder)
    if lost is None:
        return Finding(False, "Chroma cannot be opened; run `footnote rebuild`.")
    if lost:
        return Finding(
            False, f"Chroma does not find {lost} of {vectors.PROBES} of its own passages; run `footnote rebuild`."
        )
    return Finding(True, "Chroma is a true copy of the library and finds its own passages.")


def _probe(folder: Path) -> int | None:
    """Passages that Chroma lost, counted in a child process; None if the child did not live to tell."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_count_lost, args=(folder, sender), daemon=True)
    child.start()
    sender.close()
    try:
        return int(receiver.recv()) if receiver.poll(PROBE_SECONDS) else None
    except EOFError:
        return None
    finally:
        child.kill()
        child.join()


def _count_lost(folder: Path, sender: multiprocessing.connection.Connection) -> None:
    library = Library(folder)
    sender.send(vectors.unreachable(library, vectors.open_store(folder)))
