"""Intervals and tests: against scipy where it has them, by hand elsewhere."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from qa.evaluation.statistics import (
    bootstrap,
    bootstrap_mean,
    holm,
    mcnemar,
    paired_difference,
    randomisation_p,
    wilson,
)

VALUES = np.random.default_rng(1).random(80)
LABELS = [f"article {one % 20}" for one in range(80)]


def test_the_bootstrap_interval_is_scipys_up_to_chance() -> None:
    theirs = stats.bootstrap((VALUES,), np.mean, n_resamples=50_000, method="percentile", rng=2).confidence_interval
    assert bootstrap_mean(VALUES, resamples=50_000) == pytest.approx((theirs.low, theirs.high), abs=2e-3)


def test_the_bootstrap_interval_is_the_percentiles_of_the_resampled_means() -> None:
    drawn = np.random.default_rng(7).integers(0, 80, (10_000, 80))
    expected = np.percentile(VALUES[drawn].mean(axis=1), (2.5, 97.5))
    assert bootstrap_mean(VALUES, seed=7) == pytest.approx(tuple(expected), abs=1e-12)


def test_drawing_in_blocks_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    interval, p = bootstrap_mean(VALUES, LABELS), randomisation_p(VALUES, VALUES[::-1] ** 2)
    monkeypatch.setattr("qa.evaluation.statistics.BLOCK", 1000)
    assert bootstrap_mean(VALUES, LABELS) == pytest.approx(interval, abs=1e-12)
    assert randomisation_p(VALUES, VALUES[::-1] ** 2) == p < 1


def test_the_same_seed_gives_the_same_bits_and_another_does_not() -> None:
    assert bootstrap_mean(VALUES, LABELS, seed=3) == bootstrap_mean(VALUES, LABELS, seed=3)
    assert bootstrap_mean(VALUES, LABELS, seed=3) != bootstrap_mean(VALUES, LABELS, seed=4)


def test_clusters_are_drawn_whole() -> None:
    low, high = bootstrap_mean([0, 0, 0, 1, 1, 1], ["x"] * 3 + ["y"] * 3)
    assert (low, high) == (0, 1)
    assert bootstrap_mean([0, 1, 0, 1], ["x", "x", "y", "y"]) == (0.5, 0.5)


def test_a_clusters_weight_is_its_size() -> None:
    drawn = np.random.default_rng(0).integers(0, 2, (10_000, 2))
    means = np.array([3.0, 0.0])[drawn].sum(axis=1) / np.array([3.0, 1.0])[drawn].sum(axis=1)
    assert bootstrap_mean([1, 1, 1, 0], ["x", "x", "x", "y"]) == pytest.approx(tuple(np.percentile(means, (2.5, 97.5))))


def test_only_the_grouping_matters_and_not_the_labels() -> None:
    assert bootstrap_mean(VALUES, LABELS) == bootstrap_mean(VALUES, [hash(one) for one in LABELS])
    assert bootstrap_mean(VALUES, list(range(80))) == bootstrap_mean(VALUES)


def test_doubling_the_questions_narrows_the_interval_unless_copies_are_clustered() -> None:
    low, high = bootstrap_mean(VALUES)
    twice = bootstrap_mean(np.tile(VALUES, 2))
    assert twice[1] - twice[0] < 0.8 * (high - low)
    assert bootstrap_mean(np.tile(VALUES, 2), np.tile(np.arange(80), 2)) == pytest.approx((low, high), abs=1e-12)


def test_the_interval_covers_the_true_mean_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(11)
    held = [low <= 0.5 <= high for low, high in (bootstrap_mean(draw.random(60), resamples=500) for _ in range(300))]
    assert 0.90 <= np.mean(held) <= 0.99


def test_the_general_bootstrap_of_the_mean_agrees_with_bootstrap_mean() -> None:
    for clusters in (None, LABELS):
        ours = bootstrap(lambda rows: float(VALUES[rows].mean()), 80, clusters, resamples=2_000, seed=5)
        assert ours == pytest.approx(bootstrap_mean(VALUES, clusters, resamples=2_000, seed=5), abs=1e-12)


def test_the_general_bootstrap_leaves_undefined_resamples_out() -> None:
    assert bootstrap(lambda rows: 7.0, 3) == (7, 7)
    assert bootstrap(lambda rows: 1.0 if 0 in rows else None, 3) == (1, 1)
    assert bootstrap(lambda rows: 1.0 if 0 in rows else float("nan"), 3) == (1, 1)
    with pytest.raises(ValueError, match="not defined for any resample"):
        bootstrap(lambda rows: None, 3)


def test_the_paired_difference_is_what_b_gains() -> None:
    assert paired_difference([0, 0], [1, 1]) == (1, 1)
    low, high = paired_difference(VALUES, VALUES + 0.1)
    assert (low, high) == pytest.approx((0.1, 0.1))
    assert paired_difference(VALUES, VALUES[::-1]) == bootstrap_mean(VALUES[::-1] - VALUES)


def test_randomisation_agrees_with_every_flip_and_with_scipy() -> None:
    a, b = VALUES[:10], VALUES[10:20] + 0.2
    signs = np.array(list(itertools.product((-1, 1), repeat=10)))
    exact = np.mean(np.abs(signs @ (b - a)) >= abs((b - a).sum()) - 1e-12)
    theirs = stats.permutation_test((b, a), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=10**6)
    assert theirs.pvalue == pytest.approx(exact, abs=1e-9)
    assert randomisation_p(a, b, flips=50_000) == pytest.approx(exact, abs=0.01)


def test_randomisation_knows_no_side() -> None:
    assert randomisation_p(VALUES[:40], VALUES[40:]) == randomisation_p(VALUES[40:], VALUES[:40])


def test_randomisation_of_alike_systems_is_1_and_of_opposites_the_least() -> None:
    assert randomisation_p(VALUES, VALUES) == 1
    assert randomisation_p([0], [1]) == 1
    assert randomisation_p(np.zeros(60), np.ones(60), flips=999) == 1 / 1000


def test_randomisation_flips_clusters_whole() -> None:
    a, b = np.zeros(60), np.ones(60)
    assert randomisation_p(a, b, clusters=["x"] * 60) == 1
    assert randomisation_p(a, b, clusters=["x"] * 30 + ["y"] * 30) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("b", "c"), [(0, 3), (5, 5), (12, 3), (1, 0), (200, 260)])
def test_mcnemar_is_the_exact_binomial_test(b: int, c: int) -> None:
    tail = stats.binom.cdf(min(b, c), b + c, 0.5)
    assert mcnemar(b, c) == pytest.approx(min(1.0, 2 * tail), abs=1e-9)
    assert mcnemar(b, c) == mcnemar(c, b)


def test_mcnemar_by_hand() -> None:
    assert mcnemar(0, 3) == 0.25
    assert mcnemar(0, 0) == 1


def test_holm_by_hand() -> None:
    assert holm([0.04, 0.01]) == pytest.approx([0.04, 0.02])
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
    assert holm([0.02]) == [0.02]


def test_holm_rejects_what_the_step_down_procedure_rejects() -> None:
    draw = np.random.default_rng(3)
    for _ in range(50):
        raw = draw.random(8) ** 4
        rejected = set()
        for step, at in enumerate(np.argsort(raw)):
            if raw[at] > 0.05 / (8 - step):
                break
            rejected.add(int(at))
        assert {at for at, one in enumerate(holm(list(raw))) if one <= 0.05} == rejected


def test_wilson_equals_scipy() -> None:
    for hits, count in [(80, 100), (0, 10), (10, 10), (1, 1), (3, 7), (480, 1000)]:
        theirs = stats.binomtest(hits, count).proportion_ci(method="wilson")
        assert wilson(hits, count) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert wilson(0, 0) == (0, 1)


def test_values_that_do_not_belong_together_are_refused() -> None:
    with pytest.raises(ValueError, match="A has 2 values and B has 1"):
        paired_difference([1, 2], [1])
    with pytest.raises(ValueError, match="2 values have 1 clusters"):
        bootstrap_mean([1, 2], ["x"])
    with pytest.raises(ValueError, match="3 values have 1 clusters"):
        bootstrap(lambda rows: 1.0, 3, ["x"])
    with pytest.raises(ValueError, match="there are no values"):
        bootstrap_mean([])
