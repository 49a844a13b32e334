from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import prompts
from indexes.errors import LibraryMismatch, NoLibrary, QuestionError
from indexes.library import Library
from qa.chat import LONGEST_QUESTION, Assistant, check_question, open_assistant
from qa.record import record
from qa.types import Answer, Filters, Settings, Turn
from qa.verify import fold


@pytest.fixture(scope="module")
def assistant(sample_library: Path) -> Iterator[Assistant]:
    opened = open_assistant(Settings(library=str(sample_library)))
    yield opened
    opened.close()


def supported(answer: Answer, library: Library) -> bool:
    """Is every shown sentence the very words of the saved article, outside what belongs to the page?"""
    for sentence in answer.sentences:
        for citation in sentence.citations:
            article = library.article(citation.article_id)
            assert article is not None
            assert article.text[citation.start : citation.end] == citation.quote
            assert citation in sentence.citations[1:] or fold(citation.quote) == sentence.text
            assert not any(start < citation.end and citation.start < end for start, end in article.leftovers)
    return bool(answer.sentences)


def test_an_answer_leads_with_the_sentence_that_answers(assistant: Assistant) -> None:
    answer = assistant.ask("How long is the Ever Given?")
    assert not answer.refused
    assert "400" in answer.sentences[0].text
    assert supported(answer, assistant.library)
    assert [citation.number for citation in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert all(citation.title and citation.source and citation.published for citation in answer.citations)


@pytest.mark.parametrize(
    "question", ["What is the capital of Peru?", "How do I sign up for a gym membership?", "asdf qwer"]
)
def test_what_the_articles_do_not_say_is_refused_with_the_nearest_passages(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.refused
    assert answer.text == prompts.read("refusal")
    assert answer.sentences == ()
    assert 0 < len(answer.hits) <= 10


def test_the_same_question_gives_the_same_bytes(sample_library: Path, assistant: Assistant) -> None:
    def bytes_of(one: Assistant) -> str:
        return json.dumps(record(replace(one.ask("Who owns the Ever Given?"), seconds={})))

    other = open_assistant(Settings(library=str(sample_library)))
    assert bytes_of(assistant) == bytes_of(assistant) == bytes_of(other)


def test_a_stream_grows_and_ends_with_the_answer(assistant: Assistant) -> None:
    steps = list(assistant.stream("How many tugs pulled at the Ever Given?"))
    assert [step.done for step in steps] == [False] * (len(steps) - 1) + [True]
    assert steps[1].hits and not steps[1].sentences
    for earlier, later in pairwise(steps):
        assert later.text.startswith(earlier.text)
        assert later.sentences[: len(earlier.sentences)] == earlier.sentences
    assert set(steps[-1].seconds) == {"total", "retrieve", "read", "compose", "verify"}
    assert sum(steps[-1].seconds.values()) <= 2.1 * steps[-1].seconds["total"]


def test_at_most_three_hits_of_one_article(assistant: Assistant) -> None:
    answer = assistant.ask("What happened to the ship in the canal?")
    for hits in (answer.hits, answer.retrieved):
        ids = [hit.passage.article_id for hit in hits]
        assert max(ids.count(one) for one in ids) <= 3
        assert len(hits) <= 10
    cited = {(citation.article_id, citation.start) for citation in answer.citations}
    spans = {
        (hit.passage.article_id, start) for hit in answer.hits for start in range(hit.passage.start, hit.passage.end)
    }
    assert cited <= spans or answer.refused


def test_filters_reach_the_answer(assistant: Assistant) -> None:
    article = next(one for one in assistant.library.articles() if one.id.startswith("ever-given-1"))
    answer = assistant.ask("How many ships are waiting?", filters=Filters(articles=(article.id,)))
    assert {hit.passage.article_id for hit in answer.hits} == {article.id}
    nothing = assistant.ask("How long is the Ever Given?", filters=Filters(before="1900-01-01"))
    assert nothing.refused
    assert nothing.hits == ()


def test_a_follow_up_is_completed_and_says_so(assistant: Assistant) -> None:
    history = [Turn("user", "What happened to the Ever Given?"), Turn("assistant", "It ran aground.")]
    answer = assistant.ask("How long is it?", history)
    assert answer.standalone == "How long is the Ever Given?"
    assert "400" in answer.text


def test_the_threshold_can_be_set(sample_library: Path) -> None:
    never = open_assistant(Settings(library=str(sample_library), threshold=1.0))
    assert never.ask("How long is the Ever Given?").refused


@pytest.mark.parametrize("question", ["", "   ", "?!", "\x00\x01", "\ud800", "😀"])
def test_a_question_without_words_is_refused_in_one_sentence(question: str) -> None:
    with pytest.raises(QuestionError, match=r"The question is empty; ask something in words\."):
        check_question(question)


def test_an_endless_question_is_refused_in_one_sentence() -> None:
    with pytest.raises(QuestionError, match="100,000 characters; ask in 2,000 or fewer"):
        check_question("x" * 100_000)
    assert len(check_question("x" * LONGEST_QUESTION)) == LONGEST_QUESTION


@pytest.mark.parametrize(
    "question",
    [
        "(a+)+$ how?",
        "'; DROP TABLE articles; --",
        "{0.__class__} %s ${jndi:x}",
        "日本語の質問ですか",
        "ship " * 390,
        "x" * 1_900,
    ],
)
def test_no_question_breaks_anything(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).done


def test_where_there_is_no_library_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoLibrary, match="footnote index PATH"):
        open_assistant(Settings(library=str(tmp_path)))


def test_a_library_of_another_encoder_is_refused(tmp_path: Path) -> None:
    from indexes.writer import open_writer
    from tests.test_library import SPEC

    with open_writer(tmp_path, SPEC):
        pass
    with pytest.raises(LibraryMismatch, match="was made by the encoder tiny"):
        open_assistant(Settings(library=str(tmp_path)))


def test_a_question_during_indexing_sees_one_state_or_the_other(sample_library: Path, tmp_path: Path) -> None:
    import shutil

    from indexes.build import build

    folder = shutil.copytree(sample_library, tmp_path / "library")
    assistant = open_assistant(Settings(library=str(folder)))
    assert assistant.ask("Who wrote the notice about the purple elephant?").refused
    note = tmp_path / "note.txt"
    note.write_text("A notice\n\nThe notice about the purple elephant was written by Clara Svensson on 3 May 2020.")
    build(folder, [note])
    answer = assistant.ask("Who wrote the notice about the purple elephant?")
    assert "Clara Svensson" in answer.text


def test_the_examples_are_questions_that_get_answers(assistant: Assistant) -> None:
    examples = assistant.examples(4)
    assert len(set(examples)) == 4
    for question in examples:
        assert not assistant.ask(question).refused, question


def test_the_span_stands_in_the_first_sentence_and_is_marked_there(assistant: Assistant) -> None:
    answer = assistant.ask("How long is the Ever Given?")
    assert answer.span and "400 metres" in answer.span
    first = answer.sentences[0]
    assert first.text[slice(*first.marks[0])] == answer.span


def test_a_near_miss_names_what_is_missing(assistant: Assistant) -> None:
    answer = assistant.ask("Who is the chief cook of the Ever Given?", threshold=0.9)
    assert answer.refused and answer.text.startswith("The articles speak of the Ever Given, but do not")


def test_a_stricter_question_refuses_what_an_eager_one_answers(assistant: Assistant) -> None:
    question = "How long is the Ever Given?"
    assert assistant.threshold("eager") <= assistant.threshold() <= assistant.threshold("strict")
    assert not assistant.ask(question, threshold=assistant.threshold("eager")).refused
    assert assistant.ask(question, threshold=0.9999).refused
