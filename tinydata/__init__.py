"""Tiny models, tiny tokenizers and tiny datasets, shaped exactly like the real ones."""
__version__ = "0.1.0"
