"""Which articles a question itself says it wants: those of a source, those published then, the newest first. By rule.

    "According to the Gazette, how wide is she?" → only the Harbour Gazette
    "What do articles from March 2021 say of it?" → only what was published in that month
    "What happened in March 2021?" → everything: articles about March 2021 may have been published at any time

A date mostly says when a thing happened, so it restricts only where the wording speaks of publishing; a source only
where its report is asked for, not where it is the subject ("Who owns the Harbour Gazette?"). A filter read from words
can be wrong: whoever searches with it shows it, and searches again without it where it leaves no answer. English;
knows nothing of the articles but the names of their sources and, to put the newest first, their dates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from indexes.types import Filters, Hit
from qa.newspapers import bare, cited, masked
from qa.period import published
from qa.types import Reading


@dataclass(frozen=True, slots=True)
class Scope:
    """filters: which articles may answer. latest: is the newest wanted? said: a short word for each, for the chips:
    "Harbour Gazette", "March 2021", "newest first". question: as it should be searched."""

    filters: Filters = Filters()
    latest: bool = False
    said: tuple[str, ...] = ()
    question: str = ""


def understood(question: str, sources: Sequence[str], today: date, given: Filters = Filters()) -> Scope:
    """What the question says about the articles it wants, where the asker has not said it apart from the question.
    sources: as the library names them; today: what "last week" counts from; given: the asker's filters."""
    hidden, named = masked(" ".join(question.split()), sources)
    wanted = tuple(source for source in cited(hidden, named) if bare(source) not in given.ignored)
    wanted = () if given.sources else wanted
    first, last, said = published(hidden, today)
    dated = given.after or given.before or said in given.ignored
    first, last, said = ("", "", "") if dated else (first, last, said)
    latest = bool(_LATEST.search(hidden)) and NEWEST not in given.ignored
    chips = (*(bare(source) for source in wanted), *filter(None, [said]), *([NEWEST] if latest else ()))
    return Scope(Filters(sources=wanted, after=first, before=last), latest, chips, question)


# -- the newest -------------------------------------------------------------------------------------------------------

NEWEST = "newest first"
_LATEST = re.compile(
    r"(?<!\bat the )(?<!\bat )\b(?:latest(?! possible)|newest|most recent|most recently|currently|at the moment|"
    r"as of now|right now|so far(?! (?:above|below|away|apart|from|north|south|east|west|off|out|behind|ahead)\b)|"
    r"these days|nowadays)\b"
    r"|\bcurrent (?:state|status|situation|figure|count|total|number|estimate|tally|toll|plan|forecast|position)\b"
    r"|(?<!\bwhat is )(?<!\bby )(?<!\buntil )(?<!\btill )(?<!\bfrom )(?<!\beven )(?<!\bjust )\bnow\b"
    r"(?! (?:called|known|named|famous|extinct|defunct|retired|dead|former|that|on|as)\b)",
    re.IGNORECASE,
)
# Two hits are about as good whose scores (0..1) differ by no more than this. On twelve questions for the newest of the
# sample stories the newest article came first in 7 with 0, 8 with .15, 9 with .2, 11 with .3; on 32 questions of one
# article that article came first in 25 with 0, 23 with .2 or .3.
MARGIN = 0.2
# The same of two readings' probabilities: on those questions 5 with 0, 7 with .15, 8 with .3, and 29 with each.
READING_MARGIN = 0.3
_ISO = re.compile(r"\d{4}-\d\d-\d\d$")


def newest_first(hits: Sequence[Hit], margin: float = MARGIN) -> list[Hit]:
    """The hits, newer before older among those within `margin` of the best one that is not placed yet. Hits without a
    date come last among theirs; the order is kept otherwise."""
    rest, placed = list(hits), list[Hit]()
    while rest:
        near = [hit for hit in rest if hit.score >= rest[0].score - margin]
        placed += sorted(near, key=day_of, reverse=True)
        rest = [hit for hit in rest if hit.score < rest[0].score - margin]
    return placed


def likely_newest_first(readings: Sequence[Reading], threshold: float, margin: float = READING_MARGIN) -> list[Reading]:
    """The readings, best first, with the newest of those about as likely as the best before them: what leads the
    answer. None that would not be shown (below `threshold`) moves up."""
    least = max(threshold, readings[0].probability - margin) if readings else 0.0
    near = [one for one in readings if one.probability >= least]
    return [*sorted(near, key=lambda one: day_of(one.hit), reverse=True), *(one for one in readings if one not in near)]


def day_of(hit: Hit) -> str:
    """The date in a passage's header, "2021-03-24", or ""."""
    found = _ISO.search(hit.passage.header)
    return found.group() if found else ""
