"""Calibration and selective answering, by hand and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score

from qa.evaluation.confidence import (
    Bin,
    aurc,
    auroc,
    brier,
    confidence_scores,
    coverage_at_risk,
    e_aurc,
    ece,
    reliability,
    risk_coverage,
)

SURE, RIGHT = [0.1, 0.2, 0.8, 0.9], [False, False, True, False]


def drawn(seed: int, count: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Confidences with many ties, and whether each answer was right."""
    draw = np.random.default_rng(seed)
    sure = np.round(draw.random(count), 1)
    return sure, draw.random(count) < sure


def test_the_worked_example_of_reliability_and_ece() -> None:
    low, high = reliability(SURE, RIGHT, 2)
    assert low == Bin(pytest.approx(0.15), 0.0, 2, 0.1, 0.2)
    assert high == Bin(pytest.approx(0.85), 0.5, 2, 0.8, 0.9)
    assert ece(SURE, RIGHT, 2) == pytest.approx(0.25)


def test_bins_have_equal_mass_and_none_is_empty() -> None:
    assert [one.count for one in reliability(*drawn(1, 25))] == [3, 3, 3, 3, 3, 2, 2, 2, 2, 2]
    assert [one.count for one in reliability([0.5, 0.6], [True, False])] == [1, 1]


def test_ece_is_0_for_a_calibrated_system_and_1_for_a_sure_one_that_is_always_wrong() -> None:
    assert ece([0.5] * 20, [True, False] * 10) == 0
    assert ece([1.0] * 7, [True] * 7) == 0
    assert ece([1.0] * 7, [False] * 7) == 1


def test_brier_equals_scikit_learn() -> None:
    assert brier([0.8, 0.4], [True, False]) == pytest.approx(0.1)
    for seed in range(20):
        sure, right = drawn(seed)
        assert brier(sure, right) == pytest.approx(brier_score_loss(right, sure), abs=1e-9)


def test_auroc_equals_scikit_learn_ties_included() -> None:
    assert auroc([0.9, 0.5, 0.4], [True, False, True]) == 0.5
    for seed in range(20):
        sure, right = drawn(seed)
        assert auroc(sure, right) == pytest.approx(roc_auc_score(right, sure), abs=1e-9)


def test_auroc_needs_both_kinds() -> None:
    assert auroc([0.5, 0.6], [True, True]) is None
    assert auroc([], []) is None


def test_the_curve_gives_the_errors_among_the_surest() -> None:
    coverage, risk = risk_coverage([0.9, 0.8, 0.7, 0.6], [True, False, True, True], total=8)
    assert list(coverage) == [0.125, 0.25, 0.375, 0.5]
    assert list(risk) == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])


def test_a_tie_has_its_mean_error_throughout() -> None:
    assert list(risk_coverage([0.5] * 4, [True, False, True, False])[1]) == [0.5] * 4
    assert aurc([0.9, 0.5, 0.5], [False, True, False]) == pytest.approx((1 + 1.5 / 2 + 2 / 3) / 3)


def test_a_ties_error_is_its_expectation_over_all_orders() -> None:
    draw = np.random.default_rng(3)
    right = np.array([True, True, False, True, False])
    orders = [np.cumsum(~right[draw.permutation(5)]) / np.arange(1, 6) for _ in range(20_000)]
    assert list(np.mean(orders, axis=0)) == pytest.approx(list(risk_coverage([0.5] * 5, right)[1]), abs=0.02)


def test_aurc_and_its_excess_by_hand() -> None:
    assert aurc([0.9, 0.8], [True, False]) == 0.25
    assert e_aurc([0.9, 0.8], [True, False]) == 0
    assert e_aurc([0.9, 0.8], [False, True]) == pytest.approx(0.5)


def test_the_perfect_order_has_no_excess_and_the_worst_the_most() -> None:
    for seed in range(10):
        sure, right = drawn(seed)
        assert e_aurc(right + sure / 10, right) == pytest.approx(0, abs=1e-12)
        assert 0 <= e_aurc(sure, right) <= e_aurc(~right + sure / 10, right)


def test_the_area_of_the_perfect_order_equals_its_formula() -> None:
    right = np.array([True] * 6 + [False] * 4)
    perfect = sum(max(0, i - 6) / i for i in range(1, 11)) / 10
    assert aurc(np.linspace(1, 0, 10), right) == pytest.approx(perfect, abs=1e-12)
    assert e_aurc(np.full(10, 0.5), right) == pytest.approx(0.4 - perfect, abs=1e-12)


def test_coverage_at_risk_is_a_share_of_all_questions() -> None:
    sure, right = [0.9, 0.8, 0.7], [True, True, False]
    assert coverage_at_risk(sure, right, total=4) == 0.5
    assert coverage_at_risk(sure, right, total=4, risk=0.34) == 0.75
    assert coverage_at_risk(sure, [False, True, True]) == 0


def test_coverage_at_risk_may_exceed_the_risk_on_the_way() -> None:
    right = [False] + [True] * 19
    assert coverage_at_risk(np.linspace(1, 0.5, 20), right) == 1


def test_no_threshold_parts_a_tie() -> None:
    assert coverage_at_risk([0.9, 0.9], [True, False]) == 0
    assert coverage_at_risk([0.9] * 100, [True] * 96 + [False] * 4) == 1


def test_all_scores_together_by_hand() -> None:
    scores = confidence_scores([0.9, 0.1], [True, True], [True, False], [False, True])
    expected = {"ece": 0.1, "brier": 0.01, "aurc": 0, "e_aurc": 0, "coverage@5%risk": 0.5, "auroc": 1}
    assert scores == pytest.approx(expected)


def test_what_is_undefined_is_absent() -> None:
    assert confidence_scores([0.1, 0.2], [False, False], [True, True], [True, True]) == {}
    assert confidence_scores([], [], [], []) == {}
    assert set(confidence_scores([0.1, 0.2], [False, True], [False, True], [True, True])) == {"auroc"}


def test_shuffling_the_questions_changes_nothing_and_doubling_only_what_depends_on_number() -> None:
    draw = np.random.default_rng(5)
    sure, right = drawn(4)
    answerable, refused = draw.random((2, 60)) < 0.6
    scores = confidence_scores(sure, right, answerable, refused)
    order = draw.permutation(60)
    shuffled = confidence_scores(sure[order], right[order], answerable[order], refused[order])
    assert shuffled == pytest.approx(scores, abs=1e-12)
    twice = confidence_scores(*(np.tile(one, 2) for one in (sure, right, answerable, refused)))
    for name in ("brier", "coverage@5%risk", "auroc"):
        assert twice[name] == pytest.approx(scores[name], abs=1e-12)
