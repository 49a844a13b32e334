"""Ranking metrics: equal to ir_measures on random rankings, by hand where one evidence has several passages."""

from __future__ import annotations

import random

import ir_measures
import pytest
from ir_measures import RR, R, Success, nDCG

from qa.evaluation.ranking import article_ranks, hit, mrr, ndcg, passage_ranks, ranking_scores, recall
from qa.evaluation.types import Case, Evidence, Found, Record

TEXTS = {name: " ".join(f"{name}{place:02d}" for place in range(20)) for name in "uvwxyz"}  # words of three letters

MEASURES = {
    **{f"hit@{k}": Success @ k for k in (1, 3, 5, 10)},
    **{f"recall@{k}": R @ k for k in (1, 3, 5, 10)},
    "mrr@10": RR @ 10,
    "ndcg@10": nDCG @ 10,
}


def found(article: str, word: int, words: int = 1) -> Found:
    """The passage of some words of an article."""
    start, end = 4 * word, 4 * (word + words) - 1
    return Found(article, start, end, TEXTS[article][start:end], 1.0)


def evidence(article: str, word: int, words: int = 1) -> Evidence:
    passage = found(article, word, words)
    return Evidence(article, passage.text, passage.start)


def reference(golds: list[str], order: list[str]) -> dict[str, float]:
    """What ir_measures says of one ranking."""
    run = {"q": {one: float(len(order) - rank) for rank, one in enumerate(order)}}
    qrels = {"q": dict.fromkeys(golds, 1)}
    return {name: next(iter(ir_measures.iter_calc([one], qrels, run))).value for name, one in MEASURES.items()}


def test_passage_metrics_equal_ir_measures_where_each_evidence_has_one_passage() -> None:
    draw = random.Random(1)
    every = [(name, word) for name in TEXTS for word in range(20)]
    for _ in range(100):
        pool = draw.sample(every, 14)
        golds, order = draw.sample(pool, draw.randrange(1, 13)), draw.sample(pool, 12)
        record = Record("q", "?", hits=tuple(found(*one) for one in order))
        case = Case("q", "?", evidence=tuple(evidence(*one) for one in golds))
        ours = ranking_scores(case, record, TEXTS)
        theirs = reference([f"{name}{word}" for name, word in golds], [f"{name}{word}" for name, word in order])
        for name, value in theirs.items():
            assert ours[f"passage_{name}"] == pytest.approx(value, abs=1e-9), name


def test_article_metrics_equal_ir_measures_on_first_appearances() -> None:
    draw = random.Random(2)
    for _ in range(100):
        order = draw.choices("uvwxyz", k=10)
        golds = draw.sample("uvwxyz", draw.randrange(1, 4))
        record = Record("q", "?", hits=tuple(found(one, draw.randrange(20)) for one in order))
        ours = ranking_scores(Case("q", "?", evidence=tuple(Evidence(one) for one in golds)), record, TEXTS)
        for name, value in reference(golds, list(dict.fromkeys(order))).items():
            assert ours[f"article_{name}"] == pytest.approx(value, abs=1e-9), name


def test_the_worked_examples_of_the_docstrings() -> None:
    assert hit([3, None], 3) == 1
    assert hit([3, None], 1) == 0
    assert recall([3, None], 3) == 0.5
    assert mrr([3, None]) == pytest.approx(1 / 3)
    assert mrr([11]) == 0
    assert ndcg([3]) == 0.5
    assert ndcg([1, 1]) == 1
    assert ndcg([1, None]) == pytest.approx(1 / (1 + 1 / 1.584962500721156))


def test_a_passage_covers_evidence_at_half_of_its_span_and_not_below() -> None:
    gold = [evidence("x", 4, 4)]  # 15 characters
    assert passage_ranks([found("x", 2, 4)], gold, TEXTS) == [None]  # 7 of them
    assert passage_ranks([found("x", 3, 4)], gold, TEXTS) == [1]  # 11
    assert passage_ranks([found("x", 0, 20)], gold, TEXTS) == [1]


def test_a_passage_within_long_evidence_does_not_cover_it() -> None:
    assert passage_ranks([found("x", 5)], [evidence("x", 4, 4)], TEXTS) == [None]


def test_only_the_first_passage_that_covers_an_evidence_gains() -> None:
    hits = [found("y", 0), found("x", 3, 4), found("x", 4, 5), found("x", 9)]
    golds = [evidence("x", 4, 4), evidence("x", 9)]
    assert passage_ranks(hits, golds, TEXTS) == [2, 4]
    scores = ranking_scores(Case("q", "?", evidence=tuple(golds)), Record("q", "?", hits=tuple(hits)), TEXTS)
    assert scores["passage_recall@3"] == 0.5
    assert scores["passage_ndcg@10"] == pytest.approx(
        (1 / 1.584962500721156 + 1 / 2.321928094887362) / 1.6309297535714575
    )


def test_the_same_words_in_another_article_are_not_the_evidence() -> None:
    gold = evidence("x", 4)
    other = Found("y", gold.start or 0, 30, gold.quote, 1.0)
    assert passage_ranks([other], [gold], TEXTS) == [None]


def test_evidence_without_its_place_is_searched_for_whatever_the_white_space() -> None:
    texts = {"x": "One two.\nThree  four. Five."}
    gold = Evidence("x", "two. Three four.")
    halves = [Found("x", 4, 8, "two.", 1.0), Found("x", 9, 21, "Three  four.", 1.0)]
    assert passage_ranks(halves, [gold], texts) == [2]
    assert passage_ranks(halves, [gold], {}) == [None]


def test_a_passages_own_text_is_enough_where_the_article_is_not_known() -> None:
    assert passage_ranks([found("x", 3, 4)], [Evidence("x", "x04 x05")], {}) == [1]


def test_articles_count_once_where_they_first_appear() -> None:
    hits = [found("x", 0), found("x", 5), found("y", 0)]
    assert article_ranks(hits, [Evidence("y"), Evidence("y", "y00"), Evidence("z")]) == [2, None]


def test_evidence_without_a_quote_has_article_metrics_only() -> None:
    scores = ranking_scores(Case("q", "?", evidence=(Evidence("x"),)), Record("q", "?", hits=(found("x", 0),)), TEXTS)
    assert scores["article_hit@1"] == 1
    assert not [name for name in scores if "passage" in name]
    both = Case("q", "?", evidence=(Evidence("x"), evidence("y", 1)))
    scores = ranking_scores(both, Record("q", "?", hits=(found("y", 1),)), TEXTS)
    assert scores["passage_recall@1"] == 1
    assert scores["article_recall@1"] == 0.5


def test_a_case_without_evidence_has_no_ranking_scores() -> None:
    assert ranking_scores(Case("q", "?"), Record("q", "?", hits=(found("x", 0),)), TEXTS) == {}


def test_hits_and_retrieved_are_scored_apart() -> None:
    record = Record("q", "?", hits=(found("x", 4),), retrieved=(found("y", 0), found("x", 4)))
    scores = ranking_scores(Case("q", "?", evidence=(evidence("x", 4),)), record, TEXTS)
    assert scores["passage_mrr@10"] == 1
    assert scores["retrieved_passage_mrr@10"] == 0.5
    assert len(scores) == 40


def test_a_system_of_one_stage_has_no_scores_before_reading_and_one_that_failed_has_0() -> None:
    case = Case("q", "?", evidence=(evidence("x", 4),))
    assert not [name for name in ranking_scores(case, Record("q", "?", hits=(found("x", 4),)), TEXTS) if "retr" in name]
    failed = ranking_scores(case, Record("q", "?"), TEXTS)
    assert len(failed) == 40
    assert set(failed.values()) == {0.0}


def test_the_perfect_ranking_scores_1_and_the_worst_0() -> None:
    golds = tuple(evidence("x", word) for word in range(12))
    perfect = tuple(found("x", word) for word in range(10))
    one = Case("q", "?", evidence=golds[:1])
    assert set(ranking_scores(one, Record("q", "?", hits=perfect), TEXTS).values()) == {1.0}
    assert ranking_scores(Case("q", "?", evidence=golds), Record("q", "?", hits=perfect), TEXTS)["passage_ndcg@10"] == 1
    together = Record("q", "?", hits=(found("x", 0, 12),))
    assert ranking_scores(Case("q", "?", evidence=golds), together, TEXTS)["passage_ndcg@10"] == 1
    worst = Record("q", "?", hits=tuple(found("y", word) for word in range(10)))
    assert set(ranking_scores(one, worst, TEXTS).values()) == {0.0}


def test_the_order_of_the_evidence_changes_nothing() -> None:
    golds = (evidence("x", 4), evidence("y", 2, 3), Evidence("z"))
    record = Record("q", "?", hits=(found("z", 0), found("y", 2, 4), found("x", 4)))
    forth, back = (ranking_scores(Case("q", "?", evidence=one), record, TEXTS) for one in (golds, golds[::-1]))
    assert forth == back
