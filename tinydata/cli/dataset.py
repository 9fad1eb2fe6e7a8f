"""`tinydata dataset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tinydata.cli._options import (
    Words,
    bar,
    hub_options,
    output_option,
    plural,
    report_options,
    result,
    size,
    source_options,
    stamp_option,
    story,
    taken,
    unreadable,
)

VARIANTS = "100.unique,100.repeat,300.unique,300.repeat,1k.unique,1k.repeat,10k.unique,10k.repeat"


@click.command()
@click.argument("source", type=click.Path(), metavar="SOURCE-SEEDS-OR-PACK")
@click.option(
    "--variants",
    type=Words(),
    default=VARIANTS,
    help="The configs; by default 100, 300, 1k and 10k, each unique and repeat.",
)
@click.option("--splits", type=Words(), help="Names of the splits; by default those of the source, or `train`.")
@stamp_option
@click.option("--template", default="synthetic", show_default=True, metavar="NAME", help="What the repo is made from.")
@click.option("--name", metavar="TEXT", help="What the card calls it; by default the folder's name.")
@source_options
@hub_options
@output_option()
@report_options
def dataset(source: str, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Make a dataset repo out of a source, seeds or a pack.

    The repo has a card, a config of Parquet files for each variant, the pack, and loader.py, which makes any other length. It
    loads with every `datasets` from 2.14 on.

    \b
    tinydata dataset seeds -o tiny
    tinydata dataset big.parquet --ids 0-9 --max-side 32 -o tiny
    tinydata dataset org/name --pick 10 -o tiny
    tinydata dataset data.tar.gz --variants 50.unique,1M.repeat -o tiny
    """
    import tinydata

    with (
        bar("fetch", "B", quiet) as fetching,
        bar("look", "record", quiet) as picking,
        bar("dataset", "row", quiet) as progress,
    ):
        made = tinydata.make_dataset(source, output, **words, progress=progress, fetching=fetching, picking=picking)
    if made.unpacked:
        taken(made.unpacked, words["split"], quiet)
    configs = f"{plural(len(made.variants), 'config')} and {made.default}"
    story(f"{plural(made.seeds, 'seed')}, {configs}, split {', '.join(made.splits)}, {size(made.size_bytes)}", quiet)
    if made.stamp:
        story(f"unique rows are numbered in {made.stamp}", quiet)
    facts: dict[str, Any] = {
        "default": made.default,
        "variants": made.variants,
        "splits": made.splits,
        "seeds": made.seeds,
    }
    picked = made.unpacked.picked if made.unpacked else ()
    facts["shrunk"] = made.unpacked.shrunk if made.unpacked else {}
    facts["picked"] = {choice.id: choice.reasons for choice in picked}
    unshrunk = made.unpacked.unshrunk if made.unpacked else ()
    facts |= {"stamp": made.stamp, "size_bytes": made.size_bytes, "failures": [str(error) for error in unshrunk]}
    result(made.path, facts, as_json)
    unreadable(unshrunk, quiet)
