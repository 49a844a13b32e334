from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexes import vectors
from indexes.library import Library
from indexes.types import Article, Passage
from indexes.writer import Writer, open_writer
from tests.test_library import SPEC

COUNT = 60
MANY = 2_100  # Chroma saves its vector files from 1,000 on


def fill_with(writer: Writer, count: int = COUNT, seed: int = 0) -> None:
    """`count` one-passage articles with random unit vectors."""
    rows = np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    items = []
    for number, row in enumerate(rows.astype(np.float16)):
        article = Article(f"{seed}-{number}", f"Sentence {number} of {seed}.")
        passage = Passage(article.id, 0, len(article.text), article.text)
        items.append((article, f"/{article.id}", "s", [(passage, row)]))
    writer.put(items)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_writer(tmp_path, SPEC) as writer:
        fill_with(writer)
        vectors.fill(writer)
    return tmp_path


def lost(folder: Path) -> int:
    try:
        return vectors.unreachable(Library(folder), vectors.open_store(folder))
    finally:
        vectors.close_stores()


def test_every_passage_finds_itself(folder: Path) -> None:
    assert vectors.is_current(Library(folder))
    assert lost(folder) == 0


def test_cosines_are_those_of_the_vectors(folder: Path) -> None:
    library = Library(folder)
    ids, rows = library.vectors()
    question = np.array([0.5, 0.5, 0.5, 0.5], dtype=np.float32)
    found = vectors.query(vectors.open_store(folder), question, 10)
    exact = dict(zip(ids, rows.astype(np.float32) @ question, strict=True))
    assert [one for one, _ in found] == sorted(exact, key=lambda one: -exact[one])[:10]
    assert all(score == pytest.approx(exact[one], abs=1e-3) for one, score in found)
    vectors.close_stores()


@pytest.mark.parametrize("count", [COUNT, MANY])
def test_reading_does_not_change_what_is_stamped(tmp_path: Path, count: int) -> None:
    with open_writer(tmp_path, SPEC) as writer:
        fill_with(writer, count)
        vectors.fill(writer)
    assert lost(tmp_path) == 0
    assert vectors.is_current(Library(tmp_path))


def test_a_changed_library_makes_chroma_out_of_date_until_it_is_filled(folder: Path) -> None:
    with open_writer(folder, SPEC) as writer:
        fill_with(writer, 5, seed=1)
        writer.remove(["0-0", "0-1"])
        assert not vectors.is_current(writer)
        vectors.fill(writer)
        assert vectors.is_current(writer)
        assert vectors.open_store(folder).client.count() == COUNT + 5 - 2
        vectors.close_stores()


@pytest.mark.parametrize(
    "damage", ["segment gone", "metadata gone", "data cut", "data flipped", "folder gone", "database emptied"]
)
def test_damage_is_noticed_and_mended_without_encoding(tmp_path: Path, damage: str) -> None:
    folder = tmp_path
    with open_writer(folder, SPEC) as writer:
        fill_with(writer, MANY)
        vectors.fill(writer)
    assert vectors.is_current(Library(folder))
    chroma = folder / "chroma"
    segment = next(path for path in chroma.iterdir() if path.is_dir())
    data = segment / "data_level0.bin"
    if damage == "segment gone":
        shutil.rmtree(segment)
    elif damage == "metadata gone":
        (segment / "index_metadata.pickle").unlink()
    elif damage == "data cut":
        data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    elif damage == "data flipped":
        whole = bytearray(data.read_bytes())
        whole[len(whole) // 2] ^= 0xFF
        data.write_bytes(whole)
    elif damage == "folder gone":
        shutil.rmtree(chroma)
    else:
        (chroma / "chroma.sqlite3").unlink()
    assert not vectors.is_current(Library(folder))
    with open_writer(folder, SPEC) as writer:
        vectors.fill(writer)
        assert vectors.is_current(writer)
    assert lost(folder) == 0


def test_a_fill_that_was_killed_goes_on_where_it_stopped(folder: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from indexes import vectors; from indexes.writer import open_writer\n"
        "from tests.test_library import SPEC; from tests.test_vectors import fill_with\n"
        "vectors.BATCH = 10\n"
        "def die(done, total):\n    if done >= 30: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"with open_writer(Path({str(folder)!r}), SPEC) as writer: fill_with(writer, 80, 2); vectors.fill(writer, die)"
    )
    root = Path(__file__).parent.parent
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == -9
    assert not vectors.is_current(Library(folder))
    with open_writer(folder, SPEC) as writer:
        assert len(writer.outbox(True)) == 50
        vectors.fill(writer)
    assert lost(folder) == 0
    assert vectors.open_store(folder).client.count() == COUNT + 80
    vectors.close_stores()


def test_refilling_gives_the_same_collection(folder: Path) -> None:
    with open_writer(folder, SPEC) as writer:
        vectors.refill(writer)
        assert vectors.is_current(writer)
    assert lost(folder) == 0


def test_any_llama_index_program_can_read_the_collection(folder: Path) -> None:
    store = vectors.open_store(folder)
    nodes = store.get_nodes(node_ids=[Library(folder).vectors()[0][0]])
    assert nodes[0].metadata["article_id"] == "0-0"
    assert nodes[0].get_content() == "Sentence 0 of 0."
    vectors.close_stores()
