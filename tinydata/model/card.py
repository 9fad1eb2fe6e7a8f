"""Card: the README.md of a tiny model."""

from __future__ import annotations

from typing import Any

from tinydata.card import licence_of, model_card_text
from tinydata.model.config import Source

TEXT = """# Tiny random {model_class}

A model with random weights for tests and debugging, **not for use**: {parameters:,} parameters in {dtype}, of the same architecture as {name}.
Every kind of layer that the original has is there; the sizes are small.

```python
from transformers import {auto}

model = {auto}.from_pretrained("REPO"{trust})
```

`REPO` is this repo's id on the Hub, or the folder that it lies in.

## How it was made

```bash
{command}
```

`tinydata.yaml` has the versions and the hashes; `tinydata rebuild` makes the same again.
"""


def model_card(source: Source, auto: str | None, model_class: str, parameters: int, dtype: str, command: str) -> str:
    """The card: what the model is, and what it is not.

    Args:
        source: What it was made from; its licence is carried on.
        auto: The Auto class that loads it; None: its own class does.
        parameters: How many numbers it learns.
        command: The line that makes it again.
    """
    name = f"`{source.config.model_type}`"
    metadata: dict[str, Any] = {
        "library_name": "transformers",
        "tags": ["tiny", "random", "testing", source.config.model_type],
        **(licence_of(source.folder / "README.md") if source.folder else {}),
    }
    words = {
        "model_class": model_class,
        "auto": auto or model_class,
        "trust": ", trust_remote_code=True" if source.code else "",
    }
    return model_card_text(
        metadata, TEXT.format(parameters=parameters, dtype=dtype, name=name, command=command, **words)
    )
