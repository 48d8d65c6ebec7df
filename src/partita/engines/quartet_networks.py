"""Two networks, the second for what is low: what they find together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.core.errors import InputError
from partita.core.names import printable
from partita.engines.onnx_network import OnnxNetwork
from partita.signal.resample import resample

LOW_SHARE = 0.9
"""Share of the second network in what is low; the first has the rest."""

Array = NDArray[np.floating]


class QuartetNetworks:
    """The networks of the quartet in memory.

    Parameters
    ----------
    network : the first. low : the second, at a lower rate, which is told what the first one takes
        each stem for; None for the first alone.
    """

    def __init__(self, network: OnnxNetwork, low: OnnxNetwork | None) -> None:
        self.network = network
        self.low = low

    @classmethod
    def load(
        cls,
        path: Path,
        low: Path | None,
        stems: tuple[str, ...],
        *,
        threads: int,
        providers: Sequence[str],
    ) -> Self:
        """The networks in files.

        Raises
        ------
        InputError : a file is not a network for these stems, or not for its place.
        """

        def loaded(file: Path, channels: int) -> OnnxNetwork:
            network = OnnxNetwork.load(file, threads=threads, providers=providers)
            _check_place(network, file, stems, channels)
            return network

        first = loaded(path, 2)
        second = None if low is None else loaded(low, 2 + 2 * len(stems))
        return cls(first, second)

    def find(self, segment: Audio, level: float) -> Array:
        """(stems but the last, 2, time) at the segment's rate; the last is what they leave.

        Parameters
        ----------
        segment : stereo. level : RMS of the whole recording, above 0.
        """
        rate = self.network.rate
        if segment.rate == rate:
            return self._at_its_rate(segment.samples, level)
        parts = self._at_its_rate(resample(segment.samples, segment.rate, rate), level)
        return _fitted(resample(parts, rate, segment.rate), segment.length)

    def _at_its_rate(self, x: Array, level: float) -> Array:
        """The same at the first network's rate, from (2, time)."""
        count = len(self.network.stems) - 1
        parts = self.network.separate(x, level, stems=count)
        if self.low is not None:
            self._correct(parts, x, level, self.low)
        return parts

    def _correct(self, parts: Array, x: Array, level: float, low: OnnxNetwork) -> None:
        """Move parts (stems but the last, 2, time) of x towards what the second network finds."""
        rate, count = self.network.rate, len(parts)
        mixture = resample(x, rate, low.rate, quality="LQ")
        guesses = resample(parts, rate, low.rate, quality="LQ")
        rest = mixture - guesses.sum(axis=0)
        heard = np.concatenate([mixture, *guesses, rest])
        change = low.separate(heard, level, stems=count)
        change -= guesses
        change *= np.float32(LOW_SHARE)
        parts += _fitted(resample(change, low.rate, rate, quality="LQ"), x.shape[1])


def _check_place(network: OnnxNetwork, path: Path, stems: tuple[str, ...], channels: int) -> None:
    """Raise InputError unless a network finds these stems from so many channels."""
    if network.stems != stems:
        found = ", ".join(network.stems)
        raise InputError(f"{printable(path)} separates {found}, not {', '.join(stems)}")
    if network.channels != channels:
        place = "weights" if network.channels == 2 else "low"
        raise InputError(f"{printable(path)} belongs in the option {place}")


def _fitted(x: Array, length: int) -> Array:
    """Cut or lengthened to `length` samples: resampling there and back may be one off."""
    missing = max(length - x.shape[-1], 0)
    return np.pad(x, ((0, 0), (0, 0), (0, missing)))[..., :length]
