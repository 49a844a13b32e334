"""What a refusal says is missing: only of what the articles name, and in a sentence that reads well."""

from __future__ import annotations

import pytest

import prompts
from qa.missing import indirect, refusal

TEXTS = ["Black flags · The Baiji refinery lies north of Baghdad. George Laurer, Walter Plowright, the Øresund Bridge."]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When was the Baiji refinery built?", "the Baiji refinery, but do not say when it was built."),
        ("Who owns the Baiji refinery?", "the Baiji refinery, but do not say who owns it."),
        ("And how big is the Baiji refinery?", "the Baiji refinery, but do not say how big it is."),
        (
            "In what year was Walter Plowright born?",
            "Walter Plowright, but do not say in what year Walter Plowright was born.",
        ),
        ("Which company built the Øresund Bridge?", "the Øresund Bridge, but do not say which company built it."),
        ("When did George Laurer die?", "George Laurer, but do not say when George Laurer died."),
        ("Does the Øresund Bridge carry trains?", "the Øresund Bridge, but do not say whether it carries trains."),
        ("Was the Baiji refinery sold?", "the Baiji refinery, but do not say whether it was sold."),
        ("Did the Baiji crew strike?", "Baiji, but do not answer this."),
        ("Who built the Øresund tunnel?", "Øresund, but do not say who built the Øresund tunnel."),
        ("How long was the Øresund tunnel closed?", "Øresund, but do not answer this."),
        ("Who ran the Baiji refinery in March 2014?", "the Baiji refinery, but do not say who ran it in March 2014."),
        ("Who left when the Baiji refinery closed?", "the Baiji refinery, but do not say who left when it closed."),
        ("What was the Baiji refinery's output?", "the Baiji refinery, but do not answer this."),
    ],
)
def test_the_subject_is_named_and_the_question_turned(question: str, said: str) -> None:
    assert refusal(question, TEXTS) == f"The articles speak of {said}"


@pytest.mark.parametrize(
    "question",
    ["What is the capital of Peru?", "How do I sign up for a gym membership?", "asdf qwer", "how old is it?", "?"],
)
def test_what_the_articles_do_not_name_is_refused_plainly(question: str) -> None:
    assert refusal(question, TEXTS) == prompts.read("refusal")


def test_a_long_question_is_not_repeated() -> None:
    question = "Who owns the Baiji refinery" + " and everything that belongs to it" * 5 + "?"
    assert refusal(question, TEXTS) == "The articles speak of the Baiji refinery, but do not answer this."


def test_several_and_persons_are_no_it() -> None:
    assert indirect("When were the Pyramids built?", "the Pyramids") == "when the Pyramids were built"
    assert indirect("How old is the Queen?", "the Queen") == "how old the Queen is"


def test_a_question_that_cannot_be_turned_gives_nothing() -> None:
    assert indirect("Tell me about the Baiji refinery.", "the Baiji refinery") == ""


def test_foreign_signs_are_no_slots() -> None:
    assert refusal("Who owns $subject and the Baiji refinery?", TEXTS).startswith(
        "The articles speak of the Baiji refinery"
    )
