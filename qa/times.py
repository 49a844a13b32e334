"""Which stretch of time a question asks about, and how much of it a sentence speaks of. By rule, English.

    "Who was mayor in 1970?" beside "- 1966–1976: Guntram Palm": all of it

Counted in months, a year being twelve. The relevance of a sentence says little of this: one who was mayor in 1950 is as
relevant. Knows nothing of models, nor of when an article was published (`period.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexes.furniture import MONTH, MONTHS
from qa.asked import NO_UNIT

Months = tuple[int, int]  # first and last, counted from the year 0

_MONTH = rf"{MONTH}\.?"
_DAY = r"\d\d?(?:st|nd|rd|th)?"
_YEAR = rf"(?:1\d\d\d|20\d\d)(?!\d|[.,]\d){NO_UNIT}"
_POINT = rf"(?:{_DAY} (?:of )?{_MONTH},? {_YEAR}|{_MONTH} {_DAY} ?,? {_YEAR}|{_MONTH}(?: of)?,? {_YEAR}|{_YEAR})"
_PERIOD = re.compile(
    rf"(?<![\w£$€.,])(?P<open>[Ss]ince )?(?P<first>{_POINT})(?:(?P<decade>s)\b)?"
    rf"(?: ?(?:–|—|-|to|until|till|through|(?P<both>and)) ?(?P<last>{_POINT}|\d\d(?![\w-])|present|today|now)"
    r"|(?P<onwards> onwards?))?"
)
_BETWEEN = re.compile(r"\bbetween $", re.IGNORECASE)
_DECADE, _EVER = 120, 12 * 3000


def asked_about(question: str) -> Months | None:
    """From the first time the question names to the last; None where it names none."""
    found = list(periods(question))
    return (min(first for first, _ in found), max(last for _, last in found)) if found else None


def share_told(asked: Months | None, text: str) -> float:
    """The share, 0..1, of the time asked about that one date or period of the text covers; all of it where the text
    dates something to the year in which it begins ("He joined in June 2006", asked about 2006 to 2009).

    0 where nothing was asked about. Example: asked 2010–2013, "from 2012 to 2018" -> 0.5
    """
    if asked is None:
        return 0.0
    start, end = asked
    best = 0.0
    for first, last in periods(text):
        if last - first < 12 and first // 12 == start // 12:
            return 1.0
        best = max(best, (min(last, end) - max(first, start) + 1) / (end - start + 1))
    return best


def periods(text: str) -> Iterator[Months]:
    """Every date and period of a text. "1990s" is a decade; "since 2001" and "2015–present" have no end."""
    for match in _PERIOD.finditer(text):
        first, until = _months(match["first"]), match["last"]
        if until and match["both"] and not _BETWEEN.search(text[: match.start()]):
            yield first  # "in 1998 and 2004": two of them
            if re.search(_YEAR, until):
                yield _months(until)
        elif until:
            last = _last(first[0], until)
            yield (first[0], last) if last >= first[0] else first
        elif match["decade"]:
            yield first[0], first[0] + _DECADE - 1
        else:
            yield (first[0], _EVER) if match["open"] or match["onwards"] else first


def _months(point: str) -> Months:
    year = re.search(_YEAR, point)
    assert year
    start = 12 * int(year[0])
    month = re.search(_MONTH, point)
    if month is None:
        return start, start + 11
    place = start + MONTHS[month[0][:3].lower()] - 1
    return place, place


def _last(first: int, until: str) -> int:
    """The last month of a period that begins with `first`: "18" ends 2010–18."""
    if re.fullmatch(r"\d\d", until):
        return (first // 1200 * 100 + int(until)) * 12 + 11
    return _months(until)[1] if re.search(_YEAR, until) else _EVER
