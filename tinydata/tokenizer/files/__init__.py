"""Forms: one file for each way in which a vocabulary lies on disk, one name in the table."""

from __future__ import annotations

from tinydata.errors import UnknownSource
from tinydata.tokenizer.files.form import Form
from tinydata.tokenizer.files.tokenizer_json import TOKENIZER_JSON
from tinydata.tokenizer.origin import Origin

__all__ = ["FORMS", "Form", "find_forms"]

# The first that finds itself is read: it tells most. The others are cut after it.
FORMS: dict[str, Form] = {form.name: form for form in (TOKENIZER_JSON,)}


def find_forms(origin: Origin) -> list[Form]:
    """The forms that lie in a source, the one to read first.

    Raises:
        UnknownSource: None does.
    """
    found = [form for form in FORMS.values() if form.finds(origin)]
    if not found:
        raise UnknownSource(origin.shown, f"no tokenizer: one of {', '.join(FORMS)} is wanted")
    return found
