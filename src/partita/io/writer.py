"""Writing audio files block by block, through libsndfile or (m4a, alac) FFmpeg."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OutputError, UsageError
from partita.core.names import printable
from partita.io.formats import BITS, Encoding, FileFormat, format_of
from partita.io.mp4_tracks import Mp4Tracks
from partita.io.pcm import clip_codes, quantise
from partita.io.tags import Tags, add_tags
from partita.signal.resample import resampled_length

WRITE_BLOCK = 1 << 14
"""Samples written at once: libsndfile's Vorbis encoder overflows the stack on long blocks."""

WAV_LIMIT = (1 << 32) - (1 << 16)
"""Bytes of samples beyond which a wav file needs 64-bit sizes (RF64)."""


FULL = "the disk is full or the file is too large"

_SNDFILE_NAMES = {"track": "tracknumber"}


def cannot_write(path: Path, error: OSError) -> OutputError:
    """What to raise where a file cannot be made or written."""
    return OutputError(f"cannot write {printable(path)}: {error.strerror or error}")


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A place beside the target to write to; what lies there in the end replaces the target.

    Raises
    ------
    OutputError : it cannot be written; nothing is left of it then.
    """
    partial = target.with_name(f".{os.getpid()}.partial{target.suffix}")
    try:
        yield partial
        os.replace(partial, target)
    except OutputError as error:
        if isinstance(error.__cause__, OSError):
            raise cannot_write(target, error.__cause__) from error
        raise
    except OSError as error:
        raise cannot_write(target, error) from error
    finally:
        with suppress(OSError):  # there may be none, or no folder that it could lie in
            partial.unlink()


class AudioWriter:
    """An audio file being written; use it in a `with` statement.

    Parameters
    ----------
    path : the file; replaced where it exists.
    rate : Hz of what will be written; where the format cannot hold it, the file is resampled
        (`self.rate` tells the file's).
    channels : 1 or 2.
    encoding : how samples are stored in wav (default float32), flac and alac (default int24).
    format : by default from the path's ending.
    length : samples a channel if known beforehand, for wav files above 4 GB.
    tags : title, artist and the like (see partita.io.read_tags); no cover in wav, ogg and opus.

    Raises
    ------
    UsageError : the format has no such encoding.
    OutputError : the file cannot be made or written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rate: int,
        channels: int,
        encoding: Encoding | None = None,
        format: FileFormat | None = None,
        length: int | None = None,
        tags: Tags | None = None,
    ) -> None:
        self.path = Path(path)
        self.format = format or format_of(path, encoding)
        self.encoding = _checked_encoding(self.format, encoding)
        self.rate = self.format.rate_for(rate)
        self.tags = tags or Tags()
        self.bits = BITS.get(self.encoding) if self.encoding else None
        self._resampler = StreamResampler(rate, self.rate, channels) if rate != self.rate else None
        try:
            if self.format.library == "ffmpeg":
                self._sink: _Sink = Mp4Tracks(
                    self.path, self.format, self.encoding, rate=self.rate, channels=channels
                )
            else:
                self._sink = _SndfileSink(self, channels, length)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def write(self, samples: NDArray[np.floating]) -> None:
        """Append (channels, time) samples, full scale ±1; integer encodings round and clip."""
        if self._resampler:
            samples = self._resampler.push(samples)
        if self.bits:
            self._write_codes(clip_codes(quantise(samples, self.bits), self.bits))
        else:
            self._write(samples.astype(np.float32, copy=False))

    def write_codes(self, codes: NDArray[np.signedinteger]) -> None:
        """Append (channels, time) integer codes of `self.bits` bits, exactly.

        Raises
        ------
        UsageError : the file is not of an integer encoding.
        """
        if not self.bits or self._resampler:
            raise UsageError("integer codes can only be written to int16 and int24 files")
        self._write_codes(codes)

    def close(self) -> None:
        """Finish the file: until then it may be incomplete."""
        if self._resampler:
            rest, self._resampler = self._resampler.finish(), None
            self.write(rest)
        try:
            self._sink.close()
            add_tags(self.path, self.format.container, self.tags)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._sink.abandon()

    def _write_codes(self, codes: NDArray[np.signedinteger]) -> None:
        if self.bits == 16:
            interleaved = np.empty(codes.shape[::-1], dtype=np.int16)  # as it lies in the file
            interleaved.T[:] = codes
            self._write(interleaved.T)
        else:  # libsndfile and FFmpeg take the upper 24 of 32 bits
            self._write((codes << 8).astype(np.int32))

    def _write(self, samples: NDArray[Any]) -> None:
        try:
            size = WRITE_BLOCK if self.format.container == "OGG" else samples.shape[1]
            for start in range(0, samples.shape[1], max(size, 1)):
                self._sink.write(samples[:, start : start + size])
        except OSError as error:
            raise cannot_write(self.path, error) from error


class _Sink(Protocol):
    def write(self, samples: NDArray[Any], /) -> None: ...

    def close(self) -> None: ...

    def abandon(self) -> None: ...


class _SndfileSink:
    def __init__(self, writer: AudioWriter, channels: int, length: int | None) -> None:
        import soundfile

        kind = writer.format
        subtype = kind.subtypes[writer.encoding] if kind.subtypes and writer.encoding else ""
        container = kind.container
        width = {"PCM_16": 2, "PCM_24": 3}.get(subtype, 4)
        if container == "WAV" and (length or 0) * channels * width > WAV_LIMIT:
            container = "RF64"
        options: dict[str, Any] = {}
        if kind.compression_level is not None:
            options["compression_level"] = kind.compression_level
        self._errors = (soundfile.LibsndfileError, RuntimeError)
        with writer.path.open("wb"):  # libsndfile's own message is "System error"
            pass
        try:
            self._file = soundfile.SoundFile(
                os.fspath(writer.path),
                "w",
                writer.rate,
                channels,
                format=container,
                subtype=subtype or kind.lossy_subtype,
                **options,
            )
            if container != "MP3":
                for name, text in writer.tags.texts.items():
                    setattr(self._file, _SNDFILE_NAMES.get(name, name), text)
        except self._errors as error:
            raise OSError(_reason(error)) from error

    def write(self, samples: NDArray[Any]) -> None:
        try:
            self._file.write(np.ascontiguousarray(samples.T))
        except self._errors as error:
            raise OSError(_reason(error)) from error
        except AssertionError as error:  # soundfile's answer to a short write
            raise OSError(FULL) from error

    def close(self) -> None:
        try:
            self._file.close()
        except self._errors as error:
            raise OSError(_reason(error)) from error

    def abandon(self) -> None:
        with suppress(*self._errors):  # what ended the writing is told already
            self._file.close()


class StreamResampler:
    """Block-wise resampling to an exact total length."""

    def __init__(self, rate: int, new_rate: int, channels: int) -> None:
        import soxr

        self._rates = rate, new_rate
        self._channels = channels
        self._stream = soxr.ResampleStream(rate, new_rate, channels, dtype="float32")
        self._taken = self._given = 0

    def push(self, samples: NDArray[np.floating]) -> NDArray[np.floating]:
        self._taken += samples.shape[1]
        return self._step(samples, last=False)

    def finish(self) -> NDArray[np.floating]:
        return self._step(np.zeros((self._channels, 0), np.float32), last=True)

    def _step(self, samples: NDArray[np.floating], *, last: bool) -> NDArray[np.floating]:
        flat = samples.T.astype(np.float32, order="C", copy=True)
        moved: NDArray[np.floating] = self._stream.resample_chunk(flat, last=last).T
        wanted = resampled_length(self._taken, *self._rates) - self._given
        moved = moved[:, :wanted]
        if last and moved.shape[1] < wanted:
            moved = np.pad(moved, ((0, 0), (0, wanted - moved.shape[1])))
        self._given += moved.shape[1]
        return moved


def _checked_encoding(format: FileFormat, encoding: Encoding | None) -> Encoding | None:
    if not format.encodings:
        if encoding:
            raise UsageError(f"{format.name} has no choice of encoding, got {encoding}")
        return None
    if encoding is None:
        return format.encodings[-1]
    if encoding not in format.encodings:
        raise UsageError(f"{format.name} holds {' or '.join(format.encodings)}, not {encoding}")
    return encoding


def _reason(error: Exception) -> str:
    text = (getattr(error, "error_string", "") or str(error)).rstrip(". ")
    return text if text not in ("", "System error") else FULL
