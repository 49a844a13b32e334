"""The page for everybody: axe-core finds no serious fault in any state, the keyboard alone suffices, twice the size is
not too large, and nothing moves for who asked for that."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from page.site import Site
from tests.browser.conftest import Window, served, watch
from tests.browser.scripted import Scripted
from tests.browser.states import CHAT, FILES, SHELF, Way, bare, failed, loading, starting, with_library

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
SCHEMES = ("light", "dark")
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
ZOOMED = {"width": 640, "height": 450}  # CSS pixels of a window of 1280 × 900 at 200 %
LETTERS = 16  # pixels, of a browser as it comes
GRAVE = ("serious", "critical")
FAULTS = """grave => axe.run(document).then(found => found.violations.filter(one => grave.includes(one.impact)).flatMap(one =>
  one.nodes.map(node => [one.id, node.target.join(' '), node.html.slice(0, 160), node.failureSummary].join(' | '))))"""
# Where the keyboard is, and whether one sees it.
FOCUS = """() => { const at = document.activeElement, style = getComputedStyle(at);
  return at === document.body ? 'lost' : style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) ? 'seen' : at.outerHTML.slice(0, 200); }"""
# What is cut off: beside the window, or by a box that hides what does not fit. What lies over what: of each text the middle,
# scrolled into view, must belong to it.
CUT = """() => {
  const shown = [...document.querySelectorAll('body *')].filter(one => one.checkVisibility({ visibilityProperty: true, opacityProperty: true })
    && one.getClientRects().length && !one.closest('#errands, .sr-only, .wrap.center, svg'));
  const own = one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()) || one.matches('input, textarea, select');
  const wide = document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : [];
  const name = one => one.outerHTML.slice(0, 120);
  const beside = shown.filter(own).filter(one => { const at = one.getBoundingClientRect(); return at.left < -1 || at.right > innerWidth + 1; });
  const hides = one => ['hidden', 'clip'].includes(getComputedStyle(one).overflowX) && getComputedStyle(one).textOverflow !== 'ellipsis';
  const clipped = shown.filter(one => hides(one) && one.scrollWidth > one.clientWidth + 2 && one.clientWidth > 2 && !one.matches('input, select'));
  const covered = shown.filter(own).filter(one => {
    one.scrollIntoView({ block: 'center', behavior: 'instant' });
    const lines = one.getClientRects(), at = lines[lines.length >> 1], x = at.left + at.width / 2, y = at.top + at.height / 2;
    const top = document.elementFromPoint(x, y);
    return !top || !(top.closest('#preview') || one.contains(top) || top.contains(one) || top.closest('label')?.contains(one));
  });
  return [...wide, ...beside.map(one => 'beside: ' + name(one)), ...clipped.map(one => 'clipped: ' + name(one)),
    ...covered.map(one => 'covered: ' + name(one))]; }"""
MOVING = """() => [...document.querySelectorAll('*')].flatMap(one => ['', '::before', '::after'].map(part => {
  const style = getComputedStyle(one, part || null), long = text => text.split(',').some(each => parseFloat(each) > 0);
  const moves = (style.animationName !== 'none' && long(style.animationDuration)) || (style.transitionProperty !== 'none' && long(style.transitionDuration))
    || style.scrollBehavior === 'smooth';
  return moves ? one.outerHTML.slice(0, 100) + part : ''; })).filter(Boolean).concat(document.getAnimations().map(one => String(one.animationName)))"""
EVERY = {
    **{name: ("scripted", way) for name, way in CHAT.items()},
    **{name: ("shelf", way) for name, way in SHELF.items()},
}


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's script, as the package carries it. It is run through the debugger: no page of ours would let it in."""
    pytest.importorskip("axe_playwright_python")
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def urls(scripted: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the states of EVERY are to be had."""
    with bare(with_library(tmp_path_factory.mktemp("shelf"))) as there:
        yield {"scripted": scripted, "shelf": there.url}


def picture(page: Any, name: str) -> None:
    """For a person to look at, where FOOTNOTE_SHOTS names a folder."""
    if folder := os.environ.get("FOOTNOTE_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def check(seen: Window, way: Way, axe: str, name: str) -> None:
    """Go there, and look at it wide and narrow, light and dark. (That colours follow the system while a page is open is a
    test of its own, in test_checking.py.)"""
    way(seen)
    faults = {}
    for scheme in SCHEMES:
        seen.page.emulate_media(color_scheme=scheme)
        for size in (WIDE, NARROW):
            seen.page.set_viewport_size(size)
            seen.page.wait_for_timeout(300)  # for what fades in: a colour on its way is none to judge
            picture(seen.page, f"{name}-{scheme}-{size['width']}")
            seen.page.evaluate(axe)
            faults[f"{scheme}, {size['width']} px"] = seen.page.evaluate(FAULTS, GRAVE)
    assert {where: found for where, found in faults.items() if found} == {}


# -- axe-core ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", EVERY)
def test_axe_finds_no_serious_fault(window: Open, urls: dict[str, str], axe: str, state: str) -> None:
    where, way = EVERY[state]
    check(window(urls[where], viewport=WIDE), way, axe, state)


@pytest.mark.parametrize("state", FILES)
def test_axe_finds_no_serious_fault_in_a_file(browser: Any, axe: str, tmp_path: Path, state: str) -> None:
    make, way = FILES[state]
    context = browser.new_context(viewport=WIDE)
    check(watch(context.new_page(), make(tmp_path).as_uri()), way, axe, state)
    context.close()


def test_axe_finds_no_serious_fault_before_there_is_a_chat(window: Open, axe: str) -> None:
    site = Site(Scripted, None, "127.0.0.1")
    with bare(site) as there:
        seen = window(there.url, viewport=WIDE)
        check(seen, starting, axe, "starting")
        site.state, site.problem = "failed", "There is no library here. Make one with `footnote index`."
        check(seen, failed, axe, "failed")  # which the page finds out by itself
        seen.page.close()  # or it looks for the server when that has gone


def test_axe_finds_no_serious_fault_while_the_model_is_loaded(window: Open, axe: str, tmp_path: Path) -> None:
    with served("-m", "tests.browser.scripted", str(tmp_path), "--warm", "600") as url:
        seen = window(url, viewport=WIDE)
        check(seen, loading, axe, "loading")
        seen.page.close()  # or it looks for the server when that has gone


# -- the keyboard alone -----------------------------------------------------------------------------------------------


def press(seen: Window, key: str, wanted: str = "") -> None:
    """One key, or that key until `wanted` has the focus; on the way it is never lost, and always seen."""
    for _ in range(60 if wanted else 1):
        seen.page.keyboard.press(key)
        if seen.page.evaluate(FOCUS) != "seen":
            seen.page.wait_for_timeout(300)  # a page on its way says where the focus goes a moment later
        assert seen.page.evaluate(FOCUS) == "seen", f"after {key}, on the way to {wanted}"
        if wanted and seen.page.evaluate("one => document.activeElement.matches(one)", wanted):
            return
    assert not wanted, f"{wanted} cannot be reached with {key}"


def test_everything_is_done_with_the_keyboard_alone(window: Open, scripted: str) -> None:
    seen = window(scripted)
    seen.open()
    page = seen.page
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    page.keyboard.type("What did the repairs cost?")
    press(seen, "Enter")
    page.wait_for_selector("#live .turn")
    seen.done()
    assert page.evaluate(FOCUS) == "seen"
    # a mark: open it, read, close, open again, and on to the article and back
    press(seen, "Shift+Tab", "#live .prose .mark")
    press(seen, "Enter")
    page.wait_for_function("document.activeElement.matches('.panel-title')")
    press(seen, "Tab", ".panel .whole")
    press(seen, "Escape")
    page.wait_for_function("document.activeElement.matches('#live .prose .mark')")
    press(seen, "Enter")
    page.wait_for_function("document.activeElement.matches('.panel-title')")
    press(seen, "Tab", ".panel .whole")
    page.keyboard.press("Enter")
    page.wait_for_selector("article mark#hit")
    press(seen, "Shift+Tab", ".masthead a[href='/']")
    page.keyboard.press("Enter")
    page.wait_for_selector("#live .prose .mark")
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    # rate it
    press(seen, "Shift+Tab", "#live .thumb[data-thumb=up]")
    press(seen, "Enter")
    page.wait_for_function("document.querySelector('#live .judged')?.textContent === 'Thank you, kept.'")
    # narrow it down, and start anew
    press(seen, "Tab", "#filters > button")
    press(seen, "Enter")
    page.wait_for_function("document.querySelector('#filters > button').ariaExpanded === 'true'")
    press(seen, "Tab", "#sources input")
    press(seen, "ArrowDown")
    press(seen, "Enter")
    page.wait_for_selector("#sources .token")
    press(seen, "Escape")
    press(seen, "Tab", "#dates textarea")
    press(seen, "Tab", "#least input[type=range]")
    before = page.input_value("#least input[type=range]")
    press(seen, "ArrowRight")
    assert page.input_value("#least input[type=range]") != before
    press(seen, "Tab", "#new")
    page.keyboard.press("Enter")
    page.wait_for_selector("button.example >> visible=true")
    page.wait_for_function("document.activeElement.matches('#question textarea')")
    assert page.locator(".turn").count() == 0 and page.evaluate(FOCUS) == "seen"


# -- twice the size, and nothing that moves ---------------------------------------------------------------------------


@pytest.mark.parametrize("state", EVERY)
def test_twice_the_size_cuts_nothing_off_and_nothing_moves_for_who_asked_for_that(
    window: Open, urls: dict[str, str], state: str
) -> None:
    where, way = EVERY[state]
    seen = window(urls[where], viewport=WIDE, reduced_motion="reduce")
    letters = seen.page.context.new_cdp_session(seen.page)  # the browser's own setting; layouts in rem follow it
    letters.send("Page.setFontSizes", {"fontSizes": {"standard": 2 * LETTERS}})
    way(seen)
    seen.page.wait_for_timeout(300)
    assert seen.page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") == 2 * LETTERS
    picture(seen.page, f"{state}-twice-letters")
    faults = {"moving": seen.page.evaluate(MOVING), "letters": seen.page.evaluate(CUT)}
    letters.send("Page.setFontSizes", {"fontSizes": {"standard": LETTERS}})
    seen.page.set_viewport_size(ZOOMED)
    seen.page.evaluate("document.querySelectorAll('textarea').forEach(one => one.dispatchEvent(new Event('input')))")
    seen.page.wait_for_timeout(300)
    picture(seen.page, f"{state}-twice-window")
    faults["window"] = seen.page.evaluate(CUT)
    assert {name: found for name, found in faults.items() if found} == {}
