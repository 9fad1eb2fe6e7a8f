"""Document: a tokenizer.json, old or new, as a vocabulary, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from tinydata.errors import DamagedSource, UnknownSource
from tinydata.tokenizer.families import FAMILIES
from tinydata.tokenizer.families.bpe import product
from tinydata.tokenizer.layout import named_ids, named_tokens
from tinydata.tokenizer.shapes import refuse_shapes, short
from tinydata.tokenizer.vocabulary import Vocabulary

HEAD: dict[str, Any] = {"version": "1.0", "truncation": None, "padding": None}
BODY: dict[str, Any] = {"normalizer": None, "pre_tokenizer": None, "post_processor": None, "decoder": None}
MOST_IDS = 1 << 31
FLAGS = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": True, "special": False}


class NotANumber(ValueError):
    """What Python's reader of JSON takes for a number, and no other does."""


def parse_json(content: bytes, path: Path, *, finite: bool = False) -> Any:
    """Parse a JSON file.

    Args:
        finite: Whether `NaN` and `Infinity` are none. Python, and so transformers, writes them into configs; `tokenizers` reads none.

    Raises:
        DamagedSource: It is none; the byte at which it breaks is named.
    """
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_no_number if finite else None)
    except UnicodeDecodeError as error:
        raise DamagedSource(path, f"no UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        place = len(error.doc[: error.pos].encode())
        raise DamagedSource(path, f"no JSON: {error.msg[:1].lower()}{error.msg[1:]} at byte {place}") from error
    except NotANumber as error:
        raise DamagedSource(path, f"no JSON: {error} is no number there") from error
    except RecursionError as error:
        raise DamagedSource(path, "no tokenizer: its JSON is nested too deep") from error


def render_json(content: Any, indent: int | None = None) -> bytes:
    """Write JSON: compact, or indented for a person; the same bytes each time."""
    separators = None if indent else (",", ":")
    text = json.dumps(content, ensure_ascii=False, indent=indent, separators=separators)
    return (text + "\n" if indent else text).encode("utf-8", "surrogatepass")


def read_document(document: Any, path: Path) -> Vocabulary:
    """Take a tokenizer.json apart.

    Raises:
        UnknownSource: It is JSON, but no tokenizer.
        DamagedSource: A merge, an unknown token or an id leads nowhere.
    """
    model = document.get("model") if isinstance(document, dict) else None
    if not isinstance(model, dict) or not isinstance(model.get("vocab"), (dict, list)):
        raise UnknownSource(str(path), "no tokenizer: a model with a vocab is wanted")
    family = _family(model)
    if family not in FAMILIES:
        raise UnknownSource(str(path), f"a tokenizer of the family {family}: there is {', '.join(FAMILIES)}")
    refuse_shapes(document, path)
    try:
        pieces = _pieces(model["vocab"])
        read = Vocabulary(
            family=family,
            frame={**HEAD, **BODY, **_without(document, "added_tokens"), "model": _settings(model, family)},
            pieces=pieces,
            added=number_added(document.get("added_tokens") or (), pieces),
            merges=_merges(model.get("merges") or (), path) if family == "BPE" else (),
            scores={place: float(score) for place, (_, score) in enumerate(model["vocab"])}
            if family == "Unigram"
            else {},
        )
        refuse_damage(read, path)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        if isinstance(error, (DamagedSource, UnknownSource)):
            raise
        raise DamagedSource(path, f"no tokenizer: {type(error).__name__}: {error}") from error
    return read


def number_added(added: Sequence[Mapping[str, Any]], pieces: Mapping[str, int]) -> tuple[dict[str, Any], ...]:
    """The added tokens with the ids that `tokenizers` gives them: those of the model, or the next, whatever the file says."""
    found: dict[str, dict[str, Any]] = {}
    following = len(pieces)
    for token in added:
        content = token["content"]
        if content not in found:
            place = pieces.get(content, following)
            following = max(following, place + 1)
            found[content] = {**FLAGS, **token, "id": place}
    return tuple(sorted(found.values(), key=lambda token: int(token["id"])))


def write_document(vocabulary: Vocabulary) -> dict[str, Any]:
    """Put a tokenizer.json together; merges are pairs, as `tokenizers` writes them."""
    settings = dict(vocabulary.model)
    if vocabulary.family == "Unigram":
        names = {place: token for token, place in vocabulary.pieces.items()}
        settings["vocab"] = [[names[place], vocabulary.scores[place]] for place in sorted(names)]
    else:
        settings["vocab"] = {token: vocabulary.pieces[token] for token in vocabulary.order}
    if vocabulary.family == "BPE":
        settings["merges"] = [list(pair) for pair in vocabulary.merges]
    head = {name: vocabulary.frame[name] for name in HEAD}
    added = [{"id": token["id"], **_without(token, "id")} for token in vocabulary.added]
    rest = {name: part for name, part in vocabulary.frame.items() if name not in (*HEAD, "model")}
    return {**head, "added_tokens": added, **rest, "model": settings}


def refuse_damage(vocabulary: Vocabulary, path: Path) -> None:
    """Raise `DamagedSource` for what would make `tokenizers` panic, or the result useless."""
    pieces = vocabulary.pieces
    for added in vocabulary.added:
        if not isinstance(added["content"], str) or type(added["id"]) is not int:
            raise DamagedSource(path, f"an added token is {short(added['content'])} with the id {short(added['id'])}")
    if not pieces and not vocabulary.added:
        raise DamagedSource(path, "a vocabulary without a token")
    numbers = set(map(type, pieces.values())) == {int} or not pieces
    if not numbers or min(pieces.values(), default=0) < 0 or max(pieces.values(), default=0) >= MOST_IDS:
        odd = next(token for token, place in pieces.items() if type(place) is not int or not 0 <= place < MOST_IDS)
        raise DamagedSource(path, f"token {odd!r} has the id {short(pieces[odd])}")
    try:
        "".join(vocabulary.ids).encode()
    except UnicodeEncodeError as error:  # half of a pair of UTF-16
        odd = next(token for token in vocabulary.ids if error.object[error.start] in token)
        raise DamagedSource(path, f"token {odd!r} is no text") from error
    if len(set(vocabulary.ids.values())) < len(vocabulary.ids):
        names = vocabulary.names
        token, place = next((token, place) for token, place in vocabulary.ids.items() if names[place] != token)
        raise DamagedSource(path, f"{token!r} and {names[place]!r} have one id, {place}")
    if vocabulary.family == "Unigram":
        unk = vocabulary.model.get("unk_id")
        if unk is not None and unk not in vocabulary.scores:
            raise DamagedSource(path, f"unk_id {unk}: the vocabulary ends at {len(vocabulary.scores) - 1}")
    elif (
        (unk := vocabulary.model.get("unk_token"))
        and unk not in (vocabulary.ids if vocabulary.family == "BPE" else pieces)
        and not vocabulary.byte_complete
    ):
        raise DamagedSource(path, f"the unk token {unk!r} is not in the vocabulary")
    named = named_tokens({"post_processor": vocabulary.frame.get("post_processor")})
    missing = min((token for token in named if token not in vocabulary.ids), default=None)
    if missing is not None:
        raise DamagedSource(path, f"the post-processor names {missing!r}, and there is no such token")
    for token, place in named_ids(vocabulary.frame):
        if vocabulary.ids.get(token) != place:
            what = (
                f"the post-processor gives {token!r} the id {short(place)}, the vocabulary {vocabulary.ids.get(token)}"
            )
            raise DamagedSource(path, what)


def refuse_merges(vocabulary: Vocabulary, path: Path) -> None:
    """Raise `DamagedSource` for a merge that leads nowhere.

    `tokenizers` refuses such a vocabulary itself, and has to be asked anyway: this tells which merge it is.
    """
    known = {*vocabulary.pieces, *vocabulary.hidden}
    for number, (left, right) in enumerate(vocabulary.merges):
        made = product(vocabulary, left, right)
        if left not in known or right not in known or made not in known:
            missing = next(part for part in (left, right, made) if part not in known)
            raise DamagedSource(path, f"merge {number}, {left!r} and {right!r}: {missing!r} is not in the vocabulary")


def _no_number(constant: str) -> float:
    raise NotANumber(constant)


def _family(model: Mapping[str, Any]) -> str:
    if "type" in model:
        return str(model["type"])
    if "merges" in model:
        return "BPE"
    if isinstance(model["vocab"], list):
        return "Unigram"
    return "WordPiece" if "max_input_chars_per_word" in model else "WordLevel"


def _settings(model: Mapping[str, Any], family: str) -> dict[str, Any]:
    return {"type": family, **{name: value for name, value in model.items() if name not in ("type", "vocab", "merges")}}


def _pieces(vocab: Any) -> dict[str, int]:
    return {token: place for place, (token, _) in enumerate(vocab)} if isinstance(vocab, list) else dict(vocab)


def _merges(merges: Any, path: Path) -> list[tuple[str, str]]:
    pairs = [tuple(merge.split(" ") if isinstance(merge, str) else merge) for merge in merges]
    odd = next((number for number, pair in enumerate(pairs) if len(pair) != 2), None)
    if odd is None and pairs and set(map(type, chain.from_iterable(pairs))) != {str}:
        odd = next(number for number, pair in enumerate(pairs) if any(type(part) is not str for part in pair))
    if odd is not None:
        raise DamagedSource(path, f"merge {odd} is {short(merges[odd])}: two parts are wanted")
    return pairs


def _without(plain: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in plain.items() if key != name}
