"""Text: ids, embeddings, decoder ids, boxes of words, codebooks beside one another."""

from __future__ import annotations

from collections.abc import Iterator

from tinydata.model.inputs.facts import LENGTH, ROWS, Facts
from tinydata.model.inputs.recipes import Draw, Maker, Recipe, ids, normal, ones

CODEBOOKS = ("num_codebooks", "n_codebooks", "num_vq", "num_code_groups", "n_codes_total", "num_channels")
LONG = 128
CHOICES = 2


def texts(facts: Facts) -> Iterator[Recipe]:
    """From the plainest text to the most unlikely one."""
    plain = list(_plain(facts))
    if facts.takes("decoder_input_ids"):
        # Elsewhere in the tree, channels are those of pictures.
        channels = (getattr(node, "num_channels", None) for path, node in facts.nodes if "decoder" in path)
        codebooks = facts.number("num_codebooks", "n_codebooks", "num_channels_out") or next(
            (count for count in channels if isinstance(count, int)), None
        )
        size = facts.decoder_vocabulary
        if codebooks and codebooks > 1 and plain:
            yield plain[0] | {"decoder_input_ids": ids(ROWS * codebooks, LENGTH // 2, size=size)}
            yield plain[0] | {"decoder_input_ids": ids(ROWS, LENGTH // 2, codebooks, size=size)}
        plain = [text | {"decoder_input_ids": ids(ROWS, LENGTH // 2, size=size)} for text in plain]
        yield from plain or [{"decoder_input_ids": ids(ROWS, LENGTH // 2, size=size)}]
    else:
        yield from plain


def _plain(facts: Facts) -> Iterator[Recipe]:
    if facts.takes("input_ids"):
        books = _codebooks(facts)
        if type(facts.model).__name__.endswith("MultipleChoice"):
            yield _text(facts, ROWS, CHOICES, LENGTH)
        yield _text(facts, ROWS, LENGTH)
        for count in books:
            yield {"input_ids": ids(ROWS, LENGTH, count)}
            yield {"input_ids": ids(ROWS * count, LENGTH)}
            yield {"input_ids": ids(ROWS, count, LENGTH)}
            yield {"input_ids": ids(ROWS, count)}
        yield {"input_ids": ids(ROWS, LENGTH)}
        yield _text(facts, ROWS, LONG)
        yield {"input_ids": ids(ROWS, 1)}
    elif facts.takes("inputs_embeds"):
        for width in dict.fromkeys([facts.width, *facts.numbers("hidden_size", "d_model")]):
            yield {"inputs_embeds": normal(ROWS, LENGTH, width), "attention_mask": ones(ROWS, LENGTH)}


def _codebooks(facts: Facts) -> list[int]:
    counts = facts.numbers(*CODEBOOKS[:-1])
    if isinstance(facts.setting("num_codebooks", "n_codebooks"), int):
        counts += [count + 1 for count in counts]  # the text stands beside the codes in some
    return [count for count in counts if count > 1]


def _text(facts: Facts, *shape: int) -> Recipe:
    recipe: Recipe = {"input_ids": ids(*shape), "attention_mask": ones(*shape)}
    if facts.takes("bbox"):
        recipe["bbox"] = boxes(facts, *shape)
    return recipe


def boxes(facts: Facts, *shape: int) -> Maker:
    """Boxes of words on a page: left, top, right, bottom, each below the table of places."""
    most = min(facts.number("max_2d_position_embeddings") or 1000, 1000) // 2

    def make(draw: Draw) -> object:
        box = draw.below(max(2, most), *shape, 4)
        box[..., 2:] = box[..., :2] + 1
        return box

    return make
