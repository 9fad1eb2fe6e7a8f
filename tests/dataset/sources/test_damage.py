"""Whatever is done to the bytes of a source, it ends in seeds, or in an error of one line with nothing made."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pyarrow as pa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from tests.helpers import grow
from tinydata import unpack
from tinydata.errors import TinydataError

ROWS = [{"text": f"row {number}", "n": number, "list": [number, None], "struct": {"a": "b"}} for number in range(12)]
TABLE = pa.Table.from_pylist(ROWS)
LINES = "".join(f"{json.dumps(row)}\n" for row in ROWS).encode()
CSV = b"text,n\n" + b"".join(b'"row, ""%d""",%d\n' % (number, number) for number in range(12))
CARD = "---\nlicense: mit\nconfigs:\n- config_name: a\n  data_files:\n  - {split: train, path: '*.csv'}\n---\n"


def parquet_of(table: pa.Table) -> bytes:
    out = io.BytesIO()
    parquet.write_table(table, out, row_group_size=5, write_page_index=True)
    return out.getvalue()


def arrow_of(table: pa.Table, new: object = pa.ipc.new_stream) -> bytes:
    out = io.BytesIO()
    with new(out, table.schema) as writer:  # type: ignore[operator]
        writer.write_table(table, max_chunksize=5)
    return out.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return out.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()


TAR = tarred({f"{number}.{end}": f"{number}".encode() for number in range(6) for end in ("txt", "cls")})
# What is damaged, and what lies beside it.
WHOLE: dict[str, tuple[bytes, dict[str, bytes | str]]] = {
    "a.parquet": (parquet_of(TABLE), {}),
    "stream.arrow": (arrow_of(TABLE), {}),
    "file.arrow": (arrow_of(TABLE, pa.ipc.new_file), {}),
    "a.jsonl": (LINES, {}),
    "a.json": (json.dumps(ROWS, indent=1).encode(), {}),
    "a.csv": (CSV, {}),
    "a.txt": ("Zeilen\näöü\r\n".encode() * 3, {}),
    "a.jsonl.gz": (gzip.compress(LINES), {}),
    "a.jsonl.xz": (lzma.compress(LINES), {}),
    "a.csv.bz2": (bz2.compress(CSV), {}),
    "a.jsonl.zst": (pa.compress(LINES, "zstd", asbytes=True), {}),
    "a.tar": (TAR, {}),
    "a.tgz": (gzip.compress(TAR), {}),
    "a.zip": (zipped({"a.csv": CSV, "b.csv": CSV}), {}),
    "p.zip": (zipped({"0.jpg": b"zero", "metadata.csv": b"file_name,n\n0.jpg,1\n"}), {}),
    "repo/README.md": (CARD.encode(), {"repo/a.csv": CSV}),
    "folder/metadata.jsonl": (b'{"file_name": "0.jpg", "n": 1}\n', {"folder/0.jpg": b"zero"}),
    "folder/metadata.parquet": (parquet_of(pa.table({"file_name": ["0.jpg"]})), {"folder/0.jpg": b"zero"}),
}
PIECES = [b"\0", b"\xff\xfe", b'"', b",", b"\n", b"{", b"]", b"../", bytes(600), b"1e999", b"\\ud800", b"&a [*a]"]


def damaged(content: bytes, where: float, how: str, piece: bytes) -> bytes:
    at = round(where * len(content))
    changed = {
        "cut": content[:at],
        "put in": content[:at] + piece + content[at:],
        "written over": content[:at] + piece + content[at + len(piece) :],
        "taken out": content[:at] + content[at + len(piece) :],
        "twice": content + content[at:],
    }
    return changed[how]


def told(source: Path, out: Path, pick: int | None) -> str | None:
    try:
        unpack(source, out, pick=pick)
    except TinydataError as error:
        return str(error)
    return None


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(sorted(WHOLE)),
    st.floats(0, 1),
    st.sampled_from(["cut", "put in", "written over", "taken out", "twice"]),
    st.sampled_from(PIECES) | st.binary(min_size=1, max_size=8),
    st.sampled_from([None, 3]),
)
@example("a.zip", 0.1, "taken out", b"12345", None)
def test_a_damaged_source_ends_in_seeds_or_in_one_line(name, where, how, piece, pick):
    content, beside = WHOLE[name]
    with tempfile.TemporaryDirectory() as scratch:
        root = grow(Path(scratch, "in"), {name: damaged(content, where, how, piece), **beside})
        out = Path(scratch, "out")
        problem = told(root / name.split("/")[0], out, pick)
        if problem is None:
            assert (out / "dataset_info.json").is_file()
        else:
            assert "\n" not in problem
            assert len(problem) < 600
            assert [entry.name for entry in Path(scratch).iterdir()] == ["in"]
