"""The report of an evaluation: the same bytes twice, the same figures in all three files, and no way out for foreign text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml import html as lxml_html

from qa.evaluation import plots
from qa.evaluation.report import plain, write_report
from qa.evaluation.score import BY_NAME, Row, Scored
from qa.evaluation.tables import VERDICTS, shown, verdict
from qa.evaluation.types import Case, Cited, Evidence, Figure, Record
from qa.types import Turn

ABOUT = {"set": "harbour", "questions": "10", "date": "2026-11-25"}
ATTACK = (
    "</script><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)><svg onload=alert(3)> $x$ | <b>\n"
    "\u2028\u2029 ]]> &lt; `${alert(4)}` [x](javascript:alert(5)) \"' onmouseover=alert(6) <!-- </style> \ud800 \x00 $title"
)
STAGES = {"total": 0.2, "retrieve": 0.05, "read": 0.1}


def row(
    number: int,
    *,
    answerable: bool = True,
    refused: bool = False,
    correct: bool = False,
    text: str = "",
    kind: str = "fact",
) -> Row:
    case = Case(
        f"q{number}", text or f"When was bridge {number} built?", (text or f"in 19{number:02d}",) if answerable else (),
        (Evidence(text or f"bridge/{number}", text or "It was built then.", 10),) if answerable else (), answerable, text or kind,
        (Turn("user", text or "Which bridge?"),),
    )  # fmt: skip
    cited = (
        ()
        if refused
        else (Cited(text or f"bridge/{number}", text or "It was built then.", 10, 28, text or "A bridge"),)
    )
    record = Record(
        case.id, case.question, text or "It was built then.", None if refused else "then", refused, number / 20, cited,
        seconds={stage: seconds * number for stage, seconds in STAGES.items()}, problem=text,
    )  # fmt: skip
    scores = {"correct": float(correct)}
    scores |= {"passage_mrr@10": 1 / 3, "article_mrr@10": 1.0, "retrieved_passage_mrr@10": 0.0} if answerable else {}
    return Row(case, record, scores, correct)


def system(name: str = "footnote", text: str = "", kind: str = "fact") -> Scored:
    answered = (row(n, correct=n % 3 > 0, text=text, kind=kind) for n in range(1, 13))
    refused = row(13, refused=True, text=text, kind=kind)
    rightly = row(14, refused=True, answerable=False, correct=True, text=text, kind=kind)
    rows = (*answered, refused, rightly, row(15, answerable=False, text=text, kind=kind))
    summary = {
        "correct": Figure(0.6, 0.4123456789, 0.8, 15),
        "em": Figure(0.125, 0.0, 0.25, 15),
        "passage_mrr@10": Figure(1 / 3, 1 / 3, 1 / 3, 13),
        **{f"{p}{u}_recall@{k}": Figure(k / 10, k / 20, 1.0, 13) for p in ("", "retrieved_") for u in ("passage", "article") for k in (1, 3, 5, 10)},
        "hallucination": Figure(0.5, 0.0, 1.0, 2),
        "refusal_precision": Figure(0.5, 0.0, 1.0, 2),
        "crag": Figure(-0.104, -0.2, 0.1, 15),
        "total_p50": Figure(1.2345678, 1.1, 1.3, 15),
        "retrieve_p50": Figure(0.0042, 0.004, 0.005, 15),
    }  # fmt: skip
    return Scored(name, rows, summary, {text or kind: {"correct": summary["correct"]}})


THREE = [system("footnote"), system("bm25"), system("llamaindex")]


def report(folder: Path, scored: list[Scored], about: dict[str, str] = ABOUT) -> tuple[str, Any, Any]:
    """The three files: Markdown, JSON read, HTML parsed."""
    write_report(folder, scored, about)
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    return markdown, json.loads((folder / "report.json").read_bytes()), page(folder)


def page(folder: Path) -> Any:
    return lxml_html.document_fromstring((folder / "report.html").read_text(encoding="utf-8"))


def listed(parsed: Any) -> Any:
    """What the page's script reads."""
    return json.loads(parsed.get_element_by_id("data").text)


def html_rows(parsed: Any) -> list[list[str]]:
    def words(cell: Any) -> str:
        return " ".join(cell.text_content().split())

    return [[words(cell) for cell in line.xpath("./th|./td")] for line in parsed.xpath("//tr")]


def markdown_rows(text: str) -> list[list[str]]:
    lines = [line.strip("| ") for line in text.splitlines() if line.startswith("|") and "---" not in line]
    return [[re.sub(r"\\(.)", r"\1", cell).strip(" *") for cell in re.split(r" \| ?", line)] for line in lines]


# -- the same everywhere ----------------------------------------------------------------------------------------------


def test_identical_scores_give_identical_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_report(tmp_path / folder, THREE, ABOUT)
    for name in ("report.md", "report.json", "report.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_figure_is_the_same_in_all_three_files(tmp_path: Path) -> None:
    markdown, whole, parsed = report(tmp_path, THREE)
    in_html, in_markdown = html_rows(parsed), markdown_rows(markdown)
    for metric in whole["metrics"]:
        if "recall@" in metric["name"]:
            continue
        cells = [one["summary"][metric["name"]] for one in whole["systems"]]
        texts = [
            f"{shown(f['value'], metric['seconds'])} [{shown(f['low'], metric['seconds'])}, {shown(f['high'], metric['seconds'])}]"
            for f in cells
        ]
        assert any(line[0].startswith(metric["label"]) and line[1:] == texts for line in in_html), metric["name"]
        assert any(line[0].startswith(metric["label"]) and line[1:] == texts for line in in_markdown), metric["name"]


def test_shares_have_two_decimals_and_times_are_milliseconds() -> None:
    assert [shown(0.8249), shown(-0.104), shown(-0.001), shown(1)] == ["0.82", "−0.10", "0.00", "1.00"]
    assert [shown(1.2345678, True), shown(0.0042, True), shown(0.01, True)] == ["1,235", "4.2", "10"]


def test_json_has_floats_of_six_decimals_and_null_for_what_is_no_number(tmp_path: Path) -> None:
    odd = Scored("x", THREE[0].rows, {"correct": Figure(float("nan"), 0.123456789, 1.0, 1)}, {})
    write_report(tmp_path, [odd], ABOUT)
    whole = json.loads((tmp_path / "report.json").read_bytes())
    assert whole["systems"][0]["summary"]["correct"] == {"value": None, "low": 0.123457, "high": 1.0, "count": 1}


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_every_question_is_there_with_all_that_is_known_of_it(tmp_path: Path) -> None:
    _, whole, parsed = report(tmp_path, THREE)
    ids = [one.case.id for one in THREE[0].rows]
    assert [one["id"] for one in whole["questions"]] == ids
    assert all([one["id"] for one in each["rows"]] == ids for each in whole["systems"])
    questions = listed(parsed)["questions"]
    assert [one["id"] for one in questions] == ids and all(len(one["results"]) == 3 for one in questions)
    first = questions[0]
    assert (first["answers"], first["evidence"][0]["quote"]) == (["in 1901"], "It was built then.")
    assert first["results"][1]["citations"][0] == {
        "article_id": "bridge/1",
        "quote": "It was built then.",
        "start": 10,
        "end": 28,
        "title": "A bridge",
    }
    assert first["results"][1]["gold_rank"] == {"passage": 3, "article": 1, "retrieved_passage": 0}


def test_verdicts_say_what_became_of_each_question(tmp_path: Path) -> None:
    rows = THREE[0].rows
    assert [verdict(rows[at]) for at in (0, 2, 13, 12, 14)] == list(VERDICTS)
    markdown, whole, parsed = report(tmp_path, THREE)
    counts = {"right": 8, "wrong": 4, "rightly refused": 1, "wrongly refused": 1, "should have refused": 1}
    assert whole["systems"][0]["verdicts"] == counts
    assert "footnote: 9 of 15 questions right; bm25: 9; llamaindex: 9." in markdown
    assert parsed.xpath("//a[@href='#verdict=should%20have%20refused&system=2']")[0].text == "1"


def test_always_and_never_refusing_stand_beside_the_systems(tmp_path: Path) -> None:
    markdown, _, parsed = report(tmp_path, THREE[:1])
    expected = ["unanswerable questions answered ↓", "0.50 [0.00, 1.00]", "0.00", "1.00"]
    assert expected in html_rows(parsed) and expected in markdown_rows(markdown)
    assert ["refusals that were due ↑", "0.50 [0.00, 1.00]", "0.13", "–"] in markdown_rows(markdown)


def test_one_system_needs_no_name(tmp_path: Path) -> None:
    markdown, _, parsed = report(tmp_path, [system("")])
    assert "9 of 15 questions right." in markdown and parsed.xpath("//h1")[0].text == "9 of 15 questions right."
    assert len(parsed.xpath("//figure//*[name()='svg']")) == 5


@pytest.mark.parametrize("summary", [{}, {"correct": Figure(0.5, 0.4, 0.6, 2)}])
def test_missing_metrics_do_not_break_it(tmp_path: Path, summary: dict[str, Figure]) -> None:
    bare = tuple(Row(one.case, Record(one.case.id, one.case.question), {}, False) for one in THREE[0].rows)
    _, whole, parsed = report(tmp_path, [THREE[0], Scored("bare", bare, summary, {}), Scored("none", (), {}, {})])
    assert whole["systems"][1]["summary"].keys() == summary.keys()
    assert ["exact match of the shortest answer given ↑", "0.12 [0.00, 0.25]", "–", "–"] in html_rows(parsed)
    assert listed(parsed)["questions"][0]["results"][2] is None


def test_the_fingerprint_changes_with_the_gold_answers_and_not_with_the_order(tmp_path: Path) -> None:
    one = THREE[0]
    other = (Row(Case("q1", "When was bridge 1 built?", ("never",)), one.rows[0].record, {}, False), *one.rows[1:])
    prints = [
        report(tmp_path, [Scored("x", rows, one.summary, {})])[1]["gold"] for rows in (one.rows, one.rows[::-1], other)
    ]
    assert prints[0] == prints[1] != prints[2]


# -- foreign text -----------------------------------------------------------------------------------------------------


def shape(parsed: Any) -> list[tuple[str, tuple[str, ...]]]:
    return [(str(one.tag), tuple(sorted(one.attrib))) for one in parsed.iter()]


@pytest.mark.parametrize("count", [1, 3])
def test_hostile_text_stays_text(tmp_path: Path, count: int) -> None:
    mild = [system(f"s{n}", text="mild") for n in range(count)]
    hostile = [system(f"{n} {ATTACK}", text=ATTACK) for n in range(count)]
    _, whole, parsed = report(tmp_path / "hostile", hostile, {"set": ATTACK, ATTACK: ATTACK})
    write_report(tmp_path / "mild", mild, {"set": "mild", "mild": "mild"})
    assert shape(parsed) == shape(page(tmp_path / "mild"))
    assert not [name for one in parsed.iter() for name in one.attrib if name.startswith("on")]
    assert listed(parsed)["questions"][0]["question"] == ATTACK == whole["questions"][0]["question"]
    assert ATTACK.split("\n")[0] in parsed.xpath("//h1|//title")[-1 if count > 1 else 0].text_content()


def test_the_json_block_cannot_be_left(tmp_path: Path) -> None:
    write_report(tmp_path, [system(text=ATTACK)], ABOUT)
    raw = (tmp_path / "report.html").read_text(encoding="utf-8")
    block = raw.split('id="data">')[1].split("</script>")[0]
    assert json.loads(block)["questions"][0]["answers"] == [ATTACK]
    assert block.isascii() and not set("<>&") & set(block)


def test_hostile_text_is_literal_in_markdown() -> None:
    assert plain("<img src=x>\n| *a* [b](c) `d`") == r"\<img src=x\> \| \*a\* \[b\](c) \`d\`"


def test_the_page_asks_nothing_of_any_network(tmp_path: Path) -> None:
    _, _, parsed = report(tmp_path, THREE)
    policy = parsed.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    script = parsed.xpath("//script[not(@type)]")[0].text
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ") and f"script-src 'sha256-{digest}';" in policy
    addresses = {
        str(value)
        for one in parsed.iter()
        for key, value in one.attrib.items()
        if key in ("src", "href", "xlink:href", "action")
    }
    assert all(re.match("#|data:,$", address) for address in addresses)
    styles = " ".join(parsed.xpath("//style/text()"))
    assert "url(" not in styles and "@import" not in styles and "innerHTML" not in script


# -- plots ------------------------------------------------------------------------------------------------------------


def test_plots_are_well_formed_follow_the_pages_colours_and_have_no_date() -> None:
    named = [system("$\\frac{1}"), system("a <b> & ]]>\x00"), system("桥\u202e" * 40), *THREE, *THREE]
    found = plots.pictures(named)
    assert len(found) == 5
    for picture in found:
        root = etree.fromstring(picture.svg)
        assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("aria-label")
        assert "var(--series-1, #" in picture.svg and "var(--soft, #" in picture.svg
        assert not re.search("20[2-9][0-9]-|<metadata|<style|dc:date|DejaVu", picture.svg)
        assert "$\\frac{1}" in "".join(root.itertext()) and "a <b> & ]]>\ufffd" in "".join(root.itertext())


def test_ids_of_plots_do_not_collide_in_one_page(tmp_path: Path) -> None:
    ids = report(tmp_path, THREE)[2].xpath("//@id")
    assert len(ids) == len(set(ids))


def test_nothing_to_draw_is_no_picture() -> None:
    assert plots.pictures([Scored("x", (), {}, {})]) == []


def test_every_metric_shown_by_kind_is_one_that_is_measured() -> None:
    from qa.evaluation.tables import BY_KIND, RANKED, RANKS, REFUSAL, UNITS

    names = {
        *BY_KIND,
        *REFUSAL,
        *(f"{stem}@{k}" for stem in RANKED.values() for k in RANKS),
        *(f"{unit}_mrr@10" for unit in UNITS),
    }
    assert names <= BY_NAME.keys()
