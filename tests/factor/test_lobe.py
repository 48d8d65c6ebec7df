import numpy as np
import pytest

from partita.factor.lobe import FINE, REACH, hann_lobe, lobe_tables
from partita.signal import stft


@pytest.mark.parametrize("off", [0.0, 0.25, 0.5, 0.9])
def test_the_lobe_is_what_the_spectrum_of_a_tone_shows(off):
    n_fft = 1024
    at = 200 + off
    x = np.exp(2j * np.pi * at * np.arange(8 * n_fft) / n_fft).real
    spectrum = np.abs(stft(x, n_fft=n_fft, hop=256))[:, 10]
    bins = np.arange(199, 203)
    # Hann's window adds up to half its length, a real tone has half its amplitude here
    assert np.allclose(spectrum[bins] / (n_fft / 4), hann_lobe(bins - at, power=1), atol=1e-4)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_the_tables_hold_the_lobe_and_its_slope(power):
    g, q = lobe_tables(power)
    x = np.arange(1, REACH * FINE) / FINE
    step = 1e-4
    inside = x < REACH - 2 * step
    rise = (hann_lobe(x + step, power=power) - hann_lobe(x - step, power=power)) / (2 * step)
    assert np.allclose(g[1 : len(x) + 1], hann_lobe(x, power=power))
    assert np.allclose(q[1 : len(x) + 1][inside], -(rise / x)[inside], atol=1e-6)
    # q is even and smooth: its value in the middle is that beside it
    assert q[0] == pytest.approx(q[1], rel=1e-5)
    assert np.all(q >= 0)
    assert g[0] == 1
    assert not g[-2:].any()
