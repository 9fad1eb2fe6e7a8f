"""Re-makes the notes' general-pmd-synthetic-testing: captioned pictures, any of which may lack its picture, its text or both.

    python examples/general_pmd.py [OUT]

OUT is a new folder, by default a temporary one. It will hold `source.parquet`, which stands for the big dataset; `seeds/`,
ten of its records to look at and edit; `data.tar.gz`, the pack; and the dataset repo.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from datasets import Dataset, Features, Image, Value, load_dataset

from tinydata import make_dataset, null, pack, shrink, unpack
from tinydata.dataset.drawings import draw_captioned

FEATURES = Features({"image": Image(), "text": Value("string"), "source": Value("string"), "meta": Value("string")})


def main(out: Path) -> Path:
    """Go from a source to a dataset repo.

    Returns:
        The repo.
    """
    out.mkdir(parents=True, exist_ok=True)
    source = write_source(out / "source.parquet", 30)

    # Each record becomes a folder: seeds/1/image.jpg, seeds/1/text.txt, seeds/1/source.txt, seeds/1/meta.txt.
    seeds = unpack(source, out / "seeds", ids="1-10").path
    shrink(seeds, max_side=32)

    # Real data has holes, and code breaks on them: a record without picture, one without text, one without either.
    null(seeds, 3, ["image"])
    null(seeds, 5, ["text"])
    null(seeds, 8, ["image", "text"])

    packed = pack(seeds, out / "data.tar.gz")
    made = make_dataset(packed.path, out / "general-pmd-synthetic-testing")
    print(f"{packed.seeds} seeds in {packed.size_bytes:,} bytes; configs of the repo: {', '.join(made.variants)}")
    return made.path


def write_source(path: Path, count: int) -> Path:
    """Write a Parquet file of captioned pictures, as `datasets` does it.

    Returns:
        `path`.
    """
    rows = [
        {"image": {"bytes": picture}, "text": caption, "source": "drawn", "meta": json.dumps({"number": number})}
        for number, (picture, caption) in enumerate(draw_captioned(count))
    ]
    Dataset.from_list(rows, FEATURES).to_parquet(path)
    return path


if __name__ == "__main__":
    repo = main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()))
    for row in load_dataset(str(repo), "10k.unique", split="train").select(range(10)):
        print(row)
    print(repo)
