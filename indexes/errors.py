"""Every error a person can meet, one plain sentence each: what is wrong, and what to do.

    FootnoteError                 exit code 1
      InputError                  something given to us cannot be used; the rest of the run goes on without it
        NoSuchPath, UnreadableInput, FetchError (indexes/fetch.py)
      LibraryError                exit code 4
        NoLibrary, LibraryLocked, LibraryMismatch, LibraryDamaged, LibraryUnwritable
      ModelError                  exit code 5: weights missing or altered
      QuestionError               exit code 2: an empty or endless question
      ServeError                  exit code 1: the port is taken
      SettingsError               exit code 1: a language model configured by half (qa/endpoint.py)
      WriterError                 exit code 1: a language model that does not answer as it should (qa/llm.py)
        ContextOverflow

The message is shown as it is, so it never holds article text that was not escaped by the caller.
"""

from __future__ import annotations


class FootnoteError(Exception):
    """Base of all of ours. `str(error)` is the sentence that is shown."""

    exit_code = 1


class InputError(FootnoteError):
    """One input cannot be used; `where` names it (path, or path and line), `reason` says why in half a sentence."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"{where}: {reason}")
        self.where = where
        self.reason = reason


class NoSuchPath(InputError):
    """The path given does not exist."""


class UnreadableInput(InputError):
    """The file is there but cannot be read as what it says it is."""


class LibraryError(FootnoteError):
    """The library cannot be used as it is."""

    exit_code = 4


class NoLibrary(LibraryError):
    """There is none yet at this place."""


class LibraryLocked(LibraryError):
    """Another process is writing to it."""


class LibraryMismatch(LibraryError):
    """It was made by another encoder, splitter or format."""


class LibraryDamaged(LibraryError):
    """SQLite or our own checks say it is broken."""


class LibraryUnwritable(LibraryError):
    """The folder cannot be written to, or the disk is full."""


class ModelError(FootnoteError):
    """A model's weights are missing or not the ones that were published."""

    exit_code = 5


class QuestionError(FootnoteError):
    """The question cannot be asked as it is."""

    exit_code = 2


class ServeError(FootnoteError):
    """The page cannot be served as asked."""
