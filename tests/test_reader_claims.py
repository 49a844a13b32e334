"""Claims that are made by rule, to train the checker."""

from __future__ import annotations

import random

from qa.reader.claims import Claim, Made, held_back, said_otherwise, untokenised
from qa.reader.data import Asked

TOLD = (
    "The Suez Canal was opened in November 1869 by Ferdinand de Lesseps. It is 193 kilometres long, which makes it one "
    "of the longest canals in the world. In 1956, Gamal Nasser took the canal from the British owners. The canal was "
    "closed for eight years after the war of 1967. “It was a day to remember,” said Anwar Sadat."
)
ASKED = Asked("When was it opened?", ("1869",), "suez", "Suez Canal", TOLD, (0, len(TOLD)), (32, 36))


def drawn(count: int = 600) -> list[Claim]:
    made, rng = Made([ASKED]), random.Random(1)
    return [made.draw(rng) for _ in range(count)]


def test_every_kind_of_fault_is_made_and_about_half_is_true() -> None:
    claims = drawn()
    kinds = {claim.kind for claim in claims}
    assert {"number", "name", "exchanged", "negated", "said otherwise", "left_out"} <= kinds
    assert 0.35 < sum(claim.supported for claim in claims) / len(claims) < 0.6
    assert claims == drawn()


def test_a_faulty_claim_says_something_that_its_words_do_not() -> None:
    for claim in drawn():
        if claim.kind in ("number", "name", "exchanged", "negated", "opposite"):
            assert claim.text not in " ".join(claim.evidence.split())
        if claim.kind == "number":
            assert not claim.supported and claim.text != claim.evidence


def test_rewording_turns_and_shortens_but_keeps_the_figures() -> None:
    rng = random.Random(3)
    seen = {said_otherwise("In 1956, Gamal Nasser took the canal from the British owners.", rng) for _ in range(60)}
    assert "Gamal Nasser took the canal from the British owners in 1956." in seen
    assert all("1956" in text and "Nasser" in text for text in seen)
    seen = {said_otherwise("“It was a day to remember,” said Anwar Sadat.", rng) for _ in range(60)}
    assert "Anwar Sadat said that It was a day to remember." in seen


def test_words_set_apart_are_put_together() -> None:
    assert untokenised("Telemundo ( -LSB- x -RSB- ) is Bob 's , not mine .") == "Telemundo ( [x] ) is Bob's, not mine."


def test_the_same_evidence_stays_on_one_side() -> None:
    claims = {"a": [Claim(f"claim {n}", "", f"evidence {n // 2}", True, "a") for n in range(200)]}
    train, dev = held_back(claims, 5)
    assert train["a"] and dev["a"] and len(train["a"]) + len(dev["a"]) == 200
    assert not {one.evidence for one in train["a"]} & {one.evidence for one in dev["a"]}
