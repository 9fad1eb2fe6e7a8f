"""Forms: one file for each way in which a vocabulary lies on disk, one name in the table."""

from __future__ import annotations

from tinydata.errors import NothingToShrink, UnknownSource
from tinydata.tokenizer.files.clip import CLIP
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.files.gguf import GGUF
from tinydata.tokenizer.files.sentencepiece import SENTENCEPIECE
from tinydata.tokenizer.files.tekken import TEKKEN
from tinydata.tokenizer.files.tiktoken import TIKTOKEN
from tinydata.tokenizer.files.tokenizer_json import TOKENIZER_JSON
from tinydata.tokenizer.files.vocab_merges import VOCAB_MERGES
from tinydata.tokenizer.files.vocab_txt import VOCAB_TXT
from tinydata.tokenizer.origin import Origin

__all__ = ["FORMS", "Form", "find_forms"]

# The first that finds itself is read: it tells most. The others are cut after it.
FORMS: dict[str, Form] = {
    form.name: form for form in (TOKENIZER_JSON, VOCAB_MERGES, SENTENCEPIECE, TIKTOKEN, TEKKEN, VOCAB_TXT, CLIP, GGUF)
}
WITHOUT = {
    "ByT5Tokenizer": "its tokens are the 256 bytes and its special tokens",
    "CanineTokenizer": "its tokens are the code points of Unicode, hashed",
    "PerceiverTokenizer": "its tokens are the 256 bytes and its special tokens",
}


def find_forms(origin: Origin) -> list[Form]:
    """The forms that lie in a source, the one to read first.

    Raises:
        NothingToShrink: The class has no vocabulary.
        UnknownSource: None does.
    """
    if origin.tokenizer_class in WITHOUT:
        raise NothingToShrink(origin.shown, WITHOUT[origin.tokenizer_class])
    found = [form for form in FORMS.values() if form.finds(origin)]
    if not found:
        raise UnknownSource(origin.shown, f"no tokenizer: one of {', '.join(FORMS)} is wanted")
    return found
