"""Writing to the library: one writer at a time, whole transactions only.

Every method is one transaction: after a kill -9 at any point the file holds the state before it or after it. What is
new is written in the transaction that drops what is old. Knows nothing of parsing, encoding or Chroma; `outbox` is what
it leaves for Chroma.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from indexes.errors import InputError, LibraryLocked, LibraryUnwritable
from indexes.library import FIELDS, FILE, SCHEMA, Library, pack_spec, sqlite_errors
from indexes.types import Article, IndexSpec, Passage

Encoded = tuple[Passage, npt.NDArray[np.float16]]


@contextmanager
def open_writer(folder: Path, spec: IndexSpec) -> Iterator[Writer]:
    """The one writer of the library at `folder`, made if there is none. Raises LibraryLocked while another writes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0)
        lock.acquire()
    except Timeout:
        holder = _holder(folder)
        raise LibraryLocked(
            f"Another process{holder} is indexing into {folder}; wait for it, then try again."
        ) from None
    except OSError as error:
        raise LibraryUnwritable(f"The folder {folder} cannot be written to ({error.strerror}).") from error
    try:
        (folder / "lock.holder").write_text(str(os.getpid()), encoding="ascii")
        _create(folder, spec)
        writer = Writer(folder, spec)
        yield writer
        writer.close()
    finally:
        lock.release()


def _holder(folder: Path) -> str:
    try:
        return f" (number {int((folder / 'lock.holder').read_text(encoding='ascii'))})"
    except (OSError, ValueError):
        return ""


def _create(folder: Path, spec: IndexSpec) -> None:
    """An empty library, complete or not at all: made beside its place and renamed into it."""
    if (folder / FILE).exists():
        return
    fresh = folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    with sqlite_errors(folder):
        connection = sqlite3.connect(fresh, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript("BEGIN;" + SCHEMA + "COMMIT;")
        connection.execute("INSERT INTO meta VALUES ('spec', ?)", (pack_spec(spec),))
        connection.close()
    fresh.rename(folder / FILE)


class Writer(Library):
    """A library open for writing. Made by `open_writer`, which holds the lock."""

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
        connection.execute("PRAGMA synchronous = NORMAL")  # WAL: a power cut loses the last commits, never the file
        return connection

    def close(self) -> None:
        """Fold the WAL into the file, so that it can be copied or read from a read-only disk."""
        with sqlite_errors(self.folder):
            self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        super().close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with sqlite_errors(self.folder):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def set_meta(self, **values: object) -> None:
        """Write values into the table meta."""
        with self._transaction() as connection:
            for name, value in values.items():
                connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(value)))

    # -- inputs and staging -------------------------------------------------------------------------------------------

    def input_state(self, origin: str) -> tuple[str, list[tuple[str, str]]] | None:
        """The file's state when it was last read, and what of it could not be used: (where, reason)."""
        rows = self.rows("SELECT state, errors FROM inputs WHERE origin = ?", (origin,))
        return (str(rows[0][0]), [tuple(pair) for pair in json.loads(str(rows[0][1]))]) if rows else None

    def set_input(self, origin: str, state: str, errors: Sequence[InputError]) -> None:
        """Note a file whose articles are all staged."""
        packed = json.dumps([(error.where, error.reason) for error in errors])
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO inputs VALUES (?, ?, ?)", (origin, state, packed))

    def origins(self) -> dict[str, list[str]]:
        """Every origin with the ids of its articles, staged ones too."""
        found: dict[str, list[str]] = {}
        for origin, article_id in self.rows("SELECT origin, id FROM articles UNION SELECT origin, id FROM staged"):
            found.setdefault(str(origin), []).append(str(article_id))
        return found

    def owner(self, article_id: str) -> str | None:
        """The origin that this id belongs to."""
        sql = "SELECT origin FROM staged WHERE id = ? UNION ALL SELECT origin FROM articles WHERE id = ?"
        rows = self.rows(sql, (article_id, article_id))
        return str(rows[0][0]) if rows else None

    def states(self) -> dict[str, str]:
        """Article id → the state it was written with."""
        return {str(row[0]): str(row[1]) for row in self.rows("SELECT id, state FROM articles")}

    def stage(self, articles: Sequence[Article], origin: str, lines: Sequence[Iterable[str]]) -> None:
        """Keep articles that have been read, with their edge lines, until they are encoded."""
        with self._transaction() as connection:
            for article, edges in zip(articles, lines, strict=True):
                packed = json.dumps(asdict(article))
                connection.execute("INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", (article.id, origin, packed))
                connection.execute("DELETE FROM lines WHERE id = ?", (article.id,))
                rows = ((line, article.id) for line in edges)
                connection.executemany("INSERT OR IGNORE INTO lines VALUES (?, ?)", rows)

    def staged(self) -> list[tuple[str, str, int]]:
        """(id, origin, characters) of what waits to be encoded, in order of id."""
        rows = self.rows("SELECT id, origin, length(article) FROM staged ORDER BY id")
        return [(str(row[0]), str(row[1]), int(row[2])) for row in rows]

    def staged_article(self, article_id: str) -> Article:
        """One article from the stage."""
        packed = json.loads(str(self.rows("SELECT article FROM staged WHERE id = ?", (article_id,))[0][0]))
        packed["leftovers"] = tuple((start, end) for start, end in packed["leftovers"])
        return Article(**packed)

    def repeated_lines(self, least: int) -> dict[str, list[str]]:
        """Edge lines that stand in at least so many articles, with the ids of those articles."""
        sql = "SELECT line, json_group_array(id) FROM lines GROUP BY line HAVING count(*) >= ?"
        return {str(row[0]): json.loads(str(row[1])) for row in self.rows(sql, (least,))}

    # -- articles and passages ----------------------------------------------------------------------------------------

    def vectors_by_text(self, article_id: str) -> dict[tuple[str, str], npt.NDArray[np.float16]]:
        """(header, text) → vector of this article's passages: words that only moved are not encoded again."""
        rows = self.rows(
            "SELECT w.header, w.body, p.vector FROM articles a JOIN passages p ON p.article = a.key "
            "JOIN words w ON w.rowid = p.key WHERE a.id = ?",
            (article_id,),
        )
        return {(str(row[0]), str(row[1])): np.frombuffer(bytes(row[2]), dtype=np.float16) for row in rows}

    def put(self, items: Sequence[tuple[Article, str, str, Sequence[Encoded]]]) -> None:
        """Write (article, origin, state, its passages), new before old, and take the articles off the stage: one
        transaction."""
        with self._transaction() as connection:
            for article, origin, state, passages in items:
                key = _put_article(connection, article, origin, state)
                old = {str(row[0]) for row in connection.execute("SELECT id FROM passages WHERE article = ?", (key,))}
                for passage, vector in passages:
                    if passage.id not in old:
                        _put_passage(connection, key, passage, vector)
                _drop_passages(connection, old - {passage.id for passage, _ in passages})
                connection.execute("DELETE FROM staged WHERE id = ?", (article.id,))
            _next_generation(connection)

    def unstage(self, article_id: str) -> None:
        """Take an article off the stage without writing it."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM staged WHERE id = ?", (article_id,))

    def remove(self, article_ids: Sequence[str], origins: Sequence[str] = ()) -> None:
        """Drop articles, and forget these inputs so that they would be read again."""
        with self._transaction() as connection:
            for article_id in article_ids:
                sql = "SELECT p.id FROM passages p JOIN articles a ON a.key = p.article WHERE a.id = ?"
                _drop_passages(connection, {str(row[0]) for row in connection.execute(sql, (article_id,))})
                for table in ("articles", "staged", "lines"):
                    connection.execute(f"DELETE FROM {table} WHERE id = ?", (article_id,))
            connection.executemany("DELETE FROM inputs WHERE origin = ?", [(origin,) for origin in origins])
            _next_generation(connection)

    # -- Chroma's outbox ----------------------------------------------------------------------------------------------

    def outbox(self, add_it: bool, limit: int = 1_000_000_000) -> list[str]:
        """Ids of passages that Chroma has still to add, or to drop."""
        rows = self.rows("SELECT passage FROM outbox WHERE add_it = ? ORDER BY passage LIMIT ?", (int(add_it), limit))
        return [str(row[0]) for row in rows]

    def refill_outbox(self) -> None:
        """Everything is still to be added: Chroma starts from nothing."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM outbox")
            connection.execute("INSERT INTO outbox SELECT id, 1 FROM passages")

    def sent(self, passage_ids: Sequence[str]) -> None:
        """Chroma has done its work on these."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM outbox WHERE passage = ?", [(one,) for one in passage_ids])


def _put_article(connection: sqlite3.Connection, article: Article, origin: str, state: str) -> int:
    values = asdict(article) | {"leftovers": json.dumps(article.leftovers)}
    names = ("origin", "state", *FIELDS)
    row = (origin, state, *(values[name] for name in FIELDS))
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    connection.execute(
        f"INSERT INTO articles ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "
        f"ON CONFLICT (id) DO UPDATE SET {updates}",
        row,
    )
    return int(connection.execute("SELECT key FROM articles WHERE id = ?", (article.id,)).fetchone()[0])


def _put_passage(
    connection: sqlite3.Connection, article: int, passage: Passage, vector: npt.NDArray[np.float16]
) -> None:
    cursor = connection.execute(
        "INSERT INTO passages (id, article, start, end, header, vector) VALUES (?, ?, ?, ?, ?, ?)",
        (passage.id, article, passage.start, passage.end, passage.header, vector.tobytes()),
    )
    connection.execute(
        "INSERT INTO words (rowid, header, body) VALUES (?, ?, ?)", (cursor.lastrowid, passage.header, passage.text)
    )
    connection.execute("INSERT OR REPLACE INTO outbox VALUES (?, 1)", (passage.id,))


def _drop_passages(connection: sqlite3.Connection, ids: set[str]) -> None:
    for one in sorted(ids):
        key = connection.execute("SELECT key FROM passages WHERE id = ?", (one,)).fetchone()[0]
        connection.execute("DELETE FROM words WHERE rowid = ?", (key,))
        connection.execute("DELETE FROM passages WHERE key = ?", (key,))
        connection.execute("INSERT OR REPLACE INTO outbox VALUES (?, 0)", (one,))


def _next_generation(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO meta VALUES ('generation', '1') "
        "ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
    )
