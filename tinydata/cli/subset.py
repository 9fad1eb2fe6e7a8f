"""`tinydata subset`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tinydata.cli._options import (
    bar,
    hub_options,
    output_option,
    report_options,
    result,
    size,
    story,
)


@click.command()
@click.argument("source", type=click.Path())
@click.option("-n", "--records", required=True, metavar="N", help="How many of each split, as in 100, 10k or 1.5M.")
@click.option("--config", metavar="NAME", help="Only this config; by default all.")
@click.option("--split", metavar="NAME", help="Only this split; by default all.")
@click.option("--shuffle", is_flag=True, help="A uniform sample, not the first.")
@click.option(
    "--seed", "rng_seed", type=int, default=0, show_default=True, metavar="N", help="Which sample --shuffle takes."
)
@click.option("--where", metavar="SQL", help="Only records that fit, as in \"lang = 'en'\".")
@click.option("--lines", is_flag=True, help="Of a tarball of texts: a record is a line, not a whole text.")
@hub_options
@output_option()
@report_options
def subset(source: str, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Take the first records of SOURCE, or a sample, as a dataset repo.

    Configs, splits, columns and types stay, so that code for SOURCE runs with nothing but the name changed. The first 100 records
    of a sample are those of a sample of 100.

    \b
    tinydata subset org/name -n 10k -o small
    tinydata subset big.parquet -n 1k --shuffle --seed 7 -o sample
    """
    import tinydata

    with bar("fetch", "B", quiet) as fetching, bar("subset", "row", quiet) as progress:
        made = tinydata.subset(source, output, **words, progress=progress, fetching=fetching)
    for config, splits in made.counts.items():
        for split, rows in splits.items():
            place = f"{config}, {split}" if len(made.counts) > 1 else split
            whole = f", all there are of the {words['records']} asked for" if (config, split) in made.short else ""
            story(f"{place}: {rows:,} record{'' if rows == 1 else 's'}{whole}", quiet)
    story(size(made.size_bytes), quiet)
    facts: dict[str, Any] = {"configs": made.counts, "default": made.default, "short": made.short}
    facts |= {"archive": made.archive, "read_bytes": made.read_bytes, "size_bytes": made.size_bytes}
    result(made.path, facts, as_json)
