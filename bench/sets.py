"""Every system on every development set: `make bench`, or `python bench/sets.py SETS`; writes docs/results.md.

SETS is a folder of sets, each with articles.jsonl and questions.jsonl. Of each set at most N questions are asked, drawn
with a fixed seed, of `squad2_dev` only those about its eight last articles by id (the reader may be trained on the
other eight). Records are kept in build/sets, so that a run which is stopped goes on where it was; `--fresh` asks again.
`--unseen` leaves out the half that confidence and weights were fitted on, keeps its records in build/unseen and prints
what it finds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexes.build import Progress, build
from indexes.library import Library
from qa.calibrate import in_first_half
from qa.evaluation.data import read_cases
from qa.evaluation.records import read_records
from qa.evaluation.report import write_report
from qa.evaluation.run import run, sample
from qa.evaluation.score import BY_NAME, Scored, score
from qa.evaluation.systems import NAMES, open_system
from qa.evaluation.types import Case

ROOT = Path(__file__).parent.parent
SETS = ("nq_open_oracle", "single_topic", "timeqa_human", "squad2_dev", "covid_qa", "chunking_eval")
KEPT, UNSEEN = ROOT / "build" / "sets", ROOT / "build" / "unseen"
RESULTS = ROOT / "docs" / "results.md"
ABOUT = {
    "nq_open_oracle": "search-engine questions, 2,600 short articles",
    "single_topic": "long web articles, sentence-long answers, a third of the questions unanswerable",
    "timeqa_human": "who was what, when: 257 long encyclopedia articles",
    "squad2_dev": "eight articles, human-written questions, half of them near misses; many assume a paragraph",
    "covid_qa": "98 scientific papers, expert questions",
    "chunking_eval": "five long texts, exact excerpts as gold",
}
SHOWN = (
    "correct", "lead_contains", "gold_recall", "gold_f1", "verbatim", "passage_recall@5", "passage_mrr@10",
    "article_hit@1", "refusal_recall", "wrongful_refusal", "auroc", "ece", "coverage@5%risk",
)  # fmt: skip
HEAD = """# Results

Written by `make bench`; do not edit. {machine}. At most {most} questions of a set, drawn with a fixed seed.
Each cell is a mean with its 95 % interval (bootstrap over questions, those about one article together);
what every metric means stands in [evaluation.md](evaluation.md). `bm25` and `dense` answer with the best
sentence of their best passage, `llamaindex` with its best node whole, of up to a thousand words, so that
it "holds" answers more easily than a sentence does. None of the three can refuse. Weights, thresholds and
settings were fitted on other questions or other halves ([experiments.md](experiments.md)).
"""


def main() -> int:
    parser = arguments("Measure every system on every development set.", SETS, 250)
    parser.add_argument("--system", action="append", help="which systems (all)")
    parser.add_argument("--also", action="append", default=[], metavar="NAME=DIR", help="records of another version")
    parser.add_argument("--unseen", action="store_true", help="only questions that nothing was fitted on; printed")
    parser.add_argument("--fresh", action="store_true", help="forget the records of an earlier run")
    options = parser.parse_args()
    if not options.sets.is_dir():
        print(f"There is no folder {options.sets}, so there is nothing to measure.")
        return 0
    kept_in = UNSEEN if options.unseen else KEPT
    if options.fresh:
        shutil.rmtree(kept_in, ignore_errors=True)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    _, mark, rest = RESULTS.read_text(encoding="utf-8").partition("<!--") if RESULTS.exists() else ("", "", "")
    kept = mark + rest  # what bench/support.py wrote
    parts = [HEAD.format(machine=machine, most=options.most)]
    for name in options.set or SETS:
        folder = options.sets / name
        cases = sample(unseen(folder) if options.unseen else chosen(folder), options.most)
        scored = list(measure(folder, cases, options.system or NAMES, options.also, kept_in / name))
        write_report(kept_in / name / "report", scored, {"set": name, "machine": machine})
        parts.append(section(name, scored))
        if options.unseen:
            print(parts[-1], flush=True)
            continue
        RESULTS.write_text("\n".join([*parts, kept]), encoding="utf-8")  # as far as it went
    return 0


def arguments(description: str, names: Sequence[str], most: int) -> argparse.ArgumentParser:
    """What every benchmark over the development sets takes."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("sets", type=Path, help="folder with a folder for each set")
    parser.add_argument("--set", action="append", help=f"which ({', '.join(names)})")
    parser.add_argument("--most", type=int, default=most, help=f"questions of a set, at most ({most})")
    return parser


def keep_section(section: str) -> None:
    """Put a section into docs/results.md, in place of what stands between its first and its last line there; at the
    end where there is none yet."""
    begin, end = section.splitlines()[0], section.splitlines()[-1]
    before, _, rest = RESULTS.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(end)[2]
    RESULTS.write_text(f"{before.rstrip()}\n\n{section}\n{after.lstrip()}", encoding="utf-8")


def findable(cases: Sequence[Case]) -> list[Case]:
    """The questions that articles of the set answer, and of which it is known where."""
    return [case for case in cases if case.answerable and case.evidence]


def measure(
    folder: Path, cases: Sequence[Case], names: Sequence[str], also: Sequence[str], kept: Path
) -> Iterator[Scored]:
    place = library(folder)
    texts = {article.id: article.text for article in Library(place).articles()}
    for name in names:
        print(f"{folder.name} {name}", flush=True)
        with tempfile.TemporaryDirectory() as workplace:
            asked = run(open_system(name, place, Path(workplace)), cases, kept / f"{name}.jsonl", tell)
        yield score(cases, asked, texts, name)
    for name, _, place_of in (one.partition("=") for one in also):
        if (others := Path(place_of) / folder.name / "footnote.jsonl").is_file():
            yield score(cases, read_records(others), texts, name)


def library(folder: Path) -> Path:
    """The library of a set's articles, built once and then kept in build/libraries: encoding takes the longest."""
    place = ROOT / "build" / "libraries" / folder.name
    build(place, [folder / "articles.jsonl"])
    return place


def chosen(folder: Path) -> list[Case]:
    """The questions that may be reported."""
    path = folder / "questions.jsonl"
    cases = read_cases(path)
    if folder.name != "squad2_dev":
        return cases
    about = article_of(path)
    trained = set(sorted(set(about.values()))[:8])
    return [case for case in cases if about[case.id] not in trained]


def unseen(folder: Path) -> list[Case]:
    """Of those the ones that nothing was fitted on: `fit.dev_half` takes the others."""
    cases = chosen(folder)
    return cases if folder.name == "squad2_dev" else [case for case in cases if not in_first_half(case.id)]


def article_of(path: Path) -> dict[str, str]:
    """Question id → the article it is about, answerable or not: a field that a Case has no place for."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {
        str(row["id"]): row["evidence"][0]["article_id"] if row["evidence"] else row["extra"]["about_article"]
        for row in rows
    }


def tell(progress: Progress) -> None:
    if progress.stage == "ask" and progress.done % 50 == 0:
        print(f"  {progress.done} of {progress.total}", flush=True)


def section(name: str, scored: Sequence[Scored]) -> str:
    """One set: a table with a row for each metric and a column for each system."""
    cases = [row.case for row in scored[0].rows]
    answerable = sum(case.answerable for case in cases)
    lines = [f"## {name}", "", f"{ABOUT.get(name, name)}. {len(cases)} questions, {answerable} of them answerable.", ""]
    lines += [f"| | {' | '.join(one.system for one in scored)} |", f"| --- |{' --- |' * len(scored)}"]
    for metric in SHOWN:
        cells = [cell(one, metric) for one in scored]
        if any(cells):
            lines.append(f"| {BY_NAME[metric].label} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def cell(scored: Scored, metric: str) -> str:
    figure = scored.summary.get(metric)
    if figure is None or (metric == "ece" and scored.system in NAMES[1:]):  # a cosine is no probability
        return ""
    return f"{figure.value:.2f} [{figure.low:.2f}, {figure.high:.2f}]"


if __name__ == "__main__":
    sys.exit(main())
