"""Layout: the tokens that post-processors and padding name, and their ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tinydata.tokenizer.vocabulary import flat


def named_tokens(frame: Mapping[str, Any]) -> set[str]:
    """The tokens that templates put into every text, and the one that pads it."""
    found = {token for processor in flat(frame.get("post_processor")) for token in _of_processor(processor)}
    padding = frame.get("padding")
    return found | ({padding["pad_token"]} if padding and "pad_token" in padding else set())


def named_ids(frame: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The tokens of templates, each with the id that stands beside it."""
    for processor in flat(frame.get("post_processor")):
        for special in (processor.get("special_tokens") or {}).values():
            yield from zip(special["tokens"], special["ids"], strict=True)
        for name in ("cls", "sep"):
            if name in processor:
                yield processor[name][0], processor[name][1]


def follow_layout(frame: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, Any]:
    """The frame with the new ids, however deep the post-processors are nested."""
    changed = dict(frame)
    changed["post_processor"] = _follow(frame.get("post_processor"), ids)
    padding = frame.get("padding")
    if padding and padding.get("pad_token") in ids:
        changed["padding"] = {**padding, "pad_id": ids[padding["pad_token"]]}
    return changed


def _follow(processor: Mapping[str, Any] | None, ids: Mapping[str, int]) -> dict[str, Any] | None:
    if processor is None:
        return None
    changed = dict(processor)
    if "processors" in changed:
        changed["processors"] = [_follow(inner, ids) for inner in changed["processors"]]
    if "special_tokens" in changed:
        changed["special_tokens"] = {
            name: {**special, "ids": [ids[token] for token in special["tokens"]]}
            for name, special in changed["special_tokens"].items()
        }
    for name in ("cls", "sep"):
        if name in changed:
            changed[name] = [changed[name][0], ids[changed[name][0]]]
    return changed


def _of_processor(processor: Mapping[str, Any]) -> Iterator[str]:
    for special in (processor.get("special_tokens") or {}).values():
        yield from special["tokens"]
    for name in ("cls", "sep"):
        if name in processor:
            yield processor[name][0]
