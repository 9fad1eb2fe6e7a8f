"""WordLevel: a token a word."""

from __future__ import annotations

from typing import Any

from tinydata.extras import need
from tinydata.tokenizer.families.family import Alphabet, Family, alone, unknown
from tinydata.tokenizer.vocabulary import Vocabulary


def alphabet(vocabulary: Vocabulary) -> Alphabet:  # noqa: ARG001  (the signature of the table)
    """No word is made of others, so no character saves one."""
    return Alphabet(())


def build(vocabulary: Vocabulary) -> Any:
    """The model in `tokenizers`."""
    models = need("tokenizers.models", extra="tokenizer")
    return models.WordLevel(dict(vocabulary.pieces), vocabulary.model.get("unk_token"))


WORDLEVEL = Family(name="WordLevel", alphabet=alphabet, needs=unknown, tree=alone, build=build)
