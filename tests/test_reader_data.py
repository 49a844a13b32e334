"""Training examples of the reader, on a small set written here."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from qa.reader.data import Asked, read_set, right_example, window
from qa.reader.evaluate import auc
from qa.reader.misses import Misses
from qa.reader.neighbours import Neighbours

MILL = "The mill was built in 1840 by Ada Stone. It ground wheat for Harwick. Tom Reed bought it in 1902."
LAMP = "The lamp on the pier is blue. Clara Svensson lit it first in 1931. She came from Norrby."
SHIP = "The ship Meridian sank off Cape Dunn. Nine sailors drowned. The wreck was found by Olaf Berg in 1977."
FIRE = "The mill of Norrby burnt in 1950. Nobody built it again."
TEXT = f"{MILL}\n\n{LAMP}\n\n{SHIP}"
QUESTIONS = [
    ("Who built the mill in 1840?", "Ada Stone", 0),
    ("When did Tom Reed buy the mill?", "1902", 0),
    ("Who lit the lamp first in 1931?", "Clara Svensson", 1),
    ("Where did Clara Svensson come from?", "Norrby", 1),
    ("How many sailors drowned off Cape Dunn?", "Nine", 2),
    ("Who found the wreck of the Meridian in 1977?", "Olaf Berg", 2),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    article = {"id": "town", "title": "A town", "text": TEXT}
    (tmp_path / "articles.jsonl").write_text(json.dumps(article) + "\n")
    lines = [
        {"question": question, "answers": [answer], "answerable": True, "extra": {"paragraph": paragraph},
         "evidence": [{"article_id": "town", "quote": answer, "start": TEXT.index(answer)}]}
        for question, answer, paragraph in QUESTIONS
    ]  # fmt: skip
    lines.append(
        {"question": "Who sold the mill?", "answers": [], "answerable": False, "evidence": [],
         "extra": {"paragraph": 0, "about_article": "town"}}
    )  # fmt: skip
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path


@pytest.fixture
def asked(folder: Path) -> list[Asked]:
    return read_set(folder)


def test_a_set_is_read_with_its_paragraphs(asked: list[Asked]) -> None:
    assert [one.told for one in asked] == [MILL, MILL, LAMP, LAMP, SHIP, SHIP, MILL]
    assert [one.text[slice(*one.span)] for one in asked if one.span] == [answer for _, answer, _ in QUESTIONS]
    assert asked[-1].span is None


def test_a_window_is_whole_sentences_around_the_answer(asked: list[Asked]) -> None:
    for seed in range(40):
        for one in asked[:-1]:
            right = right_example(one, random.Random(seed))
            assert right.span
            assert right.text[slice(*right.span)] in one.answers
            assert right.text in one.told
            assert right.text.endswith(".")


def test_windows_begin_where_they_say() -> None:
    for seed in range(20):
        text, at = window(LAMP, None, random.Random(seed))
        assert LAMP[at:].startswith(text)


def test_a_near_miss_does_not_hold_the_answer(asked: list[Asked]) -> None:
    misses, kinds = Misses(asked), set()
    for seed in range(60):
        for one in asked[:-1]:
            pair = misses.pair(one, random.Random(seed))
            kinds.add(pair.kind)
            assert pair.wrong.span is None
            assert (pair.right.question, pair.right.text) != (pair.wrong.question, pair.wrong.text)
            if pair.kind in ("other_window", "without_answer"):
                assert one.answers[0] not in pair.wrong.text
    assert {"other_window", "swapped_question", "without_answer"} <= kinds


def test_a_near_miss_is_what_a_retriever_finds_without_the_answer(asked: list[Asked], tmp_path: Path) -> None:
    other = Asked("When did the mill of Norrby burn?", ("1950",), "norrby", "Norrby", FIRE, (0, len(FIRE)), (26, 30))
    misses = Misses([*asked, other], Neighbours([*(one.told for one in asked), FIRE], tmp_path))
    question, rng = asked[0], random.Random(1)  # Who built the mill in 1840?
    for way in (misses._near_by_words, misses._near_by_meaning):
        found = [way(question, right_example(question, rng), rng) for _ in range(20)]
        assert all(one and one.span is None and "Ada Stone" not in one.text for one in found)
        assert any(one and one.text in FIRE for one in found)
        assert all(one and (not one.header or "Norrby" in one.header) for one in found if one and one.text in FIRE)
    assert Misses(asked)._near_by_words(question, right_example(question, rng), rng) is None


def test_a_human_near_miss_stands_beside_a_question_of_its_paragraph(asked: list[Asked]) -> None:
    pair = Misses(asked).human_pair(asked[-1], random.Random(1))
    assert pair
    assert pair.wrong.question == "Who sold the mill?"
    assert pair.right.text == pair.wrong.text
    assert pair.right.text in MILL


def test_the_same_seed_gives_the_same_pairs(asked: list[Asked]) -> None:
    one, two = ([Misses(asked).pair(each, random.Random(7)) for each in asked[:-1]] for _ in range(2))
    assert one == two


def test_auc_is_how_often_the_right_one_is_above() -> None:
    assert auc([3, 1], [2, 0]) == 0.75
    assert auc([1], [1]) == 0.5 == auc([], [1])
    assert auc([0], [1]) == 0
