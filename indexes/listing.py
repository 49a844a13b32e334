"""The library as a list: every article without its text, which of them hold some words, where their passages lie.

An article's key grows with every article that is added and stays when the article changes, so keys tell which came
later; when it came, the library does not record. Knows nothing of pages or of how a list is ordered and shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from indexes.library import WORD, Library, any_of, words_of
from indexes.types import Span


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in a list. key: higher for one that was added later."""

    key: int
    id: str
    title: str = ""
    author: str = ""
    published: str = ""
    source: str = ""

    @property
    def year(self) -> str:
        """ "2021", or "" where there is no date."""
        return self.published[:4]


def entries(library: Library) -> list[Entry]:
    """Every article, in the order they were added."""
    rows = library.rows("SELECT key, id, title, author, published, source FROM articles ORDER BY key")
    return [Entry(int(row[0]), *map(str, row[1:])) for row in rows]


def holding(library: Library, text: str, among: Sequence[Entry]) -> set[int]:
    """Keys of the articles that hold every word, each in title, source, date, text or author, whatever its ending
    ("bridges" finds "bridge"). Nothing for a text without a word."""
    words = words_of(text)
    by_author: dict[str, set[int]] = {}
    for entry in among if words else ():
        for word in WORD.findall(fold(entry.author)):
            by_author.setdefault(word, set()).add(entry.key)
    sql = "SELECT DISTINCT p.article FROM words JOIN passages p ON p.key = words.rowid WHERE words MATCH ?"
    sets = [
        {int(row[0]) for row in library.rows(sql, (any_of([one]),))} | by_author.get(fold(one), set()) for one in words
    ]
    return set.intersection(*sets) if sets else set()


def fold(text: str) -> str:
    """Without case and accents, as the full-text index compares."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


def spans(library: Library, article_id: str) -> list[Span]:
    """Start and end of each passage of an article, in order."""
    sql = "SELECT p.start, p.end FROM passages p JOIN articles a ON a.key = p.article WHERE a.id = ? ORDER BY p.start"
    return [(int(row[0]), int(row[1])) for row in library.rows(sql, (article_id,))]
