"""An exported answer can be checked later: every verdict is provoked, and no foreign text gets out of its place."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from indexes.errors import FootnoteError
from indexes.library import Library
from indexes.sentences import sentences
from indexes.types import Article
from qa import export
from qa.chat import open_assistant
from qa.evidence import FORMAT, Exported, gather, sha256, surroundings
from qa.export import html, literal, markdown, plain
from qa.recheck import VERDICTS, Finding, nearest, render, sound, verify_file
from qa.sealed import pack, seal, unpack
from qa.types import NEAREST, Answer, Citation, Hit, Sentence, Settings, Support
from tests.conftest import ARTICLES, footnote, passage_of
from tests.test_render import ATTACKS, Reader

ASKED = "2026-11-25T14:03:00+00:00"
TITLE = "What happened at Suez"
SETTINGS = {"Sentences": "4", "Passages": "10"}
KINDS = ("html", "markdown")
TEXT = (
    "Alpha came first. Beta was near.\n\nThe ship is 400 metres\nlong. It was built in 2018. Gamma sailed on. Delta did not.\n\n"
    "Photo: A. Person\n\nIt now lies in the lake."
)
ARTICLE = Article("ship", TEXT, "The ship", "A. Person", "2021-03-24", "Gazette", "https://example.org/ship",
                  leftovers=((TEXT.index("Photo"), TEXT.index("Photo") + 16),))  # fmt: skip

LEFT_OUT = {"It was sold in 2019.": "no passage speaks of this", "Its crew likes it.": "the cited words do not say so"}
PASSAGES = (
    "Alpha came first. Beta was near.",
    "It was built in 2018.",
    "Gamma sailed on. Delta did not.",
    "It now lies",
)

Answered = tuple[Library, list[Exported]]
LibraryOf = Callable[[str], Article | None]


@pytest.fixture(scope="module")
def answered(sample_library: Path) -> Iterator[Answered]:
    """Two answers and a refusal of the real Assistant over the sample articles, with what they cite."""
    assistant = open_assistant(Settings(library=str(sample_library)))
    asked = []
    for question in ("How many tugs pulled at the Ever Given?", "What is the capital of Peru?", "How deep was the deepest dive?"):  # fmt: skip
        asked.append(Exported.of(question, ASKED, assistant.ask(question), assistant.library.article))
    yield assistant.library, asked
    assistant.close()


def written(kind: str, exchanges: list[Exported], title: str = TITLE) -> str:
    make = {"html": html, "markdown": markdown}[kind]
    return make(exchanges, title=title, library="0123abcd", settings=SETTINGS)


def verdicts(findings: list[Finding]) -> list[str]:
    return [finding.verdict for finding in findings]


def of(*articles: Article) -> LibraryOf:
    return {article.id: article for article in articles}.get


def exported(quote: str = "The ship is 400 metres\nlong.", article: Article = ARTICLE, **answer: Any) -> Exported:
    """One quoted sentence; the words that answer are marked where the quote has them."""
    start = article.text.index(quote)
    text = " ".join(quote.split())
    cited = Citation(1, article.id, start, start + len(quote), quote, article.title, article.source, article.author,
                     article.published, article.url)  # fmt: skip
    at = text.find("400 metres")
    sentence = Sentence(text, (cited,), Support("verbatim"), ((at, at + 10),) if at >= 0 else ())
    whole = Answer("How long?", text, (sentence,), confidence=0.871, measured=0.83)
    return Exported("How long?", ASKED, replace(whole, **answer), {article.id: article})


def helped() -> Exported:
    """An answer that a language model wrote: one sentence as it wrote it, one in the article's words, two left out."""
    own = exported().answer.sentences[0]
    cited = exported("It was built in 2018.").answer.citations[0]
    built = Sentence("It was built in 2018, in a week.", (replace(cited, number=2),), Support("supported"))
    out = tuple(Sentence(text, (), Support("unsupported", why)) for text, why in LEFT_OUT.items())
    instead = replace(own, instead_of="The ship is 400 metres long and blue.")
    return exported(sentences=(instead, built), left_out=out, writer="some-model")


def unanswered(article: Article = ARTICLE) -> Exported:
    """A refusal with its nearest passages: four, the last of which is one too many; one sentence was left out."""
    spans = [(TEXT.index(quote), TEXT.index(quote) + len(quote)) for quote in PASSAGES]
    hits = tuple(Hit(passage_of(ARTICLE, *span), 0.5) for span in spans)
    out = (Sentence("It is in Peru.", (), Support("unsupported", "no passage speaks of this")),)
    answer = Answer("What is the capital of Peru?", "The articles do not say.", hits=hits, refused=True, left_out=out)
    return Exported.of(answer.question, ASKED, answer, of(article))


def check(kind: str, file: str, article: Article | None = ARTICLE) -> list[Finding]:
    return verify_file(file.encode(), of(article) if article else of())


def resealed(file: str, change: Callable[[dict[str, Any]], None]) -> str:
    """The same file made anew by somebody careful: record changed, hashes and everything shown changed along."""
    kind = "html" if file.startswith("<!doctype") else "markdown"
    opening, closing = export.RECORD[kind]
    whole = json.loads(file[file.index(opening) + len(opening) :].partition(closing)[0])
    change(whole)
    evidence, _ = unpack(json.dumps({**whole, "sha256": seal(whole)}))
    return {"html": export.html_of, "markdown": export.markdown_of}[kind](evidence)


# -- a round trip -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_quote_of_a_real_answer_stands(answered: Answered, kind: str) -> None:
    library, exchanges = answered
    findings = verify_file(written(kind, exchanges).encode(), library.article)
    quotes = sum(len(one.answer.citations) for one in exchanges) + NEAREST
    assert quotes >= 6
    assert verdicts(findings) == ["unchanged"] * quotes
    assert [finding.note for finding in findings] == list(range(1, quotes + 1))
    assert sound(findings)
    assert render(findings).endswith(f"{quotes} quotes: {quotes} unchanged. Every quote stands.")


def test_the_record_comes_back_as_it_was(answered: Answered) -> None:
    evidence = gather(answered[1], TITLE, "0123abcd", SETTINGS)
    assert unpack(pack(evidence)) == (evidence, True)
    first = evidence.asked[0].notes[0]
    article = answered[0].article(first.article_id)
    assert article is not None
    assert article.text[first.start : first.end] == first.quote
    assert (first.quote_sha256, first.article_sha256) == (sha256(first.quote), sha256(article.text))
    assert (first.title, first.source, first.author) == (article.title, article.source, article.author)
    assert (first.published, first.url) == (article.published, article.url)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_answers_give_the_same_bytes(answered: Answered, kind: str) -> None:
    assert written(kind, answered[1]) == written(kind, answered[1])


@pytest.mark.parametrize("kind", KINDS)
def test_line_ends_and_a_byte_order_mark_are_no_edit(kind: str) -> None:
    file = written(kind, [exported()]).replace("\n", "\r\n")
    assert sound(verify_file(b"\xef\xbb\xbf" + file.encode() + b"\r\n", of(ARTICLE)))


def test_a_file_of_today_can_be_checked_until_the_format_is_raised() -> None:
    """A file is compared with what is written today: change what an export shows or its style, and FORMAT must rise."""
    pinned = {kind: sha256(written(kind, [exported()]))[:16] for kind in KINDS}
    assert (FORMAT, pinned) == (3, {"html": "c5cc0e5c1bf241de", "markdown": "21416956f13bf9fd"})


@pytest.mark.parametrize(
    ("format", "page", "text"),
    [(1, "0e0fa87d50fc0725", "f77a613da599fae6"), (2, "661bbb3d96ac4936", "009914582f5490de")],
)
def test_a_file_of_an_earlier_format_is_made_and_checked_as_it_was_then(format: int, page: str, text: str) -> None:
    old = replace(gather([exported()], TITLE, "0123abcd", SETTINGS), format=format)
    for kind, made, pinned in (("html", export.html_of(old), page), ("markdown", export.markdown_of(old), text)):
        assert sha256(made)[:16] == pinned
        assert verdicts(check(kind, made)) == ["unchanged"]
        newer = made.replace(f'"format":{format}', '"format":3')
        if format == 1:
            with pytest.raises(FootnoteError, match="damaged"):
                check(kind, newer)
        else:
            assert not sound(check(kind, newer))


# -- what a reader sees -----------------------------------------------------------------------------------------------


def test_each_quote_is_highlighted_in_its_surroundings(answered: Answered) -> None:
    library, exchanges = answered
    page = lxml_html.document_fromstring(written("html", exchanges))
    notes = page.xpath('//ol[@class="notes"]/li')
    citations = [citation for one in exchanges for citation in one.answer.citations]
    notes = [note for note in notes if not note.xpath('../../p[@class="refusal"]')]
    assert len(notes) == len(citations)
    for note, citation in zip(notes, citations, strict=True):
        article = library.article(citation.article_id)
        assert article is not None
        shown = note.xpath("./blockquote")[0].text_content()
        assert [mark.text_content() for mark in note.xpath(".//mark")] == [citation.quote]
        assert shown in article.text
        around = len(sentences(shown.replace(citation.quote, "", 1)))
        assert 1 <= around <= 4
        assert f"characters {citation.start}–{citation.end}" in note.text_content()
        assert sha256(citation.quote) in note.text_content() and sha256(article.text) in note.text_content()


def test_the_surroundings_are_two_sentences_and_nothing_of_the_page() -> None:
    def around(quote: str) -> str:
        start = TEXT.index(quote)
        first, last = surroundings(ARTICLE, (start, start + len(quote)))
        return TEXT[first:last]

    assert around("It was built in 2018.").startswith("Beta was near.")
    assert around("It was built in 2018.").endswith("Gamma sailed on. Delta did not.")
    assert around("Gamma sailed on.").endswith("Delta did not.")  # a photo credit stands between
    assert around("It now lies in the lake.") == "It now lies in the lake."
    assert (
        around("400 metres")
        == "Alpha came first. Beta was near.\n\nThe ship is 400 metres\nlong. It was built in 2018. Gamma sailed on."
    )


def test_the_page_has_no_script_and_lets_nothing_in(answered: Answered) -> None:
    page = lxml_html.document_fromstring(written("html", answered[1]))
    policy = page.xpath('//meta[@http-equiv="Content-Security-Policy"]/@content')[0]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy and "script-src" not in policy
    assert [script.get("type") for script in page.xpath("//script")] == ["application/json"]
    assert not page.xpath("//@style | //@src | //iframe | //form | //object | //embed | //img")
    assert page.xpath("//link/@href") == ["data:,"]
    assert all(re.match(r"#n|data:,|https://example\.(?:org|com|net)/", href) for href in page.xpath("//@href"))


def test_a_refusal_says_so_in_every_form(answered: Answered) -> None:
    refused = answered[1][1]
    assert refused.answer.refused
    assert "**The articles do not say.**" in written("markdown", [refused])
    assert "The articles do not say." in Reader(written("html", [refused])).text
    assert plain(refused.answer) == refused.answer.text
    findings = check("html", written("html", [replace(refused, articles={})]))
    assert sound(findings) and render(findings) == "The file holds no quote to check."


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_keeps_the_nearest_passages_as_quotes_that_are_checked(kind: str) -> None:
    file = written(kind, [exported(), unanswered()])
    shown = file.partition("<!-- footnote-evidence")[0] if kind == "markdown" else Reader(file).text
    assert "The nearest passages:" in shown
    assert all(passage in shown for passage in PASSAGES[:NEAREST]) and PASSAGES[NEAREST] not in shown
    findings = check(kind, file)
    assert [(one.verdict, one.note) for one in findings] == [("unchanged", number) for number in (1, 2, 3, 4)]
    changed = check(kind, file, replace(ARTICLE, text=TEXT.replace("Gamma", "Omega")))
    assert verdicts(changed) == ["unchanged", "unchanged", "unchanged", "changed"]


def test_a_nearest_passage_that_stands_no_longer_is_not_kept() -> None:
    gone = unanswered(replace(ARTICLE, text=TEXT.replace("Gamma", "Omega")))
    (asked,) = gather([gone], TITLE).asked
    assert [note.quote for note in asked.notes] == list(PASSAGES[:2])


def test_what_the_articles_do_not_support_is_shown_apart_from_the_answer() -> None:
    page = lxml_html.document_fromstring(written("html", [helped()]))
    (prose,) = page.xpath('//p[@class="prose"]')
    said = prose.text_content()
    assert "400 metres long. (in the words of the article)" in said and said.count("in the words of the article") == 1
    out, replaced = page.xpath("//details")
    assert out.get("open") is None and replaced.get("open") is None
    assert out.xpath("./summary")[0].text == "2 sentences were left out: the articles do not support them"
    rows = [(row.xpath("./s")[0].text_content(), row.xpath("./span")[0].text) for row in out.xpath(".//li")]
    assert rows == list(LEFT_OUT.items())
    assert replaced.xpath(".//s")[0].text_content() == "The ship is 400 metres long and blue."
    assert replaced.xpath(".//li/span")[0].text == "in its place: [1]"
    for text in (*LEFT_OUT, "and blue"):
        assert text not in said and text not in page.xpath('string(//ol[@class="notes"])')


@pytest.mark.parametrize(
    ("text", "marks", "bold"),
    [
        ("The ship is 400 metres long.", [(12, 22)], ["400 metres"]),
        ("It cost $5 (five).", [(8, 10), (11, 17)], ["$5", "(five)"]),
        ("Ada* and _Bo_ sailed.", [(0, 4), (9, 13)], ["Ada*", "_Bo_"]),
        ("1. Ada sailed.", [(0, 2)], ["1."]),
        ("x(5)y is no word", [(1, 4)], []),  # ** would stand between a letter and a bracket
        ("AdaBo", [(0, 3), (3, 5)], ["Ada"]),
        ("Ada sailed", [(4, 2), (3, 5), (0, 0)], []),
        ("\ufdd0Ada\ufdd1 sailed", [(1, 4)], []),
    ],
)
def test_the_words_that_answer_are_bold_in_markdown(text: str, marks: list[tuple[int, int]], bold: list[str]) -> None:
    parsed = MarkdownIt().parseInline(export.emphasised(text, marks))[0].children or []
    assert "".join(one.content for one in parsed) == text
    opened = [at for at, one in enumerate(parsed) if one.type == "strong_open"]
    ends = [next(at for at in range(begin, len(parsed)) if parsed[at].type == "strong_close") for begin in opened]
    assert ["".join(one.content for one in parsed[a:b]) for a, b in zip(opened, ends, strict=True)] == bold


def test_markdown_shows_what_was_left_out_and_why() -> None:
    text = written("markdown", [helped()]).partition("<!--")[0]
    assert "**400 metres** long. (in the words of the article)[^1]" in text
    assert "\n\n2 sentences were left out: the articles do not support them.\n\n- “It was sold in 2019.” (no" in text
    assert "\n- “The ship is 400 metres long and blue.” (in its place: \\[1\\])\n" in text


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_left_out_is_no_claim_that_is_checked(kind: str) -> None:
    file = written(kind, [helped(), unanswered()])
    assert verdicts(check(kind, file)) == ["reworded", *["unchanged"] * 5]
    assert not any("sold in 2019" in one.says for one in check(kind, file, None))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole["asked"][0].update(unsupported=[]),
        lambda whole: whole["asked"][0]["unsupported"][0].update(reason="none"),
        lambda whole: whole["asked"][0]["lines"][0].update(instead_of=""),
    ],
)
def test_hiding_what_was_left_out_is_an_edit(kind: str, change: Callable[[dict[str, Any]], None]) -> None:
    file = written(kind, [helped()])
    opening, closing = export.RECORD[kind]
    head, _, rest = file.partition(opening)
    record, _, tail = rest.partition(closing)
    whole = json.loads(record)
    change(whole)
    edited = f"{head}{opening}{json.dumps(whole)}{closing}{tail}"
    assert "altered" in verdicts(check(kind, edited))
    assert resealed(file, change) != file


def test_notes_are_numbered_through_the_file(answered: Answered) -> None:
    text = written("markdown", answered[1])
    defined = [int(number) for number in re.findall(r"^\[\^(\d+)\]:", text, re.M)]
    assert defined == list(range(1, len(defined) + 1))
    assert {int(number) for number in re.findall(r"\[\^(\d+)\](?!:)", text)} == set(defined)


def test_a_sentence_whose_article_has_changed_since_is_left_out_and_counted() -> None:
    stale = replace(exported(), articles={"ship": replace(ARTICLE, text=TEXT.replace("400", "399"))})
    for kind in KINDS:
        file = written(kind, [stale])
        assert "1 sentence is left out: the articles no longer hold the words." in file
        assert "400 metres" not in file
    unsupported = exported()
    hidden = replace(unsupported.answer.sentences[0], support=Support("unsupported", "no"))
    assert "400 metres" not in written(
        "html", [replace(unsupported, answer=replace(unsupported.answer, sentences=(hidden,)))]
    )


def test_a_copied_answer_has_its_footnotes() -> None:
    assert plain(exported().answer) == (
        "The ship is 400 metres long. [1]\n\n"
        "[1] “The ship is 400 metres long.”\n"
        "    The ship · Gazette · A. Person · 2021-03-24 · https://example.org/ship\n"
        "    ship, characters 34–62"
    )


def test_a_copied_answer_counts_what_was_left_out() -> None:
    told = plain(helped().answer)
    assert told.endswith("\n\n2 sentences were left out: the articles do not support them.")
    assert "sold" not in told and "blue" not in told
    assert plain(unanswered().answer) == (
        "The articles do not say.\n\n1 sentence was left out: the articles do not support it."
    )


def test_a_copied_answer_is_no_formula_and_moves_no_cursor() -> None:
    text = "=cmd()|' /C calc'!A0\x1b[2J is here."
    answer = exported(text, replace(ARTICLE, text=text)).answer
    assert plain(answer).startswith("'=cmd()|' /C calc'!A0[2J is here. [1]")
    assert literal(text).startswith(r"\=cmd()")


# -- every verdict ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("article", "verdict", "says"),
    [
        (ARTICLE, "unchanged", "[1] stands in “The ship” (ship), characters 34–62, and the article is as it was."),
        (replace(ARTICLE, text=TEXT + "\n\nMore."), "unchanged", "characters 34–62; the article has changed elsewhere."),
        (replace(ARTICLE, text="Omega" + TEXT[5:]), "unchanged", "also in the sentences around these words"),
        (replace(ARTICLE, text="New. " + TEXT), "moved", "characters 39–67, no longer at 34–62: the article has changed."),
        (replace(ARTICLE, text=TEXT.replace("metres\nlong", "metres long").replace("Alpha came", "Alpha, late, came")), "moved", "characters 41–69"),
        (replace(ARTICLE, text=TEXT.replace("400", "399")), "changed", "the nearest words there are “The ship is 399 metres long.”"),
        (replace(ARTICLE, text="Nothing of the kind."), "changed", "nothing there is like it"),
        (replace(ARTICLE, text=TEXT + " ", leftovers=((34, 62),)), "changed", "belongs to the saved page"),
        (replace(ARTICLE, source="Herald", published=""), "relabelled", "the source “Herald” instead of “Gazette”, the date “none” instead of “2021-03-24”"),
        (None, "gone", "[1] cannot be checked: the library has no article ship."),
    ],
)  # fmt: skip
def test_a_quote_is_judged_by_what_the_library_says_now(
    kind: str, article: Article | None, verdict: str, says: str
) -> None:
    (finding,) = check(kind, written(kind, [exported()]), article)
    assert finding.verdict == verdict
    assert says in finding.says
    assert sound([finding]) == (verdict in ("unchanged", "moved"))
    assert finding.says.endswith(".") and "\n" not in finding.says


def test_a_changed_library_is_noticed_on_disk(tmp_path: Path) -> None:
    """The command line's own library: one article edited above its quote, one in it, one removed."""
    folder, library = tmp_path / "articles", tmp_path / "library"
    folder.mkdir()
    names = ("oresund-bridge.md", "great-smog-london.md", "barcode-history.md")
    for name in names:
        shutil.copy(ARTICLES / name, folder / name)
    assert footnote("index", str(folder), "--library", str(library)).returncode == 0
    before = Library(library)
    exchanges = []
    for article in sorted(before.articles(), key=lambda one: names.index(f"{one.id}.md")):
        start, end = sentences(article.text)[6]
        exchanges.append(exported(article.text[start:end], article))
    before.close()
    moved, changed, gone = (folder / name for name in names)
    moved.write_text(moved.read_text().replace("\n---\n", "\n---\nA new first sentence.\n", 1))
    quote = exchanges[1].answer.citations[0].quote
    assert quote in changed.read_text()
    changed.write_text(changed.read_text().replace(quote, quote.replace(" the ", " no ", 1).replace(" a ", " no ", 1)))
    gone.unlink()
    assert footnote("index", str(folder), "--library", str(library)).returncode == 0
    after = Library(library)
    findings = verify_file(written("html", exchanges).encode(), after.article)
    after.close()
    assert verdicts(findings) == ["moved", "changed", "gone"]
    assert render(findings).endswith("3 quotes: 1 moved, 1 changed, 1 gone. Not every quote stands.")


def test_the_nearest_words_are_as_many_sentences_as_the_quote_has() -> None:
    text = "Rain fell all day. The harbour was shut on Monday. Ships waited outside. Nobody was hurt."
    assert nearest(text, "The harbour was shut on Tuesday.") == "The harbour was shut on Monday."
    assert (
        nearest(text, "The harbour was shut on Tuesday. Some ships waited outside.")
        == "The harbour was shut on Monday. Ships waited outside."
    )
    assert nearest(text, "Bananas are yellow.") == "" == nearest("", "Bananas are yellow.")


# -- edited files -----------------------------------------------------------------------------------------------------

EDITS: dict[str, Callable[[str], str]] = {
    "a figure in what is shown": lambda file: file.replace("400", "500", 1),
    "the quote in its note": lambda file: file.replace("“The ship is 400", "“The ship is 500") if "[^1]:" in file else file.replace("<mark>The ship is 400", "<mark>The ship is 500"),
    "the question": lambda file: file.replace("How long?", "How wide?", 1),
    "the date": lambda file: file.replace("2021-03-24", "2024-03-24", 1),
    "a sentence more": lambda file: file.replace("The ship is 400", "All is well. The ship is 400", 1),
    "something at the end": lambda file: file + "\n\n<p>One more thing.</p>\n",
    "a figure in the record alone": lambda file: file.replace('"confidence":0.871', '"confidence":0.999'),
    "the quote in the record alone": lambda file: file.replace('"quote":"The ship is 400', '"quote":"The ship is 500'),
    "everywhere at once": lambda file: file.replace("400", "500"),
    "something unknown in the record": lambda file: file.replace('"format":3', '"format":3,"more":1'),
    "an older format": lambda file: file.replace('"format":3', '"format":1'),
    "no seal that fits": lambda file: re.sub(r'"sha256":"[0-9a-f]{64}"', '"sha256":"0"', file),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_by_hand_is_found(kind: str, edit: Callable[[str], str]) -> None:
    file = written(kind, [exported()])
    edited = edit(file)
    assert edited != file
    findings = check(kind, edited)
    assert findings[0].verdict == "altered"
    assert not sound(findings)
    assert render(findings).endswith("The file was edited after it was exported.")


@pytest.mark.parametrize(
    "edit",
    [
        lambda file: file.replace("</style>", "mark::after { content: ' not' }</style>"),
        lambda file: file.replace('<li id="n1">', '<li id="n1" hidden>'),
        lambda file: file.replace("default-src 'none'", "default-src *"),
        lambda file: file.replace("</body>", "<script>alert(1)</script></body>"),
    ],
    ids=["style", "hidden", "policy", "script"],
)
def test_an_edit_that_changes_no_word_of_the_page_is_found(edit: Callable[[str], str]) -> None:
    file = written("html", [exported()])
    findings = check("html", edit(file))
    assert verdicts(findings) == ["altered", "unchanged"]
    assert "markup, style or record" in findings[0].says


def test_a_record_edited_alone_does_not_fit_its_seal() -> None:
    file = written("html", [exported()]).replace('"confidence":0.871', '"confidence":0.8712')
    assert check("html", file)[0].says == "The file's record does not fit its own SHA-256: it was edited."


def test_a_finding_shows_what_was_put_in_place_of_what() -> None:
    file = written("html", [exported()]).replace("How long?", "How wide?", 1)
    assert check("html", file)[0].says == "The file shows “How wide?” where its record has “How long?”: it was edited."


def note(whole: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = whole["asked"][0]["notes"][0]
    return found


def forge(whole: dict[str, Any], known: bool = True) -> None:
    """Another figure in sentence, quote and context, every hash fitting."""
    one = note(whole)
    for key in ("quote", "context"):
        one[key] = one[key].replace("400", "500")
    whole["asked"][0]["lines"][0]["text"] = "The ship is 500 metres long."
    one["quote_sha256"] = sha256(one["quote"])
    if not known:
        one["article_sha256"] = sha256("another text")


FORGERIES: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "another quote": (forge, "altered"),
    "another quote, as if the article had changed": (lambda whole: forge(whole, known=False), "changed"),
    "another quote without its hash": (lambda whole: note(whole).update(quote="The ship is 500 metres\nlong."), "altered"),
    "another sentence than its quote": (lambda whole: whole["asked"][0]["lines"][0].update(text="It is not long."), "altered"),
    "a sentence without a note": (lambda whole: whole["asked"][0]["lines"][0].update(notes=[]), "altered"),
    "another context": (lambda whole: note(whole).update(context=note(whole)["context"].replace("near", "far!")), "altered"),
    "another place": (lambda whole: note(whole).update(start=35, end=63), "altered"),
    "another source": (lambda whole: note(whole).update(source="The Times"), "relabelled"),
    "another article": (lambda whole: note(whole).update(article_id="\ud800"), "gone"),
    "a place before the text": (lambda whole: note(whole).update(start=-91, end=-63, context_start=-125, article_sha256=""), "moved"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("change", "verdict"), FORGERIES.values(), ids=FORGERIES.keys())
def test_a_file_that_fits_itself_is_still_held_against_the_library(
    kind: str, change: Callable[[dict[str, Any]], None], verdict: str
) -> None:
    findings = check(kind, resealed(written(kind, [exported()]), change))
    assert verdict in verdicts(findings)
    assert sound(findings) == (verdict == "moved")
    assert set(verdicts(findings)) <= set(VERDICTS)


def test_a_further_note_must_hold_the_words_that_answer() -> None:
    first = exported()
    other = replace(ARTICLE, id="other", text="Its length is 400 metres.")
    cited = replace(exported("Its length is 400 metres.", other).answer.citations[0], number=2)
    (sentence,) = first.answer.sentences
    both = replace(sentence, citations=(*sentence.citations, cited))
    exchange = replace(
        first, answer=replace(first.answer, sentences=(both,)), articles={"ship": ARTICLE, "other": other}
    )
    file = written("html", [exchange])
    assert verdicts(verify_file(file.encode(), of(ARTICLE, other))) == ["unchanged", "unchanged"]

    def swapped(whole: dict[str, Any]) -> None:
        whole["asked"][0]["lines"][0]["marks"] = [[4, 8]]

    assert verdicts(verify_file(resealed(file, swapped).encode(), of(ARTICLE, other))) == [
        "altered",
        "unchanged",
        "unchanged",
    ]


def test_a_reworded_sentence_is_called_so() -> None:
    first = exported()
    (sentence,) = first.answer.sentences
    own = replace(sentence, text="Its length is 400 metres.", support=Support("supported"), marks=())
    exchange = replace(first, answer=replace(first.answer, sentences=(own,), writer="some-model"))
    for kind in KINDS:
        file = written(kind, [exchange])
        assert "Written by the language model some-model;" in file
        assert "in other words than its source" in file
        findings = check(kind, file)
        assert verdicts(findings) == ["reworded", "unchanged"] and sound(findings)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "holds no Footnote record"),
        (b"\x89PNG\r\n\x1a\n\xff\xff", "is no text"),
        (b"<!doctype html><p>Hello</p>", "holds no Footnote record"),
        (b"<!-- footnote-evidence {} -->", "damaged"),
        (b"<!-- footnote-evidence [1, 2] -->", "damaged"),
        (b"<!-- footnote-evidence nothing -->", "damaged"),
        (b"<!-- footnote-evidence " + b"[" * 100_000 + b" -->", "damaged"),
        (b'<!-- footnote-evidence {"format":' + b"9" * 5000 + b"} -->", "damaged"),
        (b'<!-- footnote-evidence {"format":4} -->', "has format 4, this Footnote reads 1 to 3"),
    ],
)  # fmt: skip
def test_a_foreign_or_broken_file_gets_one_plain_sentence(data: bytes, says: str) -> None:
    with pytest.raises(FootnoteError, match=says) as caught:
        verify_file(data, of())
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole.pop("title"),
        lambda whole: whole.update(asked=3),
        lambda whole: whole.update(settings={"a": "b"}),
        lambda whole: note(whole).update(start="34"),
        lambda whole: note(whole).update(start=True),
        lambda whole: note(whole).pop("quote"),
        lambda whole: whole["asked"][0].update(confidence=float("nan")),
        lambda whole: whole["asked"][0].update(confidence=7.5),
        lambda whole: whole["asked"][0]["lines"][0].update(notes=[2]),
        lambda whole: whole["asked"][0]["lines"][0].update(marks=[[1]]),
        lambda whole: whole["asked"][0]["lines"][0].update(instead_of=None),
        lambda whole: whole["asked"][0].pop("unsupported"),
        lambda whole: whole["asked"][0].update(unsupported=[{"text": "a"}]),
        lambda whole: whole.update(format=True),
    ],
)
def test_a_record_of_another_shape_is_called_damaged(kind: str, change: Callable[[dict[str, Any]], None]) -> None:
    file = written(kind, [exported()])
    opening, closing = export.RECORD[kind]
    head, _, rest = file.partition(opening)
    whole = json.loads(rest.partition(closing)[0])
    change(whole)
    with pytest.raises(FootnoteError, match="damaged"):
        check(kind, f"{head}{opening}{json.dumps(whole)}{closing}")


def test_a_file_cut_off_anywhere_is_never_called_sound() -> None:
    for kind in KINDS:
        file = written(kind, [exported()]).strip()
        for length in range(0, len(file) - 1, 97):
            try:
                assert not sound(check(kind, file[:length]))
            except FootnoteError:
                continue


# -- foreign text -----------------------------------------------------------------------------------------------------

PAGE_TAGS = {
    "html", "head", "meta", "title", "link", "style", "body", "header", "main", "footer", "section", "p", "h1", "h2",
    "dl", "div", "dt", "dd", "bdi", "b", "q", "a", "ol", "li", "blockquote", "mark", "code", "script", "details",
    "summary", "ul", "s", "span",
}  # fmt: skip
MORE = {
    "end of the record": '</script><script>alert(1)</script>--> <!-- footnote-evidence {"format":1} -->',
    "end of the style": "</style><style>*{display:none}</style>",
    "footnote": "[^1]: Not me [^2] <https://evil.example> www.evil.example http://evil.example/x.png mail@evil.example",
    "block signs": "# a\n- b\n1. c\n> d\n| e | f |\n---\n===\n    g",
    "list": "- not a list", "number": "12. not a list", "rule": "---", "heading": "===", "plus": "+ x",
    "controls": "a\x00b\x1b[31mc\ud800d\u202ee\u2028f", "formula": "=cmd()|' /C calc'!A0", "entities": "&lt;b&gt; &#60;i&#62; &copy;",
    "emphasis": "*a* _b_ ~~c~~ `d` $e$ ==f== %%g%% :tada: @someone \\( h \\)",
}  # fmt: skip


def hostile(attack: str) -> list[Exported]:
    """The same text at every place that a stranger can fill, and an answer and a refusal of it."""
    article = Article(attack, f"Before. {attack} After.", attack, attack, attack, attack, attack)
    out = (Sentence(attack, (), Support("unsupported", attack)),)
    one = exported(article.text, article, standalone=f"{attack}!", notice=attack, writer=attack, left_out=out)
    own = replace(one.answer.sentences[0], instead_of=attack)
    one = replace(one, answer=replace(one.answer, sentences=(own,)))
    refused = Answer(attack, attack, refused=True, notice=attack)
    return [replace(one, question=attack, asked=attack), Exported(attack, attack, refused, {})]


def seen(text: str) -> str:
    """As it is shown: controls replaced, direction overrides dropped, white space folded."""
    return " ".join(
        re.sub(
            "[\u202a-\u202e\u2066-\u2069]", "", re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text)
        ).split()
    )


ALL = {**ATTACKS, **MORE}


@pytest.mark.parametrize("attack", ALL.values(), ids=ALL.keys())
def test_foreign_text_stays_text_in_the_page(attack: str) -> None:
    page = html(hostile(attack), title=attack, library=attack, settings={attack: attack})
    reader = Reader(page)
    assert set(reader.tags) <= PAGE_TAGS
    assert reader.tags.count("script") == 1 and reader.tags.count("style") == 1 and reader.tags.count("meta") == 4
    for key, value in reader.attributes:
        assert not re.fullmatch(r"on\w+|style|src|srcset|srcdoc|action|formaction|poster|background", key)
        assert key != "href" or value in ("data:,", "#n1")
        assert key != "id" or value in ("n1", "footnote-evidence")
    shown = " ".join(reader.text.split())
    assert shown.count(seen(attack)) >= 15
    page.encode()


@pytest.mark.parametrize("attack", ALL.values(), ids=ALL.keys())
def test_foreign_text_stays_text_in_markdown(attack: str) -> None:
    text = markdown(hostile(attack), title=attack, library=attack, settings={attack: attack})
    text.encode()
    assert text.count("<!--") == text.count("-->") == 1
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text.partition("<!--")[0])
    reader = Reader(shown)
    assert set(reader.tags) <= {"h1", "h2", "p", "ul", "li", "hr", "strong"}
    assert (reader.tags.count("h1"), reader.tags.count("h2"), reader.tags.count("hr")) == (1, 2, 1)
    assert reader.tags.count("li") == 4 and reader.tags.count("strong") == 1
    assert " ".join(reader.text.split()).count(seen(attack)) >= 15


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("attack", ALL.values(), ids=ALL.keys())
def test_a_hostile_article_can_be_exported_and_checked(kind: str, attack: str) -> None:
    exchanges = hostile(attack)
    file = written(kind, exchanges, attack)
    findings = verify_file(file.encode(), exchanges[0].articles.get)
    assert verdicts(findings) == (["unchanged"] if "\ud800" not in attack else ["gone"])
    assert "\x1b" not in render(findings)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "https://u:p@evil.example/", "//evil.example"]
)
def test_only_plain_addresses_become_links(url: str) -> None:
    exchange = exported(article=replace(ARTICLE, url=url))
    assert '<a href="#n1"' not in (file := written("html", [exchange])) and url not in lxml_html.document_fromstring(
        file
    ).xpath("//@href")
    assert f"<{url}>" not in written("markdown", [exchange])
    assert url in Reader(file).text


def test_a_lookalike_host_is_shown_as_it_is_looked_up() -> None:
    exchange = exported(article=replace(ARTICLE, url="https://еxample.org/a"))
    for kind in KINDS:
        assert "(xn--xample-2of.org)" in re.sub(r"<[^<>]+>", "", written(kind, [exchange]))
