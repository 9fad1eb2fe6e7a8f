"""Check: what is wrong with a tiny model, loaded, run and saved as its users would."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tinydata.errors import BadSource, NoInputs, TinydataError, UnknownModelType
from tinydata.extras import need
from tinydata.finding import Finding, unreadable
from tinydata.model.agreement import check_ids, check_tokenizer_beside, compare_with_source
from tinydata.model.config import NAME, Source, read_source
from tinydata.model.quiet import one_thread, quiet

WEIGHTS = ("*.safetensors", "*.bin")
WHOLE = ""  # a finding of no file of it
NEARLY = 1e-5
LEAST_SHARE = 0.02  # of the tensors that a backward pass reaches: unasked heads lie idle, and nothing goes back through the codes of a picture


def is_model(path: Path) -> bool:
    """Whether a config and weights lie there."""
    return (path / NAME).is_file() and any(any(path.glob(pattern)) for pattern in WEIGHTS)


def check_model(
    path: Path, progress: Callable[[str], None] | None = None, *, trust_remote_code: bool = False
) -> list[Finding]:
    """What is wrong with a model.

    It is loaded by the Auto class of the class that its config names, runs forward and backward, generates where its class does, is
    saved and loaded again; its config, its generation config and its tokenizer agree on ids. Where its recipe names a source that
    is here, its config differs from that only in what is meant to.

    Args:
        path: The folder of a model; it is loaded, so it should be a small one.
        trust_remote_code: Run the code that it brings along.
        progress: Called with a word on what is being checked.

    Raises:
        MissingExtra: torch or transformers is not installed.
    """
    for library in ("torch", "transformers"):
        need(library, "model")
    try:
        with quiet():
            origin = read_source(path, trust_remote_code=trust_remote_code)
    except UnknownModelType as error:
        mend = "`--trust-remote-code` runs the code that it brings along" if error.needs_code else ""
        return [unreadable(path / NAME, error, mend)]
    except BadSource as error:
        return [unreadable(path / NAME, error)]
    with quiet():
        findings = [*check_tokenizer_beside(path, origin), *compare_with_source(path, origin)]
    with quiet(), one_thread():
        findings += _of_running(path, origin, progress or (lambda _: None))
    return [replace(found, path=str(path / found.path)) for found in findings]


def _of_running(path: Path, origin: Source, progress: Callable[[str], None]) -> Iterator[Finding]:
    import transformers

    from tinydata.model.classes import auto_class_of, class_for
    from tinydata.model.inputs import describe, generate, generation_inputs, run_forward, tensors_of
    from tinydata.model.trial import gradient_share

    try:
        cls = class_for(origin)
    except TinydataError as error:
        yield Finding(NAME, str(error))
        yield from check_ids(origin)
        return
    if origin.architectures and cls.__name__ != origin.architectures[0]:
        yield Finding(NAME, f"names the class {origin.architectures[0]}, which transformers has not", f"{cls.__name__}")
    auto = auto_class_of(origin, cls)
    progress(f"loading by {auto or cls.__name__}")
    # Whatever transformers raises on files that it cannot load, or a model on inputs, is what a check looks for.
    try:
        model, told = _load(
            getattr(transformers, auto) if auto else cls, path, trust_remote_code=origin.code is not None
        )
    except Exception as error:
        yield Finding(WHOLE, f"does not load: {_line(error)}")
        yield from check_ids(origin)
        return
    yield from check_ids(origin, [it.num_embeddings for it in model.modules() if hasattr(it, "num_embeddings")])
    for what in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        for key in sorted(map(_shown, told.get(what, ()))):
            yield Finding("model.safetensors", f"{what.replace('_', ' ').removesuffix('s')}: {key}")
    for name, tensor in model.named_parameters():
        if not bool(tensor.isfinite().all()):
            yield Finding("model.safetensors", f"{name} holds numbers that are none")
    if type(model).__name__ != cls.__name__:
        yield Finding(NAME, f"names the class {cls.__name__}, and {auto} makes a {type(model).__name__}")
    progress("forward")
    try:
        ran = run_forward(model)
    except NoInputs as error:
        yield Finding(WHOLE, str(error))
        return
    if any(bool(it.isnan().any()) for it in tensors_of(ran.outputs) if it.is_floating_point()):
        yield Finding(WHOLE, "some of its outputs are NaN")
    progress("backward")
    try:
        share = gradient_share(model, ran.inputs)
    except Exception as error:
        yield Finding(WHOLE, f"no backward pass: {_line(error)}")
    else:
        yield Finding(WHOLE, f"a backward pass reaches {share:.0%} of its tensors", problem=share < LEAST_SHARE)
    if _can_generate(model):
        progress("generate")
        try:
            generate(model, generation_inputs(model, ran))
        except Exception as error:
            yield Finding(WHOLE, f"does not generate: {_line(error)}")
    progress("saving")
    yield from _of_saving(type(model), model, ran)
    count = sum(tensor.numel() for tensor in model.parameters())
    bytes_on_disk = sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    said = ", ".join(f"{name} {shape}" for name, shape in describe(ran.inputs).items())
    yield Finding(WHOLE, f"{cls.__name__}, {count:,} parameters, {bytes_on_disk:,} bytes on disk", problem=False)
    yield Finding(WHOLE, f"ran on {said}", problem=False)


def _of_saving(cls: Any, model: Any, ran: Any) -> Iterator[Finding]:
    import torch

    from tinydata.model.inputs import call, tensors_of

    with tempfile.TemporaryDirectory(prefix="tinydata-") as scratch:
        try:
            model.save_pretrained(scratch)
            again, told = _load(cls, Path(scratch))
            both = tensors_of(call(model, ran.inputs)), tensors_of(call(again, ran.inputs))
        except Exception as error:
            yield Finding(WHOLE, f"what was saved does not load: {_line(error)}")
            return
    for key in sorted({*map(str, told.get("missing_keys", ())), *map(str, told.get("unexpected_keys", ()))}):
        yield Finding(WHOLE, f"once saved and loaded, a key is missing or new: {key}")
    same = len(both[0]) == len(both[1]) and all(
        before.shape == after.shape and torch.allclose(before.float(), after.float(), atol=NEARLY, equal_nan=True)
        for before, after in zip(*both, strict=True)
    )
    if not same:
        yield Finding(WHOLE, "its outputs differ once it is saved and loaded")


def _load(cls: Any, folder: Path, **words: Any) -> tuple[Any, dict[str, Any]]:
    # The dtype that the config names, as AutoModel would take it.
    # Keys of another shape are named, where transformers would only say that there are some.
    model, told = cls.from_pretrained(
        folder, output_loading_info=True, dtype="auto", ignore_mismatched_sizes=True, **words
    )
    return model.eval(), told


def _shown(key: Any) -> str:
    """A key, and of one that does not fit what it is and what it should be."""
    return key if isinstance(key, str) else f"{key[0]} is {[*key[1]]}, not {[*key[2]]}"


def _can_generate(model: Any) -> bool:
    can = getattr(model, "can_generate", None)
    return bool(can and can())


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
