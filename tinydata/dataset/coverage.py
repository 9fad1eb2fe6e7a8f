"""Coverage: what records of these columns could be and no seed is."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from tinydata.dataset.loader import Feature, Seeds, is_media, is_text, item_feature, value_type
from tinydata.dataset.pick import Traits
from tinydata.dataset.traits import Teller

SHOWN = 8  # classes that are named


def gaps(seeds: Seeds) -> Iterator[tuple[str, str]]:
    """For each column that leaves something out, what that is."""
    teller = Teller(seeds.features)
    teller.add(seeds.table)
    traits = teller.traits(range(len(seeds.names)))
    for column, feature in seeds.features.items():
        if not traits.full[column].any():
            yield column, "always null"
            continue
        left = ["never null"] if traits.full[column].all() else []
        left += _left_out(column, feature, traits)
        if left:
            yield column, ", ".join(left)


def _left_out(column: str, feature: Feature, traits: Traits) -> Iterator[str]:
    item = item_feature(feature)
    if item is not None:
        if f"{column} an empty list" not in traits.marks:
            yield "never empty"
        if f"{column} null inside" not in traits.marks:
            yield "no null inside"
        counts = next(
            measure.values for measure in traits.measures if (measure.name, measure.unit) == (column, "items")
        )
        if len(counts) > 1 and np.nanmin(counts) == np.nanmax(counts) > 0:
            count = int(np.nanmin(counts))
            yield f"always {count} item{'' if count == 1 else 's'}"
    kind = feature if item is None else item
    if is_media(kind):
        for what in ("mode", "suffix", "shape"):
            found = list(traits.classes.get(f"{column} {what}", ()))
            if len(found) == 1:
                yield f"only {found[0]}"
    elif is_text(kind):
        for what, said in (("empty", "no empty text"), ("beyond ASCII", "none beyond ASCII")):
            if f"{column} {what}" not in traits.marks:
                yield said
    elif isinstance(kind, dict) and kind.get("_type") == "ClassLabel":
        missing = [str(name) for name in kind.get("names") or [] if str(name) not in traits.classes.get(column, ())]
        if missing:
            more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
            yield f"no seed of class {', '.join(missing[:SHOWN])}{more}"
    elif str(value_type(kind)) == "bool":
        yield from (f"never {name}" for name in ("true", "false") if name not in traits.classes.get(column, ()))
