"""Demo: the whole journey, from a source to ten rows of a dataset of 10,000, each step shown as the command it is."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from tinydata.atomic import refuse_existing
from tinydata.errors import NothingToStamp

Say = Callable[[str], None]


@dataclass(frozen=True)
class Shown:
    """What a demo made.

    Args:
        path: The dataset repo.
        variant: The config that the rows come from.
        rows: Ten of its rows, media in them as a word on what they are.
    """

    path: Path
    variant: str
    rows: tuple[dict[str, Any], ...]


def demo(source: str | None = None, output: str | os.PathLike[str] | None = None, *, say: Say | None = None) -> Shown:
    """Go the whole way: unpack, shrink, null a slot, pack, make the dataset repo, load 10,000 rows of it.

    Args:
        source: Any source that `unpack` takes; where None, captioned pictures that are drawn here.
        output: The folder for all that is made; where None, a new `tinydata-demo`, `tinydata-demo-2` ...
        say: Called with each line of the story: a command it stands for, or what came of it.

    Raises:
        TinydataError: Whatever a step raises; what was made before lies in the folder.
    """
    import tinydata
    from tinydata.dataset.generate import find_stamp
    from tinydata.dataset.loader import VARIANTS

    tell = say or _say_nothing
    root = Path(output) if output is not None else _free_folder(Path("tinydata-demo"))
    refuse_existing(root)
    seeds, packed, repo = root / "seeds", root / "data.tar.gz", root / "tiny"

    if source is None:
        source = str(_draw(root / "pictures"))
        tell(f"ten captioned pictures, drawn just now, lie in {source}")
    tell(f"$ tinydata unpack {source} -o {seeds}")
    unpacked = tinydata.unpack(source, seeds)
    tell(f"  {len(unpacked.ids)} seeds: {', '.join(unpacked.columns)}")
    tell(f"$ tinydata shrink {seeds}")
    shrunk = tinydata.shrink(seeds)
    tell(f"  {shrunk.bytes_before:,} -> {shrunk.bytes_after:,} bytes")
    read = tinydata.read_seeds(seeds)
    column = _nullable(read)
    if len(unpacked.ids) > 1:
        tell(f"$ tinydata null {seeds} {unpacked.ids[1]} {column}")
        tinydata.null(seeds, unpacked.ids[1], [column])
    tell(f"$ tinydata pack {seeds} -o {packed}")
    tell(f"  {tinydata.pack(seeds, packed).size_bytes:,} bytes")
    try:
        find_stamp(read, None, unique=True)
        variant, variants = "10k.unique", VARIANTS
        tell(f"$ tinydata dataset {packed} -o {repo}")
    except NothingToStamp:  # a source without a text: its rows repeat
        variants = tuple(name for name in VARIANTS if name.endswith("repeat"))
        variant = "10k.repeat"
        tell(f"$ tinydata dataset {packed} --variants {','.join(variants)} -o {repo}")
    made = tinydata.make_dataset(packed, repo, variants=variants)
    tell(f"  {len(made.variants)} configs, {made.size_bytes:,} bytes")
    tell(f'>>> load_dataset("{repo}", "{variant}")')
    return Shown(repo, variant, tuple(_load(repo, variant, made.splits[0])))


def _say_nothing(line: str) -> None:
    """The story of a demo that nobody listens to."""


def _free_folder(wanted: Path) -> Path:
    names = (wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}") for number in count(1))
    return next(name for name in names if not name.exists())


def _draw(folder: Path) -> Path:
    from tinydata.dataset.drawings import draw_captioned
    from tinydata.dataset.kinds.media import media_suffix

    folder.mkdir(parents=True)
    lines = []
    for number, (picture, caption) in enumerate(draw_captioned(10)):
        name = f"{number}{media_suffix(picture, None, {'_type': 'Image'})}"
        (folder / name).write_bytes(picture)
        lines.append(json.dumps({"file_name": name, "text": caption}, ensure_ascii=False))
    (folder / "metadata.jsonl").write_bytes("".join(f"{line}\n" for line in lines).encode())
    return folder


def _nullable(seeds: Any) -> str:
    """A picture's column, else the last one."""
    from tinydata.dataset.loader import is_media

    names: list[str] = list(seeds.features)
    return next((name for name in names if is_media(seeds.features[name])), names[-1])


def _load(repo: Path, variant: str, split: str) -> Iterator[dict[str, Any]]:
    from tinydata.dataset.quiet import quiet_datasets

    with quiet_datasets() as datasets, tempfile.TemporaryDirectory(prefix="tinydata-") as cache:
        data = datasets.load_dataset(str(repo.resolve()), variant, split=split, cache_dir=cache)
        rows = data.with_format("arrow")[:10].to_pylist()  # not decoded: a decoder may be missing
        del data
    for row in rows:
        yield {name: _in_words(value) for name, value in row.items()}


def _in_words(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"bytes", "path"}:
        from tinydata.dataset.kinds.media import media_suffix

        sort = media_suffix(value["bytes"], value["path"], {"_type": "Image"})
        return f"<{sort[1:]}, {len(value['bytes'] or b''):,} bytes>"
    if isinstance(value, dict):
        return {name: _in_words(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_in_words(inner) for inner in value]
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)
