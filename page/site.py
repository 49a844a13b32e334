"""The web application around the chat: what answers at once, what comes up behind it, and the saved articles.

    starting   a page of our own answers; the library is opened, Gradio is imported
    loading    the chat is there; the reading model is being loaded, questions wait for it
    ready      questions are answered at once
    failed     the library or the model cannot be used; the page says in one sentence what to do, and tries again

Knows nothing of ports, and of Gradio only that `page.chat` makes an application of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from string import Template
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from indexes.errors import FootnoteError
from indexes.types import Article
from page.article import message, passage_html, plain_page
from page.bring import Bring
from page.desk import Desk
from page.dress import dress
from page.guard import OWN_CSP, Guard, session_of
from page.history import History
from page.keeper import Keeper, places_of
from page.recall import Recall
from page.takeaway import Takeaway
from page.types import Assistant
from qa.evaluation.cases import Judgements, judge

HERE = Path(__file__).parent
FILES = {
    "tokens.css": "text/css",
    "masthead.css": "text/css",
    "answer.css": "text/css",
    "article.css": "text/css",
    "shelf.css": "text/css",
    "bring.css": "text/css",
    "past.css": "text/css",
    "bring.js": "text/javascript",
    "style.css": "text/css",
    "page.js": "text/javascript",
    "check.js": "text/javascript",
    "wait.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
LONGEST_RIGHT = 2_000  # characters of a right answer that a reader gives
RETRY = 3.0  # seconds between two attempts to open a library that is not there yet
WAIT = Template(
    '<script src="/page/wait.js" data-state="$state" defer></script>'
    '<noscript><meta http-equiv="refresh" content="2"></noscript>'
)
WAIT_CSP = OWN_CSP.replace("form-action", "script-src 'self'; connect-src 'self'; form-action")

Result = TypeVar("Result")

log = logging.getLogger("footnote")


class Site:
    """One per server. `opener` opens the assistant (cheap); `folder` is where conversations are kept, or None."""

    def __init__(self, opener: Callable[[], Assistant], folder: Path | None, host: str) -> None:
        self.opener = opener
        self.folder = folder
        self.state = "starting"
        self.problem = ""
        self.assistant: Assistant | None = None
        self.desk: Desk | None = None
        self.chat: Any = None  # the FastAPI application that holds Gradio's, once it runs
        self.bring = Bring(lambda: self.assistant, folder, host)
        routes = [
            Route("/health", self.health),
            *Keeper(lambda: self.assistant, self.waiting_page, host).routes,
            *Takeaway(lambda: self.desk).routes,
            *Recall(lambda: self.desk, self.waiting_page).routes,
            *self.bring.routes,
            Route("/passage/{id:path}", self.passage),
            Route("/judge", self.judge, methods=["POST"]),
            Route("/page/{name}", self.file),
            Route("/favicon.ico", self.icon),
            Mount("/", app=self.fallback),
        ]
        errors: Any = {FootnoteError: self.trouble}
        self.app = Guard(Starlette(routes=routes, lifespan=self.lifespan, exception_handlers=errors), host)

    @contextlib.asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        """Everything slow begins when the server does."""
        stop = asyncio.Event()
        task = asyncio.create_task(self.come_up(stop))
        try:
            yield
        finally:
            stop.set()
            with contextlib.suppress(asyncio.CancelledError, TimeoutError):
                await asyncio.wait_for(task, 0.5)

    async def come_up(self, stop: asyncio.Event) -> None:
        """Library, chat, model: one after the other, none of it on the event loop."""
        try:
            assistant = await self.open_assistant()
            history = History(self.folder / "conversations.sqlite" if self.folder else None)
            self.desk = Desk(assistant, history)
            chat = await apart(make_chat, self.desk)
            async with chat.router.lifespan_context(chat):
                self.chat, self.state, self.problem = chat, "loading", ""
                threading.Thread(target=self.warm, args=(assistant,), name="footnote-warm", daemon=True).start()
                await stop.wait()
        except Exception:
            log.exception("Footnote could not start")
            self.chat, self.state = None, "failed"
            self.problem = "Footnote could not start. Its log has the details."

    async def open_assistant(self) -> Assistant:
        """The assistant; tries again until there is a library to open."""
        while True:
            try:
                self.assistant = await apart(self.opener)
                return self.assistant
            except FootnoteError as error:
                if str(error) != self.problem:
                    log.warning("%s", error)
                self.state, self.problem = "failed", str(error)
                await asyncio.sleep(RETRY)

    def warm(self, assistant: Assistant) -> None:
        """Load the models, and say how that went."""
        try:
            assistant.warm()
            self.state, self.problem = "ready", ""
        except FootnoteError as error:
            log.warning("%s", error)
            self.state, self.problem = "failed", str(error)
        except Exception:
            log.exception("The reading model could not be loaded")
            self.state, self.problem = "failed", "The reading model could not be loaded. The log has the details."

    def close(self, patience: float) -> bool:
        """Close everything; True where something slow would not end in so many seconds and has to be left behind."""
        busy = self.bring.close() or self.state in ("starting", "loading")
        if self.desk:
            self.desk.close()
            busy = busy or self.desk.busy(patience)
            self.desk.history.close()
        if self.assistant and not busy:
            self.assistant.close()
        return busy

    async def fallback(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Gradio where it runs, our own page until then."""
        if self.chat is not None:
            return await dress(self.chat)(scope, receive, send)
        page = self.waiting_page() if scope["path"] == "/" else Response(status_code=503, headers={"retry-after": "1"})
        await page(scope, receive, send)

    def waiting_page(self) -> Response:
        """What stands here until the chat does."""
        head = WAIT.substitute(state=self.state)
        if self.state == "failed":
            return own(message("Footnote", self.problem, head), csp=WAIT_CSP)
        content = (
            '<section class="reading waiting" role="status"><h1>Footnote is starting…</h1>'
            "<p>This page opens the conversation by itself in a few seconds.</p></section>"
        )
        return own(plain_page("Starting", content, head), csp=WAIT_CSP)

    async def health(self, request: Request) -> JSONResponse:
        """The state, for the page and for whoever watches the server."""
        articles, passages = 0, 0
        if self.assistant is not None:
            with contextlib.suppress(FootnoteError):
                articles, passages = await asyncio.to_thread(self.assistant.library.counts)
        state = {"state": self.state, "problem": self.problem, "articles": articles, "passages": passages}
        return JSONResponse(state, headers={"cache-control": "no-store"})

    async def passage(self, request: Request) -> Response:
        """A few hundred characters of the article of the address, for the panel; or why not."""
        if self.assistant is None:
            return self.waiting_page()
        article: Article | None = await asyncio.to_thread(self.assistant.library.article, request.path_params["id"])
        if article is None:
            return own(message("Not here", "There is no such article in this library. It may have been removed."), 404)
        hit, also = places_of(request, article)
        return own(await asyncio.to_thread(passage_html, article, hit, also))

    async def judge(self, request: Request) -> Response:
        """A thumb for one turn of the browser's own conversation, kept beside the library."""
        if self.desk is None or self.folder is None:
            return JSONResponse({"problem": "Nothing can be kept yet."}, 503)
        try:
            given = await request.json()
            turn, thumb, right = int(given["turn"]), str(given["thumb"]), str(given.get("right", ""))
            shown = str(given.get("id", ""))
        except (ValueError, LookupError, TypeError, AttributeError):
            return JSONResponse({"problem": "A judgement needs turn, thumb and right."}, 400)
        session = session_of(request.scope) or ""
        exchanges = self.desk.history.exchanges(session) if session else []
        judged = exchanges[turn - 1] if 1 <= turn <= len(exchanges) else None
        if judged is None or shown not in ("", judged.id) or thumb not in ("up", "down") or len(right) > LONGEST_RIGHT:
            return JSONResponse({"problem": "There is no such answer to judge."}, 400)
        key = hashlib.sha256(f"{session} {judged.id}".encode()).hexdigest()[:16]
        await asyncio.to_thread(Judgements(self.folder).add, key, judge(judged.answer, thumb, right))
        return JSONResponse({"kept": True}, headers={"cache-control": "no-store"})

    async def trouble(self, request: Request, error: Exception) -> Response:
        """The library could not be read."""
        return own(message("Not readable", str(error)), 500)

    async def file(self, request: Request) -> Response:
        """One of the few files of the page; no other name is looked up."""
        kind = FILES.get(request.path_params["name"])
        if kind is None:
            return own(message("Not here", "There is no such file."), 404)
        return FileResponse(HERE / request.path_params["name"], media_type=kind, headers={"cache-control": "no-cache"})

    async def icon(self, request: Request) -> Response:
        """For browsers that ask without reading the page."""
        return FileResponse(HERE / "icon.svg", media_type="image/svg+xml")


async def apart(work: Callable[..., Result], *values: Any) -> Result:
    """Slow work in a thread of its own. The loop's own threads are waited for at the end; this one is left behind."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def settle(put: Callable[[Any], None], value: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(lambda: None if future.done() else put(value))

    def run() -> None:
        try:
            result = work(*values)
        except Exception as error:
            settle(future.set_exception, error)
        else:
            settle(future.set_result, result)

    threading.Thread(target=run, name="footnote-start", daemon=True).start()
    return await future


def own(html: str, status: int = 200, csp: str = OWN_CSP) -> HTMLResponse:
    """A page of ours: no script at all, unless the policy says otherwise."""
    return HTMLResponse(html, status, {"content-security-policy": csp, "cache-control": "no-store"})


def make_chat(desk: Desk) -> Any:
    """Imports Gradio, which takes seconds: only here, only in a thread."""
    began = time.monotonic()
    from page.chat import make_app

    app = make_app(desk)
    log.debug("The chat came up in %.1f s", time.monotonic() - began)
    return app
