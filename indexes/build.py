"""Brings a library up to date with files and addresses: only what changed, with progress, resumable at any point.

    read      every file is hashed; one whose bytes are known is not parsed. What is new is parsed, cleaned and staged
              (`indexes/staging.py`).
    fetch     what is behind addresses is fetched and staged (`indexes/web.py`).
    encode    staged articles are split and encoded, a block at a time; a block is one transaction, new before old.
    remove    articles whose file is gone from a folder that was given.
    fill      Chroma is brought up to the library.

A run that is stopped leaves staged articles and an outbox behind; the next run goes on from there. Knows nothing of
questions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from indexes import keep, vectors
from indexes.clean import edge_lines, mark_repeated
from indexes.encoder import BATCH, Encoder, batches
from indexes.fetch import Visitor
from indexes.library import FORMAT
from indexes.passages import SPLITTER, split
from indexes.staging import STREAM, Staging
from indexes.types import Article, IndexSpec, Passage
from indexes.web import Web
from indexes.writer import Encoded, Writer, open_writer

# An edge line in so many articles is the page's, not the article's: two articles may share a line by chance or because
# one is a copy of the other, three rarely do.
REPEATED = 3
# Characters encoded before they are written, about 500 passages: enough to sort into batches of like length, ten
# seconds on two cores, and what a kill -9 costs at most.
BLOCK = 400_000
RULES = "rules-1"  # counts up when loading or cleaning changes, so that files are read again
SPLIT_BY = f"{SPLITTER} counted by {Encoder.name}"
Words = tuple[str, str, str]  # article id, header, text
Half = npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the work stands. stage: "read", "fetch", "encode" or "fill"; done and total in files, pages, characters
    and passages."""

    stage: str
    done: int
    total: int


@dataclass(slots=True)
class BuildReport:
    """What a run did. Articles by id; skipped: (where, reason); failed: addresses, as given, that could not be had;
    feeds: (page, the feeds that it names), of pages whose address was given."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    feeds: list[tuple[str, list[str]]] = field(default_factory=list)
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
            run.staging.read_stream(stream)
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
        self.staging = Staging(writer, RULES, report.skipped)
        self.states = writer.states()  # as they were before this run
        self.waiting = {one for one, _, _ in writer.staged()}  # left by a run that was stopped

    # -- read ---------------------------------------------------------------------------------------------------------

    def read(self, paths: Sequence[Path]) -> dict[str, list[str]]:
        """Stage what is new or changed; returns {origin: article ids} that are gone from the paths."""
        gone = self.staging.read(paths, lambda done, total: self.on_progress(Progress("read", done, total)))
        self._unchanged(self.staging.unchanged)
        return gone

    def visit(self, urls: Sequence[str], visitor: Visitor) -> None:
        """Stage what is new or changed behind addresses, each once."""
        web = Web(self.writer, visitor, RULES, self.staging.stage, self.staging.skip)
        web.read(list(dict.fromkeys(urls)), lambda done, total: self.on_progress(Progress("fetch", done, total)))
        self._unchanged(web.unchanged)
        self.report.failed += web.failed
        self.report.feeds += web.feeds

    def _unchanged(self, ids: Iterable[str]) -> None:
        """Report what is as it was, but for what a run that was stopped has left on the stage: that is yet to come."""
        self.report.unchanged += [one for one in ids if one not in self.waiting]

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
