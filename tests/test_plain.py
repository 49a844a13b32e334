"""Without the reader's weights: questions are answered all the same, and it is said that they are answered with less."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexes.encoder import Encoder
from qa.calibration import LIKELY, in_words
from qa.chat import Assistant, open_assistant
from qa.plain import PlainReader
from qa.read import Reader
from qa.reader.model import ReaderModel
from qa.tools import ask
from qa.types import Settings


@pytest.fixture
def crippled(sample_library: Path, tmp_path: Path, encoder: Encoder) -> Assistant:
    """An assistant whose reader's weights are gone."""
    whole = open_assistant(Settings(library=str(sample_library)))
    reader = Reader(whole.library, ReaderModel(tmp_path))
    return Assistant(whole.library, encoder, reader, whole.settings)


def test_missing_weights_leave_labelled_answers_by_words_and_meaning(crippled: Assistant) -> None:
    answer = crippled.ask("How long is the Ever Given?")
    assert isinstance(crippled.reader, PlainReader)
    assert "weights are missing" in answer.notice and "words and meaning alone" in answer.notice
    assert not answer.refused and in_words(answer.confidence) == "weak" and answer.span is None
    for citation in answer.citations:
        article = crippled.library.article(citation.article_id)
        assert article and article.text[citation.start : citation.end] == citation.quote


def test_what_is_off_the_subject_is_refused_without_a_reader_too(crippled: Assistant) -> None:
    assert crippled.ask("How do I sign up for a gym membership?").refused
    assert LIKELY > crippled.threshold("strict") > crippled.threshold() > crippled.threshold("eager")


def test_who_asks_strictly_is_answered_without_a_reader_too(crippled: Assistant) -> None:
    said = ask(
        crippled, "Did Rabie say that ballast water had been pumped out of the ship to lighten her?", strict=True
    )
    assert not said["refused"] and crippled.ready


def test_altered_weights_are_told_from_missing_ones(crippled: Assistant, tmp_path: Path) -> None:
    (tmp_path / "reader.safetensors").write_bytes(b"other weights")
    assert "are not the published ones" in crippled.ask("How long is the Ever Given?").notice
