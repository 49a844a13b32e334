"""The files' part of `build`: what is new or changed in files, folders and a stream is cleaned and staged.

    its bytes are known  →  it is not parsed, its articles are reported as unchanged
    new or changed       →  parsed, cleaned, each article put under an id of its own, staged, noted as read
    gone from a folder   →  named; it is removed once the rest is in

What the web's part has fetched is cleaned and staged here too. Knows nothing of encoding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeVar

from indexes.clean import clean, edge_lines
from indexes.errors import InputError
from indexes.folders import find_files
from indexes.load import RawDocument, read_file, read_stream
from indexes.types import Article
from indexes.web import is_address
from indexes.writer import Writer

STREAM = "-"  # the origin of what came through standard input
STAGE = 200  # articles staged in one transaction
T = TypeVar("T")


class Staging:
    """What one run puts on the stage. rules: the version of those that read a file. skipped: takes (where, reason) of
    what cannot be used."""

    def __init__(self, writer: Writer, rules: str, skipped: list[tuple[str, str]]) -> None:
        self.unchanged: list[str] = []  # ids of articles whose file is as it was
        self._writer = writer
        self._rules = rules
        self._skipped = skipped
        self._origins = writer.origins()  # as they were before this run

    def read(self, paths: Sequence[Path], on_progress: Callable[[int, int], None]) -> dict[str, list[str]]:
        """Stage what is new or changed; returns {origin: article ids} that are gone from the paths."""
        files: list[tuple[Path, Path]] = []
        for found in find_files(paths):
            if isinstance(found, InputError):
                self.skip(found)
            else:
                files.append(found)
        gone: dict[str, list[str]] = {}
        for done, (root, file) in enumerate(files):
            on_progress(done, len(files))
            if dropped := self._read_file(root, file):
                gone[str(file)] = dropped
        on_progress(len(files), len(files))
        seen = {str(file) for _, file in files} | {where for where, _ in self._skipped}
        return gone | {origin: self._origins[origin] for origin in _missing(self._origins, paths) if origin not in seen}

    def _read_file(self, root: Path, file: Path) -> list[str]:
        """Stage one file's articles unless its bytes are known; returns the ids it held before and holds no longer."""
        origin, state = str(file), self._state(file)
        known = self._origins.get(origin, [])
        last = self._writer.input_state(origin)
        if state and last and last[0] == state:
            self._skipped += last[1]
            self.unchanged += known
            return []
        ids, errors = self.stage(read_file(root, file), origin)
        if state:
            self._writer.set_input(origin, state, errors)
        return [one for one in known if one not in ids] if ids else []

    def _state(self, file: Path) -> str:
        """SHA-256 of the file's bytes with the version of the rules that read it, or "" where it cannot be read."""
        try:
            with file.open("rb") as stream:
                return f"{self._rules} {hashlib.file_digest(stream, 'sha256').hexdigest()}"
        except OSError:
            return ""

    def read_stream(self, stream: BinaryIO) -> None:
        """Stage what comes through standard input."""
        self.stage(read_stream(stream), STREAM)

    def stage(self, documents: Iterable[RawDocument | InputError], origin: str) -> tuple[set[str], list[InputError]]:
        """Clean and stage; returns the ids found, and what could not be used."""
        ids: set[str] = set()
        errors: list[InputError] = []
        for group in _groups(documents, STAGE):
            articles = []
            for document in group:
                found = document if isinstance(document, InputError) else self._claim(clean(document), origin)
                if isinstance(found, InputError):
                    self.skip(found)
                    errors.append(found)
                else:
                    ids.add(found.id)
                    articles.append(found)
            self._writer.stage(articles, origin, [edge_lines(article) for article in articles])
        return ids, errors

    def skip(self, error: InputError) -> None:
        """Note what cannot be used, and why."""
        self._skipped.append((error.where, error.reason))

    def _claim(self, article: Article, origin: str) -> Article | InputError:
        """The article under an id that is its own. A file whose name is taken by another file that still exists gets a
        suffix; a record keeps its id or is refused. Two addresses with one id are one page: http and https."""
        owner = self._writer.owner(article.id)
        same = owner == origin or (owner is not None and is_address(owner) and is_address(origin))
        if owner is None or same or not _stands(owner):
            return article
        if origin == STREAM or origin.endswith(".jsonl"):
            return InputError(f"{origin}: {article.id}", f"the id is taken by an article from {owner}; give it another")
        return replace(article, id=f"{article.id}-{hashlib.sha256(origin.encode()).hexdigest()[:6]}")


def _stands(origin: str) -> bool:
    """Is what an article came from still there? Standard input and an address cannot be asked, and keep their ids."""
    return origin == STREAM or is_address(origin) or Path(origin).exists()


def _missing(origins: Iterable[str], paths: Sequence[Path]) -> list[str]:
    """Origins inside folders that were given, whose file is gone. A folder that is itself gone proves nothing."""
    folders = [path.resolve() for path in paths if path.is_dir()]
    inside = [one for one in origins if one != STREAM and any(folder in Path(one).parents for folder in folders)]
    return [one for one in inside if not Path(one).exists()]


def _groups(items: Iterable[T], size: int) -> Iterator[list[T]]:
    group: list[T] = []
    for item in items:
        group.append(item)
        if len(group) == size:
            yield group
            group = []
    if group:
        yield group
