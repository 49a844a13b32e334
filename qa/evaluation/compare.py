"""Two reports over the same questions: is one better, where, and which answers changed for the worse.

Every metric that is one number for each question is compared pairwise: a bootstrap interval and a randomisation test of
the mean difference, McNemar's exact test where the numbers are 0 and 1, and Holm's correction over the whole family.
Reports of other questions, other gold answers or another scorer are refused. Knows nothing of systems.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.evaluation.score import BY_NAME, METRICS
from qa.evaluation.statistics import holm, mcnemar, paired_difference, randomisation_p
from qa.evaluation.types import EvaluationError

WORST = 10  # regressions listed
LEAD = "correct"  # the metric that wins, losses and regressions are counted by
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Reported:
    """One system of one report. rows: question id → its row of report.json."""

    name: str
    scorer: str
    gold: str
    rows: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric: means of both, b - a with its 95 % interval, p by randomisation (McNemar for rates), p after Holm."""

    metric: str
    a: float
    b: float
    difference: float
    low: float
    high: float
    p: float
    p_holm: float
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """wins, losses, ties: questions that b has right and a wrong, the other way round, and neither."""

    a: str
    b: str
    differences: tuple[Difference, ...]
    wins: int
    losses: int
    ties: int
    regressions: tuple[Mapping[str, str], ...]


def read_report(name: str) -> Reported:
    """A report by its folder, or DIR:SYSTEM where it holds several. Raises EvaluationError."""
    place, _, system = name.partition(":")
    path = Path(place) / "report.json" if Path(place).is_dir() else Path(place)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        systems = {one["system"]: one for one in found["systems"]}
        chosen = systems[system] if system else next(iter(systems.values()))
        rows = {row["id"]: row for row in chosen["rows"]}
        return Reported(chosen["system"], found["scorer"], found["gold"], rows)
    except OSError:
        raise EvaluationError(f"There is no report at {place}; make one with `footnote eval … --report DIR`.") from None
    except (ValueError, LookupError, TypeError, StopIteration):
        what = f"no system {system}" if system else "no report that can be read"
        raise EvaluationError(f"{path} holds {what}; make it anew with `footnote eval … --report DIR`.") from None


def compare(a: Reported, b: Reported) -> Comparison:
    """b against a. Raises EvaluationError unless both were asked the same questions and scored the same way."""
    if a.rows.keys() != b.rows.keys() or a.gold != b.gold:
        raise EvaluationError("The two reports are over different questions, so they cannot be compared.")
    if a.scorer != b.scorer:
        raise EvaluationError(f"The reports were scored by {a.scorer} and {b.scorer}; score the records of both anew.")
    ids = sorted(a.rows)
    shared = [metric.name for metric in METRICS if any(metric.name in a.rows[i]["scores"] for i in ids)]
    raw = [one for one in (_difference(name, ids, a, b) for name in shared) if one is not None]
    adjusted = holm([one.p for one in raw])
    differences = tuple(_with_holm(one, p) for one, p in zip(raw, adjusted, strict=True))
    return Comparison(a.name, b.name, differences, *_wins(ids, a, b), _regressions(ids, a, b))


def _difference(metric: str, ids: list[str], a: Reported, b: Reported) -> Difference | None:
    both = [one for one in ids if metric in a.rows[one]["scores"] and metric in b.rows[one]["scores"]]
    if not both:
        return None
    first = np.array([a.rows[one]["scores"][metric] for one in both])
    second = np.array([b.rows[one]["scores"][metric] for one in both])
    clusters = np.array([a.rows[one]["cluster"] for one in both])
    low, high = paired_difference(first, second, clusters)
    rate = np.isin(first, (0.0, 1.0)).all() and np.isin(second, (0.0, 1.0)).all()
    if rate:
        p = mcnemar(int(((first == 1) & (second == 0)).sum()), int(((first == 0) & (second == 1)).sum()))
    else:
        p = randomisation_p(first, second)
    mean = float(first.mean()), float(second.mean())
    return Difference(metric, *mean, mean[1] - mean[0], low, high, p, p, len(both))


def _with_holm(one: Difference, p: float) -> Difference:
    return Difference(one.metric, one.a, one.b, one.difference, one.low, one.high, one.p, p, one.count)


def _wins(ids: list[str], a: Reported, b: Reported) -> tuple[int, int, int]:
    gains = [b.rows[one]["scores"][LEAD] - a.rows[one]["scores"][LEAD] for one in ids]
    wins, losses = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    return wins, losses, len(ids) - wins - losses


def _regressions(ids: list[str], a: Reported, b: Reported) -> tuple[Mapping[str, str], ...]:
    """Questions that a had right and b has wrong; those that b is surest of first."""
    worse = [one for one in ids if a.rows[one]["scores"][LEAD] > b.rows[one]["scores"][LEAD]]
    sides = (("a", a), ("b", b))
    worse.sort(key=lambda one: (-float(b.rows[one]["confidence"]), one))
    return tuple(
        {"id": one, "question": str(a.rows[one]["question"]), **{name: str(x.rows[one]["answer"]) for name, x in sides}}
        for one in worse[:WORST]
    )


def render(found: Comparison) -> str:
    """The comparison for a terminal; metrics that differ after Holm's correction carry a sign."""
    lines = [f"{found.b} against {found.a}: {found.wins} won, {found.losses} lost, {found.ties} the same", ""]
    lines.append(f"{'':<52} {'A':>7} {'B':>7}  {'B − A':>7}  {'95 % interval':<18} {'p':>7} {'Holm':>7}")
    lines += [_line(one) for one in found.differences]
    for row in found.regressions:
        lines += ["", f"{row['id']}: {row['question']}", f"  A: {row['a']}", f"  B: {row['b']}"]
    return "\n".join(lines)


def _line(one: Difference) -> str:
    metric = BY_NAME[one.metric]
    better = (one.difference > 0) == metric.higher
    sign = "" if one.p_holm >= LEVEL or not one.difference else "  better" if better else "  WORSE"
    interval = f"[{one.low:+.3f}, {one.high:+.3f}]"
    means = f"{one.a:>7.3f} {one.b:>7.3f}  {one.difference:>+7.3f}"
    return f"{metric.label:<52} {means}  {interval:<18} {one.p:>7.4f} {one.p_holm:>7.4f}{sign}"
