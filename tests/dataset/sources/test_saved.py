import json

import datasets
import pyarrow as pa
import pytest

from tinydata.dataset.sources import open_source
from tinydata.errors import DamagedSource, NoSuchRecord, UnknownConfig, UnknownSplit

datasets.disable_progress_bars()


def numbers(count, **info):
    features = datasets.Features({"n": datasets.Value("int64"), "side": datasets.ClassLabel(names=["left", "right"])})
    rows = {"n": list(range(count)), "side": [n % 2 for n in range(count)]}
    return datasets.Dataset.from_dict(rows, features=features, info=datasets.DatasetInfo(features=features, **info))


def test_rows_and_features_of_all_shards_come_out(tmp_path):
    numbers(2500).save_to_disk(tmp_path / "saved", num_shards=3)
    records = open_source(tmp_path / "saved")

    assert records.take([0, 833, 834, 1700, 2499]).column("n").to_pylist() == [0, 833, 834, 1700, 2499]
    assert records.features["side"] == {"names": ["left", "right"], "_type": "ClassLabel"}
    assert records.count() == 2500


def test_only_the_shards_that_hold_the_rows_are_touched(tmp_path):
    numbers(2500).save_to_disk(tmp_path / "saved", num_shards=3)
    records = open_source(tmp_path / "saved")

    records.take([0, 833])
    assert [path.name for path in records.files()] == ["data-00000-of-00003.arrow"]
    records.take([834])
    assert [path.name for path in records.files()] == ["data-00000-of-00003.arrow", "data-00001-of-00003.arrow"]


def test_past_the_last_shard_is_an_error_that_knows_the_count(tmp_path):
    numbers(30).save_to_disk(tmp_path / "saved", num_shards=3)

    with pytest.raises(NoSuchRecord) as error:
        open_source(tmp_path / "saved").take([2, 29, 30, 31])

    assert (error.value.record_id, error.value.count) == (30, 30)


def test_train_is_opened_unless_another_split_is_named(tmp_path):
    splits = datasets.DatasetDict({"test": numbers(3), "train": numbers(5)})
    splits.save_to_disk(tmp_path / "saved")

    assert open_source(tmp_path / "saved").count() == 5
    assert open_source(tmp_path / "saved", split="test").count() == 3
    assert open_source(tmp_path / "saved").splits == ("test", "train")
    assert open_source(tmp_path / "saved").split == "train"
    with pytest.raises(UnknownSplit, match="test, train"):
        open_source(tmp_path / "saved", split="dev")


def test_without_a_train_split_the_first_is_opened(tmp_path):
    datasets.DatasetDict({"dev": numbers(3), "aux": numbers(5)}).save_to_disk(tmp_path / "saved")

    assert open_source(tmp_path / "saved").split == "dev"


def test_an_indices_mapping_of_an_old_version_is_followed(tmp_path):
    numbers(10).save_to_disk(tmp_path / "saved")
    indices = pa.table({"indices": pa.array([7, 2, 2, 9], pa.uint64())})
    with pa.ipc.new_stream(tmp_path / "saved" / "indices.arrow", indices.schema) as writer:
        writer.write_table(indices)
    state = json.loads((tmp_path / "saved" / "state.json").read_text())
    state["_indices_data_files"] = [{"filename": "indices.arrow"}]
    (tmp_path / "saved" / "state.json").write_text(json.dumps(state))
    records = open_source(tmp_path / "saved")

    assert records.count() == 4
    assert records.take([0, 2, 3]).column("n").to_pylist() == [7, 2, 9]


def test_what_the_source_says_of_itself_is_kept(tmp_path):
    numbers(3, license="mit", citation="@misc{x}", config_name="en").save_to_disk(tmp_path / "saved")
    records = open_source(tmp_path / "saved", config="en")

    assert (records.config, records.license, records.citation) == ("en", "mit", "@misc{x}")
    with pytest.raises(UnknownConfig, match="en"):
        open_source(tmp_path / "saved", config="de")


def test_a_cut_shard_is_named(tmp_path):
    numbers(5000).save_to_disk(tmp_path / "saved", num_shards=2)
    shard = tmp_path / "saved" / "data-00001-of-00002.arrow"
    shard.write_bytes(shard.read_bytes()[:-3000])

    with pytest.raises(DamagedSource, match="data-00001"):
        open_source(tmp_path / "saved").take([4999])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("state.json", "{"),
        ("state.json", "[]"),
        ("state.json", '{"_data_files": []}'),
        ("state.json", '{"_data_files": [{"filename": "gone.arrow"}]}'),
        ("state.json", '{"_data_files": [3]}'),
        ("dataset_dict.json", '{"splits": []}'),
        ("dataset_dict.json", '{"splits": ["gone"]}'),
        ("data-00000-of-00001.arrow", "not arrow"),
    ],
)
def test_a_damaged_part_is_named(tmp_path, name, content):
    numbers(3).save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / name).write_text(content)

    with pytest.raises(DamagedSource):
        open_source(tmp_path / "saved").take([0])
