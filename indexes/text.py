"""Small repairs of foreign text, shared by the loaders. Knows nothing of files or formats."""

from __future__ import annotations

from datetime import date, datetime


def sound(text: str) -> str:
    """Without what SQLite and Chroma cannot hold: NUL and lone surrogates, one for one, so that offsets stay true."""
    return "".join("�" if char == "\0" or "\ud800" <= char <= "\udfff" else char for char in text)


def plain(value: object) -> str:
    """A metadata value as one line of text; lists joined, dates in ISO form, everything else left out."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(filter(None, map(plain, value)))
    return " ".join(sound(str(value)).split()) if isinstance(value, str | int | float) else ""
