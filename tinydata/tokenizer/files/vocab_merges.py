"""vocab.json and merges.txt, of GPT-2 and its kin."""

from __future__ import annotations

import re
from operator import methodcaller
from typing import Any

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.tokenizer.byte_level import LAYOUTS, layout_frame
from tinydata.tokenizer.document import refuse_damage, render_json
from tinydata.tokenizer.files.clip import END, clip_frame
from tinydata.tokenizer.files.clip import SPECIALS as CLIP_SPECIALS
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import Origin, declared_tokens, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

VOCAB, MERGES = "vocab.json", "merges.txt"
MARKED = re.compile(r"<\|\w+\|>|</?s>|<(unk|pad|mask)>")
CLASSES = {"Qwen2Tokenizer": "qwen2"}


def finds(origin: Origin) -> tuple[str, ...]:
    """Both, by name."""
    return (VOCAB, MERGES) if VOCAB in origin.files and MERGES in origin.files else ()


def read(origin: Origin) -> Vocabulary:
    """Read both; the layout is the one named, that of the class in tokenizer_config.json, or GPT-2's."""
    path = origin.files[MERGES]
    pieces = origin.config(VOCAB)
    lines = origin.lines(MERGES)
    head = bool(lines) and lines[0].startswith("#version")
    told = [line for line in lines[head:] if line]
    if set(map(methodcaller("count", " "), told)) - {1}:
        for number, line in enumerate(lines, 1):
            parts = line.split(" ")
            if line and len(parts) != 2 and not (head and number == 1):
                raise DamagedSource(path, f"a merge has two parts, not {len(parts)}", number)
    parts = " ".join(told).split(" ")
    merges = list(zip(parts[::2], parts[1::2], strict=True)) if told else []
    frame = _frame(origin, pieces)
    added = declared_tokens(origin, pieces) or [
        special_token(token, place) for token, place in pieces.items() if MARKED.fullmatch(token)
    ]
    read = Vocabulary("BPE", frame, pieces, added, merges)
    refuse_damage(read, path)
    return read


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:
    """Write the tokens of the model and the merges that are left, with the head that was there."""
    head = origin.lines(MERGES)[:1]
    lines = [line for line in head if line.startswith("#version")] + [" ".join(pair) for pair in cut.new.merges]
    known, added = origin.config(VOCAB), {token["content"] for token in cut.new.added}
    pieces = {token: cut.new.pieces[token] for token in cut.new.order if token in known or token not in added}
    return {VOCAB: render_json(pieces), MERGES: "".join(f"{line}\n" for line in lines).encode()}


def _frame(origin: Origin, pieces: dict[str, int]) -> dict[str, Any]:
    if END.encode() in origin.read(MERGES) and any(token.endswith(END) for token in pieces):
        if not all(token in pieces for token in CLIP_SPECIALS):
            raise UnknownSource(origin.shown, f"words end in {END}, and only CLIP's are known without a tokenizer.json")
        return clip_frame(pieces)
    frame = layout_frame(LAYOUTS[origin.like or CLASSES.get(origin.tokenizer_class, "gpt2")])
    if all(token in pieces for token in ("<s>", "</s>", "<mask>")):  # RoBERTa, BART and their kin
        ends = {"cls": ["<s>", pieces["<s>"]], "sep": ["</s>", pieces["</s>"]]}
        frame["post_processor"] = {
            "type": "RobertaProcessing", **ends, "trim_offsets": True, "add_prefix_space": False
        }  # fmt: skip
    return frame


VOCAB_MERGES = Form(name="vocab.json + merges.txt", finds=finds, read=read, write=write, learns=True)
