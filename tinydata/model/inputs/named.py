"""Named: one input by its name alone, for those that no modality speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable

import torch

from tinydata.model.inputs.documented import documented
from tinydata.model.inputs.facts import LENGTH, ROWS, Draw, Facts, Maker, fixed, ids, normal, ones, unit, zeros
from tinydata.model.inputs.images import picture_of
from tinydata.model.inputs.sessions import session
from tinydata.model.inputs.text import boxes

REGIONS = 8

Named = Callable[[Facts, str], Maker | None]


def named(facts: Facts, name: str) -> Maker | None:
    """How to make an input of this name; None: nothing is known of it."""
    for pattern, made_of in NAMED:
        if re.fullmatch(pattern, name) and (make := made_of(facts, name)) is not None:
            return make
    return None


def _state(facts: Facts, name: str) -> Maker:
    return normal(ROWS, facts.number("max_state_dim", "state_dim") or 8)


def _actions(facts: Facts, name: str) -> Maker | None:
    width = facts.number("max_action_dim", "action_dim", "act_dim")
    return normal(ROWS, facts.number("chunk_size", "action_horizon") or 8, width) if width else None


def _hidden(facts: Facts, name: str) -> Maker:
    width = facts.number("encoder_hidden_size") if name.startswith("encoder") else None
    return normal(ROWS, LENGTH, width or facts.width)


def _image(facts: Facts, name: str) -> Maker:
    picture = picture_of(facts)
    return normal(ROWS, picture.channels, *(picture.side or (64, 64)))


def _patches_masked(facts: Facts, name: str) -> Maker:
    picture = picture_of(facts)
    side = picture.side or picture.sides[0]
    count = side[0] // picture.patch[0] * (side[1] // picture.patch[1])
    if picture.frames and not isinstance(facts.setting("tubelet_size"), list | tuple):
        count *= picture.frames // max(1, picture.depth)

    def make(draw: Draw) -> torch.Tensor:
        mask = torch.zeros(ROWS, count, dtype=torch.bool)
        mask[:, : count // 2] = True
        return mask

    return make


def _places_of_image(facts: Facts, name: str) -> Maker:
    count = facts.number("latent_query_num", "num_image_tokens") or 1

    def make(draw: Draw) -> torch.Tensor:
        mask = torch.zeros(ROWS, max(LENGTH, count + 4), dtype=torch.bool)
        mask[:, 1 : 1 + count] = True
        return mask

    return make


def _whole_number(facts: Facts, name: str) -> Maker | None:
    """1, where the annotation asks for an int."""
    annotation = facts.named[name].annotation if name in facts.named else None
    return (lambda draw: 1) if annotation is int else None


NAMED: tuple[tuple[str, Named], ...] = (
    (r".*_session", session),
    (r"frame_idx", lambda facts, name: lambda draw: 0),
    (r".*", _whole_number),
    (r"lang_ids|language_ids", lambda facts, name: zeros(ROWS)),
    (r"question_type_ids", lambda facts, name: zeros(ROWS, 2)),
    (r"merge_sizes", lambda facts, name: ones(ROWS)),
    (r"num_options|marks", lambda facts, name: fixed([[2, 2]] * ROWS)),
    (r"mm_token_type_ids|token_type_ids", lambda facts, name: zeros(ROWS, LENGTH)),
    (r"task_inputs", lambda facts, name: ids(ROWS, facts.number("task_seq_len") or LENGTH)),
    (r"protein_input_ids", lambda facts, name: ids(ROWS, LENGTH, size=24)),
    (r"state", _state),
    (r"actions|noise", _actions),
    (r"timesteps?", lambda facts, name: unit(ROWS)),
    (r"codebook_pixel_values", lambda facts, name: normal(ROWS, 3, 112, 112)),
    (r"prompt_pixel_values|prompt_masks", _image),
    (r"image_attention_mask", lambda facts, name: ones(ROWS, LENGTH, 1)),
    (r"image_embeds_position_mask", _places_of_image),
    (r"bool_masked_pos", _patches_masked),
    (r"bbox", lambda facts, name: boxes(facts, ROWS, LENGTH)),
    (r".*visual_feats", lambda facts, name: normal(ROWS, REGIONS, facts.number("visual_feat_dim") or facts.width)),
    (r".*visual_pos", lambda facts, name: unit(ROWS, REGIONS, facts.number("visual_pos_dim") or 4)),
    (r"visual_embeds", lambda facts, name: normal(ROWS, REGIONS, facts.number("visual_embedding_dim") or facts.width)),
    (r"latents", lambda facts, name: normal(ROWS, facts.width, LENGTH)),
    (r"input_values", lambda facts, name: normal(ROWS, 1, 3200)),
    (r".*", documented),
    (r".*(input_ids|_ids|codes|token_ids)", lambda facts, name: ids(ROWS, LENGTH)),
    (r".*mask.*", lambda facts, name: ones(ROWS, LENGTH)),
    (r".*(hidden_states|_embeds|inputs_embeds)", _hidden),
    (r".*lengths?", lambda facts, name: fixed([LENGTH] * ROWS)),
    (r".*sizes", lambda facts, name: fixed([[32, 32]] * ROWS)),
)
