"""The same question once more, changed in one thing: without one of its restrictions, or asked with more or less care.

    chips(exchange), retry_html(exchange, …)   what restricts a question, each with ×; "more strictly", "more eagerly"
    parse(text)                                what the page's script sends of a pressed button, checked
    changed(exchange, again, cares)            the filters and the least confidence to ask again with

The question itself does not travel: a button names the exchange it stands in. Knows nothing of Gradio or of asking.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from page.text import esc, label, name, written_day
from page.types import Cares, Exchange
from qa.types import Filters

WAYS = ("source", "article", "after", "before", "said", "least", "strict", "eager")
LONGEST = 4000  # characters of what a button sends; the name of a source may be long


@dataclass(frozen=True, slots=True)
class Again:
    """A button that was pressed. exchange: its id; way: one of WAYS; value: which, where there can be several."""

    exchange: str
    way: str
    value: str = ""


def parse(text: str) -> Again | None:
    """What was sent, or None for anything that no button of ours sends."""
    try:
        given = json.loads(text) if len(text) <= LONGEST else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    parts = [given.get(key, "") for key in ("exchange", "way", "value")]
    if not all(isinstance(part, str) for part in parts) or not parts[0] or parts[1] not in WAYS:
        return None
    return Again(*parts)


def changed(exchange: Exchange, again: Again, cares: Cares) -> tuple[Filters, float | None]:
    """The filters and the least confidence that the question is asked again with. A restriction it does not have is
    not missed."""
    filters, way = exchange.filters, again.way
    said = tuple(one for one in exchange.answer.scope if one == again.value)  # only what we had said ourselves
    without = {
        "source": replace(filters, sources=tuple(one for one in filters.sources if one != again.value)),
        "article": replace(filters, articles=()),
        "after": replace(filters, after=""),
        "before": replace(filters, before=""),
        "said": replace(filters, ignored=(*filters.ignored, *said)),
    }
    least = {"least": None, "strict": cares.strict, "eager": cares.eager}.get(way, exchange.least)
    return without.get(way, filters), least


# -- what restricts a question ----------------------------------------------------------------------------------------


def chips(exchange: Exchange) -> str:
    """What restricted the question: what was chosen, then what was read from its own words, each to be taken away."""
    chosen, said = chosen_html(exchange), "".join(chip(exchange, "said", one, one) for one in exchange.answer.scope)
    ignored = ", ".join(name(one) for one in exchange.filters.ignored)
    groups = [("Only:", chosen), ("From the question:", said), ("Asked without:", ignored)]
    return "".join(f'<span class="within">{lead} {inner}</span> ' for lead, inner in groups if inner)


def chosen_html(exchange: Exchange) -> str:
    """The chips of what was chosen."""
    filters = exchange.filters
    html = "".join(chip(exchange, "source", source, source) for source in filters.sources)
    if filters.articles:
        html += chip(exchange, "article", "", exchange.only or ", ".join(filters.articles))
    if filters.after:
        html += chip(exchange, "after", "", f"from {written_day(filters.after)}")
    if filters.before:
        html += chip(exchange, "before", "", f"until {written_day(filters.before)}")
    if exchange.least is not None:
        html += chip(exchange, "least", "", at_least(exchange.least))
    return html


def at_least(least: float) -> str:
    """How sure the answer had to be."""
    return f"at least {least * 100:.0f} % sure"


def chip(exchange: Exchange, way: str, value: str, words: str) -> str:
    """One restriction; its × asks again without it, once the question is in the history to be asked again."""
    drop = ""
    if exchange.id and not exchange.problem:
        does = f"Ask again without: {esc(label(words))}"
        drop = (
            f'<button type="button" class="drop" data-again="{way}" data-value="{esc(value)}" aria-label="{does}"'
            f' title="{does}">×</button>'
        )
    return f'<span class="chip">{name(words)}{drop}</span> '


# -- how sure ---------------------------------------------------------------------------------------------------------


def retry_html(exchange: Exchange, cares: Cares | None, *, weak: bool) -> str:
    """Buttons that ask again with more or less care, where that can change something."""
    if cares is None or not exchange.id or not exchange.answer.done or exchange.stopped or exchange.problem:
        return ""
    buttons = "".join(
        f'<button type="button" class="again" data-again="{way}" title="Only what is {at_least(least)}">'
        f"Ask again, more {way_words}</button>"
        for way, way_words, least in cares_left(exchange, cares, weak)
    )
    return f'<p class="retry">{buttons}</p>' if buttons else ""


def cares_left(exchange: Exchange, cares: Cares, weak: bool) -> list[tuple[str, str, float]]:
    """More strictly: an answer that would not be sure enough then. More eagerly: a refusal that would be an answer
    then, or a weak answer, which may grow."""
    answer = exchange.answer
    least = cares.default if exchange.least is None else exchange.least
    found = []
    if not answer.refused and not answer.broad and answer.confidence < cares.strict > least:
        found.append(("strict", "strictly", cares.strict))
    if least > cares.eager and (answer.confidence >= cares.eager if answer.refused else weak):
        found.append(("eager", "eagerly", cares.eager))
    return found
