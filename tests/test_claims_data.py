"""The hand-written claims, and the edits made by rule, are what seeds/claims.jsonl and tests/claim_edits.py say they are."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from indexes.library import Library
from indexes.types import Article
from tests.claim_edits import KINDS, Edit, edits, sources

CLAIMS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "seeds" / "claims.jsonl").read_text("utf-8").splitlines()
]
FAITHFUL = [claim for claim in CLAIMS if claim["label"] == "SUPPORTS"]
UNFAITHFUL = [claim for claim in CLAIMS if claim["label"] == "UNSUPPORTED"]
WAYS = {"reworded", "merged", "indirect", "passive", "shortened", "rounded"}
ERRORS = {
    "number", "date", "name", "negation", "who said it", "splice", "added detail", "cause", "overstated", "other time",
    "other place", "reversed",
}  # fmt: skip


@pytest.fixture(scope="module")
def articles(sample_library: Path) -> dict[str, Article]:
    return {article.id: article for article in Library(sample_library).articles()}


@pytest.fixture(scope="module")
def made(articles: dict[str, Article]) -> list[Edit]:
    return edits(sources(articles.values()))


def test_there_are_enough_claims_of_both_labels() -> None:
    assert len(FAITHFUL) >= 120
    assert len(UNFAITHFUL) >= 70
    assert len(FAITHFUL) + len(UNFAITHFUL) == len(CLAIMS)


def test_ids_and_claims_are_unique() -> None:
    assert len({claim["id"] for claim in CLAIMS}) == len(CLAIMS)
    assert len({claim["claim"] for claim in CLAIMS}) == len(CLAIMS)


def test_kinds_are_the_known_ones_and_balanced_over_even_and_odd_ids() -> None:
    assert {claim["kind"] for claim in FAITHFUL} == WAYS
    assert {claim["kind"] for claim in UNFAITHFUL} == ERRORS
    count = Counter((claim["label"], claim["kind"], int(claim["id"][1:]) % 2) for claim in CLAIMS)
    assert all(abs(count[label, kind, 0] - count[label, kind, 1]) <= 1 for label, kind, _ in count)


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim["id"] for claim in CLAIMS])
def test_evidence_is_word_for_word_in_an_article_and_not_the_claim(
    claim: dict[str, Any], articles: dict[str, Article]
) -> None:
    assert claim["evidence"]
    for one in claim["evidence"]:
        assert one["quote"] in articles[one["article_id"]].text
        assert one["quote"] != claim["claim"]


def test_every_sample_article_has_claims_of_both_labels(articles: dict[str, Article]) -> None:
    for claims in (FAITHFUL, UNFAITHFUL):
        assert {one["article_id"] for claim in claims for one in claim["evidence"]} == set(articles)


def test_paraphrases_are_not_copies(articles: dict[str, Article]) -> None:
    texts = {article.id: " ".join(article.text.split()) for article in articles.values()}
    for claim in FAITHFUL:
        assert claim["claim"] not in texts[claim["evidence"][0]["article_id"]]


def test_there_are_forty_edits_of_every_kind(made: list[Edit]) -> None:
    count = Counter(edit.kind for edit in made)
    assert set(count) == set(KINDS)
    assert min(count.values()) >= 40


def test_edits_are_the_same_on_every_run(made: list[Edit], articles: dict[str, Article]) -> None:
    assert edits(sources(articles.values())) == made
    assert len({edit.id for edit in made}) == len(made)


def test_an_edit_says_what_its_article_does_not(made: list[Edit], articles: dict[str, Article]) -> None:
    for edit in made:
        text = " ".join(articles[edit.article_id].text.split())
        assert edit.claim not in text
        assert all(sentence in text for sentence in edit.evidence)


def test_an_edit_changes_one_thing_only(made: list[Edit]) -> None:
    for edit in made:
        if edit.kind in ("number", "date", "name", "negation"):
            before, after = edit.evidence[0].split(), edit.claim.split()
            start = next(at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1])
            left = min(len(before), len(after)) - start
            same_end = next((at for at in range(left) if before[-1 - at] != after[-1 - at]), left)
            assert start + same_end >= min(len(before), len(after)) - 4, edit
