"""The web's part of `build`: what is behind addresses is fetched, staged page by page, and kept beside the library.

    gathered   →  staged, noted as read, kept: in this order, so that a run which is stopped goes on from there
    as it was  →  its article is reported as unchanged
    gone       →  named; its article stays, since only a person can tell a page taken back from one that moved
    has feeds  →  they are named, where the page's address was given and they are not followed already

A feed is kept once each of its articles is in, or can never be: until then the server is not told that we have it, so
that it is followed again. Knows nothing of encoding.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice

from indexes import keep
from indexes.alternates import named_feeds
from indexes.errors import InputError
from indexes.feeds import MOST, Link, kind_of, links
from indexes.fetch import FetchError, Page, Visitor, shown
from indexes.gather import Gathered, gather
from indexes.load import RawDocument
from indexes.writer import Writer

Stage = Callable[[Sequence[RawDocument], str], tuple[Collection[str], Sequence[InputError]]]
GONE = "there is no page at this address any more; its article stays, `footnote remove` takes it out of the library"
# How the reasons that may pass end, where the server itself answered nothing.
PASSING = ("try again later", "check the address")
NAMED = 3  # feeds of one page: more are its categories and its comments


def passing(error: InputError) -> bool:
    """May it be otherwise in an hour: is it the network, the time, or a server in trouble?"""
    if not isinstance(error, FetchError):
        return False
    return error.status >= 500 or error.status == 429 or (not error.status and error.reason.endswith(PASSING))


class Web:
    """What one run reads from the web. stage: cleans and stages documents of one origin, names and returns what of them
    cannot be used. skip: told of everything else that cannot be used. rules: the version of those that read a page."""

    def __init__(
        self, writer: Writer, visitor: Visitor, rules: str, stage: Stage, skip: Callable[[InputError], None]
    ) -> None:
        self.unchanged: dict[str, None] = {}  # ids of articles whose page is as it was
        self.failed: list[str] = []  # of the addresses given, those that could not be had
        self.feeds: list[tuple[str, list[str]]] = []  # (page given, feeds that it names)
        self._writer = writer
        self._visitor = visitor
        self._rules = rules
        self._stage = stage
        self._skip = skip
        self._origins = writer.origins()  # as they were before this run
        self._fresh: set[str] = set()  # origins that were staged in this run
        self._given: frozenset[str] = frozenset()  # addresses

    def read(self, urls: Sequence[str], on_progress: Callable[[int, int], None]) -> None:
        """Stage what is new or changed behind the addresses. on_progress: pages done, and how many are known of."""

        def tell(before: int, ahead: int, done: int, total: int) -> None:
            on_progress(before + done, before + total + ahead)

        self._given = frozenset(urls)
        before = 0
        for number, url in enumerate(urls, 1):
            before += self._address(url, partial(tell, before, len(urls) - number))
        on_progress(before, before)

    def _address(self, url: str, tell: Callable[[int, int], None]) -> int:
        """One address and what is behind it; returns how many pages that were."""
        pages = 0

        def count(done: int, total: int) -> None:
            nonlocal pages
            pages = total
            tell(done, total)

        tell(0, 1)
        feeds: list[Page] = []
        errors: dict[str, list[InputError]] = {}  # address → what of it cannot be used
        may = keep.known(self._writer.folder, self._current)
        for one in gather(url, self._visitor, known=may, on_progress=count):
            if one.url == url:
                self._name_feeds(one)
            if one.page and not one.found:
                feeds.append(one.page)
                continue
            errors[one.url] = found = self._one(one)
            if one.url == url and any(isinstance(error, FetchError) for error in found):
                self.failed.append(url)
        for feed in feeds:
            self._feed(feed, errors)
        return max(pages, 1)

    def _name_feeds(self, one: Gathered) -> None:
        """Note the feeds of a page that was given, as it is or as it was, but for those that are followed."""
        page = one.page if one.page or one.found else keep.read(self._writer.folder, one.url)
        found = named_feeds(page) if page else iter(())
        fresh = (feed for feed in found if feed not in self._given and not keep.head(self._writer.folder, feed))
        if first := list(islice(fresh, NAMED)):
            self.feeds.append((shown(one.url), first))

    def _current(self, page: Page) -> bool:
        """Is what came from this page in the library, read by today's rules? Else it has to come again."""
        state = self._writer.input_state(page.final_url)
        return state is not None and state[0].startswith(f"{self._rules} ")

    def _one(self, one: Gathered) -> list[InputError]:
        """One page of any kind but a feed that was read; returns what of it cannot be used."""
        if isinstance(one.found, RawDocument):
            return self._article(one.found, one.page)
        if isinstance(one.found, InputError):
            error = self._gone(one.url, one.found)
            self._skip(error)
            return [error]
        self._unchanged(one.url)
        return []

    def _article(self, found: RawDocument, page: Page | None) -> list[InputError]:
        errors = list(self._stage([found], found.origin)[1])
        self._fresh.add(found.origin)
        if page and not errors:
            # Kept under the address that the article has, which is without what says who sent the reader.
            self._keep(replace(page, final_url=found.origin), [])
        return errors

    def _keep(self, page: Page, errors: Sequence[InputError]) -> None:
        state = f"{self._rules} {hashlib.sha256(page.data).hexdigest()}"
        self._writer.set_input(page.final_url, state, errors)
        keep.save(self._writer.folder, page)

    def _gone(self, url: str, error: InputError) -> InputError:
        """The error; where a page is gone whose article is in the library, that it stays."""
        if isinstance(error, FetchError) and error.status in (404, 410) and self._held(url):
            return FetchError(url, GONE, error.status)
        return error

    def _held(self, url: str) -> list[str]:
        """Ids of the articles that came from an address before this run."""
        page = keep.head(self._writer.folder, url)
        return self._origins.get(page.final_url if page else url, [])

    def _unchanged(self, url: str) -> None:
        """Report the article of a page that is as it was; of a feed, its articles, and what of them cannot be used."""
        self._same(url)
        feed = None if self._held(url) else keep.read(self._writer.folder, url)
        if feed and (found := _links(feed)):
            for link in found:
                self._same(link.url)
            last = self._writer.input_state(feed.final_url)
            for where, reason in last[1] if last else []:
                self._skip(InputError(where, reason))

    def _same(self, url: str) -> None:
        """Report what came from an address before, unless it has come again in this run."""
        page = keep.head(self._writer.folder, url)
        if page and page.final_url not in self._fresh:
            self.unchanged |= dict.fromkeys(self._held(url))

    def _feed(self, feed: Page, errors: dict[str, list[InputError]]) -> None:
        """Keep a feed with what of its articles cannot be used, unless one of them was not had and may be later. A list
        of feeds is followed in every run: it stays the same while its feeds do not."""
        found = _links(feed)
        below = {link.url for link in found}
        missing = below - errors.keys() or any(passing(error) for url in below for error in errors.get(url, []))
        if not missing and all(link.kind == "page" for link in found):
            self._keep(feed, [error for link in found for error in errors[link.url]])


def _links(page: Page) -> list[Link]:
    """What a feed leads to, as far as it is followed; nothing for a page that is none."""
    try:
        return links(page)[:MOST] if kind_of(page) != "page" else []
    except InputError:
        return []


def is_address(text: str) -> bool:
    """Is it a web address, or meant as one, rather than a path?"""
    return bool(re.match(r"[a-z][a-z0-9+.-]*://", text, re.IGNORECASE))
