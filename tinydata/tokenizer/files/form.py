"""Form: one way in which a vocabulary lies on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tinydata.tokenizer.origin import Origin
from tinydata.tokenizer.shrink import Cut
from tinydata.tokenizer.vocabulary import Vocabulary


@dataclass(frozen=True)
class Form:
    """One way in which a vocabulary lies on disk.

    Args:
        name: What people call it.
        finds: The names of the files of this form, by name and content; none where there are none.
        read: The vocabulary, with the frame of its tokenizer.json.
        write: The same files with what is left: name -> content.
        learns: Whether a vocabulary that was learned anew can be written in this form.
        has_layout: Whether the files tell all that a tokenizer.json needs.
    """

    name: str
    finds: Callable[[Origin], tuple[str, ...]]
    read: Callable[[Origin], Vocabulary]
    write: Callable[[Origin, Cut], dict[str, bytes]]
    learns: bool = False
    has_layout: Callable[[Origin], bool] = lambda _: True
