"""What tinydata runs on, for a bug report."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import tinydata
from tinydata.templates import ROOT

LIBRARIES = "datasets huggingface_hub pyarrow numpy pandas pillow click fsspec jinja2 pyyaml tqdm".split()
EXTRAS = {
    "tokenizers": "tokenizer",
    "transformers": "transformers",
    "sentencepiece": "transformers",
    "torch": "model",
    "safetensors": "model",
    "soundfile": "audio",
    "obstore": "s3",
    "duckdb": "where",
}
DECODERS = {
    "torchcodec": "Audio, Video",
    "pdfplumber": "Pdf",
    "nibabel": "Nifti",
    "trimesh": "Mesh",
    "biopython": "Bio...",
}


def environment() -> dict[str, str]:
    """Versions, extras, decoders and caches, by name; nothing is imported to find out."""
    facts = {
        "tinydata": tinydata.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
    }
    facts |= {name: _version(name) or "not installed" for name in LIBRARIES}
    facts |= {f"{name} (extra {extra})": _version(name) or "not installed" for name, extra in EXTRAS.items()}
    facts |= {
        f"{name} (decodes {what})": _version(name) or "not installed, not needed" for name, what in DECODERS.items()
    }
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")  # noqa: PTH111 - Path's wants a home
    home = Path(os.environ.get("HF_HOME") or f"{cache}/huggingface")
    facts["templates"] = ", ".join(sorted(folder.name for folder in ROOT.iterdir() if folder.is_dir()))
    facts["datasets cache"] = os.environ.get("HF_DATASETS_CACHE") or str(home / "datasets")
    facts["hub cache"] = os.environ.get("HF_HUB_CACHE") or str(home / "hub")
    facts["offline"] = "yes" if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "ON", "YES") else "no"
    return facts


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
