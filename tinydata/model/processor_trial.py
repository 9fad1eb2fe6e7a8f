"""Trial: does a model take the tensors that a processor makes?"""

from __future__ import annotations

import inspect
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydata.extras import need
from tinydata.model.processor_defaults import Files, first_line
from tinydata.model.remote_code import RemoteCode
from tinydata.tokenizer.document import render_json

if TYPE_CHECKING:
    from tinydata.model.inputs import Ran

WEIGHTS = (".safetensors", ".bin", ".pt", ".gguf")  # a tokenizer may lie beside a model
TEXT = "a"
MISSING = re.compile("requires? .*(library|installed)")
PLACEHOLDERS = re.compile("tokens?.*features?")


def try_processors(
    files: Files, config: Any, model: Any, ran: Ran, tokenizer: Path | None, code: RemoteCode | None = None
) -> str | None:
    """Run a model on what its processors make of a picture, of a sound and, with a tokenizer, of both beside a text.

    What wants a library that is not installed is not tried.

    Args:
        files: The configs of the processors.
        config: The config of the model.
        model: The model.
        ran: What it is known to run on.
        tokenizer: The folder of its tokenizer.
        code: What may be run of what the source brings along.

    Returns:
        What hinders them, in one line; None: nothing.
    """
    transformers = need("transformers", "model")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "tried"  # transformers keeps a copy of code by the name of its folder
        config.save_pretrained(folder)
        for file, path in code.files.items() if code else ():
            shutil.copyfile(path, folder / file)
        for file, values in files.items():
            (folder / file).write_bytes(render_json(values))
        problem = _try_one(transformers.AutoImageProcessor, folder, _pictures, model, ran, code is not None)
        problem = problem or _try_one(transformers.AutoFeatureExtractor, folder, _sounds, model, ran, code is not None)
        if tokenizer is None or problem:
            return problem
        for path in tokenizer.iterdir():
            if path.is_file() and path.suffix not in WEIGHTS and not (folder / path.name).exists():
                shutil.copy(path, folder)
        return _try_joined(folder, model, ran, code is not None)


def edge_of(ran: Ran) -> int | None:
    """The edge in pixels of the picture that a model ran on."""
    picture = ran.inputs.get("pixel_values")
    return int(picture.shape[-1]) if picture is not None and picture.ndim > 3 else None


def _try_one(
    auto: Any, folder: Path, made_of: Callable[[Any, Ran], list[Any]], model: Any, ran: Ran, trust: bool
) -> str | None:
    try:
        processor = auto.from_pretrained(folder, trust_remote_code=trust)
    except Exception:  # there is none of this sort, or it wants a library that is missing
        return None
    problems = [_problem_with(thing, processor, model, ran) for thing in made_of(processor, ran)]
    return None if None in problems else problems[0]


def _problem_with(thing: Any, processor: Any, model: Any, ran: Ran) -> str | None:
    try:
        rows = next((len(value) for value in ran.inputs.values() if getattr(value, "shape", ())), 1)
        rate = {"sampling_rate": processor.sampling_rate} if hasattr(processor, "sampling_rate") else {}
        made = processor([thing] * rows, return_tensors="pt", **rate)
        given = {key: value for key, value in made.items() if key in ran.inputs} if hasattr(made, "items") else {}
        if any(value.shape != ran.inputs[key].shape for key, value in given.items()):
            _run(model, {**ran.inputs, **given})
    except ImportError:
        return None
    except Exception as error:  # whatever it is that fails, it is the answer
        # The text of `ran` has as many placeholders as its own picture takes.
        return None if "input_ids" in ran.inputs and PLACEHOLDERS.search(str(error)) else _refused(error)
    return None


def _try_joined(folder: Path, model: Any, ran: Ran, trust: bool) -> str | None:
    try:
        processor = need("transformers", "model").AutoProcessor.from_pretrained(folder, trust_remote_code=trust)
    except Exception as error:  # whatever it is that fails, it is the answer
        return None if MISSING.search(str(error)) else f"AutoProcessor does not load: {first_line(error)}"
    beside = {key: value[:1] for key, value in ran.inputs.items() if key.startswith("decoder_")}
    taken = inspect.signature(model.forward).parameters
    problems: list[str | None] = []
    for made in _asked(processor, ran):
        try:
            _run(
                model, {key: value for key, value in {**beside, **made}.items() if key in taken} if made else ran.inputs
            )
        except Exception as error:  # the same
            problems.append(_refused(error))
        else:
            return None
    return next(iter(problems), None)


def _asked(processor: Any, ran: Ran) -> Iterator[Mapping[str, Any]]:
    """Texts with a placeholder for each thing beside them, or with those that the processor puts there; nothing where texts stand alone."""
    things: dict[str, list[Any]] = {}
    placeholders = ""
    for part, word, made_of, names in (
        ("image_processor", "images", _pictures, ("boi_token", "image_token")),
        ("feature_extractor", "audio", _sounds, ("audio_token",)),
    ):
        token = next((getattr(processor, name) for name in names if getattr(processor, name, None)), None)
        if hasattr(processor, part) and (token or word == "images"):
            things[word] = made_of(getattr(processor, part), ran)
            placeholders = f"{token or ''}{placeholders}"
    if not things or not hasattr(processor, "tokenizer"):
        yield {}
        return
    bare = len(processor.tokenizer(TEXT)["input_ids"])
    for told in dict.fromkeys((placeholders, "")):
        for given in product(*things.values()):
            made = _made(processor, told + TEXT, dict(zip(things, given, strict=True)))
            if told == placeholders or len(made.get("input_ids", [()])[0]) > bare + 1:
                yield made


def _made(processor: Any, text: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        made: Mapping[str, Any] = processor(text=[text], return_tensors="pt", **given)
    except Exception:  # each has its own rules of how a text speaks of pictures
        return {}
    return made


def _refused(error: Exception) -> str:
    return f"the model does not take what its processor makes: {first_line(error)}"


def _run(model: Any, inputs: Mapping[str, Any]) -> None:
    with need("torch", "model").no_grad():
        model(**inputs)


def _pictures(_: Any, ran: Ran) -> list[Any]:
    """A picture, and as many as the model took at once: they may be frames of one film, or tiles of one picture."""
    picture = need("PIL.Image", "model").linear_gradient("L").convert("RGB").resize((80, 60))
    ran_on = ran.inputs.get("pixel_values")
    frames = ran_on.shape[1] if ran_on is not None and ran_on.ndim == 5 else 1
    return [[picture] * frames, picture] if frames > 1 else [picture]


def _sounds(processor: Any, _: Ran) -> list[Any]:
    numpy = need("numpy", "model")
    rate = int(processor.sampling_rate)
    return [numpy.sin(numpy.arange(rate) * 440 * 2 * numpy.pi / rate).astype("float32")]
