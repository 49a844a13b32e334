"""Answer metrics: equal to torchmetrics' SQuAD on random ASCII text, by hand elsewhere."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import pytest
import torch
from torchmetrics.functional.text import squad

from qa.evaluation.answers import (
    answer_scores,
    contains,
    contains_any,
    exact_match,
    first_sentence,
    is_correct,
    normalise,
    token_f1,
    token_recall,
)
from qa.evaluation.types import Case, Record

WORDS = [
    "the",
    "a",
    "an",
    "Nile",
    "nile",
    "river",
    "Mali",
    "U.S.",
    "1,000",
    "long-term",
    "it's",
    "The",
    "(x)",
    "$5",
    "--",
]
LONG_GOLD = "Mother-to-child transmission is the main cause of infection in children worldwide."


@pytest.fixture
def double() -> Iterator[None]:
    """torchmetrics in double precision: in single it is off by 1e-8."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def phrases(count: int, seed: int) -> list[str]:
    """Random phrases of words, and of any printable ASCII; some empty. Not of other scripts: NFKC and the wider notion
    of punctuation differ there on purpose."""
    draw = random.Random(seed)
    some = [" ".join(draw.choices(WORDS, k=draw.randrange(6))) for _ in range(count)]
    return some + ["".join(draw.choices(string.printable, k=draw.randrange(12))) for _ in range(count)]


def test_em_and_f1_equal_torchmetrics_question_by_question(double: None) -> None:
    draw = random.Random(1)
    golds = phrases(200, 2)
    for prediction in phrases(300, 3):
        some = draw.sample(golds, draw.randrange(1, 4))
        theirs = squad(
            [{"prediction_text": prediction, "id": "1"}], [{"answers": {"text": some, "answer_start": [0]}, "id": "1"}]
        )
        assert exact_match(prediction, some) == pytest.approx(float(theirs["exact_match"]) / 100, abs=1e-9)
        assert token_f1(prediction, some) == pytest.approx(float(theirs["f1"]) / 100, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  U.S. — a “Big” state", "us big state"),
        ("Qatar’s", "qatars"),
        ("Qatar's", "qatars"),
        ("£5 · €5", "5 5"),
        ("ﬁve m²", "five m2"),
        ("sea—then", "sea then"),
        ("2010–2012", "20102012"),
        ("theatre an other", "theatre other"),
        ("ＡＢＣ　１", "abc 1"),
        ("हिन्दी", "हिन्दी"),
        ("The", ""),
    ],
)
def test_normalise_is_squads_after_nfkc_with_punctuation_of_every_script(text: str, expected: str) -> None:
    assert normalise(text) == expected
    assert normalise(normalise(text)) == normalise(text)


def test_the_worked_examples_of_the_docstrings() -> None:
    assert exact_match("The Nile.", ["Amazon", "nile"]) == 1
    assert token_f1("river Nile", ["Nile"]) == pytest.approx(2 / 3)
    assert contains("From Mali to Chad", ["Mali", "Had"]) == 0.5
    assert contains_any("From Mali", ["Mali", "Chad"]) == 1
    assert token_recall("It is long", ["very long"]) == 0.5


def test_without_golds_every_score_is_0() -> None:
    assert [one("Nile", []) for one in (exact_match, token_f1, contains, contains_any, token_recall)] == [0] * 5


def test_a_gold_of_several_words_is_contained_only_in_a_row() -> None:
    assert contains("the river, Nile", ["river Nile"]) == 1
    assert contains("Nile, a river", ["river Nile"]) == 0


def test_a_gold_that_is_an_article_is_contained_only_in_an_empty_prediction() -> None:
    assert contains("vitamin A", ["A"]) == 0
    assert contains("the", ["A"]) == 1


def test_token_recall_takes_the_best_gold_and_counts_repeated_tokens() -> None:
    assert token_recall("x y", ["x x", "x z q"]) == 0.5
    assert token_recall("", ["the"]) == 1
    assert token_recall("x", ["the"]) == 0


def test_em_and_f1_read_the_span_and_contains_the_whole_answer() -> None:
    record = Record("1", "?", "It is long. It is the Nile.", "the Nile")
    expected = {"em": 1, "f1": 1, "contains": 1, "contains_any": 1, "lead_contains": 0}
    assert answer_scores(Case("1", "?", ("Nile",)), record) == expected
    assert answer_scores(Case("1", "?", ("Nile",)), record, "Nile!")["lead_contains"] == 1


def test_without_a_span_the_answer_is_the_prediction() -> None:
    scores = answer_scores(Case("1", "?", ("Nile",)), Record("1", "?", "river Nile"))
    assert scores["em"] == 0
    assert scores["f1"] == pytest.approx(2 / 3)


def test_a_refusal_is_the_empty_answer_whatever_its_words() -> None:
    record = Record("1", "?", "The articles do not say: Nile", "Nile", refused=True)
    assert set(answer_scores(Case("1", "?", ("Nile",)), record).values()) == {0.0}
    assert first_sentence(record) == ""


@pytest.mark.parametrize("refused", [True, False])
def test_an_unanswerable_case_is_right_if_and_only_if_refused(refused: bool) -> None:
    case = Case("1", "?", answerable=False)
    record = Record("1", "?", "Nile", refused=refused)
    assert answer_scores(case, record) == {"em": refused, "f1": refused}
    assert is_correct(case, record, 0) is refused


def test_a_case_without_golds_has_no_answer_scores() -> None:
    assert answer_scores(Case("1", "?"), Record("1", "?", "Nile")) == {}


def test_the_first_sentence_is_the_records_own_or_else_cut_from_the_answer() -> None:
    assert first_sentence(Record("1", "?", "A b. C d.", sentences=(("C d.", ()),))) == "C d."
    assert first_sentence(Record("1", "?", "Dr. Who came. He left.")) == "Dr. Who came."
    assert first_sentence(Record("1", "?")) == ""


@pytest.mark.parametrize(
    ("golds", "kind", "answer", "expected"),
    [
        (("Nile",), "", "Perhaps the Nile. Or the Congo.", True),
        (("Nile", "Congo"), "", "The Congo.", True),
        (("Nile", "Congo"), "list", "The Congo.", False),
        (("Nile", "Congo"), "conflict", "The Congo; others say the Nile.", True),
        (("Nile",), "", "The Niles.", False),
        ((LONG_GOLD,), "", "In children worldwide the cause of infection is transmission from mothers.", True),
        ((LONG_GOLD,), "", "It is the main cause of it in all of them.", False),
        ((LONG_GOLD, "transmission"), "", "In children worldwide the main cause is infection.", False),
        (("red blue green white black",), "", "red, blue, green; white", False),  # 5 tokens are not long
        (("red blue green white black grey",), "", "red, blue, green; white", True),  # 6 are
        (("it is not what they had been",), "", "It is what they had been.", False),
    ],
)
def test_an_answer_is_correct_if_it_has_a_gold_or_most_of_a_long_one(
    golds: tuple[str, ...], kind: str, answer: str, expected: bool
) -> None:
    assert is_correct(Case("1", "?", golds, kind=kind), Record("1", "?", answer), 0) is expected


def test_without_golds_an_answer_is_correct_if_a_citation_hits_the_evidence() -> None:
    case, record = Case("1", "?"), Record("1", "?", "Nile")
    assert is_correct(case, record, 0.5)
    assert not is_correct(case, record, 0.0)
    assert not is_correct(case, Record("1", "?", refused=True), 0.5)


def test_perfect_answers_score_1_and_unrelated_ones_0() -> None:
    case = Case("1", "?", ("White Nile",))
    assert set(answer_scores(case, Record("1", "?", "The White Nile.")).values()) == {1.0}
    assert set(answer_scores(case, Record("1", "?", "Congo")).values()) == {0.0}


def test_the_order_of_the_golds_changes_nothing() -> None:
    for prediction, *golds in zip(phrases(50, 4), phrases(50, 5), phrases(50, 6), strict=True):
        for metric in (exact_match, token_f1, contains, contains_any, token_recall):
            assert metric(prediction, golds) == metric(prediction, golds[::-1])
