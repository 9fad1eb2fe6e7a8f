"""The reference of the command line, generated from ``--help``.

python -m tests.cli_reference > docs/cli.md
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import click

from tinydata.cli import main

INTRO = """\
# The command line

Generated from `--help` by `python -m tests.cli_reference > docs/cli.md`; a test holds it to that.
"""


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it, the group itself first."""
    with click.Context(main, info_name="tinydata") as context:
        yield "tinydata", main
        for name in main.list_commands(context):
            command = main.get_command(context, name)
            assert command is not None, name
            yield f"tinydata {name}", command


def render() -> str:
    """Write the whole page, 80 columns wide."""
    sections = [INTRO]
    for words, command in commands():
        with click.Context(command, info_name=words, terminal_width=80, color=False) as context:
            sections.append(f"## {words}\n\n```text\n{inspect.cleandoc(command.get_help(context))}\n```\n")
    return "\n".join(sections)


if __name__ == "__main__":
    sys.stdout.write(render())
