from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from indexes import encoder as door
from indexes.encoder import FEW, HEADER_PIECES, WINDOW, Encoder, batches
from indexes.errors import ModelError

TEXTS = [
    "How long was the ship stuck?",
    "x",
    "Naïve café, 東京, and 😀 emoji.",
    "The container ship Ever Given ran aground in the Suez Canal on 23 March 2021. " * 40,  # longer than the window
]


def test_passages_become_unit_rows_in_their_order(encoder: Encoder) -> None:
    rows = encoder.encode_passages(TEXTS * (FEW + 1))[:4]  # enough of them to go through torch
    assert rows.shape == (4, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert encoder.encode_passages(TEXTS[1:2])[0] @ rows[1] > 0.999


@pytest.mark.parametrize("index", range(len(TEXTS)))
def test_the_fast_path_gives_the_vector_of_sentence_transformers(encoder: Encoder, index: int) -> None:
    from sentence_transformers import SentenceTransformer

    reference = SentenceTransformer(str(encoder.folder), device="cpu").encode(
        [TEXTS[index]], normalize_embeddings=True
    )[0]
    assert float(encoder.encode_question(TEXTS[index]) @ reference) > 0.99999


def test_a_few_passages_need_no_torch_and_give_the_same_vectors(encoder: Encoder) -> None:
    code = (
        "import sys; from indexes.encoder import Encoder; from tests.test_encoder import TEXTS\n"
        "Encoder().encode_passages(TEXTS).tofile(sys.argv[1]); print('torch' in sys.modules)"
    )
    with tempfile.NamedTemporaryFile() as file:
        done = subprocess.run([sys.executable, "-c", code, file.name], capture_output=True, text=True, check=True)
        by_numpy = np.fromfile(file.name, dtype=np.float32).reshape(4, 384)
    assert done.stdout.strip() == "False"
    by_torch = encoder.encode_passages(TEXTS * (FEW + 1))[:4]
    assert (by_numpy * by_torch).sum(axis=1) == pytest.approx(np.ones(4), abs=2e-3)


def test_the_same_question_gives_the_same_bytes(encoder: Encoder) -> None:
    assert encoder.encode_question(TEXTS[0]).tobytes() == encoder.encode_question(TEXTS[0]).tobytes()


def test_no_texts_give_no_rows(encoder: Encoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)


def test_a_long_header_is_cut_and_the_text_is_not(encoder: Encoder) -> None:
    text = encoder.passage_text("word " * 200, "The passage itself.")
    header, _, body = text.partition("\n")
    assert body == "The passage itself."
    assert encoder.count_pieces(header) == HEADER_PIECES
    assert encoder.passage_text("", "Alone.") == "Alone."


def test_pieces_are_counted_beyond_the_window(encoder: Encoder) -> None:
    assert encoder.count_pieces("The ship is stuck.") == 5
    assert encoder.count_pieces(TEXTS[3]) > WINDOW


def test_altered_weights_are_refused(encoder: Encoder, tmp_path: Path) -> None:
    folder = shutil.copytree(encoder.folder, tmp_path / "model")
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ModelError, match="are not the published ones"):
        Encoder(folder).encode_question("x")


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"missing at .*model\.safetensors"):
        Encoder(tmp_path).encode_question("x")


def test_batches_hold_texts_of_like_length_longest_first() -> None:
    assert list(batches([3, 9, 1, 7], 2)) == [[1, 3], [0, 2]]


@pytest.mark.parametrize(
    ("flags", "bf16", "vnni"),
    [
        ("flags : sse2 avx512f avx512_vnni", False, True),
        ("flags : sse2 avx_vnni amx_bf16", True, True),
        ("flags : sse2 avx2", False, False),
        ("", False, False),  # a system that does not say
    ],
)
def test_what_a_processor_can_do_is_read_from_its_flags(
    monkeypatch: pytest.MonkeyPatch, flags: str, bf16: bool, vnni: bool
) -> None:
    monkeypatch.setattr(door, "_flags", lambda: flags)
    assert (door.has_bf16(), door.has_vnni()) == (bf16, vnni)
