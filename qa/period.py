"""Which days of publication a question wants: "articles from March 2021", "last week's news". By rule, English.

Only where the wording speaks of publishing: a date mostly says when something happened. Knows nothing of articles.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from qa.newspapers import REPORT, S

MONTHS = "january february march april may june july august september october november december".split()
COUNTS = {"a": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10}
_M = rf"(?:{'|'.join(MONTHS)})"
_Y = r"(?:1[89]|20)\d\d"
_D = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
RELATIVE = (
    rf"(?:today|yesterday|this (?:week|month|year)|(?:the )?(?:last|past|previous) "
    rf"(?:(?:\d{{1,3}}|{'|'.join(COUNTS)}) )?(?:day|week|month|year)s?)"
)
DATED = (
    rf"(?:[12]\d{{3}}-\d\d-\d\d|(?:the )?{_D}(?: of)? {_M}(?:,? {_Y})?|{_M} {_D}(?!\d)(?:,? {_Y})?|{_M}(?: "
    rf"of)? {_Y}|{_M}(?! \w+ed\b)|{_Y})(?![\w-])"
)
WHEN = (
    rf"(?:(?:from (?=before|after))?(?P<rel>in|on|of|from|dated|during|since|after|before|until|up to|between) "
    rf"(?P<one>{RELATIVE}|{DATED}|{_D}(?= (?:and|to|until) ))"
    rf"(?P<onwards> onwards?)?(?: (?:and|to|until|through) (?P<two>{RELATIVE}|{DATED}))?|(?P<alone>{RELATIVE}))"
)
ARTICLES = (
    r"(?:\b(?:news(?:paper)? |press |your |the |any |all )(?:stories|reports)"
    r"|\b(?:articles?|headlines|editorials|news(?= (?:from|of|since)))"
    r"|(?:^\W*|\b(?:of|in|the|all|any|your|news|press|media|newspaper|latest|recent|early|find|show|see|me) )"
    r"(?:coverage|reporting)"
    r"|\bissues? of the (?:paper|newspaper))"
)
_PUBLISHED = r"(?:published|written|printed|posted|dated|filed|that appeared|appearing)"
_BY = rf"(?: (?:in|by|from) {S})?"
PUBLISHED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{ARTICLES}{_BY}(?: (?:that |which )?(?:was |were )?{_PUBLISHED})?{_BY} {WHEN}",
        rf"{ARTICLES} (?:about|on|of) [^,?]{{1,60}}? (?:(?:was |were )?{_PUBLISHED}{_BY} {WHEN}|from "
        rf"(?P<late>{RELATIVE}))",
        rf"{S}[’']s {REPORT} {WHEN}",
        rf"\b(?:did|has|have|had) {S} (?:report|write|publish|print|say|said|carry)(?:ed|ten)? {WHEN}",
        rf"{S} (?:reported|wrote|published|printed|said) {WHEN}",
        rf"\baccording to {S} {WHEN}",
        r"\bwhat (?:has been|have been|had been|was|were|is|did (?:the )?(?:papers|press|newspapers|media))"
        rf" (?:report|reported|written|write|published?|printed|print|posted){_BY} {WHEN}",
        rf"^(?!.*\bhow (?:many|much)\b).*\b(?:reported|published|written|printed|posted){_BY} (?P<now>(?:since "
        rf")?{RELATIVE})(?![\w’'])",
        rf"\b(?P<whose>{RELATIVE}|{DATED})[’']s? (?:{ARTICLES}|news|papers?|{S})",
        rf"\b(?P<those>{_M} {_Y}|{_Y}) (?:articles|coverage)\b",
    )
)
Days = tuple[date, date]


def published(masked: str, today: date) -> tuple[str, str, str]:
    """(after, before, the word for the chip), each "" where the wording speaks of no date of publication."""
    if re.search(rf"\bnot {_PUBLISHED}\b", masked, re.IGNORECASE):
        return "", "", ""
    for cue in PUBLISHED:
        for match in cue.finditer(masked):
            found = {name: text for name, text in match.groupdict().items() if text}
            if limits := _limits(found, today):
                return limits
    return "", "", ""


def _limits(found: dict[str, str], today: date) -> tuple[str, str, str] | None:
    """What a cue found as inclusive dates and a chip; None for a date that does not exist."""
    alone = next((found[name] for name in ("alone", "late", "now", "whose", "those") if name in found), "")
    since = alone.lower().startswith("since ") or "onwards" in found
    rel = "since" if since else found.get("rel", "").lower()
    one, two = re.sub("^since ", "", alone, flags=re.I) or found["one"], found.get("two", "")
    if two:
        return _between(one, two, today)
    limits = days(one, today)
    if limits is None or rel == "between":
        return None
    first, last, said = *limits, _chip(one)
    return {
        "since": (first.isoformat(), "", f"since {said}"),
        "after": ((last + timedelta(1)).isoformat(), "", f"after {said}"),
        "before": ("", (first - timedelta(1)).isoformat(), f"before {said}"),
        "until": ("", last.isoformat(), f"until {said}"),
        "up to": ("", last.isoformat(), f"until {said}"),
    }.get(rel, (first.isoformat(), last.isoformat(), said))


def _between(one: str, two: str, today: date) -> tuple[str, str, str] | None:
    """From the one to the other; "24 and 28 March 2021", "March and May 2010" share what is said once."""
    said = one
    if re.fullmatch(_D, one):  # the day alone
        one = re.sub(rf"\b{_D}(?=,| |$)(?! *{_Y})", one, two, count=1)
    elif not re.search(_Y, one) and (year := re.search(_Y, two)):
        one = f"{one} {year.group()}"
    first, last = days(one, today), days(two, today)
    if first is None or last is None or last[1] < first[0]:
        return None
    return first[0].isoformat(), last[1].isoformat(), f"{_chip(said)} – {_chip(two)}"


def _chip(text: str) -> str:
    text = re.sub(r"^the | of\b", "", text, flags=re.IGNORECASE)
    return re.sub(rf"\b{_M}\b", lambda month: month.group().capitalize(), text, flags=re.IGNORECASE)


def days(text: str, today: date) -> Days | None:
    """First and last day of a date as people write it; without a year, the last such one that has begun by today.

    Example: "March 2021" -> (2021-03-01, 2021-03-31); "last week" -> Monday to Sunday of the week before today's
    """
    text = text.casefold().replace(",", "")
    if re.fullmatch(r"[12]\d{3}-\d\d-\d\d", text):
        parts = [int(part) for part in text.split("-")]
        return _month_or_day(parts[0], parts[1], parts[2])
    month = next((at for at, name in enumerate(MONTHS, 1) if re.search(rf"\b{name}\b", text)), 0)
    year = re.search(rf"\b{_Y}\b", text)
    if not month:
        return _of_year(int(year.group())) if year else _relative(text, today)
    day = re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", text)
    number = int(day[1]) if day else 0
    if year:
        return _month_or_day(int(year.group()), month, number)
    begun = (month, number or 1) <= (today.month, today.day)
    return _month_or_day(today.year if begun else today.year - 1, month, number)


def _month_or_day(year: int, month: int, day: int) -> Days | None:
    """The day, or the whole month where there is none (0); None for a day that does not exist."""
    try:
        if day:
            return date(year, month, day), date(year, month, day)
        following = date(year + month // 12, month % 12 + 1, 1)
        return date(year, month, 1), following - timedelta(1)
    except ValueError:
        return None


def _of_year(year: int) -> Days:
    return date(year, 1, 1), date(year, 12, 31)


def _relative(text: str, today: date) -> Days | None:
    """ "last week" is the one before this; "the last two weeks", "the past week" are the days up to today."""
    if text in ("today", "yesterday"):
        day = today - timedelta(text == "yesterday")
        return day, day
    found = re.fullmatch(r"(?:the )?(this|last|past|previous) (?:(\w+) )?(day|week|month|year)s?", text)
    if not found:
        return None
    which, count, unit = found.groups()
    length = {"day": 1, "week": 7, "month": 31, "year": 366}[unit]
    if count or which == "past" or unit == "day":
        number = COUNTS.get(count or "a") or int(count)
        return today - timedelta(number * length), today
    back = which != "this"
    if unit == "week":
        monday = today - timedelta(today.weekday() + 7 * back)
        return monday, monday + timedelta(6)
    if unit == "month":
        last = today.replace(day=1) - timedelta(1) if back else today
        return _month_or_day(last.year, last.month, 0)
    return _of_year(today.year - back)
