"""Questions and articles to training pairs: a window that answers a question beside one that does not.

    questions.jsonl, articles.jsonl  →  Asked  →  Pair(right, wrong)

Half of all windows do not answer. Where the wrong window comes from is told in `misses.py`. The same seed gives the
same pairs. Knows nothing of torch or of word pieces.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from indexes.passages import units
from indexes.types import Span

MOST_WORDS = (70, 110, 150)  # of a window, one of these; a passage has about 150
SHORT = 0.5  # of the windows are one to four sentences, the others a paragraph as far as it goes
NO_HEADER = 0.3
SOURCES = ("Wikipedia", "Harbour Gazette", "Meridian Wire", "The Daily Record", "Reuters", "local news", "example.org")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about a paragraph. span: where its answer stands in the article's text, None if nowhere.

    paragraph: its start and end in the text; answers: every wording that counts as right."""

    question: str
    answers: tuple[str, ...]
    article_id: str
    title: str
    text: str
    paragraph: Span
    span: Span | None

    @property
    def told(self) -> str:
        """The paragraph."""
        return self.text[slice(*self.paragraph)]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a window. span: characters of the answer in the window's text; None: it does not answer."""

    question: str
    header: str
    text: str
    span: Span | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows of one question ("window" kinds) or two questions of one window; only the first is answered."""

    right: Example
    wrong: Example
    kind: str

    @property
    def same_question(self) -> bool:
        """Do the two differ in their windows alone?"""
        return self.right.question == self.wrong.question


def read_set(folder: Path, articles: Sequence[str] | None = None) -> list[Asked]:
    """The questions of a folder with `articles.jsonl` and `questions.jsonl`, of some articles or of all."""
    texts = {one["id"]: one for one in _lines(folder / "articles.jsonl")}
    found = []
    for one in _lines(folder / "questions.jsonl"):
        about = one["evidence"][0]["article_id"] if one["evidence"] else one["extra"].get("about_article", "")
        if about in texts and (articles is None or about in articles):
            asked = _asked(one, texts[about])
            if asked:
                found.append(asked)
    return found


def article_ids(folder: Path) -> list[str]:
    """The ids of a folder's articles, sorted as text."""
    return sorted(one["id"] for one in _lines(folder / "articles.jsonl"))


def _lines(path: Path) -> list[dict]:  # type: ignore[type-arg]
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _asked(one: dict, article: dict) -> Asked | None:  # type: ignore[type-arg]
    text = article["text"]
    if not one["answerable"]:
        paragraph = _paragraphs(text)[one["extra"]["paragraph"]]
        return Asked(one["question"], (), article["id"], article["title"], text, paragraph, None)
    evidence = one["evidence"][0]
    found = [answer for answer in one["answers"] if answer and text.startswith(answer, evidence.get("start", -1))]
    at = evidence.get("start", -1)
    if not found:  # no offset is given: an answer that stands once in the quote, the shortest
        quote = text.find(evidence["quote"])
        found = sorted((one for one in one["answers"] if evidence["quote"].count(one) == 1), key=len)
        if quote < 0 or not found:
            return None
        at = quote + evidence["quote"].index(found[0])
    span = (at, at + len(found[0]))
    paragraph = next((each for each in _paragraphs(text) if each[0] <= at < each[1]), None)
    if paragraph is None or span[1] > paragraph[1]:
        return None
    return Asked(one["question"], tuple(one["answers"]), article["id"], article["title"], text, paragraph, span)


@lru_cache(maxsize=6000)
def _paragraphs(text: str) -> list[Span]:
    """Between blank lines; where there are none (sentences on lines of their own), between line ends."""
    parting = "\n\n" if "\n\n" in text or text.count("\n") == 0 else "\n"
    spans, at = [], 0
    for part in text.split(parting):
        spans.append((at, at + len(part)))
        at += len(part) + len(parting)
    return spans


@lru_cache(maxsize=20000)
def sentences(text: str) -> list[Span]:
    """The sentences of a paragraph."""
    return [(unit.start, unit.end) for unit in units(text)] or [(0, len(text))]


def window(told: str, keep: Span | None, rng: random.Random) -> tuple[str, int]:
    """(text, where it begins) of a stretch of whole sentences of a paragraph that holds `keep`, at any place in it."""
    spans = sentences(told)
    inside = [i for i, (start, end) in enumerate(spans) if keep and start < keep[1] and keep[0] < end]
    first = last = rng.randrange(len(spans))
    if inside:
        first, last = inside[0], inside[-1]
    most = rng.randint(1, 4) if rng.random() < SHORT else len(spans)
    room = rng.choice(MOST_WORDS)
    words = [len(told[start:end].split()) for start, end in spans]
    total = sum(words[first : last + 1])
    while last - first + 1 < most:
        options = [i for i in (first - 1, last + 1) if 0 <= i < len(spans) and total + words[i] <= room]
        if not options:
            break
        chosen = rng.choice(options)
        total += words[chosen]
        first, last = min(first, chosen), max(last, chosen)
    return told[spans[first][0] : spans[last][1]], spans[first][0]


def header(title: str, rng: random.Random) -> str:
    """'title · source · date' as it stands above a passage; empty in a part of the cases, so that both are known."""
    if rng.random() < NO_HEADER:
        return ""
    parts = [title] if title else []
    if rng.random() < 0.8:
        parts.append(rng.choice(SOURCES))
    if rng.random() < 0.7:
        parts.append(f"{rng.randint(2005, 2024)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}")
    return " · ".join(parts)


def right_example(asked: Asked, rng: random.Random) -> Example:
    """A window of the paragraph that holds the answer."""
    assert asked.span is not None
    keep = (asked.span[0] - asked.paragraph[0], asked.span[1] - asked.paragraph[0])
    text, at = window(asked.told, keep, rng)
    span = (max(0, keep[0] - at), min(len(text), keep[1] - at))
    return Example(asked.question.strip(), header(asked.title, rng), text, span)


UNMARKED, CLOZE = 0.25, 0.05  # of the pairs; the second is tried, and applies to one in three or so
CLOZE_WORDS = 4  # at least, before the answer


def as_typed(pair: Pair, asked: Asked, rng: random.Random) -> Pair:
    """The pair as people type into a search box: at times without a question mark, now and then the beginning of a
    statement that the answer would end."""
    if rng.random() < CLOZE and asked.span and pair.same_question:
        start, end = asked.span
        about = next(((a, b) for a, b in sentences(asked.told) if a <= start - asked.paragraph[0] < b), (0, 0))
        before = asked.text[asked.paragraph[0] + about[0] : start]
        after = asked.text[end : asked.paragraph[0] + about[1]]
        if len(before.split()) >= CLOZE_WORDS and len(after.split()) <= 1:
            cloze = " ".join(before.split())
            return replace(pair, right=replace(pair.right, question=cloze), wrong=replace(pair.wrong, question=cloze))
    if rng.random() < UNMARKED:
        right, wrong = (replace(one, question=one.question.rstrip(" ?")) for one in (pair.right, pair.wrong))
        return replace(pair, right=right, wrong=wrong)
    return pair


_CONTENT = re.compile(r"[^\W_]{3,}")
_COMMON = frozenset(
    "the and for was were what who whom whose which when where why how did does not are has had have been that this "
    "with from into his her its their they them many much name type kind used after before during between about".split()
)


@lru_cache(maxsize=100_000)
def content(text: str) -> frozenset[str]:
    """What a text speaks of: its words of three letters and more, cut to six, less the commonest."""
    return frozenset(word[:6] for word in _CONTENT.findall(text.casefold()) if word not in _COMMON)
