"""Every real tokenizer shrunk in every way, and what the two largest take, against transformers and a bare load.

    python benchmarks/tokenizer.py [--work FOLDER] [--strings 20000]

Real tokenizers come from $TINYDATA_REAL, else from shared/real beside the clone. The texts are this project's own.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from measure import Cost, Row, empty, fresh, measured, print_table, race

HOUSE = Path(__file__).resolve().parents[1]
REAL = Path(os.environ.get("TINYDATA_REAL") or HOUSE.parent / "shared" / "real")
RUNS = 3
SIZE = 3000
LARGEST = {"uri250k": "250k Unigram", "qwen2": "152k BPE"}
KEPT = ("tokenizer", "method", "tokens", "kB", "texts of kept tokens, all the same", "decoded as before", "a line")
TRAIN = """
import sys
from transformers import AutoTokenizer
lines = open(sys.argv[2], encoding="utf-8").read().splitlines()
AutoTokenizer.from_pretrained(sys.argv[1]).train_new_from_iterator(lines, 3000).save_pretrained(sys.argv[3])
"""
LOAD = "import sys; from tokenizers import Tokenizer; Tokenizer.from_file(sys.argv[1])"


def main() -> None:
    """Shrink them all, time the largest, print both tables."""
    parser = argparse.ArgumentParser(description="Small tokenizers.")
    parser.add_argument("--strings", type=int, default=20_000, help="random Unicode strings for each byte-complete one")
    parser.add_argument("--work", type=Path, help="a folder for what is made; by default a temporary one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        texts = fresh(gather, work / "texts.txt")
        print(
            f"{texts:,} lines of this project are the corpus; {given.strings:,} random strings for each byte-complete tokenizer\n"
        )
        table = fresh(shrink_all, work, given.strings)
        _print_laws(table)
        print()
        print_table([row for name in LARGEST for row in compare(name, work)])


def gather(target: Path) -> int:
    """Put the project's own texts into a file, and count the lines."""
    files = [file for suffix in ("py", "md") for file in sorted(HOUSE.glob(f"[!.]*/**/*.{suffix}"))]
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    target.write_text(text, encoding="utf-8")
    return text.count("\n")


def shrink_all(work: Path, strings: int) -> list[tuple[str, ...]]:
    """Shrink every tokenizer in every way; a broken law raises."""
    sys.path.insert(0, str(HOUSE))
    from tests.tokenizer.world import PAIRS, WORLDS, World, tekken

    found = tekken()
    if found is None:
        print("tekken is left out: mistral-common is not installed\n")
    worlds = {
        **WORLDS,
        **PAIRS,
        **({"tekken": World(lambda *_: found, 1256, complete=True)} if found else {}),
    }
    table: list[tuple[str, ...]] = []
    for number, (name, world) in enumerate(worlds.items(), 1):
        print(f"{number} of {len(worlds)}: {name}", file=sys.stderr)
        source = world.find(REAL, empty(work / "sources" / name))
        corpus = [work / "texts.txt"]
        ways: list[tuple[str, dict[str, Any]]] = [
            ("floor", {}),
            ("truncate", {"vocab_size": 1000}),
            ("truncate", {"vocab_size": SIZE}),
            ("corpus", {"corpus": corpus}),
            ("corpus", {"corpus": corpus, "vocab_size": 1000}),
            ("corpus", {"corpus": corpus, "vocab_size": SIZE}),
            ("retrain", {"corpus": corpus, "vocab_size": 1000, "method": "retrain"}),
            ("retrain", {"corpus": corpus, "vocab_size": SIZE, "method": "retrain"}),
            ("scratch", {"method": "scratch"}),
            ("scratch", {"method": "scratch", "vocab_size": SIZE}),
        ]
        for method, words in ways:
            table.append(_shrink(name, world, source, method, words, work / "out", strings))
    return table


def compare(name: str, work: Path) -> list[Row]:
    """What shrinking one takes, against training anew in transformers and against loading it alone.

    transformers starts from the same files where its classes read them, else from a tokenizer.json.
    """
    source, whole, out = REAL / "tokenizers" / name, work / f"{name}-whole", work / "timed"
    fresh(write_whole, source, empty(whole))
    same = source if (source / "tokenizer_config.json").is_file() else whole
    texts = str(work / "texts.txt")
    ours, trained, loaded = race(
        RUNS,
        [
            [
                sys.executable,
                "-m",
                "tinydata",
                "tokenizer",
                str(source),
                "--vocab-size",
                str(SIZE),
                "-o",
                str(out / "a"),
            ],
            [sys.executable, "-c", TRAIN, str(same), texts, str(out / "b")],
            [sys.executable, "-c", LOAD, str(whole / "tokenizer.json")],
        ],
        before=lambda: empty(out),
    )
    cost, size_bytes = fresh(make_one, source, empty(out) / "c")
    what = LARGEST[name]
    limit = 200_000
    return [
        Row(f"{what}, whole process", f"{ours:.2f} s", f"train_new {trained:.2f} s", f"{ours / trained:.2f}x", "<= 0.2x", ours <= trained / 5),
        Row(f"{what}, whole process", f"{ours:.2f} s", f"from_file {loaded:.2f} s", f"{ours / loaded:.1f}x", "<= 3x", ours <= 3 * loaded),
        Row(f"{what}, peak memory", f"{cost.peak_bytes / 1e6:.0f} MB", "", "", "<= 600 MB", cost.peak_bytes <= 600e6),
        Row(f"{what}, tokenizer.json of 3,000", f"{size_bytes / 1e3:.0f} kB", "", "", "<= 200 kB", size_bytes <= limit),
    ]  # fmt: skip


def write_whole(source: Path, target: Path) -> None:
    """The whole tokenizer as a tokenizer.json that `AutoTokenizer` loads: what the rivals start from."""
    from tinydata.tokenizer.document import render_json, write_document
    from tinydata.tokenizer.files import find_forms
    from tinydata.tokenizer.origin import open_origin
    from tinydata.tokenizer.single import read_vocabulary

    origin = open_origin(source)
    vocabulary = read_vocabulary(origin, find_forms(origin))
    (target / "tokenizer.json").write_bytes(render_json(write_document(vocabulary)))
    unk = {"unk_token": "<unk>"} if "<unk>" in vocabulary.ids else {}
    (target / "tokenizer_config.json").write_bytes(render_json({"tokenizer_class": "PreTrainedTokenizerFast", **unk}))


def make_one(source: Path, target: Path) -> tuple[Cost, int]:
    """Shrink one; what it took, imports included, and the size of its tokenizer.json."""
    with measured() as cost:
        import tinydata

        tinydata.make_tokenizer(source, target, vocab_size=SIZE)
    return cost, (target / "tokenizer.json").stat().st_size


def _shrink(
    name: str, world: Any, source: Path, method: str, words: dict[str, Any], out: Path, strings: int
) -> tuple[str, ...]:
    import tinydata
    from tinydata.errors import BadCorpus, BadWord, UnknownSource

    try:
        made = tinydata.make_tokenizer(source, out, like=world.like, overwrite=True, **words)
    except (BadCorpus, BadWord, UnknownSource) as error:
        return (name, method, f"{words.get('vocab_size', '')}: {str(error).split(': ', 1)[1]}", "", "", "", "")
    before, after = made.cost
    same = "new tokens" if method in ("retrain", "scratch") else f"{made.texts[1]:,} of {made.texts[0]:,}"
    decoded = ""
    if world.complete and "tokenizer.json" in made.files:
        decoded = f"{_decoded(source, world.like, made.path, strings):,} of {strings:,}"
    size_kb = (made.path / "tokenizer.json").stat().st_size / 1000 if "tokenizer.json" in made.files else 0
    tokens = f"{made.vocab_size[0]:,} -> {made.vocab_size[1]:,}"
    return (name, method, tokens, f"{size_kb:.0f}", same, decoded, f"{before} -> {after}")


def _decoded(source: Path, like: str | None, small: Path, strings: int) -> int:
    """How many random strings come out as with the original."""
    from tokenizers import Tokenizer

    from tinydata.tokenizer.files import find_forms
    from tinydata.tokenizer.origin import open_origin
    from tinydata.tokenizer.probes import probes
    from tinydata.tokenizer.raw import to_tokenizer
    from tinydata.tokenizer.single import read_vocabulary

    origin = open_origin(source, like)
    old = to_tokenizer(read_vocabulary(origin, find_forms(origin)), source)
    new = Tokenizer.from_file(str(small / "tokenizer.json"))
    new.no_truncation()
    new.no_padding()
    texts = [text for number, text in enumerate(probes([], strings, rng_seed=7)) if number >= 10]
    return sum(
        old.decode(old.encode(text).ids, skip_special_tokens=False)
        == new.decode(new.encode(text).ids, skip_special_tokens=False)
        for text in texts
    )


def _print_laws(table: list[tuple[str, ...]]) -> None:
    lines = [KEPT, *table]
    widths = [max(len(line[place]) for line in lines) for place in range(len(KEPT))]
    for number, line in enumerate(lines):
        print("| " + " | ".join(word.ljust(width) for word, width in zip(line, widths, strict=True)) + " |")
        if not number:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


if __name__ == "__main__":
    main()
