"""The saved article with everything an answer cites of it: where, in which order, and how one gets from one to the next;
and from every page to every other."""

from __future__ import annotations

import random
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from starlette.testclient import TestClient

from indexes.types import Article, Span
from page import frame, render
from page.article import MOST_PLACES, article_page, at_words, body, parse_also, passage_html, steps_html
from page.past import Talks, answer_page, talks_page
from page.site import Site
from page.text import article_href, ask_about_href
from page.types import Exchange
from qa.types import Answer, Citation, Sentence, Support
from tests.browser.scripted import HARBOUR, Scripted
from tests.test_render import ATTACKS, Reader, bare, harmless

TEXT = "First sentence. Second sentence here. Third one.\n\nA new paragraph. The last sentence."
ARTICLE = Article("a", TEXT, "Title", url="https://example.org/a?b=1#part")
HIT = (16, 37)


@pytest.fixture
def client() -> TestClient:
    """The page before the chat is up."""
    site = Site(Scripted, None, "127.0.0.1")
    site.assistant = Scripted()
    return TestClient(site.app, base_url="http://127.0.0.1:7860")


# -- places in an address ---------------------------------------------------------------------------------------------


def test_the_other_places_of_an_address_come_in_the_order_of_the_text() -> None:
    assert parse_also(["50-66", "0-15", "0-15"], HIT, len(TEXT)) == [(0, 15), (50, 66)]


@pytest.mark.parametrize(
    "given",
    ["", "-", "5", "5-", "-5", "5-5", "9-3", "0-99999", "1-2-3", "a-b", "0x1-9", "٣-٩", "0-" + "9" * 5000, " 0-15", "16-37",
     "10-17", "36-40", "0-80"],
)  # fmt: skip
def test_a_place_that_is_none_or_touches_the_one_asked_for_is_left_out(given: str) -> None:
    assert parse_also([given, "50-66"], HIT, len(TEXT)) == [(50, 66)]


def test_places_that_touch_each_other_are_marked_once_and_endless_ones_are_bounded() -> None:
    assert parse_also(["0-10", "5-15"], HIT, len(TEXT)) == [(0, 10)]
    assert parse_also(["0-10"], None, len(TEXT)) == []
    many = [f"{at}-{at + 1}" for at in range(0, 400, 2)]
    assert len(parse_also(many, (900, 901), 1000)) == MOST_PLACES


def test_an_address_carries_its_places_and_they_are_read_back() -> None:
    address = urlsplit(article_href("kaduna/3", 16, 37, also=[(0, 15), (50, 66)]))
    assert parse_also(parse_qs(address.query)["also"], HIT, len(TEXT)) == [(0, 15), (50, 66)]


# -- on the page ------------------------------------------------------------------------------------------------------


def strong(html: str) -> list[str]:
    return [re.sub("<.*?>", "", one) for one in re.findall(r'<mark(?: id="hit")?>(.*?)</mark>', html)]


def faint(html: str) -> list[str]:
    return [re.sub("<.*?>", "", one) for one in re.findall(r'<mark class="also">(.*?)</mark>', html)]


def test_the_words_asked_for_are_marked_strongest_and_the_others_too() -> None:
    html = body(ARTICLE, HIT, also=[(0, 15), (50, 66)])
    assert strong(html) == ["Second sentence here."] and html.count('id="hit"') == 1
    assert faint(html) == ["First sentence.", "A new paragraph."]


def test_any_places_are_marked_to_the_character() -> None:
    chance = random.Random(11)
    for _ in range(300):
        spans = [tuple(sorted(chance.sample(range(len(TEXT) + 1), 2))) for _ in range(4)]
        hit: Span = spans[0]  # type: ignore[assignment]
        also = parse_also([f"{low}-{high}" for low, high in spans[1:]], hit, len(TEXT))
        html = body(ARTICLE, hit, also=also)
        assert bare("".join(strong(html))) == bare(TEXT[slice(*hit)])
        assert bare("".join(faint(html))) == bare("".join(TEXT[slice(*one)] for one in also))
        assert bare(Reader(html).text) == bare(TEXT)


def test_the_steps_lead_through_all_places_and_end_at_both_ends() -> None:
    places = [(0, 15), HIT, (50, 66)]
    for at, hit in enumerate(places):
        html = steps_html(ARTICLE, hit, [one for one in places if one != hit])
        assert f"{at + 1} of 3 cited places" in html
        for rel, to in (("prev", at - 1), ("next", at + 1)):
            link = re.search(rf'<a rel="{rel}" href="([^"]*)"', html)
            assert bool(link) == (0 <= to < 3)
            if link:
                query = parse_qs(urlsplit(link[1].replace("&amp;", "&")).query)
                assert (int(query["s"][0]), int(query["e"][0])) == places[to]
                assert parse_also(query["also"], places[to], len(TEXT)) == [one for one in places if one != places[to]]
                assert link[1].endswith("#hit")
    assert steps_html(ARTICLE, HIT, []) == "" and steps_html(ARTICLE, None, []) == ""


def test_the_server_marks_what_the_address_names_and_ignores_what_is_none(client: TestClient) -> None:
    path = "/article/north%2Fharbour-1?s=160&e=210&also=0-67&also=x&also=9-1&also=354-384"
    html = client.get(path).text
    assert strong(html) == [HARBOUR.text[160:210]] and faint(html) == [HARBOUR.text[0:67], HARBOUR.text[354:384]]
    assert "2 of 3 cited places" in html
    panel = client.get(path.replace("article", "passage", 1)).text
    assert faint(panel) == [] and "also=0-67&amp;also=354-384#hit" in panel


# -- the way around ---------------------------------------------------------------------------------------------------


def ways(html: str) -> list[tuple[str, str]]:
    """(where it leads, what says that one is there) of the links in the head of a page."""
    links = re.findall(r"<a ([^>]*)>", html.partition("</header>")[0])
    return [
        (re.findall(r'href="([^"]*)"', one)[0], "".join(re.findall(r'aria-current="([^"]*)"', one))) for one in links
    ]


@pytest.mark.parametrize(
    ("path", "there"),
    [("/articles?q=x", {"/articles": "page"}), ("/article/north%2Fharbour-1", {"/articles": "true"}), ("/article/no", {}),
     ("/add", {"/add": "page"}), ("/conversations", {}), ("/", {})],
)  # fmt: skip
def test_every_page_has_the_ways_of_the_chat_and_says_which_leads_to_it(
    client: TestClient, path: str, there: dict[str, str]
) -> None:
    order = ["/", "/conversations", "/articles", "/add"]
    assert ways(frame.HEADER) == [("/", "page"), *((one, "") for one in order[1:])]
    assert ways(client.get(path).text) == [(one, there.get(one, "")) for one in order]  # the last two: not up yet


def test_conversations_and_one_answer_say_where_they_belong() -> None:
    assert dict(ways(talks_page(Talks([], 0))))["/conversations"] == "page"
    assert dict(ways(answer_page(Exchange("q?", answer()))))["/conversations"] == "true"


# -- links of an answer -----------------------------------------------------------------------------------------------


def answer() -> Answer:
    cited = [Citation(1, "a", 16, 37, "x"), Citation(2, "b", 1, 2, "x"), Citation(3, "a", 0, 15, "x")]
    return Answer("q?", "A. B.", tuple(Sentence("A.", (one,), Support("verbatim")) for one in cited), confidence=0.9)


def test_a_mark_of_a_finished_answer_knows_where_else_its_article_is_cited() -> None:
    html = render.turn_html(Exchange("q?", answer()), 1)
    assert 'href="/article/a?s=16&amp;e=37&amp;also=0-15#hit"' in html
    assert 'href="/article/a?s=0&amp;e=15&amp;also=16-37#hit"' in html
    assert 'href="/article/b?s=1&amp;e=2#hit"' in html


def test_a_mark_of_a_growing_answer_does_not_change_with_every_sentence() -> None:
    from dataclasses import replace

    assert "also=" not in render.turn_html(Exchange("q?", replace(answer(), done=False)), 1, "Reading on…")


# -- the live page ----------------------------------------------------------------------------------------------------


def test_the_live_page_opens_at_the_whole_sentence() -> None:
    for html in (passage_html(ARTICLE, HIT), article_page(ARTICLE, HIT)):
        assert 'href="https://example.org/a?b=1#part:~:text=Second%20sentence%20here."' in html
    assert "text=" not in article_page(ARTICLE, None)
    sentence = "Costs rose 5 % – twenty-five, not 3 & 4; “why?” " + "and so on " * 60 + "end."
    assert unquote(at_words("https://example.org/", sentence)) == f"https://example.org/#:~:text={sentence}"
    coded = at_words("https://example.org/", "twenty-five, or & so")
    assert coded.endswith("#:~:text=twenty%2Dfive%2C%20or%20%26%20so")


def test_of_words_over_several_paragraphs_the_live_page_finds_beginning_and_end() -> None:
    coded = at_words("https://example.org/", "The first paragraph.\n\nThe second\none.\n")
    assert coded.partition("text=")[2] == "The%20first%20paragraph.,one."
    assert at_words("https://example.org/", "\n \n") == "https://example.org/"
    assert len(at_words("https://example.org/", "word " * 2000)) < 200


# -- asking about it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attack", [*ATTACKS.values(), "north/harbour-1", "a&b=c#d", "ü 🌉 \ud800"])
def test_the_way_to_questions_of_one_article_carries_its_id(attack: str) -> None:
    query = urlsplit(ask_about_href(attack)).query
    assert parse_qs(query, keep_blank_values=True)["article"] == [attack.replace("\ud800", "?")]
    article = Article(attack, "Some text.", attack)
    for html in (article_page(article, (0, 4), also=[(5, 9)]), passage_html(article, (0, 4))):
        seen = harmless(html)
        assert ("href", ask_about_href(attack)) in seen.attributes
