"""An address of any kind to the articles behind it.

    page                                        →  its document
    feed (RSS, Atom, RDF, JSON Feed), sitemap   →  a document for each page that it links to
    OPML, sitemap index                         →  the same, through the feeds and sitemaps in it, one level deep

What a feed says of an article (title, date, its own name as source) stands in where the page says nothing. Whatever
cannot be used is named with the reason. Knows nothing of libraries, or of earlier runs but what it is told.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from indexes.connection import Stopped
from indexes.errors import InputError, UnreadableInput
from indexes.feeds import MOST, Link, first_tag, kind_of, links
from indexes.fetch import NotModified, Page, Visitor, shown
from indexes.load import SIGNATURES, RawDocument, read_bytes
from indexes.text import sound

TOO_DEEP = "it is a list inside a list; give its address by itself"
# What an address says of who sent the reader; the page is the same without.
TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|igshid", re.IGNORECASE)
TYPES = {
    "text/html": "html", "application/xhtml+xml": "html", "text/plain": "txt", "text/markdown": "md",
    "text/x-markdown": "md", "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}  # fmt: skip
WESTERN = {"iso8859-1": "cp1252", "ascii": "cp1252"}  # as browsers read them


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run was told of a page, to be handed back."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One address that was visited. found: its document; why there is none; or nothing, where the page is as it was
    (`page` is None) or is a feed that was read for its links. page: to be kept beside the document."""

    url: str
    found: RawDocument | InputError | None
    page: Page | None = None


def document(page: Page, link: Link | None = None) -> RawDocument | InputError:
    """The article on a page, as files give one. Its url is where it was fetched, whatever the page says of itself: a
    citation must lead to what was read."""
    url = _without_tracking(page.final_url)
    kind = _format(page)
    if not kind:
        reason = f"it is {page.content_type or 'of no known kind'}, not an article; leave it out"
        return UnreadableInput(shown(page.url), reason)
    data = page.data
    if page.encoding and kind in ("html", "txt", "md"):
        with contextlib.suppress(UnicodeError):  # the server is wrong; the page may say it better
            data = data.decode(WESTERN.get(page.encoding, page.encoding)).encode()
    if not data.strip():
        return UnreadableInput(shown(page.url), "the page is empty; there is nothing to read")
    found = next(read_bytes(data, kind, _identity(url), url))
    if isinstance(found, InputError):
        return UnreadableInput(shown(page.url), found.reason)
    hints = {"title": link.title, "published": link.published, "source": link.source} if link else {}
    own = {name: value for name, value in found.metadata.items() if value}
    return replace(found, metadata={**{name: hint for name, hint in hints.items() if hint}, **own, "url": url})


def _format(page: Page) -> str:
    """The format by the first bytes, else by what the server says; "" for what is no article."""
    for signature, kind, _ in SIGNATURES:
        if page.data.startswith(signature):
            return kind
    named = TYPES.get(page.content_type, "")
    if page.content_type in ("", "text/plain", "application/octet-stream"):  # what servers say that do not know
        return "html" if first_tag(page.data) == "html" else "txt"
    return named


def _identity(url: str) -> str:
    """ "https://www.example.com/2021/tugs/?page=2" → "example.com/2021/tugs-1f0c2a": host and path, and what is asked
    for in six letters."""
    parts = urlsplit(url)
    name = parts.netloc.removeprefix("www.") + unquote(parts.path).rstrip("/")
    name = re.sub(r"[\s\x00-\x1f\x7f]+", "-", sound(name))
    return f"{name}-{hashlib.sha256(parts.query.encode()).hexdigest()[:6]}" if parts.query else name


def _without_tracking(url: str) -> str:
    parts = urlsplit(url)
    if not any(TRACKING.fullmatch(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        return url
    kept = [one for one in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.fullmatch(one[0])]
    return parts._replace(query=urlencode(kept)).geturl()


def gather(
    url: str,
    visitor: Visitor,
    *,
    known: Mapping[str, Known] | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Gathered]:
    """Everything behind an address, a page at a time; ends early, without an error, when the visitor is stopped.
    `known`: what earlier runs were told, by address. `on_progress`: pages done, and how many there are."""
    try:
        yield from _Gathering(visitor, known or {}, on_progress).run(url)
    except Stopped:
        return


class _Gathering:
    """One address and what is behind it."""

    def __init__(self, visitor: Visitor, known: Mapping[str, Known], on_progress: Callable[[int, int], None]) -> None:
        self._visitor = visitor
        self._known = known
        self._on_progress = on_progress
        self._seen: dict[str, str] = {}  # article id → the address it came from

    def run(self, url: str) -> Iterator[Gathered]:
        first = self._visit(url)
        page = first.page
        if page is None:
            yield first
        elif kind_of(page) == "page":
            yield self._article(page, None)
        else:
            todo: list[Link] = []
            yield from self._collect(page, todo)
            if len(todo) > MOST:
                yield Gathered(url, InputError(shown(url), f"it links to more than {MOST} pages; the first were taken"))
            yield from self._articles(todo[:MOST])

    def _collect(self, page: Page, todo: list[Link]) -> Iterator[Gathered]:
        """Put the links to articles into `todo`, through the feeds and sitemaps that a list of them leads to."""
        for link in self._links(page, todo):
            if isinstance(link, Gathered):
                yield link
            elif link.kind == "page":
                todo.append(link)
            elif len(todo) <= MOST:
                below = self._visit(link.url)
                if below.page is None:
                    yield below
                    continue
                for inner in self._links(below.page, todo):
                    if isinstance(inner, Link) and inner.kind == "page":
                        todo.append(inner)
                    elif isinstance(inner, Gathered):
                        yield inner
                    else:
                        yield Gathered(inner.url, InputError(shown(inner.url), TOO_DEEP))

    def _links(self, page: Page, todo: list[Link]) -> Iterator[Link | Gathered]:
        """A feed's links, after the feed itself; or why it has none."""
        try:
            if kind_of(page) == "page":
                raise UnreadableInput(shown(page.url), "it is neither a feed nor a sitemap; give it by itself")
            found = links(page)
        except InputError as error:
            yield Gathered(page.url, error, page)
            return
        yield Gathered(page.url, None if found else InputError(shown(page.url), "it links to nothing"), page)
        yield from found

    def _articles(self, todo: list[Link]) -> Iterator[Gathered]:
        for done, link in enumerate(todo):
            self._on_progress(done, len(todo))
            visited = self._visit(link.url)
            yield visited if visited.page is None else self._article(visited.page, link)
        self._on_progress(len(todo), len(todo))

    def _visit(self, url: str) -> Gathered:
        """The page at an address, not yet read; or why there is none."""
        known = self._known.get(url, Known())
        try:
            page = self._visitor.refetch(url, known.etag, known.last_modified)
        except InputError as error:
            return Gathered(url, error)
        return Gathered(url, None, None if isinstance(page, NotModified) else page)

    def _article(self, page: Page, link: Link | None) -> Gathered:
        if link and kind_of(page) != "page":
            return Gathered(page.url, InputError(shown(page.url), TOO_DEEP), page)
        found = document(page, link)
        if isinstance(found, RawDocument):
            first = self._seen.setdefault(found.id, page.url)
            if first != page.url:
                found = InputError(shown(page.url), f"it is the same page as {shown(first)}; that one was taken")
        return Gathered(page.url, found, page)
