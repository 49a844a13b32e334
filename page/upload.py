"""One form with files, streamed to disk as it comes in: at no time is more than a piece of it in memory.

    sent = await receive(request, folder)
    sent.fields     {"title": "Tugs"}
    sent.files      [Upload("tugs.pdf", folder/"0", 81_233)]

What goes beyond a limit is read and thrown away, so that the page can say which file was too large: a connection that
is cut says nothing. Knows nothing of articles, nor of what a file name may do.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from indexes.errors import FootnoteError, LibraryUnwritable

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE_MOST = 20_000_000  # bytes of one file; the largest of the articles tried is a PDF of 9 million
ALL_MOST = 50_000_000  # bytes of all files of one form
FILES_MOST = 100  # of one form
FIELD_MOST = 4_000_000  # bytes of one field: the million characters of a pasted text, four bytes each
FIELDS_MOST = 16
BROKEN = "What the browser sent cannot be read as a form; open the page again and repeat it."
CROWDED = "What the browser sent has too many parts or too much text; add it in smaller portions."


class UploadError(FootnoteError):
    """A form that cannot be read, or has more in it than one may have."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came. name: as the browser sent it, to be trusted in nothing. problem: why it is not whole."""

    name: str
    path: Path
    size: int  # bytes that were sent
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[Upload] = field(default_factory=list)


async def receive(request: Request, folder: Path) -> Sent:
    """The form of a request; its files lie in `folder`, numbered. Raises UploadError, LibraryUnwritable."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not boundary:
        raise UploadError(BROKEN)
    parts = _Parts(folder)
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        async for chunk in request.stream():
            await asyncio.to_thread(parser.write, chunk)
        parser.finalize()
    except (FormParserError, ClientDisconnect):
        raise UploadError(BROKEN) from None
    except OSError as error:
        raise LibraryUnwritable(
            f"The files cannot be kept ({error.strerror}); free some space and try again."
        ) from error
    finally:
        parts.close()
    if not parts.ended:
        raise UploadError(BROKEN)
    return parts.sent


class _Parts:
    """What the parser finds, put in its place."""

    def __init__(self, folder: Path) -> None:
        self.sent = Sent()
        self.ended = False
        self._folder = folder
        self._header: list[bytearray] = [bytearray(), bytearray()]  # name, value
        self._disposition = b""
        self._field: tuple[str, bytearray] | None = None
        self._file: tuple[str, BinaryIO] | None = None
        self._size = 0  # of the part
        self._kept = 0  # bytes of all files

    def callbacks(self) -> MultipartCallbacks:
        """By the parser's names."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._open,
            "on_part_data": lambda data, start, end: self._write(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def close(self) -> None:
        """Leave no file open."""
        if self._file:
            self._file[1].close()

    def _begin(self) -> None:
        self._disposition, self._size, self._field, self._file = b"", 0, None, None

    def _header_end(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = [bytearray(), bytearray()]

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self._field = name, bytearray()
        elif filename := options[b"filename"].decode("utf-8", "replace"):
            if len(self.sent.files) >= FILES_MOST:
                raise UploadError(f"More than {FILES_MOST} files came at once; add them in smaller portions.")
            self._file = filename, (self._folder / str(len(self.sent.files))).open("wb")
        if len(self.sent.fields) >= FIELDS_MOST:
            raise UploadError(CROWDED)

    def _write(self, data: bytes) -> None:
        before, self._size = self._size, self._size + len(data)
        if self._file:
            room = min(FILE_MOST - before, ALL_MOST - self._kept)
            self._kept += self._file[1].write(data[: max(0, room)])
        elif self._field:
            if self._size > FIELD_MOST:
                raise UploadError(CROWDED)
            self._field[1].extend(data)

    def _end(self) -> None:
        if self._field:
            self.sent.fields[self._field[0]] = self._field[1].decode("utf-8", "replace")
        if self._file:
            name, stream = self._file
            path, kept = Path(stream.name), stream.tell()
            stream.close()
            self.sent.files.append(Upload(name, path, self._size, _problem(self._size) if kept < self._size else ""))
        self._field = self._file = None

    def _all(self) -> None:
        self.ended = True


def _problem(size: int) -> str:
    """Why a file of this size was not kept whole."""
    if size > FILE_MOST:
        return f"it is larger than {FILE_MOST // 1_000_000} MB; split it, or use `footnote index`"
    return f"the files are larger than {ALL_MOST // 1_000_000} MB together; add this one by itself"
