"""Origin: the files that a tokenizer is spread over, and what they declare of special tokens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource, NoSource, UnknownSource
from tinydata.tokenizer.document import FLAGS, parse_json
from tinydata.tokenizer.shapes import short

OWN = ("extra_special_tokens", "model_specific_special_tokens")  # as a dict: what only some models have
LISTED = ("additional_special_tokens", "extra_special_tokens")
MODEL_TYPES = {  # where it matters to files without a tokenizer.json
    "albert": "AlbertTokenizer",
    "big_bird": "BigBirdTokenizer",
    "byt5": "ByT5Tokenizer",
    "camembert": "CamembertTokenizer",
    "canine": "CanineTokenizer",
    "deberta-v2": "DebertaV2Tokenizer",
    "fnet": "FNetTokenizer",
    "gemma": "GemmaTokenizer",
    "llama": "LlamaTokenizer",
    "m2m_100": "M2M100Tokenizer",
    "mbart": "MBartTokenizer",
    "mistral": "LlamaTokenizer",
    "mixtral": "LlamaTokenizer",
    "mt5": "T5Tokenizer",
    "pegasus": "PegasusTokenizer",
    "perceiver": "PerceiverTokenizer",
    "qwen2": "Qwen2Tokenizer",
    "rembert": "RemBertTokenizer",
    "t5": "T5Tokenizer",
    "xglm": "XGLMTokenizer",
    "xlm-roberta": "XLMRobertaTokenizer",
    "xlnet": "XLNetTokenizer",
}
TEMPLATES = "additional_chat_templates"  # a folder of those that have a name
PAIRED = (("vocab.json", "merges.txt"), ("encoder.json", "vocab.bpe"))  # one without the other says nothing


@dataclass(frozen=True)
class Origin:
    """The files that a tokenizer is spread over.

    Args:
        shown: The source as it was given.
        files: Name -> path.
        like: The layout that was named for a file which tells of none.
        contents: What was read already, by name.
        texts: What of it was read as text.
        parsed: What was made of it, by name.
        used: The names of the files that were looked into.
        own: Configs that a file of another name holds, by the name that they would have.
        notes: What is worth telling of what was read.
    """

    shown: str
    files: Mapping[str, Path]
    like: str | None = None
    contents: dict[str, bytes] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    parsed: dict[str, Any] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    own: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def path(self, name: str) -> Path:
        """Where a file lies, for one that is too large to be read whole."""
        self.used.add(name)
        return self.files[name]

    def head(self, name: str, size: int = 64) -> bytes:
        """What a file begins with, however large it is."""
        with self.files[name].open("rb") as file:
            return file.read(size)

    def read(self, name: str) -> bytes:
        """What a file holds; it is read once."""
        if name not in self.contents:
            self.contents[name] = self.path(name).read_bytes()
        return self.contents[name]

    def text(self, name: str) -> str:
        """A text, its lines ended as on Unix."""
        if name not in self.texts:
            try:
                self.texts[name] = self.read(name).decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError as error:
                raise DamagedSource(self.files[name], f"no UTF-8 at byte {error.start}") from error
        return self.texts[name]

    def lines(self, name: str) -> list[str]:
        """The lines of a text, without an empty last one."""
        lines = self.text(name).split("\n")
        return lines[:-1] if lines and not lines[-1] else lines

    def json(self, name: str, *, finite: bool = True) -> Any:
        """What a JSON file holds; see `parse_json`."""
        if name not in self.parsed:
            self.parsed[name] = parse_json(self.read(name), self.files[name], finite=finite)
        return self.parsed[name]

    def config(self, name: str) -> dict[str, Any]:
        """A JSON file that holds an object; empty where there is none."""
        if name not in self.files:
            return self.own.get(name, {})
        found = self.json(name, finite=False)
        if not isinstance(found, dict):
            raise DamagedSource(self.files[name], "a JSON object is wanted")
        return found

    def numbers(self, name: str) -> dict[str, int]:
        """A JSON file that holds tokens and their ids."""
        found = self.config(name)
        odd = next((token for token, place in found.items() if type(place) is not int), None)
        if odd is not None:
            raise DamagedSource(self.files[name], f"token {odd!r} has the id {short(found[odd])}")
        return found

    @property
    def tokenizer_class(self) -> str:
        """The class that transformers would take, without its speed: as the configs name it, else by the type of the model."""
        model = self.config("config.json")
        named = self.config("tokenizer_config.json").get("tokenizer_class") or model.get("tokenizer_class")
        return str(named or MODEL_TYPES.get(str(model.get("model_type")), "")).removesuffix("Fast")


def open_origin(source: str | os.PathLike[str], like: str | None = None) -> Origin:
    """Find the files of a tokenizer: one file, or the top of a folder, with the templates of chats below it.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: The folder is empty.
    """
    path = Path(source)
    if not str(source):
        raise NoSource("")
    if path.is_file():
        beside = [path.with_name(name) for pair in PAIRED if path.name in pair for name in pair if name != path.name]
        return Origin(str(source), {file.name: file for file in (path, *beside) if file.is_file()}, like)
    if not path.exists():
        raise NoSource(str(source))
    files = {file.name: file for file in sorted(path.iterdir()) if file.is_file() and not file.name.startswith(".")}
    if not files:
        raise UnknownSource(str(source), "an empty folder")
    templates = sorted((path / TEMPLATES).glob("*.jinja"))
    files |= {f"{TEMPLATES}/{file.name}": file for file in templates if file.is_file()}
    return Origin(str(source), files, like)


def named_specials(origin: Origin) -> dict[str, str]:
    """What the configs call by name -> the token: bos_token and so on, and a model's own, such as image_token.

    As in transformers, any key that ends in `_token` is such a name, at the top or in a dict of the model's own ones.
    """
    found = {}
    for config in (origin.config("tokenizer_config.json"), origin.config("special_tokens_map.json")):
        for part in (*(config.get(name) for name in OWN), config):
            for name, token in part.items() if isinstance(part, dict) else ():
                if name.endswith("_token") and (content := content_of(token)) is not None:
                    found[name] = content
    return found


def listed_specials(origin: Origin) -> list[str]:
    """The special tokens that have no name of their own."""
    found: dict[str, None] = {}
    for config in (origin.config("tokenizer_config.json"), origin.config("special_tokens_map.json")):
        for name in LISTED:
            listed = config.get(name) or ()
            for token in listed.values() if isinstance(listed, dict) else listed:
                if (content := content_of(token)) is not None:
                    found[content] = None
    if origin.tokenizer_class == "T5Tokenizer":  # it numbers its own from the end, and makes those that no config lists
        count = origin.config("tokenizer_config.json").get("extra_ids", 100)
        own = [f"<extra_id_{number}>" for number in range(count)]
        return [*(token for token in found if token not in own), *reversed(own)]
    return list(found)


def declared_tokens(origin: Origin, pieces: Mapping[str, int]) -> list[dict[str, Any]]:
    """The added tokens that the configs declare, as tokenizer.json would have them, by id.

    One that has no id yet gets the next.
    """
    decoder = origin.config("tokenizer_config.json").get("added_tokens_decoder") or {}
    added: dict[str, dict[str, Any]] = {}
    for place, token in decoder.items():
        flags = {flag: token.get(flag, default) for flag, default in FLAGS.items()}
        added[token["content"]] = {"id": int(place), "content": token["content"], **flags}
    specials = [*named_specials(origin).values(), *listed_specials(origin)]
    for content, place in origin.config("added_tokens.json").items():
        special = content in specials
        added.setdefault(content, {"id": place, "content": content, **FLAGS, "normalized": False, "special": special})
    following = max([-1, *pieces.values(), *(token["id"] for token in added.values())])
    for content in specials:
        if content not in added:
            following += content not in pieces
            flags = {**FLAGS, "normalized": False, "special": True}
            added[content] = {"id": pieces.get(content, following), "content": content, **flags}
    return sorted(added.values(), key=lambda token: int(token["id"]))


def special_token(content: str, place: int) -> dict[str, Any]:
    """A special token, as tokenizer.json has it."""
    return {"id": place, "content": content, **FLAGS, "normalized": False, "special": True}


def content_of(token: Any) -> str | None:
    """A token of a config: a string, or an object with its content."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else None
