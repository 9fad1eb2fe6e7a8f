"""Re-makes the notes' five tiny models, from model types alone: no weight and no config is fetched.

    python examples/models.py [OUT]

OUT is a new folder, by default a temporary one, and will hold a folder for each model: `mt5`, `fsmt`, `llama`, `idefics`, and
`deeper`, which is the llama re-saved with more layers.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import tempfile
import typing
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import FSMTTokenizer, PreTrainedTokenizerFast

from tinydata import make_model


def make_mt5(out: Path) -> Path:
    """An encoder and a decoder of eight layers each, in half precision."""
    sizes = {"d_model": 64, "d_ff": 256, "d_kv": 8, "num_layers": 8, "num_decoder_layers": 8, "num_heads": 4}
    buckets = {"relative_attention_num_buckets": 32}
    return make_model("mt5", out, settings=sizes | buckets, vocab_size=5000, dtype="float16").path


def make_fsmt(out: Path) -> Path:
    """A translator of one layer, with a vocabulary that is made up: no tokenizer is shrunk, one is written."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    pieces = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        *letters,
        *(f"{letter}</w>" for letter in letters),
        "lo",
        "low</w>",
        "er</w>",
    ]
    words = out.with_name("words")
    words.mkdir()
    (words / "vocab.json").write_text(json.dumps({piece: place for place, piece in enumerate(pieces)}))
    (words / "merges.txt").write_text("l o 3\nlo w</w> 2\ne r</w> 1\n")
    files = {"src_vocab_file": "vocab.json", "tgt_vocab_file": "vocab.json", "merges_file": "merges.txt"}
    tokenizer = FSMTTokenizer(langs=["en", "ru"], **{name: str(words / file) for name, file in files.items()})

    sizes = {"d_model": 4, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 4, "decoder_ffn_dim": 4}
    heads = {"encoder_attention_heads": 1, "decoder_attention_heads": 1}
    vocabularies = {"langs": ["en", "ru"], "src_vocab_size": len(pieces), "tgt_vocab_size": len(pieces)}
    made = make_model("fsmt", out, settings=sizes | heads | vocabularies)
    tokenizer.save_pretrained(made.path)
    return made.path


def make_llama(out: Path) -> Path:
    """A llama whose tokenizer has 3,000 tokens, learned from Python's own sources."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=3000,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(map(inspect.getsource, (argparse, inspect, typing)), trainer)
    words = out.with_name("words-3k")
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
    fast.save_pretrained(words)
    return make_model("llama", out, tokenizer=words, dtype="bfloat16").path


def make_idefics(out: Path) -> Path:
    """A model of pictures and texts: a key with a dot reaches into the config of a part."""
    sizes = {"hidden_size": 64, "intermediate_size": 37, "num_hidden_layers": 5, "num_attention_heads": 4}
    vision = {"vision_config.image_size": 30, "vision_config.patch_size": 2, "vision_config.num_hidden_layers": 5}
    perceiver = {"perceiver_config.resampler_depth": 2, "perceiver_config.resampler_head_dim": 8}
    return make_model("idefics", out, settings=sizes | vision | perceiver, vocab_size=1000).path


def make_deeper(tiny: Path, out: Path) -> Path:
    """A tiny model is a source, too: what is small stays, its tokenizer goes along, and what is set larger grows."""
    return make_model(tiny, out, settings={"num_hidden_layers": 8}, dtype="bfloat16").path


def main(out: Path) -> list[Path]:
    """Make the five.

    Returns:
        Their folders.
    """
    out.mkdir(parents=True, exist_ok=True)
    llama = make_llama(out / "llama")
    return [
        make_mt5(out / "mt5"),
        make_fsmt(out / "fsmt"),
        llama,
        make_idefics(out / "idefics"),
        make_deeper(llama, out / "deeper"),
    ]


if __name__ == "__main__":
    for folder in main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())):
        print(f"{folder}  {sum(file.stat().st_size for file in folder.iterdir()) / 1e6:.2f} MB")
