"""Reading audio files in blocks, and the one-call forms `load` and `save`.

Two libraries read: libsndfile (wav, flac, ogg, opus, mp3, aiff …), and FFmpeg through PyAV for
what it cannot (m4a, mp4, alac, webm), for files with more than two channels (which are mixed down
to stereo) and for what is left of a damaged file. Nothing is opened for longer than a pass over
the file takes, and no size written in a file is believed: memory follows what is really there.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, check_finite
from partita.core.errors import AudioError, InputError, PartitaWarning
from partita.core.names import printable
from partita.io import ffmpeg, libsndfile
from partita.io.formats import Encoding, format_of
from partita.io.tags import Tags
from partita.io.writer import AudioWriter, replacing

READ_BLOCK = 1 << 16
"""Samples a channel that `load` reads at a time."""


@dataclass(frozen=True)
class AudioFile:
    """A file that holds audio; a Reader of the separator contract. Made by `open_audio`.

    Attributes
    ----------
    path : where it lies.
    rate : Hz.
    channels : 1 or 2, after the mixdown of files that have more.
    declared_length : samples a channel that the file claims, or None; for progress and plans only.
    file_channels : channels in the file.
    codec : what the file holds, for people ("FLAC 16 bit").
    encoding : how a result should be written so that nothing is lost.
    lossy : whether the file's own format is lossy.
    stream : which of the file's audio streams, from 0.
    """

    path: Path
    rate: int
    channels: int
    declared_length: int | None
    file_channels: int
    codec: str
    encoding: Encoding
    lossy: bool
    stream: int = 0
    library: str = "libsndfile"

    def blocks(self, size: int) -> Iterator[Audio]:
        """The whole recording in pieces of `size` samples; the last may be shorter.

        Raises
        ------
        AudioError : NaN or infinite samples, or nothing that can be decoded.

        Warns
        -----
        PartitaWarning : the file is damaged or cut short; what is left is given.
        """
        start = 0
        for samples in _exact_blocks(self._decoded(size), size):
            check_finite(samples, self.rate, start=start, name=printable(self.path))
            start += samples.shape[1]
            yield Audio(samples, self.rate)
        if start == 0:
            raise AudioError(f"{printable(self.path)} holds no samples")

    def _decoded(self, size: int) -> Iterator[NDArray[np.float32]]:
        if self.library == "ffmpeg":
            yield from ffmpeg.decode(self.path, channels=self.channels, stream=self.stream)
            return
        done = 0
        try:
            for samples in libsndfile.decode(self.path, size):
                done += samples.shape[1]
                yield samples
        except libsndfile.BrokenStream:
            left = 0
            for samples in ffmpeg.decode(
                self.path, channels=self.channels, skip=done, damaged=True
            ):
                left += samples.shape[1]
                yield samples
            self._warn_damaged(done + left)
            return
        if self.declared_length is not None and done < self.declared_length:
            self._warn_damaged(done)

    def _warn_damaged(self, length: int) -> None:
        expected = f" of {self.declared_length / self.rate:.2f} s" if self.declared_length else ""
        if length:
            warnings.warn(
                f"{printable(self.path)} is damaged or cut short: "
                f"{length / self.rate:.2f} s{expected} could be read",
                PartitaWarning,
                stacklevel=3,
            )


def open_audio(path: str | os.PathLike[str], *, stream: int = 0) -> AudioFile:
    """What a file holds, without reading its samples.

    Parameters
    ----------
    path : a local file; its content decides, not its name.
    stream : which audio stream of a file that has several (`.stem.mp4`).

    Raises
    ------
    InputError : missing, a folder, empty, unreadable, or no audio that Partita can decode.
    AudioError : more channels than have a standard mixdown.
    """
    path = Path(path)
    _check_readable(path)
    info = libsndfile.probe(path) if stream == 0 else None
    library = "libsndfile"
    if info is None or info.channels > 2:
        info, library = ffmpeg.probe(path, stream=stream), "ffmpeg"
    if info is None:
        raise InputError(
            f"{printable(path)} is not audio that Partita can read "
            "(it reads wav, flac, ogg, opus, mp3, m4a, aiff and more)"
        )
    if info.channels > 2:
        warnings.warn(
            f"{printable(path)} has {info.channels} channels ({info.layout}); "
            "they are mixed down to stereo",
            PartitaWarning,
            stacklevel=2,
        )
    return AudioFile(
        path=path,
        rate=info.rate,
        channels=min(info.channels, 2),
        declared_length=info.length,
        file_channels=info.channels,
        codec=info.codec,
        encoding=info.encoding,
        lossy=info.lossy,
        stream=stream,
        library=library,
    )


def load(
    path: str | os.PathLike[str], *, start_s: float = 0.0, duration_s: float | None = None
) -> Audio:
    """A file, or a stretch of it, as Audio.

    Parameters
    ----------
    path : any audio file (see `open_audio`); more than two channels are mixed down to stereo.
    start_s, duration_s : the stretch wanted, seconds; by default everything.

    Raises
    ------
    InputError : see `open_audio`. AudioError : NaN samples, or nothing in the stretch.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tone.wav"
    >>> save(path, Audio(np.zeros((1, 800)), 8000))
    >>> load(path, start_s=0.05)
    Audio(1 channels, 0.050 s, 8000 Hz)
    """
    file = open_audio(path)
    first = round(start_s * file.rate)
    last = None if duration_s is None else first + round(duration_s * file.rate)
    if first < 0 or (last is not None and last <= first):
        raise AudioError(f"cannot read {duration_s} s from {start_s} s on")
    kept, position = [], 0
    for block in file.blocks(READ_BLOCK):
        stop = block.length if last is None else last - position
        kept.append(block.samples[:, max(first - position, 0) : stop])
        position += block.length
        if last is not None and position >= last:
            break
    samples = np.concatenate(kept, axis=1)
    if not samples.shape[1]:
        raise AudioError(
            f"{printable(path)} ends at {position / file.rate:.3f} s, before {start_s} s"
        )
    return Audio(samples, file.rate)


def save(
    path: str | os.PathLike[str],
    audio: Audio,
    *,
    encoding: Encoding | None = None,
    tags: Tags | None = None,
) -> None:
    """Write audio to a file whose ending names the format; whole, or not at all.

    Parameters
    ----------
    path : .wav, .flac, .ogg, .opus, .mp3 or .m4a (AAC, or ALAC where an encoding is given); an
        existing file is replaced.
    audio : any rate; mp3, opus and m4a are resampled where they cannot hold it.
    encoding : "int16", "int24" or "float32"; by default float32 for wav, int24 for flac. Integer
        formats clip beyond full scale.
    tags : title, artist and the like.

    Raises
    ------
    UsageError : unknown ending, or an encoding that the format does not have.
    OutputError : the file cannot be written.
    """
    with (
        replacing(Path(path)) as partial,
        AudioWriter(
            partial,
            rate=audio.rate,
            channels=audio.channels,
            encoding=encoding,
            format=format_of(path, encoding),
            tags=tags,
        ) as writer,
    ):
        writer.write(audio.samples)


def _check_readable(path: Path) -> None:
    shown = printable(path)
    try:
        if not path.exists():
            raise InputError(f"{shown} does not exist")
        if not path.is_file():
            raise InputError(f"{shown} is not a file")
        with path.open("rb") as file:
            if not file.read(1):
                raise InputError(f"{shown} is empty")
    except (OSError, ValueError) as error:
        raise InputError(f"{shown} cannot be read: {getattr(error, 'strerror', error)}") from error


def _exact_blocks(
    pieces: Iterator[NDArray[np.float32]], size: int
) -> Iterator[NDArray[np.float32]]:
    held: list[NDArray[np.float32]] = []
    have = 0
    for piece in pieces:
        held.append(piece)
        have += piece.shape[1]
        if have >= size:
            joined = np.concatenate(held, axis=1)
            cut = have - have % size
            for start in range(0, cut, size):
                yield joined[:, start : start + size]
            held, have = [joined[:, cut:]], have - cut
    if have:
        yield np.concatenate(held, axis=1)
