"""An evidence file that a stranger filled, opened in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa.export import html
from tests.browser.conftest import watch
from tests.test_export import ALL, ATTACKS, hostile, seen

pytestmark = pytest.mark.browser


def test_a_browser_opens_a_hostile_file_without_a_word_out(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "evidence.html"
    exchanges = [one for attack in ALL.values() for one in hostile(attack)]
    file.write_text(html(exchanges, title="".join(ALL.values()), settings=dict.fromkeys(ALL.values(), "x")))
    context = browser.new_context()
    window = watch(context.new_page(), file.as_uri())
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    window.page.goto(file.as_uri())
    assert window.page.locator("form, input, img, svg, iframe, video, math, template, button").count() == 0
    assert window.page.locator("blockquote").count() == len(ALL)
    assert [url for url in asked if not url.startswith(("data:", file.as_uri()))] == []
    body = " ".join(window.page.inner_text("body").split())
    assert all(seen(attack) in body for attack in ATTACKS.values())
    context.close()
    assert window.faults == []
