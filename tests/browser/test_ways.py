"""The same way around on every page: the chat, the conversations, all articles, adding some; and where one is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Window
from tests.browser.states import bare, with_library

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
WAYS = [("Footnote", "/"), ("Conversations", "/conversations"), ("All articles", "/articles"), ("Add articles", "/add")]
HEADS = {"/": "#live", "/conversations": "Conversations", "/articles": "Articles", "/add": "Add articles"}
NAMED = """() => [...document.querySelectorAll('.masthead a')].map(one => [one.ariaLabel ?? one.textContent, one.getAttribute('href')])"""
# What they look like and where they are; colours of those that do not lead here.
LOOKS = """() => [...document.querySelectorAll('.masthead, .masthead .brand, .masthead .tagline, .masthead .all')].map(one => {
  const style = getComputedStyle(one), at = one.getBoundingClientRect();
  return [style.fontFamily, style.fontSize, style.fontWeight, style.lineHeight, style.backgroundColor, style.borderBottomWidth,
    at.x, at.y, at.width, at.height]; }).concat(getComputedStyle(document.querySelector('.masthead .all:not([aria-current])')).color)"""
OUTSIDE = """() => [...document.querySelectorAll('.masthead .brand, .masthead .all')].filter(one => {
  const at = one.getBoundingClientRect();
  return !at.width || at.left < 0 || at.right > innerWidth || one.scrollWidth > one.clientWidth + 1; }).map(one => one.outerHTML)"""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages of a library on disk, and of what is added to it."""
    with bare(with_library(tmp_path_factory.mktemp("ways"))) as there:
        yield there.url


def places(seen: Window, shelf: str) -> dict[str, tuple[str, str]]:
    """Every kind of page: its address, and what is marked there. seen: a chat with one answer."""
    link = seen.page.get_attribute("#live a[data-link]", "href")
    return {
        "chat": (f"{seen.url}/", "Footnote: page"),
        "conversations": (f"{seen.url}/conversations", "Conversations: page"),
        "delete all": (f"{seen.url}/conversations/delete", "Conversations: true"),
        "one answer": (f"{seen.url}{link}", "Conversations: true"),
        "articles": (f"{shelf}/articles?q=bicycles", "All articles: page"),
        "article": (f"{shelf}/article/north%2Fharbour-1", "All articles: true"),
        "passages": (f"{shelf}/article/north%2Fharbour-1/passages", "All articles: true"),
        "add": (f"{shelf}/add", "Add articles: page"),
        "report": (f"{shelf}/add/over", "Add articles: true"),
        "progress": (f"{shelf}/add/at-work", "Add articles: true"),
        "nowhere": (f"{seen.url}/article/nowhere", ""),
    }


def asked(window: Open, url: str, **options: Any) -> Window:
    seen = window(url, **options)
    seen.open()
    seen.ask("When did the harbour bridge reopen?")
    return seen


def quiet(seen: Window, shelf: str) -> None:
    """The second server is ours too, and the page that is not there was asked for."""
    seen.faults[:] = [one for one in seen.faults if f"request: {shelf}/" not in one and "status of 404" not in one]


def picture(page: Any, name: str) -> None:
    """For a person to look at, where FOOTNOTE_SHOTS names a folder."""
    if folder := os.environ.get("FOOTNOTE_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def test_every_page_has_the_ways_of_the_chat_and_says_where_one_is(window: Open, scripted: str, shelf: str) -> None:
    seen = asked(window, scripted)
    page, looks = seen.page, None
    for name, (address, marked) in places(seen, shelf).items():
        if name != "chat":
            page.goto(address)
        assert [tuple(one) for one in page.evaluate(NAMED)] == WAYS, name
        here = page.locator(".masthead [aria-current]")
        found = [
            f"{one.get_attribute('aria-label') or one.inner_text()}: {one.get_attribute('aria-current')}"
            for one in here.all()
        ]
        assert found == [marked] * bool(marked), name
        looks = looks or page.evaluate(LOOKS)
        assert page.evaluate(LOOKS) == looks, name
        assert page.get_by_role("navigation", name="Footnote").count() == 1, name
    quiet(seen, shelf)


@pytest.mark.parametrize("start", HEADS)
def test_each_way_leads_there_from_everywhere_without_script(window: Open, scripted: str, start: str) -> None:
    with_script = asked(window, scripted)
    plain = window(scripted, java_script_enabled=start == "/")  # the chat itself needs it
    plain.page.context.add_cookies(with_script.page.context.cookies())
    for _, href in WAYS:
        plain.page.goto(scripted + start)
        plain.page.click(f".masthead a[href='{href}']")
        plain.page.wait_for_url(scripted + href)
        if href != "/":
            assert plain.page.inner_text("h1") == HEADS[href]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_all_of_them_fit_at_every_width(window: Open, scripted: str, shelf: str, width: int, scheme: str) -> None:
    seen = asked(window, scripted, viewport={"width": width, "height": 740}, color_scheme=scheme)
    seen.page.wait_for_selector("#readiness[data-state=ready]", state="attached")
    for name, (address, _) in places(seen, shelf).items():
        if name != "chat":
            seen.page.goto(address)
        assert seen.page.evaluate(OUTSIDE) == [], name
        assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        picture(seen.page, f"ways-{name.replace(' ', '-')}-{scheme}-{width}")
    quiet(seen, shelf)
