"""`tinydata unpack`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tinydata.cli._options import (
    bar,
    hub_options,
    output_option,
    plural,
    report_options,
    result,
    shortened,
    source_options,
    story,
    taken,
    unreadable,
)


@click.command()
@click.argument("source", type=click.Path())
@source_options
@hub_options
@output_option("seeds")
@report_options
def unpack(source: str, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Explode records of SOURCE into a folder each, to edit by hand.

    SOURCE is a Parquet, Arrow, JSON, JSONL, CSV, TSV, text or webdataset file, compressed or not, a folder, a zip or a pattern of them, a folder
    of save_to_disk or of media, seeds, a repo of the Hub: org/name, hf://datasets/org/name, or an
    address: https://, s3://, or another that fsspec knows. A slot that holds nothing becomes an empty file that ends in .null.

    \b
    tinydata unpack photos.parquet --ids 0-9 --max-side 32
    tinydata unpack photos.parquet --pick 10
    tinydata unpack org/name --config en --split test --revision v1.0
    tinydata unpack s3://bucket/train.parquet --ids 5,100000
    cd "$(tinydata unpack chats.jsonl --ids 1,4-10 -o chats)"
    """
    import tinydata

    with (
        bar("fetch", "B", quiet) as fetching,
        bar("look", "record", quiet) as picking,
        bar("unpack", "seed", quiet) as progress,
    ):
        made = tinydata.unpack(source, output, **words, progress=progress, fetching=fetching, picking=picking)
    taken(made, words["split"], quiet)
    story(f"{plural(len(made.ids), 'seed')}: {shortened(made.columns)}", quiet)
    facts: dict[str, Any] = {"ids": made.ids, "columns": made.columns, "config": made.config, "split": made.split}
    facts["shrunk"] = made.shrunk
    facts["picked"] = {choice.id: choice.reasons for choice in made.picked}
    result(made.path, {**facts, "failures": [str(error) for error in made.unshrunk]}, as_json)
    unreadable(made.unshrunk, quiet)
