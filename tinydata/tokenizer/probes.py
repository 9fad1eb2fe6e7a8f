"""Probes: texts to hold a vocabulary against, the same on each run: of its tokens, of random Unicode, of many scripts."""

from __future__ import annotations

import random
from collections.abc import Iterator

LINE = "The quick brown fox jumps over the lazy dog, and 1234567890 tiny tokens cost it nothing."
SCRIPTS = (
    LINE,
    "",
    " ",
    "  two  spaces\tand\na\r\nline  ",
    "def f(x):\n    return {'a': [x, 0x1F]}  # !@#$%^&*()",
    "Größe, façade, señor, žluťoučký kůň",
    "Съешь ещё этих мягких французских булок",
    "敏捷的棕色狐狸跳过懒狗。いろはにほへと 다람쥐",
    "نص عربي קטן हिन्दी ภาษาไทย ქართული",
    "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 \u200b\ufeff x² ½ ﬁ Ⅳ ①",
)
BLOCKS = (
    (0x20, 0x7F),
    (0xA0, 0x250),
    (0x370, 0x600),
    (0x900, 0xE00),
    (0x3040, 0x3100),
    (0x4E00, 0x9FFF),
    (0x1F300, 0x1F700),
)


def probes(tokens: list[str], count: int, rng_seed: int = 0) -> Iterator[str]:
    """Yield texts: the fixed ones, then `count` of random ones, three of four of them composed of the tokens.

    Args:
        tokens: Kept tokens, as they look in a text.
    """
    yield from SCRIPTS
    rng = random.Random(rng_seed)
    for number in range(count):
        if number % 4 and tokens:
            yield "".join(rng.choices(tokens, k=rng.randint(1, 8)))
        else:
            yield "".join(map(chr, _characters(rng)))


def _characters(rng: random.Random) -> Iterator[int]:
    for _ in range(rng.randint(1, 12)):
        first, end = rng.choice(BLOCKS) if rng.random() < 0.8 else (0, 0x110000)
        char = rng.randrange(first, end)
        yield char if not 0xD800 <= char < 0xE000 else 0xFFFD  # half of a pair is no character
