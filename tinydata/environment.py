"""What tinydata runs on, for a bug report."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import tinydata
from tinydata.templates import ROOT

LIBRARIES = ("datasets", "huggingface_hub", "pyarrow", "numpy", "pillow", "click", "jinja2", "tqdm")
DECODERS = {
    "torchcodec": "Audio, Video",
    "pdfplumber": "Pdf",
    "nibabel": "Nifti",
    "trimesh": "Mesh",
    "biopython": "Bio...",
}
READERS = {"obstore": "reads s3://"}


def environment() -> dict[str, str]:
    """Versions, decoders and caches, by name; nothing is imported to find out."""
    facts = {
        "tinydata": tinydata.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
    }
    facts |= {name: _version(name) or "not installed" for name in LIBRARIES}
    facts |= {
        f"{name} (decodes {what})": _version(name) or "not installed, not needed" for name, what in DECODERS.items()
    }
    facts |= {f"{name} ({what})": _version(name) or "not installed, not needed" for name, what in READERS.items()}
    home = Path(os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser())
    facts["templates"] = ", ".join(sorted(folder.name for folder in ROOT.iterdir() if folder.is_dir()))
    facts["datasets cache"] = os.environ.get("HF_DATASETS_CACHE") or str(home / "datasets")
    facts["offline"] = "yes" if os.environ.get("HF_HUB_OFFLINE") in ("1", "true", "ON", "YES") else "no"
    return facts


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
