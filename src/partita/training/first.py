"""A network that is asked before the one that learns, and what the latter is told."""

from __future__ import annotations

from typing import Any, Self

import torch
from torch import Tensor, nn

from partita.core.errors import InputError
from partita.core.names import printable
from partita.nets import build
from partita.training.checkpoint import fill, load_weights
from partita.training.config import Config, NetworkConfig, SpectrumConfig
from partita.training.spectra import reduced, signal, spectrum
from partita.weights import named


class First:
    """A trained network in front of another that works at a lower rate.

    Parameters
    ----------
    network : its weights stay as they are. frame : its spectrum.
    factor : how many samples of its rate make one of the other's.
    """

    def __init__(self, network: nn.Module, frame: SpectrumConfig, factor: int) -> None:
        self.network = network.eval().requires_grad_(False)
        self.frame = frame
        self.factor = factor

    @classmethod
    def of(cls, config: Config, device: torch.device) -> Self | None:
        """The one that a configuration names, or None.

        Raises
        ------
        InputError : its weights are missing, or belong to another network.
        """
        if config.first is None:
            return None
        path = named(config.first.weights)
        if not path.exists():
            raise InputError(f"there are no weights {printable(path)}")
        network = built(config.first.network, config.first.spectrum, len(config.stems))
        fill(network, load_weights(path), printable(path))
        return cls(network.to(device), config.first.spectrum, config.factor)

    @torch.no_grad()
    def __call__(self, mix: Tensor) -> Tensor:
        """(batch, 2, time) -> (batch, 2 + 2·stems, time / factor): the mixture, and each stem."""
        n_fft, hop, window = self.frame.n_fft, self.frame.hop, self.frame.window
        estimate = self.network(spectrum(mix, n_fft=n_fft, hop=hop, window=window))
        guesses = signal(estimate, length=mix.shape[-1], n_fft=n_fft, hop=hop, window=window)
        return reduced(torch.cat([mix, guesses.flatten(1, 2)], dim=1), self.factor)


def build_network(config: Config) -> nn.Module:
    """The network that learns, with random weights."""
    options = {} if config.first is None else {"guesses": True}
    return built(config.network, config.spectrum, len(config.stems), **options)


def built(network: NetworkConfig, frame: SpectrumConfig, stems: int, **more: bool) -> nn.Module:
    """A network for a spectrum, with random weights."""
    options: dict[str, Any] = {**network.options, **more}
    return build(network.name, stems=stems, n_fft=frame.n_fft, rate=frame.rate, **options)
