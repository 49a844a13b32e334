"""Names of a text, as its capitals show them, and whether another text has them too. By rule, English.

    "The Dutch firm paid.", beside "A firm in the Netherlands paid.": no strange name

Initials stand for the long name and a people for its country. Knows nothing of who is who: "Smith" is known wherever
any Smith is named.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from qa.dates import DAYS, MONTH, Disagreement, dates_of
from qa.figures import WORDS, stem

_SAME_NAMES = (
    (r"\bUnited States(?: of America)?\b|\bUSA\b|\bU\.S\.(?:A\.)?(?= [a-z]| [A-Z]|[,;']|$)", "US"),
    (r"\bUnited Kingdom\b|\bU\.K\.|\bGreat Britain\b", "UK"), (r"\bUnited Nations\b|\bU\.N\.", "UN"),
    (r"\bEuropean Union\b|\bE\.U\.", "EU"), (r"\bper cent\b", "percent"), (r"\b([A-Z])\.([A-Z])\.(?=\W)", r"\1\2"),
)  # fmt: skip


def fold(text: str) -> str:
    """One spelling for quotes, dashes, spaces, accents and a few names."""
    text = unicodedata.normalize("NFKD", text).replace("⁄", "/")
    text = "".join(char for char in text if not unicodedata.combining(char) and char not in "\u00ad\u200b\ufeff")
    text = re.sub("[‐‑‒–—―−]", "-", re.sub("[‘’‛`]", "'", re.sub("[“”„«»]", '"', text)))
    for pattern, name in _SAME_NAMES:
        text = re.sub(pattern, name, text)
    return " ".join(text.translate(str.maketrans("øØłŁđĐ", "oOlLdD")).replace("ß", "ss").split())


_NAME = re.compile(r"[^\W\d_]+(?:'(?!s\b)[^\W\d_]+)?")
COMMON = frozenset(
    """a an the this that these those he she it they we i you his her its their our my in on at by for from with
    without within after before since when while as if although though because but and or so yet however then
    there here no not none nobody nothing some many most several few all both each every other others another
    what who why how where which is are was were did do does has have had would can could should must earlier
    later last next still only even just once under over between among during despite according until such also
    instead perhaps more less nearly almost about today yesterday tomorrow neither either nor to of through
    unlike like out up down off into against along around across behind beyond besides due given nevertheless
    nonetheless moreover furthermore thanks initially ultimately eventually finally meanwhile additionally
    together half everything everyone everybody someone somebody something people workers experts officials
    police""".split()
)
TITLES = frozenset(
    """mr mrs ms dr sir dame lord lady prof professor president minister prime king queen prince princess capt
    captain lt lieutenant gen general col colonel sgt rev ceo chairman director engineer""".split()
)
_VERB = re.compile(
    r",|'s\b|(?:is|was|were|are|has|had|have|will|would|could|can|did|does|who|which|said|says|told|and)\b|\w+ed\b"
)
_NO_NAME = re.compile(r"(?:ing|ly|tion|sion|ment|ness|ity|ence|ance|age|ure|ism|s|ers)$")
_PEOPLES = """
    france french frenchman; netherlands dutch holland dutchman; england english englishman englishwoman; uk britain
    british briton; us american america americans; spain spanish; denmark danish dane danes; norway norwegian;
    poland polish pole; switzerland swiss; greece greek; wales welsh; turkey turkish; ireland irish; scotland
    scottish scots; lebanon lebanese; peru peruvian; iraq iraqi; iran iranian; cyprus cypriot; canada canadian;
    mexico mexican; morocco moroccan; venice venetian; philippines filipino; thailand thai; germany german; belgium
    belgian; cuba cuban; eu european europe; argentina argentine argentinian; ukraine ukrainian; czechia czech;
    china chinese"""
_DEMONYMS = {word: line.split()[0] for line in _PEOPLES.split(";") for word in line.split()}
_ENDINGS = frozenset("n an ian ean ese ish en i ic s es ns ans man men".split()) | {""}


def _names(text: str) -> Iterator[list[str]]:
    """The runs of capitalised words of a text that are names, as far as can be told."""
    run: list[str] = []
    last = 0
    for match in _NAME.finditer(text):
        gap, last = text[last : match.start()], match.end()
        if run and not re.fullmatch(r"\.? |-", gap):
            yield run
            run = []
        if _is_name(
            match[0],
            not re.search(r"[^.!?:;\"(\s-]\W*$", _STOPPED.split(text[max(0, match.start() - 80) : match.start()])[-1]),
            text[last:],
        ):
            run.append(match[0])
        elif run:
            yield run
            run = []
    if run:
        yield run


_STOPPED = re.compile(r"(?<=[.!?:;])\s")


def _is_name(word: str, first: bool, after: str) -> bool:
    """Is a capitalised word a name? The first of a sentence only before a name or what a name does: "Rabie said"."""
    lower, after = word.casefold(), after.lstrip(" ")
    if not word[0].isupper() or lower in TITLES | {"i", *DAYS} or re.fullmatch(MONTH, word):
        return False
    if not first:
        return True
    acts = after[:1].isupper() or (bool(_VERB.match(after)) and not _NO_NAME.search(lower))
    return acts and lower not in COMMON and lower not in WORDS


def other_names(claim: str, evidence: str, context: str) -> Iterator[Disagreement]:
    """The names of the claim that neither the evidence nor the context has."""
    source = f"{evidence} ; {context}"
    words = {match[0].casefold() for match in _NAME.finditer(source)}
    short = " ".join(_initials(source))
    whole = {initial for initial in _initials(claim) if len(initial) > 2 and initial.casefold() in words}
    for run in _names(dates_of(claim)[1]):
        strange = [
            word for word in run if not _known(word.casefold(), words) and not (word.isupper() and word in short)
        ]
        if strange and not any("".join(part[0] for part in run) in initial for initial in whole):
            yield Disagreement("name", f"the name “{' '.join(run)}” is not in the cited words")


def _known(word: str, words: set[str]) -> bool:
    """Does a word of a name occur, as itself or as a people's name for a country's?"""
    if word in words or len(word) == 1:
        return True
    if word in _DEMONYMS and any(_DEMONYMS.get(other) == _DEMONYMS[word] for other in words):
        return True
    return any(
        len(stem) >= 4 and other.startswith(stem) and word[len(stem) :] in _ENDINGS and other[len(stem) :] in _ENDINGS
        for other in words for stem in (word[: _shared(word, other)],)
    )  # fmt: skip


def _shared(one: str, other: str) -> int:
    """How many letters two words begin with alike."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _initials(text: str) -> list[str]:
    """The initials of every long name: "FAO" for the Food and Agriculture Organization."""
    found = re.findall(r"(?:[A-Z][\w'-]+ (?:(?:of|and|for|the|in) ){0,2})+[A-Z][\w'-]+", text)
    parts = (re.split("[ -]", name.removeprefix("The ")) for name in found)
    return ["".join(word[0] for word in words if word[:1].isupper()) for words in parts]


STOP = COMMON | frozenset("be been being will may might said says him them than s t able too very about".split())


def content(text: str) -> set[str]:
    """The stems of the words that carry sense."""
    return {stem(word) for word in re.findall(r"[^\W_]+(?:'[^\W_]+)?", text) if word.casefold() not in STOP}


def sentences(text: str) -> list[str]:
    """The sentences of a text that was folded, roughly."""
    return re.split(r"(?<=[.!?])\"? +(?=[\"A-Z])", text)
