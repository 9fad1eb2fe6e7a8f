"""`tinydata tokenizer`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from tinydata.cli._options import output_option, report_options, result, size, story


@click.command()
@click.argument("source")
@click.option("--vocab-size", type=int, metavar="N", help="How many tokens; the fewest that lose nothing.")
@click.option(
    "--method",
    type=click.Choice(["truncate", "corpus", "retrain"]),
    help="Which tokens: the first ones; those that a corpus uses; new ones, learned from it. By default the first ones, with a corpus those that it uses.",
)
@click.option("--corpus", multiple=True, metavar="FILE", help="Texts, a line each; may be given several times.")
@click.option(
    "--like",
    type=click.Choice(["gpt2", "cl100k", "o200k", "llama3", "qwen2"]),
    help="The layout of a `.tiktoken`, which tells of none.",
)
@click.option("--drop-reserved", is_flag=True, help="Let `<|reserved...|>` and `[unused...]` go too.")
@click.option("--dry-run", is_flag=True, help="Write nothing; tell the floor and what would go.")
@output_option("tokenizer")
@report_options
def tokenizer(source: str, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Shrink a tokenizer, and prove that nothing broke.

    SOURCE is a folder as the Hub has it, or one file. Any text that the original encodes in kept tokens alone is encoded the same;
    every special and added token stays; where bytes carry every character, no text is lost. All that holds ids follows.

    \b
    tinydata tokenizer t5 --vocab-size 3000 -o small
    tinydata tokenizer t5/tokenizer.json --dry-run
    tinydata tokenizer gpt2 --corpus mine.txt -o mine
    """
    import tinydata

    made = tinydata.make_tokenizer(source, output, **words)
    facts = {name: value for name, value in asdict(made).items() if name not in ("path", "recipe")}
    before, after = made.vocab_size
    story(f"{made.family}, smallest {made.floor:,}", quiet)
    story(f"tokens             {before:>10,} -> {after:,}", quiet)
    story(f"on disk            {size(made.size_bytes[0]):>10} -> {size(made.size_bytes[1])}", quiet)
    story(f"special and added  {made.specials:>10,} kept", quiet)
    if made.characters[1]:
        story(f"other characters   {made.characters[1]:>10,} -> {made.characters[0]:,}", quiet)
    story(f"a line of English  {made.cost[0]:>10,} -> {made.cost[1]:,} tokens", quiet)
    story(
        f"texts tried        {made.texts[0]:>10,}, {made.texts[1]:,} of kept tokens alone: all encoded the same", quiet
    )
    if made.corpus:
        story(f"the corpus         {made.corpus.cost[0]:>10,} -> {made.corpus.cost[1]:,} tokens", quiet)
        story(f"its texts          {made.corpus.texts:>10,}, {made.corpus.same:,} encoded the same", quiet)
    for note in made.notes:
        story(f"note: {note}", quiet)
    if words["dry_run"]:
        going = " ".join(made.dropped) + (" ..." if before - after > len(made.dropped) else "")
        story(f"would go: {going}", quiet)
    result(made.path, facts, as_json)
