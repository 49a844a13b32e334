"""What a saved page prints around its article: a table of rules for whole short lines.

A rule says what the line is, where it counts ("anywhere", or only at the "edges" of the article, because an article may say
"Read more books" in its middle), and the pattern that the whole line must match. Knows nothing of articles.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

LONGEST_LINE = 120  # characters of a line that can be furniture by its pattern; the longest met has 96

AGENCY = (
    r"(?:AP|AFP|A\.P\.|Reuters|Getty(?: Images)?|EPA|PA(?: Wire)?|dpa|ANSA|EFE|TASS|Xinhua|Anadolu|UPI|Bloomberg|"
    r"Associated Press|Agence France-Presse|Shutterstock|Alamy|Flickr|Wikimedia(?: Commons)?|Unsplash|NASA|ESA)"
)
MONTH = r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)"
MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
DATE = rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {MONTH}\.?,? \d{{4}}|{MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{4}}-\d\d-\d\d)"
NAME = r"[A-ZÀ-Þ][\w.'’-]+(?: (?:[a-z]{1,3} )?[A-ZÀ-Þ][\w.'’-]*){1,3}"

Where = Literal["anywhere", "edges"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that matches whole is a leftover: "anywhere" (strong) or only at the "edges" of the article (weak)."""

    what: str
    where: Where
    pattern: re.Pattern[str]


def _rule(what: str, where: Where, pattern: str) -> Rule:
    return Rule(what, where, re.compile(rf"(?:{pattern})\.?", 0 if what in ("credit", "byline") else re.IGNORECASE))


RULES = (
    _rule("credit", "anywhere", rf"(?:{NAME} ?[/|] ?)+{AGENCY}(?: ?[/|] ?\w[\w ]*)?"),
    _rule("credit", "anywhere", rf"\(?{AGENCY} (?:Photo|photo|Images)\b.*|(?:[Vv]ia )?Getty Images"),
    _rule("credit", "anywhere", r"(?:Photo(?:graph)?|Image|Picture|Pic)s?(?: [Cc]redit)?(?: by)? ?[:©] ?.*|(?:Photo(?:graph)?|PHOTO)s? by .*|[Cc]redit: .*"),
    _rule("credit", "edges", rf"(?:©|\(c\)) ?{AGENCY}.*"),
    _rule("related", "anywhere", r"(?:related|more|other|recommended|popular|latest|trending|most read)(?: on this)? "
          r"(?:news|stories|articles|posts|content|coverage|topics|links|headlines|reading|for you)(?: from .*)?:?"),
    _rule("related", "edges", r"(?:related|most read|most popular|trending(?: now)?|recommended|you may also like|you might also like|"
          r"also (?:read|see)|read (?:more|next|also)|see also|more on this(?: story)?|up next|don't miss|editors?['’]? picks?)(?::.*)?"),
    _rule("newsletter", "anywhere", r"(?:sign up|subscribe|register)(?: now| here| today)? (?:for|to) (?:our|the|my|free|daily|weekly|updates?|alerts?)"
          r"(?! [^.]*\b(?:said|says)\b).*|get (?:the |our )?(?:email|daily|weekly|news|breaking|latest).{0,40}"
          r"\b(?:updates?|alerts?|newsletters?|inbox|headlines)\b.*|.*\b(?:weekly|daily|free|our) newsletter\b.*"),
    _rule("newsletter", "edges", r"(?:sign up|subscribe|log in|sign in|register|newsletters?|enter your e-?mail.*|your e-?mail(?: address)?|"
          r"subscribe (?:now|today|here)|sign up (?:now|today|here))"),
    _rule("share", "anywhere", r"(?:share|tweet|pin|print|e-?mail|save|bookmark)(?: this)? (?:article|story|page|post)(?: .*)?|"
          r"share (?:this|on|via|with)(?: (?:facebook|twitter|x|whatsapp|linkedin|reddit|e-?mail|friends))*"),
    _rule("share", "edges", r"(?:share|tweet|print|facebook|twitter|whatsapp|linkedin|reddit|copy link|e-?mail)"
          r"(?:[ ,|·•/]+(?:share|tweet|print|facebook|twitter|x|whatsapp|linkedin|reddit|copy link|e-?mail))*"),
    _rule("channel", "edges", r"(?:find|watch|follow|like|join) .{1,40} on (?:your )?(?:tv|television|facebook|twitter|x|instagram|youtube|"
          r"telegram|whatsapp|linkedin|tiktok|mastodon|bluesky)(?:[ ,&]+(?:and )?\w+)*|follow us(?: on .*)?|download (?:our|the) .{0,20}\bapp\b.*"),
    _rule("page", "anywhere", r"advertisement|advertising|(?:story|article) continues below(?: advertisement)?|scroll to continue"),
    _rule("page", "edges", r"(?:sponsored(?: content)?|skip to (?:main )?content|back to top|home|menu|search|next (?:article|story)|previous (?:article|story)|load more|"
          r"show more|(?:\d+ |leave a |view |post a |no )?comments?(?: \(\d+\))?|(?:we|this site) uses? cookies.*|accept(?: all)? cookies.*|"
          r"cookie (?:policy|settings|notice)|privacy policy|terms (?:of (?:use|service)|and conditions)|all rights reserved.*|"
          r"(?:©|copyright ©?|\(c\)) ?(?:\d{4}|the |by |all ).{0,60}|(?:last )?(?:updated|modified)(?: on)?:? .{0,40}|\d+ min(?:ute)?s? read)"),
    _rule("sign-off", "edges", rf"[-—–]? ?(?:with (?:additional )?reporting (?:by|from)|additional reporting by|compiled by|reporting by) .*|"
          rf"[-—–] ?(?:{AGENCY}|agencies)|(?:[\w’' ]{{2,40}} )?(?:and|with) (?:wire services|(?:news )?agencies|wires)|"
          rf"(?:source|sources):? (?:{AGENCY}|agencies|.{{0,30}}agencies)|\(?{AGENCY}\)?"),
    _rule("byline", "edges", rf"(?:By|BY|by) (?:our )?{NAME}(?:(?:,| and|,? \|| in| -) .{{1,60}}|,? {DATE})?"),
    _rule("date", "edges", rf"(?:published|posted|first published|date)?(?: on)?:? ?(?:\w{{6,9}}day,? )?{DATE}(?:[, ]+(?:at )?\d\d?[:.]\d\d.*)?"),
)  # fmt: skip


def kind_of(line: str, where: Where) -> str:
    """What the line is by the rules for this place, or ""."""
    if len(line) > LONGEST_LINE:
        return ""
    return next((rule.what for rule in RULES if rule.where == where and rule.pattern.fullmatch(line)), "")
