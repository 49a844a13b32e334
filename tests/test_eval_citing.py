"""Citation metrics, worked by hand: lexical support as a table, the rest on one small pair of articles."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qa.evaluation.citing import _key, citation_scores, covered, hits, places_of, supports
from qa.evaluation.types import Case, Cited, Evidence, Found, Record

SHIP = "The ship is 400 metres\nlong. Workers built the ship in 2018. It never sank."
CREW = "The crew of Captain Ahab had 25 men. They came from India."
TEXTS = {"ship": SHIP, "crew": CREW}
LENGTH, BUILT, SANK = "The ship is 400 metres long.", "Workers built the ship in 2018.", "It never sank."
MEN = "The crew of Captain Ahab had 25 men."


def cited(article: str, quote: str) -> Cited:
    """A citation of the quote where the article has it, or of its first ten characters where it does not."""
    places = places_of(Evidence(article, quote), TEXTS)
    return Cited(article, quote, *(places[0] if places else (0, 10)))


def shown(article: str) -> Found:
    return Found(article, 0, len(TEXTS[article]), TEXTS[article], 1.0)


def record(*sentences: tuple[str, tuple[int, ...]], citations: tuple[Cited, ...] = ()) -> Record:
    answer = " ".join(text for text, _ in sentences)
    return Record("1", "?", answer, citations=citations, sentences=sentences, hits=(shown("ship"), shown("crew")))


@pytest.mark.parametrize(
    ("sentence", "passages", "expected"),
    [
        ("The ship was built in 2018.", [BUILT], True),
        ("The ship was built in 2018.", ["Workers built the ship in 2019."], False),  # a number
        (BUILT, [SHIP], True),  # word by word
        ("the ship IS 400 metres, long", [SHIP], True),  # but for case and punctuation
        ("ship is 400 metres longer", [LENGTH], True),
        ("The ship is 2.5 metres long.", ["The ship is 25 metres long."], False),
        ("It has 1,000 rooms.", ["There are 1000 rooms in it."], True),
        ("On 24 March 2021 the ship stuck.", ["The ship got stuck on March 24, 2021."], True),
        ("On 24 April 2021 the ship stuck.", ["The ship got stuck on March 24, 2021."], False),  # a date
        ("Captain Ahab had a crew of 25 men.", [CREW], True),
        ("Captain Nemo had a crew of 25 men.", [CREW], False),  # a name
        ("Kuwait hosted the World Cup in 2022.", ["Qatar hosted the World Cup in 2022."], False),  # at the start too
        ("The vaccine uses mRNA of type b7.", ["The vaccine uses RNA of type b7."], False),
        ("The vaccine uses mRNA of type b7.", ["The vaccine uses mRNA of type b8."], False),
        ("The U.S. navy hosts ships.", ["Ships were hosted by the US navy."], True),
        ("The ship sank.", [SANK + " The ship was long."], True),  # two passage sentences share one word each
        ("The ship never sank in 2018.", ["The ship sank in 2018."], False),  # negation
        ("The ship sank in 2018.", ["The ship didn’t sink or sank in 2018."], False),
        ("The ship never sank in 2018.", ["The ship sank in 2018. Nobody came."], False),  # another sentence's
        ("The ship didn't sink in 2018.", ["In 2018 the ship did not sink."], True),
        ("The ship is red and huge and old and blue.", ["The ship is red."], False),  # 2 of 5 words
        (
            "red ships sail seven wide open blue cold deep seas",
            ["red ships sail seven wide open blue"],
            True,
        ),  # 7 of 10
        ("red ships sail seven wide open blue cold deep seas", ["red ships sail seven wide open"], False),  # 6 of 10
        ("The crew built the ship.", ["The crew was paid.", "The ship was built."], True),  # together
        ("The crew built the ship.", ["The crew was paid."], False),
        ("It is so.", ["It was like that."], False),  # no content word
        ("It is so.", ["And it is so."], True),
        ("", ["Anything."], False),
        ("…", ["…"], False),
        ("The ship sank.", [], False),
        ("The ship sank.", [""], False),
    ],
)
def test_a_sentence_is_supported_by_its_figures_names_words_and_negation(
    sentence: str, passages: list[str], expected: bool
) -> None:
    assert supports(sentence, passages) is expected


@pytest.mark.parametrize(
    "words",
    [
        "host hosts hosted hosting",
        "stop stops stopped stopping",
        "city cities",
        "carry carries carried carrying",
        "house houses housed housing",
        "process processes processed processing",
        "fall falls falling",
        "speed speeds",
        "day days",
        "Qatar Qatar's",
        "1000 1,000 01000",
    ],
)
def test_forms_of_a_word_have_one_key(words: str) -> None:
    assert len({_key(word) for word in words.split()}) == 1


def test_different_words_have_different_keys() -> None:
    words = "host house ship shop city crew 2018 2019 2.5 25 0".split()
    assert len({_key(word) for word in words}) == len(words)


def test_every_sentence_supports_itself_and_more_passages_never_hurt_a_quotation() -> None:
    for quote in (LENGTH, BUILT, SANK, MEN):
        assert supports(quote, [quote])
        assert supports(quote, [CREW, quote, SHIP])


def test_quotes_are_verbatim_but_for_white_space_or_elsewhere_or_nowhere() -> None:
    citations = (
        cited("ship", LENGTH),
        replace(cited("ship", BUILT), start=0, end=5),
        replace(cited("crew", MEN), article_id="ship"),
        cited("ship", "The ship is 500 metres long."),
    )
    scores = citation_scores(Case("1", "?"), record((LENGTH, ()), citations=citations), TEXTS)
    assert (scores["verbatim"], scores["quote_elsewhere"], scores["quote_nowhere"]) == (0.25, 0.5, 0.25)


@pytest.mark.parametrize("span", [(-5, 10), (0, 10_000), (5, 5), (9, 3)])
def test_a_place_that_is_none_is_not_verbatim(span: tuple[int, int]) -> None:
    bad = Cited("ship", "The", *span)
    assert citation_scores(Case("1", "?"), record((SANK, (0,)), citations=(bad,)), TEXTS)["verbatim"] == 0


def test_an_empty_quote_and_an_unknown_article_are_nowhere() -> None:
    for bad in (Cited("ship", " ", 0, 10), Cited("moon", "Green cheese.", 0, 13)):
        assert citation_scores(Case("1", "?"), record((SANK, (0,)), citations=(bad,)), TEXTS)["quote_nowhere"] == 1


def test_a_citation_is_valid_if_a_shown_passage_overlaps_it() -> None:
    citations = (cited("ship", LENGTH), cited("ship", BUILT), cited("crew", MEN))
    one = replace(record((LENGTH, (0,)), citations=citations), hits=(Found("ship", 0, 28, SHIP[:28], 1.0),))
    assert citation_scores(Case("1", "?"), one, TEXTS)["validity"] == pytest.approx(1 / 3)
    two = replace(one, retrieved=(Found("ship", 59, 70, SHIP[59:70], 1.0),))
    assert citation_scores(Case("1", "?"), two, TEXTS)["validity"] == pytest.approx(2 / 3)


def test_recall_counts_carried_sentences_and_precision_the_citations_that_help() -> None:
    citations = (cited("ship", LENGTH), cited("ship", BUILT), cited("crew", MEN))
    answer = record((LENGTH, (0, 2)), (BUILT, (2,)), (SANK, ()), citations=citations)
    scores = citation_scores(Case("1", "?"), answer, TEXTS)
    assert scores["citation_recall"] == pytest.approx(1 / 3)  # the second stands on another article, the third on none
    assert scores["citation_precision"] == pytest.approx(1 / 3)  # of (0, 2, 2), only 0 helps


def test_citations_that_carry_a_sentence_only_together_both_help() -> None:
    citations = (cited("ship", BUILT), cited("crew", MEN))
    answer = record(("Captain Ahab had the ship built in 2018.", (0, 1)), citations=citations)
    scores = citation_scores(Case("1", "?"), answer, TEXTS)
    assert (scores["citation_recall"], scores["citation_precision"]) == (1, 1)


def test_without_sentences_all_citations_stand_under_each_sentence() -> None:
    citations = (cited("ship", LENGTH), cited("ship", BUILT), cited("crew", MEN))
    answer = Record("1", "?", f"{LENGTH} {BUILT} It sank.", citations=citations)
    scores = citation_scores(Case("1", "?"), answer, TEXTS)
    assert scores["citation_recall"] == pytest.approx(2 / 3)
    assert scores["citation_precision"] == pytest.approx(2 / 3)


def test_an_invented_quote_carries_nothing() -> None:
    invented = Cited("ship", "The ship is 500 metres long.", 0, 28)
    answer = record((invented.quote, (0,)), citations=(invented,))
    assert citation_scores(Case("1", "?"), answer, TEXTS)["citation_recall"] == 0


def test_an_answer_without_citations_has_recall_0_and_nothing_else() -> None:
    assert citation_scores(Case("1", "?"), Record("1", "?", "It sank."), TEXTS) == {"citation_recall": 0}


def test_a_refusal_has_no_citation_scores_but_gold_recall_0_where_there_is_evidence() -> None:
    refusal = Record("1", "?", "The articles do not say.", refused=True)
    evidence = (Evidence("ship", LENGTH),)
    assert citation_scores(Case("1", "?"), refusal, TEXTS) == {}
    zero = {"gold_recall": 0, "gold_f1": 0, "full_chain": 0}
    assert citation_scores(Case("1", "?", evidence=evidence), refusal, TEXTS) == zero
    assert citation_scores(Case("1", "?", evidence=evidence, answerable=False), refusal, TEXTS) == {}


def test_the_worked_example_of_the_docstring() -> None:
    citations = (cited("ship", LENGTH), cited("crew", "An invented quote."))
    case = Case("1", "?", evidence=(Evidence("ship", LENGTH),))
    scores = citation_scores(case, record((LENGTH, (0, 1)), citations=citations), TEXTS)
    found = [scores[name] for name in ("verbatim", "gold_precision", "gold_recall", "gold_f1", "full_chain")]
    assert found == pytest.approx([1 / 2, 1 / 2, 1, 2 / 3, 1])


def test_the_chain_is_full_only_with_all_evidence() -> None:
    case = Case("1", "?", evidence=(Evidence("ship", LENGTH), Evidence("crew", MEN)))
    half = citation_scores(case, record((LENGTH, (0,)), citations=(cited("ship", LENGTH),)), TEXTS)
    assert (half["gold_precision"], half["gold_recall"], half["full_chain"]) == (1, 0.5, 0)
    both = (cited("ship", LENGTH), cited("crew", MEN))
    assert citation_scores(case, record((LENGTH, (0,)), citations=both), TEXTS)["full_chain"] == 1


@pytest.mark.parametrize(
    ("span", "expected"),
    [((0, 50), True), ((0, 49), True), ((60, 160), False), ((10, 20), True), ((50, 150), True), ((90, 120), False)],
)
def test_a_citation_hits_by_half_of_the_gold_span_or_from_within(span: tuple[int, int], expected: bool) -> None:
    assert hits(Cited("x", "?", *span), Evidence("x", "gold"), [(0, 100)]) is expected


def test_a_citation_hits_by_its_words_or_where_only_the_article_is_known() -> None:
    assert hits(Cited("x", "all of  the gold here", 0, 1), Evidence("x", "the gold"), [])
    assert hits(Cited("x", "?", 0, 1), Evidence("x"), [])
    assert not hits(Cited("y", "the gold", 0, 1), Evidence("x", "the gold"), [(0, 8)])
    assert not hits(Cited("x", "", 5, 5), Evidence("x", "the gold"), [(0, 8)])


def test_gold_evidence_is_found_by_its_start_or_its_words() -> None:
    texts = {"x": "a b c b  c"}
    assert places_of(Evidence("x", "b c"), texts) == [(2, 5), (6, 10)]
    assert places_of(Evidence("x", "b c", 6), texts) == [(6, 10)]
    assert places_of(Evidence("x", "b c", 8), texts) == [(6, 10)]  # the answer's start, within the quote
    assert places_of(Evidence("x", " b c ", 1), texts) == [(2, 5), (6, 10)]  # a wrong one
    assert places_of(Evidence("x", "d"), texts) == []
    assert places_of(Evidence("x", ""), texts) == []
    assert places_of(Evidence("y", "b c"), texts) == []
    assert places_of(Evidence("y", "b c", 6), texts) == []


def test_covered_is_a_share_of_the_place() -> None:
    assert covered((0, 6), (4, 8)) == 0.5
    assert covered((0, 4), (4, 8)) == 0
    assert covered((0, 9), (4, 8)) == 1


def test_an_answer_of_true_quotations_scores_1_throughout_and_one_of_inventions_0() -> None:
    case = Case("1", "?", evidence=(Evidence("ship", LENGTH), Evidence("crew", MEN)))
    good = record((LENGTH, (0,)), (MEN, (1,)), citations=(cited("ship", LENGTH), cited("crew", MEN)))
    scores = citation_scores(case, good, TEXTS)
    assert scores.pop("quote_elsewhere") == scores.pop("quote_nowhere") == 0
    assert set(scores.values()) == {1.0}
    bad = record(("Moon is cheese.", (0,)), citations=(Cited("moon", "Moon is cheese.", 0, 15),))
    scores = citation_scores(case, bad, TEXTS)
    assert scores.pop("quote_nowhere") == 1
    assert set(scores.values()) == {0.0}
