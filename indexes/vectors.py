"""The Chroma collection: dense search, filled from the library and refillable at any time. The only door to chromadb.

Chroma is reached through LlamaIndex's `ChromaVectorStore`, so the collection can be opened by any LlamaIndex program.
What the library holds is true, what Chroma holds is a copy: `meta.chroma_generation` says which generation it is a copy
of, and `meta.chroma_digest` what its files looked like then. Readers that find either different search the library's
own vectors exactly instead. Knows nothing of cleaning, encoding or questions.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from indexes.encoder import Vectors
from indexes.library import Library
from indexes.types import Passage
from indexes.writer import Writer

if TYPE_CHECKING:
    from llama_index.core.schema import TextNode
    from llama_index.vector_stores.chroma import ChromaVectorStore

Progress = Callable[[int, int], None]  # done, total

FOLDER = "chroma"
COLLECTION = "passages"
# Chroma refuses more than 5,461 in a call; 1,000 keeps the progress bar moving and costs nothing measurable.
BATCH = 1_000
PROBES = 32  # passages that must find themselves before a collection is trusted

os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")


def fill(writer: Writer, on_progress: Progress = lambda done, total: None) -> None:
    """Bring Chroma up to the library: add first, then drop, then stamp. Safe to stop anywhere and run again; a
    collection whose files are not as we left them is thrown away and filled anew."""
    if is_current(writer) and not writer.outbox(True, 1) and not writer.outbox(False, 1):
        return
    stamped = writer.meta("chroma_generation") != ""
    if (stamped and writer.meta("chroma_digest") != digest(writer.folder)) or not (writer.folder / FOLDER).exists():
        _empty(writer)
    _send(writer, on_progress)
    if unreachable(writer, open_store(writer.folder)):
        _empty(writer)
        _send(writer, on_progress)
    close_stores()
    writer.set_meta(chroma_generation=writer.generation, chroma_digest=digest(writer.folder))


def refill(writer: Writer, on_progress: Progress = lambda done, total: None) -> None:
    """Throw Chroma's folder away and fill a new one from the library; nothing is encoded."""
    _empty(writer)
    fill(writer, on_progress)


def _empty(writer: Writer) -> None:
    writer.set_meta(chroma_generation="")
    close_stores()
    shutil.rmtree(writer.folder / FOLDER, ignore_errors=True)
    writer.refill_outbox()


def _send(writer: Writer, on_progress: Progress) -> None:
    """Work through the outbox."""
    writer.set_meta(chroma_generation="")  # until the stamp, readers search exactly
    store = open_store(writer.folder)
    additions, drops = writer.outbox(True), writer.outbox(False)
    done, total = 0, len(additions) + len(drops)
    for work, ids in ((additions, True), (drops, False)):
        for start in range(0, len(work), BATCH):
            batch = work[start : start + BATCH]
            if ids:
                _add(writer, store, batch)
            else:
                store.client.delete(ids=batch)
            writer.sent(batch)
            done += len(batch)
            on_progress(done, total)
    close_stores()


def is_current(library: Library) -> bool:
    """Is Chroma a true copy of the library: the same generation, and its files as they were left?"""
    if library.meta("chroma_generation") != str(library.generation):
        return False
    return library.meta("chroma_digest") == digest(library.folder)


def digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of Chroma's saved vector files. Chroma notices neither a deleted nor a cut file
    by itself: it just finds less. Below 1,000 passages it keeps vectors in its database and saves no such files."""
    chroma = folder / FOLDER
    if not (chroma / "chroma.sqlite3").is_file():
        return "no database"
    total = hashlib.sha256()
    for saved in sorted(chroma.glob("*/index_metadata.pickle")):
        for path in sorted(saved.parent.iterdir()):
            total.update(f"{path.relative_to(chroma)}\0".encode())
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


def open_store(folder: Path) -> ChromaVectorStore:
    """LlamaIndex's view of the collection, made if there is none."""
    import chromadb
    from chromadb.config import Settings
    from llama_index.vector_stores.chroma import ChromaVectorStore

    settings = Settings(anonymized_telemetry=False)
    client = chromadb.PersistentClient(path=str(folder / FOLDER), settings=settings)
    collection = client.get_or_create_collection(
        COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
    )
    return ChromaVectorStore(chroma_collection=collection)


def close_stores() -> None:
    """Forget every open client: an open one never sees what another process wrote."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()


def query(store: ChromaVectorStore, vector: Vectors, limit: int) -> list[tuple[str, float]]:
    """(passage id, cosine -1..1), best first."""
    from llama_index.core.vector_stores.types import VectorStoreQuery

    found = store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=limit))
    distances = -np.log(np.asarray(found.similarities or [], dtype=np.float64))  # the store gives exp(-distance)
    return [(one, 1.0 - float(distance)) for one, distance in zip(found.ids or [], distances, strict=True)]


def unreachable(library: Library, store: ChromaVectorStore, probes: int = PROBES) -> int:
    """How many of so many passages, spread over the library, do not find themselves first in Chroma."""
    ids, vectors = library.vectors()
    chosen = np.linspace(0, len(ids) - 1, min(probes, len(ids))).astype(int)
    lost = 0
    for index in chosen:
        own = vectors[index].astype(np.float32)
        found = dict(query(store, own, 10))
        twin = max(found.values(), default=-1.0) >= 0.999  # another passage with the same words is as good
        lost += ids[index] not in found and not twin
    return lost


def node(passage: Passage, vector: Sequence[float] | None = None) -> TextNode:
    """The passage as LlamaIndex knows it: text, header and offsets in the metadata."""
    from llama_index.core.schema import TextNode

    metadata = {"article_id": passage.article_id, "start": passage.start, "end": passage.end, "header": passage.header}
    return TextNode(id_=passage.id, text=passage.text, metadata=metadata, embedding=vector)


def _add(writer: Writer, store: ChromaVectorStore, ids: Sequence[str]) -> None:
    passages = writer.passages(ids)
    found, vectors = writer.vectors_of(ids)
    rows = vectors.astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    store.add([node(passages[one], row.tolist()) for one, row in zip(found, rows, strict=True)])
