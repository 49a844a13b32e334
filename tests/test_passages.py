"""Passages: exact spans, whole sentences, sizes that fit, headings with what they head, nothing lost."""

from __future__ import annotations

import random
import time
from itertools import pairwise

import pytest

from indexes.passages import SPLITTER, WORD_PIECES, Unit, estimate, is_heading, split, units
from indexes.sentences import RULES, sentences
from indexes.types import Article, Passage

NEWS = """Harbour reopens after storm

The harbour at Port Ellis reopened on Friday, six days after a storm sank four boats. No one was hurt.

Damage

Dr. Ruth Hale, who leads the port, put the damage at $3.67 million. "We were lucky. It was low tide," she said.

What is left to do:

- clear the north pier
- raise the Mary Ann
- mend the lamp

The lamp was lit in 1902. It had never failed before."""


def words(text: str) -> int:
    """A count to be checked by hand: one for each word."""
    return len(text.split())


def prose(paragraphs: int, sentences_each: int = 4, words_each: int = 10) -> str:
    """Paragraphs of `sentences_each` sentences of `words_each` words."""
    sentence = " ".join(["Word"] + ["word"] * (words_each - 1)) + "."
    return "\n\n".join(" ".join([sentence] * sentences_each) for _ in range(paragraphs))


def check(article: Article, passages: list[Passage]) -> None:
    """What must hold of the passages of any article."""
    left = {index for start, end in article.leftovers for index in range(start, end)}
    at = 0
    for passage in passages:
        assert passage.start >= at
        assert passage.text
        assert passage.text == article.text[passage.start : passage.end] == passage.text.strip()
        assert left.isdisjoint(range(passage.start, passage.end))
        assert all(article.text[i].isspace() or i in left for i in range(at, passage.start))
        assert (passage.article_id, passage.header) == (article.id, article.header)
        at = passage.end
    assert all(article.text[i].isspace() or i in left for i in range(at, len(article.text)))


def kinds(text: str, title: str = "") -> list[tuple[str, str]]:
    return [(unit.kind, text[unit.start : unit.end]) for unit in units(text, title=title)]


def test_units_of_an_article() -> None:
    assert kinds(NEWS) == [
        ("heading", "Harbour reopens after storm"),
        ("sentence", "The harbour at Port Ellis reopened on Friday, six days after a storm sank four boats."),
        ("sentence", "No one was hurt."),
        ("heading", "Damage"),
        ("sentence", "Dr. Ruth Hale, who leads the port, put the damage at $3.67 million."),
        ("sentence", '"We were lucky. It was low tide," she said.'),
        ("heading", "What is left to do:"),
        ("item", "- clear the north pier"),
        ("item", "- raise the Mary Ann"),
        ("item", "- mend the lamp"),
        ("sentence", "The lamp was lit in 1902."),
        ("sentence", "It had never failed before."),
    ]


def test_a_list_item_with_a_full_stop_is_a_sentence() -> None:
    assert kinds("1. The pump failed.\n2. Alarm off") == [("sentence", "1. The pump failed."), ("item", "2. Alarm off")]


def test_the_title_repeated_is_a_heading_even_with_a_full_stop() -> None:
    text = "Who sank the Mary Ann?\n\nNobody knows."
    assert kinds(text)[0][0] == "sentence"
    assert kinds(text, title="Who sank the Mary Ann?")[0][0] == "heading"


def test_an_unfinished_last_sentence_of_a_paragraph_is_no_heading() -> None:
    text = "The lamp was lit. It never failed"
    assert units(text)[1] == Unit(18, 33, "sentence")
    assert units(text, 18) == [Unit(18, 33, "sentence")]


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("Battle for oil", True),
        ("The dead include:", True),
        ("## Background.", True),
        ("By Jane Roe", True),
        ("No one was hurt.", False),
        ("“We lost.”", False),
        ("Who won?", False),
        ("The tower fell in 1902.[4]", False),
        ("a paragraph whose writer forgot the full stop " * 4, False),
        ("他们昨天下午在北京举行了会谈并且讨论了两国之间的贸易问题以及其他双方共同关心的国际和地区问题没有结果", False),
    ],
)
def test_headings_are_short_and_have_no_full_stop(line: str, heading: bool) -> None:
    assert is_heading(line) is heading


def test_a_short_article_is_one_passage() -> None:
    article = Article("a", NEWS, title="Harbour reopens after storm", source="Gazette", published="2024-05-03")
    (passage,) = split(article)
    assert passage.text == NEWS
    assert passage.header == "Harbour reopens after storm · Gazette · 2024-05-03"


@pytest.mark.parametrize("text", ["", " \n\n\t "])
def test_an_empty_body_has_no_passages(text: str) -> None:
    assert split(Article("a", text, title="Only a title")) == []


def test_an_article_of_leftovers_alone_has_no_passages() -> None:
    assert split(Article("a", "Related News", leftovers=((0, 12),))) == []


def test_passages_end_at_paragraphs_where_one_is_near() -> None:
    article = Article("a", prose(paragraphs=6))
    passages = split(article, budget=100, count=words)  # two paragraphs are 80, a third would be 120
    assert [words(passage.text) for passage in passages] == [80, 80, 80]


def test_a_paragraph_longer_than_a_passage_is_cut_between_sentences() -> None:
    article = Article("a", prose(paragraphs=1, sentences_each=25))
    passages = split(article, budget=100, count=words)
    assert [words(passage.text) for passage in passages] == [100, 100, 50]
    check(article, passages)


def test_a_small_last_passage_is_evened_out() -> None:
    article = Article("a", prose(paragraphs=1, sentences_each=11))
    assert [words(passage.text) for passage in split(article, budget=100, count=words)] == [50, 60]


def test_a_heading_goes_with_what_follows_it() -> None:
    article = Article("a", f"{prose(2)}\n\nBattle for oil\n\n{prose(2)}")
    first, second = split(article, budget=100, count=words)
    assert first.text == prose(2)
    assert second.text.startswith("Battle for oil\n\n")


def test_headings_at_the_very_end_stay_with_what_is_before_them() -> None:
    article = Article("a", f"{prose(1)}\n\nThe end")
    assert [passage.text for passage in split(article, budget=100, count=words)] == [article.text]


def test_passages_do_not_cross_leftovers() -> None:
    text = "The pier is shut. Related News It opens in May."
    article = Article("a", text, leftovers=((18, 31),))
    assert [passage.text for passage in split(article)] == ["The pier is shut.", "It opens in May."]


def test_a_long_header_makes_the_body_shorter() -> None:
    def longest(title_words: int) -> int:
        article = Article("a", prose(1, sentences_each=400, words_each=5), title=" ".join(["t"] * title_words))
        return max(words(passage.text) for passage in split(article, budget=200, count=words))

    assert longest(40) == 200
    assert longest(44) == 195  # 196, in sentences of five
    assert longest(48) == longest(400) == 190  # no more than 8 is taken: the header itself is cut


def test_a_sentence_too_long_is_cut_at_clauses_into_about_even_parts() -> None:
    text = ", ".join(["one two three four five"] * 30) + "."
    parts = split(Article("a", text), budget=100, count=words)
    assert [words(part.text) for part in parts] == [80, 70]
    assert [part.text[-1] for part in parts] == [",", "."]


def test_one_line_without_spaces_is_cut_to_size() -> None:
    article = Article("a", "北京" * 1000)
    passages = split(article, budget=100, count=len)
    check(article, passages)
    assert all(50 <= len(passage.text) <= 100 for passage in passages)


def test_a_joined_emoji_is_not_cut() -> None:
    family = "👨‍👩‍👧"
    passages = split(Article("a", family * 100), budget=52, count=len)
    assert all(len(passage.text) % len(family) == 0 for passage in passages)
    assert len(passages) > 1


def test_passages_of_repeated_text_have_their_own_offsets() -> None:
    article = Article("a", "\n\n".join(["The same words again. And again."] * 400))
    passages = split(article)
    check(article, passages)
    assert len({passage.id for passage in passages}) == len(passages) > 10


def test_splitting_is_deterministic() -> None:
    assert split(Article("a", NEWS), budget=20) == split(Article("a", NEWS), budget=20)


def test_the_splitter_names_its_rules_and_budget() -> None:
    assert RULES in SPLITTER
    assert str(WORD_PIECES) in SPLITTER


def scramble(rng: random.Random) -> Article:
    """An article of prose, headings, items, hostile bits and leftovers."""
    bits = [
        "Word word word.",
        "Dr. A. Smith said: “No. Never.”",
        "Battle for oil",
        "- an item",
        "北京。",
        "x" * 40,
        "U.S.",
        "\ud800",
        "😀",
        "1. First",
        "(open",
        '"',
        "...",
        "12,345.67",
        "\t",
        "It was 5 p.m. Then it rained!",
        "é" * 9,
    ]
    gaps = [" ", " ", " ", "\n", "\n\n", "\r\n\r\n", "", "   "]
    text = "".join(rng.choice(bits) + rng.choice(gaps) for _ in range(rng.randrange(1, 120)))
    cuts = sorted(rng.sample(range(len(text) + 1), min(len(text), 2 * rng.randrange(3))))
    return Article("a", text, title="t " * rng.randrange(60), leftovers=tuple(zip(cuts[::2], cuts[1::2], strict=True)))


@pytest.mark.parametrize("seed", range(300))
def test_random_articles_keep_every_word_in_exactly_one_passage(seed: int) -> None:
    rng = random.Random(seed)
    article = scramble(rng)
    budget = rng.choice([12, 30, 60, 200])
    passages = split(article, budget, rng.choice([None, words, len]))
    check(article, passages)


@pytest.mark.parametrize("seed", range(100))
def test_random_articles_fit_the_budget_and_end_in_no_heading(seed: int) -> None:
    article = scramble(random.Random(seed))
    passages = split(article, 60)
    assert all(estimate(passage.text) <= 60 for passage in passages)
    for passage, following in pairwise(passages):
        crossed = any(passage.end <= start < following.start for start, _ in article.leftovers)
        found = {unit.kind for unit in units(article.text, passage.start, passage.end)}
        last = units(article.text, passage.start, passage.end)[-1].kind
        assert crossed or last != "heading" or found == {"heading"}  # more headings on end than a passage holds


@pytest.mark.parametrize("seed", range(50))
def test_units_are_the_sentences(seed: int) -> None:
    text = scramble(random.Random(seed)).text
    assert [(unit.start, unit.end) for unit in units(text)] == sentences(text)


@pytest.mark.parametrize("text", [NEWS, NEWS.replace("\n\n", "\n")])
def test_the_units_of_passages_are_those_of_the_article(text: str) -> None:
    passages = split(Article("a", text), budget=30, count=words)
    assert len(passages) > 2
    assert [unit for passage in passages for unit in units(text, passage.start, passage.end)] == units(text)


@pytest.mark.parametrize(
    ("text", "pieces"),  # by the tokenizer of all-MiniLM-L6-v2
    [
        (NEWS, 98),
        ("https://news.example.com/2014/06/19/black-flags?utm_source=rss&id=8842211#top", 36),
        ("今天下午三点钟开会。我们讨论了预算。", 18),
        ("Москва молчала весь день, никто не ответил на вопросы.", 46),
        ("1,234,567.89 on 2014-06-19 at 12:45:30; +1 (555) 010-9988", 32),
        ("😀🎉 great 👨‍👩‍👧", 3),
    ],
)
def test_the_estimate_is_hardly_ever_too_low(text: str, pieces: int) -> None:
    assert estimate(text) >= 0.95 * pieces


@pytest.mark.parametrize("bit", ["a", "北京开会，", "word and more, ", "One two three. ", "x\n\n", "'A ", "("])
def test_time_is_linear_in_long_text(bit: str) -> None:
    """Half a million characters; a quadratic step would take minutes."""
    article = Article("a", bit * (500_000 // len(bit)))
    began = time.process_time()
    assert split(article)
    assert time.process_time() - began < 10
