"""The routes of bringing articles in from the page.

    GET  /add                 the forms
    POST /add                 files, a pasted text or an address: an errand begins
    GET  /add/ID              how it stands; what came of it
    POST /add/ID/cancel · /again

The rules are the library page's: our own page alone, with a token, and nowhere that other machines can reach. A library
that does not exist yet is made by the first article. Knows nothing of how an article is read or indexed.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from indexes.errors import FootnoteError, InputError, LibraryError, ServeError
from indexes.fetch import shown
from indexes.library import Library as OnDisk
from indexes.types import Article
from page.added import incoming, keep_file, keep_text
from page.adding import add_page, errand_page, path_names
from page.article import message
from page.errand import Errand, Errands
from page.guard import LOOPBACK, OWN_CSP
from page.keeper import form_of
from page.types import Assistant
from page.upload import Sent, UploadError, receive

BRING_CSP = OWN_CSP.replace("form-action 'none'", "form-action 'self'; script-src 'self'; connect-src 'self'")
FRESH = {"content-security-policy": BRING_CSP, "cache-control": "no-store"}
ADDRESSES_MOST = 20  # in one line
ADDRESS_MOST = 2_000  # characters
PATIENCE = 2.0  # seconds that a run at work is waited for when the server ends
TYPED = ("text", "title", "source", "published", "address")
OTHERS = (
    "Other machines can reach this server and it has no login, so nothing can be added here. Start `footnote serve` "
    "without --host, or use `footnote index`."
)
NO_PLACE = "This library cannot be changed."
STALE = "This form is from before Footnote was started again. What you typed is still here; send it again."
NOTHING = "choose a file, paste a text, or type an address"
GONE = "This is no longer remembered. What was added is among the articles."


class Bring:
    """One per site. `home`: where the library is to be made if there is none yet; the rest as the keeper's."""

    def __init__(
        self, assistant: Callable[[], Assistant | None], home: Path | None, host: str, errands: Errands | None = None
    ) -> None:
        self.assistant, self.home = assistant, home
        self.errands = errands or Errands()
        self.token = secrets.token_urlsafe(24)
        self.fixed = "" if host.strip("[]").lower() in LOOPBACK else OTHERS
        self.lock = threading.Lock()  # two forms never choose the same name
        self.routes = [
            Route("/add", self.show, methods=["GET"]),
            Route("/add", self.add, methods=["POST"]),
            Route("/add/{id}", self.follow, methods=["GET"]),
            Route("/add/{id}/cancel", self.cancel, methods=["POST"]),
            Route("/add/{id}/again", self.again, methods=["POST"]),
        ]

    @property
    def folder(self) -> Path | None:
        """The library's folder; None where it is no folder that can be written to."""
        assistant = self.assistant()
        if assistant is None:
            return self.home
        return assistant.library.folder if isinstance(assistant.library, OnDisk) else None

    @property
    def closed(self) -> str:
        """Why nothing can be added, or ""."""
        return self.fixed or ("" if self.folder else NO_PLACE)

    def close(self, patience: float = PATIENCE) -> bool:
        """Stop what is at work; True where it would not end in so many seconds."""
        return self.errands.close(patience)

    async def show(self, request: Request) -> Response:
        """The forms."""
        return self.forms()

    def forms(self, status: int = 200, problem: str = "", typed: Mapping[str, str] | None = None) -> HTMLResponse:
        """The forms, with what was typed and what is wrong with it."""
        token = "" if self.closed else self.token
        errands = [] if self.closed else self.errands.latest()
        return sheet(add_page(token, errands, typed or {}, problem, self.closed), status)

    async def follow(self, request: Request) -> Response:
        """One errand."""
        errand = self.errands.get(request.path_params["id"])
        if errand is None or self.closed:
            return sheet(message("Not here", GONE), 404)
        return sheet(await asyncio.to_thread(errand_page, errand, self.token, titles_of(errand.folder)))

    async def add(self, request: Request) -> Response:
        """Keep what was sent and begin; or say in a sentence what is wrong, with what was typed."""
        if self.closed or (folder := self.folder) is None:
            return sheet(message("Not here", self.closed), 403)
        typed: dict[str, str] = {}
        try:
            with incoming(folder) as fresh:
                sent = await receive(request, fresh)
                typed = {key: sent.fields.get(key, "") for key in TYPED}
                if not self.ours(sent.fields):
                    return self.forms(403, STALE, typed)
                errand = await asyncio.to_thread(self.kept, folder, sent)
            self.errands.send(errand)
        except FootnoteError as error:
            return self.forms(status_of(error), str(error), typed)
        return RedirectResponse(f"/add/{errand.id}", 303, FRESH)

    def kept(self, folder: Path, sent: Sent) -> Errand:
        """The errand for what was sent, its files and its text put in their place. Raises FootnoteError."""
        errand = Errand(folder, urls=addresses(sent.fields.get("address", "")))
        with self.lock:
            pairs = keep_files(errand, sent)
            if sent.fields.get("text", "").strip():
                given = {key: sent.fields.get(key, "") for key in ("title", "source", "published")}
                place = keep_text(folder, sent.fields["text"], **given)
                pairs.append((place, given["title"].strip() or "A pasted text"))
        errand.paths = list(dict.fromkeys(path for path, _ in pairs))
        errand.names = path_names(pairs)
        errand.shown = [given for _, given in pairs] + [shown(url) for url in errand.urls]
        errand.shown += [given for given, _ in errand.refused]
        if not errand.shown:
            raise InputError("Nothing to add", NOTHING)
        return errand

    async def cancel(self, request: Request) -> Response:
        """Stop an errand."""
        return await self.change(request, self.errands.stop)

    async def again(self, request: Request) -> Response:
        """Go on with one that was stopped or failed."""
        return await self.change(request, self.errands.again)

    async def change(self, request: Request, work: Callable[[Errand], None]) -> Response:
        """Do it, if the form is ours."""
        errand = self.errands.get(request.path_params["id"])
        if self.closed:
            return sheet(message("Not here", self.closed), 403)
        if not self.ours(await form_of(request)):
            return self.forms(403, STALE)
        if errand is None:
            return sheet(message("Not here", GONE), 404)
        try:
            await asyncio.to_thread(work, errand)
        except FootnoteError as error:
            return self.forms(status_of(error), str(error))
        return RedirectResponse(f"/add/{errand.id}", 303, FRESH)

    def ours(self, fields: Mapping[str, str]) -> bool:
        """Does the form carry the token that only our own page can read?"""
        return hmac.compare_digest(fields.get("token", "").encode("utf-8", "replace"), self.token.encode())


def keep_files(errand: Errand, sent: Sent) -> list[tuple[Path, str]]:
    """(where it lies, the name it came under) for each file that can be kept; the errand is told of the others."""
    pairs: list[tuple[Path, str]] = []
    for upload in sent.files:
        if upload.problem:
            errand.refused.append((upload.name, upload.problem))
            continue
        try:
            place = keep_file(errand.folder, upload.name, upload.path, bool(sent.fields.get("replace")))
        except InputError as error:
            errand.refused.append((upload.name, error.reason))
            continue
        if not upload.path.exists():  # it was moved in: its bytes were not there before
            errand.fresh.add(place)
        pairs.append((place, upload.name))
    return pairs


def addresses(text: str) -> list[str]:
    """The addresses of a line, each once; https where it was left out. Raises InputError."""
    words = list(dict.fromkeys(text.split()))
    if len(words) > ADDRESSES_MOST or any(len(word) > ADDRESS_MOST for word in words):
        raise InputError("The address", f"give {ADDRESSES_MOST} at most, each shorter than {ADDRESS_MOST:,} characters")
    return [word if "://" in word else f"https://{word}" for word in words]


def titles_of(folder: Path) -> Callable[[str], Article | None]:
    """Articles by id, for their titles; none while there is no library."""
    try:
        return OnDisk(folder).article
    except LibraryError:
        return lambda article_id: None


def status_of(error: FootnoteError) -> int:
    """The HTTP status that says the same."""
    if isinstance(error, ServeError):
        return 503
    return 400 if isinstance(error, InputError | UploadError) else 500


def sheet(html: str, status: int = 200) -> HTMLResponse:
    """A page of ours: our own script file, forms to ourselves alone."""
    return HTMLResponse(html, status, FRESH)
