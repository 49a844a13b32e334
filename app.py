"""Footnote's chat window: `serve(settings)` binds the port at once, answers at once, and brings the chat up behind it.

Imports neither Gradio nor any model: those come in the background, behind a page that says so. Knows nothing of how
questions are answered.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import uvicorn

from indexes.errors import ServeError
from page.guard import ANY_ADDRESS, LOOPBACK
from page.site import Site
from page.types import Assistant
from qa.types import Settings

GRACE = 1  # seconds that open connections are given at the end; an open page always holds one
PATIENCE = 1.0  # seconds that a question being read is given at the end
SILENT = {  # whatever the environment says: nothing is reported to anyone, nothing is served beside the page
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_MCP_SERVER": "False",
    "GRADIO_SSR_MODE": "False",
    "GRADIO_SHARE": "False",
}
QUIET = {  # a person may set these otherwise, to fetch a model of their own
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
}


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False) -> int:
    """Serve the page until it is told to stop. Returns the exit code. port 0: any free one, printed."""

    def opener() -> Assistant:
        from qa.chat import open_assistant

        return open_assistant(settings)

    folder = Path(settings.library) if settings.library else None
    return run(opener, folder, host, port, open_browser)


def run(opener: Callable[[], Assistant], folder: Path | None, host: str, port: int, open_browser: bool = False) -> int:
    """The same for any assistant; `folder` keeps the conversations."""
    listener = bind(host, port)
    os.environ.update(SILENT)
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    with tempfile.TemporaryDirectory(prefix="footnote-", ignore_cleanup_errors=True) as temporary:
        os.environ["GRADIO_TEMP_DIR"] = temporary
        site = Site(opener, folder, host)
        server = Server(
            uvicorn.Config(
                site.app, log_level="error", server_header=False, timeout_graceful_shutdown=GRACE, lifespan="on"
            )
        )
        announce(address(host, listener), host, open_browser)
        server.run(sockets=[listener])
        busy = site.close(PATIENCE)
    if busy:  # a model at work cannot be interrupted, and would crash while Python is taken down around it
        leave(0)
    return 0


class Server(uvicorn.Server):
    """Uvicorn, but a signal ends it quietly, with nothing raised again afterwards; a second one ends it at once."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Our two handlers for as long as the server runs."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal asks, the second insists."""
        if self.should_exit:
            leave(128 + sig)
        self.should_exit = True


def leave(code: int) -> None:
    """End the process now, whatever other threads are doing."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def bind(host: str, port: int) -> socket.socket:
    """The listening socket, or one sentence about why there is none."""
    if not 0 <= port <= 65535:
        raise ServeError(f"There is no port {port}. Choose one from 0 to 65535 with --port.")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(128)
    except OSError as error:
        raise ServeError(why_not(host, port, error)) from error
    return listener


def why_not(host: str, port: int, error: OSError) -> str:
    """What is wrong with this address, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is already in use. Choose another with --port, or --port 0 for any free one."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user. Choose one above 1023 with --port."
    return f"{host} is no address of this machine. Choose another with --host."


def address(host: str, listener: socket.socket) -> str:
    """The address a browser on this machine opens."""
    shown = "127.0.0.1" if host in ANY_ADDRESS else host.strip("[]")
    port = listener.getsockname()[1]
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def announce(url: str, host: str, open_browser: bool) -> None:
    """Say where the page is; warn where others can reach it."""
    sys.stdout.write(f"Footnote is at {url} (Ctrl-C ends it)\n")
    sys.stdout.flush()
    if host.strip("[]") not in LOOPBACK:
        sys.stderr.write("Anyone who reaches this machine can read the articles and ask: there is no login.\n")
    if open_browser:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
