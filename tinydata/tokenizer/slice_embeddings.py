"""Slice embeddings: a real model cut to the tokens that were kept; the logits on them are the same."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tinydata.atomic import new_folder, refuse_existing, refuse_loss
from tinydata.errors import DamagedSource, NoSource, UnknownSource
from tinydata.tokenizer.document import parse_json, render_json
from tinydata.tokenizer.id_keys import follow_ids
from tinydata.tokenizer.made import TOKEN_MAP
from tinydata.tokenizer.safetensors import Tensor, read_header, write_file
from tinydata.tokenizer.settings import MODEL_CONFIGS

INDEX = "model.safetensors.index.json"
# Rows for tokens: input and output embeddings, tied or not, and the biases of heads.
NAMES = re.compile(
    r"(.*\.)?(embed_tokens|wte|word_embeddings?|tok_embeddings|embed_in|embeddings?|shared|lm_head|embed_out|output"
    r"|generator_lm_head|cls\.predictions|cls\.predictions\.decoder|predictions|predictions\.decoder|lm_head\.decoder|emb)\.(weight|bias)"
    r"|(.*\.)?final_logits_bias"
)


@dataclass(frozen=True)
class Sliced:
    """A model with fewer tokens.

    Args:
        path: Where it lies.
        tensors: The names of those that were cut.
        vocab_size: Rows before and after.
        unmapped: Ids of its configs that could not follow, a line each.
    """

    path: Path
    tensors: tuple[str, ...]
    vocab_size: tuple[int, int]
    unmapped: tuple[str, ...]


def slice_embeddings(
    model: str | os.PathLike[str],
    tokenizer: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    overwrite: bool = False,
) -> Sliced:
    """Cut the input and output embeddings of a real model to the tokens that a tokenizer kept.

    Args:
        model: A folder with config.json and safetensors, in one file or several; any type of number, tied or not.
        tokenizer: What `make_tokenizer` made out of the model's tokenizer; its files are put beside the weights.
        output: The folder to make: a whole model, whose logits on the kept tokens are those of the original.
        overwrite: Replace what lies there.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: A folder is not what it should be, or the two do not fit.
        DamagedSource: A file breaks off.
        TargetExists: `output` is there and `overwrite` is not set.
    """
    source, small, target = Path(model), Path(tokenizer), Path(output)
    refuse_existing(target, overwrite)
    refuse_loss(source, target, overwrite)
    refuse_loss(small, target, overwrite)
    config = _object(source / "config.json")
    rows = config.get("vocab_size") or (config.get("text_config") or {}).get("vocab_size")
    kept = _kept(small)
    if not isinstance(rows, int) or max(kept) >= rows:
        raise UnknownSource(
            str(model), f"vocab_size {rows}, and the tokenizer was made of one that has the id {max(kept)}"
        )
    ids = {old: new for new, old in enumerate(kept)}
    names = _weights(source)
    cut: list[str] = []
    unmapped: list[str] = []
    with new_folder(target, overwrite=overwrite) as folder:
        for file in sorted(small.iterdir()):
            if file.is_file() and file.name not in (*MODEL_CONFIGS, "tinydata.yaml"):
                (folder / file.name).write_bytes(file.read_bytes())
        total = 0
        for name in names:
            found, metadata = read_header(source / name)
            tensors = {key: _slice(key, tensor, rows, kept) for key, tensor in found.items()}
            cut += [key for key, (_, shape, _) in tensors.items() if shape != found[key].shape]
            total += write_file(folder / name, tensors, metadata)
        if (source / INDEX).is_file():
            index = _object(source / INDEX)
            changed = {**index, "metadata": {**index.get("metadata", {}), "total_size": total}}
            (folder / INDEX).write_bytes(render_json(changed, indent=2))
        for name in MODEL_CONFIGS:
            if (source / name).is_file():
                followed = follow_ids(_object(source / name), ids, min(rows, _old_size(small)), len(kept))
                unmapped += [f"{name}: {problem}" for problem in followed.unmapped]
                (folder / name).write_bytes(render_json(followed.config, indent=2))
        if not cut:
            raise UnknownSource(str(model), f"no tensor has a row for each of its {rows} tokens")
    return Sliced(target, tuple(sorted(cut)), (rows, len(kept)), tuple(unmapped))


def _slice(name: str, tensor: Tensor, rows: int, kept: list[int]) -> tuple[str, tuple[int, ...], Callable[[], bytes]]:
    axis = next((axis for axis, size in enumerate(tensor.shape) if size == rows), None)
    if axis is None or not NAMES.fullmatch(name):
        return tensor.dtype, tensor.shape, tensor.read
    shape = (*tensor.shape[:axis], len(kept), *tensor.shape[axis + 1 :])
    return tensor.dtype, shape, partial(tensor.read_rows, kept, axis)


def _kept(tokenizer: Path) -> list[int]:
    table = _object(tokenizer / TOKEN_MAP)
    if "vocabularies" in table:
        raise UnknownSource(str(tokenizer), f"it has several vocabularies, {' and '.join(table['vocabularies'])}")
    kept = table.get("new_to_old")
    if not isinstance(kept, list) or not kept:
        raise DamagedSource(tokenizer / TOKEN_MAP, "new_to_old is wanted, a list of ids")
    if not all(type(place) is int for place in kept):
        raise UnknownSource(str(tokenizer), "it has tokens that were learned anew, for which the model has no rows")
    return kept


def _old_size(tokenizer: Path) -> int:
    return int(_object(tokenizer / TOKEN_MAP).get("old_size", 0))


def _weights(model: Path) -> list[str]:
    if (model / INDEX).is_file():
        return sorted(set(_object(model / INDEX).get("weight_map", {}).values()))
    names = [file.name for file in sorted(model.glob("*.safetensors"))]
    if not names:
        raise UnknownSource(str(model), "no safetensors in it")
    return names


def _object(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NoSource(str(path))
    found = parse_json(path.read_bytes(), path)
    if not isinstance(found, dict):
        raise DamagedSource(path, "a JSON object is wanted")
    return found
