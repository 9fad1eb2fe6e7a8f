"""Extras: the one place that names the libraries which not everyone installs, and the pip extra that brings each."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tinydata.errors import MissingExtra


def need(library: str, extra: str) -> Any:
    """Import a library where it is used.

    Args:
        library: The name that is imported.
        extra: The pip extra that brings it.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        return import_module(library)
    except ModuleNotFoundError as error:
        if error.name != library.split(".")[0]:
            raise
        raise MissingExtra(library, extra) from error
