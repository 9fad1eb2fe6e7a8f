"""Found: what a search comes to, what it tried before, and which of two that pass is the better one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tinydata.model.changes import Change, Plan

if TYPE_CHECKING:
    from tinydata.model.trial import Outline, Trial

GOOD = 0.9  # of the parameters with a gradient: nothing better is looked for
MENDING = "mend"


@dataclass(frozen=True)
class Tried:
    """A plan that did not pass: which one, the question that it failed at, and what was said."""

    what: str
    stage: str
    error: str


@dataclass(frozen=True)
class Found:
    """The smallest that was found to run.

    Args:
        config: The small config, of the class of the original.
        plan: What changed.
        trial: What it came to.
        tried: What did not pass before it.
        dropped: Changes that had to be left out.
        why: The reason, where something was left out; it names the group and what was said with it.
        original: The outline of the original, with empty keys filled where it cannot be built without; None: not even then.
    """

    config: Any
    plan: Plan
    trial: Trial
    tried: tuple[Tried, ...] = ()
    dropped: tuple[Change, ...] = ()
    why: str = ""
    original: Outline | None = None

    @property
    def mended(self) -> bool:
        """Whether keys that the original leaves empty were filled."""
        return any(change.role == MENDING for change in self.plan.changes)


def rank(trial: Trial) -> tuple[bool, int, int]:
    """The better of two that pass has the higher one: finite, reached by a backward pass, small."""
    return trial.finite, reach(trial), -trial.parameters


def reach(trial: Trial) -> int:
    """How much of the model a backward pass reaches: nearly all, most, some, little."""
    return sum(trial.gradient_share >= least for least in (0.4, 0.75, GOOD))


def is_good(trial: Trial) -> bool:
    """Whether nothing better is looked for."""
    return trial.finite and trial.gradient_share >= GOOD
