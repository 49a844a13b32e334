from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexes import keep
from indexes.build import BuildReport, Progress, build, remove
from indexes.encoder import Encoder
from indexes.fetch import Limits, Page, Visitor
from indexes.library import Library
from indexes.web import GONE, is_address, passing
from tests.conftest import footnote
from tests.test_build import CountingEncoder, sound
from tests.web_server import Website, article, website


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as found:
        for name in "abc":
            tell(found, name, f"Story {name}")
        publish(found, "/a", "/b")
        yield found


def tell(site: Website, name: str, title: str, extra: str = "") -> None:
    site.put(f"/{name}", article(title, extra), headers={"etag": f'"{title} {extra}"'})


def publish(site: Website, *links: str, path: str = "/feed") -> None:
    items = "".join(f"<item><link>{link}</link></item>" for link in links)
    data = f"<rss><channel><title>Gazette</title>{items}</channel></rss>".encode()
    site.put(path, data, "application/rss+xml", headers={"etag": f'"{" ".join(links)}"'})


class Run:
    """Builds one library from one website, and says what was asked of it in the last run."""

    def __init__(self, folder: Path, site: Website) -> None:
        self.folder = folder
        self.site = site
        self.encoder = CountingEncoder()

    def __call__(self, *paths: str, **options: object) -> BuildReport:
        self.site.asked.clear()
        visitor = Visitor(Limits(pause=0.0, total=2.0, connect=1.0), allow_private=True)
        urls = [path if "://" in path else self.site.url(path) for path in paths or ("/feed",)]
        given: dict[str, object] = {"urls": urls, "visitor": visitor, "encoder": self.encoder, **options}
        return build(self.folder, [], **given)  # type: ignore[arg-type]

    def asked(self) -> list[str]:
        return [path for path in self.site.paths() if path != "/robots.txt"]

    def id(self, path: str) -> str:
        return f"127.0.0.1:{self.site.port}{path}"

    def articles(self) -> list[str]:
        return sorted(one.title for one in Library(self.folder).articles())


@pytest.fixture
def run(tmp_path: Path, site: Website) -> Run:
    return Run(tmp_path / "library", site)


def test_a_page_is_indexed_under_its_address_and_kept_as_it_came(run: Run, site: Website) -> None:
    report = run("/a")
    assert (report.added, report.failed, report.skipped) == ([run.id("/a")], [], [])
    library = Library(run.folder)
    found = library.article(run.id("/a"))
    assert found is not None and (found.title, found.url) == ("Story a", site.url("/a"))
    assert library.rows("SELECT origin FROM articles") == [(site.url("/a"),)]
    page = keep.read(run.folder, site.url("/a"))
    assert page is not None and page.data == article("Story a")
    assert sound(run.folder)


def test_files_and_addresses_are_indexed_in_one_run(tmp_path: Path, run: Run, site: Website) -> None:
    (tmp_path / "one.txt").write_text("A sentence about a lamp in the harbour.")
    visitor = Visitor(Limits(pause=0.0), allow_private=True)
    report = build(run.folder, [tmp_path / "one.txt"], urls=[site.url("/feed")], visitor=visitor, encoder=run.encoder)
    assert sorted(report.added) == sorted(["one", run.id("/a"), run.id("/b")])
    # Files alone: what came from addresses is none of their business.
    assert build(run.folder, [tmp_path], encoder=run.encoder).removed == []
    assert len(Library(run.folder).articles()) == 3


def test_an_unchanged_feed_is_asked_for_once_and_its_articles_are_reported(run: Run) -> None:
    assert len(run().added) == 2
    run.encoder.texts.clear()
    report = run()
    assert run.asked() == ["/feed"]
    assert sorted(report.unchanged) == [run.id("/a"), run.id("/b")]
    assert (report.added, report.changed, run.encoder.texts) == ([], [], [])


def test_only_what_changed_behind_a_feed_is_read_again(run: Run, site: Website) -> None:
    run()
    tell(site, "b", "Story b", "Told anew.")
    publish(site, "/a", "/b", "/c")
    report = run()
    assert (report.added, report.changed, report.unchanged) == ([run.id("/c")], [run.id("/b")], [run.id("/a")])
    found = Library(run.folder).article(run.id("/b"))
    assert found is not None and "Told anew." in found.text


def test_a_page_without_an_etag_is_unchanged_by_its_words(run: Run, site: Website) -> None:
    site.put("/plain", article("Plain"))
    run("/plain")
    run.encoder.texts.clear()
    report = run("/plain")
    assert (report.unchanged, report.changed, run.encoder.texts) == ([run.id("/plain")], [], [])


def test_an_article_that_left_its_feed_stays(run: Run, site: Website) -> None:
    run()
    publish(site, "/b")
    report = run()
    assert report.removed == []
    assert run.articles() == ["Story a", "Story b"]


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone_keeps_its_article_and_the_report_says_so(run: Run, site: Website, status: int) -> None:
    run()
    site.put("/a", b"", status=status)
    publish(site, "/a", "/b", "/c")
    report = run()
    assert report.skipped == [(site.url("/a"), GONE)]
    assert run.articles() == ["Story a", "Story b", "Story c"]
    assert run().skipped == report.skipped and run.asked() == ["/feed"]  # told again, not asked for again


def test_a_page_that_never_was_is_not_said_to_be_gone(run: Run, site: Website) -> None:
    report = run("/none")
    assert report.skipped == [(site.url("/none"), "there is no page at this address; check it")]
    assert report.failed == [site.url("/none")]


@pytest.mark.parametrize("trouble", [500, 503, "cut", "no host"])
def test_a_feed_is_followed_again_until_an_article_in_trouble_is_in(
    run: Run, site: Website, trouble: int | str
) -> None:
    link = "/b"
    if isinstance(trouble, int):
        site.put("/b", b"", status=trouble)
    elif trouble == "cut":
        site.redirect("/b", "/cut")
    else:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            link = f"http://127.0.0.1:{closed.getsockname()[1]}/b"
    publish(site, "/a", link)
    first = run()
    assert first.added == [run.id("/a")] and len(first.skipped) == 1
    assert run().skipped == first.skipped  # the feed has not changed, and is followed all the same
    assert run.asked()[:2] == ["/feed", "/a"]
    if link == "/b":
        tell(site, "b", "Story b")
        assert run().added == [run.id("/b")]
        assert run().unchanged and run.asked() == ["/feed"]


def test_a_feed_is_left_alone_whose_articles_can_never_be_had(run: Run, site: Website) -> None:
    site.put("/robots.txt", b"User-agent: *\nDisallow: /shut\n", "text/plain")
    site.put("/picture", b"\x89PNG", "image/png")
    site.put("/menu", b"<html><body>Menu</body></html>")
    site.put("/paid", b"", status=402)
    publish(site, "/a", "/shut", "/picture", "/menu", "/paid", "/loop", "/declared-huge")
    first = run()
    assert len(first.added) == 1 and len(first.skipped) == 6
    again = run()
    assert run.asked() == ["/feed"]
    assert again.skipped == first.skipped and again.unchanged == first.added


def test_a_list_of_feeds_is_followed_though_it_is_as_it_was(run: Run, site: Website) -> None:
    site.put("/opml", b'<opml><body><outline xmlUrl="/feed"/></body></opml>', headers={"etag": '"o"'})
    assert len(run("/opml").added) == 2
    publish(site, "/a", "/b", "/c")
    assert run("/opml").added == [run.id("/c")]
    assert len(run("/opml").unchanged) == 3
    assert run.asked() == ["/opml", "/feed"]


def test_one_feed_in_trouble_does_not_hold_back_another(run: Run, site: Website) -> None:
    site.put("/opml", b'<opml><body><outline xmlUrl="/feed"/><outline xmlUrl="/other"/></body></opml>')
    site.put("/late", b"", status=500)
    publish(site, "/c", "/late", path="/other")
    run("/opml")
    run("/opml")
    assert run.asked() == ["/opml", "/feed", "/other", "/c", "/late"]


def test_a_removed_article_comes_back_only_with_a_new_feed_and_its_page_is_forgotten(run: Run, site: Website) -> None:
    run()
    assert remove(run.folder, [run.id("/a")]) == [run.id("/a")]
    assert keep.read(run.folder, site.url("/a")) is None and keep.read(run.folder, site.url("/b")) is not None
    assert run().added == []
    publish(site, "/a", "/b", "/c")
    assert sorted(run().added) == [run.id("/a"), run.id("/c")]


def test_pages_kept_beside_a_library_that_was_lost_do_not_keep_it_empty(run: Run) -> None:
    run()
    (run.folder / "library.sqlite3").unlink()
    assert len(run().added) == 2


def test_new_rules_of_reading_read_every_page_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    monkeypatch.setattr("indexes.build.RULES", "rules-10")
    run()
    assert run.asked() == ["/feed", "/a", "/b"]
    run()
    assert run.asked() == ["/feed"]


def test_a_redirected_page_is_known_by_where_it_leads(run: Run, site: Website) -> None:
    site.redirect("/short", "/a?utm_source=feed")
    site.put("/a?utm_source=feed", article("Story a"), headers={"etag": '"1"'})
    assert run("/short").added == [run.id("/a")]
    assert run("/short").unchanged == [run.id("/a")]
    site.put("/short", b"", status=404)
    assert run("/short").skipped == [(site.url("/short"), GONE)]


def test_the_same_page_under_another_form_of_its_address_is_the_same_article(run: Run, site: Website) -> None:
    tell(site, "a/", "Story a")
    run("/a")
    report = run("/a/")
    assert (report.added, report.changed) == ([], [run.id("/a")])
    assert run.articles() == ["Story a"]
    assert sound(run.folder)


def test_an_address_given_twice_is_visited_once(run: Run) -> None:
    assert run("/a", "/a").added == [run.id("/a")]
    assert run.asked() == ["/a"]


def test_a_page_that_is_behind_two_addresses_is_counted_once(run: Run, site: Website) -> None:
    assert run("/feed", "/a").added == [run.id("/a"), run.id("/b")]
    tell(site, "a", "Story a", "Told anew.")
    report = run("/a", "/feed")
    assert (report.changed, report.unchanged) == ([run.id("/a")], [run.id("/b")])
    assert sorted(run("/a", "/feed").unchanged) == [run.id("/a"), run.id("/b")]


def test_an_article_of_a_file_keeps_its_id_beside_a_page_of_the_same_name(
    tmp_path: Path, run: Run, site: Website
) -> None:
    file = tmp_path / "n.jsonl"
    file.write_text(json.dumps({"id": run.id("/a"), "text": "A sentence of a file."}))
    build(run.folder, [file], encoder=run.encoder)
    (added,) = run("/a").added
    assert added.startswith(run.id("/a") + "-")
    assert len(Library(run.folder).articles()) == 2


def test_a_stopped_visitor_leaves_what_it_had_indexed_and_the_feed_to_be_followed(run: Run, site: Website) -> None:
    def stop() -> bool:
        return keep.head(run.folder, site.url("/a")) is not None

    visitor = Visitor(Limits(pause=0.0), allow_private=True, stop=stop)
    report = build(run.folder, [], urls=[site.url("/feed")], visitor=visitor, encoder=run.encoder)
    assert report.added == [run.id("/a")] and "/b" not in site.paths()
    assert run().added == [run.id("/b")]


def test_ctrl_c_keeps_what_was_fetched(run: Run, site: Website) -> None:
    def interrupt(progress: Progress) -> None:
        if progress == Progress("fetch", 1, 2):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(on_progress=interrupt)
    assert Library(run.folder).waiting() == 1
    assert keep.read(run.folder, site.url("/a")) is not None
    report = run()
    assert sorted(report.added) == [run.id("/a"), run.id("/b")]
    assert sound(run.folder)


def test_progress_counts_pages_and_goes_forward_to_the_end(run: Run) -> None:
    seen: list[Progress] = []
    run("/c", "/feed", "/none", on_progress=seen.append)
    steps = [(one.done, one.total) for one in seen if one.stage == "fetch"]
    assert steps == sorted(steps)
    assert steps[0] == (0, 3) and steps[-1] == (4, 4)


def test_a_page_that_breaks_later_keeps_its_article(run: Run, site: Website) -> None:
    run("/a")
    site.put("/a", b"<html><body>Menu</body></html>")
    report = run("/a")
    assert len(report.skipped) == 1 and report.failed == []
    assert run.articles() == ["Story a"]


# -- feeds that a page names ------------------------------------------------------------------------------------------


def name_feeds(site: Website, path: str, *hrefs: str, page: bytes | None = None) -> None:
    """A page with an etag that names these feeds; with an article on it, unless other bytes are given."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{href}">' for href in hrefs)
    body = (page or article(f"Story {path}")).replace(b"</head>", f"{links}</head>".encode())
    site.put(path, body, headers={"etag": f'"{path} {len(hrefs)}"'})


def test_a_page_that_was_given_is_added_and_its_feed_is_named_and_not_asked_for(run: Run, site: Website) -> None:
    name_feeds(site, "/news/a", "../feed#top")
    report = run("/news/a")
    assert (report.added, report.skipped) == ([run.id("/news/a")], [])
    assert report.feeds == [(site.url("/news/a"), [site.url("/feed")])]
    assert run.asked() == ["/news/a"]


def test_a_page_that_is_as_it_was_still_has_its_feed(run: Run, site: Website) -> None:
    name_feeds(site, "/a", "/feed")
    run("/a")
    report = run("/a")
    assert (report.unchanged, report.feeds) == ([run.id("/a")], [(site.url("/a"), [site.url("/feed")])])


def test_the_feed_of_a_redirected_page_starts_from_where_the_page_is(run: Run, site: Website) -> None:
    name_feeds(site, "/deep/a", "feed")
    site.redirect("/short", "/deep/a")
    assert run("/short").feeds == [(site.url("/short"), [site.url("/deep/feed")])]


def test_a_front_page_of_menus_names_its_feed_beside_the_reason_why_it_is_skipped(run: Run, site: Website) -> None:
    name_feeds(site, "/", "/feed", page=b"<html><head></head><body><a href='/a'>A</a></body></html>")
    report = run("/")
    assert report.skipped == [(site.url("/"), "no article was found on the page, only its menus")]
    assert report.feeds == [(site.url("/"), [site.url("/feed")])]


def test_a_feed_that_is_followed_already_is_not_named(run: Run, site: Website) -> None:
    name_feeds(site, "/a", "/feed", "/other")
    other = [(site.url("/a"), [site.url("/other")])]
    assert run("/a", "/feed").feeds == other
    assert run("/a").feeds == other


def test_three_feeds_are_named_at_most_and_none_of_pages_behind_a_feed(run: Run, site: Website) -> None:
    name_feeds(site, "/a", *(f"/feed{number}" for number in range(5)))
    assert run("/a").feeds == [(site.url("/a"), [site.url(f"/feed{number}") for number in range(3)])]
    assert run("/feed").feeds == []


def test_a_page_that_is_gone_names_nothing(run: Run, site: Website) -> None:
    name_feeds(site, "/a", "/feed")
    run("/a")
    site.put("/a", b"", status=410)
    assert run("/a").feeds == []


def test_the_command_line_says_which_feed_a_page_has(tmp_path: Path, site: Website, encoder: Encoder) -> None:
    name_feeds(site, "/a", "/\x1b[31m", "/feed?a=1&amp;b=2")
    given = ("index", site.url("/a"), "--allow-private", "--library", str(tmp_path / "library"))
    feed = site.url("/feed?a=1&b=2")
    sentence = f"This page has a feed: {feed}; add that address to follow it."
    assert footnote(*given).stdout.splitlines()[1:] == [f"  {site.url('/a')}: {sentence}"]
    assert json.loads(footnote(*given, "--json").stdout)["feeds"] == [{"page": site.url("/a"), "feeds": [feed]}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("https://x.example/a", True), ("HTTP://x", True), ("ftp://x/a", True), ("articles/", False), ("a:b.txt", False),
     ("//x/a", False), ("é://x", False)],
)  # fmt: skip
def test_an_address_is_told_from_a_path(text: str, expected: bool) -> None:
    assert is_address(text) is expected


def test_an_error_of_reading_never_passes_by_itself() -> None:
    from indexes.errors import UnreadableInput
    from indexes.gather import document

    found = document(Page("https://x.example/a", "https://x.example/a", b"", "text/html"))
    assert isinstance(found, UnreadableInput) and not passing(found)


def test_the_command_line_takes_addresses_among_paths(tmp_path: Path, site: Website, encoder: Encoder) -> None:
    (tmp_path / "one.txt").write_text("A sentence about a lamp in the harbour.")
    library = str(tmp_path / "library")
    inputs = (str(tmp_path / "one.txt"), site.url("/a"))
    done = footnote("index", *inputs, "--allow-private", "--library", library, "--json")
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(done.stdout)["added"]) == [f"127.0.0.1:{site.port}/a", "one"]
    refused = footnote("index", site.url("/a"), "--library", library)
    assert refused.returncode == 1
    assert "private" in refused.stdout and "Traceback" not in refused.stderr
