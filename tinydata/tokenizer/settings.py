"""Settings: the configs beside a vocabulary, with the ids of its tokens as they are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tinydata.tokenizer.classes import OF_PYTHON, is_own
from tinydata.tokenizer.document import render_json
from tinydata.tokenizer.id_keys import follow_ids, ids_named
from tinydata.tokenizer.origin import LISTED, TEMPLATES, Origin, content_of, named_specials
from tinydata.tokenizer.rebuilt import cuts_otherwise, own_settings
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

MODEL_CONFIGS = ("config.json", "generation_config.json")
AS_THEY_ARE = (
    "chat_template.jinja",
    "chat_template.json",
    "preprocessor_config.json",
    "processor_config.json",
    "normalizer.json",
    "LICENSE",
)
FASTEST = "PreTrainedTokenizerFast"  # the name that transformers 4 and 5 both know


@dataclass
class Settings:
    """The configs as they are now.

    Args:
        files: Name -> content.
        unmapped: Ids that could not follow, a line each.
        written_out: Keys that config.json left out and whose defaults were old ids.
        renamed: The class that tokenizer_config.json named, where another is named now and the tokenizer.json is why.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)
    written_out: list[str] = field(default_factory=list)
    renamed: str | None = None

    @property
    def told(self) -> list[str]:
        """What is worth telling, a line each."""
        told = [f"written out, since its default was an old id: {key}" for key in self.written_out]
        if self.renamed:
            told.append(f"{self.renamed} would not encode as the tokenizer.json says: the class named is {FASTEST}")
        return [*told, *self.unmapped]


def follow_settings(origin: Origin, cut: Cut, sizes: Mapping[str, int] | None = None) -> Settings:
    """Give the configs the new ids, and make a tokenizer_config.json where there is none.

    Args:
        sizes: Of a tokenizer that is of Python alone: the sizes of a model's config that differ from that of `cut`. Its
            tokenizer_config.json is not changed otherwise.
    """
    settings = Settings()
    for name in MODEL_CONFIGS:
        if name in origin.files:
            least = min(len(cut.old.pieces), cut.old.size)
            followed = follow_ids(origin.config(name), cut.old_to_new, cut.old.size, cut.new.size, least)
            own = {key: size for key, size in (sizes or {}).items() if key in followed.config}
            settings.files[name] = render_json({**followed.config, **own}, indent=2)
            settings.unmapped += [f"{name}: {problem}" for problem in followed.unmapped]
            settings.written_out += [f"{name}: {key}" for key in followed.written_out]
    if sizes is None or "tokenizer_config.json" in origin.files:
        config, settings.renamed = _tokenizer_config(origin, cut, rebuilt=sizes is None)
        settings.files["tokenizer_config.json"] = render_json(config, indent=2)
    if "special_tokens_map.json" in origin.files:
        kept = _without_gone(origin.config("special_tokens_map.json"), cut)
        settings.files["special_tokens_map.json"] = render_json(kept, indent=2)
    if "added_tokens.json" in origin.files:
        ids = cut.new.ids
        kept = {token: ids[token] for token in origin.config("added_tokens.json") if token in ids}
        settings.files["added_tokens.json"] = render_json(kept, indent=2)
    for name in origin.files:
        if name in AS_THEY_ARE or name.startswith(f"{TEMPLATES}/"):
            settings.files[name] = origin.read(name)
    return settings


def pinned_tokens(origin: Origin, vocabulary: Vocabulary) -> frozenset[str]:
    """The tokens that the configs name, one by one."""
    ids = vocabulary.ids
    places = {place for name in MODEL_CONFIGS for place in ids_named(origin.config(name))}
    named = [token for token, place in ids.items() if place in places] if places else []
    return frozenset({*named, *(token for token in named_specials(origin).values() if token in ids)})


def guess_named(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    """Names for the special tokens of a vocabulary that comes without any config.

    A token that only looks like one, and is a piece like others, gets none: a name would make it special.
    """
    known = {
        "bos_token": ("<s>", "<|begin_of_text|>", "<|startoftext|>", "<|endoftext|>"),
        "eos_token": ("</s>", "<|end_of_text|>", "<|endoftext|>"),
        "unk_token": ("<unk>", "[UNK]"),
        "sep_token": ("[SEP]", "<sep>"),
        "pad_token": ("<pad>", "[PAD]"),
        "cls_token": ("[CLS]", "<cls>"),
        "mask_token": ("[MASK]", "<mask>"),
    }
    specials = {token["content"] for token in vocabulary.added if token["special"]}
    for name, tokens in known.items():
        found = next((token for token in tokens if token in specials), None)
        if found is not None:
            yield name, found


def _tokenizer_config(origin: Origin, cut: Cut, *, rebuilt: bool = True) -> tuple[dict[str, Any], str | None]:
    """The config, and the class that it named where another is named for the sake of the tokenizer.json."""
    old = origin.config("tokenizer_config.json")
    config = dict(_without_gone(old, cut)) if old else dict(_guess(cut))
    told = config.pop("added_tokens_decoder", None)  # null stops transformers
    if told is not None:
        ids = cut.new.ids
        decoder = {ids[token["content"]]: token for token in told.values() if token["content"] in ids}
        config["added_tokens_decoder"] = {str(place): decoder[place] for place in sorted(decoder)}
    if not rebuilt:
        return config, None
    name = str(config.get("tokenizer_class") or "").removesuffix("Fast")
    # transformers 4 does not know TokenizersBackend; a class that reads sentencepiece rebuilds normalizer and template in code, which
    # without a tokenizer.json of its own are not those that sentencepiece has.
    native = "tokenizer.json" not in origin.files and any(name.endswith(".model") for name in origin.files)
    native = native and not is_own(origin)
    # A class of the folder's own code would have to be run, and knows nothing of the files written here.
    foreign = config.pop("auto_map", None) is not None
    otherwise = name in OF_PYTHON or cuts_otherwise(name, cut.new.frame, config)
    if native or foreign or otherwise or config.get("tokenizer_class") in (None, "TokenizersBackend"):
        own = own_settings(name or origin.tokenizer_class)
        config = {**_plain_inputs(cut), **own, **config, "tokenizer_class": FASTEST}
    if isinstance(config.get("extra_special_tokens"), list):  # a list under this name breaks transformers 4
        config.setdefault("additional_special_tokens", config.pop("extra_special_tokens"))
    for key in ("is_local", "local_files_only", "backend"):
        config.pop(key, None)
    return config, name if otherwise and not (native or foreign) else None


def _without_gone(config: Mapping[str, Any], cut: Cut) -> dict[str, Any]:
    changed = dict(config)
    for name in LISTED:
        if isinstance(config.get(name), list):
            changed[name] = [token for token in config[name] if content_of(token) in cut.new.ids]
        elif isinstance(config.get(name), dict):
            changed[name] = {key: token for key, token in config[name].items() if content_of(token) in cut.new.ids}
    return changed


def _plain_inputs(cut: Cut) -> dict[str, Any]:
    """What a model is given: of transformers 4 the fastest class gives types of tokens too, which few models but BERT and its kin take."""
    return {} if cut.old.family == "WordPiece" else {"model_input_names": ["input_ids", "attention_mask"]}


def _guess(cut: Cut) -> Iterator[tuple[str, Any]]:
    yield "tokenizer_class", FASTEST
    yield from _plain_inputs(cut).items()
    yield "clean_up_tokenization_spaces", False
    yield "model_max_length", 1_000_000_000
    yield from guess_named(cut.new)
