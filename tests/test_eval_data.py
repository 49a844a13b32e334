"""Questions in four formats become cases, and whatever cannot be used is named with its file and line."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from indexes.types import Article
from qa.evaluation.data import check_articles, read_cases, squad_articles, write_cases, write_labelled_rag
from qa.evaluation.derive import located
from qa.evaluation.types import Case, EvaluationError, Evidence
from qa.types import Turn
from tests.conftest import ROOT

SEEDS = ROOT / "seeds" / "questions.jsonl"
WIDE = "The Ever Given is 400 metres long and 59 metres wide."
FULL = Case(
    "q021",
    "And how wide is she?",
    ("59 metres", "59 m\u2028"),
    (Evidence("ever-given", WIDE, 7), Evidence("suez")),
    kind="follow_up",
    history=(Turn("user", "How long is she?"), Turn("assistant", "400 metres.")),
)
REFUSED = Case("q022", "Who painted her?", answerable=False, kind="unanswerable")
OPEN = Case("q023", "What did the owner say, and why?", (), (Evidence("suez", "It is shut."),))


def save(path: Path, content: object) -> Path:
    """Bytes and text as they are, anything else as JSON."""
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


# -- ours -----------------------------------------------------------------------------------------------------------------


def test_the_sample_questions_are_read_and_written_to_the_letter(tmp_path: Path) -> None:
    cases = read_cases(SEEDS)
    assert len(cases) == len(SEEDS.read_text("utf-8").splitlines())
    assert {case.answerable for case in cases} == {True, False}
    write_cases(tmp_path / "copy.jsonl", cases)
    assert (tmp_path / "copy.jsonl").read_bytes() == SEEDS.read_bytes()


def test_cases_come_back_as_they_went(tmp_path: Path) -> None:
    write_cases(tmp_path / "set.jsonl", [FULL, REFUSED, OPEN])
    assert read_cases(tmp_path / "set.jsonl") == [FULL, REFUSED, OPEN]


def test_further_fields_are_written_and_passed_over(tmp_path: Path) -> None:
    write_cases(tmp_path / "set.jsonl", [FULL, REFUSED], {"q022": {"given": "Rembrandt."}})
    assert json.loads((tmp_path / "set.jsonl").read_text("utf-8").split("\n")[1])["given"] == "Rembrandt."
    assert read_cases(tmp_path / "set.jsonl") == [FULL, REFUSED]


def test_only_id_and_question_must_be_there(tmp_path: Path) -> None:
    file = save(tmp_path / "set.ndjson", '\ufeff{"id": 7, "question": "Why?", "extra": 1}\r\n\r\n')
    assert read_cases(file) == [Case("7", "Why?")]


@pytest.mark.parametrize(
    "lines",
    [
        '[{"id": "a", "question": "A?"}, {"id": "b", "question": "B?"}]',
        '{"id": "a", "question": "A?"}\n{"id": "b", "question": "B?"}',
    ],
)
def test_a_json_file_may_hold_a_list_or_lines(tmp_path: Path, lines: str) -> None:
    assert read_cases(save(tmp_path / "set.json", lines)) == [Case("a", "A?"), Case("b", "B?")]


# -- LabelledRagDataset ---------------------------------------------------------------------------------------------------

# As LlamaIndex's documentation prints it.
RAG = {
    "query": "This is a test query, is it not?",
    "query_by": {"model_name": "gpt-4", "type": "ai"},
    "reference_contexts": ["This is a sample context"],
    "reference_answer": "Yes it is.",
    "reference_answer_by": {"model_name": "", "type": "human"},
}


def test_a_labelled_rag_dataset_is_read(tmp_path: Path) -> None:
    unlabelled = {"query": "And this?", "query_by": None, "reference_contexts": None, "reference_answer": ""}
    file = save(tmp_path / "rag_dataset.json", {"class_name": "LabelledRagDataset", "examples": [RAG, unlabelled]})
    assert read_cases(file) == [
        Case("1", "This is a test query, is it not?", ("Yes it is.",), (Evidence("", "This is a sample context"),)),
        Case("2", "And this?"),
    ]


def test_contexts_are_found_in_the_articles_however_they_are_spaced() -> None:
    articles = [Article("a", "Another."), Article("b", "So.\n\nThis is a\n\nsample context, no more.")]
    case = Case(
        "1", "?", ("Yes.",), (Evidence("", "This is a sample context"), Evidence("", "Lost."), Evidence("c", "Kept."))
    )
    (found,) = located([case], articles)
    assert found.evidence == (Evidence("b", "This is a\n\nsample context", 5), Evidence("c", "Kept."))


def test_a_labelled_rag_dataset_comes_back_as_it_went(tmp_path: Path) -> None:
    file = tmp_path / "rag_dataset.json"
    write_labelled_rag(file, [FULL, REFUSED, OPEN], {"q021": ["So. " + WIDE, "It is shut."]})
    cases = read_cases(file)
    assert [(case.id, case.question, case.answers, case.answerable, case.kind) for case in cases] == [
        (case.id, case.question, case.answers, case.answerable, case.kind) for case in (FULL, REFUSED, OPEN)
    ]
    assert [[one.quote for one in case.evidence] for case in cases] == [
        ["So. " + WIDE, "It is shut."],
        [],
        ["It is shut."],
    ]
    assert list(json.loads(file.read_text("utf-8"))["examples"][0])[:5] == list(RAG)
    assert located(cases, [Article("suez", "It is shut.")])[2] == Case(
        **{**_dict(OPEN), "evidence": (Evidence("suez", "It is shut.", 0),)}
    )


def _dict(case: Case) -> dict[str, Any]:
    return {name: getattr(case, name) for name in Case.__slots__}


# -- SQuAD ----------------------------------------------------------------------------------------------------------------


def qa(identity: str, answers: list[tuple[str, int]], **fields: object) -> dict[str, object]:
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": identity, "question": f"{identity}?", "answers": given, **fields}


DANUBE = "The Danube crosses ten countries. It rises in the Black Forest. It ends in a delta."
SQUAD = {
    "version": "v2.0",
    "data": [
        {
            "title": "River_Danube",
            "paragraphs": [
                {"context": "Rivers flow.", "qas": []},
                {"context": DANUBE, "qas": [
                    qa("rise", [("Black Forest", 50), ("Black Forest", 50), ("the Black Forest", 46)], is_impossible=False),
                    qa("lake", [], is_impossible=True, plausible_answers=[{"text": "a delta", "answer_start": 75}]),
                    qa("moved", [("ten", 0)]),
                    qa("both", [("ten countries. It rises", 19)]),
                    qa("free", [("in Germany", 3)]),
                ]},
            ],
        },
        {"title": "River Danube", "paragraphs": [{"context": "Another one.", "qas": [qa("last", [("Another", 0)])]}]},
    ],
}  # fmt: skip


def test_squad_paragraphs_become_articles(tmp_path: Path) -> None:
    assert squad_articles(save(tmp_path / "dev.json", SQUAD)) == [
        Article("squad:River Danube", "Rivers flow.\n\n" + DANUBE, "River Danube"),
        Article("squad:River Danube 2", "Another one.", "River Danube"),
    ]


def test_squad_evidence_is_the_sentence_of_the_answer_in_its_article(tmp_path: Path) -> None:
    file = save(tmp_path / "dev.json", SQUAD)
    texts = {article.id: article.text for article in squad_articles(file)}
    cases = {case.id: case for case in read_cases(file)}
    quotes = {case.id: [one.quote for one in case.evidence] for case in cases.values()}
    assert quotes == {
        "rise": ["It rises in the Black Forest."],
        "lake": [],
        "moved": ["The Danube crosses ten countries."],
        "both": ["The Danube crosses ten countries. It rises in the Black Forest."],
        "free": [DANUBE],
        "last": ["Another one."],
    }
    for one in (one for case in cases.values() for one in case.evidence):
        assert one.start is not None
        assert texts[one.article_id][one.start :].startswith(one.quote)
    assert cases["rise"].answers == ("Black Forest", "the Black Forest")
    assert (cases["lake"].answerable, cases["lake"].answers, cases["lake"].kind) == (False, (), "unanswerable")


# -- tables ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("set.csv", "Question,Answer\nHow wide?,59 metres|59 m\n\nWhy?,wind\n"),
        ("set.csv", "\ufeffANSWER;User Input\r\n59 metres | 59 m;How wide?\r\nwind;Why?\r\n"),
        ("set.tsv", "query\tground truth\nHow wide?\t59 metres|59 m\nWhy?\twind"),
        ("SET.CSV", '"question","Expected-Answer","ID"\n"How wide?","59 metres|59 m",\nWhy?,wind,'),
    ],
    ids=["commas", "semicolons", "tabs", "quotes"],
)
def test_a_table_needs_a_question_and_an_answer_column(tmp_path: Path, name: str, text: str) -> None:
    assert read_cases(save(tmp_path / name, text)) == [
        Case("1", "How wide?", ("59 metres", "59 m")),
        Case("2", "Why?", ("wind",)),
    ]


def test_a_table_may_have_id_kind_and_answerable(tmp_path: Path) -> None:
    file = save(tmp_path / "set.csv", "id,type,Answerable,q,a\nx,fact,Yes,How wide?,59\ny,near miss,no,Who?,\n")
    assert read_cases(file) == [
        Case("x", "How wide?", ("59",), kind="fact"),
        Case("y", "Who?", answerable=False, kind="near miss"),
    ]


# -- what cannot be used --------------------------------------------------------------------------------------------------

LINE = "{file}:2: "
BAD_LINES = [
    ('{"id": "a"', LINE + "the line is not valid JSON; mend or delete it"),
    ('"a"', LINE + "this is not a JSON object; put one between braces, or delete it"),
    ('{"question": "A?"}', LINE + "it has no id; give it one"),
    ('{"id": "a"}', LINE + "the question is empty; write one or delete the entry"),
    ('{"id": "a", "question": "\\n "}', LINE + "the question is empty; write one or delete the entry"),
    ('{"id": "a", "question": 5}', LINE + "question must be a text in quotes"),
    ('{"id": "a", "question": "A?", "answers": "59"}', LINE + "answers must be a list of texts in square brackets"),
    ('{"id": "a", "question": "A?", "answers": [59]}', LINE + "answers must be a list of texts in square brackets"),
    ('{"id": "a", "question": "A?", "answers": ["59", ""]}', LINE + "an answer is empty; write it, or say that the question is not answerable"),
    ('{"id": "a", "question": "A?", "answers": ["59"], "answerable": false}', LINE + "it has answers but is said not to be answerable; delete the answers or make it answerable"),
    ('{"id": "a", "question": "A?", "answerable": "no"}', LINE + "answerable must be true or false, without quotes"),
    ('{"id": "a", "question": "A?", "evidence": "wide"}', LINE + "evidence must be a list of objects in square brackets"),
    ('{"id": "a", "question": "A?", "evidence": ["wide"]}', "{file}:2, evidence 1: this is not a JSON object; put one between braces, or delete it"),
    ('{"id": "a", "question": "A?", "evidence": [{"quote": "wide"}]}', "{file}:2, evidence 1: it has no article_id; give it one"),
    ('{"id": "a", "question": "A?", "evidence": [{"article_id": "x", "start": "4"}]}', "{file}:2, evidence 1: start must be a whole number of characters, 0 or more"),
    ('{"id": "a", "question": "A?", "history": {"role": "user"}}', LINE + "history must be a list of objects in square brackets"),
    ('{"id": "a", "question": "A?", "history": [{"role": "me", "text": "Hi"}]}', "{file}:2, history 1: its role must be user or assistant"),
    ('{"id": "a", "question": "A?", "kind": ["x"]}', LINE + "kind must be a text in quotes"),
    ('{"id": "first", "question": "A?"}', LINE + "the id 'first' already stands at {file}:1; give one of the two another"),
]  # fmt: skip
BAD_FILES: list[tuple[str, object, str]] = [
    ("set.jsonl", "", "{file}: there are no questions in it; write some or name another file"),
    ("set.jsonl", " \n\n", "{file}: there are no questions in it; write some or name another file"),
    ("set.jsonl", b'{"id": "a", "question": "A?"}\n{"id": "b", "question": "Caf\xe9?"}', "{file}:2: the file is not UTF-8; save it as UTF-8"),
    ("set.txt", "How wide?", "{file}: questions cannot be read from files of this kind; JSONL, JSON and CSV can"),
    ("set.json", "", "{file}:1: this is not valid JSON; mend it"),
    ("set.json", '{"data": [\n}', "{file}:2: this is not valid JSON; mend it"),
    ("set.json", "[" * 100_000, "{file}: this is not valid JSON; mend it"),
    ("set.json", {"questions": []}, "{file}: no questions are known in this JSON; it needs a list, or examples, or data"),
    ("set.json", [{"id": "a"}], "{file}, question 1: the question is empty; write one or delete the entry"),
    ("set.json", {"examples": []}, "{file}: there are no questions in it; write some or name another file"),
    ("set.json", {"examples": {"query": "A?"}}, "{file}: examples must be a list of objects in square brackets"),
    ("set.json", {"examples": [RAG, {"query": ""}]}, "{file}, examples 2: the question is empty; write one or delete the entry"),
    ("set.json", {"examples": [{"query": "A?", "reference_contexts": "b"}]}, "{file}, examples 1: reference_contexts must be a list of texts in square brackets"),
    ("set.json", {"examples": [{**RAG, "id": "a"}, {**RAG, "id": "a"}]}, "{file}, examples 2: the id 'a' already stands at {file}, examples 1; give one of the two another"),
    ("set.json", {"data": [{"paragraphs": [{"context": "A.", "qas": [{"question": "A?"}]}]}]}, "{file}, data 1, paragraphs 1, qas 1: it has no id; give it one"),
    ("set.json", {"data": [{"paragraphs": [{"context": "A.", "qas": [qa("a", [("", 0)])]}]}]}, "{file}, data 1, paragraphs 1, qas 1: an answer is empty; write it, or say that the question is not answerable"),
    ("set.json", {"data": [{"paragraphs": [{"context": "A.", "qas": [qa("a", [("A", 0)], is_impossible=True)]}]}]}, "{file}, data 1, paragraphs 1, qas 1: it has answers but is said not to be answerable; delete the answers or make it answerable"),
    ("set.json", {"data": [{"paragraphs": [{"context": "A.", "qas": [{"id": "a", "question": "A?", "answers": [{"text": "A", "answer_start": "0"}]}]}]}]}, "{file}, data 1, paragraphs 1, qas 1, answers 1: answer_start must be a whole number of characters, 0 or more"),
    ("set.csv", "", "{file}: there are no questions in it; write some or name another file"),
    ("set.csv", "question,answer\n", "{file}: there are no questions in it; write some or name another file"),
    ("set.csv", "what,answer\nA?,a\n", "{file}: no column is named question; name one so in the first line"),
    ("set.csv", "question,note\nA?,a\n", "{file}: no column is named answer; name one so in the first line"),
    ("set.csv", 'question,answer\n"A\n?",a\n,b\n', "{file}:4: the question is empty; write one or delete the entry"),
    ("set.csv", "question,answer\nA?,\n", "{file}:2: an answer is empty; write it, or say that the question is not answerable"),
    ("set.csv", "question,answer\nA?,a|\n", "{file}:2: an answer is empty; write it, or say that the question is not answerable"),
    ("set.csv", "question,answer\nA?,a, b\n", "{file}:2: it has 3 cells and the first line 2; put quotes around the longest"),
    ("set.csv", 'question,answer\nA?,a\n"B?,b\n', "{file}:3: the row cannot be read; see to its quotes"),
    ("set.csv", "question,answer,answerable\nA?,a,perhaps\n", "{file}:2: answerable must be yes or no"),
    ("set.csv", "question,answer,answerable\nA?,a,no\n", "{file}:2: it has answers but is said not to be answerable; delete the answers or make it answerable"),
    ("set.csv", "id,question,answer\nx,A?,a\nx,B?,b\n", "{file}:3: the id 'x' already stands at {file}:2; give one of the two another"),
]  # fmt: skip


def exactly(sentence: str, file: Path) -> str:
    return f"^{re.escape(sentence.replace('{file}', str(file)))}$"


@pytest.mark.parametrize(("line", "sentence"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_a_bad_line_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    file = save(tmp_path / "set.jsonl", '{"id": "first", "question": "Why?"}\n' + line)
    with pytest.raises(EvaluationError, match=exactly(sentence, file)):
        read_cases(file)


@pytest.mark.parametrize(("name", "content", "sentence"), BAD_FILES, ids=range(len(BAD_FILES)))
def test_a_bad_file_is_named(tmp_path: Path, name: str, content: object, sentence: str) -> None:
    file = save(tmp_path / name, content)
    with pytest.raises(EvaluationError, match=exactly(sentence, file)):
        read_cases(file)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    missing = tmp_path / "set.jsonl"
    with pytest.raises(EvaluationError, match=exactly("{file}: there is no such file; check the path", missing)):
        read_cases(missing)
    with pytest.raises(EvaluationError, match=exactly("{file}: this is a folder; name a file in it", tmp_path)):
        read_cases(tmp_path)


def test_articles_of_a_broken_squad_file_are_not_made(tmp_path: Path) -> None:
    file = save(tmp_path / "dev.json", "{")
    with pytest.raises(EvaluationError, match=exactly("{file}: this is not valid JSON; mend it", file)):
        squad_articles(file)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    said = exactly("{file}: it cannot be written (Is a directory); make room or name another", tmp_path)
    with pytest.raises(EvaluationError, match=said):
        write_cases(tmp_path, [FULL])


@pytest.mark.parametrize(
    ("there", "more"),
    [
        ({"ever-given"}, " (and 1 more like it)"),
        ({"ever-given", "x"}, " (and 1 more like it)"),
        ((), " (and 2 more like it)"),
    ],
)
def test_a_gold_article_that_is_not_indexed_is_named(there: set[str], more: str) -> None:
    first = ("q021", "suez") if there else ("q021", "ever-given")
    said = (
        f"set.jsonl: the evidence of question {first[0]!r} stands in the article {first[1]!r}, which is not in the"
        f" library{more}; index it too, or ask a set that fits"
    )
    with pytest.raises(EvaluationError, match=f"^{re.escape(said)}$"):
        check_articles([FULL, REFUSED, OPEN], there, Path("set.jsonl"))


def test_gold_articles_that_are_indexed_are_fine() -> None:
    check_articles([FULL, REFUSED, OPEN], ["suez", "ever-given"], Path("set.jsonl"))
