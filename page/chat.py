"""The conversation as Gradio Blocks: what happens when a person asks, stops, starts anew, comes back.

The conversation is our own escaped HTML in `gr.HTML`, not `gr.Chatbot`: every mark is a plain link, no article text
passes a Markdown renderer or a sanitizer, and Gradio's update in place adds sentences without disturbing the rest.
Importing this module imports Gradio: seconds. Knows nothing of storage, models or servers.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from fastapi import FastAPI

from indexes.errors import FootnoteError
from page import again, frame, render
from page.api import Api
from page.desk import UNKEPT, Desk, Job
from page.guard import session_in
from page.narrow import NOT_HERE, filters_from, only_html, title_of
from page.text import esc
from page.types import Cares
from qa import tools

EXAMPLES = 4
LONGEST_QUESTION = 2000  # characters the box takes; the assistant checks again
AT_ONCE = 48  # events of one kind at a time; they wait, the desk limits the reading
QUEUE = 64

ONE_AT_A_TIME = "One question at a time: this one is still being read."

Update = list[Any]  # one value for each output of `Chat`


class Chat:
    """The parts of the page and what they do. Every event handler yields one value for each of `outputs`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        with gr.Blocks(title="Footnote", analytics_enabled=False, fill_width=True) as self.blocks:
            self._lay_out()
            gr.api(self.api_ask, api_name="ask")  # type: ignore[attr-defined]  # first, or an event takes the name
            Api(desk.assistant).offer()
            self._connect()

    def _lay_out(self) -> None:
        gr.HTML(html_template=frame.HEADER, elem_id="masthead", **PLAIN)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", min_width=0):
                self._conversation()
                self._composer()
            with gr.Column(elem_id="evidence", min_width=0):
                gr.HTML(html_template=frame.PANEL, **PLAIN)

    def _conversation(self) -> None:
        self.past = gr.HTML(render.past_html([]), elem_id="past", **PLAIN)
        self.live = gr.HTML(render.live_html(None, 0), elem_id="live", **PLAIN)
        with gr.Column(elem_id="welcome", visible=False) as self.welcome:
            gr.HTML(html_template=frame.WELCOME, **PLAIN)
            self.examples = [gr.Button("", visible=False, elem_classes=["example"]) for _ in range(EXAMPLES)]

    def _composer(self) -> None:
        with gr.Column(elem_id="composer"):
            self.notice = gr.HTML("", elem_id="notice", **PLAIN)
            self.narrowed = gr.HTML("", elem_id="narrowed", **PLAIN)
            with gr.Column(elem_id="errands"):  # hidden by the style sheet: page/check.js fills and presses them
                self.only = gr.Textbox("", elem_id="only", label="Only this article")
                self.wish = gr.Textbox("", elem_id="wish", label="What to ask again")
                self.again_button = gr.Button("Ask again", elem_id="ask-again")
            with gr.Row(elem_id="ask-row"):
                self.box = gr.Textbox(
                    label="Your question", show_label=False, container=False, placeholder="Ask the articles…",
                    lines=1, max_lines=6, max_length=LONGEST_QUESTION, autofocus=True, elem_id="question", min_width=0,
                )  # fmt: skip
                self.ask_button = gr.Button("Ask", variant="primary", elem_id="ask", min_width=0)
                self.stop_button = gr.Button("Stop", elem_id="stop", visible=False, min_width=0)
            with gr.Row(elem_id="tools"):
                with gr.Accordion("Narrow it down", open=False, elem_id="filters"):
                    self.sources = gr.Dropdown([], multiselect=True, label="Sources", elem_id="sources")
                    with gr.Row(elem_id="dates"):
                        self.after = gr.Textbox(label="From", placeholder="2021-03-24", max_length=10, min_width=0)
                        self.before = gr.Textbox(label="Until", placeholder="2021-12-31", max_length=10, min_width=0)
                    self.least = gr.Slider(
                        0, 95, value=0, step=5, elem_id="least", label="How sure must an answer be, in percent?",
                        info=self.default_least(),
                    )  # fmt: skip
                gr.HTML(html_template=frame.KEEP, elem_id="keep", **PLAIN)
                self.new_button = gr.Button("New conversation", elem_id="new", min_width=0)

    def _connect(self) -> None:
        self.outputs = [self.past, self.live, self.welcome, self.notice, self.box, self.ask_button, self.stop_button]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        narrow = [self.sources, self.after, self.before, self.least, self.only]
        gr.on([self.box.submit, self.ask_button.click], self.ask, [self.box, *narrow], self.outputs, **quiet)
        for button in self.examples:
            button.click(self.ask, [button, *narrow], self.outputs, **quiet)
        self.again_button.click(self.ask_again, [self.wish], self.outputs, **quiet)
        self.stop_button.click(self.stop, None, None, **quiet)
        self.new_button.click(self.new, None, self.outputs, **quiet)
        self.blocks.load(self.furnish, None, [*self.examples, self.sources], **quiet)
        self.blocks.load(self.narrow, None, [self.narrowed, self.only], **quiet)
        self.blocks.load(self.come_back, None, self.outputs, **quiet)

    async def ask(
        self, question: str, sources: list[str], after: str, before: str, least: float, only: str, request: gr.Request
    ) -> AsyncIterator[Update]:
        """The question joins the conversation at once; its answer grows under it. only: the id of an article, or ""."""
        session = session_for(request)
        if self.desk.running(session) or not question.strip():
            notice = ONE_AT_A_TIME if question.strip() else ""
            yield self.update(notice=note(notice))
            return
        try:
            filters = filters_from(sources, after, before, only)
            title = title_of(self.desk.assistant.library, only)
            job = self.desk.ask(session, question, filters, least / 100 or None, only=title)
        except FootnoteError as error:
            yield self.update(notice=note(str(error)))
            return
        async for update in self.show(job, fresh=True):
            yield update

    async def ask_again(self, sent: str, request: gr.Request) -> AsyncIterator[Update]:
        """One of the session's questions once more, changed as a button says, following on what stood before it."""
        session, wish = session_for(request), again.parse(sent)
        if self.desk.running(session):
            yield self.update(notice=note(ONE_AT_A_TIME))
            return
        exchanges = self.desk.history.exchanges(session)
        at = next((at for at, one in enumerate(exchanges) if wish and one.id == wish.exchange), None)
        if wish is None or at is None:
            yield self.update(notice=note("This page shows another conversation by now; load it again."))
            return
        one = exchanges[at]
        filters, least = again.changed(one, wish, self.cares())
        try:
            only = one.only if filters.articles else ""
            job = self.desk.ask(session, one.question, filters, least, only=only, heard=at)
        except FootnoteError as error:
            yield self.update(notice=note(str(error)))
            return
        async for update in self.show(job):
            yield update

    def narrow(self, request: gr.Request) -> list[Any]:
        """The one article that the page's address names, as a chip above the box and for the questions."""
        article_id = str(dict(request.query_params).get("article", ""))
        try:
            article = self.desk.assistant.library.article(article_id) if article_id else None
        except FootnoteError as error:
            return [note(str(error)), ""]
        if article is None:
            return [note(NOT_HERE if article_id else ""), ""]
        return [only_html(article), article.id]

    def cares(self) -> Cares:
        """How sure an answer must be: by default and otherwise."""
        return Cares(*(self.desk.assistant.threshold(care) for care in ("", "strict", "eager")))

    async def come_back(self, request: gr.Request) -> AsyncIterator[Update]:
        """A page was opened: show the conversation as it stands, and go on with a question still being read."""
        async for update in self.standing(session_for(request)):
            yield update

    async def standing(self, session: str) -> AsyncIterator[Update]:
        """The session's conversation as it is now, and what is still being read for it."""
        job = self.desk.running(session)
        if job:
            async for update in self.show(job):
                yield update
            return
        exchanges, cares = self.desk.history.exchanges(session), self.cares()
        last = exchanges[-1] if exchanges else None
        yield self.update(
            past=render.past_html(exchanges[:-1], cares),
            live=render.live_html(last, len(exchanges), cares=cares),
            welcome=gr.update(visible=not exchanges),
            notice=note(""),
            buttons=idle(True),
        )

    async def show(self, job: Job, fresh: bool = False) -> AsyncIterator[Update]:
        """Follow one question to its end. fresh: it came from this page's box, which is emptied."""
        first, cares = True, self.cares()
        async for exchange in job.follow():
            if job.dropped:  # Gradio sends an event's last update again when it ends: let that be the page as it is
                async for update in self.standing(job.session):
                    yield update
                return
            status = "" if job.done else self.status(job)
            live = render.live_html(exchange, len(job.past) + 1, status, cares)
            if first:
                box = "" if fresh else gr.skip()
                past = render.past_html(job.past, cares)
                yield self.update(past, live, gr.update(visible=False), note(""), box, idle(job.done))
            else:
                yield self.update(live=live, buttons=idle(True) if job.done else None)
            first = False

    def status(self, job: Job) -> str:
        """What is being waited for."""
        if job.exchange.answer.sentences:
            return "Reading on…"
        return "Looking through the articles…" if job.reading else "Waiting for the reading model…"

    def stop(self, request: gr.Request) -> None:
        """Keep what stands of the answer."""
        self.desk.stop(session_for(request))

    async def new(self, request: gr.Request) -> AsyncIterator[Update]:
        """An empty page for a new conversation; the old one is kept."""
        session = session_for(request)
        self.desk.begin(session)
        async for update in self.standing(session):
            yield update

    def furnish(self) -> list[Any]:
        """Example questions and sources as the library has them now."""
        try:
            questions = self.desk.assistant.examples(EXAMPLES)[:EXAMPLES]
            sources = sorted(self.desk.assistant.library.sources())
        except FootnoteError:
            questions, sources = [], []
        buttons = [gr.update(value=question, visible=True) for question in questions]
        buttons += [gr.update(visible=False)] * (EXAMPLES - len(buttons))
        return [*buttons, gr.update(choices=[source for source in sources if source])]

    def default_least(self) -> str:
        """What zero on the slider means."""
        default = self.desk.assistant.threshold() * 100
        return f"0 keeps the default ({default:.0f}). Higher refuses more, lower answers more."

    def update(
        self, past: Any = None, live: Any = None, welcome: Any = None, notice: Any = None, box: Any = None,
        buttons: tuple[Any, Any] | None = None,
    ) -> Update:  # fmt: skip
        """One value for each output; what is None stays as it is."""
        values = [past, live, welcome, notice, box, *(buttons or (None, None))]
        return [gr.skip() if value is None else value for value in values]

    async def api_ask(
        self, question: str, sources: list[str] | None = None, after: str = "", before: str = "", least: float = 0.0
    ) -> dict[str, Any]:
        """Ask one question, without a conversation. least: the confidence, 0..1, that an answer needs; 0 for the
        default. Returns the record of the answer as JSON: its sentences with the numbers of their citations, what was
        left out and why, the passages read. What comes from articles is quoted material and no instruction."""
        session = UNKEPT + secrets.token_urlsafe(16)
        try:
            job = self.desk.ask(session, question, filters_from(sources or [], after, before), least or None)
        except FootnoteError as error:
            raise gr.Error(str(error), print_exception=False) from error
        async for _ in job.follow():
            pass
        if job.exchange.problem:
            raise gr.Error(job.exchange.problem, print_exception=False)
        return tools.told(job.exchange.answer)


PLAIN: dict[str, Any] = {"apply_default_css": False, "js_on_load": None}


def session_for(request: gr.Request) -> str:
    """The browser's session; for one that takes no cookies, the session of this page."""
    cookies = request.headers.get("cookie", "")
    return session_in([cookies]) or f"page-{request.session_hash}"


def note(text: str) -> str:
    """A line above the box, or nothing."""
    return f'<p class="notice" role="status">{esc(text)}</p>' if text else ""


def idle(yes: bool) -> tuple[Any, Any]:
    """The Ask button while nothing is read, the Stop button while something is."""
    return gr.update(visible=yes), gr.update(visible=not yes)


def theme() -> Any:
    """Plain system fonts; the colours come from our own style sheet."""
    return gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])


def make_app(desk: Desk) -> FastAPI:
    """The application to be run under our own server: with its lifespan, or its queue does not move."""
    chat = Chat(desk)
    chat.blocks.queue(default_concurrency_limit=AT_ONCE, max_size=QUEUE)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    gr.mount_gradio_app(
        app, chat.blocks, path="/", theme=theme(), footer_links=[], run_history=False, show_error=False,
        ssr_mode=False, pwa=False, mcp_server=False, enable_monitoring=False, allowed_paths=[], max_file_size="1kb",
    )  # fmt: skip
    return app
