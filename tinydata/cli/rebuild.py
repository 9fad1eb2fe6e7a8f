"""`tinydata rebuild`."""

from __future__ import annotations

import click

from tinydata.cli._options import offline_option, plural, report_options, result, story


@click.command()
@click.argument("path", type=click.Path())
@click.option("--trust-remote-code", is_flag=True, help="Run the code that the source of a model brings along.")
@offline_option
@report_options
def rebuild(path: str, trust_remote_code: bool, offline: bool, as_json: bool, quiet: bool) -> None:
    """Repeat the recipe of PATH beside it, and compare byte for byte.

    What lies there is not touched. Each input, version and file that differs is named; the exit code is then 1.

    \b
    tinydata rebuild tiny
    """
    import tinydata

    made = tinydata.rebuild(path, trust_remote_code=trust_remote_code, offline=offline)
    for line in made.differences:
        story(f"differs: {line}", quiet)
    story(f"{plural(made.files, 'file')} made again: {'not the same' if made.differences else 'the same'}", quiet)
    result(made.path, {"files": made.files, "differences": made.differences}, as_json)
    if made.differences:
        click.get_current_context().exit(1)
