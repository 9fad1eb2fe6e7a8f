"""The reference of the command line, generated from ``--help``.

python -m tests.cli_reference > docs/cli.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from tinydata.cli import main

INTRO = """\
# The command line

Generated from `--help` by `python -m tests.cli_reference > docs/cli.md`; a test holds it to that.
Your shell completes it after `eval "$(_TINYDATA_COMPLETE=bash_source tinydata)"`, or `zsh_source`, `fish_source`.
"""


def contexts() -> Iterator[click.Context]:
    """Yield the context of every command, as typing its words makes it; the group itself comes first."""
    root = main.make_context("tinydata", [], resilient_parsing=True, terminal_width=78, color=False)
    yield root
    for name in main.list_commands(root):
        command = main.get_command(root, name)
        assert command is not None, name
        yield command.make_context(name, [], parent=root, resilient_parsing=True)


def render() -> str:
    """Write the whole page, as a terminal of 80 columns shows it."""
    sections = [f"## {shown.command_path}\n\n```text\n{shown.get_help()}\n```\n" for shown in contexts()]
    return "\n".join([INTRO, *sections])


if __name__ == "__main__":
    sys.stdout.write(render())
