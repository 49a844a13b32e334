"""What a language model writes, let through or not: each sentence against the very words that it cites.

    Written + the passages that were shown  →  Sentence(supported) · the article's own sentence · Sentence(unsupported)

Checked in this order: it is a sentence, without addresses or markup; the numbers it cites are of passages that were
shown; its quotes stand there letter by letter; it is about what was asked, since an article may talk a model into
saying something else; numbers, dates, names and negations agree (`qa/agree.py`); and the checker, a head of the reader
that was trained for it, finds that the words carry the sentence. Whatever is cited is whole sentences of the article,
as few as will do. Knows nothing of who wrote the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from indexes.passages import Unit, units
from indexes.types import Article, Hit, Span
from qa.agree import disagreements
from qa.quote import citation_of, find, overlap, with_neighbours
from qa.types import ArticleOf, Citation, Reading, Sentence, Support, Written
from qa.verify import check, fold

Supports = Callable[[str, Sequence[tuple[str, str]]], list[float]]  # claim, [(header, words)] → a logit for each

# The checker's least logit for "the words carry the sentence", where the rules have no objection; and where one has:
# what a faithful sentence may well do (a count in words, a place's name for its people, two names in another order) is
# let through if the checker is as sure as this, what is not named here never. On the development halves (bench/gate.py)
# these lose 7 % of the samples' paraphrases, 8 % of those of qa/reader/written.jsonl and 9 % of those about our own
# paragraphs there, and stop 96 % of the edits; -2 and -3.5 for CARRIED lose 11, 10 and 10 % or 7, 8 and 9 %, and stop
# 96 % as well, of the claims made untrue by hand 89 and 83 % instead of 85 % (docs/experiments.md).
CARRIED = -3.25
OBJECTED = {"count": 1.0, "name": 0.5, "denial": 0.5, "share": 1.0, "certainty": 0.5, "exchanged": 1.0,
            "subject": 0.5}  # fmt: skip
COVERED = 0.5  # of a sentence's content words in a sentence of the article, from which that one is shown in its place
LONGEST = 600  # characters of a sentence; a longer one is no sentence
MARKUP = re.compile(
    r"://|\bwww\.|\]\(|!\[|<[a-z/!][^>]*>|[^\s]{45,}|[\u200b-\u200f\u202a-\u202e\U000e0000-\U000e007f]", re.IGNORECASE
)
# What is said to a machine and not to a reader. A second line of defence, and known to be incomplete.
TO_MACHINES = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.]{0,40}\b(?:instruction|prompt|rule|previous|above|context)"
    r"|\bsystem prompt\b"
    r"|\b(?:you are|act as|pretend to be) (?:now )?(?:an? |the )?(?:ai|assistant|model|chatbot|bot|dan)\b"
    r"|^\W*(?:assistant|system|user|human|ai)\s*:"
    r"|\b(?:ai|language) (?:model|assistant)s?\b[^.]{0,40}\b(?:must|should|have to)\b"
    r"|\b(?:respond|reply|answer|output|say|print|repeat)\b[^.]{0,30}"
    r"\b(?:only|exactly|verbatim|the following|in french|in base64)\b"
    r"|\b(?:do not|don[’']t|never) (?:cite|mention|quote)\b|\bcite (?:article|passage|source) \d",
    re.IGNORECASE,
)
WIDENED = 3  # times that more of the passage is looked at: the sentence, its neighbours, the whole passage


@dataclass(frozen=True, slots=True)
class Place:
    """Words of a hit that a sentence is said to stand on. span: in the article."""

    hit: Hit
    article: Article
    span: Span

    @property
    def words(self) -> str:
        """The article's words."""
        return self.article.text[slice(*self.span)]


class Gate:
    """Lets the sentences of one answer through, or not. Numbers their citations: the same words keep their number.

    question: as it was searched; likely: the readings, which say where its answer may stand."""

    def __init__(
        self, article_of: ArticleOf, supports: Supports, question: str = "", likely: Sequence[Reading] = ()
    ) -> None:
        self._article_of, self._supports = article_of, supports
        self._asked, self._likely = _content(question), likely
        self._numbers: dict[tuple[str, Span], int] = {}
        self._shown: set[tuple[str, Span]] = set()

    def judge(self, written: Written, shown: Sequence[Hit]) -> Sentence:
        """The sentence with its verdict. "supported": as it was written; "verbatim": in the words of the article,
        since it says more or other than they do; "unsupported": with the reason. shown: the passages as numbered."""
        text = fold(written.text)
        cited = [shown[number - 1] for number in written.numbers if 1 <= number <= len(shown)]
        if len(text) > LONGEST or MARKUP.search(text):
            return _refused(text, "it is no sentence that could be checked")
        if written.numbers and not cited:
            return _refused(text, f"it cites passage {written.numbers[0]}, and {len(shown)} were shown")
        places, invented = self._places(text, written.quotes, cited or list(shown), bool(cited))
        places = [place for place in places if not TO_MACHINES.search(place.words)]
        if not places:
            return _refused(text, "no passage speaks of this")
        if not any(self._about_it(text, place) for place in places):
            return _refused(text, "it is not about what was asked")
        reason = "its quote does not stand in the passage" if invented else ""
        for step in range(WIDENED):
            wider = [found for place in places if (found := widened(place, step))]
            wider = [place for place in wider if not TO_MACHINES.search(place.words)]
            reason_now = self._against(text, wider) if wider else "no words could be quoted"
            if not reason_now and not invented:
                return self._through(text, wider)
            reason = reason or reason_now
        return self._in_its_own_words(text, places, reason)

    def _against(self, text: str, places: Sequence[Place]) -> str:
        """Why these words do not carry the sentence; "" where they do."""
        words, header = fold(" ".join(place.words for place in places)), places[0].hit.passage.header
        context = " ".join(place.hit.passage.header for place in places)
        return objection(text, words, context, lambda: self._supports(text, [(header, words)])[0])

    def _about_it(self, text: str, place: Place) -> bool:
        """Does the sentence, or what it stands on, share a word with the question? Or did the reader find that the
        question may be answered there?"""
        said = _content(f"{text} {place.words}")
        read = any(
            one.hit.passage.article_id == place.article.id and overlap((one.start, one.end), place.span)
            for one in self._likely
        )
        return not self._asked or bool(said & self._asked) or read

    def _places(self, text: str, quotes: Sequence[str], hits: Sequence[Hit], every: bool) -> tuple[list[Place], bool]:
        """(where it is said to stand, best first; was a quote invented?). every: each hit was cited, and counts;
        otherwise the one that says most of it."""
        articles = [(hit, article) for hit in hits if (article := self._article_of(hit.passage.article_id))]
        found, missing = [], False
        for quote in quotes:
            quoted = [
                Place(hit, article, span)
                for hit, article in articles
                if (span := find(quote, article.text, hit.passage.start, hit.passage.end))
            ]
            found += quoted[:1]
            missing |= not quoted
        rest = [pair for pair in articles if all(place.hit is not pair[0] for place in found)]
        nearest = [place for hit, article in rest if (place := nearest_sentence(text, hit, article))]
        nearest.sort(key=lambda place: -covered(text, place.words))
        return [*found, *(nearest if every else nearest[:1] if not found else [])], missing

    def _through(self, text: str, places: Sequence[Place]) -> Sentence:
        citations = tuple(self._citation(place) for place in places)
        return Sentence(text, tuple(dict.fromkeys(citations)), Support("supported"))

    def _in_its_own_words(self, text: str, places: Sequence[Place], reason: str) -> Sentence:
        """The sentence of the article that is nearest, where it is near and not shown yet."""
        wider = [found for place in places if (found := widened(place, 0))]
        best = max(wider, key=lambda place: covered(text, place.words), default=None)
        if best is None or covered(text, best.words) < COVERED:
            return _refused(text, reason)
        key = best.article.id, best.span
        if key in self._shown:
            return _refused(text, reason)
        self._shown.add(key)
        citation = self._citation(best)
        checked = check(fold(citation.quote), citation, best.article)
        return Sentence(fold(citation.quote), (citation,), replace(checked, reason=reason), instead_of=text)

    def _citation(self, place: Place) -> Citation:
        number = self._numbers.setdefault((place.article.id, place.span), len(self._numbers) + 1)
        return citation_of(number, place.article, place.span)


def objection(claim: str, words: str, context: str, carried: Callable[[], float]) -> str:
    """Why the claim is not let through with these words; "" where it is. carried: the checker's logit for it, which
    takes a while and is asked for only where the rules leave the matter open."""
    reasons = disagreements(claim, words, context)
    firm = next((one for one in reasons if one.kind not in OBJECTED), None)
    if firm:
        return firm.says
    logit = carried()
    held = next((one for one in reasons if logit < OBJECTED[one.kind]), None)
    if held:
        return held.says
    return "" if logit >= CARRIED else "the cited words do not carry it"


def _refused(text: str, reason: str) -> Sentence:
    return Sentence(text, (), Support("unsupported", reason))


def widened(place: Place, step: int) -> Place | None:
    """The whole sentences around a place: 0: those it touches, with what a pronoun needs; 1: a neighbour on either
    side; 2: those of the whole passage. None where they cannot be quoted."""
    article = place.article
    low = max((end for _, end in article.leftovers if end <= place.span[0]), default=0)
    high = min((start for start, _ in article.leftovers if start >= place.span[1]), default=len(article.text))
    found = [one for one in _sentences(place.hit, article) if low <= one.start and one.end <= high]
    touched = [i for i, one in enumerate(found) if overlap((one.start, one.end), place.span)]
    if not touched:
        return None
    first, last = max(0, touched[0] - (step > 0)), min(len(found) - 1, touched[-1] + (step > 0))
    if step > 1:
        first, last = 0, len(found) - 1
    span = found[first].start, found[last].end
    span = with_neighbours(article, span) if step == 0 else span
    return None if any(overlap(span, leftover) for leftover in article.leftovers) else replace(place, span=span)


def nearest_sentence(text: str, hit: Hit, article: Article) -> Place | None:
    """The sentence of a passage that has most of the content words; None where none has any."""
    spans = [(one.start, one.end) for one in _sentences(hit, article)]
    best = max(spans, key=lambda span: covered(text, article.text[slice(*span)]), default=None)
    return Place(hit, article, best) if best and covered(text, article.text[slice(*best)]) > 0 else None


def covered(text: str, words: str) -> float:
    """The share, 0..1, of the content words of a sentence that other words have too; words are cut to six letters."""
    mine = _content(text)
    return len(mine & _content(words)) / len(mine) if mine else 0.0


def _sentences(hit: Hit, article: Article) -> list[Unit]:
    passage = hit.passage
    found = units(article.text, passage.start, passage.end, title=article.title)
    return [one for one in found if one.kind != "heading"]


_COMMON = frozenset(
    "that this with from into have been were which their there would could about after before they them".split()
)


def _content(text: str) -> set[str]:
    words = re.findall(r"\w+", text.casefold())
    return {word[:6] for word in words if (len(word) > 3 or word.isdigit()) and word not in _COMMON}
