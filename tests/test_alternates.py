"""Which feeds a page names: as browsers find them, whole, and never at the cost of time."""

from __future__ import annotations

import time

import pytest

from indexes.alternates import feeds_told, named_feeds
from indexes.fetch import Page
from tests.test_feeds import ATOM, RSS
from tests.test_feeds import page as xml_page

AT = "https://gazette.example/news/tugs.html"
RSS_LINK = '<link rel="alternate" type="application/rss+xml" href="/feed">'


def found(data: str | bytes, kind: str = "text/html", at: str = AT) -> list[str]:
    return list(named_feeds(Page(at, at, data.encode() if isinstance(data, str) else data, kind)))


def in_head(*tags: str) -> str:
    return f"<!doctype html><html><head><title>Tugs</title>{''.join(tags)}</head><body><p>Tugs.</p></body></html>"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<link rel="alternate" type="application/rss+xml" title="RSS" href="/feed">', "https://gazette.example/feed"),
        ("<LINK HREF='feed.atom' TYPE='application/atom+xml' REL='Alternate'/>", "https://gazette.example/news/feed.atom"),
        ("<link rel=alternate type=application/rss+xml href=//feeds.example/1/ />", "https://feeds.example/1/"),
        ('<link rel="home alternate"\n type="application/rss+xml; charset=utf-8"\n href=" ../a?x=1&amp;y=2#top ">', "https://gazette.example/a?x=1&y=2"),
        ('<link title="a > b" rel="alternate" type="application/rss+xml" href="https://gazette.example">', "https://gazette.example/"),
        ('<link rel="alternate" type="application/rss+xml" href="/our feed/är">', "https://gazette.example/our%20feed/%C3%A4r"),
        ('<link rel="alternate" type="application/rss+xml" href="https://еxample.org/f">', "https://xn--xample-2of.org/f"),
        ('<link rel="alternate" type="application/rss+xml" href="/one" href="/two">', "https://gazette.example/one"),
    ],
)  # fmt: skip
def test_an_address_is_made_whole_and_is_the_one_that_would_be_fetched(tag: str, expected: str) -> None:
    assert found(in_head(tag)) == [expected]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" hreflang="de" href="/de">',
        '<link rel="stylesheet" type="application/rss+xml" href="/a.css">',
        '<link rel="alternate" type="text/html" href="/print">',
        '<link rel="alternate" type="application/rss+xml">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="https://user:secret@gazette.example/feed">',
        '<link rel="alternate" type="application/rss+xml" href="https://[gazette/feed">',
        f'<link rel="alternate" type="application/rss+xml" href="/{"a" * 300}">',
        f"<!-- {RSS_LINK} -->",
        f"<script>document.write('{RSS_LINK}')</script>",
        f"<style>/* </script> {RSS_LINK} */</style>",
        f"<title>{RSS_LINK}</title>",
        f"<body>{RSS_LINK}",
        f"<!-- {RSS_LINK}",
    ],
)
def test_what_is_no_feed_of_the_page_is_not_named(tag: str) -> None:
    assert found(in_head(tag)) == []


def test_addresses_are_named_once_in_their_order_and_start_from_the_first_base() -> None:
    atom = '<link rel="alternate" type="application/atom+xml" href="atom">'
    bases = '<base target="_top"><base href="https://cdn.example/x/"><base href="/y/">'
    assert found(in_head(bases, atom, RSS_LINK, atom)) == ["https://cdn.example/x/atom", "https://cdn.example/feed"]


def test_only_a_page_names_feeds() -> None:
    assert found(f"<html>{RSS_LINK}", kind="") == found(f"<meta charset=utf-8>{RSS_LINK}") != []
    assert found(f"Write {RSS_LINK} into it.", kind="text/plain") == []
    assert [list(named_feeds(xml_page(data))) for data in (RSS, ATOM)] == [[], []]
    assert found(b"\x89PNG\r\n\0\0" * 1_000) == []
    assert found(in_head(RSS_LINK).encode("utf-16")) == ["https://gazette.example/feed"]


@pytest.mark.parametrize(
    "piece", ["<!--", "<script>", "<link ", "<link '<link \"", '<link a="', "<link a", "<", " a", '"', "<base href=x>", RSS_LINK]
)  # fmt: skip
def test_a_page_that_was_made_to_cost_time_costs_none(piece: str) -> None:
    began = time.process_time()
    found("<html><head>" + piece * (500_000 // len(piece)))
    found("<html><head><link " + piece * (500_000 // len(piece)))
    assert time.process_time() - began < 2  # on one slow core, a tenth of it


def test_the_sentence_names_one_feed_or_several() -> None:
    assert feeds_told(["https://a/1"]) == "This page has a feed: https://a/1; add that address to follow it."
    told = "This page has feeds: https://a/1, https://a/2 and https://a/3; add one of these addresses to follow it."
    assert feeds_told(["https://a/1", "https://a/2", "https://a/3"]) == told
