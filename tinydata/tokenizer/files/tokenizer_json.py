"""tokenizer.json, of `tokenizers`."""

from __future__ import annotations

from dataclasses import replace

from tinydata.tokenizer.document import number_added, read_document, refuse_damage, render_json, write_document
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.origin import Origin, declared_tokens
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary

NAME = "tokenizer.json"


def finds(origin: Origin) -> tuple[str, ...]:
    """By its name; a single file may have any, if it is JSON and holds a model."""
    if NAME in origin.files:
        return (NAME,)
    only = next(iter(origin.files))
    if len(origin.files) > 1 or not only.endswith(".json"):
        return ()
    plain = origin.json(only)
    return (only,) if isinstance(plain, dict) and isinstance(plain.get("model"), dict) else ()


def read(origin: Origin) -> Vocabulary:
    """Take it apart."""
    (name,) = finds(origin)
    read = read_document(origin.json(name), origin.files[name])
    for token in origin.json(name).get("added_tokens") or ():
        if token["id"] != (place := read.ids[token["content"]]):
            what = f"{token['content']!r} {place}, not {token['id']}"
            origin.notes.append(f"`tokenizers` gives added tokens other ids than the file: {what}")
            break
    return _with_declared(origin, read)


def _with_declared(origin: Origin, read: Vocabulary) -> Vocabulary:
    """With the tokens that only the configs name: `AutoTokenizer` adds them."""
    known = {token["content"] for token in read.added}
    more = [token for token in declared_tokens(origin, read.ids) if token["content"] not in known]
    if not more:
        return read
    whole = replace(read, added=number_added([*read.added, *more], read.pieces))
    refuse_damage(whole, origin.files["tokenizer_config.json" if "tokenizer_config.json" in origin.files else NAME])
    return whole


def write(origin: Origin, cut: Cut) -> dict[str, bytes]:  # noqa: ARG001  (the signature of the table)
    """Put it together, in one line: half the size of an indented one."""
    return {NAME: render_json(write_document(cut.new))}


TOKENIZER_JSON = Form(name="tokenizer.json", finds=finds, read=read, write=write, learns=True)
