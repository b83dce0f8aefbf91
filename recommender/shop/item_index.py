"""The items of a shelf by id, SKU and name, in the forms in which they are compared."""

from __future__ import annotations

from ..errors import CatalogError
from .item import NEW_EMOJI, Item
from .language import LANGUAGES
from .list_marks import JOINT
from .text import fold_code, list_singular, normalise, unify_joints

_MAX_RUN = 8  # parts of a title, of those in which a list with it is split


class DuplicateItem(CatalogError):
    """An item that shares its id or a name with an earlier one of the same shelf.

    :ivar item: the later of the two.
    :ivar shared: the id or name.
    """

    def __init__(self, message: str, item: Item, shared: str):
        self.item, self.shared = item, shared
        super().__init__(message)


class ItemIndex:
    """Items by id, and by normalised shelf and prompt name in each language, in the order of adding.

    :ivar by_code: items by the form of :func:`.fold_code` of their id and SKU; None where several items share it.
    :ivar by_joints: items whose names hold "and" or ×, by the form of :func:`.unify_joints`; None where several share
        it.
    :ivar part_counts: into how many parts the signs and words of a list cut a name, at most, by the last word of the
        first part.
    :ivar emoji: the characters of the items' emoji.
    """

    def __init__(self) -> None:
        self.by_id: dict[str, Item] = {}
        self.by_folded_id: dict[str, Item] = {}
        self.by_sku: dict[str, Item] = {}
        self.by_code: dict[str, Item | None] = {}
        self.by_name: dict[str, dict[str, Item]] = {language: {} for language in LANGUAGES}
        self.by_joints: dict[str, Item | None] = {}
        self.part_counts: dict[str, int] = {}
        self.emoji = set(NEW_EMOJI)

    def add(self, item: Item) -> None:
        """Add an item.

        :raises DuplicateItem: if an earlier item has its id in any letter case, or its name in some language; then
            nothing is added.
        """
        folded = item.id.casefold()
        if folded in self.by_folded_id:
            raise DuplicateItem(f'The id "{item.id}" is used twice.', item, item.id)
        keys = {name: normalise(name) for name in (*item.names.values(), *item.prompt_names.values())}
        for language in LANGUAGES:
            name = item.name(language)
            for called in {name, item.prompt_name(language)}:
                if same := self.by_name[language].get(keys[called]):
                    message = f'"{same.id}" and "{item.id}" have the same {language} name "{name}".'
                    raise DuplicateItem(message, item, name)
        self.by_id[item.id] = self.by_folded_id[folded] = item
        if item.sku:
            self.by_sku.setdefault(item.sku.casefold(), item)
        for code in {fold_code(item.id), fold_code(item.sku)} - {""}:
            self.by_code[code] = None if code in self.by_code else item
        for language in LANGUAGES:
            self.by_name[language][keys[item.name(language)]] = item
            self.by_name[language][keys[item.prompt_name(language)]] = item
        self.emoji.update(item.emoji)
        for name in item.names.values():
            if (joined := unify_joints(keys[name])) != keys[name] or "&" in joined or "," in joined:
                self.by_joints[joined] = item if self.by_joints.get(joined, item) is item else None
            if joints := [joint.start() for joint in JOINT.finditer(name) if joint.start()]:
                opening = last_word(name[: joints[0]])
                self.part_counts[opening] = min(_MAX_RUN, max(self.part_counts.get(opening, 1), len(joints) + 1))

    def has_name(self, text: str) -> bool:
        """Return whether an item has this name in any language and spelling, or ``text`` is its English plural."""
        keys = [normalise(form) for form in (text, *list_singular(text))]
        return any(key in names for names in self.by_name.values() for key in keys) or any(
            self.by_joints.get(unify_joints(key)) for key in keys
        )

    def copy(self) -> ItemIndex:
        """Return a copy, to which items can be added."""
        other = ItemIndex()
        other.by_id, other.by_folded_id, other.by_sku = dict(self.by_id), dict(self.by_folded_id), dict(self.by_sku)
        other.by_code = dict(self.by_code)
        other.by_name = {language: dict(names) for language, names in self.by_name.items()}
        other.by_joints, other.part_counts, other.emoji = dict(self.by_joints), dict(self.part_counts), set(self.emoji)
        return other


def last_word(text: str) -> str:
    """Return the last word of a text, normalised."""
    return normalise(text).rpartition(" ")[2]
