"""`tinydata tokenizer`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinydata.cli._options import hub_options, output_option, report_options, result, size, story

if TYPE_CHECKING:
    from tinydata.tokenizer.made import MadeTokenizer


@click.command()
@click.argument("source", type=click.Path(), required=False)
@click.option("--vocab-size", type=int, metavar="N", help="How many tokens; by default the fewest that lose nothing.")
@click.option(
    "--method",
    type=click.Choice(["truncate", "corpus", "retrain", "scratch"]),
    help="Which tokens: the first ones; those that a corpus uses; new ones, learned from it; made-up ones. By default the first ones, with a corpus those that it uses.",
)
@click.option(
    "--class",
    "class_",
    metavar="NAME",
    help="In place of SOURCE, a tokenizer class of transformers: its special tokens, an alphabet, made-up words.",
)
@click.option(
    "--corpus", multiple=True, type=click.Path(), metavar="FILE", help="Texts, a line each; may be given several times."
)
@click.option(
    "--like",
    type=click.Choice(["gpt2", "cl100k", "o200k", "llama3", "qwen2"]),
    help="The layout of a `.tiktoken`, which tells of none.",
)
@click.option("--drop-reserved", is_flag=True, help="Let `<|reserved...|>` and `[unused...]` go too.")
@click.option("--dry-run", is_flag=True, help="Write nothing; tell the floor and what would go.")
@hub_options
@output_option("tokenizer")
@report_options
def tokenizer(source: str | None, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Shrink a tokenizer, and prove that nothing broke.

    SOURCE is a folder as the Hub has it, one file, or a repo of the Hub as org/name or hf://org/name. Any text that the original encodes in kept tokens alone is encoded the same;
    every special and added token stays; where bytes carry every character, no text is lost. All that holds ids follows.

    \b
    tinydata tokenizer t5 --vocab-size 3000 -o small
    tinydata tokenizer t5/tokenizer.json --dry-run
    tinydata tokenizer gpt2 --corpus mine.txt -o mine
    tinydata tokenizer --class T5Tokenizer -o scratch
    """
    import tinydata

    if source is None and words["class_"] is None:
        raise click.UsageError("Missing argument 'SOURCE', or '--class'.")
    made = tinydata.make_tokenizer(source, output, **words)
    facts = {name: value for name, value in asdict(made).items() if name not in ("path", "recipe")}
    for line in table(made):
        story(line, quiet)
    if words["dry_run"]:
        going = " ".join(made.dropped) + (" ..." if made.vocab_size[0] - made.vocab_size[1] > len(made.dropped) else "")
        story(f"would go: {going}", quiet)
    result(None if words["dry_run"] else made.path, facts, as_json)


def table(made: MadeTokenizer) -> Iterator[str]:
    """What is told of a small tokenizer; a figure that there is not is left out."""
    yield f"{made.family}, smallest {made.floor:,}"
    yield _row("tokens", *made.vocab_size)
    before, after = map(size, made.size_bytes)
    yield f"{'on disk':<18} {before if made.size_bytes[0] else '':>10} -> {after}"
    if made.specials:
        yield f"{'special and added':<18} {made.specials:>10,} kept"
    if made.characters[1]:
        yield _row("other characters", made.characters[1], made.characters[0])
    if made.cost[1]:
        yield f"{_row('a line of English', *made.cost)} tokens"
    if made.texts[0]:
        same = f", {made.texts[1]:,} of kept tokens alone: all encoded the same" if made.texts[1] else ""
        yield f"{'texts tried':<18} {made.texts[0]:>10,}{same}"
    if made.corpus:
        yield f"{_row('the corpus', *made.corpus.cost)} tokens"
        yield f"{'its texts':<18} {made.corpus.texts:>10,}, {made.corpus.same:,} encoded the same"
    yield from (f"note: {note}" for note in made.notes)


def _row(name: str, before: int, after: int) -> str:
    return f"{name:<18} {f'{before:,}' if before else '':>10} -> {after:,}"
