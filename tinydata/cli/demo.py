"""`tinydata demo`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from tinydata.cli._options import report_options, result, story


@click.command()
@click.argument("source", type=click.Path(), required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A new folder for all of it; by default tinydata-demo, or the next that is free.",
)
@report_options
def demo(source: str | None, output: Path | None, as_json: bool, quiet: bool) -> None:
    """Show the whole journey, on drawn pictures or on any SOURCE.

    \b
    tinydata demo
    tinydata demo photos.parquet
    """
    from tinydata.demo import demo as show

    made = show(source, output, say=lambda line: story(line, quiet))
    for number, row in enumerate(() if as_json else made.rows):
        click.echo(f"{number}  " + "  ".join(f"{name}: {_clip(value)}" for name, value in row.items()))
    story(
        f"\nten of 10,000 rows; all of it lies in {made.path.parent}\n"
        f"  look at the seeds:       {made.path.parent / 'seeds'}\n"
        f"  edit a file there, then: tinydata dataset {made.path.parent / 'seeds'} -o edited\n"
        f"  any other length:        python {made.path / 'loader.py'} 1M.unique out\n"
        f"  your own data:           tinydata dataset YOUR.parquet --ids 0-9 --max-side 32 -o tiny\n",
        quiet,
    )
    result(made.path, {"variant": made.variant, "rows": made.rows}, as_json)


def _clip(value: object, width: int = 60) -> str:
    """A value on one line; of a long one the beginning, and the end, where the stamp is."""
    line = json.dumps(value, ensure_ascii=False)
    return line if len(line) <= width else f"{line[: width - 21]} ... {line[-16:]}"
