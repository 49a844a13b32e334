"""HTML, PDF and DOCX to plain text and metadata, in a child process under limits.

The three formats are parsed by libraries that a hostile or broken file can hang, crash or fill with memory. `Parser`
keeps one child for many files; a child that is late or gone is replaced, and the file it stumbled over is skipped with
a reason. Run as a program, this module is the child. The only door to trafilatura, pypdf and python-docx. Knows nothing
of files' names or of what is furniture on a page.

    parent → {"format": "html", "size": 1234}\\n and 1,234 bytes
    child  → {"text": …, "metadata": {…}}\\n or {"error": half a sentence}\\n
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Parsed = tuple[str, dict[str, str]]  # text, metadata

SECONDS = 20.0  # for one file: a page of 50,000 attributes, the slowest that is not hostile, takes 19
MEMORY = 1_500_000_000  # bytes of address space; a 900-page PDF takes 600 MB
LONGEST_PARAGRAPH = 200_000  # characters of text from one paragraph of a document; more is not an article
FEWEST_WORDS = 8  # of a page: fewer are a menu or a notice
JUNK_TITLE = re.compile(r"untitled|microsoft word|\.(?:docx?|pdf|indd|qxd|rtf|odt)$|^\W*$", re.IGNORECASE)


class Parser:
    """The parent's side: one file at a time, from whatever thread. `close` ends the child."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def parse(self, kind: str, data: bytes) -> Parsed | str:
        """(text, metadata), or the reason, half a sentence, why there is none. kind: "html", "pdf" or "docx"."""
        with self._lock:
            return self._parse(kind, data)

    def _parse(self, kind: str, data: bytes) -> Parsed | str:
        try:
            reply = self._ask(kind, data)
        except (OSError, EOFError, ValueError):
            self.close()
            return "reading it took more memory than one article may; split or convert it"
        if reply is None:
            self.close()
            return f"reading it took longer than {self._seconds:.0f} seconds; convert it to plain text"
        return str(reply["error"]) if "error" in reply else (reply["text"], reply["metadata"])

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _ask(self, kind: str, data: bytes) -> dict[str, Any] | None:
        child = self._child = self._child or _start()
        assert child.stdin and child.stdout
        child.stdin.write(json.dumps({"format": kind, "size": len(data)}).encode() + b"\n" + data)
        child.stdin.flush()
        line = _read_line(child.stdout.fileno(), time.monotonic() + self._seconds)
        return json.loads(line) if line is not None else None


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(__file__).parent.parent)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([root, os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "indexes.parse"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,  # Ctrl-C is the parent's business
    )


def _read_line(descriptor: int, deadline: float) -> bytes | None:
    """One line, or None at the deadline. Raises EOFError when the child is gone."""
    found = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not selector.select(max(0.0, deadline - time.monotonic())):
                return None
            piece = os.read(descriptor, 1 << 20)
            if not piece:
                raise EOFError
            found += piece
    return bytes(found)


# -- the child --------------------------------------------------------------------------------------------------------


class _Reason(Exception):
    """Why a document cannot be used."""


def _main() -> None:
    """Answer requests until the parent closes its end. What a library prints goes nowhere."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while line := sys.stdin.buffer.readline():
        request = json.loads(line)
        signal.alarm(int(SECONDS) + 5)  # should the parent be gone, nobody else would stop us
        reply = _reply(request["format"], sys.stdin.buffer.read(request["size"]))
        signal.alarm(0)
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def _reply(kind: str, data: bytes) -> dict[str, Any]:
    try:
        text, metadata = {"html": parse_html, "pdf": parse_pdf, "docx": parse_docx}[kind](data)
    except _Reason as reason:
        return {"error": str(reason)}
    except MemoryError:
        return {"error": "reading it took more memory than one article may; split or convert it"}
    except Exception:  # whatever a parser raises over a broken file, the file is what is wrong
        return {"error": f"it is damaged, or no {kind.upper()} at all; save it again"}
    return {"text": text, "metadata": {name: value for name, value in metadata.items() if value}}


def parse_html(data: bytes) -> Parsed:
    """The main text of a saved page, paragraphs parted by blank lines."""
    from trafilatura import bare_extraction

    found: Any = bare_extraction(data, include_comments=False, include_tables=True, with_metadata=True)
    if found is None or len((found.text or "").split()) < FEWEST_WORDS:
        raise _Reason("no article was found on the page, only its menus")
    text = "\n\n".join(line.strip() for line in found.text.split("\n") if line.strip())
    return text, {
        "title": found.title or "",
        "author": (found.author or "").replace(";", ","),
        "published": found.date or "",
        "source": found.sitename or "",
        "url": found.url or "",
    }


def parse_docx(data: bytes) -> Parsed:
    """Paragraphs, list items and tables in their order."""
    import docx

    document: Any = docx.Document(io.BytesIO(data))
    blocks: list[str] = []
    heading = ""
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            blocks += [" | ".join(cell.text.strip() for cell in row.cells) for row in block.rows]
            continue
        text = " ".join(block.text.split())[:LONGEST_PARAGRAPH]
        style = (block.style.name or "") if block.style is not None else ""
        if text and not heading and style.startswith(("Title", "Heading")):
            heading = text
        blocks.append(f"- {text}" if text and style.startswith("List") else text)
    properties = document.core_properties
    title = properties.title or ""
    return "\n\n".join(block for block in blocks if block), {
        "title": heading if not title or JUNK_TITLE.search(title) else title,
        "author": "" if properties.author == "python-docx" else properties.author or "",
        "created": properties.created.date().isoformat() if properties.created else "",
    }


def parse_pdf(data: bytes) -> Parsed:
    """Lines joined to paragraphs, without what repeats at the head and foot of pages."""
    import pypdf

    if b"%%EOF" not in data[-2048:]:
        raise _Reason("the PDF is cut off before its end; download or save it again")
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _Reason("the PDF is locked with a password; save a copy without one")
    pages = [[line.rstrip() for line in page.extract_text().split("\n")] for page in reader.pages]
    if not any(line.strip() for page in pages for line in page):
        raise _Reason("the PDF holds only pictures of its pages; run text recognition (OCR) on it first")
    text = "\n\n".join(join_lines(without_running_lines(pages)))
    return text, _pdf_metadata(reader)


def _pdf_metadata(reader: Any) -> dict[str, str]:
    information = reader.metadata
    if not information:
        return {}
    title = str(information.title or "")
    found = {"title": "" if JUNK_TITLE.search(title) else title, "author": str(information.author or "")}
    with contextlib.suppress(Exception):  # a date that pypdf cannot read is no date
        found["created"] = information.creation_date.date().isoformat()
    return found


def without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Pages without headers, footers and page numbers: lines among the first or last two of a page that, digits apart,
    stand there on two pages or more."""

    def edges(page: list[str]) -> set[int]:
        full = [index for index, line in enumerate(page) if line.strip()]
        return set(full[:2] + full[-2:])

    def bare(line: str) -> str:
        return re.sub(r"\d+", "#", line.strip()).casefold()

    counts = Counter(key for page in pages for key in {bare(page[index]) for index in edges(page)})
    number = re.compile(r"(?:page )?#(?: ?(?:of|/) ?#)?")
    return [
        [
            line
            for index, line in enumerate(page)
            if index not in edges(page)
            or not (number.fullmatch(bare(line)) or (len(pages) > 1 and counts[bare(line)] > 1))
        ]
        for page in pages
    ]


def join_lines(pages: list[list[str]]) -> Iterator[str]:
    """Paragraphs from hard-wrapped lines. A paragraph ends at a blank line, at a line that ends a sentence before the
    right margin, and around lines too short for the column."""
    lines = [line.strip() for page in pages for line in page]
    lengths = sorted(len(line) for line in lines if line)
    width = lengths[int(len(lengths) * 0.8)] if lengths else 0  # most lines of a column reach nearly this far
    paragraph = ""
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if line:
            paragraph = _joined(paragraph, line)
        if paragraph and (not line or _ends(line, following, width)):
            yield paragraph
            paragraph = ""
    if paragraph:
        yield paragraph


def _joined(paragraph: str, line: str) -> str:
    if re.search(r"[a-zà-ÿ]-$", paragraph) and re.match(r"[a-zà-ÿ]", line):
        return paragraph[:-1] + line
    return f"{paragraph} {line}" if paragraph else line


def _ends(line: str, following: str, width: int) -> bool:
    closed = bool(re.search(r"[.!?:][\"'”’)\]]*$", line))
    short = len(line) < 0.85 * width
    return (closed and short) or (len(line) < 0.6 * width and following[:1].isupper())


if __name__ == "__main__":
    _main()
