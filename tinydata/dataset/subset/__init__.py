"""Subsets: the first records of a source, or a sample of them, as a repo of their own."""

from __future__ import annotations

from tinydata.dataset.subset.make import Subset, subset

__all__ = ["Subset", "subset"]
