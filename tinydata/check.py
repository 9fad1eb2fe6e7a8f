"""Check: what is wrong with a path, asked of the world that knows it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tinydata.errors import NoSource, UnknownSource
from tinydata.finding import Finding


def check(
    path: str | os.PathLike[str],
    *,
    trust_remote_code: bool = False,
    progress: Callable[[str], None] | None = None,
) -> list[Finding]:
    """Find out what is wrong with seeds, a pack, a dataset repo, a tokenizer or a model.

    Of seeds and packs every file is read, each picture decoded; a repo is loaded as well, each config with `datasets`, and
    goes through `datasets-cli test` in the form that the installed version takes. A tokenizer is loaded with `tokenizers` and,
    where transformers is installed, with `AutoTokenizer`. A model is loaded, run forward and backward, has to generate where its class
    does, and to come back from its files the same.

    Args:
        path: A folder of seeds, a pack, a dataset repo, the folder or file of a tokenizer, or the folder of a model.
        trust_remote_code: Run the code that a model brings along.
        progress: Called with a word on what is being checked.

    Returns:
        Findings, problems first; without a problem the path is sound.

    Raises:
        NoSource: Nothing lies there.
        UnknownSource: It is nothing that can be checked.
    """
    place = Path(path)
    if not str(path) or not place.exists():
        raise NoSource(str(path))
    from tinydata.dataset.check import check_repo, check_seeds, is_repo
    from tinydata.dataset.seeds import is_seeds
    from tinydata.model.check import check_model, is_model
    from tinydata.tokenizer.check import check_tokenizer, is_tokenizer

    if is_repo(place):
        findings = check_repo(place, progress)
    elif is_seeds(place):
        findings = check_seeds(place)
    elif is_model(place):
        findings = check_model(place, progress, trust_remote_code=trust_remote_code)
    elif is_tokenizer(place):
        findings = check_tokenizer(place, progress)
    else:
        raise UnknownSource(str(path), "neither seeds, a pack, a dataset repo, a tokenizer nor a model")
    return sorted(findings, key=lambda finding: not finding.problem)
