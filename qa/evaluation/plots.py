"""Scored systems to pictures: SVG text that can stand in a page, and the one door to matplotlib.

    risk_coverage · reliability · latency · recall_by_rank      each: systems → "<svg …>", or "" where nothing applies
    pictures                                                    all of them, each with a sentence on how to read it

The same scores give the same bytes: no date, fixed ids, matplotlib's own settings whatever the machine's are. Colours
are CSS variables with a mid-tone to fall back on (`var(--series-1, #2878b5)`), letters are the page's, the background
is left clear, so one picture serves light and dark. Knows nothing of how a metric is computed or of the report.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from page.text import BROKEN, label, shortened
from qa.evaluation import confidence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing
    from numpy.typing import NDArray

    from qa.evaluation.score import Scored

RANKS = (1, 3, 5, 10)
TENTHS = 10  # bars below the reliability diagram
FEWEST = 10  # answers at the start of a risk–coverage curve that are not drawn: a share of nine says little
STAGES = ("total", "retrieve", "read", "compose", "verify")
SERIES = ("#2878b5", "#c8641e", "#2b8f6b", "#a6569b", "#947418", "#5d6d7e")  # tell apart for every kind of colour sight
MARKERS, DASHES = "osD^vP", ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)), (0, (3, 3)), "-")
SOFT, LINE = "#7b7a78", "#a9a8a6"
WIDTH, HEIGHT = 4.5, 3.3  # inches: small, so that letters stay readable on a telephone
NAME_LENGTH, LINE_LENGTH = 26, 48  # characters of a system's name in a legend, and of a line of names
VARIABLES = {**{color: f"--series-{n}" for n, color in enumerate(SERIES, 1)}, SOFT: "--soft", LINE: "--plot-line"}
RISK_COVERAGE = (
    "If only the surest answers were given: how many of all questions that is (to the right), and what share of them "
    "is wrong (up). Low is good; a line that rises to the right means that the confidence knows."
)
RELIABILITY = (
    "Each mark is a tenth of a system’s answers, by confidence. On the diagonal, of the answers called 80 % sure 80 % "
    "are right; below it, the system is too sure of itself. The bars count the answers."
)
PASSAGES = (
    "What share of the gold evidence stands among the first k passages. Solid with full marks: in the final order. "
    "Dotted with open marks: as retrieved, before reading."
)
ARTICLES = "The same, asking only that the evidence’s article is there."
LATENCY = (
    "The mark is the median question, the thick line the middle half, the thin line the middle nine tenths. The scale "
    "is logarithmic: from one gridline to the next is ten times the time."
)
SETTINGS: Any = {
    "svg.fonttype": "none",  # letters stay letters: small, searchable, in the page's own type
    "text.parse_math": False,  # a system may be called $x$
    "font.size": 10.5,
    "text.color": SOFT,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.4,
    "grid.alpha": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "lines.linewidth": 1.7,
    "lines.markersize": 5,
    "legend.frameon": False,
    "legend.handlelength": 1.9,
}


@dataclass(frozen=True, slots=True)
class Picture:
    """A plot with its heading and how to read it."""

    title: str
    caption: str
    svg: str


def pictures(systems: Sequence[Scored]) -> list[Picture]:
    """Every plot that there is something to show on."""
    every = (
        Picture("Risk and coverage", RISK_COVERAGE, risk_coverage(systems)),
        Picture("Confidence kept to its word", RELIABILITY, reliability(systems)),
        Picture("Evidence by rank: passages", PASSAGES, recall_by_rank(systems, "passage")),
        Picture("Evidence by rank: articles", ARTICLES, recall_by_rank(systems, "article")),
        Picture("Time by stage", LATENCY, latency(systems)),
    )
    return [picture for picture in every if picture.svg]


def risk_coverage(systems: Sequence[Scored]) -> str:
    """Share wrong among the surest answers, from few of them (left) to all that were given (right)."""

    def draw(drawing: Drawing) -> None:
        axes = drawing.subplots()
        for index, scored in enumerate(systems):
            sure, right = answered(scored)
            if len(sure) >= FEWEST:
                coverage, risk = confidence.risk_coverage(sure, right, len(scored.rows))
                axes.plot(coverage[FEWEST - 1 :], risk[FEWEST - 1 :], **_series(index, marker=False))
        axes.set(xlim=(0, 1), ylim=(0, None), xlabel="coverage: share of questions answered")
        axes.set(ylabel="risk: share of them wrong")
        _legend(drawing, systems, marker=False)

    return _svg("Risk–coverage curve", draw) if any(len(answered(one)[0]) >= FEWEST for one in systems) else ""


def reliability(systems: Sequence[Scored]) -> str:
    """Share right against stated confidence, above; how many answers have that confidence, below."""

    def draw(drawing: Drawing) -> None:
        above, below = drawing.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot((0, 1), (0, 1), color=LINE, linewidth=0.9, linestyle=(0, (2, 2)))
        for index, scored in enumerate(systems):
            sure, right = answered(scored)
            bins = confidence.reliability(sure, right) if len(sure) else []
            above.plot([one.confidence for one in bins], [one.accuracy for one in bins], **_series(index))
            width = 0.8 / TENTHS / len(systems)
            left = (np.arange(TENTHS) + 0.1) / TENTHS + index * width
            counts = np.histogram(sure, TENTHS, (0, 1))[0]
            below.bar(left, counts, width * 0.9, align="edge", color=SERIES[index % len(SERIES)], linewidth=0)
        above.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share right")
        below.set(xlabel="confidence stated", ylabel="answers")
        below.grid(visible=False, axis="x")
        below.locator_params(axis="y", nbins=3, integer=True)
        _legend(drawing, systems)

    return _svg("Reliability diagram", draw, HEIGHT * 1.2) if any(len(answered(one)[0]) for one in systems) else ""


def answered(scored: Scored) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(confidence, right) of each question that was not refused."""
    rows = [row for row in scored.rows if not row.record.refused]
    return np.array([row.record.confidence for row in rows], float), np.array([row.correct for row in rows], bool)


def latency(systems: Sequence[Scored]) -> str:
    """By stage: the median, the middle half and the middle nine tenths of the seconds of one question."""
    times = {(stage, n): stage_seconds(scored, stage) for stage in STAGES for n, scored in enumerate(systems)}
    stages = [stage for stage in STAGES if any(times[stage, n] for n in range(len(systems)))]

    def draw(drawing: Drawing) -> None:
        axes = drawing.subplots()
        axes.set_xscale("log")
        for (stage, n), seconds in times.items():
            if seconds:
                height = stages.index(stage) + (n - (len(systems) - 1) / 2) * 0.7 / len(systems)
                _spread(axes, np.array(seconds) * 1000, height, n)
        axes.set(yticks=range(len(stages)), yticklabels=stages, xlabel="milliseconds a question (each gridline ×10)")
        axes.set_ylim(len(stages) - 0.5, -0.5)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        _legend(drawing, systems)

    return _svg("Time by stage", draw) if stages else ""


def stage_seconds(scored: Scored, stage: str) -> list[float]:
    """The seconds of one stage, where known; at least a tenth of a millisecond, for the axis is logarithmic."""
    return [max(row.record.seconds[stage], 1e-4) for row in scored.rows if stage in row.record.seconds]


def _spread(axes: Axes, values: NDArray[np.float64], height: float, index: int) -> None:
    color = SERIES[index % len(SERIES)]
    p5, p25, p50, p75, p95 = np.percentile(values, (5, 25, 50, 75, 95))
    axes.plot((p5, p95), (height, height), color=color, linewidth=1, solid_capstyle="butt")
    axes.plot((p25, p75), (height, height), color=color, linewidth=4.5, solid_capstyle="butt")
    axes.plot(p50, height, **{**_series(index), "linestyle": "none", "markersize": 6.5})


def recall_by_rank(systems: Sequence[Scored], unit: str) -> str:
    """Share of the gold evidence among the first k, after reading and before. unit: "passage" or "article"."""
    lines = [
        (index, prefix, *_recall(scored, prefix + unit))
        for index, scored in enumerate(systems)
        for prefix in ("", "retrieved_")
    ]

    def draw(drawing: Drawing) -> None:
        axes = drawing.subplots()
        for index, prefix, ranks, recall in lines:
            faint = (
                {"linestyle": (0, (1.5, 1.5)), "linewidth": 1.0, "markerfacecolor": "none"}
                if prefix
                else {"linestyle": "-"}
            )
            axes.plot(ranks, recall, **{**_series(index), **faint})
        axes.set(xticks=RANKS, xlim=(0.5, 10.5), ylim=(0, 1.02), xlabel=f"k: {unit}s looked at, best first")
        axes.set_ylabel("evidence recall@k")
        _legend(drawing, systems)

    return _svg(f"Evidence recall by rank, {unit}s", draw) if any(ranks for *_, ranks, _ in lines) else ""


def _recall(scored: Scored, prefix: str) -> tuple[list[int], list[float]]:
    found = {k: scored.summary[f"{prefix}_recall@{k}"] for k in RANKS if f"{prefix}_recall@{k}" in scored.summary}
    return list(found), [figure.value for figure in found.values()]


def _series(index: int, marker: bool = True) -> dict[str, Any]:
    """A system looks the same in every picture: its colour, and its mark or its dashes for who cannot tell colours."""
    color, own = SERIES[index % len(SERIES)], index % len(MARKERS)
    return {"color": color, "marker": MARKERS[own]} if marker else {"color": color, "linestyle": DASHES[own]}


def _legend(drawing: Drawing, systems: Sequence[Scored], marker: bool = True) -> None:
    from matplotlib.lines import Line2D

    if len(systems) < 2:
        return
    handles = [Line2D([], [], **_series(index, marker)) for index in range(len(systems))]
    names = [shortened(BROKEN.sub("\ufffd", label(scored.system)), NAME_LENGTH) for scored in systems]
    columns = max(1, min(len(names), LINE_LENGTH // (max(map(len, names)) + 5)))  # 5: the sample of the line
    drawing.set_figheight(drawing.get_figheight() + 0.22 * (-(-len(names) // columns) - 1))  # inches a line of names
    drawing.legend(handles, names, loc="outside upper left", ncols=columns, columnspacing=1.2)


def _svg(title: str, draw: Callable[[Drawing], None], height: float = HEIGHT) -> str:
    import matplotlib
    from matplotlib.figure import Figure as Drawing

    out = io.StringIO()
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # letters that matplotlib's own font lacks; the page's fonts draw them
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        matplotlib.rcParams["svg.hashsalt"] = title
        drawing = Drawing(figsize=(WIDTH, height), layout="constrained")
        draw(drawing)
        drawing.savefig(
            out, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    return _dressed(out.getvalue(), title)


def _dressed(svg: str, title: str) -> str:
    """matplotlib's file as a part of a page: no prologue, no fixed size, no ids but those referred to, our colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style[^<]*</style>\s*</defs>|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    view = re.search(r'viewBox="[^"]*"', svg)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {view[0] if view else ""}'
    )
    svg = re.sub(r"^<svg[^>]*>", f'{head} role="img" aria-label="{escape(title)}" stroke-linejoin="round">', svg)
    svg = re.sub(r'<g id="[^"]*">', "<g>", svg)
    svg = re.sub(
        r"font-family: [^;\"]*|'DejaVu Sans'[^;\"]*",
        lambda m: "font-family: inherit" if m[0][0] == "f" else "inherit",
        svg,
    )
    return re.sub(
        r"(fill|stroke): (#[0-9a-f]{6})",
        lambda m: f"{m[1]}: var({VARIABLES[m[2]]}, {m[2]})" if m[2] in VARIABLES else m[0],
        svg,
    )
