"""Slice a GPT-2 with random weights: the logits on kept ids are those of the whole one.

python -m tests.tokenizer.readers.logits
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

import tinydata
from tests.tokenizer.world import HOUSE

REAL = Path(os.environ.get("TINYDATA_REAL") or HOUSE.parent / "shared" / "real")


def main() -> int:
    """Try it with tied and untied embeddings."""
    import torch  # here: the environment of the tests, which collects this file, has none
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(0)
    for tied in (True, False):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            config = GPT2Config(n_layer=2, n_embd=64, n_head=4, tie_word_embeddings=tied)
            whole = GPT2LMHeadModel(config).eval()
            whole.save_pretrained(folder / "whole")
            small = tinydata.make_tokenizer(REAL / "tokenizers" / "gpt2", folder / "small", vocab_size=3000).path
            sliced = tinydata.slice_embeddings(folder / "whole", small, folder / "sliced")
            cut = GPT2LMHeadModel.from_pretrained(folder / "sliced").eval()
            kept = json.loads((small / "token_map.json").read_bytes())["new_to_old"]
        ids = torch.randint(0, len(kept), (4, 32))
        with torch.no_grad():
            logits = cut(ids).logits, whole(torch.tensor(kept)[ids]).logits[..., kept]
        difference = (logits[0] - logits[1]).abs().max().item()
        print(
            f"tied {tied}: {', '.join(sliced.tensors)} cut to {cut.config.vocab_size} rows, logits differ by {difference:.1e}"
        )
        assert difference <= 1e-6
        assert cut.config.eos_token_id == kept.index(50256)
    return 0


if __name__ == "__main__":
    sys.exit(main())
