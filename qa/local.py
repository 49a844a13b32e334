"""A GGUF file served as an OpenAI-compatible endpoint on loopback, for as long as this process lives.

llama.cpp (through `xllamacpp`, the optional extra `local`) runs in a child process: a file that makes it crash takes
nothing else along. Knows nothing of prompts, of answers or of what talks to the endpoint (`qa/llm.py`).
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

from indexes.errors import ModelError, ServeError
from qa.endpoint import CONTEXT, DEFAULT_CONTEXT, MODEL, URL

START_SECONDS = 300  # until it answers: a file of 20 GB from a disk that reads 100 MB/s takes 200
REASON = re.compile(r"(?:error loading model|ImportError): (.{1,200})")  # in what the child writes to standard error
PORT_TAKEN = "couldn't bind"  # in the same


def cores_but_one() -> int:
    """Threads by default. llama.cpp's threads wait for each other at every layer: on two cores of which one was busy,
    SmolLM2 135M wrote 69 tokens a second with one thread and 1.5 with two."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


class LocalServer:
    """Serves `file` between `with` and its end; `url` and `model` are what `qa.llm.Endpoint` wants.

    port 0 takes a free one, threads 0 takes `cores_but_one()`. The child ends with this process, however that ends (one
    that is still loading the file, when it is loaded). Raises ModelError or, for a port that is taken, ServeError.
    """

    def __init__(self, file: Path, *, threads: int = 0, context: int = DEFAULT_CONTEXT, port: int = 0) -> None:
        self.file = file.absolute()
        self.model = file.stem
        self.url = ""  # until it is entered
        self.context = context
        self._threads = threads or cores_but_one()
        self._port = port
        self._opened = ExitStack()

    def __enter__(self) -> LocalServer:
        _check(self.file)
        with ExitStack() as stack:
            log = stack.enter_context(tempfile.TemporaryFile())
            self._child = child = self._start(log)
            stack.callback(_end, child)
            address = _first_line(child)
            if not address:
                log.seek(0)
                raise self._failure(child.wait(), log.read().decode(errors="replace"))
            self.url = f"{address}/v1"
            self._opened = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._opened.close()

    def settings(self) -> Iterator[str]:
        """The lines that make Footnote use it, for a shell."""
        yield f"export {URL}={self.url}"
        yield f"export {MODEL}={shlex.quote(self.model)}"
        if self.context != DEFAULT_CONTEXT:
            yield f"export {CONTEXT}={self.context}"

    def wait(self) -> None:
        """Return only when the server has ended by itself."""
        self._child.wait()

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        asked = [str(self.file), self.model, self._port, self._threads, self.context]
        return subprocess.Popen(
            [sys.executable, "-m", __name__, json.dumps(asked)],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )

    def _failure(self, code: int, log: str) -> ModelError | ServeError:
        """What to say of a child that ended before it served."""
        if PORT_TAKEN in log:
            return ServeError(f"Port {self._port} is taken; name another with --port.")
        found = REASON.search(log)
        if found:
            return ModelError(f"{self.file} cannot be run: {found[1].strip()}. Name a whole GGUF file of a chat model.")
        if code < 0:
            return ModelError(
                f"{self.file} cannot be run: llama.cpp was ended by signal {-code}, for lack of memory or of time, or "
                "on a processor without AVX2. Take a smaller model."
            )
        return ModelError(f"{self.file} cannot be run by llama.cpp; name another GGUF file.")


def _first_line(child: subprocess.Popen[bytes]) -> str:
    """What the child says when it serves; empty if it ended, or took too long and was ended."""
    assert child.stdout is not None
    alarm = threading.Timer(START_SECONDS, child.kill)
    alarm.start()
    try:
        return child.stdout.readline().decode().strip()
    finally:
        alarm.cancel()


def _end(child: subprocess.Popen[bytes]) -> None:
    """It keeps nothing, so it need not be asked."""
    child.kill()
    child.communicate()


def serve_file(
    file: Path, say: Callable[[str], object], *, port: int = 0, threads: int = 0, context: int = DEFAULT_CONTEXT
) -> int:
    """`footnote model-server`: serve until Ctrl-C, which is its exit code 0; `say` gets the lines to set."""
    try:
        with LocalServer(file, threads=threads, context=context, port=port) as server:
            for line in server.settings():
                say(line)
            say("# Ctrl-C ends the server")
            server.wait()
    except KeyboardInterrupt:
        return 0
    raise ModelError(f"The server of {file} ended by itself; start it again.")


def _check(file: Path) -> None:
    """Raises ModelError for what can be told without llama.cpp."""
    try:
        with file.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}); name a GGUF file.") from None
    if magic != b"GGUF":
        raise ModelError(f"{file} is not a GGUF file; name one, such as a model's Q4_K_M.gguf.")
    if importlib.util.find_spec("xllamacpp") is None:
        how = ".venv/bin/pip install -e '.[local]'"
        raise ModelError(f"Running a GGUF file needs the extra `local`; install it with: {how}")


# -- the child --------------------------------------------------------------------------------------------------------


def _serve(file: str, model: str, port: int, threads: int, context: int) -> None:
    """Load the file, say the address on standard output, and serve until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    said = os.dup(1)
    os.dup2(2, 1)  # whatever llama.cpp prints is log
    import xllamacpp  # type: ignore[import-untyped]

    params = xllamacpp.CommonParams()
    params.model.path = file
    params.model_alias = {model}
    params.hostnames = ["127.0.0.1"]
    params.port = port
    params.n_ctx = context
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.verbosity = 1  # errors
    params.offline = True
    # With the cache, what was asked before changes the rounding and so the words: of 16 prompts asked 4 times in mixed
    # order at temperature 0, 9 had more than one answer with it, none without it.
    params.cache_prompt = False
    params.cache_ram_mib = 0
    params.cache_idle_slots = False
    # A page in the browser shall not read what it asks this server: no origin is allowed (the default allows all).
    params.cors_origins = ""
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    try:
        server = xllamacpp.Server(params)  # returns when it answers
    except RuntimeError:
        sys.exit(1)  # the reason stands in the log
    os.write(said, f"{server.listening_address}\n".encode())
    sys.stdin.buffer.read()  # ends when the parent closes it, or is gone
    os._exit(0)  # at once, in the middle of whatever is being answered


if __name__ == "__main__":
    _serve(*json.loads(sys.argv[1]))
