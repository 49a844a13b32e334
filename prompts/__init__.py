"""Templates with named slots, one to a file; the refusal sentence is written here once for prompts, code and tests."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from string import Template


@cache
def read(name: str) -> str:
    """The text of `prompts/NAME.txt`, without its last line end."""
    return files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def fill(name: str, **values: str) -> str:
    """The template with its slots filled. Raises ValueError for a slot without a value and a value without a slot."""
    template = Template(read(name))
    slots = set(template.get_identifiers())
    if slots != values.keys():
        raise ValueError(f"prompts/{name}.txt has the slots {sorted(slots)}, the values are for {sorted(values)}")
    return template.substitute(values)
