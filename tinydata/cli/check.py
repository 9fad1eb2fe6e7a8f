"""`tinydata check`."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from tinydata.cli._errors import wants_color
from tinydata.cli._options import plural, report_options, story


@click.command()
@click.argument("path", type=click.Path())
@click.option("--trust-remote-code", is_flag=True, help="Run the code that a model brings along.")
@report_options
def check(path: str, trust_remote_code: bool, as_json: bool, quiet: bool) -> None:
    """Say what is wrong with what was made here.

    A repo is loaded, each config, and goes through `datasets-cli test`; a tokenizer in `tokenizers` and `AutoTokenizer`;
    a model is run forward and backward, generates, is saved and loaded again. The exit code is 1 if there is a problem.

    \b
    tinydata check seeds
    tinydata check tiny --json
    """
    import tinydata

    findings = tinydata.check(
        path,
        trust_remote_code=trust_remote_code,
        progress=lambda what: story(f"checking {what}", quiet or as_json),
    )
    problems = sum(finding.problem for finding in findings)
    if as_json:
        click.echo(json.dumps({"path": path, "problems": problems, "findings": [asdict(found) for found in findings]}))
    for finding in () if as_json else findings:
        word = click.style("problem", fg="red") if finding.problem else "note"
        mend = f" ({finding.mend})" if finding.mend else ""
        click.echo(f"{word}: {finding.path}: {finding.fact}{mend}", color=wants_color())
    story(plural(problems, "problem") if problems else "no problem", quiet)
    if problems:
        click.get_current_context().exit(1)
