"""Harder sets made of the development sets: python bench/derived.py SETS [--most N], writes docs/results.md

Of each set N answerable questions, drawn with a fixed seed, and a library of their articles and of others. Then the
same questions with their articles left out, which must be refused; with more and more articles of no use; and beside
copies of their articles in which one number is another, where both have to be shown. `qa/evaluation/derive.py` makes
them, `footnote eval derive` makes them of any set.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from sets import arguments, cell, chosen, findable, keep_section

from indexes.build import build
from indexes.clean import clean
from indexes.library import Library
from indexes.load import RawDocument, read_file
from indexes.types import Article
from qa.evaluation.data import write_articles
from qa.evaluation.derive import Part, counterfactual, gold, leave_out, noise
from qa.evaluation.run import run, sample
from qa.evaluation.score import Scored, score
from qa.evaluation.systems import open_system

SETS = ("nq_open_oracle", "squad2_dev", "covid_qa")
SHARES = (0.0, 0.4, 0.8)
BESIDE = 300  # other articles of the library, at most: encoding them all would take most of an hour
BEGIN, END = "<!-- derived: written by bench/derived.py -->", "<!-- end of derived -->"
HEAD = """## Harder sets

Made of the sets above, with 95 % intervals; `bench/derived.py` wrote this. *Left out*: the articles that answer are not
in the library. *Noise*: so many of its articles have nothing to do with the questions. *Two numbers*: beside each
article a copy in which the number that answers is another; right is to show both. *Right* of a left-out question is a
refusal.

| set | made harder | questions | right | first sentence holds an answer | refused |
| --- | --- | --- | --- | --- | --- |"""


def main() -> int:
    options = arguments("Measure the answers on harder sets.", SETS, 100).parse_args()
    lines = [BEGIN, HEAD]
    for name in options.set or SETS:
        for part in parts(options.sets / name, options.most):
            lines.append(f"| {name} | {part.name} | {row(part)} |")
            print(lines[-1], flush=True)
    keep_section("\n".join([*lines, END]))
    return 0


def parts(folder: Path, most: int) -> Iterator[Part]:
    """The harder sets of one set; the two folds of what is left out are one row."""
    articles = list(articles_of(folder))
    answerable = findable(chosen(folder))
    cases = sample(answerable, most)
    wanted = {article for case in cases for article in gold(case)}
    others = [article for article in articles if article.id not in wanted]
    some = random.Random(0).sample(others, min(BESIDE, len(others)))
    near = [article for article in articles if article.id in wanted]
    yield from leave_out(cases, [*near, *some])
    few = [case for case in cases if next(iter(gold(case))) in {article.id for article in near[: BESIDE // 4]}]
    for share in SHARES if len(others) >= BESIDE else ():
        yield noise(few, near, share, others)
    numbers = counterfactual(sample(answerable, 4 * most), articles)
    picked = sample(list(numbers.cases), most)
    needed = {article for case in picked for article in gold(case)} | {article.id for article in some}
    kept = tuple(article for article in numbers.articles if article.id in needed)
    yield replace(numbers, name="two numbers", cases=tuple(picked), articles=kept)


def articles_of(folder: Path) -> Iterator[Article]:
    """The articles as a library would have them; nothing is encoded."""
    for document in read_file(folder, folder / "articles.jsonl"):
        if isinstance(document, RawDocument):
            yield clean(document)


def row(part: Part) -> str:
    scored = measure(part)
    cells = [cell(scored, metric) for metric in ("correct", "lead_contains", "wrongful_refusal")]
    if not any(case.answerable for case in part.cases):
        cells = [cell(scored, "refusal_recall"), "", cell(scored, "refusal_recall")]
    return f"{len(part.cases)} | {' | '.join(cells)}"


def measure(part: Part) -> Scored:
    """The part's questions, asked of a library of its articles."""
    with tempfile.TemporaryDirectory() as folder:
        place, work = Path(folder) / "library", Path(folder) / "work"
        write_articles(Path(folder) / "articles.jsonl", part.articles)
        build(place, [Path(folder) / "articles.jsonl"])
        records = run(open_system("footnote", place, work), part.cases, None, lambda progress: None)
        return score(part.cases, records, {one.id: one.text for one in Library(place).articles()}, part.name)


if __name__ == "__main__":
    sys.exit(main())
