"""The page of a session's conversations, and the page that a link to one answer opens.

    talks_page(Talks(…))      list, search, and for each: open, rename, delete
    sure_page                 is really everything to be deleted?
    answer_page(exchange)     one question with its answer, to be read, and asked again

Plain links and forms: everything works without script. Knows nothing of servers, sessions or how a change is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from page import render
from page.again import at_least
from page.article import plain_page
from page.shelf import MOST_WORDS, STYLE, paged
from page.talks import KEPT_ASIDE, KEPT_CONVERSATIONS, KEPT_DAYS, LONGEST_NAME
from page.text import day, esc, label, name
from page.types import Conversation, Exchange

HEAD = f'{STYLE}<link rel="stylesheet" href="/page/answer.css"><link rel="stylesheet" href="/page/past.css">'
UNNAMED = "Without a name"
HERE = "/conversations"


@dataclass(frozen=True, slots=True)
class Talks:
    """A list as it is shown. found: those that hold the words, all where none are asked for; total: how many there are;
    removed: what can be brought back; token: goes with every form."""

    found: Sequence[Conversation]
    total: int
    words: str = ""
    page: int = 1
    removed: Conversation | None = None
    token: str = ""


def talks_page(talks: Talks) -> str:
    """The list, or what to do where it is empty."""
    rows = paged(
        talks.found, talks.page, lambda one: row(one, talks.token), lambda n: href(talks.words, n), "list talks"
    )
    table = rows or empty_html(talks)
    content = (
        f'<section class="reading past"><h1>Conversations</h1>{undo_html(talks)}{search_html(talks)}'
        f'<p class="byline" role="status">{count_html(talks)}</p>{table}{all_html(talks)}</section>'
    )
    return plain_page("Conversations", content, HEAD, HERE)


def row(one: Conversation, token: str) -> str:
    """One conversation in the list, and what can be done with it."""
    known = esc(label(one.name) or UNNAMED)
    last = f'<p class="last" dir="auto">{esc(one.last)}</p>' if one.last else ""
    return (
        f'<li>{form(one.id, "open", token)}<button class="name" dir="auto">{known}</button></form>{last}'
        f'<p class="byline">{about(one)}</p><div class="acts"><details><summary aria-label="Rename: {known}">Rename'
        f'</summary>{form(one.id, "rename", token)}<label>Name<input name="name" value="{esc(label(one.name))}" '
        f'maxlength="{LONGEST_NAME}" dir="auto" autocomplete="off"></label><button>Save</button></form></details>'
        f'{form(one.id, "remove", token)}<button aria-label="Delete: {known}">Delete</button></form></div></li>'
    )


def about(one: Conversation) -> str:
    """3 questions · 24 March 2021 · Open now."""
    parts = [f"{one.questions:,} question" + ("" if one.questions == 1 else "s")]
    parts.append(day(datetime.fromtimestamp(one.asked, UTC).isoformat()))
    parts += ['<span class="now">Open now</span>'] if one.current else []
    return render.DOT.join(parts)


def search_html(talks: Talks) -> str:
    """The form to find one again."""
    if not talks.total:
        return ""
    return (
        f'<form class="find one" role="search" action="{HERE}" method="get"><label class="words">Words in names, '
        f'questions and answers<input type="search" name="q" value="{esc(talks.words)}" maxlength="{MOST_WORDS}" '
        'dir="auto"></label><button>Show</button></form>'
    )


def count_html(talks: Talks) -> str:
    """ "2 of 14 conversations · Show all"."""
    if not talks.total:
        return ""
    said = f"{len(talks.found):,} of " if talks.words else ""
    said += f"{talks.total:,} conversation" + ("" if talks.total == 1 else "s")
    return f'{said} · <a href="{HERE}">Show all</a>' if talks.words else said


def empty_html(talks: Talks) -> str:
    """Why the list is empty, and what to do."""
    if talks.total:
        return "<p>No conversation here has all of these words. Try fewer of them, or another form of one.</p>"
    return '<p>There are no conversations yet. <a href="/">Ask something</a>; what you ask is kept here.</p>'


def undo_html(talks: Talks) -> str:
    """What was deleted last, while it can be brought back."""
    if talks.removed is None:
        return ""
    known = name(talks.removed.name) if label(talks.removed.name) else UNNAMED
    return (
        f"{form(talks.removed.id, 'undo', talks.token, 'change undo')}<p>{known} was deleted. It can be brought back "
        f"for {KEPT_ASIDE / 60:.0f} minutes, until another is deleted.</p><button>Bring it back</button></form>"
    )


def all_html(talks: Talks) -> str:
    """What is kept, and the way to keep nothing."""
    if not talks.total and talks.removed is None:
        return ""
    return (
        f'<p class="kept">Kept for this browser alone, {KEPT_DAYS} days after the last question, at most '
        f'{KEPT_CONVERSATIONS}. <a href="{HERE}/delete">Delete all…</a></p>'
    )


def sure_page(total: int, token: str) -> str:
    """The question before everything is deleted."""
    what = "the one conversation" if total == 1 else f"all {total:,} conversations"
    content = (
        f'<section class="reading past"><h1>Delete {what}?</h1><p>The questions, the answers and the links to them are '
        f'gone at once, and cannot be brought back. The articles stay.</p><div class="sure">'
        f'<form class="change" action="{HERE}/delete" method="post">{hidden(token)}<button>Delete all</button></form>'
        f'<a href="{HERE}">Keep them</a></div></section>'
    )
    return plain_page("Delete all conversations", content, HEAD, f"{HERE}/")


def href(words: str, number: int) -> str:
    """The address of a page of the list. Not escaped yet."""
    values = {"q": words, "page": str(number) if number > 1 else ""}
    query = urlencode({key: value for key, value in values.items() if value})
    return f"{HERE}?{query}" if query else HERE


def form(conversation: str, action: str, token: str, kind: str = "") -> str:
    """The opening of a form that does something with one conversation."""
    where = f"{HERE}/{esc(conversation)}/{action}"
    return f'<form class="{kind or action}" action="{where}" method="post">{hidden(token)}'


def hidden(token: str) -> str:
    """What tells our own forms from others'."""
    return f'<input type="hidden" name="token" value="{esc(token)}">'


def answer_page(exchange: Exchange) -> str:
    """One question and its answer, with what it stands on and when it was asked."""
    question = label(exchange.answer.standalone) or exchange.question.strip()
    again = esc(f"/?{urlencode({'q': question})}")
    content = (
        f'<article class="reading told"><header><h1 dir="auto">{esc(exchange.question.strip())}</h1>'
        f'<p class="byline">{asked_html(exchange)}</p></header><div class="answer">{render.answer_html(exchange)}</div>'
        f'<p class="ways"><a class="button" href="{again}">Ask this again</a></p></article>'
    )
    return plain_page(label(exchange.question), content, HEAD, f"{HERE}/")


def asked_html(exchange: Exchange) -> str:
    """When it was asked, how it was understood, and among which articles."""
    standalone, filters = label(exchange.answer.standalone), exchange.filters
    parts = [f"Asked on {moment(exchange.asked)}"] if exchange.asked else []
    if standalone and standalone.casefold() != label(exchange.question).casefold():
        parts.append(f"Understood as: <q>{name(standalone)}</q>")
    among = [name(one) for one in (*filters.sources, *exchange.answer.scope, exchange.only) if one]
    among += [f"from {day(filters.after)}"] if filters.after else []
    among += [f"until {day(filters.before)}"] if filters.before else []
    parts += [f"Only {', '.join(among)}"] if among else []
    parts += [at_least(exchange.least).capitalize()] if exchange.least is not None else []
    return render.DOT.join(parts)


def moment(iso: str) -> str:
    """2021-03-24T14:05:00+00:00 as 24 March 2021, 14:05 UTC; anything else as it is."""
    try:
        when = datetime.fromisoformat(iso).astimezone(UTC)
    except (ValueError, OverflowError):
        return name(iso)
    return f"{day(when.isoformat())}, {when:%H:%M} UTC"
