"""Errors as the command line tells them: the fact, an empty line, what to type."""

from __future__ import annotations

import difflib
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tinydata import errors

# The first class that fits gives the hint; a callable makes it from the error's fields.
HINTS: dict[type[errors.TinydataError], str | Callable[[Any], str]] = {
    errors.BadIds: "ids count from 0, as in `--ids 0-9`, `--ids 1,4-10` or `--ids 5-`",
    errors.BadVariant: "name a size and a sort, as in `10k.unique`",
    errors.BadCount: "name how many, as in `-n 10k`",
    errors.BadWhere: "it is SQL over the columns, as in `--where \"lang = 'en'\"`",
    errors.BadStamp: "name a string column, or a way to one with dots, as in `--stamp messages.content`",
    errors.UnknownFormat: lambda error: _nearest(error.given, error.known),
    errors.UnknownTemplate: lambda error: f"`--template {error.known[0]}`",
    errors.NoSuchColumn: lambda error: _nearest(error.given, error.known),
    errors.NoSuchSeed: lambda error: _nearest(error.given, error.known),
    errors.NoSuchRecord: lambda error: f"ask for ids in 0-{error.count - 1}" if error.count > 1 else "its one id is 0",
    errors.NothingToStamp: lambda _: (
        f"take repeat variants only: `{'--variants ' if _has('variants') else ''}10k.repeat`"
    ),
    errors.UnknownConfig: lambda error: f"`--config {error.known[0]}`" if error.known else "leave `--config` out",
    errors.UnknownSplit: lambda error: f"`--split {error.known[0]}`",
    errors.ScriptOnly: lambda error: (
        f"`hf://datasets/{error.source}@~parquet/default`, where the Hub keeps rows of such repos; each config has a folder"
    ),
    errors.NoSuchRepo: lambda error: (
        f"nothing lies at {error.repo_id} here either; a private one wants "
        + ("another token" if error.has_token else "`hf auth login` or HF_TOKEN")
    ),
    errors.NoSuchRevision: "name a branch, a tag or a commit of it",
    errors.NoSuchHubFile: lambda error: _nearest(error.given, error.known),
    errors.GatedRepo: lambda error: (
        f"ask for access at {_site(error)}" + ("" if error.has_token else ", then `hf auth login` or set HF_TOKEN")
    ),
    errors.BadToken: "`hf auth login` or set HF_TOKEN anew, with the right to read it",
    errors.NotCached: "fetch it once without `--offline` and HF_HUB_OFFLINE",
    errors.AccessDenied: lambda error: _login(error.address),
    errors.NoSuchAddress: "a folder ends in `/`; a web server's folders are not listed: name a file",
    errors.NoAnswer: "try again",
    errors.SourceChanged: "run it again, once nothing writes there",
    errors.NotHere: "leave `--offline` and HF_HUB_OFFLINE out",
    errors.AskedTooOften: lambda error: _later(error.seconds),
    errors.RateLimited: lambda error: _later(error.seconds),
    errors.Unreachable: "try again; HF_ENDPOINT names another hub, `--offline` takes what the cache holds",
    errors.UnknownSetting: lambda error: (
        f"`--set {error.known[0]}=...`"
        if error.several
        else f"`--{error.given.replace('_', '-')}` sets it"
        if _has(error.given)
        else _nearest(error.given, error.known)
    ),
    errors.BelowFloor: lambda error: f"`--{error.name.replace('_', '-')} {error.floor}`",
    errors.MoreTokens: lambda error: f"`--vocab-size {error.tokens}`, or a smaller tokenizer: `tinydata tokenizer`",
    errors.UnknownModelType: lambda error: (
        "its config brings code of its own: `--trust-remote-code` runs it"
        if error.needs_code
        else f"did you mean `{error.near[0]}`"
        if error.near
        else "a newer transformers may know it"
    ),
    errors.NothingRuns: lambda error: (
        f"`pip install {error.detail}`"
        if error.answer == "needs a library"
        else "`--class` names another head, `--set` another size"
    ),
    errors.NoMargin: "leave `--margin` out",
    errors.NothingToShrink: "use it as it is",
    errors.NoSource: lambda error: _where(error.source),
    errors.UnsupportedColumn: lambda _: "leave it out with `--columns`" if _has("columns") else "",
    errors.BadSeed: lambda error: error.mend,
    errors.TargetExists: lambda _: ("`--overwrite` replaces it, " if _has("overwrite") else "") + "`-o` names another",
    errors.BadTarget: "`-o` names another",
    errors.UnfitFormat: "`--format parquet` holds whatever seeds hold",
    errors.MissingExtra: lambda error: f"`pip install 'hf-tinydata[{error.extra}]'`",
    errors.BrokenLaw: "this is a fault of tinydata: please report it with the tokenizer's name",
    errors.UntrustedCode: "`--trust-remote-code` runs it",
    errors.BadRecipe: "make it again with the command you made it with",
}
# Words that are wrong whatever lies there: exit code 2, the option or argument of this name blamed as it is typed.
WORDS: dict[type[errors.BadWord], tuple[str, ...]] = {
    errors.BadIds: ("ids",),
    errors.BadVariant: ("variant", "variants"),
    errors.BadCount: ("records",),
    errors.BadWhere: ("where",),
    errors.BadSize: ("among", "max_params", "num_labels", "pick", "rng_seed", "shards", "shrink_vocab", "vocab_size"),
    errors.UnknownSetting: ("settings",),
    errors.BadSetting: ("settings",),
    errors.BelowFloor: ("shrink_vocab", "vocab_size"),
    errors.MoreTokens: ("vocab_size",),
    errors.UnknownMethod: ("method",),
    errors.BadMix: ("class_", "method", "pick", "shrink_vocab"),
    errors.UnknownClass: ("class_",),
    errors.UnknownLayout: ("like",),
    errors.BadAddress: ("source",),
    errors.BadRevision: ("revision",),
    errors.BadSplit: ("splits",),
    errors.UnknownFormat: ("format",),
    errors.UnknownTemplate: ("template",),
    errors.BadMargin: ("margin",),
    errors.UnknownPreset: ("preset",),
    errors.UnknownDtype: ("dtype",),
    errors.NoSuchClass: ("class_",),
}


class Group(click.Group):
    """The commands, in the order of a day's work; what they raise on purpose becomes a clear message."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """In the order in which they were added."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse words that are no text: no recipe could repeat them, and Arrow opens no such file."""
        for word in args:
            try:
                word.encode()
            except UnicodeEncodeError:
                ctx.fail(f"{word!a} is no UTF-8.")
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or the one that was meant: not every click that we run on looks for it."""
        near = difflib.get_close_matches(args[0], self.commands)
        if args[0] not in self.commands and near:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; no traceback for what is not a fault of tinydata."""
        if os.environ.get("TINYDATA_DEBUG"):
            return super().invoke(ctx)
        try:
            return super().invoke(ctx)
        except errors.TinydataError as error:
            blamed = _blamed(error)
            code = 2 if blamed else 3 if isinstance(error, errors.RemoteError) else 1
            tell(f"{blamed}{error}", _hint(error))
        except KeyboardInterrupt:
            click.echo(file=sys.stderr)
            tell("interrupted", "")
            code = 130
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            tell(f"{where}{error.strerror or error}", "")
            code = 1
        return ctx.exit(code)


def tell(fact: str, hint: str) -> None:
    """Print an error and its hint to stderr."""
    click.echo(f"{click.style('Error:', fg='red', bold=True)} {fact}", err=True, color=wants_color())
    if hint:
        click.echo(f"\n{click.style('hint:', fg='cyan')} {hint}", err=True, color=wants_color())


def wants_color() -> bool | None:
    """NO_COLOR and FORCE_COLOR decide; else None, and click looks whether it is a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _hint(error: errors.TinydataError) -> str:
    for kind, hint in HINTS.items():
        if isinstance(error, kind):
            return hint if isinstance(hint, str) else hint(error)
    return ""


def _blamed(error: errors.TinydataError) -> str:
    names = next((names for kind, names in WORDS.items() if isinstance(error, kind)), ())
    # Some say which of them it was.
    said = (
        error.name
        if isinstance(error, (errors.BadSize, errors.BelowFloor))
        else error.given
        if isinstance(error, errors.BadMix)
        else ""
    )
    names = tuple(name for name in names if name.rstrip("_") == said) or names
    ctx = click.get_current_context()
    hints = [param.get_error_hint(ctx) for param in _params() if param.name in names]
    return f"Invalid value for {hints[0]}: " if hints else ""


def _has(option: str) -> bool:
    return any(param.name == option for param in _params())


def _params() -> list[click.Parameter]:
    ctx = click.get_current_context()  # the group's: that of the command is gone
    group = ctx.command
    return group.commands[ctx.invoked_subcommand].params if isinstance(group, Group) and ctx.invoked_subcommand else []


def _site(error: errors.HubError) -> str:
    from huggingface_hub import constants

    return f"{constants.ENDPOINT}/{'datasets/' if error.repo_type == 'dataset' else ''}{error.repo_id}"


def _later(seconds: float | None) -> str:
    return f"try again in {seconds:,.0f} seconds" if seconds else "try again in some minutes"


def _login(address: str) -> str:
    if address.startswith("s3://"):
        return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `pip install boto3` has profiles found too"
    if address.startswith("http"):
        return "it wants a login, as in `https://user:password@host/file`, or an address that is signed anew"
    return "its login is fsspec's: see the file system's own variables"


def _where(source: str) -> str:
    near = difflib.get_close_matches(Path(source).name, [path.name for path in Path(source).parent.glob("*")], n=1)
    if near:
        return f"did you mean `{Path(source).with_name(near[0])}`"
    is_word = _has("revision") and re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", source)
    other = f", or `hf://{source}` for a repo of the Hub" if is_word and not Path(source).suffix else ""
    return f"give the path of a file or a folder{other}"


def _nearest(given: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(given, known, n=1)
    return f"did you mean `{near[0]}`" if near else ""
