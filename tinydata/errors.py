"""Every error that tinydata raises on purpose; each message names the thing, the command line adds the advice.

TinydataError
├── BadWord (ValueError)                a word given by the caller means nothing here
│   ├── BadIds                          ids that are no ranges of numbers
│   ├── BadVariant                      a variant that is not SIZE.unique or SIZE.repeat
│   ├── BadSize                         a side, a length or a number of shards that is out of range
│   ├── BadCount                        a number of records that is none
│   ├── BadWhere                        an expression that tells of no record whether to take it
│   ├── BadStamp                        a path that leads to no text
│   ├── BadSplit                        a name that no split can have, or that two would have
│   ├── UnknownFormat                   no format of this name
│   ├── UnknownTemplate                 no template of this name
│   ├── UnknownMethod                   no method of this name
│   ├── BadMix                          words that do not go together
│   ├── UnknownClass                    no tokenizer class of this name, or none that can be built out of nothing
│   ├── UnknownLayout                   no layout of this name
│   ├── BadAddress                      an address of a scheme that is not known, or that goes on as none does
│   ├── BadRevision                     a revision of what has none, or two of them
│   ├── UnknownSetting                  a key that the config does not have, or that several of its parts have
│   ├── BadSetting                      a value that the config cannot have there
│   ├── BelowFloor                      a vocabulary smaller than the smallest that loses nothing
│   ├── MoreTokens                      a vocabulary smaller than the tokenizer that goes with it
│   ├── BadMargin                       a lead that is not above 0
│   ├── UnknownPreset                   no preset of this name
│   ├── UnknownDtype                    no dtype of this name
│   └── NoSuchClass                     no model class of this name, or none that takes the config
├── NoSuchColumn (KeyError)             a column that the records do not have
├── NoSuchRecord (IndexError)           the source ends before this id
├── NoSuchSeed (KeyError)               no seed of this name
├── NoSuchItem (IndexError)             a list that ends before this item, or no list
├── NothingToStamp (ValueError)         no column holds a text
├── BadSource (ValueError)              a source that cannot be read
│   ├── NoSource (FileNotFoundError)    nothing lies there
│   ├── UnknownSource                   something lies there, but no records
│   │   └── ScriptOnly                  a repo of the Hub with nothing but code that would make records
│   ├── DamagedSource                   a file that breaks off or is not what it says
│   ├── UnknownConfig                   several configs and none named, or none of this name
│   ├── UnknownSplit                    no split of this name
│   ├── UnsupportedColumn               a column type that `datasets` cannot hold
│   ├── UnknownModelType                a model type that transformers does not know
│   ├── BadConfig                       a config that transformers refuses
│   ├── NothingToShrink                 a tokenizer without a vocabulary
│   └── BadCorpus                       a text file that tells of no token
├── RemoteError (OSError)               a server that did not give what was asked for
│   ├── NoSuchAddress                   nothing lies at this address
│   ├── AccessDenied                    a server that wants to know who asks, or does not give it to them
│   ├── AskedTooOften                   a server that was asked too often
│   ├── NoAnswer                        a server that does not answer, or not as one does
│   ├── SourceChanged                   a file that is another one than when its reading began
│   ├── NotHere                         a file that lies elsewhere, and no server may be asked
│   └── HubError                        a hub that did not give what was asked for
│       ├── NoSuchRepo                  a repo that the hub does not have, or does not show to everyone
│       ├── NoSuchRevision              no revision of this name
│       ├── NoSuchHubFile               no file of this name in the repo
│       ├── GatedRepo                   a repo whose owner wants to be asked first
│       ├── BadToken                    a token that the hub does not take
│       ├── NotCached                   a file that is not in the cache, and the hub may not be asked
│       ├── RateLimited                 a hub that was asked too often
│       └── Unreachable                 a hub that does not answer, or not as one does
├── BadSeed (ValueError)                a seed folder or a pack that breaks a rule of the layout
├── BadMedium (ValueError)              a file of a seed that cannot be read for what it should be
│   ├── BadImage                        a picture that Pillow cannot read
│   └── BadSound                        a sound that cannot be read, or not be cut
├── TargetExists (FileExistsError)      the target is there and is not to be lost
├── BadTarget (ValueError)              a target that could not work
├── UnfitFormat (ValueError)            a format that cannot hold the rows
├── BadRecipe (ValueError)              a recipe that cannot be repeated
├── UntrustedCode (PermissionError)     code of others that nobody asked to run
├── BrokenLaw (RuntimeError)            a tokenizer made here that does not do what the original does
├── NoInputs (RuntimeError)             inputs on which a model runs were not found
├── NothingRuns (RuntimeError)          no smaller model that runs was found
├── NoMargin (RuntimeError)             a model whose best logit cannot be made to lead
└── MissingExtra (ImportError)          a library that is not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class TinydataError(Exception):
    """The root: catch this to catch them all."""


class BadWord(TinydataError, ValueError):
    """A word given by the caller means nothing here."""


class BadIds(BadWord):
    """Ids that are no ranges of numbers."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"ids {given!r}: {problem}")
        self.given, self.problem = given, problem


class BadVariant(BadWord):
    """A variant that is not SIZE.unique or SIZE.repeat."""

    def __init__(
        self, given: str, problem: str = "not SIZE.unique or SIZE.repeat, as in 100.unique, 10k.repeat, 1.5M.unique"
    ) -> None:
        super().__init__(f"variant {given!r}: {problem}")
        self.given, self.problem = given, problem


class BadSize(BadWord):
    """A side, a length or a number of shards that is out of range."""

    def __init__(self, name: str, given: int, most: int | None = None, *, least: int = 1) -> None:
        above = f", at most {most}" if most is not None else ""
        super().__init__(f"{name} {given}: at least {least} is needed{above}")
        self.name, self.given, self.most, self.least = name, given, most, least


class BadCount(BadWord):
    """A number of records that is none."""

    def __init__(self, given: object) -> None:
        super().__init__(f"records {given!r}: not a number above 0, as in 100, 10k or 1.5M")
        self.given = given


class BadWhere(BadWord):
    """An expression that tells of no record whether to take it."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"where {given!r}: {problem}")
        self.given, self.problem = given, problem


class BadStamp(BadWord):
    """A path that leads to no text."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"stamp {given!r}: {problem}")
        self.given, self.problem = given, problem


class BadSplit(BadWord):
    """A name that no split can have, or that two would have."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"split {given!r}: {problem}")
        self.given, self.problem = given, problem


class UnknownFormat(BadWord):
    """No format of this name."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no format {given!r}: there is {', '.join(self.known)}")


class UnknownTemplate(BadWord):
    """No template of this name."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no template {given!r}: there is {', '.join(self.known)}")


class UnknownMethod(BadWord):
    """No method of this name."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no method {given!r}: there is {', '.join(self.known)}")


class BadMix(BadWord):
    """Words that do not go together."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"{given} {problem}")
        self.given, self.problem = given, problem


class UnknownClass(BadWord):
    """No tokenizer class of this name, or none that can be built out of nothing."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"class {given!r}: {problem}")
        self.given, self.problem = given, problem


class UnknownLayout(BadWord):
    """No layout of this name."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no layout {given!r}: there is {', '.join(self.known)}")


class BadAddress(BadWord):
    """An address of a scheme that is not known, or that goes on as none does."""

    def __init__(
        self,
        given: str,
        problem: str = "not as in hf://datasets/org/name, hf://org/name@revision or hf://org/name/file",
    ) -> None:
        super().__init__(f"address {given!r}: {problem}")
        self.given, self.problem = given, problem


class BadRevision(BadWord):
    """A revision of what has none, or two of them."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"revision {given!r}: {problem}")
        self.given, self.problem = given, problem


class UnknownSetting(BadWord):
    """A key that the config does not have, or that several of its parts have."""

    def __init__(self, given: str, known: Iterable[str], *, several: bool = False) -> None:
        self.given, self.known, self.several = given, tuple(known), several
        where = f"it may be {', '.join(self.known)}" if several else "the config has no such key"
        super().__init__(f"setting {given!r}: {where}")


class BadSetting(BadWord):
    """A value that the config cannot have there."""

    def __init__(self, given: str, problem: str) -> None:
        super().__init__(f"setting {given!r}: {problem}")
        self.given, self.problem = given, problem


class BelowFloor(BadWord):
    """A vocabulary smaller than the smallest that loses nothing."""

    def __init__(self, given: int, floor: int, made_of: str, *, name: str = "vocab_size") -> None:
        super().__init__(f"{name} {given}: the smallest is {floor} ({made_of})")
        self.given, self.floor, self.made_of, self.name = given, floor, made_of, name


class MoreTokens(BadWord):
    """A vocabulary smaller than the tokenizer that goes with it."""

    def __init__(self, given: int, tokens: int) -> None:
        super().__init__(f"vocab_size {given}: the tokenizer has {tokens} tokens")
        self.given, self.tokens = given, tokens


class BadMargin(BadWord):
    """A lead that is not above 0."""

    def __init__(self, given: float) -> None:
        super().__init__(f"margin {given}: more than 0 is needed")
        self.given = given


class UnknownPreset(BadWord):
    """No preset of this name."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no preset {given!r}: there is {', '.join(self.known)}")


class UnknownDtype(BadWord):
    """No dtype of this name."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no dtype {given!r}: there is {', '.join(self.known)}")


class NoSuchClass(BadWord):
    """No model class of this name, or none that takes the config."""

    def __init__(self, given: str | None, model_type: str, known: Iterable[str]) -> None:
        self.given, self.model_type, self.known = given, model_type, tuple(known)
        what = f"no class {given!r}" if given else "no class"
        there = f": there is {', '.join(self.known)}" if self.known else ""
        super().__init__(f"{what} of transformers takes a config of {model_type}{there}")


class NoSuchColumn(TinydataError, KeyError):
    """A column that the records do not have."""

    def __init__(self, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        super().__init__(f"no column {given!r}: there is {', '.join(self.known)}")

    def __str__(self) -> str:  # KeyError would print the repr
        return str(self.args[0])


class NoSuchRecord(TinydataError, IndexError):
    """The source ends before this id."""

    def __init__(self, record_id: int | str, count: int) -> None:
        super().__init__(f"no record {record_id}: the source holds {count}")
        self.record_id, self.count = record_id, count


class NoSuchSeed(TinydataError, KeyError):
    """No seed of this name."""

    def __init__(self, seeds: str, given: str, known: Iterable[str]) -> None:
        self.seeds, self.given, self.known = seeds, given, tuple(known)
        shown = ", ".join(self.known[:20]) + (", ..." if len(self.known) > 20 else "")
        super().__init__(f"{seeds}: no seed {given!r}: there is {shown}")

    def __str__(self) -> str:  # KeyError would print the repr
        return str(self.args[0])


class NoSuchItem(TinydataError, IndexError):
    """A list that ends before this item, or no list."""

    def __init__(self, seed: str, given: str, problem: str) -> None:
        super().__init__(f"seed {seed}: no {given}: {problem}")
        self.seed, self.given, self.problem = seed, given, problem


class NothingToStamp(TinydataError, ValueError):
    """No column holds a text, so rows cannot be told apart by one."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(f"no text to stamp in {', '.join(self.columns)}: unique rows need a string column")


class BadSource(TinydataError, ValueError):
    """A source that cannot be read."""


class NoSource(BadSource, FileNotFoundError):
    """Nothing lies there."""

    def __init__(self, source: str) -> None:
        super().__init__(f"no source {source or repr(source)}: no such file or folder")
        self.source = source

    def __str__(self) -> str:  # OSError would look for errno
        return str(self.args[0])


class UnknownSource(BadSource):
    """Something lies there, but no records that tinydata can read."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source, self.problem = source, problem


class ScriptOnly(UnknownSource):
    """A repo of the Hub with nothing but code that would make records: a loading script, which is not run."""

    def __init__(self, source: str, script: str) -> None:
        super().__init__(source, f"no records there, but a loading script, {script}, which is not run")
        self.script = script


class DamagedSource(BadSource):
    """A file that breaks off or is not what it says; `line` counts from 1 where there are lines."""

    def __init__(self, path: Path | str, problem: str, line: int | None = None) -> None:
        where = f"{path}, line {line}" if line else f"{path}"
        super().__init__(f"{where}: {problem}")
        self.path, self.problem, self.line = Path(path), problem, line


class UnknownConfig(BadSource):
    """Several configs and none named, or none of this name."""

    def __init__(self, source: str, given: str | None, known: Iterable[str]) -> None:
        self.source, self.given, self.known = source, given, tuple(known)
        what = f"no config {given!r}" if given else "several configs and no default"
        super().__init__(f"{source}: {what}: there is {', '.join(self.known) or 'no named config'}")


class UnknownSplit(BadSource):
    """No split of this name."""

    def __init__(self, source: str, given: str, known: Iterable[str]) -> None:
        self.source, self.given, self.known = source, given, tuple(known)
        super().__init__(f"{source}: no split {given!r}: there is {', '.join(self.known)}")


class UnsupportedColumn(BadSource):
    """A column type that `datasets` cannot hold."""

    def __init__(self, column: str, type_name: str) -> None:
        super().__init__(f"column {column!r}: `datasets` cannot hold {type_name}")
        self.column, self.type_name = column, type_name


class UnknownModelType(BadSource):
    """A model type that transformers does not know; `needs_code` where its config brings code of its own."""

    def __init__(self, given: str, near: Iterable[str], path: str | None = None, *, needs_code: bool = False) -> None:
        where = f"{path}: " if path else ""
        super().__init__(f"{where}transformers knows no model type {given!r}")
        self.given, self.near, self.path, self.needs_code = given, tuple(near), path, needs_code


class BadConfig(BadSource):
    """A config that transformers refuses; `problem` has its words."""

    def __init__(self, source: str, problem: str) -> None:
        super().__init__(f"{source}: {problem}")
        self.source, self.problem = source, problem


class NothingToShrink(BadSource):
    """A tokenizer without a vocabulary."""

    def __init__(self, source: str, why: str) -> None:
        super().__init__(f"{source}: nothing to shrink: {why}")
        self.source, self.why = source, why


class BadCorpus(BadSource):
    """A text file that tells of no token."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = Path(path), problem


class RemoteError(TinydataError, OSError):
    """A server that did not give what was asked for."""

    def __str__(self) -> str:  # OSError would look for errno
        return str(self.args[0])


class NoSuchAddress(RemoteError):
    """Nothing lies at this address."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(f"{address}: nothing lies there: {problem}")
        self.address, self.problem = address, problem


class AccessDenied(RemoteError):
    """A server that wants to know who asks, or does not give it to them."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(f"{address}: access denied: {problem}")
        self.address, self.problem = address, problem


class AskedTooOften(RemoteError):
    """A server that was asked too often; `seconds` is how long it wants to be left alone, None where it did not say."""

    def __init__(self, address: str, seconds: float | None) -> None:
        until = f" for {seconds:,.0f} seconds" if seconds is not None else ""
        super().__init__(f"{address}: the server takes no more requests{until} (429)")
        self.address, self.seconds = address, seconds


class NoAnswer(RemoteError):
    """A server that does not answer, or not as one does."""

    def __init__(self, address: str, problem: str) -> None:
        super().__init__(f"{address}: {problem}")
        self.address, self.problem = address, problem


class SourceChanged(RemoteError):
    """A file that is another one than when its reading began."""

    def __init__(self, address: str, before: object, now: object) -> None:
        super().__init__(f"{address} changed while it was read: it was {before}, and is {now}")
        self.address, self.before, self.now = address, before, now


class NotHere(RemoteError):
    """A file that lies elsewhere, and no server may be asked."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} lies elsewhere, and offline no server is asked")
        self.address = address


class HubError(RemoteError):
    """A hub that did not give what was asked for; `repo_type` is `model` or `dataset`."""

    def __init__(self, repo_type: str, repo_id: str, fact: str) -> None:
        super().__init__(fact)
        self.repo_type, self.repo_id = repo_type, repo_id


class NoSuchRepo(HubError):
    """A repo that the hub does not have, or does not show to everyone; `has_token` tells whether it was shown a token."""

    def __init__(self, repo_type: str, repo_id: str, has_token: bool) -> None:
        whom = "this token" if has_token else "strangers"
        super().__init__(repo_type, repo_id, f"no {repo_type} {repo_id!r} on the Hub, or none that it shows to {whom}")
        self.has_token = has_token


class NoSuchRevision(HubError):
    """No revision of this name."""

    def __init__(self, repo_type: str, repo_id: str, given: str) -> None:
        super().__init__(repo_type, repo_id, f"{repo_type} {repo_id}: no revision {given!r}")
        self.given = given


class NoSuchHubFile(HubError):
    """No file of this name in the repo."""

    def __init__(self, repo_type: str, repo_id: str, given: str, known: Iterable[str]) -> None:
        self.given, self.known = given, tuple(known)
        shown = ", ".join(self.known[:20]) + (", ..." if len(self.known) > 20 else "")
        there = f": there is {shown}" if shown else ""
        super().__init__(repo_type, repo_id, f"{repo_type} {repo_id}: no file {given}{there}")


class GatedRepo(HubError):
    """A repo whose owner wants to be asked first; `has_token` tells whether the hub was shown who asks."""

    def __init__(self, repo_type: str, repo_id: str, has_token: bool) -> None:
        whom = "this token's user" if has_token else "strangers"
        super().__init__(repo_type, repo_id, f"{repo_type} {repo_id} is gated: the Hub does not give it to {whom}")
        self.has_token = has_token


class BadToken(HubError):
    """A token that the hub does not take."""

    def __init__(self, repo_type: str, repo_id: str, problem: str) -> None:
        super().__init__(repo_type, repo_id, f"{repo_type} {repo_id}: the Hub does not take the token: {problem}")
        self.problem = problem


class NotCached(HubError):
    """A file that is not in the cache, and the hub may not be asked."""

    def __init__(self, repo_type: str, repo_id: str, revision: str | None, given: str = "") -> None:
        what = f"{repo_type} {repo_id}" + (f" at {revision}" if revision else "") + (f": {given}" if given else "")
        super().__init__(repo_type, repo_id, f"{what} is not in the cache, and offline the Hub is not asked")
        self.revision, self.given = revision, given


class RateLimited(HubError):
    """A hub that was asked too often; `seconds` is how long it wants to be left alone, None where it did not say."""

    def __init__(self, repo_type: str, repo_id: str, seconds: float | None) -> None:
        until = f" for {seconds:,.0f} seconds" if seconds is not None else ""
        super().__init__(repo_type, repo_id, f"{repo_type} {repo_id}: the Hub takes no more requests{until} (429)")
        self.seconds = seconds


class Unreachable(HubError):
    """A hub that does not answer, or not as one does."""

    def __init__(self, endpoint: str, repo_type: str, repo_id: str, problem: str) -> None:
        super().__init__(repo_type, repo_id, f"{repo_type} {repo_id}: no answer from {endpoint}: {problem}")
        self.endpoint, self.problem = endpoint, problem


class BadSeed(TinydataError, ValueError):
    """A seed folder or a pack that breaks a rule of the layout; `mend` says what would mend it."""

    def __init__(self, path: str, problem: str, mend: str = "") -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem, self.mend = path, problem, mend


class BadMedium(TinydataError, ValueError):
    """A file of a seed that cannot be read for what it should be."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class BadImage(BadMedium):
    """A picture that Pillow cannot read."""


class BadSound(BadMedium):
    """A sound that cannot be read, or not be cut."""


class TargetExists(TinydataError, FileExistsError):
    """The target is there and is not to be lost."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(f"{path} exists")
        self.path = Path(path)

    def __str__(self) -> str:  # OSError would look for errno
        return str(self.args[0])


class BadTarget(TinydataError, ValueError):
    """A target that could not work."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class UnfitFormat(TinydataError, ValueError):
    """A format that cannot hold the rows, or whose usual reader would not give them back."""

    def __init__(self, format: str, column: str | None, problem: str) -> None:
        where = f"column {column!r}" if column is not None else "these rows"
        super().__init__(f"{format} cannot hold {where}: {problem}")
        self.format, self.column, self.problem = format, column, problem


class BadRecipe(TinydataError, ValueError):
    """A recipe that cannot be repeated."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class UntrustedCode(TinydataError, PermissionError):
    """Code of others that nobody asked to run."""

    def __init__(self, path: Path | str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class BrokenLaw(TinydataError, RuntimeError):
    """A tokenizer made here that does not do what the original does; it was not kept."""

    def __init__(self, law: str, shown: str) -> None:
        super().__init__(f"the tokenizer made breaks a law: {law}: {shown}")
        self.law, self.shown = law, shown


class NoInputs(TinydataError, RuntimeError):
    """Inputs on which a model runs were not found.

    Attributes:
        tried: What each candidate came to: its label, and what the model said.
        needs: The library that the model asks for.
        unknown: The input that is required and cannot be made.
    """

    def __init__(
        self, tried: tuple[tuple[str, str], ...], *, needs: str | None = None, unknown: str | None = None
    ) -> None:
        if needs is not None:
            super().__init__(f"the model needs {needs}, which is not installed")
        elif unknown is not None:
            super().__init__(f"the model needs an input that cannot be made: {unknown}")
        else:
            last = f"; the richest of them: {tried[0][1]}" if tried else ""
            super().__init__(f"the model runs on none of {len(tried)} sorts of inputs{last}")
        self.tried, self.needs, self.unknown = tried, needs, unknown


class NothingRuns(TinydataError, RuntimeError):
    """No smaller model that runs was found.

    Attributes:
        answer: "transformers cannot build it", "needs a library", "needs an input" or "not found".
        detail: What was said, the library, or the input.
        tried: Plans that did not pass, each with the question that it failed at and what was said.
    """

    def __init__(self, answer: str, detail: str, tried: tuple[object, ...] = ()) -> None:
        super().__init__(f"{answer}: {detail}" if detail else answer)
        self.answer, self.detail, self.tried = answer, detail, tried


class NoMargin(TinydataError, RuntimeError):
    """A model whose best logit cannot be made to lead."""

    def __init__(self, model: str, problem: str) -> None:
        super().__init__(f"{model}: {problem}")
        self.model, self.problem = model, problem


class MissingExtra(TinydataError, ImportError):
    """A library that is not installed; `extra` names the pip extra that brings it."""

    def __init__(self, library: str, extra: str) -> None:
        super().__init__(f"{library} is not installed: the extra [{extra}] brings it")
        self.library, self.extra = library, extra
