from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import LibraryDamaged, LibraryLocked, LibraryMismatch, LibraryUnwritable, NoLibrary
from indexes.library import FORMAT, Library
from indexes.types import Article, Filters, IndexSpec, Passage
from indexes.writer import Encoded, Writer, open_writer

SPEC = IndexSpec("tiny", "0" * 64, 4, "by hand", FORMAT)
SHIP = Article("ship", "The ship is stuck. It is 400 metres long.", "Stuck", published="2021-03-24", source="Gazette")
BRIDGE = Article("bridge", "The bridge opened in 2000.", "Open", published="2000-07-01", source="Wire")


def passages(article: Article) -> list[Encoded]:
    """One passage a sentence, each with a vector along an axis of its own."""
    found, start = [], 0
    for number, text in enumerate(article.text.replace(". ", ".|").split("|")):
        vector = np.eye(4, dtype=np.float16)[number]
        found.append((Passage(article.id, start, start + len(text), text, article.header), vector))
        start += len(text) + 1
    return found


def put(writer: Writer, *articles: Article) -> None:
    writer.put([(article, f"/{article.id}.txt", article.fingerprint, passages(article)) for article in articles])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with open_writer(tmp_path / "library", SPEC) as writer:
        put(writer, SHIP, BRIDGE)
    return tmp_path / "library"


def test_articles_come_back_as_they_were_put(folder: Path) -> None:
    library = Library(folder)
    assert library.article("ship") == SHIP
    assert [article.id for article in library.articles()] == ["ship", "bridge"]  # newest first
    assert library.counts() == (2, 3)
    assert library.sources() == ["Gazette", "Wire"]
    assert library.article("nothing") is None


def test_leftovers_survive_the_round_trip(tmp_path: Path) -> None:
    article = Article("a", "Photo: X\n\nBody.", leftovers=((0, 8),))
    with open_writer(tmp_path, SPEC) as writer:
        writer.put([(article, "/a.txt", "s", [])])
        assert writer.article("a") == article


def test_words_are_found_by_stem_and_scored(folder: Path) -> None:
    found = Library(folder).search_words("How many metre long are ships?", 10)
    assert [score > 0 for _, score in found] == [True, True]
    texts = Library(folder).passages([one for one, _ in found])
    assert texts[found[0][0]].text == "It is 400 metres long."


@pytest.mark.parametrize(
    "question", ['"', "a AND", "NEAR(", "*", "col:umn", "(a+)+$", "'; DROP TABLE passages; --", "😀", "—"]
)
def test_no_question_is_read_as_a_search_language(folder: Path, question: str) -> None:
    Library(folder).search_words(question, 10)
    assert Library(folder).counts() == (2, 3)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), {"ship", "bridge"}),
        (Filters(sources=("gazette",)), {"ship"}),
        (Filters(articles=("bridge",)), {"bridge"}),
        (Filters(after="2021-03-24"), {"ship"}),
        (Filters(before="2021-03-23"), {"bridge"}),
        (Filters(after="2000-07-01", before="2021-03-24"), {"ship", "bridge"}),
        (Filters(sources=("Nobody",)), set()),
    ],
)
def test_filters_choose_articles(folder: Path, filters: Filters, expected: set[str]) -> None:
    library = Library(folder)
    ids, vectors = library.vectors(filters)
    assert {passage.article_id for passage in library.passages(ids).values()} == expected
    assert vectors.shape == (len(ids), 4)


def test_a_changed_article_keeps_what_did_not_change(folder: Path) -> None:
    changed = Article("ship", "The ship is stuck. It is free again.", "Stuck", published="2021-03-24", source="Gazette")
    before = set(Library(folder).vectors()[0])
    with open_writer(folder, SPEC) as writer:
        put(writer, changed)
        after = set(writer.vectors()[0])
        assert len(before & after) == 2  # the bridge, and the ship's first sentence
        assert writer.search_words("metres", 5) == []
        assert len(writer.search_words("free", 5)) == 1
        assert writer.outbox(False) == sorted(before - after)


def test_a_removed_article_leaves_nothing_behind(folder: Path) -> None:
    with open_writer(folder, SPEC) as writer:
        writer.remove(["ship"])
        assert writer.counts() == (1, 1)
        assert writer.search_words("stuck", 5) == []
        assert writer.check() == []


def test_the_generation_grows_with_every_change(folder: Path) -> None:
    before = Library(folder).generation
    with open_writer(folder, SPEC) as writer:
        put(writer, SHIP)
        writer.remove(["bridge"])
    assert Library(folder).generation == before + 2


def test_a_transaction_that_fails_changes_nothing(folder: Path) -> None:
    with open_writer(folder, SPEC) as writer:
        twice = passages(BRIDGE) * 2
        with pytest.raises(LibraryDamaged):
            writer.put([(SHIP, "/x", "s", []), (BRIDGE, "/b", "s", [(Passage("b", 0, 1, "x"), v) for _, v in twice])])
        assert writer.counts() == (2, 3)


def test_a_second_writer_is_told_who_holds_the_lock(folder: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from indexes.writer import open_writer\n"
        "from tests.test_library import SPEC\n"
        f"with open_writer(Path({str(folder)!r}), SPEC): print('in', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parent.parent
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=root)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "in\n"
    try:
        with pytest.raises(LibraryLocked, match=str(holder.pid)), open_writer(folder, SPEC):
            pass
    finally:
        holder.kill()
        holder.wait()
    with open_writer(folder, SPEC) as writer:  # the lock died with its holder
        assert writer.counts() == (2, 3)


def test_readers_go_on_while_somebody_writes(folder: Path) -> None:
    reader = Library(folder)
    with open_writer(folder, SPEC) as writer:
        writer._connection().execute("BEGIN IMMEDIATE")
        writer._connection().execute("DELETE FROM articles")
        assert reader.counts() == (2, 3)
        writer._connection().execute("ROLLBACK")


def test_where_there_is_none_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NoLibrary, match="footnote index PATH"):
        Library(tmp_path)


def test_another_encoder_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(LibraryMismatch, match="made by the encoder tiny, this is other"):
        Library(folder, IndexSpec("other", "1" * 64, 4, "by hand", FORMAT))


def test_another_format_is_refused(folder: Path) -> None:
    connection = sqlite3.connect(folder / "library.sqlite3")
    connection.execute("UPDATE meta SET value = replace(value, '\"format\": 1', '\"format\": 99') WHERE name = 'spec'")
    connection.commit()
    with pytest.raises(LibraryMismatch, match="has format 99"):
        Library(folder)


def test_a_damaged_file_is_called_damaged(folder: Path) -> None:
    (folder / "library.sqlite3").write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(LibraryDamaged, match="is damaged"):
        Library(folder)


def test_a_folder_that_cannot_be_made_is_called_unwritable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(LibraryUnwritable, match="cannot be written to"),
        open_writer(tmp_path / "file" / "library", SPEC),
    ):
        pass


def test_check_names_what_does_not_fit_together(folder: Path) -> None:
    assert Library(folder).check() == []
    connection = sqlite3.connect(folder / "library.sqlite3")
    connection.execute("DELETE FROM articles WHERE id = 'ship'")
    connection.commit()
    assert Library(folder).check() == ["There are 2 passages without their article."]
