"""What a model says about its inputs, and what is changed: each repair on a small model that says it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from tinydata.errors import NoInputs
from tinydata.model.inputs import generation_inputs, run_forward, run_repaired
from tinydata.model.inputs.generating import GENERATION_RULES

IMAGE_TOKEN, SEPARATOR = 5, 7


class Config(SimpleNamespace):
    model_type = "toy"

    def to_dict(self) -> dict[str, Any]:
        return vars(self)


class Toy(nn.Module):
    """Takes ids below 32; `rows` says what it gives back: one tensor."""

    config = Config(vocab_size=32, hidden_size=8)

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(32, 8)
        self.make()

    def make(self) -> None:
        """What it has beside its words."""

    def get_input_embeddings(self) -> nn.Module:
        return self.words


class Placeholders(Toy):
    config = Config(vocab_size=32, hidden_size=8, image_token_id=IMAGE_TOKEN)

    def forward(self, input_ids, pixel_values):
        tokens = int((input_ids == IMAGE_TOKEN).sum())
        if tokens != 6:
            raise ValueError(f"Image features and image tokens do not match: tokens: {tokens}, features 6")
        return self.words(input_ids)


class Unknown(Toy):
    def forward(self, input_ids, **others):
        if others:
            raise TypeError(f"Toy.forward() got an unexpected keyword argument '{next(iter(others))}'")
        return self.words(input_ids)


class Asked(Toy):
    def forward(self, input_ids, visual_embeds=None):
        if visual_embeds is None:
            raise ValueError("You have to specify `visual_embeds`")
        return visual_embeds


class Bounded(Toy):
    def make(self) -> None:
        self.places = nn.Embedding(3, 8)

    def forward(self, input_ids, place_ids=None):
        return self.places(input_ids)


class Shifted(Toy):
    def make(self) -> None:
        self.places = nn.Embedding(40, 8)

    def forward(self, input_ids):
        return self.places(input_ids + 20)


class Indices(Toy):
    def forward(self, latents):
        return self.words(latents)


class Masks(Toy):
    def forward(self, input_ids, attention_mask):
        if attention_mask.dtype != torch.bool:
            raise RuntimeError("Expected attn_mask dtype to be bool")
        return self.words(input_ids)


class Special(Toy):
    config = Config(vocab_size=32, hidden_size=8, sep_token_id=SEPARATOR)

    def forward(self, input_ids):
        found = input_ids == self.config.sep_token_id
        return self.words(input_ids)[found].view(input_ids.shape[0], 1, 8)


class Exactly(Toy):
    def forward(self, input_ids):
        if bool((input_ids == SEPARATOR).sum(-1).ne(3).any()):
            raise ValueError(f"There should be exactly three separator tokens: {SEPARATOR} in every sample")
        return self.words(input_ids)


class MaskOver(Toy):
    def forward(self, input_ids, image_embeds_position_mask=None):
        mask = torch.ones(2, 20, dtype=torch.bool)
        return self.words(input_ids)[mask]


class Side(Toy):
    def forward(self, pixel_values):
        height, width = pixel_values.shape[-2:]
        if (height, width) != (48, 40):
            raise ValueError(f"Input image size ({height}*{width}) doesn't match model (48*40).")
        return pixel_values


class Channels(Toy):
    config = Config(vocab_size=32, hidden_size=8, num_channels=3)

    def make(self) -> None:
        self.groups = nn.Conv2d(20, 20, 2, groups=1)

    def forward(self, pixel_values):
        return self.groups(pixel_values)


class Width(Toy):
    def make(self) -> None:
        self.first = nn.Conv1d(8, 8, 1)
        self.line = nn.Linear(24, 8)

    def forward(self, context_hidden_states, noise_embeds):
        return self.line(context_hidden_states) + noise_embeds


class Normed(Toy):
    def make(self) -> None:
        self.norm = nn.LayerNorm(24)

    def forward(self, noise_embeds):
        return self.norm(noise_embeds)


class Multiple(Toy):
    def forward(self, input_values):
        if input_values.shape[-1] % 1234:
            raise ValueError("the length must be a multiple of 1234")
        return input_values


class Length(Toy):
    def forward(self, input_features):
        if input_features.shape[-1] != 77:
            raise ValueError("Whisper expects the mel input features to be of length 77")
        return input_features


class Small(Toy):
    config = Config(vocab_size=32, hidden_size=8, image_size=24, num_channels=3)

    def make(self) -> None:
        self.look = nn.Conv2d(3, 1, 40)

    def forward(self, pixel_values):
        return self.look(pixel_values)


class Chosen(Toy):
    config = Config(vocab_size=32, hidden_size=8, image_size=8, num_channels=3)

    def forward(self, pixel_values):
        return pixel_values.flatten(1).topk(300).values


class Frames(Toy):
    def forward(self, pixel_values):
        _, frames, _, height, width = pixel_values.shape
        if frames < 4:
            raise RuntimeError(
                f"Calculated padded input size per channel: ({frames} x {height} x {width})."
                " Kernel size: (4 x 3 x 3). Kernel size can't be greater than actual input size"
            )
        return pixel_values


class Ratio(Toy):
    def forward(self, input_values):
        return input_values[:, ::10] + torch.zeros(1234)


class OneRow(Toy):
    def forward(self, input_ids):
        return torch.zeros(input_ids.shape[1], 8).view(input_ids.shape[0], -1, input_ids.shape[1], 8)


class Nothing(Toy):
    def forward(self, input_ids, visual_embeds=None):
        return visual_embeds.sum() + self.words(input_ids)


class Named(Toy):
    """Hands on to its decoder, whose inputs have shorter names there."""

    config = Config(vocab_size=32, hidden_size=8, num_mel_bins=4)

    def forward(self, input_ids, attention_mask=None, speaker_ids=None, decoder_input_values=None):
        return self.words(input_ids).sum() + self.decode(decoder_input_values, speaker_ids)

    def decode(self, input_values, speaker_ids):
        frames = input_values
        return nn.functional.linear(frames, self.words.weight[:, :4])


class OneToken(Toy):
    def forward(self, input_ids=None, inputs_embeds=None):
        if inputs_embeds is None:
            raise ValueError("input_ids and inputs_embeds cannot be None.")
        assert inputs_embeds.shape[:2] == input_ids.shape
        if input_ids.shape[1] > 1:
            raise ValueError("goes on from one token at a time")
        return inputs_embeds


class Guarded(Toy):
    def forward(self, input_ids, lang_ids=None):
        if lang_ids is None:
            raise ValueError("Input language unknown")
        return self.words(input_ids)


class Cached(Toy):
    def forward(self, input_ids, use_cache=True):
        if use_cache:
            raise AttributeError("'ToyCache' object has no attribute 'get_seq_length'")
        return self.words(input_ids)


class HandedOn(Toy):
    """Takes what its signature does not name."""

    def forward(self, input_ids, **others):
        return self.words(input_ids) + self.shift(**others)

    def shift(self, t_cond=None, **_):
        return nn.functional.linear(t_cond, self.words.weight[:8])


class Pair(Toy):
    """Puts two pictures on top of each other before it measures them."""

    def forward(self, pixel_values, prompt_pixel_values):
        both = torch.cat([prompt_pixel_values, pixel_values], dim=2)
        height, width = both.shape[-2:]
        if (height, width) != (96, 40):
            raise ValueError(f"Input image size ({height}*{width}) doesn't match model (96*40).")
        return both


class Heads(nn.Module):
    def __init__(self, layer_type: str, head_dim: int) -> None:
        super().__init__()
        self.layer_type, self.head_dim = layer_type, head_dim


class Shares(Toy):
    config = Config(vocab_size=32, hidden_size=8, num_key_value_heads=2)

    def make(self) -> None:
        self.layers = nn.ModuleList([Heads("sliding", 4), Heads("full", 6)])

    def forward(self, input_ids=None, inputs_embeds=None, shared_kv_states=None):
        if inputs_embeds is None or shared_kv_states is None:
            raise ValueError("inputs_embeds and shared_kv_states cannot be None.")
        assert {kind: key.shape[1::2] for kind, (key, _) in shared_kv_states.items()} == {
            "sliding": (2, 4),
            "full": (2, 6),
        }
        return inputs_embeds


@pytest.mark.parametrize(
    ("model", "repair"),
    [
        (Placeholders, "placeholders"),
        (Asked, "asked"),
        (Bounded, "index"),
        (Shifted, "index"),
        (Indices, "ids"),
        (Masks, "masks"),
        (Special, "special"),
        (Exactly, "special"),
        (MaskOver, "text length"),
        (HandedOn, "none"),
        (Side, "image size"),
        (Pair, "image size"),
        (Channels, "channels"),
        (Width, "width"),
        (Normed, "width"),
        (Multiple, "multiple"),
        (Length, "length"),
        (Small, "too small"),
        (Chosen, "too small"),
        (Frames, "too few frames"),
        (Ratio, "ratio"),
        (OneRow, "one row"),
        (Nothing, "none"),
        (Named, "none"),
        (OneToken, "both"),
        (Guarded, "guarded"),
        (Cached, "cache"),
        (Unknown, "unknown"),
        (Shares, "both"),
    ],
    ids=lambda it: it if isinstance(it, str) else it.__name__,
)
def test_what_a_model_says_is_mended(model, repair):
    ran = run_forward(model())

    assert repair in ran.repairs


class Axes(Toy):
    def forward(self, input_ids, attention_mask=None):
        if self.training and input_ids.shape[1] != 24:
            raise ValueError(
                "make sure that config.axial_pos_shape factors: (4, 6) multiply to sequence length."
                f" Got prod((4, 6)) != sequence_length: {input_ids.shape[1]}."
            )
        return self.words(input_ids)


def test_what_runs_in_another_way_may_want_other_inputs():
    model = Axes()
    inputs = run_forward(model.eval()).inputs

    length = run_repaired(model.train(), inputs, lambda own: model(**own).shape[1])

    assert (inputs["input_ids"].shape[1], length) == (16, 24)


def test_the_same_message_twice_ends_a_candidate():
    class Stubborn(Toy):
        calls = 0

        def forward(self, input_ids, visual_embeds=None):
            Stubborn.calls += 1
            raise ValueError("You have to specify `visual_embeds`")

    with pytest.raises(NoInputs) as raised:
        run_forward(Stubborn())

    assert Stubborn.calls == 2 * len(raised.value.tried)


class Speaker(Toy):
    def forward(self, input_ids, attention_mask):
        return self.words(input_ids)

    def generate(self, max_new_tokens, decoder_start_token_id=None, **others):
        if others:
            raise ValueError(f"The following `model_kwargs` are not used by the model: {list(others)}")
        if decoder_start_token_id is None:
            raise ValueError("`decoder_start_token_id` or `bos_token_id` has to be defined for generation.")
        return torch.zeros(1, max_new_tokens)


def test_what_generate_says_is_mended():
    model = Speaker()

    inputs = generation_inputs(model, run_forward(model))

    assert inputs == {"decoder_start_token_id": 0}


def test_generation_is_given_the_sound_that_forward_did_without():
    class Listener(Speaker):
        def generate(self, max_new_tokens, **others):
            input_values = others.get("input_values")
            return input_values.shape[-1] + torch.zeros(1, max_new_tokens)

    model = Listener()

    assert "input_values" in generation_inputs(model, run_forward(model))


def test_generation_that_reads_what_came_out_by_name_is_asked_for_names():
    class ByName(Speaker):
        def generate(self, max_new_tokens, return_dict_in_generate=False, **others):
            if return_dict_in_generate:
                ids = torch.zeros(1, max_new_tokens)
            return ids

    model = ByName()

    assert generation_inputs(model, run_forward(model))["return_dict_in_generate"] is True


def test_the_library_that_generation_asks_for_is_named():
    class Needy(Speaker):
        def generate(self, max_new_tokens, **others):
            raise ImportError("The scheduler requires `made_up_lib`. Install it with `pip install made_up_lib`")

    model = Needy()

    with pytest.raises(NoInputs) as raised:
        generation_inputs(model, run_forward(model))

    assert raised.value.needs == "made_up_lib"


def test_no_two_rules_do_the_same_on_the_same_words():
    assert len({(rule.pattern.pattern, rule.action) for rule in GENERATION_RULES}) == len(GENERATION_RULES)
