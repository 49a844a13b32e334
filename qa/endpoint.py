"""Which language model is to be asked: from the environment, or from the settings file.

Without either there is none, and Footnote quotes. A key of the settings file goes only to that file's own URL. Knows
nothing of how a model is asked.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from indexes.errors import FootnoteError

URL, MODEL, KEY, CONTEXT = "FOOTNOTE_MODEL_URL", "FOOTNOTE_MODEL", "FOOTNOTE_MODEL_KEY", "FOOTNOTE_MODEL_CONTEXT"
SETTINGS = "FOOTNOTE_SETTINGS"
FIELDS = {"url": str, "name": str, "key": str, "context": int}  # of the table [model], and their types
DEFAULT_CONTEXT = 4096  # tokens: what Ollama gives a model on a small machine unless told otherwise
LEAST_CONTEXT, MOST_CONTEXT = 512, 100_000_000  # below it not even one passage fits; above it is a slip of the finger
LONGEST_FILE = 1_000_000  # characters of a settings file
SEE = "docs/models.md shows how"


class SettingsError(FootnoteError):
    """What is set for the language model cannot be used as it is. Never holds the key."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model behind a URL. context: the tokens that its window has. where: "environment", or the settings file's
    path. The key stands in no text of this object. Raises SettingsError for what cannot be an endpoint."""

    url: str
    model: str
    key: str = field(default="", repr=False)
    context: int = DEFAULT_CONTEXT
    where: str = "environment"

    def __post_init__(self) -> None:
        problem = _url_problem(self.url) or _problem(self.model, self.key, self.context)
        if problem:
            raise SettingsError(f"{problem} (from {_from(self.where)}; {SEE}).")
        object.__setattr__(self, "url", self.url.rstrip("/"))


def configured(environ: Mapping[str, str] = os.environ) -> Endpoint | None:
    """The endpoint that is set, None where none is. Raises SettingsError for half of one, or a file that is broken."""
    given = {name: environ.get(name, "").strip() for name in (URL, MODEL, KEY, CONTEXT)}
    path = _settings_path(environ)
    table = {} if given[URL] or given[MODEL] else _table(path, asked=bool(environ.get(SETTINGS)))
    where = str(path) if table else "environment"
    url, model = (table.get("url", ""), table.get("name", "")) if table else (given[URL], given[MODEL])
    key, context = given[KEY] or table.get("key", ""), given[CONTEXT] or table.get("context", DEFAULT_CONTEXT)
    if not table and not any(given.values()):
        return None
    names = ("url", "name") if table else (URL, MODEL)
    lacking = [name for name, value in zip(names, (url, model), strict=True) if not value]
    if lacking:
        missing = " and ".join(lacking)
        raise SettingsError(f"The language model is half set up: {missing} is missing from {_from(where)}; {SEE}.")
    return Endpoint(url, model, key, _tokens(context, where), where)


def _settings_path(environ: Mapping[str, str]) -> Path:
    if environ.get(SETTINGS):
        return Path(environ[SETTINGS]).expanduser()
    home = Path(environ["HOME"]) if environ.get("HOME") else Path("~").expanduser()
    folder = Path(environ.get("XDG_CONFIG_HOME", ""))
    return (folder if folder.is_absolute() else home / ".config") / "footnote" / "settings.toml"


def _table(path: Path, asked: bool) -> dict[str, Any]:
    """The file's table [model]; {} where there is none. asked: the file is named, so it must be there."""
    try:
        with path.open(encoding="utf-8") as file:
            found = tomllib.loads(file.read(LONGEST_FILE)).get("model", {})
    except (FileNotFoundError, NotADirectoryError):
        if asked:
            raise SettingsError(f"The settings file {path} is not there; correct {SETTINGS} or unset it.") from None
        return {}
    except OSError as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:  # the message itself may quote the key
        line = re.search(r"at line \d+", str(error))
        at = f" {line[0]}" if line else ""
        raise SettingsError(f"The settings file {path} is not valid TOML{at}; {SEE}.") from None
    if not isinstance(found, dict):
        raise SettingsError(f"In {path}, model is not a table; write [model] on a line of its own ({SEE}).")
    for name, value in found.items():
        if name not in FIELDS:
            raise SettingsError(f"In {path}, [model] has an unknown {name!r}; it takes {', '.join(FIELDS)}.")
        if type(value) is not FIELDS[name]:
            kind = "a whole number" if FIELDS[name] is int else "a text in quotes"
            raise SettingsError(f"In {path}, {name} of [model] must be {kind}.")
    return {name: value.strip() if isinstance(value, str) else value for name, value in found.items()}


def _tokens(context: str | int, where: str) -> int:
    try:
        return int(context)
    except ValueError:
        raise SettingsError(f"{CONTEXT} must be a whole number of tokens, such as {DEFAULT_CONTEXT}.") from None


def _url_problem(url: str) -> str:
    """What is wrong with it, in half a sentence that shows none of it: there may be a key in it."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return "The model's URL cannot be read"
    if not sound or not url.isascii() or not url.isprintable() or " " in url:
        return "The model's URL must look like http://localhost:11434/v1"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "The model's URL must hold no user, password, ? or #; a key is set beside it"
    return ""


def _problem(model: str, key: str, context: int) -> str:
    if not model.strip() or not model.isprintable():
        return "The model's name must be one line of text"
    if key and not (key.isascii() and key.isprintable() and " " not in key):
        return "The model's key holds a space, a line end or a letter that no key has"
    if not LEAST_CONTEXT <= context <= MOST_CONTEXT:
        return f"The model's context must be a number of tokens from {LEAST_CONTEXT} on"
    return ""


def _from(where: str) -> str:
    return "the environment" if where == "environment" else where
