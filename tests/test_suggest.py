"""Suggestions: grammatical questions that a sentence nearby answers, and none that was not checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from indexes.library import Library
from indexes.types import Article
from qa import suggest
from qa.quote import citation_of, find
from qa.suggest import candidates, questions, suggestions
from qa.types import Answer, Sentence, Support


def made(text: str) -> list[str]:
    return [one.question for one in questions(Article("a", text))]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Voyager 1 was launched on 5 September 1977, after its twin.", "When was Voyager 1 launched?"),
        ("On 23 September 1999 NASA lost the Mars Climate Orbiter.", "When did NASA lose the Mars Climate Orbiter?"),
        ("The Ever Given ran aground at about 7.40 a.m. on Tuesday, 23 March, in the canal.", "When did the Ever Given run aground?"),
        ("Webb left Kourou, in French Guiana, on an Ariane 5 rocket at 7.20 a.m. EST on 25 December. Then Webb unfolded, and Webb cooled.", "When did Webb leave Kourou?"),
        ("Limiting Factor was built in Florida by Triton Submarines.", "Who built Limiting Factor?"),
        ("One was the bifurcated needle, invented by Benjamin Rubin of Wyeth Laboratories.", "Who invented the bifurcated needle?"),
        ("About 95,000 flights were cancelled in all, according to a count.", "How many flights were cancelled in all?"),
        ("In 1996 another 17 wolves came from British Columbia.", "How many wolves came from British Columbia in 1996?"),
        ("In December 2014 there were at least 104 wolves in 11 packs.", "How many wolves were there in December 2014?"),
        ("The Ever Given is 400 metres long and 59 metres wide.", "How long is the Ever Given?"),
        ("Peter Berdowski, the chief executive of Boskalis, praised the team.", "Who was the chief executive of Boskalis?"),
        ("Gregory Robinson, who directs the Webb programme at NASA headquarters, was glad.", "Who directs the Webb programme at NASA headquarters?"),
        ("Lloyd's List estimated that the blockage was holding up goods worth $9.6 billion a day.", "Who estimated that the blockage was holding up goods worth $9.6 billion a day?"),
        ("Victor Vescovo, 53, made the dive alone.", "How old was Victor Vescovo?"),
        ("Janet Parker, a medical photographer, worked one floor above.", "Who was Janet Parker?"),
        ("The Challenger Deep lies at the southern end of the trench.", "Where is the Challenger Deep?"),
        ("ISMAILIA - The Øresund Bridge cost about $4 billion.", "How much did the Øresund Bridge cost?"),
    ],
)  # fmt: skip
def test_a_sentence_makes_the_question_it_answers(sentence: str, question: str) -> None:
    assert made(sentence) == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "He was 23.",
        "It was launched on 5 September 1977.",
        "She opened the bridge on 1 July 2000.",
        "Drilling began again on 15 September.",  # no name, though it has a capital
        "Lloyd's List, a shipping journal, put the number at 165.",  # not a person
        "Peter Berdowski of Boskalis, the parent company of Smit, was hopeful.",
        "Rabie said that he could not say when the ship would float.",
        "About 38,000 samples were sent to Lebanon that autumn.",
        "The telescope was too big to fly.",
        "Who owns the seabed?",
    ],
)
def test_a_sentence_that_leans_on_another_or_names_no_one_makes_none(sentence: str) -> None:
    assert made(sentence) == []


def test_headings_leftovers_and_cited_sentences_make_none() -> None:
    text = "NASA lost the Orbiter in 1999\n\nThe Clean Air Act was passed in 1956. Victor Vescovo, 53, made the dive."
    at = text.index("Victor")
    assert [one.question for one in questions(Article("a", text), [(at, len(text))])] == [
        "When was the Clean Air Act passed?"
    ]
    assert [one.question for one in questions(Article("a", text, leftovers=((at, len(text)),)))] == [
        "When was the Clean Air Act passed?"
    ]


@pytest.fixture
def library(sample_library: Path) -> Library:
    return Library(sample_library)


def answer_from(library: Library, article_id: str, words: str) -> Answer:
    article = library.article(article_id)
    assert article is not None
    span = find(words, article.text)
    assert span is not None
    sentence = Sentence(words, (citation_of(1, article, span),), Support("verbatim"))
    return Answer("How long did he stay?", words, (sentence,))


CITED = "He spent four hours on the bottom."


def test_every_suggestion_was_asked_and_was_sure_enough(library: Library) -> None:
    asked: dict[str, bool] = {}

    def ask(question: str) -> bool:
        asked[question] = "How old" not in question
        return asked[question]

    found = suggestions(answer_from(library, "deepest-dive", CITED), library, ask, [])
    assert len(found) == 3 and all(asked[one] for one in found)
    assert "How old was Victor Vescovo?" in asked and "How old was Victor Vescovo?" not in found


def test_what_stands_nearest_to_the_cited_words_comes_first(library: Library) -> None:
    answer = answer_from(library, "deepest-dive", CITED)
    article = library.article("deepest-dive")
    assert article is not None
    far = [abs(one.start - answer.citations[0].start) for one in candidates(answer, library)]
    assert len(far) > 3 and far == sorted(far)


def test_what_was_shown_is_not_suggested_again(library: Library) -> None:
    answer = answer_from(library, "deepest-dive", CITED)
    first = suggestions(answer, library, lambda _: True, [])
    again = suggestions(answer, library, lambda _: True, [one.upper() for one in first])
    assert first and not set(first) & set(again)


@pytest.mark.parametrize("sure", [False, True])
def test_no_more_is_checked_than_is_allowed(library: Library, sure: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggest, "SECONDS", 60.0)
    asked: list[str] = []
    ask: Callable[[str], bool] = lambda question: asked.append(question) or sure  # type: ignore[func-returns-value] # noqa: E731
    found = suggestions(answer_from(library, "deepest-dive", CITED), library, ask, [], count=30)
    assert len(asked) <= suggest.CHECKS
    assert len(found) == (len(asked) if sure else 0)


def test_checking_stops_when_its_time_is_up(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggest, "SECONDS", -1.0)
    assert suggestions(answer_from(library, "deepest-dive", CITED), library, lambda _: True, []) == []


def test_an_answer_without_hits_gets_what_the_first_page_offers(library: Library) -> None:
    found = suggestions(Answer("What is the capital of Peru?", refused=True), library, lambda _: True, [])
    assert found and all(one.endswith("?") and not one.startswith("What is known") for one in found)
