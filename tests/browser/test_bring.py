"""Articles brought in from the page, and asked about in the chat that was running all the while."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import Window, served

pytestmark = pytest.mark.browser

Open = Callable[..., Window]
TEXT = "The lighthouse of Zembla was painted green in April 2024. Its keeper, Ada Finch, chose the shade herself."


@pytest.fixture(scope="module")
def own(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over a copy of the samples, which the tests may change."""
    folder = tmp_path_factory.mktemp("bring") / "library"
    shutil.copytree(library, folder)
    with served("-m", "qa.cli", "serve", "--library", str(folder), "--port", "0") as url:
        yield url


def test_a_pasted_text_answers_in_the_running_chat(window: Open, own: str) -> None:
    seen = window(own)
    seen.open()
    seen.ask("When was the lighthouse of Zembla painted green?")
    assert seen.page.locator("#live .refusal").is_visible()
    other = window(own)
    other.page.goto(f"{own}/add")
    other.page.fill("textarea[name=text]", TEXT)
    other.page.fill("form.text input[name=title]", "A green lighthouse")
    other.page.click("form.text button")
    other.page.wait_for_selector("#work[data-state=done]", timeout=90_000)
    assert "A green lighthouse" in other.text("#work")
    seen.ask("When was the lighthouse of Zembla painted green?")
    assert "April 2024" in seen.text("#live .prose")


def test_a_file_is_dropped_in_and_what_cannot_be_read_is_named(window: Open, own: str, tmp_path: Path) -> None:
    good, bad = tmp_path / "tower.md", tmp_path / "<b>not text.pdf"
    good.write_text("---\ntitle: The tower of Ashby\n---\nThe tower of Ashby is 88 metres high.", encoding="utf-8")
    bad.write_bytes(b"%PDF-1.4 nothing")
    seen = window(own, viewport={"width": 360, "height": 760})
    seen.page.goto(f"{own}/add")
    seen.page.set_input_files("input[type=file]", [good, bad])
    seen.page.click("form.files button")
    seen.page.wait_for_selector("#work[data-state=done]", timeout=90_000)
    assert "The tower of Ashby" in seen.text("#work") and "not text.pdf" in seen.text("#work")
    assert seen.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
