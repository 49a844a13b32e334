"""Dates, days and times of a text, read out and compared. By rule, English.

    "on 29 March 2021", beside "Monday" in an article of 30 March 2021: the same day

A date may leave its year, month or day open, and is compared in what it gives; the article's own date tells what
"Monday" and "yesterday" mean. Knows nothing of other numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from indexes.furniture import MONTHS


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What a claim says that its evidence does not. kind: "number" (in digits), "count" (in words, or of another
    thing), "date", "time", "name", "denial", "share", "certainty", "speaker" (who said it), "subject" (who did it) or
    "exchanged"; says: in plain words, for people."""

    kind: str
    says: str


DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
MONTH = (
    "(?P<month>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|"
    r"Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_YEAR = r"(?P<year>1[0-9]\d\d|20\d\d)"
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first"
).split()
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b(?i:(?P<century>{'|'.join(_ORDINALS)}|\d\d?(?:st|nd|rd|th)))[ -]century\b",
        rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?(?=(?: ?(?:and|to|until|or|-) ?| and \w+day,? )\d\d? {MONTH})",
        rf"\b(?P<day>\d\d?)(?:st|nd|rd|th)?[ -](?:of )?{MONTH}(?:,? {_YEAR}\b)?",
        rf"\b{MONTH} (?P<day>\d\d?)(?:st|nd|rd|th)?\b(?:,? {_YEAR}\b)?",
        rf"\b{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)\b",
        rf"\b{MONTH}(?: of)?,? {_YEAR}\b",
        rf"\b(?!(?:May|March|Mar|Jan)\b){MONTH}",
        rf"\b(?:in|last|since|until|by|early|late|of|before|after|next|from|to|following|and) {MONTH}",
        rf"(?<![$£€.,\d]){_YEAR}(?:(?P<decade>s)|(?![\w,.]*\d))(?! (?:\w+ )?(?:kilo)?(?:metres|people|ships)\b)",
    )
)
CLOCK = re.compile(
    r"\b(\d\d?)(?:[.:](\d\d))? ?([ap])\.?m\b\.?|\b(\d\d?)[.:](\d\d)(?= (?:[A-Z]{3}\b|o'clock))|\b(\d+:\d\d(?:\.\d+)?)"
)


@dataclass(frozen=True, slots=True)
class _Date:
    """Whatever of a date is given. span: years from `year` on, 10 for the 1880s, 100 for the 19th century."""

    text: str
    year: int | None = None
    span: int = 1
    month: int | None = None
    day: int | None = None


def dates_of(text: str) -> tuple[list[_Date], str]:
    """The dates of a text, and the text without them."""
    found: list[_Date] = []

    def take(match: re.Match[str]) -> str:
        part = match.groupdict()
        month = part.get("month")
        number = None if not month else int(month) if month.isdigit() else MONTHS[month[:3].lower()]
        day = part.get("day")
        found.append(_Date(match[0].rstrip("., "), *_years(part), month=number, day=int(day) if day else None))
        return " ; "

    for pattern in _DATES:
        text = pattern.sub(take, text)
    return found, text


def _years(part: Mapping[str, str | None]) -> tuple[int | None, int]:
    """(the first year, how many) of a date's parts: "1800s" are a century as "19th century" is, "1880s" a decade."""
    if century := part.get("century"):
        word = century.lower()
        return 100 * (_ORDINALS.index(word) if word in _ORDINALS else int(word[:-2]) - 1), 100
    year = int(part.get("year") or 0)
    if not part.get("decade"):
        return year or None, 1
    return year, 10 if year % 100 else 100


def other_dates(claim: str, evidence: str, context: str) -> Iterator[Disagreement]:
    """The dates, days and times of the claim that the evidence does not give. context: tells the year and the days."""
    given, known = dates_of(evidence)[0], dates_of(context)[0]
    near = _days_near(known)
    meant = [day for name, days in near.items() for day in days if _has(name, evidence)]
    given += [_Date("", day.year, 1, day.month, day.day) for day in meant]
    years = {one.year for one in known if one.year}
    dated = any(one.year and one.text for one in given)
    for one in dates_of(claim)[0]:
        if (dated or one.month or one.year not in years) and not any(_is_date(one, two, given, years) for two in given):
            yield Disagreement("date", f"the date “{one.text}” is not in the cited words")
    fits = {(one.month, one.day) for one in given}
    for name in DAYS:
        meant_here = any((day.month, day.day) in fits for day in near.get(name, ()))
        if _has(name, claim) and not _has(name, evidence) and not meant_here:
            yield Disagreement("date", f"“{name.capitalize()}” is not in the cited words")
    clocks = {_clock(match) for match in CLOCK.finditer(evidence)}
    for match in CLOCK.finditer(claim):
        if _clock(match) not in clocks:
            yield Disagreement("time", f"the time “{match[0]}” is not in the cited words")


_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_O_CLOCK = re.compile(
    rf"\b({'|'.join(_HOURS)}|\d\d?) o'clock(?=(?: in the| on \w+| \w+day|) (?:(morning)|afternoon|evening)\b)",
    re.IGNORECASE,
)


def with_hours(text: str) -> str:
    """ "four o'clock on Monday morning" as "4 a.m. on Monday morning"; without a half of the day it stays."""

    def hour(match: re.Match[str]) -> str:
        word = match[1].lower()
        return f"{word if word.isdigit() else _HOURS.index(word) + 1} {'a' if match[2] else 'p'}.m."

    return _O_CLOCK.sub(hour, text)


def between(text: str) -> tuple[set[int], set[int]]:
    """(years, days) that lie between two dates of a text: 1963 and 1969 are 6 years apart, 9 and 15 May 6 days."""
    found = dates_of(text)[0]
    years = {one.year for one in found if one.year and one.span == 1}
    days: set[int] = set()
    for one, other in combinations([one for one in found if one.month and one.day], 2):
        year = one.year or other.year or 2001
        try:
            apart = date(year, one.month or 0, one.day or 0) - date(
                other.year or year, other.month or 0, other.day or 0
            )
        except ValueError:
            continue
        days.add(abs(apart.days))
    return {abs(one - other) for one, other in combinations(years, 2)}, days


def _has(word: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE))


def _clock(match: re.Match[str]) -> tuple[str, ...]:
    """("7", "40", "a") for 7.40 a.m.; the digits alone for other times."""
    hour, minute, half, plain, plain_minute, race = match.groups()
    return (race,) if race else (hour, minute or "00", half.lower()) if hour else (plain, plain_minute)


def _days_near(known: Sequence[_Date]) -> dict[str, list[date]]:
    """Which days "Monday" or "today" can mean in an article of that date: those within a week."""
    full = next((one for one in known if one.year and one.month and one.day), _Date(""))
    try:
        day = date(full.year or 0, full.month or 0, full.day or 0)
    except ValueError:
        return {}
    near = {"today": [day], "yesterday": [day - timedelta(1)], "tomorrow": [day + timedelta(1)]}
    for shift in range(-7, 8):
        other = day + timedelta(shift)
        near.setdefault(DAYS[other.weekday()], []).append(other)
    return near


def _is_date(one: _Date, other: _Date, given: Sequence[_Date], years: set[int]) -> bool:
    """Does the evidence's date say the claim's, its year perhaps from another of its dates or from the context?"""
    if one.year is not None and one.span > 1 and other.year is not None:
        return one.year <= other.year and other.year + other.span <= one.year + one.span
    if (one.month, one.day) != (other.month, other.day if one.day else None) or other.span > 1:
        return not one.month and one.year is not None and one.year == other.year and other.span == 1
    if one.year is None or one.year == other.year:
        return True
    return other.year is None and (one.year in years or any(one.year == date.year for date in given))
