"""What holds for every plan, over real configs and over the defaults of every model type."""

from __future__ import annotations

import copy
import json
import subprocess
import sys

import pytest

from tinydata.model.changes import Plan
from tinydata.model.differences import differences, token_ids
from tinydata.model.names import group, role_groups
from tinydata.model.plan import AIMS, PRESETS, make_plan
from tinydata.model.roles import keys_with, main_heads
from tinydata.model.stages import stage_key
from tinydata.model.tree import grow_tree, is_int, is_ints, is_list

FIXED = [known for known in role_groups() if known.role == "fixed" and known.why.startswith("DO NOT TOUCH")]


@pytest.fixture(scope="module")
def real_configs(real):
    """Every real config, by the name of its folder."""
    return {file.parent.name: json.loads(file.read_text()) for file in sorted((real / "configs").glob("*/config.json"))}


@pytest.fixture(scope="module")
def default_configs():
    """The defaults of every model type that has them, with the class."""
    import transformers

    made = {}
    for model_type in sorted(transformers.CONFIG_MAPPING.keys()):
        try:
            config = transformers.CONFIG_MAPPING[model_type]()
        except Exception:  # a default that its own class refuses, or that asks for a library
            continue
        made[model_type] = config
    assert len(made) > 500
    return made


def all_of(configs):
    return {name: config if isinstance(config, dict) else config.to_dict() for name, config in configs.items()}


@pytest.fixture(scope="module")
def every(real_configs, default_configs):
    """Name -> old values, the plan, new values; planning all of them raises nothing and changes nothing given."""
    made = {}
    for name, values in {**all_of(real_configs), **all_of(default_configs)}.items():
        before = copy.deepcopy(values)
        plan = make_plan(grow_tree(values))
        made[name] = (values, plan, plan.apply(values))
        assert repr(values) == repr(before), name
    return made


def broken(every, law):
    return {name: problem for name, (old, plan, new) in every.items() if (problem := law(old, plan, new))}


def test_planning_the_planned_changes_nothing(every):
    def again(_old, _plan, new):
        return [(change.name, change.old, change.new) for change in make_plan(grow_tree(new)).changes]

    assert set(broken(every, again)) <= {"idefics_perciever"}


def test_every_token_id_that_was_in_its_vocabulary_is_in_the_new_one(every):
    def beyond(old, _plan, new):
        now, then = token_ids(new), token_ids(old)
        for node in grow_tree(new).nodes:
            rows, before = node.values.get("vocab_size"), old_value(old, node.path, "vocab_size")
            for path in now:
                if (
                    path[:-1] == node.path
                    and is_int(rows)
                    and is_int(before)
                    and all(place < before for place in then.get(path, []))
                ) and any(place >= rows for place in now[path]):
                    return path, now[path], rows
        return None

    assert broken(every, beyond) == {}


def test_heads_divide_the_width_where_they_did(every):
    def uneven(old, _plan, new):
        before = {node.path: node for node in grow_tree(old).nodes}
        for node in grow_tree(new).nodes:
            heads, width = main_heads(node), node.values.get("hidden_size")
            was = before[node.path].values if node.path in before else {}
            before_both = [was.get("hidden_size"), was.get(heads or "")]
            divided = is_ints(before_both) and before_both[1] > 0 and before_both[0] % before_both[1] == 0
            if heads and divided and width % node.values[heads]:
                return node.path, heads, node.values[heads], width
        return None

    assert broken(every, uneven) == {}


def test_lists_of_layers_follow_the_depth(every):
    def astray(old, _plan, new):
        before = {node.path: node for node in grow_tree(old).nodes}
        for node in grow_tree(new).nodes:
            depth, was = node.values.get("num_hidden_layers"), before[node.path].values
            for key in ("layer_types", "mlp_layer_types"):
                types = node.values.get(key)
                if (
                    is_list(types)
                    and is_int(depth)
                    and len(was[key]) == was["num_hidden_layers"]
                    and len(types) != depth
                ):
                    return node.path, key, len(types), depth
        return None

    assert broken(every, astray) == {}


def test_every_kind_of_layer_that_is_listed_is_left(every):
    def gone(old, _plan, new):
        before = {node.path: node for node in grow_tree(old).nodes}
        for node in grow_tree(new).nodes:
            for key, types in node.values.items():
                if is_list(types) and str(key).endswith("types") and all(isinstance(kind, str) for kind in types):
                    was = before[node.path].values[key]
                    if set(was) != set(types):
                        return node.path, key, set(was) - set(types)
        return None

    assert broken(every, gone) == {}


def test_what_is_not_to_be_touched_is_not(every):
    follows = (
        "grids",
        "counts_of_patches",
        "multipliers",
        "channel_factors",
        "norm_groups",
        "tilings",
        "grid_lists",
        "mixed_lists",
    )

    def touched(_old, plan, _new):
        for change in plan.changes:
            key = str(change.path[-1])
            first = next((known for known in role_groups() if known.holds(key)), None)
            followed = any(group(name).holds(key) for name in follows) or key == "window_size" or key.endswith("groups")
            if is_int(change.old) and first in FIXED and not followed:
                return change.name
        return None

    assert broken(every, touched) == {}


def test_nothing_differs_that_was_not_planned(every):
    assert broken(every, lambda old, plan, new: differences(old, new, plan)) == {}


def test_what_is_small_stays_small(every):
    def grown(_old, plan, _new):
        return [
            change.name
            for change in plan.changes
            if is_int(change.old) and is_int(change.new) and change.new > change.old > 0
        ]

    assert (
        broken(
            every,
            lambda old, plan, new: [
                name for name in grown(old, plan, new) if "token" not in name and "_id" not in name
            ],
        )
        == {}
    )


def test_every_change_says_why_and_no_path_changes_twice(every):
    for _, plan, _ in every.values():
        assert all(change.why and change.role for change in plan.changes)
        assert len({change.path for change in plan.changes}) == len(plan.changes)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_aim_of_a_preset_plans_real_configs(real_configs, preset):
    for values in list(real_configs.values())[::4]:
        for aim in PRESETS[preset]:
            assert isinstance(make_plan(grow_tree(values), aim), Plan)


WHOLE_HEADS = ("head_dim", "d_head", "dim_head", "attention_head_size", "attention_head_dim", "d_kv", "kv_channels")


def head_width(node):
    """How wide a head of attention is; None where a part does not say."""
    named = next((node.get(name) for name in WHOLE_HEADS if is_int(node.get(name))), None)
    heads, width = main_heads(node), node.get("hidden_size")
    if named or not (heads and is_int(width) and node.values[heads]):
        return named
    return width // node.values[heads]


@pytest.mark.parametrize(("preset", "multiple"), [("flash", 8), ("vllm", 32)])
def test_heads_of_a_preset_are_as_wide_as_its_kernels_want(real_configs, preset, multiple):
    for name, values in real_configs.items():
        new = make_plan(grow_tree(values), PRESETS[preset][0]).apply(values)
        before = {node.path: node for node in grow_tree(values).nodes}
        for node in grow_tree(new).nodes:
            was, now = head_width(before[node.path]), head_width(node)
            in_stages = stage_key(node) is not None
            assert not was or was < multiple or in_stages or now % multiple == 0, (name, node.path, was, now)


def test_whatever_is_split_over_two_devices_is_even_where_it_was(real_configs):
    for name, values in real_configs.items():
        new = make_plan(grow_tree(values), PRESETS["tp2"][0]).apply(values)
        for node in grow_tree(new).nodes:
            for key in keys_with(node, "kv_heads", "heads", "vocab", "experts", "top_k", "width", "head_dim"):
                old = old_value(values, node.path, key)
                assert node.values[key] % 2 == 0 or old % 2, (name, node.path, key)


def test_config_classes_take_what_is_planned(default_configs):
    refused = {}
    for name, config in default_configs.items():
        values = config.to_dict()
        try:
            type(config).from_dict(copy.deepcopy(values))
        except Exception:  # the class refuses its own default
            continue
        plan = make_plan(grow_tree(values))
        try:
            type(config).from_dict(plan.apply(values))
        except Exception as error:  # any validator may raise anything: that it does is the finding
            refused[name] = str(error).splitlines()[-1]

    assert len(refused) <= 0.01 * len(default_configs), refused


def test_planning_imports_neither_torch_nor_transformers():
    code = "import sys, tinydata.model.plan, tinydata.model.settings, tinydata.model.differences; print({'torch', 'transformers'} & set(sys.modules))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"


def test_the_first_aim_of_the_list_is_tiny():
    assert AIMS[0] == PRESETS["tiny"][0]


def old_value(values, path, key):
    for step in path:
        values = values[step]
    return values.get(key)
