"""Re-makes the notes' oscar-en-10k, c4-en-10k and openwebtext-10k: tarballs that are cut short, so that their own loading scripts go on working.

    python examples/subset_corpora.py [OUT]

OUT is a new folder, by default a temporary one. It will hold `large/`, three corpora that are made here, with words at random: two of
one JSON Lines file in a tarball, one of archives of texts in a tarball; and beside it the three subsets of them.
"""

from __future__ import annotations

import io
import json
import random
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from datasets import load_dataset

from tinydata import subset

RECORDS = 100
WORDS = "the of and a to in is it you that he was for on are with as his they be at one have this from".split()


def main(out: Path) -> list[Path]:
    """Make three large corpora, then a subset of each.

    Returns:
        The repos.
    """
    large = out / "large"
    large.mkdir(parents=True, exist_ok=True)
    sources = {
        "oscar-en-100": write_lines(large / "oscar-en.tar.xz", "oscar-en/oscar-en.jsonl"),
        "c4-en-100": write_lines(large / "c4-en.tar.gz", "c4-en/c4-en.jsonl"),
        "openwebtext-100": write_archives(large / "openwebtext.tar.xz"),
    }
    repos = []
    for name, source in sources.items():
        made = subset(source, out / name, RECORDS)
        print(f"{name}: {made.read_bytes:,} of {source.stat().st_size:,} bytes read")
        repos.append(made.path)
    return repos


def texts(count: int) -> Iterator[str]:
    """Paragraphs of words at random."""
    choose = random.Random(0)
    for number in range(count):
        paragraphs = [" ".join(choose.choices(WORDS, k=100)) for _ in range(choose.randrange(1, 8))]
        yield f"Text {number}\n\n\n" + "\n\n\n\n".join(paragraphs)


def write_lines(path: Path, name: str) -> Path:
    """Write a tarball of one JSON Lines file, as those of oscar and c4.

    Returns:
        `path`.
    """
    lines = [json.dumps({"id": number, "text": text}) + "\n" for number, text in enumerate(texts(2_000))]
    with tarfile.open(path, f"w:{path.suffix.lstrip('.')}") as tar:
        add(tar, name, "".join(lines).encode())
    return path


def write_archives(path: Path) -> Path:
    """Write a tarball of tarballs of texts, as that of openwebtext.

    Returns:
        `path`.
    """
    made = texts(2_000)
    with tarfile.open(path, "w:xz", preset=0) as tar:
        for part in range(40):
            inner = io.BytesIO()
            with tarfile.open(fileobj=inner, mode="w:xz", preset=1) as files:
                for number in range(50):
                    add(files, f"{part * 50 + number:07}.txt", next(made).encode())
            add(tar, f"openwebtext/urlsf_subset{part:02}_data.xz", inner.getvalue())
    return path


def add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    """Add a file to a tarball."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


if __name__ == "__main__":
    for repo in main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())):
        print(load_dataset(str(repo), split="train"))
        print(repo)
