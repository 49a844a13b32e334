"""The nouns of building: Article → Passage → Hit.

    files · pages → Article → cleaned → Passage → embedded → library

Offsets are Python string offsets (code points) into `Article.text`, half open; `article.text[start:end]` is the
passage. Knows nothing of anything else in the project.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

Span = tuple[int, int]  # start, end: half open, code points


@dataclass(frozen=True, slots=True)
class Article:
    """One article as it is kept: what a citation opens.

    text: plain text, paragraphs parted by a blank line; never changed after loading, so offsets stay true.
    published: ISO 8601 date or date-time ("2021-03-24"), or "" where none was found.
    leftovers: spans of `text` that belong to the saved page, not to the article (photo credits, "Related News"): shown
        dimmed in the saved article, never retrieved and never quoted. Sorted, not overlapping.
    """

    id: str
    text: str
    title: str = ""
    author: str = ""
    published: str = ""
    source: str = ""
    url: str = ""
    credit: str = ""  # whose photograph, where the page said so
    leftovers: tuple[Span, ...] = ()

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every field: two articles with one fingerprint and one id are the same article."""
        fields = [self.id, self.text, self.title, self.author, self.published, self.source, self.url, self.credit]
        packed = json.dumps([*fields, self.leftovers], ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(packed.encode("ascii")).hexdigest()

    @property
    def day(self) -> str:
        """The date alone, "2021-03-24", or ""."""
        return self.published[:10]

    @property
    def header(self) -> str:
        """Title · source · date: what both indexes see above each passage. Never quotable text."""
        return " · ".join(part for part in (self.title, self.source, self.day) if part)


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one article, whole sentences where it can be helped: `article.text[start:end] == text`."""

    article_id: str
    start: int
    end: int
    text: str
    header: str = ""

    @property
    def id(self) -> str:
        """Content hash: the same words at the same place under the same header have the same id, anything else
        another."""
        packed = json.dumps([self.article_id, self.start, self.end, self.header, self.text], ensure_ascii=True)
        return hashlib.sha256(packed.encode("ascii")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that retrieval found. `score` in 0..1 orders the hits of one question; `parts` says where it came
    from."""

    passage: Passage
    score: float
    parts: dict[str, float] = field(default_factory=dict)  # "dense": cosine -1..1, "bm25": > 0, higher is better


@dataclass(frozen=True, slots=True)
class Filters:
    """Which articles may answer. Empty means any. `after` and `before` are ISO dates, inclusive; an article without a
    date does not pass a date filter. Sources compare without regard to case. ignored: narrowings that a question's own
    words are not to be read as, each as it is shown: "March 2021"."""

    sources: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    after: str = ""
    before: str = ""
    ignored: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sources or self.articles or self.after or self.before)


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """What made an index. A library made by one spec is refused by another, never mixed."""

    encoder: str  # the model's name
    encoder_sha256: str  # of its weights
    dimension: int
    splitter: str  # name and settings of the passage splitter
    format: int  # of the library file
