"""Questions that a library should be able to answer, made from its own sentences by rule.

    "The Øresund Bridge was opened on 1 July 2000." → "When was the Øresund Bridge opened?"

A pattern that fits gives a question whose answer stands in the very sentence. Knows nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexes.library import Library
from indexes.passages import units
from indexes.types import Article

ARTICLES_LOOKED_AT = 60
NAME = r"(?P<name>(?:The |An? )?(?:[A-Z][\w’'-]+)(?: (?:of |the |de )?[A-Z][\w’'-]+){0,4})"
YEAR = r"\b(?:1[5-9]|20)\d\d\b"
PATTERNS = (
    (rf"^{NAME} (?P<be>was|were) (?P<verb>(?!reported|expected)\w+(?:ed|ilt|un|ung|ound))\b.*{YEAR}",
     "When {be} {name} {verb}?"),
    (rf"^{NAME} (?P<be>is|was) (?:\w+ )?[\d.,]+ (?:metres|kilometres|miles|feet) (?P<how>long|tall|high|deep|wide)",
     "How {how} {be} {name}?"),
    (rf"^{NAME} (?P<verb>opened|launched|closed|began) (?:in|on|at)\b.*{YEAR}",
     "When did {name} {base}?"),
    (rf"^{NAME} (?P<verb>invented|designed|discovered|founded|built) (?P<thing>the [\w ’'-]+?)(?:[,.]| in | on )",
     "Who {verb} {thing}?"),
)  # fmt: skip
BASE = {"opened": "open", "began": "begin", "launched": "launch", "closed": "close"}
PRONOUN = re.compile(r"^(He|She|It|They|This|That|These|Those|There|We|I|You|Both|All|Most|Some|Many)\b")


def examples(library: Library, count: int) -> list[str]:
    """At most `count` questions, each from another article, newest article first. Where too few sentences make one,
    articles are asked for by their title."""
    articles = library.articles()[:ARTICLES_LOOKED_AT]
    made = {article.id: next(questions(article), "") for article in articles}
    found = list(dict.fromkeys(question for question in made.values() if question))
    found += [f"What is known about “{one.title}”?" for one in articles if one.title and not made[one.id]]
    return found[:count]


def questions(article: Article) -> Iterator[str]:
    """Questions that a sentence of the article answers, in the order of the text."""
    for unit in units(article.text, 0, len(article.text)):
        sentence = article.text[unit.start : unit.end]
        if unit.kind != "sentence" or PRONOUN.match(sentence):
            continue
        for pattern, template in PATTERNS:
            if match := re.match(pattern, sentence):
                slots = match.groupdict()
                slots["name"] = re.sub(r"^(The|An?) ", lambda article: article.group().lower(), slots.get("name", ""))
                slots["base"] = BASE.get(slots.get("verb", ""), "")
                yield template.format_map(slots)
