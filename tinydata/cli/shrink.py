"""`tinydata shrink`."""

from __future__ import annotations

import click

from tinydata.cli._options import bar, counts, limit_options, plural, report_options, result, size, story, unreadable


@click.command()
@click.argument("seeds", type=click.Path())
@click.option(
    "--max-side",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    metavar="N",
    help="Fit pictures into N x N pixels.",
)
@limit_options
@report_options
def shrink(seeds: str, as_json: bool, quiet: bool, **words: int | None) -> None:
    """Make pictures and what else is long in SEEDS smaller, in place.

    The ratio is kept, nothing is enlarged, turned pictures are set upright. A picture or a sound that cannot be read is
    named and left as it is; the exit code is then 1.

    \b
    tinydata shrink seeds
    tinydata shrink seeds --max-side 64 --max-chars 200 --max-items 4 --max-seconds 1
    """
    import tinydata

    with bar("shrink", "seed", quiet) as progress:
        made = tinydata.shrink(seeds, **words, progress=progress)
    told = f" ({counts(made.columns)})" if made.columns else ""
    story(
        f"{plural(made.changed, 'slot')} made smaller{told}: {size(made.bytes_before)} -> {size(made.bytes_after)}",
        quiet,
    )
    facts = {
        "changed": made.changed,
        "columns": made.columns,
        "bytes_before": made.bytes_before,
        "bytes_after": made.bytes_after,
    }
    result(made.path, {**facts, "failures": [str(error) for error in made.failures]}, as_json)
    unreadable(made.failures, quiet)
