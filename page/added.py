"""What was brought in from the page, kept as files in the folder `added` of the library.

    added/tugs.pdf                               a file, under a name made safe
    added/ever-given-refloated-3f2a1b9c.jsonl    a pasted text, named by its words, so that twice is once

They lie inside the library and are never given as a folder, so indexing other folders leaves them alone. Nothing here
is ever served. Knows nothing of indexing.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from indexes.clean import iso_date
from indexes.errors import InputError, LibraryUnwritable, UnreadableInput
from indexes.load import FORMATS, KNOWN
from indexes.text import plain, sound
from page.text import label

FOLDER = "added"
TEXT_MOST = 1_000_000  # characters; a long novel has as many
STEM = 50  # characters of a name: with four bytes each well below the 255 that file systems take
FRESH = ".incoming-"
LEFT_BEHIND = 86_400.0  # seconds after which an upload that a crash left behind is swept away


@contextmanager
def incoming(library: Path) -> Iterator[Path]:
    """A folder for what is coming in, gone afterwards. Raises LibraryUnwritable."""
    added = library / FOLDER
    try:
        added.mkdir(parents=True, exist_ok=True)
        for old in added.glob(f"{FRESH}*"):
            if time.time() - old.stat().st_mtime > LEFT_BEHIND:
                shutil.rmtree(old, ignore_errors=True)
        fresh = tempfile.TemporaryDirectory(prefix=FRESH, dir=added, ignore_cleanup_errors=True)
    except OSError as error:
        raise LibraryUnwritable(f"The folder {added} cannot be written to ({error.strerror}).") from error
    with fresh as path:
        yield Path(path)


def keep_file(library: Path, name: str, path: Path, replace: bool = False) -> Path:
    """Move a file in; returns where it lies now. One with the same bytes is kept once; another one of the same name is
    replaced if `replace` says so, else kept beside it. Raises InputError for a kind that cannot be read."""
    safe = safe_name(name)
    suffix = Path(safe).suffix
    if suffix not in FORMATS:
        raise UnreadableInput(label(name), f"files of this kind cannot be read; {KNOWN}")
    folder = (library / FOLDER).resolve()
    if (folder / safe).is_file() and replace:
        path.replace(folder / safe)
        return folder / safe
    if twin := _twin(folder, path, suffix):
        return twin
    place = _free(folder / safe)
    path.replace(place)
    return place


def keep_text(library: Path, text: str, title: str = "", source: str = "", published: str = "") -> Path:
    """Keep a pasted text as a record of one article; the same words once more are the same article. Raises
    InputError."""
    text = sound(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not re.search(r"\w", text):
        raise InputError("The text", "it is empty; paste the words of an article")
    if len(text) > TEXT_MOST:
        raise InputError("The text", f"it has {len(text):,} characters, {TEXT_MOST:,} can be pasted; add it as a file")
    day = iso_date(published)
    if published.strip() and not day:
        raise InputError(f"The date “{label(published)[:40]}”", "write it as 2021-03-24, or leave it empty")
    folder = (library / FOLDER).resolve()
    digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:8]
    known = next(iter(sorted(folder.glob(f"*-{digest}.jsonl"))), None)
    identity = known.stem if known else f"{_slug(title or text)}-{digest}"
    record = {"id": identity, "title": plain(title), "source": plain(source), "published": day, "text": text}
    _write(folder / f"{identity}.jsonl", json.dumps(record).encode() + b"\n")
    return folder / f"{identity}.jsonl"


def forget(path: Path) -> None:
    """Away with a file that nothing could be read from."""
    with suppress(OSError):
        path.unlink()


def safe_name(name: str) -> str:
    """ "../../Ever Given?.PDF" → "Ever Given.pdf": no folder, nothing hidden, no sign that means something."""
    last = unicodedata.normalize("NFC", re.split(r"[/\\]", sound(name))[-1])
    kept = "".join(c if c.isalnum() or unicodedata.category(c) == "Mn" or c in " ._-" else "-" for c in last)
    stem, dot, suffix = kept.rpartition(".")
    stem, suffix = (stem, suffix) if dot else (kept, "")
    stem = re.sub(r"[ -]*-[ -]*", "-", " ".join(stem.split()))[:STEM].strip(" .-")
    suffix = re.sub(r"[^a-z0-9]", "", suffix.casefold())[:10]
    return f"{stem or 'article'}{'.' if suffix else ''}{suffix}"


def _slug(text: str) -> str:
    """The first words, for an id that people read."""
    words = re.findall(r"[^\W_]+", text[:200].casefold())
    return "-".join(words[:6])[:STEM].strip("-") or "text"


def _twin(folder: Path, path: Path, suffix: str) -> Path | None:
    """A file that was kept before, of the same kind and with the same bytes."""
    size = path.stat().st_size
    near = [one for one in folder.glob(f"*{suffix}") if one.is_file() and one.stat().st_size == size]
    digest = _digest(path) if near else ""
    return next((one for one in sorted(near) if _digest(one) == digest), None)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _free(place: Path) -> Path:
    """The place, or the first one after it with a number that is not taken."""
    number = 1
    free = place
    while free.exists():
        number += 1
        free = place.with_stem(f"{place.stem}-{number}")
    return free


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all. Raises LibraryUnwritable."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(data)
        fresh.replace(path)
    except OSError as error:
        raise LibraryUnwritable(
            f"The folder {path.parent} cannot be written to ({error.strerror}); free some space or check who owns it."
        ) from error
