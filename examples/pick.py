"""Let the tool choose the seeds: out of a thousand chats the eight that differ most, and why each was taken.

    python examples/pick.py [OUT]

Long and short texts, with and without pictures, each class: what the notes chose by hand, `unpack(pick=8)` chooses. OUT is a
new folder, by default a temporary one.
"""

from __future__ import annotations

import random
import sys
import tempfile
from itertools import cycle
from pathlib import Path

from datasets import ClassLabel, Dataset, Features, Image, List, Value

from tinydata import make_dataset, unpack
from tinydata.dataset.drawings import draw_captioned

FEATURES = Features(
    {
        "image": Image(),
        "text": Value("string"),
        "tags": List(Value("string")),
        "sort": ClassLabel(names=["question", "answer", "joke"]),
    }
)


def main(out: Path) -> Path:
    """Go from a source to a dataset repo.

    Returns:
        The repo.
    """
    out.mkdir(parents=True, exist_ok=True)
    source = write_source(out / "chats.parquet", 1_000)
    seeds = unpack(source, out / "seeds", pick=8, max_side=32)
    for choice in seeds.picked:
        print(f"{choice.id}: {', '.join(choice.reasons)}")
    return make_dataset(seeds.path, out / "chats-synthetic-testing", variants=["100.unique", "100.repeat"]).path


def write_source(path: Path, count: int) -> Path:
    """Write a Parquet file of chats, as `datasets` does it.

    Returns:
        `path`.
    """
    choose, drawn = random.Random(0), cycle(draw_captioned(20))
    rows = [
        {
            "image": {"bytes": picture, "path": None} if choose.random() < 0.5 else None,
            "text": caption * choose.randint(1, 9) if choose.random() < 0.95 else None,
            "tags": choose.choices(["red", "blue", "green"], k=choose.randint(0, 5)),
            "sort": choose.randrange(3),
        }
        for picture, caption in (next(drawn) for _ in range(count))
    ]
    Dataset.from_list(rows, features=FEATURES).to_parquet(path)
    return path


if __name__ == "__main__":
    print(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())))
