"""Files, standard input and bytes to raw documents: text, where it came from, and the metadata that was found.

Text, Markdown and JSONL are read here; HTML, PDF and DOCX in a child process (`indexes/parse.py`). Whatever cannot be
used is yielded as an InputError that says why and what to do; nothing here raises for bad input. Knows nothing of
folders (`indexes/folders.py`), of what is furniture on a page, of passages or of storage.
"""

from __future__ import annotations

import codecs
import json
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from indexes.errors import InputError, UnreadableInput
from indexes.parse import Parser
from indexes.text import plain, sound

LARGEST = 50_000_000  # bytes: the longest report tried, 1,900 pages, has 9 million
FORMATS = {
    ".txt": "txt", ".text": "txt", ".md": "md", ".markdown": "md", ".html": "html", ".htm": "html", ".xhtml": "html",
    ".pdf": "pdf", ".docx": "docx", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
RENAME = "; give it its right name"
KNOWN = "text, Markdown, HTML, PDF, DOCX and JSONL can be read"
SIGNATURES = (
    (b"%PDF-", "pdf", "a PDF"), (b"PK\x03\x04", "docx", "a DOCX or ZIP file"), (b"\x89PNG", "", "a picture"),
    (b"\xff\xd8\xff", "", "a picture"), (b"GIF8", "", "a picture"), (b"\x7fELF", "", "a program"),
    (b"\x1f\x8b", "", "a gzip file"),
    (b"\xd0\xcf\x11\xe0", "", "an old Office file; save it as DOCX or PDF"),
    (b"{\\rtf", "", "an RTF file; save it as DOCX or text"),
)  # fmt: skip
PAGE = re.compile(
    rb"^\s*(?:<\?xml[^>]*>\s*)?(?>(?:<!--.*?-->\s*)*)<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
# French and German have up to 6 % of accented letters, Greek and Russian 80 %; charset-normalizer guesses wrongly
# below.
MANY_HIGH_BYTES = 0.15
MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
METADATA = ("title", "author", "published", "source", "url")

_parser = Parser()


@dataclass(frozen=True, slots=True)
class RawDocument:
    """What a parser found, before cleaning. id: the path below the folder that was given, without extension; a JSONL
    record's own. origin: the file's absolute path, or "-". metadata: title, author, published, source, url as
    found; "created" is a PDF's or DOCX's own date, which stands in where the text gives none."""

    id: str
    text: str
    format: str  # "txt", "md", "html", "pdf", "docx" or "jsonl"
    origin: str
    metadata: Mapping[str, str]


Found = Iterator[RawDocument | InputError]


def read_file(root: Path, file: Path) -> Found:
    """The documents of one file, or the one reason why it has none."""
    origin = str(file)
    data = _bytes(file)
    if isinstance(data, InputError):
        yield data
        return
    kind = _kind(file, data)
    if isinstance(kind, InputError):
        yield kind
        return
    yield from read_bytes(data, kind, file.relative_to(root).with_suffix("").as_posix(), origin)


def read_stream(stream: BinaryIO) -> Found:
    """The documents on standard input: JSONL, a page, a PDF, a DOCX or text, whichever it looks like."""
    data = stream.read(LARGEST + 1)
    if problem := _size_problem(len(data), bool(data.strip())):
        yield UnreadableInput("standard input", problem)
        return
    kind = next((kind for signature, kind, _ in SIGNATURES if data.startswith(signature)), "txt")
    if kind == "txt" and PAGE.match(data[:4096]):
        kind = "html"
    elif kind == "txt" and _is_record(data.lstrip().partition(b"\n")[0]):
        kind = "jsonl"
    yield from read_bytes(data, kind or "txt", "standard-input", "-")


def read_bytes(data: bytes, kind: str, name: str, origin: str) -> Found:
    """Documents from bytes of a known kind. Errors name the origin."""
    where = "standard input" if origin == "-" else origin
    if kind in ("html", "pdf", "docx"):
        data = _mended(data) if kind == "html" else data
        parsed = _parser.parse(kind, data)
        if isinstance(parsed, str):
            yield UnreadableInput(where, parsed)
        else:
            yield RawDocument(name, parsed[0], kind, origin, parsed[1])
        return
    text = decode(data)
    if text is None:
        yield UnreadableInput(where, "it is not text, whatever its name says; convert it to text first")
    elif kind == "jsonl":
        yield from _records(text, where, origin)
    elif kind == "md":
        from indexes.markdown import read_markdown

        body, metadata = read_markdown(text)
        yield RawDocument(name, body, kind, origin, metadata) if body.strip() else UnreadableInput(where, EMPTY)
    else:
        yield RawDocument(name, paragraphs(text), kind, origin, {})


NOT_A_FILE = "it is a pipe or a device, not a file; give it through standard input"
EMPTY = "it is empty; there is nothing to read"


DECLARED = re.compile(rb"""charset=["' ]*([\w-]+)""", re.IGNORECASE)


def _mended(page: bytes) -> bytes:
    """The page in UTF-8 where it says UTF-8, or nothing, and is something else; as it is otherwise."""
    declared = DECLARED.search(page[:4096])
    if declared and declared[1].lower() not in (b"utf-8", b"utf8"):
        return page
    text = decode(page)
    return page if text is None else text.encode()


def _bytes(file: Path) -> bytes | InputError:
    """The file's bytes, or why it has none that can be used."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return UnreadableInput(str(file), NOT_A_FILE)
        if status.st_size > LARGEST:
            return UnreadableInput(str(file), _size_problem(status.st_size, True))
        data = file.read_bytes()
    except OSError as error:
        return UnreadableInput(str(file), f"it cannot be read ({error.strerror}); check its permissions")
    problem = _size_problem(len(data), bool(data.strip()))
    return UnreadableInput(str(file), problem) if problem else data


def _size_problem(size: int, filled: bool) -> str:
    if not filled:
        return EMPTY
    return f"it is larger than {LARGEST // 1_000_000} MB; split it" if size > LARGEST else ""


def _kind(file: Path, data: bytes) -> str | InputError:
    """The format by name, held against the first bytes. A saved page is read as a page under any text name."""
    named = FORMATS.get(file.suffix.casefold())
    if named is None:
        return InputError(str(file), f"files of this kind cannot be read; {KNOWN}")
    for signature, kind, what in SIGNATURES:
        if data.startswith(signature):
            if kind == named:
                return kind
            return UnreadableInput(str(file), f"it is named {file.suffix} but is {what}" + RENAME * (";" not in what))
    if named in ("pdf", "docx"):
        return UnreadableInput(str(file), f"it is named {file.suffix} but is none{RENAME}")
    return "html" if named == "txt" and PAGE.match(data[:4096]) else named


def decode(data: bytes) -> str | None:
    """Bytes as text: by byte order mark, as UTF-16 if every second byte is zero, as UTF-8, or by what is most likely;
    None for what is no text at all."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, errors="replace")
    text = _decode_wide(data)
    if text is None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = _decode_old(data)
    if text is None:
        return None
    controls = sum(char < " " and char not in "\t\n\r\f\x1b" for char in text[:4096])
    return None if controls > len(text[:4096]) / 20 else text


def _decode_wide(data: bytes) -> str | None:
    """UTF-16 without a mark: of mostly ASCII text every second byte is zero, and no other."""
    even, odd = data[0:4096:2], data[1:4096:2]
    for zeros, others, name in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.4 * len(zeros) and not others.count(0):
            return data.decode(name, errors="replace")
    return None


def _decode_old(data: bytes) -> str | None:
    """Bytes that are not UTF-8. A few high bytes among ASCII are Western European; more of them need a closer look."""
    sample = data[:200_000]
    if sum(byte >= 0x80 for byte in sample) < len(sample) * MANY_HIGH_BYTES and b"\0" not in sample:
        return data.decode("cp1252", errors="replace")
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return None if best is None else data.decode(best.encoding, errors="replace")


def paragraphs(text: str) -> str:
    """Plain text with one blank line between paragraphs. Hard-wrapped lines are joined; where lines are long or there
    are no blank lines, each line is a paragraph."""
    lines = [line.strip() for line in text.replace("\0", "�").replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    blocks = [block.split("\n") for block in re.split(r"\n{2,}", "\n".join(lines).strip())]
    out: list[str] = []
    for block in blocks:
        wrapped = len(block) > 1 and all(45 <= len(line) <= 100 for line in block[:-1])
        out += [" ".join(block)] if wrapped else block
    return "\n\n".join(out)


# -- JSONL ------------------------------------------------------------------------------------------------------------


def _records(text: str, where: str, origin: str) -> Found:
    """A document for each line; a broken one is named by its number and passed over."""
    seen: set[str] = set()
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        found = _record(line, f"{where}:{number}", origin)
        if isinstance(found, RawDocument):
            if found.id in seen:
                found = InputError(
                    f"{where}:{number}", f"the id {found.id!r} stands in the file twice; give it another"
                )
            else:
                seen.add(found.id)
        yield found


def _record(line: str, where: str, origin: str) -> RawDocument | InputError:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError):
        return InputError(where, "the line is not valid JSON; mend or delete it")
    if not isinstance(record, dict):
        return InputError(where, "the line is not a JSON object with id and text; mend or delete it")
    identity, text = record.get("id"), record.get("text")
    if not isinstance(identity, str | int) or isinstance(identity, bool) or not str(identity).strip():
        return InputError(where, "the record has no id; give it one")
    if not isinstance(text, str) or not text.strip():
        return InputError(where, "the record has no text; give it some or delete it")
    metadata = {name: plain(record[name]) for name in METADATA if name in record}
    return RawDocument(sound(str(identity)), sound(text), "jsonl", origin, metadata)


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False
