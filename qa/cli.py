"""The command line: `footnote`. Renders what the other modules return; decides nothing.

Answers go to standard output, everything else to standard error. Exit codes: 0 answered or done, 1 error, 2 wrong usage
or an unusable question, 3 the articles do not say, 4 the library cannot be used, 5 a model is missing or altered, 130
stopped by Ctrl-C. Heavy modules are imported by the command that needs them, so that `--help` is instant.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from indexes.errors import FootnoteError, QuestionError
from qa import commands as more
from qa.evaluation import commands as evaluation
from qa.evaluation.commands import SUBCOMMANDS
from qa.progress import ProgressBar
from qa.terminal import Terminal, printable
from qa.types import Filters, Settings, Turn

if TYPE_CHECKING:
    from indexes.build import BuildReport
    from indexes.fetch import Visitor
    from indexes.library import Library
    from indexes.watch import Round
    from qa.chat import Assistant
    from qa.types import Answer

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
  footnote index articles/ https://example.org/feed.xml      a page, feed, sitemap or OPML
  cat page.html | footnote index -
""",
    "watch": """examples:
  footnote watch articles/                                    what changed in the folder, every 15 minutes
  footnote watch articles/ https://example.org/feed.xml --every 1h
  footnote watch https://example.org/feed.xml --once          now, as from a timer of the system
  footnote watch https://example.org/feed.xml --json | jq .added

The first round is now; a line is printed after each round that changed something. Files are read every minute at most,
an address every 15 minutes at most, and later and later, up to 4 hours, while it gives an error. Ctrl-C stops.
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
    **evaluation.EXAMPLES,
    **more.EXAMPLES,
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

    urls, paths = _inputs([one for one in options.path if one != "-"])
    stream = sys.stdin.buffer if "-" in options.path else None
    with ProgressBar(options.quiet) as bar:
        report = build(_library(options), paths, stream=stream, on_progress=bar, urls=urls, visitor=_visitor(options))
    if options.json:
        print(json.dumps(_report(report), ensure_ascii=False))
    elif not options.quiet:
        _print_report(report)
    return _indexed(report)


def _indexed(report: BuildReport) -> int:
    nothing = not (report.added or report.changed or report.unchanged or report.removed)
    return 1 if nothing and report.skipped else 0


def _watch(options: argparse.Namespace) -> int:
    from indexes.watch import USUAL, Plan, rounds

    urls, paths = _inputs(options.path)
    plan = Plan(tuple(paths), tuple(urls), options.every or USUAL, bool(options.every and options.allow_private))
    if not (options.quiet or options.once):
        print(printable(plan.told), file=sys.stderr)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for one in rounds(_library(options), plan, partial(_visitor, options)):
            if options.once and one.error:
                raise one.error
            _print_round(one, options)
            if options.once and one.report:
                return _indexed(one.report)
    except KeyboardInterrupt:  # how a watch ends, unless it was to end by itself
        if options.once:
            raise
        sys.stdout.flush()
        os._exit(0)  # the library is closed; taking Python down around Chroma can take seconds more
    return 0


def _print_round(one: Round, options: argparse.Namespace) -> None:
    """One line where there is something to tell: what changed on standard output, errors on standard error."""
    if not one.changed:
        return
    if options.json:
        told = _report(one.report) if one.report else {"error": str(one.error)}
        print(json.dumps({"at": one.at} | told, ensure_ascii=False), flush=True)
    elif one.error:
        _fail(str(one.error), one.error.exit_code)
    elif not options.quiet:
        print(printable(one.told), flush=True)


def _ask(options: argparse.Namespace) -> int:
    from qa.record import record

    answer = _answer(options, _assistant(options))
    if options.json:
        print(json.dumps(record(answer), ensure_ascii=False))
    else:
        print(Terminal.of(sys.stdout).answer(answer))
    return REFUSED if answer.refused else 0


def _answer(options: argparse.Namespace, assistant: Assistant) -> Answer:
    """The answer to the question on the command line, under its filters."""
    question = sys.stdin.read() if options.question == "-" else options.question
    return assistant.ask(question, (), _filters(options), _threshold(options, assistant))


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

    settings = Settings(library=str(_library(options)), quoting=options.quote)
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
    with ProgressBar(options.quiet) as bar:
        count = rebuild(_library(options), bar)
    print(f"Chroma holds {count:,} passages again.")
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from qa.calibrate import calibrate, render
    from qa.evaluation.data import read_cases

    cases = read_cases(Path(options.questions))
    with ProgressBar(options.quiet) as bar:
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


def _inputs(given: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Addresses and paths apart."""
    from indexes.web import is_address

    return [one for one in given if is_address(one)], [Path(one) for one in given if not is_address(one)]


def _visitor(options: argparse.Namespace) -> Visitor:
    from indexes.fetch import Visitor

    return Visitor(allow_private=options.allow_private)


def _open(options: argparse.Namespace) -> Library:
    from indexes.library import Library

    return Library(_library(options))


def _assistant(options: argparse.Namespace) -> Assistant:
    from qa.chat import open_assistant

    return open_assistant(Settings(library=str(_library(options)), quoting=getattr(options, "quote", False)))


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


def _watched(text: str) -> str:
    """A path or an address; standard input has nothing new to say an hour later."""
    if text == "-":
        raise argparse.ArgumentTypeError("standard input cannot be watched; give files, folders or addresses")
    return text


def _interval(text: str) -> float:
    """Seconds, from an interval given as an option."""
    from indexes.watch import interval

    try:
        return interval(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


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
    index.add_argument("path", nargs="+", help="files, folders and web addresses; - for standard input")
    _quiet(index)
    index.add_argument("--json", action="store_true", help="the report as JSON")
    _private(index)

    watch = add("watch", _watch, "keep a library up to date with files and addresses, until it is stopped")
    watch.add_argument("path", nargs="+", type=_watched, metavar="PATH_OR_URL", help="files, folders, web addresses")
    watch.add_argument("--every", type=_interval, metavar="TIME", help="90s, 15m (as it comes), 2h or 1d")
    watch.add_argument("--once", action="store_true", help="one round, then end as `footnote index` does")
    watch.add_argument("--quiet", action="store_true", help="print errors alone")
    watch.add_argument("--json", action="store_true", help="a JSON object for each round that changed something")
    _private(watch)

    ask = add("ask", _ask, "answer one question, with footnotes")
    ask.add_argument("question", help="the question; - for standard input")
    _filter_options(ask)
    ask.add_argument("--json", action="store_true", help="the whole record as JSON")

    _filter_options(add("chat", _chat, "ask in the terminal, with follow-up questions"))

    serve = add("serve", _serve, "open the chat in a browser")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=7860, help="port to listen on (7860); 0 takes a free one")
    _quote(serve)
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
    evaluation.add_commands(add, ProgressBar, _library)
    more.add_commands(add, _library, _assistant, _answer, _filter_options)
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


def _quote(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quote", action="store_true", help="answer in quotes alone, without the language model")


def _quiet(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no report")


def _private(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--allow-private", action="store_true", help="fetch from addresses in your own network too")


def _filter_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", action="append", default=[], help="only from this source (may be repeated)")
    parser.add_argument("--article", action="append", default=[], help="only from this article (may be repeated)")
    parser.add_argument("--after", type=_day, default="", metavar="DATE", help="published on this day or later")
    care = parser.add_mutually_exclusive_group()
    care.add_argument("--strict", action="store_const", const="strict", dest="care", help="answer only when sure")
    care.add_argument("--eager", action="store_const", const="eager", dest="care", help="answer when there is a chance")
    _quote(parser)
    parser.add_argument("--before", type=_day, default="", metavar="DATE", help="published on this day or earlier")


if __name__ == "__main__":
    sys.exit(main())
