"""The pages of bringing articles in: the forms, the progress, the report.

    add_page       files, a pasted text, an address; what was brought in lately
    errand_page    one errand: waiting, at work, or what came of it

Plain forms that work without script; `bring.js` adds dropping, upload progress and a page that is not reloaded. Knows
nothing of servers, or of how an article is brought in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from indexes.alternates import feeds_told
from indexes.build import Progress
from indexes.load import FORMATS
from indexes.types import Article
from page.added import FOLDER, TEXT_MOST
from page.article import plain_page, title_of
from page.errand import Errand
from page.shelf import STYLE
from page.text import article_href, esc, label, name
from page.upload import ALL_MOST, FILE_MOST

SCRIPT = '<link rel="stylesheet" href="/page/bring.css"><script src="/page/bring.js" defer></script>'
REFRESH = '<noscript><meta http-equiv="refresh" content="2"></noscript>'
LISTED = 100  # articles, or reasons, of each kind in a report
STAGES = {
    "read": ("Reading files", "file", "files"),
    "fetch": ("Fetching pages", "page", "pages"),
    "encode": ("Learning what they say", "character", "characters"),
    "fill": ("Putting them on the shelf", "passage", "passages"),
}
HEADINGS = {
    "waiting": "Waiting to be added",
    "running": "Adding articles",
    "done": "Added",
    "stopped": "Stopped",
    "failed": "Not added",
}
Titles = Callable[[str], Article | None]


def add_page(
    token: str, errands: Sequence[Errand], typed: Mapping[str, str], problem: str = "", fixed: str = ""
) -> str:
    """The forms; `typed` comes back as it was. fixed: why nothing can be added, in place of them."""
    trouble = f'<p class="trouble" role="alert">{esc(problem)}</p>' if problem else ""
    forms = (
        f"<p>{esc(fixed)}</p>" if fixed else files_form(token) + text_form(token, typed) + address_form(token, typed)
    )
    content = (
        '<section class="reading bring"><h1>Add articles</h1><p class="byline">They answer questions as soon as they '
        f"are added. What you bring in is kept beside your library.</p>{trouble}{forms}{lately(errands)}</section>"
    )
    return plain_page("Add articles", content, STYLE + SCRIPT, "/add")


def files_form(token: str) -> str:
    """Files, chosen or dropped."""
    each, every = FILE_MOST // 1_000_000, ALL_MOST // 1_000_000
    return (
        f'{form("files", token)}<h2 id="files">Files</h2>'
        f"<p>Text, Markdown, saved web pages, PDF, DOCX or JSONL; up to {each} MB each, {every} MB together.</p>"
        '<label class="drop">Drop files here, or choose them'
        f'<input type="file" name="files" multiple required accept="{",".join(FORMATS)}" data-each="{FILE_MOST}" '
        f'data-every="{ALL_MOST}"></label><ul class="chosen" aria-live="polite"></ul>'
        '<label class="tick"><input type="checkbox" name="replace" value="1"> A file takes the place of one that was '
        'added under the same name</label><p class="sending" role="status"></p><button>Add the files</button></form>'
    )


def text_form(token: str, typed: Mapping[str, str]) -> str:
    """A text to paste."""
    text = esc(typed.get("text", ""))
    return (
        f"{form('text', token)}<h2>Text</h2>"
        '<label>The words of one article<textarea name="text" rows="7" dir="auto" required '
        f'maxlength="{TEXT_MOST}">\n{text}</textarea></label><div class="facts-typed">'
        f"{line('Title', 'title', typed)}{line('Source', 'source', typed)}{line('Date', 'published', typed, 'date')}"
        "</div><button>Add the text</button></form>"
    )


def address_form(token: str, typed: Mapping[str, str]) -> str:
    """An address to fetch."""
    return (
        f"{form('address', token)}<h2>From the web</h2>"
        f"{line('Address of a page, a feed (RSS or Atom) or a sitemap', 'address', typed, 'url-like')}"
        "<p>It is fetched once, by this machine: that website will see it, nobody else.</p>"
        "<button>Fetch and add</button></form>"
    )


def form(kind: str, token: str) -> str:
    """The opening of a form that brings something in."""
    hidden = f'<input type="hidden" name="token" value="{esc(token)}">'
    return f'<form class="change way {kind}" action="/add" method="post" enctype="multipart/form-data">{hidden}'


def line(title: str, key: str, typed: Mapping[str, str], kind: str = "text") -> str:
    """A field of one line. An address is no `type=url`: that would refuse one without https:// before it."""
    more = ' required inputmode="url" autocapitalize="none" spellcheck="false" placeholder="https://"'
    attributes = f'type="text" dir="auto" maxlength="2000"{more}' if kind == "url-like" else f'type="{kind}" dir="auto"'
    return f'<label>{title}<input name="{key}" {attributes} value="{esc(typed.get(key, ""))}"></label>'


def lately(errands: Sequence[Errand]) -> str:
    """What was brought in since the server was started."""
    if not errands:
        return ""
    rows = "".join(
        f'<li><a href="/add/{esc(one.id)}">{what(one)}</a> <span class="byline">{esc(short(one))}</span></li>'
        for one in errands
    )
    return f'<section class="lately"><h2>Lately</h2><ul class="list">{rows}</ul></section>'


def short(errand: Errand) -> str:
    """ "2 added, 1 skipped" """
    if errand.state != "done":
        return HEADINGS[errand.state]
    report = errand.report
    counts = [(len(report.added), "added"), (len(report.changed), "changed"), (len(report.unchanged), "unchanged")]
    counts.append((len(report.skipped) + len(errand.refused), "skipped"))
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) or "Nothing new"


def what(errand: Errand) -> str:
    """What it is, in a line."""
    named = ", ".join(name(one) for one in errand.shown[:3])
    more = len(errand.shown) - 3
    return f"{named} and {more:,} more" if more > 0 else named


# -- one errand -------------------------------------------------------------------------------------------------------


def errand_page(errand: Errand, token: str, titles: Titles) -> str:
    """How it stands, or what came of it. titles: an article by its id."""
    ended = errand.state not in ("waiting", "running")
    inner = report_html(errand, token, titles) if ended else working_html(errand, token)
    content = (
        f'<section class="reading bring" id="work" data-state="{errand.state}"><h1 tabindex="-1">'
        f'{HEADINGS[errand.state]}</h1><p class="byline">{what(errand)}</p>{inner}</section>'
    )
    return plain_page(HEADINGS[errand.state], content, STYLE + SCRIPT + ("" if ended else REFRESH), "/add/")


def working_html(errand: Errand, token: str) -> str:
    """Stage, numbers, time left, and the way out."""
    stopping = errand.stopping.is_set()
    said = "Stopping…" if stopping else stage(errand.progress, errand.left()) if errand.progress else ""
    if not said:
        said = "Starting…" if errand.state == "running" else "It begins when what came before it is done."
    now = errand.progress
    place = f' max="{now.total}" value="{now.done}"' if now and now.total and now.stage != "read" else ""
    bar = f'<progress aria-label="Progress"{place}></progress>' if errand.state == "running" else ""
    button = "" if stopping else f"{small_form(errand, 'cancel', token)}<button>Cancel</button></form>"
    return (
        f'<div class="now"><p role="status">{esc(said)}</p>{bar}</div>{button}'
        "<p>You can leave this page; it goes on. If you cancel, what is done by then is kept.</p>"
    )


def stage(progress: Progress, left: float | None) -> str:
    """ "Fetching pages: 3 of 12, about 20 seconds left" """
    title, one, many = STAGES[progress.stage]
    if progress.stage == "read" and progress.done >= progress.total:
        return "Getting ready…"  # the next stage has not said anything yet: it connects, or loads the encoder
    if progress.total < 1:
        return f"{title}…"
    unit = one if progress.total == 1 else many
    time = f", {about(left)} left" if left is not None else ""
    return f"{title}: {progress.done:,} of {progress.total:,} {unit}{time}"


def about(seconds: float) -> str:
    """ "about 20 seconds", "about 3 minutes" """
    if seconds < 55:
        count = max(5, round(seconds / 5) * 5)
        return f"about {count} seconds"
    minutes = round(seconds / 60)
    return f"about {minutes} minute{'s' * (minutes != 1)}"


def report_html(errand: Errand, token: str, titles: Titles) -> str:
    """What was added, what was not and why, and where to go on."""
    report, parts = errand.report, []
    if errand.state == "failed":
        parts.append(f'<p class="trouble" role="alert">{esc(errand.problem)}</p>')
    elif errand.state == "stopped":
        parts.append('<p role="status">You stopped it. What was done by then is kept.</p>')
    else:
        parts.append(f'<p role="status">{esc(short(errand))}.</p>')
    skipped = errand.refused + [shown_skip(errand, *one) for one in report.skipped]
    parts += [articles_html("Added", report.added, titles), articles_html("Changed", report.changed, titles)]
    parts += [articles_html("Unchanged", report.unchanged, titles), skipped_html(skipped), feeds_html(errand)]
    ways = '<a href="/add">Add more</a> <a href="/articles?sort=added">All articles</a>'
    if report.added or report.changed or report.unchanged:
        ways = f'<a class="onward" href="/">Ask about them</a> {ways}'
    if errand.state in ("stopped", "failed"):
        word = "Go on" if errand.state == "stopped" else "Try again"
        parts.append(f"{small_form(errand, 'again', token)}<button>{word}</button></form>")
    return f'{"".join(parts)}<p class="ways">{ways}</p>'


def articles_html(title: str, ids: Sequence[str], titles: Titles) -> str:
    """Links to articles of one kind."""
    if not ids:
        return ""
    rows = "".join(
        f'<li><a href="{esc(article_href(one))}" dir="auto">{title_of(titles(one) or Article(one, ""))}</a></li>'
        for one in ids[:LISTED]
    )
    return f'<h2>{title}</h2><ul class="list {title.lower()}">{rows}{rest(len(ids))}</ul>'


def skipped_html(skipped: Sequence[tuple[str, str]]) -> str:
    """What was left out, each with its reason."""
    if not skipped:
        return ""
    rows = "".join(f"<li>{name(where)}: {esc(label(reason))}</li>" for where, reason in skipped[:LISTED])
    return f'<h2>Skipped</h2><ul class="list skipped">{rows}{rest(len(skipped))}</ul>'


def feeds_html(errand: Errand) -> str:
    """The feeds of pages that were given; which page, where other things were given too."""
    several = len(errand.shown) > 1
    return "".join(
        f"<p>{f'{name(page)}: ' if several else ''}{feeds_told([name(feed) for feed in feeds])}</p>"
        for page, feeds in errand.report.feeds
    )


def rest(count: int) -> str:
    """How many are not listed."""
    return f"<li>and {count - LISTED:,} more</li>" if count > LISTED else ""


def shown_skip(errand: Errand, where: str, reason: str) -> tuple[str, str]:
    """A reason with the names a person gave, instead of places on this machine: "/…/added/a.jsonl:3" is a.jsonl, line
    3."""
    for path, given in errand.names.items():
        if where == path or where.startswith(f"{path}:"):
            line_number = where[len(path) + 1 :]
            where = f"{label(given)}, line {line_number}" if line_number.isdecimal() else given
    return where, reason.replace(f"{(errand.folder / FOLDER).resolve()}/", "")


def small_form(errand: Errand, action: str, token: str) -> str:
    """The opening of a form about this errand."""
    hidden = f'<input type="hidden" name="token" value="{esc(token)}">'
    return f'<form class="change {action}" action="/add/{esc(errand.id)}/{action}" method="post">{hidden}'


def path_names(pairs: Sequence[tuple[Path, str]]) -> dict[str, str]:
    """Path → the name a person gave it, as `Errand.names` wants it."""
    return {str(path): given for path, given in pairs}
