"""An Answer as a JSON record: the stable shape that `ask --json`, the page's API and evaluation share.

    question, answer (plain text, no marks), span (the shortest exact words that answer, or null), refused, confidence
    (0..1), measured (the share of answers about this sure that were right where that was measured, or null), broad
    (made of main sentences, on a broad question; its confidence is then set, not measured), notice (what the answer was
    made without, or ""), writer (the language model that wrote it, or ""), left_out [{text,
    reason}] of what it wrote and nothing carries, citations [{number, article_id, title, source, author, published,
    url, quote, start, end}], sentences [{text, citations: [number], marks: [[start, end]] of the words that answer,
    instead_of: what the model had written where the article's words are shown}], hits and retrieved [{article_id,
    start, end, text, score}], seconds {total, retrieve, read, compose, verify}, standalone (the question as searched),
    scope [which articles the question itself asked for]

Offsets are code points into the article's text: `text[start:end] == quote`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from indexes.types import Hit
from qa.types import Answer


def record(answer: Answer) -> dict[str, object]:
    """The record; JSON-able."""
    return {
        "question": answer.question,
        "standalone": answer.standalone,
        "scope": list(answer.scope),
        "answer": answer.text,
        "span": answer.span,
        "refused": answer.refused,
        "broad": answer.broad,
        "notice": answer.notice,
        "writer": answer.writer,
        "left_out": [{"text": one.text, "reason": one.support.reason} for one in answer.left_out],
        "confidence": round(answer.confidence, 4),
        "measured": answer.measured,
        "citations": [asdict(citation) for citation in answer.citations],
        "sentences": [
            {
                "text": one.text,
                "citations": [citation.number for citation in one.citations],
                "marks": list(one.marks),
                "instead_of": one.instead_of,
            }
            for one in answer.sentences
        ],
        "hits": _hits(answer.hits),
        "retrieved": _hits(answer.retrieved),
        "seconds": {name: round(value, 4) for name, value in answer.seconds.items()},
    }


def _hits(hits: Sequence[Hit]) -> list[dict[str, object]]:
    return [
        {
            "article_id": hit.passage.article_id,
            "start": hit.passage.start,
            "end": hit.passage.end,
            "text": hit.passage.text,
            "score": round(hit.score, 6),
        }
        for hit in hits
    ]
