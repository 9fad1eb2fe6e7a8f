"""Byte level: the frames of byte-level BPE by the name of their layout, and merges out of ranked bytes.

A `.tiktoken` file holds neither the pattern that cuts a text into words nor the special tokens: those are here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tinydata.tokenizer.document import BODY, HEAD
from tinydata.tokenizer.origin import special_token
from tinydata.tokenizer.template import wrap
from tinydata.tokenizer.vocabulary import BYTE_CHARS

CL100K = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = CL100K.replace(r"\p{N}{1,3}", r"\p{N}")
_LLAMA3 = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|reserved_special_token_0|>",
    "<|reserved_special_token_1|>",
    "<|finetune_right_pad_id|>",
    "<|reserved_special_token_2|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eom_id|>",
    "<|eot_id|>",
    "<|python_tag|>",
    *(f"<|reserved_special_token_{number}|>" for number in range(3, 248)),
)


@dataclass(frozen=True)
class Layout:
    """What stands around a byte-level vocabulary.

    Args:
        patterns: Each cuts what the one before left into smaller words; none: that of GPT-2, which `tokenizers` has built in.
        specials: Special token -> its place after the last token of the model.
        nfc: Whether texts are composed first.
        begin: The special token that each text begins with.
        whole_words: Whether a word that is a token is taken before any merge.
    """

    patterns: tuple[str, ...] = ()
    specials: Mapping[str, int] = field(default_factory=dict)
    nfc: bool = False
    begin: str | None = None
    whole_words: bool = False


LAYOUTS: dict[str, Layout] = {
    "gpt2": Layout((), {"<|endoftext|>": 0}),
    "cl100k": Layout(
        (CL100K,),
        {"<|endoftext|>": 1, "<|fim_prefix|>": 2, "<|fim_middle|>": 3, "<|fim_suffix|>": 4, "<|endofprompt|>": 20},
        whole_words=True,
    ),
    "o200k": Layout((O200K,), {"<|endoftext|>": 1, "<|endofprompt|>": 20}, whole_words=True),
    "llama3": Layout(
        (CL100K,), {token: place for place, token in enumerate(_LLAMA3)}, begin="<|begin_of_text|>", whole_words=True
    ),
    "qwen2": Layout((QWEN2,), {"<|endoftext|>": 0, "<|im_start|>": 1, "<|im_end|>": 2}, nfc=True),
}


def layout_frame(layout: Layout, begin_id: int | None = None) -> dict[str, Any]:
    """The tokenizer.json around a byte-level vocabulary.

    Args:
        begin_id: The id of the special token that each text begins with.
    """
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": not layout.patterns,
    }
    cuts = [
        {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        for pattern in layout.patterns
    ]
    processor: dict[str, Any] = {**byte_level, "trim_offsets": False}
    if layout.begin is not None and begin_id is not None:
        processor = {"type": "Sequence", "processors": [processor, wrap({layout.begin: begin_id}, layout.begin, None)]}
    return {
        **HEAD,
        **BODY,
        "normalizer": {"type": "NFC"} if layout.nfc else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*cuts, byte_level]} if cuts else byte_level,
        "post_processor": processor,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": layout.whole_words,
        },
    }


def layout_tokens(layout: Layout, last: int) -> list[dict[str, Any]]:
    """The special tokens of a layout, numbered after the last token of the model."""
    return [special_token(token, last + 1 + place) for token, place in layout.specials.items()]


def spell_bytes(token: bytes) -> str:
    """Bytes as the characters that stand for them."""
    return "".join(BYTE_CHARS[byte] for byte in token)


def unspell_bytes(token: str) -> bytes:
    """The inverse of `spell_bytes`."""
    return bytes(_BYTES[char] for char in token)


def merges_of_ranks(ranks: Mapping[str, int]) -> list[tuple[str, str]]:
    """All pairs of tokens that make a token, in the order of what they make: what tiktoken does, as merges."""
    return [
        pair
        for token in sorted(ranks, key=ranks.__getitem__)
        for pair in sorted(splits(token, ranks), key=lambda pair: (ranks[pair[0]], ranks[pair[1]]))
    ]


def splits(token: str, known: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The ways to make a token of two known ones."""
    pairs = ((token[:place], token[place:]) for place in range(1, len(token)))
    return [(left, right) for left, right in pairs if left in known and right in known]


_BYTES = {char: byte for byte, char in BYTE_CHARS.items()}
