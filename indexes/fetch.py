"""One page from the web, fetched politely and within limits: its bytes, where they came from, and when.

    address → checked, looked up once → robots.txt → the host's turn → connected to that very address → read → Page
       ↑______________________________ a redirect, at most five times ______________________________|

Nothing is sent but the question: no cookies, no referrer, no password. A proxy in the environment is not used: it would
look names up by itself. The only door to protego. Knows nothing of feeds, of articles or of libraries.
"""

from __future__ import annotations

import codecs
import contextlib
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urldefrag, urljoin

from protego import Protego

from indexes.address import Place, look_up, read_address
from indexes.connection import Clock, Reason, Reply, ask, rest
from indexes.errors import InputError

AGENT = "Footnote/0.1 (+reads articles for one person)"
HEADERS = {"User-Agent": AGENT, "Accept": "*/*", "Accept-Encoding": "gzip"}
NAME = "Footnote"  # what a robots.txt calls us
ROBOTS_MOST = 500_000  # bytes of a robots.txt that count; RFC 9309 asks for that many at least
REDIRECTS = frozenset({301, 302, 303, 307, 308})
NO_ARTICLE = frozenset({"image", "audio", "video", "font"})
# Encodings that pages are in. Python knows others, and with some of them ("punycode") a large page takes hours.
ENCODING = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|latin-?1|iso-?8859-\d+|windows-\d+|cp\d+|koi8-[ru]|gb(?:2312|k|18030)|"
    r"big5(?:-hkscs)?|shift[_-]jis|sjis|euc-(?:jp|kr)|iso-2022-jp|macintosh|mac-?roman|tis-620",
    re.IGNORECASE,
)
REFUSALS = {
    401: "it asks for a password; save it from your browser and give the file",
    402: "it has to be paid for; save it from your browser and give the file",
    403: "the website does not let programs read it; save it from your browser and give the file",
    404: "there is no page at this address; check it",
    410: "the page has been taken down; remove it from your list",
    429: "the website asks to be left alone for now; try again later",
    451: "the website may not show it for legal reasons; look for the article elsewhere",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one page may cost. Times are in seconds; waiting for the host's turn is not counted in `total`."""

    size: int = 10_000_000  # bytes, unpacked; the largest of the articles tried is a PDF of 9 million
    connect: float = 5.0
    total: float = 30.0  # from the first look-up to the last byte, redirects included
    redirects: int = 5
    pause: float = 1.0  # between two requests to one host
    longest_pause: float = 10.0  # that a robots.txt may ask for; where it asks for more, this is kept


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it was fetched. data: unpacked, otherwise as it came. encoding: as the server says, "" where it does
    not. fetched: ISO 8601, UTC. etag and last_modified: as they came, to be handed back to `Visitor.refetch`."""

    url: str  # as given
    final_url: str  # after redirects, without a fragment
    data: bytes
    content_type: str = ""  # "text/html"
    encoding: str = ""
    fetched: str = ""
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The page is as it was when it was last fetched."""

    url: str


class FetchError(InputError):
    """A page cannot be had; the sentence says why and what to do. status: what the server answered, 0 if nothing."""

    def __init__(self, where: str, reason: str, status: int = 0) -> None:
        super().__init__(shown(where), reason)
        self.status = status


def shown(url: str) -> str:
    """An address fit for a message: no password, no control characters, not endless."""
    url = re.sub(r"//[^/?#]*@", "//", url.strip())
    return "".join(char if char.isprintable() else "�" for char in url)[:200]


def fetch(url: str, limits: Limits = Limits(), allow_private: bool = False) -> Page:
    """One page. For several, a `Visitor` remembers what each host asks for. Raises FetchError."""
    return Visitor(limits, allow_private).fetch(url)


class Visitor:
    """Fetches the pages of one run, one at a time: remembers each host's robots.txt, and when it was last asked.
    `stop` is looked at several times a second; once it says True, Stopped is raised."""

    def __init__(
        self,
        limits: Limits = Limits(),
        allow_private: bool = False,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._limits = limits
        self._allow_private = allow_private
        self._stop = stop
        self._rules: dict[str, Protego | Reason] = {}  # origin → its robots.txt, or why nothing of it may be fetched
        self._asked: dict[str, float] = {}  # host → when it last answered

    def fetch(self, url: str) -> Page:
        """The page. Raises FetchError or Stopped."""
        page = self.refetch(url)
        if isinstance(page, NotModified):  # though nothing was known of it
            raise FetchError(url, "the server's answer makes no sense (304); try again later", 304)
        return page

    def refetch(self, url: str, etag: str = "", last_modified: str = "") -> Page | NotModified:
        """The page, unless it is as it was when it had this etag and date. Raises FetchError or Stopped."""
        known = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in known.items() if value.isascii() and value.isprintable() and value}
        try:
            found = self._follow(url, headers, Clock(self._limits.total, self._stop))
        except Reason as reason:
            raise FetchError(url, str(reason), reason.status) from None
        return NotModified(url) if found is None else found

    def _follow(self, url: str, headers: dict[str, str], clock: Clock, robots: bool = True) -> Page | None:
        """The page at the end of the redirects, each checked like the first; None if it is as it was."""
        at = url
        for hop in range(self._limits.redirects + 1):
            try:
                found = self._visit(url, at, headers, clock, robots)
            except Reason as reason:
                there = f"it redirects to {shown(at)}: " if hop else ""
                raise Reason(f"{there}{reason}", reason.status) from None
            if not isinstance(found, str):
                return found
            at = urldefrag(_joined(at, found)).url
        raise Reason(f"it redirects more than {self._limits.redirects} times; open it in a browser and save it")

    def _visit(self, url: str, at: str, headers: dict[str, str], clock: Clock, robots: bool) -> Page | str | None:
        """One request: the page, where it redirects to, or None if it is as it was."""
        place = read_address(at, self._allow_private)
        if isinstance(place, str):
            raise Reason(place)
        with clock.held():
            pause = self._permitted(place) if robots else self._limits.pause
            rest(self._asked.get(place.host, -pause) + pause, self._stop)
        try:
            addresses = look_up(place, self._allow_private, min(self._limits.connect, clock.left()))
            if isinstance(addresses, str):
                raise Reason(addresses)
            with ask(place, addresses, {**HEADERS, **headers}, clock, self._limits.connect) as reply:
                return self._answer(url, place, reply)
        finally:
            self._asked[place.host] = time.monotonic()

    # -- robots.txt ---------------------------------------------------------------------------------------------------

    def _permitted(self, place: Place) -> float:
        """Seconds to keep between two requests to this host. Raises Reason where its robots.txt forbids the page."""
        if place.origin not in self._rules:
            self._rules[place.origin] = self._robots(place)
        rules = self._rules[place.origin]
        if isinstance(rules, Reason):
            raise Reason(str(rules), rules.status)
        if not rules.can_fetch(place.url, NAME):
            raise Reason("the website's robots.txt asks programs not to; save it from your browser and give the file")
        return max(self._limits.pause, min(rules.crawl_delay(NAME) or 0.0, self._limits.longest_pause))

    def _robots(self, place: Place) -> Protego | Reason:
        """A host's rules. None is leave for everything; one that cannot be had now is leave for nothing (RFC 9309)."""
        try:
            page = self._follow(f"{place.origin}/robots.txt", {}, Clock(self._limits.total, self._stop), robots=False)
        except Reason as reason:
            if 400 <= reason.status < 500 and reason.status != 429:
                return Protego.parse("")
            if reason.status:
                return Reason(f"its robots.txt cannot be read now ({reason.status}); try again later", reason.status)
            return reason
        return Protego.parse(page.data[:ROBOTS_MOST].decode("utf-8-sig", "replace") if page else "")

    def _answer(self, url: str, place: Place, reply: Reply) -> Page | str | None:
        headers, status = reply.headers, reply.status
        if status == 304:
            return None
        if status in REDIRECTS and headers.get("location"):
            return headers["location"]
        if status == 429 or (status == 503 and "retry-after" in headers):
            self._rules[place.origin] = Reason(REFUSALS[429], status)  # nor is it asked again in this run
        if status not in (200, 203):
            raise Reason(REFUSALS.get(status) or f"the server answered {status}; try again later", status)
        kind, _, parameters = headers.get("content-type", "").partition(";")
        kind = kind.strip().lower()
        if kind.partition("/")[0] in NO_ARTICLE:
            raise Reason(f"it is {shown(kind)}, not an article; leave it out")
        data, now = _body(reply, self._limits.size), datetime.now(UTC).isoformat(timespec="seconds")
        etag, last_modified = headers.get("etag", ""), headers.get("last-modified", "")
        return Page(url, place.url, data, kind, _encoding(parameters), now, etag, last_modified)


BROKEN = "it arrived damaged; try again later"


def _joined(base: str, location: str) -> str:
    """A redirect's target. Locations come as bytes that many servers mean as UTF-8."""
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    try:
        return urljoin(base, location.strip())
    except ValueError:
        return location


def _encoding(parameters: str) -> str:
    """The charset of a Content-Type, where it is one that pages are in."""
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", parameters, re.IGNORECASE)
    if not found or not ENCODING.fullmatch(found[1]):
        return ""
    try:
        return codecs.lookup(found[1]).name
    except LookupError:
        return ""


def _body(reply: Reply, most: int) -> bytes:
    packing = reply.headers.get("content-encoding", "").strip().lower()
    length = reply.headers.get("content-length", "")
    if length.isdecimal() and len(length) < 20 and int(length) > most:
        raise Reason(too_large(most))
    if packing not in ("", "identity", "gzip", "x-gzip"):
        raise Reason("it is packed in a way that was not asked for; save it from your browser and give the file")
    chunks = _counted(reply.chunks, most)
    try:
        return unpack(chunks, most) if "gzip" in packing else b"".join(chunks)
    except ValueError as error:
        raise Reason(str(error)) from None


def too_large(most: int) -> str:
    """The half sentence for what is larger than `most` bytes."""
    return f"it is larger than {most / 1e6:g} MB; save the part that you need"


def _counted(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    """The chunks, as long as they are not more than `most` bytes together."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise ValueError(too_large(most))
        yield chunk


def unpack(chunks: Iterable[bytes], most: int) -> bytes:
    """What gzip packed. Never holds more than `most` bytes and a chunk. Raises ValueError, in half a sentence."""
    out, machine = bytearray(), zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            while chunk and not (machine.eof and chunk.strip(b"\0") == b""):
                machine = zlib.decompressobj(wbits=31) if machine.eof else machine
                out += machine.decompress(chunk, most + 1 - len(out))
                if len(out) > most:
                    raise ValueError(too_large(most))
                chunk = machine.unused_data
    except zlib.error:
        raise ValueError(BROKEN) from None
    if not machine.eof:
        raise ValueError(BROKEN)
    return bytes(out)
