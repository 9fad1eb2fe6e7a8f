"""Reads repos with whatever version of `datasets` runs it, in every way that the version knows, and digests what it saw.

    python reader.py REPOS ANSWER.json

Stands alone: nothing but the standard library, pyarrow, Pillow and `datasets`, and it never imports tinydata.
The caller gives a cache of its own by HF_HOME, and HF_HUB_OFFLINE=1.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HEAD = 5  # rows that are read decoded, and streamed
ANY_LENGTH = "77.unique"  # no repo has it: the builder makes it
STREAM_SECONDS = 120
COMMAND_SECONDS = 300

# Parquet has no seconds and no date64, so 2.21 and later, which believe the file, show what 2.14 takes from the metadata.
_SAME_IN_PARQUET = {"date64": "date32", "time32[s]": "time32[ms]"}


def plain(value: Any) -> Any:
    """Turn a value into JSON, so that two values are equal when their JSON is, whatever library made them."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, bytes):
        return ["bytes", hashlib.sha256(value).hexdigest()]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        return ["float", value.hex()]
    if isinstance(value, decimal.Decimal):
        return ["decimal", str(value)]
    if isinstance(value, datetime.datetime):
        moment = value.astimezone(datetime.UTC) if value.tzinfo else value
        return ["moment", moment.isoformat(), getattr(value, "nanosecond", 0)]
    if isinstance(value, (datetime.date, datetime.time)):
        return ["date", value.isoformat()]
    if isinstance(value, datetime.timedelta):
        return ["time", value.days, value.seconds, value.microseconds, getattr(value, "nanoseconds", 0)]
    if hasattr(value, "getexif"):
        return ["pixels", value.mode, list(value.size), hashlib.sha256(value.tobytes()).hexdigest()]
    raise TypeError(f"no plain form for {type(value)}")


def digest(value: Any) -> str:
    """Hash a value by its plain form."""
    return hashlib.sha256(json.dumps(plain(value), sort_keys=True).encode()).hexdigest()[:16]


def digest_table(table: Any) -> dict[str, str]:
    """Hash each column of an Arrow table, undecoded: column -> digest."""
    return {name: digest(table.column(name).to_pylist()) for name in table.column_names}


def kind_of(feature: Any) -> Any:
    """Describe a feature in words that all versions share: `List`, `Sequence` and ``[x]`` are one thing."""
    name = type(feature).__name__
    if isinstance(feature, dict):
        return {key: kind_of(inner) for key, inner in feature.items()}
    if isinstance(feature, list):
        return ["list", kind_of(feature[0])]
    if name in ("Sequence", "List", "LargeList"):
        return ["list", kind_of(feature.feature)]
    if name == "ClassLabel":
        return ["ClassLabel", *feature.names]
    if name == "Value":
        return re.sub(r"\[s(?=[],])", "[ms", _SAME_IN_PARQUET.get(feature.dtype, feature.dtype))
    return name


def read_split(split: Any) -> dict[str, Any]:
    """Read a `datasets.Dataset` whole as Arrow, and its head as rows with pictures decoded."""
    return {
        "rows": len(split),
        "kinds": {name: kind_of(feature) for name, feature in sorted(split.features.items())},
        "columns": digest_table(split.with_format("arrow")[:]),
        "head": [digest(split[row]) for row in range(min(HEAD, len(split)))],
    }


def read_repo(repo: str) -> dict[str, Any]:
    """Load every config and split of a repo's Parquet files."""
    import datasets

    configs = {
        config: {name: read_split(split) for name, split in datasets.load_dataset(repo, config).items()}
        for config in sorted(datasets.get_dataset_config_names(repo))
    }
    by_default = {
        name: digest_table(split.with_format("arrow")[:]) for name, split in datasets.load_dataset(repo).items()
    }
    return {"configs": configs, "default": by_default}


def stream_repo(repo: str) -> dict[str, Any]:
    """Stream the head of every config and split."""
    import datasets

    return {
        config: {
            name: [digest(row) for row in split.take(HEAD)]
            for name, split in datasets.load_dataset(repo, config, streaming=True).items()
        }
        for config in sorted(datasets.get_dataset_config_names(repo))
    }


def run_script(repo: str) -> dict[str, Any] | None:
    """Load every config that `loader.py` lists, by it as a loading script; `datasets` 4 and later refuse scripts."""
    import datasets

    if _version() >= (4,):
        return None
    script = str(Path(repo) / "loader.py")
    trust: dict[str, Any] = {} if _version() < (2, 16) else {"trust_remote_code": True}
    return {
        config: {
            name: digest_table(split.with_format("arrow")[:])
            for name, split in datasets.load_dataset(script, config, **trust).items()
        }
        for config in sorted(datasets.get_dataset_config_names(script, **trust))
    }


def import_builder(repo: str) -> dict[str, Any]:
    """Make a length that the repo does not hold, by the builder class that its `loader.py` defines; of a subset all configs."""
    sys.path.insert(0, repo)
    try:
        module = importlib.import_module("loader")
        if hasattr(module, "Synthetic"):
            return _built(module.Synthetic(config_name=ANY_LENGTH))
        return {config.name: _built(module.Subset(config_name=config.name)) for config in module.Subset.BUILDER_CONFIGS}
    finally:
        sys.path.remove(repo)
        sys.modules.pop("loader", None)


def _built(builder: Any) -> dict[str, Any]:
    builder.download_and_prepare()
    made = builder.as_dataset()
    return {name: digest_table(split.with_format("arrow")[:]) for name, split in made.items()}


def run_program(repo: str) -> dict[str, Any] | None:
    """Make the same length by `python loader.py`: split -> columns; the loader of a subset is no program."""
    import pyarrow.parquet as pq

    if "def main(" not in Path(repo, "loader.py").read_text(encoding="utf-8"):
        return None
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        _run([sys.executable, str(Path(repo) / "loader.py"), ANY_LENGTH, str(out)])
        return {path.name.split("-")[0]: digest_table(pq.read_table(path)) for path in sorted(out.rglob("*.parquet"))}


def try_command(repo: str) -> list[str]:
    """Run `datasets-cli test` in the form that this version takes: the names of the configs that it tested."""
    what = [repo, "--all_configs"]
    if _version() < (4,):  # there the command cannot test folders of data files
        what = [str(Path(repo) / "loader.py"), "--all_configs"]
    if (2, 16) <= _version() < (4,):
        what.append("--trust_remote_code")
    with tempfile.TemporaryDirectory() as cache:
        told = _run([str(Path(sys.executable).parent / "datasets-cli"), "test", *what, "--cache_dir", cache])
    if "Test successful." not in told:
        raise RuntimeError(f"datasets-cli test {' '.join(what)}: {told[-2000:]}")
    return sorted(re.findall(r"Testing builder '([^']+)' \(\d+/\d+\)", told))


def read_everything(repos: list[str]) -> dict[str, Any]:
    """Read all repos in all ways: repo name -> what was seen."""
    with ThreadPoolExecutor(2) as pool:  # child processes of half a dozen seconds each; the loading goes on beside them
        children = {
            repo: (pool.submit(try_command, repo), pool.submit(run_program, repo), pool.submit(_stream_apart, repo))
            for repo in repos
        }
        seen = {
            Path(repo).name: {**read_repo(repo), "script": run_script(repo), "builder": import_builder(repo)}
            for repo in repos
        }
        for repo, (command, program, streamed) in children.items():
            seen[Path(repo).name] |= {
                "command": command.result(),
                "program": program.result(),
                "streamed": streamed.result(),
            }
    return seen


def _stream_apart(repo: str) -> Any:
    return json.loads(_run([sys.executable, __file__, "--stream", repo], STREAM_SECONDS).splitlines()[-1])


def _run(command: list[str], seconds: int = COMMAND_SECONDS) -> str:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
        env=dict(os.environ),  # a copy: what the main thread sets meanwhile may move the variables themselves
    )
    if done.returncode:
        raise RuntimeError(f"exit {done.returncode}: {' '.join(command)}\n{done.stdout}\n{done.stderr[-4000:]}")
    return done.stdout


def _version() -> tuple[int, ...]:
    import datasets

    return tuple(int(part) for part in datasets.__version__.split(".")[:2])


def _be_quiet() -> None:
    import datasets

    datasets.logging.set_verbosity_error()
    datasets.disable_progress_bar()  # 2.14 does not know the plural


if __name__ == "__main__":
    first, second = sys.argv[1:]
    _be_quiet()
    if first == "--stream":
        sys.stdout.write(json.dumps(stream_repo(second)) + "\n")
        sys.stdout.flush()
        # Threads of a half-read Parquet stream keep 3.6 to 5.2 from ending, or crash them while they do.
        os._exit(0)
    answer = read_everything([str(folder) for folder in sorted(Path(first).iterdir()) if folder.is_dir()])
    Path(second).write_text(json.dumps(answer, indent=1, sort_keys=True), encoding="utf-8")
