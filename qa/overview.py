"""Broad questions: which articles are about the subject, and their main sentences. By rule, English.

    "Tell me about the Great Smog."  →  "the Great Smog"  →  how its article begins, and what it says most about

A reader looks for the words that answer, and here there are none. The first sentence of an article is shown, since news
put the main thing first, then sentences by SumBasic (Nenkova and Vanderwende, 2005): those whose words the article
uses most, each word counting less once it has been shown. Every word is the article's own. A subject that no article
speaks of gives nothing. Knows nothing of models or of storage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexes.passages import units
from indexes.types import Article, Hit
from qa.compose import NOT_YET
from qa.figures import stem
from qa.mentions import SMALL, words
from qa.quote import DANGLING, citation_of, overlap, past_bullet
from qa.types import ArticleOf, Sentence
from qa.verify import fold

NOTICE = "A broad question: these are main sentences of the articles on it. Ask about a detail for an answer to that."
CONFIDENCE = 0.5  # 0..1, in such an answer; nobody has measured what it is worth, so that who asks strictly gets none
# The least probability, 0..1, of a reading that answers "what do the articles say about the cost of the tunnel". Of
# fourteen such questions seven had their answer (.16, .21, .23, .29, .51, .56, .58), three something beside it (.27 to
# .34) and four nothing (at most .08): a choice by eye, no measurement.
DETAIL = 0.2
MOST_ARTICLES = 3  # that one overview is made of
LOOKED_AT = 20  # hits, whose articles may be about the subject
SHORTEST, LONGEST = 6, 60  # words of a sentence that is shown
OPENING = 3_000  # characters of an article; of a longer one only these and the passages that were found are read
IN_TITLE = 0.5  # of the subject's words, from which an article is about it and not only mentions it
LONGEST_SUBJECT = 6  # words; whoever says more asks for something in particular
BARE = 4  # words, at most, of a question that only names a subject

_ARTICLES = (
    r"(?:(?:these|this|the|your|my|all) )?(?:(?:whole|saved|same|following|news|other|new) )?"
    r"(?:articles?|stor(?:y|ies)|reports?|texts?|piece|library|"
    r"collection|sources?|documents?)"
)
_PLEASE = r"^\W*(?:(?:and|so|ok|please|now|hi|hello)\W+)*(?:(?:can|could|would|will) you (?:please )?)?"
_BROAD = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_PLEASE}(?:tell me|let me know|inform me)(?: more| something| all| a bit)? (?:about|on) (?P<subject>.+)$",
        rf"{_PLEASE}(?:what can you|can you) (?:tell me|say) (?:about|on) (?P<subject>.+)$",
        rf"{_PLEASE}(?:summari[sz]e|sum up|outline)(?: for me)?(?: {_ARTICLES}(?: (?:on|about|of))?)?(?P<subject>.*)$",
        rf"{_PLEASE}(?:give me |write |i (?:want|need|would like) )?(?:an? |the )?(?:short |brief |quick )?"
        r"(?:overview|summary|outline|gist) (?:of|on|about)(?P<subject> .+)$",
        rf"^\W*what (?:do|does|did) {_ARTICLES} (?:say|tell(?: us| me)?|report|write|know|have) "
        r"(?:about|of|(?<=have )on) (?P<subject>.+)$",
        r"^\W*what(?:[’']s| is| was| do (?:you|we)) (?:known|know|said|reported|written|have) (?:about|(?<=have )on) "
        r"(?P<subject>.+)$",
        rf"^\W*what(?:[’']s| is| was| are| were) {_ARTICLES}(?: (?:on|about|of)(?P<subject> .+?))? about\W*$",
        r"^\W*what(?:[’']s| is| was| are| were) the (?P<subject>(?:\S+ ){1,5})(?:articles?|story|report|piece) "
        r"about\W*$",
        r"^\W*what(?:[’']s| is| was) (?P<subject>it|this|that) (?:all )?about\W*$",
        rf"^\W*(?:is|are) there (?:anything|something|any {_ARTICLES}|an? {_ARTICLES}) (?:about|on) (?P<subject>.+)$",
        rf"^\W*(?:do you|do we) have (?:anything|something|any {_ARTICLES}) (?:about|on) (?P<subject>.+)$",
    )
)
_THIS = re.compile(r"^(?:it|this|that|them|these|(?:this|the) (?:article|story|report|text|piece))?$", re.IGNORECASE)
_QUESTION = re.compile(r"^(?:who|whom|whose|what|which|when|where|why|how|whether|if)\b", re.IGNORECASE)
_GOES_ON = re.compile(  # a sentence that goes on from the one before
    r"^[\"“‘'(]*(?:but|and|or|so|yet|however|instead|still|also|even so|then|"
    r"(?:by|since|until|before|after) (?:then|that)|in the (?:end|same)|"
    r"the (?:other|others|former|latter|same)|others?|another|both|neither)\b",
    re.IGNORECASE,
)
_ENDS = " .,:;?!\"“”'’"
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?")
_IDLE = SMALL | words("the an it its their this that these those he she his her they them great big famous recent")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be shown. words: stems of its content words."""

    article: Article
    start: int
    end: int
    words: tuple[str, ...]


def subject_of(question: str) -> str | None:
    """What a broad question is about: "the Great Smog"; "" for the one article that is spoken of ("this article"); None
    where the question is not broad."""
    question = " ".join(question.split())
    for pattern in _BROAD:
        if match := pattern.match(question):
            subject = _named((match["subject"] or "").strip(_ENDS))
            if _THIS.match(subject):
                return ""
            return None if _QUESTION.match(subject) or len(_content(subject)) > LONGEST_SUBJECT else subject
    return None


def is_detail(subject: str) -> bool:
    """Does a subject ask for something in particular of a thing, "the cost of the tunnel"? Its answer is looked for
    first."""
    return not SMALL.isdisjoint(subject.lower().split())


def _named(subject: str) -> str:
    """Without a word of thanks behind it, "article" behind what the article is about, and "the story of" before it."""
    subject = re.sub(r"^the (?:history|story|subject|topic|case) of (?=\S)", "", subject, flags=re.IGNORECASE)
    subject = re.sub(r"(?:,? (?:please|thanks|thank you)|(?:^| )for me)+$", "", subject, flags=re.IGNORECASE)
    return (
        re.sub(r"(?<=\w) (?:articles?|story|stories|report|piece)$", "", subject)
        if len(subject.split()) > 2
        else subject
    )


def bare_subject(question: str) -> str | None:
    """The question, where it is nothing but a name or a few nouns, as people type them: "yellowstone wolves"."""
    said = question.lower().split()
    asks = _QUESTION.match(question) or "?" in question or not SMALL.isdisjoint(said) or "what" in said
    return None if asks or not _content(question) or len(said) > BARE else " ".join(question.split())


def main_sentences(
    subject: str, hits: Sequence[Hit], article_of: ArticleOf, most: int, said: str = ""
) -> list[Sentence]:
    """At most so many sentences, not verified yet, by the date of their articles; none where no article speaks of the
    subject. subject "": every article of the hits is about it. hits: best first. said: in which no sentence stands."""
    wanted = {stem(word) for word in _content(subject)}
    if subject and not wanted:
        return []
    articles = _speaking_of(subject, wanted, hits, article_of)
    titled = [one for one in articles if _share(wanted, one.title) >= IN_TITLE][:MOST_ARTICLES]
    found = [[*_sentences(article, hits)] for article in titled or articles[:MOST_ARTICLES]]
    naming = [one for of_article in found for one in of_article if wanted & set(one.words)]
    about = bool(titled) or (len(articles) == 1 and len(naming) < most)  # "the Great Smog": no other speaks of it
    leads = [first for first, *_ in filter(None, found) if about or wanted & set(first.words)]
    left = [one for of_article in found for one in of_article] if about else naming
    if said:  # "What else?": the beginnings were shown
        left, leads = [one for one in left if _folded(one) not in said], []
    chosen = _chosen(left, leads[:most], most)
    ordered = sorted(chosen, key=lambda one: (one.article.day, one.article.id, one.start))
    cited = [citation_of(number, one.article, (one.start, one.end)) for number, one in enumerate(ordered, 1)]
    return [Sentence(fold(citation.quote), (citation,), NOT_YET) for citation in cited]


def _folded(one: _Candidate) -> str:
    return fold(one.article.text[one.start : one.end])


def _speaking_of(subject: str, wanted: set[str], hits: Sequence[Hit], article_of: ArticleOf) -> list[Article]:
    """The articles of the hits that have the subject as it is worded; where there are none, those that have all of its
    words."""
    ids = dict.fromkeys(hit.passage.article_id for hit in hits[:LOOKED_AT])
    every = [article for one in ids if (article := article_of(one))]
    said = re.sub("^(?:the|an?) ", "", subject, flags=re.IGNORECASE)
    letters = re.escape(said).replace("’", "'").replace("'", "[’']")
    phrase = re.compile(rf"\b{letters}\b", re.NOFLAG if said.isupper() else re.IGNORECASE)  # "the US" is not "us"
    worded = [one for one in every if phrase.search(f"{one.title}\n{one.text}")]
    return worded or [one for one in every if _share(wanted, f"{one.title} {one.text}") == 1.0]


def _share(wanted: set[str], text: str) -> float:
    """The share of the words that a text has; 1 where none is wanted."""
    had = {stem(word) for word in _content(text)}
    return len(wanted & had) / len(wanted) if wanted else 1.0


def _sentences(article: Article, hits: Sequence[Hit]) -> Iterator[_Candidate]:
    """What may be shown of an article, in the order of its text: whole sentences that stand alone."""
    found = [(one.passage.start, one.passage.end) for one in hits if one.passage.article_id == article.id]
    for unit in units(article.text, title=article.title):
        span = start, end = past_bullet(article.text, (unit.start, unit.end))
        text = article.text[start:end]
        quotable = unit.kind == "sentence" and not any(overlap(span, leftover) for leftover in article.leftovers)
        if quotable and _stands_alone(text) and any(overlap(span, part) for part in ((0, OPENING), *found)):
            yield _Candidate(article, start, end, tuple(stem(word) for word in _content(text)))


def _stands_alone(text: str) -> bool:
    """Is a sentence neither a fragment nor endless, and does it neither lean on the one before nor lead to a list?"""
    leans = DANGLING.match(text) or _GOES_ON.match(text) or text.endswith(":")
    return SHORTEST <= len(text.split()) <= LONGEST and not leans


def _chosen(found: Sequence[_Candidate], first: Sequence[_Candidate], most: int) -> list[_Candidate]:
    """SumBasic: those that come first, then always the sentence whose words are used most, on average; a word that has
    been shown counts the square of its share."""
    counted = Counter(word for one in found for word in one.words)
    total = sum(counted.values())
    share = {word: count / total for word, count in counted.items()}
    chosen = list(first)
    while len(chosen) < most and (left := [one for one in found if one not in chosen and one.words]):
        shown = Counter(word for one in chosen for word in set(one.words))
        now = {word: value ** float(2 ** shown[word]) for word, value in share.items()}
        # in the order of the text, not of a set: floats added in another order are not the same to the last bit
        chosen.append(
            max(left, key=lambda one: sum(now[word] for word in dict.fromkeys(one.words)) / len(one.words) ** 0.5)
        )
    return chosen


def _content(text: str) -> list[str]:
    """The words of a text that say something, in small letters, those of two letters where they are capitals: "EU"."""
    found = (re.sub(r"[’']s?$", "", word) for word in _WORD.findall(text))
    long = (word for word in found if len(word) > 2 or word.isdigit() or (len(word) == 2 and word.isupper()))
    return [word for word in map(str.casefold, long) if word not in _IDLE]
