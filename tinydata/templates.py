"""Templates: where they lie in a checkout, in an editable install and in a wheel."""

from __future__ import annotations

from pathlib import Path

from tinydata.errors import UnknownTemplate

HERE = Path(__file__).resolve().parent
ROOT = next((root for root in (HERE / "_templates", HERE.parent / "templates") if root.is_dir()), HERE / "_templates")


def find_template(name: str, *, of_seeds: bool = True) -> Path:
    """The folder of a template.

    Args:
        name: As it is called.
        of_seeds: Whether it makes a repo out of seeds, as lie in its `data`; else out of rows.

    Raises:
        UnknownTemplate: There is none of this name.
    """
    folders = [folder for folder in ROOT.iterdir() if folder.is_dir() and not folder.name.startswith("_")]
    known = sorted(folder.name for folder in folders if (folder / "data").is_dir() == of_seeds)
    if name not in known:
        raise UnknownTemplate(name, known)
    return ROOT / name


def template_files(template: Path) -> list[Path]:
    """Its files; what pip or an editor left among them stays out."""
    files = (file for file in sorted(template.rglob("*")) if file.is_file())
    return [file for file in files if "__pycache__" not in file.parts and not file.name.startswith(".")]
