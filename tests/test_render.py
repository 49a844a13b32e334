"""Nothing foreign becomes HTML, at any place of the page; a mark covers its words to the character."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from indexes.types import Article, Hit, Passage
from page import dress, past, render
from page.article import article_page, blocks, body, parse_hit, passage_html, surroundings
from page.site import FILES
from page.text import article_href, day, esc, label, name, safe_link, shortened
from page.types import Exchange
from qa.types import NEAREST, Answer, Citation, Filters, Sentence, Support

ATTACKS = {
    "X1 script": "<script>alert(1)</script>",
    "X2 onerror": "<img src=x onerror=alert(1)>",
    "X3 svg": "<svg onload=alert(1)>",
    "X4 javascript link": '<a href="javascript:alert(1)">x</a>',
    "X5 entity": "jav&#x09;ascript:alert(1)",
    "X6 data link": "data:text/html,<script>alert(1)</script>",
    "X7 markdown link": "[x](javascript:alert(1))",
    "X8 remote image": "![x](http://evil.example/?q=1)",
    "X9 form": "<form action=http://evil.example><input name=q></form>",
    "X10 style": '<style>*{display:none}</style><p style="position:fixed;inset:0">',
    "X11 refresh": '<meta http-equiv="refresh" content="0;url=http://evil.example">',
    "X12 frame": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "X13 math": "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "X14 noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "X15 template": "<template><script>alert(1)</script></template>",
    "X16 base": "<base href=http://evil.example/>",
    "X17 media": "<video src=http://evil.example/v poster=http://evil.example/p srcset=x></video>",
    "X18 fence": "```\n</code></pre><script>alert(1)</script>\n```",
    "X19 latex": r"$$\href{javascript:alert(1)}{x}$$",
    "X20 half a tag": "<img src=x one",
    "X21 unclosed": "<!-- <textarea><title><xmp>",
    "X23 clobbering": '<a id="hit" name="evidence">x</a>',
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template literal": "`${alert(1)}` ${value} {{7*7}} @children",
    "close everything": "</p></span></mark></blockquote></section></div></body></html>",
}
TAGS = {
    "html", "head", "meta", "title", "link", "body", "nav", "main", "header", "article", "section", "details", "summary", "s", "h1", "h2", "p",
    "a", "bdi", "span", "mark", "time", "q", "div", "ol", "ul", "li", "blockquote", "button", "b",
}  # fmt: skip
EVENTS = re.compile(r"on\w+|style|src|srcset|srcdoc|action|formaction|poster|background")


class Reader(HTMLParser):
    """Collects elements, attributes and text, as a browser would see them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.text = ""
        self.marked: list[str] = []
        self._in_mark = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        if tag == "mark":
            self._in_mark = True
            self.marked.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_mark = self._in_mark and tag != "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_mark:
            self.marked[-1] += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came through: {data}")


def harmless(html: str) -> Reader:
    seen = Reader(html)
    assert set(seen.tags) <= TAGS, set(seen.tags) - TAGS
    ours = ('thumb" data-thumb=', 'again" data-ask=', 'again edit" data-ask=', 'again" data-copy=', 'again" data-again=',
            'drop" data-again=')  # fmt: skip
    assert seen.tags.count("button") == sum(html.count(f'<button type="button" class="{one}') for one in ours)
    for key, value in seen.attributes:
        assert not EVENTS.fullmatch(key), (key, value)
        if key == "href":
            assert value.startswith(("/", "https://example.org", "#hit")), value
    return seen


def everywhere(attack: str) -> tuple[Article, Exchange, Exchange, Exchange]:
    """One article and three exchanges with the same text at every place that a stranger can fill."""
    article = Article(attack, f"Before. {attack} After.\n\n{attack}", attack, attack, attack, attack, attack, attack)
    cited = Citation(1, attack, 0, 7, "Before.", attack, attack, attack, attack, attack)
    sentence = Sentence(attack, (cited,), Support("unsupported", attack))
    hit = Hit(Passage(attack, 0, len(article.text), article.text, attack), 0.5)
    filters = Filters(sources=(attack,), after=attack, before=attack)
    out = (Sentence(attack, (), Support("unsupported", attack)),)
    more: dict[str, Any] = {"writer": attack, "left_out": out, "scope": (attack,), "notice": attack}
    answered = Exchange(attack, Answer(attack, attack, (sentence,), (hit,), standalone=attack + "!", **more), filters)
    refused = Exchange(attack, Answer(attack, attack, hits=(hit,), refused=True))
    return article, answered, refused, Exchange(attack, Answer(attack), problem=attack)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_foreign_text_stays_text_at_every_place(attack: str) -> None:
    article, answered, refused, failed = everywhere(attack)
    shown = " ".join(attack.split())
    turns = [render.turn_html(exchange, 1, attack) for exchange in (answered, refused, failed)]
    pages = [article_page(article, (0, 7)), passage_html(article, (0, 7))]
    for html in (*turns, *pages):
        assert shown in " ".join(harmless(html).text.split())


@pytest.mark.parametrize("part", ["prose", "marks?", "notes", "confidence", "refusal", "nearest", "left-out", "doubt"])
def test_what_an_answer_looks_like_is_said_in_one_sheet_alone(part: str) -> None:
    sheets = {
        path.name for path in Path(render.__file__).parent.glob("*.css") if re.search(rf"\.{part}\b", path.read_text())
    }
    assert sheets == {"answer.css"}
    assert b"/page/answer.css" in dress.HEAD and "/page/answer.css" in past.HEAD and FILES["answer.css"] == "text/css"


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_an_articles_id_in_an_address_comes_back_whole(attack: str) -> None:
    from urllib.parse import unquote, urlsplit

    parts = urlsplit(article_href(attack, 3, 9))
    assert unquote(parts.path) == f"/article/{attack}"
    assert (parts.query, parts.fragment) == ("s=3&e=9", "hit")


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)", "vbscript:x",
        "data:text/html,x", "file:///etc/passwd", "//evil.example/x", "http://", "https://user:pw@evil.example/",
        "/relative", "", "http://a b/", "https://example.org\u202e/", "http://[::1", "https://\x00example.org",
    ],
)  # fmt: skip
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert safe_link(url) is None


def test_a_lookalike_host_is_shown_as_it_is_looked_up() -> None:
    assert safe_link("https://еxample.org/a") == ("https://еxample.org/a", "xn--xample-2of.org")
    assert safe_link("HTTPS://Example.org/a?b=1&c=2") == ("HTTPS://Example.org/a?b=1&c=2", "example.org")


def test_titles_lose_invisible_characters_but_keep_joined_letters() -> None:
    assert label("evil\u202egpj.exe\u200b\ufeff \n two") == "evilgpj.exe two"
    assert label("👩\u200d🚒 می\u200cخواهم") == "👩\u200d🚒 می\u200cخواهم"
    assert len(label("x" * 10_000)) == 301
    assert name("a<b") == "<bdi>a&lt;b</bdi>"


def test_controls_and_lone_surrogates_can_be_sent() -> None:
    assert esc("a\x00b\ud800c\x1b[31m") == "a\ufffdb\ufffdc\ufffd[31m"
    article_page(Article("a\ud800", "text \ud800 text", "t\ud800"), (0, 4)).encode("utf-8")


def test_dates_are_written_out_and_other_words_are_left() -> None:
    assert day("2021-03-24T10:00:00") == '<time datetime="2021-03-24">24 March 2021</time>'
    assert day("2021-02-31") == "<bdi>2021-02-31</bdi>"


TEXT = (
    "The sky was clear 🌤️ over the bay. “We saw it,” said 👩‍🚒 Ana.\n\nA heading of its own\n\n"
    "Second paragraph, first line.\nSecond line & more <b>text</b>.\n\n- one item\n- another item\n\n \n"
    "Привет, мир. مرحبا بالعالم. 你好，世界。\n\nPhoto: Somebody"
)
ARTICLE = Article("a", TEXT, "Title", leftovers=((TEXT.index("Photo:"), len(TEXT)),))


def bare(text: str) -> str:
    return "".join(text.split())


def test_a_mark_covers_exactly_its_words() -> None:
    start = TEXT.index("“We saw")
    end = TEXT.index(" Ana")
    seen = harmless(body(ARTICLE, (start, end)))
    assert seen.marked == [TEXT[start:end]]
    assert bare(seen.text) == bare(TEXT)


def test_any_span_is_marked_to_the_character_also_across_paragraphs() -> None:
    chance = random.Random(7)
    for _ in range(400):
        start = chance.randrange(len(TEXT))
        end = chance.randrange(start + 1, len(TEXT) + 1)
        words = bare(TEXT[start:end])
        for html in (render_one(ARTICLE, (start, end)) for render_one in (body, passage_html, article_page)):
            seen = harmless(html)
            assert bare("".join(seen.marked)) == words
            assert [value for key, value in seen.attributes if key == "id"] == (["hit"] if words else [])


def test_blocks_leave_out_only_white_space() -> None:
    for text in (TEXT, "", "\n\n \n", "a\n\n\n\nb", "  x  ", "- a\n- b", "1. a\n\n2) b", "line\n \nline"):
        shown = "".join(text[start:end] for start, end, _ in blocks(text))
        assert bare(shown) == bare(text)
    kinds = [kind for *_, kind in blocks(TEXT)]
    assert kinds == ["p", "h", "p", "li", "li", "p", "p"]


@pytest.mark.parametrize(
    ("start", "end"),
    [(None, None), ("1", None), ("x", "3"), ("5", "5"), ("7", "3"), ("-1", "3"), ("0", "999999"), ("1e1", "20"),
     ("٣", "9"), ("0", "9" * 5000), ("", ""), ("1", "2 ")],
)  # fmt: skip
def test_a_place_that_is_none_marks_nothing(start: str | None, end: str | None) -> None:
    assert parse_hit(start, end, len(TEXT)) is None
    assert "<mark" not in article_page(ARTICLE, None)


def test_leftovers_are_dimmed() -> None:
    assert '<span class="leftover">Photo: Somebody</span>' in body(ARTICLE, None)


def test_surroundings_are_cut_between_words() -> None:
    text = "word " * 400
    low, high = surroundings(text, (1000, 1004))
    assert text[low - 1] == " " and text[high] == " " and text[low:high].startswith("word")
    assert 600 <= low <= 1000 and 1004 <= high <= 1400
    assert "…" in passage_html(Article("a", text), (1000, 1004))
    assert surroundings("一" * 2000, (900, 910)) == (520, 1290)


def test_the_panel_quotes_a_long_passage_whole() -> None:
    text = "First. " + "long words " * 500 + "Last."
    seen = harmless(passage_html(Article("a", text), (7, len(text) - 6)))
    assert "".join(seen.marked) == text[7 : len(text) - 6]


def answer(confidence: float = 0.9) -> Answer:
    one = Citation(1, "a", 0, 7, "The sky", "Title", "Post", "", "2021-03-24")
    two = Citation(2, "b/c", 5, 9, "x", "Other")
    words = Support("verbatim")
    sentences = Sentence("The sky was clear.", (one,), words), Sentence("So it was.", (one, two), words)
    return Answer("q?", "The sky was clear. So it was.", sentences, confidence=confidence, standalone="What q?")


def test_every_sentence_is_followed_by_its_marks() -> None:
    html = render.turn_html(Exchange("q?", answer()), 1)
    shown = Reader(html).text.replace("\u2060", "")
    assert "The sky was clear.[1] So it was.[1][2]" in shown
    assert 'href="/article/b%2Fc?s=5&amp;e=9#hit" data-passage="/passage/b%2Fc?s=5&amp;e=9"' in html
    assert "Understood as:" in shown and "Title · Post · 24 March 2021" in shown


def test_a_question_understood_as_typed_says_nothing_about_it() -> None:
    assert "Understood" not in render.turn_html(Exchange(" What Q? ", answer()), 1)


def test_footnotes_and_confidence_wait_for_the_end() -> None:
    from dataclasses import replace

    growing = render.turn_html(Exchange("q?", replace(answer(), done=False)), 1, "Reading on…")
    assert "notes" not in growing and 'data-state="growing"' in growing and "confidence" not in growing
    assert 'data-state="done"' in render.turn_html(Exchange("q?", answer()), 1)


@pytest.mark.parametrize(("confidence", "words"), [(0.9, "Well supported"), (0.4, "Likely"), (0.1, "Weak")])
def test_confidence_is_said_in_words(confidence: float, words: str) -> None:
    html = render.turn_html(Exchange("q?", answer(confidence)), 1)
    assert f'<p class="confidence {words.split()[0].lower()}"' in html and words in html
    assert f"{confidence * 100:.0f} %" not in Reader(html).text


def test_main_sentences_have_no_confidence_that_could_be_said() -> None:
    html = render.turn_html(Exchange("q?", replace(answer(0.5), broad=True)), 1)
    assert 'class="confidence' not in html and 'class="notes"' in html


def test_how_often_such_answers_were_right_is_said() -> None:
    shown = Reader(render.confidence_html(0.97, 0.911)).text
    assert shown == "Well supported91\u00a0% of answers this sure were right when measured"
    assert Reader(render.confidence_html(0.97, None)).text == "Well supported"


def test_a_refusal_is_no_answer() -> None:
    hit = Hit(Passage("a", 0, 5, "Some words", "Title · Post"), 0.2)
    html = render.turn_html(Exchange("q?", Answer("q?", "The articles do not say.", hits=(hit,) * 5, refused=True)), 1)
    assert html.count("The articles do not say") == 1 and "prose" not in html and "confidence" not in html
    assert html.count('href="/article/a?s=0&amp;e=5#hit"') == NEAREST


def test_a_stopped_answer_says_so() -> None:
    html = render.turn_html(Exchange("q?", answer(), stopped=True), 1)
    assert "Stopped before" in html and "Well supported" not in html and 'class="notes"' in html


def test_a_snippet_is_cut_between_words() -> None:
    assert shortened("one two  three\nfour", 11) == "one two…"
    assert shortened("x" * 30, 10) == "x" * 10 + "…"
    assert shortened("short", 10) == "short"


def test_the_words_that_answer_are_bold_and_nothing_is_lost() -> None:
    sentence = Sentence("It is <400> metres & more.", (), Support("verbatim"), ((6, 18), (21, 25)))
    html = render.emphasised(sentence)
    assert html == "It is <b>&lt;400&gt; metres</b> &amp; <b>more</b>."


def test_what_an_answer_was_made_without_is_said() -> None:
    answer = Answer("q", "A.", (Sentence("A.", (), Support("verbatim")),), notice="No <reader> here.")
    assert '<p class="notice" role="note">No &lt;reader&gt; here.</p>' in render.answer_html(Exchange("q", answer))
