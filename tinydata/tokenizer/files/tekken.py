"""tekken.json, of Mistral: specials first, then ranked bytes, of which the config says how many count."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from tinydata.errors import DamagedSource
from tinydata.tokenizer.byte_level import Layout, layout_frame, merges_of_ranks, spell_bytes
from tinydata.tokenizer.document import render_json
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import Origin, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

# What files up to version 7 leave unsaid, from mistral-common.
SPECIALS = (
    "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS] [IMG] <pad> "
    "[IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
).split()


def finds(origin: Origin) -> tuple[str, ...]:
    """By its name."""
    return tuple(name for name in origin.files if name.startswith("tekken") and name.endswith(".json"))[:1]


def read(origin: Origin) -> Vocabulary:
    """Read the tokens that count; each pair of tokens whose bytes make a token is a merge, the lowest rank first."""
    (name,) = finds(origin)
    path = origin.files[name]
    plain = origin.config(name)
    try:
        config, vocab = plain["config"], plain["vocab"]
        count = config["default_num_special_tokens"]
        specials = _specials(plain, count)
        tokens = [base64.b64decode(token["token_bytes"]) for token in vocab[: config["default_vocab_size"] - count]]
        pattern = str(config["pattern"])
    except (KeyError, TypeError, IndexError, ValueError, binascii.Error) as error:
        raise DamagedSource(path, f"no tekken file: {type(error).__name__}: {error}") from error
    pieces = {spell_bytes(token): count + rank for rank, token in enumerate(tokens)}
    if len(pieces) < len(tokens) or not tokens:
        raise DamagedSource(path, "a token stands there twice" if tokens else "no token")
    frame = layout_frame(Layout((pattern,), whole_words=True))
    ids = {token: place for place, token in enumerate(specials)}
    added = [special_token(token, place) for token, place in ids.items()]
    # The specials stand in front: only in the model do they keep their ids, since `tokenizers` appends what it does not know.
    return Vocabulary("BPE", frame, {**ids, **pieces}, added, merges_of_ranks(pieces))


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:
    """Write what is left; the tokens that did not count go."""
    (name,) = finds(origin)
    plain = origin.config(name)
    old_count = plain["config"]["default_num_special_tokens"]
    kept = [place for place in cut.new_to_old if place >= old_count]
    count = cut.new.size - len(kept)
    changed = {
        **plain,
        "config": {
            **plain["config"],
            "num_vocab_tokens": len(kept),
            "default_vocab_size": cut.new.size,
            "default_num_special_tokens": count,
        },
        "vocab": [{**plain["vocab"][place - old_count], "rank": rank} for rank, place in enumerate(kept)],
    }
    if plain.get("special_tokens") is not None:
        known = {special["token_str"]: special for special in plain["special_tokens"]}
        written = [token["content"] for token in cut.new.added if token["content"] in known]
        changed["special_tokens"] = [{**known[token], "rank": cut.new.ids[token]} for token in written]
    return {name: render_json(changed)}


def _specials(plain: dict[str, Any], count: int) -> list[str]:
    listed = plain.get("special_tokens")
    named = SPECIALS if listed is None else [special["token_str"] for special in listed]
    return [*named, *(f"<SPECIAL_{place}>" for place in range(len(named), count))][:count]


TEKKEN = Form(name="tekken.json", finds=finds, read=read, write=write)
