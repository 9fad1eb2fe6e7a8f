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


def features_card(features: Mapping[str, Any], pattern: str) -> str:
    """A card that tells `datasets` the types of files that do not tell them themselves.

    Args:
        features: In JSON form, by column.
        pattern: Which files they are, of the split `train`.
    """
    from datasets import DatasetInfo, Features
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    data = DatasetCardData(configs=[{"config_name": "default", "data_files": [{"split": "train", "path": pattern}]}])
    DatasetInfosDict({"default": DatasetInfo(features=Features.from_dict(dict(features)))}).to_dataset_card_data(data)
    return f"---\n{data.to_yaml().rstrip()}\n---\n"


def model_card_text(metadata: Mapping[str, Any], text: str) -> str:
    """A model's card.

    Args:
        metadata: What the Hub reads from the card's YAML head.
        text: Markdown.
    """
    from huggingface_hub import ModelCard, ModelCardData

    card = ModelCard(f"---\n{ModelCardData(**metadata).to_yaml()}\n---\n\n{text}")
    return str(card).rstrip() + "\n"


def licence_of(card: Path) -> dict[str, Any]:
    """What the head of a card says of the licence; nothing where there is no card or no head."""
    from huggingface_hub import metadata_load

    try:
        head = metadata_load(card) if card.is_file() else None
    except ValueError:  # a head that is no YAML tells nothing
        head = None
    return {key: value for key, value in (head or {}).items() if key in ("license", "license_name", "license_link")}
