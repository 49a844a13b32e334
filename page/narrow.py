"""What a person narrows a question to before it is asked: sources, dates, one article. Knows nothing of Gradio."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from indexes.errors import QuestionError
from indexes.types import Article
from page.text import name
from page.types import Library
from qa.types import Filters

NOT_HERE = "That article is not in this library; it may have been removed. Questions are asked of all articles."
GONE = "The article that questions are narrowed to is no longer in this library. Press × beside it to ask all articles."


def filters_from(sources: Sequence[str] | None, after: str, before: str, article: str = "") -> Filters:
    """The filters as they were filled in. article: the id of the only one. Raises QuestionError for a date that is
    none."""
    articles = (article,) if article else ()
    return Filters(tuple(sources or ()), articles, iso_day(after, "From"), iso_day(before, "Until"))


def iso_day(text: str, what: str) -> str:
    """A day such as 2021-03-24; anything else is said to be none."""
    text = (text or "").strip()
    if not text:
        return ""
    parts = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    try:
        if parts:
            return date(*(int(part) for part in parts.groups())).isoformat()
    except ValueError:
        pass
    raise QuestionError(f"“{what}” needs a date such as 2021-03-24.")


def title_of(library: Library, article_id: str) -> str:
    """What the only article is called; "" where none was chosen. Raises QuestionError where it is gone."""
    if not article_id:
        return ""
    article = library.article(article_id)
    if article is None:
        raise QuestionError(GONE)
    return article.title or article.id


def only_html(article: Article) -> str:
    """The chip above the box; the page's script takes it away."""
    does = 'aria-label="Ask all articles again" title="Ask all articles again"'
    drop = f'<button type="button" class="drop" data-widen="true" {does}>×</button>'
    return f'<p class="only">Only: <span class="chip">{name(article.title or article.id)}{drop}</span></p>'
