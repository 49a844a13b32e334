"""The names in a question and the persons, places and dates in an answer, as capitals and small words show them.

    "Where did the Ever Given run aground?" → "the Ever Given"
    "Dr. Walter Plowright grew it at Muguga, near Nairobi." → the person "Walter Plowright"

By rule, English. Knows nothing of who is who: what is a person's name and what a company's is told by words such as
"Canal" and "Authority". The lists were made on the even half of seeds/conversations.jsonl (bench/followups.py).
"""

from __future__ import annotations

import re

from indexes.types import Span


def words(text: str) -> frozenset[str]:
    """The words of a list written as text."""
    return frozenset(text.split())


def any_of(listed: frozenset[str]) -> str:
    """A pattern for any word of a list."""
    return rf"(?:{'|'.join(sorted(listed))})\b"


AUXILIARY = words("is are was were be been do does did has have had can could will would shall should may might must")
PREPOSITION = words(
    "in on at of by for from to with after before during about near over under into since until around through"
    " against behind between beyond within without"
)
# What stands between the things of a question.
SMALL = AUXILIARY | PREPOSITION | words("and or but that which who whom when where while why how than as if not")
# A word of this form speaks of several: "tugs"; not "bus".
SEVERAL = re.compile(r"(?:[^aius]|ie|ea)s$|^(?:people|men|women|children|police|we|you|i)$", re.IGNORECASE)
# A word that tells what was done: "killed", "built"; not "speed".
PARTICIPLE = re.compile(
    r"(?:\w{2,}[^e]ed|built|found|made|held|lost|sold|sunk|won|shot|put|set|cut|dug|drawn|driven|flown|given|known|seen"
    r"|taken|written|kept|left|sent|met|paid|begun|hidden|stolen|broken|born)",
    re.IGNORECASE,
)
NAME = re.compile(
    r"(?:\b[Tt]he )?\b[A-ZÀ-Þ0-9][\w'’.-]*(?: (?:of|the|de|al|and) (?=[A-ZÀ-Þ])| (?=[A-ZÀ-Þ0-9]))?"
    r"(?:[A-ZÀ-Þ0-9][\w'’.-]*(?: (?=[A-ZÀ-Þ0-9]))?)*"
)
# Capitalised because they open a question, not because they are names.
OPENERS = words(
    "a an and are i can could did do does had has have how in is it of on or should the to was were what when where"
    " which who whom whose why will would but so for from at by what's who's there what’s who’s any anyone anything"
    " then tell give summarise summarize sum describe explain list please show outline hi hello"
)
# Nouns that a name is put before: "the Suez blockage" is not "the Suez".
HEADS = words(
    "seed ash copper gold rail road oil blockage canal ship vessel tunnel bridge link island vault telescope"
    " sunshield mission mine miner miners mines rescue drill capsule crisis cloud eruption closure company firm team"
    " crew group park wolves tablets script project programme expedition disease virus vaccine war attack flood fire"
    " storm smog refinery dam tower station airport hospital church university school museum plant factory plane"
    " aircraft flight rocket probe orbiter spacecraft treaty law bill government army police bank party president"
    " minister king queen authority agency river lake sea plan design backlog"
)
WITH_NOUN = re.compile(rf"[’']s? [a-z][\w-]*|(?: (?:{'|'.join(sorted(HEADS))})\b){{1,3}}")
TITLE = r"(?:Dr|Mr|Mrs|Ms|Sir|Lord|Lady|Prof|Capt|Captain|Lt|Gen|Sgt|President|Minister|King|Queen|Prince|Princess)\b"
CAPITAL = rf"(?!{TITLE})[A-ZÀ-ÞØ][\w'’-]*[a-zà-ÿ]"
INITIALS = r"[A-Z]\. ?"  # one of them: a repetition inside of one takes time that doubles with every letter
FULL_NAME = re.compile(
    rf"(?:\b{TITLE}\.? )*\b((?:{CAPITAL} |{INITIALS})(?:{CAPITAL} |{INITIALS}|de |van |von |al )*{CAPITAL})"
)
# A capitalised sequence with one of these in it is a place or an organisation, not a person.
NOT_PERSON = words(
    "Canal Authority Mine Tunnel Bridge University College Institute School Park Act Lake Lakes Deep Deeps Trench"
    " Road Street Salvage Shipmanagement Marine Association Organization Organisation Agency Company Corporation Show"
    " Sea Ocean Island City Bay River Valley Mountain Hope Cape Council Committee Ministry Airport Airways Air Society"
    " Prize Programme Project Center Centre Laboratory Hospital House Museum Plan Force Navy Army Bank Trust Group"
    " Union Nations States Kingdom Bureau Department Office Court Church North South East West New San Santa Port"
    " Saint St Great World Food Health Royal The"
)
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
YEAR = r"(?:1\d|20)\d\d"
DATE = re.compile(
    rf"\b(?:(?:{DAY},? )?\d{{1,2}} {MONTH}(?: {YEAR})?|{MONTH}(?: \d{{1,2}},)? {YEAR}|{MONTH}|{DAY}|{YEAR})\b"
)
PLACE = re.compile(rf"\b((?:in|at|near|on) (?:the )?{CAPITAL}(?: {CAPITAL})*)")


def names_of(question: str) -> list[Span]:
    """Where the names of a question stand, with their nouns ("the Suez blockage", "Webb’s sunshield"), without words
    that only open it."""
    found: list[Span] = []
    for match in NAME.finditer(question):
        name = without_opener(re.sub(r"(?:[’']s?)?[ ?.,]*$", "", match.group()))
        start = match.start() + match.group().find(name)
        longer = WITH_NOUN.match(question, start + len(name))
        if name and (not found or start >= found[-1][1]):
            found.append((start, longer.end() if longer else start + len(name)))
    return found


def subject_of(question: str) -> str:
    """The last named thing in a question: "Where did the Ever Given run aground?" -> "the Ever Given"; "" if none."""
    names = [without_opener(match.group().strip(" ?.,")) for match in NAME.finditer(question)]
    names = [name for name in names if name and not name.isdigit()]
    return names[-1] if names else ""


def people(text: str) -> list[str]:
    """The full names in a text that may be a person's, each once, without titles ("Dr.")."""
    names = [one for one in FULL_NAME.finditer(text) if not re.match(r"[Tt]he ", text[max(0, one.start() - 4) :])]
    found = [without_opener(re.sub(r"[’']s?$", "", match[1])) for match in names if not match[1].startswith("The ")]
    found = [name for name in found if " " in name and not NOT_PERSON & set(name.split()) and not DATE.search(name)]
    return list(dict.fromkeys(found))


def without_opener(name: str) -> str:
    """A capitalised run without the words that only open the question: "Did Egypt" -> "Egypt"."""
    opened = name.split()
    while opened and opened[0].casefold() in OPENERS and not (opened[0] == "the" and len(opened) > 1):
        opened = opened[1:]
    return " ".join(opened)
