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
from functools import partial

from indexes.errors import FootnoteError, QuestionError
from qa import commands as more
from qa import indexing, keeping
from qa.evaluation import commands as evaluation
from qa.evaluation.commands import SUBCOMMANDS
from qa.options import (
    DEFAULT_LIBRARY,
    add_filters,
    add_quote,
    answer_to,
    assistant_for,
    filters_of,
    library_folder,
    threshold_of,
)
from qa.terminal import Terminal, error_line
from qa.types import Settings, Turn

VERSION = "0.1.0"
REFUSED = 3
STOPPED = 130

EXAMPLES = {
    "main": """examples:
  footnote index articles/            make or update the library from a folder
  footnote ask "Who said so?"         answer with footnotes
  footnote serve                      open the chat at http://127.0.0.1:7860
""",
    "ask": """examples:
  footnote ask "How long is the ship?"
  footnote ask "What did the owners say?" --source "Harbour Gazette" --after 2021-03-24
  footnote ask "How long is the ship?" --json | jq .answer
  echo "How long is the ship?" | footnote ask -
""",
    **indexing.EXAMPLES,
    **keeping.EXAMPLES,
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
        return _fail("Stopped. What was done is kept; run the same command again to go on.", STOPPED)
    except BrokenPipeError:  # the reader of the pipe has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def run() -> None:
    """The process. Where Ctrl-C falls into a string that is being exec'ed (an import of torch has many), `python -m`
    ends by that signal although it was caught: what was stopped ends here, with its exit code."""
    code = main()
    if code == STOPPED:
        os._exit(code)
    sys.exit(code)


def _with_pairs(arguments: Sequence[str]) -> Sequence[str]:
    """`eval compare A B` as one command of two words; `eval QUESTIONS` stays what it is."""
    if arguments[:1] == ["eval"] and len(arguments) > 1 and arguments[1] in SUBCOMMANDS:
        return [" ".join(arguments[:2]), *arguments[2:]]
    return arguments


def _fail(sentence: str, code: int) -> int:
    print(error_line(sentence), file=sys.stderr)
    return code


# -- commands ---------------------------------------------------------------------------------------------------------


def _ask(options: argparse.Namespace) -> int:
    from qa.record import record

    answer = answer_to(options, assistant_for(options))
    if options.json:
        print(json.dumps(record(answer), ensure_ascii=False))
    else:
        print(Terminal.of(sys.stdout).answer(answer))
    return REFUSED if answer.refused else 0


def _chat(options: argparse.Namespace) -> int:
    assistant = assistant_for(options)
    history: list[Turn] = []
    filters = filters_of(options)
    terminal = Terminal.of(sys.stdout)
    while True:
        try:
            question = input("\n? ").strip()
        except EOFError:
            return 0
        if question in ("", "exit", "quit"):
            return 0
        try:
            answer = assistant.ask(question, history, filters, threshold_of(options, assistant))
        except QuestionError as error:
            print(error)
            continue
        print(terminal.answer(answer))
        history += [Turn("user", answer.standalone or question), Turn("assistant", answer.text)]


def _serve(options: argparse.Namespace) -> int:
    from app import serve

    settings = Settings(library=str(library_folder(options)), quoting=options.quote)
    return int(serve(settings, host=options.host, port=options.port, open_browser=options.open))


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

    indexing.add_commands(add)
    ask = add("ask", _ask, "answer one question, with footnotes")
    ask.add_argument("question", help="the question; - for standard input")
    add_filters(ask)
    ask.add_argument("--json", action="store_true", help="the whole record as JSON")
    add_filters(add("chat", _chat, "ask in the terminal, with follow-up questions"))
    serve = add("serve", _serve, "open the chat in a browser")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serve.add_argument("--port", type=int, default=7860, help="port to listen on (7860); 0 takes a free one")
    add_quote(serve)
    serve.add_argument("--open", action="store_true", help="open a browser window")
    keeping.add_commands(add)
    evaluation.add_commands(add)
    more.add_commands(add)
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


if __name__ == "__main__":
    run()
