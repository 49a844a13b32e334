"""The server around the chat: who may come in, what answers at once, what is said when something is missing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import app
from indexes.errors import LibraryDamaged, NoLibrary, QuestionError, ServeError
from indexes.types import Article
from page.desk import Desk, Job
from page.guard import Guard, bare_host, session_in
from page.history import History
from page.site import Site
from page.types import Exchange
from qa.evaluation.cases import Judgements, to_cases
from qa.types import Answer, Filters, Settings
from tests.browser.scripted import ARTICLES, HARBOUR, REFUSAL, Scripted, Shelf

URL = "http://127.0.0.1:7860"
ROOT = Path(__file__).parents[1]


@pytest.fixture
def client() -> TestClient:
    """The page before the chat is up: the library is open, Gradio is not there."""
    site = Site(Scripted, None, "127.0.0.1")
    site.assistant = Scripted()
    return TestClient(site.app, base_url=URL)


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The whole page, with Gradio, over the scripted assistant."""
    site = Site(lambda: Scripted(beat=0.01), tmp_path_factory.mktemp("library"), "127.0.0.1")
    with TestClient(site.app, base_url=URL) as client:
        deadline = time.monotonic() + 60
        while client.get("/health").json()["state"] != "ready":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield client
    site.close(1)


# -- the door ---------------------------------------------------------------------------------------------------------


def test_every_answer_carries_the_headers(client: TestClient) -> None:
    for path in ("/", "/health", "/articles", "/article/no", "/article/north%2Fharbour-1", "/page/page.js", "/no"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "server" not in headers


def test_pages_of_ours_may_run_no_script(client: TestClient) -> None:
    for path in ("/articles", "/article/north%2Fharbour-1"):
        policy = client.get(path).headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "script" not in policy and "unsafe" not in policy


def test_the_page_that_waits_runs_one_file_of_ours_alone(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    assert "script-src 'self'; connect-src 'self';" in policy


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860", "[::1]"])
def test_our_own_names_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "a@127.0.0.1", "[::1", "127.1", "192.168.1.5"],
)
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/health", headers={"host": host}).status_code == 400


def test_a_server_on_every_address_answers_to_addresses_but_not_to_names() -> None:
    guard = Guard(lambda *_: None, "0.0.0.0")  # type: ignore[arg-type]
    assert guard.knows("192.168.1.5:7860") and guard.knows("[fe80::1]:80") and not guard.knows("evil.example")
    assert Guard(guard.app, "qa.intern").knows("qa.intern:7860")
    assert bare_host("[::1]:7860") == "::1"


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/gradio_api/call/ask", "/health"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
    ],
)
def test_a_post_from_elsewhere_is_refused(client: TestClient, path: str, headers: dict[str, str]) -> None:
    assert client.post(path, headers=headers, json={}).status_code == 403


GRADIOS = [
    "file=/etc/passwd", "file/etc/passwd", "file=..%2f..%2fetc%2fpasswd", "proxy=http://evil.example", "upload", "runs",
    "upload_progress", "run/ask", "dev/reload", "openapi.json", "vibe-code", "call/ask_1", "api/ask",
]  # fmt: skip


def test_what_the_page_does_not_use_of_gradio_is_not_there(chat: TestClient) -> None:
    for path in GRADIOS:
        assert chat.get(f"/gradio_api/{path}").status_code == 404, path
        assert chat.post(f"/gradio_api/{path}").status_code == 404, path
    for path in ("/docs", "/openapi.json", "/redoc", "/monitoring", "/login", "/page/..%2fapp.py", "/page/site.py"):
        assert chat.get(path).status_code == 404, path


def test_an_endless_body_is_refused(client: TestClient) -> None:
    assert client.post("/gradio_api/queue/join", content=b"x" * 300_000).status_code == 413


def test_a_browser_gets_one_session_that_scripts_cannot_read(client: TestClient) -> None:
    first = client.get("/")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert client.get("/").headers["set-cookie"] == cookie  # renewed, and still the same
    assert session_in([cookie.split(";")[0]]) and session_in(["footnote=short"]) is None


# -- before the chat is there -----------------------------------------------------------------------------------------


def test_the_page_answers_before_anything_is_loaded() -> None:
    client = TestClient(Site(Scripted, None, "127.0.0.1").app, base_url=URL)
    page = client.get("/")
    assert page.status_code == 200 and "Footnote is starting…" in page.text and 'http-equiv="refresh"' in page.text
    assert client.get("/health").json() == {"state": "starting", "problem": "", "articles": 0, "passages": 0}
    assert "starting" in client.get("/article/a").text
    assert client.get("/config").status_code == 503


def test_a_missing_library_is_said_in_one_sentence_and_found_once_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("page.site.RETRY", 0.1)
    there = False

    def opener() -> Scripted:
        if not there:
            raise NoLibrary("There is no library at <here> yet; make one with `footnote index PATH`.")
        return Scripted()

    with TestClient(Site(opener, None, "127.0.0.1").app, base_url=URL) as client:
        wait_for(lambda: client.get("/health").json()["state"] == "failed")
        page = client.get("/")
        assert page.status_code == 200 and "no library at &lt;here&gt; yet" in page.text
        there = True
        wait_for(lambda: client.get("/health").json()["articles"] == 2)


def wait_for(fact: Any, seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end
        time.sleep(0.05)


# -- saved articles ---------------------------------------------------------------------------------------------------


def test_an_article_is_shown_with_the_cited_words_marked(client: TestClient) -> None:
    start = HARBOUR.text.index("The repairs cost")
    page = client.get(f"/article/north%2Fharbour-1?s={start}&e={start + 11}")
    assert page.status_code == 200 and '<mark id="hit">The repairs</mark>' in page.text
    assert "<mark" not in client.get("/article/north%2Fharbour-1?s=9&e=4").text
    live = "https://example.org/harbour?a=1&amp;b=2#:~:text=The%20repairs"
    assert f'href="{live}" rel="noopener noreferrer"' in page.text


def test_a_passage_is_a_piece_of_a_page(client: TestClient) -> None:
    piece = client.get("/passage/north%2Fharbour-1?s=0&e=18").text
    assert piece.startswith("<h2") and '<mark id="hit">The harbour bridge</mark>' in piece
    assert 'href="/article/north%2Fharbour-1?s=0&amp;e=18#hit"' in piece


def test_an_unknown_article_is_a_plain_404(client: TestClient) -> None:
    page = client.get("/article/<script>alert(1)</script>")
    assert page.status_code == 404 and "no such article" in page.text and "<script" not in page.text
    assert client.get("/passage/nothing").status_code == 404


def test_a_damaged_library_is_said_in_one_sentence() -> None:
    site = Site(Scripted, None, "127.0.0.1")
    site.assistant = Scripted()
    site.assistant.library = Broken()
    page = TestClient(site.app, base_url=URL).get("/article/a")
    assert page.status_code == 500 and "damaged &lt;here&gt;" in page.text and "Traceback" not in page.text


class Broken(Shelf):
    """A library that cannot be read."""

    def article(self, article_id: str) -> Article | None:
        raise LibraryDamaged("The library is damaged <here>; index the articles again.")


def test_the_list_holds_every_article(client: TestClient) -> None:
    page = client.get("/articles?page=x").text
    assert "2 articles" in page and "/article/evil%2F%3Cb%3E%26%22%27%3Fx%3D1%23y" in page
    for article in ARTICLES.values():
        from page.text import article_href

        assert client.get(article_href(article.id).replace("#hit", "")).status_code == 200


# -- with the chat ----------------------------------------------------------------------------------------------------


def test_the_chat_wears_our_head_and_no_advertising(chat: TestClient) -> None:
    page = chat.get("/").text
    assert '<link rel="stylesheet" href="/page/style.css">' in page and "<noscript>" in page
    assert "og:image" not in page and "twitter:" not in page and "fonts.googleapis" not in page
    assert "https://" not in page.split("window.gradio_config")[0]


def test_only_ask_search_and_article_are_public(chat: TestClient) -> None:
    assert list(chat.get("/gradio_api/info").json()["named_endpoints"]) == ["/ask", "/search", "/article"]


def call(chat: TestClient, *values: Any) -> tuple[str, Any]:
    event = chat.post("/gradio_api/call/ask", json={"data": list(values)}).json()["event_id"]
    lines = chat.get(f"/gradio_api/call/ask/{event}").text.strip().splitlines()
    return lines[-2].removeprefix("event: "), json.loads(lines[-1].removeprefix("data: "))


def test_a_program_can_ask(chat: TestClient) -> None:
    event, (answer,) = call(chat, "What did the repairs cost?", None, "", "", 0)
    quote = answer["citations"][0]
    assert event == "complete" and HARBOUR.text[quote["start"] : quote["end"]] == quote["quote"]
    assert answer["sentences"][0]["citations"] == [quote["number"]] and "quoted material" in answer["note"]


def test_a_program_is_told_the_nearest_passages_of_a_refusal(chat: TestClient) -> None:
    _, (answer,) = call(chat, "Who lives on the moon?", None, "", "", 0)
    assert answer["refused"] and answer["sentences"] == [] and answer["answer"] == REFUSAL
    assert HARBOUR.text.startswith(answer["nearest"][0]["text"])


def test_a_program_is_told_what_is_wrong(chat: TestClient) -> None:
    assert call(chat, "error", None, "", "", 0)[0] == "error"
    assert call(chat, "What?", None, "yesterday", "", 0)[0] == "error"


# -- reading in the background ----------------------------------------------------------------------------------------


def finished(job: Job) -> Exchange:
    wait_for(lambda: job.done)
    return job.exchange


def test_an_answer_is_kept_although_nobody_watches(tmp_path: Path) -> None:
    desk = Desk(Scripted(beat=0.01), History(tmp_path / "c.sqlite"))
    finished(desk.ask("me", "When did it reopen?", Filters()))
    wait_for(lambda: desk.running("me") is None)
    (kept,) = History(tmp_path / "c.sqlite").exchanges("me")
    assert kept.answer.text.startswith("The harbour bridge reopened") and kept.answer.done


def test_a_follow_up_is_read_with_what_was_said_before() -> None:
    assistant = Scripted(beat=0)
    desk = Desk(assistant, History(None))
    for question in ("When did it reopen?", "And what did it cost?"):
        finished(desk.ask("me", question, Filters(sources=("Post",))))
        wait_for(lambda: desk.running("me") is None)
    question, history, filters = assistant.asked[-1]
    assert [turn.role for turn in history] == ["user", "assistant"] and filters.sources == ("Post",)
    finished(desk.ask("you", "And this?", Filters()))
    assert assistant.asked[-1][1] == ()  # another session has heard nothing


def test_a_stopped_answer_keeps_what_stands() -> None:
    desk = Desk(Scripted(beat=0.2), History(None))
    job = desk.ask("me", "When did it reopen?", Filters())
    wait_for(lambda: job.exchange.answer.sentences)
    desk.stop("me")
    assert job.done and desk.running("me") is None
    (kept,) = desk.history.exchanges("me")
    assert kept.stopped and len(kept.answer.sentences) < 3


def test_two_are_read_at_a_time_and_too_many_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("page.desk.WAITING", 3)
    desk = Desk(Scripted(beat=0.3), History(None))
    jobs = [desk.ask(name, "When did it reopen?", Filters()) for name in "abc"]
    wait_for(lambda: sum(job.reading for job in jobs) == 2)
    with pytest.raises(ServeError, match="busy"):
        desk.ask("d", "When?", Filters())
    assert desk.ask("a", "Another?", Filters()) is jobs[0]
    desk.close()


def test_a_question_that_cannot_be_asked_is_answered_with_why_and_not_kept() -> None:
    desk = Desk(Scripted(beat=0), History(None))
    assert "cannot be asked" in finished(desk.ask("me", "error", Filters())).problem
    assert desk.history.exchanges("me") == []


def test_a_fault_in_reading_shows_one_sentence() -> None:
    assistant = Scripted(beat=0)
    assistant.stream = lambda *_: 1 / 0  # type: ignore[method-assign, assignment]
    assert "log" in finished(Desk(assistant, History(None)).ask("me", "When?", Filters())).problem


def test_conversations_outlive_a_disk_that_cannot_be_written(tmp_path: Path) -> None:
    history = History(tmp_path / "no" / "such" / "folder.sqlite")
    history.add("me", Exchange("q?", Answer("q?", "a.")))
    assert [exchange.question for exchange in history.exchanges("me")] == ["q?"]


def test_a_new_conversation_ends_what_is_read_and_keeps_what_stands_in_the_old_one() -> None:
    desk = Desk(Scripted(beat=0.2), History(None))
    job = desk.ask("me", "When did it reopen?", Filters())
    wait_for(lambda: job.exchange.answer.sentences)
    desk.begin("me")
    assert job.done and job.dropped and desk.running("me") is None and desk.history.exchanges("me") == []
    (old,) = desk.history.conversations("me")
    assert desk.open("me", old.id) and desk.history.exchanges("me")[0].stopped
    assert not desk.open("you", old.id) and not desk.open("me", "no such conversation")


def test_deleting_the_conversation_that_is_being_read_ends_the_reading() -> None:
    desk = Desk(Scripted(beat=0.2), History(None))
    finished(desk.ask("me", "moon?", Filters()))
    wait_for(lambda: desk.running("me") is None)
    job = desk.ask("me", "When did it reopen?", Filters())
    (one,) = desk.history.conversations("me")
    assert not desk.remove("you", one.id) and not job.done
    assert desk.remove("me", one.id) and job.dropped and job.done
    assert desk.history.conversations("me") == [] and desk.history.exchanges("me") == []
    last = desk.ask("me", "When did it reopen?", Filters())
    desk.remove_all("me")
    assert last.dropped and desk.history.removed("me") is None


def test_a_thumb_is_kept_beside_the_library_and_becomes_a_question(tmp_path: Path) -> None:
    site = Site(Scripted, tmp_path, "127.0.0.1")
    site.desk = Desk(Scripted(beat=0), History(None))
    client = TestClient(site.app, base_url=URL)
    client.get("/")
    session = client.cookies["footnote"]
    site.desk.ask(session, "When did the harbour bridge reopen?", Filters())
    assert not site.desk.busy(10)
    assert client.post("/judge", json={"turn": 1, "thumb": "down", "right": "On Thursday."}).json() == {"kept": True}
    assert client.post("/judge", json={"turn": 1, "thumb": "up"}).status_code == 200  # thought better of it
    (case,) = to_cases(Judgements(tmp_path).read())
    assert case.question == "When did the harbour bridge reopen?" and case.evidence[0].article_id == HARBOUR.id
    assert session not in (tmp_path / "judgements.jsonl").read_text()  # the file may be shared, the session is a key


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"{", b"[]", b'{"turn": "x", "thumb": "up"}', b'{"turn": 1, "thumb": "sideways"}', b'{"turn": 2, "thumb": "up"}',
        b'{"turn": 0, "thumb": "up"}', b'{"turn": 1, "thumb": "up", "right": "' + b"x" * 3000 + b'"}',
    ],
)  # fmt: skip
def test_a_judgement_of_nothing_is_refused_and_keeps_nothing(sent: bytes, tmp_path: Path) -> None:
    site = Site(Scripted, tmp_path, "127.0.0.1")
    site.desk = Desk(Scripted(beat=0), History(None))
    client = TestClient(site.app, base_url=URL)
    client.get("/")
    site.desk.ask(client.cookies["footnote"], "When did the harbour bridge reopen?", Filters())
    assert not site.desk.busy(10)
    assert client.post("/judge", content=sent).status_code == 400
    assert not (tmp_path / "judgements.jsonl").exists()


def test_dates_are_checked_before_asking() -> None:
    from page.narrow import filters_from

    assert filters_from(None, " 2021-3-4 ", "") == Filters(after="2021-03-04")
    for wrong in ("yesterday", "2021-02-31", "0000-01-01", "2021"):
        with pytest.raises(QuestionError, match="2021-03-24"):
            filters_from([], wrong, "")


# -- the process ------------------------------------------------------------------------------------------------------


def test_a_taken_port_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=rf"Port {port} .*--port"):
            app.serve(Settings(), port=port)
    for port, host in ((70000, "127.0.0.1"), (0, "no-such-host.invalid"), (0, "203.0.113.1")):
        with pytest.raises(ServeError, match="--"):
            app.serve(Settings(), host=host, port=port)


MODEL = 60  # seconds that the model takes to load


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_before_its_model_is_there_and_ends_quietly(tmp_path: Path, number: signal.Signals) -> None:
    """The model would take MODEL seconds; how soon it answers and ends is measured by bench/speed.py."""
    began = time.monotonic()
    command = [sys.executable, str(ROOT / "tests" / "browser" / "scripted.py"), str(tmp_path), "--warm", str(MODEL)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    server = subprocess.Popen(command, cwd=tmp_path, env={**os.environ, "PYTHONWARNINGS": "ignore"}, **pipes)
    try:
        assert server.stdout
        url = server.stdout.readline().split()[3]
        assert urllib.request.urlopen(url, timeout=5).status == 200
        assert time.monotonic() - began < MODEL
        server.send_signal(number)
        _, noise = server.communicate(timeout=MODEL)
        assert (server.returncode, noise) == (0, "")
    finally:
        server.kill()
