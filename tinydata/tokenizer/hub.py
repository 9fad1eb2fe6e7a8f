"""Hub: the files of a tokenizer out of a repo of the Hub, without its weights."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from tinydata.errors import HubFailure

SCHEME = "hf://"
REPO = re.compile(r"[\w.-]+/[\w.-]+")
FILES = (
    "*.json",
    "*.txt",
    "*.model",
    "*.model.v*",
    "*.spm",
    "*.tiktoken",
    "*.jinja",
    "bpe.codes",
    "bpe_simple_vocab*",
    "LICENSE",
)
NOT = ("*/*", "*.index.json", "trainer_state.json", "README*")  # what lies deeper is of other parts of a model


def repo_of(source: str | os.PathLike[str]) -> str | None:
    """The repo that a source names, as `org/name` or `hf://org/name`; None where it is a path. What lies there goes first."""
    given = str(source)
    if given.startswith(SCHEME):
        return given.removeprefix(SCHEME).removeprefix("models/").strip("/")
    return given if isinstance(source, str) and REPO.fullmatch(given) and not Path(given).exists() else None


def bring(repo: str, revision: str | None) -> tuple[Path, str]:
    """Bring the files of a tokenizer into the cache of huggingface_hub.

    Returns:
        The folder they lie in, and the commit that the revision stands for.

    Raises:
        HubFailure: There is no such repo or revision, it is closed, or the Hub cannot be reached.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        folder = snapshot_download(
            repo, revision=revision, allow_patterns=list(FILES), ignore_patterns=list(NOT), tqdm_class=_no_bar()
        )
    except HFValidationError as error:
        raise HubFailure(repo, "no name of a repo: org/name is wanted") from error
    except GatedRepoError as error:
        raise HubFailure(repo, "a gated repo: ask for access there, and log in with `hf auth login`") from error
    except RepositoryNotFoundError as error:
        raise HubFailure(repo, "neither a file or folder here nor a repo of the Hub that you may read") from error
    except RevisionNotFoundError as error:
        raise HubFailure(repo, f"no revision {revision!r} of it") from error
    except LocalEntryNotFoundError as error:
        raise HubFailure(repo, "no such file or folder, and the Hub cannot be reached") from error
    except (HfHubHTTPError, OSError) as error:
        raise HubFailure(repo, f"the Hub: {' '.join(str(error).split())[:200]}") from error
    return Path(folder), Path(folder).name


def _no_bar() -> Any:
    from huggingface_hub.utils import tqdm

    class Silent(tqdm):  # type: ignore[misc]
        def __init__(self, *given: Any, **words: Any) -> None:
            words.pop("name", None)
            super().__init__(*given, **{**words, "disable": True})

    return Silent
