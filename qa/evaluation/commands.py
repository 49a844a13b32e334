"""`footnote eval …`: the commands of measuring. Renders and calls; decides nothing.

    footnote eval QUESTIONS --articles PATH | --library DIR     ask, score, report
    footnote eval compare A B                                   two reports over the same questions
    footnote eval derive KIND QUESTIONS --articles PATH --out DIR
    footnote eval cases                                         judgements of the chat as questions
    footnote eval convert QUESTIONS OUT                         between formats

Heavy modules are imported by the command that needs them. Knows nothing of formulae.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.types import Article
from qa.evaluation.types import Case, EvaluationError
from qa.options import Add, library_folder
from qa.progress import ProgressBar

if TYPE_CHECKING:
    from indexes.build import Progress
    from qa.evaluation.score import Scored

Tell = Callable[["Progress"], None]

SUBCOMMANDS = ("compare", "derive", "cases", "convert")
SHOWN = ("correct", "lead_contains", "contains_any", "f1", "gold_recall", "verbatim", "passage_recall@5",
         "article_hit@1", "refusal_recall", "wrongful_refusal", "auroc", "total_p50")  # fmt: skip
EXAMPLES = {
    "eval": """examples:
  footnote eval questions.jsonl --articles articles/
  footnote eval questions.csv --library .footnote --records run.jsonl --report report/
  footnote eval set.json --articles set/articles.jsonl --system footnote --system bm25 --most 200
  footnote eval questions.jsonl --articles articles/ --score run.jsonl --report report/
  footnote eval compare before/ after/
""",
    "eval compare": """examples:
  footnote eval compare report-before/ report-after/
  footnote eval compare report/:bm25 report/:footnote
""",
    "eval derive": """examples:
  footnote eval derive leave-out questions.jsonl --articles articles.jsonl --out without/
  footnote eval derive noise questions.jsonl --articles articles.jsonl --share 0.8 --out noisy/
""",
    "eval cases": """examples:
  footnote eval cases > mine.jsonl
""",
    "eval convert": """examples:
  footnote eval convert rag_dataset.json questions.jsonl
  footnote eval convert questions.jsonl rag_dataset.json
""",
}


def add_commands(add: Add) -> None:
    """Put the commands into the parser."""
    run = add("eval", _eval, "ask a set of questions and measure the answers")
    run.add_argument("questions", help="JSONL, LabelledRagDataset or SQuAD JSON, or CSV")
    run.add_argument("--articles", action="append", metavar="PATH", help="build a throw-away library from these")
    run.add_argument("--system", action="append", metavar="NAME", help="footnote (default), bm25, dense or llamaindex")
    run.add_argument("--records", metavar="FILE", help="keep a record of each answer here; goes on where it was")
    run.add_argument("--score", action="append", metavar="FILE", help="ask nothing, score these records")
    run.add_argument("--report", metavar="DIR", help="write report.md, report.json and report.html here")
    run.add_argument("--most", type=int, default=0, metavar="N", help="ask at most so many, drawn at random")
    run.add_argument("--json", action="store_true", help="the summary as JSON")
    run.add_argument("--quiet", action="store_true", help="no progress bar")

    compare = add("eval compare", _compare, "compare two reports over the same questions")
    compare.add_argument("a", help="a report's folder, DIR or DIR:SYSTEM")
    compare.add_argument("b", help="the one to hold against it")
    compare.add_argument("--json", action="store_true", help="as JSON")

    derive = add("eval derive", _derive, "make a harder set from a set")
    derive.add_argument("kind", choices=("leave-out", "noise", "counterfactual"))
    derive.add_argument("questions", help="the set to start from")
    derive.add_argument("--articles", required=True, action="append", metavar="PATH", help="its articles")
    derive.add_argument("--share", type=float, default=0.8, help="noise: share of distractors, 0 to 0.8 (0.8)")
    derive.add_argument("--out", required=True, metavar="DIR", help="folder for the new sets")

    add("eval cases", _cases, "print what readers judged in the chat as questions")

    convert = add("eval convert", _convert, "turn a question set into another format")
    convert.add_argument("questions", help="JSONL, LabelledRagDataset or SQuAD JSON, or CSV")
    convert.add_argument("out", help="FILE.jsonl for ours, FILE.json for a LabelledRagDataset")


# -- eval -------------------------------------------------------------------------------------------------------------


def _eval(options: argparse.Namespace) -> int:
    from qa.evaluation.cases import is_to_do
    from qa.evaluation.data import check_articles, read_cases
    from qa.evaluation.derive import located
    from qa.evaluation.run import sample

    questions = Path(options.questions)
    cases = sample([case for case in read_cases(questions) if not is_to_do(case)], options.most)
    with ProgressBar(options.quiet or options.json) as tell, _library(options, tell) as folder:
        articles = _articles(folder)
        cases = located(cases, articles)
        check_articles(cases, {article.id for article in articles}, questions)
        texts = {article.id: article.text for article in articles}
        scored = list(_scored(options, cases, texts, folder, tell))
    if options.report:
        from qa.evaluation.report import write_report

        write_report(Path(options.report), scored, _about(options, cases, articles))
    _print_summary(scored, options.json)
    return 0


def _scored(
    options: argparse.Namespace, cases: Sequence[Case], texts: dict[str, str], folder: Path, tell: Tell
) -> Iterator[Scored]:
    from qa.evaluation.records import read_records
    from qa.evaluation.run import run
    from qa.evaluation.score import score
    from qa.evaluation.systems import open_system

    if options.score:
        for path in map(Path, options.score):
            yield score(cases, read_records(path), texts, path.stem)
        return
    names = options.system or ["footnote"]
    for name in names:
        kept = Path(options.records) if options.records else None
        if kept and len(names) > 1:
            kept = kept.with_name(f"{kept.stem}-{name}{kept.suffix}")
        with tempfile.TemporaryDirectory(prefix="footnote-eval-") as workplace:
            yield score(cases, run(open_system(name, folder, Path(workplace)), cases, kept, tell), texts, name)


@contextlib.contextmanager
def _library(options: argparse.Namespace, tell: Tell) -> Iterator[Path]:
    from qa.evaluation.run import throw_away

    if not options.articles:
        yield library_folder(options)
        return
    with throw_away([Path(path) for path in options.articles], tell) as folder:
        yield folder


def _articles(folder: Path) -> list[Article]:
    from indexes.library import Library

    return Library(folder).articles()


def _about(options: argparse.Namespace, cases: Sequence[Case], articles: Sequence[Article]) -> dict[str, str]:
    """What a report says of itself; nothing in it changes between two runs on one machine."""
    return {
        "set": Path(options.questions).name,
        "questions": f"{len(cases):,}, of which the articles answer {sum(case.answerable for case in cases):,}",
        "articles": f"{len(articles):,}",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
    }


def _print_summary(scored: Sequence[Scored], as_json: bool) -> None:
    if as_json:
        whole = {one.system: {name: asdict(figure) for name, figure in one.summary.items()} for one in scored}
        print(json.dumps(whole))
        return
    from qa.evaluation.score import BY_NAME

    width = max(len(BY_NAME[name].label) for name in SHOWN)
    print(" " * width, *(f"{one.system[:24]:>24}" for one in scored))
    for name in SHOWN:
        cells = [one.summary.get(name) for one in scored]
        if any(cells):
            texts = [f"{c.value:.3f} [{c.low:.3f}, {c.high:.3f}]" if c else "" for c in cells]
            print(f"{BY_NAME[name].label:<{width}}", *(f"{text:>24}" for text in texts))


# -- the others -------------------------------------------------------------------------------------------------------


def _compare(options: argparse.Namespace) -> int:
    from qa.evaluation.compare import compare, read_report, render

    found = compare(read_report(options.a), read_report(options.b))
    print(json.dumps(asdict(found), ensure_ascii=False) if options.json else render(found))
    return 0


def _derive(options: argparse.Namespace) -> int:
    from qa.evaluation import derive
    from qa.evaluation.data import read_cases
    from qa.evaluation.run import throw_away

    cases = read_cases(Path(options.questions))
    with throw_away([Path(path) for path in options.articles], lambda progress: None) as folder:
        articles = _articles(folder)
    cases = derive.located(cases, articles)
    make = {
        "leave-out": lambda: derive.leave_out(cases, articles),
        "noise": lambda: [derive.noise(cases, articles, options.share)],
        "counterfactual": lambda: [derive.counterfactual(cases, articles)],
    }
    for part in make[options.kind]():
        folder = Path(options.out) / part.name
        _write_set(folder, part.cases, part.articles)
        counts = (
            f"{len(part.cases):,} questions, {len(part.articles):,} articles, {len(part.dropped):,} questions dropped"
        )
        print(f"{folder}: {counts}")
    return 0


def _write_set(folder: Path, cases: Sequence[Case], articles: Sequence[Article]) -> None:
    from qa.evaluation.data import write_articles, write_cases

    folder.mkdir(parents=True, exist_ok=True)
    write_cases(folder / "questions.jsonl", cases)
    write_articles(folder / "articles.jsonl", articles)


def _cases(options: argparse.Namespace) -> int:
    from qa.evaluation.cases import Judgements, given, to_cases
    from qa.evaluation.data import case_line

    judgements = Judgements(library_folder(options)).read()
    extra = given(judgements)
    for case in to_cases(judgements):
        print(case_line(case, extra[case.id]))
    return 0


def _convert(options: argparse.Namespace) -> int:
    from qa.evaluation.data import read_cases, write_cases, write_labelled_rag

    cases, out = read_cases(Path(options.questions)), Path(options.out)
    if out.suffix == ".jsonl":
        write_cases(out, cases)
    elif out.suffix == ".json":
        write_labelled_rag(out, cases, {})
    else:
        raise EvaluationError(f"{out} should end in .jsonl (ours) or .json (LabelledRagDataset).")
    print(f"{out}: {len(cases):,} questions")
    return 0
