"""What a reading's figures are worth: its probability of answering, and from which probability on to answer.

A logistic regression over a few figures of a reading (`Calibration.probability`), fitted on development questions and
frozen in `qa/reader/calibration.json` with where it comes from; `footnote calibrate` fits one on a library's own
questions. Knows nothing of models or of how readings are made.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from indexes.errors import FootnoteError, ModelError

FILE = "calibration.json"
ALONE = "alone.json"  # without the large reader
SHIPPED = Path(__file__).parent / "reader"
RIDGE = 0.01  # of the squared weights, per reading: keeps two figures that say the same from cancelling each other
STEPS = 50  # of Newton's method; it has settled after ten
# The least probability that is called so: by the bins of `calibration.json` nine in ten answers above the first are
# right, six in ten of those between, one in three or fewer of those below.
WELL_SUPPORTED, LIKELY = 0.6, 0.3
FOLDS = 5
FEWEST = 20  # questions with and without an answer that a fit needs
Figures = Mapping[str, float]
Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Calibration:
    """weights: of each figure; probability = 1 / (1 + exp(-(intercept + Σ weight · figure))). threshold: the least
    probability that is shown as an answer; strict and eager: for who wants fewer wrong answers, or more answers.
    bins: (least probability, share of answers at or above it that were right, how many), each question by a fit without
    it. origin: what it was fitted on. reader: with which weights, by the SHA-256 of each."""

    weights: Figures
    intercept: float
    threshold: float
    strict: float
    eager: float
    origin: str = ""
    reader: str = ""
    bins: tuple[tuple[float, float, int], ...] = field(default=())

    def score(self, figures: Figures) -> float:
        """The logit: orders readings of one question."""
        return self.intercept + sum(weight * figures.get(name, 0.0) for name, weight in self.weights.items())

    def probability(self, figures: Figures) -> float:
        """0..1."""
        return 1 / (1 + math.exp(-max(-60.0, min(60.0, self.score(figures)))))

    def measured(self, probability: float) -> float | None:
        """The share of answers about as sure as this one that were right; None where that was not measured."""
        found = [share for least, share, _ in self.bins if least <= probability]
        return found[-1] if found else None


def in_words(probability: float) -> str:
    """0..1 as "well supported", "likely" or "weak"."""
    return "well supported" if probability >= WELL_SUPPORTED else "likely" if probability >= LIKELY else "weak"


def worth(measured: float | None) -> str:
    """What being so sure was worth where that was measured, else ""."""
    return "" if measured is None else f"{measured * 100:.0f}\u00a0% of answers this sure were right when measured"


def load(library: Path, name: str) -> tuple[Calibration, str]:
    """The calibration that ships under this name, or the library's own where it was fitted with the same reader; and a
    sentence where the library has one that cannot be used."""
    ours, path = shipped(name), library / FILE
    if not path.is_file():
        return ours, ""
    try:
        own = _read(path, "delete it, or run `footnote calibrate` again")
    except ModelError as error:
        return ours, str(error)
    if own.reader != ours.reader:
        return ours, (
            "This library's own calibration was fitted with another reader and is not used; "
            "run `footnote calibrate` again, or delete its calibration.json."
        )
    return own, ""


def shipped(name: str) -> Calibration:
    """The calibration that ships under this name."""
    return _read(SHIPPED / name, "run `make clean run`")


def _read(path: Path, what: str) -> Calibration:
    """A calibration's file. what: to do where it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found["weights"] = {str(name): float(weight) for name, weight in found["weights"].items()}
        found["bins"] = tuple((float(least), float(share), int(count)) for least, share, count in found["bins"])
        return Calibration(**found)
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        raise ModelError(f"The reader's calibration at {path} cannot be read; {what}.") from None


def save(calibration: Calibration, folder: Path, name: str = FILE) -> Path:
    """Write it into the folder."""
    path = folder / name
    path.write_text(json.dumps(asdict(calibration), indent=1) + "\n", encoding="utf-8")
    return path


@dataclass(frozen=True, slots=True)
class Example:
    """One reading of a question: its figures, whether it answers, whether anything in the articles does."""

    figures: Figures
    right: bool
    answerable: bool = True


def fit(groups: Sequence[Sequence[Example]], origin: str, reader: str) -> Calibration:
    """Weights over all readings, then thresholds over the best one of each group, which is one question's. Raises
    FootnoteError for too few questions."""
    asked = [group for group in groups if group]
    with_answer = sum(group[0].answerable for group in asked)
    if min(with_answer, len(asked) - with_answer) < FEWEST:
        raise FootnoteError(
            f"Calibrating needs {FEWEST} questions that the articles answer and {FEWEST} that they do not; "
            f"these are {with_answer} and {len(asked) - with_answer}."
        )
    plain = _weighed(asked)
    sure, right = best(plain, asked)
    return replace(
        plain,
        threshold=withholding(WITHHELD, sure, right),
        strict=strict(sure, right),
        eager=withholding(EAGER, sure, right),
        origin=origin,
        reader=reader,
        bins=bins(*_held_out(asked)),
    )


def _weighed(groups: Sequence[Sequence[Example]]) -> Calibration:
    """Weights alone."""
    examples = [one for group in groups for one in group]
    names = sorted({name for one in examples for name in one.figures})
    values = np.array([[one.figures.get(name, 0.0) for name in names] for one in examples])
    weights, intercept = logistic(values, np.array([one.right for one in examples], dtype=float))
    return Calibration(dict(zip(names, map(_rounded, weights), strict=True)), _rounded(intercept), 0.5, 0.5, 0.5)


def best(calibration: Calibration, groups: Sequence[Sequence[Example]]) -> tuple[Column, Column]:
    """How sure it is of each group's best reading, and whether that is right."""
    found = [max(group, key=lambda one: calibration.score(one.figures)) for group in groups]
    sure = np.array([calibration.probability(one.figures) for one in found])
    return sure, np.array([one.right for one in found], dtype=bool)


def _held_out(groups: Sequence[Sequence[Example]]) -> tuple[Column, Column]:
    """As `best`, each fold by the weights of the others. Folds are runs of questions, since a question and its twin
    without an answer stand beside each other."""
    edges = [len(groups) * fold // FOLDS for fold in range(FOLDS + 1)]
    found = [best(_weighed([*groups[:a], *groups[b:]]), groups[a:b]) for a, b in pairwise(edges)]
    sure, right = zip(*found, strict=True)
    return np.concatenate(sure), np.concatenate(right)


def logistic(values: np.ndarray, right: np.ndarray) -> tuple[list[float], float]:
    """Ridge logistic regression by Newton's method on standardised columns: (weights, intercept) for raw ones."""
    mean, spread = values.mean(axis=0), np.maximum(values.std(axis=0), 1e-9)
    rows = np.hstack([(values - mean) / spread, np.ones((len(values), 1))])
    penalty = RIDGE * len(rows) * np.diag([*np.ones(values.shape[1]), 0.0])
    found = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        gradient = rows.T @ (p - right) + penalty @ found
        curvature = (rows * (p * (1 - p))[:, None]).T @ rows + penalty + 1e-9 * np.eye(rows.shape[1])
        found = found - np.linalg.solve(curvature, gradient)
    weights = found[:-1] / spread
    return weights.tolist(), float(found[-1] - weights @ mean)


# Share of right answers that the default may withhold. On the dev half of the sample questions .05 refuses .82 of the
# near misses and .052 of the answerable ones, .06 and .07 .86 and .058, .08 .87 and .077, .10 .88 and .116: .06 and .07
# are right most often, and the lower one refuses less elsewhere (docs/experiments.md).
WITHHELD = 0.06
STRICT = 0.90  # share of right answers among those that the strict threshold shows
EAGER = 0.02  # share of right answers that the eager threshold may withhold


def withholding(share: float, sure: Column, right: Column) -> float:
    """The highest threshold that withholds at most this share of the right answers; 0.5 where none is right."""
    return _rounded(float(np.quantile(sure[right], share, method="lower"))) if right.any() else 0.5


def strict(sure: np.ndarray, right: np.ndarray) -> float:
    """The least threshold above which STRICT of the answers are right; the surest tenth where none reaches that."""
    order = np.argsort(-sure, kind="stable")
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= STRICT)
    last = good[-1] if len(good) and good[-1] >= len(order) // 10 else len(order) // 10
    return _rounded(float(sure[order][last]))


def bins(sure: np.ndarray, right: np.ndarray, count: int = 6) -> tuple[tuple[float, float, int], ...]:
    """(least probability, share right, how many) in bins of equal mass, rising."""
    order = np.argsort(sure, kind="stable")
    return tuple(
        (_rounded(float(sure[part[0]])), _rounded(float(right[part].mean())), len(part))
        for part in np.array_split(order, count)
        if len(part)
    )


def _rounded(value: float) -> float:
    return round(float(value), 4)
