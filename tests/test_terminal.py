from __future__ import annotations

from dataclasses import replace

from indexes.types import Article, Hit, Passage
from qa.terminal import Terminal, printable
from qa.types import Answer, Citation, Sentence, Support

CITATION = Citation(1, "lamp", 10, 39, "The lamp\non the pier is blue.", "The lamp", "Gazette", "", "2019-05-14T08:00")
ANSWER = Answer(
    "What colour is it?",
    "The lamp on the pier is blue.",
    (Sentence("The lamp on the pier is blue.", (CITATION,), Support("verbatim")),),
    standalone="What colour is the lamp?",
    confidence=0.44,
    measured=0.63,
)
PIPE = Terminal(width=0, colour=False)


def test_an_answer_in_a_pipe_is_whole_lines_without_colour() -> None:
    assert PIPE.answer(ANSWER) == (
        "Understood as: What colour is the lamp?\n\n"
        "The lamp on the pier is blue. [1]\n\n"
        "Likely: 63\u00a0% of answers this sure were right when measured.\n\n"
        "[1] The lamp · Gazette · 2019-05-14\n"
        "    “The lamp on the pier is blue.”\n"
        "    lamp, characters 10–39"
    )


def test_a_narrow_terminal_is_kept_to() -> None:
    wide = Citation(1, "lamp", 0, 10, "word " * 60, "The lamp", "Gazette")
    answer = Answer("Q?", "word " * 60, (Sentence("word " * 60, (wide,), Support("verbatim")),))
    body = Terminal(width=40, colour=False).answer(answer).split("\n")
    assert max(len(line) for line in body) <= 40


def test_colour_is_only_used_where_it_is_wanted() -> None:
    assert "\x1b" in Terminal(width=0, colour=True).answer(ANSWER)
    assert "\x1b" not in PIPE.answer(ANSWER)


def test_the_words_that_answer_are_bold_where_there_is_colour() -> None:
    [sentence] = ANSWER.sentences
    marked = replace(ANSWER, sentences=(replace(sentence, marks=((24, 28),)),))
    assert "is \x1b[1mblue\x1b[0m." in Terminal(width=0, colour=True).answer(marked)


def test_main_sentences_have_no_confidence_that_could_be_said() -> None:
    assert "Likely" not in PIPE.answer(replace(ANSWER, broad=True))


def test_a_refusal_shows_at_most_three_passages_shortened() -> None:
    hits = tuple(Hit(Passage("a", 0, 9, "word " * 200, f"Title {number}"), 1.0) for number in range(5))
    shown = PIPE.answer(Answer("Q?", "The articles do not say.", hits=hits, refused=True))
    assert shown.startswith("The articles do not say.\n\nThe nearest passages:")
    assert "Title 2" in shown and "Title 3" not in shown
    assert max(len(line) for line in shown.split("\n")) < 320


def test_leftovers_of_a_saved_article_are_marked() -> None:
    article = Article("a", "Body.\n\nSign up", "Title", "Ana", "2019-05-14", "Gazette", leftovers=((7, 14),))
    assert PIPE.article(article) == "Title\nAna · Gazette · 2019-05-14\n\nBody.\n\n| Sign up"
    assert "\x1b[2mSign up" in Terminal(width=0, colour=True).article(article)


def test_control_and_format_characters_are_not_printed() -> None:
    assert printable("a\x1b[2Jb\u202ec\u200bd\ne\x07") == "a[2Jbcd\ne"
