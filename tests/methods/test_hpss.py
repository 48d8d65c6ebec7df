import librosa
import numpy as np
import pytest
from scipy import ndimage

from partita.core import OptionError
from partita.methods import hpss_magnitudes, median_filter
from partita.signal import ratio_masks


@pytest.mark.parametrize("shape", [(50,), (7, 40), (2, 9, 33), (5, 3)])
@pytest.mark.parametrize("length", [1, 3, 17])
def test_the_median_is_scipys(rng, shape, length):
    x = rng.standard_normal(shape)
    size = (1,) * (len(shape) - 1) + (length,)
    if length // 2 > shape[-1]:
        pytest.skip("the mirror is longer than the signal")
    assert np.array_equal(median_filter(x, length), ndimage.median_filter(x, size=size))


def test_a_signal_shorter_than_the_window_has_a_median(rng):
    assert median_filter(rng.standard_normal((3, 2)), 31).shape == (3, 2)


@pytest.mark.parametrize("length", [0, 2, -3])
def test_an_even_length_is_refused(length):
    with pytest.raises(OptionError, match="odd"):
        median_filter(np.zeros(5), length)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_masks_are_librosas(rng, power):
    magnitude = rng.exponential(size=(129, 80)).astype(np.float32)
    harmonic, percussive = hpss_magnitudes(magnitude, time_frames=17, freq_bins=31)
    ours = ratio_masks(np.stack([harmonic, percussive]), power=power)
    theirs = librosa.decompose.hpss(magnitude, kernel_size=(17, 31), power=power, mask=True)
    # float32 masks, formed in another order
    assert np.allclose(ours, theirs, atol=1e-6)
