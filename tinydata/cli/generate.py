"""`tinydata generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tinydata.cli._options import bar, output_option, plural, report_options, result, size, stamp_option, story

FORMATS = ("parquet", "arrow", "jsonl", "csv", "webdataset", "imagefolder", "audiofolder", "videofolder")


@click.command()
@click.argument("seeds", type=click.Path(), metavar="SEEDS-OR-PACK")
@click.argument("variant")
@click.option("--format", default="parquet", show_default=True, metavar="NAME", help=f"One of {', '.join(FORMATS)}.")
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Spread the rows over N files.",
)
@stamp_option
@output_option()
@report_options
def generate(seeds: str, variant: str, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Generate any number of rows as files.

    VARIANT is SIZE.repeat, the seeds over and over, or SIZE.unique, where the number of the row stands at the end of its
    text. SIZE is a number, with k for thousands or M for millions.

    \b
    tinydata generate seeds 1M.unique -o out
    tinydata generate data.tar.gz 10k.repeat --shards 4 -o out
    """
    import tinydata

    with bar("generate", "row", quiet) as progress:
        made = tinydata.generate_files(seeds, variant, output, **words, progress=progress)
    stamped = f", numbered in {made.stamp}" if made.stamp else ""
    story(f"{plural(made.rows, 'row')}{stamped}, {size(made.size_bytes)}", quiet)
    facts = {"files": [str(file) for file in made.files], "rows": made.rows, "stamp": made.stamp}
    result(made.path, {**facts, "size_bytes": made.size_bytes}, as_json)
