"""Reads seeds, a folder or a tarball of a few records, and generates datasets of any length from them.

This file is all that a generated dataset repo needs; it knows nothing but numpy, pyarrow and `datasets`. Use it as

- a program:         python loader.py 1M.unique out/
- a builder:         from loader import Synthetic; Synthetic(config_name="1M.unique").download_and_prepare()
- a loading script:  load_dataset("REPO/loader.py", "1M.unique", trust_remote_code=True)   (`datasets` below 4)

Laws: row j of a split is seed j % n; in a unique variant the number of the row, counted through all splits and padded to
one width, stands in place of the last characters of its text, so that no two rows share a text; a null stays null.
"""

from __future__ import annotations

import base64
import difflib
import json
import lzma
import re
import sys
import tarfile
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal, InvalidOperation
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

# What a repo sets for itself; as they stand here they suit any seeds.
VARIANTS: tuple[str, ...] = (
    "100.unique",
    "100.repeat",
    "300.unique",
    "300.repeat",
    "1k.unique",
    "1k.repeat",
    "10k.unique",
    "10k.repeat",
)
SPLITS: tuple[str, ...] = ()  # none: those of the source
STAMP: str | None = None  # none: the first text there is

ROW_GROUP = 10_000
INFO = "dataset_info.json"
PACK = "data.tar.gz"
LONGEST_STEM, STEM_START = 200, 100  # bytes; a file's name has 255 at most, and a list's number and a suffix follow
MEDIA = frozenset({"Image", "Audio", "Video", "Pdf", "Nifti", "Mesh", "BioSequence", "BioStructure"})

# What a slip of the pen in dataset_info.json may have meant.
FEATURES = (*sorted(MEDIA), "Array2D", "ClassLabel", "Json", "LargeList", "List", "Sequence", "Translation", "Value")
DTYPES = (
    "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 string binary date32 null".split()
)
# And what a file that belongs to no column would be.
GUESSES = {
    ".txt": "string", ".jpg": "Image", ".png": "Image", ".gif": "Image", ".webp": "Image", ".wav": "Audio", ".mp3": "Audio",
    ".flac": "Audio", ".ogg": "Audio", ".mp4": "Video", ".mov": "Video", ".pdf": "Pdf", ".bin": "binary",
}  # fmt: skip
VIEWS = {
    "string_view": "string",
    "binary_view": "binary",
}  # another layout of the same values, that pyarrow can do little with
JSON_MEND = "commas stand between things, none after the last; names and texts are in double quotes"

Feature = Any  # the JSON form of a `datasets` feature: a dict with `_type`, a dict of features, or a list of one


class SeedError(ValueError):
    """A file that breaks a rule of the layout; `mend` says what would mend it."""

    def __init__(self, path: str, problem: str, mend: str = "") -> None:
        super().__init__(f"{path}: {problem}" + (f" ({mend})" if mend else ""))
        self.path, self.problem, self.mend = path, problem, mend


class WordError(ValueError):
    """A variant or a stamp that means nothing here."""


class Seeds(NamedTuple):
    """Seeds as they were read: one row of `table` for each name, columns as in `features`, in storage types."""

    names: tuple[str, ...]
    features: dict[str, Feature]
    table: pa.Table
    info: dict[str, Any]

    @property
    def splits(self) -> tuple[str, ...]:
        """The source's split names, `train` where it had none."""
        return tuple(self.info.get("splits") or ("train",))


def parse_variant(variant: str) -> tuple[int, bool]:
    """Take `10k.unique` apart: (10000, True).

    Raises:
        WordError: It is not SIZE.unique or SIZE.repeat.
    """
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([kKmM]?)\.(unique|repeat)", variant)
    if match:
        whole, part, unit, sort = match.groups()
        zeros = {"": 0, "k": 3, "m": 6}[unit.lower()] - len(part or "")
        rows = int(whole + (part or "")) * 10 ** max(zeros, 0)
        if zeros >= 0 and rows > 0:
            return rows, sort == "unique"
    raise WordError(f"variant {variant!r}: not SIZE.unique or SIZE.repeat, as in 100.unique, 10k.repeat, 1.5M.unique")


def smallest(variants: Iterable[str]) -> str:
    """The one that loads where none is named: of the unique ones, or else of all, that with the fewest rows."""
    sizes = {variant: parse_variant(variant) for variant in variants}
    return min(sizes, key=lambda variant: (not sizes[variant][1], sizes[variant][0]))


def is_text(feature: Feature) -> bool:
    """Whether it is a plain string."""
    return value_type(feature) in (pa.string(), pa.large_string())


def is_media(feature: Feature) -> bool:
    """Whether it is a file: a picture, a sound, a film ..."""
    return isinstance(feature, Mapping) and isinstance(feature.get("_type"), str) and feature["_type"] in MEDIA


def item_feature(feature: Feature) -> Feature | None:
    """The feature of a list's items; None for what is no list."""
    if isinstance(feature, (list, tuple)):
        return feature[0]
    if isinstance(feature, Mapping) and feature.get("_type") in ("Sequence", "List", "LargeList"):
        inner = feature["feature"]
        if feature["_type"] == "Sequence" and _is_struct(inner):
            return None  # a Sequence of a dict is, to `datasets`, a dict of lists
        return inner
    return None


def struct_fields(feature: Feature) -> dict[str, Feature] | None:
    """The features of a struct's fields; None for what is no struct."""
    if not isinstance(feature, Mapping):
        return None
    if _is_struct(feature):
        return dict(feature)
    if feature["_type"] == "Sequence" and _is_struct(feature["feature"]):
        length = feature.get("length", -1)
        return {
            name: {"_type": "Sequence", "feature": inner, "length": length}
            for name, inner in feature["feature"].items()
        }
    if feature["_type"] == "Translation":
        return {language: {"_type": "Value", "dtype": "string"} for language in sorted(feature["languages"])}
    if feature["_type"] == "TranslationVariableLanguages":
        texts = {"_type": "Sequence", "feature": {"_type": "Value", "dtype": "string"}}
        return {"language": texts, "translation": texts}
    return None


def value_type(feature: Feature) -> pa.DataType | None:
    """The Arrow type of a Value; None for what is none."""
    dtype = _dtype(feature)
    if dtype is None:
        return None
    match = re.fullmatch(r"(\w+?)(?:\[(\w+)(?:, ?tz=(.+))?\]|\((\d+), ?(-?\d+)\))?", dtype)
    if not match:
        raise SeedError(INFO, f"no type {dtype!r}", _nearest(dtype, DTYPES))
    name, unit, zone, precision, scale = match.groups()
    make: Any = getattr(pa, {"bool": "bool_", "float": "float32", "double": "float64"}.get(name, name), None)
    try:
        if name == "timestamp":
            return pa.timestamp(unit, tz=zone)
        if name == "fixed_size_binary":
            return pa.binary(int(unit))
        if precision is not None:
            return make(int(precision), int(scale))
        return make(unit) if unit else make()
    except (TypeError, ValueError, pa.ArrowException) as error:  # a name that pyarrow lacks is None, and not callable
        raise SeedError(INFO, f"no type {dtype!r}", _nearest(dtype, DTYPES)) from error


def arrow_type(feature: Feature) -> pa.DataType:
    """The Arrow type that a feature is stored in, without extension types."""
    if is_media(feature):
        return pa.struct({"bytes": pa.binary(), "path": pa.string()})
    fields = struct_fields(feature)
    if fields is not None:
        return pa.struct([pa.field(name, arrow_type(inner)) for name, inner in fields.items()])
    item = item_feature(feature)
    if item is not None:
        length = -1 if isinstance(feature, (list, tuple)) else feature.get("length", -1)
        if not isinstance(feature, (list, tuple)) and feature["_type"] == "LargeList":
            return pa.large_list(arrow_type(item))
        return pa.list_(arrow_type(item), length)
    sort = feature.get("_type")
    if sort == "Value":
        return value_type(feature)
    if sort == "ClassLabel":
        if not isinstance(feature.get("names") or [], (list, tuple)):
            raise SeedError(INFO, f"no list of class names: {feature['names']!r}")
        return pa.int64()
    if sort == "Json":
        return pa.string()
    match = re.fullmatch(r"Array(\d)D", str(sort))
    if match:
        stored = value_type({"_type": "Value", "dtype": feature["dtype"]})
        for _ in range(int(match[1])):
            stored = pa.list_(stored)
        return stored
    raise SeedError(INFO, f"no feature type {sort!r}", _nearest(str(sort), FEATURES))


def portable(feature: Feature) -> Feature:
    """The same feature spelled so that every `datasets` from 2.14 on reads it: `Sequence` and `[...]`, never `List`."""
    if isinstance(feature, (list, tuple)):
        return [portable(feature[0])]
    if _is_struct(feature):
        return {name: portable(inner) for name, inner in feature.items()}
    if feature["_type"] == "List" and _is_struct(feature["feature"]) and feature.get("length", -1) == -1:
        return [portable(feature["feature"])]
    if feature["_type"] in ("List", "Sequence", "LargeList"):
        length = {} if feature["_type"] == "LargeList" else {"length": feature.get("length", -1)}
        sort = "Sequence" if feature["_type"] == "List" and not _is_struct(feature["feature"]) else feature["_type"]
        return {"feature": portable(feature["feature"]), **length, "_type": sort}
    known = {name: value for name, value in feature.items() if value is not None or name == "id"}
    return {**known, "dtype": _dtype(feature)} if feature["_type"] == "Value" else known


def schema_of(features: Mapping[str, Feature]) -> pa.Schema:
    """The Arrow schema in storage types, with the features in its metadata, as `datasets` writes it."""
    info = {"info": {"features": {name: portable(feature) for name, feature in features.items()}}}
    fields = [pa.field(name, arrow_type(feature)) for name, feature in features.items()]
    return pa.schema(fields, metadata={"huggingface": json.dumps(info)})


def told_schema(features: Mapping[str, Feature]) -> pa.Schema:
    """The schema that a file tells: storage types, and where `datasets` has a type of its own, its name beside."""
    fields = [_told_field(pa.field(name, arrow_type(feature)), feature) for name, feature in features.items()]
    return pa.schema(fields, metadata=schema_of(features).metadata)


def _told_field(field: pa.Field, feature: Feature) -> pa.Field:
    sort = feature.get("_type") if isinstance(feature, Mapping) else None
    if sort == "Json":
        return field.with_metadata({"ARROW:extension:name": "arrow.json", "ARROW:extension:metadata": ""})
    if isinstance(sort, str) and sort.startswith("Array"):
        name, told = f"datasets.features.features.{sort}ExtensionType", json.dumps([feature["shape"], feature["dtype"]])
        return field.with_metadata({"ARROW:extension:name": name, "ARROW:extension:metadata": told})
    fields, item, stored = struct_fields(feature), item_feature(feature), field.type
    if fields is not None:
        return field.with_type(pa.struct([_told_field(inner, fields[inner.name]) for inner in stored]))
    if item is None:
        return field
    inner = _told_field(stored.value_field, item)
    if pa.types.is_fixed_size_list(stored):
        return field.with_type(pa.list_(inner, stored.list_size))
    return field.with_type((pa.large_list if pa.types.is_large_list(stored) else pa.list_)(inner))


def file_stems(columns: Iterable[str]) -> dict[str, str]:
    """The part of a file's name before its first dot, for each column.

    What Windows or macOS could not hold is percent-encoded, and so is the number of a column that would read as another
    column's list item (`texts_00` beside `texts`).

    Raises:
        SeedError: Two columns differ in case only.
    """
    stems = {column: file_stem(column) for column in columns}
    for column, stem in stems.items():
        match = re.fullmatch(r"(.+)_(\d+)", stem)
        if match and match[1] in stems.values():
            stems[column] = f"{match[1]}%5F{match[2]}"
    seen: dict[str, str] = {}
    for column, stem in stems.items():
        other = seen.setdefault(unicodedata.normalize("NFC", stem).casefold(), column)
        if other != column:
            raise SeedError(
                INFO, f"columns {other!r} and {column!r} differ in case only", "rename one of them, or take but one"
            )
    return stems


def file_stem(column: str) -> str:
    """A column's name as part of a file's name that Windows and macOS can hold; never with a dot, and a long one cut."""
    stem = "".join(
        "".join(f"%{byte:02X}" for byte in char.encode())
        if char in '<>:"/\\|?*.%~' or unicodedata.category(char) in ("Cc", "Cf", "Cn", "Co", "Zl", "Zp")
        else char
        for char in column
    )
    stem = re.sub(r"^ | $", "%20", stem)
    if re.fullmatch(r"(?i)con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]", stem):
        stem = f"%{ord(stem[0]):02X}{stem[1:]}"
    if (
        len(stem.encode()) > LONGEST_STEM
    ):  # such as the question of a survey; the sum tells those apart that begin alike
        stem = f"{stem.encode()[:STEM_START].decode(errors='ignore')}%{zlib.crc32(column.encode()):08X}"
    return stem or "%"


def _is_struct(feature: Feature) -> bool:
    return isinstance(feature, Mapping) and not isinstance(feature.get("_type"), str)


def _dtype(feature: Feature) -> str | None:
    if isinstance(feature, Mapping) and feature.get("_type") == "Value":
        return VIEWS.get(feature["dtype"], str(feature["dtype"]))
    return None


def to_array(values: Sequence[Any], stored: pa.DataType) -> pa.Array:
    """The column of these Python values, in which dates and times are whole numbers of their unit.

    By the buffers: `pa.array` of a list imports pandas, to see whether it is a series, and that takes a second.
    """
    count = len(values)
    if pa.types.is_null(stored):
        return pa.nulls(count)
    full = np.fromiter((value is not None for value in values), bool, count)
    validity = None if full.all() else pa.py_buffer(np.packbits(full, bitorder="little"))
    if pa.types.is_struct(stored):
        children = [to_array([value and value[field.name] for value in values], field.type) for field in stored]
        return pa.Array.from_buffers(stored, count, [validity], children=children)
    if pa.types.is_fixed_size_list(stored):
        none = [None] * stored.list_size
        items = to_array([item for value in values for item in (none if value is None else value)], stored.value_type)
        return pa.Array.from_buffers(stored, count, [validity], children=[items])
    if _is_nested(stored):
        items = to_array([item for value in values for item in value or ()], stored.value_type)
        ends = _ends(values, pa.types.is_large_list(stored))
        return pa.Array.from_buffers(stored, count, [validity, ends], children=[items])
    if str(stored) in ("string", "large_string", "binary", "large_binary"):
        parts = [value.encode() if isinstance(value, str) else value or b"" for value in values]
        return pa.Array.from_buffers(
            stored, count, [validity, _ends(parts, str(stored).startswith("large")), pa.py_buffer(b"".join(parts))]
        )
    return pa.Array.from_buffers(stored, count, [validity, pa.py_buffer(_fixed_width(values, stored))])


def _ends(parts: Sequence[Any], large: bool) -> pa.Buffer:
    ends = [*accumulate((len(part or ()) for part in parts), initial=0)]
    if not large and ends[-1] >= 1 << 31:
        raise SeedError(INFO, "a column of more than 2 GiB", "take fewer records, or a large type")
    return pa.py_buffer(np.array(ends, np.int64 if large else np.int32))


def _fixed_width(values: Sequence[Any], stored: pa.DataType) -> Any:
    if pa.types.is_boolean(stored):
        return np.packbits(np.array([bool(value) for value in values], bool), bitorder="little")
    if pa.types.is_decimal(stored):
        return b"".join(
            _unscaled(value or Decimal(0), stored).to_bytes(stored.bit_width // 8, "little", signed=True)
            for value in values
        )
    if pa.types.is_fixed_size_binary(stored):
        return b"".join(value or bytes(stored.byte_width) for value in values)
    return np.array([0 if value is None else value for value in values], _number_type(stored))


def _number_type(stored: pa.DataType) -> np.dtype[Any]:
    if pa.types.is_floating(stored):
        return np.dtype(f"float{stored.bit_width}")
    return np.dtype(f"{'u' if pa.types.is_unsigned_integer(stored) else ''}int{stored.bit_width}")


def _unscaled(value: Decimal, stored: pa.DataType) -> int:
    """The whole number that Arrow stores for a decimal.

    Raises:
        ValueError: It has more digits than the type.
    """
    exact = Context(prec=200, Emax=10_000, Emin=-10_000)
    number = exact.scaleb(value, stored.scale)
    if number != number.to_integral_value(context=exact) or len(str(abs(int(number)))) > stored.precision:
        raise ValueError(str(value))
    return int(number)


def parse_literal(text: str, feature: Feature) -> Any:
    """The value that a literal stands for, dates and times as whole numbers; white space around it is an editor's.

    Raises:
        ValueError: It is no literal of this type.
    """
    if feature.get("_type") == "ClassLabel":
        return _parse_label(text, feature.get("names") or [])
    stored, text = arrow_type(feature), text.strip()
    if pa.types.is_boolean(stored):
        return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
    if pa.types.is_integer(stored) or pa.types.is_duration(stored):
        value: Any = _parse_int(text)
    elif pa.types.is_floating(stored):
        value = float(text)
        if stored.bit_width < 64:  # round here, once: Arrow would refuse 0.1 where it wants a half float
            with np.errstate(over="ignore"):
                value = float(np.array(text, f"float{stored.bit_width}"))
    elif pa.types.is_decimal(stored):
        value = Decimal(text)
        _unscaled(value, stored)
    elif pa.types.is_time(stored):
        value = _parse_time(text, stored.unit)
    elif pa.types.is_date(stored) or pa.types.is_timestamp(stored):
        value = _parse_moment(text, stored)
    else:
        raise ValueError(text)
    if isinstance(value, int):  # out of range is told here, where the file is known
        limits = np.iinfo(_number_type(stored))
        if not limits.min <= value <= limits.max:
            raise ValueError(text)
    return value


def stored_json(value: Any) -> str:
    """JSON in the spelling in which `datasets` stores it: no white space, ASCII, slashes escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")


def _parse_int(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        raise ValueError(text)
    return int(text)


def _parse_label(text: str, names: Sequence[str]) -> int:
    for spelled in (text, text.removesuffix("\n"), text.removesuffix("\r\n"), text.strip()):
        if spelled in names:
            return list(names).index(spelled)
    value = _parse_int(text.strip())
    if not -1 <= value < max(len(names), 1) and names:
        raise ValueError(text)
    return value


def _parse_time(text: str, unit: str) -> int:
    if re.fullmatch(r"-?\d+", text, re.ASCII):
        return int(text)
    digits: int = {"s": 0, "ms": 3, "us": 6, "ns": 9}[unit]
    match = re.fullmatch(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?", text, re.ASCII)
    part = (match[4] or "") if match else ""
    if not match or int(match[1]) > 23 or int(match[2]) > 59 or int(match[3] or 0) > 59 or part[digits:].strip("0"):
        raise ValueError(text)
    seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    return int(seconds * 10**digits) + int(part[:digits].ljust(digits, "0") or 0)


def _parse_moment(text: str, stored: pa.DataType) -> int:
    if re.fullmatch(r"-?\d{5,}|-?\d{1,3}|-\d+", text, re.ASCII):
        return int(text)
    match = re.fullmatch(
        r"(-?\d{4,}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?", text, re.ASCII
    )
    if not match or (match[3] and not getattr(stored, "tz", None)):
        raise ValueError(text)
    unit = "D" if pa.types.is_date32(stored) else getattr(stored, "unit", "ms")
    moment = np.datetime64(f"{match[1]}T{match[2]}" if match[2] else match[1])
    value = moment.astype(f"datetime64[{unit}]")
    if value != moment:
        raise ValueError(text)
    count = int(value.astype(np.int64))
    if match[3] and match[3] != "Z":
        sign, hours, minutes = match[3][0], int(match[3][1:3]), int(match[3][-2:])
        shift = (hours * 60 + minutes) * 60 * {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
        count += -shift if sign == "+" else shift
    return count


EXAMPLES = {
    "bool": "true",
    "float": "0.5",
    "decimal": "0.5",
    "date": "2024-02-29",
    "timestamp": "2024-02-29T12:30:00",
    "time": "12:30:00",
    "null": "an empty file that ends in .null",
}
# What reading a damaged tarball raises: each decompressor has an error class of its own.
DAMAGED = (tarfile.TarError, EOFError, OSError, zlib.error, lzma.LZMAError)
BOMB_BYTES, BOMB_RATIO = 1 << 30, 1000  # a pack of so many bytes, and so many for each of its own, is none
LEFTOVERS = ("~", ".bak", ".orig", ".swp")  # what editors leave behind
Opener = Callable[[], bytes]


def read_seeds(path: str | Path, problems: list[SeedError] | None = None) -> Seeds:
    """Read a folder of seeds, or the tarball of one.

    Args:
        path: The folder, one that holds it as `data/`, a `.tar`, `.tar.gz` ... made by `pack`, or a repo that holds one.
        problems: Where given, what is wrong is put there and left out of the seeds; else the first is raised.

    Raises:
        SeedError: A file breaks a rule of the layout.
    """
    root = Path(path)
    if root.is_dir() and not (root / INFO).is_file() and (root / PACK).is_file():
        path, root = str(root / PACK), root / PACK
    if root.is_dir():
        return _read_tree(*_folder_tree(root), problems)
    with open(path, "rb") as file:  # the builtin: `datasets` puts its own in place to stream from the Hub
        return _read_tree(*_pack_tree(str(path), file), problems)


def _folder_tree(root: Path) -> tuple[str, dict[str, Opener], dict[str, dict[str, Opener]]]:
    if not (root / INFO).is_file() and (root / "data" / INFO).is_file():
        root = root / "data"
    files: dict[str, Opener] = {}
    folders: dict[str, dict[str, Opener]] = {}
    for entry in sorted(root.iterdir()):
        if is_leftover(entry.name):
            continue
        if not entry.is_dir():
            files[entry.name] = entry.read_bytes
            continue
        if any(char in '<>:"|?*\\' for char in entry.name):
            raise SeedError(str(entry), "a name that Windows could not hold", "rename the folder")
        folders[entry.name] = {}
        for inner in sorted(entry.iterdir()):
            if inner.is_dir() and not is_leftover(inner.name):
                raise SeedError(str(inner), "a folder inside a seed", "a seed holds files only; move it out")
            folders[entry.name][inner.name] = inner.read_bytes
    return str(root), files, folders


def _pack_tree(name: str, file: Any) -> tuple[str, dict[str, Opener], dict[str, dict[str, Opener]]]:
    members: dict[tuple[str, ...], bytes] = {}
    places: list[tuple[str, ...]] = []  # a seed whose lists are all empty has no file
    packed, size = file.seek(0, 2), 0
    file.seek(0)
    try:
        with tarfile.open(fileobj=file, mode="r:*") as tar:
            for member in tar:
                parts = tuple(part for part in member.name.split("/") if part not in ("", "."))
                if member.name.startswith("/") or ".." in parts or "\\" in member.name or ":" in member.name:
                    raise SeedError(f"{name}: {member.name}", "a member that points out of the pack")
                if member.isdir():
                    places.append(parts)
                    continue
                if not member.isfile():
                    raise SeedError(f"{name}: {member.name}", "a link or a device, not a file")
                if parts in members:
                    raise SeedError(f"{name}: {member.name}", "two members of one name")
                size += member.size
                if size > BOMB_BYTES and size > BOMB_RATIO * packed:
                    raise SeedError(f"{name}: {member.name}", f"a bomb: {packed:,} bytes would become {size:,}")
                stream = tar.extractfile(member)
                members[parts] = stream.read() if stream else b""
            # tarfile takes a file that breaks off between two members, and one with a damaged header, for ended.
            end: Any = tar.fileobj
            end.seek(tar.offset)
            if end.read(512) != bytes(512) or end.read().strip(b"\0"):
                raise ValueError("it breaks off")
    except SeedError:
        raise
    except (*DAMAGED, ValueError) as error:
        # tarfile has a line for each way to read it.
        problem = "no tar, or a damaged one" if "\n" in str(error) else error
        raise SeedError(name, f"no whole tarball: {problem}", "pack the seeds again") from error
    roots = sorted((parts[:-1] for parts in members if parts[-1] == INFO), key=len)  # a column may have that name too
    if not roots:
        raise SeedError(name, f"no {INFO} in it", "pack makes a tarball of seeds")
    if len(roots) > 1 and len(roots[0]) == len(roots[1]):
        raise SeedError(
            name, f"{len(roots)} files {INFO}, where one marks the root of the seeds", "pack the seeds again"
        )
    root = roots[0]
    files: dict[str, Opener] = {}
    folders: dict[str, dict[str, Opener]] = {
        parts[-1]: {} for parts in places if parts[:-1] == root and not is_leftover(parts[-1])
    }
    for parts, content in members.items():
        inner = parts[len(root) :]
        if parts[-1] != ".paths.json" and any(is_leftover(part) for part in parts):
            continue  # `tar` of macOS puts a ._file beside each
        if parts[: len(root)] != root or len(inner) > 2:
            raise SeedError(f"{name}: {'/'.join(parts)}", "lies outside the seeds", "pack the seeds again")
        if len(inner) == 1:
            files[inner[0]] = content.__bytes__
        else:
            folders.setdefault(inner[0], {})[inner[1]] = content.__bytes__
    return "/".join((f"{name}:", *root)), files, folders


def is_leftover(name: str) -> bool:
    """Whether an editor or a file browser left it behind."""
    if name.startswith(".") or name.endswith(LEFTOVERS) or name in ("Thumbs.db", "desktop.ini"):
        return True
    return re.fullmatch(r"#.+\..+#", name) is not None  # of Emacs


def in_order(names: Iterable[str]) -> list[str]:
    """Names of seeds: numbers first, as numbers, then the others."""
    return sorted(names, key=lambda name: (0, int(name), name) if re.fullmatch(r"[0-9]+", name) else (1, 0, name))


def _read_tree(
    root: str, files: dict[str, Opener], folders: dict[str, dict[str, Opener]], problems: list[SeedError] | None
) -> Seeds:
    if INFO not in files:
        raise SeedError(root, f"not seeds: no {INFO} here", "unpack makes one")
    info = read_info(f"{root}/{INFO}", files[INFO]())
    for name in files:
        if name not in (INFO, "tinydata.yaml", "README.md"):
            _report(
                SeedError(f"{root}/{name}", "a file beside the seeds", "each seed is a folder; move it into one"),
                problems,
            )
    features: dict[str, Feature] = info["features"]
    stems = file_stems(features)
    if not folders:
        raise SeedError(root, "no seeds: not one folder", "a seed is a folder with a file for each column")
    names = in_order(folders)
    rows: dict[str, list[Any]] = {column: [] for column in features}
    kept = []
    for name in names:
        found: list[SeedError] = []
        row = _Folder(f"{root}/{name}", folders[name], features, stems).read(found)
        for problem in found:
            _report(problem, problems)
        if not found:
            kept.append(name)
            for column, value in row.items():
                rows[column].append(value)
    schema = schema_of(features)
    arrays = [to_array(rows[field.name], field.type) for field in schema]
    return Seeds(tuple(kept), features, pa.table(arrays, schema=schema), info)


def read_info(path: str, content: bytes) -> dict[str, Any]:
    """What `dataset_info.json` says, its features known to be features."""
    try:
        text = content.decode("utf-8-sig")
        info: Any = json.loads(text)
    except json.JSONDecodeError as error:
        at = f"{path}, line {error.lineno}"
        raise SeedError(at, f"no JSON: {error.msg}", JSON_MEND) from error
    except ValueError as error:
        raise SeedError(path, f"no JSON: {error}") from error
    features = info.get("features") if isinstance(info, dict) else None
    if not isinstance(features, dict) or not features:
        raise SeedError(path, "no `features`", "it names each column and its type")
    for column, feature in features.items():
        key = json.dumps(column, ensure_ascii=False)
        line = next((number for number, line in enumerate(text.splitlines(), 1) if f"{key}:" in line), None)
        at = f"{path}, line {line}" if line else path
        try:
            arrow_type(feature)
        except SeedError as error:
            raise SeedError(at, f"column {column!r}: {error.problem}", error.mend) from error
        except (TypeError, KeyError, AttributeError, IndexError) as error:
            named = feature.get("dtype") if isinstance(feature, Mapping) else feature
            mend = f"write {key}: {_spelled(named if isinstance(named, str) else 'string')}"
            raise SeedError(at, f"column {column!r}: no feature: {json.dumps(feature)[:60]}", mend) from error
    splits = info.get("splits")
    if splits is not None:
        info["splits"] = list(splits) if isinstance(splits, (dict, list)) else [splits]
        if not all(isinstance(name, str) for name in info["splits"]):
            raise SeedError(path, f"no `splits`: {splits!r}", "it is an object, with the name of each split as a key")
    return dict(info)


def _spelled(name: str) -> str:
    """A feature of this name as JSON: `Image`, or the dtype of a Value."""
    return json.dumps({"_type": name} if name in MEDIA else {"dtype": name, "_type": "Value"})


def _nearest(given: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(given, known, 1)
    return f"did you mean {near[0]}" if near else ""


def _report(problem: SeedError, problems: list[SeedError] | None) -> None:
    if problems is None:
        raise problem
    problems.append(problem)


class _Folder:
    """The files of one seed, handed out column by column; what nobody asked for is an error."""

    def __init__(
        self, path: str, files: dict[str, Opener], features: Mapping[str, Feature], stems: Mapping[str, str]
    ) -> None:
        self.path, self.features, self.stems = path, features, stems
        self.files = {name: files[name] for name in sorted(files) if not is_leftover(name)}
        self.used: set[str] = set()
        self.paths: dict[str, Any] = {}
        if ".paths.json" in files:
            try:
                self.paths = dict(json.loads(files[".paths.json"]()))
                named = (path["path"] if isinstance(path, dict) else path for path in self.paths.values())
                if not all(path is None or isinstance(path, str) for path in named):
                    raise TypeError(".paths.json")
            except (ValueError, TypeError, KeyError) as error:
                raise SeedError(
                    f"{path}/.paths.json", "no JSON of file names", "delete it: it holds original file names only"
                ) from error

    def read(self, problems: list[SeedError]) -> dict[str, Any]:
        row = {}
        for column, feature in self.features.items():
            try:
                row[column] = self._slot(self.stems[column], feature)
            except SeedError as problem:
                problems.append(problem)
        if not problems:
            unknown = [name for name in self.files if name not in self.used]
            problems += [
                SeedError(f"{self.path}/{name}", "belongs to no column", self._mend_unknown(name)) for name in unknown
            ]
        return row

    def _mend_unknown(self, name: str) -> str:
        head = name.split(".", 1)[0]
        for column, stem in self.stems.items():
            if head.casefold() == stem.casefold():
                return f"files of column {column!r} begin with {stem!r}"
        guess = GUESSES.get(name[len(head) :].lower())
        column = f"{json.dumps(head, ensure_ascii=False)}: {_spelled(guess)}" if guess else "the column"
        return f"delete it, or add {column} to {INFO}"

    def _slot(self, stem: str, feature: Feature) -> Any:
        item = item_feature(feature)
        many = item is not None and (is_text(item) or is_media(item))
        mine = [name for name in self.files if name.split(".", 1)[0] == stem]
        if many:
            return self._items(stem, feature, item, mine)
        nested = item is not None or struct_fields(feature) is not None or feature["_type"].startswith("Array")
        if nested or feature["_type"] == "Json":
            mine = [name for name in mine if name in (f"{stem}.json", f"{stem}.null")] or mine
        if len(mine) > 1:
            raise SeedError(
                f"{self.path}/{mine[0]}", f"a second file for one slot: {', '.join(mine[1:])}", "keep one of them"
            )
        if not mine:
            raise SeedError(
                f"{self.path}/{stem}",
                "no file for this column",
                f"make {stem}{suffix_of(feature)}, or {stem}.null where it has none",
            )
        if nested or feature["_type"] == "Json":
            return self._json(mine[0], stem, feature)
        return self._file(mine[0], feature)

    def _items(self, stem: str, feature: Feature, item: Feature, mine: list[str]) -> list[Any] | None:
        numbered: dict[int, list[str]] = {}
        for name in self.files:
            match = re.fullmatch(re.escape(stem) + r"_([0-9]+)", name.split(".", 1)[0])
            if match:
                numbered.setdefault(int(match[1]), []).append(name)
        if mine:
            if mine != [f"{stem}.null"] or numbered:
                others = [name for names in numbered.values() for name in names]
                raise SeedError(
                    f"{self.path}/{mine[0]}",
                    "not an item of the list"
                    if mine != [f"{stem}.null"]
                    else f"a null list that has items: {', '.join(others)}",
                    f"items are {stem}_00{suffix_of(item)}, {stem}_01.null ...; {stem}.null alone is a null list",
                )
            self._file(mine[0], item)
            return None
        values = []
        for place in range(len(numbered)):
            names = numbered.get(place)
            if not names:
                last = max(numbered)
                raise SeedError(
                    f"{self.path}/{stem}_{place:02}",
                    f"a gap: the items go on to {last}",
                    f"make {stem}_{place:02}.null, or number the rest anew",
                )
            if len(names) > 1:
                raise SeedError(
                    f"{self.path}/{names[0]}", f"a second file for one slot: {', '.join(names[1:])}", "keep one of them"
                )
            values.append(self._file(names[0], item))
        length = feature.get("length", -1) if isinstance(feature, Mapping) else -1
        if length not in (-1, len(values)):
            raise SeedError(
                f"{self.path}/{stem}",
                f"{len(values)} items where the column has {length}",
                f"mend `length` in {INFO}, or the files",
            )
        return values

    def _file(self, name: str, feature: Feature, stem: str = "") -> Any:
        self.used.add(name)
        stem = stem or name.split(".", 1)[0]
        path, suffix, content = f"{self.path}/{name}", name[len(stem) :], self.files[name]()
        if suffix == ".null":
            if content.strip():
                raise SeedError(path, "a null slot that holds something", "rename it to what it is, or empty it")
            return None
        if is_media(feature):
            if suffix in ("", ".txt", ".json"):
                raise SeedError(
                    path, f"no suffix of a medium: {feature['_type']} is wanted", "give it the suffix of what it holds"
                )
            stored = self.paths.get(name)
            if isinstance(stored, Mapping):  # the source held a name and no bytes
                return {"bytes": content or None, "path": stored.get("path")}
            return {"bytes": content, "path": stored}
        wanted = suffix_of(feature)
        if suffix != wanted:
            raise SeedError(path, f"a {suffix or 'bare'} file where {wanted} is wanted", f"rename it to {stem}{wanted}")
        if wanted == ".bin":
            return self._fitting(content, feature, path)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _not_utf8(path, error) from error
        if is_text(feature):
            return text
        return self._literal(text, feature, path)

    def _literal(self, text: str, feature: Feature, path: str) -> Any:
        try:
            return parse_literal(text, feature)
        except (ValueError, KeyError, OverflowError, InvalidOperation, pa.ArrowException) as error:
            if feature["_type"] == "ClassLabel":
                names = feature.get("names") or []
                raise SeedError(
                    path, f"no class {text.strip()!r}", f"classes: {', '.join(map(str, names[:20]))}"
                ) from error
            example = next((text for name, text in EXAMPLES.items() if feature["dtype"].startswith(name)), "7")
            raise SeedError(path, f"{text.strip()!r} is no {feature['dtype']}", f"write it as {example}") from error

    def _fitting(self, content: bytes, feature: Feature, path: str) -> bytes:
        stored = arrow_type(feature)
        if pa.types.is_fixed_size_binary(stored) and len(content) != stored.byte_width:
            raise SeedError(path, f"{len(content)} bytes where the column has {stored.byte_width}")
        return content

    def _json(self, name: str, stem: str, feature: Feature) -> Any:
        if name == f"{stem}.null":
            return self._file(name, feature)
        path = f"{self.path}/{name}"
        if name != f"{stem}.json":
            raise SeedError(
                path, f"a file where {stem}.json is wanted", f"make {stem}.json, or {stem}.null where it has none"
            )
        self.used.add(name)
        try:
            value = json.loads(self.files[name]().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise _not_utf8(path, error) from error
        except json.JSONDecodeError as error:
            raise SeedError(f"{path}, line {error.lineno}", f"no JSON: {error.msg}", JSON_MEND) from error
        except (ValueError, RecursionError) as error:
            raise SeedError(path, f"no JSON: {error}") from error
        return self._from_json(value, feature, path, "")

    def _from_json(self, value: Any, feature: Feature, path: str, where: str) -> Any:
        if not isinstance(feature, (list, tuple)) and feature.get("_type") == "Json":
            if isinstance(value, dict) and set(value) == {"$json"} and isinstance(value["$json"], str):
                return value["$json"]
            return stored_json(value) if value is not None or not where else None
        if value is None:
            return None
        at = f"{path}, at {where[1:]}" if where else path
        fields = struct_fields(feature)
        if is_media(feature) or (fields is None and suffix_of(feature) == ".bin"):
            return self._attached(value, feature, at)
        if fields is not None:
            if not isinstance(value, dict):
                raise SeedError(at, f"{json.dumps(value)[:60]} where an object is wanted")
            plain = {key[1:] if key.startswith("$$") else key: inner for key, inner in value.items()}
            for key in plain:
                if key not in fields:
                    raise SeedError(
                        at, f"no key {key!r} in this column", f"keys: {', '.join(fields)}; or add it to {INFO}"
                    )
            return {
                key: self._from_json(plain.get(key), inner, path, f"{where}.{key}") for key, inner in fields.items()
            }
        item = list_item(feature)
        if item is not None:
            if not isinstance(value, list):
                raise SeedError(at, f"{json.dumps(value)[:60]} where a list is wanted")
            length = feature.get("length", -1) if isinstance(feature, Mapping) else -1
            if length not in (-1, len(value)):
                raise SeedError(
                    at, f"{len(value)} items where the column has {length}", f"mend `length` in {INFO}, or the list"
                )
            return [self._from_json(inner, item, path, f"{where}.{place}") for place, inner in enumerate(value)]
        if is_text(feature):
            if not isinstance(value, str):
                raise SeedError(at, f"{json.dumps(value)[:60]} where a text is wanted", "put it in quotes")
            if any("\ud800" <= char <= "\udfff" for char in value):
                raise SeedError(at, "half a surrogate pair, which is no character", "write the character itself")
            return value
        truth = isinstance(value, bool) != pa.types.is_boolean(arrow_type(feature))
        if isinstance(value, (dict, list)) or (truth and not isinstance(value, str)):
            raise SeedError(at, f"{json.dumps(value)[:60]} where {feature.get('dtype', 'a class')} is wanted")
        return self._literal(value if isinstance(value, str) else json.dumps(value), feature, at)

    def _attached(self, value: Any, feature: Feature, at: str) -> Any:
        if not isinstance(value, dict) or set(value) != {"$file"} or not isinstance(value["$file"], str):
            raise SeedError(at, f"{json.dumps(value)[:60]} where a file is wanted", 'write {"$file": "NAME"}')
        name = value["$file"]
        if name not in self.files:
            raise SeedError(at, f"no file {name!r} in this folder", "put it there, or write null")
        return self._file(name, feature, name.rsplit(".", 1)[0])


def _not_utf8(path: str, error: UnicodeDecodeError) -> SeedError:
    return SeedError(path, f"not UTF-8: byte {error.start} is {error.object[error.start]:#04x}", "save it as UTF-8")


def suffix_of(feature: Feature) -> str:
    """The suffix of a column's file; media have many, and this gives one of them."""
    if is_media(feature):
        media = {"Image": ".jpg", "Audio": ".wav", "Video": ".mp4", "Pdf": ".pdf", "Nifti": ".nii.gz", "Mesh": ".glb"}
        return media.get(feature["_type"], ".bin")
    stored = value_type(feature)
    if stored is not None:
        return ".bin" if "binary" in str(stored) else ".txt"
    return ".txt" if isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel" else ".json"


def list_item(feature: Feature) -> Feature | None:
    """The feature of what a JSON list holds; an array of n dimensions is a list of arrays of n - 1."""
    match = re.fullmatch(r"Array(\d)D", str(feature.get("_type"))) if isinstance(feature, Mapping) else None
    if not match:
        return item_feature(feature)
    dimensions = int(match[1])
    value = {"_type": "Value", "dtype": feature["dtype"]}
    return value if dimensions == 1 else {"_type": f"Array{dimensions - 1}D", "dtype": feature["dtype"]}


def find_stamp(features: Mapping[str, Feature], path: str | None = None) -> tuple[str, ...]:
    """The way to the text that a unique variant numbers: a column, then the fields of structs; lists are walked through.

    Without a path: `text`, else the first string column, else the first list of strings, else the first string inside a
    struct or a message, of which `text`, `content` and `value` go first.

    Raises:
        WordError: The path leads to no text, or there is none.
    """
    if path is not None:
        for column in sorted(features, key=len, reverse=True):
            if path == column or path.startswith(f"{column}."):
                way = tuple(path[len(column) + 1 :].split(".")) if path != column else ()
                if _leads_to_text(features[column], way):
                    return (column, *way)
        raise WordError(f"stamp {path!r}: leads to no text in {', '.join(features)}")
    texts = [column for column, feature in features.items() if is_text(feature)]
    lists = [column for column, feature in features.items() if is_text(item_feature(feature))]
    if "text" in texts:
        return ("text",)
    if texts or lists:
        return ((texts or lists)[0],)
    for column, feature in features.items():
        found = _first_text(feature)
        if found is not None:
            return (column, *found)
    raise WordError(f"no text to stamp in {', '.join(features)}: unique rows need a string column")


def _leads_to_text(feature: Feature, way: tuple[str, ...]) -> bool:
    item, fields = item_feature(feature), struct_fields(feature)
    if item is not None:
        return _leads_to_text(item, way)
    if fields is not None and way:
        return way[0] in fields and _leads_to_text(fields[way[0]], way[1:])
    return is_text(feature) and not way


def _first_text(feature: Feature) -> tuple[str, ...] | None:
    item, fields = item_feature(feature), struct_fields(feature)
    if item is not None:
        return _first_text(item)
    if fields is None or is_media(feature):
        return () if is_text(feature) else None
    for name in sorted(fields, key=lambda name: name not in ("text", "content", "value")):
        way = _first_text(fields[name])
        if way is not None:
            return (name, *way)
    return None


def batches(
    seeds: Seeds,
    rows: int,
    unique: bool,
    *,
    stamp: str | None = None,
    start: int = 0,
    first: int = 0,
    total: int = 0,
    encode: bool = False,
) -> Iterator[pa.RecordBatch]:
    """Generate rows from seeds, batch by batch; memory does not grow with `rows`.

    Args:
        seeds: n seeds; row j is seed j % n.
        rows: How many rows.
        unique: Stamp each row's text with its number.
        stamp: The text to stamp, see `find_stamp`.
        start: The row of the split to begin with.
        first: The number that the split's row 0 is stamped with; those of a second split count on.
        total: One more than the largest number that any row of the dataset gets; it sets the width of the stamp.
        encode: Give strings and bytes as dictionaries, which Parquet stores once for each row group.

    Returns:
        Batches of at most 10,000 rows, fewer where rows are large, in the seeds' schema.
    """
    if not seeds.names:
        raise WordError("no seeds to generate from")
    count, way = len(seeds.names), find_stamp(seeds.features, stamp) if unique else ()
    columns, mark = _lay_out(seeds, way, len(str(max(total, first + start + rows) - 1)), encode)
    size = max(1, min(ROW_GROUP, BATCH_BYTES * count // max(1, sum(map(_plain_bytes, columns)))))
    # Rows repeat with the seeds: where these are few, laid once, each batch is a slice with new digits put in.
    types = seeds.table.schema.types
    once = _Block(columns, types, mark, np.arange(size + count) % count) if count <= size else None
    for done in range(start, start + rows, size):
        here, phase = min(size, start + rows - done), done % count
        block = once or _Block(columns, types, mark, (np.arange(here) + phase) % count)
        arrays = block.rows(phase if once else 0, here, first + done)
        if not encode:
            arrays = [array if array.type == stored else array.cast(stored) for array, stored in zip(arrays, types)]
        fields = [pa.field(field.name, array.type) for field, array in zip(seeds.table.schema, arrays)]
        yield pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields, metadata=seeds.table.schema.metadata))


def write_parquet(path: Any, seeds: Seeds, rows: Iterable[pa.RecordBatch], stamp: tuple[str, ...] = ()) -> None:
    """Write batches made with `encode=True` as Parquet: zstd, dictionaries, a page index, one row group a batch.

    Args:
        path: The file to write, or an open one.
        seeds: What the rows were generated from.
        rows: The batches.
        stamp: The way to the stamped text: no two are alike, so a dictionary of them would be waste.
    """
    import pyarrow.parquet as pq

    rows = iter(rows)
    batch = next(rows)
    # A dictionary inside a struct cannot be read back where the file holds the Arrow schema that has it, so the plain
    # one is stored by hand: without any, time zones, durations and large strings would come back as something else.
    plain = told_schema(seeds.features)
    stored, schema = base64.b64encode(plain.serialize().to_pybytes()), batch.schema
    leaves = [leaf for field in schema for leaf in parquet_leaves(field.name, field.type, (field.name,))]
    writer = pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        store_schema=False,
        write_page_index=True,
        use_dictionary=[name for name, _, way in leaves if way != stamp],
        write_statistics=[name for name, leaf, _ in leaves if "binary" not in str(leaf)],  # not a picture as a minimum
        dictionary_pagesize_limit=min(
            2**31 - 1, max(1 << 20, 2 * seeds.table.nbytes)
        ),  # past it, each row holds its own
    )
    try:
        while batch is not None:
            writer.write_table(pa.Table.from_batches([batch]), ROW_GROUP)
            batch = next(rows, None)
        writer.add_key_value_metadata({**(plain.metadata or {}), b"ARROW:schema": stored})
    finally:
        writer.close()


def cut_text(text: str, characters: int) -> str:
    """Take at least so many characters off a text's end, never a part of what a reader sees as one character.

    Source:
        Unicode Standard Annex 29, extended grapheme clusters; where its tables are not at hand, the longer one is taken.
    """
    end = max(0, len(text) - characters)
    while 0 < end < len(text) and not _is_boundary(text, end):
        end -= 1
    return text[:end]


def _is_boundary(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at]
    if before == "\r" and after == "\n":
        return False
    if before in "\r\n" or after in "\r\n":
        return True
    if unicodedata.category(after)[0] == "M" or after in JOINERS or "\U000e0020" <= after <= "\U000e007f":
        return False  # an accent, a joiner, a skin tone, a flag's tag
    if before == "\u200d" or (unicodedata.category(before) == "Cf" and before not in CONTROLS):
        return False
    if before in PREPENDED or (_is_jamo(after) and (_is_jamo(before) or _is_hangul(before))):
        return False
    if "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff":
        flags = len(text[:at]) - len(text[:at].rstrip("".join(map(chr, range(0x1F1E6, 0x1F200)))))
        return flags % 2 == 0
    head = at - 1  # a consonant that a virama binds to the one before
    while head > 0 and (unicodedata.category(text[head])[0] == "M" or text[head] in "\u200c\u200d"):
        if unicodedata.combining(text[head]) == 9:
            return False
        head -= 1
    return True


JOINERS = "\u200c\u200d\u0e33\u0eb3\uff9e\uff9f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
CONTROLS = "\u00ad\u180e\u200b\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
PREPENDED = "\u0d4e\U000111c2\U000111c3\U0001193f\U00011941\U00011a3a\U00011a84\U00011a85\U00011a86\U00011a87\U00011a88\U00011a89\U00011d46\U00011f02"
BATCH_BYTES = 64 << 20
FOUR_DIGITS = np.array([list(b"%04d" % number) for number in range(10_000)], np.uint8)


def _is_jamo(char: str) -> bool:
    return "\u1100" <= char <= "\u11ff" or "\ua960" <= char <= "\ua97f" or "\ud7b0" <= char <= "\ud7ff"


def _is_hangul(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


class _Mark(NamedTuple):
    """Where the digits go: in which column, on which way below it, in which of a record's texts."""

    place: int
    steps: tuple[str | None, ...]  # a field's name, None for the items of a list
    text_of: np.ndarray  # for each seed the number of its text, counted from the record's first; -1: it has none
    width: int


class _Block:
    """Seeds laid out as rows, ready to be sliced and stamped."""

    def __init__(
        self, columns: list[pa.Array], types: list[pa.DataType], mark: _Mark | None, index: np.ndarray
    ) -> None:
        rows = pa.Array.from_buffers(pa.int64(), len(index), [None, pa.py_buffer(index.astype(np.int64))])
        self.columns = [_nulls_back(column.take(rows), stored) for column, stored in zip(columns, types)]
        self.mark = mark
        if mark is None:
            return
        column = self.columns[mark.place]
        self.leaf = _leaf(column, mark.steps)
        offsets, text_of = _offsets(self.leaf), mark.text_of[index]
        self.full = text_of >= 0
        texts = np.where(self.full, _row_starts(column, mark.steps)[:-1] + text_of, 0)
        ends = offsets[texts + 1] if len(offsets) > 1 else np.zeros(len(index), np.int64)
        self.digits = ends[:, None] - mark.width + np.arange(mark.width)  # rows x width: places among the leaf's bytes

    def rows(self, start: int, size: int, number: int) -> list[pa.Array]:
        """Rows start .. start + size; the first is stamped with `number`, the others count on."""
        columns = [column.slice(start, size) for column in self.columns]
        if self.mark is None or not self.full.any():
            return columns
        validity, offsets, data = self.leaf.buffers()
        text = np.frombuffer(data, np.uint8).copy()
        full = self.full[start : start + size]
        text[self.digits[start : start + size][full]] = _digits(np.arange(number, number + size)[full], self.mark.width)
        leaf = pa.Array.from_buffers(self.leaf.type, len(self.leaf), [validity, offsets, pa.py_buffer(text)])
        whole = _with_leaf(self.columns[self.mark.place], self.mark.steps, leaf)
        columns[self.mark.place] = whole.slice(start, size)
        return columns


def _lay_out(seeds: Seeds, way: tuple[str, ...], width: int, encode: bool) -> tuple[list[pa.Array], _Mark | None]:
    columns = [_without_nulls(column) for column in _fresh(seeds.table)]
    if not way:
        return [_encoded(column) if encode else column for column in columns], None
    place = seeds.table.schema.get_field_index(way[0])
    column, steps = columns[place], _steps(seeds.features[way[0]], way[1:])
    leaf = _leaf(column, steps)
    texts = leaf.to_pylist()
    chosen = np.array([_find_text(column, steps, row) for row in range(len(column))], np.int64)
    for index in chosen[chosen >= 0]:
        texts[index] = cut_text(texts[index], width) + "0" * width
    stored = pa.large_string() if pa.types.is_large_string(leaf.type) else pa.string()
    text_of = np.where(chosen >= 0, chosen - _row_starts(column, steps)[:-1], -1)
    columns[place] = _with_leaf(column, steps, to_array(texts, stored))
    if encode:
        columns = [_encoded(other, steps if other is columns[place] else None) for other in columns]
    return columns, _Mark(place, steps, text_of, width)


def _fresh(table: pa.Table) -> list[pa.Array]:
    """The columns as arrays whose buffers begin with their first row, whatever the table was cut from."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return [column.chunk(0) for column in pa.ipc.open_stream(sink.getvalue()).read_all().columns]


def _without_nulls(array: pa.Array) -> pa.Array:
    """Booleans in the place of a leaf that is of no type: Arrow takes rows of lists of these wrongly, up to 26.0.1."""
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), pa.bool_())
    return _rebuilt(array, [_without_nulls(child) for child in _children(array)]) if _is_nested(array.type) else array


def _nulls_back(array: pa.Array, stored: pa.DataType) -> pa.Array:
    """The inverse of `_without_nulls`."""
    if pa.types.is_null(stored):
        return pa.nulls(len(array))
    if "null" not in str(stored) or not _is_nested(stored):
        return array
    inner = [field.type for field in stored] if pa.types.is_struct(stored) else [stored.value_type]
    return _rebuilt(array, [_nulls_back(child, kind) for child, kind in zip(_children(array), inner)])


def _children(array: pa.Array) -> list[pa.Array]:
    if pa.types.is_struct(array.type):
        return [array.field(place) for place in range(array.type.num_fields)]
    return [array.values]


def _steps(feature: Feature, way: tuple[str, ...]) -> tuple[str | None, ...]:
    item = item_feature(feature)
    if item is not None:
        return (None, *_steps(item, way))
    fields = struct_fields(feature)
    return (way[0], *_steps(fields[way[0]], way[1:])) if way and fields else ()


def _child(array: pa.Array, step: str | None) -> pa.Array:
    return array.values if step is None else array.field(step)


def _leaf(array: pa.Array, steps: tuple[str | None, ...]) -> pa.Array:
    for step in steps:
        array = _child(array, step)
    return array


def _offsets(array: pa.Array) -> np.ndarray:
    if pa.types.is_fixed_size_list(array.type):
        return np.arange(len(array) + 1) * int(array.type.list_size)
    large = pa.types.is_large_list(array.type) or pa.types.is_large_string(array.type)
    offsets = np.frombuffer(array.buffers()[1] or b"", np.int64 if large else np.int32)[: len(array) + 1]
    return np.asarray(offsets, np.int64) if len(offsets) else np.zeros(1, np.int64)


def _row_starts(array: pa.Array, steps: tuple[str | None, ...]) -> np.ndarray:
    """For each row the number of its first leaf, and one past the last row's."""
    starts = np.arange(len(array) + 1)
    for step in steps:
        if step is None:
            starts = _offsets(array)[starts]
        array = _child(array, step)
    return starts


def _find_text(array: pa.Array, steps: tuple[str | None, ...], row: int) -> int:
    if not array[row].is_valid:
        return -1
    if not steps:
        return row
    child = _child(array, steps[0])
    if steps[0] is not None:
        return _find_text(child, steps[1:], row)
    start, end = _offsets(array)[row : row + 2]
    return next((found for at in range(start, end) if (found := _find_text(child, steps[1:], at)) >= 0), -1)


def _with_leaf(array: pa.Array, steps: tuple[str | None, ...], leaf: pa.Array) -> pa.Array:
    if not steps:
        return leaf
    if steps[0] is None:
        return _rebuilt(array, [_with_leaf(array.values, steps[1:], leaf)])
    children = zip(array.type, _children(array))
    return _rebuilt(
        array, [_with_leaf(child, steps[1:], leaf) if field.name == steps[0] else child for field, child in children]
    )


def _encoded(array: pa.Array, plain: tuple[str | None, ...] | None = None) -> pa.Array:
    """The same array, every string and bytes in it a dictionary, but the one on the way `plain`."""
    stored = array.type
    if _is_nested(stored):
        if pa.types.is_struct(stored):
            ways = [plain[1:] if plain and plain[0] == field.name else None for field in stored]
            return _rebuilt(array, [_encoded(array.field(place), way) for place, way in enumerate(ways)])
        return _rebuilt(array, [_encoded(array.values, plain[1:] if plain else None)])
    if plain is None and str(stored) in ("string", "large_string", "binary", "large_binary"):
        return array.dictionary_encode()
    return array


def _rebuilt(array: pa.Array, children: list[pa.Array]) -> pa.Array:
    stored = array.type
    if pa.types.is_struct(stored):
        fields = [pa.field(field.name, child.type) for field, child in zip(stored, children)]
        return pa.Array.from_buffers(pa.struct(fields), len(array), array.buffers()[:1], children=children)
    item = pa.field(stored.value_field.name, children[0].type)
    if pa.types.is_fixed_size_list(stored):
        new, kept = pa.list_(item, stored.list_size), 1
    else:
        new, kept = pa.large_list(item) if pa.types.is_large_list(stored) else pa.list_(item), 2
    return pa.Array.from_buffers(new, len(array), array.buffers()[:kept], children=children)


def _is_nested(stored: pa.DataType) -> bool:
    return pa.types.is_struct(stored) or any(
        test(stored) for test in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    )


def _plain_bytes(array: pa.Array) -> int:
    """Bytes that each row costs anew: dictionaries do not count."""
    if pa.types.is_dictionary(array.type):
        return int(array.indices.nbytes)
    if _is_nested(array.type):
        return 8 * len(array) + sum(map(_plain_bytes, _children(array)))
    return int(array.nbytes)


def parquet_leaves(
    name: str, stored: pa.DataType, way: tuple[str, ...]
) -> Iterator[tuple[str, pa.DataType, tuple[str, ...]]]:
    """The Parquet name, the type and the way of each leaf."""
    if pa.types.is_struct(stored):
        for field in stored:
            yield from parquet_leaves(f"{name}.{field.name}", field.type, (*way, field.name))
    elif _is_nested(stored):
        yield from parquet_leaves(f"{name}.list.element", stored.value_type, way)
    else:
        yield name, stored, way


def _digits(numbers: np.ndarray, width: int) -> np.ndarray:
    """Decimal digits as bytes, numbers x width, zeros in front."""
    groups = range((width + 3) // 4 - 1, -1, -1)
    return np.concatenate([FOUR_DIGITS[numbers // 10_000**group % 10_000] for group in groups], axis=1)[:, -width:]


def find_seeds(folder: Path) -> Path:
    """The pack in a repo, or the seeds it was made from."""
    for name in (PACK, "data"):
        if (folder / name).exists():
            return folder / name
    raise SeedError(str(folder), f"neither {PACK} nor data here", "put the seeds beside loader.py")


def main(words: Sequence[str] | None = None) -> int:
    """Generate one variant as Parquet files, one for each split."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="loader.py", description="Generate a dataset of any length from the seeds beside."
    )
    parser.add_argument("variant", help="SIZE.unique or SIZE.repeat, as in 100.unique, 10k.repeat, 1.5M.unique")
    parser.add_argument("out", type=Path, help="a new folder")
    parser.add_argument("--stamp", default=STAMP, help="the text to number in unique rows")
    given = parser.parse_args(words)
    try:
        rows, unique = parse_variant(given.variant)
        seeds = read_seeds(find_seeds(Path(__file__).resolve().parent))
        way = find_stamp(seeds.features, given.stamp) if unique else ()
        if given.out.exists():
            raise WordError(f"{given.out} exists")
        given.out.mkdir(parents=True)
        splits = SPLITS or seeds.splits
        for place, split in enumerate(splits):
            made = batches(
                seeds, rows, unique, stamp=given.stamp, first=place * rows, total=len(splits) * rows, encode=True
            )
            file = given.out / f"{split}-00000-of-00001.parquet"
            part = file.with_suffix(".part")
            write_parquet(part, seeds, made, way)
            part.rename(file)
    except (SeedError, WordError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(given.out)
    return 0


class _Variants(dict[str, Any]):
    """The configs of a builder: those that are listed, and any other variant that is asked for."""

    def __init__(self, make: Callable[[str], Any]) -> None:
        super().__init__((variant, make(variant)) for variant in VARIANTS)
        self.make = make

    def get(self, name: str, default: Any = None) -> Any:
        try:
            parse_variant(name)
        except (WordError, TypeError):
            return default
        return self[name] if name in self else self.make(name)


def _make_builder() -> type:
    import hashlib

    import datasets

    def config(variant: str) -> Any:
        return datasets.BuilderConfig(name=variant, version=datasets.Version("1.0.0"))

    class Synthetic(datasets.ArrowBasedBuilder):  # type: ignore[misc]
        """Any variant of the seeds that lie beside this file, as a `datasets` builder."""

        builder_configs = _Variants(config)
        BUILDER_CONFIGS = list(builder_configs.values())
        DEFAULT_CONFIG_NAME = smallest(VARIANTS)

        def __init__(self, *args: Any, **words: Any) -> None:
            # Edited seeds are other data: without their hash `datasets` would give the old rows out of its cache.
            try:
                self.seeds_path: Path | None = find_seeds(Path(words.get("data_dir") or words.get("base_path") or HERE))
            except (SeedError, OSError):
                self.seeds_path = None  # on the Hub: the download brings it
            if self.seeds_path is not None:
                digest = hashlib.sha256(repr((words.get("hash"), STAMP, SPLITS)).encode())
                for file in sorted(self.seeds_path.rglob("*")) or [self.seeds_path]:
                    if file.is_file():
                        digest.update(str(file.relative_to(self.seeds_path)).encode() + file.read_bytes())
                words["hash"] = digest.hexdigest()
            super().__init__(*args, **words)

        def _info(self) -> Any:
            return datasets.DatasetInfo()

        def _split_generators(self, dl_manager: Any) -> list[Any]:
            path = str(self.seeds_path or dl_manager.download(PACK))
            seeds = read_seeds(path)
            features = {name: portable(feature) for name, feature in seeds.features.items()}
            self.info.features = datasets.Features.from_dict(features)
            splits = SPLITS or seeds.splits
            return [
                datasets.SplitGenerator(name=split, gen_kwargs={"path": path, "place": place, "places": len(splits)})
                for place, split in enumerate(splits)
            ]

        def _generate_tables(self, path: str, place: int, places: int) -> Iterator[tuple[int, pa.Table]]:
            rows, unique = parse_variant(self.config.name)
            made = batches(read_seeds(path), rows, unique, stamp=STAMP, first=place * rows, total=places * rows)
            for key, batch in enumerate(made):
                yield key, pa.Table.from_batches([batch])

    Synthetic.__module__, Synthetic.__qualname__ = __name__, "Synthetic"  # pickled by name
    return Synthetic


HERE = Path(__file__).resolve().parent

if sys.modules.get("datasets"):  # a loading script: `datasets` looks for the class among the module's names
    Synthetic = _make_builder()


def __getattr__(name: str) -> Any:
    if name == "Synthetic":  # the class costs an import of `datasets`, which the program does without
        globals()[name] = _make_builder()
        return globals()[name]
    raise AttributeError(name)


if __name__ == "__main__":
    sys.exit(main())
