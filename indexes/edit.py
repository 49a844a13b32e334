"""Changes that a person makes to a library: title, author and date put right, an article removed and brought back.

A correction is kept apart from the file that the article came from, and a trigger puts it on whenever that file is read
again; so whoever fills the stage needs to know nothing of it. Text is never changed, so citations stay true. A removed
article is kept whole, vectors included, until the next one is removed or KEPT seconds are over.

    corrections   id, origin, fields (JSON): what a person put in the place of what the file says
    aside         the article that was removed last, with its passages; at most one row

Both tables come with the first change. A change that is stopped half way is finished by the next `footnote index`, or
has not happened. Knows nothing of pages.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from indexes import vectors
from indexes.build import spec, state_of
from indexes.clean import TITLE_MOST, edge_lines, iso_date
from indexes.encoder import Encoder
from indexes.errors import InputError
from indexes.library import FIELDS, Library
from indexes.passages import split
from indexes.text import plain
from indexes.types import Article, Passage
from indexes.writer import Encoded, Writer, open_writer

KEPT = 600.0  # seconds that a removed article can be brought back: time to notice a slip, no hidden archive

TABLES = (
    "CREATE TABLE IF NOT EXISTS corrections (id TEXT PRIMARY KEY, origin TEXT NOT NULL, fields TEXT NOT NULL) "
    "WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS aside (slot INTEGER PRIMARY KEY CHECK (slot = 1), id TEXT NOT NULL, "
    "key INTEGER NOT NULL, origin TEXT NOT NULL, state TEXT NOT NULL, article TEXT NOT NULL, spans TEXT NOT NULL, "
    "vectors BLOB NOT NULL, at REAL NOT NULL)",
    "CREATE TRIGGER IF NOT EXISTS corrected AFTER INSERT ON staged "
    "WHEN EXISTS (SELECT 1 FROM corrections c WHERE c.id = NEW.id AND c.origin = NEW.origin) BEGIN "
    "UPDATE staged SET article = json_patch(article, (SELECT c.fields FROM corrections c WHERE c.id = NEW.id)) "
    "WHERE id = NEW.id; END",
)
KEEP = (
    "INSERT INTO corrections VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET origin = excluded.origin, "
    "fields = CASE origin WHEN excluded.origin THEN json_patch(fields, excluded.fields) ELSE excluded.fields END"
)


@dataclass(frozen=True, slots=True)
class Aside:
    """The article that was removed last and can be brought back. at: seconds since 1970."""

    id: str
    title: str
    at: float


def correct(
    folder: Path,
    article_id: str,
    title: str | None = None,
    author: str | None = None,
    published: str | None = None,
    encoder: Encoder | None = None,
) -> Article:
    """Put these in the place of what the file says, now and whenever it is read again; None leaves one as it is.
    Returns the article as it is now. Raises InputError for a date that is none, LibraryError."""
    given = {"title": title, "author": author, "published": published}
    wanted = {name: _line(value) for name, value in given.items() if value is not None}
    with _changing(folder) as writer:
        before = _newest(writer, article_id)
        changes = {name: value for name, value in wanted.items() if value != getattr(before, name)}
        if not changes:
            return before
        _check_date(changes.get("published", ""))
        origin = str(writer.owner(article_id))
        writer.rows(KEEP, (article_id, origin, json.dumps(changes)))
        writer.stage([before], origin, [edge_lines(before)])
        article = writer.staged_article(article_id)
        writer.put([(article, origin, state_of(article), _encoded(writer, article, encoder or Encoder()))])
        vectors.fill(writer)
        return article


def set_aside(folder: Path, article_id: str) -> Article:
    """Remove an article and keep it for `bring_back`, in the place of what was kept before. Its file is forgotten, as
    by `footnote remove`: the next `build` over it reads it again. Raises InputError, LibraryError."""
    with _changing(folder) as writer:
        article = writer.article(article_id)
        if article is None:
            raise _unknown(article_id)
        key, state = writer.rows("SELECT key, state FROM articles WHERE id = ?", (article_id,))[0]
        rows = writer.rows("SELECT start, end, vector FROM passages WHERE article = ? ORDER BY key", (key,))
        places, packed = json.dumps([row[:2] for row in rows]), b"".join(bytes(row[2]) for row in rows)
        origin = str(writer.owner(article_id))
        kept = (article_id, key, origin, state, json.dumps(asdict(article)), places, packed, time.time())
        writer.rows("INSERT OR REPLACE INTO aside VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)", kept)
        writer.remove([article_id], [origin])
        vectors.fill(writer)
        return article


def bring_back(folder: Path, article_id: str) -> Article:
    """Undo `set_aside`: the same article with the same passages and vectors, at its old place among those added. Raises
    InputError where it is no longer kept, LibraryError."""
    with _changing(folder) as writer:
        rows = writer.rows("SELECT key, origin, state, article, spans, vectors FROM aside WHERE id = ?", (article_id,))
        if not rows:
            reason = "it is no longer kept; index its file again with `footnote index` to have it back"
            raise InputError(article_id, reason)
        key, origin, state, packed, places, numbers = rows[0]
        article = _unpacked(str(packed))
        if writer.owner(article_id) is None:  # else its file was read again meanwhile, and that is newer
            writer.stage([article], origin, [edge_lines(article)])
            _keep_place(writer, int(key), str(origin), article)
            writer.put([(article, str(origin), str(state), _kept_passages(writer, article, places, numbers))])
        writer.rows("DELETE FROM aside")
        vectors.fill(writer)
        return writer.article(article_id) or article


def lately_removed(library: Library) -> Aside | None:
    """What `bring_back` would bring back now."""
    if not library.rows("SELECT 1 FROM sqlite_master WHERE name = 'aside'"):
        return None
    sql = "SELECT id, json_extract(article, '$.title'), at FROM aside WHERE at > ?"
    rows = library.rows(sql, (time.time() - KEPT,))
    return Aside(str(rows[0][0]), str(rows[0][1]), float(rows[0][2])) if rows else None


# -- the parts --------------------------------------------------------------------------------------------------------


@contextmanager
def _changing(folder: Path) -> Iterator[Writer]:
    """The writer of a library that exists, with our tables in it and nothing kept for too long."""
    Library(folder, spec()).close()
    with open_writer(folder, spec()) as writer:
        for statement in TABLES:
            writer.rows(statement)
        writer.rows("DELETE FROM aside WHERE at <= ?", (time.time() - KEPT,))
        yield writer


def _line(value: str) -> str:
    """What a person typed, on one line that SQLite can hold."""
    return plain(value)[:TITLE_MOST]


def _check_date(text: str) -> None:
    """Raise InputError for what is neither empty nor an ISO date or date-time."""
    try:
        good = not text or (iso_date(text) == text and bool(datetime.fromisoformat(text)))
    except ValueError:
        good = False
    if not good:
        raise InputError(f"The date “{text[:40]}”", "write it as 2021-03-24, or leave it empty")


def _newest(writer: Writer, article_id: str) -> Article:
    """The article as it was read last: a stopped run may have left a newer one on the stage."""
    staged = writer.rows("SELECT 1 FROM staged WHERE id = ?", (article_id,))
    article = writer.staged_article(article_id) if staged else writer.article(article_id)
    if article is None:
        raise _unknown(article_id)
    return article


def _unknown(article_id: str) -> InputError:
    return InputError(article_id, "there is no such article in the library; `footnote articles` lists them")


def _encoded(writer: Writer, article: Article, encoder: Encoder) -> list[Encoded]:
    """Its passages with their vectors; only those whose header or words are new are encoded."""
    passages = split(article, count=encoder.count_pieces)
    have = writer.vectors_by_text(article.id)
    need = [one for one in passages if (one.header, one.text) not in have]
    rows = encoder.encode_passages([encoder.passage_text(one.header, one.text) for one in need]).astype(np.float16)
    have |= {(one.header, one.text): row for one, row in zip(need, rows, strict=True)}
    return [(one, have[one.header, one.text]) for one in passages]


def _unpacked(packed: str) -> Article:
    values: dict[str, Any] = json.loads(packed)
    return Article(**{**values, "leftovers": tuple((start, end) for start, end in values["leftovers"])})


def _kept_passages(writer: Writer, article: Article, places: str, numbers: bytes) -> list[Encoded]:
    spans = [(int(start), int(end)) for start, end in json.loads(places)]
    rows = np.frombuffer(numbers, dtype=np.float16).reshape(len(spans), writer.spec.dimension)
    passages = [Passage(article.id, start, end, article.text[start:end], article.header) for start, end in spans]
    return list(zip(passages, rows, strict=True))


def _keep_place(writer: Writer, key: int, origin: str, article: Article) -> None:
    """Its old key, unless another article has it by now. The empty state makes the next run finish what stops here."""
    values = asdict(article) | {"leftovers": json.dumps(article.leftovers)}
    sql = f"INSERT OR IGNORE INTO articles (key, origin, state, {', '.join(FIELDS)}) VALUES (?, ?, '', "
    writer.rows(sql + ", ".join("?" * len(FIELDS)) + ")", (key, origin, *(values[name] for name in FIELDS)))
