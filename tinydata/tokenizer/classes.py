"""Classes of transformers that read a sentencepiece `.model`: what is known of some, and what transformers itself tells of others."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tinydata.errors import UnknownSource
from tinydata.extras import need
from tinydata.tokenizer.auto import load_auto, quiet_transformers
from tinydata.tokenizer.origin import Origin

# Those whose ids are the model's, and what they put around a text; `add_bos_token` and `add_eos_token` of tokenizer_config.json go before.
CLASSES = {
    **dict.fromkeys(("", "PreTrainedTokenizer", "TokenizersBackend"), (None, None)),
    **dict.fromkeys(("LlamaTokenizer", "CodeLlamaTokenizer", "GemmaTokenizer"), ("bos_token", None)),
    **dict.fromkeys(("T5Tokenizer", "MT5Tokenizer"), (None, "eos_token")),
    **dict.fromkeys(("AlbertTokenizer", "BigBirdTokenizer", "RemBertTokenizer", "FNetTokenizer"), ("cls_token", "sep_token")),
}  # fmt: skip
# Those that know no tokenizer.json, and cut texts by code of their own.
OF_PYTHON = frozenset(
    f"{name}Tokenizer"
    for name in (
        "Bartpho BertGeneration BertJapanese Bertweet BioGpt BlenderbotSmall CTRL Clvp Cpm CpmAnt Dia Esm FSMT FastSpeech2Conformer "
        "Flaubert GPTNeoXJapanese GPTSw3 M2M100 Marian Mgpstr MyT5 PLBart Phobert ProphetNet RoCBert Siglip Speech2Text SpeechT5 Vits "
        "Wav2Vec2CTC Wav2Vec2PhonemeCTC XLM"
    ).split()
)
CONFIGS = ("config.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json")


def is_own(origin: Origin) -> bool:
    """Whether a class is named that may number the pieces itself, and that is no code of the folder's own."""
    native = "tokenizer.json" not in origin.files and "auto_map" not in origin.config("tokenizer_config.json")
    return native and origin.tokenizer_class not in CLASSES


def ask_class(origin: Origin, models: Sequence[str]) -> Any:
    """What the class would write as a tokenizer.json; None where transformers knows none of this name.

    Args:
        models: The files that the class reads.

    Raises:
        UnknownSource: The class does not read them, or is of Python alone.
        MissingExtra: transformers is not installed, or what it reads them with.
    """
    name = origin.tokenizer_class
    transformers = quiet_transformers()
    if not hasattr(transformers, name):
        return None
    need("google.protobuf", extra="transformers")
    with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        for file in (*models, *(file for file in CONFIGS if file in origin.files)):
            (Path(scratch) / file).write_bytes(origin.read(file))
        try:
            loaded = load_auto(Path(scratch))
        except Exception as error:  # whatever transformers raises is the answer: the class does not read them
            told = " ".join(str(error).split())[:200].replace(scratch, origin.shown)
            raise UnknownSource(
                origin.shown, f"a tokenizer.json is wanted: {name} of transformers fails on the model: {told}"
            ) from error
    if not loaded.is_fast:
        what = f"a tokenizer.json is wanted: {name} is of Python alone, and may number the pieces itself"
        raise UnknownSource(origin.shown, what)
    return json.loads(loaded.backend_tokenizer.to_str())
