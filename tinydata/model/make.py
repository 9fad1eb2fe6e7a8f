"""Make: a tiny random model out of any config, tried before it is kept."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from tinydata.atomic import refuse_existing, refuse_loss
from tinydata.errors import BadMargin, BadSize, UnknownDtype, UnknownPreset
from tinydata.extras import need
from tinydata.garbage import uncollected
from tinydata.model.aims import PRESETS
from tinydata.model.asked import Asked, Wish, find_source, spelled, understand
from tinydata.model.assemble import DTYPES, How, assemble
from tinydata.model.made import MadeModel
from tinydata.model.quiet import one_thread, quiet
from tinydata.recipe import relative, spell

MOST_SEED = 2**63 - 1


def make_model(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any] | Iterable[str] = (),
    preset: str = "tiny",
    vocab_size: int | None = None,
    max_params: int | None = None,
    num_labels: int | None = None,
    tokenizer: str | os.PathLike[str] | None = None,
    shrink_vocab: int | None = None,
    dtype: str = "float32",
    margin: float | None = None,
    rng_seed: int = 0,
    class_: str | None = None,
    trust_remote_code: bool = False,
    revision: str | None = None,
    offline: bool = False,
    dry_run: bool = False,
    overwrite: bool = False,
    home: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> MadeModel:
    """Make a tiny random model out of a config, of the same architecture, that runs.

    The config is planned smaller by what its keys mean, and the plan is tried: the model builds, keeps every kind of layer, runs
    forward and backward. Where it does not, the fewest changes are left out with which it does.

    Args:
        source: A model type (``llama``), a folder with a ``config.json``, the file, or a repo of the Hub, of which no weights are
            fetched. A word that is a model type is one; ``./llama`` is the folder.
        output: The folder to make.
        settings: Key of the config, with dots into its parts, -> value, or words such as ``text_config.hidden_size=64``; what hangs
            on it follows. A key may be told by the name that all models have for it.
        preset: ``tiny``, ``flash`` (FlashAttention), ``vllm`` or ``tp2`` (tensor parallelism of two).
        vocab_size: Rows of the embedding; None: 256, or as many as the tokenizer has tokens.
        max_params: At most so many parameters.
        num_labels: How many labels a classifier has; None: as many as it had.
        tokenizer: A folder with the tokenizer that the model is to take; its files are copied, vocabulary and ids follow. None: the
            source's own, if it is small.
        shrink_vocab: Shrink the source's own tokenizer to so many tokens, and take that.
        dtype: ``float32``, ``bfloat16`` or ``float16``.
        margin: Plant a permutation, so that the best logit of a causal model leads by this.
        rng_seed: The seed of the weights.
        class_: The class of transformers; None: the one that the config names.
        trust_remote_code: Run the code that the source brings along.
        revision: A branch, tag or commit of a repo of the Hub.
        offline: Ask no hub: what the cache holds will do.
        dry_run: Plan alone, without torch; when it is made, changes may yet be taken back.
        overwrite: Replace what lies there.
        home: The folder that the recipe's paths are relative to; that of `output`.
        progress: Called with a word on what is being done.

    Raises:
        UnknownSetting, BadSetting: A key that the config has not, or a value that cannot be.
        UnknownPreset, UnknownDtype: None of this name.
        BadMix: A tokenizer, and one that is to be shrunk.
        BadSize, BadMargin: A number that is out of range.
        NoSource, UnknownSource, DamagedSource, UnknownModelType, BadConfig: The source is no config that transformers takes.
        NoSuchClass: No class of this name takes the config.
        MoreTokens: The tokenizer has more tokens than `vocab_size`.
        NothingRuns: No smaller model that runs was found; it says which of four answers that is.
        NoMargin: The best logit cannot be made to lead.
        HubError: The hub did not give what was asked for.
        TargetExists: `output` is there and `overwrite` is not set.
        MissingExtra: torch or transformers is not installed.

    Source:
        The tiny models of Stas Bekman's make-tiny notes.
    """
    target, tell = Path(output), progress or (lambda _: None)
    if preset not in PRESETS:
        raise UnknownPreset(preset, PRESETS)
    if dtype not in DTYPES:
        raise UnknownDtype(dtype, DTYPES)
    numbers = {
        "vocab_size": vocab_size,
        "max_params": max_params,
        "num_labels": num_labels,
        "shrink_vocab": shrink_vocab,
    }
    for name, given in numbers.items():
        if given is not None and given < 1:
            raise BadSize(name, given)
    if not 0 <= rng_seed <= MOST_SEED:
        raise BadSize("rng_seed", rng_seed, MOST_SEED, least=0)
    if margin is not None and not 0 < margin < math.inf:
        raise BadMargin(margin)
    if not dry_run:
        refuse_existing(target, overwrite)
    with uncollected():
        for library in ("transformers",) if dry_run else ("torch", "transformers"):
            need(library, "model")
    place = find_source(source, revision, offline=offline, code=trust_remote_code)
    if isinstance(place, Path) and not dry_run:
        refuse_loss(place, target, overwrite)
    wish = Wish(spelled(settings), preset, vocab_size, num_labels, tokenizer, shrink_vocab)
    with quiet(), tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        tell("config")
        asked = understand(place, wish, Path(scratch), trust_remote_code=trust_remote_code, offline=offline)
        if dry_run:
            return _planned(target, asked, class_, dtype)
        near = home or target.parent
        command = spell(
            "model",
            relative(place, near) if isinstance(place, Path) else place,
            set=wish.settings,
            preset=None if preset == "tiny" else preset,
            vocab_size=vocab_size,
            max_params=max_params,
            num_labels=num_labels,
            tokenizer=relative(asked.tokenizer, near) if tokenizer is not None and asked.tokenizer else None,
            shrink_vocab=shrink_vocab,
            dtype=None if dtype == "float32" else dtype,
            margin=margin,
            seed=rng_seed or None,
            trust_remote_code=trust_remote_code,
            class_=class_,
        )
        how = How(max_params, class_, dtype, margin, rng_seed)
        with one_thread():
            return assemble(target, asked, how, command, near, overwrite, tell)


def _planned(target: Path, asked: Asked, class_: str | None, dtype: str) -> MadeModel:
    return MadeModel(
        path=target,
        recipe=None,
        model_type=asked.origin.config.model_type,
        model_class=class_ or next(iter(asked.origin.architectures), ""),
        parameters=(None, None),
        size_bytes=(None, None),
        dtype=dtype,
        changes=asked.plan.changes,
        notes=(*asked.notes, "only a plan: when the model is made, changes may yet be taken back until it runs"),
    )
