from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexes.encoder import Encoder
from indexes.library import Library
from indexes.types import Filters, Hit, Passage
from qa.retrieve import Retrieval, cap, fuse, nearest


def hit(article: str, score: float) -> Hit:
    return Hit(Passage(article, 0, 1, "x"), score)


def test_the_worked_example_of_fuse() -> None:
    assert fuse({"a": 0.8, "b": 0.4}, {"b": 6.0, "a": 3.0}, 0.5) == [("a", 0.75), ("b", 0.5)]


def test_a_passage_found_by_words_alone_keeps_its_true_cosine() -> None:
    order = [one for one, _ in fuse({"near": 0.9, "said": 0.7, "far": 0.1}, {"said": 5.0}, 0.5)]
    assert order == ["said", "near", "far"]


def test_equal_scores_are_ordered_by_id() -> None:
    assert [one for one, _ in fuse({"b": 0.5, "a": 0.5}, {}, 0.5)] == ["a", "b"]


def test_fusing_nothing_gives_nothing() -> None:
    assert fuse({}, {}) == []


def test_at_most_so_many_passages_of_one_article() -> None:
    hits = [hit("a", 0.9), hit("a", 0.8), hit("a", 0.7), hit("b", 0.6), hit("a", 0.5), hit("c", 0.4)]
    assert [one.passage.article_id for one in cap(hits, 4, 2)] == ["a", "a", "b", "c"]


def test_nearest_orders_by_cosine_and_then_by_place() -> None:
    rows = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    found = nearest(["up", "right", "twin"], rows, np.array([1.0, 0.0], dtype=np.float32), 2)
    assert found == [("right", 1.0), ("twin", 1.0)]


def test_chroma_finds_what_the_exact_search_finds(sample_library: Path, encoder: Encoder) -> None:
    library = Library(sample_library)
    retrieval = Retrieval(library, encoder)
    through_chroma = retrieval.retrieve("How long was the container ship stuck?")
    assert retrieval.notice == ""
    retrieval._search = retrieval._exact
    retrieval._load()
    exact = retrieval.retrieve("How long was the container ship stuck?")
    assert [one.passage.id for one in through_chroma] == [one.passage.id for one in exact]
    assert through_chroma[0].score == pytest.approx(exact[0].score, abs=1e-3)


def test_filters_leave_only_what_passes(sample_library: Path, encoder: Encoder) -> None:
    library = Library(sample_library)
    retrieval = Retrieval(library, encoder)
    source = library.sources()[0]
    found = retrieval.retrieve("ship", Filters(sources=(source.upper(),)))
    assert found
    assert {library.article(one.passage.article_id).source for one in found} == {source}  # type: ignore[union-attr]
    one = library.articles()[3].id
    assert {hit.passage.article_id for hit in retrieval.retrieve("ship", Filters(articles=(one,)))} == {one}
    dated = retrieval.retrieve("ship", Filters(after="2021-03-24", before="2021-03-26"))
    assert dated
    assert all("2021-03-24" <= library.article(one.passage.article_id).day <= "2021-03-26" for one in dated)  # type: ignore[union-attr]


def test_every_hit_says_where_it_came_from(sample_library: Path, encoder: Encoder) -> None:
    hits = Retrieval(Library(sample_library), encoder).retrieve("Which canal was blocked?")
    assert hits == sorted(hits, key=lambda one: -one.score)
    assert all(-1 <= one.parts["dense"] <= 1 and one.parts["bm25"] >= 0 for one in hits)
    assert all(0 <= one.score <= 1 for one in hits)
