"""Search: the smallest config that was found to run, and what was backed off on the way there."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from tinydata.errors import NothingRuns
from tinydata.model import polish
from tinydata.model.aims import tighter
from tinydata.model.backoff import fewest, suspects
from tinydata.model.coded import rope_sections
from tinydata.model.config import classes_in, config_with, tree_of
from tinydata.model.found import Found, Tried, is_good, rank, reach
from tinydata.model.mend import lacked, mend
from tinydata.model.plan import AIMS, Aim, Change, Plan, make_plan
from tinydata.model.tree import ConfigTree, Path, value_at
from tinydata.model.trial import (
    MOST_PARAMETERS,
    Outline,
    Stage,
    Trial,
    library_missing,
    outline,
    shorten,
    try_values,
    why_not_generating,
)

TARGET = 120_000
FAIR = 250_000
POLISHINGS = 60  # as long as it is larger than FAIR
LAST_POLISHINGS = 12  # from there down to the target
WORTH = 0.97  # a step that saves less is none
# Counts decide, and no clock: the same config comes to the same model on any machine.
CALLS = 300  # of a model, to find inputs on which it runs
FEWER_CALLS = 120
SAME_INPUTS = 0  # only what is known to work is tried
BACK_OFFS = 60  # plans with something left out
SECONDS = 600.0
MENDED = 3  # aims that are tried again with empty keys filled
ENOUGH = 4  # where some plan has passed by then, the best of them is taken
BACKED_OFF_FROM = (0, 4, 8)


def find_smallest(
    cls: Any,
    config: Any,
    *,
    aims: Sequence[Aim] = AIMS,
    settings: Mapping[Path, Any] | None = None,
    seconds: float = SECONDS,
    max_parameters: int | None = None,
) -> Found:
    """Find the smallest config, like the given one, whose model builds, keeps every kind of layer, runs and learns.

    Args:
        cls: The model class.
        config: The original; it stays as it is.
        aims: What to try in turn.
        settings: Path -> value that stands.
        seconds: After so many it is given up, for what never ends.
        max_parameters: More is not taken.

    Raises:
        NothingRuns: Nothing of the kind was found; it says which of four answers that is.
    """
    return _Search(cls, config, settings or {}, time.monotonic() + seconds).run(aims, max_parameters)


@dataclass(frozen=True)
class _Named:
    """A plan, what it is called, and whether it is only tried as long as none has passed."""

    name: str
    plan: Plan
    spare: bool


@dataclass
class _Search:
    """What is known so far."""

    cls: Any
    config: Any
    settings: Mapping[Path, Any]
    end: float
    first: str | None = None
    kinds: frozenset[str] = frozenset()
    tried: list[Tried] = field(default_factory=list)
    failed: list[Trial] = field(default_factory=list)

    def run(self, aims: Sequence[Aim], max_parameters: int | None) -> Found:
        self.tree = tree_of(self.config)
        self.multiple = aims[0].multiple
        original, said = self._original()
        missing: tuple[Path, ...] = ()
        whole = original
        if original is None:
            missing, whole = self._mend()
        self.kinds = whole.kinds if whole else frozenset()
        sections = rope_sections(whole.modules) if whole else ()
        aims = [replace(aim, rope_sections=aim.rope_sections or sections) for aim in aims]
        filled = [replace(aim, mend=True, missing=missing) for aim in aims]
        # Some defaults build and do not run: a key is needed in forward alone.
        plain = aims if original else filled
        best = self._aim(self._aiming(plain, filled[:MENDED] if original else ())) or self._back_off(
            [*self._plans(plain)]
        )
        if best is None:
            raise self._nothing(original, said)
        source = self._outline(self.tree.values)[0] if self.settings else None
        best = replace(self._generating(best), original=source or whole, tried=tuple(self.tried))
        if max_parameters or not best.original or best.original.parameters > FAIR:  # what is small stays
            best = self._polish(best, min(TARGET, max_parameters or TARGET))
        if max_parameters and best.trial.parameters > max_parameters:
            best = self._tighten(best, min(aims, key=lambda aim: aim.width), max_parameters)
        return best

    def _original(self) -> tuple[Outline | None, BaseException | None]:
        """The outline at full size, with what the user has set where that can be built."""
        found, said = self._outline(_with(self.tree, self.settings))
        return self._outline(self.tree.values) if self.settings and not found else (found, said)

    def _outline(self, values: Mapping[str, Any]) -> tuple[Outline | None, BaseException | None]:
        """The outline of other values; None, and what was said, where they cannot be built."""
        # What a model's code raises on its own config is an answer that is looked for.
        try:
            return outline(self.cls, config_with(self.config, values)), None
        except Exception as error:
            return None, error

    def _mend(self) -> tuple[tuple[Path, ...], Outline | None]:
        """Where keys lie that the model asks for and its config lacks, and its outline with every empty key filled."""
        missing: list[Path] = []
        classes = classes_in(self.config)
        while True:
            try:
                return tuple(missing), outline(
                    self.cls, config_with(self.config, mend(self.tree, missing).apply(self.tree.values))
                )
            except Exception as error:  # as above
                more = [path for path in lacked(self.tree, classes, str(error)) if path not in missing]
            if not more:
                return tuple(missing), None
            missing += more

    def _aiming(self, aims: Sequence[Aim], filled: Sequence[Aim]) -> Iterator[_Named]:
        """The first plans, those of them that are others with empty keys filled, and the rest; none is made before its turn."""
        plans = self._plans(aims)
        first = list(islice(plans, MENDED))
        yield from first
        for named in self._plans(filled):
            if named.plan not in [one.plan for one in first]:
                yield replace(named, spare=True)
        yield from plans

    def _plans(self, aims: Sequence[Aim]) -> Iterator[_Named]:
        seen: set[str] = set()
        for place, aim in enumerate(aims):
            plan = make_plan(self.tree, aim, self.settings)
            key = repr(sorted(plan.changes, key=lambda it: it.name))
            if key not in seen:
                seen.add(key)
                # Larger pictures or more patches take long, and lead no gradient further.
                yield _Named(f"plan {place + 1}", plan, spare=aim.images != "few")

    def _aim(self, plans: Iterable[_Named]) -> Found | None:
        """The first plan that passes, or the best of those that nearly do."""
        best: Found | None = None
        for place, named in enumerate(plans):
            if best and named.spare:
                continue
            calls = SAME_INPUTS if best else FEWER_CALLS if place else CALLS
            plan, trial = self._try(named.name, named.plan, calls)
            if trial.ok:
                if best is None or rank(trial) > rank(best.trial):
                    best = Found(trial.config, plan, trial)
                if is_good(best.trial) or place >= ENOUGH:
                    return best
            elif self._hopeless(place):
                break
        return best

    def _back_off(self, plans: Sequence[_Named]) -> Found | None:
        """The plan with the fewest changes left out that passes."""
        left = BACK_OFFS
        for place in BACKED_OFF_FROM:
            if place >= len(plans) or self._hopeless(place):
                break
            name, plan = plans[place].name, plans[place].plan
            large: list[tuple[str, tuple[Change, ...]]] = []
            for group, dropped in suspects(plan):
                if left <= 0:
                    return None
                left -= 1
                trial = self._without(plan, dropped)
                if trial.stage == "big":
                    large.append((group, dropped))
                if trial.ok and (found := self._give_back(name, plan, group, dropped, ("ok",))):
                    return found
            # What is too large without a whole group may pass without a part of it.
            for group, dropped in large:
                if found := self._give_back(name, plan, group, dropped, ("ok", "big")):
                    return found
        return None

    def _give_back(
        self, name: str, plan: Plan, group: str, dropped: tuple[Change, ...], stages: tuple[Stage, ...]
    ) -> Found | None:
        left = fewest(dropped, lambda some: self._without(plan, some).stage in stages)
        smaller = _less(plan, left)
        smaller, trial = self._try(f"{name} without {', '.join(it.name for it in left)}", smaller, FEWER_CALLS)
        if not trial.ok:
            return None
        why = next((it.error for it in self.tried if it.what == name), "")
        return Found(trial.config, smaller, trial, dropped=left, why=f"{group}: {why}")

    def _generating(self, best: Found) -> Found:
        """The same with the keys filled that generation alone asks for."""
        while filled := self._filled(best.plan, best.trial, why_not_generating(self.cls, best.trial)):
            trial = self._try_quietly(filled, SAME_INPUTS)
            if not trial.ok:
                break
            best = replace(best, config=trial.config, plan=filled, trial=trial)
        return best

    def _polish(self, best: Found, target: int) -> Found:
        """Make what the largest tensors stand for smaller, as long as it passes, and generates where it did."""
        steps = [best, *self._polishings(best, target)]
        if len(steps) == 1 or self._generates(steps[-1]) or not self._generates(best):
            return steps[-1]
        return next(it for it in reversed(steps[:-1]) if it is best or self._generates(it))

    def _generates(self, found: Found) -> bool:
        return not why_not_generating(self.cls, found.trial)

    def _polishings(self, best: Found, target: int) -> Iterator[Found]:
        left, last = POLISHINGS, LAST_POLISHINGS
        while best.trial.parameters > target:
            step = None
            values = best.plan.apply(self.tree.values)
            leaves = list(polish.leaves(tree_of(best.config), self.settings, self.multiple))
            large = best.trial.parameters > max(FAIR, target)
            useless: set[frozenset[Path]] = set()  # made smaller, they save next to nothing
            for name, changes in polish.steps(
                leaves,
                best.trial.outline.shapes if best.trial.outline else (),
                large=large,
                multiple=self.multiple,
            ):
                if frozenset(changes) in useless:
                    continue
                left -= 1
                last -= best.trial.parameters < FAIR
                if min(left, last) < 0:
                    return
                plan = best.plan.having(polish.changes(self.tree, values, changes, name))
                most = int(WORTH * best.trial.parameters)
                trial = self._try_quietly(plan, SAME_INPUTS, most)
                if trial.stage == "big":
                    useless.add(frozenset(changes))
                if trial.ok and trial.finite >= best.trial.finite and reach(trial) >= reach(best.trial):
                    step = replace(best, config=trial.config, plan=plan, trial=trial)
                    break
            if step is None:
                return
            best = step
            yield best

    def _tighten(self, best: Found, aim: Aim, most: int) -> Found:
        """The first of ever smaller aims that passes with no more parameters than this."""
        while (smaller := replace(tighter(aim), vocab_size=aim.vocab_size)) != aim:
            aim = smaller
            plan, trial = self._try("smaller plan", make_plan(self.tree, aim, self.settings), FEWER_CALLS)
            if trial.ok:
                found = self._polish(replace(best, config=trial.config, plan=plan, trial=trial), most)
                best = min(best, found, key=lambda it: it.trial.parameters)
                if best.trial.parameters <= most:
                    return best
        raise NothingRuns("not found", f"{best.trial.parameters:,} parameters is the least that runs", best.tried)

    def _try(self, what: str, plan: Plan, calls: int) -> tuple[Plan, Trial]:
        """What came of a plan, and the plan with what its model turned out to lack."""
        trial = self._try_quietly(plan, calls)
        while not trial.ok and (filled := self._filled(plan, trial, trial.error)):
            plan = filled
            trial = self._try_quietly(plan, calls)
        if not trial.ok:
            self.tried.append(Tried(what, trial.stage, trial.error))
            self.failed.append(trial)
        return plan, trial

    def _filled(self, plan: Plan, trial: Trial, said: str) -> Plan | None:
        """The plan with the keys that a model says its small config lacks; None: there are none that can be filled."""
        if trial.config is None:
            return None
        tree = tree_of(trial.config)
        missing = lacked(tree, classes_in(trial.config), said)
        changes = [it for it in mend(tree, missing, empty=False).changes if plan.at(it.path) is None]
        return plan.having(changes) if changes else None

    def _try_quietly(self, plan: Plan, calls: int, below: int = MOST_PARAMETERS) -> Trial:
        if time.monotonic() > self.end:
            raise NothingRuns("not found", "the search took too long", tuple(self.tried))
        values = plan.apply(self.tree.values)
        trial = try_values(self.cls, self.config, values, kinds=self.kinds, first=self.first, below=below, calls=calls)
        if trial.ran:
            self.first = trial.ran.label
        return trial

    def _without(self, plan: Plan, dropped: tuple[Change, ...]) -> Trial:
        return self._try_quietly(_less(plan, dropped), FEWER_CALLS)

    def _hopeless(self, place: int) -> bool:
        """Whether smaller or larger makes no difference: a library is missing, or it is the input or the same None each time."""
        if any(it.needs for it in self.failed):
            return True
        alike = len(self.failed) > 2 and len({it.error for it in self.failed}) == 1
        unknown = place >= 2 and all(it.unknown for it in self.failed)
        return unknown or (alike and bool(_SIZELESS.search(self.failed[0].error)))

    def _nothing(self, original: Outline | None, said: BaseException | None) -> NothingRuns:
        tried = tuple(self.tried)
        missing = (said and library_missing(said)) or next((it.needs for it in self.failed if it.needs), None)
        if missing:
            return NothingRuns("needs a library", missing, tried)
        if said is not None:
            return NothingRuns("transformers cannot build it", shorten(said), tried)
        furthest = max(self.failed, key=lambda it: _ORDER.index(it.stage), default=None)
        said_last = furthest.error if furthest else ""
        if furthest and furthest.stage == "forward":
            if furthest.unknown:
                return NothingRuns("needs an input", furthest.unknown, tried)
            if original and original.parameters < MOST_PARAMETERS:
                whole = self._try_quietly(Plan(()), FEWER_CALLS)
                if whole.stage == "forward":
                    return NothingRuns("needs an input", f"the original fails too: {whole.error}", tried)
        return NothingRuns("not found", said_last, tried)


_SIZELESS = re.compile("NoneType|has no attribute")
_ORDER = ("config", "meta", "kinds", "big", "build", "forward", "backward", "ok")


def _less(plan: Plan, dropped: tuple[Change, ...]) -> Plan:
    paths = {change.path for change in dropped}
    return plan.without(lambda change: change.path in paths)


def _with(tree: ConfigTree, settings: Mapping[Path, Any]) -> dict[str, Any]:
    changes = (Change(path, value_at(tree.values, path), new, "set", "set", ()) for path, new in settings.items())
    return Plan(tuple(changes)).apply(tree.values)
