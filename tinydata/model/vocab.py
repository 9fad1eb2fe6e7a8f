"""Vocabularies and token ids: ids that were equal stay equal, small ones stay, all lie below the vocabulary. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.names import group
from tinydata.model.roles import keys_with, role_of, skipped
from tinydata.model.token_ranges import find_ranges, shrink_ranges
from tinydata.model.tree import Node, ints_in, is_int, is_list

SPARE = 16  # ids past a vocabulary of codes: padding, masks, delays
NEAR = 64  # vocabularies that differ by no more than this are one, with and without its added tokens


def shrink_vocab(draft: Draft) -> None:
    """Give every vocabulary fewer rows, and every token id a row."""
    sizes = _sizes(draft)
    end_of_text = shrink_ranges(draft, find_ranges(draft), sizes)
    for node in draft.tree.nodes:
        for key in keys_with(node, "vocab"):
            draft.put(node, key, sizes.get(node.values[key], node.values[key]), "vocab", "vocabulary")
    ids = _Ids(draft, sizes, end_of_text)
    for node in draft.tree.nodes:
        for key, value in _token_keys(node):
            draft.put(node, key, ids.new(value, node), "vocab", "below the vocabulary")
        for key, value in node.values.items():
            if value is None and group("filled_ids").holds(str(key)):
                draft.put(node, key, ids.free(node), "vocab", "an id that stands for the picture or sound")


def _sizes(draft: Draft) -> dict[int, int]:
    """Old size -> new."""
    aim = draft.aim.vocab_size
    olds = sorted({node.values[key] for node in draft.tree.nodes for key in keys_with(node, "vocab")})
    asked = {
        node.values[key]: size
        for node in reversed(draft.tree.nodes)
        for key in keys_with(node, "vocab")
        if draft.set_by_user(node, key) and (size := draft.number(node, key)) is not None
    }
    sizes: dict[int, int] = {}
    last = None
    for old in olds:
        if old in asked:
            sizes[old] = asked[old]
        elif old > aim + NEAR:
            sizes[old] = sizes[last] + (old - last) if last is not None and old - last <= NEAR else aim
        else:
            continue
        last = old
    for old in reversed(olds):  # a smaller one near to one that was asked for
        near = next((other for other in asked if 0 < other - old <= NEAR), None)
        if near is not None and old not in asked and old > aim:
            sizes[old] = max(1, asked[near] - (near - old))
    return sizes


class _Ids:
    """Old token id -> new, one map for the whole tree."""

    def __init__(self, draft: Draft, sizes: dict[int, int], end_of_text: int | None) -> None:
        self.draft, self.sizes = draft, sizes
        self.given: dict[int, int] = {}
        texts = [node for node in draft.tree.nodes if is_int(node.values.get("vocab_size"))]
        self.text = max(texts, key=lambda node: (node.values["vocab_size"], *_of_text(node)), default=None)
        self.limit = min(
            (self._rows(node) for node in draft.tree.nodes if "vocab_size" in node.values), default=draft.aim.vocab_size
        )
        self.limit = min(self.limit, end_of_text or self.limit)
        ids = {old for node in draft.tree.nodes for _, value in _token_keys(node) for old in ints_in(value) if old >= 0}
        set_by_user = {
            new
            for path, value in draft.settings.items()
            for new in ints_in(value)
            if role_of(draft.tree.node_of(path), str(path[-1])) == "token"
        }
        self.taken = {old for old in ids if old < self.limit} | set_by_user
        for node in draft.tree.nodes:
            for key, value in _token_keys(node):
                if draft.set_by_user(node, key) and is_int(value) and is_int(draft.now(node, key)):
                    self.given[value] = int(draft.now(node, key))
        for node in draft.tree.nodes:  # the order of ids stays, and neighbours stay neighbours
            big = {
                old for _, value in _token_keys(node) for old in ints_in(value) if old >= 0 and self._moves(old, node)
            }
            for old in sorted(big - set(self.given), reverse=True):
                self.given[old] = self.free(node)

    def new(self, value: Any, node: Node) -> Any:
        """The new id of an old one, or of each in a list."""
        if is_list(value):
            return [self.new(item, node) for item in value]
        if not is_int(value) or value < 0:
            return value
        beyond = self._beyond(value, node)
        if beyond is not None:
            return beyond
        if value in self.given:
            return self.given[value]
        if not self._moves(value, node):
            return value
        return self.given.setdefault(value, self.free(node))

    def _moves(self, value: int, node: Node) -> bool:
        """Whether an id has no row any more."""
        rows = self._rows(node)
        stays = value < min(rows, self.limit) or value < rows == self._old_rows(node)
        return not stays and self._beyond(value, node) is None

    def free(self, node: Node) -> int:
        """An id that nothing has yet, from the end of the vocabulary."""
        rows = min(self._rows(node), self.limit)
        new = next((place for place in range(rows - 1, -1, -1) if place not in self.taken), rows - 1)
        self.taken.add(new)
        return new

    def _beyond(self, value: int, node: Node) -> int | None:
        """The place of an id that lies just past a vocabulary of codes, in a table that has rows for it."""
        for key in keys_with(node, "vocab"):
            size = node.values[key]
            if size <= value <= size + SPARE and node is not self.text:
                return int(self.sizes.get(size, size) + (value - size))
        return None

    def _rows(self, node: Node) -> int:
        """The rows of the smallest table that an id of this part may be looked up in."""
        found = [
            self.sizes.get(node.values[key], node.values[key])
            for key in keys_with(node, "vocab")
            if "vocab" in key and node.values[key] > 2
        ]
        if node is not self.text and self.text is not None and not found:
            return self._rows(self.text)
        return min(found, default=self.draft.aim.vocab_size)

    def _old_rows(self, node: Node) -> int:
        return min((node.values[key] for key in keys_with(node, "vocab") if "vocab" in key), default=-1)


def _of_text(node: Node) -> tuple[bool, int]:
    """Of equal vocabularies that of a text model is the text's, then the one nearer to the root."""
    return any("text" in str(step) for step in node.path), -len(node.path)


def _token_keys(node: Node) -> Iterator[tuple[str, Any]]:
    for key, value in node.values.items():
        if not skipped(key) and role_of(node, key) == "token" and (is_int(value) or is_list(value)):
            yield key, value
