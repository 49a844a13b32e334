"""Gradio's page in our clothes: our style sheet, script, icon and description in, its own advertising out.

Done on the server, so that the style is there before the first paint. Knows nothing of the chat.
"""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOREIGN = re.compile(rb'\s*<meta\s+(?:property="og:|name="twitter:)[^>]*>|\s*<link rel="manifest"[^>]*>')
HEAD = b"""
<meta name="description" content="Answers from a collection of articles, every sentence with the words it stands on.">
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/tokens.css">
<link rel="stylesheet" href="/page/masthead.css">
<link rel="stylesheet" href="/page/answer.css">
<link rel="stylesheet" href="/page/style.css">
<script src="/page/page.js" defer></script>
<script src="/page/check.js" defer></script>
</head>"""
NOSCRIPT = b"""
<noscript><p>The conversation needs JavaScript. The saved articles can be read without it:
<a href="/articles">all articles</a>.</p></noscript></body>"""


def dress(app: ASGIApp) -> ASGIApp:
    """The same application; only its page at "/" is changed."""

    async def dressed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/":
            return await app(scope, receive, send)
        plain = [(key, value) for key, value in scope["headers"] if key != b"accept-encoding"]
        await app({**scope, "headers": plain}, receive, rewriting(send))

    return dressed


def rewriting(send: Send) -> Send:
    """Holds the page back until it is whole, then sends it changed."""
    start: Message = {}
    parts: list[bytes] = []

    async def hold(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        if message["type"] != "http.response.body":
            return await send(message)
        parts.append(message.get("body", b""))
        if message.get("more_body"):
            return
        html = FOREIGN.sub(b"", b"".join(parts))
        html = html.replace(b"</head>", HEAD, 1).replace(b"</body>", NOSCRIPT, 1)
        headers = [(key, value) for key, value in start["headers"] if key != b"content-length"]
        headers += [(b"content-length", str(len(html)).encode()), (b"cache-control", b"no-store")]
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": html})

    return hold
