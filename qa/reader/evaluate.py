"""Measures the reader with the paragraph given: python -m qa.reader.evaluate FOLDER [--half train | report]

FOLDER is `squad2_dev`. EM and F1 of the best span over the questions that the paragraph answers, whatever the reader
thinks of answerability; AUC of its confidence, answerable against not; 95 % bootstrap intervals over questions. A
paragraph longer than a window is read in several. Then the sentence of the best span is read with its neighbours, as
`qa/read.py` does, with --large by the large reader; the confidence is the sum of the two logits. With --checkpoint the
float weights of a training run are measured instead of the int8 ones beside this file. Knows nothing of retrieval.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexes.passages import estimate
from qa.evaluation.answers import exact_match, token_f1
from qa.evaluation.confidence import auroc
from qa.reader.data import Asked, article_ids, read_set, sentences
from qa.reader.large import shared
from qa.reader.model import ReaderModel, WindowReading

Read = Callable[[str, Sequence[tuple[str, str]]], list[WindowReading]]

WHOLE = 230  # word pieces, estimated: a longer paragraph is read in windows
WINDOW = 200
ROUNDS = 1000  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Scored:
    """One question. f1, exact: 0..1, of the best span; confidence: a logit; answered: does the paragraph answer?"""

    f1: float
    exact: float
    confidence: float
    answered: bool


def score(read: Read, asked: Asked, header: str, large: Read | None = None) -> Scored:
    """Reads one question's paragraph. large: who reads the best span's sentence, if not the same."""
    windows = [(header, text) for text in _windows(asked.told)]
    readings = read(asked.question.strip(), windows)
    best = max(range(len(windows)), key=lambda place: readings[place].span_score)
    span = windows[best][1][readings[best].start : readings[best].end]
    close = header, neighbourhood(windows[best][1], readings[best].start)
    near = (large or read)(asked.question.strip(), [close])[0]
    confidence = max(reading.answers for reading in readings) + near.answers
    return Scored(token_f1(span, asked.answers), exact_match(span, asked.answers), confidence, asked.span is not None)


def neighbourhood(text: str, place: int) -> str:
    """The sentence of a paragraph that a character stands in, with the one before and the one behind it."""
    found = sentences(text)
    at = next((at for at, (start, end) in enumerate(found) if start <= place < end), 0)
    return text[found[max(0, at - 1)][0] : found[min(len(found) - 1, at + 1)][1]]


def figures(scored: Sequence[Scored]) -> dict[str, float]:
    """F1 and EM in percent over the answered ones, AUC of the confidence where some are not."""
    good, bad = [one for one in scored if one.answered], [one for one in scored if not one.answered]
    found = {
        "f1": 100 * sum(one.f1 for one in good) / max(1, len(good)),
        "em": 100 * sum(one.exact for one in good) / max(1, len(good)),
    }
    if bad:
        found["auc"] = auc([one.confidence for one in good], [one.confidence for one in bad])
    return found


def intervals(scored: Sequence[Scored]) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of the figures, over questions."""
    rng = random.Random(4)
    drawn = [figures(rng.choices(scored, k=len(scored))) for _ in range(ROUNDS)]
    found = {}
    for name in drawn[0]:
        values = sorted(one[name] for one in drawn)
        found[name] = (values[int(0.025 * ROUNDS)], values[int(0.975 * ROUNDS) - 1])
    return found


def squad2_halves(folder: Path) -> tuple[list[str], list[str]]:
    """(articles that may be trained on, articles that are reported): the eight smallest ids, and the others."""
    ids = article_ids(folder)
    return ids[:8], ids[8:]


def auc(right: Sequence[float], wrong: Sequence[float]) -> float:
    """How often a right one is above a wrong one; a tie counts half, and .5 where one side is empty."""
    found = auroc([*right, *wrong], [True] * len(right) + [False] * len(wrong))
    return 0.5 if found is None else found


def _windows(told: str) -> list[str]:
    """The paragraph, or whole sentences of it where it is long."""
    if estimate(told) <= WHOLE:
        return [told]
    spans = sentences(told)
    found, begin = [], spans[0][0]
    for (_, stop), (_, following) in zip(spans, [*spans[1:], (0, 0)], strict=True):
        if not following or estimate(told[begin:following]) > WINDOW:
            found.append(told[begin:stop])
            begin = following and next(start for start, end in spans if end == following)
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m qa.reader.evaluate", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("train", "report"), default="report")
    parser.add_argument("--checkpoint", type=Path, help="float weights of a training run")
    parser.add_argument("--base", type=Path, help="with --checkpoint: model.onnx of the cross-encoder")
    parser.add_argument("--large", action="store_true", help="the large reader reads the sentence")
    parser.add_argument("--no-header", action="store_true", help="read the paragraph without its title")
    parser.add_argument("--every", type=int, default=1, help="only every N-th question")
    plan = parser.parse_args()
    read = ReaderModel().read
    if plan.checkpoint:
        from qa.reader.net import from_checkpoint

        read = from_checkpoint(plan.checkpoint, plan.base).read
    ids = squad2_halves(plan.folder)[plan.half == "report"]
    asked = read_set(plan.folder, ids)[:: plan.every]
    large = shared().read if plan.large else None
    scored = [score(read, one, "" if plan.no_header else one.title, large) for one in asked]
    told = {"questions": len(scored), "answered": sum(one.answered for one in scored)}
    sys.stdout.write(json.dumps(told | {"figures": figures(scored), "intervals": intervals(scored)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
