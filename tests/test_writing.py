"""A whole answer with a language model: a real server on loopback that says what it should, or fails in every way."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qa.chat import NOTHING_ELSE, Assistant, open_assistant
from qa.llm import Endpoint, LanguageModel, Limits
from qa.types import Answer, Settings, Turn
from qa.write import Writer
from tests.conftest import ROOT
from tests.llm_server import FAULTS, Messages, ScriptedServer, says

QUESTION = "How long is the Ever Given?"
TRUE = "The Ever Given is 400 metres long and 59 metres wide."
KEY = "sk-never-to-be-seen-0815"
LIMITS = Limits(connect=1, first=1.5, idle=1, total=6, retries=1, backoff=0.05, longest_wait=0.2)


@pytest.fixture(scope="module")
def assistant(sample_library: Path) -> Iterator[Assistant]:
    opened = open_assistant(Settings(library=str(sample_library)))
    opened.warm()
    yield opened
    opened.close()


def written(assistant: Assistant, server: ScriptedServer, question: str = QUESTION, *history: Turn) -> Answer:
    assistant.writer = Writer(LanguageModel(Endpoint(server.url, "scripted", KEY, 4096, "test"), LIMITS))
    return assistant.ask(question, history)


def about_the_ship(text: str) -> Callable[[Messages], str]:
    """The text with {n} for the number of the passage that says how long the ship is."""

    def say(messages: Messages) -> str:
        passages = re.split(r"\n\n(?=\[\d+\]\n)", messages[-1]["content"])
        number = next(one[1 : one.index("]")] for one in passages if "400 metres long" in one)
        return text.replace("{n}", number)

    return say


def test_supported_sentences_are_shown_as_they_were_written_and_cite_exact_words(assistant: Assistant) -> None:
    said = 'The Ever Given measures 400 metres. [{n}] "The Ever Given is 400 metres long"\n'
    with ScriptedServer(says(about_the_ship(said))) as server:
        answer = written(assistant, server)
    assert answer.text == "The Ever Given measures 400 metres."
    assert (answer.writer, answer.notice, answer.left_out) == ("scripted", "", ())
    [citation] = answer.citations
    article = assistant.library.article(citation.article_id)
    assert article and article.text[citation.start : citation.end] == citation.quote == TRUE


def test_what_is_not_supported_is_left_out_and_counted(assistant: Assistant) -> None:
    said = "The Ever Given is 400 metres long. [{n}]\nIt was built by Martians in secret. [{n}]\nIt is 500 km long. [{n}]\n"
    with ScriptedServer(says(about_the_ship(said))) as server:
        answer = written(assistant, server)
    assert "Martians" not in answer.text and "500" not in answer.text
    assert any("Martians" in one.text for one in answer.left_out)
    assert answer.text.startswith("The Ever Given is 400 metres long.")


def test_a_sentence_is_shown_before_the_model_has_finished(assistant: Assistant) -> None:
    said = "The Ever Given is 400 metres long. [{n}]\nIt is 59 metres wide. [{n}]\n"
    pieces = says(about_the_ship(said), delay=0.1)
    with ScriptedServer(pieces) as server:
        assistant.writer = Writer(LanguageModel(Endpoint(server.url, "scripted", KEY, 4096, "test"), LIMITS))
        shown = [(time.monotonic(), answer) for answer in assistant.stream(QUESTION)]
    first = next(at for at, answer in shown if answer.sentences)
    assert shown[-1][0] - first > 0.3
    assert len(shown[-1][1].sentences) == 2


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_every_fault_ends_in_quotes_and_a_plain_sentence(
    assistant: Assistant, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    began = time.monotonic()
    with ScriptedServer(fault) as server:
        answer = written(assistant, server)
    assert time.monotonic() - began < 20
    assert answer.done and not answer.refused
    assert "400 metres" in answer.text
    assert all(one.support.holds for one in answer.sentences)
    if not answer.writer:
        assert answer.notice.endswith("The answer is made of the articles’ own sentences.")
        assert {one.support.verdict for one in answer.sentences} == {"verbatim"}
    assert "Traceback" not in answer.notice and KEY not in f"{answer}{caplog.text}"


def test_no_server_at_all_ends_in_quotes(assistant: Assistant) -> None:
    with ScriptedServer(says("")) as server:
        url = server.url
    assistant.writer = Writer(LanguageModel(Endpoint(url, "gone", KEY, 4096, "test"), LIMITS))
    answer = assistant.ask(QUESTION)
    assert "Nothing answers at" in answer.notice and "400 metres" in answer.text


def test_a_model_that_declines_does_not_silence_the_articles(assistant: Assistant) -> None:
    with ScriptedServer(says("The articles do not say.")) as server:
        answer = written(assistant, server)
    assert not answer.refused and "400 metres" in answer.text
    assert answer.notice.startswith("The language model found no answer")


def test_what_the_articles_do_not_say_is_refused_without_asking_the_model(assistant: Assistant) -> None:
    with ScriptedServer(says("Bananas are yellow. [1]\n")) as server:
        answer = written(assistant, server, "Which banana is the tastiest in Peru?")
        assert answer.refused and not server.requests


def test_too_long_a_prompt_is_asked_again_with_fewer_passages(assistant: Assistant) -> None:
    with ScriptedServer("overflow", says(about_the_ship("The Ever Given is 400 metres long. [{n}]\n"))) as server:
        written(assistant, server)
        first, second = (one.messages[-1]["content"].count("\n\n[") for one in server.requests[:2])
        assert second < first


def test_a_follow_up_is_completed_by_the_model_and_shown(assistant: Assistant) -> None:
    def say(messages: Messages) -> str:
        asked = messages[-1]["content"]
        rewrites = asked.startswith("Rewrite")
        return "How wide is the Ever Given?" if rewrites else about_the_ship("It is 59 metres wide. [{n}]")(messages)

    history = Turn("user", QUESTION), Turn("assistant", TRUE)
    with ScriptedServer(says(say)) as server:
        answer = written(assistant, server, "And how wide is it?", *history)
        assert len(server.requests) == 2
    assert answer.standalone == "How wide is the Ever Given?"
    assert "59 metres" in answer.text


@pytest.mark.parametrize("question", ["Why do you say that?", "What else?"])
def test_evidence_is_asked_of_the_articles_not_of_the_model(assistant: Assistant, question: str) -> None:
    history = Turn("user", QUESTION), Turn("assistant", TRUE)
    with ScriptedServer(says("I made it up. [1]\n")) as server:
        answer = written(assistant, server, question, *history)
        assert not server.requests
    assert answer.standalone == QUESTION and "made it up" not in answer.text
    assert answer.notice if answer.sentences else answer.text == NOTHING_ELSE
    if question.startswith("Why"):
        assert TRUE in answer.text and len(answer.text) > len(TRUE)
    else:
        assert TRUE not in answer.text


def test_stopping_closes_the_connection(assistant: Assistant) -> None:
    stopped = []
    with ScriptedServer(says("word " * 500, delay=0.02)) as server:
        assistant.writer = Writer(LanguageModel(Endpoint(server.url, "scripted", KEY, 4096, "test"), LIMITS))
        began = time.monotonic()
        answers = assistant.stream(QUESTION, stop=lambda: time.monotonic() - began > 1 or bool(stopped))
        list(answers)
        assert server.hangs_up(3)
    assert time.monotonic() - began < 8


def test_the_command_line_answers_with_the_model_and_without_it(sample_library: Path) -> None:
    said = says(about_the_ship("The Ever Given measures 400 metres. [{n}]\n"))
    with ScriptedServer(said) as server:
        environment = {**os.environ, "FOOTNOTE_MODEL_URL": server.url, "FOOTNOTE_MODEL": "scripted",
                       "FOOTNOTE_MODEL_KEY": KEY}  # fmt: skip

        def run(*more: str) -> str:
            command = [sys.executable, "-m", "qa.cli", "ask", QUESTION, "--library", str(sample_library), *more]
            done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200)
            assert done.returncode == 0 and KEY not in done.stdout + done.stderr
            return done.stdout

        assert "The Ever Given measures 400 metres." in run()
        asked = len(server.requests)
        assert TRUE in run("--quote") and len(server.requests) == asked
