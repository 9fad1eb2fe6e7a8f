"""Settings: values of a config that the user gives, as in ``text_config.hidden_size=64``. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tinydata.errors import BadSetting, UnknownSetting
from tinydata.model.names import group
from tinydata.model.roles import keys_with, lists_of, main_heads, role_of
from tinydata.model.tree import ConfigTree, Node, Path, grow_tree, is_int, is_ints, is_list, value_at

TEXT = ("text_config", "llm_config", "language_config", "text_encoder", "decoder")
NOT_BELOW_ONE = (
    "width",
    "heads",
    "kv_heads",
    "head_dim",
    "layers",
    "vocab",
    "experts",
    "top_k",
    "image",
    "positions",
    "patch",
)

NO_SETTINGS = {
    "architectures": "a class is asked for by a word of its own",
    "dtype": "a dtype is asked for by a word of its own",
    "model_type": "it is what the source says it is",
}


def parse_settings(words: Iterable[str], tree: ConfigTree) -> dict[Path, Any]:
    """Read settings, the later over the earlier.

    Args:
        words: ``KEY=VALUE``: a value in JSON (a bare word is a text), a key with dots between the parts of a config, each by its own name or by the
            one that all models have for it (``hidden_size`` for ``n_embd``). A key that the whole config lacks is looked for in its
            text model, then in the one part that has it.
        tree: The config.

    Raises:
        UnknownSetting: No such key, or several parts have it.
        BadSetting: No value, or one of another sort than the config has there.
    """
    settings: dict[Path, Any] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if not sign or not key.strip():
            raise BadSetting(word, "not KEY=VALUE, as in hidden_size=64")
        path = find_setting(key.strip(), tree)
        if path[-1] in NO_SETTINGS:
            raise BadSetting(word, NO_SETTINGS[path[-1]])
        old = value_at(tree.values, path)
        new = settings[path] = _parse(word, text.strip(), old)
        role = role_of(tree.node_of(path), str(path[-1]))
        if is_int(new) and role in NOT_BELOW_ONE and new < 1:
            raise BadSetting(word, "at least 1 is needed")
        if new is None and is_int(old) and role == "layers":
            raise BadSetting(word, f"a whole number is needed; it was {old}")
    return settings


def find_setting(key: str, tree: ConfigTree) -> Path:
    """Where a key leads.

    >>> find_setting("hidden_size", grow_tree({"text_config": {"n_embd": 8}}, {("text_config",): {"hidden_size": "n_embd"}}))
    ('text_config', 'n_embd')
    """
    steps = key.split(".")
    found = _walk(tree, tree.root, steps)
    if found is not None:
        return found
    others = [(node, path) for node in tree.nodes[1:] if (path := _walk(tree, node, steps)) is not None]
    texts = [path for node, path in others if node.path[-1] in TEXT]
    if len(texts) == 1 or len(others) == 1:
        return (texts or [path for _, path in others])[0]
    if others:
        raise UnknownSetting(key, [_name(path) for _, path in others], several=True)
    raise UnknownSetting(key, _known(tree))


def check_settings(tree: ConfigTree, values: Mapping[str, Any], settings: Mapping[Path, Any]) -> None:
    """Refuse settings with which no model can be built.

    Args:
        tree: The config as it was.
        values: The config as planned with the settings.
        settings: The settings.

    Raises:
        BadSetting: Which constraint does not hold, and between which values.
    """
    maps = {node.path: {name: key for key, name in node.canonical.items()} for node in tree.nodes}
    planned = grow_tree(values, maps)
    for path, new in settings.items():
        node, key = planned.node_of(path), str(path[-1])
        word = f"{_name(path)}={json.dumps(new)}"
        for problem in _problems(node):
            if any((*node.path, name) == path for name in problem[1]):
                raise BadSetting(word, problem[0])
        for other in planned.nodes:
            if role_of(node, key) == "token" and other.path == node.path:
                _check_id(word, new, node)


def _problems(node: Node) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Constraints that do not hold, each with the keys between which they lie."""
    heads = main_heads(node)
    hidden = node.key_of("hidden_size") or node.key_of("d_model")
    count = node.values.get(heads) if heads else None
    width = node.values.get(hidden) if hidden else None
    apart = any(is_int(node.values.get(key)) for key in keys_with(node, "head_dim"))
    if heads and hidden and is_int(count) and is_int(width) and count > 0 and not apart and width % count:
        yield f"{heads} {count} does not divide {hidden} {width}", (heads, hidden)
    for key in keys_with(node, "kv_heads"):
        shared = node.values[key]
        if heads and is_int(count) and shared > 0 and count % shared:
            yield f"{key} {shared} does not divide {heads} {count}", (heads, key)
    experts = [key for key in keys_with(node, "experts") if node.values[key] > 0]
    for key in experts[:1]:
        for chosen in keys_with(node, "top_k"):
            if node.values[chosen] > node.values[key]:
                yield f"{chosen} {node.values[chosen]} is more than {key} {node.values[key]}", (chosen, key)
        for groups in keys_with(node, "expert_groups"):
            if node.values[groups] > 0 and node.values[key] % node.values[groups]:
                yield f"{groups} {node.values[groups]} does not divide {key} {node.values[key]}", (groups, key)
            for chosen in keys_with(node, "groups_chosen"):
                if node.values[chosen] > node.values[groups]:
                    yield (
                        f"{chosen} {node.values[chosen]} is more than {groups} {node.values[groups]}",
                        (chosen, groups),
                    )
    depth = node.key_of("num_hidden_layers")
    layers = node.values.get(depth) if depth else None
    if depth and is_int(layers):
        for key, value in lists_of(node).items():
            if group("layers_by_name").holds(key) and len(value) != layers:
                yield f"{key} has {len(value)} entries, {depth} is {layers}", (key, depth)


def _check_id(word: str, new: Any, node: Node) -> None:
    rows = node.values.get("vocab_size")
    for place in [new] if is_int(new) else new if is_ints(new) else []:
        if is_int(rows) and place >= rows:
            raise BadSetting(word, f"the vocabulary ends at {rows - 1}")


def _walk(tree: ConfigTree, start: Node, steps: list[str]) -> Path | None:
    """Where steps lead from a part of the config; None: nowhere."""
    path: Path = start.path
    values: Any = start.values
    for step in steps:
        node = tree.by_path.get(path)
        key = (node.key_of(step) if node else None) or step
        if isinstance(values, dict) and key in values:
            path, values = (*path, key), values[key]
        elif is_list(values) and step.isdigit() and int(step) < len(values):
            path, values = (*path, int(step)), values[int(step)]
        else:
            return None
    return path


def _parse(word: str, text: str, old: Any) -> Any:
    if text == "NaN":
        raise BadSetting(word, "NaN is no value")
    try:
        new = json.loads(text)
    except ValueError:
        if old is not None and not isinstance(old, str):
            raise BadSetting(word, f"not JSON; it was {json.dumps(old, default=str)[:60]}") from None
        new = text
    for kind, name in ((bool, "true or false"), (int, "a whole number"), (str, "a text")):
        if isinstance(old, kind):
            fits = isinstance(new, kind) and (kind is bool or not isinstance(new, bool))
            if not fits and new is not None and not (kind is int and is_list(new)):
                raise BadSetting(word, f"{name} is needed; it was {json.dumps(old)}")
            break
    if isinstance(old, float) and (isinstance(new, bool) or not isinstance(new, (int, float, type(None)))):
        raise BadSetting(word, f"a number is needed; it was {old}")
    if isinstance(old, dict) and not isinstance(new, (dict, type(None))):
        raise BadSetting(word, "it is a part of its own: name a key within it")
    return new


def _known(tree: ConfigTree) -> list[str]:
    """Every key that may be set, as people write it, with the names that all models have."""
    names = []
    for node in tree.nodes:
        for key in node.values:
            names += [_name((*node.path, key)), str(key)]
            if key in node.canonical:
                names.append(node.canonical[key])
    return list(dict.fromkeys(names))


def _name(path: Path) -> str:
    return ".".join(map(str, path))
