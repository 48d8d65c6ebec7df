"""Writing mp4 files with one or more audio tracks through FFmpeg: AAC, or ALAC without loss."""

from __future__ import annotations

import os
from contextlib import suppress
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.io.formats import Encoding, FileFormat
from partita.io.side_by_side import SideBySide

AAC_BIT_RATE = 256_000
_SAMPLE_FORMATS: dict[Encoding | None, str] = {None: "fltp", "int16": "s16p", "int24": "s32p"}


class Mp4Tracks:
    """An mp4 file being written. An encoder's delay goes into the edit list, in whole samples.

    The index (moov) comes last, so that boxes can be added to it without moving any sound.

    Parameters
    ----------
    threads : so many tracks are encoded at the same time.
    """

    def __init__(
        self,
        path: Path,
        format: FileFormat,
        encoding: Encoding | None,
        *,
        rate: int,
        channels: int,
        tracks: int = 1,
        threads: int = 1,
    ) -> None:
        import av

        self._av = av
        self._rate = rate
        self._layout = "stereo" if channels == 2 else "mono"
        self._sample_format = _SAMPLE_FORMATS[encoding]
        with path.open("wb"):  # FFmpeg's own message for what cannot be opened is a number
            pass
        self._container = av.open(
            os.fspath(path.absolute()),
            "w",
            format=format.container,
            options={"movie_timescale": str(rate), "fflags": "+bitexact"},
        )
        codec = format.subtypes[encoding] if format.subtypes and encoding else format.lossy_subtype
        self._streams: list[Any] = [
            self._container.add_stream(codec, rate=rate) for _ in range(tracks)
        ]
        self._position = 0
        self._calls = SideBySide(min(threads, tracks))
        for stream in self._streams:
            stream.layout = self._layout
            stream.format = self._sample_format
            if not encoding:
                stream.bit_rate = min(AAC_BIT_RATE, 5 * rate * channels // 2)

    def write(self, *parts: NDArray[Any]) -> None:
        """Append to each track (channels, time): float32, int16, or 24 bits at the top of int32."""
        works = [partial(self._encoded, *work) for work in zip(self._streams, parts, strict=True)]
        for packets in self._calls.each(works):
            self._container.mux(packets)
        self._position += parts[0].shape[1]

    def _encoded(self, stream: Any, samples: NDArray[Any]) -> list[Any]:
        frame = self._av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples), format=self._sample_format, layout=self._layout
        )
        frame.sample_rate = self._rate
        frame.pts = self._position
        frame.time_base = Fraction(1, self._rate)
        packets: list[Any] = stream.encode(frame)
        return packets

    def close(self) -> None:
        self._calls.close()
        for stream in self._streams:
            self._container.mux(stream.encode(None))
        self._container.close()

    def abandon(self) -> None:
        self._calls.close()
        with suppress(OSError):  # what ended the writing is told already
            self._container.close()
