"""A folder of estimates against a folder of true stems.

    REFERENCE/song/vocals.wav …      or, for one song,      REFERENCE/vocals.wav …
    ESTIMATE/song/vocals.wav  …                             ESTIMATE/vocals.wav …

Files are paired by name: the song's folder, and the stem before the ending. What the reference has
and the estimate has not is an error, never left out.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.errors import InputError, PartitaError, PartitaWarning
from partita.core.names import printable
from partita.core.scores import Scores
from partita.evaluate.score import DEFAULT_METRICS, score_stems
from partita.io.audio import load
from partita.jobs.inputs import AUDIO_ENDINGS

NOT_STEMS = frozenset({"mix", "mixture"})


def evaluate_folders(
    reference: Path, estimate: Path, *, metrics: Sequence[str] = DEFAULT_METRICS
) -> tuple[Scores, list[PartitaError]]:
    """The scores of every song and stem, and an error for each song that could not be scored.

    Parameters
    ----------
    reference, estimate : folders as the module shows them.

    Raises
    ------
    InputError : a folder is missing or holds no audio.
    """
    truths, guesses = find_songs(reference), find_songs(estimate)
    if len(truths) == len(guesses) == 1:
        guesses = {next(iter(truths)): next(iter(guesses.values()))}
    parts: list[Scores] = []
    errors: list[PartitaError] = []
    for song, stems in truths.items():
        try:
            if song not in guesses:
                where = printable(estimate)
                raise InputError(f"{printable(song)}: there is no estimate in {where}")
            parts.append(_score_song(song, stems, guesses[song], metrics))
        except PartitaError as error:
            errors.append(error)
    return Scores.concatenate(parts), errors


def find_songs(folder: Path) -> dict[str, dict[str, Path]]:
    """Song -> stem -> file. A folder that holds audio itself is one song.

    Raises
    ------
    InputError : no such folder, or no audio in it.
    """
    if not folder.is_dir():
        raise InputError(f"{printable(folder)} is not a folder")
    if stems := _stems_in(folder):
        return {folder.resolve().name: stems}
    songs = {sub.name: _stems_in(sub) for sub in sorted(folder.iterdir()) if sub.is_dir()}
    songs = {name: stems for name, stems in songs.items() if stems}
    if not songs:
        raise InputError(f"{printable(folder)} holds no stems, nor folders with stems")
    return songs


def _stems_in(folder: Path) -> dict[str, Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in AUDIO_ENDINGS)
    return {p.stem.lower(): p for p in files if p.stem.lower() not in NOT_STEMS}


def _score_song(
    song: str, truth: dict[str, Path], guess: dict[str, Path], metrics: Sequence[str]
) -> Scores:
    missing = [name for name in truth if name not in guess]
    if missing:
        found = ", ".join(guess)
        raise InputError(f"{printable(song)}: no estimate of {', '.join(missing)} (found {found})")
    parts = []
    for name in truth:
        pair = [_as_stems(name, load(path)) for path in (truth[name], guess[name])]
        if pair[0].rate == pair[1].rate and pair[0].length != pair[1].length:
            pair = _common_length(song, pair)
        parts.append(score_stems(pair[0], pair[1], track=song, metrics=metrics))
    return Scores.concatenate(parts)


def _as_stems(name: str, audio: Audio) -> Stems:
    return Stems((name,), audio.samples[np.newaxis], audio.rate)


def _common_length(song: str, pair: list[Stems]) -> list[Stems]:
    lengths = [stems.length for stems in pair]
    warnings.warn(
        f"{printable(song)}/{pair[0].names[0]}: the reference has {lengths[0]} samples, the "
        f"estimate {lengths[1]}; only the common part is scored",
        PartitaWarning,
        stacklevel=3,
    )
    return [Stems(s.names, s.samples[..., : min(lengths)], s.rate) for s in pair]
