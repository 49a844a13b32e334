"""`footnote index` and `watch`: a library made from files and addresses, and kept up to date with them. Renders and
calls; decides nothing.

Heavy modules are imported by the command that needs them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.options import Add, add_quiet, library_folder
from qa.progress import ProgressBar
from qa.terminal import error_line, printable

if TYPE_CHECKING:
    from indexes.build import BuildReport
    from indexes.fetch import Visitor
    from indexes.watch import Round

SHOWN = 5  # skipped files, and pages with feeds, listed one by one before "and N more"

EXAMPLES = {
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
}


def add_commands(add: Add) -> None:
    """Put the commands into the parser."""
    index = add("index", _index, "make a library from articles, or bring it up to date")
    index.add_argument("path", nargs="+", help="files, folders and web addresses; - for standard input")
    add_quiet(index)
    index.add_argument("--json", action="store_true", help="the report as JSON")
    _private(index)

    watch = add("watch", _watch, "keep a library up to date with files and addresses, until it is stopped")
    watch.add_argument("path", nargs="+", type=_watched, metavar="PATH_OR_URL", help="files, folders, web addresses")
    watch.add_argument("--every", type=_interval, metavar="TIME", help="90s, 15m (as it comes), 2h or 1d")
    watch.add_argument("--once", action="store_true", help="one round, then end as `footnote index` does")
    watch.add_argument("--quiet", action="store_true", help="print errors alone")
    watch.add_argument("--json", action="store_true", help="a JSON object for each round that changed something")
    _private(watch)


def _private(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--allow-private", action="store_true", help="fetch from addresses in your own network too")


def _index(options: argparse.Namespace) -> int:
    from indexes.build import build

    urls, paths = _inputs([one for one in options.path if one != "-"])
    stream = sys.stdin.buffer if "-" in options.path else None
    with ProgressBar(options.quiet) as bar:
        report = build(
            library_folder(options), paths, stream=stream, on_progress=bar, urls=urls, visitor=_visitor(options)
        )
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
        for one in rounds(library_folder(options), plan, partial(_visitor, options)):
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
        print(error_line(str(one.error)), file=sys.stderr)
    elif not options.quiet:
        print(printable(one.told), flush=True)


# -- what they are given ----------------------------------------------------------------------------------------------


def _inputs(given: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Addresses and paths apart."""
    from indexes.web import is_address

    return [one for one in given if is_address(one)], [Path(one) for one in given if not is_address(one)]


def _visitor(options: argparse.Namespace) -> Visitor:
    from indexes.fetch import Visitor

    return Visitor(allow_private=options.allow_private)


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


# -- what they tell ---------------------------------------------------------------------------------------------------


def _report(report: BuildReport) -> dict[str, object]:
    return asdict(report) | {
        "skipped": [{"where": where, "reason": reason} for where, reason in report.skipped],
        "feeds": [{"page": page, "feeds": feeds} for page, feeds in report.feeds],
    }


def _print_report(report: BuildReport) -> None:
    """What a run did, in a few lines on standard output."""
    names = ("added", "changed", "unchanged", "removed")
    counts = [f"{len(getattr(report, name)):,} {name}" for name in names]
    print(
        f"{', '.join(counts)}, {len(report.skipped):,} skipped; {report.passages:,} passages encoded "
        f"in {report.seconds:.1f} s"
    )
    _print_first([f"skipped {where}: {reason}" for where, reason in report.skipped])
    if report.feeds:
        from indexes.alternates import feeds_told

        _print_first([f"{page}: {feeds_told(feeds)}" for page, feeds in report.feeds])


def _print_first(lines: Sequence[str]) -> None:
    """The first of many lines, and how many there are besides."""
    for line in lines[:SHOWN]:
        print(printable(f"  {line}"))
    if len(lines) > SHOWN:
        print(f"  and {len(lines) - SHOWN:,} more; `--json` lists all of them")
