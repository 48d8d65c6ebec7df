import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, fit
from partita.factor.source_filter import (
    SourceFilter,
    first_comb,
    tracked,
    voiced_and_unvoiced,
)
from partita.factor.voice_spectra import glottal_combs, hann_bumps, klglott88, pitch_grid_hz

RATE, N_FFT, BINS = 8000, 512, 257
GRID_HZ = pitch_grid_hz(120, 480, per_semitone=4)
COMBS = glottal_combs(GRID_HZ, rate=RATE, n_fft=N_FFT)
BUMPS = hann_bumps(BINS, 12)
FRAMES = 40


def lead(**options) -> SourceFilter:
    return SourceFilter("lead", COMBS, BUMPS, filters=3, **options)


def planted(rng, *, loudness: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A gliding comb through two filters over held tones, and the comb of each frame."""
    path = np.round(np.linspace(20, 70, FRAMES)).astype(int)
    filters = BUMPS @ rng.gamma(0.5, size=(12, 2))
    voice = COMBS[:, path] * (filters @ rng.dirichlet([1, 1], FRAMES).T)
    tones = glottal_combs(np.array([130.8, 196.0]), rate=RATE, n_fft=N_FFT)
    held = tones @ rng.uniform(0.5, 1, (2, FRAMES))
    return loudness * voice / voice.mean() + held / held.mean() + 1e-3, path


def test_the_partials_are_the_fourier_coefficients_of_the_glottal_pulse():
    """Of the derivative of 27/4 (t² − t³), which lasts for a share of the period."""
    quotient = 0.4
    t = (np.arange(200_000) + 0.5) / 200_000
    slope = 27 / 4 * (2 * t - 3 * t**2)
    for h in (1, 2, 7, 30):
        coefficient = np.mean(slope * np.exp(-2j * np.pi * h * quotient * t))
        assert np.isclose(klglott88(np.array([h]), quotient)[0], coefficient, atol=1e-7)


def test_a_comb_is_the_spectrum_of_its_waveform():
    t = np.arange(N_FFT) / RATE
    wave = sum(
        np.real(klglott88(np.array([h]))[0] * np.exp(2j * np.pi * h * 210 * t))
        for h in range(1, 20)
    )
    power = np.abs(np.fft.rfft(wave * np.sin(np.pi * np.arange(N_FFT) / N_FFT))) ** 2
    comb = glottal_combs(np.array([210.0]), rate=RATE, n_fft=N_FFT)[:, 0]
    assert np.allclose(comb, power / power.max(), atol=1e-12)


@pytest.mark.parametrize(("bins", "bumps"), [(257, 12), (1025, 30), (40, 30), (9, 4)])
def test_bumps_add_up_to_the_same_everywhere(bins, bumps):
    shapes = hann_bumps(bins, bumps)
    assert np.allclose(shapes.sum(axis=1), shapes.sum(axis=1)[0])
    assert np.all(shapes.max(axis=0) > 0)


def cases() -> dict[str, dict]:
    first = np.full(FRAMES, 30)
    first[::7] = -1
    return {
        "all combs": {},
        "all combs and a flat source": {"flat": True},
        "combs near a melody": {"first": first, "width": 5},
        "combs near a melody and a flat source": {"first": first, "width": 5, "flat": True},
        "known filters": {
            "H_Gamma": Factor(start=np.random.default_rng(5).random((12, 3)), fixed=True)
        },
    }


@pytest.mark.parametrize("beta", [0, 0.5, 1, 2])
@pytest.mark.parametrize("case", cases())
@pytest.mark.parametrize("channels", [1, 2])
def test_the_cost_never_rises(rng, case, beta, channels):
    V, _ = planted(rng)
    V = V * rng.gamma(5, 1 / 5, size=(channels, *V.shape))
    found = fit(V, [lead(**cases()[case]), Free("rest", 2)], beta=beta, iterations=12)
    # rounding of float64 sums, and of ε·mean(V) in the model
    assert np.all(np.diff(found.cost) <= 1e-9 * np.abs(found.cost[0]))
    assert found.cost[-1] < found.cost[0]


def test_a_planted_pitch_is_found_among_other_tones(rng):
    V, path = planted(rng, loudness=3.0)
    found = fit(V, [lead(), Free("rest", 4)], beta=0, iterations=80)
    strongest = found.factors["lead"]["H_F0"].argmax(axis=0)
    assert np.mean(np.abs(strongest - path) <= 1) > 0.9


def test_near_a_melody_is_the_same_as_zeros_everywhere_else(rng):
    V, path = planted(rng)
    width = 7
    first = np.clip(path - 3, 0, COMBS.shape[1] - width)
    first[11] = -1
    start = rng.uniform(0.5, 1.5, (width, FRAMES))
    everywhere = np.zeros((COMBS.shape[1], FRAMES))
    for t in np.flatnonzero(first >= 0):
        everywhere[first[t] : first[t] + width, t] = start[:, t]
    others = {
        "H_Phi": Factor(start=rng.random((3, FRAMES))),
        "H_Gamma": Factor(start=rng.random((12, 3))),
    }
    near = lead(first=first, width=width, H_F0=Factor(start=start), **others)
    full = lead(H_F0=Factor(start=everywhere), **others)
    W, H = Factor(start=rng.random((BINS, 2))), Factor(start=rng.random((2, FRAMES)))
    rest = Free("rest", 2, W=W, H=H)
    shares = [fit(V, [b, rest], beta=0, iterations=5).shares for b in (near, full)]
    assert np.allclose(shares[0], shares[1], rtol=1e-9)
    assert not shares[0][0][:, 11].any()


def test_the_columns_of_the_filters_add_up_to_one(rng):
    V, _ = planted(rng)
    found = fit(V, [lead(), Free("rest", 2)], beta=0, iterations=3)
    lead_factors = found.factors["lead"]
    assert np.allclose(lead_factors["H_Gamma"].sum(axis=0), 1)
    assert np.allclose(lead_factors["H_Phi"].sum(axis=0), 1)
    filters = BUMPS @ lead_factors["H_Gamma"] @ lead_factors["H_Phi"]
    assert np.allclose(found.shares[0], (COMBS @ lead_factors["H_F0"]) * filters)


def test_breath_goes_to_the_lead_in_the_third_pass_only(rng):
    """Bursts of noise through the voice's own filter, between its notes."""
    path = np.full(FRAMES, 40)
    melody = GRID_HZ[path].copy()
    melody[::4] = 0
    filters = (BUMPS @ rng.gamma(0.3, size=(12, 1)))[:, 0]
    voice = np.where(melody > 0, COMBS[:, path] * filters[:, None] * 20, 0)
    breath = np.where(melody > 0, 0, np.tile(filters[:, None], FRAMES))
    held = glottal_combs(np.array([150.0]), rate=RATE, n_fft=N_FFT) @ np.ones((1, FRAMES))
    V = voice + breath + 0.1 * held + 1e-4
    rest = Free("rest", 1, W=Factor(start=held[:, :1] + 1e-3, fixed=True))
    second = tracked(lead(), first_comb(melody, GRID_HZ, width=5), width=5)
    found = fit(V, [second, rest], beta=0, iterations=60)
    third = voiced_and_unvoiced(second, found)
    with_breath = fit(V, [third, rest], beta=0, iterations=60)
    silent = melody == 0
    assert not found.shares[0][:, silent].any()
    got = with_breath.shares[0][:, silent].sum() / breath[:, silent].sum()
    assert 0.8 < got < 1.2
    kept = with_breath.factors["lead"]["H_Gamma"]
    assert np.array_equal(kept, found.factors["lead"]["H_Gamma"])


def test_the_first_comb_is_found_for_any_pitch():
    grid = pitch_grid_hz(100, 800)
    pitches = grid[[0, 10, 300, 720]]
    first = first_comb(np.append(pitches, [0, 50, 5000]), grid)
    assert first.tolist() == [0, 0, 290, 700, -1, 0, 700]


def test_a_model_that_does_not_fit_is_refused():
    V = np.ones((BINS, FRAMES))
    with pytest.raises(UsageError, match="same bins"):
        SourceFilter("lead", COMBS, BUMPS[:-1])
    with pytest.raises(UsageError, match="filters"):
        SourceFilter("lead", COMBS, BUMPS, filters=0)
    with pytest.raises(UsageError, match="first"):
        lead(first=np.full(FRAMES, COMBS.shape[1] - 3), width=5)
    with pytest.raises(UsageError, match="another spectrogram"):
        fit(V, [lead(first=np.zeros(FRAMES - 1, int), width=5)])
    with pytest.raises(UsageError, match="rise"):
        pitch_grid_hz(200, 100)
