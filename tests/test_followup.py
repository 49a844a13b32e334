from __future__ import annotations

import pytest

from qa.followup import standalone, subject_of
from qa.types import Turn

SHIP = [Turn("user", "Where did the Ever Given run aground?"), Turn("assistant", "In the Suez Canal.")]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was it refloated?", "When was the Ever Given refloated?"),
        ("How long is it?", "How long is the Ever Given?"),
        ("Who are its owners?", "Who are the Ever Given’s owners?"),
        ("And in 2015?", "And in 2015? (Where did the Ever Given run aground?)"),
        ("What did he say?", "What did he say? (Where did the Ever Given run aground?)"),
        ("When did the Titanic sink?", "When did the Titanic sink?"),
        ("Who discovered penicillin?", "Who discovered penicillin?"),
    ],
)
def test_what_points_back_is_named(question: str, expected: str) -> None:
    assert standalone(question, SHIP) == expected


def test_a_first_question_stays_as_it_is() -> None:
    assert standalone("When was it refloated?", []) == "When was it refloated?"


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("who was the last to catch smallpox?", "What did he die of?"),
        ("Which Chilean miner came up first?", "How old was he?"),
        ("Who ran Plan B?", "What did he say?"),
    ],
)
def test_where_no_full_name_was_asked_about_the_question_before_is_added(before: str, question: str) -> None:
    assert standalone(question, [Turn("user", before)]) == f"{question} ({before})"


def test_only_what_the_reader_asked_counts() -> None:
    history = [
        Turn("user", "Where did the Ever Given run aground?"),
        Turn("assistant", "The Suez Canal Authority said so."),
    ]
    assert standalone("How long is it?", history) == "How long is the Ever Given?"


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Where did the Ever Given run aground?", "the Ever Given"),
        ("What did Michael Ventris decipher?", "Michael Ventris"),
        ("what is it", ""),
        ("Who designed the Bank of England?", "the Bank of England"),
    ],
)
def test_the_subject_is_the_last_named_thing(question: str, subject: str) -> None:
    assert subject_of(question) == subject
