"""The reader for when there is no reader: sentences by their cosine with the question, and it says so.

Where the reader's weights are missing or altered, questions are still answered, by words and meaning alone: the nearest
sentence of the best passages, called weak. Knows nothing of how an answer is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexes.encoder import Encoder
from indexes.library import Library
from indexes.passages import units
from indexes.types import Hit
from qa.calibration import LIKELY
from qa.quote import past_bullet, with_neighbours
from qa.types import Reading

PASSAGES_READ = 3  # 0.01 s a sentence, and seven sentences in each
# A share of the cosine stands for a probability: whatever it is, it is called weak. A cosine of .38 is reached by
# 95 % of every third answerable sample question, and by one of six that have nothing to do with the articles; three
# quarters reach .54.
WORTH = LIKELY - 0.01
THRESHOLD, STRICT, EAGER = 0.38 * WORTH, 0.54 * WORTH, 0.24 * WORTH


class PlainReader:
    """`Reader` without a model. why: the sentence that says what is missing."""

    thresholds: Mapping[str, float] = {"": THRESHOLD, "strict": STRICT, "eager": EAGER}

    def __init__(self, library: Library, encoder: Encoder, why: str) -> None:
        self._library, self._encoder = library, encoder
        self.notice = f"{why} Until then answers are found by words and meaning alone, and are less sure."

    def measured(self, probability: float) -> None:
        """Never measured."""

    def warm(self) -> None:
        """Nothing to load."""

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[list[Reading], list[Hit]]:
        """(sentences, best first; the hits as they came)."""
        vector = self._encoder.encode_question(question)
        readings = []
        for hit in hits[:PASSAGES_READ]:
            article = self._library.article(hit.passage.article_id)
            if article is None:
                continue
            for unit in units(article.text, hit.passage.start, hit.passage.end, title=article.title):
                if unit.kind != "heading":
                    start, end = with_neighbours(article, past_bullet(article.text, (unit.start, unit.end)))
                    text = article.text[start:end]
                    cosine = float(self._encoder.encode_question(text) @ vector)
                    readings.append(Reading(hit, start, end, text, cosine, WORTH * max(0.0, cosine)))
        return sorted(readings, key=lambda reading: -reading.score), list(hits)
