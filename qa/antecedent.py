"""What a pronoun of a follow-up question stands for, looked for in the question before and in its answer.

    "How many tugs worked on the Ever Given?" … "it" → "the Ever Given": there are several tugs
    "Who flew the test flight?" – "Willie Walsh, of British Airways, did." … "he" → "Willie Walsh"
    "What law was passed after the Great Smog?" … "it" → "": the law, or the smog

A name that stands behind a preposition is meant only where nothing else in the question can be. Where more than one
thing is left, none is chosen. By rule, English; knows nothing of the articles, nor who is a man or a woman.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from indexes.types import Span
from qa.leaning import pronouns
from qa.mentions import (
    DATE,
    DAY,
    HEADS,
    MONTH,
    PARTICIPLE,
    PLACE,
    PREPOSITION,
    SEVERAL,
    SMALL,
    any_of,
    names_of,
    people,
    words,
)

PERSON = words("he him his she her")
PLURAL = words("they them their")
ONE = words("it its she her")
PRONOUNS = PERSON | PLURAL | words("it there one ones")
# Behind these a name is what the question is about, though a preposition stands before it.
ABOUT_IT = re.compile(r"\b(?:happen(?:ed|s) to|bec(?:ame|ome) of|about|what of|know of) $")
OF_A_PEOPLE = re.compile(r"the \w+ and \w+$", re.IGNORECASE)  # "the British and French" tunnellers
LOCATIVE = words("in at on near under")
ARTICLE = words("a an the this that another each one its his her their")
# A question that describes one thing at its end: "how deep was …", "who made the …", "who worked on the …". Behind the
# thing may stand what was done to it, "declared extinct", "last seen", and a few small words.
DESCRIBED = re.compile(
    r"(?:(?:how \w+(?: away)?|where|when|what) (?:is|was) (?P<is>[^?,]+?)"
    rf"(?: (?:now|today|still|ever|first|last|open|like|\w+ly))*(?: {PARTICIPLE.pattern}(?: \w+)?)?"
    rf"|(?:(?:who|what) (?!{any_of(SMALL)})\w+"
    rf"|(?:who|how many)(?: (?!{any_of(ARTICLE)})[\w’'-]+)+ {any_of(PREPOSITION)}) (?P<the>the [^?,]+?))\W*$",
    re.IGNORECASE,
)
LONGEST = 4  # words of a described thing without its article


def meant(pronoun: str, former: str, said: str, earlier: str = "") -> str:
    """What a pronoun stands for, "" where that is open. former: the question before; said: its answer; earlier: the
    question before that."""
    if pronoun == "there":
        return _only([match.group() for match in PLACE.finditer(said) if not DATE.search(match.group())])
    if pronoun.endswith("then"):
        date = _only([match.group() for match in DATE.finditer(said)])
        before = pronoun.removesuffix("then") or ("on " if re.search(rf"\d {MONTH}|{DAY}", date) else "in ")
        return before + date if date else ""
    thing = asked_about(topic(former), earlier)
    if pronoun in PERSON and (person := _person(former, said)):
        return "" if pronoun in ("she", "her") and thing.startswith("the ") else person  # a ship is "she" too
    known = not _is_person(thing, said) and not OF_A_PEOPLE.match(thing)
    return thing if known and pronoun in (PLURAL if _is_several(thing) else ONE) else ""


def asked_about(question: str, earlier: str = "") -> str:
    """The one thing that a question asks about, "" if there is none or more than one: "Where did the Ever Given run
    aground?" → "the Ever Given". It may be described: "Who made the deepest dive?". Of two, that spoken of earlier."""
    spans = [span for span in names_of(question) if not DATE.fullmatch(question[slice(*span)])]
    if not spans:
        return _described(question) or _repeated(question, _described(topic(earlier)))
    things = [span for span in spans if not people(question[slice(*span)])]
    near, far, where = _by_preposition(question, things or spans)
    found = [*near, *far] or where
    if len(found) > 1:
        found = [span for span in found if question[slice(*span)] in earlier]
    if len(found) != 1 or _wh_noun(question):
        return ""
    start, end = found[0]
    others = () if near else _things(question[:start] + question[end:])
    return "" if _bare_subject(question[:start]) or any(others) else question[start:end]


# The question before, in brackets; a bracket of the asker's own has a "?" behind it.
COMPLETED = re.compile(r"(.*?) \((.*)\)")


def topic(former: str) -> str:
    """What a question before is about: itself, or, where that names nothing or leans on more, what it was completed
    with in brackets: "any pilots? (Where did the Ever Given run aground?)"."""
    completed = COMPLETED.fullmatch(former)
    if completed is None:
        return former
    asked, first = completed.groups()
    return first if pronouns(asked) or not names_of(asked) else asked


def _by_preposition(question: str, spans: Sequence[Span]) -> tuple[list[Span], ...]:
    """The names that a verb has, those behind a preposition, and those of them that say where: "the Ever Given" and
    "the Suez Canal" in "Where did the Ever Given run aground in the Suez Canal?", but not a bare "in Chile", where what
    is meant is what happened there. "The Great Smog of London" is one."""
    near: list[Span] = []
    far: list[Span] = []
    where: list[Span] = []
    for start, end in spans:
        before = question[:start].lower()
        last = before.split()[-1:]
        if near and question[near[-1][1] : start] == " of ":
            near[-1] = near[-1][0], end
        elif ABOUT_IT.search(before) or not PREPOSITION & set(last):
            near.append((start, end))
        elif not LOCATIVE & set(last):
            far.append((start, end))
        elif "on" in last or not question[start:end].istitle():
            where.append((start, end))
    return near, far, where


def _wh_noun(question: str) -> bool:
    """Is one thing asked for by its kind: "What law was passed …", "which drill"? Of "which countries" none is "it"."""
    match = re.match(r"\W*(?:which|what|whose) ([^?,]+)", question, re.IGNORECASE)
    found = list(_until_small(match[1].split())) if match else []
    return bool(found) and not PARTICIPLE.fullmatch(found[0])  # "What caused …"


def _bare_subject(before: str) -> bool:
    """Has the verb a subject without an article, which may be "it": "When did smallpox reach …"?"""
    match = re.search(r"\b(?:[Ww]hen|[Ww]here|[Ww]hy|[Hh]ow(?: \w+)?) (?:do|does|did|is|was|has|had) ([a-z]+) ", before)
    return match is not None and any(_until_small([match[1]]))


def _things(text: str) -> Iterator[str]:
    """The single things of a text that an article stands before: "the mile record"; not "the seagoing tugs"."""
    found = [word.lower() for word in re.findall(r"[\w’'-]+", text)]
    for at, word in enumerate(found):
        if word in ARTICLE:
            yield from _until_small(found[at + 1 :])


def _until_small(found: Sequence[str]) -> Iterator[str]:
    """The words of one thing, up to an article, verb or preposition; none if they speak of several."""
    size = next((at for at, word in enumerate(found) if word.lower() in SMALL | ARTICLE), len(found))
    thing = found[:size]
    if thing and not any(SEVERAL.search(word) for word in thing):
        yield " ".join(thing)


def _described(question: str) -> str:
    """Of a question without a name the one thing that it describes at its end, sure of where that begins and ends:
    "how deep was the deepest dive" → "the deepest dive"; not "who was the foreman", nor "did the ship sink"."""
    match = DESCRIBED.match(question.strip())
    if not match:
        return ""
    thing = match["is"] or match["the"]
    found = thing.split()[thing.lower().startswith("the ") :]
    whole = list(_until_small(found)) == [" ".join(found)] and len(found) <= LONGEST
    return thing if whole and found[0].lower() not in PRONOUNS and not PARTICIPLE.fullmatch(thing) else ""


def _repeated(question: str, thing: str) -> str:
    """The thing described earlier, if the question speaks of it and of no other: "can people catch rinderpest"."""
    rest = question.replace(thing, "")
    return "" if rest == question or _wh_noun(question) or _bare_subject(rest) or any(_things(rest)) else thing


def _person(former: str, said: str) -> str:
    """The one person who can be meant: of a "who" question one in its answer whom it does not name itself; else the one
    it asks about ("Bannister" is the "Roger Bannister" of the answer); else, if it names nobody, the one answered."""
    known, answered = set(re.findall(r"\w+", former)), people(said)
    if known & PERSON:
        return ""  # "Whose record did he beat?" speaks of two
    same = [one for one in answered if known & set(one.split())]
    if re.match(r"\W*(?:and |but )?(?:who|which)\b(?!(?: is| was|['’]s) [A-Z])", former, re.IGNORECASE):
        return _only([one for one in answered if one not in same])
    if asked := people(former) or same:
        return _only(asked)
    surname = any(former[slice(*span)].isalpha() for span in names_of(former))  # one word: it may be a person
    return "" if surname else _only(answered)


def _is_person(thing: str, said: str) -> bool:
    """A full name, or one word of a full name in the answer: "Bannister"."""
    return bool(people(thing)) or any(thing in one.split() for one in people(said))


def _is_several(thing: str) -> bool:
    """ "The Yellowstone wolves", "Ventris and Chadwick"."""
    return " and " in thing or (thing.endswith("s") and thing.split()[-1] in HEADS)


def _only(found: Sequence[str]) -> str:
    return found[0] if len(set(found)) == 1 else ""
