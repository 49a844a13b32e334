"""What a person said of an answer becomes a case, and is not lost on the way."""

from __future__ import annotations

import json
import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from qa.evaluation.cases import TO_DO, Judgement, Judgements, given, is_to_do, judge, to_cases
from qa.evaluation.data import case_line, read_cases, write_cases
from qa.evaluation.types import Case, Cited, EvaluationError, Evidence
from qa.types import Answer, Citation, Sentence, Support

WIDE = "The Ever Given is 400 metres long and 59 metres wide."
UP = Judgement(
    "2026-11-25T13:00:00+00:00",
    "And how wide?",
    WIDE,
    "up",
    "How wide is the Ever Given?",
    "",
    (Cited("ever-given", WIDE, 10, 63, "Aground"),),
)
DOWN = Judgement("2026-11-25T13:01:00+00:00", "Who owns her?", "Evergreen.", "down")


def test_a_thumb_up_makes_the_answer_gold_and_its_quotes_evidence() -> None:
    (case,) = to_cases([UP])
    assert case == Case(
        UP.case_id, "How wide is the Ever Given?", (WIDE,), (Evidence("ever-given", WIDE, 10),), kind="judged"
    )


def test_a_thumb_up_for_a_refusal_makes_the_question_unanswerable() -> None:
    (case,) = to_cases([Judgement("", "Who painted her?", "The articles do not say.", "up")])
    assert (case.answerable, case.answers, case.evidence) == (False, (), ())


def test_a_thumb_down_with_the_right_answer_makes_that_gold() -> None:
    (case,) = to_cases([replace(DOWN, right=" Shoei Kisen Kaisha ")])
    assert (case.answers, case.evidence, case.kind) == (("Shoei Kisen Kaisha",), (), "judged")


def test_a_thumb_down_alone_makes_a_place_for_the_right_answer(tmp_path: Path) -> None:
    cases = to_cases([DOWN, UP])
    assert [is_to_do(case) for case in cases] == [True, False]
    write_cases(tmp_path / "set.jsonl", cases, given([DOWN, UP]))
    line = json.loads((tmp_path / "set.jsonl").read_text("utf-8").split("\n")[0])
    assert (line["answers"], line["kind"], line["given"], line["thumb"]) == ([], TO_DO, "Evergreen.", "down")
    assert read_cases(tmp_path / "set.jsonl") == cases
    assert case_line(cases[0], given([DOWN])[cases[0].id]) == json.dumps(line)


def test_a_place_that_was_filled_is_scored(tmp_path: Path) -> None:
    (case,) = to_cases([DOWN])
    assert not is_to_do(replace(case, answers=("Shoei Kisen Kaisha",)))
    assert not is_to_do(replace(case, answerable=False))


def test_the_last_judgement_of_a_turn_counts(tmp_path: Path) -> None:
    store = Judgements(tmp_path)
    store.add("s-1", DOWN)
    store.add("s-2", UP)
    store.add("s-1", replace(DOWN, right="Shoei Kisen Kaisha"))
    assert Judgements(tmp_path).read() == [replace(DOWN, right="Shoei Kisen Kaisha"), UP]
    assert (tmp_path / "judgements.jsonl").read_bytes().count(b"\n") == 3


def test_an_answer_judged_in_two_sessions_makes_one_case() -> None:
    cases = to_cases(
        [UP, DOWN, replace(DOWN, time="later", right="Shoei Kisen Kaisha"), replace(UP, answer="59 metres.")]
    )
    assert [case.answers for case in cases] == [(WIDE,), ("Shoei Kisen Kaisha",), ("59 metres.",)]
    assert len({case.id for case in cases}) == 3


def test_a_library_that_nobody_judged_has_no_judgements(tmp_path: Path) -> None:
    assert Judgements(tmp_path).read() == []
    assert not list(tmp_path.iterdir())


def test_judgements_of_many_threads_are_all_kept(tmp_path: Path) -> None:
    def add(name: int) -> None:
        for turn in range(20):
            Judgements(tmp_path).add(f"{name}-{turn}", replace(UP, answer=f"{name} {turn} " + "x" * 5_000))

    threads = [threading.Thread(target=add, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.answer.rstrip("x") for one in Judgements(tmp_path).read()) == sorted(
        f"{name} {turn} " for name in range(6) for turn in range(20)
    )


def test_half_a_line_left_by_a_kill_costs_one_judgement(tmp_path: Path) -> None:
    store = Judgements(tmp_path)
    store.add("s-1", UP)
    store.add("s-2", DOWN)
    store.path.write_bytes(store.path.read_bytes()[:-9])
    assert store.read() == [UP]
    store.add("s-2", DOWN)
    assert store.read() == [UP, DOWN]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"key": "s-1", "thumb": "sideways"}', "thumb must be up or down"),
        ('{"key": "s-1", "thumb": "up", "answer": 5}', "answer must be a text in quotes"),
        ("thumb: up", "the line is not valid JSON; mend or delete it"),
    ],
)
def test_a_broken_judgement_is_named_with_its_line(tmp_path: Path, line: str, sentence: str) -> None:
    store = Judgements(tmp_path)
    store.add("s-1", UP)
    store.path.write_bytes(store.path.read_bytes() + line.encode() + b"\n")
    with pytest.raises(EvaluationError, match=f"^{re.escape(str(store.path))}:2: {sentence}$"):
        store.read()


def test_an_answer_is_judged_as_it_was_shown() -> None:
    citation = Citation(1, "ever-given", 10, 63, WIDE, title="Aground")
    answer = Answer(
        "And how wide?", WIDE, (Sentence(WIDE, (citation,), Support("verbatim")),), standalone=UP.standalone
    )
    assert judge(answer, "up", time=UP.time) == UP
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", judge(answer, "down", "59 metres").time)
