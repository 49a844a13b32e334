"""The door of the page: who may come in (Host, Origin, size), and the headers every answer leaves with.

Any web page open in the same browser can reach a server on this machine. So a foreign Host is refused (a name rebound
to 127.0.0.1), a POST from a foreign or hidden Origin is refused, and so is everything of Gradio that this page does not
use (uploads, files, proxies). Knows nothing of what is served.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 262_144  # bytes; a question of 2,000 characters needs a few thousand
# Bytes sent to /add: twice what it keeps at once, so that it can say which file was too large.
LARGEST_UPLOAD = 100_000_000
TOO_LARGE = "These files are too large together. Add them in smaller portions, or use `footnote index`."
LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANY_ADDRESS = ("0.0.0.0", "::", "")  # a server bound to these answers on every address of the machine
COOKIE = "footnote"
COOKIE_DAYS = 90
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
GRADIO_USED = re.compile(
    r"/(|config/?|static/.+|assets/.+|svelte/.+|theme\.css|manifest\.json|gradio_api/"
    r"(info/?|startup-events|theme\.css|heartbeat/.+|queue/(join|data)|call/(v2/)?(ask|search|article)(/.+)?|cancel|reset/?))"
)
OURS = re.compile(
    r"/(health|articles|add|judge|copy|suggest|conversations|favicon\.ico|"
    r"(add|answer|article|conversations|passage|page)/.+|export/(html|md))",
    re.DOTALL,
)

# Gradio's own page needs inline style and script, and compiles its templates. Pages of ours need none of it.
CHAT_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; connect-src 'self'; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
OWN_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Wraps the whole application. `host` is the address the server was told to bind."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self.app = app
        self.names = {*LOOPBACK, host.strip("[]").lower()}
        self.any_address = host in ANY_ADDRESS
        if self.any_address:
            self.names.add(socket.gethostname().lower())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let in, or answer in its place."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return await send({"type": "websocket.close", "code": 1008})
        refusal = self.refusal(scope)
        app = refusal or self.app
        await app(scope, limited(receive, largest(scope)), dressed(scope, send))

    def refusal(self, scope: Scope) -> PlainTextResponse | None:
        """The answer to a request that may not come in, or None."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.knows(host):
            return PlainTextResponse("Footnote does not answer under this name.", 400)
        if scope["method"] not in SAFE_METHODS and not same_origin(headers, host):
            return PlainTextResponse("Footnote only takes questions from its own page.", 403)
        if not OURS.fullmatch(scope["path"]) and not GRADIO_USED.fullmatch(scope["path"]):
            return PlainTextResponse("Not found.", 404)
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > largest(scope):
            return PlainTextResponse(TOO_LARGE if scope["path"] == "/add" else "Too long.", 413)
        return None

    def knows(self, host: str) -> bool:
        """A name we serve under. Where every address is served, any address in numbers: those cannot be rebound."""
        bare = bare_host(host)
        return bare in self.names or (self.any_address and is_address(bare))


def bare_host(host: str) -> str:
    """ "[::1]:7860" → "::1"; "localhost:7860" → "localhost"."""
    match = re.fullmatch(r"\[([0-9a-fA-F:.]+)\](?::\d+)?|([^:\[\]/@]+)(?::\d+)?", host)
    return (match.group(1) or match.group(2)).lower() if match else "?"


def is_address(text: str) -> bool:
    """127.0.0.1 or ::1, in numbers."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def same_origin(headers: Headers, host: str) -> bool:
    """No Origin (a program, not a page) or our own. `null` is a page that hides where it comes from."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2].lower() == host.lower()


def largest(scope: Scope) -> int:
    """Bytes that a request to this path may have."""
    return LARGEST_UPLOAD if scope["path"] == "/add" else LARGEST_BODY


def limited(receive: Receive, most: int) -> Receive:
    """Stop reading a body that says nothing of its length and does not end."""
    seen = 0

    async def read() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        return message if seen <= most else {"type": "http.disconnect"}

    return read


def dressed(scope: Scope, send: Send) -> Send:
    """The same send, with the headers on, and the session of the browser, a new one where it has none. Each look at the
    page renews it, so that who comes back within its days keeps the conversations."""

    async def reply(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for key, value in HEADERS.items():
                headers[key] = value
            headers.setdefault("content-security-policy", CHAT_CSP)
            for key in [key for key in headers if key.startswith("access-control-")]:
                del headers[key]
            del headers["server"]
            if scope["path"] == "/":
                headers.append("set-cookie", cookie(session_of(scope) or secrets.token_urlsafe(24)))
        await send(message)

    return reply


def cookie(session: str) -> str:
    """A session that scripts cannot read and other sites cannot send."""
    return f"{COOKIE}={session}; Max-Age={COOKIE_DAYS * 86400}; Path=/; HttpOnly; SameSite=Strict"


def session_of(scope: Scope) -> str | None:
    """The session of a request."""
    return session_in(Headers(scope=scope).getlist("cookie"))


def session_in(cookies: Iterable[str]) -> str | None:
    """The session a browser sends; None where it sends none of ours."""
    for line in cookies:
        match = re.search(rf"(?:^|;\s*){COOKIE}=([A-Za-z0-9_-]{{20,64}})(?:;|$)", line)
        if match:
            return match.group(1)
    return None
