"""Songs on disk: a folder of true stems, and a folder of estimates beside it.

    REFERENCE/song/vocals.wav …      or, for one song,      REFERENCE/vocals.wav …
    ESTIMATE/song/vocals.wav  …                             ESTIMATE/vocals.wav …

Files are paired by name: the song's folder, and the stem before the ending. What the reference has
and the estimate has not is an error, never left out. A file called mixture (or mix) is the
recording; without one, the recording is the sum of the stems.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.errors import InputError, PartitaWarning
from partita.core.names import printable
from partita.io.audio import load
from partita.jobs.inputs import AUDIO_ENDINGS

MIXTURES = ("mixture", "mix")


@dataclass(frozen=True)
class Song:
    """The files of one song.

    Attributes
    ----------
    name : of its folder.
    stems : stem -> file.
    mixture : the recording, where there is a file of it.
    """

    name: str
    stems: Mapping[str, Path]
    mixture: Path | None


def find_songs(folder: Path) -> dict[str, Song]:
    """Song name -> its files. A folder that holds stems itself is one song.

    Raises
    ------
    InputError : no such folder, or no audio in it.
    """
    if not folder.is_dir():
        raise InputError(f"{printable(folder)} is not a folder")
    if (song := _song_in(folder)).stems:
        return {song.name: song}
    found = (_song_in(sub) for sub in sorted(folder.iterdir()) if sub.is_dir())
    songs = {song.name: song for song in found if song.stems}
    if not songs:
        raise InputError(f"{printable(folder)} holds no stems, nor folders with stems")
    return songs


def pair_songs(reference: Path, estimate: Path) -> dict[str, tuple[Song, Song | InputError]]:
    """Song name -> its reference and its estimate, or an error in place of the estimate.

    Where each side is a single song the two are paired whatever their folders are called.

    Raises
    ------
    InputError : see `find_songs`.
    """
    truths, guesses = find_songs(reference), find_songs(estimate)
    if len(truths) == len(guesses) == 1:
        guesses = {next(iter(truths)): next(iter(guesses.values()))}
    return {name: (song, _fitting(song, guesses, estimate)) for name, song in truths.items()}


def load_stems(song: Song, names: tuple[str, ...] | None = None) -> Stems:
    """The song's stems (all, or those named), equal in length: shorter ones end in silence.

    Raises
    ------
    InputError : unreadable, or stems of different rates or channel counts.
    """
    wanted = names or tuple(song.stems)
    parts = {name: load(song.stems[name]) for name in wanted}
    kinds = {(part.rate, part.channels) for part in parts.values()}
    if len(kinds) > 1:
        listed = ", ".join(f"{n}: {p.rate} Hz, {p.channels} ch" for n, p in parts.items())
        raise InputError(f"{printable(song.name)}: stems differ in rate or channels ({listed})")
    length = max(part.length for part in parts.values())
    first = next(iter(parts.values()))
    samples = np.zeros((len(parts), first.channels, length), np.float32)
    for row, part in zip(samples, parts.values(), strict=True):
        row[:, : part.length] = part.samples
    return Stems(wanted, samples, first.rate)


def load_mix(song: Song, stems: Stems) -> Audio:
    """The recording: the mixture's file, cut or filled up to the stems; else the stems' sum."""
    if song.mixture is None:
        return Audio(stems.samples.sum(axis=0), stems.rate)
    mix = load(song.mixture)
    if (mix.rate, mix.channels) != (stems.rate, stems.channels):
        raise InputError(f"{printable(song.mixture)} differs from the stems in rate or channels")
    samples = np.zeros((mix.channels, stems.length), np.float32)
    length = min(mix.length, stems.length)
    samples[:, :length] = mix.samples[:, :length]
    return Audio(samples, mix.rate)


def common_length(reference: Stems, estimate: Stems, song: str) -> tuple[Stems, Stems]:
    """Both cut to the shorter, with a warning where they differ.

    Warns
    -----
    PartitaWarning : naming both lengths.
    """
    lengths = reference.length, estimate.length
    if lengths[0] == lengths[1] or reference.rate != estimate.rate:
        return reference, estimate
    warnings.warn(
        f"{printable(song)}: the reference has {lengths[0]} samples, the estimate {lengths[1]}; "
        "only the common part is scored",
        PartitaWarning,
        stacklevel=2,
    )
    short = min(lengths)
    cut = [Stems(s.names, s.samples[..., :short], s.rate) for s in (reference, estimate)]
    return cut[0], cut[1]


def _song_in(folder: Path) -> Song:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in AUDIO_ENDINGS)
    named = {p.stem.lower(): p for p in files if not p.name.startswith(".")}
    mixture = next((named[name] for name in MIXTURES if name in named), None)
    stems = {name: path for name, path in named.items() if name not in MIXTURES}
    return Song(Path(os.path.abspath(folder)).name, stems, mixture)


def _fitting(song: Song, guesses: Mapping[str, Song], folder: Path) -> Song | InputError:
    if song.name not in guesses:
        return InputError(f"{printable(song.name)}: there is no estimate in {printable(folder)}")
    found = guesses[song.name]
    missing = [name for name in song.stems if name not in found.stems]
    if missing:
        return InputError(
            f"{printable(song.name)}: no estimate of {', '.join(missing)} "
            f"(found {', '.join(found.stems)})"
        )
    return found
