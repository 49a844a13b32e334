"""The large reader, with its real weights: what it makes of its packages, and what it reads."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import ModelError
from indexes.library import Library
from qa.calibration import ALONE, shipped
from qa.read import Reader
from qa.reader import mpnet
from qa.reader.graph import LARGE, build, shapes
from qa.reader.large import LargeModel, shared
from qa.reader.model import FOLDER, WindowReading
from tests.test_read import LAMP, hit, library, model
from tests.test_reader import BUILT, HEADER, WHERE, said

__all__ = ["library", "model"]  # fixtures


@pytest.fixture(scope="module")
def large() -> LargeModel:
    return shared()


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("When was the refinery built?", "1982"),
        ("How many people work at the refinery?", "9,000"),
        ("Who built the refinery?", "French firm"),
    ],
)
def test_the_words_that_answer_are_found(large: LargeModel, question: str, answer: str) -> None:
    [reading] = large.read(question, [(HEADER, BUILT)])
    assert answer in said(reading, BUILT)


def test_a_near_miss_is_told_from_an_answer(large: LargeModel) -> None:
    built, where = large.read("When was the refinery built?", [(HEADER, BUILT), (HEADER, WHERE)])
    assert built.answers > 1 > -1 > where.answers


def test_the_same_window_gives_the_same_figures_whatever_is_read_beside_it(large: LargeModel) -> None:
    windows = [(HEADER, BUILT), ("", "Bread. " * 60), (HEADER, WHERE)]
    together = large.read("Who built it?", windows)
    assert together == [large.read("Who built it?", [window])[0] for window in windows]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_window_says_nothing(large: LargeModel, text: str) -> None:
    [reading] = large.read("Who built it?", [(HEADER, text)])
    assert isinstance(reading, WindowReading) and not said(reading, text).strip()


def test_what_ships_is_made_of_its_packages_to_the_byte() -> None:
    _, weights = mpnet.published()
    data = mpnet.merged(weights)
    assert hashlib.sha256(data).hexdigest() == mpnet.MADE_SHA256
    found = mpnet.tensors_of(data)
    assert {name for name, (kind, _) in shapes(LARGE).items() if kind is np.float32} <= set(found)
    assert build(LARGE) == build(LARGE)


def test_it_is_made_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpnet, "kept_in", lambda: tmp_path / "share" / "large")
    monkeypatch.setattr(mpnet, "merged", lambda weights: b"made")
    monkeypatch.setattr(mpnet, "MADE_SHA256", hashlib.sha256(b"made").hexdigest())
    assert (mpnet.made() / "large.safetensors").read_bytes() == b"made"
    monkeypatch.setattr(mpnet, "published", lambda: pytest.fail("made twice"))
    assert sorted(path.name for path in mpnet.made().iterdir()) == ["large.safetensors", "tokenizer.json"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(mpnet, "kept_in", lambda: tmp_path / "file" / "large")
    monkeypatch.setattr(mpnet, "published", lambda: (b"", b""))
    monkeypatch.setattr(mpnet, "merged", lambda weights: b"made")
    with pytest.raises(ModelError, match="cannot be written to"):
        mpnet.made()


def test_altered_weights_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(mpnet.made() / "tokenizer.json", tmp_path)
    (tmp_path / "large.safetensors").write_bytes(b"altered")
    monkeypatch.setattr(mpnet, "kept_in", lambda: tmp_path)
    with pytest.raises(ModelError, match="not the published ones"):
        mpnet.made()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpnet, "PACKAGES", ("no-such-package",))
    with pytest.raises(ModelError, match="no-such-package is not installed; run `make run`"):
        mpnet.published()


def test_a_base_that_is_not_the_published_one_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpnet, "BASE_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="not the published one"):
        mpnet.published()


def test_what_is_added_to_the_repository_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.safetensors")) <= 25_000_000


def test_parts_are_read_as_one_file(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]
    for path, text in zip(paths, ("one ", "", "two three"), strict=True):
        path.write_text(text)
    with mpnet.Parts(paths) as joined:
        assert joined.read() == b"one two three"
        joined.seek(-5, 2)
        assert joined.read(3) == b"thr" and joined.tell() == 11


def test_an_adapter_is_the_product_of_its_sides() -> None:
    adapter = {
        "q.down": np.array([[1, 2, 3]], np.int8), "q.down_scale": np.array([0.5], np.float32),
        "q.up": np.array([[4, 0]], np.int8), "q.up_scale": np.array([0.25], np.float32),
    }  # fmt: skip
    assert mpnet.product(adapter, "q").tolist() == [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]  # times TIMES, which is 2


def test_distances_are_counted_finely_near_by_and_coarsely_far_off() -> None:
    ahead = mpnet.buckets(200)[0]
    assert ahead[:9].tolist() == [0, 17, 18, 19, 20, 21, 22, 23, 24]
    assert [int(ahead[far]) for far in (16, 32, 64, 128, 199)] == [26, 28, 30, 31, 31]
    assert mpnet.buckets(200)[16, 0] == 10


def test_int8_says_what_the_floats_say(large: LargeModel, tmp_path: Path) -> None:
    """In a process of its own: torch stays out of this one."""
    code = f"""
import numpy as np, torch
from qa.reader import mpnet
from qa.reader.large import shared, tokenizer
from qa.reader.large_net import Large, Reading
from safetensors.numpy import load_file
base, adapter = mpnet.tensors_of(mpnet.published()[1]), load_file(mpnet.ADAPTER)
model = Large(base)
for name, part in model.named_modules():
    if hasattr(part, "down"):
        for side in ("down", "up"):
            rows = torch.from_numpy(adapter[f"{{name}}.{{side}}"].astype(np.float32) * adapter[f"{{name}}.{{side}}_scale"][:, None])
            getattr(part, side).data = rows if side == "down" else rows.T
for name in ("span", "answers"):
    getattr(model, name).weight.data = torch.from_numpy(adapter[f"{{name}}.weight"].T.copy())
    getattr(model, name).bias.data = torch.from_numpy(adapter[f"{{name}}.bias"].copy())
read = Reading(model, tokenizer(mpnet.made() / "tokenizer.json")).read
for question in ("When was the refinery built?", "Who built it?", "Who runs it?"):
    windows = [({HEADER!r}, {BUILT!r}), ({HEADER!r}, {WHERE!r})]
    for mine, floats in zip(shared().read(question, windows), read(question, windows)):
        assert abs(mine.answers - floats.answers) < 1.5, (question, mine, floats)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_reading_takes_no_torch() -> None:
    code = (
        "import sys; from qa.reader.large import shared; shared().read('When?', [('', 'In 1982.')]); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_it_questions_are_read_by_ours_alone_and_it_is_said(
    library: Library, model: object, tmp_path: Path
) -> None:
    reader = Reader(library, model, large=LargeModel(tmp_path))  # type: ignore[arg-type]
    reader.warm()
    assert "less surely" in reader.notice and "make" not in reader.notice.split("Until")[1]
    assert reader.calibration == shipped(ALONE)
    readings, _ = reader.read("Who lit the lamp?", [hit(LAMP, 1.0)])
    found, _ = reader.figures("Who lit the lamp?", [hit(LAMP, 1.0)])
    assert "Clara Svensson" in readings[0].text and "near" in found[0].figures
