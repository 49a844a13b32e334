"""Markdown with front matter to plain text: the words of each paragraph in their order, without the marks around them.

Headings stand on lines of their own, list items begin with "- " or their number, links keep their words. Knows nothing
of files.
"""

from __future__ import annotations

import re
from typing import Any

from indexes.text import plain

FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
LONGEST_FRONT = 20_000  # characters of front matter that are read
KEYS = {
    "title": "title", "author": "author", "authors": "author", "byline": "author", "published": "published",
    "date": "published", "source": "source", "publication": "source", "site": "source", "url": "url", "link": "url",
}  # fmt: skip


def read_markdown(text: str) -> tuple[str, dict[str, str]]:
    """(plain text, metadata). The first level-one heading is the title where the front matter has none."""
    text = text.replace("\r\n", "\n").replace("\0", "�")
    metadata: dict[str, str] = {}
    if match := FRONT.match(text):
        metadata, text = _front_matter(match[1]), text[match.end() :]
    blocks, heading = _blocks(text)
    if not metadata.get("title") and heading:
        metadata["title"] = heading
    if blocks and blocks[0] == metadata.get("title"):
        blocks = blocks[1:]  # the title stands above the text already
    return "\n\n".join(blocks), metadata


def _front_matter(text: str) -> dict[str, str]:
    """What YAML gives for the keys we know; nothing where it is broken."""
    import yaml

    class Loader(yaml.SafeLoader):
        """Plain values only: dates stay as they are written, and no alias can blow a short text up into a long one."""

        def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
            if self.check_event(yaml.AliasEvent):
                raise yaml.YAMLError("aliases are not read")
            return super().compose_node(parent, index)

    Loader.yaml_implicit_resolvers = {}
    try:
        found = yaml.load(text[:LONGEST_FRONT], Loader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    named = {KEYS[str(key).lower()]: plain(value) for key, value in found.items() if str(key).lower() in KEYS}
    return {key: value for key, value in named.items() if value}


def _blocks(text: str) -> tuple[list[str], str]:
    """Blocks of plain text in order, and the first level-one heading."""
    from markdown_it import MarkdownIt

    blocks: list[str] = []
    heading, level = "", ""
    markers: list[tuple[str, int]] = []  # of the lists that are open: "-" or ".", and the next number
    row: list[str] | None = None  # the cells of the table row that is open
    waiting = ""  # the marker of an item whose text has not come yet
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            markers.append(("-" if token.type[0] == "b" else ".", int(token.attrs.get("start", 1) or 1)))
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            markers.pop()
        elif token.type == "list_item_open" and markers:
            kind, number = markers[-1]
            markers[-1] = (kind, number + 1)
            waiting = "- " if kind == "-" else f"{number}. "
        elif token.type == "heading_open":
            level = token.tag
        elif token.type in ("fence", "code_block"):
            blocks.append(token.content.strip("\n"))
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close":
            blocks.append(" | ".join(row or []))
            row = None
        elif token.type == "inline" and row is not None:
            row.append(_inline(token.children or []))
        elif token.type == "inline" and (words := _inline(token.children or [])):
            if level == "h1" and not heading:
                heading = words
            level = ""
            blocks.append(waiting + words)
            waiting = ""
    return [block for block in blocks if block.strip()], heading


def _inline(tokens: list[Any]) -> str:
    """The words of a paragraph: links and emphasis without their marks, pictures and HTML left out."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return re.sub(r"[ \t]+", " ", "".join(parts)).strip()
