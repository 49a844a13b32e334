"""The verbs that questions are asked with, in the past and in the third person."""

from __future__ import annotations

import pytest

from qa.verbs import past, third_person


@pytest.mark.parametrize(
    ("base", "in_the_past", "in_the_third_person"),
    [
        ("die", "died", "dies"), ("carry", "carried", "carries"), ("destroy", "destroyed", "destroys"),
        ("plan", "planned", "plans"), ("cancel", "cancelled", "cancels"), ("visit", "visited", "visits"),
        ("cost", "cost", "costs"), ("take", "took", "takes"), ("go", "went", "goes"), ("have", "had", "has"),
        ("catch", "caught", "catches"), ("pass", "passed", "passes"), ("crew", "", ""), ("capsule", "", ""),
    ],
)  # fmt: skip
def test_a_known_verb_is_turned_and_another_word_is_not(base: str, in_the_past: str, in_the_third_person: str) -> None:
    assert (past(base), third_person(base)) == (in_the_past, in_the_third_person)
