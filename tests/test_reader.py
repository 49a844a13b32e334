"""The trained reader, with its real weights."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from indexes.encoder import has_vnni
from indexes.errors import ModelError
from qa.reader import model as reader
from qa.reader.base import embeddings
from qa.reader.evaluate import neighbourhood
from qa.reader.graph import build, shapes
from qa.reader.model import ReaderModel, WindowReading, best_spans

HEADER = "The refinery at Baiji · Meridian Wire · 2014-06-18"
WHERE = "The refinery lies 150 miles north of Baghdad. It covers a third of the country's demand for petrol."
BUILT = "The refinery was built by a French firm in 1982, and 9,000 people work there."


@pytest.fixture(scope="module")
def model() -> ReaderModel:
    return ReaderModel()


def said(reading: WindowReading, text: str) -> str:
    return text[reading.start : reading.end]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the refinery built?", "1982"),
        ("How many people work at the refinery?", "9,000"),
        ("Who built the refinery?", "French firm"),
    ],
)
def test_the_words_that_answer_are_found(model: ReaderModel, question: str, answer: str) -> None:
    [reading] = model.read(question, [(HEADER, BUILT)])
    assert answer in said(reading, BUILT)
    assert len(said(reading, BUILT)) <= len(answer) + 10


def test_a_near_miss_is_told_from_an_answer(model: ReaderModel) -> None:
    built, where = model.read("When was the refinery built?", [(HEADER, BUILT), (HEADER, WHERE)])
    assert built.answers > 2 > 0 > where.answers


def test_what_answers_is_more_relevant_than_what_has_nothing_to_do_with_it(model: ReaderModel) -> None:
    built, bread = model.read(
        "When was the refinery built?", [(HEADER, BUILT), ("Bread", "Bread is baked with flour.")]
    )
    assert built.relevance > bread.relevance + 2


def test_the_same_window_gives_the_same_figures_whatever_is_read_beside_it(model: ReaderModel) -> None:
    windows = [(HEADER, BUILT), (HEADER, WHERE), ("", "Bread. " * 90), ("", BUILT)]
    together = model.read("When was the refinery built?", windows)
    assert together == model.read("When was the refinery built?", windows)
    assert together == [model.read("When was the refinery built?", [window])[0] for window in windows]
    assert together == ReaderModel().read("When was the refinery built?", windows)


@pytest.mark.parametrize(
    "before",
    [
        "",
        "😀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 — ",
        "Zoë’s café: naïve façade, cafe\u0301. ",
        "北京市 · Łódź ﬁrst. ",
        "\u200b\u00ad\ufeff ",
        "\n\n\t ",
    ],
)
def test_offsets_are_characters_of_the_text_whatever_stands_before(model: ReaderModel, before: str) -> None:
    text = before + BUILT
    [reading] = model.read("When was the refinery built?", [("Zürich 😀 · Wire", text)])
    assert "1982" in said(reading, text)
    assert len(said(reading, text)) < 12


def test_no_span_lies_in_the_header(model: ReaderModel) -> None:
    [reading] = model.read("When was this written?", [("Written on 2014-06-18", "Bread is baked with flour.")])
    for start, end, _ in [(reading.start, reading.end, 0.0), *reading.runners]:
        assert 0 <= start < end <= len("Bread is baked with flour.")


def test_further_spans_do_not_overlap_and_come_best_first(model: ReaderModel) -> None:
    text = "The tugs Alp Guard, Carlo Magno and Baraka pulled her off."
    [reading] = model.read("Which tugs pulled her off?", [("Ever Given", text)])
    spans = sorted([(reading.start, reading.end), *((start, end) for start, end, _ in reading.runners)])
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    scores = [reading.span_score, *(score for _, _, score in reading.runners)]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("text", ["", " ", "\u200b", "?"])
def test_an_empty_window_says_nothing(model: ReaderModel, text: str) -> None:
    [reading] = model.read("When was the refinery built?", [("", text)])
    assert 0 <= reading.start <= reading.end <= len(text)
    assert reading.answers < 0


@pytest.mark.skipif(not has_vnni(), reason="without VNNI there is one kernel to go by")
def test_the_kernel_for_processors_without_vnni_gives_the_same_figures(
    model: ReaderModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "has_vnni", lambda: False)
    windows = [(HEADER, BUILT), (HEADER, WHERE), ("", BUILT + " " + WHERE)]
    assert ReaderModel().read("When was the refinery built?", windows) == model.read(
        "When was the refinery built?", windows
    )


def test_no_windows_give_no_readings(model: ReaderModel) -> None:
    assert model.read("When?", []) == []


def test_a_very_long_question_leaves_room_for_the_window(model: ReaderModel) -> None:
    [reading] = model.read("When was the refinery built? " + "really " * 2000, [(HEADER, BUILT)])
    assert reading.end > 0


def test_what_is_beyond_the_window_is_not_read(model: ReaderModel) -> None:
    [reading] = model.read("When was the refinery built?", [("", "Bread is good. " * 100 + BUILT)])
    assert reading.end < 15 * 100


def test_best_spans_by_hand() -> None:
    start, end = np.array([1, 0, 3], dtype=np.float32), np.array([0, 2, 1], dtype=np.float32)
    assert list(best_spans(start, end)) == [(2, 2, 4.0), (0, 1, 3.0)]


def test_altered_weights_are_named(tmp_path: Path) -> None:
    shutil.copy(reader.FOLDER / "reader.safetensors", tmp_path)
    data = bytearray((tmp_path / "reader.safetensors").read_bytes())
    data[-1] ^= 1
    (tmp_path / "reader.safetensors").write_bytes(data)
    with pytest.raises(ModelError, match="not the published ones"):
        ReaderModel(tmp_path).read("When?", [("", "Now.")])


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="missing"):
        ReaderModel(tmp_path).read("When?", [("", "Now.")])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="no_such_package"):
        ReaderModel().read("When?", [("", "Now.")])


def test_the_weights_are_small_and_have_no_pickle() -> None:
    file = reader.FOLDER / "reader.safetensors"
    assert file.stat().st_size <= 25_000_000
    assert {path.suffix for path in reader.FOLDER.iterdir()} <= {".py", ".md", ".safetensors", ".json", ".jsonl", ""}


def test_the_graph_names_every_tensor_of_the_weights() -> None:
    from safetensors import safe_open

    with safe_open(reader.FOLDER / "reader.safetensors", "np") as file:
        assert {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()} == {  # noqa: SIM118
            name: shape for name, (_, shape) in shapes().items()
        }
    assert build() == build()


def test_embeddings_are_normalised_rows() -> None:
    found = embeddings(ReaderModel()._package / "model.onnx")
    rows = found.look_up([101, 2054, 102], [0, 0, 1])
    assert rows.shape == (3, 384)
    plain = (rows - found.bias) / found.weight
    assert np.allclose(plain.mean(axis=1), 0, atol=1e-4)
    assert np.allclose(plain.std(axis=1), 1, atol=1e-3)


def test_reading_takes_no_torch() -> None:
    code = (
        "import sys; from qa.reader.model import ReaderModel; ReaderModel().read('When?', [('', 'In 1982.')]); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("claim", "carried"),
    [
        ("The refinery was built in 1982 by a company from France.", True),
        ("Nine thousand people work at the refinery.", True),
        ("The refinery was not built by a French firm.", False),
        ("A French firm works at the refinery with 9,000 ships.", False),
        ("The refinery was closed after a strike.", False),
        ("Bread is baked with flour.", False),
    ],
)
def test_words_carry_what_they_say_and_nothing_else(model: ReaderModel, claim: str, carried: bool) -> None:
    [logit] = model.supports(claim, [(HEADER, BUILT)])
    assert (logit > 0) == carried


def test_a_claim_beside_other_windows_gets_the_same_figure(model: ReaderModel) -> None:
    windows = [(HEADER, BUILT), (HEADER, WHERE), ("", "Bread. " * 90)]
    together = model.supports("The refinery was built in 1982.", windows)
    assert together == [model.supports("The refinery was built in 1982.", [window])[0] for window in windows]


def test_a_sentence_is_read_with_the_one_before_and_the_one_behind() -> None:
    text = "It opened. It burnt down in 1932. Nobody was hurt. It is gone."
    assert neighbourhood(text, text.index("1932")) == "It opened. It burnt down in 1932. Nobody was hurt."
    assert neighbourhood(text, text.index("gone")) == "Nobody was hurt. It is gone."
    assert neighbourhood(text, len(text)) == "It opened. It burnt down in 1932."
