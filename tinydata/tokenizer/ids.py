"""Ids: how many tokens a tokenizer has, and which ids its special tokens have; all that a model needs to know of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from tinydata.tokenizer.files import find_forms
from tinydata.tokenizer.origin import named_specials, open_origin
from tinydata.tokenizer.pairs import find_pair
from tinydata.tokenizer.settings import guess_named
from tinydata.tokenizer.single import read_vocabulary


@dataclass(frozen=True)
class TokenizerIds:
    """The ids of a tokenizer; where there are two vocabularies, those of the first, the source's.

    Args:
        size: One more than the highest id: the fewest rows that an embedding can have.
        named: As a model's config names them -> id: ``bos_token_id``, ``pad_token_id``, ``image_token_id`` and so on.
        tokens: Added token -> id.
    """

    size: int
    named: Mapping[str, int]
    tokens: Mapping[str, int]


def read_ids(tokenizer: str | os.PathLike[str]) -> TokenizerIds:
    """Read the ids of a tokenizer in any form that `make_tokenizer` takes; transformers is not needed.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: It is no tokenizer.
        DamagedSource: A file breaks off or contradicts itself.
        NothingToShrink: Its class has no vocabulary.
    """
    origin = open_origin(tokenizer)
    pair = find_pair(origin)
    vocabulary = next(iter(pair.read(origin).values())) if pair else read_vocabulary(origin, find_forms(origin))
    ids = vocabulary.ids
    named = named_specials(origin) or dict(guess_named(vocabulary))
    return TokenizerIds(
        size=vocabulary.end,
        named={f"{name}_id": ids[token] for name, token in named.items() if token in ids},
        tokens={token["content"]: token["id"] for token in vocabulary.added},
    )
