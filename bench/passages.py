"""How long a passage, with or without a header, overlapping or not: python bench/passages.py SETS [--set NAME]

Every way is a library of its own, built anew, and asked as the chat asks: both retrievers, fused, and then the reader.
For each half of the answerable questions (by hash of the id): MRR@10 and recall@5 by passage, which longer passages
reach more easily; and, what counts, how often the reader's best sentence holds an answer, with the difference to the
passages as they are and its 95 % interval (paired bootstrap over questions). What docs/experiments.md quotes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from depth import first_answers
from sets import arguments, findable
from tune import half

import indexes.build
from indexes.passages import WORD_PIECES, split
from indexes.types import Article, Passage
from qa.chat import open_assistant
from qa.evaluation.data import read_cases
from qa.evaluation.ranking import ranking_scores
from qa.evaluation.run import sample
from qa.evaluation.statistics import paired_difference
from qa.evaluation.types import Case, Found, Record
from qa.followup import standalone
from qa.read import Reader
from qa.types import Settings

SETS = ("nq_open_oracle", "timeqa_human", "covid_qa", "squad2_dev")
Cut = Callable[..., list[Passage]]
Row = tuple[float, float, float]  # MRR@10, recall@5, does the best sentence hold an answer?


def sized(budget: int) -> Cut:
    return lambda article, count=None: split(article, budget, count)


def bare(article: Article, count: Callable[[str], int] | None = None) -> list[Passage]:
    return [replace(one, header="") for one in split(article, WORD_PIECES, count)]


def overlapping(article: Article, count: Callable[[str], int] | None = None) -> list[Passage]:
    """The passages, and between two neighbours one more that joins their halves."""
    found = split(article, WORD_PIECES, count)
    joined = [
        replace(a, start=middle(a), end=middle(b), text=article.text[middle(a) : middle(b)]) for a, b in pairwise(found)
    ]
    return [*found, *joined]


def middle(passage: Passage) -> int:
    """The first space after the middle of a passage."""
    at = passage.text.find(" ", len(passage.text) // 2)
    return passage.start + max(at, 0)


WAYS: dict[str, Cut] = {
    f"{WORD_PIECES} pieces, as it is": sized(WORD_PIECES),
    "60 pieces": sized(60),
    "100 pieces": sized(100),
    "150 pieces": sized(150),
    "no header": bare,
    "half overlapping": overlapping,
}


def main() -> int:
    options = arguments("Measure ways to cut articles into passages.", SETS, 200).parse_args()
    for name in options.set or SETS:
        folder = options.sets / name
        cases = sample(findable(read_cases(folder / "questions.jsonl")), options.most)
        first: list[Row] = []
        for label, cut in WAYS.items():
            began, indexes.build.split = time.monotonic(), cut
            rows = measure(folder / "articles.jsonl", cases)
            first = first or rows
            show(name, label, cases, rows, first, time.monotonic() - began)
    return 0


def measure(articles: Path, cases: Sequence[Case]) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        indexes.build.build(Path(place), [articles])
        assistant = open_assistant(Settings(library=place))
        assistant.warm()
        texts = {article.id: article.text for article in assistant.library.articles()}
        return [row(assistant, case, texts) for case in cases]


def row(assistant, case: Case, texts: dict[str, str]) -> Row:  # type: ignore[no-untyped-def]  # noqa: ANN001
    reader = assistant.reader
    assert isinstance(reader, Reader)
    hits = assistant.candidates(standalone(case.question, case.history))
    found = tuple(
        Found(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.passage.text, hit.score)
        for hit in hits[:10]
    )
    scores = ranking_scores(case, Record(case.id, case.question, hits=found), texts)
    right = first_answers(case, reader.read(case.question, hits)[0])
    return scores["passage_mrr@10"], scores["passage_recall@5"], float(right)


def show(
    name: str, label: str, cases: Sequence[Case], rows: Sequence[Row], first: Sequence[Row], seconds: float
) -> None:
    cells = []
    for part in ("dev", "report"):
        mine = [one for case, one in zip(cases, rows, strict=True) if half(case.id) == part]
        theirs = [one for case, one in zip(cases, first, strict=True) if half(case.id) == part]
        mrr, recall, right = np.mean(mine, axis=0)
        low, high = paired_difference([one[2] for one in theirs], [one[2] for one in mine])
        change = right - float(np.mean([one[2] for one in theirs]))
        cells.append(
            f"{part} mrr {mrr:.3f} r@5 {recall:.3f} right {right:.3f} ({change:+.3f} [{low:+.3f}, {high:+.3f}])"
        )
    print(f"{name:<16} {label:<24} {'   '.join(cells)}   {seconds:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
