from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

import pytest

from indexes.errors import InputError, NoSuchPath
from indexes.folders import find_files
from indexes.load import LARGEST, RawDocument, decode, paragraphs, read_file, read_stream
from indexes.parse import Parser, join_lines, without_running_lines
from tests.conftest import ARTICLES

BODY = "The lamp on the pier is blue. It was lit in 1931 and has burned ever since, through two wars and a flood."
PAGE = f"""<!doctype html><html><head><title>The lamp | Gazette</title>
<meta property="og:title" content="The lamp"><meta property="og:site_name" content="Gazette">
<meta name="author" content="Ana Ruiz"><meta property="article:published_time" content="2019-05-14T08:00:00Z"></head>
<body><nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><div class="cookie">We use cookies. Accept all</div>
<article><h1>The lamp</h1>{"".join(f"<p>{BODY} This is paragraph {number} of the story of the lamp.</p>" for number in range(5))}
</article><aside class="related"><h3>Related News</h3><a href="/x">Another lamp</a></aside>
<footer>Sign up for our newsletter</footer></body></html>"""


def one(path: Path) -> RawDocument:
    (found,) = read_file(path.parent, path)
    assert isinstance(found, RawDocument), found
    return found


def reason(path: Path) -> str:
    (found,) = read_file(path.parent, path)
    assert isinstance(found, InputError), found
    assert found.where.startswith(str(path))
    return found.reason


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def make_pdf(path: Path, pages: list[str], title: str = "") -> Path:
    import fpdf

    pdf = fpdf.FPDF()
    pdf.set_font("Helvetica", size=11)
    if title:
        pdf.set_title(title)
    for number, page in enumerate(pages, 1):
        pdf.add_page()
        pdf.multi_cell(0, 5, f"The Running Gazette\n{page}\nPage {number} of {len(pages)}")
    pdf.output(str(path))
    return path


# -- finding files --------------------------------------------------------------------------------------------------------


def test_folders_are_walked_in_order_and_litter_is_passed_over(tmp_path: Path) -> None:
    for name in ("b.md", "a.txt", "sub/c.html", ".hidden.txt", ".git/x.txt", "Thumbs.db"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name, "x")
    found = list(find_files([tmp_path]))
    assert [pair[1].name for pair in found if isinstance(pair, tuple)] == ["a.txt", "b.md", "c.html"]
    assert len(found) == 3


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", "x")
    assert len(list(find_files([file, tmp_path, file]))) == 1


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    (found,) = find_files([tmp_path / "nothing"])
    assert isinstance(found, NoSuchPath)
    assert "no such file or folder" in str(found)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.xlsx", "x")
    (found,) = find_files([tmp_path])
    assert isinstance(found, InputError)
    assert "cannot be read; text, Markdown, HTML, PDF, DOCX and JSONL can" in found.reason


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    secret = write(tmp_path / "secret.txt", "secret")
    (tmp_path / "in" / "link.txt").symlink_to(secret)
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "self.txt").symlink_to(tmp_path / "in" / "self.txt")
    found = [str(one) for one in find_files([tmp_path / "in", tmp_path / "in" / "self.txt"])]
    assert len(found) == 3
    assert "outside the folder" in found[0]
    assert "leads nowhere" in found[1] and "leads nowhere" in found[2]


def test_a_name_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    write(Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")), "x")
    (found,) = find_files([tmp_path])
    assert "not valid UTF-8; rename it" in str(found)
    str(found).encode()


def test_the_id_is_the_path_below_the_folder(tmp_path: Path) -> None:
    (tmp_path / "2021").mkdir()
    file = write(tmp_path / "2021" / "ship.v2.txt", BODY)
    (document,) = read_file(tmp_path, file)
    assert isinstance(document, RawDocument)
    assert (document.id, document.origin) == ("2021/ship.v2", str(file))


# -- text and Markdown ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_text_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    text = (
        "Der Bürgermeister über die Brücke: „schön“."
        if encoding in ("utf-8", "cp1252")
        else "Elan vital. " * 9 + "Naïveté."
    )
    assert one(write(tmp_path / "a.txt", text.encode(encoding))).text == text.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One.\r\n\r\n\r\nTwo.  \r\n", "One.\n\nTwo."),
        ("Head\nA paragraph on one line.\nAnother.", "Head\n\nA paragraph on one line.\n\nAnother."),
        (
            "This line was wrapped by hand at some seventy columns, as people\nused to do it in the days of the terminal, and goes on\nhere.",
            "This line was wrapped by hand at some seventy columns, as people used to do it in the days of the terminal, "
            "and goes on here.",
        ),
    ],
)
def test_paragraphs_are_parted_by_one_blank_line(text: str, expected: str) -> None:
    assert paragraphs(text) == expected


def test_markdown_loses_its_marks_and_keeps_its_words(tmp_path: Path) -> None:
    source = (
        "---\ntitle: The lamp\nauthor: [Ana Ruiz, Bo Li]\ndate: 2019-05-14\nsource: Gazette\nurl: https://example.com/a\n---\n"
        "# The lamp\n\nThe *lamp* on the [pier](http://x) is **blue**\nand `old`.\n\n![a picture](x.png)\n\n## Who lit it\n\n"
        "- A woman\n- A man\n\n1. First\n2. Second\n\n<script>alert(1)</script>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    document = one(write(tmp_path / "a.md", source))
    assert document.metadata == {
        "title": "The lamp", "author": "Ana Ruiz, Bo Li", "published": "2019-05-14", "source": "Gazette",
        "url": "https://example.com/a",
    }  # fmt: skip
    assert document.text.split("\n\n") == [
        "The lamp on the pier is blue and old.", "Who lit it", "- A woman", "- A man", "1. First", "2. Second", "a | b", "1 | 2",
    ]  # fmt: skip


@pytest.mark.parametrize("front", ["title: [broken", "- a\n- list", "title: {a: b}", "just words"])
def test_broken_front_matter_loses_the_metadata_and_not_the_article(tmp_path: Path, front: str) -> None:
    document = one(write(tmp_path / "a.md", f"---\n{front}\n---\n\n{BODY}"))
    assert document.text == BODY
    assert document.metadata == {}


def test_front_matter_keeps_what_it_can_and_cannot_be_blown_up(tmp_path: Path) -> None:
    dated = one(write(tmp_path / "a.md", f"---\ntitle: The lamp\npublished: 2021-02-31\nauthor: 7\n---\n{BODY}"))
    assert dated.metadata == {"title": "The lamp", "published": "2021-02-31", "author": "7"}
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert one(write(tmp_path / "b.md", f"---\n{bomb}\ntitle: *i\n---\n{BODY}")).metadata == {}


def test_the_first_heading_is_the_title_where_none_is_given(tmp_path: Path) -> None:
    document = one(write(tmp_path / "a.md", f"# The lamp\n\n{BODY}"))
    assert (document.metadata["title"], document.text) == ("The lamp", BODY)


# -- pages, PDF, DOCX -----------------------------------------------------------------------------------------------------


def test_a_saved_page_gives_its_article_and_nothing_of_its_frame(tmp_path: Path) -> None:
    for name in ("a.html", "a.htm", "a.txt"):
        document = one(write(tmp_path / name, PAGE))
        assert document.format == "html"
        assert document.text.count(BODY) == 5
        assert not any(word in document.text for word in ("Sport", "cookies", "Related", "newsletter"))
        assert document.metadata["title"] == "The lamp"
        assert document.metadata["author"] == "Ana Ruiz"
        assert document.metadata["published"].startswith("2019-05-14")
        assert document.metadata["source"] == "Gazette"


def test_a_page_that_lies_about_its_encoding_is_mended(tmp_path: Path) -> None:
    page = PAGE.replace("<head>", '<head><meta charset="utf-8">').replace("is blue", "is naïve")
    assert "The lamp on the pier is naïve" in one(write(tmp_path / "a.html", page.encode("latin-1"))).text
    assert "The lamp on the pier is naïve" in one(write(tmp_path / "b.html", page.encode("utf-16-le"))).text


def test_a_pdf_is_joined_to_paragraphs_without_its_running_lines(tmp_path: Path) -> None:
    pages = [
        f"On page {number} it says: {BODY} {BODY}\n\nThe second paragraph of {number} goes on." for number in "ABC"
    ]
    document = one(make_pdf(tmp_path / "a.pdf", pages, "The lamp"))
    assert document.metadata["title"] == "The lamp"
    assert document.text.count(BODY) == 6
    assert document.text.count("\n\nThe second paragraph of") == 3
    assert "Running Gazette" not in document.text
    assert "Page 2" not in document.text


def test_words_broken_at_the_line_are_mended() -> None:
    assert list(join_lines([["The light-", "house is a build-", "ing of North-", "West stone."]])) == [
        "The lighthouse is a building of North- West stone."
    ]


def test_a_single_page_keeps_its_first_and_last_line() -> None:
    assert without_running_lines([["Head", "Body", "Tail", "3"]]) == [["Head", "Body", "Tail"]]


def test_a_docx_gives_headings_items_and_tables(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    document.core_properties.title = "The lamp"
    document.core_properties.author = "Ana Ruiz"
    document.add_heading("Who lit it", 1)
    document.add_paragraph(BODY)
    document.add_paragraph("A woman", style="List Bullet")
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "year", "1931"
    document.save(str(tmp_path / "a.docx"))
    found = one(tmp_path / "a.docx")
    assert found.text.split("\n\n") == ["Who lit it", BODY, "- A woman", "year | 1931"]
    assert (found.metadata["title"], found.metadata["author"]) == ("The lamp", "Ana Ruiz")


# -- JSONL and standard input ---------------------------------------------------------------------------------------------


def test_records_keep_their_text_to_the_letter(tmp_path: Path) -> None:
    record = {
        "id": "n:1",
        "title": " T ",
        "text": " As\r\n it is.\n\n",
        "url": "u",
        "published": "2021-03-24",
        "source": "S",
        "author": ["A", "B"],
    }
    (document,) = read_file(tmp_path, write(tmp_path / "a.jsonl", json.dumps(record)))
    assert isinstance(document, RawDocument)
    assert (document.id, document.text) == ("n:1", record["text"])
    assert document.metadata == {"title": "T", "author": "A, B", "published": "2021-03-24", "source": "S", "url": "u"}


def test_what_cannot_be_stored_is_replaced_one_for_one(tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", '{"id": 7, "text": "a\\u0000b\\ud800c😀"}')
    (document,) = read_file(tmp_path, file)
    assert isinstance(document, RawDocument)
    assert (document.id, document.text) == ("7", "a�b�c😀")


def test_broken_lines_are_named_and_the_others_are_read(tmp_path: Path) -> None:
    lines = [
        '{"id": "a", "text": "x"}', "{broken", "[1]", '{"text": "x"}', '{"id": "b"}', '{"id": "a", "text": "y"}', "",
        '{"id": true, "text": "x"}', "[" * 100_000, '{"id": "c", "text": "z"}',
    ]  # fmt: skip
    file = write(tmp_path / "a.jsonl", "\n".join(lines))
    found = list(read_file(tmp_path, file))
    assert [one.id for one in found if isinstance(one, RawDocument)] == ["a", "c"]
    assert [one.where.rpartition(":")[2] for one in found if isinstance(one, InputError)] == list("2345689")


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b'{"id": "a", "text": "x"}\n', "jsonl"), (PAGE.encode(), "html"), (BODY.encode(), "txt"), (b"{not json}", "txt")],
)
def test_standard_input_is_read_as_what_it_looks_like(data: bytes, kind: str) -> None:
    (document,) = read_stream(io.BytesIO(data))
    assert isinstance(document, RawDocument)
    assert (document.format, document.origin) == (kind, "-")


def test_an_empty_standard_input_is_named() -> None:
    (found,) = read_stream(io.BytesIO(b" \n"))
    assert isinstance(found, InputError)
    assert found.where == "standard input"


# -- bad input ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "it is empty"),
        ("blank.md", b" \n\t\n", "it is empty"),
        ("only-front.md", b"---\ntitle: x\n---\n", "it is empty"),
        ("binary.txt", bytes(range(256)) * 40, "not text"),
        ("nul.txt", b"text \x00\x01\x02\x03\x04\x05 text" * 50, "not text"),
        ("picture.html", b"\xff\xd8\xff\xe0" + b"\0" * 100, "is a picture"),
        ("paper.txt", b"%PDF-1.7 ...", "is a PDF"),
        ("page.pdf", PAGE.encode(), "named .pdf but is none"),
        ("rich.txt", b"{\\rtf1 text}", "an RTF file; save it as DOCX or text"),
        ("old.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 50, "an old Office file"),
        ("broken.docx", b"PK\x03\x04" + b"\0" * 500, "it is damaged"),
        ("cut.pdf", b"%PDF-1.7\n1 0 obj\n<<", "cut off before its end"),
        ("garbage.pdf", b"%PDF-1.7\n" + b"garbage " * 100 + b"\n%%EOF", "it is damaged"),
        ("menu.html", b"<!doctype html><html><body><nav><a href=/>Home</a></nav></body></html>", "only its menus"),
    ],
)
def test_a_file_that_cannot_be_used_says_why_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    found = reason(write(tmp_path / name, content))
    assert says in found
    assert "\n" not in found and "Traceback" not in found


def test_a_truncated_pdf_is_called_cut_off(tmp_path: Path) -> None:
    whole = make_pdf(tmp_path / "a.pdf", [BODY]).read_bytes()
    assert "cut off before its end" in reason(write(tmp_path / "cut.pdf", whole[: len(whole) // 2]))


def test_a_locked_pdf_asks_for_a_copy_and_one_without_password_opens(tmp_path: Path) -> None:
    import pypdf

    make_pdf(tmp_path / "a.pdf", [BODY])
    for name, password in (("locked", "secret"), ("open", "")):
        writer = pypdf.PdfWriter(clone_from=tmp_path / "a.pdf")
        writer.encrypt(password, owner_password="owner", algorithm="AES-256")
        writer.write(tmp_path / f"{name}.pdf")
    assert "locked with a password" in reason(tmp_path / "locked.pdf")
    assert "The lamp on the pier" in one(tmp_path / "open.pdf").text


def test_a_pdf_of_pictures_asks_for_text_recognition(tmp_path: Path) -> None:
    import fpdf

    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50)
    pdf.output(str(tmp_path / "a.pdf"))
    assert "run text recognition (OCR)" in reason(tmp_path / "a.pdf")


def test_a_file_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.txt").open("wb") as file:
        file.truncate(LARGEST + 1)
    assert "larger than 50 MB" in reason(tmp_path / "a.txt")


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.txt")
    for paths in ([tmp_path], [tmp_path / "a.txt"]):
        (found,) = find_files(paths)
        assert "a pipe or a device" in str(found)
    assert "a pipe or a device" in reason(tmp_path / "a.txt")


def test_a_file_that_vanishes_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in reason(tmp_path / "gone.txt")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", "x").chmod(0)
    assert "check its permissions" in reason(tmp_path / "a.txt")


# -- the child process ----------------------------------------------------------------------------------------------------


def test_a_page_that_takes_too_long_is_given_up_and_the_next_is_read() -> None:
    parser = Parser(seconds=1.5)
    hostile = "<html><body><p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x</p></body></html>"
    assert isinstance(parser.parse("html", PAGE.encode()), tuple)  # the child is up and warm
    started = time.monotonic()
    assert "took longer than" in str(parser.parse("html", hostile.encode()))
    assert time.monotonic() - started < 5
    parser._seconds = 20
    assert isinstance(parser.parse("html", PAGE.encode()), tuple)
    parser.close()


def test_a_child_that_dies_is_replaced() -> None:
    parser = Parser()
    parser.parse("html", PAGE.encode())
    assert parser._child is not None
    parser._child.kill()
    parser._child.wait()
    assert isinstance(parser.parse("html", PAGE.encode()), str)  # this file is skipped
    assert isinstance(parser.parse("html", PAGE.encode()), tuple)  # the next is not
    parser.close()


def test_a_page_that_eats_memory_is_given_up() -> None:
    import zlib

    bomb = zlib.compress(b"\0" * 2_000_000_000, 9)
    body = (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
        b"4 0 obj<</Filter/FlateDecode/Length %d>>stream\n%b\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF"
        % (len(bomb), bomb)
    )
    parser = Parser()
    assert isinstance(parser.parse("pdf", body), str)
    assert isinstance(parser.parse("html", PAGE.encode()), tuple)
    parser.close()


def test_what_is_no_text_is_none() -> None:
    assert decode(b"plain") == "plain"
    assert decode(b"\x00\x01\x02" * 50) is None


def test_every_sample_article_is_read_with_its_metadata() -> None:
    from indexes.clean import clean

    files = [found for found in find_files([ARTICLES]) if isinstance(found, tuple)]
    assert len(files) >= 20
    for root, file in files:
        (document,) = read_file(root, file)
        assert isinstance(document, RawDocument), document
        article = clean(document)
        assert article.title and article.author and article.published
        assert article.source or file.suffix == ".pdf"
        kept = "".join(
            char for at, char in enumerate(article.text) if not any(s <= at < e for s, e in article.leftovers)
        )
        for word in ("newsletter", "cookie", "Share this", "Related News"):
            assert word not in kept, (file.name, word)
