"""Evidence as the JSON that an exported file carries, and back.

    Evidence → pack → JSON → unpack → Evidence

A seal over the record shows an edit by hand. It is no signature: who writes the whole file anew can seal it anew, so it
is the library that has the last word (qa/recheck.py). What an older Footnote wrote is packed as it packed it, so
that its files still fit themselves. Knows nothing of how a file looks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from types import NoneType
from typing import Any, TypeVar

from indexes.errors import FootnoteError
from indexes.types import Span
from qa.evidence import FORMAT, Asked, Evidence, Line, Note, Unsupported, sha256

# 1 knows neither `unsupported` nor `instead_of`, and a refusal has no notes there; before 3 Markdown had no bold words.
READS = range(1, FORMAT + 1)

T = TypeVar("T")


def pack(evidence: Evidence) -> str:
    """The record as JSON that can stand in a script element or a comment: ASCII, and without a sign that ends one."""
    whole: dict[str, Any] = {"footnote": "evidence", "format": evidence.format, **asdict(evidence)}
    for asked in whole["asked"] if evidence.format == 1 else ():
        del asked["unsupported"]
        for line in asked["lines"]:
            del line["instead_of"]
    text = json.dumps({**whole, "sha256": seal(whole)}, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def seal(whole: Mapping[str, Any]) -> str:
    """SHA-256 over the record without its seal."""
    return sha256(json.dumps({key: value for key, value in whole.items() if key != "sha256"}, sort_keys=True))


def unpack(text: str) -> tuple[Evidence, bool]:
    """The evidence, and whether its seal fits. Raises FootnoteError for what Footnote did not write."""
    try:
        whole = json.loads(text)
        if whole["format"] not in READS and type(whole["format"]) is int:
            raise FootnoteError(
                f"The file's record has format {whole['format']}, this Footnote reads {READS[0]} to {FORMAT}; check it "
                "with the version of Footnote that exported it."
            )
        evidence = _made(
            Evidence,
            whole,
            settings=tuple((_text(key), _text(value)) for key, value in whole["settings"]),
            asked=tuple(_asked_from(item, old=whole["format"] == 1) for item in whole["asked"]),
        )
        return evidence, seal(whole) == whole["sha256"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise FootnoteError(
            "The file's record is damaged and cannot be read; export the answer again, or ask for a "
            "whole copy of the file."
        ) from error


def _asked_from(item: Any, old: bool) -> Asked:
    """A question. old: of format 1."""
    notes = tuple(_made(Note, one) for one in item["notes"])
    lines = tuple(_line_from(one, old) for one in item["lines"])
    unsupported = () if old else tuple(_made(Unsupported, one) for one in item["unsupported"])
    if not {number for line in lines for number in line.notes} <= {one.number for one in notes}:
        raise ValueError("a sentence cites a note that is not there")
    return _made(Asked, item, lines=lines, notes=notes, unsupported=unsupported)


def _line_from(item: Any, old: bool) -> Line:
    notes, marks = tuple(map(_number, item["notes"])), tuple(map(_span, item["marks"]))
    return _made(Line, item, notes=notes, marks=marks, instead_of="" if old else _text(item["instead_of"]))


KINDS = {"str": (str,), "int": (int,), "bool": (bool,), "float": (float,), "float | None": (float, NoneType)}


def _made(kind: type[T], item: Any, **others: Any) -> T:
    """A noun from its JSON, each value of the kind it is declared as; floats are shares, 0..1."""
    for each in fields(kind):  # type: ignore[arg-type]  # all are dataclasses
        if each.name not in others:
            value = others[each.name] = item[each.name]
            if type(value) not in KINDS[str(each.type)] or (type(value) is float and not 0 <= value <= 1):
                raise ValueError(f"{each.name} is no {each.type}")
    return kind(**others)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("not a text")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError("not a number")
    return value


def _span(value: Any) -> Span:
    start, end = value
    return _number(start), _number(end)
