"""The library page: a list of articles to search, sort and filter.

    Wish          what the address asks for: words, order, source, year, only what is new, which page
    choose        the entries that it asks for, in its order
    shelf_page    the list

Plain links and forms: everything works without script. Knows nothing of servers, cookies or how a change is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from urllib.parse import urlencode

from indexes.edit import KEPT, Aside
from indexes.listing import Entry
from indexes.types import Article
from page.article import byline, plain_page, title_of
from page.text import BROKEN, article_href, esc, label, name

PER_PAGE = 100  # articles, or passages of one, on one page
MOST_WORDS = 200  # characters of a search
SORTS = {"date": "Newest first", "title": "By title", "source": "By source", "added": "Last added first"}
T = TypeVar("T")
STYLE = '<link rel="stylesheet" href="/page/shelf.css">'


@dataclass(frozen=True, slots=True)
class Wish:
    """What a list is asked for. Empty means all; `page` counts from 1."""

    words: str = ""
    sort: str = "date"
    source: str = ""
    year: str = ""
    new: bool = False
    page: int = 1

    @property
    def narrows(self) -> bool:
        """Does it leave anything out?"""
        return bool(self.words or self.source or self.year or self.new)

    def href(self, **changes: object) -> str:
        """The address of this wish with changes; what is as usual stays out of it. Not escaped yet."""
        wish = replace(self, **changes)  # type: ignore[arg-type]
        values = {"q": wish.words, "sort": wish.sort, "source": wish.source, "year": wish.year}
        values |= {"new": "1" if wish.new else "", "page": str(wish.page)}
        usual = {"sort": "date", "page": "1"}
        query = urlencode({key: value for key, value in values.items() if value != usual.get(key, "")})
        return f"/articles?{query}" if query else "/articles"


def wish_of(query: Mapping[str, str]) -> Wish:
    """The wish of an address; what cannot be meant is left out."""
    sort, page = query.get("sort", "date"), query.get("page", "1")
    return Wish(
        words=BROKEN.sub(" ", query.get("q", ""))[:MOST_WORDS].strip(),
        sort=sort if sort in SORTS else "date",
        source=query.get("source", ""),
        year=query.get("year", ""),
        new=query.get("new") == "1",
        page=max(1, int(page)) if page.isascii() and page.isdecimal() and len(page) < 7 else 1,
    )


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list as it is shown. chosen: entries that pass, in order; seen: the highest key of the visit before."""

    entries: Sequence[Entry]
    chosen: Sequence[Entry]
    wish: Wish = field(default_factory=Wish)
    seen: int = 0
    aside: Aside | None = None
    token: str = ""  # goes with every form; "" where nothing may be changed


def plainly(text: str) -> str:
    """A name as the page shows it, so that what a form sends back is equal to it."""
    return BROKEN.sub("\ufffd", label(text))


def choose(entries: Sequence[Entry], wish: Wish, found: set[int] | None, seen: int) -> list[Entry]:
    """The entries that pass, in the order asked for. found: keys that hold the words, None where none are asked for."""
    kept = [
        one
        for one in entries
        if (found is None or one.key in found)
        and (not wish.source or plainly(one.source) == wish.source)
        and (not wish.year or one.year == wish.year)
        and (not wish.new or one.key > seen)
    ]
    if wish.sort == "added":
        return sorted(kept, key=lambda one: -one.key)
    kept.sort(key=lambda one: (label(one.title or one.id).casefold(), one.id))
    if wish.sort != "title":
        kept.sort(key=lambda one: one.published[:10], reverse=True)
    if wish.sort == "source":
        kept.sort(key=lambda one: (not one.source, one.source.casefold()))
    return kept


def shelf_page(shelf: Shelf) -> str:
    """The list, or what to do where it is empty."""
    wish = shelf.wish
    rows = paged(shelf.chosen, wish.page, lambda one: row(one, one.key > shelf.seen), lambda n: wish.href(page=n))
    table = rows or empty_html(shelf)
    content = (
        f'<section class="reading shelf"><h1>Articles</h1>{undo_html(shelf)}{search_html(shelf)}'
        f'<p class="byline" role="status">{count_html(shelf)}</p>{table}</section>'
    )
    return plain_page("Articles", content, STYLE, "/articles")


def row(entry: Entry, new: bool) -> str:
    """One line of the list."""
    article = Article(entry.id, "", entry.title, entry.author, entry.published, entry.source)
    mark = '<span class="new">New</span> ' if new else ""
    link = f'<a href="{esc(article_href(entry.id))}" dir="auto">{title_of(article)}</a>'
    return f'<li>{mark}{link}<span class="byline">{byline(article)}</span></li>'


def search_html(shelf: Shelf) -> str:
    """The form: words, source, year, order."""
    wish = shelf.wish
    names = sorted({plainly(one.source) for one in shelf.entries if one.source}, key=str.casefold)
    years = sorted({one.year for one in shelf.entries if one.year}, reverse=True)
    return (
        '<form class="find" role="search" action="/articles" method="get">'
        f'<label class="words">Words<input type="search" name="q" value="{esc(wish.words)}" maxlength="{MOST_WORDS}" '
        'dir="auto" placeholder="in title, source, author or text"></label>'
        f"{choice('Source', 'source', {'': 'All', **dict(zip(names, names, strict=True))}, wish.source)}"
        f"{choice('Year', 'year', {'': 'All', **dict(zip(years, years, strict=True))}, wish.year)}"
        f"{choice('Order', 'sort', SORTS, wish.sort)}<button>Show</button></form>"
    )


def choice(title: str, key: str, options: Mapping[str, str], chosen: str) -> str:
    """A list to choose one from."""
    rows = "".join(
        f'<option value="{esc(value)}"{" selected" if value == chosen else ""}>{esc(shown)}</option>'
        for value, shown in options.items()
    )
    return f'<label>{title}<select name="{key}">{rows}</select></label>'


def count_html(shelf: Shelf) -> str:
    """ "12 of 1,203 articles · 3 new since your last visit"."""
    total, wish = len(shelf.entries), shelf.wish
    said = f"{len(shelf.chosen):,} of " if wish.narrows else ""
    said += f"{total:,} article" + ("" if total == 1 else "s")
    new = sum(one.key > shelf.seen for one in shelf.entries)
    parts = [said]
    if new and not wish.new:
        parts.append(f'<a href="{esc(wish.href(new=True, page=1))}">{new:,} new since your last visit</a>')
    if wish.narrows:
        parts.append(f'<a href="{esc(Wish(sort=wish.sort).href())}">Show all</a>')
    return " · ".join(parts)


def empty_html(shelf: Shelf) -> str:
    """Why the list is empty, and what to do."""
    if not shelf.entries:
        how = '<a href="/add">Add articles</a> here, or' if shelf.token else "Add some"
        return f"<p>There are no articles yet. {how} with <code>footnote index FOLDER</code>; they appear here.</p>"
    if shelf.wish.words:
        return (
            "<p>No article here has all of these words. Try fewer of them, or one that must stand in the article; "
            "endings do not matter.</p>"
        )
    return "<p>No article passes these filters. Take one of them away.</p>"


def undo_html(shelf: Shelf) -> str:
    """What was removed last, while it can be brought back."""
    if shelf.aside is None or not shelf.token:
        return ""
    title = name(shelf.aside.title or shelf.aside.id)
    return (
        f"{form(shelf.aside.id, 'undo', shelf.token)}<p>{title} was removed. It can be brought back for "
        f"{KEPT / 60:.0f} minutes, until another is removed.</p><button>Bring it back</button></form>"
    )


def page_of(number: int, count: int) -> int:
    """The number of a page that exists."""
    return min(number, max(1, -(-count // PER_PAGE)))


def paged(
    found: Sequence[T], number: int, row: Callable[[T], str], href: Callable[[int], str], kind: str = "list"
) -> str:
    """The rows of one page of a list, the last where there are fewer, with the links to the pages before and after;
    "" for an empty list. kind: the classes of the list."""
    number = page_of(number, len(found))
    rows = "".join(map(row, found[(number - 1) * PER_PAGE : number * PER_PAGE]))
    return f'<ol class="{kind}">{rows}</ol>{pager(number, len(found), href)}' if rows else ""


def pager(number: int, count: int, href: Callable[[int], str]) -> str:
    """Links to the pages before and after; "" where there is one page."""
    pages = max(1, -(-count // PER_PAGE))
    if pages == 1:
        return ""
    steps = ((number - 1, "← Before", "prev"), (number + 1, "After →", "next"))
    links = [f'<a href="{esc(href(n))}" rel="{rel}">{word}</a>' for n, word, rel in steps if 1 <= n <= pages]
    return f'<nav class="ways" aria-label="Pages"><span>Page {number} of {pages}</span> {" ".join(links)}</nav>'


def form(article_id: str, action: str, token: str) -> str:
    """The opening of a form that changes something."""
    href = esc(f"{article_href(article_id)}/{action}")
    hidden = f'<input type="hidden" name="token" value="{esc(token)}">'
    return f'<form class="change {action}" action="{href}" method="post">{hidden}'
