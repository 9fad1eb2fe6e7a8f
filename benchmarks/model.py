"""A tiny model as a whole command, against a bare import of torch and transformers; what a huge config takes; what a tiny Llama weighs.

    python benchmarks/model.py [--work FOLDER]

Real configs and tokenizers come from $TINYDATA_REAL, else from shared/real beside the clone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Cost, Row, empty, fresh, measured, print_table, race

HOUSE = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("TINYDATA_REAL") or HOUSE.parent / "shared" / "real")
RUNS = 3
SMALL, HUGE = "qwen3__Qwen__Qwen3-0.6B", "ome__deepseek_v3"
IMPORT = "import torch, transformers"
KB = 1024
MOST_BYTES = 1_500_000_000
TOKENS = 1000


def main() -> None:
    """Time, weigh, print the table."""
    parser = argparse.ArgumentParser(description="Tiny models.")
    parser.add_argument("--work", type=Path, help="a folder for what is made; by default a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        print_table([*compare(work), *weigh(work), *memory()])


def compare(work: Path) -> list[Row]:
    """The whole command against the imports that it cannot do without: of the libraries, and of the class to build."""
    made = work / "made"
    rows = []
    for name in (SMALL, HUGE):
        source = REAL / "configs" / name
        [cls] = json.loads((source / "config.json").read_text(encoding="utf-8"))["architectures"]
        command = [sys.executable, "-m", "tinydata", "model", str(source), "-o", str(made), "-q"]
        rivals = [IMPORT, f"import torch; from transformers import {cls}"]
        ours, *theirs = race(
            RUNS,
            [command, *([sys.executable, "-c", rival] for rival in rivals)],
            before=lambda: shutil.rmtree(made, ignore_errors=True),
        )
        for rival, seconds, most in zip(rivals, theirs, (2, None), strict=True):
            rows.append(
                Row(
                    f"{name.split('__')[-1]}, whole command",
                    f"{ours:.2f} s",
                    f"{rival} {seconds:.2f} s",
                    f"{ours / seconds:.2f}x",
                    f"<= {most}x" if most else "",
                    ours <= most * seconds if most else None,
                )
            )
    return rows


def weigh(work: Path) -> list[Row]:
    """A Llama in bfloat16 with its own tokenizer at 1,000 tokens: the whole folder."""
    source = empty(work / "llama")
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2}
    (source / "config.json").write_text(json.dumps(config | {"vocab_size": 32000}), encoding="utf-8")
    for file in (REAL / "tokenizers" / "llama2").iterdir():
        shutil.copy(file, source)
    made = work / "small"
    options = ["--shrink-vocab", str(TOKENS), "--dtype", "bfloat16", "-o", str(made), "-q"]
    subprocess.run(
        [sys.executable, "-m", "tinydata", "model", str(source), *options], check=True, stdout=subprocess.DEVNULL
    )
    size = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
    return [
        Row(
            f"Llama, {TOKENS:,} tokens, bfloat16, the folder",
            f"{size / KB:.0f} KB",
            floor="<= 250 KB",
            held=size <= 250 * KB,
        )
    ]


def memory() -> list[Row]:
    """The peak of a 671B config and of a 0.6B one."""
    small, huge = (fresh(search, REAL / "configs" / name) for name in (SMALL, HUGE))
    return [
        Row(
            "DeepSeek-V3, 671B, peak memory",
            f"{huge.peak_bytes / 1e6:.0f} MB",
            f"Qwen3-0.6B {small.peak_bytes / 1e6:.0f} MB",
            f"{huge.peak_bytes / small.peak_bytes:.2f}x",
            "<= 1.5 GB",
            huge.peak_bytes <= MOST_BYTES,
        ),
        Row(
            "DeepSeek-V3, 671B, search",
            f"{huge.cpu_s:.2f} s",
            f"Qwen3-0.6B {small.cpu_s:.2f} s",
            f"{huge.cpu_s / small.cpu_s:.1f}x",
        ),
    ]


def search(source: Path) -> Cost:
    """Find the smallest config, and build it; the modelling module is imported before the clock starts."""
    import torch

    from tinydata.model.classes import class_of
    from tinydata.model.config import read_source
    from tinydata.model.materialize import build
    from tinydata.model.search import find_smallest

    torch.set_num_threads(1)
    read = read_source(source)
    cls = class_of(read.config, read.architectures)
    with measured() as cost:
        build(cls, find_smallest(cls, read.config).config)
    return cost


if __name__ == "__main__":
    main()
