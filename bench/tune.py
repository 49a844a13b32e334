"""Retrieval settings, each measured on one half of the development sets and reported on the other: what
docs/experiments.md quotes.

    python bench/tune.py SETS [--set NAME ...] [--most N]

SETS is a folder of sets, each with articles.jsonl and questions.jsonl. A setting is fitted on the questions of the dev
half (by hash of the id) and shown for both halves; nothing is chosen on the report half. No reader is run: this is
about which passages are found.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np

from indexes.build import build
from indexes.encoder import Encoder
from indexes.library import Library
from indexes.passages import WORD_PIECES, split
from indexes.types import Article, Hit, Passage
from qa.evaluation.data import read_cases
from qa.evaluation.ranking import ranking_scores
from qa.evaluation.run import sample
from qa.evaluation.types import Case, Found, Record
from qa.retrieve import Retrieval, cap, fuse

SETS = ("nq_open_oracle", "timeqa_human", "covid_qa", "squad2_dev")
SHOWN = ("passage_hit@1", "passage_recall@5", "passage_recall@10", "passage_mrr@10")
Ranked = Callable[[Case], list[Hit]]


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure retrieval settings on development sets.")
    parser.add_argument("sets", type=Path, help="folder with a folder for each set")
    parser.add_argument("--set", action="append", help=f"which ({', '.join(SETS)})")
    parser.add_argument("--most", type=int, default=400, help="questions of a set, at most (400)")
    parser.add_argument("--sizes", action="store_true", help="also passage sizes and headers: encodes everything anew")
    options = parser.parse_args()
    for name in options.set or SETS:
        folder = options.sets / name
        cases = [case for case in read_cases(folder / "questions.jsonl") if case.answerable and case.evidence]
        with tempfile.TemporaryDirectory() as place:
            build(Path(place), [folder / "articles.jsonl"])
            measure(name, Library(Path(place)), sample(cases, options.most), options.sizes)
    return 0


def measure(name: str, library: Library, cases: Sequence[Case], sizes: bool) -> None:
    texts = {article.id: article.text for article in library.articles()}
    retrieval = Retrieval(library, Encoder())
    every = {case.id: retrieval.candidates(case.question) for case in cases}
    for weight in (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
        show(name, f"weight {weight}", cases, lambda case, w=weight: cap(fused_anew(every[case.id], w), 10, 3), texts)
    for most in (1, 2, 3, 5, 10):
        show(name, f"cap {most}", cases, lambda case, m=most: cap(every[case.id], 10, m), texts)
    if sizes:
        encoder = Encoder()
        for label, passages in variants(library.articles(), encoder):
            vectors = encoder.encode_passages([encoder.passage_text(one.header, one.text) for one in passages])
            show(name, f"dense only, {label}", cases, nearest_by(encoder, passages, vectors), texts)


def fused_anew(hits: Sequence[Hit], weight: float) -> list[Hit]:
    """The hits fused anew with another weight."""
    by_id = {hit.passage.id: hit for hit in hits}
    dense = {one: hit.parts["dense"] for one, hit in by_id.items()}
    bm25 = {one: hit.parts["bm25"] for one, hit in by_id.items()}
    return [replace(by_id[one], score=score) for one, score in fuse(dense, bm25, weight)]


def variants(articles: Sequence[Article], encoder: Encoder) -> Iterator[tuple[str, list[Passage]]]:
    """Passages cut in other ways: sizes, with the next sentences overlapping, without the header."""
    for budget in (60, 100, 150, WORD_PIECES):
        plain = [one for article in articles for one in split(article, budget, encoder.count_pieces)]
        yield f"{budget} pieces", plain
        if budget == WORD_PIECES:
            yield f"{budget} pieces, no header", [replace(one, header="") for one in plain]
            yield f"{budget} pieces, half overlapping", overlapping(plain, {a.id: a.text for a in articles})


def overlapping(passages: Sequence[Passage], texts: dict[str, str]) -> list[Passage]:
    """The passages, and between neighbours of one article one more that joins their halves."""
    joined = [
        replace(a, start=(a.start + a.end) // 2, end=(b.start + b.end) // 2,
                text=texts[a.article_id][(a.start + a.end) // 2 : (b.start + b.end) // 2])
        for a, b in pairwise(passages) if a.article_id == b.article_id
    ]  # fmt: skip
    return [*passages, *joined]


def nearest_by(encoder: Encoder, passages: Sequence[Passage], vectors: np.ndarray) -> Ranked:  # type: ignore[type-arg]
    def ranked(case: Case) -> list[Hit]:
        scores = vectors @ encoder.encode_question(case.question)
        top = np.argsort(-scores, kind="stable")[:50]
        return cap([Hit(passages[index], float(scores[index])) for index in top], 10, 3)

    return ranked


def show(name: str, label: str, cases: Sequence[Case], ranked: Ranked, texts: dict[str, str]) -> None:
    """One line: the means of both halves."""
    rows: dict[str, list[dict[str, float]]] = {"dev": [], "report": []}
    for case in cases:
        found = tuple(
            Found(hit.passage.article_id, hit.passage.start, hit.passage.end, hit.passage.text, hit.score)
            for hit in ranked(case)
        )
        rows[half(case.id)].append(ranking_scores(case, Record(case.id, case.question, hits=found), texts))
    cells = [
        " ".join(f"{np.mean([row[metric] for row in rows[part] if metric in row]):.3f}" for metric in SHOWN)
        for part in ("dev", "report")
    ]
    print(f"{name:<16} {label:<34} dev {cells[0]}   report {cells[1]}", flush=True)


def half(case_id: str) -> str:
    """Which half a question belongs to, by its id alone."""
    return "dev" if hashlib.sha256(case_id.encode()).digest()[0] % 2 else "report"


if __name__ == "__main__":
    sys.exit(main())
