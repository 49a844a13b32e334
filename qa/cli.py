"""The command line: `footnote`. Renders what the other modules return; decides nothing.

Answers go to standard output, everything else to standard error. Exit codes: 0 answered or done, 1 error, 2 wrong usage
or an unusable question, 3 the articles do not say, 4 the library cannot be used, 5 a model is missing or altered, 130
stopped by Ctrl-C. Heavy modules are imported by the command that needs them, so that `--help` is instant.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from indexes.errors import FootnoteError, QuestionError
from qa.evaluation.commands import EXAMPLES as EVAL_EXAMPLES
from qa.evaluation.commands import SUBCOMMANDS, add_commands
from qa.terminal import Terminal, printable
from qa.types import Filters, Settings, Turn

if TYPE_CHECKING:
    from tqdm import tqdm

    from indexes.build import BuildReport, Progress
    from indexes.library import Library
    from qa.chat import Assistant

VERSION = "0.1.0"
DEFAULT_LIBRARY = ".footnote"
REFUSED = 3
SHOWN = 5  # skipped files listed one by one before "and N more"

EXAMPLES = {
    "main": """examples:
  footnote index articles/            make or update the library from a folder
  footnote ask "Who said so?"         answer with footnotes
  footnote serve                      open the chat at http://127.0.0.1:7860
""",
    "index": """examples:
  footnote index articles/ report.pdf
  footnote index news.jsonl --library news
  cat page.html | footnote index -
""",
    "ask": """examples:
  footnote ask "How long is the ship?"
  footnote ask "What did the owners say?" --source "Harbour Gazette" --after 2021-03-24
  footnote ask "How long is the ship?" --json | jq .answer
  echo "How long is the ship?" | footnote ask -
""",
    "calibrate": """examples:
  footnote calibrate questions.jsonl            fit on half of them, report on the other half, keep
  footnote calibrate questions.jsonl --dry-run
""",
    "show": """examples:
  footnote show ever-given-1-aground
""",
    **EVAL_EXAMPLES,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Every FootnoteError becomes one line on standard error."""
    parser = _parser()
    options = parser.parse_args(_with_pairs(sys.argv[1:] if arguments is None else arguments))
    if not hasattr(options, "run"):
        parser.print_help()
        return 2
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except FootnoteError as error:
        return _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _fail("Stopped. What was done is kept; run the same command again to go on.", 130)
    except BrokenPipeError:  # the reader of the pipe has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _with_pairs(arguments: Sequence[str]) -> Sequence[str]:
    """`eval compare A B` as one command of two words; `eval QUESTIONS` stays what it is."""
    if arguments[:1] == ["eval"] and len(arguments) > 1 and arguments[1] in SUBCOMMANDS:
        return [" ".join(arguments[:2]), *arguments[2:]]
    return arguments


def _fail(sentence: str, code: int) -> int:
    print(f"footnote: {printable(sentence)}", file=sys.stderr)
    return code


# -- commands ---------------------------------------------------------------------------------------------------------


def _index(options: argparse.Namespace) -> int:
    from indexes.build import build

    paths = [Path(path) for path in options.path if path != "-"]
    stream = sys.stdin.buffer if "-" in options.path else None
    with _Bar(options.quiet) as bar:
        report = build(_library(options), paths, stream=stream, on_progress=bar)
    if options.json:
        print(json.dumps(_report(report), ensure_ascii=False))
    elif not options.quiet:
        _print_report(report)
    nothing = not (report.added or report.changed or report.unchanged or report.removed)
    return 1 if nothing and report.skipped else 0


def _ask(options: argparse.Namespace) -> int:
    from qa.record import record

    question = sys.stdin.read() if options.question == "-" else options.question
    assistant = _assistant(options)
    answer = assistant.ask(question, (), _filters(options), _threshold(options, assistant))
    if options.json:
        print(json.dumps(record(answer), ensure_ascii=False))
    else:
        print(Terminal.of(sys.stdout).answer(answer))
    return REFUSED if answer.refused else 0


def _chat(options: argparse.Namespace) -> int:
    assistant = _assistant(options)
    history: list[Turn] = []
    filters = _filters(options)
    terminal = Terminal.of(sys.stdout)
    while True:
        try:
            question = input("\n? ").strip()
        except EOFError:
            return 0
        if question in ("", "exit", "quit"):
            return 0
        try:
            answer = assistant.ask(question, history, filters, _threshold(options, assistant))
        except QuestionError as error:
            print(error)
            continue
        print(terminal.answer(answer))
        history += [Turn("user", answer.standalone or question), Turn("assistant", answer.text)]


def _serve(options: argparse.Namespace) -> int:
    from app import serve

    settings = Settings(library=str(_library(options)))
    return int(serve(settings, host=options.host, port=options.port, open_browser=options.open))


def _articles(options: argparse.Namespace) -> int:
    articles = _open(options).articles()
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
    article = _open(options).article(options.article)
    if article is None:
        raise FootnoteError(f"There is no article {options.article}; `footnote articles` lists them.")
    if options.json:
        print(json.dumps(asdict(article), ensure_ascii=False))
    else:
        print(Terminal.of(sys.stdout).article(article))
    return 0


def _remove(options: argparse.Namespace) -> int:
    from indexes.build import remove

    _open(options)
    found = remove(_library(options), options.article)
    for one in found:
        print(printable(f"removed {one}"))
    missing = [one for one in options.article if one not in found]
    if missing:
        raise FootnoteError(f"There is no article {', '.join(missing)}; `footnote articles` lists them.")
    return 0


def _rebuild(options: argparse.Namespace) -> int:
    from indexes.build import rebuild

    _open(options)
    with _Bar(options.quiet) as bar:
        count = rebuild(_library(options), bar)
    print(f"Chroma holds {count:,} passages again.")
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from qa.calibrate import calibrate, render
    from qa.evaluation.data import read_cases

    cases = read_cases(Path(options.questions))
    with _Bar(options.quiet) as bar:
        found = calibrate(_assistant(options), cases, Path(options.questions).name, bar)
    if not options.dry_run:
        from qa.calibration import save

        save(found.after, _library(options))
    print(render(found, kept=not options.dry_run))
    return 0


def _doctor(options: argparse.Namespace) -> int:
    from qa.doctor import examine

    findings = examine(_library(options))
    for finding in findings:
        print(printable(("ok    " if finding.sound else "WRONG ") + finding.text))
    return 0 if all(finding.sound for finding in findings) else 1


# -- what commands share ----------------------------------------------------------------------------------------------


def _library(options: argparse.Namespace) -> Path:
    return Path(options.library or os.environ.get("FOOTNOTE_LIBRARY") or DEFAULT_LIBRARY)


def _open(options: argparse.Namespace) -> Library:
    from indexes.library import Library

    return Library(_library(options))


def _assistant(options: argparse.Namespace) -> Assistant:
    from qa.chat import open_assistant

    return open_assistant(Settings(library=str(_library(options))))


def _threshold(options: argparse.Namespace, assistant: Assistant) -> float | None:
    """The least probability that --strict or --eager asks for; None for the default."""
    return assistant.threshold(options.care) if options.care else None


def _filters(options: argparse.Namespace) -> Filters:
    return Filters(tuple(options.source), tuple(options.article), options.after, options.before)


def _day(text: str) -> str:
    """An ISO date given as an option."""
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2021-03-24") from None


def _report(report: BuildReport) -> dict[str, object]:
    return asdict(report) | {"skipped": [{"where": where, "reason": reason} for where, reason in report.skipped]}


def _print_report(report: BuildReport) -> None:
    """What a run did, in a few lines on standard output."""
    names = ("added", "changed", "unchanged", "removed")
    counts = [f"{len(getattr(report, name)):,} {name}" for name in names]
    print(
        f"{', '.join(counts)}, {len(report.skipped):,} skipped; {report.passages:,} passages encoded "
        f"in {report.seconds:.1f} s"
    )
    for where, reason in report.skipped[:SHOWN]:
        print(printable(f"  skipped {where}: {reason}"))
    if len(report.skipped) > SHOWN:
        print(f"  and {len(report.skipped) - SHOWN:,} more; `--json` lists all of them")


STAGES = {"read": ("reading", "file"), "encode": ("encoding", "char"), "fill": ("filling Chroma", "passage"),
          "ask": ("asking", "question")}  # fmt: skip


class _Bar:
    """A progress bar on standard error with rate and time left; nothing where standard error is no terminal."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        if self._quiet or not progress.total:
            return
        if progress.stage != self._stage:
            self.__exit__()
            from tqdm import tqdm

            name, unit = STAGES[progress.stage]
            self._bar = tqdm(desc=name, unit=unit, unit_scale=True, file=sys.stderr, dynamic_ncols=True)
            self._stage = progress.stage
        if self._bar is not None:
            self._bar.total = progress.total
            self._bar.update(progress.done - self._bar.n)


# -- the parser -------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask a folder of articles, and see the words each answer stands on.",
        epilog=EXAMPLES["main"],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"footnote {VERSION}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    add = partial(_command, commands)

    index = add("index", _index, "make a library from articles, or bring it up to date")
    index.add_argument("path", nargs="+", help="files and folders; - for standard input")
    _quiet(index)
    index.add_argument("--json", action="store_true", help="the report as JSON")

    ask = add("ask", _ask, "answer one question, with footnotes")
    ask.add_argument("question", help="the question; - for standard input")
    _filter_options(ask)
    ask.add_argument("--json", action="store_true", help="the whole record as JSON")

    _filter_options(add("chat", _chat, "ask in the terminal, with follow-up questions"))

    serve = add("serve", _serve, "open the chat in a browser")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=7860, help="port to listen on (7860); 0 takes a free one")
    serve.add_argument("--open", action="store_true", help="open a browser window")

    articles = add("articles", _articles, "list the articles of the library")
    articles.add_argument("--json", action="store_true", help="one JSON object a line")
    show = add("show", _show, "print one article as it is kept")
    show.add_argument("article", help="the article's id")
    show.add_argument("--json", action="store_true", help="as JSON")
    remove = add("remove", _remove, "take articles out of the library")
    remove.add_argument("article", nargs="+", help="the articles' ids")
    _quiet(add("rebuild", _rebuild, "fill Chroma anew from the library, without encoding"))
    calibrate = add("calibrate", _calibrate, "fit confidence and refusing to your own questions")
    calibrate.add_argument("questions", help="a question set, as for `footnote eval`; some without an answer")
    calibrate.add_argument("--dry-run", action="store_true", help="measure only, keep nothing")
    _quiet(calibrate)
    add("doctor", _doctor, "check the library, Chroma and the models, and say what to do")
    add_commands(add, _Bar, _library)
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    run: Callable[[argparse.Namespace], int],
    what: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(
        name,
        help=what,
        description=what[0].upper() + what[1:] + ".",
        epilog=EXAMPLES.get(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--library", metavar="DIR", help=f"the library's folder (FOOTNOTE_LIBRARY, else {DEFAULT_LIBRARY})"
    )
    parser.set_defaults(run=run)
    return parser


def _quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no report")


def _filter_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", action="append", default=[], help="only from this source (may be repeated)")
    parser.add_argument("--article", action="append", default=[], help="only from this article (may be repeated)")
    parser.add_argument("--after", type=_day, default="", metavar="DATE", help="published on this day or later")
    care = parser.add_mutually_exclusive_group()
    care.add_argument("--strict", action="store_const", const="strict", dest="care", help="answer only when sure")
    care.add_argument("--eager", action="store_const", const="eager", dest="care", help="answer when there is a chance")
    parser.add_argument("--before", type=_day, default="", metavar="DATE", help="published on this day or earlier")


if __name__ == "__main__":
    sys.exit(main())
