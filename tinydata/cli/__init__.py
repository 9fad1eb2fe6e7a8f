"""The command line: each command reads words, calls one library function and prints what came back."""

from __future__ import annotations

import atexit
import gc

import click

import tinydata
from tinydata.cli._errors import Group
from tinydata.cli.check import check
from tinydata.cli.dataset import dataset
from tinydata.cli.demo import demo
from tinydata.cli.env import env
from tinydata.cli.generate import generate
from tinydata.cli.model import model
from tinydata.cli.null import null
from tinydata.cli.pack import pack
from tinydata.cli.rebuild import rebuild
from tinydata.cli.shrink import shrink
from tinydata.cli.subset import subset
from tinydata.cli.tokenizer import tokenizer
from tinydata.cli.unpack import unpack


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(tinydata.__version__, prog_name="tinydata")
def main() -> None:
    """Tiny datasets, tokenizers and models out of real ones, shaped exactly alike, so that code starts in seconds.

    \b
    tinydata demo                                          see all of it
    tinydata dataset big.parquet --max-side 32 -o tiny     the whole way in one line
    """
    # At its end Python would look through all memory for cycles, a second once torch is loaded; it goes with the process.
    atexit.register(gc.freeze)


for command in (demo, dataset, tokenizer, model, subset, unpack, null, shrink, pack, generate, check, rebuild, env):
    main.add_command(command)
