"""Pages as they were fetched, kept beside the library, so that the next run asks only for what has changed since.

    pages/4f1c….gz   a line of JSON (url, final url, type, encoding, fetched, etag, last modified), then the bytes

A page is written whole or not at all. One that cannot be read any more counts as not kept, and is fetched again. Knows
nothing of articles, nor of what may be fetched.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO, cast

from indexes.errors import LibraryUnwritable
from indexes.fetch import Page
from indexes.gather import Known

FOLDER = "pages"
FIELDS = ("url", "final_url", "content_type", "encoding", "fetched", "etag", "last_modified")
DAMAGED = (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError)


def save(folder: Path, page: Page) -> None:
    """Keep a page beside the library at `folder`, in the place of what was kept of its address. Raises
    LibraryUnwritable."""
    path = _path(folder, page.url)
    fresh = path.with_suffix(".new")
    told = json.dumps({name: getattr(page, name) for name in FIELDS}).encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as stream:
            stream.write(gzip.compress(told + b"\n" + page.data, mtime=0))
            stream.flush()
            os.fsync(stream.fileno())  # else a power cut can leave the name without the bytes
        fresh.replace(path)
    except OSError as error:
        raise LibraryUnwritable(
            f"The folder {path.parent} cannot be written to ({error.strerror}); free some space or check who owns it."
        ) from error


def read(folder: Path, url: str) -> Page | None:
    """The page that was kept of an address."""
    try:
        with gzip.open(_path(folder, url)) as stream:
            return _page(cast("BinaryIO", stream), url, whole=True)
    except DAMAGED:
        return None


def head(folder: Path, url: str) -> Page | None:
    """The same without its bytes, for the time of reading a line."""
    return _head(_path(folder, url), url)


def known(folder: Path, current: Callable[[Page], bool] = lambda page: True) -> Mapping[str, Known]:
    """What the servers said of the pages that are kept, by address, read when it is asked for. `current` is asked of
    each head whether that may be handed back: a server that is told it says nothing more of a page that is the same."""
    return _Kept(folder, current)


def drop(folder: Path, final_urls: Collection[str]) -> None:
    """Forget the pages that came from these addresses."""
    for path in _paths(folder) if final_urls else ():
        page = _head(path)
        if page and page.final_url in final_urls:
            path.unlink(missing_ok=True)


class _Kept(Mapping[str, Known]):
    def __init__(self, folder: Path, current: Callable[[Page], bool]) -> None:
        self._folder = folder
        self._current = current

    def __getitem__(self, url: str) -> Known:
        page = head(self._folder, url)
        if page is None or not self._current(page):
            raise KeyError(url)
        return Known(page.etag, page.last_modified)

    def __iter__(self) -> Iterator[str]:
        pages = (_head(path) for path in _paths(self._folder))
        return (page.url for page in pages if page and self._current(page))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _path(folder: Path, url: str) -> Path:
    """Named by a hash: an address is longer than a name may be, and holds what names may not."""
    return folder / FOLDER / f"{hashlib.sha256(url.encode('utf-8', 'replace')).hexdigest()[:32]}.gz"


def _paths(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER).glob("*.gz"))


def _head(path: Path, url: str = "") -> Page | None:
    try:
        with gzip.open(path) as stream:
            return _page(cast("BinaryIO", stream), url, whole=False)
    except DAMAGED:
        return None


def _page(stream: BinaryIO, url: str, whole: bool) -> Page:
    """A page from its file, which must be that of `url` if one is given."""
    told = json.loads(stream.readline())
    if url and told["url"] != url:
        raise ValueError("another page")
    return Page(data=stream.read() if whole else b"", **{name: str(told[name]) for name in FIELDS})
