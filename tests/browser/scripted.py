"""The page over a scripted assistant, for browser tests that need hostile articles, slow answers or a late model.

    python tests/browser/scripted.py FOLDER [--warm SECONDS] [--beat SECONDS]      prints the address, then serves

Knows nothing of models: every answer is made of sentences that stand in its two articles.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import app
from indexes.errors import QuestionError
from indexes.types import Article, Hit, Passage
from qa.types import Answer, Citation, Filters, Sentence, Support, Turn

REFUSAL = "The articles do not say."
SAID = "May 2023"  # read from a question as the time it wants articles of
ATTACK = (
    "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)><svg onload=alert(3)>"
    "[x](javascript:alert(4)) ![i](http://evil.example/y) `${alert(5)}` {{7*7}} $$\\href{javascript:alert(6)}{x}$$ "
    "<form action=http://evil.example><input></form> \"' onmouseover=alert(7) <style>*{display:none}</style> <!-- </p>"
)
HARBOUR_TEXT = """The harbour bridge reopened on Thursday after two years of repairs. It had been closed in May 2021, \
when divers found cracks in the second pier.

What it cost

The repairs cost 48 million crowns, the city said. That is nine million more than planned. The mayor, Lena Brandt, \
called it “money well spent” 🌉.

- Two lanes for cars
- One lane for bicycles

Ferries will go on until June.

Related: Ten bridges to see before winter"""
HARBOUR = Article(
    id="north/harbour-1",
    title="Harbour bridge reopens after two years",
    author="Ines Okafor",
    published="2023-05-11",
    source="The Northern Post",
    url="https://example.org/harbour?a=1&b=2",
    text=HARBOUR_TEXT,
    leftovers=((HARBOUR_TEXT.index("Related:"), len(HARBOUR_TEXT)),),
)
HOSTILE = Article(
    id="evil/<b>&\"'?x=1#y",
    title=f"\u202eTitle {ATTACK}",
    author=ATTACK,
    published="<i>2020</i>",
    source=f"Source {ATTACK}",
    url="javascript:alert(8)",
    text=f"The hostile article begins here. {ATTACK} It ends here.\n\n{ATTACK}",
)
ARTICLES = {article.id: article for article in (HARBOUR, HOSTILE)}
FIRST = "The harbour bridge reopened on Thursday after two years of repairs."
COST = "The repairs cost 48 million crowns, the city said."
PLANNED = "That is nine million more than planned."
JUNE = "Ferries will go on until June."

WRITTEN: dict[str, Any] = {
    "writer": f"model {ATTACK}",
    "notice": f"The model stopped. {ATTACK}",
    "left_out": tuple(
        Sentence(text, (), Support("unsupported", f"no passage speaks of this {ATTACK}"))
        for text in ("The bridge was sold in 2019.", ATTACK)
    ),
}


class Shelf:
    """A library of two articles."""

    def articles(self) -> list[Article]:
        return list(ARTICLES.values())

    def article(self, article_id: str) -> Article | None:
        return ARTICLES.get(article_id)

    def sources(self) -> list[str]:
        return [article.source for article in ARTICLES.values()]

    def counts(self) -> tuple[int, int]:
        return 2, 5


class Scripted:
    """Answers by key words. beat: seconds before each sentence, twelve times that for a question that says "slowly";
    warm_for: seconds the model takes to load."""

    def __init__(self, beat: float = 0.05, warm_for: float = 0.0) -> None:
        self.library: Shelf = Shelf()
        self.beat, self.warm_for = beat, warm_for
        self.ready = False
        self.asked: list[tuple[str, tuple[Turn, ...], Filters]] = []

    def warm(self) -> None:
        if not self.ready:
            time.sleep(self.warm_for)
        self.ready = True

    def examples(self, n: int = 4) -> list[str]:
        return ["When did the harbour bridge reopen?", "What did the repairs cost?", "Who is the mayor?", ATTACK][:n]

    def close(self) -> None:
        pass

    def suggestions(self, answer: Answer, shown: object, count: int = 3) -> list[str]:
        return ["When did the harbour bridge close?", ATTACK][:count]

    def threshold(self, care: str = "", /) -> float:
        return {"": 0.4, "strict": 0.9, "eager": 0.1}[care]

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        filters: Filters = Filters(),
        threshold: float | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> Iterator[Answer]:
        self.asked.append((question, tuple(history), filters))
        time.sleep(self.beat)
        if question.startswith("error"):
            raise QuestionError(f"This question cannot be asked: {question}")
        scope = tuple(one for one in (SAID, ATTACK) if one in question and one not in filters.ignored)
        sure = 0.2 if "moon" in question else 0.82
        if sure < (0.4 if threshold is None else threshold):
            hits = tuple(hit(a) for a in ARTICLES.values())
            yield Answer(question, REFUSAL, hits=hits, refused=True, scope=scope, confidence=sure)
            return
        article = HOSTILE if "hostile" in question or "script" in question else HARBOUR
        standalone = "What did the harbour bridge repairs cost?" if history else ""
        sentences: tuple[Sentence, ...] = ()
        for number, quote in enumerate(quotes(article, question), 1):
            time.sleep(12 * self.beat if "slowly" in question else self.beat)
            sentences += (sentence(article, quote, number),)
            text = " ".join(s.text for s in sentences)
            yield Answer(question, text, sentences, confidence=sure, standalone=standalone, scope=scope, done=False)
        answer = Answer(
            question, text, sentences, hits=(hit(article),), confidence=sure, standalone=standalone, scope=scope
        )
        yield replace(answer, **WRITTEN) if "model" in question else answer


def quotes(article: Article, question: str) -> list[str]:
    if article is HOSTILE:
        return [article.text.split("\n\n")[0]]
    if "cost" in question:
        return [COST, PLANNED, COST] if "twice" in question else [COST, PLANNED]
    return [FIRST, COST, JUNE]


def sentence(article: Article, quote: str, number: int) -> Sentence:
    start = article.text.index(quote)
    cited = Citation(number, article.id, start, start + len(quote), quote, article.title, article.source,
                     article.author, article.published, article.url)  # fmt: skip
    return Sentence(quote, (cited,), Support("verbatim"))


def hit(article: Article) -> Hit:
    end = article.text.index("\n\n")
    return Hit(Passage(article.id, 0, end, article.text[:end], article.header), 0.4)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--warm", type=float, default=0.0)
    parser.add_argument("--beat", type=float, default=0.05)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    return app.run(lambda: Scripted(options.beat, options.warm), options.folder, "127.0.0.1", options.port)


if __name__ == "__main__":
    raise SystemExit(main())
