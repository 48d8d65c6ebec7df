"""The audio formats that Partita writes: one row each, and what each can hold."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from partita.core.errors import UsageError

Encoding = Literal["int16", "int24", "float32"]
"""How samples are written where the format leaves a choice."""

BITS: dict[Encoding, int] = {"int16": 16, "int24": 24}

AUDIO_ENDINGS = frozenset(
    f".{ending}"
    for ending in (
        *("wav", "wave", "flac", "ogg", "oga", "opus", "mp3", "m4a", "mp4", "aac"),
        *("aif", "aiff", "aifc", "caf", "w64", "rf64", "webm", "mka", "wma", "wv"),
    )
)
"""Files that a search through a folder takes for audio."""


@dataclass(frozen=True)
class FileFormat:
    """What a format can hold, and who writes it.

    `encodings` is empty where the format is lossy. `rates` is empty where any rate up to
    `max_rate` will do; audio at another rate is resampled to `rate_for`. `ending` is that of its
    files, without the dot; by default its name.
    """

    name: str
    container: str
    subtypes: MappingProxyType[Encoding, str] | None
    lossy_subtype: str = ""
    rates: tuple[int, ...] = ()
    max_rate: int = 768_000
    compression_level: float | None = None
    library: Literal["libsndfile", "ffmpeg"] = "libsndfile"
    ending: str = ""

    def __post_init__(self) -> None:
        if not self.ending:
            object.__setattr__(self, "ending", self.name)

    @property
    def encodings(self) -> tuple[Encoding, ...]:
        return tuple(self.subtypes or ())

    def rate_for(self, rate: int) -> int:
        """The rate at which audio of `rate` is written: itself, or the nearest that serves.

        Examples
        --------
        >>> FORMATS["mp3"].rate_for(96000), FORMATS["mp3"].rate_for(88200)
        (48000, 44100)
        >>> FORMATS["opus"].rate_for(44100), FORMATS["wav"].rate_for(44100)
        (48000, 44100)
        """
        if not self.rates:
            return min(rate, self.max_rate)
        if rate in self.rates:
            return rate
        whole = [r for r in self.rates if rate % r == 0 and 2 * r > max(self.rates)]
        above = [r for r in self.rates if r > rate]
        return max(whole) if whole else min(above) if above else max(self.rates)


_WAV: MappingProxyType[Encoding, str] = MappingProxyType(
    {"int16": "PCM_16", "int24": "PCM_24", "float32": "FLOAT"}
)
_FLAC: MappingProxyType[Encoding, str] = MappingProxyType({"int16": "PCM_16", "int24": "PCM_24"})
_ALAC: MappingProxyType[Encoding, str] = MappingProxyType({"int16": "alac", "int24": "alac"})
_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)

FORMATS: MappingProxyType[str, FileFormat] = MappingProxyType(
    {
        "wav": FileFormat("wav", "WAV", _WAV),
        "flac": FileFormat("flac", "FLAC", _FLAC, max_rate=655_350),
        "ogg": FileFormat("ogg", "OGG", None, "VORBIS", max_rate=192_000, compression_level=0.2),
        "opus": FileFormat("opus", "OGG", None, "OPUS", _OPUS_RATES, compression_level=0.3),
        "mp3": FileFormat("mp3", "MP3", None, "MPEG_LAYER_III", _MP3_RATES, compression_level=0.0),
        "alac": FileFormat("alac", "mp4", _ALAC, max_rate=384_000, library="ffmpeg", ending="m4a"),
        "m4a": FileFormat("m4a", "mp4", None, "aac", _AAC_RATES, library="ffmpeg"),
    }
)
"""Name -> format; the name is the file ending as well, but for alac, which lies in m4a files."""


def format_of(path: str | os.PathLike[str], encoding: Encoding | None = None) -> FileFormat:
    """The format that a file name's ending asks for.

    Parameters
    ----------
    path : a file name.
    encoding : how samples shall be stored: .m4a is AAC, with an integer encoding ALAC.

    Raises
    ------
    UsageError : the ending is none that Partita writes.

    Examples
    --------
    >>> format_of("vocals.FLAC").name, format_of("a.m4a").name, format_of("a.m4a", "int16").name
    ('flac', 'm4a', 'alac')
    """
    ending = Path(path).suffix.lower().lstrip(".")
    if ending not in FORMATS:
        known = ", ".join("." + name for name in FORMATS)
        asked = f".{ending}" if ending else "a file without ending"
        raise UsageError(f"cannot write {asked}: use {known}")
    same = [kind for kind in FORMATS.values() if kind.ending == ending]
    return next((kind for kind in same if encoding in kind.encodings), FORMATS[ending])
