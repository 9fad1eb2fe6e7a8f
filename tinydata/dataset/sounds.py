"""Cut encoded sounds, and change nothing else: format, encoding, rate and channels stay."""

from __future__ import annotations

import io
import wave

from tinydata.errors import BadSound
from tinydata.extras import need

# In which numbers samples go through unchanged; all others as floats.
_WHOLE = {"PCM_S8": "int16", "PCM_U8": "int16", "PCM_16": "int16", "PCM_24": "int32", "PCM_32": "int32"}


def cut_sound(data: bytes, seconds: int, *, name: str = "sound") -> bytes:
    """Keep the beginning of a sound; what is no longer comes back byte for byte.

    Plain WAV is cut by the standard library; FLAC, MP3, Ogg, AIFF and whatever else libsndfile knows by `soundfile`.
    What is compressed with loss is encoded anew.

    Args:
        data: The encoded sound.
        seconds: How much of it to keep.
        name: What errors call it.

    Returns:
        The encoded sound, in the same format; the same bytes each time.

    Raises:
        BadSound: No sound, a damaged one, or a format that cannot be written.
        MissingExtra: It is no plain WAV, and `soundfile` is not installed.
    """
    try:
        return _cut_wave(data, seconds)
    except (wave.Error, EOFError):
        soundfile = need("soundfile", extra="audio")
    out = io.BytesIO()
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            frames = seconds * sound.samplerate
            if sound.frames <= frames:
                return data
            kept = sound.read(frames, dtype=_WHOLE.get(sound.subtype, "float64"))
            how = {"format": sound.format, "subtype": sound.subtype, "endian": sound.endian}
            soundfile.write(out, kept, sound.samplerate, **how)
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise BadSound(name, f"no sound that can be cut: {error}") from error
    made = out.getvalue()
    return _steady_ogg(made) if made.startswith(b"OggS") else made


def _cut_wave(data: bytes, seconds: int) -> bytes:
    out = io.BytesIO()
    with wave.open(io.BytesIO(data)) as sound:
        frames = seconds * sound.getframerate()
        if sound.getnframes() <= frames:
            return data
        with wave.open(out, "wb") as cut:
            cut.setparams(sound.getparams())
            cut.writeframes(sound.readframes(frames))
    return out.getvalue()


def _steady_ogg(data: bytes) -> bytes:
    """The same stream under the number 1: libsndfile draws one, and no two runs would give the same bytes.

    Source:
        RFC 3533, section 6: a page has its stream's number at 14, its checksum at 22, its segments from 27 on.
    """
    pages, at = bytearray(data), 0
    while at < len(pages):
        segments = pages[at + 26]
        end = at + 27 + segments + sum(pages[at + 27 : at + 27 + segments])
        pages[at + 14 : at + 18] = (1).to_bytes(4, "little")
        pages[at + 22 : at + 26] = bytes(4)
        pages[at + 22 : at + 26] = _ogg_checksum(pages[at:end]).to_bytes(4, "little")
        at = end
    return bytes(pages)


def _ogg_checksum(page: bytes | bytearray) -> int:
    checksum = 0
    for byte in page:
        checksum = (checksum << 8 & 0xFFFFFFFF) ^ _TABLE[checksum >> 24 ^ byte]
    return checksum


def _table_entry(value: int) -> int:
    value <<= 24
    for _ in range(8):
        value = (value << 1 ^ 0x04C11DB7) & 0xFFFFFFFF if value & 0x80000000 else value << 1
    return value


_TABLE = [_table_entry(value) for value in range(256)]
