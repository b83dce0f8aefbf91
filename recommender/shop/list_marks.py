"""Split lists as people write them, and strip what stands around an item: bullets, emoji, its number, a quantity.

A quantity of zero, a box that is not ticked and a sign that may say "not" are kept, so that "0 Soccer Balls" and
"❌ Soccer Ball" name no item. A sign that says "not" by its position (in a cell after the name) or by contrast (○ in a
list with ●) gets ☐ before it, so that the text names no item.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Sequence
from itertools import takewhile
from string import ascii_lowercase

from .text import DASHES, MIN_CODE, SEPARATORS, clean, fold, unescape

# The separators, the characters that NFKC turns into one of them, and those between lines or cells
_BREAKS = f"{SEPARATORS}\u037e；︔﹔，︐﹐︑､\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029"
COMMAS = ",،、，︐﹐︑､"
_LIST_BREAK = re.compile(f"[{_BREAKS}]")
_COMMA = re.compile(f"[{COMMAS}]")
_ROW_ENDS = "".join(c for c in _BREAKS if c not in f"{COMMAS}\t")  # also semicolons, between which a title has commas
_ROW_END = re.compile(f"[{_ROW_ENDS}]")
# What may separate the items of a row: a comma, "and" in the five languages, and some signs
JOINT = re.compile(
    rf"""
    (?P<comma> \s* [{COMMAS}])
  | (?: \s | ^ | (?<=[{COMMAS}]) ) (?: and | et | und | (?<!^)[ye] ) (?=\s)  # but no "y" or "e" at the start
  | (?: \s | ^ | (?<=[{COMMAS}]) ) و \s* (?=\w)                              # Arabic writes it before the next word
  | (?<=\S) (?: \s*[&/]\s* | \s+\+\s* | \+ ) (?=[^\s{COMMAS}])               # "A & B", "A/B", "A + B", "A+B"; not "C+"
  | (?P<sign> \s [|•·.…{DASHES}-]+ (?=\s) | (?<=\w) [.…!?]+ (?=\s) )         # "A - B", "A. B"
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LETTER = r"[^\W\d_]"
_NOT_LATIN = r"[^\W\d_A-Za-z\u00aa-\u024f]"
_NUMBER = r"0*[1-9]\d{0,2}"
_ORDINALS = "°ºª"
_AFTER = rf"\s?[.:)\]/°ـ{DASHES}-]+"  # in Arabic, the stroke that lengthens a letter serves as a dash, too
_LIST_NUMBER = re.compile(
    rf"""
    [(\[#]? {_NUMBER} (?:
        [.)\]]+ \s+                                   # "1. ", "(2) "
      | {_AFTER} \s+ (?={_LETTER})                    # "3- " or "4: " before a letter
      | {_AFTER} (?={_NOT_LATIN})                     # "3-" right before a letter that is not Latin; not "7-Up"
      | \.? [)\]]+ (?={_LETTER})                      # "5)" right before any letter
    )
  | [(\[]? (?:{_LETTER}|[ivx]{{2,4}}) \.? [)\]]+ \s+  # "b) ", "(iv) "
  | [ivx]{{2,4}} \. \s+                               # "iv. "; not one Latin letter, as in "H. Milch"
  | {_NOT_LATIN} [.:{DASHES}-]+ \s+                   # "أ- "
    """,
    re.IGNORECASE | re.VERBOSE,
)
_TIMES = rf"{_NUMBER}\s?[x×*]|[x×*]\s?{_NUMBER}"
_QUANTITY = re.compile(
    rf"""
    ^ [(\[#]? (?:{_TIMES}|{_NUMBER}) [)\]]? \s+  # before a name: "2 ", "2x ", "(x 2) ", "#2 "
  | \s+ [(\[]? (?:{_TIMES}) [)\]]? $             # after it: " x2", " (2x)"; a bare number there is of the name
    """,
    re.IGNORECASE | re.VERBOSE,
)
_KEYCAP = re.compile("[\ufe00-\ufe0f\u20e3]")  # makes an emoji or a plain sign of the character before it
# Signs that say nothing of an item: no hollow squares, which are boxes to tick, and none that may say "not"
_HARMLESS_SIGNS = {
    "bullets": rf" *+>=~|^<•·‣⁃∙§¶※®©\uff0b{DASHES}\-",
    "arrows": r"\u2190-\u2199\u21d2\u2794\u2798-\u27af\u27b1-\u27be\u27f5-\u27ff\u2b05-\u2b07",
    "pointing hands": r"\u261b\u261e\U0001f446-\U0001f449",
    "lines": r"\u2500-\u257f",
    "shapes": r"\u25a0\u25a3-\u25fa\u25fc\u25fe\u2756\u2b1b\u2b24\u2b25\U0001f534-\U0001f53d\U0001f7e0-\U0001f7eb",
    "ticks and approving hands": r"\u2611\u2705\u2713\u2714\U0001f44c\U0001f44d\U0001f44f\U0001f5f8\U0001f5f9",
    "stars, flowers and hearts": r"\u2605\u2606\u2722-\u274b\u2763-\u2767\u2b50\U0001f31f\U0001f3f5\U0001f940",
    "sports": r"\u26bd\u26be\U0001f3bd-\U0001f3d3\U0001f3f8\U0001f3f9\U0001f93a-\U0001f93f\U0001f945-\U0001f94f",
    "other pastimes": r"\U0001f3a0-\U0001f3bc\U0001f941",
    "places": r"\U0001f3d4-\U0001f3f0",
    "food, drinks and plants": r"\U0001f32d-\U0001f37f\U0001f3fa\U0001f942-\U0001f944",
    "parties": r"\U0001f380-\U0001f393",
    "animals": r"\U0001f400-\U0001f43e",
    "clothes": r"\U0001f451-\U0001f462\U0001f97b-\U0001f97f\U0001f9ba\U0001f9e2-\U0001f9e6\U0001fa70-\U0001fa74",
    "sexes and skin tones": r"\u2640\u2642\U0001f3fb-\U0001f3ff",
    "shopping": r"\U0001f3f7\U0001f4e6\U0001f6cd\U0001f6d2",
}
_HARMLESS = re.compile(f"[{''.join(_HARMLESS_SIGNS.values())}]")
_RED = "🔴🟥"  # after an item, these say no by themselves
# In one list, a sign of the first column says no beside one of the second; by itself it is a bullet.
_OPPOSITES = (
    (_RED, "🟢🟩✅"),
    ("○◯", "●⬤◉◎"),
    ("☆", "★⭐🌟"),
    ("◇", "◆"),
    ("△", "▲"),
    ("▷", "▶"),
    ("▫", "▪"),
    (f"{DASHES}-", "+\uff0b"),
)
_OPPOSITE_SIGNS = re.escape("".join(map("".join, _OPPOSITES)))
_NO_DASH = rf"(?<![{DASHES}+\uff0b-])"
_OPPOSITE = re.compile(
    rf"""
    (?P<before> (?<![^{_BREAKS}]) [ \xa0]*               # the start of an item,
        (?: [(\[#]? \w{{1,4}} [.:)\]]+ [ \xa0]* )?       # and its number in the list
    )?
    (?P<sign> [{_OPPOSITE_SIGNS}])
    (?(before)
        (?: {_NO_DASH} | (?=[ \xa0\t]|{_LETTER}{{3}}) )  # before an item: a dash or plus only before a blank or three
                                                         # letters, since "-B2" may be a SKU
      | {_NO_DASH} (?=[ \xa0\ufe0f]*(?![^{_BREAKS}]))    # after an item: no dash or plus
    )
    """,
    re.VERBOSE,
)
_MARK_END = rf"[.:)\]/{_ORDINALS}{DASHES}-]+"
# A mark that only a whole list makes certain: "a. ", "3-" and "3." right before a name, Word's hollow bullet "o"
_ORDERED = re.compile(
    rf"""
    \s* [(\[]? (?P<mark> {_NUMBER}|{_LETTER}|[ivx]+) (?P<end> {_MARK_END}) \s* (?={_LETTER})
    """,
    re.IGNORECASE | re.VERBOSE,
)
_WORDS_BULLET = re.compile(r"\s*o(?:\s+(?=\S)|\t)")
_SURELY_WORDS_BULLET = re.compile(r"^\s*o(?:\t|[ \xa0]{2,})")
_ROMAN = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi"]
_ORDERS = ([*ascii_lowercase], _ROMAN, [*"ابتثجحخدذرزس"], [*"ابجدهوزحطيكل"])
_BARE_MARK = re.compile(rf"[(\[]?\d{{1,3}}{_MARK_END}")
_MARK_CELL = re.compile(
    rf"""
    [(\[]? (?:{_NUMBER}|{_LETTER}|[ivx]{{2,4}}) {_MARK_END}  # "1.", "(b)", "iv)"
  | o                                                        # Word's bullet
  | [(\[]? (?:{_TIMES}) [)\]]?                               # "2x", "(x 2)"
    """,
    re.IGNORECASE | re.VERBOSE,
)
_ORDINAL = re.compile(rf"^(\W*{_NUMBER})\.?[{_ORDINALS}]")
_MINUS_BEHIND = re.compile(rf"(?![.,])[^{DASHES}-]*[{DASHES}-]")  # "1-", as SAP writes it; not "19,-", which is a price


def split_list(text: str) -> list[str]:
    """Split a list as people write it into its items, cleaned; leave out blank ones."""
    return [item for part in _LIST_BREAK.split(unescape(text)) if (item := clean(part))]


def split_rows(text: str) -> list[tuple[str, str]]:
    """Split a list at line ends and semicolons; return each row as written, and without a mark that all rows have.

    A list on one line may have such marks at its commas.
    """
    rows = [_SURELY_WORDS_BULLET.sub("", row) for row in _ROW_END.split(_box_refusals(text)) if row.strip()]
    if len(rows) == 1 and (parts := _COMMA.split(rows[0]))[1:] and (marked := _strip_order(parts)):
        return list(zip(parts, marked, strict=True))
    return list(zip(rows, _strip_order(rows) or rows, strict=True))


def _box_refusals(text: str) -> str:
    """Put an empty box before each sign of a list that says no beside another one of it."""
    signs = {found["sign"] for found in _OPPOSITE.finditer(text)}
    refused = {c for no, yes in _OPPOSITES if not signs.isdisjoint(yes) for c in no}
    return _OPPOSITE.sub(
        lambda found: f"{found['before'] or ''}☐{found['sign']}" if found["sign"] in refused else found[0], text
    )


def _strip_order(rows: Sequence[str]) -> list[str]:
    """Return the rows without their marks if these count from the first one, or are all "o"; else an empty list."""
    if all(map(_WORDS_BULLET.match, rows)):
        return [_WORDS_BULLET.sub("", row, count=1) for row in rows]
    found = [_ORDERED.match(row) for row in rows]
    marks = [fold(mark["mark"]) for mark in found if mark]
    if len(marks) < len(rows) or (len(rows) == 1 and found[0] and found[0]["end"] not in (".", ":")):
        return []
    if marks == [str(n + 1) for n in range(len(rows))] or (
        len(rows) > 1 and any(marks == order[: len(rows)] for order in _ORDERS)
    ):
        return [row[mark.end() :] for row, mark in zip(rows, found, strict=True) if mark]
    return []


def split_cells(row: str) -> tuple[list[str], list[str]]:
    """Split a row at its tabs into the cells that may name an item, and the numbers beside them.

    Bullets and list numbers beside a cell with letters are left out. A sign, a zero and a negative number beside it
    stay with it, after an empty box if they would be a mark before it: they may say that it was not bought. Cells
    without any letters are all returned as names.
    """
    cells = [cell for part in row.split("\t") if (cell := clean(part))]
    named = [any(map(str.isalpha, cell)) and not _MARK_CELL.fullmatch(cell) for cell in cells]
    if len(cells) == 1 or not any(named):
        return [cell for cell in cells if not _BARE_MARK.fullmatch(cell)], []
    last = max(at for at, is_name in enumerate(named) if is_name)
    names, amounts, before = list[str](), list[str](), ""
    for at, (cell, is_name) in enumerate(zip(cells, named, strict=True)):
        follows = at > last or (named[0] and not is_name)
        if is_name:
            names.append(f"{before} {cell}".strip())
            before = ""
        elif follows and _may_say_no(cell):
            names[-1] = f"☐ {cell} {names[-1]}"
        elif _MARK_CELL.fullmatch(cell) or _is_amount(cell):
            amounts.append(cell)
        elif follows:
            names[-1] = f"{cell} {names[-1]}"
        else:
            before = f"{before} {cell}"
    return names, amounts


def _may_say_no(cell: str) -> bool:
    """Return whether a cell behind a name is a negative number, or a dash or other sign that is no picture or plus."""
    if any(map(str.isalpha, cell)):
        return False
    before, *others = re.split(r"\d+", _to_plain(cell))
    if others:
        return any(c in f"-{DASHES}([{{<" for c in before) or bool(_MINUS_BEHIND.match(others[-1]))
    return not any(c == "+" or (unicodedata.category(c) == "So" and c not in _RED) for c in before)


def _is_amount(cell: str) -> bool:
    return any(unicodedata.digit(c, 0) for c in cell) and cell[0] not in f"-{DASHES}"


def strip_marks(text: str, emoji: Container[str] = ()) -> Iterator[str]:
    """Yield ``text`` without bullets, then also without its number in a list, then also without a quantity.

    A form that is the same as the one before it is left out, and so is a short number, which a mark or a quantity may
    be itself.

    >>> list(strip_marks("• 1. ⚽ 2x Soccer Ball"))
    ['1. ⚽ 2x Soccer Ball', '2x Soccer Ball', 'Soccer Ball']

    :param emoji: characters of the shop's emoji, which are stripped, too.
    """
    plain = _to_plain(text)
    listed = _strip_signs(plain, emoji)
    number = _LIST_NUMBER.match(listed)
    item = _strip_signs(listed[number.end() :], emoji) if number else listed
    quantity = _QUANTITY.search(item)
    single = _strip_signs(_QUANTITY.sub("", item, count=1), emoji)
    if quantity and quantity[0].strip(" #([])").isdigit() and not any(map(str.isalpha, single)):
        single = item  # "2 4711" may be two ids
    forms = (form for form, before in ((listed, plain), (item, listed), (single, item)) if form != before)
    yield from (form for form in forms if any(map(str.isalpha, form)) or len(form) >= MIN_CODE)


def strip_name(name: str) -> str:
    """Return the name of an added product without bullets, emoji and its numbers in lists.

    A quantity is kept, and so is a name that begins with =, which only a spreadsheet would read as a formula.
    """
    if name.startswith("="):
        return name
    listed = _strip_signs(_to_plain(name))
    number = _LIST_NUMBER.match(listed)
    if not number and listed == _to_plain(name):
        return name
    return strip_name(listed[number.end() :] if number else listed)


def _to_plain(text: str) -> str:
    """Return ``text`` cleaned, with Western digits in place of those of other scripts, in circles or on keycaps."""
    text = _ORDINAL.sub(r"\1°", clean(text))  # NFKC makes letters of º and ª
    text = _KEYCAP.sub("", unicodedata.normalize("NFKC", text))
    if not text.isascii():
        text = "".join(str(unicodedata.digit(c, c)) for c in text)
    return " ".join(text.split())


def _strip_signs(text: str, emoji: Container[str] = ()) -> str:
    """Return ``text`` without the bullets and emoji before it and the emoji after it."""
    before = "".join(takewhile(lambda c: bool(_HARMLESS.match(c)) or c in emoji, text))
    rest = text[len(before) :]
    after = "".join(takewhile(lambda c: _may_follow(c, emoji), reversed(rest)))
    if before and not before[-1].isspace() and rest[:1].isdigit():  # "-2" is not a bullet and 2
        before = ""
    return text[len(before) : len(text) - len(after)]


def _may_follow(c: str, emoji: Container[str]) -> bool:
    harmless = c == " " or (_HARMLESS.match(c) and unicodedata.category(c) in ("So", "Sk") and c not in _RED)
    return bool(harmless) or c in emoji
