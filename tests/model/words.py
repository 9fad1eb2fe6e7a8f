"""A tokenizer for a test, written in one line."""

from __future__ import annotations

import json

from tests.helpers import grow

SPECIAL = ("<pad>", "</s>", "<unk>", "<s>", "<image>")
NAMES = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "bos_token": "<s>"}


def tokenizer(folder, special=SPECIAL, names=NAMES, size=300, token_map=None):
    """A byte-level tokenizer of `size` tokens, the special ones first."""
    alphabet = [chr(place + 256) for place in range(size - len(special))]
    tokens = {token: place for place, token in enumerate((*special, *alphabet))}
    added = [
        {"id": tokens[token], "content": token, "special": True, "single_word": False, "lstrip": False}
        | {"rstrip": False, "normalized": False}
        for token in special
    ]
    document = {
        "version": "1.0",
        "added_tokens": added,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "vocab": tokens, "merges": []},
    }
    files = {"tokenizer.json": json.dumps(document), "tokenizer_config.json": json.dumps(names)}
    if token_map:
        files["token_map.json"] = json.dumps(token_map)
    return grow(folder, files)
