"""A question and its growing answer as HTML: sentences with numbered marks, confidence, footnotes; or the refusal.

The same exchange always gives the same HTML, and a longer answer only adds to it, so that Gradio's update in place
leaves what stands alone. Knows nothing of servers, storage or Gradio.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexes.types import Hit, Span
from page.again import chips, retry_html
from page.text import article_href, day, esc, label, name, shortened, written_day
from page.types import Cares, Exchange
from qa.calibration import in_words, worth
from qa.said import left_out
from qa.types import Answer, Citation, Sentence

SNIPPET = 180  # characters of each
REFUSED = "The articles do not say"
THUMBS = (("up", "Yes"), ("down", "No"))
INSTEAD = "In the words of the article: the language model had written more than it says"
WORD_JOINER = "&NoBreak;"  # a mark stays with the last word of its sentence
DOT = ' <span class="dot">·</span> '
MOST_PLACES = 12  # places of one article that a link carries
PREVIEW = 400  # characters of the cited words that are shown before a mark is opened
Places = Mapping[str, Sequence[Span]]  # by article: where the whole answer cites it, in the order of the text


def past_html(exchanges: Sequence[Exchange], cares: Cares | None = None) -> str:
    """The conversation before the latest question. Not announced again."""
    turns = "".join(turn_html(exchange, number, cares=cares) for number, exchange in enumerate(exchanges, 1))
    return f'<div class="turns" role="log" aria-live="off" aria-label="Conversation">{turns}</div>'


def live_html(exchange: Exchange | None, number: int, status: str = "", cares: Cares | None = None) -> str:
    """The latest question and its answer, announced politely as it grows."""
    turn = turn_html(exchange, number, status, cares) if exchange else ""
    return f'<div class="turns" role="log" aria-live="polite" aria-label="Latest answer">{turn}</div>'


def turn_html(exchange: Exchange, number: int, status: str = "", cares: Cares | None = None) -> str:
    """One question with whatever stands of its answer. cares: to offer asking again with another one, None for not."""
    growing = bool(status)
    state = "growing" if growing else "done"
    retry = retry_html(exchange, cares, weak=in_words(exchange.answer.confidence) == "weak")
    return (
        f'<section class="turn" data-turn="{number}" data-state="{state}" aria-busy="{str(growing).lower()}"'
        f' data-exchange="{esc(exchange.id)}">{question_html(exchange.question.strip())}'
        f'<p class="asked">{chips(exchange)}{understood(exchange)}</p>'
        f'<div class="answer">{answer_html(exchange)}</div>{retry}{judge_html(exchange, number)}'
        f'<p class="status">{esc(status)}</p></section>'
    )


def question_html(question: str) -> str:
    """What was asked, and the way to change it."""
    edit = f'data-ask="{esc(question)}" aria-label="Edit this question"'
    return (
        f'<div class="said"><h2 class="question" dir="auto">{esc(question)}</h2>'
        f'<button type="button" class="again edit" {edit}>Edit</button></div>'
    )


def judge_html(exchange: Exchange, number: int) -> str:
    """A question about what is finished, with two buttons, and what to take along (page/page.js does it)."""
    if not exchange.answer.done or exchange.stopped or exchange.problem:
        return ""
    thumbs = "".join(
        f'<button type="button" class="thumb" data-thumb="{thumb}" aria-pressed="false">{says}</button>'
        for thumb, says in THUMBS
    )
    copy = '<button type="button" class="again" data-copy="true">Copy with footnotes</button>'
    link = f' <a class="again" data-link="true" href="/answer/{esc(exchange.id)}">Link</a>' if exchange.id else ""
    return (
        f'<p class="judge" role="group" aria-label="Your judgement" data-turn="{number}">'
        f"Was this right? {thumbs} {copy}{link}</p>"
        f'<p class="suggestions" data-turn="{number}"></p>'
    )


def understood(exchange: Exchange) -> str:
    """The completed follow-up, where it differs from what was typed."""
    standalone = exchange.answer.standalone
    if not standalone or label(standalone).casefold() == label(exchange.question).casefold():
        return ""
    again = f'<button type="button" class="again" data-ask="{esc(label(standalone))}">Correct it</button>'
    return f'<span class="understood">Understood as: <q dir="auto">{esc(label(standalone))}</q> {again}</span>'


def answer_html(exchange: Exchange) -> str:
    """A problem, a refusal, or sentences and their footnotes."""
    answer = exchange.answer
    if exchange.problem:
        return f'<div class="trouble" role="alert"><p dir="auto">{esc(exchange.problem)}</p></div>'
    if answer.refused:
        return notice_html(answer) + refusal_html(answer)
    finished = answer.done or exchange.stopped
    places = cited_places(answer) if finished else {}  # a link that stands is not changed with every sentence
    sentences = " ".join(sentence_html(sentence, places) for sentence in answer.sentences)
    html = notice_html(answer) + (f'<p class="prose" dir="auto">{sentences}</p>' if sentences else "")
    html += left_out_html(answer)
    if exchange.stopped:
        html += '<p class="stopped">Stopped before the answer was complete.</p>'
    if answer.sentences and finished:
        html += footnotes(answer, places, stopped=exchange.stopped)
    return html


def notice_html(answer: Answer) -> str:
    """What the answer was made without."""
    return f'<p class="notice" role="note">{esc(answer.notice)}</p>' if answer.notice else ""


def left_out_html(answer: Answer) -> str:
    """What a language model wrote and the articles do not carry: counted, and shown to who wants to see it, struck out
    and with the reason, so that nobody takes it for an answer."""
    if not answer.left_out:
        return ""
    rows = "".join(
        f'<li><s dir="auto">{esc(one.text)}</s> <span class="why">{esc(one.support.reason)}</span></li>'
        for one in answer.left_out
    )
    return f'<details class="left-out"><summary>{left_out(len(answer.left_out))}</summary><ul>{rows}</ul></details>'


def written_html(answer: Answer) -> str:
    """Who wrote the sentences, where it was not the articles themselves."""
    return f'<p class="written">Written by {name(answer.writer)}, each sentence checked.</p>' if answer.writer else ""


def cited_places(answer: Answer) -> dict[str, list[Span]]:
    """Where the answer cites each of its articles."""
    places: dict[str, set[Span]] = {}
    for citation in answer.citations:
        places.setdefault(citation.article_id, set()).add((citation.start, citation.end))
    return {article_id: sorted(spans) for article_id, spans in places.items()}


def sentence_html(sentence: Sentence, places: Places) -> str:
    """The sentence and, after it, its marks. A sentence that nothing carries says so; one that stands in the article's
    words, since a language model had said more than they do, says that."""
    marks = "".join(mark(citation, places) for citation in sentence.citations)
    doubt = "" if sentence.support.holds else ' <span class="doubt">(not found in these words)</span>'
    marked = f'<span class="marks">{WORD_JOINER}{marks}</span>'
    own = f' title="{INSTEAD}" data-instead="true"' if sentence.instead_of else ""
    return f'<span class="sentence"{own}><bdi>{emphasised(sentence)}</bdi>{doubt}{marked}</span>'


def emphasised(sentence: Sentence) -> str:
    """The sentence with the words that answer in bold."""
    text, parts, at = sentence.text, [], 0
    for start, end in sorted(sentence.marks):
        parts += [esc(text[at:start]), f"<b>{esc(text[start:end])}</b>"]
        at = end
    return "".join([*parts, esc(text[at:])])


def mark(citation: Citation, places: Places) -> str:
    """[1]: a real link to the words in the saved article; the panel shows them beside the conversation, a preview
    (page/check.js) shows them at the mark."""
    about = " · ".join(label(part) for part in (citation.title or citation.article_id, citation.source) if part)
    when = f" · {written_day(citation.published)}" if citation.published else ""
    return (
        f'<a class="mark" {place(citation.article_id, (citation.start, citation.end), places)}'
        f' data-quote="{esc(shortened(citation.quote, PREVIEW))}" data-about="{esc(about + when)}"'
        f' aria-label="Footnote {citation.number}: {esc(about)}">[{citation.number}]</a>'
    )


def place(article_id: str, span: Span, places: Places) -> str:
    """The two attributes of a link that opens a place: in full, and in the panel. Both know where else the answer cites
    the article."""
    also = [one for one in places.get(article_id, ()) if one != span][:MOST_PLACES]
    full, panel = (article_href(article_id, *span, page=page, also=also) for page in ("article", "passage"))
    return f'href="{esc(full)}" data-passage="{esc(panel)}"'


def footnotes(answer: Answer, places: Places, stopped: bool = False) -> str:
    """Confidence in words, then every cited article once: its numbers, title · source · date."""
    articles: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        articles.setdefault(citation.article_id, []).append(citation)
    rows = "".join(f"<li>{note_html(citations, places)}</li>" for citations in articles.values())
    verdict = "" if stopped or answer.broad else confidence_html(answer.confidence, answer.measured)
    return f'{verdict}{written_html(answer)}<ul class="notes" aria-label="Footnotes">{rows}</ul>'


def note_html(citations: Sequence[Citation], places: Places) -> str:
    """[1] [3] Title · Source · 24 March 2021."""
    first = citations[0]
    marks = "".join(mark(citation, places) for citation in citations)
    where = place(first.article_id, (first.start, first.end), places)
    title = f"<a {where}>{name(first.title or first.article_id)}</a>"
    return f'<span class="marks">{marks}</span> <span>{DOT.join([title, *note_parts(first)])}</span>'


def note_parts(citation: Citation) -> list[str]:
    """Source and date, as far as they are known."""
    parts = [name(citation.source) if citation.source else "", day(citation.published) if citation.published else ""]
    return [part for part in parts if part]


def confidence_html(confidence: float, measured: float | None) -> str:
    """The words, with how often answers like it were right where that was measured; the number in the tooltip."""
    words, said = in_words(confidence), worth(measured)
    told = f'<span class="worth">{said}</span>' if said else ""
    tip = f"{confidence * 100:.0f}\u00a0% sure"
    return f'<p class="confidence {words.split()[0]}" title="{tip}">{words.capitalize()}{told}</p>'


def refusal_html(answer: Answer) -> str:
    """Not an answer, and it looks like none: own label, own box, the nearest passages called what they are."""
    nearest = "".join(nearest_html(hit) for hit in answer.nearest)
    listing = f'<p class="nearest-label">The nearest passages</p><ul class="nearest">{nearest}</ul>'
    repeated = answer.text.strip(" .").casefold() == REFUSED.casefold()
    said = "" if repeated else f'<p dir="auto">{esc(answer.text)}</p>'
    return f'<div class="refusal"><p class="refusal-label">{REFUSED}</p>{said}{listing if nearest else ""}</div>'


def nearest_html(hit: Hit) -> str:
    """A passage that came near: header, link, beginning."""
    passage = hit.passage
    where = place(passage.article_id, (passage.start, passage.end), {})
    return (
        f"<li><a {where}>{name(passage.header or passage.article_id)}</a>"
        f'<span class="snippet" dir="auto">{esc(shortened(passage.text, SNIPPET))}</span></li>'
    )
