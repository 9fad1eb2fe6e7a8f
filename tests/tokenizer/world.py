"""The tokenizers that the laws are held on: real ones, and three trained here for what no real one shows."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

FSMT_SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]
HOUSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class World:
    """A tokenizer to shrink.

    Args:
        find: Where it lies: given the folder of real ones and an empty one.
        like: The layout that is named.
        floor: The fewest tokens it can have.
        sizes: Others to try.
        complete: Whether bytes carry every character.
    """

    find: Callable[[Path, Path], Path]
    floor: int
    sizes: tuple[int, ...] = (3000,)
    like: str | None = None
    complete: bool = False


def real(name: str) -> Callable[[Path, Path], Path]:
    return lambda folder, _: folder / "tokenizers" / name


def lines() -> list[str]:
    return (HOUSE / "LICENSE").read_text(encoding="utf-8").splitlines()


def word_level(_: Path, folder: Path) -> Path:
    made = Tokenizer(models.WordLevel(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(lines(), trainers.WordLevelTrainer(special_tokens=["<unk>", "<pad>"], show_progress=False))
    made.enable_padding(pad_id=1, pad_token="<pad>")
    made.save(str(folder / "tokenizer.json"))
    return folder


def added_at_the_end(_: Path, folder: Path) -> Path:
    """Byte-level BPE with added tokens of every flag after the vocabulary, named by nested post-processors."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        lines(), trainers.BpeTrainer(vocab_size=1500, initial_alphabet=alphabet, show_progress=False)
    )
    made.add_special_tokens(["<begin>", "<end>"])
    made.add_tokens([AddedToken("<left>", lstrip=True), AddedToken("tiny", single_word=True, normalized=False)])
    begin, end = made.token_to_id("<begin>"), made.token_to_id("<end>")
    template = processors.TemplateProcessing(
        single="<begin> $A <end>",
        pair="<begin> $A <end> $B:1 <end>:1",
        special_tokens=[("<begin>", begin), ("<end>", end)],
    )
    made.post_processor = processors.Sequence([processors.ByteLevel(trim_offsets=False), template])
    made.enable_truncation(64)
    made.save(str(folder / "tokenizer.json"))
    return folder


def specials_last(_: Path, folder: Path) -> Path:
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=1500, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False)
    made.train_from_iterator(lines(), trainer)
    made.add_special_tokens(["<s>", "</s>", "<mask>"])
    made.save(str(folder / "tokenizer.json"))
    return folder


def fsmt(_: Path, folder: Path) -> Path:
    """As fairseq leaves it: a dictionary holds what texts ended in, and lacks many a step on the way."""
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=900, end_of_word_suffix="</w>", show_progress=False)
    learner.train_from_iterator(lines(), trainer)
    learned = json.loads(learner.to_str())["model"]
    order = sorted(learned["vocab"], key=learned["vocab"].get)
    for number, name in enumerate(("src", "tgt")):
        ends = [
            token for place, token in enumerate(order) if len(token.removesuffix("</w>")) == 1 or place % 5 != number
        ]
        tokens = [*FSMT_SPECIALS, *ends, "madeupword0000"]
        (folder / f"vocab-{name}.json").write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text(
        "".join(f"{left} {right} 1\n" for left, right in learned["merges"]), encoding="utf-8"
    )
    config = {"tokenizer_class": "FSMTTokenizer", "langs": ["en", "de"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    model = {"model_type": "fsmt", "src_vocab_size": 1, "tgt_vocab_size": 1, "eos_token_id": 2, "langs": ["en", "de"]}
    (folder / "config.json").write_text(json.dumps(model))
    return folder


def marian(_: Path, folder: Path, *, separate: bool = False) -> Path:
    """Two models of sentencepiece; a seventh of their pieces has no number."""
    import sentencepiece  # here: the environment of the benchmark's rivals has none

    pieces = {}
    for name, size in (("source", 400), ("target", 300)):
        written = io.BytesIO()
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines()), model_writer=written, vocab_size=size, minloglevel=2
        )
        (folder / f"{name}.spm").write_bytes(written.getvalue())
        read = sentencepiece.SentencePieceProcessor(model_proto=written.getvalue())
        normal = [read.id_to_piece(place) for place in range(3, read.get_piece_size())]
        pieces[name] = [piece for place, piece in enumerate(normal) if place % 7 or len(piece) == 1]
    sides = {"vocab.json": [*pieces["source"], *pieces["target"]]}
    if separate:
        sides = {"vocab.json": pieces["source"], "target_vocab.json": pieces["target"]}
    for name, listed in sides.items():
        tokens = dict.fromkeys(["</s>", "<unk>", ">>fra<<", *listed, "<pad>"])
        (folder / name).write_text(json.dumps({token: place for place, token in enumerate(tokens)}))
    last = len(tokens) - 1
    config = {"tokenizer_class": "MarianTokenizer", "separate_vocabs": separate}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    model = {"model_type": "marian", "eos_token_id": 0}
    if not separate:
        model |= {"vocab_size": last + 1, "pad_token_id": last, "bad_words_ids": [[last]]}
    (folder / "config.json").write_text(json.dumps(model))
    return folder


def separate_marian(found: Path, folder: Path) -> Path:
    return marian(found, folder, separate=True)


def tekken() -> Path | None:
    """The file in the package of mistral-common, where that is installed."""
    found = find_spec("mistral_common")
    return Path(str(found.origin)).parent / "data" / "tekken_240911.json" if found else None


WORLDS = {
    "albert": World(real("albert_sp"), 104),
    "bert": World(real("bert_uncased"), 141),
    "clip": World(real("clip"), 514, complete=True),
    "gpt2": World(real("gpt2"), 257, (1000, 3000), complete=True),
    "llama2": World(real("llama2"), 260, complete=True),
    "mistral": World(real("mistral_v3"), 1028, complete=True),
    "qwen2": World(real("qwen2"), 259, complete=True),
    "t5": World(real("t5"), 192),
    "t5-model": World(real("t5/spiece.model"), 92),
    "uri250k": World(real("uri250k"), 73),
    "whisper-gpt2": World(real("whisper_tiktoken/gpt2.tiktoken"), 257, like="gpt2", complete=True),
    "whisper": World(real("whisper_tiktoken/multilingual.tiktoken"), 256, complete=True),
    "xlnet": World(real("xlnet"), 107),
    "word-level": World(word_level, 2, (300,)),
    "added-at-the-end": World(added_at_the_end, 260, (400,), complete=True),
    "specials-last": World(specials_last, 79, (400,)),
}
PAIRS = {  # no tokenizer.json comes of them
    "fsmt": World(fsmt, 0, (300,)),
    "marian": World(marian, 0, (200,)),
    "marian-separate": World(separate_marian, 0, (200,)),
    "whisper-both": World(real("whisper_tiktoken"), 256),
}
CASES = [(name, size) for name, world in WORLDS.items() for size in (None, *world.sizes)]
