"""Slice embeddings: a real model cut to the tokens that were kept; the logits on them are the same."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from tinydata.atomic import new_folder, refuse_existing, refuse_loss
from tinydata.errors import DamagedSource, NoSource, UnknownSource
from tinydata.tokenizer.document import parse_json, render_json
from tinydata.tokenizer.id_keys import PER_LAYER, SIZES, follow_ids
from tinydata.tokenizer.made import TOKEN_MAP
from tinydata.tokenizer.safetensors import Tensor, read_header, write_file
from tinydata.tokenizer.settings import AS_THEY_ARE, MODEL_CONFIGS

INDEX = "model.safetensors.index.json"
# Rows for tokens: input and output embeddings, tied or not, and the biases of heads. What stands for places, types or languages is none.
NAMES = re.compile(
    r"(.*\.)?(embed_tokens(_per_layer)?|wte|tokens_embed|word_embeddings?|tok(en)?_embeddings?|embed_in|embeddings?|shared|lm_head|lm_loss"
    r"|embed_out|output|generator_lm_head|vocab_projector|cls\.predictions|predictions|(cls\.)?predictions\.decoder|lm_head\.decoder|emb)\.(weight|bias)"
    r"|(.*\.)?final_logits_bias"
)
# Names that much else has too: they count where no other number of the config is that of the rows.
MORE_NAMES = re.compile(r"(.*\.)?(head|proj_out|proj|decoder|mlm_head)\.(weight|bias)|(.*\.)?bias")


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
    kept = _kept(small)
    names = _weights(source)
    headers = {name: read_header(source / name) for name in names}
    rows = _rows(config, {key: tensor for found, _ in headers.values() for key, tensor in found.items()})
    if rows is None or max(kept) >= rows:
        raise UnknownSource(
            str(model), f"vocab_size {rows}, and the tokenizer was made of one that has the id {max(kept)}"
        )
    counts = _Counts(config, rows, kept)
    for found, _ in headers.values():
        for key, tensor in found.items():
            counts.refuse_strange(model, key, tensor)
    told = any(SIZES.fullmatch(key) for key, _ in _numbers(config))
    ids = {old: new for new, old in enumerate(kept)}
    cut: list[str] = []
    unmapped: list[str] = []
    with new_folder(target, overwrite=overwrite) as folder:
        for file in sorted(small.iterdir()):
            if file.is_file() and file.name not in (*MODEL_CONFIGS, "tinydata.yaml"):
                (folder / file.name).write_bytes(file.read_bytes())
        total = 0
        for name in names:
            found, metadata = headers[name]
            tensors = {key: counts.slice(key, tensor) for key, tensor in found.items()}
            cut += [key for key, tensor in found.items() if counts.axis(key, tensor) is not None]
            total += write_file(folder / name, tensors, metadata)
        if (source / INDEX).is_file():
            index = _object(source / INDEX)
            changed = {**index, "metadata": {**index.get("metadata", {}), "total_size": total}}
            (folder / INDEX).write_bytes(render_json(changed, indent=2))
        for name in MODEL_CONFIGS:
            if (source / name).is_file():
                followed = follow_ids(_object(source / name), ids, min(rows, _old_size(small)), len(kept))
                unmapped += [f"{name}: {problem}" for problem in followed.unmapped]
                own = (
                    {} if told or name != "config.json" else {"vocab_size": len(kept)}
                )  # else its default would come back
                (folder / name).write_bytes(render_json({**followed.config, **own}, indent=2))
        for name in AS_THEY_ARE:
            if (source / name).is_file() and not (folder / name).exists():
                (folder / name).write_bytes((source / name).read_bytes())
        if not cut:
            raise UnknownSource(str(model), f"no tensor has a row for each of its {rows} tokens")
    return Sliced(target, tuple(sorted(cut)), (rows, len(kept)), tuple(unmapped))


class _Counts:
    """How many rows there are for tokens, and which of them stay.

    Some models have a second table that is shorter: it has no rows for what is no text.
    """

    def __init__(self, config: Mapping[str, Any], rows: int, kept: list[int]) -> None:
        shorter = {size for key, size in _numbers(config) if key == PER_LAYER}
        self.kept = {size: [place for place in kept if place < size] for size in (rows, *shorter)}
        # A number that the config has for another thing too says nothing of a tensor.
        self.sure = {rows} - {size for key, size in _numbers(config) if not SIZES.fullmatch(key)}

    def axis(self, name: str, tensor: Tensor) -> int | None:
        """Along which axis a tensor has rows for tokens; None: along none."""
        if not self._is_known(name):
            return None
        return next((axis for axis, size in enumerate(tensor.shape) if size in self.kept), None)

    def slice(self, name: str, tensor: Tensor) -> tuple[str, tuple[int, ...], Callable[[], bytes]]:
        """A tensor as it is now; one that has no rows for tokens stays."""
        axis = self.axis(name, tensor)
        if axis is None:
            return tensor.dtype, tensor.shape, tensor.read
        kept = self.kept[tensor.shape[axis]]
        shape = (*tensor.shape[:axis], len(kept), *tensor.shape[axis + 1 :])
        return tensor.dtype, shape, partial(tensor.read_rows, kept, axis)

    def refuse_strange(self, model: str | os.PathLike[str], name: str, tensor: Tensor) -> None:
        """Raise `UnknownSource` for what has rows for tokens by its size, and not by its name."""
        if not self._is_known(name) and self.sure & set(tensor.shape):
            what = f"the tensor {name} has the shape {list(tensor.shape)}, and is no known embedding"
            raise UnknownSource(str(model), what)

    def _is_known(self, name: str) -> bool:
        return bool(NAMES.fullmatch(name) or (self.sure and MORE_NAMES.fullmatch(name)))


def _rows(config: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> int | None:
    """How many rows an embedding has: as the config says, or, where it says nothing, as the longest one has."""
    told = config.get("vocab_size") or (config.get("text_config") or {}).get("vocab_size")
    if type(told) is int:
        return told
    sizes = {size for key, size in _numbers(config) if SIZES.fullmatch(key)}
    found = [tensor.shape[0] for name, tensor in tensors.items() if NAMES.fullmatch(name) and len(tensor.shape) == 2]
    return max((size for size in found if size in sizes or not sizes), default=max(sizes, default=None))


def _numbers(config: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _numbers(value)
        elif type(value) is int:
            yield key, value


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
        table = _object(model / INDEX).get("weight_map")
        names = sorted(set(table.values())) if isinstance(table, dict) and all(map(_is_name, table.values())) else []
        if not names:
            raise DamagedSource(model / INDEX, "weight_map is wanted, tensors and the names of their files")
        if missing := next((name for name in names if not (model / name).is_file()), None):
            raise NoSource(str(model / missing))
        return names
    names = [file.name for file in sorted(model.glob("*.safetensors"))]
    if not names:
        raise UnknownSource(str(model), "no safetensors in it")
    return names


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and PurePath(name).name == name


def _object(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise NoSource(str(path))
    found = parse_json(path.read_bytes(), path)
    if not isinstance(found, dict):
        raise DamagedSource(path, "a JSON object is wanted")
    return found
