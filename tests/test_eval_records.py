"""Records are lines of JSON that come back as they went, and whatever else stands in a line is named."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from indexes.types import Hit, Passage
from qa.evaluation.records import append, from_answer, from_json, read_records, to_json
from qa.evaluation.types import Case, Cited, EvaluationError, Found, Record
from qa.types import Answer, Citation, Sentence, Support

QUOTE = "The Ever Given is 400 metres long and 59 metres wide."
FULL = Record(
    id="q002",
    question="How long is she?",
    answer=QUOTE + " Ça alors\u2028!",
    span="400 metres",
    confidence=0.75,
    citations=(Cited("ever-given", QUOTE, 10, 63, "Aground"), Cited("suez", "It is shut.", 0, 11)),
    sentences=((QUOTE, (0,)), ("Ça alors\u2028!", (0, 1))),
    hits=(Found("ever-given", 0, 70, "…", 0.9), Found("suez", 0, 11, "It is shut.", -2.5)),
    retrieved=(Found("suez", 0, 11, "It is shut.", 0.5),),
    seconds={"total": 0.25, "read": 0.2},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "records.jsonl"


def test_a_record_comes_back_as_it_went(file: Path) -> None:
    broken = Record("q003", "Why?", problem="the system stopped")
    append(file, FULL)
    append(file, broken)
    assert read_records(file) == [FULL, broken]
    assert file.read_bytes().count(b"\n") == 2


def test_a_record_has_the_fields_that_are_documented() -> None:
    shape: dict[str, Any] = to_json(FULL)
    assert list(shape) == [
        *("id", "question", "answer", "span", "refused", "confidence", "citations", "sentences"),
        *("hits", "retrieved", "seconds", "problem"),
    ]
    assert shape["citations"][0] == {
        "article_id": "ever-given",
        "title": "Aground",
        "quote": QUOTE,
        "start": 10,
        "end": 63,
    }
    assert shape["sentences"][1] == {"text": "Ça alors\u2028!", "citations": [0, 1]}
    assert shape["retrieved"] == [{"article_id": "suez", "start": 0, "end": 11, "text": "It is shut.", "score": 0.5}]


def test_another_systems_smallest_record_can_be_read(file: Path) -> None:
    file.write_text('{"id": 7, "answer": "59 metres", "model": "theirs"}\n\n{"id": "8", "answer": ""}')
    assert read_records(file) == [Record("7", "", "59 metres"), Record("8", "", refused=True)]


def test_null_fields_are_as_missing_ones() -> None:
    names = (
        "question",
        "span",
        "refused",
        "confidence",
        "citations",
        "sentences",
        "hits",
        "retrieved",
        "seconds",
        "problem",
    )
    assert from_json({"id": "a", "answer": "b", **dict.fromkeys(names)}) == Record("a", "", "b")


def test_a_system_that_failed_did_not_refuse() -> None:
    assert not from_json({"id": "a", "problem": "out of memory"}).refused


def test_what_no_file_can_hold_is_mended(file: Path) -> None:
    append(file, Record("a", "\ud800?", "b"))
    assert read_records(file) == [Record("a", "\ufffd?", "b")]


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_line_cut_by_a_kill_is_dropped_and_written_over(file: Path, cut: int) -> None:
    append(file, FULL)
    append(file, Record("q003", "Où ça ?", "là"))
    file.write_bytes(file.read_bytes()[: -1 - cut])
    assert read_records(file) == [FULL]
    append(file, Record("q004", "", "d"))
    assert [one.id for one in read_records(file)] == ["q002", "q004"]


def test_a_whole_line_without_its_end_is_kept(file: Path) -> None:
    append(file, FULL)
    file.write_bytes(file.read_bytes()[:-1])
    assert read_records(file) == [FULL]
    append(file, Record("q004", "", "d"))
    assert [one.id for one in read_records(file)] == ["q002", "q004"]


def test_a_file_of_one_cut_line_is_begun_anew(file: Path) -> None:
    file.write_bytes(b'{"id": "q0')
    assert read_records(file) == []
    append(file, FULL)
    assert read_records(file) == [FULL]


def test_an_empty_file_has_no_records(file: Path) -> None:
    file.write_bytes(b"")
    assert read_records(file) == []


BAD = [
    ('{"id": "a", "answer"', "the line is not valid JSON; mend or delete it"),
    ("[" * 100_000, "the line is not valid JSON; mend or delete it"),
    ('["a"]', "this is not a JSON object; put one between braces, or delete it"),
    ('{"answer": "b"}', "it has no id; give it one"),
    ('{"id": " ", "answer": "b"}', "it has no id; give it one"),
    ('{"id": true, "answer": "b"}', "id must be a text in quotes"),
    ('{"id": "a"}', 'the record has no answer; give it one, "" where the system refused'),
    ('{"id": "a", "answer": ["b"]}', "answer must be a text in quotes"),
    ('{"id": "a", "answer": "b", "refused": "no"}', "refused must be true or false, without quotes"),
    ('{"id": "a", "answer": "b", "confidence": 1.5}', "confidence must be a number from 0 to 1"),
    ('{"id": "a", "answer": "b", "confidence": NaN}', "confidence must be a number from 0 to 1"),
    ('{"id": "a", "answer": "b", "confidence": false}', "confidence must be a number from 0 to 1"),
    ('{"id": "a", "answer": "b", "citations": {}}', "citations must be a list of objects in square brackets"),
    (
        '{"id": "a", "answer": "b", "citations": ["c"]}',
        "citations 1: this is not a JSON object; put one between braces, or delete it",
    ),
    ('{"id": "a", "answer": "b", "citations": [{"quote": "c"}]}', "citations 1: it has no article_id; give it one"),
    (
        '{"id": "a", "answer": "b", "citations": [{"article_id": "c", "start": 5, "end": 4}]}',
        "citations 1: its end lies before its start; mend one of them",
    ),
    (
        '{"id": "a", "answer": "b", "citations": [{"article_id": "c", "start": 1.5}]}',
        "citations 1: start must be a whole number of characters, 0 or more",
    ),
    (
        '{"id": "a", "answer": "b", "sentences": [{"text": "b", "citations": [0]}]}',
        "sentences 1: citations must be places in the record's citations, from 0; there is none at 0",
    ),
    ('{"id": "a", "answer": "b", "hits": [{"article_id": "c", "score": Infinity}]}', "hits 1: score must be a number"),
    ('{"id": "a", "answer": "b", "seconds": {"total": -1}}', "seconds: total must be a number, 0 or more"),
    (
        '{"id": "a", "answer": "b", "seconds": [1]}',
        "seconds: this is not a JSON object; put one between braces, or delete it",
    ),
    ('{"id": "q002", "answer": "b"}', "the id 'q002' already stands at {file}:1; delete one of the two"),
]


@pytest.mark.parametrize(("line", "sentence"), BAD, ids=range(len(BAD)))
def test_a_bad_record_is_named_with_its_line(file: Path, line: str, sentence: str) -> None:
    append(file, FULL)
    with file.open("a") as stream:
        stream.write(line + "\n")
    said = sentence.replace("{file}", str(file))
    with pytest.raises(EvaluationError, match=f"^{re.escape(str(file))}:2(, |: ){re.escape(said)}$"):
        read_records(file)


def test_bytes_that_are_no_text_are_named_with_their_line(file: Path) -> None:
    file.write_bytes(b'{"id": "a", "answer": "caf\xe9"}\n')
    with pytest.raises(EvaluationError, match=rf"^{re.escape(str(file))}:1: the line is not UTF-8; mend or delete it$"):
        read_records(file)


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    with pytest.raises(EvaluationError, match=rf"^{re.escape(str(file))}: there is no such file; check the path$"):
        read_records(file)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"it cannot be written \(Is a directory\); make room or name another$"):
        append(tmp_path, FULL)


def test_a_record_alone_is_named_by_its_id() -> None:
    with pytest.raises(EvaluationError, match=r"^record 'a': answer must be a text in quotes$"):
        from_json({"id": "a", "answer": 5})


def test_an_answer_becomes_the_record_that_its_file_gives_back(file: Path) -> None:
    one, two = Citation(1, "a", 0, 3, "One", title="First"), Citation(2, "b", 4, 7, "Two")
    hit = Hit(Passage("a", 0, 9, "One. Four"), 0.123456789)
    answer = Answer(
        question="Which?",
        text="Two. One.",
        sentences=(Sentence("Two.", (two,), Support("verbatim")), Sentence("One.", (one, two), Support("verbatim"))),
        hits=(hit,),
        retrieved=(hit, hit),
        confidence=1 / 3,
        span="Two",
        seconds={"total": 1 / 7},
    )
    record = from_answer(Case("q1", "Which?"), answer)
    assert record.citations == (Cited("a", "One", 0, 3, "First"), Cited("b", "Two", 4, 7))
    assert record.sentences == (("Two.", (1,)), ("One.", (0, 1)))
    assert (record.id, record.question, record.answer, record.span) == ("q1", "Which?", "Two. One.", "Two")
    assert (record.hits, len(record.retrieved)) == ((Found("a", 0, 9, "One. Four", 0.123457),), 2)
    append(file, record)
    assert read_records(file) == [record]
    assert json.loads(file.read_text())["confidence"] == 0.333333
