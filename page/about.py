"""What is known about one saved article, below its text: facts, a form to correct it, a button to remove it; and its
passages, on a page of their own.

Folded away until asked for, plain links and forms. Knows nothing of how a change is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from indexes.edit import KEPT
from indexes.types import Article, Span
from page.article import original, plain_page, title_of
from page.shelf import PER_PAGE, STYLE, form, page_of, pager
from page.text import BIDI, BROKEN, article_href, esc, label, name

DONE = {"saved": "Saved.", "back": "Brought back."}


@dataclass(frozen=True, slots=True)
class About:
    """What is shown below an article. passages: how many, None where nobody can say; typed: a form to show again;
    problem, done: a sentence each, or ""; fixed: why nothing can be changed, or ""."""

    passages: int | None = None
    token: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    done: str = ""
    fixed: str = ""


def about_html(article: Article, about: About) -> str:
    """Metadata, correction and removal, folded away until asked for."""
    said = f'<p class="trouble" role="alert">{esc(about.problem)}</p>' if about.problem else ""
    said += f'<p class="done" role="status">{esc(about.done)}</p>' if about.done else ""
    change = f"<p>{esc(about.fixed)}</p>" if about.fixed else correct_html(article, about) + remove_html(article, about)
    return (
        f'<details class="about" id="about"{" open" if said else ""}><summary>About this article</summary>{said}'
        f"{facts_html(article, about)}{change}</details>"
    )


def facts_html(article: Article, about: About) -> str:
    """What the library holds of it; what it does not hold is left out."""
    outside = sum(end - start for start, end in article.leftovers)
    href = esc(article_href(article.id) + "/passages")
    facts = {
        "Title": label(article.title) and name(article.title),
        "Author": label(article.author) and name(article.author),
        "Published": label(article.published) and name(article.published),
        "Source": label(article.source) and name(article.source),
        "Address": label(article.url) and f"{name(article.url)} {original(article)}",
        "Photograph": label(article.credit) and name(article.credit),
        "Id": name(article.id),
        "Length": f"{len(article.text):,} characters",
        "Left out": f"{outside:,} characters that belong to the saved page, never quoted" if outside else "",
        "SHA-256": f"<code>{article.fingerprint}</code>",
        "Passages": ""
        if about.passages is None
        else f'{about.passages:,} · <a href="{href}">Show where each begins and ends</a>',
    }
    rows = "".join(f"<dt>{term}</dt><dd>{value}</dd>" for term, value in facts.items() if value)
    return f'<dl class="facts">{rows}</dl>'


def correct_html(article: Article, about: About) -> str:
    """The form for title, author and date."""
    now = {"title": article.title, "author": article.author, "published": article.published, **about.typed}
    return (
        f"{form(article.id, 'correct', about.token)}<h2>Correct it</h2>"
        f"{line('Title', 'title', now['title'])}{line('Author', 'author', now['author'])}"
        f"{line('Date', 'published', now['published'], 'as 2021-03-24')}"
        "<p>What you write here stays when the file is indexed again. The text never changes, so citations stay true."
        "</p><button>Save</button></form>"
    )


def line(title: str, key: str, value: str, hint: str = "") -> str:
    """One line to type in."""
    return (
        f'<label>{title}<input name="{key}" value="{esc(as_typed(value))}" dir="auto" maxlength="300" '
        f'autocomplete="off" placeholder="{hint}"></label>'
    )


def as_typed(value: str) -> str:
    """A value as its line shows it, and sends it back where nobody touched it."""
    return BIDI.sub("", BROKEN.sub("\ufffd", " ".join(value.split())))


def remove_html(article: Article, about: About) -> str:
    """The button that removes it."""
    return (
        f"{form(article.id, 'remove', about.token)}<h2>Remove it</h2><p>It leaves the library, and answers no longer "
        f"quote it. For {KEPT / 60:.0f} minutes it can be brought back. Its file stays where it is, and the next "
        "<code>footnote index</code> over that file reads it again.</p><button>Remove this article</button></form>"
    )


def passages_page(article: Article, spans: Sequence[Span], number: int) -> str:
    """Each passage with its offsets; the offsets lead to the words in the article."""
    number = page_of(number, len(spans))
    href = article_href(article.id)
    rows = "".join(
        f'<li><p class="byline"><a href="{esc(article_href(article.id, start, end))}">characters {start:,}–{end:,}</a>'
        f' · {end - start:,} long</p><p dir="auto">{esc(article.text[start:end])}</p></li>'
        for start, end in spans[(number - 1) * PER_PAGE : number * PER_PAGE]
    )
    count = f"{len(spans):,} passage" + ("" if len(spans) == 1 else "s")
    content = (
        f'<section class="reading passages"><header><h1 dir="auto">{title_of(article)}</h1><p class="byline">{count}, '
        f"each searched under “{name(article.header)}”</p>"
        f'<p class="ways"><a href="{esc(href)}">The whole article</a></p></header>'
        f'<ol start="{(number - 1) * PER_PAGE + 1}">{rows}</ol>'
        f"{pager(number, len(spans), lambda n: f'{href}/passages?page={n}')}</section>"
    )
    return plain_page(f"Passages of {label(article.title or article.id)}", content, STYLE, "/articles/")
