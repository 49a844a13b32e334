from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import ModelError
from indexes.library import Library
from indexes.types import Article, Hit, Passage
from indexes.writer import open_writer
from qa import read
from qa.read import CrossEncoder, Reader, probability
from tests.test_library import SPEC

BODY = "Who lit it\n\nThe lamp on the pier is blue. Clara Svensson lit it in 1931. She was 24 years old."
PAGE = "\n\nSign up for our news"
LAMP = Article("lamp", BODY + PAGE, "The lamp", leftovers=((len(BODY) + 2, len(BODY + PAGE)),))
BREAD = Article("bread", "Bread is baked with flour, water and salt. It takes an hour.", "Bread")


@pytest.fixture(scope="module")
def model() -> CrossEncoder:
    return CrossEncoder()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    with open_writer(folder, SPEC) as writer:
        writer.put([(article, f"/{article.id}", "s", []) for article in (LAMP, BREAD)])
    return Library(folder)


def hit(article: Article, score: float) -> Hit:
    end = article.leftovers[0][0] - 2 if article.leftovers else len(article.text)
    return Hit(Passage(article.id, 0, end, article.text[:end], article.header), score)


def test_what_answers_scores_above_what_does_not(model: CrossEncoder) -> None:
    answers, off = model.score(
        "Who lit the lamp?", ["Clara Svensson lit the lamp in 1931.", "Bread is baked with flour."]
    )
    assert answers > 0 > off


def test_a_batch_moves_a_score_by_rounding_only(model: CrossEncoder) -> None:
    texts = [f"Sentence {number} is about the lamp. " * (number + 1) for number in range(11)]
    together = model.score("Who lit the lamp?", texts)
    alone = np.array([model.score("Who lit the lamp?", [text])[0] for text in texts])
    assert together == pytest.approx(alone, abs=0.5)  # int8 scales by what is in the batch
    assert model.score("Who lit the lamp?", texts).tobytes() == together.tobytes()


def test_nothing_to_score_is_no_error(model: CrossEncoder) -> None:
    assert model.score("Who?", []).shape == (0,)


def test_the_sentence_that_answers_comes_first(library: Library, model: CrossEncoder) -> None:
    readings, hits = Reader(library, model).read("Who lit the lamp?", [hit(BREAD, 1.0), hit(LAMP, 0.9)])
    assert [one.passage.article_id for one in hits] == ["lamp", "bread"]
    assert readings[0].text == "Clara Svensson lit it in 1931."
    assert readings == sorted(readings, key=lambda one: -one.score)
    assert all(LAMP.text[one.start : one.end] == one.text for one in readings if one.hit.passage.article_id == "lamp")


def test_headings_are_never_read_and_pronouns_bring_their_neighbour(library: Library, model: CrossEncoder) -> None:
    readings, _ = Reader(library, model).read("How old was she?", [hit(LAMP, 1.0)])
    texts = {one.text for one in readings}
    assert "Who lit it" not in texts
    assert "Clara Svensson lit it in 1931. She was 24 years old." in texts


def test_a_question_about_what_is_not_named_scores_low(library: Library, model: CrossEncoder) -> None:
    reader = Reader(library, model)
    known, _ = reader.read("Did Clara Svensson light the lamp?", [hit(LAMP, 1.0)])
    unknown, _ = reader.read("Did Bernard Okafor light the lamp?", [hit(LAMP, 1.0)])
    assert known[0].probability > reader.threshold > unknown[0].probability


def test_hits_that_are_not_read_keep_their_place_at_the_end(library: Library, model: CrossEncoder) -> None:
    far = [hit(BREAD, 0.1), hit(BREAD, 0.05)]
    _, hits = Reader(library, model).read("Who lit the lamp?", [hit(LAMP, 1.0), *far])
    assert hits[1:] == far
    assert Reader(library, model).read("Who lit the lamp?", []) == ([], [])


def test_an_article_that_is_gone_is_not_quoted(library: Library, model: CrossEncoder) -> None:
    gone = Article("gone", "Clara Svensson lit the lamp.")
    readings, _ = Reader(library, model).read("Who lit the lamp?", [hit(gone, 1.0)])
    assert readings == []


def test_the_probability_grows_with_the_score_and_stays_between_0_and_1() -> None:
    values = [probability(score) for score in range(-40, 41)]
    assert values == sorted(values)
    assert 0 < values[0] < 0.01 and 0.9 < values[-1] < 1


def test_altered_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: CrossEncoder) -> None:
    monkeypatch.setattr(read, "PACKAGE", "no_such_package_anywhere")
    with pytest.raises(ModelError, match="is not installed"):
        CrossEncoder().score("Who?", ["x"])
    copy = shutil.copytree(model.folder, tmp_path / "package" / read.INSIDE)
    (copy / "model.onnx").write_bytes(b"other weights")
    (tmp_path / "package" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(read, "PACKAGE", "package")
    with pytest.raises(ModelError, match="not the published ones"):
        CrossEncoder().score("Who?", ["x"])
