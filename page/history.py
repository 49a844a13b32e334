"""Conversations, kept for the browser that held them: one small SQLite file, with memory in front of it.

Memory answers; the file brings a conversation back after a restart. Where the file cannot be written (read-only folder,
full disk) the conversation goes on in memory and one line in the log says so. Knows nothing of the page.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from indexes.types import Hit, Passage
from page.types import Exchange
from qa.types import Answer, Citation, Filters, Sentence, Support

KEPT_EXCHANGES = 60  # of one conversation
KEPT_SESSIONS = 256  # in memory
KEPT_DAYS = 90  # in the file, after the last question

SCHEMA = "CREATE TABLE IF NOT EXISTS conversations (session TEXT PRIMARY KEY, touched REAL, exchanges TEXT)"

log = logging.getLogger("footnote")


class History:
    """Exchanges by session. path None: memory only. Safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, list[Exchange]] = OrderedDict()
        self._file: sqlite3.Connection | None = None
        self._warned = False
        if path is not None:
            self._try(lambda: self._open(path))

    def exchanges(self, session: str) -> list[Exchange]:
        """The conversation, oldest first."""
        with self._lock:
            return list(self._load(session))

    def add(self, session: str, exchange: Exchange) -> None:
        """Append one exchange."""
        exchange = replace(exchange, answer=replace(exchange.answer, retrieved=()))
        with self._lock:
            kept = [*self._load(session), exchange][-KEPT_EXCHANGES:]
            self._memory[session] = kept
            self._try(lambda: self._write(session, kept))

    def clear(self, session: str) -> None:
        """Forget the conversation."""
        with self._lock:
            self._memory[session] = []
            self._try(lambda: self._write(session, []))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self, path: Path) -> None:
        file = sqlite3.connect(path, timeout=2, check_same_thread=False)
        file.execute(SCHEMA)
        file.execute("DELETE FROM conversations WHERE touched < ?", (time.time() - KEPT_DAYS * 86400,))
        file.commit()
        path.chmod(0o600)
        self._file = file

    def _load(self, session: str) -> list[Exchange]:
        if session not in self._memory:
            self._memory[session] = self._try(lambda: self._read(session)) or []
        self._memory.move_to_end(session)
        while len(self._memory) > KEPT_SESSIONS:
            self._memory.popitem(last=False)
        return self._memory[session]

    def _read(self, session: str) -> list[Exchange]:
        if self._file is None:
            return []
        row = self._file.execute("SELECT exchanges FROM conversations WHERE session = ?", (session,)).fetchone()
        return unpack(row[0]) if row else []

    def _write(self, session: str, exchanges: list[Exchange]) -> None:
        if self._file is None:
            return
        with self._file:
            if exchanges:
                row = session, time.time(), json.dumps([asdict(exchange) for exchange in exchanges])
                self._file.execute("REPLACE INTO conversations VALUES (?, ?, ?)", row)
            else:
                self._file.execute("DELETE FROM conversations WHERE session = ?", (session,))

    def _try(self, action: Callable[[], Any]) -> Any:
        try:
            return action()
        except (sqlite3.Error, OSError) as error:
            if not self._warned:
                log.warning("Conversations are not being saved (%s); they last until Footnote stops.", error)
            self._warned = True
            return None


def unpack(packed: str) -> list[Exchange]:
    """The exchanges of a stored conversation; [] for one that an older version wrote in another shape."""
    try:
        return [exchange_from(item) for item in json.loads(packed)]
    except (ValueError, TypeError, KeyError, AttributeError):
        return []


def exchange_from(item: dict[str, Any]) -> Exchange:
    """An exchange as `asdict` took it apart."""
    filters = Filters(**{**item["filters"], "sources": tuple(item["filters"]["sources"]), "articles": ()})
    return Exchange(**{**known(Exchange, item), "answer": answer_from(item["answer"]), "filters": filters})


def answer_from(item: dict[str, Any]) -> Answer:
    """Its answer; what was only retrieved is not kept."""
    hits = tuple(hit_from(hit) for hit in item["hits"])
    sentences = tuple(sentence_from(sentence) for sentence in item["sentences"])
    out = tuple(sentence_from(sentence) for sentence in item.get("left_out", ()))
    whole = {
        "hits": hits,
        "sentences": sentences,
        "left_out": out,
        "retrieved": (),
        "scope": tuple(item.get("scope", ())),
    }
    return Answer(**{**known(Answer, item), **whole})


def hit_from(item: dict[str, Any]) -> Hit:
    """A hit."""
    return Hit(**{**known(Hit, item), "passage": Passage(**known(Passage, item["passage"]))})


def sentence_from(item: dict[str, Any]) -> Sentence:
    """A sentence with its citations."""
    citations = tuple(Citation(**known(Citation, citation)) for citation in item["citations"])
    marks = tuple((int(start), int(end)) for start, end in item.get("marks", ()))
    support = Support(**known(Support, item["support"]))
    return Sentence(item["text"], citations, support, marks, item.get("instead_of", ""))


def known(kind: Any, item: dict[str, Any]) -> dict[str, Any]:
    """The entries that the dataclass has today."""
    names = {f.name for f in fields(kind)}
    return {key: value for key, value in item.items() if key in names}
