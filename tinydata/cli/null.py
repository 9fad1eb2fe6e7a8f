"""`tinydata null`."""

from __future__ import annotations

import click

from tinydata.cli._options import report_options, result, story


@click.command()
@click.argument("seeds", type=click.Path())
@click.argument("seed", metavar="ID")
@click.argument("columns", metavar="COLUMN...", nargs=-1, required=True)
@report_options
def null(seeds: str, seed: str, columns: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Make slots of one seed null, in place.

    COLUMN may go on below a slot: images.2 is an item of a list, counted from 0.

    \b
    tinydata null seeds 3 image text
    tinydata null seeds 3 images.2 messages.0.content
    """
    import tinydata

    made = tinydata.null(seeds, seed, columns)
    story(f"seed {made.seed}: {', '.join(made.columns)} null", quiet)
    result(made.path, {"seed": made.seed, "columns": made.columns}, as_json)
