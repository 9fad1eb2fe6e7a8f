"""vocab.txt, of BERT and its kin: a token a line, its id the number of the line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.tokenizer.document import BODY, HEAD, refuse_damage
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import Origin, declared_tokens, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.template import wrap
from tinydata.tokenizer.vocabulary import Vocabulary

NAME = "vocab.txt"
PREFIX = "##"
SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")


def finds(origin: Origin) -> tuple[str, ...]:
    """By its name."""
    return (NAME,) if NAME in origin.files else ()


def read(origin: Origin) -> Vocabulary:
    """Read the lines; of equal ones the last counts, and the ids of the others are holes, as in transformers."""
    pieces = {token: place for place, token in enumerate(origin.lines(NAME))}
    config = origin.config("tokenizer_config.json")
    lower = config.get("do_lower_case", not any(token != token.lower() for token in pieces if token not in SPECIALS))
    added = declared_tokens(origin, pieces) or [
        special_token(token, pieces[token]) for token in pieces if token in SPECIALS
    ]
    frame = bert_frame(
        pieces,
        origin.files[NAME],
        lowercase=lower,
        strip_accents=config.get("strip_accents"),
        handle_chinese_chars=config.get("tokenize_chinese_chars", True),
    )
    read = Vocabulary("WordPiece", frame, pieces, added)
    refuse_damage(read, origin.files[NAME])
    return read


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:  # noqa: ARG001  (the signature of the table)
    """Write the tokens that are left, a line each."""
    return {NAME: "".join(f"{token}\n" for token in cut.new.order).encode()}


def bert_frame(pieces: Mapping[str, int], path: Path, **normalizer: bool | None) -> dict[str, Any]:
    """The tokenizer.json around BERT's vocabulary.

    Args:
        normalizer: The settings of `BertNormalizer`.

    Raises:
        DamagedSource: A token that every text needs is missing.
    """
    missing = [token for token in ("[UNK]", "[CLS]", "[SEP]") if token not in pieces]
    if missing:
        raise DamagedSource(path, f"no vocabulary of BERT's: {missing[0]} is not in it")
    return {
        **HEAD,
        **BODY,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, **normalizer},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": wrap(pieces, "[CLS]", "[SEP]", once=True),
        "decoder": {"type": "WordPiece", "prefix": PREFIX, "cleanup": True},
        "model": {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": PREFIX,
            "max_input_chars_per_word": 100,
        },
    }


VOCAB_TXT = Form(name="vocab.txt", finds=finds, read=read, write=write, learns=True)
