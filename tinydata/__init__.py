"""Tiny models, tiny tokenizers and tiny datasets, shaped exactly like the real ones."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from tinydata.check import check
from tinydata.rebuild import rebuild

if TYPE_CHECKING:
    from tinydata.dataset.generate import generate, generate_files
    from tinydata.dataset.null import null
    from tinydata.dataset.pack import pack
    from tinydata.dataset.repo import make_dataset
    from tinydata.dataset.seeds import read_seeds
    from tinydata.dataset.shrink import shrink
    from tinydata.dataset.subset import subset
    from tinydata.dataset.unpack import unpack
    from tinydata.model.make import make_model
    from tinydata.tokenizer.make import make_tokenizer
    from tinydata.tokenizer.slice_embeddings import slice_embeddings

__version__ = "0.1.0"

__all__ = [
    "__version__",
    "check",
    "generate",
    "generate_files",
    "make_dataset",
    "make_model",
    "make_tokenizer",
    "null",
    "pack",
    "read_seeds",
    "rebuild",
    "shrink",
    "slice_embeddings",
    "subset",
    "unpack",
]

# Loaded when asked for: `import tinydata` costs next to nothing.
_HOMES = {
    "generate": "tinydata.dataset.generate",
    "generate_files": "tinydata.dataset.generate",
    "make_dataset": "tinydata.dataset.repo",
    "make_model": "tinydata.model.make",
    "make_tokenizer": "tinydata.tokenizer.make",
    "null": "tinydata.dataset.null",
    "pack": "tinydata.dataset.pack",
    "read_seeds": "tinydata.dataset.seeds",
    "shrink": "tinydata.dataset.shrink",
    "slice_embeddings": "tinydata.tokenizer.slice_embeddings",
    "subset": "tinydata.dataset.subset",
    "unpack": "tinydata.dataset.unpack",
}


if not TYPE_CHECKING:  # to a type checker any name would be one

    def __getattr__(name: str) -> Any:
        if name in _HOMES:
            return getattr(import_module(_HOMES[name]), name)
        raise AttributeError(f"module 'tinydata' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
