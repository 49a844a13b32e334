"""An exchange as JSON, for the file of conversations, and back.

    unpacked(packed(exchange)) == exchange      but for what was only retrieved, which is not kept

What an older version wrote is read as far as it goes; what cannot be read is None. Knows nothing of where it is kept.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields, replace
from typing import Any

from indexes.types import Hit, Passage
from page.types import Exchange
from qa.types import Answer, Citation, Filters, Sentence, Support


def packed(exchange: Exchange) -> str:
    """The exchange as JSON."""
    return json.dumps(asdict(without_retrieved(exchange)))


def without_retrieved(exchange: Exchange) -> Exchange:
    """The exchange as it is kept."""
    return replace(exchange, answer=replace(exchange.answer, retrieved=()))


def unpacked(text: str) -> Exchange | None:
    """The exchange of one JSON text; None where it has another shape."""
    return read(loaded(text))


def unpacked_all(text: str) -> list[Exchange]:
    """Those of a JSON list that can be read."""
    items = loaded(text)
    found = [read(item) for item in items] if isinstance(items, list) else []
    return [exchange for exchange in found if exchange is not None]


def loaded(text: str) -> Any:
    """What the JSON holds; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None


def read(item: Any) -> Exchange | None:
    """The exchange that `asdict` took apart; None where it has another shape."""
    try:
        return exchange_from(item)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def exchange_from(item: dict[str, Any]) -> Exchange:
    """The exchange, or whatever error there is."""
    if not (isinstance(item["question"], str) and isinstance(item["answer"]["text"], str)):
        raise TypeError("questions and answers are text")
    lists = {key: tuple(value) if isinstance(value, list) else value for key, value in item["filters"].items()}
    filters = Filters(**known(Filters, lists))
    return Exchange(**{**known(Exchange, item), "answer": answer_from(item["answer"]), "filters": filters})


def answer_from(item: dict[str, Any]) -> Answer:
    """Its answer."""
    whole = {
        "hits": tuple(hit_from(hit) for hit in item["hits"]),
        "sentences": tuple(sentence_from(sentence) for sentence in item["sentences"]),
        "left_out": tuple(sentence_from(sentence) for sentence in item.get("left_out", ())),
        "retrieved": (),
        "scope": tuple(item.get("scope", ())),
    }
    return Answer(**{**known(Answer, item), **whole})


def hit_from(item: dict[str, Any]) -> Hit:
    """A hit."""
    return Hit(**{**known(Hit, item), "passage": Passage(**known(Passage, item["passage"]))})


def sentence_from(item: dict[str, Any]) -> Sentence:
    """A sentence with its citations."""
    citations = tuple(Citation(**known(Citation, citation)) for citation in item["citations"])
    marks = tuple((int(start), int(end)) for start, end in item.get("marks", ()))
    support = Support(**known(Support, item["support"]))
    return Sentence(item["text"], citations, support, marks, item.get("instead_of", ""))


def known(kind: Any, item: dict[str, Any]) -> dict[str, Any]:
    """The entries that the dataclass has today."""
    names = {f.name for f in fields(kind)}
    return {key: value for key, value in item.items() if key in names}
