"""Polish: which values of a config to make smaller next, told by the largest tensors alone, whatever the keys are called. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tinydata.model.anchors import plain_names
from tinydata.model.changes import Change
from tinydata.model.plan import shrinkable
from tinydata.model.roles import role_of
from tinydata.model.tree import ConfigTree, Path, value_at

TENSORS = 8  # of the largest
LEAST_SHARE = 0.06  # of all parameters, below which a tensor is not worth a try
LEAST_SIDE = 24
LEAST = 16
LEAST_LARGE = 8
LEAST_DOUBLED = 4  # what stages double
NEAR = 3  # a table may have some rows more than the config says
MULTIPLES = 4
DOUBLINGS = 256
FACTORS = (8, 4, 2)

Step = Mapping[Path, int]
Shapes = Sequence[tuple[str, tuple[int, ...]]]


def steps(
    leaves: Sequence[tuple[Path, int]], shapes: Shapes, *, large: bool = False, multiple: int = 1
) -> Iterator[tuple[str, Step]]:
    """What to make smaller, most promising first: the name of the tensor that is meant, and leaf -> new value.

    A leaf may be behind a side of a tensor if it is that side, divides it a few times or a power of two, or comes near it. Leaves of
    one value go together first, then one by one, then the lists that they stand in as a whole.

    Args:
        leaves: What may become smaller.
        shapes: Each parameter's shape, the largest first.
        large: Whether the model is so large that widths may become very narrow.
        multiple: What every new value is a multiple of.

    >>> list(steps([(("dim",), 512)], [("linear", (512, 8))]))[0]
    ('linear', {('dim',): 64})
    """
    total = sum(math.prod(shape) for _, shape in shapes)
    seen: set[frozenset[tuple[Path, int]]] = set()
    for name, shape in shapes[:TENSORS]:
        if math.prod(shape) < LEAST_SHARE * total:
            return
        for side in sorted({side for side in shape if side >= LEAST_SIDE}, reverse=True):
            for step in _steps(leaves, side, large):
                key = frozenset(step.items())
                if key not in seen and not any(new % multiple for new in step.values()):
                    seen.add(key)
                    yield name, step


def leaves(tree: ConfigTree, settings: Mapping[Path, Any], multiple: int) -> Iterator[tuple[Path, int]]:
    """What polishing may touch: not what the user has set or a preset promises, and no vocabulary, which token ids lie in.

    Args:
        tree: The small config.
        settings: Path -> value that stands.
        multiple: What a width stays a multiple of; from 2 on it is a preset that promises something.
    """
    promised = ("heads", "kv_heads", "head_dim") if multiple > 1 else ()
    for path, number in shrinkable(tree):
        node = tree.node_of(path)
        key = str(path[len(node.path)])
        if multiple > 1 and node.name_of(key) in plain_names():
            continue
        is_set = any(path[:end] in settings for end in range(1, len(path) + 1))
        if not is_set and role_of(node, key) not in ("vocab", *promised):
            yield path, number


def changes(tree: ConfigTree, values: Mapping[str, Any], step: Step, tensor: str) -> Iterator[Change]:
    """A step as changes; of a list, the whole list is one change.

    Args:
        tree: The original config.
        values: The small one, before the step.
        tensor: Which one the step makes smaller.
    """
    new: dict[Path, Any] = {}
    for path, number in step.items():
        start = next(
            (end for end in range(1, len(path)) if isinstance(value_at(values, path[:end]), (list, tuple))), None
        )
        whole = path if start is None else path[:start]
        within = path[len(whole) :]
        new[whole] = _put(new.get(whole, value_at(values, whole)), within, number)
    for path, value in new.items():
        yield Change(path, value_at(tree.values, path), value, f"size of {tensor}", "polish", tree.node_of(path).path)


def _steps(leaves: Sequence[tuple[Path, int]], side: int, large: bool) -> Iterator[Step]:
    behind: dict[int, list[Path]] = {}
    for path, value in leaves:
        if _stands_behind(value, side):
            behind.setdefault(value, []).append(path)
    for value, paths in sorted(behind.items(), reverse=True):
        least = LEAST if not large else LEAST_LARGE if value == side else LEAST_DOUBLED
        groups = [paths, *([path] for path in paths)] if len(paths) > 1 else [paths]
        for factor in FACTORS:
            new = value // factor
            if new < least:
                continue
            for group in groups:
                yield dict.fromkeys(group, new)
        lists = sorted({path[:-1] for path in paths if isinstance(path[-1], int)}, key=str)
        for whole in lists:
            within = [(path, number) for path, number in leaves if path[:-1] == whole]
            for factor in FACTORS[1:]:
                step = {path: number // factor for path, number in within if number // factor >= least}
                if len(step) > 1:
                    yield step


def _stands_behind(value: int, side: int) -> bool:
    if value <= side <= value + NEAR and value >= LEAST_SIDE:
        return True
    times, rest = divmod(side, value) if value > 0 else (0, 1)
    if rest:
        return False
    if times == 1 or (times <= MULTIPLES and value >= LEAST * 2):
        return True
    while times % 3 == 0 and value >= LEAST * 2:
        times //= 3
    return times & (times - 1) == 0 and times <= DOUBLINGS


def _put(value: Any, within: Path, number: int) -> Any:
    """The same, with a number put in its place within nested lists."""
    if not within:
        return number
    return [_put(item, within[1:], number) if place == within[0] else item for place, item in enumerate(value)]
