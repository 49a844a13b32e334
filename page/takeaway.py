"""What a reader takes along from the conversation: a file of evidence, an answer as text, and where to go on.

    /export/html, /export/md    the conversation with its quotes, their places and hashes; `footnote verify` checks it
    /copy?turn=2&id=…           one answer with its footnotes, for the clipboard
    /suggest?turn=2&id=…        questions that lead on, each checked before it is named

Only ever the browser's own conversation, and where an id is given, only the answer that has it: another page of
the same browser may have gone on to another conversation. Knows nothing of how a file looks (`qa/export.py`) or a
question is found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from page.desk import Desk
from page.guard import session_of
from page.types import Exchange
from qa.evidence import Exported
from qa.export import html, markdown, plain

KINDS = {"html": "text/html", "md": "text/markdown"}
FRESH = {"cache-control": "no-store"}
SUGGESTED = 3


class Takeaway:
    """The routes. desk: where the conversations are, None until there is one."""

    def __init__(self, desk: Callable[[], Desk | None]) -> None:
        self._desk = desk
        self.routes = [
            Route("/export/{kind}", self.export),
            Route("/copy", self.copy),
            Route("/suggest", self.suggest),
        ]

    async def export(self, request: Request) -> Response:
        """The whole conversation as a file to keep."""
        desk, exchanges = self._desk(), self._own(request)
        kind = request.path_params["kind"]
        if desk is None or not exchanges or kind not in KINDS:
            return PlainTextResponse("There is no conversation to keep yet; ask something first.", 404, FRESH)
        told = await asyncio.to_thread(told_as, kind, desk, exchanges)
        name = f"footnote-{datetime.now(UTC):%Y-%m-%d}.{kind}"
        headers = {
            **FRESH,
            "content-disposition": f'attachment; filename="{name}"',
            "x-content-type-options": "nosniff",
        }
        return Response(told, media_type=f"{KINDS[kind]}; charset=utf-8", headers=headers)

    async def copy(self, request: Request) -> Response:
        """One answer as text."""
        exchange = self._turn(request)
        if exchange is None:
            return PlainTextResponse("There is no such answer.", 404, FRESH)
        return PlainTextResponse(f"{exchange.question}\n\n{plain(exchange.answer)}", headers=FRESH)

    async def suggest(self, request: Request) -> Response:
        """Questions that lead on from one answer; none where nothing was found that the articles answer."""
        desk, exchange = self._desk(), self._turn(request)
        if desk is None or exchange is None or not exchange.answer.sentences:
            return JSONResponse([], headers=FRESH)
        asked = {one.question for one in self._own(request)}
        found = await asyncio.to_thread(desk.assistant.suggestions, exchange.answer, asked, SUGGESTED)
        return JSONResponse(found, headers=FRESH)

    def _own(self, request: Request) -> Sequence[Exchange]:
        desk, session = self._desk(), session_of(request.scope)
        return desk.history.exchanges(session) if desk and session else []

    def _turn(self, request: Request) -> Exchange | None:
        turn, own = request.query_params.get("turn", ""), self._own(request)
        there = turn.isascii() and turn.isdigit() and len(turn) < 7 and 1 <= int(turn) <= len(own)
        found = own[int(turn) - 1] if there else None
        return found if found and request.query_params.get("id", found.id) == found.id else None


def told_as(kind: str, desk: Desk, exchanges: Sequence[Exchange]) -> str:
    """The conversation in a format."""
    library = desk.assistant.library
    kept = [Exported.of(one.question, one.asked, one.answer, library.article) for one in exchanges]
    settings = {name: str(value) for name, value in asdict(exchanges[-1].filters).items() if value}
    render = markdown if kind == "md" else html
    return render(kept, title=exchanges[0].question, library="", settings=settings)
