"""Where the spectra of known sources come from: clips given as hints, or trained files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.core.digest import digest, file_digest
from partita.core.errors import HintError, InputError, UsageError
from partita.core.hints import Examples, Hints
from partita.engines.sampled_frames import block_size, sampled_magnitudes
from partita.factor.dictionary import Dictionary, load_dictionary, named_dictionaries
from partita.factor.nmf import nmf
from partita.io.audio import open_audio
from partita.signal.resample import resample
from partita.signal.resolution import scaled_n_fft

Floats = NDArray[np.floating]

RATE = 44100
"""Hz, of trained dictionaries."""


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


def digest_of(dictionaries: str) -> str | None:
    """The SHA-256 over what the files hold; None where there are none."""
    paths = [Path(path) for _, path in paths_of(dictionaries)]
    there = [file_digest(path) for path in paths if path.is_file()]
    return digest(there) if there else None


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


def train_dictionary(
    paths: Iterable[Path],
    source: str,
    *,
    rank: int = 40,
    n_fft: int = 4096,
    frames: int = 6000,
    iterations: int = 200,
    seed: int = 0,
    listener: Callable[[Path], object] | None = None,
) -> Dictionary:
    """A dictionary of one source, from all its recordings together.

    Parameters
    ----------
    paths : audio files of the source alone; read in blocks, whatever their length.
    rank : spectra to learn. n_fft : frame length at 44.1 kHz, to which all are resampled.
    frames : moments to learn from, at most, at equal distances over all files.
    listener : called with each file before it is read.

    Raises
    ------
    InputError : a file cannot be read, or all are silent.
    """

    def blocks() -> Iterator[Audio]:
        for path in paths:
            if listener is not None:
                listener(path)
            audio = open_audio(path)
            yield from (_at_rate(b, RATE) for b in audio.blocks(block_size(audio.rate)))

    V = sampled_magnitudes(blocks(), n_fft=n_fft, hop=n_fft // 2, limit=frames)
    if not V.any():
        raise InputError(f"the recordings of {source} are silent: there is nothing to learn")
    W, _, _ = nmf(V, min(rank, V.shape[1]), iterations=iterations, seed=seed)
    return Dictionary(source, W, RATE, n_fft)


def _at_rate(clip: Audio, rate: int) -> Audio:
    return Audio(resample(clip.samples, clip.rate, rate), rate)
