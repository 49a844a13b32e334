"""Two reports against each other: who won, what is significant, what may not be compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa.evaluation.compare import compare, read_report, render
from qa.evaluation.report import write_report
from qa.evaluation.score import score
from qa.evaluation.types import Case, EvaluationError, Evidence, Record

TEXTS = {f"article-{n}": "The answer is here." for n in range(40)}
CASES = [
    Case(str(n), f"Question {n}?", ("here",), (Evidence(f"article-{n}", "The answer is here."),)) for n in range(40)
]


def records(right: set[int]) -> list[Record]:
    return [
        Record(str(n), f"Question {n}?", "It is here." if n in right else "Who knows.", confidence=n / 40)
        for n in range(40)
    ]


def report(folder: Path, right: set[int], cases: list[Case] = CASES) -> str:
    write_report(folder, [score(cases, records(right), TEXTS, "footnote", resamples=50)], {})
    return str(folder)


def test_wins_losses_and_ties_are_counted_and_regressions_shown(tmp_path: Path) -> None:
    a, b = report(tmp_path / "a", set(range(10))), report(tmp_path / "b", set(range(2, 30)))
    found = compare(read_report(a), read_report(b))
    assert (found.wins, found.losses, found.ties) == (20, 2, 18)
    assert [(row["id"], row["a"], row["b"]) for row in found.regressions] == [
        ("1", "It is here.", "Who knows."),
        ("0", "It is here.", "Who knows."),
    ]


def test_a_clear_gain_is_significant_after_correction_and_a_report_equals_itself(tmp_path: Path) -> None:
    a, b = report(tmp_path / "a", set(range(10))), report(tmp_path / "b", set(range(2, 30)))
    gain = next(one for one in compare(read_report(a), read_report(b)).differences if one.metric == "correct")
    assert (gain.a, gain.b, gain.difference) == pytest.approx((0.25, 0.7, 0.45))
    assert gain.low > 0 and gain.p <= gain.p_holm < 0.05
    assert all(one.difference == 0 and one.p == 1 for one in compare(read_report(a), read_report(a)).differences)


def test_swapping_the_reports_turns_the_signs(tmp_path: Path) -> None:
    a, b = read_report(report(tmp_path / "a", set(range(10)))), read_report(report(tmp_path / "b", set(range(2, 30))))
    there, back = compare(a, b), compare(b, a)
    assert [one.difference for one in there.differences] == pytest.approx([-one.difference for one in back.differences])
    assert [one.p for one in there.differences] == pytest.approx([one.p for one in back.differences])


def test_the_page_says_what_got_better(tmp_path: Path) -> None:
    a, b = report(tmp_path / "a", set(range(10))), report(tmp_path / "b", set(range(2, 30)))
    text = render(compare(read_report(a), read_report(b)))
    assert text.startswith("footnote against footnote: 20 won, 2 lost, 18 the same")
    assert "+0.450" in text and "better" in text and "WORSE" not in text


def test_other_questions_or_other_answers_are_not_compared(tmp_path: Path) -> None:
    a = report(tmp_path / "a", {1})
    fewer = tmp_path / "fewer"
    write_report(fewer, [score(CASES[:9], records({1})[:9], TEXTS, "footnote", resamples=50)], {})
    changed = [Case(c.id, c.question, ("there",), c.evidence) for c in CASES]
    for other in (str(fewer), report(tmp_path / "gold", {1}, changed)):
        with pytest.raises(EvaluationError, match=r"over different questions"):
            compare(read_report(a), read_report(other))


def test_another_scorer_is_not_compared(tmp_path: Path) -> None:
    a, b = report(tmp_path / "a", {1}), tmp_path / "b"
    report(b, {1})
    file = b / "report.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "scorer": "scorer-0"}))
    with pytest.raises(EvaluationError, match=r"scored by scorer-1 and scorer-0"):
        compare(read_report(a), read_report(str(b)))


def test_a_system_is_named_after_a_colon_and_what_is_missing_is_said(tmp_path: Path) -> None:
    a = report(tmp_path / "a", {1})
    assert read_report(f"{a}:footnote").name == "footnote"
    with pytest.raises(EvaluationError, match=r"holds no system bm25"):
        read_report(f"{a}:bm25")
    with pytest.raises(EvaluationError, match=r"There is no report at .*nowhere"):
        read_report(str(tmp_path / "nowhere"))
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(EvaluationError, match=r"no report that can be read"):
        read_report(str(broken))
