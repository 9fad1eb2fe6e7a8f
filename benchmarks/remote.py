"""Ten records out of a Parquet file on a web server, against what `datasets` streams for the same ten; row counts of many files.

    python benchmarks/remote.py [--rows 160000] [--work FOLDER]

The file is written by `datasets`: pictures of noise, about 3 KB each, with captions. Bytes and requests are counted by the server, a
process of its own. For the counts it takes 45 ms for each answer, as one far away does. `datasets` streams over HTTP with aiohttp, which
it does not bring: `pip install aiohttp`; without it our figures stand alone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from measure import Row, fresh, print_table

MANY, THREADS, DELAY_S = 1_000, 32, 0.045
SHORT_BYTES = 16 << 10
MOST_SECONDS = 300
STREAMED = """
import os, sys
from datasets import Image, load_dataset
rows = load_dataset("parquet", data_files=sys.argv[1], streaming=True, split="train")
for at, _ in enumerate(rows.cast_column("image", Image(decode=False)).take(10)):
    pass
print(at + 1, flush=True)
os._exit(0)  # with more than one row group such a process often does not end by itself
"""


def main() -> None:
    """Make the files, serve them, and print the table."""
    parser = argparse.ArgumentParser(description="Ten records out of a Parquet file on a web server.")
    parser.add_argument("--rows", type=int, default=160_000, help="records of the file")
    parser.add_argument("--work", type=Path, help="a folder for the files; by default a temporary one")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        return serve(given.serve)
    with tempfile.TemporaryDirectory(dir=given.work) as scratch:
        work = Path(scratch)
        size = fresh(make_files, work, given.rows)
        print(f"{given.rows:,} records in {size:,} bytes; {MANY:,} files of {(work / 'many.parquet').stat().st_size:,}")
        with served(work) as url:
            print_table([*records(url, given.rows, work), *counts(url)])
    return None


def records(url: str, count: int, work: Path) -> Iterator[Row]:
    """Ten records, the first and any."""
    first = list(range(10))
    drawn = sorted(random.Random(0).sample(range(count), 10))
    address = f"{url}/big.parquet"
    rival = streamed(url, address)
    theirs = f"{rival['requests']} requests, {rival['bytes'] / 1e6:,.1f} MB" if rival else "did not run"
    for name, ids, most_requests, most_bytes in (("0-9", first, 6, 2e6), ("random", drawn, None, 12e6)):
        ask(url, "/forget")
        fresh(run_ours, address, ids, work / name)
        ours = stats(url)
        held = ours["bytes"] <= most_bytes and (most_requests is None or ours["requests"] <= most_requests)
        floor = f"<= {most_bytes / 1e6:.0f} MB" + (f", {most_requests} requests" if most_requests else "")
        mine = f"{ours['requests']} requests, {ours['bytes'] / 1e6:,.2f} MB"
        ratio = f"{rival['bytes'] / ours['bytes']:,.0f}x" if rival else ""
        yield Row(f"ids {name}", mine, f"datasets streaming, 0-9: {theirs}", ratio, floor, held)


def streamed(url: str, address: str) -> Any:
    """What `datasets` has a server count for the first ten records; None where it does not get there."""
    ask(url, "/forget")
    try:
        subprocess.run([sys.executable, "-c", STREAMED, address], check=True, capture_output=True, timeout=MOST_SECONDS)
    except subprocess.CalledProcessError as error:
        print(error.stderr.decode().splitlines()[-1], file=sys.stderr)
        return None
    except subprocess.TimeoutExpired:
        print(f"datasets did not stream ten records in {MOST_SECONDS} s", file=sys.stderr)
        return None
    return stats(url)


def counts(url: str) -> Iterator[Row]:
    """The rows of many files."""
    ask(url, f"/delay/{DELAY_S}")
    bare, ours = [], []
    for _ in range(3):  # in turns, so that both meet the same weather
        bare.append(fresh(run_bare, url))
        ours.append(fresh(run_counts, url))
    one, other = min(ours), min(bare)
    yield Row(
        f"row counts of {MANY:,} files",
        f"{one:.2f} s",
        f"bare range requests, {THREADS} threads: {other:.2f} s",
        f"{one / other:.2f}x",
        "<= 2x",
        one <= 2 * other,
    )


def make_files(work: Path, rows: int) -> int:
    """Write the big file and the small one that stands for many; gives the bytes of the big one."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset, Features, Image, Value

    draw = np.random.default_rng(0)
    pictures = [draw.bytes(int(length)) for length in draw.integers(2_400, 3_300, rows)]
    table = pa.table(
        {
            "id": pa.array(range(rows), pa.int64()),
            "image": pa.array([{"bytes": picture, "path": None} for picture in pictures], pa.struct({"bytes": pa.binary(), "path": pa.string()})),
            "caption": [f"caption {row} " + "of a picture of noise " * (row % 4) for row in range(rows)],
            "label": pa.array([row % 10 for row in range(rows)], pa.int64()),
        }
    )  # fmt: skip
    features = Features({"id": Value("int64"), "image": Image(), "caption": Value("string"), "label": Value("int64")})
    table = table.replace_schema_metadata(features.arrow_schema.metadata)
    Dataset(table, fingerprint="big").to_parquet(work / "big.parquet")
    pq.write_table(
        pa.table({"id": list(range(1_000)), "text": [f"row {row}" for row in range(1_000)]}), work / "many.parquet"
    )
    return (work / "big.parquet").stat().st_size


def run_ours(address: str, ids: Sequence[int], output: Path) -> None:
    """Unpack them."""
    from huggingface_hub import constants

    from tinydata import unpack

    constants.HF_HUB_OFFLINE = False
    made = unpack(address, output, ids=ids)
    assert list(made.ids) == list(ids)


def run_counts(url: str) -> float:
    """Count the rows of many files, as the shards of a repo are counted; gives the seconds."""
    from tinydata.dataset.sources.parquet import count_rows
    from tinydata.fetch import RemoteFile, in_threads
    from tinydata.fetch.http import Connections
    from tinydata.fetch.web import WebOrigin

    connections = Connections()
    addresses = [f"{url}/many-{number}.parquet" for number in range(MANY)]
    start = time.perf_counter()
    files = [RemoteFile(WebOrigin(connections, address, partial(str, address))) for address in addresses]
    found = in_threads(count_rows, files)
    taken = time.perf_counter() - start
    assert found == [1_000] * MANY
    return taken


def run_bare(url: str) -> float:
    """Ask for the ends of many files and do nothing with them; gives the seconds."""
    from concurrent.futures import ThreadPoolExecutor

    kept = threading.local()

    def end(number: int) -> int:
        if not hasattr(kept, "connection"):
            kept.connection = http.client.HTTPConnection(urlsplit(url).netloc)
        kept.connection.request("GET", f"/many-{number}.parquet", headers={"Range": f"bytes=-{SHORT_BYTES}"})
        return len(kept.connection.getresponse().read())

    start = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as pool:
        lengths = list(pool.map(end, range(MANY)))
    taken = time.perf_counter() - start
    assert all(lengths)
    return taken


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of a folder, in a process of its own."""
    with subprocess.Popen(
        [sys.executable, __file__, "--serve", str(folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:  # else whoever leaves by an error would wait for it for ever
            server.terminate()


def ask(url: str, path: str) -> bytes:
    """Tell the server something."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("GET", path)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def stats(url: str) -> Any:
    """What the server counted since it was told to forget."""
    return json.loads(ask(url, "/stats"))


def serve(folder: Path) -> None:
    """Serve the files of a folder by ranges, and count."""
    counted = {"requests": 0, "bytes": 0}
    delay = [0.0]
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            if self.path == "/forget":
                counted.update(requests=0, bytes=0)
            elif self.path.startswith("/delay/"):
                delay[0] = float(self.path.removeprefix("/delay/"))
            elif self.path == "/stats":
                return self.answer(200, {}, json.dumps(counted).encode())
            else:
                return self.file(folder / re.sub(r"-\d+", "", self.path[1:]))
            return self.answer(200, {}, b"")

        do_HEAD = do_GET  # noqa: N815  (http.server's name)

        def file(self, path: Path) -> None:
            time.sleep(delay[0])
            total = path.stat().st_size
            asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range") or "")
            start, stop, headers = 0, total, {"ETag": f'"{total}"', "Accept-Ranges": "bytes"}
            if asked:
                start = int(asked[1]) if asked[1] else max(0, total - int(asked[2]))
                stop = min(int(asked[2]) + 1, total) if asked[1] and asked[2] else total
                headers["Content-Range"] = f"bytes {start}-{stop - 1}/{total}"
            with lock:
                counted["requests"] += 1
            headers["Content-Length"] = str(stop - start)
            self.answer(206 if asked else 200, headers, b"")
            with path.open("rb") as file:
                file.seek(start)
                while self.command != "HEAD" and start < stop:
                    piece = file.read(min(1 << 16, stop - start))
                    try:
                        self.wfile.write(piece)
                    except OSError:  # it was not read to its end
                        self.close_connection = True
                        return
                    start += len(piece)
                    with lock:
                        counted["bytes"] += len(piece)

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

        def handle_error(self, *args: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
