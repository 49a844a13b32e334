"""What a retriever finds in a training set, with the real encoder."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.reader.neighbours import Neighbours

MILL = "The mill was built in 1840 by Ada Stone."
LAMP = "The lamp on the pier is blue."
SHIP = "The ship Meridian sank off Cape Dunn; nine sailors drowned."


@pytest.fixture
def near(tmp_path: Path) -> Neighbours:
    return Neighbours([MILL, LAMP, SHIP, MILL], tmp_path)


def test_words_are_compared_by_their_stems(near: Neighbours) -> None:
    assert near.by_words("Which mills did they build?") == [MILL]
    assert near.by_words("Where is the blue lamp of the mill?")[0] == LAMP


def test_a_question_of_none_of_the_words_finds_nothing(near: Neighbours) -> None:
    assert near.by_words("How was it?") == []
    assert near.by_words('"lighthouse" OR (*') == []


def test_meaning_finds_what_shares_no_word(near: Neighbours) -> None:
    found = near.by_meaning("Which vessel was wrecked?")
    assert found[0] == SHIP
    assert sorted(found) == sorted([MILL, LAMP, SHIP])  # each once


def test_vectors_are_kept(near: Neighbours, tmp_path: Path) -> None:
    near.by_meaning("mill")
    (kept,) = tmp_path.glob("*.npy")
    before = kept.stat().st_mtime_ns
    assert Neighbours([MILL, LAMP, SHIP], tmp_path).by_meaning("mill")[0] == MILL
    assert kept.stat().st_mtime_ns == before
    Neighbours([LAMP, SHIP], tmp_path).by_meaning("mill")
    assert len(list(tmp_path.glob("*.npy"))) == 2
