"""The kinds of values: each is one file that ends in one `Kind`, named in this table."""

from __future__ import annotations

from tinydata.dataset.kinds.binary import BINARY
from tinydata.dataset.kinds.items import ITEMS
from tinydata.dataset.kinds.kind import Files, Kind, Limits, limits_of
from tinydata.dataset.kinds.media import MEDIA
from tinydata.dataset.kinds.nested import NESTED
from tinydata.dataset.kinds.scalar import SCALAR
from tinydata.dataset.kinds.text import TEXT
from tinydata.dataset.loader import Feature

# The first that owns a feature has it.
KINDS: dict[str, Kind] = {kind.name: kind for kind in (TEXT, MEDIA, ITEMS, SCALAR, BINARY, NESTED)}


def kind_of(feature: Feature) -> Kind:
    """The kind that a feature is of."""
    return next(kind for kind in KINDS.values() if kind.owns(feature))


__all__ = ["KINDS", "Files", "Kind", "Limits", "kind_of", "limits_of"]
