"""Reading through FFmpeg (PyAV): m4a, mp4, alac, webm; more than two channels; damaged files.

- Frames are decoded packet by packet, so that one bad packet costs its own duration only.
- Frames are placed by their time stamps: what is missing becomes silence, what comes twice or lies
  before time zero (an encoder's priming) is dropped.
- AAC decodes to whole frames; the end is trimmed to the stream's duration.
- A file is handed over as an open file object, and only known containers are tried: a play list
  that is called song.mp3 can open nothing else, neither here nor on a network.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import MAX_RATE
from partita.core.errors import AudioError, InputError, PartitaWarning
from partita.core.names import printable
from partita.io.formats import Encoding
from partita.io.libsndfile import StreamInfo
from partita.io.riff import texts_fit

CONTAINERS = "aac,ac3,aiff,alac,asf,caf,eac3,flac,matroska,mov,mp3,mp4,ogg,tta,w64,wav,wv"
MAX_CHANNELS = 8
MAX_GAP_S = 60
"""A larger step of the time stamps is taken for a jump of the clock, not for missing sound."""
MAX_HEADERS = 64 << 20
"""Bytes read to open a file: its index, its tags, its cover. FFmpeg holds them, several times."""
MAX_SILENCE_S = 600
"""Silence put into one file's gaps, altogether: a broken file cannot ask for more."""
_LOSSLESS = {"alac", "flac", "tta", "wavpack", "ape"}


def probe(path: Path, *, stream: int = 0) -> StreamInfo | None:
    """What an audio stream of the file holds, or None where there is none to decode.

    Raises
    ------
    InputError : the file has audio, but no stream of that number.
    AudioError : more channels than have a standard mixdown.
    """
    av = _av()
    try:
        with path.open("rb") as file, _container(file) as container:
            audio = container.streams.audio
            if not audio:
                return None
            if stream >= len(audio):
                raise InputError(
                    f"{printable(path)} has {len(audio)} audio streams, no number {stream}"
                )
            info = _stream_info(audio[stream])
    except (av.error.FFmpegError, OSError, ValueError):
        return None
    if info and info.channels > MAX_CHANNELS:
        raise AudioError(
            f"{printable(path)} has {info.channels} channels; at most {MAX_CHANNELS} can be "
            "mixed down: choose two of them first"
        )
    return info if info and _decodes(path, stream) else None


def count_streams(path: Path) -> int:
    """How many audio streams the file has; 0 where it cannot be opened."""
    av = _av()
    try:
        with path.open("rb") as file, _container(file) as container:
            return len(container.streams.audio)
    except (av.error.FFmpegError, OSError, ValueError):
        return 0


def metadata(path: Path, *, max_picture: int) -> tuple[dict[str, str], bytes]:
    """What a file says about itself, by FFmpeg's names in lower case, and its first picture."""
    av = _av()
    found: dict[str, str] = {}
    look = {"probesize": "2048"}  # in 16-bit wav it would search megabytes for DTS, for 25 ms
    try:
        with path.open("rb") as file, _container(file, **look) as container:
            sources = [*container.streams.audio[:1], container]
            for source in sources:  # Ogg keeps it with the stream
                found |= {str(k).lower(): str(v) for k, v in source.metadata.items()}
            return found, _picture(container, max_picture)
    except (av.error.FFmpegError, OSError, ValueError):
        return found, b""


def decode(
    path: Path, *, channels: int, stream: int = 0, skip: int = 0, damaged: bool = False
) -> Iterator[NDArray[np.float32]]:
    """Pieces (channels, time), full scale ±1, mixed down where the file has more channels.

    Parameters
    ----------
    channels : 1 or 2.
    stream : number among the audio streams.
    skip : samples left out at the start.
    damaged : whether the caller knows of the damage already and warns itself.
    """
    av = _av()
    bad = 0
    try:
        with path.open("rb") as file, _container(file) as container:
            source = container.streams.audio[stream]
            clock = _Clock(source)
            convert = _converter(source, channels)
            for frame in _frames(container, source):
                if frame is None:
                    bad += 1
                    continue
                piece = clock.place(convert(frame), frame)
                if piece.shape[1]:
                    yield piece[:, max(skip - (clock.position - piece.shape[1]), 0) :]
    except (av.error.FFmpegError, OSError, ValueError):
        bad += 1
    if bad and not damaged:
        warnings.warn(
            f"{printable(path)} is damaged: {bad} of its packets could not be decoded",
            PartitaWarning,
            stacklevel=2,
        )


def _av() -> Any:
    import av
    import av.logging

    av.logging.set_level(av.logging.PANIC)
    return av


class _Input:
    """An open file for PyAV, which prints a traceback where `seek` raises.

    It seems to end after `left` bytes, so that a comment of a gigabyte does not fill the memory.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.left = MAX_HEADERS
        self.tell = file.tell
        self._read: Callable[[int], bytes] = file.read
        self._seek: Callable[[int, int], int] = file.seek

    def read(self, size: int) -> bytes:
        data = self._read(min(size, self.left))
        self.left -= len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return self._seek(offset, whence)
        except (OSError, ValueError):  # a damaged file sends its reader anywhere
            return -1


def _container(file: BinaryIO, **options: str) -> Any:
    if not texts_fit(file):
        raise ValueError("it claims a text beyond all bounds")
    file.seek(0)
    source = _Input(file)
    container = _av().open(
        source,
        "r",
        options={"format_whitelist": CONTAINERS, **options},
        metadata_errors="replace",
    )
    source.left = sys.maxsize
    return container


def _picture(container: Any, limit: int) -> bytes:
    for stream in container.streams.video:
        if stream.disposition & _av().stream.Disposition.attached_pic:
            packet = next(iter(container.demux(stream)))
            return bytes(packet) if 0 < packet.size <= limit else b""
    return b""


def _stream_info(stream: Any) -> StreamInfo | None:
    context = stream.codec_context
    if context is None or context.format is None or not context.channels:  # nothing decodes it
        return None
    if not stream.rate or not 1 <= stream.rate <= MAX_RATE:
        return None
    end = _end(stream)
    lossless = context.name in _LOSSLESS or context.name.startswith("pcm_")
    return StreamInfo(
        rate=stream.rate,
        channels=context.channels,
        length=end,
        codec=context.name.upper(),
        encoding=_encoding(context) if lossless else "int16",
        lossy=not lossless,
        layout=context.layout.name,
    )


def _encoding(context: Any) -> Encoding:
    if context.format.name.startswith(("flt", "dbl")):
        return "float32"
    if context.format.bytes <= 2:
        return "int16"
    return "int24"


def _decodes(path: Path, stream: int) -> bool:
    """Whether more than half of the first packets decode: noise looks like mp3 now and then."""
    av = _av()
    good = bad = 0
    try:
        with path.open("rb") as file, _container(file) as container:
            for frame in _frames(container, container.streams.audio[stream]):
                good, bad = good + (frame is not None), bad + (frame is None)
                if good + bad >= 16:
                    break
    except (av.error.FFmpegError, OSError, ValueError):
        bad += 1
    return good > bad


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Decoded frames in order; None for each packet that could not be decoded."""
    av = _av()
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            yield None


def _end(stream: Any) -> int | None:
    """Samples up to the end of the stream, where its clock counts samples; else None."""
    if not stream.duration or stream.time_base != Fraction(1, stream.rate):
        return None
    return max(int(stream.duration) + min(int(stream.start_time or 0), 0), 0) or None


def _converter(stream: Any, channels: int) -> Any:
    """Frames to arrays (channels, time); of a damaged file each may have a layout of its own."""
    av = _av()
    layout = stream.codec_context.layout.name
    if stream.codec_context.channels != channels:
        layout = "stereo" if channels == 2 else "mono"
    resamplers: dict[tuple[str, str, int], Any] = {}

    def convert(frame: Any) -> NDArray[np.float32]:
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        if kind not in resamplers:
            resamplers.clear()
            resamplers[kind] = av.AudioResampler(format="fltp", layout=layout, rate=stream.rate)
        frame.pts, pts = None, frame.pts
        pieces = [f.to_ndarray() for f in resamplers[kind].resample(frame)]
        frame.pts = pts
        return np.concatenate(pieces, axis=1) if pieces else np.zeros((channels, 0), np.float32)

    return convert


class _Clock:
    """Places frames by their time stamps; `position` is where the next sample goes."""

    def __init__(self, stream: Any) -> None:
        self.position = 0
        self._rate = stream.rate
        self._end = _end(stream)
        self._ahead = 0
        self._silence = MAX_SILENCE_S * stream.rate

    def place(self, samples: NDArray[np.float32], frame: Any) -> NDArray[np.float32]:
        """The samples that belong at `position`: silence before them, or their start left out."""
        gap = self._gap(frame)
        if gap < 0:
            samples = samples[:, min(-gap, samples.shape[1]) :]
        elif gap > 0:
            self._silence -= gap
            samples = np.pad(samples, ((0, 0), (gap, 0)))
        if self._end is not None:
            samples = samples[:, : max(self._end - self.position, 0)]
        self.position += samples.shape[1]
        return samples

    def _gap(self, frame: Any) -> int:
        """Samples missing before the frame; negative where it comes too early."""
        if frame.pts is None or not frame.time_base:
            return 0
        stamp = Fraction(frame.pts) * frame.time_base * self._rate
        tolerance = max(2 * frame.time_base * self._rate, 1)
        gap = stamp - self._ahead - self.position
        rounded: int = round(gap)
        if abs(gap) <= tolerance or (self._end is not None and stamp > self._end):
            return 0
        if abs(gap) > MAX_GAP_S * self._rate or gap > self._silence:
            self._ahead += rounded  # the clock itself has jumped
            return 0
        return rounded
