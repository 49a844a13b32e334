from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from indexes import vectors
from indexes.build import Progress, build, rebuild, remove
from indexes.encoder import Encoder, Vectors
from indexes.library import Library

ROOT = Path(__file__).parent.parent


class CountingEncoder(Encoder):
    """The real encoder, which also counts what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def encode_passages(self, texts: list[str]) -> Vectors:  # type: ignore[override]
        self.texts += texts
        return super().encode_passages(texts)


@pytest.fixture
def counting() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return make_articles(tmp_path)


def make_articles(parent: Path) -> Path:
    """Three articles of one passage each."""
    folder = parent / "articles"
    folder.mkdir()
    for number, subject in enumerate(("ship", "bridge", "vault")):
        body = "\n\n".join(f"The {subject} has part {part}. Part {part} of the {subject} is old." for part in range(3))
        (folder / f"{subject}.md").write_text(
            f"---\ntitle: The {subject}\npublished: 2021-03-2{number}\n---\n\n{body}\n"
        )
    return folder


def sound(library: Path) -> bool:
    opened = Library(library)
    return opened.check() == [] and opened.waiting() == 0 and vectors.is_current(opened)


def test_a_first_run_adds_everything(tmp_path: Path, articles: Path, counting: CountingEncoder) -> None:
    report = build(tmp_path / "library", [articles], encoder=counting)
    assert sorted(report.added) == ["bridge", "ship", "vault"]
    assert report.passages == len(counting.texts) == 3
    assert sound(tmp_path / "library")
    article = Library(tmp_path / "library").article("ship")
    assert article is not None
    assert (article.title, article.published) == ("The ship", "2021-03-20")


def test_an_unchanged_run_encodes_nothing(tmp_path: Path, articles: Path, counting: CountingEncoder) -> None:
    build(tmp_path / "library", [articles], encoder=counting)
    counting.texts.clear()
    generation = Library(tmp_path / "library").generation
    report = build(tmp_path / "library", [articles], encoder=counting)
    assert sorted(report.unchanged) == ["bridge", "ship", "vault"]
    assert counting.texts == []
    assert Library(tmp_path / "library").generation == generation


def test_a_touched_file_is_unchanged(tmp_path: Path, articles: Path, counting: CountingEncoder) -> None:
    build(tmp_path / "library", [articles], encoder=counting)
    counting.texts.clear()
    (articles / "ship.md").touch()
    (articles / "bridge.md").write_text((articles / "bridge.md").read_text() + "\n\n")  # other bytes, the same article
    report = build(tmp_path / "library", [articles], encoder=counting)
    assert len(report.unchanged) == 3
    assert counting.texts == []


def test_a_changed_article_costs_only_its_changed_passages(tmp_path: Path, counting: CountingEncoder) -> None:
    long = [f"Paragraph {number} " + "tells of the ship and of its long way home. " * 12 for number in range(6)]
    file = tmp_path / "a.txt"
    file.write_text("\n\n".join(long))
    build(tmp_path / "library", [file], encoder=counting)
    counting.texts.clear()
    file.write_text("\n\n".join([*long[:-1], "The end was written anew."]))
    report = build(tmp_path / "library", [file], encoder=counting)
    assert report.changed == ["a"]
    assert 1 <= len(counting.texts) <= 2
    assert Library(tmp_path / "library").search_words("anew", 5)
    assert sound(tmp_path / "library")


def test_a_removed_file_takes_its_article_along(tmp_path: Path, articles: Path, encoder: Encoder) -> None:
    build(tmp_path / "library", [articles], encoder=encoder)
    (articles / "ship.md").unlink()
    report = build(tmp_path / "library", [articles], encoder=encoder)
    assert report.removed == ["ship"]
    assert Library(tmp_path / "library").article("ship") is None
    assert sound(tmp_path / "library")


def test_a_missing_folder_removes_nothing(tmp_path: Path, articles: Path, encoder: Encoder) -> None:
    build(tmp_path / "library", [articles], encoder=encoder)
    articles.rename(tmp_path / "elsewhere")
    report = build(tmp_path / "library", [articles], encoder=encoder)
    assert len(report.skipped) == 1
    assert Library(tmp_path / "library").counts()[0] == 3


def test_a_moved_folder_costs_nothing_and_keeps_the_ids(
    tmp_path: Path, articles: Path, counting: CountingEncoder
) -> None:
    build(tmp_path / "library", [articles], encoder=counting)
    counting.texts.clear()
    articles.rename(tmp_path / "elsewhere")
    build(tmp_path / "library", [tmp_path / "elsewhere"], encoder=counting)
    assert counting.texts == []
    assert sorted(one.id for one in Library(tmp_path / "library").articles()) == ["bridge", "ship", "vault"]


def test_a_file_that_breaks_later_keeps_its_article(tmp_path: Path, articles: Path, encoder: Encoder) -> None:
    build(tmp_path / "library", [articles], encoder=encoder)
    (articles / "ship.md").write_bytes(b"\x00\x01\x02\x03" * 100)
    report = build(tmp_path / "library", [articles], encoder=encoder)
    assert [Path(where).name for where, _ in report.skipped] == ["ship.md"]
    assert Library(tmp_path / "library").article("ship") is not None


def test_the_same_text_at_two_places_is_two_articles(tmp_path: Path, encoder: Encoder) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "same.txt").write_text("The very same words stand in both of these files.")
    report = build(tmp_path / "library", [tmp_path / "one", tmp_path / "two"], encoder=encoder)
    assert len(report.added) == 2
    assert "same" in report.added
    again = build(tmp_path / "library", [tmp_path / "one", tmp_path / "two"], encoder=encoder)
    assert sorted(again.unchanged) == sorted(report.added)


def test_jsonl_records_keep_their_ids_and_their_text(tmp_path: Path, encoder: Encoder) -> None:
    file = tmp_path / "news.jsonl"
    records = [
        {"id": "n:1", "title": "One", "text": "  Kept as it is.\r\nTo the letter. "},
        {"id": "n:2", "text": "Two."},
    ]
    file.write_text("\n".join(map(json.dumps, records)))
    build(tmp_path / "library", [file], encoder=encoder)
    article = Library(tmp_path / "library").article("n:1")
    assert article is not None
    assert article.text == records[0]["text"]
    file.write_text(json.dumps(records[0]))
    report = build(tmp_path / "library", [file], encoder=encoder)
    assert report.removed == ["n:2"]


def test_a_broken_line_is_counted_again_without_reading_the_file_again(tmp_path: Path, encoder: Encoder) -> None:
    file = tmp_path / "news.jsonl"
    file.write_text('{"id": "a", "text": "A sentence."}\n{broken\n{"id": "b", "text": "Another."}\n')
    first = build(tmp_path / "library", [file], encoder=encoder)
    assert sorted(first.added) == ["a", "b"]
    assert [Path(where).name for where, _ in first.skipped] == ["news.jsonl:2"]
    second = build(tmp_path / "library", [file], encoder=encoder)
    assert second.skipped == first.skipped
    assert sorted(second.unchanged) == ["a", "b"]


def test_an_id_that_another_file_owns_is_refused(tmp_path: Path, encoder: Encoder) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": "same", "text": f"This is {name}."}))
    report = build(tmp_path / "library", [tmp_path / "one.jsonl", tmp_path / "two.jsonl"], encoder=encoder)
    assert report.added == ["same"]
    assert "taken" in report.skipped[0][1]


def test_standard_input_is_read_and_replaced(tmp_path: Path, encoder: Encoder) -> None:
    for text in ("First words.", "Other words."):
        stream = io.BytesIO(json.dumps({"id": "piped", "text": text}).encode())
        build(tmp_path / "library", [], stream=stream, encoder=encoder)
    article = Library(tmp_path / "library").article("piped")
    assert article is not None
    assert article.text == "Other words."


def test_a_line_that_three_articles_share_is_furniture_in_all_of_them(tmp_path: Path, encoder: Encoder) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    line = "Read tomorrow's paper tonight"
    for number, name in enumerate(("one", "two", "three")):
        body = f"Article {name} tells a story of its own.\n\nIts second paragraph tells of {name} again."
        (folder / f"{name}.txt").write_text(f"Headline of {name}\n\n{body}\n\n{line}")
        build(tmp_path / "library", [folder], encoder=encoder)
        found = Library(tmp_path / "library").search_words("tomorrow paper tonight", 5)
        assert len(found) == (number + 1 if number < 2 else 0)
    assert sound(tmp_path / "library")


def test_removing_by_hand_lasts_until_the_file_is_indexed_again(
    tmp_path: Path, articles: Path, encoder: Encoder
) -> None:
    build(tmp_path / "library", [articles], encoder=encoder)
    assert remove(tmp_path / "library", ["ship", "nothing"]) == ["ship"]
    assert Library(tmp_path / "library").article("ship") is None
    assert sound(tmp_path / "library")
    assert build(tmp_path / "library", [articles], encoder=encoder).added == ["ship"]


def test_rebuilding_chroma_encodes_nothing(tmp_path: Path, articles: Path, counting: CountingEncoder) -> None:
    build(tmp_path / "library", [articles], encoder=counting)
    counting.texts.clear()
    assert rebuild(tmp_path / "library") == 3
    assert counting.texts == []
    assert sound(tmp_path / "library")


def test_progress_goes_forward_to_the_end_of_each_stage(tmp_path: Path, articles: Path, encoder: Encoder) -> None:
    seen: list[Progress] = []
    build(tmp_path / "library", [articles], encoder=encoder, on_progress=seen.append)
    for stage in ("read", "encode", "fill"):
        steps = [one for one in seen if one.stage == stage]
        assert steps[-1].done == steps[-1].total > 0
        assert [one.done for one in steps] == sorted(one.done for one in steps)


# -- kill -9 ----------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
from indexes import build as module, staging
module.BLOCK, module.BATCH, module.vectors.BATCH, staging.STAGE = 600, 2, 3, 2
count = 0
def hook(frame, event, argument):
    global count
    if event == "call" and frame.f_code.co_name in POINTS and frame.f_globals["__name__"].startswith("indexes."):
        count += 1
        if count == AT:
            os.kill(os.getpid(), signal.SIGKILL)
POINTS = {"execute", "stage", "set_input", "put", "_put_passage", "_drop_passages", "sent", "set_meta", "_add",
          "remove", "_create", "encode_question", "digest", "_next_generation"}
AT = int(sys.argv[1])
sys.setprofile(hook)
module.build(Path(sys.argv[2]), [Path(sys.argv[3])])
print(count)
"""


def run_killed(at: int, library: Path, articles: Path) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-c", KILLED, str(at), str(library), str(articles)]
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)


def contents(library: Path) -> tuple[list[str], list[str]]:
    opened = Library(library)
    return sorted(one.id for one in opened.articles()), sorted(opened.vectors()[0])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """The same library, built without a kill, and how many points there were to be killed at."""
    folder = tmp_path_factory.mktemp("finished")
    done = run_killed(10**9, folder / "reference", make_articles(folder))
    assert done.returncode == 0, done.stderr
    return folder / "reference", int(done.stdout)


@pytest.mark.parametrize("share", [0.02, 0.08, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.92, 0.98])
def test_a_killed_run_loses_nothing_and_the_next_one_finishes_it(
    tmp_path: Path, articles: Path, finished: tuple[Path, int], share: float, encoder: Encoder
) -> None:
    reference, points = finished
    library = tmp_path / "library"
    at = max(1, int(points * share))
    assert run_killed(at, library, articles).returncode == -signal.SIGKILL
    if (library / "library.sqlite3").exists():  # what is there is sound, and can be asked
        assert Library(library).check() == []
    second_kill = run_killed(max(1, at // 2), library, articles)  # and killed again while it recovers
    assert second_kill.returncode in (0, -signal.SIGKILL)
    build(library, [articles], encoder=encoder)
    assert contents(library) == contents(reference)
    assert sound(library)
    assert vectors.unreachable(Library(library), vectors.open_store(library)) == 0
    vectors.close_stores()


def test_ctrl_c_keeps_what_was_done(tmp_path: Path, articles: Path, encoder: Encoder) -> None:
    class Stopped(Encoder):
        def encode_passages(self, texts: list[str]) -> Vectors:  # type: ignore[override]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tmp_path / "library", [articles], encoder=Stopped())
    assert Library(tmp_path / "library").waiting() == 3
    report = build(tmp_path / "library", [articles], encoder=encoder)
    assert sorted(report.added) == ["bridge", "ship", "vault"]
    assert sound(tmp_path / "library")
