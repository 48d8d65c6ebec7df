import numpy as np

from partita.engines.quartet import Quartet
from partita.engines.quartet_networks import QuartetNetworks
from partita.signal.resample import resample

STEMS = Quartet.stems


def test_what_the_second_network_hears_is_the_recording_at_its_rate(rng):
    """Up to where it fades out, as a resampler has it."""
    x = (0.1 * rng.standard_normal((2, 44100))).astype(np.float32)
    heard = []

    class Listening:
        rate = 4410

        def separate(self, x, level, *, stems):
            heard.append(x)
            return iter(x[2:8].reshape(3, 2, -1) * np.float32([1, 0, 2]).reshape(3, 1, 1))

    class Quarters:
        rate, stems = 44100, STEMS

        def separate(self, x, level, *, stems):
            return iter([x / 4] * stems)

    spectrum, images = QuartetNetworks(Quarters(), Listening()).find(x, 0.1)
    expected = resample(x, 44100, 4410)
    assert heard[0].shape == (10, expected.shape[1])
    cells = np.fft.rfft(heard[0][:2])
    true = np.fft.rfft(expected)
    assert np.abs(cells - true)[:, 20:1500].max() < 0.02 * np.abs(true[:, 20:1500]).max()
    assert np.allclose(heard[0][2:].reshape(4, 2, -1), heard[0][:2] / 4, atol=1e-6)
    # what it finds is as loud as it was heard: as much, nothing, twice as much
    for image, times in zip(images, (1, 0, 2), strict=True):
        for band, gain in ((slice(2, 140), times), (slice(190, None), 1)):
            error = np.abs(image - gain * spectrum / 4)[:, band, 1:-1]
            assert np.sum(error**2) < 1e-4 * np.sum(np.abs(spectrum / 4)[:, band, 1:-1] ** 2)
