"""`tinydata model`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tinydata.cli._options import doing, hub_options, output_option, report_options, result, size, story

if TYPE_CHECKING:
    from tinydata.model.changes import Change

WIDE = 44


@click.command()
@click.argument("source", type=click.Path())
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="A value of the config, in JSON; may be given several times.",
)
@click.option(
    "--preset",
    type=click.Choice(["tiny", "flash", "vllm", "tp2"]),
    default="tiny",
    show_default=True,
    help="The smallest that runs; with heads for FlashAttention, or for vLLM; all that tensor parallelism splits divisible by 2.",
)
@click.option("--vocab-size", type=int, metavar="N", help="Rows of the embedding; by default 256, or the tokenizer's.")
@click.option("--max-params", type=int, metavar="N", help="At most so many parameters.")
@click.option("--num-labels", type=int, metavar="N", help="Labels of a classifier; by default as many as it had.")
@click.option(
    "--tokenizer",
    type=click.Path(),
    metavar="DIR",
    help="A tokenizer that the model is to take; vocabulary and ids follow.",
)
@click.option("--shrink-vocab", type=int, metavar="N", help="Shrink the source's tokenizer to N tokens, and take that.")
@click.option(
    "--dtype",
    type=click.Choice(["float32", "bfloat16", "float16"]),
    default="float32",
    show_default=True,
    help="Of the weights.",
)
@click.option("--margin", type=float, metavar="X", help="Have the best logit of a causal model lead by X.")
@click.option("--seed", "rng_seed", type=int, default=0, show_default=True, metavar="N", help="Of the weights.")
@click.option(
    "--class",
    "class_",
    metavar="NAME",
    help="The class of transformers, or an Auto class; by default the one that the config names.",
)
@click.option("--trust-remote-code", is_flag=True, help="Run the code that the source brings along.")
@hub_options
@click.option("--dry-run", is_flag=True, help="Make nothing; show the plan, without torch.")
@output_option("model")
@report_options
def model(source: str, output: Path, as_json: bool, quiet: bool, **words: Any) -> None:
    """Make a tiny random model out of any config, and try it.

    SOURCE is a model type, a folder with a config.json, that file, or a repo of the Hub, whose weights are not fetched. The model has
    every kind of layer that the original has, and runs: forward, backward, and `generate` where it can.

    \b
    tinydata model llama -o tiny
    tinydata model Qwen/Qwen3-0.6B --shrink-vocab 1000 --dtype bfloat16 -o tiny
    tinydata model llava --set text_config.hidden_size=64 --dry-run
    """
    import tinydata

    with doing(quiet) as progress:
        made = tinydata.make_model(source, output, **words, progress=progress)
    _table("", made.changes, quiet)
    _table("left out, or it would not run: ", made.dropped, quiet)
    if made.why:
        story(f"with them: {made.why}", quiet)
    _table("unexpected: ", made.unexpected, quiet)
    (before, after), (large, small) = made.parameters, made.size_bytes
    if after is not None:
        story(f"\n{made.model_class}, {made.dtype}", quiet)
        story(f"parameters  {_number(before):>18} -> {after:,}", quiet)
        story(f"weights     {size(large) if large else '?':>18} -> {size(small or 0)}", quiet)
    if made.lead is not None:
        story(f"the best logit leads by {made.lead:.2f} at least", quiet)
    for note in made.notes:
        story(f"note: {note}", quiet)
    facts = {name: value for name, value in asdict(made).items() if name not in ("path", "recipe")}
    result(None if words["dry_run"] else made.path, facts, as_json)


def _table(title: str, changes: Iterable[Change], quiet: bool) -> None:
    rows = [(change.name, _short(change.old), _short(change.new), change.why) for change in changes]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for name, old, new, why in rows:
        story(f"{title}{name:<{widths[0]}}  {old:>{widths[1]}} -> {new:<{widths[2]}}  {why}".rstrip(), quiet)


def _short(value: Any) -> str:
    """A value in a cell: of a long one its start, and how long it is."""
    text = str(list(value) if isinstance(value, tuple) else value)
    if len(text) <= WIDE:
        return text
    count = f" ({len(value)})" if isinstance(value, (list, tuple, dict)) else ""
    return f"{text[: WIDE - 4 - len(count)]} ...{count}"


def _number(count: int | None) -> str:
    return "?" if count is None else f"{count:,}"
