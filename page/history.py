"""Conversations, kept for the browser that held them: one small SQLite file beside the library.

What is deleted can be brought back for a while and is then gone from the file. Where the file cannot be written
(read-only folder, full disk) conversations go on in memory, with those that could still be read, and one line in the
log says so. Knows nothing of the page, and of the tables only that `page.talks` keeps them (it has the limits, too).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from page import talks
from page.packed import without_retrieved
from page.types import Conversation, Exchange

AT_HAND = 2000  # exchanges that need not be read from the file again
WITHOUT_FILE = 256  # conversations of all sessions that are kept where there is no file

Result = TypeVar("Result")

log = logging.getLogger("footnote")


class History:
    """Conversations by session. path None: memory only. Safe to use from several threads."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._warned = False
        self._at_hand: OrderedDict[str, dict[int, Exchange | None]] = OrderedDict()
        self._in_memory = True
        self._file = memory()
        if path is not None:
            self._open(path)

    # -- the conversation on the page ---------------------------------------------------------------------------------

    def exchanges(self, session: str) -> list[Exchange]:
        """The conversation on the page, oldest first; [] where a new one is to begin."""
        return self._do(lambda file: self._load(file, talks.current(file, session)))

    def add(self, session: str, exchange: Exchange) -> None:
        """Append one exchange; without a conversation on the page, a new one begins with it."""
        exchange = replace(without_retrieved(exchange), id=exchange.id or talks.new_id())
        self._do(lambda file: talks.append(file, session, exchange, time.time()))
        if self._in_memory:
            self._do(lambda file: talks.crowd_out(file, WITHOUT_FILE))

    def begin(self, session: str) -> None:
        """The next question begins a new conversation; the one on the page is kept."""
        self._do(lambda file: talks.hide(file, session))

    def open(self, session: str, talk: str) -> bool:
        """Put one of the session's conversations on the page. False where it has none such."""
        return self._change(session, talk, lambda file: talks.show(file, session, talk))

    # -- all of them --------------------------------------------------------------------------------------------------

    def conversations(self, session: str, words: str | None = None) -> list[Conversation]:
        """Those of a session, the one asked last first. words: only those that hold each word, in name, question or
        answer, whatever its case and accents."""
        return self._do(lambda file: talks.listed(file, session, words))

    def conversation(self, session: str, talk: str) -> Conversation | None:
        """One of the session's own."""
        return self._do(lambda file: talks.own(file, session, talk))

    def rename(self, session: str, talk: str, name: str) -> bool:
        """Give a name; an empty one brings back the first question. False where the session has none such."""
        return self._change(session, talk, lambda file: talks.rename(file, talk, name))

    def remove(self, session: str, talk: str) -> bool:
        """Delete it, with its links. It can be brought back for a while, until another is deleted."""
        return self._change(session, talk, lambda file: talks.set_aside(file, session, talk))

    def removed(self, session: str) -> Conversation | None:
        """What was deleted last and can be brought back."""
        return self._do(lambda file: talks.aside(file, session))

    def bring_back(self, session: str, talk: str) -> bool:
        """Undo the deletion. False where there is nothing such any more."""
        return self._do(lambda file: talks.bring_back(file, session, talk))

    def remove_all(self, session: str) -> None:
        """Delete every conversation of the session for good. They are out of reach at once; overwriting many of them in
        the file takes a while, and others get their turn in between."""
        for talk in self._do(lambda file: talks.disown(file, session)):
            self._do(partial(talks.erase, talk=talk))

    def answer(self, exchange_id: str) -> Exchange | None:
        """One exchange by its id, whoever asked it; None where its conversation was deleted."""
        return self._do(lambda file: talks.answer(file, exchange_id))

    def close(self) -> None:
        """Close the file; whatever still comes is not kept."""
        with self._lock:
            self._file.close()
            self._file, self._in_memory = memory(), True

    # -- the file -----------------------------------------------------------------------------------------------------

    def _open(self, path: Path) -> None:
        file = None
        try:
            file = talks.connected(path)
            path.touch(0o600)
            path.chmod(0o600)
            talks.prepare(file)
            self._file, self._in_memory = file, False
        except (sqlite3.Error, OSError) as error:
            self._retreat(file, error)

    def _change(self, session: str, talk: str, change: Callable[[sqlite3.Connection], None]) -> bool:
        """Change one of the session's own conversations; False where it has none such."""

        def work(file: sqlite3.Connection) -> bool:
            if talks.own(file, session, talk) is None:
                return False
            change(file)
            return True

        return self._do(work)

    def _do(self, action: Callable[[sqlite3.Connection], Result]) -> Result:
        """One whole transaction; where the file does not take it, memory does."""
        with self._lock:
            try:
                with self._file as file:
                    return action(file)
            except sqlite3.Error as error:
                self._retreat(self._file, error)
                with self._file as file:
                    return action(file)

    def _retreat(self, file: sqlite3.Connection | None, error: Exception) -> None:
        """Go on in memory, with what can be read of the file."""
        if not self._warned:
            log.warning("Conversations are not being saved (%s); they last until Footnote stops.", error)
        self._warned = True
        self._file, self._in_memory = memory(file), True
        if file is not None:
            file.close()

    def _load(self, file: sqlite3.Connection, talk: str) -> list[Exchange]:
        """The exchanges of a conversation; only rows that are not at hand are read."""
        have = self._at_hand.pop(talk, {})
        every = {key: have[key] if key in have else talks.turn(file, key) for key in talks.keys_of(file, talk)}
        self._at_hand[talk] = every
        while len(self._at_hand) > 1 and sum(map(len, self._at_hand.values())) > AT_HAND:
            self._at_hand.popitem(last=False)
        return [exchange for exchange in every.values() if exchange is not None]


def memory(copied: sqlite3.Connection | None = None) -> sqlite3.Connection:
    """The same tables in memory, with what was in a file, if that can be read."""
    file = talks.connected(":memory:")
    try:
        if copied is not None:
            copied.backup(file)
        talks.prepare(file)
        talks.crowd_out(file, WITHOUT_FILE)
        file.commit()
    except sqlite3.Error:
        if copied is None:
            raise
        return memory()
    return file
