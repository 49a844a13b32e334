"""Questions, near misses and claims that we wrote by hand (`written.jsonl`), a line for each paragraph.

    {"article": …, "start": 120, "end": 640, "asked": [[question, answer]], "misses": [question],
     "carried": [claim], "unsupported": [[claim, kind]]}

About a paragraph of the training sets, which is not here but looked up in the folder of training data; or, with
`title` and `text` in place of the first three, about one that we wrote ourselves. One line in HELD_BACK is for trying
out, never trained on. Knows nothing of torch or of word pieces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexes.types import Span
from qa.reader.claims import Claim
from qa.reader.data import Asked, content, sentences

FILE = Path(__file__).with_name("written.jsonl")
HELD_BACK = 10
CARRIED = "carried"  # the kind of a claim that is


@dataclass(frozen=True, slots=True)
class Written:
    """What was written about some paragraphs. asked: with their near misses, whose span is None."""

    asked: list[Asked]
    claims: list[Claim]


def read_written(data: Path, file: Path = FILE) -> dict[str, tuple[Written, Written]]:
    """(to train on, to try on) of "written", about paragraphs of the folder `reader_train`, and of "own", about ours.

    Raises KeyError where an article is not in the folder."""
    articles = {one["id"]: one for path in sorted(data.glob("*/articles.jsonl")) for one in _lines(path)}
    found = {name: (Written([], []), Written([], [])) for name in ("written", "own")}
    for place, one in enumerate(_lines(file)):
        own = "text" in one
        article = one | {"id": f"written {place}"} if own else articles[one["article"]]
        paragraph = (0, len(one["text"])) if own else (one["start"], one["end"])
        mine = found["own" if own else "written"][place % HELD_BACK == 0]
        mine.asked.extend(_asked(one, article, paragraph))
        mine.claims.extend(_claims(one, article, paragraph))
    return found


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _asked(one: dict[str, Any], article: dict[str, Any], paragraph: Span) -> Iterator[Asked]:
    text = article["text"]
    where = article["id"], article["title"], text, paragraph
    for question, answer in one["asked"]:
        yield Asked(question, (answer,), *where, _place(question, answer, text, paragraph))
    for question in one["misses"]:
        yield Asked(question, (), *where, None)


def _place(question: str, answer: str, text: str, paragraph: Span) -> Span:
    """Where the answer stands; if in several sentences, in the one that shares most words with the question."""
    words, best = content(question), (-1, 0)
    for start, end in sentences(text[slice(*paragraph)]):
        at = text.find(answer, paragraph[0] + start, paragraph[1])
        if 0 <= at < paragraph[0] + end:
            best = max(best, (len(words & content(text[paragraph[0] + start : paragraph[0] + end])), -at))
    if best[0] < 0:
        raise ValueError(f"The answer “{answer}” does not stand in its paragraph of {text[:40]!r}.")
    return -best[1], -best[1] + len(answer)


def _claims(one: dict[str, Any], article: dict[str, Any], paragraph: Span) -> Iterator[Claim]:
    words = article["text"][slice(*paragraph)]
    for claim in one["carried"]:
        yield Claim(claim, article["title"], words, True, CARRIED)
    for claim, kind in one["unsupported"]:
        yield Claim(claim, article["title"], words, False, kind)
