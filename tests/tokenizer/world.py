"""The tokenizers that the laws are held on: real ones, and three trained here for what no real one shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors, trainers

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
CASES = [(name, size) for name, world in WORLDS.items() for size in (None, *world.sizes)]
