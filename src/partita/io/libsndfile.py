"""Reading through libsndfile: wav, flac, ogg, opus, mp3, aiff and others, sample for sample."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from partita.core.audio import MAX_RATE
from partita.io.formats import Encoding


class BrokenStream(Exception):  # noqa: N818
    """The decoder gave up before the end of the file."""


@dataclass(frozen=True)
class StreamInfo:
    """What a probe tells of an audio stream; see AudioFile for the fields."""

    rate: int
    channels: int
    length: int | None
    codec: str
    encoding: Encoding
    lossy: bool
    layout: str = ""


_LOSSY = {"VORBIS", "OPUS", "MPEG_LAYER_I", "MPEG_LAYER_II", "MPEG_LAYER_III"}
_INT24 = {"PCM_24", "ALAC_20", "ALAC_24"}
_FLOAT32 = {"PCM_32", "FLOAT", "DOUBLE", "ALAC_32"}


def probe(path: Path) -> StreamInfo | None:
    """What the file holds, or None where libsndfile does not know it."""
    try:
        with _opened(path) as file:
            return StreamInfo(
                rate=file.samplerate,
                channels=file.channels,
                length=_declared_length(file),
                codec=_codec(file),
                encoding=_encoding(file.subtype),
                lossy=file.subtype in _LOSSY,
            )
    except (soundfile.LibsndfileError, TypeError, OSError):
        return None  # a TypeError is soundfile's answer to headerless formats (.raw)


def decode(path: Path, size: int) -> Iterator[NDArray[np.float32]]:
    """Blocks (channels, ≤ size), full scale ±1.

    Raises
    ------
    BrokenStream : the decoder stopped before the end; what came before is good.
    """
    try:
        with _opened(path) as file:
            while len(block := file.read(size, dtype="float32", always_2d=True)):
                yield np.ascontiguousarray(block.T)
    except (soundfile.LibsndfileError, OSError) as error:
        raise BrokenStream(str(error)) from error


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    # bytes, where the system has them: a name need not be valid text
    name = os.fspath(path) if sys.platform == "win32" else os.fsencode(path)
    with soundfile.SoundFile(name) as file:
        if not 1 <= file.samplerate <= MAX_RATE:
            raise OSError(f"a rate of {file.samplerate} Hz")
        yield file


def _declared_length(file: soundfile.SoundFile) -> int | None:
    """Samples that the header claims: of a cut wav libsndfile itself tells what is left."""
    length = int(file.frames)
    claim = re.search(r"^data *: (\d+) \(should be (\d+)\)", file.extra_info, re.MULTILINE)
    if claim and int(claim[2]) > 0 and int(claim[1]) > int(claim[2]):
        claimed = length * int(claim[1]) // int(claim[2])
        # 0xffffffff and its like are what streams write that do not know their length
        return claimed if int(claim[1]) < 0xFFFFF000 else length
    return length if 0 <= length < 1 << 48 else None


def _codec(file: soundfile.SoundFile) -> str:
    bits = re.fullmatch(r"PCM_[SU]?(\d+)", file.subtype)
    name = file.subtype if file.subtype in _LOSSY else file.format
    if bits:
        return f"{name} {bits[1]} bit"
    return name if name in _LOSSY else f"{name} {file.subtype.lower()}"


def _encoding(subtype: str) -> Encoding:
    if subtype in _INT24:
        return "int24"
    return "float32" if subtype in _FLOAT32 else "int16"
