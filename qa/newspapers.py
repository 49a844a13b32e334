"""Which sources a question wants its answer from: "according to the Gazette", "what does the Wire say". By rule.

The names that the library knows are masked by letters that no question holds, so that the patterns see where a source
stands and not what it is called. Knows nothing of articles or dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Last words of the names of newspapers and agencies: one alone may stand for the name, "the Gazette", with a capital.
PAPERS = _words(
    "gazette herald tribune courier chronicle wire newswire ledger review quarterly record times post journal news mail"
    " star sun mirror guardian observer standard express telegraph independent register argus echo bulletin dispatch"
    " press monitor examiner inquirer globe sentinel advertiser mercury reporter weekly daily magazine advocate citizen"
)
ALWAYS_PAPERS = _words("gazette herald tribune courier chronicle newswire")  # these without a capital too
# What a name may end with and be known without: "BBC News", "Reuters UK".
TAILS = _words(
    "news sport business online uk us usa international world agency magazine newspaper media quarterly weekly daily"
    " website"
)
# One-word names of publications that are everyday words: a source only with their capital.
COMMON = _words(
    "nature science time life people money fortune wired variety sun mirror mail star times guardian independent post"
    " week observer world nation spectator economist record review press wire standard express news today focus"
    " quarterly"
)
MOST_SOURCES = 0x800  # so many have a letter
PAPER, OTHER = 0xE000, 0xE800  # private letters that stand for a name in the masked question
ANY = "[\ue000-\uefff]"
ONE = rf"(?:the )?{ANY}"
S = rf"(?:(?:the )?(?:newspapers? |papers? )?{ONE}(?:(?:,| and| or|, and) {ONE})*(?: newspaper| website| magazine)?)"
P = S.replace(ANY, "[\ue000-\ue7ff]")
REPORT = (
    r"(?:(?:own |first |latest )?(?:articles?|reports?|reporting|coverage|story|stories|account|edition|"
    r"issue|version|figures?))"
)
CITED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:according to|as (?:reported|told|quoted|described|estimated|put) (?:by|in)) (?:an? )?{S}",
        rf"^\W*(?:(?:and|but|so) )?in {P}(?:, |$)",
        rf"{S}[’']s? {REPORT}\b",
        rf"\b(?:articles?|reports?|stories|coverage|news|pieces?)(?: published)? (?:from|in|by|of) {S}(?=\W|$)"
        rf"(?![’']s)",
        rf"\bonly {S}(?=[,?.]|$)",
        rf"(?<=the ){ONE} (?:articles?|report|story|coverage)\b",
        rf"\b(?:do|does) {S} (?:say|report|write|claim|describe|tell|put|give|estimate|mention|explain|cover|"
        rf"quote|think)\b",
        rf"\b(?:did|has|have|had) {S} (?:report|write|publish|print)(?:ed|ten)?\b",
        rf"\b(?:did|has|have|had) {P} (?:say|said|claim|describe|tell|put|give|estimate|mention|explain|cover|"
        rf"quote)(?:e?d)?\b",
        rf"{S} (?:says|reports|writes|reported|wrote)(?! to)\b",
        rf"\b(?:do|did|does) {S} (?:differ|agree|disagree|compare)\b",
        rf"\b(?:published|printed|reported|written|posted)\b[^?,]{{0,40}}? (?:in|by) {S}(?=[,?.]|$| (?:in|on|"
        rf"about|last)\b)",
        rf"\bas {S} puts? it\b",
    )
)
UNWANTED = re.compile(
    rf"\b(?:not|except|besides|apart from|other than|excluding|outside|unlike|beside)\b(?: \w+){{0,2}} {S}",
    re.IGNORECASE,
)
# What a paper reports about itself as a business is about it, not in it.
BUSINESS = re.compile(
    r"\b(?:profits?|loss(?:es)?|revenues?|earnings|circulation|subscribers|advertising|layoffs)\b", re.I
)


def masked(question: str, sources: Sequence[str]) -> tuple[str, dict[str, str]]:
    """(the question with a private letter for each name that means one source, what each letter stands for)."""
    question = re.sub(ANY, " ", question)
    folded = question.casefold()
    named = {chr((PAPER if _is_paper(one) else OTHER) + at): one for at, one in enumerate(sources[:MOST_SOURCES])}
    forms: dict[str, set[str]] = {}
    for letter, source in named.items():
        for form in filter(None, map(str.casefold, _forms(bare(source)))):
            if form in folded:
                forms.setdefault(form, set()).add(letter)
    full = {bare(source).casefold(): letter for letter, source in named.items()}

    def put(match: re.Match[str]) -> str:
        text = match.group()
        letters = {full[text.casefold()]} if text.casefold() in full else forms.get(text.casefold(), set())
        known = len(letters) == 1 and _meant(text, text.casefold() in full)
        return next(iter(letters)) if known else text

    if not forms:
        return question, named
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = rf"(?<![\w-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])"
    return re.sub(pattern, put, question, flags=re.IGNORECASE), named


def _forms(name: str) -> list[str]:
    """The name, its ends of two words or more, its last word if that means a newspaper, itself without a tail."""
    words = name.split()
    found = [name, *(" ".join(words[at:]) for at in range(1, len(words) - 1))]
    if len(words) > 1 and words[-1].casefold() in PAPERS:
        found.append(words[-1])
    if len(words) > 1 and words[-1].casefold() in TAILS:
        found.append(" ".join(words[:-1]))
    if found_domain := re.fullmatch(r"(?:[a-z]{2}\.|www\.)?([\w-]{3,})(?:\.[a-z]{2,3}){1,2}", name.casefold()):
        found.append(found_domain[1])
    return found


def _meant(text: str, full: bool) -> bool:
    """Is a name that was found one by its capitals? Whole names of several words are, however they are written."""
    if full and " " in text:
        return True
    folded = text.casefold()
    capital = all(word[0].isupper() or not word[0].isalpha() or len(word) < 4 for word in text.split())
    return capital or folded in ALWAYS_PAPERS or (full and folded not in COMMON)


def bare(source: str) -> str:
    """The name without "the"."""
    return re.sub(r"^the (?=\S)", "", source.strip(), flags=re.IGNORECASE)


def _is_paper(source: str) -> bool:
    return source.casefold().split()[-1:] != [] and source.casefold().split()[-1] in PAPERS


def cited(masked: str, named: dict[str, str]) -> tuple[str, ...]:
    """The sources whose report is asked for, in the order of the library."""
    shunned = {letter for match in UNWANTED.finditer(masked) for letter in match.group()}
    asked = {letter for cue in CITED for match in cue.finditer(masked) for letter in match.group()}
    if BUSINESS.search(masked) and not re.search("according to", masked, re.IGNORECASE):
        return ()
    return tuple(source for letter, source in named.items() if letter in asked - shunned)
