"""Families: one file for each sort of tokenizer model, one name in the table."""

from __future__ import annotations

from tinydata.tokenizer.families.bpe import BPE
from tinydata.tokenizer.families.family import Alphabet, Family, Tree
from tinydata.tokenizer.families.unigram import UNIGRAM
from tinydata.tokenizer.families.wordlevel import WORDLEVEL
from tinydata.tokenizer.families.wordpiece import WORDPIECE

__all__ = ["FAMILIES", "Alphabet", "Family", "Tree"]

FAMILIES: dict[str, Family] = {family.name: family for family in (BPE, UNIGRAM, WORDPIECE, WORDLEVEL)}
