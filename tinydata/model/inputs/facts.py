"""Facts: what a built model tells about its inputs by its signature, its config tree and the shapes of its weights."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import torch
from torch import nn

ROWS = 2
LENGTH = 16

_SPECIAL = re.compile(r"(_id|_ids|_token_index|_index)$")
_TEXT_TABLE = re.compile(r"(word|tok|embed_in|wte|shared|text)", re.IGNORECASE)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


class Facts:
    """A model, read once.

    Args:
        model: Built, on any device but meta.
        call: The function whose inputs are wanted.
    """

    def __init__(self, model: Any, call: Callable[..., Any]) -> None:
        self.model, self.config = model, model.config
        parameters = inspect.signature(call).parameters
        self.document = inspect.getdoc(call) or ""
        self.named = {name: it for name, it in parameters.items() if it.kind not in (it.VAR_KEYWORD, it.VAR_POSITIONAL)}
        self.required = tuple(name for name, it in self.named.items() if it.default is it.empty)
        self.open = any(it.kind is it.VAR_KEYWORD for it in parameters.values())
        self.nodes = tuple(_walk(self.config, ""))
        main = getattr(model, "main_input_name", None)
        self.main = main if isinstance(main, str) else "input_ids"
        floating = (it.dtype for it in model.parameters() if it.is_floating_point())
        self.dtype = next(floating, torch.float32)

    def takes(self, *names: str) -> str | None:
        """The first of these names that the signature has."""
        return next((name for name in names if name in self.named), None)

    def setting(self, *names: str, near: tuple[str, ...] = ()) -> Any:
        """The first value in the config tree under one of the names; nodes whose path holds a word of `near` first."""
        found = [
            (path, value) for path, node in self.nodes for name in names if (value := _get(node, name)) is not None
        ]
        found.sort(key=lambda it: (not any(word in it[0].lower() for word in near), it[0].count(".")))
        return found[0][1] if found else None

    def number(self, *names: str, near: tuple[str, ...] = ()) -> int | None:
        """As `setting`, but a whole number; of a list, its first."""
        value = self.setting(*names, near=near)
        if isinstance(value, list | tuple) and value:
            value = value[0]
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def numbers(self, *names: str) -> list[int]:
        """Every whole number in the tree under these names, each once, in the order of the names."""
        values = (_get(node, name) for name in names for _, node in self.nodes)
        return list(dict.fromkeys(it for it in values if isinstance(it, int) and not isinstance(it, bool)))

    def layer(self, kinds: tuple[type[nn.Module], ...], near: tuple[str, ...] = ()) -> Any:
        """The first layer of these kinds, in the order of the weights; one whose path holds a word of `near` first."""
        layers = [(path.lower(), it) for path, it in self.model.named_modules() if isinstance(it, kinds)]
        close = (it for path, it in layers if any(word in path for word in near))
        return next(close, None if near else layers[0][1] if layers else None)

    def ids_of(self, names: re.Pattern[str]) -> list[int]:
        """The ids in the tree under names that a pattern finds, shortest name first."""
        found = []
        for _, node in self.nodes:
            for name, value in vars(node).items():
                if isinstance(value, int) and not isinstance(value, bool) and names.search(name):
                    found.append((len(name), name, value))
        return list(dict.fromkeys(value for *_, value in sorted(found)))

    @cached_property
    def special(self) -> frozenset[int]:
        """Every id that the config tree gives a meaning."""
        ids: set[int] = set()
        for _, node in self.nodes:
            for name, value in vars(node).items():
                if _SPECIAL.search(name):
                    ids |= {it for it in (value if isinstance(value, list | tuple) else [value]) if type(it) is int}
        return frozenset(ids)

    @cached_property
    def vocabulary(self) -> int:
        """How many ids the input embedding takes."""
        return self._rows(self.model) or self._table() or min(self.numbers("vocab_size"), default=LENGTH * 2)

    @cached_property
    def decoder_vocabulary(self) -> int:
        """How many ids the decoder takes."""
        # Some that have a decoder refuse to name it: the question costs nothing.
        try:
            decoder = self.model.get_decoder()
        except (AttributeError, NotImplementedError, TypeError):
            decoder = None
        if decoder is not None and (rows := self._rows(decoder)):
            return rows
        table = self.layer((nn.Embedding,), ("decoder",))
        size = self.number("vocab_size", near=("decoder",))
        return size or (table.num_embeddings if table is not None else self.vocabulary)

    @cached_property
    def width(self) -> int:
        """The width of the embeddings that the text part takes."""
        try:
            weight = self.model.get_input_embeddings().weight
        except (AttributeError, NotImplementedError):
            weight = None
        if weight is not None and weight.dim() == 2:
            return int(weight.shape[1])
        return self.number("hidden_size", "d_model", "n_embd", "dim") or 32

    def _rows(self, part: Any) -> int | None:
        try:
            table = part.get_input_embeddings()
        except (AttributeError, NotImplementedError):
            return None
        weight = getattr(table, "weight", None)
        if isinstance(table, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d) or weight is None or weight.dim() != 2:
            return None
        return int(getattr(table, "num_embeddings", weight.shape[0]))

    def _table(self) -> int | None:
        tables = [(path, it.num_embeddings) for path, it in self.model.named_modules() if isinstance(it, nn.Embedding)]
        named = [rows for path, rows in tables if _TEXT_TABLE.search(path) and "position" not in path]
        return next(iter(named), max((rows for _, rows in tables), default=None))


def _walk(config: Any, path: str) -> Iterator[tuple[str, Any]]:
    yield path, config
    for name, value in vars(config).items():
        if not name.startswith("_") and hasattr(value, "to_dict") and hasattr(value, "model_type"):
            yield from _walk(value, f"{path}.{name}" if path else name)


def _get(node: Any, name: str) -> Any:
    # A property of a config may ask for a key that this one lacks.
    try:
        return getattr(node, name, None)
    except (KeyError, NotImplementedError, TypeError, ValueError):
        return None
