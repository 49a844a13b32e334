from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from indexes import keep
from indexes.errors import LibraryUnwritable
from indexes.fetch import Page
from indexes.gather import Known

URL = "https://gazette.example/tugs?page=2"
PAGE = Page(
    URL, "https://www.gazette.example/tugs?page=2", b"<p>Tugs\n\x00\xff</p>\n", "text/html", "cp1252",
    "2021-03-30T08:00:00+00:00", '"a"', "Tue, 30 Mar 2021 08:00:00 GMT",
)  # fmt: skip


def file_of(folder: Path) -> Path:
    (path,) = (folder / "pages").iterdir()
    return path


def test_a_page_comes_back_to_the_byte_with_all_that_was_told_of_it(tmp_path: Path) -> None:
    keep.save(tmp_path, PAGE)
    assert keep.read(tmp_path, URL) == PAGE
    assert keep.head(tmp_path, URL) == replace(PAGE, data=b"")
    assert gzip.decompress(file_of(tmp_path).read_bytes()).endswith(PAGE.data)


def test_a_page_takes_the_place_of_what_was_kept_of_its_address(tmp_path: Path) -> None:
    keep.save(tmp_path, PAGE)
    newer = replace(PAGE, data=b"newer", etag='"b"')
    keep.save(tmp_path, newer)
    assert keep.read(tmp_path, URL) == newer
    assert len(list((tmp_path / "pages").iterdir())) == 1


def test_an_address_of_any_length_and_any_characters_has_its_page(tmp_path: Path) -> None:
    for url in ("https://x.example/" + "a/" * 1900, "https://x.example/../../etc/passwd", "https://x.example/\ud800ü"):
        keep.save(tmp_path, replace(PAGE, url=url))
        assert keep.read(tmp_path, url) == replace(PAGE, url=url)
    assert {path.parent for path in tmp_path.rglob("*.gz")} == {tmp_path / "pages"}


def test_what_was_never_kept_is_none(tmp_path: Path) -> None:
    assert keep.read(tmp_path, URL) is None
    assert keep.head(tmp_path, URL) is None
    assert dict(keep.known(tmp_path)) == {}
    keep.drop(tmp_path, [URL])


def test_what_is_known_is_read_by_address_and_may_be_held_back(tmp_path: Path) -> None:
    other = replace(PAGE, url="https://gazette.example/other", final_url="https://gazette.example/other", etag="")
    keep.save(tmp_path, PAGE)
    keep.save(tmp_path, other)
    assert dict(keep.known(tmp_path)) == {
        URL: Known('"a"', PAGE.last_modified),
        other.url: Known("", other.last_modified),
    }
    found = keep.known(tmp_path, lambda page: page.final_url == other.url)
    assert list(found) == [other.url] and len(found) == 1
    assert found.get(URL, Known()) == Known()


def test_a_file_that_is_damaged_counts_as_not_kept(tmp_path: Path) -> None:
    keep.save(tmp_path, replace(PAGE, data=b"tugs" * 10_000))
    path = file_of(tmp_path)
    whole = path.read_bytes()
    for damaged in (
        b"", whole[:10], whole[:-20], b"not gzip", gzip.compress(b"[1]\n"), gzip.compress(b"{}\nx"),
        gzip.compress(b'{"url": "https://elsewhere.example/"}\n'), whole[:40] + b"\0\0\0\0" + whole[44:],
    ):  # fmt: skip
        path.write_bytes(damaged)
        assert keep.read(tmp_path, URL) is None, damaged[:40]


def test_a_page_that_is_half_written_is_not_there(tmp_path: Path) -> None:
    keep.save(tmp_path, PAGE)
    file_of(tmp_path).with_suffix(".new").write_bytes(b"half")  # what a kill in the middle leaves
    assert keep.read(tmp_path, URL) == PAGE
    assert list(keep.known(tmp_path)) == [URL]
    keep.save(tmp_path, PAGE)
    assert [path.suffix for path in (tmp_path / "pages").iterdir()] == [".gz"]


def test_pages_are_dropped_by_where_they_came_from(tmp_path: Path) -> None:
    other = replace(PAGE, url="https://gazette.example/other", final_url="https://gazette.example/other")
    keep.save(tmp_path, PAGE)
    keep.save(tmp_path, other)
    keep.drop(tmp_path, {PAGE.final_url})
    assert keep.read(tmp_path, URL) is None
    assert keep.read(tmp_path, other.url) == other


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("in the way")
    with pytest.raises(LibraryUnwritable, match="pages cannot be written to"):
        keep.save(tmp_path, PAGE)
