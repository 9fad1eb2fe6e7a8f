"""Width map: from old width to new, one for the whole tree, so that what was equal stays equal. Pure."""

from __future__ import annotations

import math
from typing import Any

from tinydata.model.anchors import find_anchors, listed_widths, plain_names, way_up
from tinydata.model.draft import Draft
from tinydata.model.names import table, words
from tinydata.model.roles import SMALL, keys_with, role_of
from tinydata.model.stages import LEAST, Stages, doubled_width, doublings, find_stages, round_to, stage_widths
from tinydata.model.tree import Node, Path, is_int, is_list

NARROW = 32  # what is narrower may be a small part of the anchor


class Widths:
    """What each width of a config becomes.

    A part of a model is built around one width, its anchor. A width that is a multiple or a part of an anchor stays it; any other
    keeps its ratio, rounded. The map is by value: a 4096 in the projector, the text model and the vision model is one number,
    without a word about why.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.anchors = find_anchors(draft)
        self.stages: dict[Path, Stages] = {}  # parts in stages
        self.map: dict[int, int] = {}
        self.own: dict[Path, dict[int, int]] = {}
        self.bases: dict[int, int] = {}
        self.staged: dict[int, int] = {}  # what the stages of a backbone become, for lists that speak of them elsewhere
        self._start_from_settings()
        if self.anchors.unnamed:
            self.map |= {widest: min(widest, draft.aim.widest) for widest in self.anchors.by_path.values()}
        else:
            for node in draft.tree.nodes:
                self._aim_at(node)
        self.bases = dict(self.map)
        for node in draft.tree.nodes:
            self._lay_multiplied(node)
            if node.path in self.stages:
                self._lay_stages(node)
            elif node.path not in self.anchors.plain and not draft.aim.divide:
                self._lead_to(node)

    def new(self, old: int, node: Node) -> int:
        """What a width becomes."""
        for path in way_up(node.path):
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
        if value in self.staged and not self._is_named(value, node):
            return self.staged[value]
        if value not in self.map:
            anchor = self.anchors.of(node)
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

    def hidden(self, node: Node) -> int | None:
        """The new width of a part that names one; None where it does not."""
        return self.new(self.anchors.by_path[node.path], node) if node.path in self.anchors.plain else None

    def text(self) -> int:
        """The new width of the text model."""
        nodes = self.draft.tree.nodes
        apart = tuple(table()["text_width"]["not_in"])
        texts = [node for node in nodes if node.path and any(word in str(node.path[-1]) for word in apart)]
        for node in (*texts, *(node for node in nodes if is_int(node.get("vocab_size")))):
            if node.path in self.anchors.plain:
                return self.new(self.anchors.by_path[node.path], node)
        return self.draft.aim.width

    def _start_from_settings(self) -> None:
        """What the user has set leads: equal widths in the same part, and those elsewhere that nothing else leads."""
        found = sorted(self.draft.settings.items(), key=lambda item: self._rank(item[0]))
        for path, new in found:
            node = self.draft.tree.node_of(path)
            old = node.values.get(str(path[-1])) if len(path) == len(node.path) + 1 else None
            if is_int(old) and is_int(new) and role_of(node, str(path[-1])) == "width":
                self.own.setdefault(node.path, {}).setdefault(old, new)
                if self.anchors.own(node) == old:
                    self.map.setdefault(old, new)

    def _is_named(self, width: int, node: Node) -> bool:
        """Whether a key of the part itself has this width, which a list beside it then speaks of."""
        return any(node.values[key] == width for key in keys_with(node, "width"))

    def _rank(self, path: Path) -> int:
        names = words("anchors")
        name = self.draft.tree.node_of(path).name_of(str(path[-1]))
        return names.index(name) if name in names else len(names)

    def _aim_at(self, node: Node) -> None:
        """Give the anchor of a part its new value."""
        anchor = self.anchors.own(node)
        if anchor is None or anchor in self.own.get(node.path, {}):
            return
        widest, plain = self.draft.aim.widest, node.path in self.anchors.plain
        stages = find_stages(node, anchor, widest, plain=plain)
        if stages:
            self.stages[node.path] = stages
            return
        doubled = doubled_width(node)
        apart = find_stages(node, doubled, widest, plain=plain) if doubled and doublings(node, doubled) else None
        if apart and doubled:
            self.own.setdefault(node.path, {}).setdefault(doubled, apart.new(doubled))
        if plain:
            self.map[anchor] = self._divisible(node, min(self.draft.aim.width, anchor, self.map.get(anchor, anchor)))
            names = plain_names()
            for key in keys_with(node, "width"):
                if (key in names or node.name_of(key) in names) and node.values[key] >= SMALL:
                    self.map.setdefault(node.values[key], min(self.draft.aim.width, node.values[key]))

    def _divisible(self, node: Node, width: int) -> int:
        """A width that the heads which the user has set divide."""
        heads = next((key for key in keys_with(node, "heads") if self.draft.set_by_user(node, key)), None)
        count = self.draft.number(node, heads) if heads else None
        if not count or count < 1 or width % count == 0:
            return width
        unit = math.lcm(count, LEAST)
        return -(-width // unit) * unit

    def _lay_stages(self, node: Node) -> None:
        for old in stage_widths(node):
            if old >= SMALL:
                self.staged.setdefault(old, self.new(old, node))

    def _lay_multiplied(self, node: Node) -> None:
        """Where code multiplies the widths of a list by a coefficient, other parts speak of the products."""
        old, new = node.values.get("width_coefficient"), self.draft.now(node, "width_coefficient")
        if not isinstance(old, float) or not isinstance(new, float):
            return
        for width in stage_widths(node):
            self.staged.setdefault(round_to(width * old), round_to(width * new))

    def _lead_to(self, node: Node) -> None:
        """Widths that lead up to that of another part become narrower by as much as that, and what is around them too."""
        for widths in listed_widths(node):
            widest = max(widths)
            if self.bases.get(widest, widest) < widest:
                by = widest / self.bases[widest]
                for old in widths:
                    self.map.setdefault(old, min(old, round_to(old / by)))
                self.bases.setdefault(self.anchors.of(node), self.map[min(widths)])

    def _scaled(self, old: int, node: Node) -> int:
        own = self.anchors.of(node)
        for anchor in (own, *(other for other in self.bases if other != own)):
            target = self.own.get(node.path, {}).get(anchor) or self.bases.get(
                anchor, min(anchor, self.draft.aim.width)
            )
            if old % anchor == 0 and old // anchor <= (16 if anchor == own else 4):
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
        anchor = self.anchors.of(node)
        return self.own.get(node.path, {}).get(anchor, anchor) > anchor

    def _divided(self, old: int, by: int) -> int:
        new = old // by if old % by == 0 else max(1, round(old / by))
        return min(old, round_to(new) if old % 8 == 0 else max(new, 4))


def _no_more(old: int, new: int, grows: bool) -> int:
    return new if grows else min(old, new)
