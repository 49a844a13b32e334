"""The paragraphs of a training set that a retriever would find for a question: by BM25, or by the encoder's cosine.

    Neighbours(paragraphs, folder).by_words("Who built the mill?")  →  ["The dam was built …", …], nearest first

They are what the reader meets when it runs: passages that look right to retrieval, most of them without the answer.
The encoder takes a few minutes over a large set, so that its vectors are kept in `folder`. Knows nothing of answers.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from indexes.encoder import Encoder
from indexes.library import STOP_WORDS, any_of, words_of

NEAR = 12  # paragraphs that are handed out: among so many of the nearest a few have no answer, and all are to the point
_ENCODER = Encoder()


class Neighbours:
    """Of one set. folder: where vectors are kept."""

    def __init__(self, paragraphs: Sequence[str], folder: Path) -> None:
        self._paragraphs, self._folder = list(dict.fromkeys(paragraphs)), folder

    def by_words(self, question: str) -> list[str]:
        """By BM25 over the words' stems, nearest first; none where no word is shared."""
        match = any_of([word for word in words_of(question) if word not in STOP_WORDS])
        if not match:
            return []
        found = self._words.execute("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?", (match, NEAR))
        return [self._paragraphs[row[0]] for row in found]

    def by_meaning(self, question: str) -> list[str]:
        """By the cosine of the encoder's vectors, nearest first."""
        cosines = self._vectors @ _ENCODER.encode_question(question).reshape(-1)
        return [self._paragraphs[at] for at in np.argsort(-cosines, kind="stable")[:NEAR]]

    @cached_property
    def _words(self) -> sqlite3.Connection:
        database = sqlite3.connect(":memory:")
        database.execute("CREATE VIRTUAL TABLE words USING fts5(told, tokenize='porter unicode61')")
        database.executemany("INSERT INTO words(rowid, told) VALUES (?, ?)", enumerate(self._paragraphs))
        return database

    @cached_property
    def _vectors(self) -> npt.NDArray[np.float32]:
        named = hashlib.sha256("\0".join(self._paragraphs).encode()).hexdigest()[:16]
        path = self._folder / f"{named}.npy"
        if not path.is_file():
            self._folder.mkdir(parents=True, exist_ok=True)
            np.save(path, _ENCODER.encode_passages(self._paragraphs))
        return np.asarray(np.load(path), np.float32)
