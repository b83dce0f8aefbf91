"""Split lists of a shop's items, as people write them, into the texts of the items.

A list has rows and cells. Each cell is looked up whole, and then split at commas, and at last at "and" and at signs.
Several parts that are one name ("War, Peace") stay one item.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from .catalog import Catalog
from .item import Item
from .lexicon import MIN_PART
from .list_marks import COMMAS, JOINT, split_cells, split_rows
from .text import MAX_NAME_LENGTH, MIN_CODE, clean, unescape

MAX_SENTENCE = 1_000  # characters of a text that is split at "and"; a longer one is an id, a title or unknown
MAX_JOINED = 50  # items that "and" joins in a text
MAX_COMPLETED = 200  # parts of one call that are completed, for each of which up to 60 forms are looked up
MAX_RUNS = 2_000  # names with commas or "and" that are tried in one call
_DECIMAL_COMMA = re.compile(rf"\d[{COMMAS}]\d")


@dataclass(frozen=True)
class _Part:
    """A part of a cell.

    :ivar comma: whether a comma stands before it.
    :ivar sign: whether a sign such as " - " or a full stop stands before it.
    :ivar start: where it starts in the cell, with an "and" if that begins the cell or follows a comma.
    :ivar end: where it ends.
    :ivar texts: what to look up, in this order: with this "and", then without it; empty if it is not understood.
    """

    comma: bool
    sign: bool
    start: int
    end: int
    texts: tuple[str, ...]


class ListSplitter:
    """Splits the lists of one call.

    :param look_up: returns the readings of a text.
    :param is_named: returns whether a text as a whole is a name, with its marks.
    """

    def __init__(self, catalog: Catalog, look_up: Callable[[str], list[Item]], is_named: Callable[[str], bool]):
        self.catalog, self.look_up, self.is_named = catalog, look_up, is_named
        self._completed = self._tried = 0

    def split_all(self, texts: Iterable[str]) -> list[str]:
        """Return the different texts of the items of several lists."""
        return list(dict.fromkeys(item for text in dict.fromkeys(texts) for item in self.split(text)))

    def split(self, text: str) -> list[str]:
        """Split a list at semicolons, line ends, tabs and commas, but not inside of a product's title.

        "And" and some signs separate items, too, where the text is no name and all its parts mean something.
        """
        if text in self.catalog:  # an id, as the page sends hundreds of
            return [text]
        if "\t" not in text.strip() and self.catalog.get(text):  # a cell behind a name may say no
            return [clean(text)]
        rows = split_rows(unescape(text))
        bare = (row if row == unmarked or self.is_named(clean(row)) else unmarked for row, unmarked in rows)
        return [item for row in bare for cell in self._split_row(row) for item in self._split_cell(cell)]

    def _split_row(self, row: str) -> list[str]:
        """Return the cells of a row that are lists of items; a long number beside them may be the id of another one."""
        cells, amounts = split_cells(row)
        codes = (cell for cell in amounts if len(cell) >= MIN_CODE and self.catalog.get_by_code(cell))
        return [*cells, *codes]

    def _split_cell(self, cell: str) -> list[str]:
        if self.catalog.get(cell):
            return [cell]
        parts = _cut(cell)
        if len(parts) > 1 and self.is_named(cell):
            return [cell]
        parts = self._complete(cell, self._join_names(cell, parts))
        starts = [n for n, part in enumerate(parts) if part.comma or not n]
        groups = (parts[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True))
        return [item for group in groups for item in self._split_group(cell, group)]

    def _join_names(self, cell: str, parts: Sequence[_Part]) -> list[_Part]:
        """Join the parts that are one name, from the left, the longest name first; else those at a decimal comma."""
        joined: list[_Part] = []
        at = 0
        while at < len(parts):
            part, end = parts[at], at + 1
            longest = self.catalog.count_parts(part.texts[-1]) if self._tried < MAX_RUNS else 1
            ends = range(min(len(parts), at + longest), at + 1, -1)
            self._tried += len(ends)
            runs = ((end, f"{text}{cell[part.end : parts[end - 1].end]}") for end in ends for text in part.texts)
            end, text = next((run for run in runs if self.is_named(run[1])), (end, ""))
            while not text and end < len(parts) and self._is_decimal(cell, parts[end - 1], parts[end]):
                end += 1
            texts = (text,) if text else tuple(f"{form}{cell[part.end : parts[end - 1].end]}" for form in part.texts)
            joined.append(replace(part, end=parts[end - 1].end, texts=texts))
            at = end
        return joined

    def _is_decimal(self, cell: str, before: _Part, after: _Part) -> bool:
        """Return whether a decimal comma stands between two parts, as in "Milk 3,5%", and not one between two items."""
        if not _DECIMAL_COMMA.match(cell, before.end - 1) or after.start != before.end + 1:
            return False
        texts = before.texts[-1], after.texts[-1]
        return not all(map(str.isdigit, texts)) and not all(self._is_known(text, short=True) for text in texts)

    def _complete(self, cell: str, parts: Sequence[_Part]) -> list[_Part]:
        """Complete the parts in which a hyphen stands for the end or the beginning of another part.

        In "Basketball- und Tennisschuhe" these are two pairs of shoes. If no product is found, the part and the other
        one are an unknown text.
        """
        following: list[_Part | None] = [None]  # from the last part on, the next one without a hyphen at its end
        for part in reversed(parts[1:]):
            following.append(following[-1] if part.texts[-1].endswith("-") else part)
        completed: list[_Part] = []
        before: _Part | None = None
        for part, after in zip(parts, reversed(following), strict=True):
            text, other = part.texts[-1], None
            if text.endswith("-") and text[-2:-1].isalpha() and (other := after):
                whole = other.texts[-1]
                forms = [(text[:-1] + whole[k:], whole[k:]) for k in range(1, len(whole) - MIN_PART + 1)]
            elif before and not part.sign and _is_ending(text, before.texts[-1]):
                other, whole = before, before.texts[-1]
                forms = [(whole[:k] + text[1:], whole[:k]) for k in range(len(whole) - 1, MIN_PART - 1, -1)]
            elif not text.startswith("-"):
                before = part
            if other:
                self._completed += 1
                known = self._completed <= MAX_COMPLETED and len(whole) <= MAX_NAME_LENGTH and self.look_up(whole)
                full = next((form for form, shared in forms if self._is_compound(form, shared)), "") if known else ""
                start, end = min(part.start, other.start), max(part.end, other.end)
                part = replace(part, texts=(full,)) if full else replace(part, start=start, end=end, texts=())
            completed.append(part)
        return completed

    def _is_compound(self, form: str, shared: str) -> bool:
        """Return whether a completed part is a name, or means one item by its words, of which one is ``shared``."""
        return self.catalog.get(form) is not None or bool(self.look_up(shared) and len(self.look_up(form)) == 1)

    def _split_group(self, cell: str, parts: Sequence[_Part]) -> list[str]:
        """Return the items of parts without commas between them, if all mean something; else their text as it is."""
        text = cell[min(part.start for part in parts) : max(part.end for part in parts)].strip()
        if len(parts) == 1:
            texts = parts[0].texts or (text[: 2 * MAX_NAME_LENGTH],)
            return [next(filter(self.look_up, texts), texts[0]) if len(texts) > 1 else texts[0]]
        if len(parts) > MAX_JOINED or len(text) > MAX_SENTENCE or self.is_named(text):
            return [text]
        short = all("".join(part.texts).isdigit() and not part.sign for part in parts)
        found = [next((text for text in part.texts if self._is_known(text, short=short)), "") for part in parts]
        return found if all(found) else [text]

    def _is_known(self, text: str, *, short: bool) -> bool:
        """Return whether a part means something; a short number does if ``short``, else it may be a quantity."""
        if any(map(str.isalpha, text)):
            return bool(self.look_up(text))
        return (short or len(text) >= MIN_CODE) and self.catalog.get(text) is not None


def _is_ending(text: str, whole: str) -> bool:
    """Return whether a text is the end of a word that begins like ``whole``.

    A capital stands in it only behind a hyphen of the word: "-Trikot" belongs to "Football-Helm"; alone it is a bullet.
    """
    return text.startswith("-") and (text[1:2].islower() or (text[1:2].isalpha() and "-" in whole))


def _cut(cell: str) -> list[_Part]:
    """Cut a cell at every :data:`.list_marks.JOINT`; leave out blank parts."""
    parts: list[_Part] = []
    comma = sign = False
    start = outer = 0  # the part without and with an "and" before it
    for joint in (*JOINT.finditer(cell), None):
        end = joint.start() if joint else len(cell)
        text = cell[start:end].strip()
        if text:
            texts = tuple(dict.fromkeys((cell[outer:end].strip(), text)))
            parts.append(_Part(comma, sign, outer, end, texts))
            comma = sign = False
        if joint:
            start = joint.end()
            outer = start if text or joint["comma"] else outer
            comma, sign = comma or bool(joint["comma"]), sign or bool(joint["sign"])
    return parts
