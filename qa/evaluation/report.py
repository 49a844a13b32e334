"""Scored systems to a folder a person wants to read: report.md, report.json and report.html, all of the same figures.

    Scored… → Table… → Markdown, HTML          Scored… → JSON: the whole, and the part that the page lists

The same scores and the same `about` give the same bytes: nothing here looks at the clock or the machine. All but the
measures' own labels is foreign text: HTML goes through page.text, Markdown through `plain`, and the page's list is an
inert JSON block whose words the script only sets as text. Knows nothing of how a measure is computed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from page.text import BROKEN, esc, label, name
from qa.evaluation import plots
from qa.evaluation.score import METRICS, SCORER, Row, Scored, cluster_of
from qa.evaluation.tables import UNITS, VERDICTS, Cell, Table, TableRow, report_tables, verdict
from qa.evaluation.types import Case

SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|!~&$])")  # what Markdown could take for a sign


def write_report(folder: Path, scored: Sequence[Scored], about: Mapping[str, str]) -> None:
    """Write report.md, report.json and report.html into the folder, making it if need be.

    scored: one or more systems over the same questions. about: what to say of the run, in this order; "set" names it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = report_tables(scored)
    whole = json.dumps(report_json(scored, about), ensure_ascii=False, indent=1, allow_nan=False)
    for kind, text in (("md", markdown(tables, scored, about)), ("json", whole), ("html", html(tables, scored, about))):
        # A lone surrogate becomes its escape: in JSON the proper spelling of it, elsewhere legible at least.
        (folder / f"report.{kind}").write_bytes(f"{text.strip()}\n".encode("utf-8", "backslashreplace"))


# -- Markdown ---------------------------------------------------------------------------------------------------------


def markdown(tables: Sequence[Table], scored: Sequence[Scored], about: Mapping[str, str]) -> str:
    """The report as Markdown: everything but the pictures and the single questions."""
    parts = [
        f"# {plain(title(about))}",
        plain(headline(scored)),
        "\n".join(f"- {plain(k)}: {plain(v)}" for k, v in about.items()),
    ]
    for table in tables:
        parts += [f"## {table.title}", table.note, "\n".join(_md_lines(table))]
    return "\n\n".join(part for part in parts if part)


def _md_lines(table: Table) -> list[str]:
    lines = [["", *map(plain, table.columns)], ["---", *("---:" for _ in table.columns)]]
    for heading, rows in table.groups:
        lines += [[f"**{plain(heading)}**", *("" for _ in table.columns)]] if heading else []
        lines += [[plain(head), *(f"{cell.text} {cell.interval}".strip() for cell in cells)] for head, cells in rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def plain(text: str) -> str:
    """Foreign text on one line of Markdown that is shown as it stands."""
    return SPECIAL.sub(r"\\\1", label(BROKEN.sub("\ufffd", text)))


def title(about: Mapping[str, str]) -> str:
    """What the report is called."""
    return f"How good the answers are: {about['set']}" if about.get("set") else "How good the answers are"


def headline(scored: Sequence[Scored]) -> str:
    """412 of 500 questions right. With several systems: footnote: 412 of 500 questions right; bm25: 300."""
    count = [sum(row.correct for row in one.rows) for one in scored]
    first = f"{count[0]:,} of {len(scored[0].rows):,} questions right"
    if len(scored) == 1:
        return f"{first}."
    others = (f"; {one.system}: {right:,}" for one, right in zip(scored[1:], count[1:], strict=True))
    return f"{scored[0].system}: {first}{''.join(others)}."


# -- JSON -------------------------------------------------------------------------------------------------------------


def report_json(scored: Sequence[Scored], about: Mapping[str, str]) -> dict[str, Any]:
    """Everything. gold: a fingerprint of the questions and what is known of their answers, whatever their order."""
    cases = [gold(row.case) for row in scored[0].rows]
    fingerprint = json.dumps(sorted(cases, key=lambda case: str(case["id"])), sort_keys=True)
    systems = [
        {
            "system": one.system,
            "verdicts": {each: sum(verdict(row) == each for row in one.rows) for each in VERDICTS},
            "summary": {name: asdict(figure) for name, figure in one.summary.items()},
            "kinds": {kind: {n: asdict(f) for n, f in figures.items()} for kind, figures in sorted(one.kinds.items())},
            "rows": [
                {
                    "id": row.case.id,
                    "question": row.case.question,
                    "cluster": cluster_of(row.case),
                    **result(row),
                    "scores": row.scores,
                }
                for row in one.rows
            ],
        }
        for one in scored
    ]
    metrics = [asdict(metric) for metric in METRICS if any(metric.name in one.summary for one in scored)]
    found = {
        "about": dict(about),
        "scorer": SCORER,
        "gold": hashlib.sha256(fingerprint.encode()).hexdigest()[:16],
        "metrics": metrics,
        "systems": systems,
        "questions": cases,
    }
    rounded: dict[str, Any] = _rounded(found)
    return rounded


def gold(case: Case) -> dict[str, Any]:
    """A question with what is known of its answer."""
    return asdict(case)


def result(row: Row) -> dict[str, Any]:
    """What one system made of a question. gold_rank: the first gold passage's and article's, 0 if not among the ten."""
    record = row.record
    kept = {key: getattr(record, key) for key in ("answer", "span", "refused", "confidence", "problem")}
    mean = {unit: row.scores[f"{unit}_mrr@10"] for unit in UNITS if f"{unit}_mrr@10" in row.scores}
    return {
        "verdict": verdict(row),
        **kept,
        "citations": [asdict(citation) for citation in record.citations],
        "seconds": dict(record.seconds),
        "gold_rank": {unit: round(1 / mrr) if mrr else 0 for unit, mrr in mean.items()},
    }


def _rounded(value: Any) -> Any:
    """With floats of six decimals, and null for what is no number."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    if isinstance(value, float):
        return round(float(value), 6) + 0.0 if math.isfinite(value) else None
    return value


# -- HTML -------------------------------------------------------------------------------------------------------------


def html(tables: Sequence[Table], scored: Sequence[Scored], about: Mapping[str, str]) -> str:
    """The report as one page that asks nothing of any network."""
    script, kinds = _file("report.js"), sorted({row.case.kind for row in scored[0].rows} - {""})
    return Template(_file("report.html")).substitute(
        title=esc(label(title(about))),
        headline=esc(headline(scored)),
        about="".join(f"<div><dt>{name(key)}</dt><dd>{name(value)}</dd></div>" for key, value in about.items()),
        tables="".join(map(_html_table, tables)),
        pictures="".join(map(_html_picture, plots.pictures(scored))),
        verdicts="".join(_option(each, each) for each in VERDICTS),
        kinds="".join(_option(kind, kind) for kind in kinds),
        systems="".join(_option(str(n), one.system) for n, one in enumerate(scored)),
        data=inert(page_data(scored)),
        style=files("page").joinpath("tokens.css").read_text(encoding="utf-8") + _file("report.css"),
        script=script,
        hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def page_data(scored: Sequence[Scored]) -> dict[str, Any]:
    """What the page's list needs: each question once, with a result for each system, or null."""
    by_id = [{row.case.id: row for row in one.rows} for one in scored]
    cases = {row.case.id: row.case for one in scored for row in one.rows}
    questions = [
        {**gold(case), "results": [result(rows[each]) if each in rows else None for rows in by_id]}
        for each, case in cases.items()
    ]
    data: dict[str, Any] = _rounded({"systems": [label(one.system) for one in scored], "questions": questions})
    return data


def inert(data: object) -> str:
    """JSON that can stand in a script element: ASCII, and without a sign that ends it."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _html_table(table: Table) -> str:
    head = "".join(f'<th scope="col"{_hue(n, table)}>{name(column)}</th>' for n, column in enumerate(table.columns))
    body = "".join(_html_group(heading, rows, table) for heading, rows in table.groups)
    note = f"<p>{esc(table.note)}</p>" if table.note else ""
    return (
        f'<section><h2>{esc(table.title)}</h2>{note}<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{esc(table.title)}"><table><thead><tr><td></td>{head}</tr></thead>{body}</table></div></section>'
    )


def _html_group(heading: str, rows: Sequence[TableRow], table: Table) -> str:
    top = (
        f'<tr class="group"><th scope="rowgroup" colspan="{len(table.columns) + 1}">{name(heading)}</th></tr>'
        if heading
        else ""
    )
    lines = []
    for head, cells in rows:
        values = "".join(_html_cell(cell, column, table) for column, cell in enumerate(cells))
        lines.append(f'<tr><th scope="row">{name(head)}</th>{values}</tr>')
    return f"<tbody>{top}{''.join(lines)}</tbody>"


def _html_cell(cell: Cell, column: int, table: Table) -> str:
    count = f' title="over {cell.count:,} questions"' if cell.count else ""
    text = (
        f'<a href="#verdict={quote(cell.verdict)}&amp;system={column}">{cell.text}</a>' if cell.verdict else cell.text
    )
    interval = f' <span class="interval">{cell.interval}</span>' if cell.interval else ""
    line = ""
    if cell.places:
        low, value, high = (f"{100 * place:.1f}%" for place in cell.places)
        line = f'<i class="whisker" style="--low:{low};--value:{value};--high:{high}"></i>'
    return f"<td{count}{_hue(column, table)}><b>{text}</b>{interval}{line}</td>"


def _hue(column: int, table: Table) -> str:
    return f' data-series="{column % len(plots.SERIES) + 1}"' if column < table.systems else ""


def _html_picture(picture: plots.Picture) -> str:
    return f"<figure><h3>{esc(picture.title)}</h3>{picture.svg}<figcaption>{esc(picture.caption)}</figcaption></figure>"


def _option(value: str, text: str) -> str:
    return f'<option value="{esc(value)}">{esc(label(text))}</option>'


def _file(file: str) -> str:
    return files("qa.evaluation").joinpath(file).read_text(encoding="utf-8")
