"""The whole run opens no connection off loopback, asks no name server, and needs no network at all."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

from tests.conftest import ARTICLES, ROOT

# An audit hook sees every connect and every look-up that Python code makes, in the library's own words; it cannot be undone.
WATCHED = """
import sys
seen = []
def hook(event, arguments):
    if event == "socket.connect":
        seen.append(str(arguments[1]))
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        seen.append(str(arguments[0]))
sys.addaudithook(hook)
"""
LOOPBACK = ("127.0.0.1", "localhost", "::1", "('127.0.0.1'", "('::1'", "/", "b'/", "None", "b'127.0.0.1'")

RUN = """
from qa.cli import main
library = sys.argv[1]
assert main(["index", sys.argv[2], "--library", library, "--quiet"]) == 0
assert main(["ask", "How long is the Ever Given?", "--library", library]) == 0
assert main(["ask", "What is the capital of Peru?", "--library", library]) == 3
assert main(["doctor", "--library", library]) == 0
from indexes.encoder import Encoder
Encoder().encode_passages(["through torch"] * 40)
import gradio
import json; print("SEEN", json.dumps(seen))
"""


def test_indexing_and_asking_connect_to_nothing(tmp_path: Path) -> None:
    code = WATCHED + RUN
    arguments = [sys.executable, "-c", code, str(tmp_path / "library"), str(ARTICLES)]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("SEEN "))
    assert [one for one in json.loads(line[5:]) if not one.startswith(LOOPBACK)] == []


def test_the_watch_sees_a_connection() -> None:
    code = (
        WATCHED
        + "import socket\ntry: socket.create_connection(('203.0.113.1', 9), 0.01)\nexcept OSError: pass\nprint(seen)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "203.0.113.1" in done.stdout


SERVE = """
import json, os, signal, threading, time, urllib.request
library, port = sys.argv[1], sys.argv[2]
answers = []
def visit():
    url = f"http://127.0.0.1:{port}"
    body = json.dumps({"data": ["How long is the Ever Given?", [], "", "", 0]}).encode()
    for _ in range(600):
        try:
            request = urllib.request.Request(url + "/gradio_api/call/ask", body, {"Content-Type": "application/json"})
            event = json.load(urllib.request.urlopen(request))["event_id"]
            answers.append(urllib.request.urlopen(f"{url}/gradio_api/call/ask/{event}").read().decode())
            break
        except OSError:
            time.sleep(0.1)
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=visit, daemon=True).start()
import atexit
atexit.register(lambda: print("SEEN", json.dumps(seen), flush=True))
import os as _os
real_exit = _os._exit
_os._exit = lambda code: (print("SEEN", json.dumps(seen), flush=True), real_exit(code))
from qa.cli import main
main(["serve", "--library", library, "--port", port])
print("ANSWER", json.dumps(answers), flush=True)
"""


def test_serving_and_answering_connect_to_nothing(sample_library: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    arguments = [sys.executable, "-c", WATCHED + SERVE, str(sample_library), port]
    done = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    lines = {line.split(" ", 1)[0]: line.split(" ", 1)[1] for line in done.stdout.splitlines() if " " in line}
    assert "400 metres" in lines["ANSWER"]
    seen = json.loads(lines["SEEN"])
    assert any(port in one for one in seen)  # our own visit: the watch is awake
    assert [one for one in seen if not one.startswith(LOOPBACK)] == []
