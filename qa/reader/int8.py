"""A matrix of floats to int8, as the graph takes it: one scale for each of its outputs.

What the export moved from the activations into the weights stands beside. Plain products and quotients only, so that
the same floats give the same bytes on every machine. Knows no layers and no files.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Tensors = dict[str, npt.NDArray[np.generic]]


def dense(name: str, weight: Floats, bias: Floats, moved: Floats | None = None) -> Tensors:
    """weight: (out, in) floats; stored as (in, out) int8. moved: (in), what each input was divided by, if anything."""
    found: Tensors = {}
    if moved is not None:
        weight, found[f"{name}.smooth"] = weight * moved, 1 / moved
    scale = np.abs(weight).max(axis=1) / 127
    values = np.round(weight / scale[:, None]).astype(np.int8).T.copy()
    return found | {f"{name}.weight": values, f"{name}.scale": scale, f"{name}.bias": bias}
