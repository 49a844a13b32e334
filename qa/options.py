"""What the commands share: options that several of them have, and what those stand for. Knows of no command.

Heavy modules are imported by the function that needs them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qa.types import Filters, Settings

if TYPE_CHECKING:
    from indexes.library import Library
    from qa.chat import Assistant
    from qa.types import Answer

Add = Callable[..., argparse.ArgumentParser]  # (name, what runs, what it does in a line) → the command's parser

DEFAULT_LIBRARY = ".footnote"


def library_folder(options: argparse.Namespace) -> Path:
    """Which library is meant."""
    return Path(options.library or os.environ.get("FOOTNOTE_LIBRARY") or DEFAULT_LIBRARY)


def open_library(options: argparse.Namespace) -> Library:
    """The library, to read. Raises LibraryError."""
    from indexes.library import Library

    return Library(library_folder(options))


def assistant_for(options: argparse.Namespace) -> Assistant:
    """What answers from the library. Raises LibraryError and ModelError."""
    from qa.chat import open_assistant

    return open_assistant(Settings(library=str(library_folder(options)), quoting=getattr(options, "quote", False)))


def answer_to(options: argparse.Namespace, assistant: Assistant) -> Answer:
    """The answer to the question on the command line, under its filters."""
    question = sys.stdin.read() if options.question == "-" else options.question
    return assistant.ask(question, (), filters_of(options), threshold_of(options, assistant))


def threshold_of(options: argparse.Namespace, assistant: Assistant) -> float | None:
    """The least probability that --strict or --eager asks for; None for the default."""
    if not options.care:
        return None
    assistant.warm()  # only then is it known which reader there is
    return assistant.threshold(options.care)


def filters_of(options: argparse.Namespace) -> Filters:
    """The articles that may answer."""
    return Filters(tuple(options.source), tuple(options.article), options.after, options.before)


# -- the options ------------------------------------------------------------------------------------------------------


def add_filters(parser: argparse.ArgumentParser) -> None:
    """Which articles may answer, and how sure an answer has to be."""
    parser.add_argument("--source", action="append", default=[], help="only from this source (may be repeated)")
    parser.add_argument("--article", action="append", default=[], help="only from this article (may be repeated)")
    parser.add_argument("--after", type=_day, default="", metavar="DATE", help="published on this day or later")
    care = parser.add_mutually_exclusive_group()
    care.add_argument("--strict", action="store_const", const="strict", dest="care", help="answer only when sure")
    care.add_argument("--eager", action="store_const", const="eager", dest="care", help="answer when there is a chance")
    add_quote(parser)
    parser.add_argument("--before", type=_day, default="", metavar="DATE", help="published on this day or earlier")


def add_quote(parser: argparse.ArgumentParser) -> None:
    """--quote"""
    parser.add_argument("--quote", action="store_true", help="answer in quotes alone, without the language model")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """--quiet"""
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no report")


def _day(text: str) -> str:
    """An ISO date given as an option."""
    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2021-03-24") from None
