"""Trial: whether the changed values of a config give a model that runs and learns; the cheapest question first."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import torch

from tinydata.errors import NoInputs
from tinydata.model.config import config_with
from tinydata.model.inputs import (
    Ran,
    call,
    copied,
    entry,
    generate,
    generation_inputs,
    parts_of,
    run_forward,
    run_repaired,
    tensors_of,
)
from tinydata.model.signal import keep_signal

Stage = Literal["config", "meta", "kinds", "big", "build", "forward", "backward", "ok"]

MOST_PARAMETERS = 40_000_000  # more is never built: it would take longer than to find less
MOST_ELEMENTS = 20_000_000
CALLS = 300
SHORT = 240
RNG_SEED = 0
# What holds other modules or does nothing: no kind of layer.
NO_KINDS = frozenset({"Identity", "ModuleList", "ModuleDict", "Sequential", "ParameterList", "ParameterDict"})


@dataclass(frozen=True)
class Outline:
    """A model as the meta device has it: shapes, and no numbers.

    Args:
        parameters: How many numbers it learns.
        kinds: The class names of its modules.
        shapes: Each parameter's shape, by name, the largest first.
        modules: The Python modules that its classes come from.
    """

    parameters: int
    kinds: frozenset[str]
    shapes: tuple[tuple[str, tuple[int, ...]], ...] = ()
    modules: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Trial:
    """What came of a config.

    Args:
        stage: The question that it failed at; "ok" where it failed at none.
        error: What was said there, in one line.
        outline: Its shapes; None where it was not even built on the meta device.
        gradient_share: How many of the parameters a backward pass reaches, of all that learn, 0 to 1.
        finite: Whether no output is NaN.
        ran: What it ran on.
        lost: Kinds of module that the original has, and this has not.
        needs: The library that is missing.
        unknown: The input that is required and cannot be made.
    """

    stage: Stage
    error: str = ""
    outline: Outline | None = None
    gradient_share: float = 0.0
    finite: bool = False
    ran: Ran | None = None
    lost: frozenset[str] = frozenset()
    needs: str | None = None
    unknown: str | None = None
    config: Any = field(default=None, compare=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it builds, keeps every kind of layer, runs and learns."""
        return self.stage == "ok"

    @property
    def parameters(self) -> int:
        """How many numbers it learns, 0 where that was not seen."""
        return self.outline.parameters if self.outline else 0


def outline(cls: Any, config: Any) -> Outline:
    """Build a model on the meta device, where its size costs nothing."""
    with torch.device("meta"):
        model = build_float32(cls, config)
    parameters = dict(model.named_parameters())
    shapes = sorted(((name, tuple(it.shape)) for name, it in parameters.items()), key=lambda it: -_count(it[1]))
    classes = {type(module) for module in model.modules()}
    return Outline(
        sum(_count(shape) for _, shape in shapes),
        frozenset(it.__name__ for it in classes) - NO_KINDS,
        tuple(shapes),
        frozenset(it.__module__ for it in classes),
    )


def build_float32(cls: Any, config: Any) -> Any:
    """A model in float32 throughout; ``cls(config)`` would leave the parts in the dtypes of their own configs."""
    own = copy.deepcopy(config)  # building writes into the config
    return cls._from_config(own, dtype=torch.float32) if hasattr(cls, "_from_config") else cls(own)


def build_seeded(cls: Any, config: Any, rng_seed: int = RNG_SEED) -> Any:
    """`build_float32` with weights that the seed alone decides; torch's random state is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(rng_seed)
        return build_float32(cls, config).eval()


def try_values(
    cls: Any,
    config: Any,
    values: Mapping[str, Any],
    *,
    kinds: frozenset[str] = frozenset(),
    first: str | None = None,
    below: int = MOST_PARAMETERS,
    calls: int = CALLS,
) -> Trial:
    """Try a config with other values.

    Args:
        config: The original, whose class the new one has.
        kinds: What modules it is to keep.
        first: The label of what a model like it ran on.
        below: It is given up at so many parameters.
        calls: Of the model, to find inputs on which it runs.
    """
    # What transformers or the model's code raise on a config that they do not take is the answer that is looked for here:
    # every `except Exception` below.
    try:
        new = config_with(config, values)
    except Exception as error:
        return _failed("config", error)
    try:
        shape = outline(cls, new)
    except Exception as error:
        return _failed("meta", error, config=new)
    if shape.parameters >= below or (shape.shapes and _count(shape.shapes[0][1]) >= MOST_ELEMENTS):
        return Trial("big", f"{shape.parameters:,} parameters", shape, config=new)
    lost = kinds - shape.kinds
    if lost:
        return Trial("kinds", f"without {', '.join(sorted(lost))}", shape, lost=lost, config=new)
    try:
        model = build_seeded(cls, new)
    except Exception as error:
        return _failed("build", error, shape, new)
    return _try_model(model, shape, new, first, calls)


def gradient_share(model: Any, inputs: Mapping[str, Any]) -> float:
    """How many of the parameter tensors a backward pass reaches, of those that learn, 0 to 1.

    Raises:
        RuntimeError: No output depends on a parameter, or torch cannot differentiate what the model does.
    """
    model.zero_grad(set_to_none=True)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(RNG_SEED)
        parts = parts_of(model)
        outputs = [_learning(it, inputs[name]) for name, it in parts.items()] if parts else _learning(model, inputs)
        differentiable = [it for it in tensors_of(outputs) if it.requires_grad and it.is_floating_point()]
        if not differentiable:
            if not any(it.is_floating_point() for it in tensors_of(outputs)):
                return 0.0  # whole numbers alone come out, codes, which nothing is learned from
            raise RuntimeError("no output depends on a parameter")
        # Weighed at random: the plain sum of what a norm or a softmax gives is a constant, whose gradient is zero.
        loss = sum((it.float() * torch.randn_like(it.float())).nan_to_num(0, 0, 0).mean() for it in differentiable)
        assert isinstance(loss, torch.Tensor)
        torch.autograd.backward(loss)
    learning = [it for it in model.parameters() if it.requires_grad]
    reached = sum(it.grad is not None for it in learning)
    model.zero_grad(set_to_none=True)
    return reached / max(1, len(learning))


def _learning(model: Any, inputs: Mapping[str, Any]) -> Any:
    """The outputs, with what they depend on: a forward that torch is told to run for inference is run without that word."""
    outputs = entry(model)(**copied(dict(inputs)))
    if any(it.is_inference() for it in tensors_of(outputs)):
        return inspect.unwrap(type(model).forward)(model, **copied(dict(inputs)))
    return outputs


def why_not_generating(cls: Any, trial: Trial) -> str:
    """What a model that passed raises when it is to generate; nothing where it does, or its class never does."""
    if trial.ran is None or not (hasattr(cls, "can_generate") and cls.can_generate()):
        return ""
    # Whatever generate raises is the answer that is looked for.
    try:
        model = build_seeded(cls, trial.config)
        keep_signal(model, trial.ran.inputs)
        generate(model, generation_inputs(model, trial.ran))
    except Exception as error:
        return shorten(error)
    return ""


def shorten(error: BaseException) -> str:
    """What an error says, in one line."""
    line = " ".join(f"{type(error).__name__}: {error}".split())
    return line if len(line) <= SHORT else line[: SHORT - 4] + " ..."


def library_missing(error: BaseException) -> str | None:
    """The library that an error asks for."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return error.name.split(".")[0]
    if isinstance(error, ImportError) and (found := _LIBRARY.search(str(error))):
        return next(it for it in found.groups() if it)
    return None


def _try_model(model: Any, shape: Outline, config: Any, first: str | None, calls: int) -> Trial:
    try:
        ran = run_forward(model, first=first, calls=calls)
    except NoInputs as error:
        return Trial("forward", _richest(error), shape, needs=error.needs, unknown=error.unknown, config=config)
    except Exception as error:
        return _failed("forward", error, shape, config)
    try:
        if keep_signal(model, ran.inputs):
            ran = replace(ran, outputs=call(model, ran.inputs))
    except Exception as error:
        return _failed("forward", error, shape, config)
    finite = not any(bool(it.isnan().any()) for it in tensors_of(ran.outputs) if it.is_floating_point())
    try:
        share = _share_somehow(model, ran.inputs)
    except Exception as error:
        return Trial("backward", shorten(error), shape, 0.0, finite, ran, config=config)
    return Trial("ok", "", shape, share, finite, ran, config=config)


def _share_somehow(model: Any, inputs: Mapping[str, Any]) -> float:
    try:
        return gradient_share(model, inputs)
    except Exception:  # some learn in training mode alone, or from longer texts
        model.train()
        try:
            return float(run_repaired(model, dict(inputs), lambda own: gradient_share(model, own)))
        finally:
            model.eval()


def _failed(stage: Stage, error: Exception, shape: Outline | None = None, config: Any = None) -> Trial:
    return Trial(stage, shorten(error), shape, needs=library_missing(error), config=config)


def _richest(error: NoInputs) -> str:
    return " ".join(str(error).split())[:SHORT]


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for side in shape:
        count *= side
    return count


_LIBRARY = re.compile(
    r"requires? the ([\w-]+) library|[Rr]equires? `?([\w-]+)`? (?:to be|backend)|pip install `?([\w-]+)|No module named '(\w+)"
)
