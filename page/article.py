"""The saved article as HTML, with the cited words marked to the character; the passage panel; the list of articles.

    body(article, hit, also)      whole text in paragraphs, <mark id="hit"> over exactly article.text[start:end]; the
                                  other places that the same answer cites are marked more faintly
    passage_html(article, hit)    the same words in their surroundings, for the panel beside the conversation
    plain_page(title, content)    any page but the chat, under the same masthead as the chat

Offsets are code points, as everywhere. Knows nothing of answers, servers or Gradio.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from string import Template
from urllib.parse import quote

from indexes.types import Article, Span
from page.text import article_href, ask_about_href, day, esc, label, name, safe_link

REACH = 380  # characters shown before and after a quotation in the panel
WORD_SEARCH = 40  # how far a cut may move to fall between words
MOST_PLACES = 24  # other cited places that an address may name
LONGEST_FRAGMENT = 1200  # characters of a quotation that an address of the live page carries whole
FRAGMENT_WORDS = 8  # of its beginning and of its end, where it is longer
HEADING_LENGTH = 90  # a lone line up to this length without a full stop is shown as a heading

GAP = re.compile(r"\n[ \t]*\n\s*")
BULLET = re.compile(r"[ \t]*(?:[-*•‣▪–]|\d{1,3}[.)])[ \t]+\S")
ENDINGS = ".!?…:;,\"”’'»。！？：；，、」』؟।"  # what ends a sentence ends no heading

# The ways from every page; on a narrow one without what is in .wide.
WAYS = {
    "/conversations": ("Conversations", "Conversations"),
    "/articles": ("All articles", '<span class="wide">All </span>articles'),
    "/add": ("Add articles", 'Add<span class="wide"> articles</span>'),
}
PAGE = Template((Path(__file__).parent / "article.html").read_text(encoding="utf-8"))


def parse_hit(start: str | None, end: str | None, length: int) -> Span | None:
    """The span asked for in an address, or None where it is absent, no number or outside the text."""
    if start is None or end is None or not re.fullmatch(r"[0-9]{1,9}", start) or not re.fullmatch(r"[0-9]{1,9}", end):
        return None
    span = int(start), int(end)
    return span if 0 <= span[0] < span[1] <= length else None


def parse_also(given: Sequence[str], hit: Span | None, length: int) -> list[Span]:
    """The other cited places of an address, each "840-872", in the order of the text: none twice, none that touches the
    one asked for or an earlier one. Ill-formed ones are ignored."""
    parts = (one.partition("-") for one in given[:MOST_PLACES])
    spans = {parse_hit(start, end, length) for start, _, end in parts}
    kept: list[Span] = []
    for start, end in sorted(span for span in spans if hit and span):
        if not overlaps((start, end), hit) and not (kept and start < kept[-1][1]):
            kept.append((start, end))
    return kept


def overlaps(one: Span, other: Span | None) -> bool:
    """Do they share a character?"""
    return other is not None and one[0] < other[1] and other[0] < one[1]


def body(article: Article, hit: Span | None, window: Span | None = None, also: Sequence[Span] = ()) -> str:
    """The text, or the window of it, in paragraphs; `hit` marked, `also` more faintly, leftovers dimmed. Characters are
    never changed."""
    low, high = window or (0, len(article.text))
    cuts = sorted({*(hit or ()), *(edge for span in (*article.leftovers, *also) for edge in span)})
    html: list[tuple[str, str]] = []
    fresh = True  # the first marked piece carries the id
    for start, end, kind in blocks(article.text):
        start, end = max(start, low), min(end, high)
        if start >= end:
            continue
        pieces = []
        for left, right in cut(start, end, cuts):
            marked = overlaps((left, right), hit)
            opening = ('<mark id="hit">' if fresh else "<mark>") if marked else AGAIN if in_spans(left, also) else ""
            pieces.append(piece(article, left, right, opening))
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


AGAIN = '<mark class="also">'
CUT = '<span class="cut" aria-hidden="true">…</span>'
OPENING = {"p": '<p dir="auto">', "h": '<h2 dir="auto">', "li": '<p class="item" dir="auto">'}
CLOSING = {"p": "</p>", "h": "</h2>", "li": "</p>"}


def piece(article: Article, start: int, end: int, opening: str) -> str:
    """A piece of text that no mark and no leftover begins or ends in; opening: of the mark it is in, or ""."""
    text = esc(article.text[start:end])
    if in_spans(start, article.leftovers):
        text = f'<span class="leftover">{text}</span>'
    return f"{opening}{text}</mark>" if opening else text


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


def passage_html(article: Article, hit: Span | None, also: Sequence[Span] = ()) -> str:
    """What the panel shows: title, byline, the quoted words in their surroundings, the way to the whole article, where
    the other cited places are marked too."""
    window = surroundings(article.text, hit) if hit else (0, min(len(article.text), 2 * REACH))
    href = article_href(article.id, *hit, also=also) if hit else article_href(article.id)
    return (
        f'<h2 class="panel-title" tabindex="-1" dir="auto">{title_of(article)}</h2>'
        f'<p class="byline">{byline(article)}</p>'
        f'<blockquote class="passage">{body(article, hit, window)}</blockquote>'
        f'<p class="ways"><a class="whole" href="{esc(href)}">Open the whole article</a>{original(article, hit)}'
        f"{ask_about(article)}</p>"
    )


def title_of(article: Article) -> str:
    """The title; an article without one goes by its id."""
    return name(article.title or article.id)


def byline(article: Article) -> str:
    """source · author · date, as far as they are known."""
    parts = [name(article.source) if article.source else "", name(article.author) if article.author else ""]
    parts.append(day(article.published) if article.published else "")
    return ' <span class="dot">·</span> '.join(part for part in parts if part)


def original(article: Article, hit: Span | None = None) -> str:
    """A link to where the article came from, at the quoted words, with the host in plain sight."""
    link = safe_link(article.url)
    if link is None:
        return ""
    href = at_words(link[0], article.text[slice(*hit)]) if hit else link[0]
    return (
        f' <a class="original" href="{esc(href)}" rel="noopener noreferrer" target="_blank">'
        f"Original at <bdi>{esc(link[1])}</bdi></a>"
    )


def at_words(url: str, words: str) -> str:
    """The address of a live page that opens at the words, whole where they stand in one line; of what goes over more or
    is very long, its beginning and its end. https://wicg.github.io/scroll-to-text-fragment"""
    lines = [" ".join(line.split()) for line in words.split("\n") if line.strip()]
    if not lines:
        return url
    if len(lines) == 1 and len(lines[0]) <= LONGEST_FRAGMENT:
        parts = lines
    else:
        first, last = lines[0].split(), lines[-1].split()
        parts = [" ".join(first[:FRAGMENT_WORDS]), " ".join(last[-FRAGMENT_WORDS:])]
    coded = ",".join(quote(part, safe="", errors="replace").replace("-", "%2D") for part in parts)
    return f"{url}{'' if '#' in url else '#'}:~:text={coded}"


def ask_about(article: Article) -> str:
    """The way to questions of this article alone."""
    return f' <a class="ask-about" href="{esc(ask_about_href(article.id))}">Ask about this article</a>'


def steps_html(article: Article, hit: Span | None, also: Sequence[Span]) -> str:
    """ "2 of 4 cited places", with links to the one before and the one after; nothing where there is only one."""
    if hit is None or not also:
        return ""
    places = sorted([hit, *also])
    at = places.index(hit)
    before = step(article, places, at - 1, "prev", "← Previous")
    after = step(article, places, at + 1, "next", "Next →")
    return (
        f'<nav class="steps" aria-label="Cited places"><span>{at + 1} of {len(places)} cited places</span>'
        f" {before} {after}</nav>"
    )


def step(article: Article, places: Sequence[Span], to: int, rel: str, words: str) -> str:
    """A link to one of the places, the others marked beside it; at either end only the words."""
    if not 0 <= to < len(places):
        return f'<span class="end">{words}</span>'
    href = article_href(article.id, *places[to], also=[one for one in places if one != places[to]])
    return f'<a rel="{rel}" href="{esc(href)}">{words}</a>'


def article_page(article: Article, hit: Span | None, about: str = "", head: str = "", also: Sequence[Span] = ()) -> str:
    """The whole page of one saved article; readable without script. about: HTML below the text; also: other places to
    mark."""
    jump = '<a class="jump" href="#hit">To the cited words</a>' if hit and not also else ""
    credit = f'<p class="credit">{name(article.credit)}</p>' if article.credit else ""
    content = (
        f'<article class="reading"><header><h1 dir="auto">{title_of(article)}</h1>'
        f'<p class="byline">{byline(article)}</p>'
        f'<p class="ways">{original(article, hit)} {jump}{ask_about(article)}</p></header>'
        f"{steps_html(article, hit, also)}{body(article, hit, also=also)}{credit}{about}</article>"
    )
    return plain_page(label(article.title or article.id), content, head, "/articles/")


def masthead(here: str = "", heading: str = "p", state: str = "") -> str:
    """The head of every page: the name, which leads to the chat, and the ways to the other pages. here: as of
    plain_page; heading: the element that the name is in; state: HTML before the ways."""
    ways = "".join(
        f'<a class="all" href="{href}" aria-label="{says}"{current(href, here)}>{shown}</a>'
        for href, (says, shown) in WAYS.items()
    )
    back = "" if here == "/" else ' title="Back to the conversation"'
    chat = f'<a href="/"{back}{current("/", here)}>Footnote</a>'
    return (
        f'<header class="masthead"><{heading} class="brand">{chat}</{heading}>'
        f'<p class="tagline">Every sentence with the words it stands on</p>{state}'
        f'<nav aria-label="Footnote">{ways}</nav></header>'
    )


def current(href: str, here: str) -> str:
    """The attribute of a way that leads to this very page, or to what this page is a part of."""
    value = {href: "page", f"{href}/": "true"}.get(here, "")
    return f' aria-current="{value}"' if value else ""


def message(title: str, sentence: str, head: str = "") -> str:
    """A page of one sentence."""
    content = f'<section class="reading waiting"><h1>{esc(title)}</h1><p role="alert">{esc(sentence)}</p></section>'
    return plain_page(title, content, head)


def plain_page(title: str, content: str, head: str = "", here: str = "") -> str:
    """A page of ours around HTML that is already escaped; only the title is escaped here. here: the way that leads to
    this page ("/articles"), with "/" after it where this page is a part of that one ("/articles/"), "" for neither."""
    return PAGE.substitute(title=esc(title), content=content, head=head, masthead=masthead(here))
