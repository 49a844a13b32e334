"""A progress bar for long work, on standard error. Knows nothing of what is being done but its stages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from tqdm import tqdm

    from indexes.build import Progress

STAGES = {"read": ("reading", "file"), "fetch": ("fetching", "page"), "encode": ("encoding", "char"),
          "fill": ("filling Chroma", "passage"), "ask": ("asking", "question")}  # fmt: skip


class ProgressBar:
    """A progress bar on standard error with rate and time left; nothing where standard error is no terminal."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet or not sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None
        self._stage = ""

    def __enter__(self) -> ProgressBar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def __call__(self, progress: Progress) -> None:
        """Show how far it is."""
        if self._quiet or not progress.total:
            return
        if progress.stage != self._stage:
            self.__exit__()
            from tqdm import tqdm

            name, unit = STAGES[progress.stage]
            self._bar = tqdm(desc=name, unit=unit, unit_scale=True, file=sys.stderr, dynamic_ncols=True)
            self._stage = progress.stage
        if self._bar is not None:
            self._bar.total = progress.total
            self._bar.update(progress.done - self._bar.n)
