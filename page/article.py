"""The saved article as HTML, with the cited words marked to the character; the passage panel; the list of articles.

    body(article, hit)            whole text in paragraphs, <mark id="hit"> over exactly article.text[start:end]
    passage_html(article, hit)    the same words in their surroundings, for the panel beside the conversation

Offsets are code points, as everywhere. Knows nothing of answers, servers or Gradio.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from string import Template

from indexes.types import Article, Span
from page.text import article_href, day, esc, label, name, safe_link

REACH = 380  # characters shown before and after a quotation in the panel
WORD_SEARCH = 40  # how far a cut may move to fall between words
HEADING_LENGTH = 90  # a lone line up to this length without a full stop is shown as a heading

GAP = re.compile(r"\n[ \t]*\n\s*")
BULLET = re.compile(r"[ \t]*(?:[-*•‣▪–]|\d{1,3}[.)])[ \t]+\S")
ENDINGS = ".!?…:;,\"”’'»。！？：；，、」』؟।"  # what ends a sentence ends no heading

PAGE = Template((Path(__file__).parent / "article.html").read_text(encoding="utf-8"))


def parse_hit(start: str | None, end: str | None, length: int) -> Span | None:
    """The span asked for in an address, or None where it is absent, no number or outside the text."""
    if start is None or end is None or not re.fullmatch(r"[0-9]{1,9}", start) or not re.fullmatch(r"[0-9]{1,9}", end):
        return None
    span = int(start), int(end)
    return span if 0 <= span[0] < span[1] <= length else None


def body(article: Article, hit: Span | None, window: Span | None = None) -> str:
    """The text, or the window of it, in paragraphs; `hit` marked, leftovers dimmed. Characters are never changed."""
    low, high = window or (0, len(article.text))
    cuts = sorted({*(hit or ()), *(edge for span in article.leftovers for edge in span)})
    html: list[tuple[str, str]] = []
    fresh = True  # the first marked piece carries the id
    for start, end, kind in blocks(article.text):
        start, end = max(start, low), min(end, high)
        if start >= end:
            continue
        pieces = []
        for left, right in cut(start, end, cuts):
            marked = hit is not None and hit[0] <= left and right <= hit[1]
            pieces.append(piece(article, left, right, marked, fresh))
            fresh = fresh and not marked
        html.append((kind, "".join(pieces)))
    parts = with_cuts(html, low > 0, high < len(article.text))
    return "\n".join(OPENING[kind] + inner + CLOSING[kind] for kind, inner in parts)


def with_cuts(parts: list[tuple[str, str]], before: bool, after: bool) -> list[tuple[str, str]]:
    """The same paragraphs, with dots where the text goes on."""
    if parts and before:
        parts[0] = parts[0][0], f"{CUT} {parts[0][1]}"
    if parts and after:
        parts[-1] = parts[-1][0], f"{parts[-1][1]} {CUT}"
    return parts


CUT = '<span class="cut" aria-hidden="true">…</span>'
OPENING = {"p": '<p dir="auto">', "h": '<h2 dir="auto">', "li": '<p class="item" dir="auto">'}
CLOSING = {"p": "</p>", "h": "</h2>", "li": "</p>"}


def piece(article: Article, start: int, end: int, marked: bool, first: bool) -> str:
    """A piece of text that no mark and no leftover begins or ends in."""
    text = esc(article.text[start:end])
    if in_spans(start, article.leftovers):
        text = f'<span class="leftover">{text}</span>'
    if not marked:
        return text
    return f'<mark id="hit">{text}</mark>' if first else f"<mark>{text}</mark>"


def in_spans(place: int, spans: Sequence[Span]) -> bool:
    """Is the place inside one of the sorted, not overlapping spans?"""
    index = bisect_right(spans, place, key=lambda span: span[0]) - 1
    return index >= 0 and place < spans[index][1]


def cut(start: int, end: int, cuts: Sequence[int]) -> Iterator[Span]:
    """[start, end) in pieces that no cut falls inside of."""
    inner = cuts[bisect_right(cuts, start) : bisect_left(cuts, end)]
    edges = [start, *inner, end]
    yield from pairwise(edges)


def blocks(text: str) -> Iterator[tuple[int, int, str]]:
    """Paragraphs "p", headings "h" and list items "li" with their places. Between them stands only white space."""
    start = len(text) - len(text.lstrip())
    length = len(text.rstrip())
    while start < length:
        gap = GAP.search(text, start)
        end = min(gap.start(), length) if gap else length
        yield from block(text, start, end, last=end == length)
        start = gap.end() if gap else length


def block(text: str, start: int, end: int, last: bool) -> Iterator[tuple[int, int, str]]:
    """One paragraph, or the items of one list."""
    lines = text[start:end].split("\n")
    if all(BULLET.match(line) for line in lines):
        for line in lines:
            yield start, start + len(line), "li"
            start += len(line) + 1
        return
    alone = len(lines) == 1 and end - start <= HEADING_LENGTH and text[end - 1] not in ENDINGS and start > 0
    yield start, end, "h" if alone and not last else "p"


def surroundings(text: str, hit: Span, reach: int = REACH) -> Span:
    """The window around a quotation, cut between words where words are parted by spaces."""
    low, high = max(0, hit[0] - reach), min(len(text), hit[1] + reach)
    if low > 0:
        space = re.compile(r"\s").search(text, low, min(hit[0], low + WORD_SEARCH))
        low = space.end() if space else low
    if high < len(text):
        spaces = [m.start() for m in re.finditer(r"\s", text[max(hit[1], high - WORD_SEARCH) : high])]
        high = max(hit[1], high - WORD_SEARCH) + spaces[-1] if spaces else high
    return low, high


def passage_html(article: Article, hit: Span | None) -> str:
    """What the panel shows: title, byline, the quoted words in their surroundings, the way to the whole article."""
    window = surroundings(article.text, hit) if hit else (0, min(len(article.text), 2 * REACH))
    href = article_href(article.id, *hit) if hit else article_href(article.id)
    return (
        f'<h2 class="panel-title" tabindex="-1" dir="auto">{title_of(article)}</h2>'
        f'<p class="byline">{byline(article)}</p>'
        f'<blockquote class="passage">{body(article, hit, window)}</blockquote>'
        f'<p class="ways"><a class="whole" href="{esc(href)}">Open the whole article</a>{original(article)}</p>'
    )


def title_of(article: Article) -> str:
    """The title; an article without one goes by its id."""
    return name(article.title or article.id)


def byline(article: Article) -> str:
    """source · author · date, as far as they are known."""
    parts = [name(article.source) if article.source else "", name(article.author) if article.author else ""]
    parts.append(day(article.published) if article.published else "")
    return ' <span class="dot">·</span> '.join(part for part in parts if part)


def original(article: Article) -> str:
    """A link to where the article came from, with the host in plain sight."""
    link = safe_link(article.url)
    if link is None:
        return ""
    return (
        f' <a class="original" href="{esc(link[0])}" rel="noopener noreferrer" target="_blank">'
        f"Original at <bdi>{esc(link[1])}</bdi></a>"
    )


def article_page(article: Article, hit: Span | None, about: str = "", head: str = "") -> str:
    """The whole page of one saved article; readable without script. about: HTML below the text."""
    jump = '<a class="jump" href="#hit">To the cited words</a>' if hit else ""
    credit = f'<p class="credit">{name(article.credit)}</p>' if article.credit else ""
    content = (
        f'<article class="reading"><header><h1 dir="auto">{title_of(article)}</h1>'
        f'<p class="byline">{byline(article)}</p><p class="ways">{original(article)} {jump}</p></header>'
        f"{body(article, hit)}{credit}{about}</article>"
    )
    return plain_page(label(article.title or article.id), content, head)


def message(title: str, sentence: str, head: str = "") -> str:
    """A page of one sentence."""
    content = f'<section class="reading waiting"><h1>{esc(title)}</h1><p role="alert">{esc(sentence)}</p></section>'
    return plain_page(title, content, head)


def plain_page(title: str, content: str, head: str = "") -> str:
    """A page of ours around HTML that is already escaped; only the title is escaped here."""
    return PAGE.substitute(title=esc(title), content=content, head=head)
