"""Family: what one sort of tokenizer model can do without, and what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tinydata.tokenizer.vocabulary import BYTE_TOKENS, Vocabulary

# A token -> all the tokens on the way to it, itself included; None where the model never yields it.
Tree = Callable[[str], frozenset[str] | None]


@dataclass(frozen=True)
class Alphabet:
    """The tokens of single characters.

    Args:
        must: Those without which plain text is lost.
        may: Those that only let more characters through, the best first.
    """

    must: tuple[str, ...]
    may: tuple[str, ...] = ()


@dataclass(frozen=True)
class Family:
    """What one sort of tokenizer model can do without, and what it cannot.

    Args:
        name: As tokenizer.json has it.
        alphabet: The tokens of single characters.
        needs: The tokens that the model does not work without, or would work otherwise.
        tree: Makes the function that finds the way to a token.
        build: The model as an object of `tokenizers`; raises what `tokenizers` raises.
    """

    name: str
    alphabet: Callable[[Vocabulary], Alphabet]
    needs: Callable[[Vocabulary], tuple[str, ...]]
    tree: Callable[[Vocabulary], Tree]
    build: Callable[[Vocabulary], Any]


def alone(vocabulary: Vocabulary) -> Tree:
    """The tree of a family in which no token stands on others."""
    pieces = vocabulary.pieces
    return lambda token: frozenset((token,)) if token in pieces else None


def characters(vocabulary: Vocabulary) -> Alphabet:
    """ASCII and the pieces of bytes must stay, the other characters may."""
    longest = 1 + max(len(vocabulary.prefix), len(vocabulary.suffix))
    single = [token for token in vocabulary.order if len(token) <= longest and len(vocabulary.bare(token)) == 1]
    must = ["▁"] if "▁" in vocabulary.pieces else []
    pieces_of_bytes = sorted(
        (token for token in BYTE_TOKENS if token in vocabulary.pieces), key=vocabulary.ids.__getitem__
    )
    if vocabulary.byte_fallback:
        return Alphabet((*must, *pieces_of_bytes), tuple(token for token in single if token != "▁"))
    plain = [token for token in single if vocabulary.bare(token).isascii()]
    rest = [token for token in single if not vocabulary.bare(token).isascii() and token not in must]
    return Alphabet((*must, *plain, *pieces_of_bytes), tuple(rest))


def unknown(vocabulary: Vocabulary) -> tuple[str, ...]:
    """The token of what is unknown, where the model has one."""
    token = vocabulary.model.get("unk_token")
    return (token,) if token in vocabulary.ids else ()
