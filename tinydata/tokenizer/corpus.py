"""Corpus: texts that tell which tokens are used; each line of a file is one."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tinydata.errors import BadCorpus, BrokenLaw, NoSource
from tinydata.tokenizer.laws import encode
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary


@dataclass(frozen=True)
class Corpus:
    """What a corpus says of a shrunk tokenizer.

    Args:
        texts: How many texts it holds.
        same: How many of them are encoded the same.
        cost: Its tokens before and after.
    """

    texts: int
    same: int
    cost: tuple[int, int]


def read_corpus(paths: Iterable[str | os.PathLike[str]]) -> list[str]:
    """Read the lines of files.

    Raises:
        NoSource: A file is missing.
        BadCorpus: One is not UTF-8, or none holds a text.
    """
    texts: list[str] = []
    files = [Path(path) for path in paths]
    for path in files:
        if not path.is_file():
            raise NoSource(str(path))
        try:
            texts += [line for line in path.read_bytes().decode("utf-8-sig").splitlines() if line.strip()]
        except UnicodeDecodeError as error:
            raise BadCorpus(path, f"no UTF-8 at byte {error.start}") from error
    if not texts:
        raise BadCorpus(", ".join(map(str, files)) or "no file", "no text in it")
    return texts


def count_used(tokenizer: Any, texts: Sequence[str]) -> Counter[str]:
    """How often each token is used."""
    used: Counter[int] = Counter()
    for text in texts:
        used.update(_encode(tokenizer, text))  # by id: an unknown token shows the text it stands for
    return Counter({tokenizer.id_to_token(place): count for place, count in used.items()})


def hold_corpus(cut: Cut, old: Any, new: Any, texts: Sequence[str], *, all_same: bool) -> Corpus:
    """Encode a corpus again and compare.

    Args:
        all_same: Whether each text must come out the same.

    Raises:
        BrokenLaw: One does not.
    """
    ids = {old.token_to_id(token): place for token, place in cut.new.ids.items()}
    same = before = after = 0
    for text in texts:
        old_ids, new_ids = _known(cut.old, _encode(old, text)), _known(cut.new, encode(new, text) or [])
        before, after = before + len(old_ids), after + len(new_ids)
        if [ids.get(place) for place in old_ids] == new_ids:
            same += 1
        elif all_same:
            raise BrokenLaw("the corpus is encoded the same", f"{text!r} is {list(map(new.id_to_token, new_ids))}")
    return Corpus(len(texts), same, (before, after))


def _encode(tokenizer: Any, text: str) -> list[int]:
    ids = encode(tokenizer, text)
    if ids is None:
        raise BadCorpus(
            "corpus", f"{text[:60]!r} has a character without a token, and there is none for what is unknown"
        )
    return ids


def _known(vocabulary: Vocabulary, ids: list[int]) -> list[int]:
    """The ids, with that of the unknown token for what is none."""
    if not vocabulary.hidden:
        return ids
    unk = vocabulary.ids[vocabulary.model["unk_token"]]
    return [place if place < vocabulary.end else unk for place in ids]
