"""Re-makes the notes' cm4-synthetic-testing: documents in which texts and pictures take turns.

    python examples/cm4.py [OUT]

`texts` and `images` are lists of one length; at each place one of the two is null. One document has more than a hundred
places. OUT is a new folder, by default a temporary one, and holds what `general_pmd.py` leaves in its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from datasets import Dataset, Features, Image, Sequence, Value, load_dataset

from tinydata import make_dataset, null, pack, shrink, unpack
from tinydata.dataset.drawings import draw_captioned

FEATURES = Features(
    {
        "texts": Sequence(Value("string")),
        "images": Sequence(Image()),
        "source": Value("string"),
        "metadata": Value("string"),
    }
)
PLACES = (1, 3, 4, 105, 2, 6, 1, 12, 5, 8)  # of the documents, which take turns


def main(out: Path) -> Path:
    """Go from a source to a dataset repo.

    Returns:
        The repo.
    """
    out.mkdir(parents=True, exist_ok=True)
    source = write_source(out / "source.parquet", 20)

    # One file for each place: seeds/1/texts_00.txt beside seeds/1/images_00.null, then texts_01.null, images_01.jpg ...
    seeds = unpack(source, out / "seeds", ids="1-10").path
    shrink(seeds, max_side=32, max_chars=200)
    null(seeds, 6, ["metadata"])

    # The seeds are plain files, and this is as good a way to edit them as any: a document that ends in a picture.
    (seeds / "2" / "texts_04.null").touch()
    (seeds / "2" / "images_04.jpg").write_bytes((seeds / "1" / "images_01.jpg").read_bytes())

    packed = pack(seeds, out / "data.tar.gz")
    made = make_dataset(packed.path, out / "cm4-synthetic-testing")
    print(f"{packed.seeds} seeds in {packed.size_bytes:,} bytes; configs of the repo: {', '.join(made.variants)}")
    return made.path


def write_source(path: Path, count: int) -> Path:
    """Write a Parquet file of documents, as `datasets` does it.

    Returns:
        `path`.
    """
    rows = []
    for number, (picture, caption) in enumerate(draw_captioned(count)):
        places = range(PLACES[number % len(PLACES)])
        rows.append(
            {
                "texts": [f"{place}: {caption}" if place % 2 == 0 else None for place in places],
                "images": [{"bytes": picture} if place % 2 else None for place in places],
                "source": "drawn",
                "metadata": json.dumps({"number": number}),
            }
        )
    Dataset.from_list(rows, FEATURES).to_parquet(path)
    return path


if __name__ == "__main__":
    repo = main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()))
    for row in load_dataset(str(repo), "10k.unique", split="train").select(range(3)):
        print(row)
    print(repo)
