"""Hits to sentences: the reader's words in their sentence, offsets exact, headings never, and nothing without an article."""

from __future__ import annotations

import pytest

from indexes.library import Library
from indexes.types import Article, Hit, Passage
from indexes.writer import open_writer
from qa.calibration import FILE, shipped
from qa.quote import around
from qa.read import Reader
from qa.reader.large import LargeModel, shared
from qa.reader.model import ReaderModel, WindowReading
from tests.test_library import SPEC

BODY = "Who lit it\n\nThe lamp on the pier is blue. Clara Svensson lit it in 1931. She was 24 years old."
PAGE = "\n\nSign up for our news"
LAMP = Article("lamp", BODY + PAGE, "The lamp", leftovers=((len(BODY) + 2, len(BODY + PAGE)),))
BREAD = Article("bread", "Bread is baked with flour, water and salt. It takes an hour.", "Bread")
BOLTS = Article("bolts", "- 12 cables were cut.\n- 139 of the bolts held.", "Bolts")
TOWER = Article(
    "tower",
    "The tower was designed by Vendela Holm and built by the Arvid brothers. Petra Lind cast its bells.",
    "Tower",
)
AGAIN = Article("again", "A plaque says that Clara Svensson lit the lamp.", "A plaque")


@pytest.fixture(scope="module")
def model() -> ReaderModel:
    return ReaderModel()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    folder = tmp_path_factory.mktemp("library")
    with open_writer(folder, SPEC) as writer:
        writer.put([(article, f"/{article.id}", "s", []) for article in (LAMP, BREAD, AGAIN, BOLTS, TOWER)])
    return Library(folder)


def hit(article: Article, score: float) -> Hit:
    end = article.leftovers[0][0] - 2 if article.leftovers else len(article.text)
    return Hit(Passage(article.id, 0, end, article.text[:end], article.header), score)


def test_the_sentence_that_answers_comes_first_with_its_words(library: Library, model: ReaderModel) -> None:
    readings, hits = Reader(library, model).read("Who lit the lamp?", [hit(BREAD, 1.0), hit(LAMP, 0.9)])
    assert [one.passage.article_id for one in hits] == ["lamp", "bread"]
    best = readings[0]
    assert best.hit.passage.article_id == "lamp" and "Clara Svensson lit it in 1931." in best.text
    assert [LAMP.text[start:end] for start, end in best.spans[:1]] == ["Clara Svensson"]
    assert readings == sorted(readings, key=lambda one: -one.score)


def test_every_reading_is_the_articles_own_words_and_holds_its_spans(library: Library, model: ReaderModel) -> None:
    readings, _ = Reader(library, model).read(
        "When did Clara Svensson light the lamp?", [hit(LAMP, 1.0), hit(BREAD, 0.9)]
    )
    texts = {article.id: article.text for article in (LAMP, BREAD)}
    assert readings
    for one in readings:
        assert texts[one.hit.passage.article_id][one.start : one.end] == one.text
        assert all(one.start <= start < end <= one.end for start, end in one.spans)


def test_a_list_item_is_quoted_without_its_mark(library: Library, model: ReaderModel) -> None:
    readings, _ = Reader(library, model).read("How many bolts held?", [hit(BOLTS, 1.0)])
    assert (readings[0].text, readings[0].words) == ("139 of the bolts held.", "139")


def test_headings_are_never_read_and_pronouns_bring_their_neighbour(library: Library, model: ReaderModel) -> None:
    readings, _ = Reader(library, model).read("How old was she?", [hit(LAMP, 1.0)])
    assert not any(one.text == "Who lit it" for one in readings)
    assert readings[0].text.startswith("Clara Svensson lit it in 1931. She was 24 years old.") or (
        readings[0].text.endswith("She was 24 years old.") and not readings[0].text.startswith("She")
    )


def test_a_question_that_the_article_nearly_answers_scores_low(library: Library, model: ReaderModel) -> None:
    reader = Reader(library, model)
    known, _ = reader.read("Who lit the lamp?", [hit(LAMP, 1.0)])
    for near in ("Who built the lamp?", "How tall is the lamp?", "Did Bernard Okafor light the lamp?"):
        unknown, _ = reader.read(near, [hit(LAMP, 1.0)])
        assert not unknown or unknown[0].probability < known[0].probability - 0.2


def test_a_question_for_a_whole_sentence_marks_no_words(library: Library, model: ReaderModel) -> None:
    readings, _ = Reader(library, model).read("Did Clara Svensson light the lamp?", [hit(LAMP, 1.0)])
    assert readings and all(one.spans == () for one in readings)


def test_every_part_of_a_list_is_marked_where_one_is_asked_for(library: Library, model: ReaderModel) -> None:
    def marked(question: str) -> list[str]:
        best = Reader(library, model).read(question, [hit(TOWER, 1.0)])[0][0]
        return [TOWER.text[start:end] for start, end in best.spans]

    assert sorted(marked("Which people designed and built the tower?")) == ["Vendela Holm", "the Arvid brothers"]
    assert marked("Who designed the tower?") == ["Vendela Holm"]
    assert marked("Who built the tower?") == ["the Arvid brothers"]


def test_articles_that_agree_know_of_each_other(library: Library, model: ReaderModel) -> None:
    found, _ = Reader(library, model).figures("Who lit the lamp?", [hit(LAMP, 1.0), hit(AGAIN, 0.9)])
    best = {one.reading.hit.passage.article_id: one for one in reversed(found)}
    assert best["lamp"].figures["agreeing"] == best["again"].figures["agreeing"] == 1
    alone, _ = Reader(library, model).figures("Who lit the lamp?", [hit(LAMP, 1.0), hit(BREAD, 0.9)])
    assert all(one.figures["agreeing"] == 0 for one in alone)


def test_hits_that_are_not_read_keep_their_place_at_the_end(library: Library, model: ReaderModel) -> None:
    far = [hit(BREAD, 0.1), hit(BREAD, 0.05)]
    _, hits = Reader(library, model).read("Who lit the lamp?", [hit(LAMP, 1.0), *far])
    assert hits[1:] == far
    assert Reader(library, model).read("Who lit the lamp?", []) == ([], [])


def test_an_article_that_is_gone_is_not_quoted(library: Library, model: ReaderModel) -> None:
    gone = Article("gone", "Clara Svensson lit the lamp.")
    readings, _ = Reader(library, model).read("Who lit the lamp?", [hit(gone, 1.0)])
    assert readings == []


def test_the_same_question_reads_the_same(library: Library, model: ReaderModel) -> None:
    hits = [hit(LAMP, 1.0), hit(BREAD, 0.9), hit(AGAIN, 0.8)]
    first = Reader(library, model).read("Who lit the lamp?", hits)
    assert Reader(library, ReaderModel()).read("Who lit the lamp?", hits) == first


def test_the_thresholds_are_the_calibrations(library: Library, model: ReaderModel) -> None:
    reader, own = Reader(library, model), shipped(FILE)
    assert reader.thresholds == {"": own.threshold, "strict": own.strict, "eager": own.eager}
    assert own.eager <= own.threshold <= own.strict


def test_the_likeliest_sentences_are_read_once_more_with_their_neighbours(library: Library, model: ReaderModel) -> None:
    found, _ = Reader(library, model).figures("Who lit the lamp?", [hit(LAMP, 1.0), hit(BREAD, 0.9)])
    best = max(found, key=lambda one: one.figures["close"])
    start, end = around(LAMP, (best.reading.start, best.reading.end))
    [again] = shared().read("Who lit the lamp?", [(LAMP.header, LAMP.text[start:end])])
    assert best.reading.hit.passage.article_id == "lamp" and best.figures["close"] == again.answers


def test_a_time_that_is_asked_about_is_looked_for_in_the_sentence(library: Library, model: ReaderModel) -> None:
    reader = Reader(library, model)

    def best(question: str) -> tuple[float, float]:
        figures = [one.figures for one in reader.figures(question, [hit(LAMP, 1.0)])[0]]
        return max(one["period"] for one in figures), max(one["timed"] for one in figures)

    assert best("Who lit the lamp in 1931?") == (1, 1)
    assert best("Who lit the lamp in 1066?") == (0, 1)
    assert best("Who lit the lamp?") == (0, 0)


def test_what_is_not_read_again_is_no_surer_than_what_is(
    library: Library, model: ReaderModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.read.READ_CLOSE", 1)
    large = LargeModel()
    monkeypatch.setattr(large, "read", lambda _, texts: [WindowReading(0, 0, 0.0, -50.0, 0.0, ())] * len(texts))
    hits = [hit(LAMP, 1.0), hit(AGAIN, 0.9), hit(BREAD, 0.8)]
    found, _ = Reader(library, model, large).figures("Who lit the lamp?", hits)
    assert len(found) > 2 and all(one.figures["close"] == -50.0 for one in found)


@pytest.mark.parametrize(("first", "read"), [(1.0, 2), (0.9, 4)])
def test_others_are_read_again_only_where_neither_of_the_two_likeliest_answers(
    library: Library, model: ReaderModel, first: float, read: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    large, texts = LargeModel(), []

    def says(question: str, windows: list[tuple[str, str]]) -> list[WindowReading]:
        texts.extend(windows)
        return [WindowReading(0, 0, 0.0, first, 0.0, ()) for _ in windows]

    monkeypatch.setattr(large, "read", says)
    hits = [hit(LAMP, 1.0), hit(AGAIN, 0.9), hit(BREAD, 0.8)]
    found, _ = Reader(library, model, large).figures("Who lit the lamp?", hits)
    assert len(found) > 4 and len(texts) == read


def test_a_sentence_with_long_neighbours_is_read_again_alone(
    library: Library, model: ReaderModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.read.LONGEST_CLOSE", 1)
    found, _ = Reader(library, model).figures("Who lit the lamp?", [hit(LAMP, 1.0)])
    best = max(found, key=lambda one: one.figures["close"])
    [again] = shared().read("Who lit the lamp?", [(LAMP.header, best.reading.text)])
    assert best.figures["close"] == again.answers


def test_bold_words_that_are_another_measure_than_was_asked_for_are_a_figure(
    library: Library, model: ReaderModel
) -> None:
    def wrong(question: str) -> set[float]:
        found, _ = Reader(library, model).figures(question, [hit(LAMP, 1.0)])
        return {one.figures["wrong_words"] for one in found if one.reading.spans}

    assert 1.0 in wrong("How fast is the lamp?")
    assert 0.0 in wrong("How old was Clara Svensson?")
    assert wrong("Who lit the lamp?") == {0.0}
