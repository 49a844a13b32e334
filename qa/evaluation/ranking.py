"""Is the evidence among the passages found, and how far up? By passage and by article, never mixed.

    found, evidence  →  the rank at which each gold is first covered  →  hit@k, recall@k, mrr@10, ndcg@10

A gold passage is an evidence quote: any passage that has it (or half of it) covers it, however passages are cut. A gold
article is an article of the evidence; the ranking of articles is that of their first passages. Knows nothing of answers
or citations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from indexes.types import Span
from qa.evaluation.citing import HALF, covered, places_of
from qa.evaluation.types import Case, Evidence, Found, Record, Scores
from qa.verify import fold

DEPTHS = (1, 3, 5, 10)  # k of hit@k and recall@k
DEPTH = 10  # k of mrr@k and ndcg@k

Ranks = Sequence[int | None]  # one a gold: the rank, from 1, at which it is first covered; None: nowhere


def ranking_scores(case: Case, record: Record, texts: Mapping[str, str]) -> Scores:
    """Every metric of this module for `hits` ("passage_hit@1", "article_recall@5", "passage_mrr@10" …) and, before
    them "retrieved_", for `retrieved`; each 0..1.

    A case without evidence has none; evidence without a quote has an article but no passage. A record that has hits but
    no `retrieved` (a system of one stage) has no "retrieved_"; one that has neither has found nothing: 0.
    """
    scores = _both(record.hits, case.evidence, texts)
    if record.hits and not record.retrieved:
        return scores
    before = _both(record.retrieved, case.evidence, texts)
    return scores | {f"retrieved_{name}": value for name, value in before.items()}


def passage_ranks(found: Sequence[Found], evidence: Sequence[Evidence], texts: Mapping[str, str]) -> list[int | None]:
    """The rank of the first passage that covers each evidence with a quote: same article, and the passage contains the
    quote or at least half of its span. Passages p1, p2, p3, the quote in p2 and p3: [2]."""
    golds = [(one, places_of(one, texts)) for one in evidence if one.quote.strip()]
    return [
        next((rank for rank, passage in enumerate(found, 1) if _covers(passage, gold, places)), None)
        for gold, places in golds
    ]


def article_ranks(found: Sequence[Found], evidence: Sequence[Evidence]) -> list[int | None]:
    """The rank of each article of the evidence among the articles found, each counted where it first appears.

    Passages of articles x, x, y; evidence twice in y, once in z: y has rank 2, z none: [2, None].
    """
    order = list(dict.fromkeys(passage.article_id for passage in found))
    golds = dict.fromkeys(one.article_id for one in evidence)
    return [order.index(gold) + 1 if gold in order else None for gold in golds]


def hit(ranks: Ranks, k: int) -> float:
    """hit@k: 1 if any gold is covered at rank ≤ k, else 0. hit([3, None], 3) == 1."""
    return float(any(rank is not None and rank <= k for rank in ranks))


def recall(ranks: Ranks, k: int) -> float:
    """recall@k: golds covered at rank ≤ k / golds; 0..1. recall([3, None], 3) == 1/2."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)


def mrr(ranks: Ranks, k: int = DEPTH) -> float:
    """Reciprocal rank: 1 / rank of the first gold covered if that is ≤ k, else 0. mrr([3, None]) == 1/3. (Voorhees
    1999.)"""
    return max((1 / rank for rank in ranks if rank is not None and rank <= k), default=0.0)


def ndcg(ranks: Ranks, k: int = DEPTH) -> float:
    """nDCG with gains of 0 or 1: Σ 1/log2(i + 1) over the ranks i ≤ k that cover a new gold, over the same sum for
    i = 1 .. min(golds, k); 0..1. (Järvelin & Kekäläinen 2002.)

    A passage that covers what is covered already gains nothing. Golds that one and the same passage covers first are
    one gold here, for no ranking could gain more than that passage. ndcg([3]) == 1/log2(4) == 1/2; ndcg([1, 1]) == 1.
    """
    firsts = {rank for rank in ranks if rank is not None}
    golds = len(firsts) + sum(rank is None for rank in ranks)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(golds, k) + 1))
    return sum(1 / math.log2(rank + 1) for rank in sorted(firsts) if rank <= k) / ideal


def _both(found: Sequence[Found], evidence: Sequence[Evidence], texts: Mapping[str, str]) -> Scores:
    ranks = {"passage": passage_ranks(found, evidence, texts), "article": article_ranks(found, evidence)}
    return {f"{unit}_{name}": value for unit, its in ranks.items() if its for name, value in _all(its).items()}


def _all(ranks: Ranks) -> Scores:
    hits = {f"hit@{k}": hit(ranks, k) for k in DEPTHS}
    recalls = {f"recall@{k}": recall(ranks, k) for k in DEPTHS}
    return {**hits, **recalls, f"mrr@{DEPTH}": mrr(ranks), f"ndcg@{DEPTH}": ndcg(ranks)}


def _covers(passage: Found, gold: Evidence, places: Sequence[Span]) -> bool:
    if passage.article_id != gold.article_id:
        return False
    return fold(gold.quote) in fold(passage.text) or any(covered(passage.span, place) >= HALF for place in places)
