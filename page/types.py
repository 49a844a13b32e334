"""The nouns of the page: Exchange, Conversation, and what it needs of an assistant. Knows nothing of how any of them is
made or shown."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from indexes.types import Article
from qa.types import Answer, Filters, Turn


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its answer, as far as it went. problem: the sentence shown in place of an answer, or "".
    least: the confidence, 0..1, that was asked for; None for the default. id: unguessable; who has it may see this one
    answer. only: the title of the article it was asked about, "" where none was chosen."""

    question: str
    answer: Answer
    filters: Filters = field(default_factory=Filters)
    stopped: bool = False
    problem: str = ""
    least: float | None = None
    asked: str = ""  # when, ISO, UTC
    id: str = ""
    only: str = ""

    @property
    def turns(self) -> tuple[Turn, Turn]:
        """What a follow-up question is understood from: the question as it was searched, and the answer."""
        return Turn("user", self.answer.standalone or self.question), Turn("assistant", self.answer.text)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One of a session's conversations, as a list shows it. asked: when it was last asked, in seconds since 1970; last:
    the beginning of its last answer; current: is it the one on the page?"""

    id: str
    name: str
    asked: float
    questions: int = 0
    last: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Cares:
    """The least confidence, 0..1, to answer: by default, when asked more strictly, when asked more eagerly."""

    default: float
    strict: float
    eager: float


class Library(Protocol):
    """What the page reads of a library."""

    def articles(self) -> Sequence[Article]:
        """All of them; may be thousands."""
        ...

    def article(self, article_id: str) -> Article | None:
        """One, by its id."""
        ...

    def sources(self) -> Sequence[str]:
        """Each source once."""
        ...

    def counts(self) -> tuple[int, int]:
        """Articles, passages."""
        ...


class Assistant(Protocol):
    """What the page asks of an assistant. `stream` and `warm` are slow and are never called on the event loop."""

    @property
    def library(self) -> Library:
        """Where the articles are."""
        ...

    @property
    def ready(self) -> bool:
        """Are the models loaded?"""
        ...

    def warm(self) -> None:
        """Load the models; again is free."""
        ...

    def examples(self, n: int = 4, /) -> list[str]:
        """Questions this library may answer."""
        ...

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = ...,
        threshold: float | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Answer]:
        """Growing answers; the last one is done. threshold: the least confidence to answer, None for the default.
        stop: asked while a language model writes; True ends it."""
        ...

    def suggestions(self, answer: Answer, shown: Collection[str], count: int = 3, /) -> list[str]:
        """Questions that lead on from an answer and that the library answers; slow."""
        ...

    def threshold(self, care: str = "", /) -> float:
        """The default for that, 0..1; or the one for "strict" or "eager"."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...
