"""Cases and records to scores: a row for each question, a figure with its interval for each metric, by kind and in all.

Works from records alone, so any system's records can be scored. `METRICS` is the one list of what is measured, what it
is called and which way is better; the formulae stand in the modules that compute them. Knows nothing of systems or of
how a report looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.evaluation import confidence, refusing
from qa.evaluation.answers import answer_scores, is_correct
from qa.evaluation.citing import citation_scores
from qa.evaluation.ranking import ranking_scores
from qa.evaluation.statistics import bootstrap, bootstrap_mean
from qa.evaluation.types import Case, EvaluationError, Figure, Record, Scores

SCORER = "scorer-1"  # counts up when a definition changes: records scored by different ones are not compared
RESAMPLES, SEED = 10_000, 0
STAGES = ("total", "retrieve", "read", "compose", "verify")
SET_RESAMPLES = 1_000  # for what is no mean over questions and has to be computed anew for each resample


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured. higher: more is better. seconds: a time, else a share or score of 0..1."""

    name: str
    label: str
    group: str
    higher: bool = True
    seconds: bool = False


def _retrieval(prefix: str, label: str) -> list[Metric]:
    ranks = [
        Metric(f"{prefix}{unit}_{name}@{k}", f"{unit} {what}@{k}{label}", "retrieval")
        for unit in ("passage", "article")
        for name, what in (("hit", "any hit"), ("recall", "evidence recall"))
        for k in (1, 3, 5, 10)
    ]
    means = [
        Metric(f"{prefix}{unit}_{name}@10", f"{unit} {what}@10{label}", "retrieval")
        for unit in ("passage", "article")
        for name, what in (("mrr", "MRR"), ("ndcg", "nDCG"))
    ]
    return ranks + means


METRICS: tuple[Metric, ...] = (
    Metric("correct", "right: answered rightly, or refused rightly", "answer"),
    Metric("lead_contains", "the first sentence holds an answer", "answer"),
    Metric("contains_any", "the answer holds an accepted answer", "answer"),
    Metric("contains", "share of the accepted answers it holds (str-EM)", "answer"),
    Metric("em", "exact match of the shortest answer given", "answer"),
    Metric("f1", "token F1 of the shortest answer given", "answer"),
    Metric("verbatim", "quotes that are the article's words at their place", "citation"),
    Metric("quote_elsewhere", "quotes that stand somewhere else", "citation", higher=False),
    Metric("quote_nowhere", "quotes that stand nowhere", "citation", higher=False),
    Metric("validity", "citations of passages that were shown", "citation"),
    Metric("citation_recall", "sentences that their citations support (lexically)", "citation"),
    Metric("citation_precision", "citations that support or are needed (lexically)", "citation"),
    Metric("gold_precision", "citations that are gold evidence", "citation"),
    Metric("gold_recall", "gold evidence that is cited", "citation"),
    Metric("gold_f1", "citation F1 against gold evidence", "citation"),
    Metric("full_chain", "all gold evidence cited", "citation"),
    *_retrieval("", ""),
    *_retrieval("retrieved_", " before reading"),
    Metric("refusal_precision", "refusals that were due", "refusal"),
    Metric("refusal_recall", "unanswerable questions refused", "refusal"),
    Metric("refusal_f1", "refusal F1", "refusal"),
    Metric("hallucination", "unanswerable questions answered", "refusal", higher=False),
    Metric("wrongful_refusal", "answerable questions refused", "refusal", higher=False),
    Metric("precision_of_answered", "answered questions that are right", "refusal"),
    Metric("coverage", "questions answered", "refusal"),
    Metric("crag", "right less wrong, of all (-1..1)", "refusal"),
    Metric("auroc", "confidence tells answerable from not (AUROC)", "confidence"),
    Metric("ece", "expected calibration error", "confidence", higher=False),
    Metric("brier", "Brier score", "confidence", higher=False),
    Metric("aurc", "area under the risk–coverage curve", "confidence", higher=False),
    Metric("e_aurc", "the same above a perfect order's", "confidence", higher=False),
    Metric("coverage@5%risk", "questions answered at 5 % risk", "confidence"),
    *(
        Metric(f"{stage}_{name}", f"{stage}, {name}", "cost", higher=False, seconds=True)
        for stage in STAGES
        for name in ("p50", "p95")
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}
GROUPS = ("answer", "citation", "retrieval", "refusal", "confidence", "cost")


@dataclass(frozen=True, slots=True)
class Row:
    """One question: what was asked, what came back, its scores by metric, and whether it counts as right."""

    case: Case
    record: Record
    scores: Scores
    correct: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """One system over one set. summary and, by kind of question, kinds: metric → figure, only of what applies."""

    system: str
    rows: tuple[Row, ...]
    summary: Mapping[str, Figure]
    kinds: Mapping[str, Mapping[str, Figure]]


def score(
    cases: Sequence[Case],
    records: Sequence[Record],
    texts: Mapping[str, str],
    system: str = "",
    resamples: int = RESAMPLES,
) -> Scored:
    """Score records against cases. texts: article id → its text. Raises EvaluationError unless every case has one
    record."""
    by_id = {record.id: record for record in records}
    missing = [case.id for case in cases if case.id not in by_id]
    if missing:
        raise EvaluationError(
            f"There is no record of the question {missing[0]} and {len(missing) - 1} others; run the set to its end."
        )
    rows = tuple(row_of(case, by_id[case.id], texts) for case in cases)
    kinds = sorted({row.case.kind for row in rows})
    by_kind = {kind: summarise([row for row in rows if row.case.kind == kind], resamples) for kind in kinds if kind}
    return Scored(system, rows, summarise(rows, resamples), by_kind)


def row_of(case: Case, record: Record, texts: Mapping[str, str]) -> Row:
    """The scores of one question."""
    cited = citation_scores(case, record, texts)
    correct = is_correct(case, record, cited.get("gold_recall", 0.0))
    scores = {
        **answer_scores(case, record),
        **cited,
        **ranking_scores(case, record, texts),
        "correct": float(correct),
    }
    return Row(case, record, scores, correct)


def summarise(rows: Sequence[Row], resamples: int = RESAMPLES) -> dict[str, Figure]:
    """metric → figure over the rows that it applies to, in the order of METRICS."""
    figures: dict[str, Figure] = {}
    clusters = np.array([cluster_of(row.case) for row in rows])
    for name in {name for row in rows for name in row.scores}:
        own = [index for index, row in enumerate(rows) if name in row.scores]
        values = np.array([rows[index].scores[name] for index in own])
        low, high = bootstrap_mean(values, clusters[own], resamples, SEED)
        figures[name] = Figure(float(values.mean()), low, high, len(own))
    figures |= _set_figures(rows, clusters.tolist())
    return {metric.name: figures[metric.name] for metric in METRICS if metric.name in figures}


def cluster_of(case: Case) -> str:
    """Questions about one article are not independent of each other: they are resampled together."""
    return case.evidence[0].article_id if case.evidence else f"question {case.id}"


Table = dict[str, npt.NDArray[np.float64]]  # columns "answerable", "refused", "confidence", "correct" and stages


def _set_figures(rows: Sequence[Row], clusters: list[str]) -> dict[str, Figure]:
    """What is no mean over questions: refusal, confidence, percentiles of time. One resample serves every metric."""
    table = {
        "answerable": np.array([float(row.case.answerable) for row in rows]),
        "refused": np.array([float(row.record.refused) for row in rows]),
        "confidence": np.array([row.record.confidence for row in rows]),
        "correct": np.array([float(row.correct) for row in rows]),
    }
    for stage in STAGES:
        if rows and all(stage in row.record.seconds for row in rows):
            table[stage] = np.array([row.record.seconds[stage] for row in rows])
    drawn: dict[str, list[float]] = {}

    def note(indices: npt.NDArray[np.int64]) -> float:
        for name, value in set_scores({name: values[indices] for name, values in table.items()}).items():
            drawn.setdefault(name, []).append(value)
        return 0.0

    bootstrap(note, len(rows), clusters, SET_RESAMPLES, SEED)
    return {
        name: Figure(value, *_limits(drawn.get(name, [value])), len(rows)) for name, value in set_scores(table).items()
    }


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)


def set_scores(table: Table) -> Scores:
    """The metrics of a whole set."""
    answerable, refused, correct = table["answerable"] > 0, table["refused"] > 0, table["correct"] > 0
    scores = refusing.refusal(answerable, refused) | refusing.answering(correct, refused)
    scores |= confidence.confidence_scores(table["confidence"], correct, answerable, refused)
    for stage in STAGES:
        if stage in table:
            low, high = np.percentile(table[stage], (50, 95))
            scores |= {f"{stage}_p50": float(low), f"{stage}_p95": float(high)}
    return scores
