"""Generating: what to hand to `generate`, told from what the forward runs on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import torch

from tinydata.errors import NoInputs
from tinydata.model.inputs.asked import add_main
from tinydata.model.inputs.attempt import Attempt
from tinydata.model.inputs.calling import SEED, copied, entry
from tinydata.model.inputs.candidates import Candidate
from tinydata.model.inputs.facts import ROWS, Facts
from tinydata.model.inputs.recipes import Recipe, given, ids, ones
from tinydata.model.inputs.repair import RULES, Rule
from tinydata.model.inputs.running import Ran, library_in, try_candidate

NEW_TOKENS = 3
PROMPT = 4
# Made by generate itself, step by step.
_OWN = re.compile(r"labels|decoder_(?!start).*|position_ids|use_cache|return_loss|future_.*")
_BESIDE_TEXT = ("input_ids", "attention_mask")


def generation_inputs(model: Any, ran: Ran) -> dict[str, Any]:
    """Keywords with which ``model.generate(**keywords, max_new_tokens=3)`` runs, greedily.

    Args:
        ran: What the forward of the model runs on.

    Raises:
        NoInputs: It runs on nothing that follows from it.
    """
    facts = Facts(model, entry(model))
    tried: list[tuple[str, str]] = []
    for candidate in _candidates(facts, ran):
        found, error = try_candidate(facts, candidate, lambda inputs: generate(model, inputs), GENERATION_RULES)
        if found is not None:
            return found.inputs
        tried.append((candidate.label, error))
    raise NoInputs(tuple(tried), needs=library_in(tried))


def generate(model: Any, inputs: dict[str, Any]) -> Any:
    """Three new tokens: inputs unchanged, torch's random state unchanged."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        return model.generate(**copied(inputs), max_new_tokens=NEW_TOKENS)


def _candidates(facts: Facts, ran: Ran) -> Iterator[Candidate]:
    greedy: dict[str, Any] = {"do_sample": False}
    forward = {name: value for name, value in ran.inputs.items() if not _OWN.fullmatch(name)}
    main = facts.main
    prompt: Recipe = {"input_ids": ids(ROWS, PROMPT), "attention_mask": ones(ROWS, PROMPT)}
    sorts: list[tuple[str, dict[str, Any]]] = [
        ("as forward", forward),
        ("all of forward", ran.inputs),
        ("text", {name: forward[name] for name in _BESIDE_TEXT if name in forward}),
        ("without text", {name: value for name, value in forward.items() if name not in _BESIDE_TEXT}),
        ("main input", {main: forward[main]} if main in forward else {}),
    ]
    for label, inputs in sorts:
        if inputs:
            yield Candidate(label, "given", _recipe({**inputs, **greedy}))
    yield Candidate("prompt", "prompt", {**prompt, **_recipe(greedy)})
    yield Candidate("nothing", "nothing", _recipe(greedy))


def _recipe(inputs: dict[str, Any]) -> Recipe:
    return {name: given(value) for name, value in inputs.items()}


def _start_token(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    name = match["name"]
    return attempt.with_({name: _start(attempt.facts)}) if name not in attempt.inputs else None


def _start(facts: Facts) -> int:
    given = facts.number("decoder_start_token_id", "bos_token_id", "pad_token_id")
    return given if given is not None and 0 <= given < facts.decoder_vocabulary else 0


def _without_unused(attempt: Attempt, match: re.Match[str]) -> dict[str, Any] | None:
    unused = set(re.findall(r"'(\w+)'", match["names"]))
    kept = {name: value for name, value in attempt.inputs.items() if name not in unused}
    return kept if len(kept) < len(attempt.inputs) else None


def _as_dict(attempt: Attempt, _: re.Match[str]) -> dict[str, Any] | None:
    """All that came out, by name, for a model that takes it from there."""
    name = "return_dict_in_generate"
    return attempt.with_({name: True}) if name not in attempt.inputs else None


GENERATION_RULES: tuple[Rule, ...] = (
    Rule(
        "start token",
        re.compile(r"`?(?P<name>decoder_start_token_id|bos_token_id)`?.* (?:defined|given)"),
        _start_token,
    ),
    Rule("unused", re.compile(r"not used by the model: \[(?P<names>[^]]*)\]"), _without_unused),
    Rule("as a dict", re.compile("cannot access local variable"), _as_dict),
    *RULES,
    Rule("main", re.compile("NoneType"), add_main),
)
