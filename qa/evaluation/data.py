"""Questions files to Cases and back. The format is known by the file's ending, and for .json by what is in it.

    .jsonl .ndjson   ours, one object a line: id, question, answers [text], evidence [{article_id, quote, start}],
                     answerable, kind, history [{role, text}]. Only id and question must be there
    .json            a list of the same objects; LlamaIndex's LabelledRagDataset ({"examples": [{"query": …}]}); SQuAD
                     1.1 or 2.0 ({"data": [{"paragraphs": …}]}), whose paragraphs `squad_articles` gives as articles
    .csv .tsv        a header with a question and an answer column (any of QUESTION, any of ANSWER) and, where wanted,
                     id, kind and answerable (yes or no). "|" parts answers of which each is right: "59 metres|59 m".
                     Without an id column the first question is "1"

LabelledRagDataset has contexts where we have evidence: `derive.located` finds the articles they stand in. It has one
answer, "" where nobody wrote one; we write id, answers, answerable and kind beside it, which LlamaIndex passes over.
What cannot be used is an EvaluationError with file and line. Knows nothing of libraries or of how cases are scored.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import MappingProxyType
from typing import Any

from indexes.sentences import sentences
from indexes.types import Article, Span
from qa.evaluation.records import Row, parse_line, read_bytes
from qa.evaluation.types import Case, EvaluationError, Evidence
from qa.types import Turn

QUESTION = ("question", "query", "user_input", "prompt", "q")
ANSWER = ("answer", "answers", "reference_answer", "ground_truth", "expected_answer", "expected", "reference", "a")
ID, KIND, ANSWERABLE = ("id", "question_id", "qid"), ("kind", "type", "category"), ("answerable", "is_answerable")
YES, NO = ("", "yes", "true", "1", "y"), ("no", "false", "0", "n")
ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv")


def read_cases(path: Path) -> list[Case]:
    """The cases of a questions file, in its order."""
    places: dict[str, str] = {}
    cases = []
    for row, case in _entries(path):
        if not case.question.strip():
            row.fail("the question is empty; write one or delete the entry")
        if any(not answer.strip() for answer in case.answers):
            row.fail("an answer is empty; write it, or say that the question is not answerable")
        if case.answers and not case.answerable:
            row.fail("it has answers but is said not to be answerable; delete the answers or make it answerable")
        if case.id in places:
            row.fail(f"the id {case.id!r} already stands at {places[case.id]}; give one of the two another")
        places[case.id] = row.where
        cases.append(case)
    if not cases:
        raise EvaluationError(f"{path}: there are no questions in it; write some or name another file")
    return cases


def _entries(path: Path) -> Iterator[tuple[Row, Case]]:
    ending = path.suffix.casefold()
    if ending not in ENDINGS and not path.is_dir():
        raise EvaluationError(f"{path}: questions cannot be read from files of this kind; JSONL, JSON and CSV can")
    text = _decoded(path)
    if ending in (".csv", ".tsv"):
        return _table(path, text, "\t" if ending == ".tsv" else "")
    return _document(path, text) if ending == ".json" else _lines(path, text)


def _decoded(path: Path) -> str:
    data = read_bytes(path)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EvaluationError(f"{path}:{line}: the file is not UTF-8; save it as UTF-8") from error


def _lines(path: Path, text: str) -> Iterator[tuple[Row, Case]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            row = parse_line(line, f"{path}:{number}")
            yield row, _ours(row)


def _ours(row: Row) -> Case:
    return Case(
        id=row.id(),
        question=row.text("question"),
        answers=row.texts("answers"),
        evidence=tuple(_evidence(one) for one in row.rows("evidence")),
        answerable=row.flag("answerable", True),
        kind=row.text("kind"),
        history=tuple(_turn(one) for one in row.rows("history")),
    )


def _evidence(row: Row) -> Evidence:
    article = row.text("article_id") or row.fail("it has no article_id; give it one")
    return Evidence(article, row.text("quote"), row.place("start"))


def _turn(row: Row) -> Turn:
    if row.text("role") not in ("user", "assistant"):
        row.fail("its role must be user or assistant")
    return Turn(row.text("role"), row.text("text"))


def _document(path: Path, text: str) -> Iterator[tuple[Row, Case]]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":  # one object after another: lines, whatever the ending says
            return _lines(path, text)
        raise EvaluationError(f"{path}:{error.lineno}: this is not valid JSON; mend it") from error
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path}: this is not valid JSON; mend it") from error
    if isinstance(value, list):
        return ((row, _ours(row)) for row in Row({"question": value}, str(path)).rows("question"))
    if isinstance(value, dict) and "examples" in value:
        return _labelled_rag(Row(value, str(path)))
    if isinstance(value, dict) and "data" in value:
        return (entry for _, entries in _squad(Row(value, str(path))) for entry in entries)
    raise EvaluationError(f"{path}: no questions are known in this JSON; it needs a list, or examples, or data")


def _labelled_rag(document: Row) -> Iterator[tuple[Row, Case]]:
    for number, row in enumerate(document.rows("examples"), 1):
        answer = row.text("reference_answer")
        case = Case(
            id=row.id() if "id" in row.fields else str(number),
            question=row.text("query"),
            answers=row.texts("answers") or ((answer,) if answer.strip() else ()),
            evidence=tuple(Evidence("", context) for context in row.texts("reference_contexts") if context.strip()),
            answerable=row.flag("answerable", True),
            kind=row.text("kind"),
        )
        yield row, case


def squad_articles(path: Path) -> list[Article]:
    """The articles of a SQuAD file: one for each entry of `data`, its paragraphs parted by blank lines. What
    `read_cases` gives as evidence for the same file stands in them."""
    try:
        document = Row(json.loads(_decoded(path)), str(path))
    except (ValueError, RecursionError) as error:
        raise EvaluationError(f"{path}: this is not valid JSON; mend it") from error
    return [article for article, _ in _squad(document)]


def _squad(document: Row) -> Iterator[tuple[Article, list[tuple[Row, Case]]]]:
    """Each article with its questions. Its id is its title; its number is added where a title is missing or taken."""
    taken: set[str] = set()
    for number, entry in enumerate(document.rows("data"), 1):
        title = entry.text("title").replace("_", " ").strip()
        identity = f"squad:{title}" if title and title not in taken else f"squad:{title} {number}"
        taken.add(title)
        paragraphs = [(row, row.text("context")) for row in entry.rows("paragraphs")]
        article = Article(identity, "\n\n".join(context for _, context in paragraphs), title)
        entries: list[tuple[Row, Case]] = []
        start = 0
        for row, context in paragraphs:
            entries += _paragraph(row, article, (start, start + len(context)))
            start += len(context) + len("\n\n")
        yield article, entries


def _paragraph(paragraph: Row, article: Article, span: Span) -> Iterator[tuple[Row, Case]]:
    parts = sentences(article.text, *span)
    for row in paragraph.rows("qas"):
        given = list(row.rows("answers"))
        impossible = row.flag("is_impossible", False)  # then `plausible_answers` are wrong ones
        case = Case(
            id=row.id(),
            question=row.text("question"),
            answers=tuple(dict.fromkeys(one.text("text") for one in given)),
            evidence=(_squad_evidence(given[0], article, span, parts),) if given else (),
            answerable=not impossible,
            kind="unanswerable" if impossible else "",
        )
        yield row, case


def _squad_evidence(answer: Row, article: Article, span: Span, parts: Sequence[Span]) -> Evidence:
    """The sentence with the answer, or sentences where it goes over an end; the paragraph where it is not verbatim."""
    text, at = answer.text("text"), span[0] + (answer.place("answer_start") or 0)
    if not article.text.startswith(text, at, span[1]):
        at = article.text.find(text, *span)
    if at >= 0:
        start = max((part[0] for part in parts if part[0] <= at), default=span[0])
        span = start, min((part[1] for part in parts if part[1] >= at + len(text)), default=span[1])
    return Evidence(article.id, article.text[slice(*span)], span[0])


def _table(path: Path, text: str, delimiter: str) -> Iterator[tuple[Row, Case]]:
    header, *rows = _cells(path, text, delimiter or max(",;\t", key=text.partition("\n")[0].count)) or [(str(path), [])]
    names = [re.sub(r"[\s-]+", "_", name.strip().casefold()) for name in header[1]]
    for wanted in (QUESTION, ANSWER):
        if names and not set(wanted) & set(names):
            raise EvaluationError(f"{path}: no column is named {wanted[0]}; name one so in the first line")
    for number, (where, cells) in enumerate(rows, 1):
        row = Row(dict(zip(names, cells, strict=False)), where)
        if len(cells) > len(names):
            row.fail(f"it has {len(cells)} cells and the first line {len(names)}; put quotes around the longest")
        yield row, _tabled(row, number)


def _cells(path: Path, text: str, delimiter: str) -> list[tuple[str, list[str]]]:
    """Where each row begins, and its cells. Blank rows are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((f"{path}:{line}", cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise EvaluationError(f"{path}:{line}: the row cannot be read; see to its quotes") from error
    return rows


def _tabled(row: Row, number: int) -> Case:
    def cell(names: Sequence[str]) -> str:
        return next((row.text(name).strip() for name in names if row.text(name).strip()), "")

    answerable, answers = cell(ANSWERABLE).casefold(), cell(ANSWER)
    if answerable not in YES + NO:
        row.fail("answerable must be yes or no")
    return Case(
        id=cell(ID) or str(number),
        question=cell(QUESTION),
        answers=tuple(part.strip() for part in answers.split("|")) if answers or answerable in YES else (),
        answerable=answerable in YES,
        kind=cell(KIND),
    )


def check_articles(cases: Iterable[Case], article_ids: Collection[str], path: Path) -> None:
    """Raise where evidence stands in an article that is not there."""
    ids = frozenset(article_ids)
    missing = [(case.id, one.article_id) for case in cases for one in case.evidence if one.article_id not in ids]
    if missing:
        (question, article), more = missing[0], f" (and {len(missing) - 1} more like it)" * (len(missing) > 1)
        said = f"the evidence of question {question!r} stands in the article {article!r}, which is not in the library"
        raise EvaluationError(f"{path}: {said}{more}; index it too, or ask a set that fits")


def write_cases(path: Path, cases: Iterable[Case], extra: Mapping[str, Mapping[str, object]] | None = None) -> None:
    """Write our JSONL. extra: case id → further fields for a person to see, which reading passes over."""
    _write(path, "".join(case_line(case, (extra or {}).get(case.id, {})) + "\n" for case in cases))


def case_line(case: Case, extra: Mapping[str, object] = MappingProxyType({})) -> str:
    """One line of our JSONL, without its end."""
    return json.dumps({**_fields(case), **extra}, ensure_ascii=False)


def _fields(case: Case) -> dict[str, Any]:
    evidence = [{name: value for name, value in asdict(one).items() if value is not None} for one in case.evidence]
    fields: dict[str, Any] = {
        "id": case.id,
        "question": case.question,
        "answers": list(case.answers),
        "evidence": evidence,
        "answerable": case.answerable,
        "kind": case.kind,
    }
    return {**fields, "history": [asdict(turn) for turn in case.history]} if case.history else fields


def write_articles(path: Path, articles: Iterable[Article]) -> None:
    """Articles as `articles.jsonl`, one line each."""
    keys = ("id", "title", "text", "url", "published", "source", "author")
    lines = (json.dumps({key: getattr(one, key) for key in keys}, ensure_ascii=False) + "\n" for one in articles)
    path.write_text("".join(lines), encoding="utf-8")


def write_labelled_rag(path: Path, cases: Iterable[Case], contexts: Mapping[str, Sequence[str]]) -> None:
    """Write LlamaIndex's JSON. contexts: case id → the passages to give as its contexts; its quotes where there are
    none. Earlier turns have no place in this format and are left out. Who wrote a question is not known: null."""
    examples = [
        {
            "query": case.question,
            "query_by": None,
            "reference_contexts": list(contexts.get(case.id) or [one.quote for one in case.evidence if one.quote]),
            "reference_answer": next(iter(case.answers), ""),
            "reference_answer_by": None,
            **{name: value for name, value in _fields(case).items() if name in ("id", "answers", "answerable", "kind")},
        }
        for case in cases
    ]
    _write(path, json.dumps({"examples": examples}, ensure_ascii=False, indent=4) + "\n")


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise EvaluationError(f"{path}: it cannot be written ({error.strerror}); make room or name another") from error
