"""Numbers of a text, in words or in digits, read out and compared. By rule, English.

    "half a million people" says 500,000 people; "about 30,000" is fair for 29,700; "9,000" is not fair for 8,900

A number has a unit, or the noun that it counts, and "about" or "more than" before it. Units of length, weight and time
are converted, currencies never. A claim may give what two of the evidence's numbers come to, where it says "in all",
and the years or days between two of its dates. Dates and times are taken out first: `qa/dates.py` reads those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from qa.dates import CLOCK, Disagreement, between, dates_of

# How far a rounded number may be off after "about", and after "more than", "nearly" and the like. Chosen by hand:
# "about 10,000" is fair for 9,100 and not for 8,500; "more than 100" is fair for 104 and not for 140.
ABOUT, BEYOND = 0.1, 0.25


def table(text: str, **fixed: float) -> dict[str, float]:
    """ "one two": 1, 2; words stand for where they stand."""
    return {word: float(at) for at, word in enumerate(text.split(), 1)} | fixed


WORDS = table(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty", thirty=30, forty=40, fifty=50, sixty=60, seventy=70, eighty=80, ninety=90,
    dozen=12, half=0.5, twice=2, double=2, doubled=2, triple=3, tripled=3, decade=10, zero=0, quarter=0.25,
    quarters=0.25, thirds=1 / 3,
)  # fmt: skip
_ORDINALS = table("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth")
_SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "bn": 1e9, "trillion": 1e12}
_UNITS: dict[str, tuple[str, float]] = {
    word: (kind, size)
    for words, kind, size in (
        ("% percent percentage", "%", 1), ("km kilometre kilometer", "m", 1e3), ("m metre meter", "m", 1),
        ("cm centimetre centimeter", "m", 0.01), ("mm millimetre millimeter", "m", 1e-3), ("mile", "m", 1609.344),
        ("foot feet ft", "m", 0.3048), ("inch inche", "m", 0.0254), ("yard", "m", 0.9144), ("kg kilogram", "kg", 1),
        ("tonne", "kg", 1e3), ("gram", "kg", 1e-3), ("$ dollar", "$", 1), ("£ pound", "£", 1), ("€ euro", "€", 1),
        ("second", "s", 1), ("minute", "s", 60), ("hour", "s", 3600), ("day", "s", 86400), ("week", "s", 604800),
        ("month", "month", 1), ("year", "month", 12), ("decade", "month", 120),
        ("watt", "W", 1), ("kilowatt kw", "W", 1e3),
    )
    for word in words.split()
}  # fmt: skip
_BOUNDS = (
    (">", re.compile(r"\b(?:more than|over|above|at least|no (?:fewer|less) than|upwards of|well past|past) (?:a )?$")),
    ("<", re.compile(r"\b(?:(?:less|fewer|no more) than|under|below|at most|up to|nearly|almost|only) (?:a )?$")),
    ("~", re.compile(r"\b(?:about|around|roughly|approximately|some|estimated|circa|close to|nearly|almost) (?:a )?$")),
)
_TOKEN = re.compile(r"[£$€%]|\d+(?:,\d{3})*(?:\.\d+)?(?:st|nd|rd|th)?|[^\W\d_]+(?:'[^\W\d_]+)?|\S")


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number as it stands in the text. bound: ">" after "more than", "<" after "nearly", "~" after "about"."""

    text: str
    value: float
    unit: tuple[str, float] | None = None
    bound: str = ""
    noun: str = ""


def stem(word: str) -> str:
    """Roughly: ship for ships, wait for waited and waiting."""
    word = word.casefold().removesuffix("'s")
    word = re.sub(r"(?<=[^\W\d_]{3})(?:ies|ing|ied|ed|es|s|e|y|ly)$", "", word)
    return word[:6]


def _amounts(text: str) -> list[_Amount]:
    """The numbers of a text, in words or in digits; "one" alone is hardly ever a number."""
    written = CLOCK.sub(" ; ", dates_of(text)[1]).lower()
    text = re.sub(r"(?<=\w)-(?=\w)", " ", written)
    tokens = [*_TOKEN.finditer(text)]
    words = [token[0] for token in tokens]
    found, at = [], 0
    while at < len(words):
        value, end = _value(words, at)
        if value is None:
            at += 1
            continue
        found.append(_amount(text, tokens[at].start(), words, at, end, value))
        at = end
    return [_ranged(one, found[index + 1 : index + 2], written) for index, one in enumerate(found)]


def _ranged(one: _Amount, after: Sequence[_Amount], text: str) -> _Amount:
    """The 14 of "14 to 15 million" as 14 million."""
    scale = next((word for word in _SCALES if after and after[0].text.endswith(word)), "")
    joined = rf"{one.text} ?(?:to|and|or|-) ?[£$€]?{after[0].text}" if scale else ""
    if not joined or (one.unit and one.unit[0] not in "$£€") or one.value >= 1000 or not re.search(joined, text):
        return one
    return replace(one, value=one.value * _SCALES[scale], unit=one.unit or after[0].unit)


def _value(words: Sequence[str], at: int) -> tuple[float | None, int]:
    """The number that starts at a word, and where it ends; None where none starts."""
    start, before = at, words[at - 1] if at else ""
    if words[at] in _ORDINALS:
        third = words[at] == "third" and before in ("a", "one") and words[at + 1 : at + 2] == ["of"]
        return (1 / 3 if third else None if words[at] in ("first", "second") else _ORDINALS[words[at]]), at + 1
    total, current = 0.0, 1.0 if words[at] in _SCALES and before == "a" else None
    while at < len(words):
        word = words[at]
        if word[0].isdigit() and at == start:
            current = float(re.sub(r",|[a-z]+$", "", word))
        elif word == "dozen" and current:
            current *= 12
        elif word in WORDS and (at == start or _adds(current or total, word, words[at - 1])):
            current = (current or 0.0) + WORDS[word]
        elif word in _SCALES and current:
            current *= _SCALES[word]
            total, current = (total, current) if word == "hundred" else (total + current, None)
        elif at == start or not _joins(words[at - 1], word, words[at + 1 : at + 3]):
            break
        at += 1
    number = total + (current or 0.0) if at > start else None
    return (None if number == 1.0 and words[start] == "one" else number), max(at, start + 1)


def _adds(so_far: float, word: str, before: str) -> bool:
    """Does a number word go on with the number before it: "twenty five", "hundred and six", "three and a half"?"""
    tens = so_far % 100 >= 20 and so_far % 10 == 0 and WORDS[word] < 10
    return tens or (so_far >= 100 and so_far % 100 == 0) or before in ("and", "a")


def _joins(before: str, word: str, after: Sequence[str]) -> bool:
    """Is "and" or "a" inside a number: "two hundred and six", "three and a half", "half a million"?"""
    if word == "and":
        return [*after] == ["a", "half"] or (
            before in ("hundred", "thousand") and after[0:1] != [] and after[0] in WORDS
        )
    return (
        word == "a"
        and bool(after)
        and ((before == "and" and after[0] == "half") or (before == "half" and after[0] in _SCALES))
    )


_PART_OF = re.compile(r"(?:of )?an? (hour|day|week|month|year|mile|metre|tonne)\b")  # "half an hour", in minutes


def _amount(text: str, start: int, words: Sequence[str], at: int, end: int, value: float) -> _Amount:
    before = text[max(0, start - 30) : start].rstrip("£$€")
    bound = next((mark for mark, pattern in _BOUNDS if pattern.search(before)), "")
    following = words[end] if end < len(words) else ""
    sign = words[at - 1] if at and words[at - 1] in "£$€" else following
    unit = _UNITS.get(sign) or _UNITS.get(sign.removesuffix("s")) if sign else None
    if value < 1 and (part := _PART_OF.match(" ".join(words[end : end + 3]))):
        unit = _UNITS.get(part[1])
    return _Amount(
        " ".join(words[at:end]), value, unit, bound, "" if unit or not following.isalpha() else stem(following)
    )


_TWO = re.compile(r"\b(?:both|pair|couple|twins?|either|neither)\b", re.IGNORECASE)


def other_numbers(claim: str, evidence: str) -> Iterator[Disagreement]:
    """The numbers of the claim that the evidence does not give, or not of that, or not on that side of."""
    given = [*dict.fromkeys(_amounts(evidence))]
    given += [_Amount("two", 2.0)] * bool(_TWO.search(evidence))
    given += [*_apart(evidence, given), *(_sums(given) if _IN_ALL.search(claim) else ())]
    reckoned = [*_differences(given)] if _COMPARES.search(claim) else []
    for one in dict.fromkeys(_amounts(claim)):
        if not any(_is_amount(one, other) for other in given):
            firm = re.search(r"\d", one.text) and not any(_is_amount(one, other) for other in reckoned)
            kind = "number" if firm else "count"
            yield Disagreement(kind, f"the number “{one.text}” is not in the cited words")
            continue
        counted = [other for other in given if one.noun and other.noun == one.noun]
        if counted and not any(_is_amount(one, other) for other in counted):
            yield Disagreement("count", f"“{one.text}” counts something else in the cited words")
        same = [other for other in given if other.value == one.value and other.unit == one.unit]
        if same and all({one.bound, other.bound} == {"<", ">"} for other in same):
            yield Disagreement("number", f"“{one.text}” is a bound the other way round in the cited words")


_IN_ALL = re.compile(r"\b(?:in all|altogether|in total|combined|a total of)\b", re.IGNORECASE)


def _sums(given: Sequence[_Amount]) -> Iterator[_Amount]:
    """What two numbers of one unit come to, for a claim that says "in all"; whether they count alike is not known."""
    for one, other in combinations(given, 2):
        if one.unit == other.unit and not (one.bound or other.bound):
            yield _Amount("", one.value + other.value, one.unit)


# "32 fewer than it had aimed for": nothing but a claim that compares may reckon, and then its number is what one in
# words is, an objection that a checker which is sure may overrule.
_COMPARES = re.compile(
    r"\b(?:more|fewer|less|greater|longer|shorter|higher|lower|above|below|than|by|exceed\w*|rose|fell|gr[eo]w|shr[aiu]nk"
    r"|others?|rest|remaining|of (?:the|some|whom|which))\b",
    re.IGNORECASE,
)


def _differences(given: Sequence[_Amount]) -> Iterator[_Amount]:
    """What lies between two numbers of one unit; "58 percent, up from 44" names it once."""
    for one, other in combinations(given, 2):
        if (one.unit == other.unit or not (one.unit and other.unit)) and one.value != other.value:
            yield _Amount("", abs(one.value - other.value), one.unit or other.unit)


def _apart(evidence: str, given: Sequence[_Amount]) -> Iterator[_Amount]:
    """The years or days between two dates, where the evidence itself counts no years or no days: else a wrong number
    beside two dates that happen to be as far apart would pass."""
    for unit, spans in zip((_UNITS["year"], _UNITS["day"]), between(evidence), strict=True):
        if not any(one.unit and one.unit[0] == unit[0] and one.unit[1] >= unit[1] for one in given):
            yield from (_Amount("", float(span), unit) for span in spans if span)


def _is_amount(one: _Amount, other: _Amount) -> bool:
    """Is the claim's number the evidence's, or where it says "about", a rounded form of it?"""
    said, given = one.value, other.value
    if one.unit and other.unit:
        if one.unit[0] != other.unit[0]:
            return False
        said, given = said * one.unit[1], given * other.unit[1]
    said, given = (
        said * 100 if said < 1 and other.unit == _UNITS["%"] else said,
        given * 100 if given < 1 and one.unit == _UNITS["%"] else given,
    )
    converted = one.unit is not None and other.unit is not None and one.unit != other.unit
    slack = 0.02 if converted or min(one.value, other.value) < 1 else 1e-9  # 33 percent is a third
    if abs(said - given) <= slack * abs(given):
        return True
    off = (given - said) / said if said else 1.0
    if not one.bound or not (converted or _figures(one.value) < _figures(other.value)):
        return False
    return {"~": abs(off) <= ABOUT, ">": 0 <= off <= BEYOND, "<": -BEYOND <= off <= 0}[one.bound]


def _figures(value: float) -> int:
    """How many figures a number is given to: 2 for 1,200."""
    return len(f"{value:.6f}".rstrip("0").replace(".", "").strip("0"))
