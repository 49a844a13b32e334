from __future__ import annotations

import pytest

from qa.antecedent import asked_about, meant


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("How many tugs worked on the Ever Given?", "the Ever Given"),  # behind "on", but tugs are not "it"
        ("Which tugs pulled the Ever Given?", "the Ever Given"),
        ("Where did the Ever Given run aground in the Suez Canal?", "the Ever Given"),
        ("What caused the Great Smog of London?", "the Great Smog of London"),
        ("What lives on Peberholm?", "Peberholm"),
        ("How many ships were at Suez on Saturday 27 March?", ""),
        ("Who held the mile record before Bannister?", ""),
        ("How did smallpox reach Bangladesh?", ""),
        ("Was there a flood in the Svalbard seed vault?", ""),
        ("Why did Boskalis dredge around the Ever Given?", ""),
    ],
)
def test_a_name_behind_a_preposition_is_meant_where_nothing_else_can_be(question: str, thing: str) -> None:
    assert asked_about(question) == thing


@pytest.mark.parametrize(
    ("question", "thing"),
    [
        ("how deep was the deepest dive", "the deepest dive"),
        ("Who invented the bifurcated needle?", "the bifurcated needle"),
        ("how many tugs worked on the ever given", "the ever given"),
        ("When was the bridge finally opened?", "the bridge"),
        ("when was rinderpest declared extinct", "rinderpest"),
        ("who was the foreman", ""),
        ("when did the ship sink", ""),
        ("what is the capital of norway", ""),
        ("what was found", ""),
        ("what is it", ""),
    ],
)
def test_a_thing_is_described_where_its_bounds_are_sure(question: str, thing: str) -> None:
    assert asked_about(question) == thing


def test_of_two_names_the_one_spoken_of_earlier_is_meant() -> None:
    former, earlier = "Why did Boskalis dredge around the Ever Given?", "How long is the Ever Given?"
    assert meant("it", former, "") == ""
    assert meant("it", former, "", earlier) == "the Ever Given"


def test_a_surname_is_not_it() -> None:
    assert meant("it", "When did Bannister run?", "Roger Bannister ran on 6 May 1954.") == ""


def test_two_joined_by_and_are_they() -> None:
    former = "When did Ventris and Chadwick publish together?"
    assert meant("they", former, "") == "Ventris and Chadwick"
    assert meant("it", former, "") == ""
    assert meant("they", "When did the British and French tunnellers meet?", "") == ""
