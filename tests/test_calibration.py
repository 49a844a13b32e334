"""Figures to a probability: fitted where it can be worked out, frozen in a file, the library's own before ours."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import FootnoteError
from qa.calibration import (
    ALONE,
    FILE,
    WITHHELD,
    Calibration,
    Example,
    bins,
    fit,
    load,
    logistic,
    save,
    shipped,
    strict,
    withholding,
)
from qa.reader.model import WEIGHTS_SHA256
from qa.reader.mpnet import MADE_SHA256

PLAIN = Calibration({"answers": 2.0, "missing": -1.0}, 0.5, 0.4, 0.8, 0.2)


def asked(count: int, seed: int = 0) -> list[list[Example]]:
    """Questions whose one reading answers with probability 1 / (1 + exp(-x)) for a figure x of -3..3."""
    draw = random.Random(seed)
    found = []
    for number in range(count):
        x = draw.uniform(-3, 3)
        right = draw.random() < 1 / (1 + math.exp(-x))
        found.append([Example({"answers": x, "noise": draw.gauss(0, 1)}, right, answerable=right or number % 3 == 0)])
    return found


def test_the_probability_is_that_of_the_formula() -> None:
    assert PLAIN.score({"answers": 1.0, "missing": 0.5}) == pytest.approx(2.0)
    assert PLAIN.probability({"answers": 1.0, "missing": 0.5}) == pytest.approx(1 / (1 + math.exp(-2)))
    assert PLAIN.probability({}) == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert PLAIN.probability({"answers": 1e9}) <= 1 and PLAIN.probability({"answers": -1e9}) >= 0


def test_a_fit_finds_the_law_it_was_drawn_from() -> None:
    found = fit(asked(4000), "drawn", "a reader")
    assert found.weights["answers"] == pytest.approx(1.0, abs=0.15)
    assert found.weights["noise"] == pytest.approx(0.0, abs=0.1) and found.intercept == pytest.approx(0.0, abs=0.15)
    assert found.eager <= found.threshold <= found.strict and (found.origin, found.reader) == ("drawn", "a reader")


def test_thresholds_are_those_of_each_questions_best_reading() -> None:
    groups = [[*group, Example({"answers": -4.0, "noise": 0.0}, right=False)] for group in asked(400)]
    alone, with_rivals = fit(asked(400), "", ""), fit(groups, "", "")
    sure = [max(map(with_rivals.probability, (one.figures for one in group))) for group in groups]
    right = [one >= with_rivals.threshold for one, group in zip(sure, groups, strict=True) if group[0].right]
    assert len(right) - sum(right) == pytest.approx(WITHHELD * len(right), abs=1.5)
    assert sum(count for _, _, count in alone.bins) == sum(count for _, _, count in with_rivals.bins) == 400


def test_what_is_measured_is_measured_on_questions_that_were_not_fitted_on() -> None:
    """Forty figures of noise are learnt by heart: on what was fitted the surest would nearly all be right."""
    draw = random.Random(1)
    noise = [[Example({f"n{n}": draw.gauss(0, 1) for n in range(40)}, n % 2 == 0, n % 2 == 0)] for n in range(80)]
    assert fit(noise, "", "").bins[-1][1] < 0.8


def test_the_logistic_regression_is_scikit_learns() -> None:
    from sklearn.linear_model import LogisticRegression

    values = np.array([[one.figures["answers"], one.figures["noise"]] for [one] in asked(500)])
    right = np.array([one.right for [one] in asked(500)], dtype=float)
    weights, intercept = logistic(values, right)
    spread = values.std(axis=0)
    theirs = LogisticRegression(C=1 / (0.01 * 500), tol=1e-10, max_iter=1000)
    theirs.fit((values - values.mean(axis=0)) / spread, right)
    assert np.array(weights) * spread == pytest.approx(theirs.coef_[0], abs=1e-6)
    assert intercept + np.array(weights) @ values.mean(axis=0) == pytest.approx(theirs.intercept_[0], abs=1e-6)


def test_thresholds_are_where_they_say() -> None:
    sure, right = np.linspace(0.01, 1.0, 100), np.arange(100) >= 50
    for share in (0.02, 0.10, 0.5):
        least = withholding(share, sure, right)
        assert (sure[right] < least).mean() <= share < (sure[right] < least + 0.03).mean()
    assert withholding(0.1, sure, np.zeros(100, bool)) == 0.5
    above = right[sure >= strict(sure, right)]
    assert above.mean() >= 0.9 and len(above) > 50


def test_bins_hold_everything_once_and_rise() -> None:
    sure, right = np.linspace(0, 1, 61), np.arange(61) > 30
    found = bins(sure, right)
    assert sum(count for _, _, count in found) == 61
    assert [least for least, _, _ in found] == sorted(least for least, _, _ in found)
    assert found[0][1] == 0 and found[-1][1] == 1


def test_the_measured_share_is_that_of_its_bin() -> None:
    measured = Calibration({}, 0.0, 0.5, 0.5, 0.5, bins=((0.0, 0.1, 10), (0.4, 0.5, 10), (0.8, 0.95, 10)))
    assert [measured.measured(value) for value in (0.1, 0.4, 0.79, 0.99)] == [0.1, 0.5, 0.5, 0.95]
    assert PLAIN.measured(0.5) is None


def test_too_few_questions_are_said_to_be_too_few() -> None:
    with pytest.raises(
        FootnoteError, match=r"20 questions that the articles answer and 20 that they do not; these are 5 and 0"
    ):
        fit([[Example({"answers": 1.0}, True)]] * 5, "few", "")


def test_a_librarys_own_calibration_comes_before_ours(tmp_path: Path) -> None:
    for name in (FILE, ALONE):
        (tmp_path / FILE).unlink(missing_ok=True)
        assert load(tmp_path, name) == (shipped(name), "")
        own = replace(PLAIN, reader=shipped(name).reader)
        save(own, tmp_path)
        assert load(tmp_path, name) == (own, "")


def test_what_ships_was_fitted_with_the_weights_that_ship() -> None:
    ours, large = WEIGHTS_SHA256[:12], MADE_SHA256[:12]
    assert (shipped(ALONE).reader, shipped(FILE).reader) == (ours, f"{ours} {large}")
    assert set(shipped(FILE).weights) ^ set(shipped(ALONE).weights) == {"close", "near"}


def test_a_calibration_of_another_reader_is_set_aside_with_what_to_do(tmp_path: Path) -> None:
    save(replace(PLAIN, reader=shipped(ALONE).reader), tmp_path)
    found, said = load(tmp_path, FILE)
    assert found == shipped(FILE) and "another reader" in said and "run `footnote calibrate` again" in said


def test_a_calibration_that_cannot_be_read_is_set_aside_with_what_to_do(tmp_path: Path) -> None:
    whole = json.dumps(asdict(PLAIN) | {"weights": 3})
    for text in ('{"weights": 3}', whole, "[]", "3", ""):
        (tmp_path / FILE).write_text(text)
        found, said = load(tmp_path, FILE)
        assert found == shipped(FILE) and "calibration.json cannot be read; delete it" in said
