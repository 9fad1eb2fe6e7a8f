"""Sounds are cut and nothing else about them changes; what cannot be cut is named and left as it is."""

from __future__ import annotations

import io
import json
import sys
import wave
from pathlib import Path

import pytest

from tests.helpers import grow
from tinydata import read_seeds, shrink
from tinydata.dataset.sounds import cut_sound
from tinydata.errors import BadSound, MissingExtra

RATE = 800


def plain_wave(seconds: int, channels: int = 1, width: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setparams((channels, width, RATE, 0, "NONE", ""))
        sound.writeframes(bytes(place % 251 for place in range(seconds * RATE * channels * width)))
    return out.getvalue()


@pytest.mark.parametrize(("channels", "width"), [(1, 1), (1, 2), (2, 2), (2, 3)])
def test_plain_wav_is_cut_to_the_sample_by_the_standard_library(monkeypatch, channels, width):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    long = plain_wave(5, channels, width)

    with wave.open(io.BytesIO(cut_sound(long, 2))) as cut, wave.open(io.BytesIO(long)) as whole:
        assert cut.getparams()[:3] == whole.getparams()[:3]
        assert cut.readframes(RATE * 5) == whole.readframes(RATE * 2)


def test_what_is_no_longer_keeps_its_bytes():
    assert cut_sound(plain_wave(2), 2) == plain_wave(2)


@pytest.mark.parametrize(
    ("format", "subtype"), [("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_16"), ("WAV", "FLOAT")]
)  # fmt: skip
def test_other_formats_stay_what_they_are_and_come_out_the_same_each_time(format, subtype):
    soundfile, numpy = pytest.importorskip("soundfile"), pytest.importorskip("numpy")
    out = io.BytesIO()
    tone = numpy.sin(numpy.arange(16000 * 3) / 20)
    soundfile.write(out, tone, 16000, format=format, subtype=subtype)

    made = cut_sound(out.getvalue(), 1)

    with soundfile.SoundFile(io.BytesIO(made)) as cut:
        assert (cut.format, cut.subtype, cut.samplerate) == (format, subtype, 16000)
        assert 16000 <= cut.frames <= 16000 + 2304
        assert numpy.abs(cut.read(8000) - tone[:8000]).max() < (0.5 if format in ("MP3", "OGG") else 1e-4)
    assert cut_sound(out.getvalue(), 1) == made


def test_real_sounds_are_cut(real):
    pytest.importorskip("soundfile")
    files = [path for path in real.rglob("*") if path.suffix in (".wav", ".mp3", ".flac", ".opus")]

    for path in files:
        data = path.read_bytes()
        assert len(cut_sound(data, 1)) <= len(data), path
        assert cut_sound(data, 1) == cut_sound(data, 1), path
    assert len(files) > 5


@pytest.mark.parametrize("data", [b"", b"RIFF", b"not a sound", b"OggS" + bytes(60)])
def test_what_is_no_sound_is_said(data):
    pytest.importorskip("soundfile")

    with pytest.raises(BadSound, match="3/audio: no sound that can be cut"):
        cut_sound(data, 1, name="3/audio")


def test_without_soundfile_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)

    with pytest.raises(MissingExtra, match="soundfile") as refused:
        cut_sound(b"fLaC", 1)

    assert refused.value.extra == "audio"


def test_sounds_of_seeds_are_cut_wherever_they_stand_and_what_cannot_be_is_named(tmp_path: Path):
    pytest.importorskip("soundfile")
    features = {"audio": {"_type": "Audio"}, "many": {"feature": {"_type": "Audio"}, "length": -1, "_type": "Sequence"}}
    files = {"0/audio.wav": plain_wave(3), "0/many_00.wav": plain_wave(3), "0/many_01.mp3": b"ID3 and no more"}
    grow(tmp_path, {"dataset_info.json": json.dumps({"features": features}), **files})

    made = shrink(tmp_path, max_seconds=1)

    assert made.columns == {"audio": 1, "many": 1}
    assert [str(error.path) for error in made.failures] == [str(tmp_path / "0" / "many_01.mp3")]
    (row,) = read_seeds(tmp_path).table.to_pylist()
    assert row["audio"]["bytes"] == row["many"][0]["bytes"] == plain_wave(1)
    assert row["many"][1]["bytes"] == b"ID3 and no more"
