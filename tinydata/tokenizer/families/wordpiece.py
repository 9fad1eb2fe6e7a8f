"""WordPiece: the longest piece that fits, from the left."""

from __future__ import annotations

from typing import Any

from tinydata.extras import need
from tinydata.tokenizer.families.family import Family, alone, characters, unknown
from tinydata.tokenizer.vocabulary import Vocabulary


def build(vocabulary: Vocabulary) -> Any:
    """The model in `tokenizers`."""
    names = ("unk_token", "continuing_subword_prefix", "max_input_chars_per_word")
    given = {name: vocabulary.model[name] for name in names if vocabulary.model.get(name) is not None}
    return need("tokenizers.models", extra="tokenizer").WordPiece(dict(vocabulary.pieces), **given)


WORDPIECE = Family(name="WordPiece", alphabet=characters, needs=unknown, tree=alone, build=build)
