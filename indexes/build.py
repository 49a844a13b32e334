"""Brings a library up to date with files and addresses: only what changed, with progress, resumable at any point.

    read      every file is hashed; one whose bytes are known is not parsed. What is new is parsed, cleaned and staged.
    fetch     what is behind addresses is fetched and staged (`indexes/web.py`).
    encode    staged articles are split and encoded, a block at a time; a block is one transaction, new before old.
    remove    articles whose file is gone from a folder that was given.
    fill      Chroma is brought up to the library.

A run that is stopped leaves staged articles and an outbox behind; the next run goes on from there. Knows nothing of
questions.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
import numpy.typing as npt

from indexes import keep, vectors
from indexes.clean import clean, edge_lines, mark_repeated
from indexes.encoder import BATCH, Encoder, batches
from indexes.errors import InputError
from indexes.fetch import Visitor
from indexes.library import FORMAT
from indexes.load import RawDocument, find_files, read_file, read_stream
from indexes.passages import SPLITTER, split
from indexes.types import Article, IndexSpec, Passage
from indexes.web import Web, is_address
from indexes.writer import Encoded, Writer, open_writer

# An edge line in so many articles is the page's, not the article's: two articles may share a line by chance or because
# one is a copy of the other, three rarely do.
REPEATED = 3
# Characters encoded before they are written, about 500 passages: enough to sort into batches of like length, ten
# seconds on two cores, and what a kill -9 costs at most.
BLOCK = 400_000
STREAM = "-"  # the origin of what came through standard input
RULES = "rules-1"  # counts up when loading or cleaning changes, so that files are read again
SPLIT_BY = f"{SPLITTER} counted by {Encoder.name}"
Words = tuple[str, str, str]  # article id, header, text
Half = npt.NDArray[np.float16]
T = TypeVar("T")
STAGE = 200  # articles staged in one transaction


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the work stands. stage: "read", "fetch", "encode" or "fill"; done and total in files, pages, characters
    and passages."""

    stage: str
    done: int
    total: int


@dataclass(slots=True)
class BuildReport:
    """What a run did. Articles by id; skipped: (where, reason); failed: addresses, as given, that could not be had."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    passages: int = 0  # encoded in this run
    seconds: float = 0.0


def spec() -> IndexSpec:
    """What this Footnote makes libraries with."""
    return IndexSpec(Encoder.name, Encoder.sha256, Encoder.dimension, SPLIT_BY, FORMAT)


def build(
    folder: Path,
    paths: Sequence[Path],
    *,
    stream: BinaryIO | None = None,
    encoder: Encoder | None = None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    urls: Sequence[str] = (),
    visitor: Visitor | None = None,
) -> BuildReport:
    """Bring the library at `folder` up to date with files, folders, addresses and, if given, one stream. Raises
    LibraryError. Where `visitor` is stopped, what was fetched is indexed."""
    started = time.monotonic()
    report = BuildReport()
    with open_writer(folder, spec()) as writer:
        run = _Run(writer, report, encoder or Encoder(), on_progress)
        gone = run.read(paths)
        if stream is not None:
            run.read_stream(stream)
        if urls:
            run.visit(urls, visitor or Visitor())
        run.encode()
        run.remove(gone)
        vectors.fill(writer, lambda done, total: on_progress(Progress("fill", done, total)))
    report.seconds = time.monotonic() - started
    return report


def remove(folder: Path, article_ids: Sequence[str]) -> list[str]:
    """Remove articles; returns the ids that were there. Their files, if they still stand in an indexed folder, are read
    again by the next `build` over that folder."""
    with open_writer(folder, spec()) as writer:
        owners = {one: writer.owner(one) for one in article_ids}
        found = [one for one, origin in owners.items() if origin is not None]
        writer.remove(found, [origin for origin in owners.values() if origin is not None])
        vectors.fill(writer)
        keep.drop(folder, {str(owners[one]) for one in found})
    return found


def rebuild(folder: Path, on_progress: Callable[[Progress], None] = lambda progress: None) -> int:
    """Fill Chroma anew from the library, without encoding; returns the number of passages."""
    with open_writer(folder, spec()) as writer:
        vectors.refill(writer, lambda done, total: on_progress(Progress("fill", done, total)))
        return writer.counts()[1]


class _Run:
    """One run of `build`: the stages, and what they share."""

    def __init__(
        self, writer: Writer, report: BuildReport, encoder: Encoder, on_progress: Callable[[Progress], None]
    ) -> None:
        self.writer = writer
        self.report = report
        self.encoder = encoder
        self.on_progress = on_progress
        self.origins = writer.origins()  # as they were before this run
        self.states = writer.states()
        self.waiting = {one for one, _, _ in writer.staged()}  # left by a run that was stopped

    # -- read ---------------------------------------------------------------------------------------------------------

    def read(self, paths: Sequence[Path]) -> dict[str, list[str]]:
        """Stage what is new or changed; returns {origin: article ids} that are gone from the paths."""
        files: list[tuple[Path, Path]] = []
        for found in find_files(paths):
            if isinstance(found, InputError):
                self._skip(found)
            else:
                files.append(found)
        gone: dict[str, list[str]] = {}
        for done, (root, file) in enumerate(files):
            self.on_progress(Progress("read", done, len(files)))
            if dropped := self._read_file(root, file):
                gone[str(file)] = dropped
        self.on_progress(Progress("read", len(files), len(files)))
        seen = {str(file) for _, file in files} | {where for where, _ in self.report.skipped}
        return gone | {origin: self.origins[origin] for origin in _missing(self.origins, paths) if origin not in seen}

    def _read_file(self, root: Path, file: Path) -> list[str]:
        """Stage one file's articles unless its bytes are known; returns the ids it held before and holds no longer."""
        origin, state = str(file), _file_state(file)
        known = self.origins.get(origin, [])
        last = self.writer.input_state(origin)
        if state and last and last[0] == state:
            self.report.skipped += last[1]
            self.report.unchanged += [one for one in known if one not in self.waiting]
            return []
        ids, errors = self._stage(read_file(root, file), origin)
        if state:
            self.writer.set_input(origin, state, errors)
        return [one for one in known if one not in ids] if ids else []

    def read_stream(self, stream: BinaryIO) -> None:
        self._stage(read_stream(stream), STREAM)

    def visit(self, urls: Sequence[str], visitor: Visitor) -> None:
        """Stage what is new or changed behind addresses, each once."""
        web = Web(self.writer, visitor, RULES, self._stage, self._skip)
        web.read(list(dict.fromkeys(urls)), lambda done, total: self.on_progress(Progress("fetch", done, total)))
        self.report.unchanged += [one for one in web.unchanged if one not in self.waiting]
        self.report.failed += web.failed

    def _stage(self, documents: Iterable[RawDocument | InputError], origin: str) -> tuple[set[str], list[InputError]]:
        """Clean and stage; returns the ids found, and what could not be used."""
        ids: set[str] = set()
        errors: list[InputError] = []
        for group in _groups(documents, STAGE):
            articles = []
            for document in group:
                found = document if isinstance(document, InputError) else self._claim(clean(document), origin)
                if isinstance(found, InputError):
                    self._skip(found)
                    errors.append(found)
                else:
                    ids.add(found.id)
                    articles.append(found)
            self.writer.stage(articles, origin, [edge_lines(article) for article in articles])
        return ids, errors

    def _claim(self, article: Article, origin: str) -> Article | InputError:
        """The article under an id that is its own. A file whose name is taken by another file that still exists gets a
        suffix; a record keeps its id or is refused. Two addresses with one id are one page: http and https."""
        owner = self.writer.owner(article.id)
        same = owner == origin or (owner is not None and is_address(owner) and is_address(origin))
        if owner is None or same or not _stands(owner):
            return article
        if origin == STREAM or origin.endswith(".jsonl"):
            return InputError(f"{origin}: {article.id}", f"the id is taken by an article from {owner}; give it another")
        return replace(article, id=f"{article.id}-{hashlib.sha256(origin.encode()).hexdigest()[:6]}")

    def _skip(self, error: InputError) -> None:
        self.report.skipped.append((error.where, error.reason))

    # -- encode -------------------------------------------------------------------------------------------------------

    def encode(self) -> None:
        """Split and encode what is staged, block by block; a block is one transaction."""
        furniture = self._furniture()
        work = self.writer.staged()
        total, done = sum(size for _, _, size in work), 0
        for block in _blocks(work):
            items = [(self._marked(one, furniture), origin) for one, origin, _ in block]
            fresh = [item for item in items if self._note(item[0])]
            size = sum(size for _, _, size in block)
            self.writer.put(self._encoded(fresh, partial(self._tell, done, size, total)))
            done += size
            self._tell(done, 0, total, 1.0)

    def _tell(self, done: int, block: int, total: int, share: float) -> None:
        """Progress in characters: those before the block, and the share of the block that is encoded."""
        self.on_progress(Progress("encode", done + int(share * block), total))

    def _furniture(self) -> dict[str, set[str]]:
        """Article id → the edge lines that it shares with REPEATED articles or more. Articles that were indexed before
        somebody shared their line go back on the stage."""
        lines: dict[str, set[str]] = {}
        for line, ids in self.writer.repeated_lines(REPEATED).items():
            for one in ids:
                lines.setdefault(one, set()).add(line)
        staged = {one for one, _, _ in self.writer.staged()}
        for one in lines.keys() - staged:
            article = self.writer.article(one)
            if article and mark_repeated(article, lines[one]) != article:
                self.writer.stage([article], self.writer.owner(one) or STREAM, [edge_lines(article)])
                self.report.unchanged = [other for other in self.report.unchanged if other != one]
        return lines

    def _marked(self, article_id: str, furniture: dict[str, set[str]]) -> Article:
        article = self.writer.staged_article(article_id)
        return mark_repeated(article, furniture[article_id]) if article_id in furniture else article

    def _note(self, article: Article) -> bool:
        """Put the article in the report; True if it has to be written, else it leaves the stage."""
        before = self.states.get(article.id)
        if before == state_of(article):
            self.writer.unstage(article.id)
            self.report.unchanged.append(article.id)
            return False
        (self.report.changed if before else self.report.added).append(article.id)
        return True

    def _encoded(
        self, items: Sequence[tuple[Article, str]], tell: Callable[[float], None]
    ) -> list[tuple[Article, str, str, list[Encoded]]]:
        """(article, origin, state, passages with vectors); words that are in the library already are not encoded
        again."""
        split_items = [(article, origin, split(article, count=self.encoder.count_pieces)) for article, origin in items]
        have = {
            (article.id, *words): vector
            for article, _ in items
            if article.id in self.states
            for words, vector in self.writer.vectors_by_text(article.id).items()
        }
        need = [one for _, _, passages in split_items for one in passages if _words(one) not in have]
        have |= self._encode_passages(need, tell)
        return [
            (article, origin, state_of(article), [(one, have[_words(one)]) for one in passages])
            for article, origin, passages in split_items
        ]

    def _encode_passages(self, passages: Sequence[Passage], tell: Callable[[float], None]) -> dict[Words, Half]:
        texts = [self.encoder.passage_text(one.header, one.text) for one in passages]
        found: dict[Words, Half] = {}
        for batch in batches([len(text) for text in texts], BATCH):
            rows = self.encoder.encode_passages([texts[index] for index in batch]).astype(np.float16)
            found |= {_words(passages[index]): row for index, row in zip(batch, rows, strict=True)}
            self.report.passages += len(batch)
            tell(len(found) / len(texts))
        return found

    # -- remove -------------------------------------------------------------------------------------------------------

    def remove(self, gone: dict[str, list[str]]) -> None:
        """Drop what is gone, unless another file has taken its id over in this run."""
        ids = [one for origin, known in gone.items() for one in known if self.writer.owner(one) == origin]
        whole = [origin for origin in gone if not Path(origin).exists()]
        if ids or whole:
            self.writer.remove(ids, whole)
        self.report.removed += ids


def state_of(article: Article) -> str:
    """What decides whether an article has to be split and encoded again."""
    return f"{article.fingerprint} {SPLIT_BY}"


def _words(passage: Passage) -> Words:
    return passage.article_id, passage.header, passage.text


def _stands(origin: str) -> bool:
    """Is what an article came from still there? Standard input and an address cannot be asked, and keep their ids."""
    return origin == STREAM or is_address(origin) or Path(origin).exists()


def _file_state(file: Path) -> str:
    """SHA-256 of the file's bytes with the version of the rules that read it, or "" where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return f"{RULES} {hashlib.file_digest(stream, 'sha256').hexdigest()}"
    except OSError:
        return ""


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


def _blocks(work: Sequence[tuple[str, str, int]]) -> Iterator[list[tuple[str, str, int]]]:
    """Work in blocks of about BLOCK characters, at least one article each."""
    block: list[tuple[str, str, int]] = []
    for item in work:
        block.append(item)
        if sum(size for _, _, size in block) >= BLOCK:
            yield block
            block = []
    if block:
        yield block
