"""Real pictures of every awkward sort: unpacked byte for byte, then shrunk or named, as their list says."""

from __future__ import annotations

import io
import json
import re
import shutil
import warnings

import pytest
from PIL import Image

from tinydata import read_seeds, shrink, unpack


@pytest.fixture(scope="module")
def journey(real, tmp_path_factory):
    """The files, what their list says of each, the seeds before and after, and which failed."""
    root = tmp_path_factory.mktemp("pictures")
    rows = re.findall(
        r"^\| (\S+) \| \d+ \|.*\| ([^|]+) \| [^|]+ \|$", (real / "images" / "SOURCES.md").read_text(), re.MULTILINE
    )
    expected = {name: outcome for name, outcome in rows if (real / "images" / name).is_file()}
    for name in expected:
        shutil.copy(real / "images" / name, root)
    lines = [json.dumps({"picture": name}) for name in expected]
    (root / "rows.jsonl").write_text("\n".join(lines))
    before = read_seeds(unpack(root / "rows.jsonl", root / "seeds", ids="0-").path).table.column("picture").to_pylist()
    failures = shrink(root / "seeds").failures
    after = read_seeds(root / "seeds").table.column("picture").to_pylist()
    return root, expected, before, after, failures


def test_every_picture_is_unpacked_byte_for_byte(journey):
    root, expected, before, _, _ = journey

    assert [value["bytes"] for value in before] == [(root / name).read_bytes() for name in expected]
    assert [value["path"] for value in before] == list(expected)


def test_those_that_cannot_be_read_are_named_and_left_as_they_were(journey):
    _, expected, before, after, failures = journey
    bad = [place for place, outcome in enumerate(expected.values()) if outcome != "loads"]

    assert sorted(int(re.search(r"/(\d+)/picture", str(error.path))[1]) for error in failures) == bad
    assert [after[place] for place in bad] == [before[place] for place in bad]


def test_all_others_fit_the_box(journey):
    _, expected, _, after, _ = journey
    for (name, outcome), value in zip(expected.items(), after, strict=True):
        if outcome == "loads":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of some, Pillow says that their EXIF is damaged
                with Image.open(io.BytesIO(value["bytes"])) as image:
                    image.load()
                    assert max(image.size) <= 32, name
