"""The session of engines that know a recording by its spectra: learn once, then stream.

`prepare` reads the recording in blocks and learns a dictionary from frames all over it; `separate`
finds the activations of a segment with the dictionary fixed. A frame's activations depend on that
frame alone, so segments join without a seam and components keep their owner through the song,
which a factorization of each segment for itself could not promise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from partita.analysis.frames import channel_magnitudes
from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.core.separator import Reader
from partita.core.understood import Components
from partita.engines.sampled_frames import block_size, every_so_many
from partita.factor.activations import activations
from partita.signal.masks import apply_masks, ratio_masks
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft

Floats = NDArray[np.floating]

SHOWN_FRAMES = 1500
"""Moments whose activations are shown, at most: about as many as a picture is wide."""


@dataclass(frozen=True, eq=False)
class Spectra:
    """Spectra and whose they are.

    Parameters
    ----------
    names : of the stems.
    W : (freq, rank).
    owner : (rank,) the number of the stem that each spectrum belongs to.
    """

    names: tuple[str, ...]
    W: Floats
    owner: NDArray[np.intp]


Learn = Callable[[Iterable[Audio], int, Hints], Spectra]
"""(the recording in blocks, its rate, hints) -> its spectra."""


class SpectraSession:
    """Calls `learn` once a recording, and shares each segment's cells by what the spectra explain.

    Parameters
    ----------
    learn : see `Learn`.
    n_fft : frame length at 44.1 kHz. hops : frames begin n_fft / hops samples apart.
    iterations : of the activations in a segment.
    power : exponent of the masks.
    """

    def __init__(
        self, learn: Learn, *, n_fft: int, hops: int = 4, iterations: int, power: float
    ) -> None:
        self._learn = learn
        self._n_fft, self._hops = n_fft, hops
        self._iterations, self._power = iterations, power

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def prepare(self, reader: Reader | None, hints: Hints) -> Spectra | None:
        """The recording's spectra; None where there is none to read."""
        if reader is None:
            return None
        return self._learn(reader.blocks(block_size(reader.rate)), reader.rate, hints)

    def separate(
        self, segment: Audio, hints: Hints, *, state: Spectra | None, stems: tuple[str, ...]
    ) -> Stems:
        """The wanted stems of one segment; without a state the segment is the recording."""
        spectra = state or self._learn(_blocks(segment), segment.rate, hints)
        n_fft = scaled_n_fft(self._n_fft, segment.rate)
        hop = n_fft // self._hops
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop)
        shares = _shares(np.mean(np.abs(spectrum), axis=0), spectra, self._iterations)
        masks = ratio_masks(shares, power=self._power)
        wanted = masks[[spectra.names.index(name) for name in stems]]
        samples = np.empty((len(stems), *segment.samples.shape), dtype=np.float32)
        for out, mask in zip(samples, wanted, strict=True):  # one at a time: less memory
            parts = apply_masks(mask[None], spectrum)[0]
            out[:] = istft(parts, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)

    def explain(
        self, reader: Reader, hints: Hints, *, state: Spectra | None
    ) -> tuple[Components, ...]:
        """The spectra, and their activations at moments all over the recording."""
        rate = reader.rate
        size = block_size(rate)
        spectra = state or self._learn(reader.blocks(size), rate, hints)
        n_fft = scaled_n_fft(self._n_fft, rate)
        hop = n_fft // self._hops
        pieces = channel_magnitudes(
            (block.samples for block in reader.blocks(size)), n_fft=n_fft, hop=hop
        )
        frames = enumerate(frame for piece in pieces for frame in piece.mean(axis=1))
        kept = every_so_many(frames, limit=SHOWN_FRAMES)
        V = np.stack([frame for _, frame in kept], axis=1)
        return (
            Components(
                spectra.names,
                spectra.W,
                np.arange(len(V)) * rate / n_fft,
                activations(V, spectra.W, iterations=self._iterations),
                np.array([number for number, _ in kept]) * hop / rate,
                spectra.owner,
            ),
        )


def _shares(magnitude: Floats, spectra: Spectra, iterations: int) -> Floats:
    """(stems, freq, frames): what the spectra of each stem explain."""
    H = activations(magnitude, spectra.W, iterations=iterations)
    out = np.zeros((len(spectra.names), *magnitude.shape), dtype=magnitude.dtype)
    for number, share in enumerate(out):
        mine = spectra.owner == number
        np.matmul(spectra.W[:, mine], H[mine], out=share)
    return out


def _blocks(audio: Audio) -> Iterable[Audio]:
    size = block_size(audio.rate)
    for start in range(0, max(audio.length, 1), size):
        yield Audio(audio.samples[:, start : start + size], audio.rate)
