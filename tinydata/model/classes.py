"""Classes: which class of transformers a config becomes a model of."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Iterator
from typing import Any

from tinydata.errors import BadConfig, MissingExtra, NoSuchClass, NothingRuns
from tinydata.extras import need
from tinydata.garbage import uncollected
from tinydata.model.config import Source, cause_of, shortened

# What a model of several heads is best known for comes first; a bare model has no head, and a backbone is a part of one.
FIRST = (
    "IMAGE_TEXT_TO_TEXT",
    "MULTIMODAL_LM",
    "SPEECH_SEQ_2_SEQ",
    "SEQ_TO_SEQ_CAUSAL_LM",
    "MASKED_LM",
    "CAUSAL_LM",
    "CTC",
    "ZERO_SHOT_IMAGE_CLASSIFICATION",
    "ZERO_SHOT_OBJECT_DETECTION",
    "IMAGE_CLASSIFICATION",
    "OBJECT_DETECTION",
)
LAST = ("BACKBONE", "PRETRAINING")
AUTO_LAST = ("AutoModelForPreTraining", "AutoModelForMultimodalLM", "AutoModelWithLMHead")


def class_of(config: Any, architectures: tuple[str, ...] = (), name: str | None = None) -> Any:
    """The model class of a config.

    Args:
        config: The config object.
        architectures: The names that its config.json has for its class.
        name: The class that was asked for, or the Auto class that stands for it; None: the first of `architectures` that takes this config, else that of the first Auto
            mapping which knows its model type, the bare model last. Some types have only the class of another one, which then is theirs.

    Raises:
        NoSuchClass: There is none of this name, or none that takes this config.
        MissingExtra: transformers is not installed.
    """
    need("torch", "model")
    need("transformers", "model")
    mapped = dict(_by_mapping(config))
    fitting = {key: found for key, found in mapped.items() if _takes(found, config)} or mapped
    if name is not None:
        asked = _named(config, name)
        if hasattr(asked, "_model_mapping"):
            asked = next(iter(_of_auto(asked, config)), None)
        if asked is None or not (_takes(asked, config) or asked in fitting.values()):
            raise NoSuchClass(
                name, config.model_type, difflib.get_close_matches(name, fitting, n=1) or list(fitting)[:3]
            )
        return asked
    for given in architectures:
        found = _named(config, given)
        if found is not None and _takes(found, config):
            return found
    if not fitting:
        raise NoSuchClass(None, config.model_type, [])
    return next(iter(fitting.values()))


def class_for(source: Source, name: str | None = None) -> Any:
    """The model class of a source: that of the code which it brings along, where that may be run, else of transformers.

    Raises:
        BadConfig: The code does not give it, or it cannot be imported.
        NothingRuns: It asks for a library that is not there.
        NoSuchClass, MissingExtra: See `class_of`.
    """
    with uncollected():  # the class brings thousands of modules with it
        try:
            return _class_for(source, name)
        except MissingExtra:
            raise
        except ImportError as error:
            cause = cause_of(error)
            if isinstance(cause, ModuleNotFoundError) and cause.name:
                raise NothingRuns("needs a library", cause.name.partition(".")[0]) from error
            problem = f"its class cannot be imported: {shortened(cause)}"
            raise BadConfig(source.config.model_type, problem) from error


def _class_for(source: Source, name: str | None) -> Any:
    need("torch", "model")
    own = source.code.model_class(source.config.model_type, source.architectures, name) if source.code else None
    return own or class_of(source.config, source.architectures, name)


def auto_class_of(source: Source, cls: Any) -> str | None:
    """The Auto class by which users load a model of this class; None: there is none, they load it by the class itself.

    >>> from transformers import LlamaConfig, LlamaForCausalLM
    >>> auto_class_of(Source(LlamaConfig()), LlamaForCausalLM)
    'AutoModelForCausalLM'
    """
    from transformers.models.auto import modeling_auto

    if source.code and (own := source.code.auto_class(cls.__name__)):
        return own
    fitting = [
        name
        for name, auto in vars(modeling_auto).items()
        if name.startswith("AutoModel") and cls in _of_auto(auto, source.config)
    ]
    return min(fitting, key=lambda name: name in AUTO_LAST, default=None)


def _of_auto(auto: Any, config: Any) -> tuple[Any, ...]:
    mapping = getattr(auto, "_model_mapping", None)
    found = () if mapping is None else mapping.get(type(config), ())
    return found[:1] if isinstance(found, tuple) else (found,)


def _by_mapping(config: Any) -> Iterator[tuple[str, Any]]:
    """The classes that the Auto mappings have for a model type, best known first; some are written for another config class."""
    from transformers.models.auto import modeling_auto

    tables = {
        key.removesuffix("_MAPPING_NAMES").removeprefix("MODEL_FOR_"): table
        for key, table in vars(modeling_auto).items()
        if key.startswith("MODEL_") and key.endswith("MAPPING_NAMES") and isinstance(table, dict)
    }
    middle = [task for task in tables if task not in (*FIRST, *LAST, "MODEL")]
    for task in (*FIRST, *middle, "MODEL", *LAST):
        names = tables.get(task, {}).get(config.model_type, ())
        for name in (names,) if isinstance(names, str) else names:
            found = _named(config, name)
            if found is not None:
                yield name, found


def _named(config: Any, name: str) -> Any:
    """A class by its name: of the package, or of the modules beside the config's; capitals are often told otherwise."""
    import transformers

    found = getattr(transformers, name, None)
    if found is not None:
        return found
    for module in _modules(config):
        spelled = {key.lower(): key for key in vars(module)}
        if name.lower() in spelled:
            return getattr(module, spelled[name.lower()])
    return None


def _modules(config: Any) -> Iterator[Any]:
    home, _, file = type(config).__module__.rpartition(".")
    try:
        yield importlib.import_module(f"{home}.{file.replace('configuration_', 'modeling_')}")
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith(home):
            raise


def _takes(found: Any, config: Any) -> bool:
    from transformers import PreTrainedModel

    if not (isinstance(found, type) and issubclass(found, PreTrainedModel)):
        return False
    wanted = getattr(found, "config_class", None)
    return wanted is None or isinstance(config, wanted)
