"""Materialize: a config becomes a model with weights, and a model becomes files; the same seed, the same bytes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch

from tinydata.errors import BadConfig
from tinydata.model.config import tree_of
from tinydata.model.remote_code import RemoteCode
from tinydata.model.signal import keep_signal
from tinydata.model.trial import RNG_SEED, build_seeded
from tinydata.tokenizer.id_keys import follow_ids, ids_named

DTYPES: dict[str, torch.dtype] = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
FORMAL = ("transformers_version",)
MADE = ("dtype", "architectures")  # what a model's own config knows better than the one that it was built from
# Without do_sample they do nothing, and transformers then refuses to save the file.
SAMPLING = ("temperature", "top_p", "top_k", "min_p", "typical_p", "top_h", "epsilon_cutoff", "eta_cutoff")


def build(
    cls: Any,
    config: Any,
    *,
    rng_seed: int = RNG_SEED,
    dtype: torch.dtype = torch.float32,
    inputs: Mapping[str, Any] | None = None,
) -> Any:
    """Build a model with random weights, as its class initialises them, in evaluation mode; see `keep_signal` for batch norms.

    It is built in float32 and cast then, so that each dtype has the same weights. Never on the meta device: what is filled in
    afterwards by `init_weights` alone stays NaN in some.

    Args:
        cls: The model class.
        config: The small config; it stays as it is.
        rng_seed: The seed alone decides the weights. torch's own random state stays as it is.
        dtype: What the weights are cast to.
        inputs: What it runs on; none of what it is told fades in its batch norms then.

    Raises:
        BadConfig: Some weight is not finite.
    """
    model = build_seeded(cls, config, rng_seed)
    if broken := next(_not_finite(model), None):
        raise BadConfig(type(config).__name__, f"the class leaves {broken} without finite numbers")
    if inputs is not None:
        keep_signal(model, inputs)
    return model if dtype == torch.float32 else cast(model, dtype)


def cast(model: Any, dtype: torch.dtype) -> Any:
    """Cast a model, in place, and have its config and the parts of it say so."""
    for part in (model.config, *_parts(model.config)):
        part.dtype = dtype
    return model.to(dtype)


def settle_generation(model: Any, generation: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Give a model that generates a generation config which can be saved and whose token ids exist.

    Args:
        model: Its ``generation_config`` is replaced; nothing is done where it has none.
        generation: What is to be in it; None: what follows from the model's config.

    Returns:
        What was left out or changed, a line each.
    """
    if getattr(model, "generation_config", None) is None:
        return ()
    notes: list[str] = []
    own = model.generation_config.to_diff_dict()
    told = {
        key: value for key, value in {**own, **dict(generation or {})}.items() if key not in FORMAL and key[0] != "_"
    }
    if told.pop("use_mtp", None):
        notes.append("generation: use_mtp left out: no weights are made that guess tokens further on")
    nowhere = [key for key, value in told.items() if key.endswith("_token_id") and type(value) is int and value < 0]
    notes += [f"generation: {key} {told.pop(key)} left out: no token has it" for key in nowhere]
    most = _vocab_size(model)
    if most:
        moved = _moved(told, own, tree_of(model.config).values, most)
        told = follow_ids(told, {**{number: number for number in range(most)}, **moved}, 0, most).config
        if moved:
            notes.append(f"generation: {len(moved)} token ids past the end of the vocabulary, {most}, are others now")
    if not told.get("do_sample") and any(told.get(key) is not None for key in SAMPLING):
        told["do_sample"] = True
        notes.append("generation: do_sample set, without which what it says of sampling means nothing")
    model.generation_config = type(model.generation_config)(**told)
    return tuple(notes)


def save(model: Any, folder: Path, config: Any = None, code: RemoteCode | None = None) -> None:
    """Write config.json, generation_config.json where it generates, and the weights as safetensors.

    Args:
        model: Its class becomes the one architecture that the config names.
        folder: Made if it is not there.
        config: What it was built from, and what is written: building changes a model's own, such as whether a T5 has a decoder.
        code: What the model is made of where that is not transformers'; it goes along, and the config names it.
    """
    if config is not None:
        _restore(model.config, config)
    for part in (model.config, *_parts(model.config)):
        for key in ("quantization_config",) if code else ("quantization_config", "auto_map"):
            part.__dict__.pop(key, None)
    model.save_pretrained(folder)
    for name, file in code.files.items() if code else ():
        shutil.copyfile(file, folder / name)


def _not_finite(model: Any) -> Iterator[str]:
    for name, tensor in model.named_parameters():
        if not bool(tensor.isfinite().all()):
            yield name


def _restore(own: Any, config: Any) -> None:
    for key, value in vars(config).items():
        now = vars(own).get(key)
        if _is_part(value) and _is_part(now):
            _restore(now, value)
        elif key in vars(own) and key[0] != "_" and key not in MADE:
            vars(own)[key] = value


def _moved(told: Mapping[str, Any], own: Mapping[str, Any], config: Mapping[str, Any], most: int) -> dict[int, int]:
    """New ids for those past the vocabulary: what the model's config has for the key, else one that nothing else has."""
    moved = {
        told[key]: own[key]
        for key in told
        if type(told[key]) is int and told[key] >= most and type(own.get(key)) is int and own[key] < most
    }
    wanted = sorted({number for number in ids_named(told) if number >= most} - set(moved))
    taken = {*moved.values(), *ids_named(told), *ids_named(config)}
    free = [number for number in range(most - 1, -1, -1) if number not in taken][: len(wanted)]
    return moved | dict(zip(wanted, sorted(free), strict=False))


def _parts(config: Any) -> Iterator[Any]:
    for value in list(vars(config).values()):
        if _is_part(value):
            yield value
            yield from _parts(value)


def _is_part(value: Any) -> bool:
    return hasattr(value, "to_diff_dict") and hasattr(value, "sub_configs")


def _vocab_size(model: Any) -> int:
    """As many tokens as the decoder has, 0 where that is not said."""
    config = model.config.get_text_config(decoder=True)
    size = getattr(config, "vocab_size", None)
    return size if isinstance(size, int) else 0
