"""Times that a question asks about, and sentences that speak of them."""

from __future__ import annotations

import pytest

from qa.times import asked_about, periods, share_told

Y = 12


def years(first: int, last: int) -> tuple[int, int]:
    return first * Y, last * Y + 11


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It opened in 1994.", [years(1994, 1994)]),
        ("- 1966-1976 : Guntram Palm", [years(1966, 1976)]),
        ("the 2010–18 seasons", [years(2010, 2018)]),
        ("from 1998 to 2000", [years(1998, 2000)]),
        ("between 1998 and 2000", [years(1998, 2000)]),
        ("in 1998 and 2000", [years(1998, 1998), years(2000, 2000)]),
        ("in 1998 and 20 others", [years(1998, 1998)]),
        ("(July 2003 – December 2007)", [(2003 * Y + 6, 2007 * Y + 11)]),
        ("on 6 July 2019, and on May 12, 2020", [(2019 * Y + 6,) * 2, (2020 * Y + 4,) * 2]),
        ("in the 1990s", [years(1990, 1999)]),
        ("since 2001", [(2001 * Y, 12 * 3000)]),
        ("Since 2001 he has been mayor", [(2001 * Y, 12 * 3000)]),
        ("on 2001-12-24", [years(2001, 2001)]),
        ("1200 passengers and a hull of 1500 tonnes", []),
        ("2015–present", [(2015 * Y, 12 * 3000)]),
        ("from 2015 onwards", [(2015 * Y, 12 * 3000)]),
        ("2019-2012", [years(2019, 2019)]),
        ("$1999, 1,950 people and 2000.5 metres", []),
        ("nothing here", []),
    ],
)
def test_dates_and_periods_are_read_from_a_text(text: str, found: list[tuple[int, int]]) -> None:
    assert list(periods(text)) == found


def test_a_question_asks_about_the_time_from_its_first_date_to_its_last() -> None:
    assert asked_about("Who led it in 2001 and 2003?") == years(2001, 2003)
    assert asked_about("Who leads it?") is None


@pytest.mark.parametrize(
    ("asked", "text", "share"),
    [
        ("Who was mayor in 1970?", "1966–1976: Guntram Palm", 1.0),
        ("Who was mayor in 1980?", "1966–1976: Guntram Palm", 0.0),
        ("Who was mayor from 2010 to 2013?", "From 2012 to 2018 it was Ana Ruiz.", 0.5),
        ("What did he coach from 2006 to 2009?", "He joined Whitby in June 2006.", 1.0),
        ("What did he coach from 2006 to 2009?", "He left Whitby in 2009.", 0.25),
        ("What happened in May 2003?", "In 2003 a minister resigned.", 1.0),
        ("Who was mayor?", "1966–1976: Guntram Palm", 0.0),
        ("Who was mayor in 1970?", "Guntram Palm was.", 0.0),
    ],
)
def test_a_sentence_tells_a_share_of_the_time_asked_about(asked: str, text: str, share: float) -> None:
    assert share_told(asked_about(asked), text) == pytest.approx(share)
