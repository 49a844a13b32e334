"""The pages of what was asked before: a session reaches its own conversations alone, a link its one answer, no text acts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from page.desk import Desk
from page.history import History
from page.past import Talks, answer_page, sure_page, talks_page
from page.shelf import PER_PAGE
from page.site import Site
from page.types import Conversation, Exchange
from qa.types import Filters
from tests.browser.scripted import HARBOUR, Scripted
from tests.test_render import ATTACKS, Reader, everywhere

URL = "http://127.0.0.1:7860"
MINE, YOURS = "m" * 32, "y" * 32
NOBODY = "n" * 22  # looks like an id


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two sessions with a conversation each, over the scripted assistant, without the chat."""
    site = Site(Scripted, tmp_path, "127.0.0.1")
    site.assistant = Scripted(beat=0)
    site.desk = Desk(site.assistant, History(tmp_path / "conversations.sqlite"))
    for session in (MINE, YOURS):
        ask(site, session, "When did the harbour bridge reopen?")
    return site


def ask(site: Site, session: str, question: str, filters: Filters = Filters(), least: float | None = None) -> Exchange:
    assert site.desk
    site.desk.ask(session, question, filters, least)
    assert not site.desk.busy(10)
    return site.desk.history.exchanges(session)[-1]


def browser(site: Site, session: str | None) -> TestClient:
    cookies = {"footnote": session} if session else None
    return TestClient(site.app, base_url=URL, cookies=cookies, follow_redirects=False)


@pytest.fixture
def mine(site: Site) -> TestClient:
    return browser(site, MINE)


def talk(site: Site, session: str = MINE) -> str:
    assert site.desk
    return site.desk.history.conversations(session)[0].id


def token(client: TestClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get("/conversations/delete").text)
    assert found
    return found[1]


def send(client: TestClient, where: str, **typed: str) -> Any:
    return client.post(f"/conversations/{where}", data={"token": token(client), **typed})


# -- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_says_what_each_conversation_is_about(site: Site, mine: TestClient) -> None:
    ask(site, MINE, "What did the repairs cost?")
    page = mine.get("/conversations").text
    assert "1 conversation<" in page and "2 questions" in page and "Open now" in page
    assert ">When did the harbour bridge reopen?</button>" in page
    assert '<p class="last" dir="auto">The repairs cost 48 million crowns, the city said.' in page
    assert "<script" not in page and "style=" not in page


def test_a_conversation_is_found_again_by_its_words(site: Site, mine: TestClient) -> None:
    assert site.desk
    site.desk.begin(MINE)
    ask(site, MINE, "What did the repairs cost?")
    page = mine.get("/conversations?q=PLÄNNED").text
    assert "1 of 2 conversations" in page and ">What did the repairs cost?</button>" in page
    assert "When did" not in page and 'value="PLÄNNED"' in page
    assert "No conversation here has all of these words" in mine.get("/conversations?q=zebra").text


def test_a_long_list_comes_in_pages() -> None:
    many = [Conversation(f"{n:022}", f"Name {n:03}", 1e9, 1) for n in range(PER_PAGE + 20)]
    first, last = (talks_page(Talks(many, len(many), "na & me", page)) for page in (1, 9))
    assert first.count("<li>") == PER_PAGE and last.count("<li>") == 20
    assert 'href="/conversations?q=na+%26+me&amp;page=2"' in first and "Page 2 of 2" in last


def test_before_anything_was_asked_the_list_says_what_to_do(site: Site) -> None:
    for session in (None, "x" * 32):
        page = browser(site, session).get("/conversations")
        assert page.status_code == 200 and "There are no conversations yet" in page.text and "<form" not in page.text


def test_until_the_library_is_open_the_page_says_that_it_is_starting() -> None:
    client = browser(Site(Scripted, None, "127.0.0.1"), MINE)
    for path in ("/conversations", "/conversations/delete", f"/answer/{NOBODY}"):
        assert "Footnote is starting" in client.get(path).text
    assert "starting" in client.post("/conversations/delete", data={}).text


# -- changes ----------------------------------------------------------------------------------------------------------


def test_opening_puts_a_conversation_on_the_page(site: Site, mine: TestClient) -> None:
    assert site.desk
    old = talk(site)
    site.desk.begin(MINE)
    reply = send(mine, f"{old}/open")
    assert (reply.status_code, reply.headers["location"]) == (303, "/")
    assert [one.question for one in site.desk.history.exchanges(MINE)] == ["When did the harbour bridge reopen?"]


def test_a_name_is_given_and_taken_back(site: Site, mine: TestClient) -> None:
    reply = send(mine, f"{talk(site)}/rename", name="Bridges & <piers>")
    assert (reply.status_code, reply.headers["location"]) == (303, "/conversations")
    assert ">Bridges &amp; &lt;piers&gt;</button>" in mine.get("/conversations").text
    send(mine, f"{talk(site)}/rename", name=" ")
    assert ">When did the harbour bridge reopen?</button>" in mine.get("/conversations").text


def test_a_deleted_conversation_is_gone_with_its_links_and_comes_back_with_them(site: Site, mine: TestClient) -> None:
    assert site.desk
    old, link = talk(site), f"/answer/{site.desk.history.exchanges(MINE)[0].id}"
    assert mine.get(link).status_code == 200
    assert send(mine, f"{old}/remove").status_code == 303
    page = mine.get("/conversations").text
    assert "was deleted. It can be brought back for 10 minutes" in page and "There are no conversations yet" in page
    assert mine.get(link).status_code == 404 and site.desk.history.exchanges(MINE) == []
    send(mine, f"{old}/undo")
    assert "was deleted" not in mine.get("/conversations").text and mine.get(link).status_code == 200


def test_everything_is_deleted_only_after_it_was_confirmed(site: Site, mine: TestClient) -> None:
    assert site.desk
    link = f"/answer/{site.desk.history.exchanges(MINE)[0].id}"
    assert 'href="/conversations/delete"' in mine.get("/conversations").text
    page = mine.get("/conversations/delete").text
    assert "Delete the one conversation?" in page and talk(site)
    assert send(mine, "delete").headers["location"] == "/conversations"
    assert "There are no conversations yet" in mine.get("/conversations").text and mine.get(link).status_code == 404
    assert talk(site, YOURS)


# -- nobody else's ----------------------------------------------------------------------------------------------------


def state(site: Site) -> Any:
    assert site.desk
    history = site.desk.history
    return [(history.conversations(one), history.exchanges(one), history.removed(one)) for one in (MINE, YOURS)]


@pytest.mark.parametrize("action", ["open", "rename", "remove", "undo"])
def test_anothers_conversation_and_one_that_never_was_are_the_same_to_a_session(
    site: Site, mine: TestClient, action: str
) -> None:
    assert site.desk
    if action == "undo":
        site.desk.remove(YOURS, talk(site, YOURS))
        theirs = site.desk.history.removed(YOURS)
        assert theirs
    before = state(site)
    foreign = theirs.id if action == "undo" else talk(site, YOURS)
    replies = [send(mine, f"{one}/{action}", name="Mine now") for one in (foreign, NOBODY, "x", "%2e%2e", "a%00b")]
    assert {reply.status_code for reply in replies} == {404} and len({reply.text for reply in replies}) == 1
    assert "There is nothing under this address" in replies[0].text
    assert state(site) == before


def test_each_browser_lists_and_takes_along_its_own_alone(site: Site) -> None:
    assert site.desk
    site.desk.begin(YOURS)
    ask(site, YOURS, "What did the repairs cost?")
    pages = {session: browser(site, session) for session in (MINE, YOURS)}
    for path in ("/conversations", "/export/md", "/export/html", "/copy?turn=1", "/conversations?q=harbour"):
        assert "What did the repairs cost" not in pages[MINE].get(path).text, path
    assert "Delete all 2 conversations?" in pages[YOURS].get("/conversations/delete").text
    assert "Delete the one conversation?" in pages[MINE].get("/conversations/delete").text
    assert pages[YOURS].get("/copy?turn=1").text.startswith("What did the repairs cost?")
    foreign = site.desk.history.exchanges(YOURS)[0].id
    assert pages[MINE].get(f"/copy?turn=1&id={foreign}").status_code == 404
    judged = {"turn": 1, "thumb": "up", "id": foreign}
    assert pages[MINE].post("/judge", json=judged).status_code == 400
    assert pages[YOURS].post("/judge", json=judged).status_code == 200


def test_a_page_that_shows_an_earlier_conversation_takes_nothing_of_another(site: Site, mine: TestClient) -> None:
    assert site.desk
    shown = site.desk.history.exchanges(MINE)[0].id
    assert mine.get(f"/copy?turn=1&id={shown}").status_code == 200 and mine.get(f"/suggest?turn=1&id={shown}").json()
    site.desk.begin(MINE)
    ask(site, MINE, "What did the repairs cost?")
    assert mine.get(f"/copy?turn=1&id={shown}").status_code == 404
    assert mine.get(f"/suggest?turn=1&id={shown}").json() == []
    assert mine.post("/judge", json={"turn": 1, "thumb": "up", "id": shown}).status_code == 400


def test_thumbs_of_two_conversations_are_kept_apart(site: Site, mine: TestClient, tmp_path: Path) -> None:
    assert site.desk
    assert mine.post("/judge", json={"turn": 1, "thumb": "up"}).status_code == 200
    site.desk.begin(MINE)
    ask(site, MINE, "What did the repairs cost?")
    assert mine.post("/judge", json={"turn": 1, "thumb": "down"}).status_code == 200
    kept = (tmp_path / "judgements.jsonl").read_text()
    assert len(set(re.findall(r'"key": "([^"]+)"', kept))) == 2 and MINE not in kept


@pytest.mark.parametrize("where", ["open", "rename", "remove", "undo", "delete"])
def test_a_change_that_is_not_from_our_own_page_is_refused(site: Site, mine: TestClient, where: str) -> None:
    before = state(site)
    path = f"/conversations/{where}" if where == "delete" else f"/conversations/{talk(site)}/{where}"
    own, foreign = token(mine), token(browser(site, YOURS))
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert mine.post(path, headers=headers, data={"token": own}).status_code == 403
    for data in ({}, {"token": ""}, {"token": "é"}, {"token": foreign}):
        reply = mine.post(path, data={"name": "x", **data})
        assert reply.status_code == 403 and "Nothing was changed" in reply.text
    assert mine.post(path, content=b"\xff" + b"&a" * 99).status_code == 403
    assert browser(site, None).post(path, data={"token": own}).status_code == 403
    assert own != foreign and state(site) == before


def test_nothing_is_changed_by_looking(site: Site, mine: TestClient) -> None:
    before = state(site)
    for action in ("open", "rename", "remove", "undo", ""):
        reply = mine.get(f"/conversations/{talk(site)}/{action}")
        assert reply.status_code == 404 and "There is nothing under this address" in reply.text
    mine.get("/conversations/delete")
    assert state(site) == before


# -- a link to an answer ----------------------------------------------------------------------------------------------


def test_whoever_has_the_link_sees_the_answer_and_nothing_else_of_the_conversation(site: Site) -> None:
    first = ask(site, MINE, "Tell me, which lanes are there?")
    ask(site, MINE, "What did the repairs cost?", Filters(sources=("The Northern Post",), after="2021-03-24"), 0.5)
    assert site.desk
    shown = site.desk.history.exchanges(MINE)[-1]
    page = browser(site, None).get(f"/answer/{shown.id}")
    assert page.status_code == 200 and page.headers["x-robots-tag"] == "noindex"
    quote = "That is nine million more than planned."
    start = HARBOUR.text.index(quote)
    assert f'href="/article/north%2Fharbour-1?s={start}&amp;e={start + len(quote)}' in page.text and quote in page.text
    for part in ("Asked on <time", "Well supported", "11 May 2023", "Only <bdi>The Northern Post</bdi>, from",
                 "At least 50 % sure", "Harbour bridge reopens after two years"):  # fmt: skip
        assert part in page.text, part
    for other in (first.id, first.question, "harbour bridge reopened", talk(site), MINE):
        assert other not in page.text, other
    assert "<button" not in page.text and "<form" not in page.text and "<script" not in page.text
    assert "set-cookie" not in page.headers


def test_an_answer_can_be_asked_again_as_it_was_understood(site: Site) -> None:
    followed = ask(site, MINE, "And what did it cost?")
    page = browser(site, None).get(f"/answer/{followed.id}").text
    assert "Understood as: <q><bdi>What did the harbour bridge repairs cost?</bdi></q>" in page
    assert 'href="/?q=What+did+the+harbour+bridge+repairs+cost%3F">Ask this again</a>' in page


def test_a_refusal_and_a_stopped_answer_have_a_page_too(site: Site) -> None:
    refused = ask(site, MINE, "What about the moon?")
    page = browser(site, None).get(f"/answer/{refused.id}").text
    assert "The articles do not say" in page and "The nearest passages" in page and "Well supported" not in page


def test_a_link_that_leads_nowhere_says_so(site: Site) -> None:
    client = browser(site, MINE)
    assert site.desk
    known = site.desk.history.exchanges(MINE)[0].id
    paths = [f"/answer/{one}" for one in (NOBODY, "x", "a/b", known[:-1], f"{known}x", "%00", "..%2fconfig")]
    replies = [client.get(path) for path in paths]
    assert {reply.status_code for reply in replies} == {404} and len({reply.text for reply in replies}) == 1


def test_the_link_works_after_a_restart(site: Site, tmp_path: Path) -> None:
    assert site.desk
    link = f"/answer/{site.desk.history.exchanges(YOURS)[0].id}"
    before = browser(site, None).get(link).text
    site.desk.history.close()
    again = Site(Scripted, tmp_path, "127.0.0.1")
    again.assistant = Scripted()
    again.desk = Desk(again.assistant, History(tmp_path / "conversations.sqlite"))
    assert browser(again, None).get(link).text == before


def test_pages_of_ours_run_no_script_and_send_forms_nowhere_else(site: Site, mine: TestClient) -> None:
    assert site.desk
    link = f"/answer/{site.desk.history.exchanges(MINE)[0].id}"
    for path in ("/conversations?q=x", "/conversations/delete", "/conversations/no", link, "/answer/no"):
        reply = mine.get(path)
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "form-action 'self'" in policy and "script" not in policy
        assert reply.headers["cache-control"] == "no-store"
    assert mine.get("/page/past.css").status_code == 200


# -- foreign text -----------------------------------------------------------------------------------------------------


def pages(text: str) -> list[Reader]:
    """Every page with this text wherever a stranger can put it."""
    one = Conversation("i" * 22, text, 1e9, 1, text, True)
    _, answered, refused, failed = everywhere(text)
    told = [answer_page(shown) for shown in (answered, refused, failed)]
    return [Reader(page) for page in (talks_page(Talks([one], 2, text, 1, one, text)), sure_page(2, text), *told)]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_foreign_text_stays_text_on_every_page(attack: str) -> None:
    for number, (attacked, plain) in enumerate(zip(pages(attack), pages("plain"), strict=True)):
        if number != 1:  # the question about everything shows nobody's text
            assert " ".join(attack.split()) in " ".join(attacked.text.split())
        assert attacked.tags == plain.tags
        assert [key for key, _ in attacked.attributes] == [key for key, _ in plain.attributes]
        assert all(value.startswith("/") for key, value in attacked.attributes if key in ("action", "href", "src"))
