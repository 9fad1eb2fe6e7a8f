"""`tinydata null`."""

from __future__ import annotations

import click

from tinydata.cli._options import report_options, result, story


@click.command()
@click.argument("seeds")
@click.argument("seed", metavar="ID")
@click.argument("columns", metavar="COLUMN...", nargs=-1, required=True)
@report_options
def null(seeds: str, seed: str, columns: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Make slots of one seed null, in place.

    \b
    tinydata null seeds 3 image text
    """
    import tinydata

    made = tinydata.null(seeds, seed, columns)
    story(f"seed {made.seed}: {', '.join(made.columns)} null", quiet)
    result(made.path, {"seed": made.seed, "columns": made.columns}, as_json)
