"""Claims beside the words they are said to stand on, to train the checker: read from sets, and made by rule.

    "The canal opened in 1896."  +  "The canal was opened in 1869 by …"  →  not supported

A sentence of an article, said a little otherwise, is carried by its own window; the same sentence with a number, a name
or a "not" changed, or two sentences spliced into one, is not. The same seed gives the same claims. Knows nothing of
torch or of word pieces.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from qa.reader.data import Asked, header, sentences
from qa.reader.misses import OPPOSITE

SETS = ("fever", "feversym", "conjnli", "snli", "cad")
WORDS = range(6, 46)  # of a sentence that a claim is made of
FAITHFUL = 0.45  # of the made claims are carried by their window
REWORDED = 0.6  # of the claims with a fault are said otherwise first, so that other wording alone is no fault
TRIES = 8  # ways that are tried on one sentence before another is taken

_TOKENS = ((" -LRB- ", " ("), (" -RRB-", ")"), ("-LSB- ", "["), (" -RSB-", "]"), (" 's", "'s"), (" n't", "n't"))
_SPACED = re.compile(r" (?=[,.;:!?%])")
_NAME = re.compile(r"(?<=[\w,;:’'\"“(] )[A-Z][\w’'.-]*\w(?: (?:of |the |de |von )?[A-Z][\w’'.-]*\w)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_COUNTS = "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty hundred".split()
_COUNT = re.compile(rf"\b(?:{'|'.join(_COUNTS)})\b")
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = re.compile(rf"\b(?:{'|'.join(_MONTHS)})\b(?! be)")
_AUXILIARY = re.compile(r"\b(?:was|were|is|are|has|had|have|can|could|will|would|did|does|must|may|should)\b(?! not)")
_NOT = re.compile(r"\b(?:was|were|is|are|has|had|have|can|could|will|would|did|does|must|may|should)( not|n[’']t)\b")
_ALIKE = """said stated · said told reporters · began started · ended finished · large big · bought purchased · built
constructed · about roughly · about approximately · also in addition · because since · but however · showed
demonstrated · used employed · many numerous · often frequently · helped assisted · wanted wished · near close to ·
nearly almost · whole entire · however though · died passed away · hurt injured · made produced · got received · kept
retained · ask request · work job · illness disease · car automobile · children kids · doctor physician · film movie ·
whole complete · main chief · main principal · over more than · under less than · killed slain · left departed · chose
selected · several a number of · during in the course of · after following · before prior to · important significant ·
allow permit · needed required · tried attempted · lived resided · speak talk · fast quick · show display · famous
well-known"""
_SAME: dict[str, list[str]] = {}
for _pair in _ALIKE.replace("\n", " ").split("·"):
    _one, _other = _pair.split(maxsplit=1)
    _SAME.setdefault(_one, []).append(_other.strip())
_RELATIVE = re.compile(r", (?:which|who|whose|where)\b[^,;]{4,90},(?= )")
_BRACKETS = re.compile(r" \([^()]{1,80}\)")
_OPENING = re.compile(r"^(In|On|At|During|After|Since|By) ([^,]{3,40}), (\S)")
_CLOSING = re.compile(r"^(.{20,}?) (in \d{4}|in [A-Z]\w+ \d{4}|on \w+ \d{1,2}, \d{4})\.$")
_SAID = re.compile(r"^[“\"](.{15,}?),[”\"] (?:said ([^.]{3,60})|([^.]{3,60}?) said)\.$")
_JOINED = re.compile(r"(?:,|;) (?:and|but) (?=(?:he|she|it|they|the|[A-Z]))")
_TAIL = re.compile(r" ((?:in|at|by|for|with|because of|after|during|despite) [^,;.]{8,60})\.$")
_DAY = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}}), (\d{{4}})\b")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, and what it is to be carried by. supported: does the evidence say all of it?"""

    text: str
    header: str
    evidence: str
    supported: bool
    kind: str


def read_claims(folder: Path) -> dict[str, list[Claim]]:
    """The claims of each set of the folder `claims_train`. A claim that is refuted or not spoken of is unsupported."""
    found = {}
    for name in SETS:
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        found[name] = [
            Claim(untokenised(one["claim"]), "", untokenised(one["evidence"]), one["label"] == "SUPPORTS", name)
            for one in lines
        ]
    return found


def untokenised(text: str) -> str:
    """Words apart from their punctuation, as some sets have them, put together again."""
    for old, new in _TOKENS:
        text = text.replace(old, new)
    return _SPACED.sub("", text).strip()


class Made:
    """Claims made by rule from the paragraphs of some articles."""

    def __init__(self, asked: Sequence[Asked]) -> None:
        paragraphs = sorted({(one.article_id, one.title, one.told) for one in asked})
        self._paragraphs = [(article, title, told) for article, title, told in paragraphs if _able(told)]
        self._of: dict[str, list[str]] = {}
        for article, _, told in self._paragraphs:
            self._of.setdefault(article, []).append(told)

    def draw(self, rng: random.Random) -> Claim:
        """One claim."""
        while True:
            article, title, told = rng.choice(self._paragraphs)
            sentence, evidence = self._window(told, rng)
            above = header(title, rng)
            if rng.random() < FAITHFUL:
                return Claim(said_otherwise(sentence, rng), above, evidence, True, "said otherwise")
            reworded = said_otherwise(sentence, rng) if rng.random() < REWORDED else sentence
            for _ in range(TRIES):
                way = rng.choice(WAYS)
                made = way(self, reworded, evidence, rng)
                if made and made[0] not in (sentence, reworded):
                    return Claim(made[0], above, made[1], False, way.__name__.strip("_"))
            other = rng.choice(self._of[article])
            if sentence not in other:
                return Claim(reworded, above, self._window(other, rng)[1], False, "elsewhere")

    def _window(self, told: str, rng: random.Random) -> tuple[str, str]:
        """(a sentence, one to four sentences around it)."""
        spans = sentences(told)
        place = rng.choice([i for i, (a, b) in enumerate(spans) if len(told[a:b].split()) in WORDS])
        first, last = max(0, place - rng.choice((0, 0, 1, 2))), min(len(spans) - 1, place + rng.choice((0, 0, 1, 2)))
        return " ".join(told[slice(*spans[place])].split()), told[spans[first][0] : spans[last][1]]

    # --- the ways: (sentence, its window) to a sentence that the window does not carry, and that window ---

    def _number(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """Another number, count or month."""
        found = [*_NUMBER.finditer(text), *_COUNT.finditer(text), *_MONTH.finditer(text)]
        if not found:
            return None
        match = rng.choice(found)
        new = _other_number(match.group(), rng)
        return None if new in evidence else (text[: match.start()] + new + text[match.end() :], evidence)

    def _name(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """A name of the same article that the window has or has not."""
        found = list(_NAME.finditer(text))
        others = _NAME.findall(evidence) if rng.random() < 0.5 else _NAME.findall(rng.choice(self._paragraphs)[2])
        others = [other for other in others if other not in text]
        if not found or not others:
            return None
        match = rng.choice(found)
        return text[: match.start()] + rng.choice(others) + text[match.end() :], evidence

    def _exchanged(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """Two names of the sentence in each other's place."""
        found = list(_NAME.finditer(text))
        opening = re.match(r"[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)+", text)
        found = [opening, *found] if opening else found
        if len(found) < 2:
            return None
        one, other = sorted(rng.sample(found, 2), key=lambda match: match.start())
        if one.end() >= other.start() or one.group() in other.group() or other.group() in one.group():
            return None
        if re.fullmatch(r",? ?(?:and|or|,) ?", text[one.end() : other.start()]):
            return None  # "A and B" says what "B and A" says
        between = text[one.end() : other.start()]
        return text[: one.start()] + other.group() + between + one.group() + text[other.end() :], evidence

    def _negated(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """A "not" put in or taken out."""
        there = _NOT.search(text)
        if there:
            return text[: there.start(1)] + text[there.end(1) :], evidence
        found = list(_AUXILIARY.finditer(text))
        if not found:
            return None
        match = rng.choice(found)
        return text[: match.end()] + rng.choice((" not", " never")) + text[match.end() :], evidence

    def _opposite(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """A word for its opposite."""
        found = [match for match in re.finditer(r"\b[a-z]+\b", text) if match.group() in OPPOSITE]
        if not found:
            return None
        match = rng.choice(found)
        return text[: match.start()] + rng.choice(OPPOSITE[match.group()]) + text[match.end() :], evidence

    def _spliced(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """The subject of one sentence with what is said in another; the window has both."""
        other, around = self._window(rng.choice(self._paragraphs)[2] if rng.random() < 0.4 else evidence, rng)
        mine, theirs = _AUXILIARY.search(text), _AUXILIARY.search(other)
        if other in text or text in other or not mine or not theirs or mine.group() != theirs.group():
            return None
        joined = evidence if other in evidence else f"{evidence} {around}"
        return text[: mine.end()] + other[theirs.end() :], joined

    def _added(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """What stands in the window, and something more."""
        tail = _TAIL.search(self._window(rng.choice(self._paragraphs)[2], rng)[0])
        return (f"{text.rstrip(' .')} {tail.group(1)}.", evidence) if tail else None

    def _left_out(self, text: str, evidence: str, rng: random.Random) -> tuple[str, str] | None:
        """The window without the sentence."""
        kept = [evidence[a:b] for a, b in sentences(evidence) if " ".join(evidence[a:b].split())[:25] != text[:25]]
        left = " ".join(kept)
        return (text + " ", left) if len(left.split()) > 8 and left != evidence else None


Way = Callable[[Made, str, str, random.Random], tuple[str, str] | None]
WAYS: tuple[Way, ...] = (
    Made._number, Made._number, Made._name, Made._exchanged, Made._exchanged, Made._negated, Made._negated,
    Made._opposite, Made._spliced, Made._spliced, Made._added, Made._left_out,
)  # fmt: skip


def said_otherwise(text: str, rng: random.Random) -> str:
    """The sentence with nothing added: shortened, turned around, in other words; sometimes as it is."""
    for way in rng.sample(REWORDINGS, rng.randint(1, 4)):
        text = way(text, rng)
    return text


def _without_aside(text: str, rng: random.Random) -> str:
    return _BRACKETS.sub("", _RELATIVE.sub("", text))


def _turned(text: str, rng: random.Random) -> str:
    opening = _OPENING.match(text)
    if opening and text.endswith("."):
        rest = text[opening.end() - 1 :]
        return f"{rest[0].upper()}{rest[1:-1]} {opening.group(1).lower()} {opening.group(2)}."
    closing = _CLOSING.match(text)
    if closing and closing.group(1)[:2] != "I ":
        when, rest = closing.group(2), closing.group(1)
        return f"{when[0].upper()}{when[1:]}, {rest}."
    return text


def _reported(text: str, rng: random.Random) -> str:
    said = _SAID.match(text)
    if not said:
        return text
    who, what = said.group(2) or said.group(3), said.group(1)
    return rng.choice((f"According to {who}, {what}.", f"{who} said that {what}.", f"{who}: {what}."))


def _one_part(text: str, rng: random.Random) -> str:
    parts = _JOINED.split(text)
    able = [part for part in (parts[0], parts[-1]) if len(part.split()) >= 6 and part[:1].isupper()]
    return f"{rng.choice(able).rstrip(' .')}." if len(parts) > 1 and able else text


def _other_words(text: str, rng: random.Random) -> str:
    def other(match: re.Match[str]) -> str:
        return rng.choice(_SAME[match.group()]) if match.group() in _SAME and rng.random() < 0.7 else match.group()

    return re.sub(r"\b[a-z]+\b", other, text)


def _other_figures(text: str, rng: random.Random) -> str:
    text = _DAY.sub(r"\2 \1 \3", text)
    text = re.sub(r"(\d)%", r"\1 percent", text) if "%" in text else re.sub(r"(\d) ?per ?cent", r"\1%", text)
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    return re.sub(r"\b(?:two|three|four|five|six|seven|eight|nine|ten)\b",
                  lambda match: str(_COUNTS.index(match.group()) + 1), text)  # fmt: skip


REWORDINGS = (_without_aside, _turned, _reported, _one_part, _other_words, _other_words, _other_figures)


def _other_number(old: str, rng: random.Random) -> str:
    if old in _MONTHS:
        return rng.choice([month for month in _MONTHS if month != old])
    if old in _COUNTS:
        return rng.choice([count for count in _COUNTS if count != old])
    digits = [i for i, letter in enumerate(old) if letter.isdigit()]
    place = rng.choice(digits[-2:])
    new = rng.choice([digit for digit in "123456789" if digit != old[place]])
    return old[:place] + new + old[place + 1 :]


def _able(told: str) -> bool:
    return any(len(told[a:b].split()) in WORDS for a, b in sentences(told))


def held_back(claims: dict[str, list[Claim]], every: int) -> tuple[dict[str, list[Claim]], dict[str, list[Claim]]]:
    """(to train on, to try on): one in `every` of each set, by its evidence: the same evidence stays together."""
    train, dev = {}, {}
    for name, found in claims.items():
        mine = [sum(one.evidence[:80].encode()) % every == 0 for one in found]
        train[name] = [one for one, out in zip(found, mine, strict=True) if not out]
        dev[name] = [replace(one) for one, out in zip(found, mine, strict=True) if out]
    return train, dev
