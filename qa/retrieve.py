"""Question to hits: dense and BM25 retrievers over one library, fused. The only door to LlamaIndex's retrievers.

`DenseRetriever` (Chroma through LlamaIndex's vector store) and `WordsRetriever` (SQLite FTS5) are LlamaIndex
`BaseRetriever`s, and so is `FusedRetriever` over both, so that each can be put into any LlamaIndex program, and another
put in its place. `Retrieval` owns them for the running Assistant: it notices a new generation of the library and
reopens Chroma. Knows nothing of answering.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from indexes import vectors
from indexes.encoder import Encoder, Vectors
from indexes.library import Library
from indexes.types import Filters, Hit, Passage

# Candidates from each retriever before fusion.
CANDIDATES = 50
# Fitted by bench/tune.py on the dev halves of four sets: MRR@10 averaged over them .708, .716, .706, .694 at 0.4, 0.5,
# 0.6 and 0.7; against 0.6, 0.5 gains on three of the halves that were not looked at and loses .012 on one (see
# docs/experiments.md). The min-max scaled score with 0 for a passage that only one side found, as LlamaIndex fuses,
# was .03 worse on SQuAD 2.
DENSE_WEIGHT = 0.5

Search = Callable[[Vectors, int], list[tuple[str, float]]]  # vector, limit → (passage id, cosine), best first


class DenseRetriever(BaseRetriever):
    """Passages by cosine. `search` is Chroma or the exact search; scores -1..1."""

    def __init__(self, library: Library, encoder: Encoder, search: Search, limit: int = CANDIDATES) -> None:
        super().__init__()
        self._library, self._encoder, self._search, self._limit = library, encoder, search, limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        vector = query_bundle.embedding or self._encoder.encode_question(query_bundle.query_str).tolist()
        return _nodes(self._library, self._search(np.asarray(vector, dtype=np.float32), self._limit))


class WordsRetriever(BaseRetriever):
    """Passages by BM25 over header and text; scores above 0. Nothing for a question that shares no word."""

    def __init__(self, library: Library, filters: Filters = Filters(), limit: int = CANDIDATES) -> None:
        super().__init__()
        self._library, self._filters, self._limit = library, filters, limit

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        found = self._library.search_words(query_bundle.query_str, self._limit, self._filters)
        return _nodes(self._library, found)


class FusedRetriever(BaseRetriever):
    """Both, by the weighted average of min-max scaled scores (convex combination; Bruch et al., TOIS 2023).

    A passage that only BM25 found gets its true cosine from the library's vectors; one that only the encoder found has
    a BM25 score of 0, which is what BM25 gives to no shared word. Scores 0..1; "dense" and "bm25" stand in the
    metadata.
    """

    def __init__(
        self,
        library: Library,
        encoder: Encoder,
        dense: BaseRetriever,
        words: BaseRetriever,
        weight: float = DENSE_WEIGHT,
    ) -> None:
        super().__init__()
        self._library, self._encoder, self._dense, self._words, self._weight = library, encoder, dense, words, weight

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        vector = self._encoder.encode_question(query_bundle.query_str)
        bundle = QueryBundle(query_bundle.query_str, embedding=vector.tolist())
        dense, words = self._dense.retrieve(bundle), self._words.retrieve(bundle)
        found = {one.node_id: one.node for one in (*dense, *words)}
        cosine = {one.node_id: one.get_score() for one in dense}
        cosine |= _cosines(self._library, vector, [one for one in found if one not in cosine])
        bm25 = {one.node_id: one.get_score() for one in words}
        fused = fuse(cosine, bm25, self._weight)
        nodes = []
        for one, score in fused:
            found[one].metadata |= {"dense": cosine[one], "bm25": bm25.get(one, 0.0)}
            nodes.append(NodeWithScore(node=found[one], score=score))
        return nodes


class Retrieval:
    """The retrievers of one library, kept up with it. Safe to call from several threads."""

    def __init__(self, library: Library, encoder: Encoder) -> None:
        self.library, self.encoder = library, encoder
        self._lock = threading.Lock()
        self._generation = -1
        self._search: Search = self._exact
        self._matrix: tuple[list[str], npt.NDArray[np.float32]] = ([], np.zeros((0, 0), dtype=np.float32))
        self.notice = ""  # one sentence when Chroma could not be trusted

    def retrieve(self, question: str, filters: Filters = Filters(), limit: int = 10, per_article: int = 5) -> list[Hit]:
        """At most `limit` hits, at most `per_article` of one article, best first."""
        return cap(self.candidates(question, filters), limit, per_article)

    def candidates(self, question: str, filters: Filters = Filters()) -> list[Hit]:
        """Every hit of either retriever, best first, ties by id: what a reader chooses from."""
        search = self._filtered(filters) if filters else self._current()
        dense = DenseRetriever(self.library, self.encoder, search)
        words = WordsRetriever(self.library, filters)
        fused = FusedRetriever(self.library, self.encoder, dense, words)
        return [hit_of(one) for one in fused.retrieve(question)]

    def _current(self) -> Search:
        """Chroma while it is a true copy of the library's generation, the exact search otherwise."""
        with self._lock:
            generation = self.library.generation
            if generation != self._generation:
                vectors.close_stores()
                self._search, self.notice = self._open()
                self._generation = generation if self._search is not self._exact else -1
            return self._search

    def _open(self) -> tuple[Search, str]:
        if not vectors.is_current(self.library):
            self._load()
            return (
                self._exact,
                "Chroma is not up to date with the library, so every passage is compared; `footnote doctor`.",
            )
        store = vectors.open_store(self.library.folder)
        if self.library.counts()[1] and vectors.unreachable(self.library, store):
            self._load()
            return self._exact, "Chroma does not find its own passages; run `footnote rebuild`."
        return lambda vector, limit: vectors.query(store, vector, limit), ""

    def _load(self) -> None:
        ids, rows = self.library.vectors()
        self._matrix = ids, rows.astype(np.float32)

    def _exact(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        return nearest(*self._matrix, vector, limit)

    def _filtered(self, filters: Filters) -> Search:
        """Exact search over the passages that pass: with a filter it is faster than Chroma, and misses nothing."""
        ids, rows = self.library.vectors(filters)
        return lambda vector, limit: nearest(ids, rows.astype(np.float32), vector, limit)


def nearest(ids: Sequence[str], rows: npt.NDArray[np.float32], vector: Vectors, limit: int) -> list[tuple[str, float]]:
    """(id, cosine), best first, ties by id. rows: (n, dimension), unit length."""
    if not len(ids):
        return []
    scores = rows @ vector
    top = np.argsort(-scores, kind="stable")[:limit]
    return [(ids[index], float(scores[index])) for index in top]


def fuse(dense: dict[str, float], bm25: dict[str, float], weight: float = DENSE_WEIGHT) -> list[tuple[str, float]]:
    """weight · minmax(dense) + (1 - weight) · bm25 / max(bm25) over the union, best first, ties by id.

    Example: dense={"a": 0.8, "b": 0.4}, bm25={"b": 6.0, "a": 3.0}, weight=0.5 -> [("a", 0.75), ("b", 0.5)]
    """
    low, high = min(dense.values(), default=0.0), max(dense.values(), default=0.0)
    best = max(bm25.values(), default=0.0)
    scores = {}
    for one in dense.keys() | bm25.keys():
        near = (dense.get(one, low) - low) / (high - low) if high > low else float(one in dense)
        said = bm25.get(one, 0.0) / best if best > 0 else 0.0
        scores[one] = weight * near + (1 - weight) * said
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))


def cap(hits: Sequence[Hit], limit: int, per_article: int) -> list[Hit]:
    """The best hits, at most `per_article` of one article."""
    kept: list[Hit] = []
    of_article: dict[str, int] = {}
    for hit in hits:
        count = of_article.get(hit.passage.article_id, 0)
        if count < per_article and len(kept) < limit:
            of_article[hit.passage.article_id] = count + 1
            kept.append(hit)
    return kept


def _cosines(library: Library, vector: Vectors, ids: Sequence[str]) -> dict[str, float]:
    found, rows = library.vectors_of(ids)
    return dict(zip(found, (rows.astype(np.float32) @ vector).tolist(), strict=True))


def _nodes(library: Library, found: Sequence[tuple[str, float]]) -> list[NodeWithScore]:
    """Found ids as nodes, from the library: what Chroma still has and the library no longer has is left out."""
    passages = library.passages([one for one, _ in found])
    return [NodeWithScore(node=vectors.node(passages[one]), score=score) for one, score in found if one in passages]


def hit_of(found: NodeWithScore) -> Hit:
    """The node as a hit; parts are what the retriever noted."""
    metadata = found.node.metadata
    passage = Passage(
        metadata["article_id"], metadata["start"], metadata["end"], found.node.get_content(), metadata["header"]
    )
    parts: dict[str, float] = {name: metadata[name] for name in ("dense", "bm25") if name in metadata}
    return Hit(passage, found.get_score(), parts)
