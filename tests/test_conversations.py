"""The sample conversations are what they say they are, and the rule loses little of what a hand-written question finds.

What was answered before is the evidence here, so that no reader runs; bench/followups.py measures with real answers.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from indexes.build import spec
from indexes.encoder import Encoder
from indexes.library import Library
from indexes.types import Hit
from qa.evaluation.ranking import hit, passage_ranks
from qa.evaluation.types import Evidence, Found
from qa.followup import standalone
from qa.retrieve import Retrieval
from qa.types import Turn

CONVERSATIONS = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "seeds" / "conversations.jsonl").read_text("utf-8").splitlines()
]
KINDS = {"pronoun", "ellipsis", "there", "then", "possessive", "new subject", "definite noun", "comparison", "plain"}
FLOOR = 0.9  # of what the hand-written questions find; measured .98 or more when this was written


@pytest.fixture(scope="module")
def library(sample_library: Path) -> Library:
    return Library(sample_library, spec())


def test_there_are_enough_conversations_of_two_and_three_turns() -> None:
    assert len(CONVERSATIONS) >= 66
    assert {len(one["turns"]) for one in CONVERSATIONS} == {2, 3}
    assert len({one["id"] for one in CONVERSATIONS}) == len(CONVERSATIONS)


def test_every_kind_of_follow_up_is_there_and_a_first_turn_is_plain() -> None:
    kinds = Counter(turn["kind"] for one in CONVERSATIONS for turn in one["turns"])
    assert set(kinds) == KINDS and min(kinds.values()) >= 5
    assert all([turn["kind"] == "plain" for turn in one["turns"]][:2] == [True, False] for one in CONVERSATIONS)


def test_a_first_turn_and_a_new_subject_stand_alone_as_they_are() -> None:
    turns = [turn for one in CONVERSATIONS for turn in one["turns"] if turn["kind"] in ("plain", "new subject")]
    assert [turn for turn in turns if turn["question"] != turn["standalone"]] == []


def test_every_quote_is_in_its_article_word_for_word(library: Library) -> None:
    texts = {article.id: article.text for article in library.articles()}
    quotes = [one for talk in CONVERSATIONS for turn in talk["turns"] for one in turn["evidence"]]
    assert [one for one in quotes if one["quote"] not in texts[one["article_id"]]] == []
    assert all(turn["evidence"] for talk in CONVERSATIONS for turn in talk["turns"])


def test_a_change_of_subject_is_noticed() -> None:
    changed = [rows for talk in CONVERSATIONS for rows in replayed(talk) if rows[0]["kind"] == "new subject"]
    assert [by_rule for turn, by_rule in changed if by_rule != turn["question"]] == []


def test_the_rule_finds_nearly_all_that_a_hand_written_question_finds(library: Library, encoder: Encoder) -> None:
    texts, retrieval = {article.id: article.text for article in library.articles()}, Retrieval(library, encoder)

    def finds(question: str, turn: dict) -> float:  # type: ignore[type-arg]
        hits = [found(one) for one in retrieval.candidates(question)[:5]]
        return hit(passage_ranks(hits, [Evidence(**one) for one in turn["evidence"]], texts), 5)

    later = [rows for talk in CONVERSATIONS for rows in replayed(talk)]
    counts = np.array([(finds(by_rule, turn), finds(turn["standalone"], turn)) for turn, by_rule in later]).sum(axis=0)
    assert counts[1] > 0.9 * len(later)
    assert counts[0] >= FLOOR * counts[1]


def replayed(talk: dict) -> list[tuple[dict, str]]:  # type: ignore[type-arg]
    """The later turns, each with the question that the rule made of it."""
    history: list[Turn] = []
    rows = []
    for turn in talk["turns"]:
        asked = standalone(turn["question"], history)
        rows.append((turn, asked))
        gold = " ".join(one["quote"] for one in turn["evidence"])
        history += [Turn("user", asked), Turn("assistant", gold)]
    return rows[1:]


def found(one: Hit) -> Found:
    passage = one.passage
    return Found(passage.article_id, passage.start, passage.end, passage.text, one.score)
