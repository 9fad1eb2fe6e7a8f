"""Trial: does a model take the tensors that a processor makes?"""

from __future__ import annotations

import inspect
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinydata.extras import need
from tinydata.model.processor_defaults import Files, first_line
from tinydata.model.remote_code import RemoteCode
from tinydata.tokenizer.document import render_json

if TYPE_CHECKING:
    from tinydata.model.inputs import Ran

WEIGHTS = (".safetensors", ".bin", ".pt", ".gguf")  # a tokenizer may lie beside a model
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
        problem = _try_one(transformers.AutoImageProcessor, folder, _picture, model, ran, code is not None)
        problem = problem or _try_one(transformers.AutoFeatureExtractor, folder, _sound, model, ran, code is not None)
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
    auto: Any, folder: Path, made_of: Callable[[Any, Ran], Any], model: Any, ran: Ran, trust: bool
) -> str | None:
    try:
        processor = auto.from_pretrained(folder, trust_remote_code=trust)
    except Exception:  # there is none of this sort, or it wants a library that is missing
        return None
    try:
        rows = next((len(value) for value in ran.inputs.values() if getattr(value, "shape", ())), 1)
        rate = {"sampling_rate": processor.sampling_rate} if hasattr(processor, "sampling_rate") else {}
        made = processor([made_of(processor, ran)] * rows, return_tensors="pt", **rate)
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
    try:
        made = _ask(processor, ran)
    except Exception:  # each has its own rules of how a text speaks of pictures
        return None
    beside = {key: value[:1] for key, value in ran.inputs.items() if key.startswith("decoder_")}
    taken = inspect.signature(model.forward).parameters
    try:
        _run(model, {key: value for key, value in {**beside, **made}.items() if key in taken} if made else ran.inputs)
    except Exception as error:  # the same
        return _refused(error)
    return None


def _ask(processor: Any, ran: Ran) -> Mapping[str, Any]:
    """A text with a placeholder for each thing beside it; nothing where texts stand alone."""
    given, text = {}, "a"
    for part, word, made_of, names in (
        ("image_processor", "images", _picture, ("boi_token", "image_token")),
        ("feature_extractor", "audio", _sound, ("audio_token",)),
    ):
        token = next((getattr(processor, name) for name in names if getattr(processor, name, None)), None)
        if hasattr(processor, part) and (token or word == "images"):
            given[word] = made_of(getattr(processor, part), ran)
            text = f"{token or ''}{text}"
    if not given or not hasattr(processor, "tokenizer"):
        return {}
    made: Mapping[str, Any] = processor(text=[text], return_tensors="pt", **given)
    return made


def _refused(error: Exception) -> str:
    return f"the model does not take what its processor makes: {first_line(error)}"


def _run(model: Any, inputs: Mapping[str, Any]) -> None:
    with need("torch", "model").no_grad():
        model(**inputs)


def _picture(_: Any, ran: Ran) -> Any:
    picture = need("PIL.Image", "model").linear_gradient("L").convert("RGB").resize((80, 60))
    ran_on = ran.inputs.get("pixel_values")
    frames = ran_on.shape[1] if ran_on is not None and ran_on.ndim == 5 else 1
    return [picture] * frames if frames > 1 else picture


def _sound(processor: Any, _: Ran) -> Any:
    numpy = need("numpy", "model")
    rate = int(processor.sampling_rate)
    return numpy.sin(numpy.arange(rate) * 440 * 2 * numpy.pi / rate).astype("float32")
