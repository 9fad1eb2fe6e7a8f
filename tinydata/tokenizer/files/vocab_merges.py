"""vocab.json and merges.txt, of GPT-2 and its kin; OpenAI and fairseq call them encoder.json and vocab.bpe."""

from __future__ import annotations

import re
from typing import Any

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.tokenizer.byte_level import LAYOUTS, layout_frame
from tinydata.tokenizer.document import refuse_damage, render_json
from tinydata.tokenizer.files.clip import END, clip_frame
from tinydata.tokenizer.files.clip import SPECIALS as CLIP_SPECIALS
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import PAIRED, Origin, declared_tokens, special_token
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

MARKED = re.compile(r"<\|\w+\|>|</?s>|<(unk|pad|mask)>")
MERGE = re.compile(r"(?m)^([^ \n]+) ([^ \n]+)$")
CLASSES = {"Qwen2Tokenizer": "qwen2"}


def finds(origin: Origin) -> tuple[str, ...]:
    """Both, by name."""
    return next((pair for pair in PAIRED if all(name in origin.files for name in pair)), ())


def read(origin: Origin) -> Vocabulary:
    """Read both; the layout is the one named, that of the class in tokenizer_config.json, or GPT-2's."""
    vocab, listed = finds(origin)
    path = origin.files[listed]
    pieces = origin.config(vocab)
    merges = _merges(origin, listed)
    frame = _frame(origin, pieces, listed)
    added = declared_tokens(origin, pieces) or [
        special_token(token, place) for token, place in pieces.items() if MARKED.fullmatch(token)
    ]
    read = Vocabulary("BPE", frame, pieces, added, merges)
    refuse_damage(read, path)
    return read


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:
    """Write the tokens of the model and the merges that are left, with the head that was there."""
    vocab, listed = finds(origin)
    head = origin.text(listed).partition("\n")[0]
    lines = [*([head] if head.startswith("#version") else ()), *(" ".join(pair) for pair in cut.new.merges)]
    known, added = origin.config(vocab), {token["content"] for token in cut.new.added}
    pieces = {token: cut.new.pieces[token] for token in cut.new.order if token in known or token not in added}
    return {vocab: render_json(pieces), listed: "".join(f"{line}\n" for line in lines).encode()}


def _merges(origin: Origin, name: str) -> list[tuple[str, str]]:
    """The pairs; a line that is none is looked for only if there is one."""
    text = origin.text(name)
    head = text.startswith("#version")
    found: list[tuple[str, str]] = MERGE.findall(text)[head and bool(MERGE.match(text)) :]
    if len(found) < text.rstrip("\n").count("\n") + 1 - head:
        for number, line in enumerate(text.split("\n"), 1):
            parts = line.split(" ")
            if line and not MERGE.fullmatch(line) and not (head and number == 1):
                raise DamagedSource(origin.files[name], f"a merge has two parts, not {len(parts)}", number)
    return found


def _frame(origin: Origin, pieces: dict[str, int], merges: str) -> dict[str, Any]:
    if END.encode() in origin.read(merges) and any(token.endswith(END) for token in pieces):
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
