"""The large reader: a question and windows of text to whether each answers, by a model three times as large as our own.

It is asked about the few sentences that our own reader thinks likeliest, close up: reading whole passages with it would
take too long. MPNet's twelve layers with our adapter in int8 on onnxruntime, as `mpnet.py` makes them; no torch. Each
window is read alone. Knows nothing of articles, of sentences or of what is done with a reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qa.reader.graph import LARGE, build, shapes
from qa.reader.model import Floats, Parts, WindowReading, Windows, load_tokenizer, reading, session
from qa.reader.mpnet import buckets, checked, made

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

EPSILON = np.float32(1e-5)  # of the norm behind the embeddings


class LargeModel(Windows):
    """Loads its weights when first used, and makes them first where that was not done. folder: where they lie, if not
    where they are made."""

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__()
        self._folder = folder

    def read(self, question: str, windows: Sequence[tuple[str, str]]) -> list[WindowReading]:
        """What each window says, in the order given; its relevance is how much it answers. windows: (header, text).

        Raises ModelError where the weights are missing and cannot be made."""
        found = self._run(question, windows, ("span", "answers"))
        return [
            reading(outputs[0], outputs[1], outputs[1], encoded, *window)
            for (outputs, encoded), window in zip(found, windows, strict=True)
        ]

    @cached_property
    def _parts(self) -> Parts:
        from safetensors.numpy import load_file

        folder = checked(self._folder) if self._folder else made()
        tensors = load_file(folder / "large.safetensors")
        graphs = shapes(LARGE)
        inputs = Inputs({name: value for name, value in tensors.items() if name not in graphs})
        weights = {name: value for name, value in tensors.items() if name in graphs}
        return Parts(tokenizer(folder / "tokenizer.json"), session(build(LARGE), weights), inputs.of)


@cache
def shared() -> LargeModel:
    """The one of this process, 270 MB."""
    return LargeModel()


class Inputs:
    """Word pieces to what the graph takes. tensors: those that `mpnet.merged` stores beside the graph's."""

    def __init__(self, tensors: dict[str, npt.NDArray[np.generic]]) -> None:
        self._words = tensors["words"]
        self._scale, self._places, self._distances, self._weight, self._bias = (
            tensors[name].astype(np.float32)
            for name in ("words.scale", "places", "distances", "norm.weight", "norm.bias")
        )

    def of(self, encoded: Encoding) -> dict[str, Floats]:
        """hidden float32 (1, n, 768), bias float32 (1, 12, n, n)."""
        ids = encoded.ids
        hidden = self._words[ids].astype(np.float32) * self._scale[ids][:, None] + self._places[: len(ids)]
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
        return {"hidden": (centred / spread * self._weight + self._bias)[None], "bias": self._bias_of(len(ids))}

    def _bias_of(self, length: int) -> Floats:
        return np.ascontiguousarray(self._distances[buckets(length)].transpose(2, 0, 1)[None])


def tokenizer(file: Path) -> Tokenizer:
    """MPNet's, with the window marked as the second part, which its own leaves unmarked."""
    from tokenizers.processors import TemplateProcessing

    found = load_tokenizer(file)
    found.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return found
