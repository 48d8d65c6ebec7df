"""Two networks, the second for what is low: what they find together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError
from partita.core.names import printable
from partita.engines.onnx_network import OnnxNetwork
from partita.signal.resample import faded_out
from partita.signal.stft import Frame, istft, stft

HOP_S = 2000 / 44100
"""Between the frames in which what is found is given, about."""

Array = NDArray[np.floating]
Spectra = NDArray[np.complexfloating]


class QuartetNetworks:
    """The networks of the quartet in memory.

    Parameters
    ----------
    network : the first. low : the second, at a whole part of its rate, which is told what the first
        one takes each stem for; None for the first alone.

    Attributes
    ----------
    rate : at which they work, Hz. frame : in which they say what they find. A frame at the lower
        rate holds whole samples, so that its spectrum is the low end of that at the higher rate,
        and nothing has to be resampled.
    """

    def __init__(self, network: OnnxNetwork, low: OnnxNetwork | None) -> None:
        self.network = network
        self.low = low
        self.rate = network.rate
        self.factor = 1 if low is None else network.rate // low.rate
        hop = self.factor * max(round(HOP_S * self.rate / self.factor), 1)
        self.frame: Frame = {"n_fft": 2 * hop, "hop": hop, "window": "sine"}

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
        if low is None:
            return cls(first, None)
        second = loaded(low, 2 + 2 * len(stems))
        if first.rate % second.rate:
            raise InputError(
                f"{printable(low)} works at {second.rate} Hz, no whole part of {first.rate} Hz"
            )
        return cls(first, second)

    def find(self, x: Array, level: float) -> tuple[Spectra, list[Spectra]]:
        """The spectrum of a mixture, and the images of all stems but the last, which is the rest.

        Parameters
        ----------
        x : (2, time) at the networks' rate. level : RMS of the whole recording, above 0.
        """
        parts = self.network.separate(x, level, stems=len(self.network.stems) - 1)
        images = [stft(part, **self.frame) for part in parts]
        spectrum = stft(x, **self.frame)
        if self.low is not None:
            self._correct(images, spectrum, x.shape[1], level, self.low)
        return spectrum, images

    def _correct(
        self, images: list[Spectra], spectrum: Spectra, length: int, level: float, low: OnnxNetwork
    ) -> None:
        """Put what the second network finds into the low end of all images."""
        factor = self.factor
        frame: Frame = {
            "n_fft": self.frame["n_fft"] // factor,
            "hop": self.frame["hop"] // factor,
            "window": self.frame["window"],
        }
        bins = frame["n_fft"] // 2 + 1
        fade = faded_out(bins)[:, np.newaxis] / np.float32(factor)
        mixture, *guesses = (
            istft(image[:, :bins] * fade, length=-(-length // factor), **frame)
            for image in (spectrum, *images)
        )
        heard = np.concatenate([mixture, *guesses, mixture - sum(guesses)])
        found = low.separate(heard, level, stems=len(images))
        for image, new, guess in zip(images, found, guesses, strict=True):
            image[:, :bins] += stft((new - guess) * np.float32(factor), **frame)


def _check_place(network: OnnxNetwork, path: Path, stems: tuple[str, ...], channels: int) -> None:
    """Raise InputError unless a network finds these stems from so many channels."""
    if network.stems != stems:
        found = ", ".join(network.stems)
        raise InputError(f"{printable(path)} separates {found}, not {', '.join(stems)}")
    if network.channels != channels:
        place = "weights" if network.channels == 2 else "low"
        raise InputError(f"{printable(path)} belongs in the option {place}")
