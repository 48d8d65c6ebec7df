import numpy as np
import pytest

from partita.factor import Free, fit
from partita.factor.harmonic import Harmonic
from partita.factor.inharmonicity import first_inharmonicity
from partita.signal import stft

RATE, N_FFT = 16_000, 2048
STEP = 1000 ** (1 / 47)
"""From one value of the grid to the next."""


def string(f0_hz: float, B: float) -> np.ndarray:
    """(freq, frames) magnitudes of a struck string whose high partials die first, in some noise."""
    rng = np.random.default_rng(0)
    t = np.arange(2 * RATE) / RATE
    x = 1e-3 * rng.standard_normal(len(t))
    for k in range(1, 25):
        f_hz = k * f0_hz * np.sqrt(1 + B * k**2)
        if f_hz < 0.49 * RATE:
            x += 0.85**k * np.exp(-(1 + 0.1 * k) * t) * np.sin(2 * np.pi * f_hz * t + k)
    return np.abs(stft(x, n_fft=N_FFT, hop=512))


@pytest.mark.parametrize("B", [1e-4, 5e-4, 2e-3])
def test_the_grid_comes_within_a_step_and_the_fit_within_a_hundredth(B):
    V = string(130.0, B)
    start = np.full((1, V.shape[1]), 130.0 * 2 ** (10 / 1200))
    first = first_inharmonicity(V, start, hz_per_bin=RATE / N_FFT, partials=24)
    assert B / STEP < first[0] < B * STEP
    block = Harmonic(
        "s", start, RATE / N_FFT, partials=24, inharmonicity=first, free_inharmonicity=True
    )
    found = fit(V**2, [block, Free("noise", 1)], iterations=60).factors["s"]
    assert found["B"][0] == pytest.approx(B, rel=0.01)
    assert abs(1200 * np.log2(np.median(found["f0"]) / 130)) < 0.1


def test_a_string_that_is_not_stiff_has_none():
    V = string(130.0, 0.0)
    start = np.full((1, V.shape[1]), 130.0)
    assert first_inharmonicity(V, start, hz_per_bin=RATE / N_FFT)[0] <= 2e-5


def test_a_silent_note_has_none_and_level_does_not_matter():
    V = string(130.0, 5e-4)
    start = np.zeros((2, V.shape[1]))
    start[0] = 130
    quiet, loud = (
        first_inharmonicity(gain * V, start, hz_per_bin=RATE / N_FFT) for gain in (1e-5, 1e3)
    )
    assert quiet[1] == 0
    assert np.array_equal(quiet, loud)
