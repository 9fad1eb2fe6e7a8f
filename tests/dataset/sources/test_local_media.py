import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.helpers import grow
from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource


def write(path, values, feature):
    schema = datasets.Features({"m": feature}).arrow_schema
    pq.write_table(pa.table({"m": pa.array(values, schema.field("m").type)}, schema=schema), path)
    return path


def medium(path, content=None):
    return {"bytes": content, "path": path}


def test_a_file_beside_the_source_is_taken_along(tmp_path):
    grow(tmp_path, {"pics/a.png": b"png"})
    path = write(
        tmp_path / "x.parquet", [medium("pics/a.png"), None, medium(None), medium("b", b"own")], datasets.Image()
    )

    assert open_source(path).take(range(4)).column("m").to_pylist() == [
        medium("pics/a.png", b"png"),
        None,
        medium(None),
        medium("b", b"own"),
    ]


def test_absolute_paths_do_not_survive(tmp_path):
    grow(tmp_path, {"elsewhere/a.png": b"png", "in/": ""})
    values = [
        medium(str(tmp_path / "elsewhere" / "a.png")),
        medium("/gone/b.png", b"own"),
        medium("C:\\gone\\c.png", b"own"),
    ]
    path = write(tmp_path / "in" / "x.parquet", values, datasets.Image())

    assert open_source(path).take(range(3)).column("m").to_pylist() == [
        medium("a.png", b"png"),
        medium("b.png", b"own"),
        medium("c.png", b"own"),
    ]


@pytest.mark.parametrize("name", ["gone.png", "../outside.png", "https://host/a.png", "nul\0", "x" * 5000])
def test_a_relative_path_that_leads_nowhere_stays_as_it_is(tmp_path, name):
    grow(tmp_path, {"outside.png": b"png", "in/": ""})
    path = write(tmp_path / "in" / "x.parquet", [medium(name)], datasets.Image())

    assert open_source(path).take([0]).column("m").to_pylist() == [medium(name)]


def test_an_absolute_path_that_leads_nowhere_is_named(tmp_path):
    path = write(tmp_path / "x.parquet", [medium("/gone/b.png")], datasets.Image())

    with pytest.raises(DamagedSource, match=r"x\.parquet: column 'm' names /gone/b\.png"):
        open_source(path).take([0])


def test_media_inside_lists_and_structs_are_taken_along(tmp_path):
    grow(tmp_path, {"a.png": b"png"})
    feature = datasets.List({"pic": datasets.Image(), "n": datasets.Value("int64")})
    values = [
        [],
        None,
        [{"pic": medium("a.png"), "n": 1}, None, {"pic": None, "n": 2}],
        [{"pic": medium("b"), "n": None}],
    ]
    path = write(tmp_path / "x.parquet", values, feature)
    values[2][0]["pic"]["bytes"] = b"png"

    assert open_source(path).take(range(4)).column("m").to_pylist() == values
    assert open_source(path).take([2, 3]).column("m").to_pylist() == values[2:]


def test_a_saved_dataset_takes_its_files_along(tmp_path):
    grow(tmp_path, {"a.png": b"png"})
    features = datasets.Features({"m": datasets.Image()})
    datasets.Dataset.from_dict({"m": [medium(str(tmp_path / "a.png"))]}, features=features).save_to_disk(
        tmp_path / "saved"
    )

    assert open_source(tmp_path / "saved").take([0]).column("m").to_pylist() == [medium("a.png", b"png")]
