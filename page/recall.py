"""The routes of what was asked before: the session's conversations, and one answer under its link.

    GET  /conversations            the list
    GET  /conversations/delete     is everything to be deleted? POST: it is
    POST /conversations/ID/open · /rename · /remove · /undo
    GET  /answer/ID                one answer, for whoever has the link

A session sees and changes its own conversations alone; whatever is not there and whatever is another's get the same
page. A change comes from our own page: the guard refuses a foreign Origin, and each form carries the session's token.
Knows nothing of how conversations are kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from page.article import message
from page.desk import Desk
from page.guard import session_of
from page.keeper import FORM_CSP, form_of, sheet
from page.past import HERE, Talks, answer_page, sure_page, talks_page
from page.shelf import Wish, wish_of

ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
NOT_HERE = "There is nothing under this address. It may have been deleted."
STALE = (
    "This form is from before Footnote was started again, or from another browser. Open the conversations again and "
    "repeat the change."
)

Change = Callable[[Desk, str, str, dict[str, str]], bool]


class Recall:
    """One per site. desk: where the conversations are, None until there is one; waiting: the page until then."""

    def __init__(self, desk: Callable[[], Desk | None], waiting: Callable[[], Response]) -> None:
        self._desk, self._waiting = desk, waiting
        self._secret = secrets.token_bytes(32)
        self.routes = [
            Route(HERE, self.listed),
            Route(f"{HERE}/delete", self.sure, methods=["GET"]),
            Route(f"{HERE}/delete", self.remove_all, methods=["POST"]),
            *(Route(f"{HERE}/{{id}}/{name}", self.changing(name), methods=["POST"]) for name in CHANGES),
            Route("/answer/{id}", self.answer),
            Route(f"{HERE}/{{rest:path}}", self.not_here),
            Route("/answer/{rest:path}", self.not_here),
        ]

    async def listed(self, request: Request) -> Response:
        """The session's conversations, as the address asks for them."""
        if (desk := self._desk()) is None:
            return self._waiting()
        session, wish = session_of(request.scope) or "", wish_of(request.query_params)
        return sheet(await asyncio.to_thread(self.page, desk, session, wish))

    def page(self, desk: Desk, session: str, wish: Wish) -> str:
        """The list. Looks through every answer of the session where words are asked for."""
        every = desk.history.conversations(session)
        found = desk.history.conversations(session, wish.words) if wish.words else every
        removed = desk.history.removed(session)
        return talks_page(Talks(found, len(every), wish.words, wish.page, removed, self.token(session)))

    async def sure(self, request: Request) -> Response:
        """The question before everything is deleted."""
        if (desk := self._desk()) is None:
            return self._waiting()
        session = session_of(request.scope) or ""
        return sheet(sure_page(len(desk.history.conversations(session)), self.token(session)))

    async def answer(self, request: Request) -> Response:
        """One answer under its link."""
        if (desk := self._desk()) is None:
            return self._waiting()
        asked = request.path_params["id"]
        found = await asyncio.to_thread(desk.history.answer, asked) if ID.fullmatch(asked) else None
        page = sheet(answer_page(found)) if found else nothing()
        page.headers["x-robots-tag"] = "noindex"  # a link that got out is not to be found by searching
        return page

    async def remove_all(self, request: Request) -> Response:
        """Every conversation of the session."""
        return await self.change(request, removed_all, HERE)

    def changing(self, name: str) -> Callable[[Request], object]:
        """The handler of one change."""
        work, there = CHANGES[name]

        async def handler(request: Request) -> Response:
            return await self.change(request, work, there)

        return handler

    async def change(self, request: Request, work: Change, there: str) -> Response:
        """Do the work for the session, then lead to where it can be seen; or say why not."""
        if (desk := self._desk()) is None:
            return self._waiting()
        session, sent = session_of(request.scope), await form_of(request)
        if not session or not hmac.compare_digest(sent.get("token", "").encode(), self.token(session).encode()):
            return sheet(message("Nothing was changed", STALE), 403)
        asked = request.path_params.get("id", "")
        if not await asyncio.to_thread(work, desk, session, asked, sent):
            return nothing()
        return RedirectResponse(there, 303, {"content-security-policy": FORM_CSP, "cache-control": "no-store"})

    async def not_here(self, request: Request) -> Response:
        """Any other address."""
        return nothing()

    def token(self, session: str) -> str:
        """What the forms of one session carry."""
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()


def opened(desk: Desk, session: str, conversation: str, sent: dict[str, str]) -> bool:
    """Onto the page with it."""
    return desk.open(session, conversation)


def renamed(desk: Desk, session: str, conversation: str, sent: dict[str, str]) -> bool:
    """The name that was typed; nothing typed brings back the first question."""
    return desk.history.rename(session, conversation, sent.get("name", ""))


def removed(desk: Desk, session: str, conversation: str, sent: dict[str, str]) -> bool:
    """Deleted, for a while to be brought back."""
    return desk.remove(session, conversation)


def undone(desk: Desk, session: str, conversation: str, sent: dict[str, str]) -> bool:
    """Brought back."""
    return desk.history.bring_back(session, conversation)


def removed_all(desk: Desk, session: str, conversation: str, sent: dict[str, str]) -> bool:
    """All deleted, for good."""
    desk.remove_all(session)
    return True


CHANGES: dict[str, tuple[Change, str]] = {  # what is done, and where it leads
    "open": (opened, "/"),
    "rename": (renamed, HERE),
    "remove": (removed, HERE),
    "undo": (undone, HERE),
}


def nothing() -> Response:
    """The same page for what never was, what is gone, and what is another's."""
    return sheet(message("Not here", NOT_HERE), 404)
