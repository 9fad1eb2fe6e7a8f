"""Options that several commands share, spelled the same everywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tinydata.cli._errors import wants_color

if TYPE_CHECKING:
    from tinydata.dataset.unpack import Unpacked

Command = TypeVar("Command", bound=Callable[..., Any])


class Words(click.ParamType):  # type: ignore[type-arg,unused-ignore]  # generic in newer clicks alone
    """Words with commas between."""

    name = "a,b,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Split at the commas."""
        words = value if isinstance(value, tuple) else tuple(word.strip() for word in value.split(","))
        if not all(words):
            self.fail("a word between two commas is missing", param, ctx)
        return words


def limit_options(command: Command) -> Command:
    """How long texts, lists and sounds may be."""
    for name, what in (
        ("--max-seconds", "Keep N seconds of sounds; those but WAV want `soundfile`."),
        ("--max-items", "Keep N items of lists, at any depth."),
        ("--max-chars", "Cut texts to N characters, no accent or emoji torn."),
    ):
        command = click.option(name, type=click.IntRange(min=1), metavar="N", help=what)(command)
    return command


def source_options(command: Command) -> Command:
    """What to take from a source."""
    command = limit_options(command)
    for option in (
        click.option(
            "--max-side", type=click.IntRange(min=1), metavar="N", help="Shrink pictures to fit N x N pixels."
        ),
        click.option("--columns", type=Words(), help="Only these columns, in this order."),
        click.option("--split", metavar="NAME", help="Which split; by default `train`, or the first."),
        click.option("--config", metavar="NAME", help="Which config, where there are several."),
        click.option(
            "--among",
            type=click.IntRange(min=1),
            default=10_000,
            show_default=True,
            metavar="N",
            help="Pick among the first N records.",
        ),
        click.option(
            "--pick",
            type=click.IntRange(min=1),
            metavar="N",
            help="The N records that differ most; stderr says why each.",
        ),
        click.option("--ids", metavar="RANGES", help="Which records, as in 1,4-10 or 5-; by default the first ten."),
    ):
        command = option(command)
    return command


def hub_options(command: Command) -> Command:
    """Where to read a repo of the Hub from."""
    command = offline_option(command)
    return click.option("--revision", metavar="NAME", help="A branch, tag or commit of a repo of the Hub.")(command)


def offline_option(command: Command) -> Command:
    """Whether a hub may be asked."""
    return click.option("--offline", is_flag=True, help="Ask no server: what the Hub's cache holds will do.")(command)


def stamp_option(command: Command) -> Command:
    """Where the number of a row goes."""
    return click.option(
        "--stamp", metavar="COLUMN", help="Which text to number in unique rows; by default `text`, or the first."
    )(command)


def output_option(default: str | None = None) -> Callable[[Command], Command]:
    """Where to put what is made."""

    def add(command: Command) -> Command:
        command = click.option("--overwrite", is_flag=True, help="Replace what lies there.")(command)
        # To newer clicks a default of None is one, and the option is never missed.
        given: dict[str, Any] = {"required": True} if default is None else {"default": default, "show_default": True}
        return click.option("-o", "--output", type=click.Path(path_type=Path), help="What to make.", **given)(command)

    return add


def report_options(command: Command) -> Command:
    """How to tell what came out."""
    command = click.option("-q", "--quiet", is_flag=True, help="Only errors on stderr.")(command)
    return click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, not the path.")(command)


def story(text: str, quiet: bool = False) -> None:
    """Tell on stderr what is going on."""
    if not quiet:
        click.echo(text, err=True, color=wants_color())


def result(path: Path | None, facts: dict[str, Any], as_json: bool) -> None:
    """Print what was made: the path, or one JSON object; where nothing was, the path is null, or none is printed."""
    if as_json:
        click.echo(json.dumps({"path": path and str(path), **facts}, ensure_ascii=False))
    elif path:
        click.echo(str(path))


def taken(made: Unpacked, split: str | None, quiet: bool) -> None:
    """Tell which records were taken where nobody said which."""
    if made.split and len(made.splits) > 1 and split is None:
        story(f"no --split: {made.split}, of {', '.join(made.splits)}", quiet)
    if not made.chosen:
        story(
            f"no --ids: the first {len(made.ids)} records" if len(made.ids) > 1 else "no --ids: the first record", quiet
        )
    if made.shrunk:
        story(f"made smaller: {counts(made.shrunk)}", quiet)
    width = max((len(str(choice.id)) for choice in made.picked), default=0)
    for choice in made.picked:
        story(f"{choice.id:>{width}}  {shortened(choice.reasons, 6)}", quiet)


@contextmanager
def bar(what: str, unit: str, quiet: bool) -> Iterator[Callable[..., None]]:
    """A progress bar on stderr; off a terminal there is none."""
    from tqdm import tqdm

    with tqdm(desc=what, unit=unit, disable=_hidden(quiet), leave=False, unit_scale=unit in ("row", "B")) as shown:

        def progress(done: int, total: int, read_bytes: int = 0) -> None:
            shown.total = total or None
            if read_bytes:
                shown.set_postfix_str(f"{size(read_bytes)} read", refresh=False)
            shown.update(done - shown.n)

        yield progress


@contextmanager
def doing(quiet: bool) -> Iterator[Callable[[str], None]]:
    """What is being done, on a line of stderr that goes again; off a terminal there is none."""
    from tqdm import tqdm

    with tqdm(bar_format="{desc} ...", disable=_hidden(quiet), leave=False) as shown:
        yield shown.set_description_str


def _hidden(quiet: bool) -> bool | None:
    """Whether there is no bar; None: off a terminal."""
    return True if quiet or sys.stderr is None else None


def plural(count: int, one: str) -> str:
    """A number and a noun."""
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def counts(numbers: Mapping[str, int]) -> str:
    """How many of each."""
    return shortened(f"{name} {count:,}" for name, count in numbers.items())


def size(size_bytes: int) -> str:
    """Bytes as a person says them."""
    amount = float(size_bytes)
    for unit in ("bytes", "kB", "MB"):
        if amount < 1000 or unit == "MB":
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    raise AssertionError  # the loop returns at MB


def shortened(names: Iterable[str], most: int = 8) -> str:
    """Names with commas between, each on its line and not too long; of many, how many more there are."""
    shown = [name if name.isprintable() else repr(name)[1:-1] for name in names]
    shown = [name if len(name) <= 60 else f"{name[:57]}..." for name in shown]
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")


def unreadable(errors: tuple[Exception, ...], quiet: bool) -> None:
    """Name the files that were left as they are, and exit with 1."""
    from tinydata.cli._errors import tell

    if not errors:
        return
    for error in errors:
        tell(str(error), "")
    story(f"\n{plural(len(errors), 'file')} left as {'it was' if len(errors) == 1 else 'they were'}", quiet)
    click.get_current_context().exit(1)
