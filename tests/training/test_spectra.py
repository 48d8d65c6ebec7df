import numpy as np
import pytest

torch = pytest.importorskip("torch")

from partita.signal.resample import resample  # noqa: E402
from partita.signal.stft import stft  # noqa: E402
from partita.training.spectra import reduced, signal, spectrum  # noqa: E402

FRAMES = [(2048, 1024, "sine"), (2048, 512, "hann"), (512, 256, "sine")]


@pytest.mark.parametrize("length", [1, 100, 1024, 5000])
@pytest.mark.parametrize(("n_fft", "hop", "window"), FRAMES)
def test_it_is_the_transform_of_partita_signal(rng, length, n_fft, hop, window):
    x = rng.standard_normal((2, length)).astype(np.float32)
    ours = spectrum(torch.from_numpy(x), n_fft=n_fft, hop=hop, window=window).numpy()
    theirs = np.swapaxes(stft(x, n_fft=n_fft, hop=hop, window=window), -1, -2)
    assert ours.shape == (2, 2, *theirs.shape[1:])
    # float32: two libraries sum 2048 products in different orders
    assert np.allclose(ours[:, 0] + 1j * ours[:, 1], theirs, atol=1e-4)


@pytest.mark.parametrize("length", [1, 100, 1024, 5000])
@pytest.mark.parametrize(("n_fft", "hop", "window"), FRAMES)
def test_there_and_back_is_where_it_began(length, n_fft, hop, window):
    x = torch.randn(3, 2, length)
    there = spectrum(x, n_fft=n_fft, hop=hop, window=window)
    back = signal(there, length=length, n_fft=n_fft, hop=hop, window=window)
    assert torch.allclose(back, x, atol=1e-5)


def test_reducing_is_what_resampling_at_low_quality_does(rng):
    x = rng.standard_normal((2, 44100)).astype(np.float32)
    x[:, :4410] = x[:, -4410:] = 0  # the one goes on in a circle, the other in silence
    ours = reduced(torch.from_numpy(x), 10).numpy()
    theirs = resample(x, 44100, 4410, quality="LQ")
    ours, theirs = (np.abs(np.fft.rfft(y)) ** 2 for y in (ours, theirs))
    for first in range(0, 1500, 300):  # Hz, of which every bin is one
        band = slice(first, first + 300)
        assert ours[:, band].sum() == pytest.approx(theirs[:, band].sum(), rel=0.01)


def test_reducing_by_one_changes_nothing_and_odd_samples_are_left_out():
    x = torch.randn(2, 103)
    assert reduced(x, 1) is x
    assert reduced(x, 4).shape == (2, 25)
