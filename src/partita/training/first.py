"""A network that is asked before the one that learns, and what the latter is told."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from partita.core.errors import InputError
from partita.core.names import printable
from partita.nets import build
from partita.training.augment import BASS, DRUMS, OTHER, VOCALS
from partita.training.checkpoint import fill, load_weights
from partita.training.config import Config, NetworkConfig, SpectrumConfig
from partita.training.spectra import reduced, signal, spectrum
from partita.weights import named

MISTAKES: tuple[tuple[float, tuple[int, ...], tuple[float, float]], ...] = (
    (0.4, (DRUMS, BASS), (60.0, 600.0)),
    (0.3, (VOCALS, DRUMS, BASS, OTHER), (60.0, 600.0)),
    (0.3, (VOCALS, OTHER), (200.0, 2000.0)),
)
"""How often, between which stems, and the range (Hz) of the frequency below which a guess is
mistaken."""
LEAST = 0.3
"""Part of a guess that is given to another stem at least."""


class First:
    """A trained network in front of another that works at a lower rate.

    Parameters
    ----------
    network : its weights stay as they are. frame : its spectrum.
    factor : how many samples of its rate make one of the other's.
    mistaken : share of the examples in which `told` adds a mistake, 0 to 1.
    again : share of those in which the network that learns is told what it found itself.
    """

    def __init__(
        self,
        network: nn.Module,
        frame: SpectrumConfig,
        factor: int,
        *,
        mistaken: float = 0.0,
        again: float = 0.0,
    ) -> None:
        self.network = network.eval().requires_grad_(False)
        self.frame = frame
        self.factor = factor
        self.mistaken = mistaken
        self.again = again

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
        first = config.first
        return cls(
            network.to(device),
            first.spectrum,
            config.factor,
            mistaken=first.mistaken,
            again=first.again,
        )

    def __call__(self, mix: Tensor) -> Tensor:
        """(batch, 2, time) -> (batch, 2 + 2·stems, time / factor): the mixture, and each stem."""
        guesses = found(self.network, mix, self.frame)
        return reduced(torch.cat([mix, guesses.flatten(1, 2)], dim=1), self.factor)

    def told(self, mix: Tensor, rng: np.random.Generator) -> Tensor:
        """The same for a network that learns: in some examples there is a mistake in the guesses.

        The low end of one stem is given to another, as `MISTAKES` says. Where the first network is
        nearly always right, whoever is told its guesses comes to believe them, also the bass that
        it takes for the bass drum, and the violin that it takes for a voice. Mistakes have to be
        found in the mixture.
        """
        heard = self(mix)
        hertz = torch.fft.rfftfreq(heard.shape[-1], self.factor / self.frame.rate)
        guesses = heard[:, 2:].view(len(heard), -1, 2, heard.shape[-1])
        for n in np.flatnonzero(rng.random(len(guesses)) < self.mistaken):
            chosen = rng.choice(len(MISTAKES), p=[share for share, _, _ in MISTAKES])
            _, stems, (lowest_hz, highest_hz) = MISTAKES[chosen]
            giver, taker = rng.permutation(stems)[:2]
            below_hz = lowest_hz * (highest_hz / lowest_hz) ** rng.random()
            passes = rng.uniform(LEAST, 1.0) / (1 + (hertz / below_hz) ** 16)
            cells = torch.fft.rfft(guesses[n, giver]) * passes.to(heard.device)
            low = torch.fft.irfft(cells, n=heard.shape[-1])
            guesses[n, giver] -= low
            guesses[n, taker] += low
        return heard


@torch.no_grad()
def found(network: nn.Module, heard: Tensor, frame: SpectrumConfig) -> Tensor:
    """What a trained network finds: (batch, channels, time) -> (batch, stems, 2, time)."""
    n_fft, hop, window = frame.n_fft, frame.hop, frame.window
    estimate = network(spectrum(heard, n_fft=n_fft, hop=hop, window=window))
    return signal(estimate, length=heard.shape[-1], n_fft=n_fft, hop=hop, window=window)


def build_network(config: Config) -> nn.Module:
    """The network that learns, with random weights."""
    options = {} if config.first is None else {"guesses": True}
    return built(config.network, config.spectrum, len(config.stems), **options)


def built(network: NetworkConfig, frame: SpectrumConfig, stems: int, **more: bool) -> nn.Module:
    """A network for a spectrum, with random weights."""
    options: dict[str, Any] = {**network.options, **more}
    return build(network.name, stems=stems, n_fft=frame.n_fft, rate=frame.rate, **options)
