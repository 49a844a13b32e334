"""What we wrote for the reader to learn from, and the weights read back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from qa.reader.export import ATTEND, dequantised, quantised
from qa.reader.train import mixed
from qa.reader.written import FILE, HELD_BACK, Written, read_written

TEXT = "A title.\n\nThe canal opened in 1869. Ships waited in 1870. Its owner was a company in Paris."
PARAGRAPH = TEXT.index("The canal"), len(TEXT)


def data(folder: Path, lines: list[dict[str, object]]) -> tuple[Path, Path]:
    (folder / "set").mkdir()
    article = {"id": "canal", "title": "The canal", "text": TEXT}
    (folder / "set" / "articles.jsonl").write_text(json.dumps(article) + "\n")
    file = folder / "written.jsonl"
    file.write_text("".join(json.dumps({"article": "canal", "start": PARAGRAPH[0], "end": PARAGRAPH[1]} | line) + "\n"
                            for line in lines))  # fmt: skip
    return folder, file


def line(question: str, answer: str) -> dict[str, object]:
    return {"asked": [[question, answer]], "misses": ["Who dug it?"], "carried": ["It opened."],
            "unsupported": [["It closed.", "reversed"]]}  # fmt: skip


def test_an_answer_is_placed_in_the_sentence_that_the_question_is_about(tmp_path: Path) -> None:
    train, tried = read_written(*data(tmp_path, [line("When did ships wait?", "in 18")]))["written"]
    [asked, miss] = tried.asked
    assert train.asked == []
    assert asked.span is not None
    assert TEXT[slice(*asked.span)] == "in 18"
    assert asked.span[0] > TEXT.index("Ships")
    assert miss.span is None
    assert miss.told == asked.told == TEXT[slice(*PARAGRAPH)]


def test_a_paragraph_that_we_wrote_ourselves_is_its_own_article(tmp_path: Path) -> None:
    own = line("When did it open?", "1869") | {"title": "Our canal", "text": "Ours opened in 1869."}
    found = read_written(*data(tmp_path, [own]))
    _, tried = found["own"]
    asked, miss = tried.asked
    assert found["written"] == (Written([], []), Written([], []))
    assert (asked.title, asked.told, asked.span) == ("Our canal", "Ours opened in 1869.", (15, 19))
    assert miss.article_id == asked.article_id != "canal"
    assert {claim.evidence for claim in tried.claims} == {"Ours opened in 1869."}


def test_claims_come_with_their_paragraph(tmp_path: Path) -> None:
    _, tried = read_written(*data(tmp_path, [line("When?", "1869")]))["written"]
    carried, not_carried = tried.claims
    assert (carried.supported, not_carried.supported, not_carried.kind) == (True, False, "reversed")
    assert carried.evidence == TEXT[slice(*PARAGRAPH)]


def test_one_paragraph_in_ten_is_held_back(tmp_path: Path) -> None:
    train, tried = read_written(*data(tmp_path, [line("When?", "1869")] * 2 * HELD_BACK))["written"]
    assert (len(train.claims), len(tried.claims)) == (2 * 2 * (HELD_BACK - 1), 2 * 2)


def test_an_answer_that_does_not_stand_there_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not stand"):
        read_written(*data(tmp_path, [line("When?", "1999")]))


def test_every_line_that_ships_is_whole() -> None:
    for text in FILE.read_text(encoding="utf-8").splitlines():
        one = json.loads(text)
        if "text" in one:
            assert one["title"]
            assert all(answer in one["text"] for _, answer in one["asked"])
        else:
            assert one["start"] < one["end"]
        assert all(len(pair) == 2 and all(pair) for pair in [*one["asked"], *one["unsupported"]])
        assert all(one["misses"])
        assert all(one["carried"])


def test_weights_read_back_and_stored_again_are_the_same() -> None:
    stored = load_file(FILE.with_name("reader.safetensors"))
    weights = dequantised(stored)
    assert all(f"layer.0.{name}.weight" in weights for name in ATTEND)
    sizes = {name.removesuffix(".smooth"): np.ones_like(value) for name, value in stored.items() if "smooth" in name}
    again = quantised(weights, sizes)
    for name in ("layer.0.attend.weight", "layer.11.mixed.weight", "layer.3.attend.scale", "span.weight"):
        np.testing.assert_allclose(again[name], stored[name], rtol=1e-5)


def test_mixed_weights_lie_between_those_before_and_after() -> None:
    before, after = {"a": np.float32([0.0, 2.0])}, {"a": torch.tensor([1.0, 4.0])}
    assert mixed(before, after, 0.0)["a"].tolist() == [0.0, 2.0]
    assert mixed(before, after, 0.5)["a"].tolist() == [0.5, 3.0]
    assert mixed(before, after, 1.0)["a"].tolist() == [1.0, 4.0]
