"""`tinydata pack`."""

from __future__ import annotations

from pathlib import Path

import click

from tinydata.cli._options import output_option, plural, report_options, result, size, story


@click.command()
@click.argument("seeds", type=click.Path())
@output_option("data.tar.gz")
@report_options
def pack(seeds: str, output: Path, overwrite: bool, as_json: bool, quiet: bool) -> None:
    """Put SEEDS into a tarball, the same bytes every time.

    \b
    tinydata pack seeds
    """
    import tinydata

    made = tinydata.pack(seeds, output, overwrite=overwrite)
    story(f"{plural(made.seeds, 'seed')}, {size(made.size_bytes)}", quiet)
    result(made.path, {"seeds": made.seeds, "size_bytes": made.size_bytes}, as_json)
