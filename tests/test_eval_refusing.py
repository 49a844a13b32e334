"""Refusal rates, by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from qa.evaluation.refusing import answering, baselines, refusal

ANSWERABLE = [True, True, False, False]


def test_the_worked_example_of_the_docstring() -> None:
    halves = ("refusal_precision", "refusal_recall", "refusal_f1", "hallucination", "wrongful_refusal")
    assert refusal(ANSWERABLE, [False, True, True, False]) == dict.fromkeys(halves, 0.5)


def test_precision_recall_and_f1_equal_scikit_learn() -> None:
    draw = np.random.default_rng(1)
    for _ in range(50):
        answerable, refused = draw.random(40) < 0.7, draw.random(40) < 0.4
        ours = refusal(answerable, refused)
        theirs = precision_recall_fscore_support(~answerable, refused, average="binary")[:3]
        found = [ours["refusal_precision"], ours["refusal_recall"], ours["refusal_f1"]]
        assert found == pytest.approx(list(theirs), abs=1e-9)


def test_a_perfect_system_has_1_and_no_hallucinations_and_the_worst_has_the_opposite() -> None:
    right = ~np.array(ANSWERABLE)
    assert list(refusal(ANSWERABLE, right).values()) == [1, 1, 1, 0, 0]
    assert list(refusal(ANSWERABLE, ~right).values()) == [0, 0, 0, 1, 1]


def test_what_is_undefined_is_absent() -> None:
    assert refusal([True, True], [False, False]) == {"wrongful_refusal": 0}
    assert refusal([False], [False]) == {"refusal_recall": 0, "refusal_f1": 0, "hallucination": 1}
    assert refusal([], []) == {}
    assert answering([], []) == {}
    assert answering([True], [True]) == {"crag": 0, "coverage": 0}


def test_the_baselines_always_and_never_refuse() -> None:
    both = baselines([True, True, True, False])
    assert both["always_refuse"] == pytest.approx(
        {
            "refusal_precision": 0.25,
            "refusal_recall": 1,
            "refusal_f1": 0.4,
            "hallucination": 0,
            "wrongful_refusal": 1,
        }
    )
    assert both["never_refuse"] == {
        "refusal_recall": 0,
        "refusal_f1": 0,
        "hallucination": 1,
        "wrongful_refusal": 0,
    }


def test_crag_counts_a_wrong_answer_against_a_right_one_and_a_refusal_as_nothing() -> None:
    scores = answering([True, True, False, True], [False, False, False, True])
    assert scores == {"crag": 0.25, "precision_of_answered": pytest.approx(2 / 3), "coverage": 0.75}
    assert answering([True, True], [False, False])["crag"] == 1
    assert answering([False, False], [False, False])["crag"] == -1


def test_shuffling_or_doubling_the_questions_changes_nothing() -> None:
    draw = np.random.default_rng(2)
    answerable, refused, correct = draw.random((3, 30)) < 0.5
    order = draw.permutation(30)
    assert refusal(answerable[order], refused[order]) == refusal(answerable, refused)
    assert answering(correct[order], refused[order]) == answering(correct, refused)
    assert refusal(np.tile(answerable, 2), np.tile(refused, 2)) == refusal(answerable, refused)
    assert answering(np.tile(correct, 2), np.tile(refused, 2)) == answering(correct, refused)
