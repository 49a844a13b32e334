"""Feeds and sitemaps to links: RSS, Atom, RDF, JSON Feed, OPML, sitemaps and sitemap indexes.

    <item><title>Tugs</title><link>/tugs</link>…  →  Link("https://example.com/tugs", "Tugs", "2021-03-30", "Gazette")

What is broken in the usual ways (a stray &, an HTML entity, a wrong encoding) is mended; what could read files or fill
memory is refused. The only door to defusedxml. Knows nothing of fetching or of articles.
"""

from __future__ import annotations

import contextlib
import functools
import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from indexes.clean import iso_date
from indexes.errors import UnreadableInput
from indexes.fetch import ENCODING, Page, shown, too_large, unpack
from indexes.load import decode

Kind = Literal["page", "feed", "sitemap"]

MOST = 500  # links of one address; at a second each that is over eight minutes
LARGEST = 10_000_000  # bytes of a feed, unpacked
MOST_TAGS = 1_000_000  # of a feed: the largest sitemap allowed, 50,000 addresses, has half as many
HEAD = 8_192  # bytes in which a feed's first tag is looked for
BLANK = b"\xef\xbb\xbf \t\r\n"
# Atomic groups: a file that opens with many comments would else be tried in every way there is.
ROOT = re.compile(
    r"(?>(?:\s|<\?(?>.*?\?>)|<!--(?>.*?-->)|<!doctype(?>[^>\[]*(?:\[[^\]]*\]\s*)?>))*)<(?:[\w.-]+:)?(\w+)",
    re.IGNORECASE | re.DOTALL,
)
ROOTS: Mapping[str, Kind] = {
    "rss": "feed", "rdf": "feed", "feed": "feed", "opml": "feed", "urlset": "sitemap", "sitemapindex": "sitemap",
}  # fmt: skip
ITEMS: Mapping[str, Kind] = {
    "item": "page", "entry": "page", "url": "page", "sitemap": "sitemap", "outline": "feed",
}  # fmt: skip
OTHER_TONGUES = ("mrss", "itunes", "podcast")  # name spaces that have a title and a link of their own
DATES = ("pubdate", "published", "issued", "date", "publication_date", "updated")


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of a feed or sitemap. published: ISO 8601 or "". source: the feed's own title. kind: what it leads
    to; a sitemap index leads to sitemaps, OPML to feeds."""

    url: str
    title: str = ""
    published: str = ""
    source: str = ""
    kind: Kind = "page"


def kind_of(page: Page) -> Kind:
    """What a page is, by its first tag; servers give feeds many content types."""
    try:
        data = _unpacked(page)
    except ValueError:
        return "page"
    if data.lstrip(BLANK)[:1] == b"{":
        return "feed" if b"://jsonfeed.org/version/" in data[:HEAD].replace(b"\\/", b"/") else "page"
    return ROOTS.get(first_tag(data), "page")


def first_tag(data: bytes) -> str:
    """The name of the first tag, in lower case and without its name space; "" where no tag comes first."""
    found = ROOT.match((decode(data[:HEAD]) or "").lstrip("\ufeff"))
    return found[1].lower() if found else ""


def links(page: Page) -> list[Link]:
    """What a feed or sitemap links to, each address once, in its order: at most MOST, and one more where there are
    more. Raises UnreadableInput."""
    try:
        data = _unpacked(page)
        if len(data) > LARGEST:
            raise ValueError(too_large(LARGEST))
        read = _json_links if data.lstrip(BLANK)[:1] == b"{" else _xml_links
        once: dict[str, Link] = {}
        for link in read(data, page.final_url):
            once.setdefault(link.url, link)
            if len(once) > MOST:
                break
    except ValueError as error:
        raise UnreadableInput(shown(page.url), str(error)) from None
    return list(once.values())


def _unpacked(page: Page) -> bytes:
    """The bytes; unpacked where they are a .gz file, as large sitemaps are."""
    return unpack([page.data], LARGEST) if page.data.startswith(b"\x1f\x8b") else page.data


def _tree(data: bytes) -> Element:
    """A feed's XML; where it is broken in one of the usual ways, mended once. Entities of its own, which can read files
    and fill memory, are never followed."""
    if data.count(b"<") > MOST_TAGS:
        raise ValueError("it has more tags than a feed may have; give the addresses of its articles")
    try:
        return _parsed(data)
    except DefusedXmlException:
        raise ValueError(ENTITIES) from None
    except (ParseError, LookupError, ValueError):
        pass
    try:
        return _parsed(_mended(data))
    except DefusedXmlException:
        raise ValueError(ENTITIES) from None
    except ParseError as error:
        raise ValueError(f"its XML is broken in line {error.position[0]}; tell its website, or try later") from None


ENTITIES = "it defines entities of its own, which can do harm; give the addresses of its articles"


def _parsed(data: bytes) -> Element:
    found: Element = fromstring(data)
    return found


def _mended(data: bytes) -> bytes:
    """Without control characters, with HTML's entities and lone ampersands as XML has them, in UTF-8."""
    declared = re.match(rb"\s*<\?xml[^>]*encoding=[\"']([\w.:-]+)", data)
    text = decode(data) or ""
    if declared and ENCODING.fullmatch(name := declared[1].decode()):
        with contextlib.suppress(LookupError, UnicodeError):
            text = data.decode(name)
    text = re.sub(r"^\s*<\?xml.*?\?>", "", text, flags=re.DOTALL)
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text).lstrip()
    named = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});)(\w{1,32};)?", re.IGNORECASE)
    return named.sub(lambda match: html.escape(html.unescape(match[0])), text).encode("utf-8", "replace")


def _xml_links(data: bytes, base: str) -> Iterator[Link]:
    root = _tree(data)
    base = _resolved(base, root)
    channel = next((child for child in root if _name(child) == "channel"), root)
    source = _text(channel, "title") if _name(root) != "opml" else ""
    for item in root.iter():
        kind = ITEMS.get(_name(item))
        if kind is None or item is root:
            continue
        url = _address(item, _resolved(base, item), "xmlurl" if kind == "feed" else "loc")
        if url:
            news = next((child for child in item if _name(child) == "news"), item)  # Google's, in sitemaps
            dates = {_name(child): _iso(child.text) for child in reversed(news) if _name(child) in DATES}
            yield Link(
                url, _text(news, "title"), next((dates[name] for name in DATES if dates.get(name)), ""), source, kind
            )


def _json_links(data: bytes, base: str) -> Iterator[Link]:
    try:
        feed: Any = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("its JSON is broken; tell its website, or try later") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    for item in items if isinstance(items, list) else []:
        told = {name: value for name, value in item.items() if isinstance(value, str)} if isinstance(item, dict) else {}
        if url := _web(base, told.get("url") or told.get("external_url") or ""):
            source = _plain(feed["title"]) if isinstance(feed.get("title"), str) else ""
            yield Link(url, _plain(told.get("title", "")), _iso(told.get("date_published")), source)


def _name(element: Element) -> str:
    return _bare(element.tag)


@functools.lru_cache(maxsize=1_000)
def _bare(tag: str) -> str:
    """A tag without its name space, in lower case; nothing for tags of other tongues."""
    space, _, name = tag.rpartition("}")
    return "" if any(tongue in space.lower() for tongue in OTHER_TONGUES) else name.lower()


def _text(element: Element, name: str) -> str:
    return next((_plain("".join(child.itertext())) for child in element if _name(child) == name), "")


def _resolved(base: str, element: Element) -> str:
    own = element.get("{http://www.w3.org/XML/1998/namespace}base")
    return (_web(base, own) or base) if own else base


def _address(item: Element, base: str, wanted: str) -> str:
    """Where an item leads: a link's text, a link's href that is the article itself, or a guid that is an address."""
    if wanted == "xmlurl":
        return _web(base, next((value for name, value in item.items() if name.lower() == wanted), ""))
    own = [child for child in item if _name(child) == "link" and child.get("rel", "alternate") == "alternate"]
    texts = [child.text or "" for child in item if _name(child) == wanted] + [child.text or "" for child in own]
    hrefs = [one.get("href", "") for one in sorted(own, key=lambda one: "html" not in one.get("type", "html"))]
    guids = [child.text or "" for child in item if _name(child) == "guid" and child.get("isPermaLink") != "false"]
    guids = [text for text in guids if text.strip().startswith(("http://", "https://"))]
    return next((url for text in [*texts, *hrefs, *guids] if (url := _web(base, text))), "")


def _web(base: str, text: str) -> str:
    """The address made whole, without fragment; "" for what is none of the web's."""
    try:
        url = urldefrag(urljoin(base, text.strip())).url if text.strip() else ""
        return url if urlsplit(url).scheme in ("http", "https") else ""
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """A title as one line of text: feeds put HTML into it, and escape it once or twice."""
    return " ".join(html.unescape(re.sub(r"<[^<>]*>", "", html.unescape(text))).split())[:300]


def _iso(text: str | None) -> str:
    text = (text or "").strip()
    if not re.match(r"\d{4}-", text):
        try:
            return parsedate_to_datetime(text).isoformat()
        except (TypeError, ValueError, OverflowError):
            pass
    return iso_date(text)
