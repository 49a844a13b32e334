"""Scored systems to tables of figures: what a report shows, before it is Markdown or HTML.

    Scored… → Table…: what became of the questions, every measure, by kind, refusing, retrieval by rank

Knows nothing of how a measure is computed or of how a table looks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from qa.evaluation import refusing
from qa.evaluation.score import BY_NAME, GROUPS, METRICS, Metric, Row, Scored
from qa.evaluation.types import Figure

VERDICTS = ("right", "wrong", "rightly refused", "wrongly refused", "should have refused")
BY_KIND = "correct contains f1 gold_f1 passage_recall@5 hallucination wrongful_refusal total_p50".split()
REFUSAL = "correct refusal_precision refusal_recall refusal_f1 hallucination wrongful_refusal coverage".split()
BASELINES = ("always refusing", "never refusing")
RANKS = (1, 3, 5, 10)
BY_RANK = re.compile(r"_(hit|recall)@\d+$")  # measures that have their own table
RANKED = {
    "passages: share of the gold evidence among the first k": "passage_recall",
    "passages: any gold evidence among the first k": "passage_hit",
    "articles: share of the gold articles among the first k": "article_recall",
    "articles: any gold article among the first k": "article_hit",
}
UNITS = ("passage", "article", "retrieved_passage", "retrieved_article")
MEASURES = "In brackets the 95 % interval, from drawing the questions anew. ↑ more is better, ↓ less is better."
UNSKILLED = "What refusing every question would get, and refusing none."
RANK_NOTE = "k = 1, 3, 5, 10; the final order, and the order before reading."


@dataclass(frozen=True, slots=True)
class Cell:
    """text and interval as shown. places: low, value, high on the row's scale, 0..1. count: over how many questions.
    verdict: whose count it is."""

    text: str = "–"
    interval: str = ""
    places: tuple[float, float, float] | None = None
    count: int = 0
    verdict: str = ""


TableRow = tuple[str, list[Cell]]  # its label, a cell for each column
Group = tuple[str, list[TableRow]]  # a heading, or "", and the rows below it


@dataclass(frozen=True, slots=True)
class Table:
    """systems: how many of the columns, from the first, are the systems in their order."""

    title: str
    note: str
    columns: Sequence[str]
    groups: Sequence[Group]
    systems: int


def verdict(row: Row) -> str:
    """What became of a question, one of VERDICTS."""
    if row.record.refused:
        return "wrongly refused" if row.case.answerable else "rightly refused"
    if not row.case.answerable:
        return "should have refused"
    return "right" if row.correct else "wrong"


def report_tables(scored: Sequence[Scored]) -> list[Table]:
    """Every table of the report that has a row."""
    names, count = [one.system for one in scored], len(scored)
    whole = [one.summary for one in scored]
    measures = [metric for metric in METRICS if not BY_RANK.search(metric.name)]
    tables = (
        Table("What became of the questions", "", names, [("", _verdict_rows(scored))], count),
        Table(
            "Every measure",
            MEASURES,
            names,
            [(g, _rows([m for m in measures if m.group == g], whole)) for g in GROUPS],
            count,
        ),
        Table("By kind of question", "", names, _kind_groups(scored), count),
        Table("Beside systems without skill", UNSKILLED, [*names, *BASELINES], [("", _refusal_rows(scored))], count),
        Table("Evidence by rank", RANK_NOTE, [f"@{k}" for k in RANKS], _rank_groups(scored), 0),
    )
    filled = [Table(t.title, t.note, t.columns, [g for g in t.groups if g[1]], t.systems) for t in tables]
    return [table for table in filled if table.groups]


def _rows(metrics: Iterable[Metric], columns: Sequence[Mapping[str, Figure]]) -> list[TableRow]:
    """A row for each metric that one of the columns has."""
    found = [(metric, [column.get(metric.name) for column in columns]) for metric in metrics]
    return [(_name(metric), _cells(row, metric)) for metric, row in found if any(row)]


def _name(metric: Metric) -> str:
    return f"{metric.label}{' (ms)' if metric.seconds else ''} {'↑' if metric.higher else '↓'}"


def _cells(row: Sequence[Figure | None], metric: Metric) -> list[Cell]:
    """Shares on a scale of 0..1, the CRAG score on -1..1, times on one that ends at the row's longest."""
    floor = -1.0 if metric.name == "crag" else 0.0
    top = max((figure.high for figure in row if figure), default=1.0) or 1.0 if metric.seconds else 1.0
    return [_cell(figure, metric.seconds, floor, top) if figure else Cell() for figure in row]


def _cell(figure: Figure, seconds: bool, floor: float, top: float) -> Cell:
    low, value, high = (
        min(max((x - floor) / (top - floor), 0.0), 1.0) for x in (figure.low, figure.value, figure.high)
    )
    interval = f"[{shown(figure.low, seconds)}, {shown(figure.high, seconds)}]"
    return Cell(shown(figure.value, seconds), interval, (low, value, high), figure.count)


def shown(value: float, seconds: bool = False) -> str:
    """.8249 as 0.82; as seconds, 825; below ten milliseconds with one decimal."""
    if not seconds:
        return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")
    return f"{value * 1000:,.0f}" if value >= 0.01 else f"{value * 1000:.1f}"


def _verdict_rows(scored: Sequence[Scored]) -> list[TableRow]:
    counts = [Counter(map(verdict, one.rows)) for one in scored]
    used = [each for each in VERDICTS if any(count[each] for count in counts)]
    return [(each, [Cell(f"{count[each]:,}", verdict=each) for count in counts]) for each in used]


def _kind_groups(scored: Sequence[Scored]) -> list[Group]:
    asked = Counter(row.case.kind for row in scored[0].rows)
    kinds = sorted({kind for one in scored for kind in one.kinds})
    metrics = [BY_NAME[name] for name in BY_KIND]
    return [
        (
            f"{kind} · {asked[kind]:,} question{'s' * (asked[kind] != 1)}",
            _rows(metrics, [one.kinds.get(kind, {}) for one in scored]),
        )
        for kind in kinds
    ]


def _refusal_rows(scored: Sequence[Scored]) -> list[TableRow]:
    """The systems' own, and what needs no skill, which has no interval."""
    answerable = [row.case.answerable for row in scored[0].rows]
    known = refusing.baselines(answerable)
    known["always_refuse"] |= {"correct": answerable.count(False) / max(len(answerable), 1), "coverage": 0.0}
    known["never_refuse"] |= {"coverage": 1.0}
    rows: list[TableRow] = []
    for metric in map(BY_NAME.__getitem__, REFUSAL):
        own = [one.summary.get(metric.name) for one in scored]
        others = [Cell(shown(scores[metric.name])) if metric.name in scores else Cell() for scores in known.values()]
        rows += [(_name(metric), [*_cells(own, metric), *others])] if any(own) else []
    return rows


def _rank_groups(scored: Sequence[Scored]) -> list[Group]:
    return [
        (title, [row for one in scored for row in _rank_rows(one, stem, len(scored) > 1)])
        for title, stem in RANKED.items()
    ]


def _rank_rows(one: Scored, stem: str, several: bool) -> list[TableRow]:
    found: list[TableRow] = []
    for prefix, when in (("", "in the final order"), ("retrieved_", "before reading")):
        figures = [one.summary.get(f"{prefix}{stem}@{k}") for k in RANKS]
        if any(figures):
            found.append((f"{one.system}, {when}" if several else when, _cells(figures, BY_NAME[f"{stem}@1"])))
    return found
