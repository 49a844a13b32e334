from __future__ import annotations

import pytest

from indexes.clean import clean, edge_lines, iso_date, mark_repeated, safe_url
from indexes.load import RawDocument
from indexes.types import Article

BODY = [
    "The lamp on the pier is blue, and has been since the harbour master painted it after the storm.",
    "Nobody remembers who lit it first. The oldest letter that speaks of it is dated 1931 and is not signed.",
    "It is fed with oil from the mainland, which comes twice a year by boat and is carried up in cans.",
    "The keeper, who is 81, climbs the stairs each evening. She says that she will go on while her knees allow it.",
    "Two ships ran aground the only night it was dark, and both crews were taken off by the fishermen.",
]


def article_of(*lines: str, kind: str = "txt", **metadata: str) -> Article:
    return clean(RawDocument("a", "\n\n".join(lines), kind, "/a.txt", metadata))


def leftovers(article: Article) -> list[str]:
    """The leftover lines."""
    return [line for start, end in article.leftovers for line in article.text[start:end].split("\n") if line]


def test_the_lines_of_a_saved_page_are_marked_and_the_body_is_not() -> None:
    top = ["Karim Example / AP", "The lamp that never goes out", "Keeper says that she will stay"]
    tail = [
        "The Gazette and wire services", "Related News", "Lamps, Harbours", "Find Harbour TV on your TV", "Get email updates from Harbour TV",
        "Sign up for our weekly newsletter", "", "Lamps, Harbours", "Get email updates from Harbour TV", "Sign up for our weekly newsletter",
    ]  # fmt: skip
    article = article_of(*top, *BODY, *tail)
    assert leftovers(article) == [top[0], *(line for line in tail if line)]
    assert article.title == "The lamp that never goes out"
    assert article.credit == "Karim Example / AP"
    assert article.source == "Harbour TV"


FURNITURE = [
    "Photo: Jane Doe/Reuters",
    "Jane Doe / Getty Images",
    "(AP Photo/Jane Doe)",
    "Image credit: NASA",
    "Related News",
    "Related stories",
    "More stories",
    "Sign up for our weekly newsletter",
    "Get email updates from the Gazette",
    "Subscribe to our daily briefing",
    "Share this article",
    "Share on Facebook",
    "Advertisement",
    "Story continues below",
]


@pytest.mark.parametrize("line", FURNITURE)
@pytest.mark.parametrize("place", [0, 3, len(BODY)])
def test_strong_patterns_are_leftovers_wherever_they_stand(line: str, place: int) -> None:
    article = article_of("The lamp that never goes out", *BODY[:place], line, *BODY[place:])
    assert leftovers(article) == [line]


AT_THE_END = [
    "Read more", "Follow us on Twitter", "Find Harbour TV on your TV", "Comments (27)", "© 2021 The Gazette",
    "Reuters", "— Reuters", "With reporting by the Associated Press", "Facebook Twitter WhatsApp", "All rights reserved", "Subscribe now",
    "Download our free app today", "5 min read", "The Gazette and news agencies",
]  # fmt: skip


@pytest.mark.parametrize("line", AT_THE_END)
def test_weak_patterns_are_leftovers_at_the_end(line: str) -> None:
    assert leftovers(article_of("The lamp that never goes out", *BODY, line)) == [line]


KEPT = [
    "Share prices fell.",
    "Read more books, he said.",
    "Subscribe to nothing that you cannot cancel.",
    "“Sign up!” she called.",
    "Related problems were found in two other lamps.",
    "Who lit it",
    "Home",
    "Search",
    "- Follow the stairs",
    "By the time the boat came, it was dark.",
    "Reuters reported the wreck on Monday.",
    "The photograph was taken by nobody she knew.",
    "He signed up for the navy.",
    "Comments were made about the colour.",
    "It is 4.30 p.m.",
    "Watch the lamp on a clear night.",
    "Copyright law is old.",
    "By any means",
]


@pytest.mark.parametrize("line", KEPT)
def test_the_body_loses_nothing(line: str) -> None:
    lines = ["The lamp that never goes out", *BODY, line, *BODY, *BODY[:4], *BODY]
    assert line not in leftovers(article_of(*lines))


def test_a_whole_article_of_short_sentences_stays() -> None:
    lines = ["A short story"] + [f"Line {number} is short." for number in range(30)]
    assert article_of(*lines).leftovers == ()


def test_links_below_related_news_are_leftovers() -> None:
    for heading in ("Related News", "Related stories", "Also read", "More on this story"):
        links = [heading, "Ghost nets found on a seamount", "Who owns the seabed?"]
        assert leftovers(article_of("Headline", *BODY, *links)) == links


def test_a_story_that_goes_on_after_a_related_line_is_kept() -> None:
    article = article_of("Headline", BODY[0], "Related News", *BODY[1:])
    assert leftovers(article) == ["Related News"]


def test_short_lines_that_stand_twice_are_leftovers_unless_they_are_sentences_or_items() -> None:
    article = article_of(
        "Headline", "Harbour and Sea", *BODY, "O lamp!", "- blue", "Harbour and Sea", "O lamp!", "- blue", BODY[0]
    )
    assert leftovers(article) == ["Harbour and Sea", "Harbour and Sea"]


def test_rows_and_questions_of_a_long_text_may_repeat() -> None:
    rows = [line for number in range(30) for line in (f"Question {number}", "Yes", "No answer", "a | b", "How many?")]
    assert leftovers(article_of("Headline", *rows, *BODY, *BODY)) == []


def test_a_byline_becomes_metadata_and_does_not_overrule_what_was_given() -> None:
    found = article_of("Headline", "By Ana Ruiz | 14 May 2019", *BODY)
    assert (found.author, found.published, leftovers(found)) == (
        "Ana Ruiz",
        "2019-05-14",
        ["By Ana Ruiz | 14 May 2019"],
    )
    given = article_of("Headline", "By Ana Ruiz, 14 May 2019", *BODY, author="The desk", published="2020-01-01")
    assert (given.author, given.published) == ("The desk", "2020-01-01")
    three = article_of("Headline", "By Ana Ruiz, Practice and Ward, 29 June 2011", *BODY)
    assert (three.author, three.source, three.published) == ("Ana Ruiz", "Practice and Ward", "2011-06-29")


def test_records_keep_offsets_of_the_given_text() -> None:
    text = "Photo: X/AP\r\n\r\n  The lamp is blue. \r\n\r\nSign up for our newsletter\r\n"
    article = clean(RawDocument("n", text, "jsonl", "/n.jsonl", {"title": "T"}))
    assert article.text == text
    assert [text[start:end] for start, end in article.leftovers] == ["Photo: X/AP", "Sign up for our newsletter"]


def test_spans_are_sorted_apart_and_inside_the_text() -> None:
    article = article_of("Jane Doe / AP", "Headline", *BODY, *AT_THE_END[:6])
    flat = [point for span in article.leftovers for point in span]
    assert flat == sorted(flat)
    assert all(0 <= start < end <= len(article.text) for start, end in article.leftovers)


def test_edge_lines_are_short_lines_near_the_ends() -> None:
    article = article_of("Headline", *BODY, *BODY, *BODY, "A motto of the house")
    lines = edge_lines(article)
    assert {"headline", "a motto of the house"} <= lines
    marked = mark_repeated(article, {"a motto of the house", "not there"})
    assert leftovers(marked) == ["A motto of the house"]
    assert mark_repeated(article, {"not there"}) is article


def test_a_repeated_line_in_the_middle_is_not_marked() -> None:
    article = article_of("Headline", *BODY, "A motto", *(f"{line} Again." for line in BODY * 4))
    assert mark_repeated(article, {"a motto"}).leftovers == ()


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2021-03-24", "2021-03-24"),
        ("2021-03-24T08:00:00Z", "2021-03-24T08:00:00Z"),
        ("2021-03-24 08:00", "2021-03-24T08:00"),
        ("24 March 2021", "2021-03-24"),
        ("March 24, 2021", "2021-03-24"),
        ("Sept. 3rd, 2019", "2019-09-03"),
        ("31 February 2021", ""),
        ("2021-02-31", ""),
        ("yesterday", ""),
        ("0000-00-00", ""),
        ("", ""),
    ],
)
def test_dates_become_iso_or_nothing(text: str, iso: str) -> None:
    assert iso_date(text) == iso


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.com/a?b=c#d", True),
        ("http://example.com", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("https://user:secret@example.com/", False),
        ("https://", False),
        ("https://[", False),
        ('https://example.com/"><script>', False),
        ("/relative", False),
    ],
)
def test_only_plain_web_addresses_are_kept(url: str, kept: bool) -> None:
    assert safe_url(url) == (url if kept else "")


def test_titles_are_one_line_and_not_endless() -> None:
    assert article_of(*BODY, title="A\n title  ").title == "A title"
    assert len(article_of(*BODY, title="x" * 10_000).title) == 300
