"""Sorts of data files: which reader `datasets` 5.2 takes for which suffix, and for a folder of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from posixpath import basename
from types import MappingProxyType
from typing import Any

# Not its harbor, of .md and .toml: it would take notes that lie beside the data for the data.
_SUFFIXES = {
    "csv": "csv tsv",
    "json": "json jsonl ndjson",
    "parquet": "parquet geoparquet gpq",
    "arrow": "arrow",
    "text": "txt",
    "conll": "conll conllu",
    "webdataset": "tar",
    "xml": "xml",
    "hdf5": "hdf5 h5",
    "eval": "eval",
    "lance": "lance",
    "tsfile": "tsfile",
    "vortex": "vortex",
    "fasta": "fa fasta fna ffn faa frn afa",
    "genbank": "gb gbk genbank",
    "fastq": "fq fastq",
    "mmcif": "cif mmcif",
    "pdb": "pdb ent",
    "imagefolder": "apng blp bmp bufr bw cur dcx dds dib emf eps fit fits flc fli ftc ftu gbr gif grib icb icns ico iim im j2c "
    "j2k jfif jp2 jpc jpe jpeg jpf jpg jpx msp pbm pcd pcx pgm png pnm ppm ps psd pxr ras rgb rgba sgi tga tif tiff vda vst "
    "webp wmf xbm xpm",
    "audiofolder": "3g2 3gp aiff asf au avr caf f4v flac flv htk ircam m4v mat4 mat5 mp3 mpc2k mpg mxf nist nut ogg ogm opus paf "
    "pvf raw rf64 sd2 sds svx voc w64 wav webm wavex wma wmv wve xi",
    "videofolder": "avi mkv mov mp4 mpeg",
    "meshfolder": "glb gltf ply stl",
    "pdffolder": "pdf",
    "niftifolder": "nii",
}
_OPTIONS: dict[str, dict[str, Any]] = {"tsv": {"sep": "\t"}, "conllu": {"comment_prefix": "#"}}
_METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
_METADATA_OF = {
    "lance": ("latest_version_hint.json",),
    **dict.fromkeys((*(sort for sort in _SUFFIXES if sort.endswith("folder")), "pdb", "mmcif"), _METADATA),
}
_LANCE = ("idx", "manifest", "txn")
_METADATA_NAMES = {name for names in _METADATA_OF.values() for name in names}
_SORT_OF = {suffix: sort for sort, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_IN_CAPITALS = {suffix.upper() for suffix, sort in _SORT_OF.items() if sort.endswith("folder") or sort == "pdb"}
_ALLOWED = {*_SORT_OF, *_IN_CAPITALS, *_LANCE, "zip"}
# Where two suffixes are equally frequent: the last of these, else the last in the alphabet.
_FAVOURITES = ("csv", "json", "jsonl", "arrow", "vortex", "lance", "parquet")


@dataclass(frozen=True)
class Sort:
    """How data files are read.

    Attributes:
        name: As `datasets` calls the reader; `zip` where the names inside a zip file tell.
        options: What the suffix says to the reader.
    """

    name: str
    options: MappingProxyType[str, Any] = field(default_factory=lambda: MappingProxyType({}))


def is_data(name: str) -> bool:
    """Whether a file's name has a suffix that a reader knows, at whatever place: `a.csv.gz` has."""
    return not _ALLOWED.isdisjoint(_suffixes(name))


def sort_of(names: Iterable[str]) -> Sort | None:
    """The sort that most of the files are of; metadata files of folders do not count.

    >>> sort_of(["a.csv", "b.csv", "c.txt"]).name, sort_of(["a.csv", "b.parquet"]).name, sort_of(["LICENSE"])
    ('csv', 'parquet', None)
    """
    counted: Counter[tuple[str, bool]] = Counter()
    ends = Counter((name.partition(".")[2], name in _METADATA_NAMES) for name in map(basename, names))
    for (end, is_metadata), count in ends.items():
        for suffix in end.lower().split("."):
            counted[suffix, is_metadata] += count

    def rank(counted: tuple[tuple[str, bool], int]) -> tuple[bool, int, int, str]:
        (suffix, is_metadata), count = counted
        return not is_metadata, count, _FAVOURITES.index(suffix) if suffix in _FAVOURITES else -1, suffix

    for (suffix, _), _ in sorted(counted.items(), key=rank, reverse=True):
        if suffix == "zip":
            return Sort("zip")
        if suffix in _SORT_OF:
            return Sort(_SORT_OF[suffix], MappingProxyType(_OPTIONS.get(suffix, {})))
    return None


def of_sort(names: Sequence[str], sort: str) -> list[str]:
    """Those files that a reader takes: of its suffixes, and the metadata beside them."""
    if sort == "zip":
        return [name for name in names if "zip" in _suffixes(name)]
    is_taken, beside = _taken(sort).search, _METADATA_OF.get(sort, ())
    return [name for name in names if is_taken(name) or name.endswith(beside)]


@cache
def _taken(sort: str) -> re.Pattern[str]:
    suffixes = [*_SUFFIXES[sort].split(), "zip", *(_LANCE if sort == "lance" else ())]
    suffixes += [suffix.upper() for suffix in suffixes if suffix.upper() in _IN_CAPITALS]
    return re.compile(rf"\.({'|'.join(map(re.escape, suffixes))})(\..+)?\Z", re.DOTALL)


def _suffixes(name: str) -> list[str]:
    return name.rpartition("/")[2].split(".")[1:]
