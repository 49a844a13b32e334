"""`footnote models`, `model-server`, `export`, `verify`, `mcp`: the language model, what is kept of an answer, and the
library for other programs. Renders and calls; decides nothing.

    footnote models                         what is configured, and whether it answers
    footnote model-server FILE.gguf         run a model from one file on this machine
    footnote export QUESTION --out FILE     ask, and keep the answer with its evidence
    footnote verify FILE                    does every quote still stand in the library?
    footnote mcp                            speak MCP with the program that started it

Heavy modules are imported by the command that needs them.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from indexes.errors import InputError
from qa.options import Add, add_filters, add_quote, answer_to, assistant_for, open_library

EXAMPLES = {
    "models": """examples:
  footnote models
  FOOTNOTE_MODEL_URL=http://127.0.0.1:11434/v1 FOOTNOTE_MODEL=qwen3:8b footnote models
""",
    "model-server": """examples:
  footnote model-server model.gguf
  footnote model-server model.gguf --port 8081 --threads 4 --context 8192
""",
    "export": """examples:
  footnote export "How long is the ship?" --out ship.html
  footnote export "How long is the ship?" --out ship.md
""",
    "verify": """examples:
  footnote verify ship.html
""",
    "mcp": """examples:
  footnote mcp --library news                   started by an MCP client: docs/api.md has its settings

Gives a client the tools ask, search and get_article over standard input and output.
""",
}


def _models(options: argparse.Namespace) -> int:
    from qa.llm import configured, describe

    told, answers = describe(configured())
    print(told)
    return 0 if answers else 1


def _model_server(options: argparse.Namespace) -> int:
    from qa.local import serve_file

    say = partial(print, flush=True)
    return serve_file(Path(options.file), say, port=options.port, threads=options.threads, context=options.context)


def _export(options: argparse.Namespace) -> int:
    from qa.evidence import Exported, gather
    from qa.export import html_of, markdown_of

    assistant, out = assistant_for(options), Path(options.out)
    if out.suffix.lower() not in (".html", ".htm", ".md"):
        raise InputError(str(out), "evidence is kept as .html or .md; give the file such a name")
    answer = answer_to(options, assistant)
    asked = datetime.now(UTC).isoformat(timespec="seconds")
    kept = Exported.of(answer.question, asked, answer, assistant.library.article)
    settings = {name: str(value) for name, value in asdict(assistant.settings).items() if name != "library"}
    evidence = gather([kept], answer.question, str(assistant.library.generation), settings)
    render = markdown_of if out.suffix.lower() == ".md" else html_of
    try:
        out.write_text(render(evidence), encoding="utf-8")
    except OSError as error:
        raise InputError(str(out), f"it cannot be written ({error.strerror}); choose another place") from error
    print(f"{out}: {sum(len(one.notes) for one in evidence.asked)} quotes. `footnote verify {out}` checks them later.")
    return 0


def _verify(options: argparse.Namespace) -> int:
    from qa.recheck import render, sound, verify_file

    try:
        data = Path(options.file).read_bytes()
    except OSError as error:
        raise InputError(
            options.file, f"it cannot be read ({error.strerror}); give a file that was exported"
        ) from error
    findings = verify_file(data, open_library(options).article)
    print(render(findings))
    return 0 if sound(findings) else 1


def _mcp(options: argparse.Namespace) -> int:
    from importlib.metadata import version

    from qa.mcp import serve

    serve(partial(assistant_for, options), version("footnote"))
    return 0


def add_commands(add: Add) -> None:
    """Put the commands into the parser."""
    add("models", _models, "say which language model is configured, and whether it answers")
    server = add("model-server", _model_server, "run a language model from a GGUF file on this machine")
    server.add_argument("file", help="the model, one .gguf file")
    server.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (a free one)")
    server.add_argument("--threads", type=int, default=0, help="processor cores to use (all but one)")
    server.add_argument("--context", type=int, default=4096, help="tokens of its window (4096)")
    export = add("export", _export, "ask, and keep the answer with its evidence in a file")
    export.add_argument("question", help="the question; - for standard input")
    export.add_argument("--out", required=True, metavar="FILE", help="a new .html or .md file")
    add_filters(export)
    verify = add("verify", _verify, "check every quote of an exported file against the library")
    verify.add_argument("file", help="a file that `footnote export` or the chat wrote")
    add_quote(add("mcp", _mcp, "let an MCP client ask and read the library"))
