"""Text to sentences, as exact spans: where one ends, and where it only seems to.

Two steps. `blocks` reads the lines: a blank line always parts, a single newline parts where it was meant (list items,
headings) and not where a paragraph was wrapped. Inside a block each stop (". ! ? … 。") is then judged by the word
before it, the word after it, and whether it stands inside a quotation or brackets, which are kept whole while short:

    'Kerry said: "No. We will not," and left. It rained.'  →  'Kerry said: "No. We will not," and left.', 'It rained.'

English first; the full stops of other scripts are known. Time is linear in the text. Knows nothing of articles,
passages or models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from indexes.types import Span

RULES = "sentences-1"  # raised whenever a rule changes: passages made by other rules have other ends

QUOTED = 300  # chars: a quotation or bracket up to this long is not cut inside. A three-sentence quotation of a news
# article fits (the longest of the first article tried has 210); beyond it an answer sentence would be unreadable
NARROW = 50  # chars: a block of fewer than WRAPPED lines is taken to be set at least this wide
WRAPPED = 4  # lines: from here on the block's own widest line says how wide it is set
RAGGED = 0.8  # of the width: a line that ends before this, though the next word had room, was ended on purpose


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the last word of a sentence: a name, or what is compared or explained, follows.
_BOUND = _words(
    "Mr Mrs Ms Mx Dr Drs Prof Profs Sen Sens Rep Reps Gov Govs Gen Col Lt Capt Cpt Cmdr Cdr Maj Sgt Cpl Pvt Pfc"
    " Adm Brig Rev Fr"
    " Hon Pres Amb Supt Det Insp Msgr Mme Mlle Messrs Atty Asst Assoc Dist Mt e.g i.e viz cf Cf vs v approx"
)
# Not the last word where a figure follows: "No. 4", "Jan. 5". Otherwise a word like any other: "He said no."
_NUMBERED = _words(
    "No Nos no nos p pp vol Vol vols ch Ch chap fig Fig figs sec Sec art Art para Tel tel ext cap ver"
    " Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec A.D ca c est Rs Res Op op Pt pt"
)
# May end a sentence; does so if the next word is one that seldom has a capital inside one (_STARTERS).
_EITHER = _words(
    "Inc Corp Co Cos Ltd Bros LLC Jr Sr St Ste Ave Blvd Rd Ft Sq Bldg Dept dept Univ Assn etc al ed eds Ed Eds est"
    " ft lb lbs oz hr hrs min mins sq max min avg misc incl dept govt Govt Intl Natl Mfg Pty Pvt plc Esq Ala"
    " Ariz Ark Calif"
    " Colo Conn Del Fla Ga Ill Ind Kan Ky La Mass Md Mich Minn Miss Mo Mont Neb Nev Okla Ore Pa Tenn Tex Va Vt Wash Wis"
    " Wyo Que Ont"
)
_STARTERS = _words(
    "The A An This That These Those He She It We They I You His Her Its Our Their My Your In On At By For From With"
    " Without Within After Before Since When While As If Although Though Because But And Or So Yet However Meanwhile"
    " Then There Here Now No Not None Nobody Nothing One Two Three Four Five Some Many Most Several Few All"
    " Both Each Every"
    " Other Others Another What Who Whose Why How Where Which Is Are Was Were Did Do Does Has Have Had Would Can Could"
    " Should Must Earlier Later Last Next Still Only Even Just Once Under Over Between Among During Despite According"
    " Until Such Also Instead Perhaps Maybe More Less Nearly Almost About Today Yesterday Tomorrow Neither Either Nor"
    " Let To Of Following Asked Police Officials Analysts Shares Critics Investors Experts Researchers Scientists"
    " Authorities Witnesses Residents Prosecutors Reports Nonetheless Nevertheless Moreover Furthermore Through"
    " Unlike Like Out Up Down Off Into Against Along Around Across Behind Beyond Beside Besides Prior Due Given"
)
_AFTER_HOUR = _words(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mon Tue Tues Wed Thu Thurs Fri Sat Sun January February"
    " March April May June July August September October November December Eastern Central Mountain Pacific ET EST EDT"
    " CT CST CDT MT MST MDT PT PST PDT GMT UTC BST CET CEST IST JST AEST Greenwich"
)
_SHOUTED = _words("Yahoo Yum Jeopardy Oklahoma Guess Mia")  # names that end in "!"
_PLAIN_STARTERS = _words("i he she it we they you the this there")  # for writers who use no capitals
_DANGLING = _words(
    "the a an of and or to in on at by for with from as that who which is was were are its his her their but"
)

_WIDE = "。！？｡؟۔।॥።။។։"  # end a sentence wherever they stand, space or none
_STOP = re.compile(
    rf"[.!?…‼⁇⁈⁉{_WIDE}]++(?:[ \xa0]\.(?![\w.]))*+(?:[\"'”’»›)\]}}」』）】》〉]|“(?=\s))*+"
    r"(?:[ \xa0]?\[\d{1,3}\])*+"
)
_NEXT = re.compile(r"[\s\"'“‘«‹„(\[{¿¡–—*_#@「『（•-]*+((?:[^\W_])*+)")
_ACRONYM = re.compile(r"(?:[^\W\d_]{1,2}\.-?)+[^\W\d_]{1,2}")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")
_HOUR = re.compile(r"[ap]\.?m", re.IGNORECASE)
_GLUED = re.compile(r"(?:The|He|She|It|In|But|And|A|They|We|This|That|On|At|For|As|If|When|There)\s")
_SAYS = re.compile(
    r"(?:[A-Z][\w.’'-]*\s+){1,4}?(?:said|says|asked|asks|told|added|replied|wrote|writes|wondered|shouted|cried|exclaimed"
    r"|tweeted|answered|demanded|joked|called|yelled)\b"
)
_KEPT = re.compile(  # what is kept whole: quotations and brackets that open and close within QUOTED chars
    rf"\"(?<![^\s(\[{{—–:-]\")(?=\S)[^\"]{{1,{QUOTED}}}+\"|“[^“”]{{1,{QUOTED}}}+”|«[^«»]{{1,{QUOTED}}}+»"
    rf"|„[^„“”]{{1,{QUOTED}}}+[“”]|「[^「」]{{1,{QUOTED}}}+」|『[^『』]{{1,{QUOTED}}}+』|（[^（）]{{1,{QUOTED}}}+）"
    rf"|\([^()]{{1,{QUOTED}}}+\)|\[[^\[\]]{{1,{QUOTED}}}+\]|‘(?<!\w‘)[^‘]{{1,{QUOTED}}}?[.,!?…]’(?!\w)"
    rf"|'(?<!\w')(?=[A-Z])(?:[^'\"]|(?<=\w)'(?=\w)){{1,{QUOTED}}}?[.,!?…]'(?!\w)"
)
_LINE = re.compile(r"\S[^\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]*+")
_ITEM = re.compile(r"(?:[-*•‣◦▪·]|\(?\d{1,3}[.)]|\(?[a-z]\)|\(?[ivx]{1,5}\))[ \t\xa0]+\S")
_HASHES = re.compile(r"#{1,6}[ \t]")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of `text[start:end]`, headings and list items among them; offsets are into `text`.

    In order, not overlapping, without white space at their ends; only white space lies between them.
    """
    return [span for block in blocks(text, start, end) for span in split_block(text, *block)]


def blocks(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Spans no sentence crosses: paragraphs, headings, list items."""
    group: list[Span] = []
    for line in _lines(text, start, len(text) if end is None else end):
        if group and _parted(text[group[-1][1] : line[0]]):
            yield from _unwrap(text, group)
            group = []
        group.append(line)
    yield from _unwrap(text, group)


def is_item(text: str, start: int = 0) -> bool:
    """Does a list item begin here: "- ", "• ", "1. ", "(a) "?"""
    return _ITEM.match(text, start) is not None


def _lines(text: str, start: int, end: int) -> Iterator[Span]:
    for match in _LINE.finditer(text, start, end):
        yield match.start(), match.start() + len(match.group().rstrip())


def _parted(gap: str) -> bool:
    """Is this gap between two lines a blank line (or a page or paragraph mark)?"""
    return gap.count("\n") > 1 or ("\n" not in gap and gap.count("\r") > 1) or "\u2029" in gap or "\x0c" in gap


def _unwrap(text: str, lines: list[Span]) -> Iterator[Span]:
    """Join the lines of one paragraph that were parted only because the page was narrow."""
    if not lines:
        return
    width = max(end - start for start, end in lines)
    if len(lines) < WRAPPED:
        width = max(width, NARROW)
    first = last = lines[0]
    for line in lines[1:]:
        if not _continues(text, last, line, width):
            yield first[0], last[1]
            first = line
        last = line
    yield first[0], last[1]


def _continues(text: str, line: Span, following: Span, width: int) -> bool:
    """Does `following` carry on the paragraph of `line`? Wrapping ends a line only where the next word has no room."""
    if is_item(text, following[0]) or _HASHES.match(text, following[0]) or _HASHES.match(text, line[0]):
        return False
    last = text[max(line[0], line[1] - 24) : line[1]].split()[-1]
    if text[following[0]].islower() or last[-1] in ",-–—(" or last in _DANGLING or last.rstrip(".") in _BOUND:
        return True
    word = text[following[0] : min(following[1], following[0] + width)].split()[0]
    return line[1] - line[0] + 1 + len(word) > RAGGED * width


def split_block(text: str, start: int, end: int) -> list[Span]:
    """The sentences of one block."""
    kept = [match.span() for match in _KEPT.finditer(text, start, end)]
    spans: list[Span] = []
    at, k = start, 0
    for stop in _STOP.finditer(text, start, end):
        while k < len(kept) and kept[k][1] <= stop.start():
            k += 1
        if k < len(kept) and kept[k][0] < stop.start() and stop.end() < kept[k][1]:
            continue
        if stop.end() < end and _ends(text, at, stop, end):
            spans.append((at, stop.end()))
            at = stop.end()
            while text[at].isspace():
                at += 1
    spans.append((at, end))
    return spans


def _ends(text: str, at: int, stop: re.Match[str], end: int) -> bool:
    """Does the sentence that began at `at` end with this stop? There is text after it."""
    marks, after = stop.group(), stop.end()
    if any(mark in _WIDE for mark in marks):
        return text[after] not in "と、，,っ"  # 「…。」と言った goes on
    if not text[after].isspace():
        return marks == "." and text[after - 4 : after - 1].islower() and bool(_GLUED.match(text, after, end))
    following = _NEXT.match(text, after, end)
    assert following  # it matches anything
    word = following[1]
    small = word[:1].islower() and not _CAMEL.match(word) and text[following.start(1) - 1] not in "@#"
    if "!" in marks or "?" in marks:
        return not small and _ends_loud(text, at, stop, word)
    if small:
        return marks == "." and word in _PLAIN_STARTERS and _common(_token(text, at, stop.start()))
    if "…" in marks or marks.count(".") > 1:
        spaced = stop.start() > at and text[stop.start() - 1].isspace()
        return not spaced or marks.count(".") > 3 or word in _STARTERS
    return _ends_full(text, at, stop, word)


def _ends_loud(text: str, at: int, stop: re.Match[str], word: str) -> bool:
    """For "!" and "?" before a capital: not in a name ("Yahoo! Inc"), nor before who said it ('"Why?" Roe asked')."""
    if _token(text, at, stop.start()) in _SHOUTED:
        return word in _STARTERS
    quoted = stop.group()[-1] in "\"'”’»"
    return not (quoted and _SAYS.match(text[stop.end() : stop.end() + 80].lstrip()))


def _ends_full(text: str, at: int, stop: re.Match[str], word: str) -> bool:
    """For one full stop before a capital or a figure: judged by the word before it, then by the word after."""
    token, opening = _token(text, at, stop.start()), text[stop.end() : stop.end() + 2].strip()[:1]
    if token in _BOUND or (token.isdigit() and len(token) < 4 and text.startswith(token, at) and stop.start() - at < 4):
        return False  # a title; the number of a list item
    if len(token) > 1 and token.isalpha() and token.isupper():
        token = token.capitalize()  # "NO. 4", "ACME INC."
    if token in _NUMBERED:
        return not word[:1].isdigit()
    if _HOUR.fullmatch(token):
        return word not in _AFTER_HOUR
    starts = word in _STARTERS or word.isdigit()
    if len(token) == 1 and token.isupper():
        return word in _STARTERS and not _initial(text, stop.end(), word)
    if token in _EITHER or _ACRONYM.fullmatch(token):
        return (starts and not _initial(text, stop.end(), word)) or opening in set('"“')
    return True


def _common(token: str) -> bool:
    """Is this an ordinary word in small letters, long enough to be no abbreviation?"""
    return len(token) > 3 and token.isalpha() and token.islower() and token not in _BOUND


def _initial(text: str, after: int, word: str) -> bool:
    """Is the word after `after` itself an initial: the "A." of "J. A. Smith"?"""
    return len(word) == 1 and text[after : after + 3].strip() == f"{word}."


def _token(text: str, at: int, end: int) -> str:
    """The last word before `end`, without what opens before it: 'U.S' of '(U.S.'."""
    parts = text[max(at, end - 24) : end].rsplit(None, 1)
    return re.split(r"[—–/]", parts[-1])[-1].lstrip("\"'“‘«([{") if parts else ""
