"""Named: one input by its name alone, for those that no modality speaks of."""

from __future__ import annotations

import re
from collections.abc import Callable

import torch

from tinydata.model.inputs.audio import bins_of
from tinydata.model.inputs.documented import documented
from tinydata.model.inputs.facts import LENGTH, ROWS, Facts
from tinydata.model.inputs.pictures import picture_of
from tinydata.model.inputs.recipes import Draw, Maker, fixed, given, ids, normal, ones, unit, zeros
from tinydata.model.inputs.sessions import session
from tinydata.model.inputs.text import boxes

REGIONS = 8
SPEAKER = ("enc_emb_dim", "speaker_embedding_dim", "speaker_embed_dim", "xvector_output_dim")  # how wide a voice is

Named = Callable[[Facts], Maker | None]


def named(facts: Facts, name: str) -> Maker | None:
    """How to make an input of this name; None: nothing is known of it."""
    ways = (session, _whole_number, _by(NAMES), documented, _by(ENDINGS))
    return next((make for way in ways if (make := way(facts, name)) is not None), None)


def _by(table: tuple[tuple[str, Named], ...]) -> Callable[[Facts, str], Maker | None]:
    def look_up(facts: Facts, name: str) -> Maker | None:
        return next((made_of(facts) for pattern, made_of in table if re.fullmatch(pattern, name)), None)

    return look_up


def _whole_number(facts: Facts, name: str) -> Maker | None:
    """1, where the annotation asks for an int."""
    return given(1) if name in facts.named and facts.named[name].annotation is int else None


def _state(facts: Facts) -> Maker:
    return normal(ROWS, facts.number("max_state_dim", "state_dim") or 8)


def _actions(facts: Facts) -> Maker | None:
    width = facts.number("max_action_dim", "action_dim", "act_dim")
    return normal(ROWS, facts.number("chunk_size", "action_horizon") or 8, width) if width else None


def _hidden(facts: Facts, width: int | None) -> Maker:
    return normal(ROWS, LENGTH, width or facts.width)


def _image(facts: Facts) -> Maker:
    picture = picture_of(facts)
    return normal(ROWS, picture.channels, *(picture.side or (64, 64)))


def _patches_masked(facts: Facts) -> Maker:
    picture = picture_of(facts)
    side = picture.side or picture.sides[0]
    count = side[0] // picture.patch[0] * (side[1] // picture.patch[1])
    if picture.frames and not isinstance(facts.setting("tubelet_size"), list | tuple):
        count *= picture.frames // max(1, picture.depth)

    def make(_: Draw) -> torch.Tensor:
        mask = torch.zeros(ROWS, count, dtype=torch.bool)
        mask[:, : count // 2] = True
        return mask

    return make


def _places_of_image(facts: Facts) -> Maker:
    count = facts.number("latent_query_num", "num_image_tokens") or 1

    def make(_: Draw) -> torch.Tensor:
        mask = torch.zeros(ROWS, max(LENGTH, count + 4), dtype=torch.bool)
        mask[:, 1 : 1 + count] = True
        return mask

    return make


def _shared_states(facts: Facts) -> Maker | None:
    """Keys and values of another model for each kind of layer, as wide as the heads that look them up."""
    heads = {
        it.layer_type: (facts.number("num_key_value_heads") or 1, it.head_dim)
        for it in facts.model.modules()
        if isinstance(getattr(it, "layer_type", None), str) and isinstance(getattr(it, "head_dim", None), int)
    }

    def make(draw: Draw) -> dict[str, tuple[torch.Tensor, ...]]:
        return {
            kind: tuple(draw.normal(ROWS, count, LENGTH, width) for _ in range(2))
            for kind, (count, width) in heads.items()
        }

    return make if heads else None


# Names that mean one thing wherever they stand.
NAMES: tuple[tuple[str, Named], ...] = (
    (r"frame_idx", lambda _: given(0)),
    (r"shared_kv_states", _shared_states),
    (r"lang_ids|language_ids", lambda _: zeros(ROWS)),
    (r"question_type_ids", lambda _: zeros(ROWS, 2)),
    (r"num_options|marks", lambda _: fixed([[2, 2]] * ROWS)),
    (r"merge_sizes", lambda _: ones(ROWS)),
    (r"mm_token_type_ids|token_type_ids", lambda _: zeros(ROWS, LENGTH)),
    (r"task_inputs", lambda facts: ids(ROWS, facts.number("task_seq_len") or LENGTH)),
    (r"protein_input_ids", lambda _: ids(ROWS, LENGTH, size=24)),
    (r"state", _state),
    (r"actions|noise", _actions),
    (r"timesteps?", lambda _: unit(ROWS)),
    (r"codebook_pixel_values", lambda _: normal(ROWS, 3, 112, 112)),
    (r"prompt_pixel_values|prompt_masks", _image),
    (r"image_attention_mask", lambda _: ones(ROWS, LENGTH, 1)),
    (r"image_embeds_position_mask", _places_of_image),
    (r"bool_masked_pos", _patches_masked),
    (r"bbox", lambda facts: boxes(facts, ROWS, LENGTH)),
    (r".*visual_feats", lambda facts: normal(ROWS, REGIONS, facts.number("visual_feat_dim") or facts.width)),
    (r".*visual_pos", lambda facts: unit(ROWS, REGIONS, facts.number("visual_pos_dim") or 4)),
    (r"visual_embeds", lambda facts: normal(ROWS, REGIONS, facts.number("visual_embedding_dim") or facts.width)),
    (r"latents", lambda facts: normal(ROWS, facts.width, LENGTH)),
    (r"decoder_input_values", lambda facts: normal(ROWS, LENGTH // 2, bins_of(facts)[0])),
    (r"input_values", lambda _: normal(ROWS, 1, 3200)),
)
# What a name most likely means by its ending; where a docstring tells a shape, that is taken before.
ENDINGS: tuple[tuple[str, Named], ...] = (
    (r".*(_ids|codes?)", lambda _: ids(ROWS, LENGTH)),
    (r".*_mel", lambda facts: normal(ROWS, LENGTH, bins_of(facts)[0])),
    (r".*conditioning", lambda facts: normal(ROWS, facts.number(*SPEAKER) or facts.width)),
    (r".*mask.*", lambda _: ones(ROWS, LENGTH)),
    (r".*_cond", lambda facts: normal(1, 1, facts.width)),
    (r"encoder_hidden_states", lambda facts: _hidden(facts, facts.number("encoder_hidden_size"))),
    (r".*(hidden_states|_embeds)", lambda facts: _hidden(facts, None)),
    (r".*lengths?", lambda _: fixed([LENGTH] * ROWS)),
    (r".*sizes", lambda _: fixed([[32, 32]] * ROWS)),
)
