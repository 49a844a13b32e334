"""Sentences of the sample articles made untrue by rule: what a check of claims must catch.

    true    "The Ever Given is 400 metres long and 59 metres wide."
    number  "The Ever Given is 410 metres long and 59 metres wide."

Each edit changes the meaning: a name is never changed for another name of the same thing, and a number, date or place
never for one that the cited words would carry too. Knows nothing of the checks.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from indexes.passages import units
from indexes.types import Article

KINDS = ("number", "date", "name", "negation", "who said it", "splice")
LEAST_WORDS = 7  # a shorter sentence leans on its neighbours, and is no claim by itself


@dataclass(frozen=True, slots=True)
class Source:
    """A true sentence. context: the article's title and date of publication."""

    article_id: str
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """A claim that the evidence, one or two sentences of the article, does not carry."""

    id: str
    claim: str
    evidence: tuple[str, ...]
    kind: str
    article_id: str
    context: str = ""


def sources(articles: Iterable[Article]) -> list[Source]:
    """The whole sentences of articles, in order; datelines and list bullets are left out of the text."""
    found = []
    for article in articles:
        for unit in units(article.text, title=article.title):
            text = re.sub(r"^(?:[A-ZÉÓÖ ,.a-z]{3,30} )?- ", "", " ".join(article.text[unit.start : unit.end].split()))
            if unit.kind == "sentence" and len(text.split()) >= LEAST_WORDS and text.endswith("."):
                found.append(Source(article.id, text, f"{article.title} · {article.day}"))
    return found


def edits(sentences: list[Source], count: int = 300, seed: int = 5) -> list[Edit]:
    """About `count` edits, as many of each kind as there are, none of them twice."""
    pick = random.Random(seed)
    found: list[Edit] = []
    for kind in KINDS:
        made = {edit.claim: edit for source in sentences for edit in MAKERS[kind](source, sentences, pick)}
        true = {source.text for source in sentences}
        fresh = [edit for edit in made.values() if edit.claim not in true]
        pick.shuffle(fresh)
        fresh = _spread(fresh)[: count // len(KINDS)]
        found += [
            Edit(f"{kind.replace(' ', '-')}-{number:03d}", one.claim, one.evidence, kind, one.article_id, one.context)
            for number, one in enumerate(fresh, 1)
        ]
    return found


def _spread(made: list[Edit]) -> list[Edit]:
    """A first edit of every sentence before the second of any."""
    seen: dict[tuple[str, ...], int] = {}
    ranked = []
    for edit in made:
        seen[edit.evidence] = seen.get(edit.evidence, -1) + 1
        ranked.append((seen[edit.evidence], edit))
    return [edit for _, edit in sorted(ranked, key=lambda one: one[0])]


def _edit(source: Source, claim: str, *also: str) -> Edit:
    return Edit("", claim, (source.text, *also), "", source.article_id, source.context)


def _replaced(source: Source, match: re.Match[str], new: str) -> Edit:
    return _edit(source, source.text[: match.start()] + new + source.text[match.end() :])


MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
COUNTS = "two three four five six seven eight nine ten eleven twelve thirteen fourteen".split()
_MONTH = "(?:" + "|".join(MONTHS) + ")"
_NUMBER = re.compile(
    rf"(?<![\w.,:/-])(?<![A-Z]\w )(?<!No\. )\d[\d,]*(?:\.\d+)?(?![\w:/-]|[.,]\d| ?[ap]\.m| GMT| {_MONTH}|(?: and| to) \d+ {_MONTH})"
    rf"|\b(?:{'|'.join(COUNTS)})\b(?! of them| o'clock)",
)


def _numbers(source: Source, sentences: list[Source], pick: random.Random) -> Iterator[Edit]:
    for match in _NUMBER.finditer(source.text):
        old, before = match[0], source.text[: match.start()]
        named = re.search(r"(?:[A-ZÉ][\w’']+|No\.) $", before) or re.search(rf"{_MONTH} $", before)
        year = re.fullmatch(r"1[0-9]\d\d|20\d\d", old)
        if named or year:
            continue
        new = pick.choice([word for word in COUNTS if word != old]) if old in COUNTS else _other_number(old, pick)
        if new not in source.text:
            yield _replaced(source, match, new)


def _other_number(old: str, pick: random.Random) -> str:
    """A slip of a language model: a figure changed, two exchanged, or a nought too many."""
    figures = [at for at, char in enumerate(old) if char.isdigit() and not (at == 0 and len(old) > 1)]
    at = pick.choice(figures or [0])
    changed = old[:at] + pick.choice([one for one in "123456789" if one != old[at]]) + old[at + 1 :]
    exchanged = old[1] + old[0] + old[2:] if len(old) > 1 and old[:2].isdigit() and old[0] != old[1] != "0" else changed
    longer = old + "0" if "," not in old and "." not in old else changed
    return pick.choice([changed, exchanged, longer])


_YEAR = r"(?:1[0-9]|20)\d\d\b"
_DATE = re.compile(
    rf"\b\d\d?(?= {_MONTH})|\b(?:{'|'.join(DAYS)})\b|(?<=\d ){_MONTH}\b|(?<=[Ii]n ){_MONTH}\b|\b{_MONTH}(?= \d{{4}})"
    rf"|(?<=[Ii]n ){_YEAR}|(?<=since ){_YEAR}|(?<=(?:ry|ch|il|ay|ne|ly|st|er) ){_YEAR}"  # the last: after a month
)


def _dates(source: Source, sentences: list[Source], pick: random.Random) -> Iterator[Edit]:
    for match in _DATE.finditer(source.text):
        old = match[0]
        pool = MONTHS if old in MONTHS else DAYS if old in DAYS else None
        if pool:
            new = pick.choice([one for one in pool if one not in source.text])
        elif len(old) == 4:
            new = str(int(old) + pick.choice([-10, -2, -1, 1, 2, 10]))
        else:
            new = pick.choice([str(day) for day in range(1, 29) if str(day) not in source.text])
        if new not in source.context:
            yield _replaced(source, match, new)


_NAME = re.compile(
    r"(?<=[a-z,;] )(?:[A-ZÁÉÖØ][\w’']*[a-zé]|[A-Z]{3,})(?:[ -](?:[A-ZÁÉÖØ][\w’']*[a-zé]|[A-Z]{3,}|II|XVI))*(?!’s|'s|\w)(?! [A-Z\d])"
)
_TITLE = re.compile(r"^(?:Mr|Mrs|Dr|Sir|President|Queen|King|Capt|Lt|Gen|Lord|Crown)\b")
# What goes by two names in the sample articles, or stands for one another
ALIASES = (
    {"Fénix", "Phoenix"}, {"Esperanza", "Hope", "Camp Hope"}, {"Boskalis", "Smit", "Smit Salvage", "Berdowski"},
    {"Britain", "British", "England", "English"}, {"Netherlands", "Dutch"}, {"Denmark", "Danish"}, {"Sweden", "Swedish"},
    {"France", "French"}, {"Norway", "Norwegian"}, {"NASA", "Jet Propulsion Laboratory"}, {"U.S", "American"},
    {"Rabie", "Suez Canal Authority"}, {"Chile", "Chilean"}, {"FAO", "United Nations"}, {"Earth", "Sun"},
    {"Copiapó", "Chilean", "Atacama"}, {"Suez Canal", "Ever Given", "Egypt"}, {"Bolivian", "Mamani"}, {"Sougarret", "Codelco"},
)  # fmt: skip


def _names_in(text: str) -> list[re.Match[str]]:
    skip = {*MONTHS, *DAYS}
    return [match for match in _NAME.finditer(text) if not skip & set(match[0].split()) and not _TITLE.match(match[0])]


def _alike(one: str, other: str) -> bool:
    """May two names mean the same, or one belong to the other?"""
    mine, yours = (set(re.split(r"[ -]", name)) for name in (one, other))
    initials = {"".join(word[0] for word in name.split()) for name in (one, other)}
    roots = {word[:4].casefold() for word in mine} & {word[:4].casefold() for word in yours}
    known = any(mine & _words(group) and yours & _words(group) for group in ALIASES)
    return bool(mine & yours or roots or known or initials & {one, other})


def _words(names: set[str]) -> set[str]:
    return {word for name in names for word in name.split()}


def _kind_of_name(text: str, match: re.Match[str]) -> tuple[bool, bool, bool]:
    """With "the" or not, a people's name or not, before a noun or not: only names that read alike are exchanged."""
    before, after = text[: match.start()], text[match.end() :]
    people = bool(re.search(r"(?:ish|an|ese|ch)$", match[0]))
    return before.endswith("the "), people, bool(re.match(r" [a-z]", after))


def _other_names(source: Source, sentences: list[Source], pick: random.Random) -> Iterator[Edit]:
    near = [other for other in sentences if other.article_id == source.article_id and other is not source]
    for match in _names_in(source.text):
        kind = _kind_of_name(source.text, match)
        pool = sorted({
            found[0] for other in near for found in _names_in(other.text)
            if _kind_of_name(other.text, found) == kind and not _alike(found[0], match[0])
            and not any(_alike(found[0], mine[0]) for mine in _names_in(source.text)) and found[0] not in source.text
        })  # fmt: skip
        if pool:
            yield _replaced(source, match, pick.choice(pool))


_DENIED = (
    (re.compile(r"\b(was|were|is|are|had|has|have|could|would|will|should|did|does|do|can|might) not (?!only|just|so)"), r"\1 "),
    (re.compile(r"\bcannot "), "can "), (re.compile(r"\bNo one\b|\bNobody\b"), "Somebody"),
    (re.compile(r"\bnobody\b|\bno one\b"), "somebody"), (re.compile(r"\bnever been\b"), "been"),
    (re.compile(r"\bno (?=\w+s\b)"), "several "), (re.compile(r"\bNone of\b"), "All of"), (re.compile(r"\bwithout\b"), "with"),
    (re.compile(r"\b(will|has|had|have|was|were) never "), r"\1 "),
)  # fmt: skip
_DENIAL = re.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot|few|hardly|only|unless|until)\b", re.I
)
_AUXILIARY = re.compile(
    r"\b(was|were|is|are|will|would|could|can|had been|has been|have been)(?= (?!to\b|said\b|about\b|like\b|born\b)[a-z]{3,})"
    r"|\b(had|has|have)(?= (?:[a-z]+ed|made|found|come|gone|built|sent|put|broken|begun|taken|given|shown|asked|named)\b)"
)


def _denials(source: Source, sentences: list[Source], pick: random.Random) -> Iterator[Edit]:
    for pattern, new in _DENIED:
        for match in pattern.finditer(source.text):
            yield _replaced(source, match, match.expand(new))
    if not _DENIAL.search(source.text) and (found := [*_AUXILIARY.finditer(source.text)]):
        match = found[0]  # the first is nearly always the main clause's
        first, _, rest = match[0].partition(" ")
        yield _replaced(source, match, f"{first} not{' ' + rest if rest else ''}")


_VERB = (
    r"(?:said|told|estimated|warned|put|announced|praised|added|wrote|agreed|expected|called|noticed|showed|reported)"
)
_SPEAKER = re.compile(
    rf"^(?P<who>(?:[A-Z][\w.’'-]*)(?: (?:of |for |the )?[A-Z][\w.’'-]*)*)(?P<role>(?:, [a-z][^,;]*,(?: [a-z][^,;]*,)?)? (?:has |had |have )?{_VERB}\b)"
    rf"|(?<=[,;] )(?P<first>[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*)*) said\b(?=\.$)"
)
_SAID_BY = re.compile(r"(?P<who>(?<=said )[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*)*)(?=,|\.$)")
_NO_SPEAKER = {"He", "She", "It", "They", "We", "Most", "Some", "Others", "Officials", "Doctors", "Experts", "Airlines"}


def _speaker(text: str) -> re.Match[str] | None:
    found = _SPEAKER.search(text) or _SAID_BY.search(text)
    return None if found and set(_who(found).split()) & _NO_SPEAKER else found


def _who(match: re.Match[str]) -> str:
    part = match.groupdict()
    return part.get("who") or part.get("first") or ""


def _speakers(source: Source, sentences: list[Source], pick: random.Random) -> Iterator[Edit]:
    """What one said, given to another who speaks in the same article; both sentences are cited."""
    mine = _speaker(source.text)
    if not mine:
        return
    for other in sentences:
        theirs = _speaker(other.text) if other.article_id == source.article_id else None
        if not theirs or _alike(_who(mine), _who(theirs)) or _who(theirs) in source.text:
            continue
        role = theirs.groupdict().get("role") or ""
        title = re.sub(rf" (?:has |had |have )?{_VERB}$", "", role)
        own = re.sub(rf" (?:has |had |have )?{_VERB}$", "", mine.groupdict().get("role") or "")
        old, new = _who(mine) + own, _who(theirs) + (title if own else "")
        yield _edit(source, source.text.replace(old, new, 1), other.text)


_JOINT = re.compile(r",? (?:and|when|because|after|by|in|that|which|who|from|to|on|with|for|until|where) (?=[a-z\d])")


def _splices(source: Source, sentences: list[Source], pick: random.Random) -> Iterator[Edit]:
    """The first half of one sentence with the second half of another; one of the two is cited, or both."""
    near = [other for other in sentences if other.article_id == source.article_id and other is not source]
    for joint in _JOINT.finditer(source.text):
        for other in pick.sample(near, min(4, len(near))):
            theirs = next(
                (one for one in _JOINT.finditer(other.text) if one[0].strip(", ") == joint[0].strip(", ")), None
            )
            first, second = source.text[: joint.end()], other.text[theirs.end() :] if theirs else ""
            if min(len(first.split()), len(second.split())) < 4 or second[:20] in source.text:
                continue
            cited = [(source.text,), (other.text,), (source.text, other.text)]
            if "and" in joint[0]:  # where both are cited, what is true of the one thing may be true of the other
                cited.pop()
            yield Edit("", first + second, pick.choice(cited), "", source.article_id, source.context)


Maker = Callable[[Source, list[Source], random.Random], Iterator[Edit]]
MAKERS: dict[str, Maker] = dict(
    zip(KINDS, (_numbers, _dates, _other_names, _denials, _speakers, _splices), strict=True)
)
