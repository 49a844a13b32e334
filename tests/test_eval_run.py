"""Asking a set: over real libraries, resumable, and every system's record holds what it should."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from indexes.errors import QuestionError
from indexes.library import Library
from qa.evaluation import floors
from qa.evaluation.data import read_cases
from qa.evaluation.records import read_records
from qa.evaluation.run import run, sample, throw_away
from qa.evaluation.score import score
from qa.evaluation.systems import NAMES, open_system
from qa.evaluation.types import Case, EvaluationError, Record
from tests.conftest import ARTICLES, ROOT, footnote

CASES = [case for case in read_cases(ROOT / "seeds" / "questions.jsonl") if case.id in ("q001", "q002", "q003")]


class Counting:
    """Answers with the number of times it was asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked = 0

    def ask(self, case: Case) -> Record:
        self.asked += 1
        if case.id == "q003":
            raise QuestionError("This one cannot be asked.")
        return Record(case.id, case.question, str(self.asked))


def silent(progress: object) -> None:
    pass


@pytest.mark.parametrize("name", NAMES)
def test_every_system_answers_with_words_that_are_in_the_articles(
    name: str, sample_library: Path, tmp_path: Path
) -> None:
    texts = {article.id: article.text for article in Library(sample_library).articles()}
    records = run(open_system(name, sample_library, tmp_path), CASES, None, silent)
    scored = score(CASES, records, texts, name, resamples=50)
    assert (
        all(record.citations or record.refused for record in records) and sum(not one.refused for one in records) >= 2
    )
    assert all(len(record.hits) == len(record.retrieved) > 5 for record in records)
    assert scored.summary["verbatim"].value == 1
    assert scored.summary["article_hit@5" if name == "bm25" else "article_hit@1"].value >= 2 / 3
    assert all(record.seconds["total"] > 0 and 0 <= record.confidence <= 1 for record in records)


def test_an_unknown_system_is_named_with_the_known_ones(sample_library: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"no system oracle; choose from footnote, bm25, dense, llamaindex"):
        open_system("oracle", sample_library, tmp_path)


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path: Path) -> None:
    path, system = tmp_path / "deep" / "records.jsonl", Counting()
    run(system, CASES[:1], path, silent)
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])  # a kill in the middle of the second line
    records = run(system, CASES, path, silent)
    assert [record.answer for record in records] == ["1", "2", ""]
    assert read_records(path) == records and system.asked == 3
    assert run(system, CASES, path, silent) == records and system.asked == 3


def test_a_question_that_cannot_be_asked_is_a_failure_with_its_reason() -> None:
    record = run(Counting(), CASES, None, silent)[2]
    assert record.refused and record.problem == "This one cannot be asked."


def test_records_of_other_questions_or_another_system_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    run(Counting(), CASES[:2], path, silent)
    with pytest.raises(EvaluationError, match=r"records of other questions \(q001\)"):
        run(Counting(), CASES[1:], path, silent)
    other = Counting()
    other.name = "other"
    with pytest.raises(EvaluationError, match=r"records of the system counting"):
        run(other, CASES, path, silent)


def test_a_sample_is_the_same_each_time_and_keeps_the_order() -> None:
    many = [Case(str(n), "?") for n in range(100)]
    chosen = sample(many, 10)
    assert chosen == sample(many, 10) and len(chosen) == 10
    assert [int(case.id) for case in chosen] == sorted(int(case.id) for case in chosen)
    assert sample(many, 0) == sample(many, 500) == many


def test_articles_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.write_text("")
    with (
        pytest.raises(EvaluationError, match=r"No article could be read from .*empty\.txt \(.*it is empty"),
        throw_away([empty], silent),
    ):
        pass


# -- floors -----------------------------------------------------------------------------------------------------------


def test_the_sample_questions_are_above_their_floors(sample_library: Path) -> None:
    pinned = json.loads(floors.FLOORS.read_text(encoding="utf-8"))
    assert pinned.keys() == {*floors.PINNED, *floors.EXACT}
    assert floors.lost(floors.figures(floors.measure(sample_library)), pinned) == []


def test_a_drop_below_the_floor_is_named_and_the_allowance_is_small() -> None:
    assert floors.lost({"correct": 0.60}, {"correct": 0.61}) == []
    assert "the floor is 0.620 (correct)" in floors.lost({"correct": 0.60}, {"correct": 0.62})[0]
    assert floors.lost({"wrongful_refusal": 0.30}, {"wrongful_refusal": 0.20}) != []
    assert floors.lost({"verbatim": 0.999}, {"verbatim": 1.0}) != []


def test_only_the_flag_lowers_a_floor() -> None:
    old = {"correct": 0.6, "hallucination": 0.2}
    new = {"correct": 0.5, "hallucination": 0.1}
    assert floors.repinned(new, old, lower=False) == {"correct": 0.6, "hallucination": 0.1}
    assert floors.repinned(new, old, lower=True) == new


# -- the commands -----------------------------------------------------------------------------------------------------


def test_the_command_asks_scores_reports_and_compares(sample_library: Path, tmp_path: Path) -> None:
    questions = tmp_path / "questions.csv"
    questions.write_text(
        "question,answer,answerable\nHow long is the Ever Given?,400 metres,yes\nWho is the king of Mars?,,no\n"
    )
    report, records = tmp_path / "report", tmp_path / "records.jsonl"
    arguments = ("eval", str(questions), "--library", str(sample_library), "--report", str(report))
    done = footnote(*arguments, "--records", str(records), "--quiet")
    assert done.returncode == 0, done.stderr
    assert "right: answered rightly" in done.stdout and {f.name for f in report.iterdir()} == {
        "report.md", "report.json", "report.html",
    }  # fmt: skip
    again = footnote(*arguments, "--score", str(records), "--json")
    assert json.loads(again.stdout)["records"]["contains_any"]["value"] == 1
    same = footnote("eval", "compare", str(report), str(report))
    assert same.returncode == 0 and "0 won, 0 lost, 2 the same" in same.stdout


def test_derived_and_converted_sets_can_be_asked_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    questions = str(ROOT / "seeds" / "questions.jsonl")
    done = footnote("eval", "derive", "counterfactual", questions, "--articles", str(ARTICLES), "--out", str(out))
    assert done.returncode == 0, done.stderr
    part = next(out.iterdir())
    cases = read_cases(part / "questions.jsonl")
    assert cases and all(case.kind == "conflict" and len(case.answers) == 2 for case in cases)
    rag = tmp_path / "rag.json"
    assert footnote("eval", "convert", questions, str(rag)).returncode == 0
    assert [case.question for case in read_cases(rag)] == [case.question for case in read_cases(Path(questions))]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("eval", "nowhere.jsonl"), "nowhere.jsonl"),
        (("eval", "{broken}", "--library", "{library}"), "broken.jsonl:2"),
        (("eval", "{gold}", "--library", "{library}"), "no-such-article"),
        (("eval", "convert", "{gold}", "out.txt"), "should end in .jsonl"),
        (("eval", "compare", "nowhere", "nowhere"), "There is no report at nowhere"),
    ],
)
def test_bad_input_is_one_plain_sentence(
    arguments: tuple[str, ...], sentence: str, sample_library: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.jsonl").write_text('{"id": "1", "question": "Who?", "answers": ["me"]}\n{"id": \n')
    gold = {
        "id": "1",
        "question": "Who?",
        "answers": ["me"],
        "evidence": [{"article_id": "no-such-article", "quote": ""}],
    }
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold) + "\n")
    places = {"broken": tmp_path / "broken.jsonl", "gold": tmp_path / "gold.jsonl", "library": sample_library}
    done = footnote(*(one.format(**places) for one in arguments))
    assert done.returncode == 2 and sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and "Traceback" not in done.stderr
