"""Re-makes the notes' cm4-synthetic-testing: documents in which texts and pictures take turns.

    python examples/cm4.py [OUT]

`texts` and `images` are lists of one length; at each place one of the two is null. One document has more than a hundred
places. OUT is a new folder, by default a temporary one, and will hold the same things as that of `general_pmd.py`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import cycle
from pathlib import Path

from datasets import Dataset, Features, Image, List, Value, load_dataset

from tinydata import make_dataset, null, pack, shrink, unpack
from tinydata.dataset.drawings import draw_captioned

FEATURES = Features(
    {"texts": List(Value("string")), "images": List(Image()), "source": Value("string"), "metadata": Value("string")}
)
PLACES = (7, 1, 3, 4, 105, 2, 6, 1, 12, 5, 8)  # in one document after the other


def main(out: Path) -> Path:
    """Go from a source to a dataset repo.

    Returns:
        The repo.
    """
    out.mkdir(parents=True, exist_ok=True)
    source = write_source(out / "source.parquet", 20)

    # A file for each place: seeds/1/texts_00.txt beside images_00.null; in seeds/2 then texts_01.null, images_01.jpg ...
    seeds = unpack(source, out / "seeds", ids="1-10").path
    shrink(seeds, max_side=32, max_chars=100)
    null(seeds, 6, ["metadata"])

    # Seeds are plain files, edited with whatever edits files. Here a document gets a picture more, at its end.
    (seeds / "2" / "texts_03.null").touch()
    (seeds / "2" / "images_03.jpg").write_bytes((seeds / "2" / "images_01.jpg").read_bytes())

    packed = pack(seeds, out / "data.tar.gz")
    # Rows of the unique variants shall differ in their texts; left to itself, the stamp goes to `source`, the first string.
    made = make_dataset(packed.path, out / "cm4-synthetic-testing", stamp="texts")
    print(f"{packed.seeds} seeds in {packed.size_bytes:,} bytes; configs of the repo: {', '.join(made.variants)}")
    return made.path


def write_source(path: Path, count: int) -> Path:
    """Write a Parquet file of documents, as `datasets` does it.

    Returns:
        `path`.
    """
    rows, drawn = [], cycle(draw_captioned(20))
    for number in range(count):
        document = [next(drawn) for _ in range(PLACES[number % len(PLACES)])]
        texts = [None if place % 2 else caption for place, (_, caption) in enumerate(document)]
        images = [{"bytes": picture} if place % 2 else None for place, (picture, _) in enumerate(document)]
        rows.append({"texts": texts, "images": images, "source": "drawn", "metadata": json.dumps({"number": number})})
    Dataset.from_list(rows, FEATURES).to_parquet(path)
    return path


if __name__ == "__main__":
    repo = main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()))
    for row in load_dataset(str(repo), "10k.unique", split="train").select(range(3)):
        print(row)
    print(repo)
