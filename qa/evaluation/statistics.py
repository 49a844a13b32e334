"""How sure is a figure? Intervals and tests, seeded: the same input and seed give the same bits.

    values → bootstrap_mean · bootstrap                       (an interval)
    two systems, the same questions → paired_difference · randomisation_p · mcnemar · holm
    a plain rate → wilson

Questions about one article succeed and fail together; with `clusters` (one label a question) whole clusters are drawn.
Every interval is of 95 %. Knows nothing of metrics or systems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Numbers = Sequence[float] | npt.NDArray[np.floating]
Labels = Sequence[str] | Sequence[int] | npt.NDArray[np.integer]
Interval = tuple[float, float]

TAILS = (2.5, 97.5)  # percentiles: what an interval of 95 % leaves out at each side
Z = 1.959963984540054  # the normal distribution's 97.5th percentile
BLOCK = 4_000_000  # numbers drawn at a time: 32 MB


def bootstrap_mean(values: Numbers, clusters: Labels | None = None, resamples: int = 10_000, seed: int = 0) -> Interval:
    """Percentile interval of the mean: draw as many clusters as there are, with replacement, `resamples` times.

    A resample's mean is Σ sums / Σ counts of the clusters drawn (Efron & Tibshirani 1993, chapter 13; by cluster, Field
    & Welsh 2007). clusters None: each value alone. Three values that are all 0.5: (0.5, 0.5); one cluster only: (mean,
    mean), which says nothing of the spread.
    """
    sums, counts = _grouped(values, clusters)
    means = [
        sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
        for drawn in _draws(np.random.default_rng(seed), len(sums), len(sums), resamples)
    ]
    return _interval(np.concatenate(means))


def bootstrap(
    statistic: Callable[[Indices], float | None],
    rows: int,
    clusters: Labels | None = None,
    resamples: int = 1_000,
    seed: int = 0,
) -> Interval:
    """Percentile interval of any statistic: it is given the numbers of the rows drawn, 0 .. rows − 1, some repeatedly.

    Resamples for which it is None or nan (no unanswerable question was drawn) are left out; ValueError if all are.
    bootstrap(lambda drawn: 7.0, rows=3) == (7, 7). (Efron & Tibshirani 1993.)
    """
    labels = _numbered(range(rows) if clusters is None else clusters, rows)
    members = np.split(np.argsort(labels, kind="stable"), np.cumsum(np.bincount(labels))[:-1])
    draws = _draws(np.random.default_rng(seed), len(members), len(members), resamples)
    found = [statistic(np.concatenate([members[one] for one in row])) for drawn in draws for row in drawn]
    return _interval(np.array([value for value in found if value is not None and not np.isnan(value)]))


def paired_difference(
    a: Numbers, b: Numbers, clusters: Labels | None = None, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Interval of mean(b − a), what B gains over A on the same questions: `bootstrap_mean` of the differences.

    If it does not hold 0 the difference is significant at 5 %. (Koehn 2004.) a = (0, 0), b = (1, 1): (1, 1).
    """
    return bootstrap_mean(_difference(a, b), clusters, resamples, seed)


def randomisation_p(
    a: Numbers, b: Numbers, flips: int = 10_000, seed: int = 0, clusters: Labels | None = None
) -> float:
    """Two-sided p of the paired difference, by approximate randomisation; 1/(flips + 1) .. 1.

    If A and B were alike each difference could as well have the other sign: flip signs at random, p = (1 + #|d*| ≥ |d|)
    / (flips + 1). With clusters, all of one are flipped together. (Noreen 1989; Smucker et al. 2007.) a = b: p = 1; one
    question: p = 1.
    """
    sums, _ = _grouped(_difference(a, b), clusters)
    least = abs(sums.sum()) - 1e-9  # equal sums in another order differ in their last bits
    hits = sum(
        int((np.abs(drawn @ (2 * sums) - sums.sum()) >= least).sum())
        for drawn in _draws(np.random.default_rng(seed), 2, len(sums), flips)
    )
    return (1 + hits) / (flips + 1)


def mcnemar(b: int, c: int) -> float:
    """Exact two-sided p for two rates on the same questions: b that only A has right, c that only B has right; 0..1.

    The binomial test of b successes in b + c tosses of a fair coin; 1 if b + c = 0. (McNemar 1947.) mcnemar(0, 3) ==
    2/8.
    """
    return float(binomtest(b, b + c, 0.5).pvalue) if b + c else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for a family of tests, in the order given; 0..1.

    The i-th smallest of m becomes max over j ≤ i of min(1, (m − j + 1)·p_j). (Holm 1979.) holm([.04, .01]) ==
    [.04, .02].
    """
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, dtype=float)[order] * np.arange(len(order), 0, -1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return [float(one) for one in adjusted]


def wilson(hits: int, count: int) -> Interval:
    """Wilson's score interval of a plain rate, hits of count; within 0..1, and (0, 1) if count is 0. (Wilson 1927.)

    (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n). wilson(80, 100) is about (.71, .87).
    """
    if not count:
        return 0.0, 1.0
    rate, spare = hits / count, Z * Z / count
    middle, reach = rate + spare / 2, Z * ((rate * (1 - rate) + spare / 4) / count) ** 0.5
    return max(0.0, (middle - reach) / (1 + spare)), min(1.0, (middle + reach) / (1 + spare))


def _grouped(values: Numbers, clusters: Labels | None) -> tuple[Floats, Floats]:
    """Each cluster's sum and count."""
    numbers = np.asarray(values, dtype=float)
    if clusters is None:
        return numbers, np.ones(len(numbers))
    labels = _numbered(clusters, len(numbers))
    return np.bincount(labels, numbers).astype(np.float64), np.bincount(labels).astype(np.float64)


def _numbered(clusters: Labels, rows: int) -> Indices:
    """Labels as 0, 1, … in the order of their first row, so that only the grouping matters and not the names."""
    if len(clusters) != rows:
        raise ValueError(f"{rows} values have {len(clusters)} clusters")
    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in clusters], dtype=np.intp)


def _difference(a: Numbers, b: Numbers) -> Floats:
    if len(a) != len(b):
        raise ValueError(f"A has {len(a)} values and B has {len(b)}")
    return np.subtract(b, a, dtype=np.float64)


def _draws(generator: np.random.Generator, among: int, width: int, rows: int) -> Iterator[Indices]:
    """`rows` rows of `width` whole numbers below `among`, at most BLOCK numbers at a time."""
    if not width:
        raise ValueError("there are no values")
    step = max(1, BLOCK // width)
    for first in range(0, rows, step):
        yield generator.integers(0, among, (min(step, rows - first), width), dtype=np.intp)


def _interval(found: Floats) -> Interval:
    if not len(found):
        raise ValueError("the statistic is not defined for any resample")
    low, high = np.percentile(found, TAILS)
    return float(low), float(high)
