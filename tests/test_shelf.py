"""The library as a page: what can be found in it, what is new, and changes that hold, can be undone and never lose."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from indexes import edit, vectors
from indexes.build import build, spec
from indexes.edit import bring_back, correct, lately_removed, set_aside
from indexes.encoder import Encoder, Vectors
from indexes.errors import InputError, LibraryLocked, NoLibrary
from indexes.library import Library
from indexes.listing import Entry, entries, holding
from indexes.types import Article
from indexes.writer import open_writer
from page.about import About, about_html, passages_page
from page.keeper import VISIT, visit
from page.shelf import PER_PAGE, Shelf, Wish, choose, plainly, shelf_page, wish_of
from page.site import Site
from qa.retrieve import Retrieval
from tests.browser.scripted import Scripted
from tests.test_render import ATTACKS, Reader

URL = "http://127.0.0.1:7860"
BODIES = {
    "ship": "The ship was pulled free by eleven tugs. Its bow had been buried in sand for six days.",
    "bridge": "The bridge reopened in May. Divers had found cracks in its second pier.",
    "vault": "The vault holds seeds of every crop. It lies in the mountain above the harbour.",
}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """Three articles and their library, made once; `library` puts them back before each test, since files have their
    place in it."""
    place = tmp_path_factory.mktemp("shelf")
    folder = place / "kept" / "articles"
    folder.mkdir(parents=True)
    for number, (subject, text) in enumerate(BODIES.items()):
        head = (
            f"title: The {subject}\nauthor: José Núñez\npublished: 202{number}-03-2{number}\nsource: Paper {number % 2}"
        )
        (folder / f"{subject}.md").write_text(f"---\n{head}\n---\n\n{text}\n")
    shutil.copytree(folder, place / "now" / "articles")
    build(place / "kept" / "library", [place / "now" / "articles"], encoder=encoder)
    vectors.close_stores()
    return place


@pytest.fixture
def library(place: Path) -> Path:
    vectors.close_stores()
    shutil.rmtree(place / "now")
    shutil.copytree(place / "kept", place / "now")
    return place / "now" / "library"


@pytest.fixture
def articles(library: Path) -> Path:
    return library.parent / "articles"


def sound(folder: Path) -> bool:
    opened = Library(folder)
    return opened.check() == [] and opened.waiting() == 0 and vectors.is_current(opened)


def found(folder: Path, encoder: Encoder, question: str) -> str:
    """The header that the first hit of both indexes stands under."""
    return Retrieval(Library(folder), encoder).retrieve(question)[0].passage.header


# -- corrections ------------------------------------------------------------------------------------------------------


def test_a_corrected_title_and_date_are_what_both_indexes_see(library: Path, encoder: Encoder) -> None:
    article = correct(library, "ship", title=" A  grounded\nfreighter ", published="2021-03-29", encoder=encoder)
    assert (article.title, article.author) == ("A grounded freighter", "José Núñez")
    assert Library(library).article("ship") == article and sound(library)
    assert found(library, encoder, "grounded freighter") == "A grounded freighter · Paper 0 · 2021-03-29"
    assert article.text == BODIES["ship"]


def test_a_correction_outlives_the_next_index_of_the_same_file(library: Path, articles: Path, encoder: Encoder) -> None:
    correct(library, "ship", title="Freed", encoder=encoder)
    correct(library, "ship", author="Ann", encoder=encoder)
    assert build(library, [articles], encoder=encoder).unchanged == ["bridge", "ship", "vault"]
    file = articles / "ship.md"
    file.write_text(file.read_text().replace("six days", "seven days").replace("2020-03-20", "2019-01-01"))
    assert build(library, [articles], encoder=encoder).changed == ["ship"]
    article = Library(library).article("ship")
    assert article and (article.title, article.author, article.published) == ("Freed", "Ann", "2019-01-01")
    assert "seven days" in article.text and sound(library)


def test_a_file_read_again_by_new_rules_is_not_encoded_again_for_its_correction(
    library: Path, articles: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    correct(library, "ship", title="Freed", encoder=encoder)
    monkeypatch.setattr("indexes.build.RULES", "rules-of-another-day")
    report = build(library, [articles], encoder=encoder)
    assert (report.changed, report.passages) == ([], 0)


def test_another_file_under_the_same_id_is_not_corrected(library: Path, articles: Path, encoder: Encoder) -> None:
    correct(library, "ship", title="Freed", encoder=encoder)
    elsewhere = articles.parent / "elsewhere"
    elsewhere.mkdir()
    (articles / "ship.md").rename(elsewhere / "ship.md")
    build(library, [articles, elsewhere], encoder=encoder)
    article = Library(library).article("ship")
    assert article and article.title == "The ship"


class Counting(Encoder):
    """The real encoder, which also counts what it was asked to encode."""

    count = 0

    def encode_passages(self, texts: Any) -> Vectors:
        self.count += len(texts)
        return super().encode_passages(texts)


def test_only_what_stands_in_the_header_is_encoded_again(library: Path) -> None:
    counting = Counting()
    correct(library, "ship", author="Ann", encoder=counting)
    assert counting.count == 0
    correct(library, "ship", title="Freed", encoder=counting)
    assert counting.count == 1


def test_a_correction_that_changes_nothing_writes_nothing(library: Path) -> None:
    before = Library(library).generation
    correct(library, "ship", title="The ship", author="José Núñez", published="2020-03-20")
    assert Library(library).generation == before


@pytest.mark.parametrize("wrong", ["yesterday", "24 March 2021", "2021-02-31", "2021-3-4", "2021-03-24T99:00", "2021"])
def test_a_date_that_is_none_is_refused_and_nothing_changes(library: Path, wrong: str) -> None:
    with pytest.raises(InputError, match="write it as 2021-03-24"):
        correct(library, "ship", title="Lost?", published=wrong)
    article = Library(library).article("ship")
    assert article and article.title == "The ship"


def test_a_date_may_have_a_time_or_be_taken_away(library: Path, encoder: Encoder) -> None:
    assert correct(library, "ship", published="2021-03-24T10:00:00Z", encoder=encoder).day == "2021-03-24"
    assert correct(library, "ship", published="", encoder=encoder).header == "The ship · Paper 0"


def test_a_change_to_what_is_not_there_is_one_sentence(library: Path, tmp_path: Path) -> None:
    for change in (correct, set_aside):
        with pytest.raises(InputError, match="no such article"):
            change(library, "no")
    with pytest.raises(NoLibrary):
        set_aside(tmp_path / "none", "ship")
    assert not (tmp_path / "none").exists()


# -- removal and undo -------------------------------------------------------------------------------------------------


def everything(folder: Path) -> list[Any]:
    """What the library holds, but for the keys of passages."""
    opened = Library(folder)
    passages = opened.rows("SELECT id, article, start, end, header, vector FROM passages ORDER BY id")
    lines = opened.rows("SELECT line, id FROM lines ORDER BY line, id")
    return [opened.rows("SELECT * FROM articles ORDER BY key"), passages, lines]


@pytest.mark.parametrize("one", list(BODIES))
def test_a_removed_article_comes_back_exactly_as_it_was_without_its_file(
    library: Path, articles: Path, one: str
) -> None:
    before = everything(library)
    (articles / f"{one}.md").unlink()
    set_aside(library, one)
    assert Library(library).article(one) is None and Library(library).counts()[0] == 2 and sound(library)
    kept = lately_removed(Library(library))
    assert kept and (kept.id, kept.title) == (one, f"The {one}")
    bring_back(library, one)
    assert everything(library) == before and sound(library)
    assert lately_removed(Library(library)) is None


def test_only_the_last_removal_can_be_undone(library: Path) -> None:
    set_aside(library, "ship")
    set_aside(library, "vault")
    with pytest.raises(InputError, match="no longer kept"):
        bring_back(library, "ship")
    assert bring_back(library, "vault").title == "The vault"


def test_what_was_removed_is_forgotten_after_a_while(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_aside(library, "ship")
    monkeypatch.setattr(edit, "KEPT", 0.0)
    assert lately_removed(Library(library)) is None
    with pytest.raises(InputError, match="no longer kept"):
        bring_back(library, "ship")
    assert Library(library).rows("SELECT * FROM aside") == []


def test_a_removed_article_whose_file_was_read_again_is_left_as_it_was_read(
    library: Path, articles: Path, encoder: Encoder
) -> None:
    set_aside(library, "ship")
    (articles / "ship.md").write_text((articles / "ship.md").read_text().replace("six", "seven"))
    assert build(library, [articles], encoder=encoder).added == ["ship"]
    assert "seven days" in bring_back(library, "ship").text and sound(library)


def test_a_corrected_article_comes_back_corrected(library: Path, articles: Path, encoder: Encoder) -> None:
    correct(library, "ship", title="Freed", encoder=encoder)
    set_aside(library, "ship")
    assert bring_back(library, "ship").title == "Freed"
    assert build(library, [articles], encoder=encoder).changed == []


def test_a_library_without_changes_has_nothing_to_bring_back(library: Path) -> None:
    assert lately_removed(Library(library)) is None


@pytest.mark.parametrize("stop", ["stage", "put", "remove"])
def test_a_change_that_is_stopped_half_way_is_finished_by_the_next_index(
    library: Path, articles: Path, encoder: Encoder, stop: str
) -> None:
    """The process dies at the step named; nothing is lost and the next run puts all in order."""
    code = (
        "import os, sys; from pathlib import Path; from indexes.writer import Writer; from indexes import edit\n"
        "def die(*_): os._exit(9)\n"
        "folder, stop = Path(sys.argv[1]), sys.argv[2]\n"
        "real = Writer.stage\n"
        "if stop == 'remove': Writer.remove = die; edit.set_aside(folder, 'ship')\n"
        "edit.set_aside(folder, 'ship')\n"
        "setattr(Writer, stop, die); edit.bring_back(folder, 'ship')\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(library), stop], cwd=Path(__file__).parents[1])
    assert done.returncode == 9
    build(library, [articles], encoder=encoder)
    article = Library(library).article("ship")
    assert article and article.text == BODIES["ship"] and sound(library)
    assert found(library, encoder, "How many tugs pulled the ship free?").startswith("The ship")


# -- the list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("bridges", ["bridge"]), ("harbour seeds", ["vault"]), ("paper 0", ["ship", "vault"]), ("nunez", ["bridge", "ship", "vault"]),
        ("NÚÑEZ tugs", ["ship"]), ("2021", ["bridge"]), ("ship bridge", []), ("the", ["bridge", "ship", "vault"]), ("?!", []),
        ('"tugs" OR NEAR(', []), ("header:ship*", []),
    ],
)  # fmt: skip
def test_words_are_found_in_title_source_author_and_text(library: Path, words: str, ids: list[str]) -> None:
    opened = Library(library)
    every = entries(opened)
    keys = holding(opened, words, every)
    assert sorted(one.id for one in every if one.key in keys) == ids


LIST = [
    Entry(1, "a", "Beta", "", "2020-01-01", "Post"), Entry(2, "b", "alpha", "", "2021-01-01", ""), Entry(3, "c", "", "", "", "\u202eGazette"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({}, "bac"), ({"sort": "title"}, "bac"), ({"sort": "source"}, "acb"), ({"sort": "added"}, "cba"), ({"sort": "no"}, "bac"),
        ({"source": "Post"}, "a"), ({"source": "Gazette"}, "c"), ({"year": "2021"}, "b"), ({"new": "1"}, "c"), ({"year": "1999"}, ""),
    ],
)  # fmt: skip
def test_a_list_is_sorted_and_filtered(query: dict[str, str], order: str) -> None:
    assert "".join(one.id for one in choose(LIST, wish_of(query), None, seen=2)) == order


def test_an_address_holds_the_whole_wish_and_comes_back() -> None:
    wish = Wish('a&b "c"', "title", "Päper", "2021", True, 3)
    query = QueryParams(wish.href().partition("?")[2])
    assert wish_of(query) == wish and Wish().href() == "/articles"
    for page in ("", "0", "-1", "x", "²", "9999999"):
        assert wish_of({"page": page}).page == 1


def test_a_long_list_comes_in_pages() -> None:
    many = [Entry(n, str(n), f"Title {n:03}") for n in range(1, 251)]
    first = shelf_page(Shelf(many, many, Wish(sort="title"), 250))
    last = shelf_page(Shelf(many, many, Wish(sort="title", page=99), 250))
    assert first.count("<li>") == PER_PAGE and last.count("<li>") == 50
    assert "250 articles" in first and "Page 1 of 3" in first and 'href="/articles?sort=title&amp;page=2"' in first
    assert "After" not in last and "Before" in last


def test_an_empty_list_says_what_to_do() -> None:
    assert "footnote index FOLDER" in shelf_page(Shelf([], []))
    assert "Try fewer" in shelf_page(Shelf(LIST, [], Wish(words="moon")))
    assert "Take one of them away" in shelf_page(Shelf(LIST, [], Wish(year="1999")))


def test_new_is_what_came_after_the_last_visit_and_stays_new_during_this_one() -> None:
    seen, cookie = visit("", 5, 1e6)
    assert seen == 5  # to who comes first nothing is new
    seen, cookie = visit(cookie, 7, 1e6 + VISIT + 1)
    assert seen == 5
    assert visit(cookie, 7, 1e6 + VISIT + 60)[0] == 5
    assert visit(cookie, 7, 1e6 + 3 * VISIT)[0] == 7
    assert visit(cookie, 3, 1e6 + VISIT + 60)[0] == 3  # the library was made anew
    assert visit("9" * 40, 3, 1e6)[0] == 3 and visit("١-١-١", 3, 1e6)[0] == 3
    assert shelf_page(Shelf(LIST, LIST, seen=2)).count('class="new"') == 1
    assert "1 new since your last visit" in shelf_page(Shelf(LIST, LIST, seen=2))


def everywhere(text: str) -> list[Reader]:
    """Every page of the library with this text wherever a stranger can put it."""
    article = Article(text, f"{text} text", text, text, text, text, text, text)
    entry = Entry(1, text, text, text, text, text)
    pages = [
        shelf_page(
            Shelf(
                [entry], [entry], Wish(text, source=plainly(text), year=text), 0, edit.Aside(text, text, 0.0), "token"
            )
        ),
        about_html(article, About(3, "token", {"title": text}, text, text)),
        about_html(article, About(fixed=text)),
        passages_page(article, [(0, len(text))], 1),
    ]
    return [Reader(page) for page in pages]


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_foreign_text_stays_text_wherever_the_library_page_shows_it(attack: str) -> None:
    for attacked, plain in zip(everywhere(attack), everywhere("plain"), strict=True):
        assert " ".join(attack.split()) in " ".join(attacked.text.split())
        assert attacked.tags == plain.tags
        assert [key for key, _ in attacked.attributes] == [key for key, _ in plain.attributes]
        assert all(value.startswith("/") for key, value in attacked.attributes if key in ("action", "href", "src"))


# -- the routes -------------------------------------------------------------------------------------------------------

Open = Callable[..., TestClient]


@pytest.fixture
def client(library: Path) -> TestClient:
    return over(library)


def over(folder: Path, host: str = "127.0.0.1") -> TestClient:
    """The page over a real library, without a chat."""
    site = Site(Scripted, None, host)
    site.assistant = Scripted()
    site.assistant.library = Library(folder)  # type: ignore[assignment]
    return TestClient(site.app, base_url=URL, follow_redirects=True)


def send(client: TestClient, article_id: str, action: str, **typed: str) -> Any:
    page = client.get(f"/article/{article_id}").text if action != "undo" else client.get("/articles").text
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token
    return client.post(f"/article/{article_id}/{action}", data={"token": token[1], **typed})


def test_a_person_corrects_an_article(client: TestClient, library: Path) -> None:
    page = send(client, "ship", "correct", title="Freed & <floating>", author="José Núñez", published="2020-03-20")
    assert page.status_code == 200 and "Saved." in page.text and "<details" in page.text and "open>" in page.text
    assert "Freed &amp; &lt;floating&gt;" in page.text
    assert client.get("/articles?q=floating").text.count("<li>") == 1
    fields = Library(library).rows("SELECT fields FROM corrections")
    assert fields == [('{"title": "Freed & <floating>"}',)]  # what was not touched follows the file


def test_a_wrong_date_comes_back_with_what_was_typed(client: TestClient) -> None:
    page = send(client, "ship", "correct", title="A new title", published="soon")
    assert page.status_code == 400 and "The date “soon”: write it as 2021-03-24" in page.text
    assert (
        'value="A new title"' in page.text
        and 'value="soon"' in page.text
        and '<h1 dir="auto"><bdi>The ship' in page.text
    )


def test_a_person_removes_an_article_and_brings_it_back(client: TestClient, library: Path) -> None:
    page = send(client, "ship", "remove")
    assert "2 articles" in page.text and "<bdi>The ship</bdi> was removed" in page.text
    assert client.get("/article/ship").status_code == 404
    assert "Brought back." in send(client, "ship", "undo").text
    assert "3 articles" in client.get("/articles").text and "was removed" not in client.get("/articles").text


def test_a_library_that_is_being_written_loses_nothing_and_says_so(client: TestClient, library: Path) -> None:
    writing: AbstractContextManager[Any] = open_writer(library, spec())
    before = everything(library)
    with writing:
        page = send(client, "ship", "correct", title="A new title")
        assert (
            page.status_code == 409
            and "wait for it, then try again" in page.text
            and 'value="A new title"' in page.text
        )
        assert send(client, "ship", "remove").status_code == 409
        with pytest.raises(LibraryLocked):
            set_aside(library, "ship")
    assert everything(library) == before
    assert send(client, "ship", "correct", title="A new title").status_code == 200


@pytest.mark.parametrize("action", ["correct", "remove", "undo"])
def test_a_change_that_is_not_from_our_own_page_is_refused(client: TestClient, library: Path, action: str) -> None:
    before = everything(library)
    for headers in ({"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(f"/article/ship/{action}", headers=headers, data={"title": "x"}).status_code == 403
    for data in ({}, {"token": ""}, {"token": "é"}, {"token": "x" * 32}):
        assert client.post(f"/article/ship/{action}", data={"title": "x", **data}).status_code == 403
    assert client.post(f"/article/ship/{action}", content=b"\xff" + b"&a" * 99).status_code == 403
    assert client.get(f"/article/ship/{action}").status_code == 404
    assert everything(library) == before


def test_a_server_that_others_reach_changes_nothing(library: Path) -> None:
    client = over(library, "0.0.0.0")
    page = client.get("/article/ship").text
    assert "nothing can be changed here" in page and "<form" not in page and "SHA-256" in page
    assert client.post("/article/ship/remove", data={"token": ""}).status_code == 403
    assert Library(library).article("ship")


def test_an_article_shows_its_facts_and_its_passages(client: TestClient, library: Path) -> None:
    page = client.get("/article/ship").text
    article = Library(library).article("ship")
    assert (
        article and article.fingerprint in page and "86 characters" in page and 'href="/article/ship/passages"' in page
    )
    passages = client.get("/article/ship/passages").text
    assert (
        "1 passage," in passages
        and "characters 0–86" in passages
        and 'href="/article/ship?s=0&amp;e=86#hit"' in passages
    )
    assert html.escape(BODIES["ship"]) in passages
    assert client.get("/article/no/passages").status_code == 404


def test_pages_of_the_library_run_no_script_and_send_forms_nowhere_else(client: TestClient) -> None:
    for path in ("/articles?q=ship", "/article/ship", "/article/ship/passages", "/article/no"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'") and "form-action 'self'" in policy and "script" not in policy
        assert "<script" not in answer.text and "style=" not in answer.text and " onclick" not in answer.text
    assert client.get("/page/shelf.css").status_code == 200


def test_the_cookie_of_the_list_is_ours_alone(client: TestClient, library: Path, encoder: Encoder) -> None:
    cookie = client.get("/articles").headers["set-cookie"]
    assert (
        re.match(r"footnote_shelf_[0-9a-f]{8}=3-3-\d+;", cookie)
        and "HttpOnly" in cookie
        and "samesite=strict" in cookie.lower()
    )
    name, kept = next((name, value) for name, value in client.cookies.items() if name.startswith("footnote_shelf"))
    (library.parent / "more.md").write_text("---\ntitle: The new one\n---\n\nA new article stands here.\n")
    build(library, [library.parent / "more.md"], encoder=encoder)
    seen, by_now, when = kept.split("-")
    client.cookies.clear()
    page = client.get("/articles?new=1", headers={"cookie": f"{name}={seen}-{by_now}-{int(when) - VISIT - 1}"}).text
    assert "1 of 4 articles" in page and "The new one" in page and page.count('class="new"') == 1


def test_a_list_of_thousands_is_quick(library: Path) -> None:
    many = [Entry(n, str(n), f"Title {n}", "", f"20{n % 30:02}-01-01", f"Source {n % 40}") for n in range(20_000)]
    page = shelf_page(Shelf(many, choose(many, Wish(), None, 0)))
    assert page.count("<li>") == PER_PAGE and "20,000 articles" in page
