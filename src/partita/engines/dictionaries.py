"""Where the spectra of known sources come from: clips given as hints, or trained files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.core.errors import HintError, UsageError
from partita.core.hints import Examples, Hints
from partita.engines.sampled_frames import sampled_magnitudes
from partita.factor.dictionary import Dictionary, load_dictionary, named_dictionaries
from partita.factor.nmf import nmf
from partita.signal.resample import resample
from partita.signal.resolution import scaled_n_fft

Floats = NDArray[np.floating]


def paths_of(dictionaries: str) -> tuple[tuple[str, str], ...]:
    """(source, path) of each file in an option's comma-separated text."""
    return named_dictionaries(part.strip() for part in dictionaries.split(",") if part.strip())


def source_names(dictionaries: str, hints: Hints) -> tuple[str, ...]:
    """The sources that files and examples tell about, files first.

    Raises
    ------
    HintError : neither a file nor an example, or a source that both tell about.
    """
    files = tuple(source for source, _ in paths_of(dictionaries))
    clips = hints.examples.sources if hints.examples else ()
    if twice := [name for name in clips if name in files]:
        raise HintError(f"{twice[0]} has both a dictionary and an example: give one of them")
    if not files + clips:
        raise HintError(
            "nothing tells what to look for: give --example NAME=FILE, in Python "
            "hints=Hints(examples=…), or --set dictionaries=FILE.npz"
        )
    return files + clips


def load_all(dictionaries: str) -> tuple[Dictionary, ...]:
    """The trained dictionaries, each under its file's name.

    Raises
    ------
    UsageError : no such file. InputError : not a dictionary.
    """
    found = []
    for source, path in paths_of(dictionaries):
        if not Path(path).is_file():
            raise UsageError(f"there is no dictionary {path}; `partita train-dictionary` makes one")
        loaded = load_dictionary(path)
        found.append(Dictionary(source, loaded.W, loaded.rate, loaded.n_fft))
    return tuple(found)


def known_spectra(
    trained: Sequence[Dictionary],
    examples: Examples | None,
    *,
    rate: int,
    n_fft: int,
    rank: int,
    frames: int,
    iterations: int,
    seed: int,
) -> list[tuple[str, Floats]]:
    """(source, W) of each source, in the order of `source_names`.

    Parameters
    ----------
    rate, n_fft : what the spectra are for; n_fft at 44.1 kHz.
    rank : spectra learned from a source's examples, all its clips together.
    frames : moments learned from, at most.
    """
    scaled = scaled_n_fft(n_fft, rate)
    found = [(each.source, each.at(rate, scaled)) for each in trained]
    for source in examples.sources if examples else ():
        clips = [clip.audio for clip in examples.clips if clip.source == source] if examples else []
        V = sampled_magnitudes(
            (_at_rate(clip, rate) for clip in clips), n_fft=scaled, hop=scaled // 2, limit=frames
        )
        W, _, _ = nmf(V, min(rank, V.shape[1]), iterations=iterations, seed=seed)
        found.append((source, W))
    return found


def _at_rate(clip: Audio, rate: int) -> Audio:
    return Audio(resample(clip.samples, clip.rate, rate), rate)
