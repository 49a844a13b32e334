"""The tables that conversations are kept in, and every statement on them.

    talks   one row a conversation: whose it is, its name, whether it is the one on the page, when it was deleted
    turns   one row an exchange, under an unguessable id; a row that cannot be read costs only itself

Each function is part of a transaction that somebody else begins and ends. Knows nothing of threads, nor of what is done
where the file cannot be written.
"""

from __future__ import annotations

import secrets
import sqlite3
import time
from dataclasses import replace
from pathlib import Path

from indexes.library import words_of
from indexes.listing import fold
from page.packed import packed, unpacked, unpacked_all
from page.text import BROKEN, label, shortened
from page.types import Conversation, Exchange

KEPT_CONVERSATIONS = 200  # of one session; the one that was asked longest ago goes first
KEPT_EXCHANGES = 1000  # of one conversation; 200 are as quick as one (bench/chat_page.py)
KEPT_DAYS = 90  # after the last question
KEPT_ASIDE = 600.0  # seconds that a deleted conversation can be brought back: time to notice a slip
LONGEST_NAME = 120  # characters of a name that a person gives
NAME, LAST = 80, 200  # characters of a question that becomes a name; of the last answer in a list

SCHEMA = """
CREATE TABLE IF NOT EXISTS talks (id TEXT PRIMARY KEY, session TEXT, name TEXT, shown INTEGER, asked REAL,
  removed REAL);
CREATE INDEX IF NOT EXISTS talks_session ON talks (session, asked);
CREATE TABLE IF NOT EXISTS turns (key INTEGER PRIMARY KEY, id TEXT UNIQUE, talk TEXT REFERENCES talks ON DELETE CASCADE,
  said TEXT, words TEXT, exchange TEXT);
CREATE INDEX IF NOT EXISTS turns_talk ON turns (talk, key);
"""
LISTED = """
SELECT id, name, asked, shown, (SELECT count(*) FROM turns WHERE talk = talks.id),
  (SELECT said FROM turns WHERE talk = talks.id ORDER BY key DESC LIMIT 1) FROM talks WHERE session = ?
"""
# The shape before there were several: one conversation a session, all its exchanges in one JSON list.
OLDER = "SELECT session, touched, exchanges FROM conversations"


def connected(path: Path | str) -> sqlite3.Connection:
    """An open file. What is deleted is overwritten in it; a text that is no UTF-8 is read as far as it goes."""
    file = sqlite3.connect(path, timeout=2, check_same_thread=False)
    file.text_factory = lambda stored: stored.decode("utf-8", "replace")
    file.execute("PRAGMA foreign_keys = ON")
    file.execute("PRAGMA secure_delete = ON")
    return file


def prepare(file: sqlite3.Connection) -> None:
    """Tables, what an older version kept, and nothing that is too old."""
    file.executescript(SCHEMA)
    now = time.time()
    with file:
        if file.execute("SELECT 1 FROM sqlite_master WHERE name = 'conversations'").fetchone():
            carry_over(file)
        file.execute("DELETE FROM talks WHERE asked < ?", (now - KEPT_DAYS * 86400,))
        forget(file, now)


def carry_over(file: sqlite3.Connection) -> None:
    """The conversations of the older shape. A row of it that cannot be read stays where it is."""
    for session, touched, exchanges in file.execute(OLDER).fetchall():
        found = unpacked_all(exchanges)
        if not found or not isinstance(touched, float):
            continue
        hide(file, str(session))
        for exchange in found:
            append(file, str(session), replace(exchange, id=new_id()), touched)
        file.execute("DELETE FROM conversations WHERE session = ?", (session,))


def append(file: sqlite3.Connection, session: str, exchange: Exchange, now: float) -> None:
    """The exchange into the conversation on the page, and what is more than is kept out."""
    talk = current(file, session) or begun(file, session, exchange.question)
    text = exchange.answer.text
    said, words = plain(shortened(text, LAST)), plain(fold(f"{exchange.question}\n{text}"))
    file.execute(
        "INSERT OR IGNORE INTO turns (id, talk, said, words, exchange) VALUES (?, ?, ?, ?, ?)",
        (exchange.id, talk, said, words, packed(exchange)),
    )
    file.execute("UPDATE talks SET asked = ? WHERE id = ?", (now, talk))
    late = "SELECT key FROM turns WHERE talk = ? ORDER BY key DESC LIMIT -1 OFFSET ?"
    file.execute(f"DELETE FROM turns WHERE key IN ({late})", (talk, KEPT_EXCHANGES))
    late = "SELECT id FROM talks WHERE session = ? AND removed IS NULL ORDER BY asked DESC LIMIT -1 OFFSET ?"
    file.execute(f"DELETE FROM talks WHERE id IN ({late})", (session, KEPT_CONVERSATIONS))
    forget(file, time.time())


def begun(file: sqlite3.Connection, session: str, question: str) -> str:
    """A new conversation, on the page; its id."""
    talk = new_id()
    row = talk, session, named(question), 0.0
    file.execute("INSERT INTO talks (id, session, name, asked) VALUES (?, ?, ?, ?)", row)
    show(file, session, talk)
    return talk


def show(file: sqlite3.Connection, session: str, talk: str) -> None:
    """Put it on the page, in place of the one before."""
    file.execute("UPDATE talks SET shown = (id = ?) WHERE session = ?", (talk, session))


def hide(file: sqlite3.Connection, session: str) -> None:
    """Nothing is on the page."""
    file.execute("UPDATE talks SET shown = 0 WHERE session = ?", (session,))


def current(file: sqlite3.Connection, session: str) -> str:
    """The id of the conversation on the page, or ""."""
    sql = "SELECT id FROM talks WHERE session = ? AND shown = 1 AND removed IS NULL ORDER BY asked DESC"
    row = file.execute(sql, (session,)).fetchone()
    return str(row[0]) if row else ""


def own(file: sqlite3.Connection, session: str, talk: str) -> Conversation | None:
    """A conversation, where it is this session's and was not deleted."""
    found = select(file, LISTED + "AND removed IS NULL AND id = ?", session, talk)
    return found[0] if found else None


def listed(file: sqlite3.Connection, session: str, words: str | None) -> list[Conversation]:
    """Those of a session that hold the words, the one asked last first."""
    forget(file, time.time())
    found = select(file, LISTED + "AND removed IS NULL ORDER BY asked DESC", session)
    if words is None:
        return found
    sets = [holding(file, session, fold(word), found) for word in words_of(words)]
    held = set.intersection(*sets) if sets else set()
    return [one for one in found if one.id in held]


def holding(file: sqlite3.Connection, session: str, word: str, among: list[Conversation]) -> set[str]:
    """Ids of the conversations that hold the word."""
    sql = "SELECT DISTINCT talk FROM turns JOIN talks ON talks.id = talk WHERE session = ? AND instr(words, ?)"
    said = {str(row[0]) for row in file.execute(sql, (session, word))}
    return said | {one.id for one in among if word in fold(one.name)}


def select(file: sqlite3.Connection, sql: str, *values: object) -> list[Conversation]:
    """Rows as conversations; a row that cannot be read is left out."""
    found = []
    for talk, name, asked, shown, questions, last in file.execute(sql, values):
        if isinstance(asked, float):
            found.append(Conversation(str(talk), str(name or ""), asked, questions, str(last or ""), shown == 1))
    return found


def rename(file: sqlite3.Connection, talk: str, name: str) -> None:
    """Write the name; without one, the first question is the name again."""
    name = label(plain(name))[:LONGEST_NAME].strip()
    if not name:
        first = next((found for key in keys_of(file, talk) if (found := turn(file, key))), None)
        name = named(first.question) if first else ""
    file.execute("UPDATE talks SET name = ? WHERE id = ?", (name, talk))


def set_aside(file: sqlite3.Connection, session: str, talk: str) -> None:
    """Out of sight; what was deleted before it is gone for good. Brought back, it is on the page again if it was."""
    file.execute("DELETE FROM talks WHERE session = ? AND removed IS NOT NULL", (session,))
    file.execute("UPDATE talks SET removed = ? WHERE id = ?", (time.time(), talk))


def aside(file: sqlite3.Connection, session: str) -> Conversation | None:
    """What can be brought back."""
    forget(file, time.time())
    found = select(file, LISTED + "AND removed IS NOT NULL ORDER BY removed DESC", session)
    return found[0] if found else None


def bring_back(file: sqlite3.Connection, session: str, talk: str) -> bool:
    """Undo a deletion; False where it is gone for good or was never there."""
    forget(file, time.time())
    sql = "UPDATE talks SET removed = NULL WHERE session = ? AND id = ? AND removed IS NOT NULL"
    return file.execute(sql, (session, talk)).rowcount > 0


def disown(file: sqlite3.Connection, session: str) -> list[str]:
    """Every conversation of a session is nobody's from now on, and on its way out; their ids."""
    gone = [str(row[0]) for row in file.execute("SELECT id FROM talks WHERE session = ?", (session,))]
    file.execute("UPDATE talks SET session = NULL, removed = ? WHERE session = ?", (time.time(), session))
    return gone


def erase(file: sqlite3.Connection, talk: str) -> None:
    """One conversation, for good."""
    file.execute("DELETE FROM talks WHERE id = ?", (talk,))


def crowd_out(file: sqlite3.Connection, most: int) -> None:
    """Of all sessions together, only those that were asked last are kept."""
    late = "SELECT id FROM talks ORDER BY asked DESC LIMIT -1 OFFSET ?"
    file.execute(f"DELETE FROM talks WHERE id IN ({late})", (most,))


def keys_of(file: sqlite3.Connection, talk: str) -> list[int]:
    """The rows of a conversation, oldest first."""
    return [int(row[0]) for row in file.execute("SELECT key FROM turns WHERE talk = ? ORDER BY key", (talk,))]


def turn(file: sqlite3.Connection, key: int) -> Exchange | None:
    """The exchange of a row."""
    row = file.execute("SELECT exchange FROM turns WHERE key = ?", (key,)).fetchone()
    return unpacked(row[0]) if row else None


def answer(file: sqlite3.Connection, exchange_id: str) -> Exchange | None:
    """One exchange by its id, whoever asked it; None where its conversation was deleted."""
    sql = "SELECT exchange FROM turns JOIN talks ON talks.id = talk WHERE turns.id = ? AND removed IS NULL"
    row = file.execute(sql, (exchange_id,)).fetchone()
    return unpacked(row[0]) if row else None


def forget(file: sqlite3.Connection, now: float) -> None:
    """Gone for good is what was deleted a while ago."""
    file.execute("DELETE FROM talks WHERE removed < ?", (now - KEPT_ASIDE,))


def named(question: str) -> str:
    """The name that a question gives."""
    return plain(shortened(label(question), NAME))


def plain(text: str) -> str:
    """A text that can be stored and sent: no controls, no lone surrogates."""
    return BROKEN.sub("\ufffd", text)


def new_id() -> str:
    """128 bits that nobody guesses."""
    return secrets.token_urlsafe(16)
