"""Stems of one song to a mix: other levels, the same loudness, and peaks that are safe.

    stems ─ gains ─► sum ─► one gain for loudness and true peak ─► file

The stems are read twice, in blocks: once to measure, once to write.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError, OutputError, UsageError
from partita.core.names import printable
from partita.io.audio import AudioFile, open_audio
from partita.io.formats import Encoding, format_of
from partita.io.writer import AudioWriter
from partita.jobs.inputs import AUDIO_ENDINGS
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


def find_stems(folder: Path) -> dict[str, Path]:
    """The stems in a folder: name -> file, by the files' names.

    Raises
    ------
    InputError : no folder, no audio in it, or two files of one name.
    """
    if not folder.is_dir():
        raise InputError(f"{printable(folder)} is not a folder of stems")
    stems: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.suffix.lower() not in AUDIO_ENDINGS:
            continue
        if path.stem in stems:
            raise InputError(f"{printable(folder)} holds {printable(path.stem)} in two formats")
        stems[path.stem] = path
    if not stems:
        raise InputError(f"{printable(folder)} holds no audio files")
    return stems


def remix(
    stems: Mapping[str, Path],
    output: Path,
    *,
    gains_db: Mapping[str, float],
    loudness_lufs: float | None = None,
    encoding: Encoding | None = None,
) -> Remixed:
    """Write the sum of stems, each with its gain, as loud as the unchanged sum.

    Parameters
    ----------
    stems : name -> file, all of one rate; shorter ones end in silence, mono goes to both sides.
    output : its ending names the format.
    gains_db : name -> dB, -inf for silence; 0 where a stem is not named.
    loudness_lufs : wanted; None: that of the sum without gains.
    encoding : of the file; None: that of the first stem, where the format can.

    Raises
    ------
    UsageError : a gain for no stem. InputError : stems that cannot be read or do not fit.
    OutputError : the mix cannot be written.
    """
    for name in gains_db:
        if name not in stems:
            raise UsageError(f"there is no stem {name!r}; there are {', '.join(stems)}")
    factors = {name: 10 ** (gains_db.get(name, 0.0) / 20) for name in stems}
    files = {name: open_audio(path) for name, path in stems.items()}
    rate = _common_rate(files)
    channels = max(file.channels for file in files.values())
    unchanged, changed = (LoudnessMeter(rate, channels) for _ in range(2))
    for block in _sums(files, factors, channels):
        changed.push(block)
    if loudness_lufs is None:
        for block in _sums(files, dict.fromkeys(files, 1.0), channels):
            unchanged.push(block)
    wanted = unchanged.loudness_lufs if loudness_lufs is None else loudness_lufs
    loudness, peak = changed.loudness_lufs, changed.true_peak_dbtp()
    gain = wanted - loudness if math.isfinite(wanted) and math.isfinite(loudness) else 0.0
    safe = min(gain, CEILING_DBTP - peak)
    _write(output, _sums(files, factors, channels), safe, rate, channels, encoding, files)
    return Remixed(output, loudness + safe, peak + safe, safe, held_back=safe < gain)


def _common_rate(files: Mapping[str, AudioFile]) -> int:
    rates = {file.rate for file in files.values()}
    if len(rates) > 1:
        shown = ", ".join(f"{name} {file.rate} Hz" for name, file in files.items())
        raise InputError(f"stems of one song have one rate, got {shown}")
    return rates.pop()


def _sums(
    files: Mapping[str, AudioFile], factors: Mapping[str, float], channels: int
) -> Iterator[NDArray[np.float64]]:
    """Blocks (channels, time) of the sum of stems; those with a factor of 0 are read as well."""
    readers = [file.blocks(BLOCK) for file in files.values()]
    for blocks in zip_longest(*readers):
        length = max(block.length for block in blocks if block is not None)
        total = np.zeros((channels, length))
        for block, factor in zip(blocks, factors.values(), strict=True):
            if block is not None:
                total[:, : block.length] += factor * block.samples.astype(np.float64)
        yield total


def _write(
    output: Path,
    blocks: Iterator[NDArray[np.float64]],
    gain_db: float,
    rate: int,
    channels: int,
    encoding: Encoding | None,
    files: Mapping[str, AudioFile],
) -> None:
    kind = format_of(output)
    if encoding is None:
        stored = next(iter(files.values())).encoding
        encoding = stored if stored in kind.encodings else None
    partial = output.with_name(f".{os.getpid()}.partial{output.suffix}")
    factor = 10 ** (gain_db / 20)
    try:
        with AudioWriter(
            partial, rate=rate, channels=channels, encoding=encoding, format=kind
        ) as writer:
            for block in blocks:
                writer.write(factor * block)
        os.replace(partial, output)
    except OSError as error:
        raise OutputError(f"cannot write {printable(output)}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
