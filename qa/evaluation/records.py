"""Records to and from lines of JSON, and the checked reading of any JSON line that evaluation shares.

    {"id": "q1", "answer": "59 metres"} → Record(id="q1", answer="59 metres")

One record a line: id, question, answer, span, refused, confidence, citations [{article_id, title, quote, start, end}],
sentences [{text, citations: [index from 0]}], hits and retrieved [{article_id, start, end, text, score}], seconds
{stage: seconds}, problem. Only `id` and `answer` must be there. An empty answer without `refused` and without `problem`
is a refusal; a place that is not given is 0..0, which holds nothing. Fields that are not known are passed over.

A run that was killed may leave half a line at the end: reading drops it, and the next append writes over it. Knows
nothing of questions files, of systems or of what is right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from indexes.text import sound
from indexes.types import Hit
from qa.evaluation.types import Case, Cited, EvaluationError, Found, Record
from qa.types import Answer

LARGEST = 1e12  # of any number
DIGITS = 6  # after the point, for every number of a record: one kept in memory equals the same one read again
UNSOUND = re.compile("[\\0\ud800-\udfff]")  # what no UTF-8 file can hold


class Row:
    """One JSON object whose fields are read with a check; `where` begins every complaint."""

    def __init__(self, value: object, where: str) -> None:
        self.where = where
        if not isinstance(value, dict):
            self.fail("this is not a JSON object; put one between braces, or delete it")
        self.fields: dict[str, Any] = value

    def fail(self, reason: str) -> NoReturn:
        """Complain about this row."""
        raise EvaluationError(f"{self.where}: {reason}")

    def text(self, name: str) -> str:
        """A text, "" where there is none."""
        return self.optional(name) or ""

    def optional(self, name: str) -> str | None:
        """A text or None."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, str):
            self.fail(f"{name} must be a text in quotes")
        return value and _sound(value)

    def id(self) -> str:
        """The id; a whole number is taken as its digits."""
        value = self.fields.get("id")
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not self.text("id").strip():
            self.fail("it has no id; give it one")
        return self.text("id")

    def flag(self, name: str, default: bool) -> bool:
        """True or false, or the default."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, bool):
            self.fail(f"{name} must be true or false, without quotes")
        return default if value is None else value

    def number(self, name: str, what: str = "a number", least: float = -LARGEST, most: float = LARGEST) -> float:
        """A number from `least` to `most`, 0 where there is none; `what` says that in words."""
        value = self.fields.get(name)
        value = 0 if value is None else value
        if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
            self.fail(f"{name} must be {what}")
        return float(value)

    def place(self, name: str) -> int | None:
        """An offset into a text, in characters, or None."""
        value = self.fields.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
            self.fail(f"{name} must be a whole number of characters, 0 or more")
        return value

    def items(self, name: str, what: str) -> list[Any]:
        """A list of anything; `what` says of what it should be."""
        value = self.fields.get(name)
        if value is not None and not isinstance(value, list):
            self.fail(f"{name} must be a list of {what} in square brackets")
        return value or []

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""
        values = self.items(name, "texts")
        if not all(isinstance(value, str) for value in values):
            self.fail(f"{name} must be a list of texts in square brackets")
        return tuple(_sound(value) for value in values)

    def rows(self, name: str) -> Iterator[Row]:
        """A list of objects."""
        for number, value in enumerate(self.items(name, "objects"), 1):
            yield Row(value, f"{self.where}, {name} {number}")


def _sound(text: str) -> str:
    return sound(text) if UNSOUND.search(text) else text  # most texts are sound, and looking is faster than mending


def parse_line(line: str, where: str) -> Row:
    """The object of one line of JSON."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise EvaluationError(f"{where}: the line is not valid JSON; mend or delete it") from None
    return Row(value, where)


def read_bytes(path: Path) -> bytes:
    """The file's bytes, or a sentence that says why not."""
    if path.is_dir():
        raise EvaluationError(f"{path}: this is a folder; name a file in it")
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise EvaluationError(f"{path}: there is no such file; check the path") from error
    except OSError as error:
        raise EvaluationError(f"{path}: it cannot be read ({error.strerror}); check its permissions") from error


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a file that is appended to; half a line at its end is passed over."""
    lines = read_bytes(path).split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == len(lines) and not _whole(line)):
            continue
        where = f"{path}:{number}"
        try:
            text = line.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise EvaluationError(f"{where}: the line is not UTF-8; mend or delete it") from None
        yield parse_line(text, where)


def append_row(path: Path, fields: Mapping[str, object]) -> None:
    """Add one line and hand it to the operating system; half a line that a kill left at the end is written over."""
    line = _sound(json.dumps(fields, ensure_ascii=False)) + "\n"
    try:
        with path.open("a+b") as file:
            _mend(file)
            file.write(line.encode())
            file.flush()
    except OSError as error:
        raise EvaluationError(f"{path}: it cannot be written ({error.strerror}); make room or name another") from error


def _mend(file: BinaryIO) -> None:
    """Make the file end with a whole line."""
    end = file.seek(0, 2)
    file.seek(max(0, end - 1))
    if file.read() in (b"", b"\n"):
        return
    file.seek(0)
    tail = file.read().rpartition(b"\n")[2]
    if _whole(tail):
        file.write(b"\n")
    else:
        file.truncate(end - len(tail))


def _whole(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def read_records(path: Path) -> list[Record]:
    """The records of a file, in its order. An empty file has none."""
    lines: dict[str, str] = {}
    records = []
    for row in read_rows(path):
        record = _record(row)
        if record.id in lines:
            row.fail(f"the id {record.id!r} already stands at {lines[record.id]}; delete one of the two")
        lines[record.id] = row.where
        records.append(record)
    return records


def append(path: Path, record: Record) -> None:
    """Add the record as one line."""
    append_row(path, to_json(record))


def from_json(fields: Mapping[str, object]) -> Record:
    """The record of one JSON object."""
    return _record(Row(dict(fields), f"record {fields.get('id', '')!r}"))


def _record(row: Row) -> Record:
    """The record of one row, every field checked."""
    answer, problem = row.text("answer"), row.text("problem")
    if "answer" not in row.fields and not problem:
        row.fail('the record has no answer; give it one, "" where the system refused')
    citations = tuple(cited(one) for one in row.rows("citations"))
    return Record(
        id=row.id(),
        question=row.text("question"),
        answer=answer,
        span=row.optional("span"),
        refused=row.flag("refused", not answer.strip() and not problem),
        confidence=row.number("confidence", "a number from 0 to 1", 0, 1),
        citations=citations,
        sentences=tuple((one.text("text"), _indices(one, len(citations))) for one in row.rows("sentences")),
        hits=tuple(_found(one) for one in row.rows("hits")),
        retrieved=tuple(_found(one) for one in row.rows("retrieved")),
        seconds=_seconds(row),
        problem=problem,
    )


def cited(row: Row) -> Cited:
    """A citation."""
    return Cited(_article(row), row.text("quote"), *_span(row), row.text("title"))


def _found(row: Row) -> Found:
    return Found(_article(row), *_span(row), row.text("text"), row.number("score"))


def _article(row: Row) -> str:
    return row.text("article_id") or row.fail("it has no article_id; give it one")


def _span(row: Row) -> tuple[int, int]:
    start, end = row.place("start") or 0, row.place("end") or 0
    return (start, end) if start <= end else row.fail("its end lies before its start; mend one of them")


def _indices(row: Row, count: int) -> tuple[int, ...]:
    indices = row.items("citations", "whole numbers")
    for index in indices:
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < count:
            row.fail(f"citations must be places in the record's citations, from 0; there is none at {index!r}")
    return tuple(indices)


def _seconds(row: Row) -> dict[str, float]:
    stages = Row(row.fields.get("seconds") or {}, f"{row.where}, seconds")
    return {name: stages.number(name, "a number, 0 or more", 0) for name in stages.fields}


def to_json(record: Record) -> dict[str, object]:
    """The record as a JSON object; `from_json` gives the same record back."""
    return {
        "id": record.id,
        "question": record.question,
        "answer": record.answer,
        "span": record.span,
        "refused": record.refused,
        "confidence": record.confidence,
        "citations": [
            {"article_id": one.article_id, "title": one.title, "quote": one.quote, "start": one.start, "end": one.end}
            for one in record.citations
        ],
        "sentences": [{"text": text, "citations": list(indices)} for text, indices in record.sentences],
        "hits": [asdict(one) for one in record.hits],
        "retrieved": [asdict(one) for one in record.retrieved],
        "seconds": dict(record.seconds),
        "problem": record.problem,
    }


def from_answer(case: Case, answer: Answer) -> Record:
    """What Footnote answered to the case. Numbers are rounded here, so that a run which was stopped and resumed scores
    as one that was not."""
    at = {citation.number: index for index, citation in enumerate(answer.citations)}
    return Record(
        id=case.id,
        question=case.question,
        answer=answer.text,
        span=answer.span,
        refused=answer.refused,
        confidence=round(answer.confidence, DIGITS),
        citations=tuple(Cited(one.article_id, one.quote, one.start, one.end, one.title) for one in answer.citations),
        sentences=tuple((one.text, tuple(at[cited.number] for cited in one.citations)) for one in answer.sentences),
        hits=_hits(answer.hits),
        retrieved=_hits(answer.retrieved),
        seconds={name: round(value, DIGITS) for name, value in answer.seconds.items()},
    )


def _hits(hits: Iterable[Hit]) -> tuple[Found, ...]:
    passages = ((hit.passage, round(hit.score, DIGITS)) for hit in hits)
    return tuple(Found(one.article_id, one.start, one.end, one.text, score) for one, score in passages)
