"""The sample articles and questions are what seeds/README.md says they are."""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

SEEDS = Path(__file__).parent.parent / "seeds"
ARTICLES = SEEDS / "articles"
MARKDOWN = sorted(ARTICLES.glob("*.md"))
FIELDS = ("title", "author", "published", "source", "url")
KINDS = {"fact", "number", "date", "who", "why", "yesno", "conflict", "follow_up", "list", "unanswerable"}
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
]
ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]


def parts(file: Path) -> tuple[dict[str, Any], str]:
    """The front matter of a Markdown file, and its body with white space made plain."""
    _, front, body = file.read_text("utf-8").split("---\n", 2)
    return yaml.safe_load(front), " ".join(body.split())


def quotes(question: dict[str, Any]) -> list[str]:
    return [evidence["quote"] for evidence in question["evidence"]]


def said(answer: str, question: dict[str, Any]) -> bool:
    return any(answer.casefold() in quote.casefold() for quote in quotes(question))


def test_there_are_enough_markdown_articles() -> None:
    assert len(MARKDOWN) >= 16


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: file.stem)
def test_markdown_articles_say_who_wrote_them_and_when(file: Path) -> None:
    front, _ = parts(file)
    assert all(front.get(field) for field in FIELDS)
    assert isinstance(front["published"], datetime.date)
    assert re.match(r"https://example\.(com|net|org)/", front["url"])


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: file.stem)
def test_markdown_articles_are_of_readable_length(file: Path) -> None:
    _, body = parts(file)
    assert 250 <= len(body.split()) <= 900


@pytest.mark.parametrize("ending", ["html", "pdf", "docx", "txt"])
def test_every_other_format_has_an_article(ending: str) -> None:
    assert list(ARTICLES.glob(f"*.{ending}"))


def test_files_are_small_and_named_alike() -> None:
    for file in ARTICLES.iterdir():
        assert file.stat().st_size < 100_000
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.(md|html|pdf|docx|txt)", file.name)


def test_article_ids_are_unique() -> None:
    stems = [file.stem for file in ARTICLES.iterdir()]
    assert len(stems) == len(set(stems))


def test_there_are_enough_questions_with_ids_of_their_own() -> None:
    assert len(QUESTIONS) >= 80
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)


def test_no_question_is_asked_twice() -> None:
    asked = Counter((question["question"], str(question.get("history"))) for question in QUESTIONS)
    assert max(asked.values()) == 1


def test_a_quarter_of_the_questions_have_no_answer() -> None:
    assert len(QUESTIONS) - len(ANSWERABLE) >= len(QUESTIONS) / 4


def test_kinds_are_known_and_all_in_use() -> None:
    assert {question["kind"] for question in QUESTIONS} == KINDS
    assert all(question["answerable"] == (question["kind"] != "unanswerable") for question in QUESTIONS)


@pytest.mark.parametrize(
    ("kind", "least"), [("date", 10), ("number", 15), ("who", 8), ("follow_up", 8), ("conflict", 4)]
)
def test_each_kind_has_its_share(kind: str, least: int) -> None:
    assert sum(question["kind"] == kind for question in QUESTIONS) >= least


def test_evidence_names_articles_that_exist_and_leaves_none_out() -> None:
    stems = {file.stem for file in ARTICLES.iterdir()}
    assert {evidence["article_id"] for question in QUESTIONS for evidence in question["evidence"]} == stems


@pytest.mark.parametrize("file", MARKDOWN, ids=lambda file: file.stem)
def test_quotes_are_word_for_word_in_markdown_articles(file: Path) -> None:
    _, body = parts(file)
    evidence = [entry for question in QUESTIONS for entry in question["evidence"] if entry["article_id"] == file.stem]
    assert [entry["quote"] for entry in evidence if entry["quote"] not in body] == []


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question["id"])
def test_a_short_answer_is_in_the_evidence(question: dict[str, Any]) -> None:
    assert any(said(answer, question) for answer in question["answers"])


def test_conflicts_have_two_quotes_and_all_their_figures_in_them() -> None:
    for question in QUESTIONS:
        if question["kind"] == "conflict":
            assert len(question["evidence"]) >= 2
            assert all(said(answer, question) for answer in question["answers"])


def test_follow_ups_come_after_a_question_and_an_answer() -> None:
    for question in QUESTIONS:
        roles = [turn["role"] for turn in question.get("history", [])]
        assert roles == ["user", "assistant"] * (len(roles) // 2)
        assert roles or question["kind"] != "follow_up"


def test_unanswerable_questions_have_neither_answer_nor_evidence() -> None:
    for question in QUESTIONS:
        if not question["answerable"]:
            assert question["answers"] == []
            assert question["evidence"] == []
