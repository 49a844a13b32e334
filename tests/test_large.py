"""The large reader, with its real weights: what it makes of its packages, and what it reads."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import ModelError
from indexes.library import Library
from qa.calibration import ALONE, shipped
from qa.read import Reader
from qa.reader import mpnet
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


def test_what_ships_is_made_of_its_packages_to_the_byte(tmp_path: Path) -> None:
    _, weights = mpnet.published(tmp_path)
    assert hashlib.sha256(mpnet.merged(weights)).hexdigest() == mpnet.MADE_SHA256
    assert not list(tmp_path.iterdir())


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the large reader is kept, if it were five bytes that are made of two."""
    monkeypatch.setattr(mpnet, "kept_in", lambda: tmp_path / "share" / "large")
    monkeypatch.setattr(
        mpnet, "published", lambda folder: (folder.mkdir(parents=True, exist_ok=True), (b"{}", b"to"))[1]
    )
    monkeypatch.setattr(mpnet, "merged", lambda weights: weights + b" be")
    monkeypatch.setattr(mpnet, "MADE_SHA256", hashlib.sha256(b"to be").hexdigest())
    monkeypatch.setattr(mpnet, "TOKENIZER_SHA256", hashlib.sha256(b"{}").hexdigest())
    return tmp_path / "share" / "large"


def test_it_is_made_once_where_it_is_missing(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (small.parent / "former").mkdir(parents=True)
    assert mpnet.made() == small and (small / "large.safetensors").read_bytes() == b"to be"
    assert list(small.parent.iterdir()) == [small], "what a former version made is gone"
    monkeypatch.setattr(mpnet, "published", lambda folder: pytest.fail("made twice"))
    assert sorted(path.name for path in mpnet.made().iterdir()) == ["large.safetensors", "tokenizer.json"]


@pytest.mark.parametrize("name", ["large.safetensors", "tokenizer.json"])
def test_what_was_altered_is_made_again(small: Path, name: str) -> None:
    whole = (mpnet.made() / name).read_bytes()
    (small / name).write_bytes(b"altered")
    assert (mpnet.made() / name).read_bytes() == whole


def test_what_is_made_otherwise_than_it_should_be_is_not_kept(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpnet, "merged", lambda weights: b"not to be")
    with pytest.raises(ModelError, match="not the one that was tried; run `make clean run`"):
        mpnet.made()
    assert not list(small.iterdir())


def test_a_full_disk_is_named_and_nothing_is_left_on_it(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> int:
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match=r"cannot be written to .*No space left on device.*; make room"):
        mpnet.made()
    assert not list(small.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match=r"cannot be written to .*file.large.*; make room or allow writing"):
        mpnet.published(tmp_path / "file" / "large")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mpnet, "PACKAGES", ("no-such-package",))
    with pytest.raises(ModelError, match="no-such-package is not installed; run `make clean run`"):
        mpnet.published(tmp_path)


def zipped(folder: Path, **files: str) -> list[Path]:
    """A zip of these files in two parts."""
    with zipfile.ZipFile(folder / "zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"{mpnet.NAME}/{name}", text)
    data = (folder / "zip").read_bytes()
    found = [folder / "part1", folder / "part2"]
    for path, part in zip(found, (data[:60], data[60:]), strict=True):
        path.write_bytes(part)
    return found


def test_damaged_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = zipped(tmp_path, **{"tokenizer.json": "{}", "model.safetensors": "weights " * 99})
    monkeypatch.setattr(mpnet, "parts", lambda: whole)
    monkeypatch.setattr(mpnet, "BASE_SHA256", hashlib.sha256(b"weights " * 99).hexdigest())
    assert mpnet.published(tmp_path) == (b"{}", b"weights " * 99)
    sound = [path.read_bytes() for path in whole]
    for part, data in ((0, b""), (1, b""), (1, sound[1][:40] + b"?" + sound[1][41:]), (1, sound[1][:-30])):
        for path, was in zip(whole, sound, strict=True):
            path.write_bytes(was)
        whole[part].write_bytes(data)
        with pytest.raises(ModelError, match="packages are not the published ones; run `make clean run`"):
            mpnet.published(tmp_path)
    monkeypatch.setattr(mpnet, "parts", lambda: zipped(tmp_path, **{"tokenizer.json": "{}"}))
    with pytest.raises(ModelError, match="packages are not the published ones"):
        mpnet.published(tmp_path)


def test_what_is_added_to_the_repository_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.glob("*.safetensors")) <= 25_000_000


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
    """Within a seventh of the logits' own spread, on average. In a process of its own: torch stays out of this one."""
    code = f"""
import numpy as np, torch
from pathlib import Path
from qa.reader import mpnet
from qa.reader.large import shared, tokenizer
from qa.reader.large_net import Large, Reading
from safetensors.numpy import load_file
base, adapter = mpnet.tensors_of(mpnet.published(Path({str(tmp_path)!r}))[1]), load_file(mpnet.ADAPTER)
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
pairs = []
for question in ("When was the refinery built?", "Who built it?", "Who runs it?", "Where is it?", "What does it cost?"):
    windows = [({HEADER!r}, {BUILT!r}), ({HEADER!r}, {WHERE!r})]
    pairs += [(a.answers, b.answers) for a, b in zip(shared().read(question, windows), read(question, windows))]
mine, floats = np.array(pairs).T
assert np.abs(mine - floats).mean() < 0.15 * floats.std(), pairs
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
    assert "run `make clean run`" in reader.notice and "less surely" in reader.notice
    assert reader.calibration == shipped(ALONE)
    readings, _ = reader.read("Who lit the lamp?", [hit(LAMP, 1.0)])
    found, _ = reader.figures("Who lit the lamp?", [hit(LAMP, 1.0)])
    assert "Clara Svensson" in readings[0].text and "near" in found[0].figures
