"""Files and folders to the files that are to be read: each once, in order of name, and none outside what was given.

    articles/  →  (articles, articles/suez.md), (articles, articles/tugs.pdf), …

Whatever cannot be read is yielded as an InputError that says why and what to do; nothing here raises for a bad path,
and no file is opened. Knows nothing of what is in a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexes.errors import InputError, NoSuchPath, UnreadableInput
from indexes.load import FORMATS, KNOWN, NOT_A_FILE

LITTER = frozenset({"thumbs.db", "desktop.ini"})  # left in folders by operating systems; hidden files are too


def find_files(paths: Sequence[Path]) -> Iterator[tuple[Path, Path] | InputError]:
    """(root, file) for every file to be read, in order of name; each file once."""
    seen: set[Path] = set()
    for path in paths:
        root = _resolved(path)
        if isinstance(root, InputError):
            yield root
            continue
        for found in _walk(root) if root.is_dir() else [_usable(root)]:
            if isinstance(found, InputError):
                yield found
            elif found not in seen:
                seen.add(found)
                yield root if root.is_dir() else root.parent, found


def _resolved(path: Path) -> Path | InputError:
    """The path without links. A link to itself leads nowhere."""
    if not os.path.lexists(path):
        return NoSuchPath(_shown(path), "there is no such file or folder; check the path")
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError):
        return UnreadableInput(_shown(path), "it is a link that leads nowhere; delete it")


def _usable(path: Path) -> Path | InputError:
    """The path if it is a regular file with a name that can be kept. Pipes and devices are never opened."""
    try:
        str(path).encode("utf-8")
    except UnicodeEncodeError:
        return UnreadableInput(_shown(path), "its name is not valid UTF-8; rename it")
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return UnreadableInput(_shown(path), f"it cannot be read ({error.strerror}); check its permissions")
    return path if regular else UnreadableInput(_shown(path), NOT_A_FILE)


def _shown(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode("utf-8")


def _walk(root: Path) -> Iterator[Path | InputError]:
    """Files below root; hidden ones and what systems leave behind are passed over, links that lead out are named."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name.startswith(".") or name.casefold() in LITTER:
                continue
            file = _resolved(path) if path.is_symlink() else path
            if isinstance(file, InputError):
                yield file
            elif path.is_symlink() and not file.is_relative_to(root):
                yield UnreadableInput(_shown(path), "it is a link to a place outside the folder; copy the file in")
            elif path.suffix.casefold() not in FORMATS:
                yield UnreadableInput(_shown(path), f"files of this kind cannot be read; {KNOWN}")
            else:
                yield _usable(file)
