from __future__ import annotations

import pytest

from qa.asked import holds, kind_of, missing_names


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was the refinery built?", "date"),
        ("In what year did it open?", "date"),
        ("How many tugs pulled at the ship?", "number"),
        ("How long is the bridge?", "number"),
        ("Who deciphered Linear B?", "name"),
        ("And who was the captain?", "name"),
        ("Why did the ship run aground?", ""),
        ("What did the owners say?", ""),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "sentence", "fits"),
    [
        ("When was it built?", "The refinery is 150 miles north of Baghdad.", False),
        ("When was it built?", "It opened in 1982.", True),
        ("When was it freed?", "It was freed on Monday afternoon.", True),
        ("How many tugs were there?", "The tugs pulled at the ship.", False),
        ("How many tugs were there?", "Eleven tugs pulled at the ship.", True),
        ("How many?", "A few dozen came.", True),
        ("Who leads the crew?", "The crew is well.", False),
        ("Who leads the crew?", "The crew is led by Ali Hassan.", True),
        ("Why?", "Nobody knows.", True),
    ],
)
def test_a_sentence_without_anything_of_the_kind_cannot_answer(question: str, sentence: str, fits: bool) -> None:
    assert holds(kind_of(question), sentence) is fits


def test_the_worked_example_of_missing_names() -> None:
    assert missing_names("How far is Baiji from Basra?", "Baiji lies north of Baghdad.") == 0.5


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("what is it", "anything", 0.0),
        ("Is Baghdad’s airport open?", "BAGHDAD airport", 0.0),
        ("What happened in 2015?", "It happened in 2014.", 1.0),
        ("How bad was the Great Smog?", "the smog lay on the town", 0.0),
        ("How bad was the Great Smog of 1952 in Leeds?", "the smog of 1952", 1 / 3),
    ],
)
def test_names_are_compared_without_case_and_endings(question: str, text: str, share: float) -> None:
    assert missing_names(question, text) == share
