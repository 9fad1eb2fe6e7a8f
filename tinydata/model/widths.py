"""Widths: one map from old width to new for the whole tree, so that what was equal stays equal. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tinydata.model.draft import Draft
from tinydata.model.names import group, role_groups, table, words
from tinydata.model.roles import keys_with, lists_of, role_of
from tinydata.model.tree import Node, Path, ints_in, is_int, is_ints, is_list

SMALL = 16  # what is below stays
LEAST = 8
NARROW = 32  # what is narrower may be a small part of the anchor
LEAST_DOUBLED = 2  # what doubles some times over may start lower
STAGED = 12  # so many times as wide as the first is the last stage of a model in stages, before that counts


@dataclass(frozen=True)
class Stages:
    """A part whose widths grow from stage to stage: one factor for all, down to a least width."""

    new_width: int
    old_width: int
    least: int

    def new(self, old: int) -> int:
        """What a width of the part becomes."""
        exact, rest = divmod(old * self.new_width, self.old_width)
        fits = rest == 0 and (exact % 4 == 0 or self.least < LEAST)
        return min(old, max(self.least, exact) if fits else round_to(exact))


class Widths:
    """What each width of a config becomes.

    A part of a model is built around one width, its anchor. A width that is a multiple or a part of an anchor stays it; any other
    keeps its ratio, rounded. The map is by value: a 4096 in the projector, the text model and the vision model is one number,
    without a word about why.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.anchors: dict[Path, int] = {}
        self.stages: dict[Path, Stages] = {}  # parts in stages
        self.plain: set[Path] = set()  # nodes whose anchor is a hidden size and no list of stages
        self.map: dict[int, int] = {}
        self.own: dict[Path, dict[int, int]] = {}
        self.bases: dict[int, int] = {}
        self.staged: dict[int, int] = {}  # what the stages of a backbone become, for lists that speak of them elsewhere
        for node in draft.tree.nodes:
            self._find_anchor(node)
        self._start_from_settings()
        for node in draft.tree.nodes:
            self._aim_at(node)
        if not self.anchors:
            self._take_widest()
        self.bases = dict(self.map)
        for node in draft.tree.nodes:
            if node.path in self.stages:
                self._lay_stages(node)
            self._lay_multiplied(node)

    def new(self, old: int, node: Node) -> int:
        """What a width becomes."""
        for path in self._way_up(node.path):
            if old in self.own.get(path, {}):
                return self.own[path][old]
        if old < SMALL and not self._grows(node):
            return old
        if self.draft.aim.divide:
            return self._divided(old, self.draft.aim.divide)
        if node.path in self.stages:
            return self.stages[node.path].new(old)
        if old not in self.map:
            self.map[old] = self.staged[old] if old in self.staged else self._scaled(old, node)
        return self.map[old]

    def of_list(self, value: Any, node: Node) -> Any:
        """What a list of widths becomes, nested or not: by one factor where the map knows nothing."""
        if is_list(value):
            return [self.of_list(item, node) for item in value]
        if not is_int(value) or value < SMALL or self.draft.aim.divide:
            return self.new(value, node) if is_int(value) else value
        if node.path in self.stages:
            return self.new(value, node)
        if value in self.staged:
            return self.staged[value]
        if value not in self.map:
            anchor = self.anchor(node)
            target = self.bases.get(anchor, min(anchor, self.draft.aim.width))
            factor = max(1, 2 ** int(math.log2(max(1, anchor / max(1, target)))))
            if value % anchor == 0:
                new = target * (value // anchor)
            elif value * target % anchor == 0:
                new = value * target // anchor
            else:
                new = value // factor if value % factor == 0 else round_to(value / factor)
            self.map[value] = min(value, max(new, 4))
        return self.new(value, node)

    def anchor(self, node: Node) -> int:
        """The width that a part is built around; where it names none, that of the part around it."""
        for path in self._way_up(node.path):
            if path in self.anchors:
                return self.anchors[path]
        return max(self.anchors.values(), default=64)

    def hidden(self, node: Node) -> int | None:
        """The new width of a part that names one; None where it does not."""
        return self.new(self.anchors[node.path], node) if node.path in self.plain else None

    def text(self) -> int:
        """The new width of the text model."""
        nodes = self.draft.tree.nodes
        apart = tuple(table()["text_width"]["not_in"])
        texts = [node for node in nodes if node.path and any(word in str(node.path[-1]) for word in apart)]
        for node in (*texts, *(node for node in nodes if is_int(node.get("vocab_size")))):
            if node.path in self.plain:
                return self.new(self.anchors[node.path], node)
        return self.draft.aim.width

    def _find_anchor(self, node: Node) -> None:
        plain = words("anchors")[: table()["anchors"]["plain"]]
        for name in words("anchors"):
            key = next((str(key) for key in node.values if name in (key, node.name_of(str(key)))), None)
            value = node.values.get(key) if key else None
            if is_int(value) and (value >= SMALL or self.draft.set_by_user(node, str(key))):
                self.anchors[node.path] = value
                break
        anchor = self.anchors.get(node.path)
        first = _first_width(node, anchor)
        stages = stage_key(node)
        if first:
            self.anchors[node.path] = first
        named = any(
            name in plain for key in node.values for name in (key, node.name_of(str(key))) if is_int(node.values[key])
        )
        if anchor is None:
            listed = [
                width
                for key, value in lists_of(node).items()
                if group("anchor_lists").holds(key)
                for width in ints_in(value)
                if width >= SMALL
            ]
            if listed:
                self.anchors[node.path] = min(listed)
        if node.path in self.anchors and (stages or named):
            self.plain.add(node.path)

    def _start_from_settings(self) -> None:
        """What the user has set leads: equal widths in the same part, and those elsewhere that nothing else leads."""
        found = sorted(self.draft.settings.items(), key=lambda item: self._rank(item[0]))
        for path, new in found:
            node = self.draft.tree.node_of(path)
            old = node.values.get(str(path[-1])) if len(path) == len(node.path) + 1 else None
            if is_int(old) and is_int(new) and role_of(node, str(path[-1])) == "width":
                self.own.setdefault(node.path, {}).setdefault(old, new)
                if self.anchors.get(node.path) == old:
                    self.map.setdefault(old, new)

    def _take_widest(self) -> None:
        """Where nothing is called a hidden size, the widest leads."""
        widths = [node.values[key] for node in self.draft.tree.nodes for key in keys_with(node, "width")]
        if widths and max(widths) >= SMALL:
            self.anchors[()] = max(widths)
            self.map.setdefault(max(widths), min(max(widths), self.draft.aim.widest))

    def _rank(self, path: Path) -> int:
        names = words("anchors")
        name = self.draft.tree.node_of(path).name_of(str(path[-1]))
        return names.index(name) if name in names else len(names)

    def _aim_at(self, node: Node) -> None:
        """Give the anchor of a part its new value."""
        anchor = self.anchors.get(node.path)
        if anchor is None or anchor in self.own.get(node.path, {}):
            return
        stages = self._stages(node, anchor)
        if stages:
            self.stages[node.path] = stages
            return
        doubled = next((node.values[key] for key in words("doubling_widths") if is_int(node.values.get(key))), None)
        apart = self._stages(node, doubled) if doubled and _doublings(node, doubled) else None
        if apart and doubled:
            self.own.setdefault(node.path, {}).setdefault(doubled, apart.new(doubled))
        if node.path in self.plain:
            self.map[anchor] = self._divisible(node, min(self.draft.aim.width, anchor, self.map.get(anchor, anchor)))
            plain = words("anchors")[: table()["anchors"]["plain"]]
            for key in keys_with(node, "width"):
                if (key in plain or node.name_of(key) in plain) and node.values[key] >= SMALL:
                    self.map.setdefault(node.values[key], min(self.draft.aim.width, node.values[key]))

    def _divisible(self, node: Node, width: int) -> int:
        """A width that the heads which the user has set divide."""
        heads = next((key for key in keys_with(node, "heads") if self.draft.set_by_user(node, key)), None)
        count = self.draft.number(node, heads) if heads else None
        if not count or count < 1 or width % count == 0:
            return width
        unit = math.lcm(count, LEAST)
        return -(-width // unit) * unit

    def _stages(self, node: Node, anchor: int) -> Stages | None:
        """By how much a part in stages becomes narrower, so that its last stage is no wider than meant."""
        aim, doubled = self.draft.aim, _doublings(node, anchor)
        if doubled:
            return Stages(
                min(anchor, max(LEAST_DOUBLED, _power_of_two(aim.widest / 2**doubled))), anchor, LEAST_DOUBLED
            )
        widths = [width for width in (*_stage_widths(node), anchor) if width >= SMALL]
        if not widths or (stage_key(node) is None and (node.path in self.plain or not _in_lists_alone(node))):
            return None
        first, last = min(widths), max(widths)
        stages = stage_key(node)
        if stages and node.values.get("embed_dim") == anchor < node.values.get("hidden_size", 0):
            last = max(last, anchor * 2 ** (len(node.values[stages]) - 1))  # some files say a hidden size that is none
        if last <= aim.widest:
            return Stages(1, 1, 1)
        if first == last:
            return None
        new = min(aim.widest, last)
        bottom = _power_of_two(new * first / last)
        return Stages(bottom, first, LEAST) if LEAST <= bottom < first else Stages(new, last, LEAST)

    def _lay_stages(self, node: Node) -> None:
        for old in _stage_widths(node):
            if old >= SMALL:
                self.staged.setdefault(old, self.new(old, node))

    def _lay_multiplied(self, node: Node) -> None:
        """Where code multiplies the widths of a list by a coefficient, other parts speak of the products."""
        old, new = node.values.get("width_coefficient"), self.draft.now(node, "width_coefficient")
        for width in _stage_widths(node) if old and new else ():
            self.staged.setdefault(round_to(width * old), round_to(width * new))

    def _scaled(self, old: int, node: Node) -> int:
        own = self.anchor(node)
        for anchor in (own, *(other for other in self.bases if other != own)):
            target = self.own.get(node.path, {}).get(anchor) or self.bases.get(
                anchor, min(anchor, self.draft.aim.width)
            )
            if old % anchor == 0 and old // anchor <= 16:
                return _no_more(old, target * (old // anchor), target > anchor)
            part = anchor // old if anchor % old == 0 else 0
            least, most = (LEAST, 4) if old >= NARROW else (LEAST // 2, NARROW)
            if 1 <= part <= most and target % part == 0 and target // part >= least:
                return _no_more(old, target // (anchor // old), target > anchor)
        target = self.own.get(node.path, {}).get(own) or self.bases.get(own, min(own, self.draft.aim.width))
        if target == own and old <= 16 * own:
            return old
        return _no_more(old, round_to(min(max(target * old / own, LEAST), 4 * target)), target > own)

    def _grows(self, node: Node) -> bool:
        anchor = self.anchor(node)
        return self.own.get(node.path, {}).get(anchor, anchor) > anchor

    def _divided(self, old: int, by: int) -> int:
        new = old // by if old % by == 0 else max(1, round(old / by))
        return min(old, round_to(new) if old % 8 == 0 else max(new, 4))

    def _way_up(self, path: Path) -> Iterator[Path]:
        for end in range(len(path), -1, -1):
            yield path[:end]


def shrink_widths(draft: Draft, widths: Widths) -> None:
    """Give every width its new value, those in lists too."""
    for node in draft.tree.nodes:
        if node.path in draft.frozen:
            continue
        for key in keys_with(node, "width"):
            old = node.values[key]
            if not _counts_pixels(node, key, old):
                draft.put(node, key, _tied(draft, widths, node, key, old), "width", _why(widths, node, old))
        for key, value in lists_of(node).items():
            if group("mixed_lists").holds(key) and draft.aim.cross_modal and node.path in widths.stages:
                draft.put(node, key, widths.of_list(value, node), "width", "widths among kernels")
    for node in sorted(draft.tree.nodes, key=lambda node: -len(node.path)):
        if node.path not in draft.frozen:
            for key, value in lists_of(node).items():
                if (*node.path, key) not in draft.changes and is_widths(key, value):
                    draft.put(node, key, widths.of_list(value, node), "width", "widths")


def is_widths(key: str, value: Any) -> bool:
    """Whether a list is one of widths."""
    numbers = list(ints_in(value))
    ends_wide = group("stage_widths").names.search(key)
    if not numbers or max(numbers) < SMALL or group("list_not_widths").holds(key):
        return False
    named = role_by_words(key)
    return named and (bool(ends_wide) or not _untouchable(key))


def role_by_words(key: str) -> bool:
    """Whether a list's name speaks of widths and of nothing else."""
    others = ("token", "layer_indices", "image")
    if any(known.role in others and known.holds(key) for known in role_groups()) or group("layer_indices").holds(key):
        return False
    if "num_" in key and "channels" not in key:
        return False
    width = next(known for known in reversed(role_groups()) if known.role == "width")
    return width.holds(key) or any(word in key for word in ("channels", "sizes", "dim", "hidden"))


def stage_key(node: Node) -> str | None:
    """The key that says how deep each stage is, in a model in stages."""
    return next((key for key in words("stages") if is_ints(node.values.get(key))), None)


def round_to(value: float, unit: int = 8) -> int:
    """The nearest multiple of a unit, at least one."""
    return max(unit, round(value / unit) * unit)


def _untouchable(key: str) -> bool:
    return any(known.role == "fixed" and known.holds(key) for known in role_groups())


def _tied(draft: Draft, widths: Widths, node: Node, key: str, old: int) -> int:
    """The new value of a width: the text model's, where the key speaks of that."""
    ties = group("text_width")
    here = ".".join(map(str, node.path))
    if draft.aim.cross_modal and node.path and old >= 64:
        inside = any(group("doublings").holds(name) for name in lists_of(node))
        beside = (
            key in table()["text_width"]["beside_hidden_size"] and is_int(node.values.get("hidden_size")) and not inside
        )
        apart = not any(word in here for word in table()["text_width"]["not_in"])
        if beside or (ties.holds(key) and apart):
            return min(old, widths.text())
    new = widths.new(old, node)
    if group("group_norms").holds(key) and old >= table()["group_norms"]["least"]:
        return max(new, int(table()["group_norms"]["least"]))
    return new


def _why(widths: Widths, node: Node, old: int) -> str:
    anchor = widths.anchor(node)
    if old == anchor:
        return "width"
    if old % anchor == 0 and old // anchor <= 16:
        return f"{old // anchor} x the width"
    return "keeps its ratio to the width"


def _counts_pixels(node: Node, key: str, old: int) -> bool:
    """Whether a width is that of a flattened patch."""
    side = node.values.get("patch_size")
    return (
        "patch" in key
        and "hidden_size" not in key
        and is_int(side)
        and side > 0
        and old % side**2 == 0
        and old // side**2 in (1, 2, 3, 4, 6)
    )


def _stage_widths(node: Node) -> Iterator[int]:
    for key, value in lists_of(node).items():
        if group("stage_widths").holds(key):
            yield from ints_in(value)
    if stage_key(node) and is_int(node.values.get("hidden_size")):
        yield node.values["hidden_size"]


def _in_lists_alone(node: Node) -> bool:
    """Whether two lists or more say how wide a part is, and no key does."""
    lists = [value for key, value in lists_of(node).items() if group("anchor_lists").holds(key)]
    return sum(max(ints_in(value), default=0) >= SMALL for value in lists) > 1


def _first_width(node: Node, anchor: int | None) -> int | None:
    """The width before the first stage, where another is called the hidden size."""
    first, stages = node.values.get("embed_dim"), stage_key(node)
    if stages and is_int(first) and anchor and 0 < 2 * first <= anchor <= first * 2 ** (len(node.values[stages]) - 1):
        return first
    if any(group("doublings").holds(key) for key in lists_of(node)):
        first = next((node.values[key] for key in words("doubling_widths") if is_int(node.values.get(key))), None)
        return first if first and anchor and anchor % first == 0 else None
    return None


def _doublings(node: Node, anchor: int) -> int:
    """How many times the anchor doubles on the way through the part."""
    lists = [value for key, value in lists_of(node).items() if group("doublings").holds(key)]
    starts = any(node.values.get(key) == anchor for key in words("doubling_widths"))
    return len(max(lists, key=len)) if lists and starts else 0


def _no_more(old: int, new: int, grows: bool) -> int:
    return new if grows else min(old, new)


def _power_of_two(value: float) -> int:
    return int(2 ** int(math.log2(value))) if value >= 1 else 1
