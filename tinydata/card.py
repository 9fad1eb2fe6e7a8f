"""Cards: the README.md of an artifact, by huggingface_hub's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def dataset_card(template: Path, metadata: Mapping[str, Any], **words: Any) -> str:
    """Fill the template of a dataset's card.

    Args:
        template: A Jinja file with a place for `card_data`.
        metadata: What the Hub reads from the card's YAML head; None is left out.
        words: What the template asks for besides.
    """
    from huggingface_hub import DatasetCard, DatasetCardData

    data = DatasetCardData(**{name: value for name, value in metadata.items() if value is not None})
    card = DatasetCard.from_template(data, template_path=str(template), **words)
    return str(card).rstrip() + "\n"
