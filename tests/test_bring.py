"""Articles brought in from the page: what is kept, what is refused and why, and that nothing hostile gets further."""

from __future__ import annotations

import html
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from indexes import vectors
from indexes.build import Progress, build, spec
from indexes.edit import set_aside
from indexes.encoder import Encoder, Vectors
from indexes.fetch import Limits, Visitor
from indexes.library import Library
from indexes.writer import open_writer
from page.added import keep_text, safe_name
from page.adding import about, stage
from page.errand import WAITING, Errand, Errands
from page.site import Site
from qa.retrieve import Retrieval
from tests.browser.scripted import Scripted
from tests.test_render import ATTACKS, Reader
from tests.web_server import article, website

URL = "http://127.0.0.1:7860"
TUGS = "Eleven harbour tugs pulled the freighter free on Monday. Its bow had been buried in sand for six days."
VAULT = "The vault holds seeds of every crop. It lies in the mountain above the harbour of Longyearbyen."
FORMS = {
    "form", "input", "label", "textarea", "button", "progress", "noscript", "script",
    "html", "head", "meta", "title", "link", "body", "nav", "main", "header", "section", "h1", "h2", "p", "a", "bdi", "span", "div", "ul", "li",
}  # fmt: skip


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real encoder, which goes on encoding with numpy: a few words at a time need no torch."""
    encoder = Encoder()
    encoder._few_left = 1_000_000
    return encoder


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """A library of one article, made once."""
    place = tmp_path_factory.mktemp("bring")
    (place / "bridge.txt").write_text("The bridge reopened in May. Divers had found cracks in its second pier.")
    build(place / "library", [place / "bridge.txt"], encoder=encoder)
    vectors.close_stores()
    return place / "library"


@pytest.fixture
def library(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "library")
    return tmp_path / "library"


class Page:
    """The page over a real library, as a person uses it without script."""

    def __init__(self, folder: Path, encoder: Encoder, host: str = "127.0.0.1", private: bool = True) -> None:
        self.folder = folder
        self.site = Site(Scripted, folder, host)
        if (folder / "library.sqlite3").exists():
            self.site.assistant = Scripted()
            self.site.assistant.library = Library(folder)  # type: ignore[assignment]
        limits = Limits(pause=0, connect=2, total=5)
        self.site.bring.errands = Errands(lambda stop: Visitor(limits, private, stop), lambda: encoder)
        self.client = TestClient(self.site.app, base_url=URL)

    def token(self) -> str:
        found = re.search(r'name="token" value="([^"]+)"', self.client.get("/add").text)
        assert found
        return found[1]

    def send(self, files: Sequence[tuple[str, bytes]] = (), **typed: str) -> Any:
        """Send a form; a field is a part like a file, as a browser does it."""
        parts: list[Any] = [(key, (None, value)) for key, value in {"token": self.token(), **typed}.items()]
        parts += [("files", (name, data, "application/octet-stream")) for name, data in files]
        return self.client.post("/add", files=parts)

    def report(self, files: Sequence[tuple[str, bytes]] = (), **typed: str) -> str:
        """Send a form and wait for its report."""
        answer = self.send(files, **typed)
        assert answer.history and answer.status_code == 200, answer.text
        return self.wait(str(answer.url))

    def wait(self, url: str, state: str = "done|stopped|failed") -> str:
        deadline = time.monotonic() + 60
        while not re.search(f'data-state="(?:{state})"', text := str(self.client.get(url).text)):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        return text

    def press(self, url: str, action: str) -> Any:
        return self.client.post(f"{url}/{action}", data={"token": self.token()})

    def kept(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "added").glob("*"))


@pytest.fixture
def page(library: Path, encoder: Encoder) -> Iterator[Page]:
    made = Page(library, encoder)
    yield made
    assert not made.site.bring.close(20)


def plainly(page: str) -> str:
    """A page's words, without its marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))


# -- text -------------------------------------------------------------------------------------------------------------


def test_a_pasted_text_is_an_article_that_both_indexes_find(page: Page, encoder: Encoder) -> None:
    seen = page.report(text=TUGS, title="Freed", source="Harbour Gazette", published="2021-03-29")
    assert "1 added." in seen and 'href="/">Ask about them' in seen and "<bdi>Freed</bdi>" in seen
    link = re.search(r'href="(/article/freed-[0-9a-f]{8})"', seen)
    assert link and TUGS in page.client.get(link[1]).text
    hit = Retrieval(Library(page.folder), encoder).retrieve("Who pulled the freighter free?")[0]
    assert hit.passage.header == "Freed · Harbour Gazette · 2021-03-29" and hit.passage.text == TUGS
    assert vectors.is_current(Library(page.folder))


def test_a_text_pasted_twice_is_not_added_twice(page: Page) -> None:
    page.report(text=TUGS, title="Freed")
    assert "1 unchanged." in page.report(text=f"\r\n {TUGS.replace('. ', '.  ')}\r\n", title="Freed").replace(
        "1 changed.", "1 unchanged."
    )
    assert "1 unchanged." in page.report(text=f"{TUGS.replace('. ', '.  ')}\n", title="Freed")
    assert "1 changed." in page.report(text=TUGS, title="Freed at last")
    assert Library(page.folder).counts()[0] == 2 and len(page.kept()) == 1


def test_an_article_that_was_removed_comes_back_when_it_is_pasted_again(page: Page) -> None:
    page.report(text=TUGS, title="Freed")
    set_aside(page.folder, page.kept()[0].removesuffix(".jsonl"))
    assert "1 added." in page.report(text=TUGS, title="Freed")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Nothing to add: choose a file, paste a text, or type an address"),
        ({"text": " … "}, "The text: it is empty; paste the words of an article"),
        ({"text": TUGS, "published": "soon"}, "The date “soon”: write it as 2021-03-24, or leave it empty"),
        ({"text": "word " * 200_001}, "The text: it has 1,000,004 characters, 1,000,000 can be pasted; add it as a file"),
        ({"text": "word " * 900_000}, "add it in smaller portions"),
        ({"address": "http://a.example " + "x" * 2_001}, "each shorter than 2,000 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_comes_back_with_one_sentence(page: Page, typed: dict[str, str], sentence: str) -> None:
    answer = page.send(**typed)
    assert answer.status_code == 400 and sentence in plainly(answer.text) and page.kept() == []
    if len(typed.get("text", "")) < 200:
        assert typed.get("text", "") in answer.text and f'value="{typed.get("published", "")}"' in answer.text


# -- files ------------------------------------------------------------------------------------------------------------


def test_several_files_are_added_at_once(page: Page) -> None:
    seen = page.report([("tugs.txt", TUGS.encode()), ("vault.md", f"---\ntitle: Seeds\n---\n\n{VAULT}".encode())])
    assert "2 added." in seen and "<bdi>Seeds</bdi>" in seen and page.kept() == ["tugs.txt", "vault.md"]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\a\\ship.TXT", "ship.txt"),
        ("/etc/passwd", "passwd"),
        (".bashrc", "article.bashrc"),
        ("..txt", "article.txt"),
        ("…/../.html", "article.html"),
        ("a\0b\n‮cod.txt", "a-b-cod.txt"),
        ("café 北京 №1.pdf", "café 北京-1.pdf"),
        ("x" * 400 + ".pdf", "x" * 50 + ".pdf"),
        ("北" * 400 + ".pdf", "北" * 50 + ".pdf"),
        ("tugs;|&.txt", "tugs.txt"),
        ("<img src=x onerror=alert(1)>.txt", "img src-x onerror-alert-1.txt"),
        ("", "article"),
    ],
)
def test_a_name_is_made_safe(name: str, kept: str) -> None:
    safe = safe_name(name)
    assert len(safe.encode()) < 255 and not re.search(r"[/\\\0\n<>$|;`‮]", safe) and not safe.startswith(".")
    assert safe == kept


@pytest.mark.parametrize("name", ["../../evil.txt", "..\\..\\evil.txt", "/tmp/evil.txt", "....//evil.txt"])
def test_a_file_never_lands_outside_its_folder(page: Page, name: str) -> None:
    before = {path for path in page.folder.parent.rglob("*") if path.is_file()}
    assert "1 added." in page.report([(name, TUGS.encode())])
    new = {path.relative_to(page.folder) for path in page.folder.parent.rglob("*evil*")}
    assert new == {Path("added/evil.txt")} and before <= set(page.folder.parent.rglob("*"))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_hostile_names_titles_and_words_are_shown_as_they_are(page: Page, attack: str) -> None:
    errand = Errand(page.folder, shown=[attack], refused=[(attack, attack)], names={"/x": attack})
    errand.state, errand.problem = "failed", attack
    errand.report.added, errand.report.skipped = [attack], [("/x:2", attack)]
    page.site.bring.errands._known[errand.id] = errand
    page.site.bring.errands._line.clear()
    for path in ("/add", f"/add/{errand.id}"):
        read = Reader(page.client.get(path).text)
        assert set(read.tags) <= FORMS
        assert not [value for name, value in read.attributes if name.startswith("on") or name in ("style", "srcdoc")]
        assert not [value for name, value in read.attributes if name in ("src", "action") and not value.startswith("/")]
    back = page.send(text=attack, title=attack, source=attack, published="soon", address=attack)
    read = Reader(back.text)
    assert back.status_code == 400 and set(read.tags) <= FORMS


def test_hostile_files_are_articles_like_others(page: Page) -> None:
    attack = " ".join(ATTACKS.values())
    seen = page.report([('<img src=x onerror="alert(1)">.txt', f"{TUGS} {attack}".encode())], title="")
    assert "1 added." in seen and "&lt;img src=x onerror=" in seen and set(Reader(seen).tags) <= FORMS


def test_what_cannot_be_read_is_named_with_its_reason_and_not_kept(page: Page) -> None:
    files = [
        ("setup.exe", b"MZ"),
        ("photo.txt", b"\x89PNG\r\n\x1a\n" + bytes(99)),
        ("empty.md", b""),
        ("report.pdf", b"no PDF"),
        ("ship.txt", TUGS.encode()),
    ]
    seen = plainly(page.report(files))
    assert "1 added, 4 skipped." in seen and page.kept() == ["ship.txt"]
    assert "setup.exe: files of this kind cannot be read; text, Markdown, HTML, PDF, DOCX and JSONL can be read" in seen
    assert "photo.txt: it is named .txt but is a picture" in seen and "empty.md: it is empty" in seen
    assert "report.pdf: it is named .pdf but is none; give it its right name" in seen
    assert str(page.folder) not in seen


def test_a_broken_record_is_named_by_its_line(page: Page) -> None:
    records = b'{"id": "tugs", "text": "Eleven tugs pulled her free."}\nnot JSON\n{"id": "bridge", "text": "Another bridge."}\n'
    seen = plainly(page.report([("my news.jsonl", records)]))
    assert "1 added, 2 skipped." in seen and "my news.jsonl, line 2: the line is not valid JSON" in seen
    assert "the id is taken by an article from" in seen and str(page.folder.resolve()) not in seen


def test_a_form_without_anything_readable_ends_in_a_report(page: Page) -> None:
    seen = page.report([("setup.exe", b"MZ")])
    assert "1 skipped." in seen and "Ask about them" not in seen


def test_another_file_of_the_same_name_is_kept_beside_or_takes_its_place(page: Page) -> None:
    page.report([("a.txt", TUGS.encode())])
    assert "1 unchanged." in page.report([("another name.txt", TUGS.encode())])
    assert "1 added." in page.report([("a.txt", VAULT.encode())]) and page.kept() == ["a-2.txt", "a.txt"]
    assert "1 changed." in page.report([("a.txt", f"{TUGS} Then she sailed.".encode())], replace="1")
    assert page.kept() == ["a-2.txt", "a.txt"] and Library(page.folder).counts()[0] == 3


def test_indexing_another_folder_leaves_what_was_brought_in(page: Page, tmp_path: Path, encoder: Encoder) -> None:
    page.report([("tugs.txt", TUGS.encode())], text=VAULT, title="Seeds")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "one.txt").write_text("Another article stands here.")
    report = build(page.folder, [tmp_path / "other"], encoder=encoder)
    assert report.removed == [] and Library(page.folder).counts()[0] == 4
    assert len(build(page.folder, [page.folder / "added"], encoder=encoder).unchanged) == 2


# -- limits -----------------------------------------------------------------------------------------------------------


def test_a_file_that_is_too_large_is_named_and_the_others_are_added(page: Page) -> None:
    seen = plainly(page.report([("huge.txt", b"a" * 20_000_001), ("tugs.txt", TUGS.encode())]))
    assert "1 added, 1 skipped." in seen and "huge.txt: it is larger than 20 MB; split it" in seen
    assert page.kept() == ["tugs.txt"]


def test_files_that_are_too_large_together_are_cut_off_where_the_room_ends(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("page.upload.ALL_MOST", len(TUGS) + 10)
    seen = plainly(page.report([("tugs.txt", TUGS.encode()), ("vault.txt", VAULT.encode())]))
    assert "1 added, 1 skipped." in seen and "vault.txt: the files are larger than" in seen


def test_a_body_beyond_all_limits_is_not_read(page: Page) -> None:
    answer = page.client.post("/add", content=b"x", headers={"content-length": "100000001"})
    assert answer.status_code == 413 and "smaller portions" in answer.text
    assert page.client.post("/add/x/cancel", content=b"x" * 300_000).status_code == 413


def test_a_body_without_an_end_is_cut_off_and_swept_away(page: Page) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    pieces = (head if not number else b"x" * 1_000_000 for number in range(200))
    answer = page.client.post("/add", content=pieces, headers={"content-type": "multipart/form-data; boundary=b"})
    assert answer.status_code == 400 and page.kept() == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", b"hello"),
        ("multipart/form-data", b"hello"),
        ("multipart/form-data; boundary=b", b"hello"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="text"\r\n\r\nhalf a'),
        ("multipart/form-data; boundary=" + "b" * 5_000, b"--b"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n\r\n--b--"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' * 99 + b"--b--"),
    ],
)
def test_a_form_that_is_none_is_one_sentence(page: Page, kind: str, body: bytes) -> None:
    answer = page.client.post("/add", content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403) and 'role="alert"' in answer.text and page.kept() == []


def test_more_files_than_can_be_looked_through_are_refused(page: Page) -> None:
    answer = page.send([(f"{number}.txt", b"x") for number in range(101)])
    assert answer.status_code == 400 and "More than 100 files" in answer.text and page.kept() == []


# -- who may ----------------------------------------------------------------------------------------------------------


def test_only_our_own_page_brings_anything_in(page: Page) -> None:
    parts = [("text", (None, TUGS))]
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        real = [*parts, ("token", (None, page.token()))]
        assert page.client.post("/add", headers=headers, files=real).status_code == 403
    for token in ("", "é", "x" * 32):
        answer = page.client.post("/add", files=[*parts, ("token", (None, token))])
        assert answer.status_code == 403 and TUGS in answer.text and "send it again" in answer.text
    assert page.client.post("/add", files=parts).status_code == 403
    assert page.kept() == [] and Library(page.folder).counts()[0] == 1


def test_an_errand_is_stopped_and_repeated_from_our_own_page_alone(page: Page) -> None:
    url = str(page.send(text=TUGS).url)
    page.wait(url)
    for action in ("cancel", "again"):
        assert page.client.post(f"{url}/{action}", data={"token": "x"}).status_code == 403
        assert page.client.get(f"{url}/{action}").status_code in (404, 503)  # no route; the chat is not up
        assert page.press("/add/none", action).status_code == 404
    assert page.client.get("/add/none").status_code == 404


def test_a_server_that_others_reach_takes_nothing_in(library: Path, encoder: Encoder) -> None:
    page = Page(library, encoder, "0.0.0.0")
    seen = page.client.get("/add").text
    assert "without --host" in plainly(seen) and "<form" not in seen and 'name="token"' not in seen
    token = page.site.bring.token
    assert page.client.post("/add", files=[("text", (None, TUGS)), ("token", (None, token))]).status_code == 403
    assert page.client.post("/add/x/again", data={"token": token}).status_code == 403
    assert not (library / "added").exists()
    assert 'href="/add"' not in page.client.get("/articles").text.partition("<main>")[2]


def test_its_pages_run_our_own_script_file_alone(page: Page) -> None:
    url = str(page.send(text=TUGS).url)
    for path in ("/add", url):
        answer = page.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "script-src 'self'" in policy and "unsafe" not in policy
        assert re.findall(r"<script[^>]*>", answer.text) == ['<script src="/page/bring.js" defer>']
        assert "style=" not in answer.text and " onclick" not in answer.text
    assert page.client.get("/page/bring.js").headers["content-type"].startswith("text/javascript")
    assert page.client.get("/page/bring.css").status_code == 200
    assert page.client.get("/added/tugs.txt").status_code == 404
    assert 'href="/add"' in page.client.get("/articles").text


# -- the web ----------------------------------------------------------------------------------------------------------


def test_a_feed_brings_its_articles_and_says_what_was_skipped(page: Page) -> None:
    with website() as site:
        site.put("/tugs", article("Tugs"))
        links = "".join(
            f"<item><title>{name}</title><link>{site.url(f'/{name}')}</link></item>" for name in ("tugs", "gone")
        )
        site.put(
            "/feed",
            f"<rss version='2.0'><channel><title>Paper</title>{links}</channel></rss>".encode(),
            "application/rss+xml",
        )
        seen = plainly(page.report(address=site.url("/feed")))
        assert "1 added, 1 skipped." in seen and "/gone: there is no page at this address; check it" in seen
        assert "1 unchanged, 1 skipped." in plainly(page.report(address=site.url("/feed")))


def test_the_report_of_a_page_says_in_a_sentence_which_feeds_it_has(page: Page) -> None:
    with website() as site:
        link = '<link rel="alternate" type="application/rss+xml" href="{}">'
        hostile = link.format("/f?&lt;script&gt;alert(1)&lt;/script&gt;&amp;x='")
        for path, links in (("/tugs", link.format("feed")), ("/evil", link.format("/rss") + hostile)):
            site.put(path, article(path).replace(b"</head>", f"{links}</head>".encode()))
        seen = page.report(address=site.url("/tugs"))
        sentence = f"This page has a feed: {site.url('/feed')}; add that address to follow it."
        assert f"<p>{sentence}</p>" in seen.replace("<bdi>", "").replace("</bdi>", "") and "1 added." in seen
        seen = page.report(address=f"{site.url('/evil')} {site.url('/tugs')}")
        assert set(Reader(seen).tags) <= FORMS
        assert "<script>alert" not in seen and "&amp;x=&#x27;" in seen
        assert f"{site.url('/evil')}: This page has feeds: {site.url('/rss')} and {site.url('/f?')}" in plainly(seen)
        assert f"{site.url('/tugs')}: {sentence}" in plainly(seen)
        assert "/feed" not in site.paths()


def test_an_address_of_this_machine_is_not_fetched(library: Path, encoder: Encoder) -> None:
    page = Page(library, encoder, private=False)
    with website() as site:
        site.put("/a", article())
        seen = plainly(page.report(address=site.url("/a")))
        assert "1 skipped." in seen and site.paths() == []


def test_a_fetch_that_is_cancelled_ends_soon(page: Page) -> None:
    with website() as site:
        url = str(page.send(address=site.url("/slow-body")).url)
        page.wait(url, "running")
        while not site.paths():
            time.sleep(0.02)
        began = time.monotonic()
        page.press(url, "cancel")
        seen = page.wait(url, "stopped")
        assert time.monotonic() - began < 3 and "What was done by then is kept." in seen and "Go on" in seen


# -- one at a time, stopped, gone on with -------------------------------------------------------------------------------


class Held(Encoder):
    """The real encoder; from its second call on it waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.calls, self.waits, self.let_go = 0, threading.Event(), threading.Event()

    def encode_passages(self, texts: Any) -> Vectors:
        self.calls += 1
        if self.calls > 1:
            self.waits.set()
            assert self.let_go.wait(30)
        return super().encode_passages(texts)


def test_a_cancelled_errand_keeps_what_was_done_and_goes_on_later(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.build.BLOCK", 10)
    held = Held()
    page = Page(library, held)
    url = str(page.send([("a tugs.txt", TUGS.encode()), ("vault.txt", VAULT.encode())]).url)
    assert held.waits.wait(30)
    seen = page.wait(url, "running")
    assert (
        "Learning what they say" in seen and "<progress" in seen and "Cancel</button>" in seen and "<noscript>" in seen
    )
    waiting = str(page.send(text="A third article stands here.").url)
    assert "It begins when what came before it is done." in page.client.get(waiting).text
    assert "Stopping…" in page.press(url, "cancel").text
    held.let_go.set()
    seen = page.wait(url)
    assert "You stopped it" in seen and "/article/a%20tugs" in seen and "vault" not in seen.partition("<h2>")[2]
    assert "1 added, " in page.wait(waiting) or "2 added." in page.wait(waiting)
    assert page.press(url, "again").status_code == 200
    assert "2 unchanged." in page.wait(url)
    assert Library(library).counts()[0] == 4 and vectors.is_current(Library(library))


def test_an_errand_that_waits_is_taken_out_of_the_line(library: Path) -> None:
    held = Held()
    held.calls = 1
    page = Page(library, held)
    first = str(page.send(text=TUGS).url)
    assert held.waits.wait(30)
    second = str(page.send(text=VAULT).url)
    page.press(second, "cancel")
    assert "You stopped it" in page.client.get(second).text
    held.let_go.set()
    assert "1 added." in page.wait(first) and Library(library).counts()[0] == 2


def test_a_line_that_is_too_long_is_one_sentence(library: Path) -> None:
    held = Held()
    held.calls = 1
    page = Page(library, held)
    page.send(text=TUGS)
    assert held.waits.wait(30)
    for number in range(WAITING):
        assert page.send(text=f"Article number {number}.").history
    answer = page.send(text="One more article.")
    assert answer.status_code == 503 and "Try again when some are done." in answer.text
    held.let_go.set()
    assert not page.site.bring.close(20)


def test_a_library_that_somebody_else_writes_to_is_one_sentence_and_can_be_tried_again(page: Page) -> None:
    with open_writer(page.folder, spec()):
        url = str(page.send(text=TUGS).url)
        seen = page.wait(url)
        assert "is indexing into" in seen and "wait for it, then try again" in seen and "Try again</button>" in seen
    page.press(url, "again")
    assert "1 added." in page.wait(url)


def test_the_first_article_makes_the_library(tmp_path: Path, encoder: Encoder) -> None:
    page = Page(tmp_path / "none", encoder)
    assert "1 added." in page.report(text=TUGS, title="Freed")
    assert Library(tmp_path / "none").counts()[0] == 1


def test_what_goes_wrong_inside_is_one_sentence(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("page.errand.build", broken)
    seen = page.report(text=TUGS)
    assert "The log of Footnote has the details." in seen and "secret" not in seen


def test_progress_is_told_in_words() -> None:
    assert stage(Progress("fetch", 3, 12), 21.0) == "Fetching pages: 3 of 12 pages, about 20 seconds left"
    assert stage(Progress("read", 0, 1), None) == "Reading files: 0 of 1 file"
    assert [about(seconds) for seconds in (0.1, 54, 61, 170)] == [
        "about 5 seconds", "about 55 seconds", "about 1 minute", "about 3 minutes",
    ]  # fmt: skip


def test_the_time_left_is_said_once_the_rate_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errand, now = Errand(tmp_path, state="running"), [100.0]
    monkeypatch.setattr("page.errand.time.monotonic", lambda: now[0])
    errand.tell(Progress("encode", 0, 1_000))
    now[0] = 101.0
    errand.tell(Progress("encode", 100, 1_000))
    assert errand.left() is None
    now[0] = 105.0
    errand.tell(Progress("encode", 250, 1_000))
    assert errand.left() == pytest.approx(15.0)


def test_a_text_is_kept_as_it_is(tmp_path: Path, encoder: Encoder) -> None:
    text = "---\ntitle: not front matter\n---\n\n# No heading\n\nA line \u2028 with \ud800 and “quotes” & <b>.\n\n  indented"
    path = keep_text(tmp_path, text, title="A title")
    build(tmp_path, [path], encoder=encoder)
    kept = Library(tmp_path).article(path.stem)
    assert kept and kept.text == text.replace("\ud800", "\ufffd") and kept.title == "A title"
