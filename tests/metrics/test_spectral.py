import librosa
import numpy as np
import pytest

from partita.core import AudioError, OptionError
from partita.metrics.spectral import (
    RESOLUTIONS,
    bleedless,
    fullness,
    l1_frequency,
    mel_filters,
    multi_resolution_stft,
)

RATE = 44100


@pytest.fixture
def pair(rng):
    reference = rng.uniform(-0.5, 0.5, (2, 30_000))
    return reference, 0.7 * reference + rng.uniform(-0.1, 0.1, reference.shape)


def magnitudes(x, n_fft, hop, window, win_length, pad_mode):
    return np.abs(
        librosa.stft(
            x, n_fft=n_fft, hop_length=hop, window=window, win_length=win_length, pad_mode=pad_mode
        )
    )


def test_multi_resolution_stft_is_librosas(pair):
    parts = []
    for n_fft, hop, length in RESOLUTIONS:
        s, s_hat = (
            np.maximum(magnitudes(x, n_fft, hop, "hann", length, "reflect"), 1e-4) for x in pair
        )
        norms = [np.linalg.norm(x, axis=(1, 2)) for x in (s - s_hat, s)]
        parts.append(np.mean(norms[0] / norms[1]) + np.mean(np.abs(np.log(s) - np.log(s_hat))))
    assert multi_resolution_stft(*pair) == pytest.approx(np.mean(parts), rel=1e-9)


def test_l1_frequency_is_librosas(pair):
    s, s_hat = (magnitudes(x, 2048, 1024, "boxcar", 2048, "reflect") for x in pair)
    expected = 100 / (1 + 10 * np.mean(np.abs(s - s_hat)))
    assert l1_frequency(*pair) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mels", [512, None])
def test_fullness_and_bleedless_are_librosas(pair, mels):
    decibels = []
    for x in pair:
        magnitude = magnitudes(x, 4096, 1024, "hann", 4096, "constant")
        if mels:
            filters = librosa.filters.mel(sr=RATE, n_fft=4096, n_mels=mels, dtype=np.float64)
            magnitude = filters @ magnitude
        level = 20 * np.log10(np.maximum(magnitude, 1e-10))
        decibels.append(np.maximum(level, level.max() - 80))
    gap = decibels[1] - decibels[0]
    less, more = (100 / (1 + np.abs(gap[where]).mean()) for where in (gap < 0, gap > 0))
    # decibels are held as float32
    assert fullness(*pair, RATE, mels=mels) == pytest.approx(less, rel=1e-5)
    assert bleedless(*pair, RATE, mels=mels) == pytest.approx(more, rel=1e-5)


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize(
    ("rate", "n_fft", "mels"), [(44100, 4096, 512), (8000, 512, 40), (1600, 256, 20)]
)
def test_mel_filters_are_librosas(rate, n_fft, mels):
    theirs = librosa.filters.mel(sr=rate, n_fft=n_fft, n_mels=mels, dtype=np.float64)
    assert np.allclose(mel_filters(rate, n_fft, mels), theirs, atol=1e-9 * theirs.max())


def test_a_lost_band_costs_fullness_and_an_added_one_bleedlessness(rng):
    t = np.arange(RATE) / RATE
    low, high = (0.1 * np.sin(2 * np.pi * f * t)[None] for f in (200, 3000))
    noise = 1e-4 * rng.standard_normal((1, RATE))
    assert fullness(low + high + noise, low + noise, RATE) < 50
    assert bleedless(low + noise, low + high + noise, RATE) < 50


def test_an_estimate_that_is_perfect_or_silent_as_its_reference_scores_the_best(rng):
    for sound in (rng.standard_normal((1, 5000)), np.zeros((1, 5000))):
        assert multi_resolution_stft(sound, sound) == 0
        assert l1_frequency(sound, sound) == 100
        assert fullness(sound, sound, RATE) == bleedless(sound, sound, RATE) == 100


def test_memory_blocks_do_not_change_the_result(pair, monkeypatch):
    before = multi_resolution_stft(*pair), fullness(*pair, RATE)
    monkeypatch.setattr("partita.metrics.spectral.BLOCK", 7)
    assert (multi_resolution_stft(*pair), fullness(*pair, RATE)) == pytest.approx(before)


def test_impossible_sizes_are_refused(pair):
    with pytest.raises(OptionError, match="window"):
        multi_resolution_stft(*pair, resolutions=[(512, 128, 600)])
    with pytest.raises(OptionError, match="mels"):
        fullness(*pair, RATE, mels=0)


def test_torch_agrees_and_has_a_gradient(pair):
    torch = pytest.importorskip("torch")
    reference, estimate = pair
    for metric in (multi_resolution_stft, l1_frequency):
        s_hat = torch.tensor(estimate, requires_grad=True)
        value = metric(torch.tensor(reference), s_hat)
        value.backward()
        assert float(value.detach()) == pytest.approx(metric(reference, estimate), rel=1e-6)
        assert torch.isfinite(s_hat.grad).all()
    with pytest.raises(AudioError, match="numpy"):
        fullness(torch.tensor(reference), torch.tensor(estimate), RATE)


def test_torch_has_a_finite_gradient_at_silence():
    torch = pytest.importorskip("torch")
    nothing = torch.zeros((1, 3000), dtype=torch.float64)
    estimate = nothing.clone().requires_grad_()
    multi_resolution_stft(nothing, estimate).backward()
    assert torch.isfinite(estimate.grad).all()
