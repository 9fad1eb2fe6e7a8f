"""`tinydata shrink`."""

from __future__ import annotations

import click

from tinydata.cli._options import bar, plural, report_options, result, size, story, unreadable


@click.command()
@click.argument("seeds")
@click.option(
    "--max-side",
    type=click.IntRange(min=1),
    default=32,
    show_default=True,
    metavar="N",
    help="Fit pictures into N x N pixels.",
)
@click.option(
    "--max-chars", type=click.IntRange(min=1), metavar="N", help="Cut texts to N characters, no accent or emoji torn."
)
@report_options
def shrink(seeds: str, max_side: int, max_chars: int | None, as_json: bool, quiet: bool) -> None:
    """Make pictures and texts of SEEDS smaller, in place.

    The ratio is kept, nothing is enlarged, turned pictures are set upright. A picture that cannot be read is named and left
    as it is; the exit code is then 1.

    \b
    tinydata shrink seeds
    tinydata shrink seeds --max-side 64 --max-chars 200
    """
    import tinydata

    with bar("shrink", "seed", quiet) as progress:
        made = tinydata.shrink(seeds, max_side=max_side, max_chars=max_chars, progress=progress)
    story(f"{plural(made.changed, 'slot')} made smaller: {size(made.bytes_before)} -> {size(made.bytes_after)}", quiet)
    facts = {"changed": made.changed, "bytes_before": made.bytes_before, "bytes_after": made.bytes_after}
    result(made.path, {**facts, "failures": [str(error) for error in made.failures]}, as_json)
    unreadable(made.failures, quiet)
