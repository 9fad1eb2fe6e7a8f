"""Auto: transformers without its word on torch, which is not needed here, and a tokenizer as `AutoTokenizer` loads it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tinydata.extras import need


def quiet_transformers() -> Any:
    """Import transformers.

    Raises:
        MissingExtra: It is not installed.
    """
    quiet = "TRANSFORMERS_VERBOSITY"
    before = os.environ.get(quiet)
    os.environ[quiet] = "error"
    try:
        return need("transformers", extra="transformers")
    finally:
        if before is None:
            del os.environ[quiet]
        else:
            os.environ[quiet] = before


def load_auto(path: Path) -> Any:
    """Load a tokenizer; raises whatever transformers raises."""
    transformers = quiet_transformers()
    log = transformers.utils.logging
    before = log.get_verbosity()
    log.set_verbosity_error()
    try:
        return transformers.AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    finally:
        log.set_verbosity(before)
