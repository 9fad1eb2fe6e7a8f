"""FSMT: vocab-src.json, vocab-tgt.json and the merges of both.

The vocabularies hold the tokens that texts ended in; what merges make on the way to them need not be there, and has no id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinydata.errors import DamagedSource
from tinydata.tokenizer.document import BODY, HEAD, refuse_damage, render_json
from tinydata.tokenizer.files.clip import END
from tinydata.tokenizer.origin import Origin, named_specials
from tinydata.tokenizer.pairs.pair import Pair, Side
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

SOURCE, TARGET, MERGES = "vocab-src.json", "vocab-tgt.json", "merges.txt"
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")  # what the class names where no config does
FRAME = {
    **HEAD,
    **BODY,
    "pre_tokenizer": {"type": "Whitespace"},  # the class asks Moses, which is no part of the vocabulary
    "decoder": {"type": "BPEDecoder", "suffix": END},
}


def finds(origin: Origin) -> tuple[str, ...]:
    """All three, by name."""
    return (SOURCE, TARGET, MERGES) if all(name in origin.files for name in (SOURCE, TARGET, MERGES)) else ()


def read(origin: Origin) -> Mapping[str, Vocabulary]:
    """Read both vocabularies with all merges."""
    merges = [(left, right) for left, right, _ in _lines(origin)]
    made = {symbol for left, right in merges for symbol in (left, right, left + right)}
    return {name: _read(origin, name, merges, made) for name in (SOURCE, TARGET)}


def sides(origin: Origin, cuts: Mapping[str, Cut]) -> Sequence[Side]:
    """The source encodes; of the target the class only decodes, but a model of the other direction would encode with it."""
    return [Side(name, cut) for name, cut in cuts.items()]


def write(origin: Origin, cuts: Mapping[str, Cut]) -> dict[str, bytes]:
    """Write the tokens that are left, and the merges that either vocabulary needs, each line as it was."""
    files = {name: render_json({token: cut.new.pieces[token] for token in cut.new.order}) for name, cut in cuts.items()}
    needed = {symbol for cut in cuts.values() for symbol in (*cut.new.pieces, *cut.new.hidden)}
    kept = [
        line for left, right, line in _lines(origin) if left in needed and right in needed and left + right in needed
    ]
    head = [line for line in origin.lines(MERGES)[:1] if line.startswith("#version")]
    return {**files, MERGES: "".join(f"{line}\n" for line in (*head, *kept)).encode()}


def sizes(cuts: Mapping[str, Cut]) -> dict[str, int]:
    """The model's config has both."""
    return {"src_vocab_size": cuts[SOURCE].new.size, "tgt_vocab_size": cuts[TARGET].new.size}


def _read(origin: Origin, name: str, merges: list[tuple[str, str]], made: set[str]) -> Vocabulary:
    pieces = origin.numbers(name)
    unk = named_specials(origin).get("unk_token", "<unk>")
    model = {
        "type": "BPE",
        "dropout": None,
        "unk_token": unk,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": END,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": False,
    }
    if unk not in pieces:
        raise DamagedSource(origin.files[name], f"the unk token {unk!r} is not in the vocabulary")
    specials = {*SPECIALS, *named_specials(origin).values()}
    pinned = frozenset(token for token in pieces if token in specials)
    read = Vocabulary(
        "BPE", {**FRAME, "model": model}, pieces, (), merges, pinned=pinned, hidden=frozenset(made - set(pieces))
    )
    refuse_damage(read, origin.files[name])
    return read


def _lines(origin: Origin) -> list[tuple[str, str, str]]:
    """Left, right and the whole line, which may end in a count."""
    found = []
    for number, line in enumerate(origin.lines(MERGES), 1):
        if not line.strip() or (number == 1 and line.startswith("#version")):
            continue
        parts = line.split(" ")
        if len(parts) not in (2, 3):
            raise DamagedSource(origin.files[MERGES], f"a merge has two parts, not {len(parts)}", number)
        found.append((parts[0], parts[1], line))
    return found


FSMT = Pair(
    name="vocab-src.json + vocab-tgt.json + merges.txt", finds=finds, read=read, sides=sides, write=write, sizes=sizes
)
