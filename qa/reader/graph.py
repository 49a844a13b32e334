"""What a reader computes, as an ONNX graph without weights, made in memory when the reader is loaded.

    hidden float32 (1, n, width)  →  span (n, 2) · answers, relevance, supports (1, 1) each

Of two sizes: our own reader, and the large one, whose attention leans by distance (`bias` float32 (1, heads, n, n), a
second input) and which has no relevance and no support. The embeddings are looked up outside. Every product with a
weight matrix is int8: weights with one scale a column, activations with one scale a matrix, which is one window: a
window's figures do not depend on what is read beside it. Written in the wire format of ONNX's protocol buffers, whose
field numbers stand beside each message. Knows no weights.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from qa.reader.base import LAYERS

OURS = "com.microsoft"  # the domain of onnxruntime's own operators
FLOAT, INT8, INT64 = 1, 3, 7  # TensorProto.DataType
SMOOTHED = ("inner", "outer")  # matrices whose inputs are scaled first: see export.py


@dataclass(frozen=True, slots=True)
class Sizes:
    """width of a word piece, heads of attention, inner width. pooled: the outputs of the first piece, each with the
    layer before it, "" for none. leaning: is there a bias of attention?"""

    width: int
    heads: int
    inner: int
    pooled: tuple[tuple[str, str, str], ...]  # (head, its pooler, the output's name)
    leaning: bool = False

    @property
    def output_heads(self) -> tuple[str, ...]:
        """The dense layers behind the last one."""
        return "span", *(head for head, _, _ in self.pooled), *(pooler for _, pooler, _ in self.pooled if pooler)


READER = Sizes(
    384, 12, 1536,
    (("answers", "answers_pooler", "answers"), ("classifier", "pooler", "relevance"),
     ("supports", "supports_pooler", "supports")),
)  # fmt: skip
LARGE = Sizes(768, 12, 3072, (("answers", "", "answers"),), leaning=True)


def shapes(sizes: Sizes = READER) -> dict[str, tuple[type, tuple[int, ...]]]:
    """Every tensor the graph asks for: (type, shape). Dense weights are (in, out)."""
    found: dict[str, tuple[type, tuple[int, ...]]] = {}

    def dense(name: str, inside: int, outside: int) -> None:
        found[f"{name}.weight"] = (np.int8, (inside, outside))
        found[f"{name}.scale"] = found[f"{name}.bias"] = (np.float32, (outside,))
        if name.endswith(SMOOTHED):
            found[f"{name}.smooth"] = (np.float32, (inside,))

    for layer in range(LAYERS):
        at = f"layer.{layer}."
        dense(at + "attend", sizes.width, 3 * sizes.width)
        dense(at + "mixed", sizes.width, sizes.width)
        dense(at + "inner", sizes.width, sizes.inner)
        dense(at + "outer", sizes.inner, sizes.width)
        for norm in ("mixed_norm", "outer_norm"):
            found[at + norm + ".weight"] = found[at + norm + ".bias"] = (np.float32, (sizes.width,))
    for head in sizes.output_heads:
        width = 2 if head == "span" else sizes.width if head.endswith("pooler") else 1
        found[head + ".weight"], found[head + ".bias"] = (np.float32, (sizes.width, width)), (np.float32, (width,))
    return found


def build(sizes: Sizes = READER) -> bytes:
    """The graph. Its weights are named, and given to the session by name."""
    nodes = _Nodes(sizes)
    hidden = "hidden"
    for layer in range(LAYERS):
        hidden = nodes.layer(f"layer.{layer}.", hidden)
    rows = nodes.add("Squeeze", [hidden, "zero"], "rows")  # (n, width)
    nodes.add("Gemm", [rows, "span.weight", "span.bias"], "span")
    first = nodes.add("Gather", [rows, "zero"], "first")  # (1, width), of [CLS]
    for head, pooler, output in sizes.pooled:
        nodes.head(pooler, head, first, output)
    graph = [  # GraphProto: node 1, name 2, initializer 5, input 11, output 12
        *(_field(1, node) for node in nodes.made),
        _field(2, "reader"),
        _field(5, _number("zero", 0)),
        _field(5, _number("last", 2)),
        *(_field(5, _outside(name, kind, shape)) for name, (kind, shape) in shapes(sizes).items()),
        _field(11, _value("hidden", (1, "n", sizes.width))),
        *([_field(11, _value("bias", (1, sizes.heads, "n", "n")))] if sizes.leaning else ()),
        _field(12, _value("span", ("n", 2))),
        *(_field(12, _value(output, (1, 1))) for _, _, output in sizes.pooled),
    ]
    opsets = [_field(8, _field(1, domain) + _field(2, version)) for domain, version in (("", 18), (OURS, 1))]
    return _field(1, 9) + b"".join(opsets) + _field(7, b"".join(graph))  # ModelProto: ir_version 1, opset 8, graph 7


class _Nodes:
    """The nodes, in order."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.made: list[bytes] = []

    def add(self, kind: str, inputs: list[str], *outputs: str, domain: str = "", **more: float) -> str:
        """A NodeProto: input 1, output 2, op_type 4, attribute 5, domain 7. The first output."""
        parts = [_field(1, name) for name in inputs] + [_field(2, name) for name in outputs]
        self.made.append(b"".join([*parts, _field(4, kind), *map(_attribute, more.items()), _field(7, domain)]))
        return outputs[0]

    def dense(self, name: str, x: str) -> str:
        if name.endswith(SMOOTHED):
            x = self.add("Mul", [x, f"{name}.smooth"], f"{name}.smoothed")
        inputs = [x, f"{name}.weight", f"{name}.scale", "", f"{name}.bias"]
        return self.add("DynamicQuantizeMatMul", inputs, f"{name}.out", domain=OURS)

    def norm(self, name: str, x: str, skip: str) -> str:
        """Layer norm of a sum, spelt out: onnxruntime's own operators for it (LayerNormalization and
        SkipLayerNormalization) add up one number after the other; without them a window takes 15 % less time. The
        epsilon is left out: no row is constant."""
        total = self.add("Add", [x, skip], f"{name}.sum")
        mean = self.add("ReduceMean", [total, "last"], f"{name}.mean")
        centred = self.add("Sub", [total, mean], f"{name}.centred")
        squares = self.add("Mul", [centred, centred], f"{name}.squares")
        spread = self.add("Sqrt", [self.add("ReduceMean", [squares, "last"], f"{name}.variance")], f"{name}.spread")
        unit = self.add("Div", [centred, spread], f"{name}.unit")
        return self.add(
            "Add", [self.add("Mul", [unit, f"{name}.weight"], f"{name}.wide"), f"{name}.bias"], f"{name}.out"
        )

    def layer(self, at: str, hidden: str) -> str:
        parts = [at + part for part in ("query", "key", "value")]
        self.add("Split", [self.dense(at + "attend", hidden)], *parts, axis=2, num_outputs=3)
        inputs = [*parts, "", "", "bias"] if self.sizes.leaning else parts
        mixed = self.add("MultiHeadAttention", inputs, at + "attended", domain=OURS, num_heads=self.sizes.heads)
        hidden = self.norm(at + "mixed_norm", self.dense(at + "mixed", mixed), hidden)
        inner = self.add("Gelu", [self.dense(at + "inner", hidden)], at + "inner.gelu", domain=OURS)
        return self.norm(at + "outer_norm", self.dense(at + "outer", inner), hidden)

    def head(self, pooler: str, name: str, first: str, output: str) -> None:
        if pooler:
            pooled = self.add("Gemm", [first, pooler + ".weight", pooler + ".bias"], pooler + ".out")
            first = self.add("Tanh", [pooled], pooler + ".tanh")
        self.add("Gemm", [first, name + ".weight", name + ".bias"], output)


def _attribute(named: tuple[str, float]) -> bytes:
    """An AttributeProto: name 1, f 2, i 3, type 20 (1: a float, 2: a whole number)."""
    name, value = named
    if isinstance(value, int):
        return _field(5, _field(1, name) + _field(3, value) + _field(20, 2))
    return _field(5, _field(1, name) + _varint(2 << 3 | 5) + struct.pack("<f", value) + _field(20, 1))


def _number(name: str, value: int) -> bytes:
    """A TensorProto of one whole number: dims 1, data_type 2, name 8, raw_data 9."""
    return _field(1, 1) + _field(2, INT64) + _field(8, name) + _field(9, struct.pack("<q", value))


def _outside(name: str, kind: type, shape: tuple[int, ...]) -> bytes:
    """A TensorProto whose data lies elsewhere: dims 1, data_type 2, name 8, external_data 13, data_location 14."""
    where = _field(13, _field(1, "location") + _field(2, "reader.safetensors"))
    dims = b"".join(_field(1, size) for size in shape)
    return dims + _field(2, INT8 if kind is np.int8 else FLOAT) + _field(8, name) + where + _field(14, 1)


def _value(name: str, shape: tuple[int | str, ...]) -> bytes:
    """A ValueInfoProto of floats; a name in the shape stands for any size."""
    dims = b"".join(_field(1, _field(1 if isinstance(size, int) else 2, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, FLOAT) + _field(2, dims)))


def _field(number: int, value: int | str | bytes) -> bytes:
    """One field of a message: a number, or text or another message with its length before it."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """A number in groups of seven bits, lowest first; the top bit says that more follow."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])
