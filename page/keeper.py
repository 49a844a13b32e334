"""The routes of the library page: the list, a saved article with what is known about it, and the three changes.

    GET  /articles                 the list; a cookie remembers which articles this browser has seen
    GET  /article/ID               the article, its facts and forms below it
    GET  /article/ID/passages      its passages
    POST /article/ID/correct · /remove · /undo

A change comes from our own page alone: the guard refuses a foreign Origin, and each form carries a token that no other
page can read. Where other machines can reach the server, there is no login to tell who may change what, so nothing is
changed there. Knows nothing of how a library is written.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from indexes.edit import Aside, bring_back, correct, lately_removed, set_aside
from indexes.errors import FootnoteError, InputError, LibraryLocked
from indexes.library import Library as OnDisk
from indexes.library import words_of
from indexes.listing import Entry, entries, fold, holding, spans
from indexes.types import Article, Span
from page.about import DONE, About, about_html, as_typed, passages_page
from page.article import article_page, message, parse_also, parse_hit
from page.guard import COOKIE_DAYS, LOOPBACK, OWN_CSP
from page.shelf import STYLE, Shelf, choose, shelf_page, wish_of
from page.text import article_href
from page.types import Assistant, Library

FORM_CSP = OWN_CSP.replace("form-action 'none'", "form-action 'self'")
VISIT = 30 * 60  # seconds without a look at the list that end a visit, as web statistics count one
CORRECTED = ("title", "author", "published")
NOT_HERE = "There is no such article in this library. It may have been removed."
OTHERS = (
    "Other machines can reach this server and it has no login, so nothing can be changed here. Start `footnote serve` "
    "without --host to correct or remove articles."
)


class Keeper:
    """One per site. `assistant` gives it once it is open, `waiting` the page until then; `host` as the guard's."""

    def __init__(self, assistant: Callable[[], Assistant | None], waiting: Callable[[], Response], host: str) -> None:
        self.assistant, self.waiting = assistant, waiting
        self.token = secrets.token_urlsafe(24)
        self.fixed = "" if host.strip("[]").lower() in LOOPBACK else OTHERS
        self.lock = threading.Lock()  # two changes from this page wait for each other
        changes = {"correct": self.correct, "remove": self.remove, "undo": self.undo}
        self.routes = [
            Route("/articles", self.articles),
            *(Route(f"/article/{{id:path}}/{name}", way, methods=["POST"]) for name, way in changes.items()),
            Route("/article/{id:path}/passages", self.passages),
            Route("/article/{id:path}", self.article),
        ]

    @property
    def library(self) -> Library | None:
        """The library, once it is open."""
        assistant = self.assistant()
        return assistant.library if assistant else None

    # -- reading ------------------------------------------------------------------------------------------------------

    async def articles(self, request: Request) -> Response:
        """The list."""
        if (library := self.library) is None:
            return self.waiting()
        return await asyncio.to_thread(self.listed, library, request)

    def listed(self, library: Library, request: Request) -> Response:
        """The list of this library as the address asks for it."""
        wish, every = wish_of(request.query_params), stock(library)
        found = found_in(library, wish.words, every) if wish.words else None
        cookie = f"footnote_shelf_{hashlib.sha256(str(folder_of(library)).encode()).hexdigest()[:8]}"
        seen, value = visit(request.cookies.get(cookie, ""), max((one.key for one in every), default=0), time.time())
        chosen = choose(every, wish, found, seen)
        page = sheet(shelf_page(Shelf(every, chosen, wish, seen, aside_of(library), self.allowed(library))))
        page.set_cookie(cookie, value, COOKIE_DAYS * 86400, httponly=True, samesite="strict")
        return page

    async def article(self, request: Request) -> Response:
        """The saved article, whole."""
        done = DONE.get(request.query_params.get("done", ""), "")
        return await self.saved(request, request.path_params["id"], done=done)

    async def saved(self, request: Request, article_id: str, status: int = 200, **said: Any) -> Response:
        """An article with what is known about it; said: the fields of About that this answer is about."""
        if (library := self.library) is None:
            return self.waiting()
        article = await asyncio.to_thread(library.article, article_id)
        if article is None:
            return sheet(message("Not here", str(said.get("problem") or NOT_HERE)), 404 if status == 200 else status)
        count = len(await asyncio.to_thread(spans, library, article_id)) if isinstance(library, OnDisk) else None
        about = About(count, self.allowed(library), fixed=self.fixed, **said)
        return sheet(await asyncio.to_thread(whole, article, request, about), status)

    async def passages(self, request: Request) -> Response:
        """Where its passages lie. An article whose own id ends with this name comes first."""
        if (library := self.library) is None:
            return self.waiting()
        article_id = request.path_params["id"]
        if await asyncio.to_thread(library.article, f"{article_id}/passages"):
            return await self.saved(request, f"{article_id}/passages")
        article = await asyncio.to_thread(library.article, article_id)
        if article is None or not isinstance(library, OnDisk):
            return sheet(message("Not here", NOT_HERE), 404)
        places = await asyncio.to_thread(spans, library, article_id)
        return sheet(passages_page(article, places, wish_of(request.query_params).page))

    # -- changing -----------------------------------------------------------------------------------------------------

    async def correct(self, request: Request) -> Response:
        """Title, author and date from the form; on a problem the form comes back as it was filled in."""
        sent = await form_of(request)
        typed = {key: value for key, value in sent.items() if key in CORRECTED}
        return await self.change(request, partial(correct_typed, typed), "saved", typed)

    async def remove(self, request: Request) -> Response:
        """Out of the library, kept aside for a while."""
        return await self.change(request, set_aside, "")

    async def undo(self, request: Request) -> Response:
        """Back into the library."""
        return await self.change(request, bring_back, "back")

    async def change(
        self, request: Request, work: Callable[[Path, str], Article], done: str, typed: dict[str, str] | None = None
    ) -> Response:
        """Do the work under the writer's lock, then lead to where it can be seen; or say why not."""
        article_id, library = request.path_params["id"], self.library
        if library is None:
            return self.waiting()
        given = (await form_of(request)).get("token", "")
        if not self.allowed(library):
            return sheet(message("Not here", self.fixed or "This library cannot be changed."), 403)
        if not hmac.compare_digest(given.encode(), self.token.encode()):
            stale = "This form is from before Footnote was started again. Open the article again and repeat the change."
            return await self.saved(request, article_id, 403, problem=stale, typed=typed or {})
        try:
            await asyncio.to_thread(self.locked, work, folder_of(library), article_id)
        except FootnoteError as error:
            status = 400 if isinstance(error, InputError) else 409 if isinstance(error, LibraryLocked) else 500
            return await self.saved(request, article_id, status, problem=str(error), typed=typed or {})
        there = f"{article_href(article_id)}?done={done}#about" if done else "/articles"
        return RedirectResponse(there, 303, {"content-security-policy": FORM_CSP, "cache-control": "no-store"})

    def locked(self, work: Callable[[Path, str], Article], folder: Path, article_id: str) -> Article:
        """One change at a time."""
        with self.lock:
            return work(folder, article_id)

    def allowed(self, library: Library) -> str:
        """The token for forms, or "" where nothing may be changed."""
        return self.token if not self.fixed and isinstance(library, OnDisk) else ""


def places_of(request: Request, article: Article) -> tuple[Span | None, list[Span]]:
    """(the place that the address asks for, the others that the same answer cites)."""
    asked, length = request.query_params, len(article.text)
    hit = parse_hit(asked.get("s"), asked.get("e"), length)
    return hit, parse_also(asked.getlist("also"), hit, length)


def whole(article: Article, request: Request, about: About) -> str:
    """The page of one article; without forms where there is no token for them."""
    hit, also = places_of(request, article)
    below = about_html(article, about) if about.token or about.fixed else ""
    return article_page(article, hit, below, STYLE, also)


def stock(library: Library) -> list[Entry]:
    """Every article without its text; a library that is not on disk is asked for whole ones."""
    if isinstance(library, OnDisk):
        return entries(library)
    every = enumerate(library.articles(), 1)
    return [Entry(key, one.id, one.title, one.author, one.published, one.source) for key, one in every]


def found_in(library: Library, words: str, every: list[Entry]) -> set[int]:
    """Keys of the articles that hold every word."""
    if isinstance(library, OnDisk):
        return holding(library, words, every)
    texts = {one.id: fold(f"{one.title} {one.source} {one.author} {one.text}") for one in library.articles()}
    asked = [fold(word) for word in words_of(words)]
    return {one.key for one in every if asked and all(word in texts.get(one.id, "") for word in asked)}


def aside_of(library: Library) -> Aside | None:
    """What was removed last and can be brought back."""
    return lately_removed(library) if isinstance(library, OnDisk) else None


def folder_of(library: Library) -> Path:
    """Where it lies."""
    return library.folder if isinstance(library, OnDisk) else Path()


def visit(cookie: str, highest: int, now: float) -> tuple[int, str]:
    """(highest key seen before this visit, the cookie's next value: seen before · seen by now · when). To a browser
    that comes for the first time nothing is new."""
    match = re.fullmatch(r"(\d{1,18})-(\d{1,18})-(\d{1,12})", cookie, re.ASCII)
    before, by_now, when = map(int, match.groups()) if match else (highest, highest, 0)
    if now - when > VISIT:
        before = by_now
    before = min(before, highest)  # a library made anew counts from 1 again
    return before, f"{before}-{highest}-{int(now)}"


def correct_typed(typed: dict[str, str], folder: Path, article_id: str) -> Article:
    """Correct what somebody changed in the form; a line sent back as it was shown leaves the article as it is."""
    now = OnDisk(folder).article(article_id)
    changed = {key: value for key, value in typed.items() if now and value != as_typed(getattr(now, key))}
    return correct(folder, article_id, changed.get("title"), changed.get("author"), changed.get("published"))


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that was sent; {} for anything else."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=16))
    except ValueError:
        return {}


def sheet(html: str, status: int = 200) -> HTMLResponse:
    """A page of ours: no script at all, forms to ourselves alone."""
    return HTMLResponse(html, status, {"content-security-policy": FORM_CSP, "cache-control": "no-store"})
