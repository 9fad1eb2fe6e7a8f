"""The search: it finds what runs, leaves out as little as it can, and says why there is nothing."""

from __future__ import annotations

import itertools
import time

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from transformers import AutoConfig, BambaConfig, LlamaConfig, LlamaForCausalLM

from tinydata.errors import NothingRuns
from tinydata.model.backoff import fewest, suspects
from tinydata.model.classes import class_of
from tinydata.model.config import tree_of
from tinydata.model.plan import AIMS, PRESETS, Change, Plan
from tinydata.model.polish import steps
from tinydata.model.search import find_smallest
from tinydata.model.trial import gradient_share, outline, try_values

SMALL = 250_000


def change(name: str, role: str = "width", node: tuple[str, ...] = ()) -> Change:
    return Change((*node, name), 64, 8, "smaller", role, node)


def class_and_config(model_type: str, **values: object):
    config = AutoConfig.for_model(model_type, **values)
    return class_of(config), config


@pytest.mark.parametrize("model_type", ["llama", "gpt2", "t5", "vit", "qwen3_moe", "whisper", "clip", "swin"])
def test_what_is_found_is_small_runs_learns_and_keeps_every_kind_of_layer(model_type):
    cls, config = class_and_config(model_type)

    found = find_smallest(cls, config)

    assert found.trial.ok
    assert found.trial.finite
    assert found.trial.parameters < SMALL
    assert outline(cls, config).kinds <= outline(cls, found.config).kinds


@pytest.mark.parametrize("model_type", ["llama", "olmo2", "qwen3_moe"])
@pytest.mark.parametrize(("preset", "head_dim", "multiple"), [("flash", 8, 8), ("vllm", 32, 8), ("tp2", 4, 4)])
def test_polishing_keeps_what_a_preset_promises(model_type, preset, head_dim, multiple):
    cls, config = class_and_config(model_type, intermediate_size=11008, max_position_embeddings=2048)

    small = find_smallest(cls, config, aims=PRESETS[preset]).config

    width = getattr(small, "head_dim", None) or small.hidden_size // small.num_attention_heads
    assert width % head_dim == 0
    assert small.hidden_size == PRESETS[preset][0].width
    assert small.intermediate_size % multiple == 0


def test_the_original_stays_as_it_is():
    cls, config = class_and_config("llama")
    before = config.to_dict()

    find_smallest(cls, config)

    assert config.to_dict() == before


def test_the_search_leaves_the_random_state_alone():
    cls, config = class_and_config("gpt2")
    before = torch.random.get_rng_state()

    find_smallest(cls, config)

    assert torch.equal(before, torch.random.get_rng_state())


def test_a_slow_machine_finds_the_same_model(monkeypatch):
    cls, config = class_and_config("swin")
    fast = find_smallest(cls, config)
    clock = itertools.count(step=5.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))

    slow = find_smallest(cls, config)

    assert slow.config.to_dict() == fast.config.to_dict()
    assert slow.plan == fast.plan


def test_a_search_that_never_ends_is_an_error_and_no_other_model():
    cls, config = class_and_config("llama")

    with pytest.raises(NothingRuns, match="took too long"):
        find_smallest(cls, config, seconds=0)


class Speaks(nn.Module):
    """Gives back what `said` makes of the widened numbers it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def said(self, numbers: torch.Tensor) -> torch.Tensor:
        return numbers

    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        return self.said(self.layer(numbers))


class Codes(Speaks):
    def said(self, numbers: torch.Tensor) -> torch.Tensor:
        return numbers.argmax(-1)


class Infers(Speaks):
    @torch.inference_mode()
    def forward(self, numbers: torch.Tensor) -> torch.Tensor:
        return self.layer(numbers)


@pytest.mark.parametrize(("model", "share"), [(Speaks, 1.0), (Infers, 1.0), (Codes, 0.0)])
def test_a_gradient_is_asked_of_what_can_have_one(model, share):
    assert gradient_share(model(), {"numbers": torch.ones(2, 4)}) == share


def test_what_the_user_set_stands_and_is_not_polished_away():
    cls, config = class_and_config("llama")

    found = find_smallest(cls, config, settings={("hidden_size",): 128, ("vocab_size",): 1000})

    assert (found.config.hidden_size, found.config.vocab_size) == (128, 1000)


def test_at_most_so_many_parameters_are_taken():
    cls, config = class_and_config("llama")

    found = find_smallest(cls, config, max_parameters=30_000)

    assert found.trial.parameters <= 30_000


def test_fewer_parameters_than_can_run_are_said_to_be_too_few():
    cls, config = class_and_config("llama")

    with pytest.raises(NothingRuns, match="the least that runs") as error:
        find_smallest(cls, config, max_parameters=10)

    assert error.value.answer == "not found"


def test_a_config_that_transformers_cannot_build_is_said_to_be_one():
    cls, config = class_and_config("sapiens2")  # by default its head has no widths

    with pytest.raises(NothingRuns, match="NoneType") as error:
        find_smallest(cls, config)

    assert error.value.answer == "transformers cannot build it"


def test_a_default_that_leaves_a_key_empty_is_filled_and_said_to_be():
    cls, config = class_and_config("autoformer")  # by default it has no prediction_length

    found = find_smallest(cls, config)

    assert found.mended
    assert found.config.prediction_length > 0


def test_a_key_that_generation_alone_asks_for_is_filled():
    cls, config = class_and_config("qwen2_5_omni_thinker")  # by default it has no vision_start_token_id

    found = find_smallest(cls, config)

    assert found.mended
    assert 0 <= found.config.vision_start_token_id < found.config.text_config.vocab_size


def test_a_failure_that_no_size_changes_is_not_searched_for_long():
    cls, config = class_and_config("hunyuan_vl_text")  # by default it splits no head between the axes of a position

    with pytest.raises(NothingRuns, match="NoneType") as error:
        find_smallest(cls, config)

    assert len(error.value.tried) < 5


def test_a_model_without_one_of_its_kinds_of_layer_does_not_pass():
    config = BambaConfig(
        num_hidden_layers=2, attn_layer_indices=[1], hidden_size=32, intermediate_size=64, num_attention_heads=4,
        num_key_value_heads=2, vocab_size=64, mamba_n_heads=8, mamba_d_head=8, mamba_d_state=8,
    )  # fmt: skip
    cls = class_of(config)
    kinds = outline(cls, config).kinds

    trial = try_values(cls, config, tree_of(config).values | {"attn_layer_indices": [0, 1]}, kinds=kinds)

    assert trial.stage == "kinds"
    assert trial.lost


def test_a_trial_says_at_which_question_it_failed():
    config = LlamaConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4, vocab_size=64
    )
    values = tree_of(config).values

    def stage(**changed: object) -> str:
        return try_values(LlamaForCausalLM, config, values | changed).stage

    assert stage() == "ok"
    assert stage(hidden_size=30) == "config"
    assert stage(vocab_size=10_000_000) == "big"
    assert stage(num_key_value_heads=3) == "forward"


def test_every_parameter_of_a_language_model_gets_a_gradient():
    config = LlamaConfig(
        hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=4, vocab_size=64
    )

    assert gradient_share(LlamaForCausalLM(config), {"input_ids": torch.tensor([[1, 2, 3]])}) == 1.0


def test_the_first_aim_comes_first():
    cls, config = class_and_config("llama")

    assert find_smallest(cls, config).config.hidden_size == AIMS[0].width


@given(st.sets(st.integers(0, 30), min_size=1, max_size=4))
def test_of_many_changes_only_those_at_fault_are_left_out(guilty):
    changes = tuple(change(f"key_{place}") for place in range(31))
    faults = {changes[place] for place in guilty}

    assert set(fewest(changes, lambda left_out: faults <= set(left_out))) == faults


def test_the_user_is_no_suspect():
    plan = Plan((change("hidden_size"), change("vocab_size", "set")))

    assert [name for name, _ in suspects(plan)] == ["width"]


def test_a_role_in_one_part_is_suspected_before_two_roles_in_all():
    plan = Plan((change("a", "width"), change("b", "width", ("vision_config",)), change("c", "heads")))

    names = [name for name, _ in suspects(plan)]

    assert names == ["heads", "width", "width of the whole", "width of vision_config", "heads and width"]


@pytest.mark.parametrize(
    ("leaves", "shape", "step"),
    [
        ({"a": 512, "b": 96}, (512, 8), {("a",): 64}),
        ({"a": 64, "b": 96}, (512, 96), {("a",): 16}),  # doubled three times
        ({"a": 1024}, (1026, 16), {("a",): 128}),  # a table of positions has two rows more
        ({"a": 512, "b": 512}, (512, 8), {("a",): 64, ("b",): 64}),  # equal values go together
    ],
)
def test_the_largest_tensor_says_what_to_make_smaller(leaves, shape, step):
    found = [step for _, step in steps([((key,), value) for key, value in leaves.items()], [("it", shape)])]

    assert step in found


def test_a_list_of_widths_is_made_smaller_as_a_whole():
    leaves = [(("sizes", place), value) for place, value in enumerate((64, 128, 256))]

    found = [step for _, step in steps(leaves, [("it", (256, 256))])]

    assert {("sizes", 0): 16, ("sizes", 1): 32, ("sizes", 2): 64} in found


def test_nothing_that_stands_behind_no_tensor_is_touched():
    assert list(steps([(("a",), 100)], [("it", (512, 64))])) == []
