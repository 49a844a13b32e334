"""Is it right as often as it says, and does it know when it is not?

    confidence, correct (answered questions)  →  reliability bins → ECE; Brier; risk–coverage curve → AURC, coverage
    confidence, answerable (all questions)    →  AUROC

Equal confidences have no order: wherever questions are sorted, each one of a tie is given the tie's mean error, which
is the expectation over all orders of the tie. So no score depends on the order of the questions. Knows nothing of cases
or records; every function but `confidence_scores` needs at least one question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.evaluation.refusing import Flags
from qa.evaluation.types import Scores

Floats = npt.NDArray[np.float64]
Numbers = Sequence[float] | npt.NDArray[np.floating]

BINS = 10
RISK = 0.05  # the share of wrong answers that coverage_at_risk allows


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions of like confidence. confidence, accuracy: their means, 0..1; low, high: least and greatest
    confidence."""

    confidence: float
    accuracy: float
    count: int
    low: float
    high: float


def reliability(confidence: Numbers, correct: Flags, bins: int = BINS) -> list[Bin]:
    """The bars of a reliability diagram: questions by rising confidence, in bins of equal mass, none empty.

    Sizes differ by at most one, larger ones first (numpy's array_split). Of four questions (.1 wrong, .2 wrong, .8
    right, .9 wrong) in two bins: confidence .15, accuracy 0; confidence .85, accuracy 1/2. (Nguyen & O'Connor 2015.)
    """
    sure, wrong = _sorted(confidence, correct)
    parts = [part for part in np.array_split(np.arange(len(sure))[::-1], bins) if len(part)]
    return [
        Bin(float(sure[at].mean()), float(1 - wrong[at].mean()), len(at), float(sure[at[0]]), float(sure[at[-1]]))
        for at in parts
    ]


def ece(confidence: Numbers, correct: Flags, bins: int = BINS) -> float:
    """Expected calibration error, Σ_b n_b/n · |accuracy_b − confidence_b| over bins of equal mass; 0 (best) .. 1.

    (Naeini et al. 2015; bins of equal mass as in Nixon et al. 2019.) The example of `reliability`: 1/2·.15 + 1/2·.35 =
    .25.
    """
    found = reliability(confidence, correct, bins)
    return sum(one.count * abs(one.accuracy - one.confidence) for one in found) / len(confidence)


def brier(confidence: Numbers, correct: Flags) -> float:
    """Mean squared error of the confidence, mean (confidence − correct)²; 0 (best) .. 1. (Brier 1950.)

    (.8 right, .4 wrong): (.04 + .16) / 2 = .1.
    """
    return float(np.mean((np.asarray(confidence, dtype=float) - np.asarray(correct, dtype=float)) ** 2))


def risk_coverage(confidence: Numbers, correct: Flags, total: int | None = None) -> tuple[Floats, Floats]:
    """The curve: if only the i surest questions were answered, how many of all, and how many of these wrong?

    coverage(i) = i / total (None: the number given), risk(i) = errors among the i surest / i; both (n,), 0..1.
    (El-Yaniv & Wiener 2010.) (.9 right, .8 wrong, .7 right, .6 right): risk 0, 1/2, 1/3, 1/4.
    """
    wrong = _sorted(confidence, correct)[1]
    count = np.arange(1, len(wrong) + 1)
    return count / (total or len(wrong)), np.cumsum(wrong) / count


def aurc(confidence: Numbers, correct: Flags) -> float:
    """Area under the risk–coverage curve, 1/n Σ risk(i); 0 (best) .. 1. (Geifman & El-Yaniv 2019.)

    (.9 right, .8 wrong): (0 + 1/2) / 2 = 1/4.
    """
    return float(risk_coverage(confidence, correct)[1].mean())


def e_aurc(confidence: Numbers, correct: Flags) -> float:
    """Excess AURC: AURC less that of the perfect order, all right answers first; 0 (best) .. 1. (The same.)

    What remains is the fault of the confidence, not of the answers. (.9 wrong, .8 right): 3/4 − 1/4 = 1/2.
    """
    right = np.asarray(correct, dtype=float)
    return aurc(confidence, correct) - aurc(right, correct)


def coverage_at_risk(confidence: Numbers, correct: Flags, total: int | None = None, risk: float = RISK) -> float:
    """The largest share of all questions that one threshold would answer with at most `risk` wrong; 0..1.

    max i/total with risk(i) ≤ risk, i only where the confidence changes, for no threshold parts a tie. (Geifman &
    El-Yaniv 2017.) `total`: all questions, refused ones too. (.9 right, .8 right, .7 wrong), total 4: 2/4.
    """
    sure = _sorted(confidence, correct)[0]
    coverage, curve = risk_coverage(confidence, correct, total)
    ends = np.append(sure[1:] != sure[:-1], True)
    return float(coverage[ends & (curve <= risk + 1e-12)].max(initial=0.0))


def auroc(confidence: Numbers, positive: Flags) -> float | None:
    """How often a positive question has more confidence than a negative one, a tie counting half; 0..1, 1/2 by chance.

    P(c⁺ > c⁻) + P(c⁺ = c⁻)/2: the area under the ROC curve (Hanley & McNeil 1982). None without both kinds.
    (.9 yes, .5 no, .4 yes): of the pairs .9 > .5 and .4 < .5, one: 1/2.
    """
    sure, yes = np.asarray(confidence, dtype=float), np.asarray(positive, dtype=bool)
    above, below = sure[yes], np.sort(sure[~yes])
    if not len(above) or not len(below):
        return None
    wins = np.searchsorted(below, above, "left") + np.searchsorted(below, above, "right")
    return float(wins.sum() / (2 * len(above) * len(below)))


def confidence_scores(confidence: Numbers, correct: Flags, answerable: Flags, refused: Flags) -> Scores:
    """ece, brier, aurc, e_aurc over the answered questions, coverage@5%risk as a share of all, auroc of confidence for
    answerable against unanswerable over all, refused ones too. What is not defined is absent.

    One question answered right at .9, one unanswerable refused at .1: ece .1, brier .01, aurc 0, coverage 1/2, auroc
    1.
    """
    sure, right = np.asarray(confidence, dtype=float), np.asarray(correct, dtype=bool)
    answered = ~np.asarray(refused, dtype=bool)
    shown = sure[answered], right[answered]
    scores: Scores = {}
    if answered.any():
        scores |= {one.__name__: one(*shown) for one in (ece, brier, aurc, e_aurc)}
        scores["coverage@5%risk"] = coverage_at_risk(*shown, total=len(sure))
    area = auroc(sure, answerable)
    return scores if area is None else scores | {"auroc": area}


def _sorted(confidence: Numbers, correct: Flags) -> tuple[Floats, Floats]:
    """Confidences, falling, and the error of each, 0 or 1, or the mean of its tie."""
    sure = np.asarray(confidence, dtype=float)
    values, place, count = np.unique(-sure, return_inverse=True, return_counts=True)
    wrong = np.bincount(place, weights=1 - np.asarray(correct, dtype=float)) / count
    return np.repeat(-values, count), np.repeat(wrong, count)
