"""`.stem.mp4` (Native Instruments Stems): the mix, then four stems, as audio tracks of one file.

Players play the first track. DJ software finds the names and colours of the others in the box
moov/udta/stem: JSON, {"version": 1, "mastering_dsp": {…}, "stems": [{"name", "color"}, …]}.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.cores import usable_cores
from partita.core.errors import InputError, PartitaWarning, UsageError
from partita.core.names import printable
from partita.io import ffmpeg
from partita.io.audio import READ_BLOCK, AudioFile, open_audio
from partita.io.formats import BITS, FORMATS, Encoding
from partita.io.mp4_boxes import add_user_data, find, read_index
from partita.io.mp4_tracks import Mp4Tracks
from partita.io.pcm import clip_codes, quantise
from partita.io.tags import Tags, add_tags
from partita.io.writer import StreamResampler, cannot_write, replacing

STEM_MP4_NAMES = ("drums", "bass", "other", "vocals")
"""The order of streams 1 to 4, as MUSDB18 uses it."""

STEM_MP4_COLOURS = ("#009E73", "#D55E00", "#CC79A7", "#56B4E9")
"""Okabe and Ito's bluish green, vermilion, reddish purple and sky blue."""

MAX_NAME = 64
"""Characters of a stem's name that are read from a file."""

_BOX = b"stem"
_MAX_BOX = 1 << 16
_BLOCK = 1 << 14
_OFF: dict[str, Any] = {
    "compressor": {
        "enabled": False,
        "ratio": 3,
        "output_gain": 0.5,
        "release": 0.3,
        "attack": 0.003,
        "input_gain": 0.5,
        "threshold": 0,
        "hp_cutoff": 300,
        "dry_wet": 50,
    },
    "limiter": {"enabled": False, "release": 0.05, "threshold": 0, "ceiling": -0.35},
}
"""The players' mastering stage, off: the stems add up to the mix as they are."""


class StemMp4Writer:
    """A `.stem.mp4` file being written block by block; use it in a `with` statement.

    Parameters
    ----------
    path : the file; replaced where it exists, incomplete until closed.
    rate : Hz of what will be written; where the codec cannot hold it (ALAC: above 384 kHz; AAC: all
        but the usual ones), the file is resampled (`self.rate` tells the file's).
    channels : 1 or 2.
    names : of the four stems.
    colours : of the four stems, "#RRGGBB".
    encoding : None for AAC, "int16" or "int24" for ALAC.
    tags : title, artist and the like.
    threads : so many tracks are encoded at the same time; None: as many as there are cores.

    Raises
    ------
    UsageError : not four names, or a name, colour or encoding that does not fit.
    OutputError : the file cannot be made or written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        rate: int,
        channels: int,
        names: Sequence[str] = STEM_MP4_NAMES,
        colours: Sequence[str] = STEM_MP4_COLOURS,
        encoding: Encoding | None = None,
        tags: Tags | None = None,
        threads: int | None = None,
    ) -> None:
        self.path = Path(path)
        self._tags = tags or Tags()
        self._manifest = _manifest(names, colours)
        kind = FORMATS["alac" if encoding else "m4a"]
        if encoding and encoding not in kind.encodings:
            raise UsageError(f".stem.mp4 holds AAC, or int16 or int24, not {encoding}")
        self.rate = kind.rate_for(rate)
        self._stored_bits = BITS.get(encoding) if encoding else None
        tracks = 1 + len(names)
        self._resampler = (
            StreamResampler(rate, self.rate, tracks * channels) if rate != self.rate else None
        )
        self.bits = None if self._resampler else self._stored_bits
        try:
            self._tracks = Mp4Tracks(
                self.path,
                kind,
                encoding,
                rate=self.rate,
                channels=channels,
                tracks=tracks,
                threads=threads or usable_cores(),
            )
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def write(self, tracks: NDArray[np.floating]) -> None:
        """Append (5, channels, time) samples, full scale ±1: the mix and the four stems."""
        if self._resampler:
            flat = tracks.reshape(-1, tracks.shape[-1])
            tracks = self._resampler.push(flat).reshape(*tracks.shape[:2], -1)
        self._write_samples(tracks)

    def write_codes(self, codes: NDArray[np.signedinteger]) -> None:
        """Append (5, channels, time) integer codes, exactly.

        Raises
        ------
        UsageError : the file is AAC, or resampled.
        """
        if not self.bits:
            raise UsageError("integer codes can only be written to int16 and int24 files")
        self._write_codes(codes)

    def close(self) -> None:
        """Finish the file: until then it may be incomplete."""
        if self._resampler:
            rest = self._resampler.finish()
            self._write_samples(rest.reshape(1 + len(STEM_MP4_NAMES), -1, rest.shape[-1]))
        try:
            self._tracks.close()
            add_tags(self.path, "mp4", self._tags)
            add_user_data(self.path, _BOX, self._manifest)
        except OSError as error:
            raise cannot_write(self.path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self._tracks.abandon()

    def _write_samples(self, tracks: NDArray[np.floating]) -> None:
        if self._stored_bits:
            codes = quantise(tracks, self._stored_bits)
            self._write_codes(clip_codes(codes, self._stored_bits))
        else:
            self._write(tracks.astype(np.float32, copy=False))

    def _write_codes(self, codes: NDArray[np.signedinteger]) -> None:
        is_16 = self._stored_bits == 16
        self._write(codes.astype(np.int16) if is_16 else (codes << 8).astype(np.int32))

    def _write(self, samples: NDArray[Any]) -> None:
        try:
            for start in range(0, samples.shape[-1], _BLOCK):
                self._tracks.write(*samples[..., start : start + _BLOCK])
        except OSError as error:
            raise cannot_write(self.path, error) from error


def save_stem_mp4(
    path: str | os.PathLike[str],
    mix: Audio,
    stems: Stems,
    *,
    colours: Sequence[str] = STEM_MP4_COLOURS,
    encoding: Encoding | None = None,
    tags: Tags | None = None,
) -> None:
    """Write a mix and its four stems as a `.stem.mp4` file; whole, or not at all.

    Parameters
    ----------
    path : should end in .stem.mp4 for other software; an existing file is replaced.
    mix : what players play.
    stems : four, in the order of the file's tracks, as long as the mix; DJ software expects
        drums, bass, other, vocals.
    colours : "#RRGGBB", one a stem.
    encoding : None for AAC; "int16" or "int24" for ALAC, sample for sample.
    tags : title, artist and the like.

    Raises
    ------
    UsageError : mix and stems do not fit each other, or the format (see StemMp4Writer).
    OutputError : the file cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "song.stem.mp4"
    >>> stems = Stems(STEM_MP4_NAMES, np.zeros((4, 2, 800)), 44100)
    >>> save_stem_mp4(path, Audio(stems.samples.sum(axis=0), 44100), stems)
    >>> load_stem_mp4(path)[1].names
    ('drums', 'bass', 'other', 'vocals')
    """
    if (mix.rate, mix.samples.shape) != (stems.rate, stems.samples.shape[1:]):
        raise UsageError(
            f"mix and stems must be alike: {mix.samples.shape} at {mix.rate} Hz, "
            f"{stems.samples.shape[1:]} at {stems.rate} Hz"
        )
    with (
        replacing(Path(path)) as partial,
        StemMp4Writer(
            partial,
            rate=mix.rate,
            channels=mix.channels,
            names=stems.names,
            colours=colours,
            encoding=encoding,
            tags=tags,
        ) as writer,
    ):
        writer.write(np.concatenate([mix.samples[None], stems.samples]))


def load_stem_mp4(
    path: str | os.PathLike[str], *, names: tuple[str, ...] | None = None
) -> tuple[Audio, Stems]:
    """The mix and the stems of a `.stem.mp4` file.

    Parameters
    ----------
    path : a file with one audio stream for the mix and one for each stem.
    names : of streams 1, 2, …, in order; by default those that the file gives, in lower case, and
        where it gives none STEM_MP4_NAMES.

    Returns
    -------
    mix : Audio; stems : Stems, as long as the mix (shorter ones are filled up with silence).

    Raises
    ------
    InputError : not such a file, or another number of streams.
    """
    mix_file, files = open_stem_mp4(path, names=names)
    mix = _samples(mix_file)
    stems = np.zeros((len(files), *mix.shape), dtype=np.float32)
    for row, file in zip(stems, files.values(), strict=True):
        if (file.rate, file.channels) != (mix_file.rate, mix_file.channels):
            raise InputError(f"{printable(path)} has streams of unlike rates or channels")
        samples = _samples(file)
        length = min(samples.shape[1], mix.shape[1])
        row[:, :length] = samples[:, :length]
    return Audio(mix, mix_file.rate), Stems(tuple(files), stems, mix_file.rate)


def open_stem_mp4(
    path: str | os.PathLike[str], *, names: tuple[str, ...] | None = None
) -> tuple[AudioFile, dict[str, AudioFile]]:
    """The mix and the stems (name -> file) of a `.stem.mp4` file, without reading their samples.

    Parameters
    ----------
    path, names : see `load_stem_mp4`.

    Raises
    ------
    InputError : not such a file, or another number of streams.
    """
    mix = open_audio(path)
    streams = ffmpeg.count_streams(Path(path))
    names = names or _names_in(Path(path), streams - 1) or STEM_MP4_NAMES
    if streams != len(names) + 1:
        raise InputError(
            f"{printable(path)} should have {len(names) + 1} audio streams, it has {streams}"
        )
    return mix, {name: open_audio(path, stream=n) for n, name in enumerate(names, 1)}


def _samples(file: AudioFile) -> np.ndarray:
    return np.concatenate([block.samples for block in file.blocks(READ_BLOCK)], axis=1)


def _manifest(names: Sequence[str], colours: Sequence[str]) -> bytes:
    if len(names) != len(STEM_MP4_NAMES) or len(colours) != len(names):
        raise UsageError(
            f".stem.mp4 holds four stems and a colour for each, got {len(names)} names "
            f"and {len(colours)} colours"
        )
    for name in names:
        if not 0 < len(name) <= MAX_NAME or not name.isprintable():
            raise UsageError(f"a stem needs a name of 1 to {MAX_NAME} letters, got {name!r}")
    for colour in colours:
        if not re.fullmatch("#[0-9A-Fa-f]{6}", colour):
            raise UsageError(f'a colour is written "#RRGGBB", got {colour!r}')
    parts = [{"name": n, "color": c} for n, c in zip(names, colours, strict=True)]
    return json.dumps({"mastering_dsp": _OFF, "version": 1, "stems": parts}).encode()


def _names_in(path: Path, count: int) -> tuple[str, ...] | None:
    """The stems' names as the file gives them, or None where it gives none that can be used."""
    index = read_index(path)
    box = find(index, b"moov", b"udta", _BOX)
    if box is None:
        return None
    try:
        if box.end - box.content > _MAX_BOX:
            raise ValueError
        found = json.loads(index[box.content : box.end])["stems"]
        names = tuple(str(entry["name"]).strip().lower() for entry in found)
    except (ValueError, TypeError, KeyError, RecursionError):
        names = ()
    usable = all(0 < len(name) <= MAX_NAME and name.isprintable() for name in names)
    if len(names) == count == len(set(names)) and usable:
        return names
    warnings.warn(
        f"{printable(path)} does not name its stems in a way that can be used",
        PartitaWarning,
        stacklevel=3,
    )
    return None
