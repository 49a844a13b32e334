"""What we take from a package: the int8 cross-encoder that we started from, and its word embeddings at run time.

    model.onnx (ms-marco MiniLM-L12, int8 with one scale a matrix)  →  {"layer.0.query.weight": float32 …}

Read with a few lines that know the wire format of ONNX's protocol buffers, so that no further package is needed. Knows
nothing of torch, of training or of how the reader runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Weights = dict[str, Floats]

EPSILON = 1e-12  # of a layer norm

LAYERS = 12
DENSE = ("query", "key", "value", "mixed", "inner", "outer")  # of a layer, in the order the file holds them
_NAMES = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.output.dense": "mixed",
    "attention.output.LayerNorm": "mixed_norm",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "outer_norm",
}
_KINDS = {1: np.float32, 2: np.uint8, 3: np.int8, 7: np.int64}  # TensorProto.DataType, those that the file has


def cross_encoder(path: Path) -> Weights:
    """The cross-encoder's weights as floats, dense ones as (out, in). `embeddings.*`, `layer.N.*`, `pooler.*`,
    `classifier.*`."""
    return _renamed(_floats(dict(_tensors(path.read_bytes()))))


@dataclass(frozen=True, slots=True)
class Embeddings:
    """words: uint8 (30522, 384), as stored: a float is (value - zero) * scale. The others are floats."""

    words: npt.NDArray[np.uint8]
    zero: np.float32
    scale: np.float32
    places: Floats
    segments: Floats
    weight: Floats
    bias: Floats

    def look_up(self, ids: Sequence[int], types: Sequence[int]) -> Floats:
        """n word pieces and their segments to float32 (n, 384): word, place and segment, normalised."""
        words = (self.words[ids].astype(np.float32) - self.zero) * self.scale
        hidden = words + self.places[: len(ids)] + self.segments[types]
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        out: Floats = centred / spread * self.weight + self.bias
        return out


def embeddings(path: Path) -> Embeddings:
    """The cross-encoder's embeddings alone; the rest of the file is passed over."""
    tensors = dict(_tensors(path.read_bytes(), "bert.embeddings."))
    stem = "bert.embeddings.word_embeddings.weight"
    floats = {name.removeprefix("bert.embeddings."): value for name, value in _floats(tensors, skip=stem).items()}
    return Embeddings(
        tensors[stem + "_quantized"].astype(np.uint8, copy=False),
        np.float32(tensors[stem + "_zero_point"]),
        np.float32(tensors[stem + "_scale"]),
        floats["position_embeddings.weight"],
        floats["token_type_embeddings.weight"],
        floats["LayerNorm.weight"],
        floats["LayerNorm.bias"],
    )


def _floats(tensors: dict[str, npt.NDArray[np.generic]], skip: str = "") -> Weights:
    """Quantised tensors as floats, under the names they had; `skip` is left out."""
    found: Weights = {}
    for name, value in tensors.items():
        stem = name.removesuffix("_quantized")
        if stem != name and stem != skip:
            zero = tensors[stem + "_zero_point"].astype(np.float32)
            found[stem] = (value.astype(np.float32) - zero) * tensors[stem + "_scale"].astype(np.float32)
        elif name.endswith((".weight", ".bias")):
            found[name] = value.astype(np.float32)
    return found


def _renamed(found: Weights) -> Weights:
    renamed: Weights = {}
    dense = sorted((name for name in found if name.startswith("onnx::MatMul_")), key=lambda name: int(name[13:]))
    for place, name in enumerate(dense):
        renamed[f"layer.{place // len(DENSE)}.{DENSE[place % len(DENSE)]}.weight"] = found[name].T.copy()
    for name, value in found.items():
        if name.startswith("bert.encoder.layer."):
            layer, rest = name.removeprefix("bert.encoder.layer.").split(".", 1)
            stem, _, kind = rest.rpartition(".")
            renamed[f"layer.{layer}.{_NAMES[stem]}.{kind}"] = value
        elif name.startswith("bert.embeddings."):
            renamed[name.removeprefix("bert.")] = value
        elif name in ("bert.pooler.dense.weight", "classifier.weight"):
            renamed[name.removeprefix("bert.").replace(".dense", "")] = value.T.copy()
        elif name in ("bert.pooler.dense.bias", "classifier.bias"):
            renamed[name.removeprefix("bert.").replace(".dense", "")] = value
    return renamed


def _tensors(model: bytes, prefix: str = "") -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """The initialisers of an ONNX model whose names begin so: ModelProto.graph is field 7, GraphProto.initializer 5."""
    for field, graph in _fields(memoryview(model)):
        if field == 7 and isinstance(graph, memoryview):
            for inner, tensor in _fields(graph):
                if inner == 5 and isinstance(tensor, memoryview):
                    name, shape, kind, numbers, raw = _tensor(tensor)
                    if name.startswith(prefix):
                        yield name, _array(shape, kind, numbers, raw)


def _tensor(data: memoryview) -> tuple[str, list[int], int, list[int], memoryview]:
    """(name, shape, type, numbers, raw) of a TensorProto: dims is field 1, data_type 2, float_data 4, int32_data 5,
    name 8, raw_data 9."""
    shape: list[int] = []
    numbers: list[int] = []
    kind, name, raw = 0, "", memoryview(b"")
    for field, value in _fields(data):
        if isinstance(value, int):
            (shape if field == 1 else numbers if field == 5 else []).append(value)
            kind = value if field == 2 else kind
        elif field in (1, 5):  # packed
            (shape if field == 1 else numbers).extend(_varints(value))
        elif field in (4, 9):
            raw = value
        elif field == 8:
            name = bytes(value).decode()
    return name, shape, kind, numbers, raw


def _array(shape: list[int], kind: int, numbers: list[int], raw: memoryview) -> npt.NDArray[np.generic]:
    data = bytes(number & 255 for number in numbers) if numbers else bytes(raw)  # numbers: zero points, one byte each
    return np.frombuffer(data, _KINDS[kind]).reshape(shape)


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, value) of a message: a number for varints, the bytes for everything else."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        if key & 7 == 0:
            value, at = _varint(data, at)
            yield key >> 3, value
            continue
        size, at = (8, at) if key & 7 == 1 else (4, at) if key & 7 == 5 else _varint(data, at)
        yield key >> 3, data[at : at + size]
        at += size


def _varints(data: memoryview) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first; the top bit says that more follow."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at
