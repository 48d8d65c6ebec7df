import numpy as np
import pytest

from partita.core import Score, UsageError
from partita.factor import Free, fit, noise_block, onset_block, score_block
from partita.factor.score import partial_bands, pitches_of
from partita.signal import ratio_masks, stft

RATE, N_FFT, HOP = 16000, 1024, 256


def two_voices():
    """A low and a high voice in different rhythms, their fundamentals on no common partials.

    The score is up to 30 ms late.
    """
    rng = np.random.default_rng(0)
    lines = {"low": (0.75, (48, 52, 55, 53)), "high": (0.5, (66, 69, 66, 68, 70, 68))}
    t = np.arange(3 * RATE) / RATE
    sound = {part: np.zeros_like(t) for part in lines}
    rows = []
    for part, (length, pitches) in lines.items():
        for i, pitch in enumerate(pitches):
            onset, offset = length * i, length * (i + 0.9)
            f0 = 440 * 2 ** ((pitch - 69) / 12)
            tone = sum(np.sin(2 * np.pi * h * f0 * t + h) / h for h in range(1, 12))
            sound[part] += ((t >= onset) & (t < offset)) * np.exp(-2 * (t - onset)) * tone
            late = rng.uniform(0, 0.03)
            rows.append((onset + late, offset + late, pitch, part))
    return sound, Score(*zip(*rows, strict=True))


def axes(frames):
    return {
        "freq_hz": np.arange(N_FFT // 2 + 1) * RATE / N_FFT,
        "time_s": np.arange(frames) * HOP / RATE,
    }


def test_two_voices_are_separated_by_their_score():
    sound, score = two_voices()
    spectra = {name: stft(x, n_fft=N_FFT, hop=HOP) for name, x in sound.items()}
    mix = spectra["low"] + spectra["high"]
    blocks = [score_block(n, score, part=n, **axes(mix.shape[1])) for n in ("low", "high")]
    found = fit(np.abs(mix), blocks, iterations=60)
    masks = ratio_masks(found.shares**2, power=1)
    for name, mask in zip(("low", "high"), masks, strict=True):
        error = mask * mix - spectra[name]
        sdr_db = 10 * np.log10(np.sum(np.abs(spectra[name]) ** 2) / np.sum(np.abs(error) ** 2))
        assert sdr_db > 12  # the mix itself is at about 0 dB


def test_activations_stay_within_the_notes():
    _, score = two_voices()
    block = score_block("low", score, part="low", before_s=0.1, after_s=0.2, **axes(188))
    found = fit(np.ones((N_FFT // 2 + 1, 188)), [block, Free("rest", 1)], iterations=5)
    H = found.factors["low"]["H"]
    assert not H[~block.H.mask].any()
    time_s = np.arange(188) * HOP / RATE
    for i, part in enumerate(score.part):
        if part == "low":
            row = H[np.searchsorted(pitches_of(score, "low"), score.pitch_midi[i])]
            start_s, end_s = score.onset_s[i] - 0.1, score.offset_s[i] + 0.2
            assert np.array_equal(row > 0, (time_s >= start_s) & (time_s <= end_s))


def test_templates_are_zero_between_the_partials():
    W = partial_bands([440.0], np.arange(1025) * 21.5, partials=3, width_semitones=0.5)[:, 0]
    freq_hz = np.flatnonzero(W) * 21.5
    for h in (1, 2, 3):
        near = freq_hz[np.abs(freq_hz - 440 * h) < 100]
        assert len(near)
        assert np.max(np.abs(near - 440 * h)) <= max(440 * h * (2 ** (0.5 / 12) - 1), 21.5)
    assert freq_hz.max() < 1400
    assert np.allclose(sorted(set(W)), [0, 1 / 3, 1 / 2, 1])


def test_onsets_sound_at_onsets_only():
    _, score = two_voices()
    block = onset_block("hit", score, part="high", around_s=0.03, **axes(188))
    mask = block.H.mask
    time_s = np.arange(188) * HOP / RATE
    assert mask.sum() <= 6 * (0.06 * RATE / HOP + 1)
    onsets = score.onset_s[np.array(score.part) == "high"]
    assert all(np.min(np.abs(onsets - time)) <= 0.03 for time in time_s[mask.any(axis=0)])


def test_noise_bands_are_flat_together():
    freq_hz = np.arange(513) * RATE / 1024
    W = noise_block("noise", freq_hz, bands=10).W.start
    assert np.allclose(W.sum(axis=1), 1)
    assert np.all(W.max(axis=0) > 0.5)


def test_a_part_without_notes_is_silent():
    score = Score([0.0], [1.0], [60], ("flute",))
    for make in (score_block, onset_block):
        blocks = [make("horn", score, part="horn", **axes(20)), Free("rest", 2)]
        found = fit(np.ones((N_FFT // 2 + 1, 20)), blocks, iterations=3)
        assert not found.shares[0].any()


def test_a_note_beyond_the_end_is_no_trouble():
    score = Score([5.0], [6.0], [60], ("flute",))
    block = score_block("flute", score, **axes(20))
    assert block.H.mask.sum() == 1


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="bands"):
        noise_block("noise", np.arange(9.0), bands=1)
