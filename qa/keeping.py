"""`footnote articles`, `show`, `remove`, `rebuild`, `calibrate`, `doctor`: what a library holds, and its upkeep.
Renders and calls; decides nothing.

Heavy modules are imported by the command that needs them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from indexes.errors import FootnoteError
from qa.options import Add, add_quiet, assistant_for, library_folder, open_library
from qa.progress import ProgressBar
from qa.terminal import Terminal, printable

EXAMPLES = {
    "show": """examples:
  footnote show ever-given-1-aground
""",
    "calibrate": """examples:
  footnote calibrate questions.jsonl            fit on half of them, report on the other half, keep
  footnote calibrate questions.jsonl --dry-run
""",
}


def add_commands(add: Add) -> None:
    """Put the commands into the parser."""
    articles = add("articles", _articles, "list the articles of the library")
    articles.add_argument("--json", action="store_true", help="one JSON object a line")
    show = add("show", _show, "print one article as it is kept")
    show.add_argument("article", help="the article's id")
    show.add_argument("--json", action="store_true", help="as JSON")
    remove = add("remove", _remove, "take articles out of the library")
    remove.add_argument("article", nargs="+", help="the articles' ids")
    add_quiet(add("rebuild", _rebuild, "fill Chroma anew from the library, without encoding"))
    calibrate = add("calibrate", _calibrate, "fit confidence and refusing to your own questions")
    calibrate.add_argument("questions", help="a question set, as for `footnote eval`; some without an answer")
    calibrate.add_argument("--dry-run", action="store_true", help="measure only, keep nothing")
    add_quiet(calibrate)
    add("doctor", _doctor, "check the library, Chroma and the models, and say what to do")


def _articles(options: argparse.Namespace) -> int:
    articles = open_library(options).articles()
    if options.json:
        keys = ("id", "title", "author", "published", "source", "url")
        for article in articles:
            print(json.dumps({key: getattr(article, key) for key in keys}, ensure_ascii=False))
    else:
        width = max((len(article.id) for article in articles), default=0)
        for article in articles:
            print(printable(f"{article.day:10}  {article.id:{width}}  {article.title}"))
    return 0


def _show(options: argparse.Namespace) -> int:
    article = open_library(options).article(options.article)
    if article is None:
        raise FootnoteError(f"There is no article {options.article}; `footnote articles` lists them.")
    if options.json:
        print(json.dumps(asdict(article), ensure_ascii=False))
    else:
        print(Terminal.of(sys.stdout).article(article))
    return 0


def _remove(options: argparse.Namespace) -> int:
    from indexes.build import remove

    open_library(options)
    found = remove(library_folder(options), options.article)
    for one in found:
        print(printable(f"removed {one}"))
    missing = [one for one in options.article if one not in found]
    if missing:
        raise FootnoteError(f"There is no article {', '.join(missing)}; `footnote articles` lists them.")
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    from indexes.build import rebuild

    open_library(options)
    with ProgressBar(options.quiet) as bar:
        count = rebuild(library_folder(options), bar)
    print(f"Chroma holds {count:,} passages again.")
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from qa.calibrate import calibrate, render
    from qa.evaluation.data import read_cases

    cases = read_cases(Path(options.questions))
    with ProgressBar(options.quiet) as bar:
        found = calibrate(assistant_for(options), cases, Path(options.questions).name, bar)
    if not options.dry_run:
        from qa.calibration import save

        save(found.after, library_folder(options))
    print(render(found, kept=not options.dry_run))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from qa.doctor import examine

    findings = examine(library_folder(options))
    for finding in findings:
        print(printable(("ok    " if finding.sound else "WRONG ") + finding.text))
    return 0 if all(finding.sound for finding in findings) else 1
