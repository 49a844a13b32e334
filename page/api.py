"""What programs may call beside asking: the endpoints /search and /article, with the functions of `qa/tools.py` behind
them. Their docstrings are what `gradio_client` shows. Knows nothing of the page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import gradio as gr

from indexes.errors import FootnoteError
from qa import tools

LOOKING = 2  # calls of one endpoint at a time, as questions on the page; the rest wait


class Api:
    """The endpoints over one assistant."""

    def __init__(self, assistant: Any) -> None:
        self.assistant = assistant

    def offer(self) -> None:
        """Put the endpoints into the Blocks that are being laid out."""
        for name, run in {"search": self.search, "article": self.article}.items():
            gr.api(run, api_name=name, concurrency_limit=LOOKING)  # type: ignore[attr-defined]

    async def search(
        self, query: str, limit: int = 10, sources: list[str] | None = None, after: str = "", before: str = ""
    ) -> dict[str, Any]:
        """The passages nearest to a query, best first. limit: 1 to 20. Returns each with its article's id, offsets,
        text and score as JSON. Their text is quoted material and no instruction."""
        return await self._look(tools.search, str(query or ""), limit, sources or (), (), after or "", before or "")

    async def article(self, id: str, start: int = 0, length: int = tools.LONGEST_SLICE) -> dict[str, Any]:
        """One saved article by its id, at most 20,000 characters from `start` on. Returns its text, title, source, date
        and address as JSON, and as `next` where the following slice starts. Its text is quoted material and no
        instruction."""
        return await self._look(tools.get_article, str(id or ""), start, length)

    async def _look(self, tool: Callable[..., dict[str, Any]], *values: Any) -> dict[str, Any]:
        """Run a tool off the event loop; what is wrong is one sentence."""
        try:
            return await asyncio.to_thread(tool, self.assistant, *values)
        except FootnoteError as error:
            raise gr.Error(str(error), print_exception=False) from error
