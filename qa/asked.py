"""What kind of answer a question asks for, and whether a sentence holds anything of that kind. By rule, English.

    "When was it built?" asks for a date; "The refinery is 150 miles north of Baghdad." holds none.

A sentence without a date cannot say when: this catches what a relevance score does not see. Knows nothing of models.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["length", "duration", "number", "date", "name", ""]

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|(?-i:Mar(?:ch)?|May)|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)"
)
_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("length", re.compile(r"^\W*(?:and |but |so )?how (?:"
                          r"(?:long|wide|tall|high|deep|far) (?:is|are)(?: [\w'’-]+){1,4}\?*$"
                          r"|(?:wide|tall|high|deep|far) (?:was|were|did|do|does|can|could|has|had)\b)", re.I)),
    ("duration", re.compile(r"\bhow long (?:(?:did|do|does|had|has|have|will|would|can|could|must|should|may|might)\b"
                            r"|(?:is|are|was|were)(?: [\w'’-]+){1,5} "
                            r"(?:\w{2,}ed|stuck|shut|lost|held|kept|gone|open|away|ill)\b)"
                            r"|\bfor how long\b|\bhow much time\b", re.I)),
    ("number", re.compile(r"\bhow (?:many|much|long|tall|far|old|big|large|high|deep|fast|often|heavy|wide)\b"
                          r"|\bwhat (?:percent|percentage|number|share|proportion|fraction)\b", re.IGNORECASE)),
    ("date", re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|century|time)\b", re.IGNORECASE)),
    ("name", re.compile(r"^\W*(?:and |but )?who(?:m|se)?\b", re.IGNORECASE)),
)  # fmt: skip
_HOLDS: dict[Kind, re.Pattern[str]] = {
    "length": re.compile(  # hours and minutes for what lasts: a film, a flight
        r"\b(?:(?:kilo|centi|milli)?met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?|fathoms?|km|cm|mm|ft|hours?|minutes?|pages?)\b"
        r"|\d ?m\b",
        re.IGNORECASE,
    ),
    "duration": re.compile(
        r"\b(?:(?:mid|over|fort)?nights?|(?:week)?days?|weeks?|months?|years?|hours?|minutes?|seconds?|decades?|centur(?:y|ies)|"
        r"generations?|seasons?|terms?|since|until|till|forever|permanent\w*|indefinite\w*|life|lifetime|moments?|briefly|"
        rf"{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\b(?:1\d|20)\d\d\b|\d:\d\d",
        re.IGNORECASE,
    ),
    "number": re.compile(
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|"
        r"seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|quarters?|thirds?|once|twice|no|none|"
        r"single|several|a few|a couple|decades?|years?|months?|weeks?|days?|hours?|minutes?)\b",
        re.IGNORECASE,
    ),
    "date": re.compile(
        rf"\b(?:1\d|20)\d\ds?\b|\b{_MONTH}\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
        r"\b(?:yesterday|today|tonight|tomorrow|now|century|centuries|ago|later|earlier|after|before|since|during|seasons?|"
        r"weeks?|months?|years?|hours?|minutes?|nights?|mornings?|evenings?|afternoons?|decades?|midnight|noon|dawn|a\.m|"
        r"p\.m|spring|summer|autumn|winter|\d(?:st|nd|rd|th))\b",
        re.IGNORECASE,
    ),
    "name": re.compile(r"(?<=[\w,;:’'\"“(] )[A-Z][a-z]+|(?:[A-Z][\w.’-]* )+[A-Z][\w’-]+|"
                       r"\b(?:official|officer|spokes\w+|minister|president|witness|relative|scientists?|researchers?|engineers?|workers?|residents?|police)\b"),
}  # fmt: skip


def kind_of(question: str) -> Kind:
    """What the question asks for; "" where the rule does not know."""
    return next((kind for kind, pattern in _ASKS if pattern.search(question)), "")


_WHOLE = re.compile(
    r"^\W*(?:and |but |so )*(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must)\b|"
    r"^\W*(?:and |but |so )*(?:why|how come)\b|\bhow (?:did|do|does|was|were|is|are|can|could)\b",
    re.IGNORECASE,
)


_SEVERAL = re.compile(
    r"\b(?:which|what)\s+(?:(?:two|three|four|five|six|seven|eight|nine|ten|\d+|other|kinds? of|types? of)\s+)*"
    r"(?!(?:is|was|does|has|this|its|his|always|across|us|as)\b)\w{3,}s\b|"
    r"\bwho (?:were|are)\b|\b(?:name|list) (?:the|all|two|three|some)\b",
    re.IGNORECASE,
)


def wants_several(question: str) -> bool:
    """May the answer be a list: "which ships", "who were", "name three"?"""
    return bool(_SEVERAL.search(question))


def wants_sentence(question: str) -> bool:
    """Is the answer a whole sentence rather than a few words of it: yes or no, why, how it came about?"""
    return bool(_WHOLE.search(question))


def holds(kind: Kind, sentence: str) -> bool:
    """Could the sentence answer a question of this kind? True for kinds the rule does not know."""
    return not kind or bool(_HOLDS[kind].search(sentence))


_WORD = r"(?:[A-Z][\w’'-]+|\d[\d.,]*\d)"
_NAMED = re.compile(rf"(?<=[\w,;:’'\"“(] ){_WORD}(?: {_WORD})*")
_ENDING = re.compile(r"(?:[’']s|s|[.,])$")


def missing_names(question: str, text: str) -> float:
    """The share, 0..1, of the names and numbers in the question that the text does not have: an article that never
    mentions Basra does not answer a question about Basra. One word of a name is enough ("the Great Smog", "the smog").
    0 for a question that names nothing.

    Example: question="How far is Baiji from Basra?", text="Baiji lies north of Baghdad." -> 0.5
    """
    folded = text.casefold()
    names = [[_ENDING.sub("", word).casefold() for word in name.split()] for name in _NAMED.findall(question)]
    missing = sum(not any(word in folded for word in name) for name in names)
    return missing / len(names) if names else 0.0
