from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexes.clean import clean
from indexes.errors import InputError, UnreadableInput
from indexes.feeds import LARGEST, MOST, Link, kind_of, links
from indexes.fetch import Limits, Page, Visitor
from indexes.gather import Gathered, Known, document, gather
from indexes.load import RawDocument
from tests.web_server import SENTENCE, Website, article, website

BASE = "https://gazette.example/news/"
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>Harbour Gazette</title><link>https://gazette.example/</link><image><url>/logo.png</url></image>
<atom:link rel="self" href="https://gazette.example/feed"/>
<item><media:title>A photograph</media:title><title>Tugs &amp;amp; &lt;b&gt;tides&lt;/b&gt;</title><link>/tugs#top</link>
<pubDate>Tue, 30 Mar 2021 10:00:00 +0200</pubDate></item>
<item><title>Dredging</title><guid>https://gazette.example/dredging</guid></item>
<item><title>No address</title><guid isPermaLink="false">17</guid></item>
<item><title>Script</title><link>javascript:alert(1)</link></item>
<item><title>Tugs again</title><link>https://gazette.example/tugs</link></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="/2021/"><title>Wire</title><updated>2022-01-01</updated>
<entry xml:base="march/"><title type="html">&lt;i&gt;Afloat&lt;/i&gt;</title><link rel="self" href="entry.xml"/>
<link rel="alternate" type="application/pdf" href="afloat.pdf"/><link href="afloat"/>
<updated>2021-04-01T00:00:00Z</updated><published>2021-03-29T13:00:00Z</published><source><title>Other</title></source></entry>
<entry><link href="later"/><updated>2021-04-02T00:00:00Z</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Old Gazette</title></channel>
<item rdf:about="x"><title>Canal</title><link>https://gazette.example/canal</link><dc:date>2004-05-06</dc:date></item></rdf:RDF>"""
MAP = """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://gazette.example/a </loc><lastmod>2021-05-05</lastmod><image:image><image:loc>/i.png</image:loc></image:image></url>
<url><loc>https://gazette.example/b</loc><news:news><news:title>B</news:title><news:publication_date>2021-03-28</news:publication_date></news:news></url></urlset>"""
INDEX = "<sitemapindex><sitemap><loc>https://gazette.example/map1.xml</loc></sitemap></sitemapindex>"
OPML = '<opml version="2.0"><head><title>Mine</title></head><body><outline text="News"><outline type="rss" xmlUrl="https://gazette.example/feed" htmlUrl="https://gazette.example/"/></outline></body></opml>'
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "JSON Gazette",
        "items": [
            {"id": "1", "url": "/one", "title": "One", "date_published": "2021-03-24T08:00:00Z"},
            {"external_url": "https://x.example/2"},
            {"url": {"a": 1}},
            7,
        ],
    }
)


def page(data: str | bytes, url: str = BASE, kind: str = "application/xml", encoding: str = "") -> Page:
    return Page(url, url, data.encode() if isinstance(data, str) else data, kind, encoding)


# -- links ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            RSS,
            [
                Link("https://gazette.example/tugs", "Tugs & tides", "2021-03-30T10:00:00+02:00", "Harbour Gazette"),
                Link("https://gazette.example/dredging", "Dredging", "", "Harbour Gazette"),
            ],
        ),
        (
            ATOM,
            [
                Link("https://gazette.example/2021/march/afloat", "Afloat", "2021-03-29T13:00:00Z", "Wire"),
                Link("https://gazette.example/2021/later", "", "2021-04-02T00:00:00Z", "Wire"),
            ],
        ),
        (RDF, [Link("https://gazette.example/canal", "Canal", "2004-05-06", "Old Gazette")]),
        (MAP, [Link("https://gazette.example/a"), Link("https://gazette.example/b", "B", "2021-03-28")]),
        (INDEX, [Link("https://gazette.example/map1.xml", kind="sitemap")]),
        (OPML, [Link("https://gazette.example/feed", kind="feed")]),
        (
            JSON,
            [
                Link("https://gazette.example/one", "One", "2021-03-24T08:00:00Z", "JSON Gazette"),
                Link("https://x.example/2", "", "", "JSON Gazette"),
            ],
        ),
    ],
    ids=["rss", "atom", "rdf", "sitemap", "index", "opml", "json"],
)
def test_each_kind_of_feed_gives_its_links(data: str, expected: list[Link]) -> None:
    assert links(page(data)) == expected
    assert links(page(gzip.compress(data.encode()))) == expected


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (RSS, "feed"), (ATOM, "feed"), (RDF, "feed"), (JSON, "feed"), (OPML, "feed"), (MAP, "sitemap"), (INDEX, "sitemap"),
        (article().decode(), "page"), ("", "page"), ("{}", "page"), ("plain words about an rss", "page"), ("\ufeff\n<!-- <rss> --><html>", "page"),
        ('\ufeff <?xml version="1.0"?><?xml-stylesheet href="x"?><!-- a > b --><!DOCTYPE rss [ <!ELEMENT a> ]><rss/>', "feed"),
    ],
)  # fmt: skip
def test_a_page_is_told_from_a_feed_by_its_first_tag(data: str, kind: str) -> None:
    assert kind_of(page(data, kind="text/html")) == kind


def test_a_thousand_comments_before_the_first_tag_take_no_time() -> None:
    began = time.monotonic()
    assert kind_of(page("<!---->" * 1_000 + "x")) == "page"
    assert kind_of(page("<!---->" * 1_000 + "<rss/>")) == "feed"
    assert time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ("<rss><channel><item><title>Salt & tide&nbsp;tables &copy;</title><link>/a?x=1&y=2</link></item></channel></rss>", "Salt & tide tables ©"),
        ("<rss><channel><item><title>Bell\x07 buoy</title><link>/a?x=1&amp;y=2</link></item></channel></rss>", "Bell buoy"),
        (b"<?xml version='1.0'?><rss><item><title>Caf\xe9</title><link>/a?x=1&amp;y=2</link></item></rss>", "Café"),
        ("<?xml version='1.0' encoding='shift_jis'?><rss><item><title>港</title><link>/a?x=1&amp;y=2</link></item></rss>".encode("shift_jis"), "港"),
        ("<?xml version='1.0' encoding='utf-16'?><rss><item><title>Ö</title><link>/a?x=1&amp;y=2</link></item></rss>".encode("utf-16"), "Ö"),
        ("\n <?xml version='1.0'?><rss><item><title>Late</title><link>/a?x=1&amp;y=2</link></item></rss>", "Late"),
    ],
    ids=["entities", "control", "latin-1", "shift-jis", "utf-16", "blank line first"],
)  # fmt: skip
def test_a_feed_that_is_broken_in_a_usual_way_is_mended(data: str | bytes, title: str) -> None:
    assert links(page(data)) == [Link("https://gazette.example/a?x=1&y=2", title)]


LAUGHS = (
    "<!DOCTYPE rss ["
    + '<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    + "]>"
)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (LAUGHS + "<rss><item><title>&a9;</title><link>/a</link></item></rss>", "entities of its own"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><title>&x;</title><link>/a</link></item></rss>', "entities of its own"),
        ('<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://x.example/">%x;]><rss/>', "entities of its own"),
        (LAUGHS + "<rss><item><title>& &a9;</title><link>/a</link></item></rss>", "entities of its own"),
        ("<rss>" + " " * LARGEST + "</rss>", "larger than 10 MB"), (gzip.compress(b"<rss>" + b" " * 50_000_000), "larger than 10 MB"),
        ("<rss>" + "<a/>" * 1_000_001 + "</rss>", "more tags"), ("<rss><item>", "broken in line 1"),
        ('{"version": "https://jsonfeed.org/version/1", "items": [', "JSON is broken"), ('{"a":' * 100_000, "JSON is broken"),
    ],
)  # fmt: skip
def test_a_feed_that_could_do_harm_is_refused(data: str | bytes, words: str) -> None:
    with pytest.raises(UnreadableInput, match=words):
        links(page(data))


def test_a_document_type_alone_does_no_harm() -> None:
    declared = '<!DOCTYPE rss PUBLIC "-//N//DTD RSS 0.91//EN" "http://x.example/rss.dtd"><rss><item><link>/a</link></item></rss>'
    assert links(page(declared)) == [Link("https://gazette.example/a")]


def test_a_hundred_thousand_tags_inside_each_other_are_no_feed_and_no_crash() -> None:
    deep = "<rss>" + "<a>" * 100_000 + "<item><link>/a</link></item>" + "</a>" * 100_000 + "</rss>"
    assert links(page(deep)) == [Link("https://gazette.example/a")]


def test_the_largest_sitemap_that_is_allowed_is_read_as_far_as_links_are_taken() -> None:
    rows = "".join(
        f"<url><loc>https://gazette.example/{n}</loc><lastmod>2021-01-01</lastmod></url>" for n in range(50_000)
    )
    found = links(page(f"<urlset>{rows}</urlset>"))
    assert len(found) == MOST + 1 and found[-1].url == f"https://gazette.example/{MOST}"


# -- documents ------------------------------------------------------------------------------------------------------------


def test_a_page_becomes_the_document_that_a_file_would_with_its_true_address() -> None:
    data = article().replace(b"<head>", b'<head><link rel="canonical" href="https://evil.example/x">')
    found = document(page(data, "https://www.gazette.example/2021/tugs/?utm_source=x&page=2#top", "text/html"))
    assert isinstance(found, RawDocument)
    assert (found.format, found.origin) == ("html", "https://www.gazette.example/2021/tugs/?page=2#top")
    assert found.id.startswith("gazette.example/2021/tugs-") and found.metadata["url"] == found.origin
    assert SENTENCE in found.text and clean(found).title == "Tugs"


def test_what_the_feed_says_stands_in_only_where_the_page_says_nothing() -> None:
    link = Link(BASE + "a", "Title of the feed", "2021-03-30", "Harbour Gazette")
    bare = document(page(article(), BASE + "a", "text/html"), link)
    told = document(
        page(
            article().replace(b"<head>", b'<head><meta property="article:published_time" content="2019-05-14">'),
            BASE + "a",
            "text/html",
        ),
        link,
    )
    assert isinstance(bare, RawDocument) and isinstance(told, RawDocument)
    assert (bare.metadata["title"], bare.metadata["published"], bare.metadata["source"]) == (
        "Tugs",
        "2021-03-30",
        "Harbour Gazette",
    )
    assert told.metadata["published"] == "2019-05-14"


@pytest.mark.parametrize(
    ("encoding", "declared", "written"),
    [
        ("iso8859-1", "", "cp1252"),
        ("cp1252", "utf-8", "cp1252"),
        ("utf-8", "iso-8859-1", "utf-8"),
        ("koi8-r", "", "koi8-r"),
        ("utf-8", "", "cp1252"),
    ],
)
def test_the_servers_word_on_the_encoding_goes_before_the_pages(encoding: str, declared: str, written: str) -> None:
    words = "Буксиры сняли судно с мели" if written == "koi8-r" else "The café “Möwe” reopened"
    text = (
        article(extra=words).decode().replace("<head>", f'<head><meta charset="{declared}">' if declared else "<head>")
    )
    found = document(page(text.encode(written), BASE, "text/html", encoding))
    assert isinstance(found, RawDocument) and words in found.text


@pytest.mark.parametrize(
    ("data", "kind", "format"),
    [
        (article(), "", "html"), (article(), "text/plain", "html"), (b"<!-- x -->" + article(), "application/octet-stream", "html"),
        (SENTENCE.encode(), "text/plain", "txt"), (b"# Tugs\n\n" + SENTENCE.encode(), "text/markdown", "md"),
        (article().replace(b"<!doctype html><html>", b""), "text/html", "html"),
        (b'<?xml version="1.0" encoding="utf-8"?>' + article(), "application/xhtml+xml", "html"),
    ],
)  # fmt: skip
def test_a_format_is_known_by_the_type_or_by_the_first_bytes(data: bytes, kind: str, format: str) -> None:
    found = document(page(data, BASE, kind))
    assert isinstance(found, RawDocument) and found.format == format and SENTENCE in found.text


def test_a_pdf_is_read_as_one(tmp_path: Path) -> None:
    from tests.test_load import make_pdf

    data = make_pdf(tmp_path / "a.pdf", [SENTENCE]).read_bytes()
    found = document(page(data, BASE + "a.pdf", "application/octet-stream"))
    assert isinstance(found, RawDocument) and found.format == "pdf" and "harbour tugs" in found.text


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", "text/html", "empty"), (b"<html><body>Menu</body></html>", "text/html", "no article"), (b"{}", "application/json", "application/json"),
        (b"<a/>", "application/xml", "application/xml"), (b"\x89PNG1234", "text/html", "not an article"), (b"\0\1\2\3" * 99, "", "not text"),
    ],
)  # fmt: skip
def test_a_page_without_an_article_says_so(data: bytes, kind: str, words: str) -> None:
    found = document(page(data, BASE, kind))
    assert isinstance(found, InputError) and words in found.reason and found.where == BASE


# -- gathering ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as found:
        for name in "abc":
            found.put(f"/{name}", article(f"Story {name}"), headers={"etag": f'"{name}"'})
        yield found


def feed(*paths: str) -> bytes:
    items = "".join(f"<item><title>Feed title</title><link>{path}</link></item>" for path in paths)
    return f"<rss><channel><title>Gazette</title>{items}</channel></rss>".encode()


def all_of(site: Website, path: str, **options: object) -> list[Gathered]:
    visitor = Visitor(Limits(pause=0.0, total=5.0), allow_private=True)
    return list(gather(site.url(path), visitor, **options))  # type: ignore[arg-type]


def outcome(site: Website, found: list[Gathered]) -> list[tuple[str, str]]:
    """(path, "document", "nothing" or the reason) of each."""
    told = [
        one.found.reason if isinstance(one.found, InputError) else "document" if one.found else "nothing"
        for one in found
    ]
    return [(one.url.removeprefix(site.url("")), words) for one, words in zip(found, told, strict=True)]


def test_a_page_gives_its_document_and_is_kept_as_it_came(site: Website) -> None:
    (found,) = all_of(site, "/a")
    assert isinstance(found.found, RawDocument) and found.found.origin == site.url("/a")
    assert found.page and found.page.data == article("Story a")


def test_a_feed_gives_a_document_for_each_page_and_a_reason_for_each_it_cannot_give(site: Website) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /shut\n", "text/plain")
    site.put("/gone", b"", status=410)
    site.put("/inner", feed("/a"))
    site.redirect("/also-a", "/a")
    site.put("/feed", feed("/a", "/gone", "/shut", "/loop", "/b", "/also-a", "/inner", "http://10.0.0.300/"))
    progress: list[tuple[int, int]] = []
    found = outcome(site, all_of(site, "/feed", on_progress=lambda done, total: progress.append((done, total))))
    expected = [
        "nothing",
        "document",
        "taken down",
        "robots.txt",
        "more than 5",
        "document",
        "same page",
        "list inside",
        "not a web",
    ]
    assert len(found) == len(expected)
    assert all(words in told for words, (_, told) in zip(expected, found, strict=True)), found
    assert progress == [(done, 8) for done in range(9)]


def test_a_sitemap_index_and_an_opml_lead_one_level_down_and_no_further(site: Website) -> None:
    site.put(
        "/index",
        f"<sitemapindex><sitemap><loc>{site.url('/map')}</loc></sitemap><sitemap><loc>/none</loc></sitemap></sitemapindex>".encode(),
    )
    site.put("/map", b"<urlset><url><loc>/a</loc></url><url><loc>/b</loc></url></urlset>")
    site.put("/deep", b"<sitemapindex><sitemap><loc>/index</loc></sitemap></sitemapindex>")
    site.put("/opml", b'<opml><body><outline xmlUrl="/feed"/><outline xmlUrl="/a"/></body></opml>')
    site.put("/feed", feed("/c"))
    told = outcome(site, all_of(site, "/index"))
    assert [path for path, words in told if words == "document"] == ["/a", "/b"] and (
        "/none",
        "there is no page at this address; check it",
    ) in told
    assert [words for _, words in outcome(site, all_of(site, "/deep"))][-2:] == [
        "it is a list inside a list; give its address by itself"
    ] * 2
    told = outcome(site, all_of(site, "/opml"))
    assert told[-1] == ("/c", "document") and any(path == "/a" and "neither a feed" in words for path, words in told)


def test_more_links_than_are_taken_are_said_to_be_left(site: Website) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /x\n", "text/plain")
    site.put("/feed", feed(*(f"/x{number}" for number in range(MOST + 20))))
    told = outcome(site, all_of(site, "/feed"))
    assert len(told) == 2 + MOST and "more than 500" in told[1][1]


def test_what_is_known_is_asked_for_again_only_if_it_has_changed(site: Website) -> None:
    site.put("/feed", feed("/a", "/b"))
    first = all_of(site, "/feed")
    known = {one.url: Known(one.page.etag, one.page.last_modified) for one in first if one.page}
    site.put("/b", article("Story b, told anew"), headers={"etag": '"new"'})
    again = all_of(site, "/feed", known=known)
    assert outcome(site, again) == [("/feed", "nothing"), ("/a", "nothing"), ("/b", "document")]
    assert again[1].page is None and again[0].page is not None


def test_a_feed_that_is_as_it_was_is_not_followed(site: Website) -> None:
    site.put("/feed", feed("/a"), headers={"etag": '"f"'})
    assert all_of(site, "/feed", known={site.url("/feed"): Known('"f"')}) == [Gathered(site.url("/feed"), None)]


def test_a_stop_ends_the_gathering_between_two_pages_and_keeps_what_was_had(site: Website) -> None:
    site.put("/feed", feed("/a", "/b", "/c"))
    had: list[Gathered] = []
    visitor = Visitor(Limits(pause=0.0), allow_private=True, stop=lambda: len(had) == 2)
    for one in gather(site.url("/feed"), visitor):
        had.append(one)
    assert [path for path, _ in outcome(site, had)] == ["/feed", "/a"]
    assert "/b" not in site.paths()


def test_an_empty_feed_and_an_address_that_leads_nowhere_say_so(site: Website) -> None:
    site.put("/feed", b"<rss><channel/></rss>")
    assert outcome(site, all_of(site, "/feed")) == [("/feed", "it links to nothing")]
    assert outcome(site, all_of(site, "/none")) == [("/none", "there is no page at this address; check it")]
