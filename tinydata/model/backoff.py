"""Back-off: of changes that do not go together, leave out as few as possible. Pure: delta debugging over groups, then single keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from tinydata.model.changes import Change, Plan

Passes = Callable[[tuple[Change, ...]], bool]

KEPT = ("set", "mend")  # what the user has set, and what a model cannot be built without, is never left out


def suspects(plan: Plan) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """Groups of changes to leave out, in order: each role, each role in one config of several, each two roles."""
    free = [change for change in plan.changes if change.role not in KEPT]
    roles = sorted({change.role for change in free})
    for role in roles:
        yield role, tuple(change for change in free if change.role == role)
    for role in roles:
        nodes = sorted({change.node for change in free if change.role == role}, key=lambda it: tuple(map(str, it)))
        for node in nodes if len(nodes) > 1 else ():
            name = ".".join(map(str, node)) or "the whole"
            yield f"{role} of {name}", tuple(it for it in free if (it.role, it.node) == (role, node))
    for pair in combinations(roles, 2):
        yield " and ".join(pair), tuple(change for change in free if change.role in pair)


def fewest(dropped: Iterable[Change], passes: Passes) -> tuple[Change, ...]:
    """The fewest of these changes that must be left out: ddmin, which gives back halves, quarters, single ones.

    Args:
        dropped: Without them it passes.
        passes: Whether it passes without some.

    Returns:
        A part of `dropped`, none of which can be given back alone.
    """
    left = tuple(sorted(dropped, key=lambda it: (str(it.node), it.role, it.name)))
    parts = 2
    while len(left) > 1:
        size = -(-len(left) // parts)
        for start in range(0, len(left), size):
            rest = left[:start] + left[start + size :]
            if rest and passes(rest):
                left, parts = rest, max(parts - 1, 2)
                break
        else:
            if parts >= len(left):
                break
            parts = min(2 * parts, len(left))
    return left
