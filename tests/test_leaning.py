from __future__ import annotations

import pytest

from qa.leaning import points_back, pronouns
from qa.types import Turn

SHIP = [
    Turn("user", "How many tugs worked on the Ever Given?"),
    Turn("assistant", "Thirteen tugs pulled the ship off."),
]


@pytest.mark.parametrize(
    ("question", "leaning"),
    [
        ("Why did Egypt hold it?", ["it"]),  # Egypt would be "itself"
        ("Did Egypt keep the Carlo Magno because of it?", []),  # in another clause it may be
        ("How did the crew of Egypt steer it?", []),
        ("Does Voyager 1 have a record on it?", []),
        ("Which team had Hart on it?", []),
        ("What did James Cameron find there?", ["there"]),
        ("In 1956 what happened to him?", ["him"]),  # a date is not who is meant
        ("How did the republic get its name?", []),
        ("How did the engineers fix its memory?", ["its"]),  # they are several
        ("What happened to the ship after it sank?", []),
        ("What happened after it sank?", ["it"]),
        ("Why was the second one late?", ["one"]),
        ("Who was one of the first?", []),
        ("Who was it that called the tugs?", []),
        ("Is it hard to reach?", []),
        ("Is it going to float?", ["It"]),
    ],
)
def test_a_pronoun_leans_unless_its_noun_stands_in_the_question(question: str, leaning: list[str]) -> None:
    assert [one.group().lower() for one in pronouns(question)] == [one.lower() for one in leaning]


@pytest.mark.parametrize(
    "question",
    ["Who was the last miner out?", "Who was the youngest miner?", "How deep was the deepest dive?", "what is scurvy"],
)
def test_what_is_described_for_the_first_time_stands_alone(question: str) -> None:
    assert not points_back(question, SHIP)


@pytest.mark.parametrize(
    "question",
    ["Who was the last?", "What was the last attempt?", "Which was the largest tug?", "what was found?", "how many?"],
)
def test_what_was_spoken_of_or_has_no_noun_leans(question: str) -> None:
    assert points_back(question, SHIP)


def test_only_the_last_question_and_answer_are_leant_on() -> None:
    later = [*SHIP, Turn("user", "What is Peberholm?"), Turn("assistant", "An island.")]
    assert points_back("Who was the first to free the ship?", SHIP)
    assert not points_back("Who was the first to free the ship?", later)


def test_the_number_is_what_how_many_asked_for() -> None:
    assert points_back("What held the number down?", SHIP)
    assert not points_back("What held the number down?", [Turn("user", "Who owns the Ever Given?")])
