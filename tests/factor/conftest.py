"""Small spectrograms that every block is tried on."""

import numpy as np
import pytest

from partita.factor import Convolutive, Factor, Free, Placed, Relevant, Sparse, TimeFrequency

FREQ, FRAMES = 30, 50


@pytest.fixture
def spectrogram(rng):
    """(channels, freq, frames) -> a spectrogram with a structure, noise and an empty stretch."""

    def make(channels: int = 1) -> np.ndarray:
        parts = [rng.random((FREQ, 3)) @ rng.gamma(0.5, size=(3, FRAMES)) for _ in range(channels)]
        V = np.stack(parts) * rng.gamma(9, 1 / 9, size=(channels, FREQ, FRAMES))
        V[:, :, 20:23] = 0
        V[:, -1] = 0
        return V if channels > 1 else V[0]

    return make


def models() -> dict:
    """A model of each kind by name; a plain block beside it, so that it has to share."""
    rng = np.random.default_rng(1)
    known, first = rng.random((FREQ, 2)), np.arange(FREQ)[:, None] < 20
    rest = Free("rest", 2)
    return {
        "free": [Free("a", 2), rest],
        "sparse": [Free("a", 3, sparsity=0.3), rest],
        "fixed": [Free("a", 2, W=Factor(start=known, fixed=True)), rest],
        "partly fixed": [
            Free("a", 3, W=Factor(fixed=np.array([True, False, True]))),
            rest,
        ],
        "masked": [Free("a", 2, W=Factor(mask=first)), rest],
        "prior": [
            Free("a", 2, W=Factor(start=known, fixed=True), H=Factor(prior=Sparse(0.5))),
            rest,
        ],
        "convolutive": [Convolutive("a", 2, 4), rest],
        "longer than the recording": [Convolutive("a", 1, FRAMES + 5), rest],
        "placed": [Placed("a", 2), rest],
        "relevant, l1": [Relevant("a", 6), rest],
        "relevant, l2": [Relevant("a", 6, norm="l2"), rest],
        "poles": [TimeFrequency("a", 1, poles=2), rest],
        "zeros": [TimeFrequency("a", 2, poles=0, zeros=2), rest],
        "poles and zeros": [TimeFrequency("a", 1, poles=3, zeros=1), rest],
    }


@pytest.fixture(params=models())
def model(request) -> list:
    return models()[request.param]
