"""The feeds that a web page names, and the sentence that says so.

    <link rel="alternate" type="application/rss+xml" href="/feed">  →  "https://example.com/feed"

Only the head of the page is looked through, and no part of it twice, so that a page that was made to cost time costs
none. Knows nothing of what is in a feed, nor of whether it may be fetched.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from urllib.parse import urljoin

from indexes.address import read_address
from indexes.feeds import first_tag, kind_of
from indexes.fetch import Page, shown
from indexes.load import decode

TYPES = ("application/rss+xml", "application/atom+xml")
HEAD = 500_000  # characters that are looked through: some pages put their whole style first
# What a page's head holds. Whatever is not closed goes on to the end, as in a browser: nothing is tried in two ways.
TAGS = re.compile(
    r"""<!--.*?(?:-->|\Z)|<(?P<raw>script|style|title)\b.*?(?:</(?P=raw)|\Z)|<(?P<end>/head|body)\b|"""
    r"""<(?P<name>link|base)\b(?P<rest>(?:[^>"']+|"[^"]*"|'[^']*')*)""",
    re.IGNORECASE | re.DOTALL,
)
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


def named_feeds(page: Page) -> Iterator[str]:
    """The addresses of the feeds that a page names, whole, each once, in its order. One that a person could not give
    back to us as it is shown is passed over."""
    if kind_of(page) != "page" or not ("html" in page.content_type or first_tag(page.data) == "html"):
        return
    base, passed = "", {""}
    for name, told in _tags((decode(page.data) or "")[:HEAD]):
        if name == "base":
            base = base or _joined(page.final_url, told.get("href", ""))  # the first one counts
        elif _is_feed(told):
            url = _whole(_joined(base or page.final_url, told.get("href", "")))
            if url not in passed:
                yield url
            passed.add(url)


def feeds_told(addresses: Sequence[str]) -> str:
    """ "This page has a feed: https://example.com/feed; add that address to follow it." """
    if len(addresses) == 1:
        return f"This page has a feed: {addresses[0]}; add that address to follow it."
    some = f"{', '.join(addresses[:-1])} and {addresses[-1]}"
    return f"This page has feeds: {some}; add one of these addresses to follow it."


def _tags(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The links and bases of a page's head, each with its attributes; of two of one name, the first counts."""
    for tag in TAGS.finditer(text):
        if tag["end"]:
            return
        if tag["name"]:
            told: dict[str, str] = {}
            for name, *values in ATTRIBUTE.findall(tag["rest"]):
                told.setdefault(name.lower(), html.unescape("".join(values)))
            yield tag["name"].lower(), told


def _is_feed(told: dict[str, str]) -> bool:
    kind = told.get("type", "").partition(";")[0].strip().lower()
    return kind in TYPES and "alternate" in told.get("rel", "").lower().split()


def _joined(base: str, text: str) -> str:
    """The address made whole; "" for what is none."""
    try:
        return urljoin(base, text.strip()) if text.strip() else ""
    except ValueError:
        return ""


def _whole(url: str) -> str:
    """The address as it would be fetched, its host in ASCII; "" where it is none, or a message could not show all of
    it. One in a private network is an address too: whether it may be fetched is asked when it is."""
    place = read_address(url, allow_private=True)
    return "" if isinstance(place, str) or shown(place.url) != place.url else place.url
