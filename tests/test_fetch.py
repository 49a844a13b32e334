from __future__ import annotations

import gzip
import re
import socket
import time
import tracemalloc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from indexes import connection
from indexes.address import Place, is_home, is_public, look_up, read_address
from indexes.connection import Stopped
from indexes.fetch import AGENT, FetchError, Limits, NotModified, Page, Visitor, fetch, shown, unpack
from tests.tls import self_signed
from tests.web_server import BOMB, Website, article, website

QUICK = Limits(pause=0.0, total=5.0)  # tests of pauses and of time use limits of their own


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as found:
        found.put("/a", article())
        yield found


def get(site: Website, path: str, limits: Limits = QUICK) -> Page:
    return fetch(site.url(path), limits, allow_private=True)


def reason(url: str, limits: Limits = QUICK, allow_private: bool = True) -> str:
    with pytest.raises(FetchError) as caught:
        fetch(url, limits, allow_private)
    sentence = str(caught.value)
    assert "\n" not in sentence and "Error" not in sentence and ";" in caught.value.reason
    return sentence


# -- addresses ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://Example.com", Place("http", "example.com", 80, "/")),
        (" https://example.com:8443/a b?q=ü#part ", Place("https", "example.com", 8443, "/a%20b?q=%C3%BC")),
        ("https://bücher.example/%C3%BC", Place("https", "xn--bcher-kva.example", 443, "/%C3%BC")),
        ("http://[2606:4700::1111]/", Place("http", "2606:4700::1111", 80, "/")),
        ("http://example.com./", Place("http", "example.com", 80, "/")),
        ("http://1.1.1.1/", Place("http", "1.1.1.1", 80, "/")),
    ],
)
def test_an_address_is_taken_apart(url: str, place: Place) -> None:
    assert read_address(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "/etc/passwd", "file:///etc/passwd", "ftp://example.com/", "javascript:alert(1)", "data:text/html,x",
        "http://", "http:///x", "http://user:secret@example.com/", "http://user@example.com/", "http://example.com:22/",
        "http://example.com:6379/", "http://example.com:99999/", "http://example.com:x/", "http://2130706433/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://127.1/", "http://0x7f.1/", "http://1.2.3.4.5/", "http://256.1.1.1/", "http://①②⑦.1/",
        "http://[fe80::1%25eth0]/", "http://[::1", "http://exa\nmple.com/", "http://example.com\\@127.0.0.1/", "http://a..b/",
        "http://" + "a" * 300 + ".com/", "http://example.com/" + "a" * 5_000, "http://exa mple.com/", "http://\udcff.com/",
    ],
)  # fmt: skip
def test_what_is_no_website_is_refused_before_anything_is_looked_up(url: str) -> None:
    assert isinstance(read_address(url), str)
    assert ";" in reason(url, allow_private=False)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.255.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "224.0.0.1",
        "240.0.0.1", "255.255.255.255", "192.0.0.8", "192.0.2.1", "198.18.0.1", "203.0.113.1", "::", "::1", "::ffff:127.0.0.1",
        "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2002:7f00:1::",
        "2001:0:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_addresses_that_no_website_has_are_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450::1", "64:ff9b::808:808"]
)
def test_addresses_of_websites_are_not_refused(address: str) -> None:
    assert is_public(address)


def test_home_is_loopback_and_private_networks_and_never_a_clouds_own_address() -> None:
    assert all(map(is_home, ("127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "fd00::1")))
    assert not any(map(is_home, ("169.254.169.254", "fe80::1", "0.0.0.0", "224.0.0.1", "::ffff:127.0.0.1", "8.8.8.8")))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1"])
def test_loopback_and_private_addresses_are_refused_unless_allowed(host: str, site: Website) -> None:
    assert "private address" in reason(f"http://{host}:8000/a", allow_private=False)
    assert site.asked == []


def test_an_odd_port_is_refused_unless_private_addresses_are_allowed(site: Website) -> None:
    assert f"port {site.port}" in reason(site.url("/a"), allow_private=False)
    assert get(site, "/a").data == article()


@pytest.mark.parametrize("host", ["169.254.169.254", "0.0.0.0", "[::ffff:127.0.0.1]", "224.0.0.1", "[fe80::1]"])
def test_what_is_nobodys_home_is_refused_even_when_private_addresses_are_allowed(host: str) -> None:
    assert "no website has" in reason(f"http://{host}/")


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """A name server that gives these answers in turn, then the last for ever; returns the names that are asked for."""
    asked: list[str] = []

    def look(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        if not re.fullmatch(r"[a-z.]+", host):  # the library connects to a number through the same function
            return real(host, port, type=socket.SOCK_STREAM)
        asked.append(host)
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in answers[min(len(asked), len(answers)) - 1]
        ]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", look)
    return asked


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["93.184.215.14", "10.0.0.7"])
    found = look_up(Place("http", "half.example", 80, "/"), False, 1.0)
    assert isinstance(found, str) and "10.0.0.7" in found


def test_a_name_is_looked_up_once_for_a_request_and_never_again_for_its_connection(
    monkeypatch: pytest.MonkeyPatch, site: Website
) -> None:
    site.put("/robots.txt", b"")
    asked = names(monkeypatch, ["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"])
    page = fetch(site.url("/a", "rebinding.example"), QUICK, allow_private=True)
    assert page.data == article()
    assert asked == ["rebinding.example"] * 2  # robots.txt, and the page; a third look-up would have led elsewhere
    assert site.asked[-1][2]["host"] == f"rebinding.example:{site.port}"


def test_a_name_that_moves_home_between_two_requests_is_refused(monkeypatch: pytest.MonkeyPatch, site: Website) -> None:
    names(monkeypatch, ["127.0.0.1"], ["169.254.169.254"])
    assert "169.254.169.254" in reason(site.url("/a", "moving.example"))
    assert site.paths() == ["/robots.txt"]


def test_a_name_that_nobody_has_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    assert "no such host" in reason("http://nobody.example/")


def test_a_name_server_that_hangs_is_left_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: object, **__: object) -> list[object]:
        time.sleep(3)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    began = time.monotonic()
    assert "name server" in reason("http://slow.example/", Limits(connect=0.2))
    assert time.monotonic() - began < 1.5


def test_a_second_address_is_tried_where_the_first_is_dead(monkeypatch: pytest.MonkeyPatch, site: Website) -> None:
    names(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    assert fetch(site.url("/a", "two.example"), QUICK, allow_private=True).data == article()


def test_a_message_shows_no_password_and_no_control_characters() -> None:
    assert shown("http://ann:secret@x.example/\x1b[31m") == "http://x.example/�[31m"
    assert "secret" not in reason("http://ann:secret@x.example/")


# -- pages ----------------------------------------------------------------------------------------------------------------


def test_a_page_comes_as_it_was_sent_with_where_and_when(site: Website) -> None:
    site.put(
        "/b",
        article("Bach"),
        "text/html; Charset=ISO-8859-1",
        headers={"etag": '"7"', "last-modified": "Tue, 30 Mar 2021 10:00:00 GMT"},
    )
    page = get(site, "/b#part")
    assert (page.url, page.final_url) == (site.url("/b#part"), site.url("/b"))
    assert (page.data, page.content_type, page.encoding) == (article("Bach"), "text/html", "iso8859-1")
    assert (page.etag, page.last_modified) == ('"7"', "Tue, 30 Mar 2021 10:00:00 GMT")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", page.fetched)


def test_the_question_says_who_asks_and_nothing_else(site: Website) -> None:
    get(site, "/a")
    headers = site.asked[-1][2]
    assert headers["user-agent"] == AGENT == "Footnote/0.1 (+reads articles for one person)"
    assert set(headers) == {"host", "user-agent", "accept", "accept-encoding", "connection"}


def test_an_encoding_that_pages_are_not_in_is_not_believed(site: Website) -> None:
    site.put("/b", b"x", "text/html; charset=punycode")
    assert get(site, "/b").encoding == ""


def test_a_page_that_is_as_it_was_is_not_sent_again(site: Website) -> None:
    site.put("/b", article(), headers={"etag": '"7"'})
    visitor = Visitor(QUICK, allow_private=True)
    page = visitor.fetch(site.url("/b"))
    assert visitor.refetch(site.url("/b"), page.etag) == NotModified(site.url("/b"))
    site.put("/b", article("New"), headers={"etag": '"8"'})
    assert visitor.refetch(site.url("/b"), page.etag).data == article("New")  # type: ignore[union-attr]


def test_a_date_alone_is_enough_to_ask_whether_a_page_has_changed(site: Website) -> None:
    date = "Tue, 30 Mar 2021 10:00:00 GMT"
    site.put("/b", article(), headers={"last-modified": date})
    assert isinstance(Visitor(QUICK, allow_private=True).refetch(site.url("/b"), "", date), NotModified)


def test_a_tag_that_would_break_the_question_is_left_out(site: Website) -> None:
    assert isinstance(Visitor(QUICK, allow_private=True).refetch(site.url("/a"), "x\r\nHost: evil"), Page)
    assert "if-none-match" not in site.asked[-1][2]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "no page"),
        (410, "taken down"),
        (401, "password"),
        (403, "programs"),
        (500, "answered 500"),
        (503, "answered 503"),
        (204, "204"),
    ],
)
def test_a_page_that_cannot_be_had_says_why(site: Website, status: int, words: str) -> None:
    site.put("/b", b"", status=status)
    assert words in reason(site.url("/b"))


def test_a_picture_is_refused_before_it_is_read(site: Website) -> None:
    site.put("/b", b"\xff" * 100, "image/jpeg")
    assert "image/jpeg" in reason(site.url("/b"))


def test_an_unreachable_host_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "cannot be reached" in reason(f"http://127.0.0.1:{free.getsockname()[1]}/")


def test_a_page_that_breaks_off_is_no_page(site: Website) -> None:
    assert "broke off" in reason(site.url("/cut"))


def test_a_certificate_that_nobody_signed_or_that_is_for_another_name_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with self_signed(tmp_path) as (port, certificate):
        assert "certificate" in reason(f"https://localhost:{port}/")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        connection._trusted.cache_clear()
        try:
            assert fetch(f"https://localhost:{port}/", QUICK, allow_private=True).data == b"secret"
            assert "certificate" in reason(f"https://127.0.0.1:{port}/")
            names(monkeypatch, ["127.0.0.1"])
            assert "certificate" in reason(f"https://other.example:{port}/")
        finally:
            connection._trusted.cache_clear()


# -- redirects ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(site: Website, status: int) -> None:
    site.redirect("/old", "a?x=1#part", status)
    site.put("/a?x=1", article("Moved"))
    page = get(site, "/old")
    assert (page.url, page.final_url, page.data) == (site.url("/old"), site.url("/a?x=1"), article("Moved"))


def test_five_redirects_are_followed_and_six_are_not(site: Website) -> None:
    for number in range(6):
        site.redirect(f"/{number}", f"/{number + 1}")
    site.put("/6", article())
    assert get(site, "/1").data == article()
    assert "more than 5" in reason(site.url("/0"))
    assert "more than 5" in reason(site.url("/loop"))


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("http://169.254.169.254/latest/meta-data", "no website has"), ("//[::ffff:169.254.169.254]/", "no website has"),
        ("http://0x7f000001/", "not a web address"), ("http://2130706433/", "not a web address"), ("file:///etc/passwd", "http and https"),
        ("ftp://x.example/", "http and https"), ("http://u:p@x.example/", "password"), ("http://[::1/", "not a web address"),
    ],
)  # fmt: skip
def test_every_redirect_is_checked_anew(site: Website, target: str, words: str) -> None:
    site.redirect("/out", target)
    sentence = reason(site.url("/out"))
    assert "it redirects to" in sentence and words in sentence


# -- limits ---------------------------------------------------------------------------------------------------------------


def test_a_page_that_is_too_large_is_left_whether_it_says_so_or_not(site: Website) -> None:
    for path in ("/declared-huge", "/endless"):
        assert "larger than 10 MB" in reason(site.url(path), Limits(pause=0.0))


def test_a_packed_bomb_is_left_before_it_fills_memory(site: Website) -> None:
    tracemalloc.start()
    try:
        assert "larger than 10 MB" in reason(site.url("/bomb"), Limits(pause=0.0))
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_a_packed_page_is_unpacked_and_a_damaged_one_refused(site: Website) -> None:
    packed = gzip.compress(article())
    site.put("/b", packed, headers={"content-encoding": "gzip"})
    site.put("/half", packed[:-20], headers={"content-encoding": "gzip"})
    site.put("/br", b"x", headers={"content-encoding": "br"})
    assert get(site, "/b").data == article()
    assert "damaged" in reason(site.url("/half"))
    assert "not asked for" in reason(site.url("/br"))


def test_packed_parts_are_joined_and_trailing_zeros_left_out() -> None:
    assert (
        unpack([gzip.compress(b"one ") + gzip.compress(b"two")[:9], gzip.compress(b"two")[9:], b"\0\0"], 100)
        == b"one two"
    )
    with pytest.raises(ValueError, match="larger"):
        unpack([BOMB], 1_000_000)


@pytest.mark.parametrize("path", ["/slow-headers", "/slow-body"])
def test_a_page_that_drips_ends_with_its_time(site: Website, path: str) -> None:
    visitor = Visitor(Limits(pause=0.0, total=0.6), allow_private=True)
    began = time.monotonic()
    with pytest.raises(FetchError, match=r"longer than 0\.6 seconds"):
        visitor.fetch(site.url(path))
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("path", ["/slow-headers", "/slow-body"])
def test_a_stop_ends_a_page_that_drips(site: Website, path: str) -> None:
    began = time.monotonic()
    visitor = Visitor(QUICK, allow_private=True, stop=lambda: time.monotonic() - began > 0.5)
    with pytest.raises(Stopped):
        visitor.fetch(site.url(path))
    assert time.monotonic() - began < 1.5


# -- manners --------------------------------------------------------------------------------------------------------------


def test_what_robots_txt_forbids_is_not_asked_for(site: Website) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /shut/\nDisallow: /*.pdf$\nAllow: /shut/open\n", "text/plain")
    for path in ("/shut/a", "/x/y.pdf"):
        assert "robots.txt" in reason(site.url(path))
    site.put("/shut/open", article())
    assert get(site, "/shut/open").data == article()
    assert set(site.paths()) == {"/robots.txt", "/shut/open"}


def test_a_rule_for_footnote_goes_before_the_rule_for_all(site: Website) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow:\n\nUser-agent: footnote\nDisallow: /\n", "text/plain")
    assert "robots.txt" in reason(site.url("/a"))


def test_robots_txt_counts_for_the_place_that_a_redirect_leads_to(site: Website) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /shut\n", "text/plain")
    site.redirect("/open", "/shut")
    assert "robots.txt" in reason(site.url("/open"))


def test_robots_txt_is_read_once_in_a_run(site: Website) -> None:
    visitor = Visitor(QUICK, allow_private=True)
    for _ in range(3):
        visitor.fetch(site.url("/a"))
    assert site.paths() == ["/robots.txt", "/a", "/a", "/a"]


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (500, False), (503, False), (429, False)])
def test_no_robots_txt_allows_everything_and_an_unreadable_one_nothing(
    site: Website, status: int, allowed: bool
) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /\n", status=status)
    if allowed:
        assert get(site, "/a").data == article()
    else:
        assert f"robots.txt cannot be read now ({status})" in reason(site.url("/a"))
        assert "/a" not in site.paths()


def test_a_host_that_asks_to_be_left_alone_is_not_asked_again(site: Website) -> None:
    site.put("/busy", b"", status=429)
    visitor = Visitor(QUICK, allow_private=True)
    for path in ("/busy", "/a"):
        with pytest.raises(FetchError, match="left alone"):
            visitor.fetch(site.url(path))
    assert site.paths() == ["/robots.txt", "/busy"]


def test_a_second_passes_between_two_requests_to_a_host(site: Website) -> None:
    site.redirect("/old", "/a")
    fetch(site.url("/old"), allow_private=True)
    times = [moment for moment, _, _ in site.asked]
    assert len(times) == 3 and all(later - earlier >= 0.99 for earlier, later in pairwise(times))


def test_a_crawl_delay_is_kept_up_to_a_limit_and_not_counted_as_the_pages_time(site: Website) -> None:
    for asked, kept in (("0.7", 0.7), ("3600", 1.0)):
        site.asked.clear()
        site.put("/robots.txt", f"User-agent: *\nCrawl-delay: {asked}\n".encode(), "text/plain")
        get(site, "/a", Limits(pause=0.1, longest_pause=1.0, total=0.6))
        assert kept - 0.01 <= site.asked[1][0] - site.asked[0][0] < kept + 0.5


def test_a_stop_ends_the_wait_for_a_hosts_turn(site: Website) -> None:
    began = time.monotonic()
    visitor = Visitor(Limits(pause=60.0), allow_private=True, stop=lambda: time.monotonic() - began > 0.5)
    with pytest.raises(Stopped):
        visitor.fetch(site.url("/a"))
    assert time.monotonic() - began < 2.0
