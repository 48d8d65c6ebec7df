"""Stems of one song to a mix: other levels, the same loudness, and peaks that are safe.

    stems ─ gains ─► sum ─► one gain for loudness and true peak ─► file

The stems are read twice, in blocks: once to measure, once to write. A `.stem.mp4` gets the stems
as well, each with its gain and that one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError, UsageError
from partita.core.names import printable
from partita.io.audio import AudioFile, open_audio
from partita.io.formats import AUDIO_ENDINGS, Encoding, format_of
from partita.io.stem_mp4 import STEM_MP4_NAMES, StemMp4Writer, open_stem_mp4
from partita.io.writer import AudioWriter, replacing
from partita.signal.loudness import LoudnessMeter

CEILING_DBTP = -1.0
BLOCK = 1 << 16


@dataclass(frozen=True)
class Remixed:
    """A mix on disk: its loudness and true peak, and the one gain that it got for them."""

    path: Path
    loudness_lufs: float
    true_peak_dbtp: float
    gain_db: float
    held_back: bool
    """Whether the gain is less than the loudness asked for, because of the true peak."""


def is_stem_mp4(path: Path) -> bool:
    return path.name.lower().endswith(".stem.mp4")


def find_stems(folder: Path) -> dict[str, AudioFile]:
    """The stems in a folder, by the files' names, or in a `.stem.mp4`: name -> file.

    Raises
    ------
    InputError : no folder, no audio in it, two files of one name, or a file that is no audio.
    """
    if is_stem_mp4(folder):
        return open_stem_mp4(folder)[1]
    if not folder.is_dir():
        raise InputError(f"{printable(folder)} is not a folder of stems")
    stems: dict[str, AudioFile] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in AUDIO_ENDINGS:
            continue
        if path.stem in stems:
            raise InputError(f"{printable(folder)} holds {printable(path.stem)} in two formats")
        stems[path.stem] = open_audio(path)
    if not stems:
        raise InputError(f"{printable(folder)} holds no audio files")
    return stems


def remix(
    stems: Mapping[str, AudioFile],
    output: Path,
    *,
    gains_db: Mapping[str, float],
    loudness_lufs: float | None = None,
    encoding: Encoding | None = None,
) -> Remixed:
    """Write the sum of stems, each with its gain, as loud as the unchanged sum.

    Parameters
    ----------
    stems : name -> file (see `find_stems`), all of one rate; shorter ones end in silence, mono goes
        to both sides.
    output : its ending names the format; `.stem.mp4` for one file of the mix and four stems.
    gains_db : name -> dB, -inf for silence; 0 where a stem is not named.
    loudness_lufs : wanted; None: that of the sum without gains.
    encoding : of the file; None: that of the first stem, where the format can (AAC in .stem.mp4).

    Raises
    ------
    UsageError : a gain for no stem, or a .stem.mp4 of other than four stems.
    InputError : stems that cannot be read or do not fit. OutputError : the mix cannot be written.
    """
    for name in gains_db:
        if name not in stems:
            raise UsageError(f"there is no stem {name!r}; there are {', '.join(stems)}")
    files = _in_order(stems) if is_stem_mp4(output) else stems
    factors = [10 ** (gains_db.get(name, 0.0) / 20) for name in files]
    rate = _common_rate(files)
    channels = max(file.channels for file in files.values())
    unchanged, changed = (LoudnessMeter(rate, channels) for _ in range(2))
    for block in _blocks(files, channels):
        changed.push(np.tensordot(factors, block, axes=1))
        if loudness_lufs is None:
            unchanged.push(block.sum(axis=0))
    wanted = unchanged.loudness_lufs if loudness_lufs is None else loudness_lufs
    loudness, peak = changed.loudness_lufs, changed.true_peak_dbtp()
    gain = wanted - loudness if math.isfinite(wanted) and math.isfinite(loudness) else 0.0
    safe = min(gain, CEILING_DBTP - peak)
    final = [factor * 10 ** (safe / 20) for factor in factors]
    _write(output, files, final, rate=rate, channels=channels, encoding=encoding)
    return Remixed(output, loudness + safe, peak + safe, safe, held_back=safe < gain)


def _common_rate(files: Mapping[str, AudioFile]) -> int:
    rates = {file.rate for file in files.values()}
    if len(rates) > 1:
        shown = ", ".join(f"{name} {file.rate} Hz" for name, file in files.items())
        raise InputError(f"stems of one song have one rate, got {shown}")
    return rates.pop()


def _in_order(stems: Mapping[str, AudioFile]) -> Mapping[str, AudioFile]:
    """The four stems in the order of a `.stem.mp4`."""
    if len(stems) != len(STEM_MP4_NAMES):
        raise UsageError(f"a .stem.mp4 holds four stems, but these are {', '.join(stems)}")
    if set(stems) == set(STEM_MP4_NAMES):
        return {name: stems[name] for name in STEM_MP4_NAMES}
    return stems


def _blocks(files: Mapping[str, AudioFile], channels: int) -> Iterator[NDArray[np.float64]]:
    """Blocks (stems, channels, time) of all stems, silence where one has ended."""
    readers = [file.blocks(BLOCK) for file in files.values()]
    for blocks in zip_longest(*readers):
        length = max(block.length for block in blocks if block is not None)
        stems = np.zeros((len(blocks), channels, length))
        for row, block in zip(stems, blocks, strict=True):
            if block is not None:
                row[:, : block.length] = block.samples
        yield stems


def _write(
    output: Path,
    files: Mapping[str, AudioFile],
    factors: list[float],
    *,
    rate: int,
    channels: int,
    encoding: Encoding | None,
) -> None:
    gains = np.array(factors)
    with replacing(output) as partial:
        if is_stem_mp4(output):
            with StemMp4Writer(
                partial, rate=rate, channels=channels, names=tuple(files), encoding=encoding
            ) as tracks:
                for block in _blocks(files, channels):
                    stems = gains[:, None, None] * block
                    tracks.write(np.concatenate([stems.sum(axis=0, keepdims=True), stems]))
            return
        kind = format_of(output)
        if encoding is None:
            stored = next(iter(files.values())).encoding
            encoding = stored if stored in kind.encodings else None
        with AudioWriter(
            partial, rate=rate, channels=channels, encoding=encoding, format=kind
        ) as writer:
            for block in _blocks(files, channels):
                writer.write(np.tensordot(gains, block, axes=1))
