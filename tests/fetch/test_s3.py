"""S3 is read as whoever the environment says, and a bucket where it lies."""

from __future__ import annotations

import pytest

from tests.servers import Elsewhere
from tinydata import errors
from tinydata.fetch import Folder, RemoteFile, find


def test_a_file_is_asked_for_by_a_signed_address(s3):
    address = s3.put("a b/\u00fc+c.csv", "a\n")
    file = find(address)
    assert isinstance(file, RemoteFile)

    assert (file.read(0, 10), file.name) == (b"a\n", address)
    assert "X-Amz-Signature=" in s3.proxy.passed[-1].path


def test_a_stranger_signs_nothing(s3, monkeypatch):
    address = s3.put("d/a.csv", "a\n")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    file, folder = find(address), find("s3://bucket/d/")
    assert isinstance(file, RemoteFile)
    assert isinstance(folder, Folder)
    s3.proxy.fail(403, where="a.csv")

    with pytest.raises(errors.AccessDenied):
        file.read(0, 10)

    assert folder.names == ("a.csv",)
    assert not any("Signature" in one.path or "Authorization" in one.headers for one in s3.proxy.passed)


def test_a_bucket_of_another_region_is_asked_there(s3, clock):
    address = s3.put("a.csv", "a\n")
    file = find(address)
    assert isinstance(file, RemoteFile)
    s3.proxy.fail(301, 1, headers={"x-amz-bucket-region": "eu-west-1"})

    assert file.read(0, 10) == b"a\n"
    assert "eu-west-1" in s3.proxy.passed[-1].path


def test_a_folder_is_all_below_it_and_a_pattern_what_fits(s3):
    for name in ("d/a.csv", "d/e/b.csv", "dd/c.csv"):
        s3.put(name, name)

    found = [find(f"s3://bucket/{word}") for word in ("d/", "d", "d/*.csv", "**/[bc].csv")]

    assert [one.names for one in found if isinstance(one, Folder)] == [
        ("a.csv", "e/b.csv"),
        ("a.csv", "e/b.csv"),
        ("a.csv",),
        ("d/e/b.csv", "dd/c.csv"),
    ]
    assert found[2].file("a.csv").read(0, 10) == b"d/a.csv"
    assert found[2].file("a.csv").name == "s3://bucket/d/a.csv"


@pytest.mark.parametrize("address", ["s3://bucket/x/", "s3://bucket/x*.csv", "s3://nope/x/"])
def test_a_folder_that_is_not_there_is_told(s3, address):
    with pytest.raises(errors.NoSuchAddress, match="nothing lies there"):
        find(address)


def test_a_listing_that_is_refused_is_told(s3: Elsewhere):
    s3.proxy.fail(403)

    with pytest.raises(errors.AccessDenied, match=r"s3://bucket/x/"):
        find("s3://bucket/x/")
