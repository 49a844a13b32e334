"""Retrieval settings, each measured on one half of the development sets and reported on the other: what
docs/experiments.md quotes.

    python bench/tune.py SETS [--set NAME ...] [--most N]

SETS is a folder of sets, each with articles.jsonl and questions.jsonl. A setting is fitted on the questions of the dev
half (by hash of the id) and shown for both halves, each with the difference of MRR@10 to the settings as they are and
its 95 % interval (paired bootstrap over questions); nothing is chosen on the report half. No reader is run: this is
about which passages are found.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from sets import arguments, findable, library

from indexes.encoder import Encoder
from indexes.library import Library
from indexes.types import Hit
from qa.evaluation.data import read_cases
from qa.evaluation.ranking import ranking_scores
from qa.evaluation.run import sample
from qa.evaluation.statistics import paired_difference
from qa.evaluation.types import Case, Found, Record
from qa.retrieve import Retrieval, cap, fuse
from qa.types import Settings

SETS = ("nq_open_oracle", "timeqa_human", "covid_qa", "squad2_dev")
SHOWN = ("passage_hit@1", "passage_recall@5", "passage_recall@10", "passage_mrr@10")
PER_ARTICLE = Settings().per_article
Ranked = Callable[[Case], list[Hit]]
Rows = dict[str, list[dict[str, float]]]


def main() -> int:
    options = arguments("Measure retrieval settings on development sets.", SETS, 400).parse_args()
    for name in options.set or SETS:
        folder = options.sets / name
        cases = findable(read_cases(folder / "questions.jsonl"))
        measure(name, Library(library(folder)), sample(cases, options.most))
    return 0


def measure(name: str, library: Library, cases: Sequence[Case]) -> None:
    texts = {article.id: article.text for article in library.articles()}
    retrieval = Retrieval(library, Encoder())
    every = {case.id: retrieval.candidates(case.question) for case in cases}
    now = show(name, "as it is", cases, lambda case: cap(every[case.id], 10, PER_ARTICLE), texts)
    for weight in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
        fused = {case_id: cap(fused_anew(hits, weight), 10, PER_ARTICLE) for case_id, hits in every.items()}
        show(name, f"weight {weight}", cases, lambda case, fused=fused: fused[case.id], texts, now)
    for most in (1, 2, 3, 5, 10):
        show(name, f"cap {most}", cases, lambda case, m=most: cap(every[case.id], 10, m), texts, now)


def fused_anew(hits: Sequence[Hit], weight: float) -> list[Hit]:
    """The hits fused anew with another weight."""
    by_id = {hit.passage.id: hit for hit in hits}
    dense = {one: hit.parts["dense"] for one, hit in by_id.items()}
    bm25 = {one: hit.parts["bm25"] for one, hit in by_id.items()}
    return [replace(by_id[one], score=score) for one, score in fuse(dense, bm25, weight)]


def show(
    name: str, label: str, cases: Sequence[Case], ranked: Ranked, texts: dict[str, str], now: Rows | None = None
) -> Rows:
    """One line: the means of both halves, and by how much MRR@10 differs from `now`."""
    rows: Rows = {"dev": [], "report": []}
    for case in cases:
        found = tuple(
            Found(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.passage.text, hit.score)
            for hit in ranked(case)
        )
        rows[half(case.id)].append(ranking_scores(case, Record(case.id, case.question, hits=found), texts))
    cells = []
    for part in ("dev", "report"):
        means = " ".join(f"{np.mean([row[metric] for row in rows[part]]):.3f}" for metric in SHOWN)
        cells.append(f"{part} {means}{difference(rows[part], now[part]) if now else ''}")
    print(f"{name:<16} {label:<34} {'   '.join(cells)}", flush=True)
    return rows


def difference(rows: Sequence[dict[str, float]], now: Sequence[dict[str, float]]) -> str:
    mine, theirs = ([row["passage_mrr@10"] for row in found] for found in (rows, now))
    low, high = paired_difference(theirs, mine)
    return f" ({np.mean(mine) - np.mean(theirs):+.3f} [{low:+.3f}, {high:+.3f}])"


def half(case_id: str) -> str:
    """Which half a question belongs to, by its id alone."""
    return "dev" if hashlib.sha256(case_id.encode()).digest()[0] % 2 else "report"


if __name__ == "__main__":
    sys.exit(main())
