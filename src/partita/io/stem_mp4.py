"""Reading `.stem.mp4` (Native Instruments Stems): the mix, then four stems, as audio streams."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.errors import InputError
from partita.core.names import printable
from partita.io import ffmpeg
from partita.io.audio import READ_BLOCK, AudioFile, open_audio

STEM_MP4_NAMES = ("drums", "bass", "other", "vocals")
"""The order of streams 1 to 4, as MUSDB18 uses it."""


def load_stem_mp4(
    path: str | os.PathLike[str], *, names: tuple[str, ...] = STEM_MP4_NAMES
) -> tuple[Audio, Stems]:
    """The mix and the stems of a `.stem.mp4` file.

    Parameters
    ----------
    path : a file with one audio stream for the mix and one for each of `names`.
    names : of streams 1, 2, …, in order.

    Returns
    -------
    mix : Audio; stems : Stems, as long as the mix (shorter ones are filled up with silence).

    Raises
    ------
    InputError : not such a file, or another number of streams.
    """
    mix_file = open_audio(path)
    streams = ffmpeg.count_streams(Path(path))
    if streams != len(names) + 1:
        raise InputError(
            f"{printable(path)} should have {len(names) + 1} audio streams, it has {streams}"
        )
    mix = _samples(mix_file)
    stems = np.zeros((len(names), *mix.shape), dtype=np.float32)
    for row, number in zip(stems, range(1, streams), strict=True):
        samples = _samples(open_audio(path, stream=number))
        length = min(samples.shape[1], mix.shape[1])
        row[:, :length] = samples[:, :length]
    return Audio(mix, mix_file.rate), Stems(names, stems, mix_file.rate)


def _samples(file: AudioFile) -> np.ndarray:
    return np.concatenate([block.samples for block in file.blocks(READ_BLOCK)], axis=1)
