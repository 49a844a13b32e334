"""Confidence fitted on a library's own questions: half is held back, what is kept is read again, bad input is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from qa import calibration
from qa.calibrate import answers, calibrate, in_first_half, render
from qa.calibration import ALONE, FILE, save, shipped
from qa.chat import open_assistant
from qa.evaluation.data import read_cases
from qa.evaluation.types import Case, Evidence
from qa.read import Read
from qa.reader.large import LargeModel
from qa.types import Reading, Settings
from tests.conftest import ROOT, footnote
from tests.test_read import LAMP, hit

CASES = read_cases(ROOT / "seeds" / "questions.jsonl")
SOME = [*[case for case in CASES if case.answerable][:36], *[case for case in CASES if not case.answerable][:30]]


@pytest.fixture
def library(sample_library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sample_library, tmp_path / "library"))


def test_half_is_fitted_half_is_measured_and_what_is_kept_is_used(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "FEWEST", 10)
    assistant = open_assistant(Settings(library=str(library)))
    found = calibrate(assistant, SOME, "some.jsonl", lambda progress: None)
    assert found.questions == sum(not in_first_half(case.id) for case in SOME)
    assert found.before == shipped(FILE) and found.after.origin == f"half of {len(SOME)} questions of some.jsonl"
    assert found.measured["confidence tells answerable from not (AUROC)"][1] > 0.6
    assert "on the" in render(found, kept=True) and f"{found.after.threshold:.3f}" in render(found, kept=False)
    save(found.after, library)
    again = open_assistant(Settings(library=str(library)))
    assert again.threshold() == found.after.threshold


def test_without_the_large_reader_what_is_fitted_is_used_without_it(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "FEWEST", 10)
    monkeypatch.setattr("qa.read.shared", lambda: LargeModel(tmp_path / "empty"))
    found = calibrate(open_assistant(Settings(library=str(library))), SOME, "some.jsonl", lambda progress: None)
    assert found.before == shipped(ALONE) and "near" in found.after.weights
    save(found.after, library)
    again = open_assistant(Settings(library=str(library)))
    again.warm()
    assert again.threshold() == found.after.threshold and "another reader" not in again.reader.notice
    monkeypatch.undo()
    whole = open_assistant(Settings(library=str(library)))
    assert whole.threshold() == shipped(FILE).threshold and "another reader" in whole.reader.notice


def test_halves_are_by_id_alone_and_about_even() -> None:
    halves = [in_first_half(case.id) for case in CASES]
    assert halves == [in_first_half(case.id) for case in CASES] and 0.35 < sum(halves) / len(halves) < 0.65


def test_a_reading_answers_if_it_holds_an_answer_or_else_is_the_evidence() -> None:
    start = LAMP.text.index("Clara")
    text = "Clara Svensson lit it in 1931."
    one = Read(Reading(hit(LAMP, 1.0), start, start + len(text), text, 0.0, 0.0), {})
    assert answers(Case("1", "Who?", ("clara svensson",)), one)
    assert not answers(Case("1", "Who?", ("Bernard",)), one) and not answers(Case("1", "Who?", answerable=False), one)
    assert answers(Case("1", "Who?", (), (Evidence("lamp", text),)), one)
    assert not answers(Case("1", "Who?", (), (Evidence("other", text),)), one)


def test_too_few_questions_are_one_plain_sentence(sample_library: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    few.write_text("question,answer\nHow long is the Ever Given?,400 metres\n")
    done = footnote("calibrate", str(few), "--library", str(sample_library))
    assert done.returncode == 1 and "Calibrating needs 20 questions" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and not (sample_library / "calibration.json").exists()
