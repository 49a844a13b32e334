"""Harder sets are made from a set by rule: the same each time, and every quote where it is said to be."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest

from indexes.types import Article
from qa.evaluation.derive import NUMBER, counterfactual, leave_out, noise, other_number, place
from qa.evaluation.types import Case, EvaluationError, Evidence

ARTICLES = [
    Article(f"a{number}", f"It is {number} metres wide. It sank.", f"Ship {number}", url="https://example.com")
    for number in range(10, 20)
]
CASES = [
    Case(
        f"q{number}",
        "How wide is it?",
        (f"{number} metres", "wide"),
        (Evidence(f"a{number}", f"It is {number} metres wide."),),
        kind="number",
    )
    for number in range(10, 20)
]
REFUSED = Case("no", "Who painted it?", answerable=False)
BLIND = Case("blind", "When?", ("1931",))


# -- where a quote stands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quote", "start", "found"),
    [
        ("It sank.", None, (0, 8)),
        ("It sank.", 9, (9, 17)),
        ("It sank.", 12, (9, 17)),  # the start of the answer, "sank"
        ("It sank.", 500, (0, 8)),
        ("It flew.", 0, None),
        ("", 3, None),
    ],
)
def test_a_quote_is_found_at_or_around_its_start(quote: str, start: int | None, found: object) -> None:
    assert place(Evidence("a", quote, start), "It sank. It sank. It sank.") == found


# -- the gold article left out --------------------------------------------------------------------------------------------


def test_the_gold_article_of_each_question_is_left_out() -> None:
    parts = leave_out([*CASES, REFUSED], ARTICLES)
    assert [(part.name, len(part.cases), len(part.articles)) for part in parts] == [
        ("left-out-1", 5, 5),
        ("left-out-2", 5, 5),
    ]
    golden = {case.id: case.evidence[0].article_id for case in CASES}
    for part in parts:
        there = {article.id for article in part.articles}
        assert not [case.id for case in part.cases if golden[case.id] in there]
        assert all((case.answerable, case.answers, case.evidence) == (False, (), ()) for case in part.cases)
    assert {case.id for part in parts for case in part.cases} == set(golden)


def test_articles_that_are_nobodys_gold_stay_in_both_parts() -> None:
    other = Article("other", "Nothing.")
    assert all(other in part.articles for part in leave_out(CASES, [*ARTICLES, other]))


def test_questions_across_both_folds_and_without_evidence_are_dropped_by_name() -> None:
    everywhere = replace(CASES[0], id="everywhere", evidence=tuple(case.evidence[0] for case in CASES))
    parts = leave_out([*CASES, everywhere, BLIND], ARTICLES)
    assert [part.dropped for part in parts] == [("everywhere", "blind")] * 2


def test_a_part_without_questions_is_not_made() -> None:
    assert [part.name for part in leave_out(CASES[:1], ARTICLES)] == ["left-out-1"]


@pytest.mark.parametrize("articles", [ARTICLES[:1], []])
def test_the_only_article_cannot_be_left_out(articles: Sequence[Article]) -> None:
    with pytest.raises(EvaluationError, match=r"^a set with one article has none to leave out; add articles$"):
        leave_out(CASES[:1], articles)


# -- noise ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.2, 0), (0.4, 1), (0.6, 3), (0.8, 8)])
def test_the_share_is_that_of_distractors_among_all_articles(share: float, count: int) -> None:
    part = noise([*CASES[:2], REFUSED], ARTICLES, share)
    assert part.articles[:2] == tuple(ARTICLES[:2])
    assert len(part.articles) == 2 + count
    assert part.cases == (*CASES[:2], REFUSED)


def test_a_smaller_share_has_a_part_of_the_distractors_of_a_greater_one() -> None:
    less, more = noise(CASES[:2], ARTICLES, 0.6), noise(CASES[:2], ARTICLES, 0.8)
    assert set(less.articles) < set(more.articles)


def test_distractors_may_come_from_elsewhere() -> None:
    others = [Article("a11", "Of the set: not taken."), *(Article(f"x{number}", "Elsewhere.") for number in range(3))]
    part = noise(CASES[:2], ARTICLES, 0.6, others)
    assert {article.id for article in part.articles} == {"a10", "a11", "x0", "x1", "x2"}
    assert part.articles[1] == ARTICLES[1]


def test_questions_whose_article_is_not_known_are_dropped_by_name() -> None:
    assert noise([*CASES[:2], BLIND], ARTICLES, 0.4).dropped == ("blind",)


def test_too_few_distractors_are_counted_out() -> None:
    said = "15 distractors are needed for a share of 0.6 beside 10 gold articles, and there are 0; give more, ask fewer questions or lower the share"
    with pytest.raises(EvaluationError, match=f"^{re.escape(said)}$"):
        noise(CASES, ARTICLES, 0.6)


@pytest.mark.parametrize("share", [1, -0.1, float("nan")])
def test_a_share_is_less_than_all(share: float) -> None:
    with pytest.raises(
        EvaluationError, match=rf"^a share of {share:g} distractors cannot be had; give one from 0 up to 1$"
    ):
        noise(CASES, ARTICLES, share)


# -- one number changed ---------------------------------------------------------------------------------------------------


def text_at(part_articles: Sequence[Article], evidence: Evidence) -> str:
    (text,) = [article.text for article in part_articles if article.id == evidence.article_id]
    assert evidence.start is not None
    return text[evidence.start : evidence.start + len(evidence.quote)]


def test_a_copy_says_another_number_and_both_are_right() -> None:
    part = counterfactual(CASES[:1], ARTICLES[:2])
    original, _, copy = part.articles
    (case,) = part.cases
    other = case.answers[1].removesuffix(" metres")
    assert case.answers == ("10 metres", f"{other} metres")
    assert other != "10"
    assert copy == replace(original, id="a10-copy", source="Copy", url="", text=f"It is {other} metres wide. It sank.")
    assert (case.id, case.question, case.kind, case.answerable) == ("q10", "How wide is it?", "conflict", True)
    assert case.evidence == (
        Evidence("a10", "It is 10 metres wide.", 0),
        Evidence("a10-copy", f"It is {other} metres wide.", 0),
    )


def test_every_quote_stands_where_it_is_said_to() -> None:
    part = counterfactual(CASES, ARTICLES)
    assert len(part.cases) == 10
    assert all(text_at(part.articles, one) == one.quote for case in part.cases for one in case.evidence)


def test_a_number_is_changed_everywhere_in_the_quote_and_nowhere_else() -> None:
    article = Article("a", "There were 40. Of 40 ships, 400 tons each, 40 sank.")
    (case,) = counterfactual(
        [Case("q", "How many?", ("40",), (Evidence("a", "Of 40 ships, 400 tons each, 40 sank."),))], [article]
    ).cases
    other = case.answers[1]
    assert case.evidence[1].quote == f"Of {other} ships, 400 tons each, {other} sank."
    assert counterfactual([case], [article]).cases == ()


def test_two_questions_on_one_quote_share_its_change() -> None:
    twice = [CASES[0], replace(CASES[0], id="again", question="What is its width?")]
    part = counterfactual(twice, ARTICLES[:1])
    assert len(part.articles) == 2
    assert part.cases[0].answers == part.cases[1].answers


@pytest.mark.parametrize(
    "case",
    [
        Case("q", "How wide?", ("ten metres",), (Evidence("a10", "It is 10 metres wide."),)),
        Case("q", "How wide?", ("10",), (Evidence("a10", "It is 10 metres wide. It sank."),)),
        Case("q", "How wide?", ("10",), (Evidence("a10", ""),)),
        Case("q", "How wide?", ("10",), (Evidence("a10", "It is 10 miles wide."),)),
        Case("q", "How wide?", ("10",), (Evidence("nowhere", "It is 10 metres wide."),)),
        Case("q", "How wide?", ("10",), (Evidence("a10", "It is 10 metres wide."), Evidence("a10", "It sank."))),
        Case("q", "How wide?", ("10",), (Evidence("a10", "It is 10 metres wide."),), kind="conflict"),
        Case("q", "Is it 10 metres wide?", ("10",), (Evidence("a10", "It is 10 metres wide."),)),
        BLIND,
    ],
    ids=["in words", "two sentences", "no quote", "not in the article", "no article", "two quotes", "conflict", "in the question", "no evidence"],
)  # fmt: skip
def test_a_question_that_cannot_be_turned_is_dropped_by_name(case: Case) -> None:
    part = counterfactual([case, REFUSED], ARTICLES)
    assert (part.cases, part.dropped, part.articles) == ((), (case.id,), tuple(ARTICLES))


def test_a_quote_that_was_changed_otherwise_is_not_changed_again() -> None:
    article = Article("a", "It is 59 metres wide and 400 long.")
    evidence = (Evidence("a", article.text),)
    part = counterfactual(
        [Case("wide", "How wide?", ("59",), evidence), Case("long", "How long?", ("400",), evidence)], [article]
    )
    assert ([case.id for case in part.cases], part.dropped) == (["wide"], ("long",))


def test_a_copy_does_not_take_the_name_of_an_article() -> None:
    taken = [*ARTICLES, Article("a10-copy", "Mine.")]
    with pytest.raises(
        EvaluationError, match=r"^the copy of 'a10' would be named as the article 'a10-copy'; rename that one$"
    ):
        counterfactual(CASES, taken)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("It cost $9.6 billion, or 1,400 a head.", ["9.6", "1,400"]),
        ("On 23 March 2021, 59% said so.", ["23", "2021", "59"]),
        ("COVID-19 and HIV1 of the 1990s, 5th, 400-metre", []),
        ("At 7.40 a.m., 3 p.m. and 12:30", []),
        ("2010-2014, 1/3", []),
    ],
)
def test_numbers_are_those_that_may_be_changed_alone(text: str, numbers: list[str]) -> None:
    assert NUMBER.findall(text) == numbers


@pytest.mark.parametrize(
    "old", ["1931", "1000", "2099", "23", "5", "31", "07", "400", "9.6", "1,400", "0.05", "0", "0012", "99"]
)
def test_another_number_has_the_same_shape(old: str) -> None:
    for seed in range(50):
        new = other_number(old, [], random.Random(seed))
        assert new != old
        assert re.sub(r"\d", "d", new) == re.sub(r"\d", "d", old)
        if old in ("1931", "1000", "2099"):
            assert abs(int(new) - int(old)) <= 9
        if old in ("23", "5", "31", "07"):
            assert 1 <= int(new) <= 28


def test_another_number_is_none_that_is_taken() -> None:
    assert {other_number("5", "1234678", random.Random(seed)) for seed in range(50)} == {"9"}
    assert other_number("5", "12346789", random.Random(0)) == ""


# -- all of them ----------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_parts_and_another_gives_others() -> None:
    for make in (leave_out, lambda cases, articles, seed: noise(cases[:2], articles, 0.6, seed=seed), counterfactual):
        assert make(CASES, ARTICLES, seed=1) == make(CASES, ARTICLES, seed=1)
        assert make(CASES, ARTICLES, seed=1) != make(CASES, ARTICLES, seed=2)
