"""The library: one SQLite file that is the source of truth. Articles, passages, their vectors and the full-text index.

Reading only; `indexes/writer.py` writes. Everything here sees one committed state: WAL lets readers go on while
somebody indexes. Every connection belongs to one thread. Knows nothing of Chroma, which is filled from here.

    articles   key, id, origin, state (fingerprint and splitter), title … text, leftovers
    passages   key, id, article, start, end, header, vector (float16, unit length)
    words      FTS5 over header and body, rowid = passages.key
    inputs     origin → state of the file as last read (SHA-256 and rules), and what of it could not be used
    staged     articles read but not yet encoded: the work that a stopped run left behind
    outbox     passages that Chroma has still to add or drop
    meta       spec, generation, Chroma's generation and digest
"""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexes.errors import LibraryDamaged, LibraryMismatch, LibraryUnwritable, NoLibrary
from indexes.types import Article, Filters, IndexSpec, Passage

FORMAT = 1
FILE = "library.sqlite3"
# Of a word in the header, against 1 in the text. BM25 alone, MRR@10 on every sixth question of Natural Questions: 0.25
# .841, 0.5 .867, 1 .882, 2 .885; on SQuAD 2 dev all within .003 of each other.
HEADER_WEIGHT = 1.0

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE inputs (origin TEXT PRIMARY KEY, state TEXT NOT NULL, errors TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE articles (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, state TEXT NOT NULL,
  title TEXT NOT NULL, author TEXT NOT NULL, published TEXT NOT NULL, source TEXT NOT NULL, url TEXT NOT NULL,
  credit TEXT NOT NULL, text TEXT NOT NULL, leftovers TEXT NOT NULL);
CREATE INDEX articles_origin ON articles (origin);
CREATE TABLE passages (
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, article INTEGER NOT NULL, start INTEGER NOT NULL,
  end INTEGER NOT NULL, header TEXT NOT NULL, vector BLOB NOT NULL);
CREATE INDEX passages_article ON passages (article);
CREATE VIRTUAL TABLE words USING fts5 (header, body, tokenize = 'porter unicode61 remove_diacritics 2');
CREATE TABLE staged (id TEXT PRIMARY KEY, origin TEXT NOT NULL, article TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE lines (line TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY (line, id)) WITHOUT ROWID;
CREATE TABLE outbox (passage TEXT PRIMARY KEY, add_it INTEGER NOT NULL) WITHOUT ROWID;
"""
FIELDS = ("id", "title", "author", "published", "source", "url", "credit", "text", "leftovers")
COLUMNS = ", ".join(f"a.{name}" for name in FIELDS)


class Library:
    """A library on disk, for reading. `Library(folder)` raises NoLibrary where there is none, LibraryMismatch where
    another spec made it, LibraryDamaged where SQLite cannot read it."""

    def __init__(self, folder: Path, spec: IndexSpec | None = None) -> None:
        self.folder = folder
        self.path = folder / FILE
        self._local = threading.local()
        if not self.path.is_file():
            raise NoLibrary(f"There is no library at {folder} yet; make one with `footnote index PATH`.")
        self.check_spec(spec)

    # -- what made it -------------------------------------------------------------------------------------------------

    def check_spec(self, spec: IndexSpec | None) -> None:
        """Raise LibraryMismatch unless this Footnote reads the format and, if given, the spec's encoder made it."""
        made_by = self.spec
        if made_by.format != FORMAT:
            raise LibraryMismatch(
                f"The library at {self.folder} has format {made_by.format}, this Footnote reads {FORMAT}; "
                "index the articles again into a new folder with `--library`."
            )
        if spec is not None and (made_by.encoder, made_by.encoder_sha256) != (spec.encoder, spec.encoder_sha256):
            raise LibraryMismatch(
                f"The library at {self.folder} was made by the encoder {made_by.encoder}, "
                f"this is {spec.encoder}; use that encoder, or index the "
                "articles again into a new folder with `--library`."
            )

    @property
    def spec(self) -> IndexSpec:
        """What made this library."""
        return IndexSpec(**json.loads(self.meta("spec", "{}")))

    def meta(self, name: str, default: str = "") -> str:
        """One value of the table meta."""
        rows = self.rows("SELECT value FROM meta WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else default

    @property
    def generation(self) -> int:
        """Grows with every change to the passages."""
        return int(self.meta("generation", "0"))

    # -- articles -----------------------------------------------------------------------------------------------------

    def article(self, article_id: str) -> Article | None:
        """The article of this id, whole."""
        rows = self.rows(f"SELECT {COLUMNS} FROM articles a WHERE a.id = ?", (article_id,))
        return _article(rows[0]) if rows else None

    def articles(self) -> list[Article]:
        """Every article, newest first, then by id."""
        return [_article(row) for row in self.rows(f"SELECT {COLUMNS} FROM articles a ORDER BY a.published DESC, a.id")]

    def sources(self) -> list[str]:
        """Every source once, by name."""
        rows = self.rows("SELECT DISTINCT source FROM articles WHERE source <> '' ORDER BY source COLLATE NOCASE")
        return [str(row[0]) for row in rows]

    def counts(self) -> tuple[int, int]:
        """Articles, passages."""
        articles, passages = self.rows("SELECT (SELECT count(*) FROM articles), (SELECT count(*) FROM passages)")[0]
        return int(articles), int(passages)

    def waiting(self) -> int:
        """Articles that were read but are not encoded yet."""
        return int(self.rows("SELECT count(*) FROM staged")[0][0])

    # -- passages -----------------------------------------------------------------------------------------------------

    def passages(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The passages of these ids that exist, by id."""
        rows = self.rows(
            "SELECT p.id, a.id, p.start, p.end, w.body, p.header FROM json_each(?) AS wanted "
            "JOIN passages p ON p.id = wanted.value JOIN articles a ON a.key = p.article "
            "JOIN words w ON w.rowid = p.key",
            (json.dumps(list(ids)),),
        )
        return {row[0]: Passage(*row[1:]) for row in rows}

    def search_words(self, question: str, limit: int, filters: Filters = Filters()) -> list[tuple[str, float]]:
        """BM25 over header and body: (passage id, score > 0, higher is better), best first, ties by id."""
        match = any_of(words_of(question))
        if not match:
            return []
        where, values = _where(filters)
        rows = self.rows(
            f"SELECT p.id, -bm25(words, {HEADER_WEIGHT}, 1.0) AS score FROM words "
            "JOIN passages p ON p.key = words.rowid JOIN articles a ON a.key = p.article "
            f"WHERE words MATCH ? {where} ORDER BY score DESC, p.id LIMIT ?",
            (match, *values, limit),
        )
        return [(str(row[0]), float(row[1])) for row in rows]

    def vectors(self, filters: Filters = Filters()) -> tuple[list[str], npt.NDArray[np.float16]]:
        """Ids and vectors, float16 (n, dimension), of the passages that pass the filters, in order of key."""
        where, values = _where(filters)
        rows = self.rows(
            "SELECT p.id, p.vector FROM passages p JOIN articles a ON a.key = p.article "
            f"WHERE 1 {where} ORDER BY p.key",
            values,
        )
        return _unpack(rows, self.spec.dimension)

    def vectors_of(self, ids: Sequence[str]) -> tuple[list[str], npt.NDArray[np.float16]]:
        """Ids and vectors, float16 (n, dimension), of those passages that exist."""
        rows = self.rows(
            "SELECT p.id, p.vector FROM json_each(?) AS wanted JOIN passages p ON p.id = wanted.value",
            (json.dumps(list(ids)),),
        )
        return _unpack(rows, self.spec.dimension)

    # -- the file -----------------------------------------------------------------------------------------------------

    def check(self) -> list[str]:
        """What is wrong with the file, one sentence each; empty when it is sound."""
        wrong = [f"SQLite reports: {row[0]}." for row in self.rows("PRAGMA quick_check(5)") if row[0] != "ok"]
        checks = {
            "passages without their article": "passages WHERE article NOT IN (SELECT key FROM articles)",
            "passages without their words": "passages WHERE key NOT IN (SELECT rowid FROM words)",
            "words without their passage": "words WHERE rowid NOT IN (SELECT key FROM passages)",
        }
        for what, where in checks.items():
            if count := self.rows(f"SELECT count(*) FROM {where}")[0][0]:
                wrong.append(f"There are {count} {what}.")
        return wrong

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Run one statement; every row."""
        with sqlite_errors(self.folder):
            return self._connection().execute(sql, tuple(values)).fetchall()

    def close(self) -> None:
        """Close this thread's connection; others close with their threads."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        """Read only; a library on a read-only disk has no WAL to read and is opened as immutable."""
        uri = self.path.resolve().as_uri()
        try:
            connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=30)
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True)
        return connection


@contextlib.contextmanager
def sqlite_errors(folder: Path) -> Iterator[None]:
    """SQLite's errors as ours, each with what to do."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "full" in text:
            raise LibraryUnwritable(
                f"The disk is full, so {folder} cannot grow; free some space and try again."
            ) from error
        if "readonly" in text or "unable to open" in text or "disk I/O" in text:
            raise LibraryUnwritable(f"The folder {folder} cannot be written to; check who owns it.") from error
        raise LibraryDamaged(
            f"The library at {folder} cannot be read ({text}); `footnote doctor` says what is wrong."
        ) from error
    except sqlite3.DatabaseError as error:
        raise LibraryDamaged(
            f"The library at {folder} is damaged ({error}); index the articles again into a new folder "
            "with `--library`."
        ) from error


def pack_spec(spec: IndexSpec) -> str:
    """The spec as `meta` keeps it."""
    return json.dumps(asdict(spec), sort_keys=True)


def _article(row: Sequence[object]) -> Article:
    values = dict(zip(FIELDS, row, strict=True))
    leftovers = tuple((start, end) for start, end in json.loads(str(values.pop("leftovers"))))
    return Article(leftovers=leftovers, **{name: str(value) for name, value in values.items()})


def _unpack(rows: Sequence[Sequence[object]], dimension: int) -> tuple[list[str], npt.NDArray[np.float16]]:
    packed = b"".join(row[1] for row in rows if isinstance(row[1], bytes))
    return [str(row[0]) for row in rows], np.frombuffer(packed, dtype=np.float16).reshape(len(rows), dimension)


def _where(filters: Filters) -> tuple[str, list[object]]:
    """SQL conditions on articles `a`, with their values."""
    parts: list[str] = []
    values: list[object] = []
    if filters.sources:
        parts.append("AND a.source COLLATE NOCASE IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.sources))
    if filters.articles:
        parts.append("AND a.id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.articles))
    if filters.after:
        parts.append("AND a.published <> '' AND substr(a.published, 1, 10) >= ?")
        values.append(filters.after)
    if filters.before:
        parts.append("AND a.published <> '' AND substr(a.published, 1, 10) <= ?")
        values.append(filters.before)
    return " ".join(parts), values


WORD = re.compile(r"\w+")
# Words that carry no subject. Kept short: BM25 already gives frequent words next to no weight, this only saves time.
STOP_WORDS = frozenset(
    """
a an and are as at be been but by did do does for from had has have how i in is it its me my of on or say
says said so tell than that the their them then there these they this those to was we were what when where
which who whom whose why will with would you your about
""".split()
)
MAX_WORDS = 64  # of a question that are searched for; a longer one is a pasted text, whose first words say enough


def words_of(text: str) -> list[str]:
    """The words of a search that are looked for: those that carry a subject, or all where none does."""
    words = list(dict.fromkeys(word.casefold() for word in WORD.findall(text)))
    return ([word for word in words if word not in STOP_WORDS] or words)[:MAX_WORDS]


def any_of(words: Sequence[str]) -> str:
    """The FTS5 query: any of the words, each quoted so that it is never read as syntax."""
    return " OR ".join(f'"{word}"' for word in words)
