import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, fit
from partita.factor.harmonic import Harmonic
from partita.factor.inharmonicity import first_inharmonicity
from partita.signal import stft

FREQ, FRAMES, HZ = 513, 60, 15.625  # 1024 points at 16 kHz


def glides() -> np.ndarray:
    """Two voices: one rises by three semitones, one falls by two."""
    time = np.linspace(0, 1, FRAMES)
    return np.stack([440 * 2 ** (3 * time / 12), 310 * 2 ** ((1 - 2 * time) / 12)])


def spectrogram(rng, f0_hz, *, partials=12, inharmonicity=0.0) -> tuple[np.ndarray, np.ndarray]:
    """What the model gives for known pitches, computed apart from it; and the partials' powers."""
    a = 0.8 ** np.arange(partials)
    h = rng.uniform(0.5, 1.5, f0_hz.shape)
    bins = np.arange(FREQ)[:, None]
    V = np.zeros((FREQ, f0_hz.shape[1]))
    for f0, strength in zip(f0_hz, h, strict=True):
        for k in range(1, partials + 1):
            x = bins - k * np.sqrt(1 + inharmonicity * k**2) * f0 / HZ
            W = np.sinc(x) + 0.5 * (np.sinc(x - 1) + np.sinc(x + 1))
            V += a[k - 1] * strength * np.where(np.abs(x) < 2, W, 0) ** 2
    return V, a / a.sum()


def off_by(cents: float, f0_hz: np.ndarray, rng) -> np.ndarray:
    return f0_hz * 2 ** (rng.uniform(-cents, cents, f0_hz.shape) / 1200)


def error_cents(found_hz, f0_hz) -> np.ndarray:
    return np.abs(1200 * np.log2(found_hz / f0_hz))


@pytest.mark.parametrize("beta", [1, 1.5, 2])
@pytest.mark.parametrize("inharmonicity", [0, 3e-4])
def test_the_pitch_of_glides_is_found_to_a_tenth_of_a_cent(rng, beta, inharmonicity):
    f0_hz = glides()
    V, a = spectrogram(rng, f0_hz, inharmonicity=inharmonicity)
    block = Harmonic("v", off_by(20, f0_hz, rng), HZ, partials=12, inharmonicity=inharmonicity)
    found = fit(V, [block], beta=beta, iterations=200).factors["v"]
    assert np.max(error_cents(found["f0"], f0_hz)) < 0.1
    assert np.allclose(found["a"], a, atol=1e-3)


def test_the_wrong_inharmonicity_gives_the_wrong_pitch(rng):
    f0_hz = glides()
    V, _ = spectrogram(rng, f0_hz, inharmonicity=1e-3)
    found = fit(V, [Harmonic("v", f0_hz, HZ, partials=12)], iterations=100).factors["v"]
    assert np.median(error_cents(found["f0"], f0_hz)) > 2


def test_a_real_vibrato_is_followed(rng):
    """A tone in a noise, seen through a Hann window that blurs its movement."""
    rate, hop = 16000, 256
    t = np.arange(rate * 2) / rate
    f_hz = 330 * 2 ** (0.3 * np.sin(2 * np.pi * 4 * t) / 12)
    phase = 2 * np.pi * np.cumsum(f_hz) / rate
    x = sum(0.8**k * np.sin(k * phase) for k in range(1, 11)) + 0.01 * rng.standard_normal(len(t))
    V = np.square(np.abs(stft(x, n_fft=1024, hop=hop)))
    true = np.interp(np.arange(V.shape[1]) * hop, np.arange(len(f_hz)), f_hz)[None]
    block = Harmonic("v", np.full_like(true, 330.0), HZ, partials=10)
    found = fit(V, [block, Free("noise", 1)], beta=1, iterations=80).factors["v"]
    assert np.median(error_cents(found["f0"], true)[:, 4:-4]) < 1.5


@pytest.mark.parametrize("beta", [0, 0.5, 1, 1.5, 2])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_cost_never_rises_while_the_pitch_is_kept(rng, beta, channels):
    V, _ = spectrogram(rng, glides())
    V = (V + 0.01) * rng.gamma(5, 1 / 5, size=(channels, *V.shape))
    block = Harmonic("v", glides(), HZ, partials=12, within_cents=0)
    cost = fit(V, [block, Free("rest", 2)], beta=beta, iterations=20).cost
    # rounding of float64 sums
    assert np.all(np.diff(cost) <= 1e-9 * np.abs(cost[0]))


def test_the_cost_falls_with_the_pitch_free_on_what_the_model_can_make(rng):
    V, _ = spectrogram(rng, glides())
    cost = fit(V, [Harmonic("v", off_by(20, glides(), rng), HZ, partials=12)], iterations=80).cost
    assert np.all(np.diff(cost) <= 1e-12 * cost[0])
    assert cost[-1] < 1e-7 * cost[0]


def test_a_pitch_keeps_to_its_range(rng):
    V, _ = spectrogram(rng, glides())
    start = glides() * 2 ** (60 / 1200)
    found = fit(V, [Harmonic("v", start, HZ, partials=12, within_cents=25)], iterations=50)
    assert np.max(error_cents(found.factors["v"]["f0"], start)) < 25.001


def test_a_silent_voice_stays_silent(rng):
    V, _ = spectrogram(rng, glides())
    start = glides()
    start[0, 10:20] = 0
    found = fit(V, [Harmonic("v", start, HZ, partials=12)], iterations=5)
    assert not found.factors["v"]["h"][0, 10:20].any()
    assert not found.factors["v"]["f0"][0, 10:20].any()
    assert np.all(np.isfinite(found.shares))


def test_known_strengths_stay(rng):
    V, a = spectrogram(rng, glides())
    block = Harmonic("v", glides(), HZ, partials=12, a=Factor(start=a[None], fixed=True))
    found = fit(V, [block], iterations=30).factors["v"]
    assert np.array_equal(found["a"], a[None])


def test_each_colour_has_strengths_of_its_own(rng):
    f0_hz = glides()
    bright, a = spectrogram(rng, f0_hz[:1])
    dark, _ = spectrogram(rng, f0_hz[1:], partials=1)
    found = fit(
        bright + dark, [Harmonic("v", f0_hz, HZ, partials=12, colours=[1, 0])], iterations=100
    ).factors["v"]
    assert np.allclose(found["a"], [np.eye(12)[0], a], atol=1e-3)


def test_a_model_that_does_not_fit_is_refused():
    with pytest.raises(UsageError, match="voices, frames"):
        Harmonic("v", np.full(10, 440.0), HZ)
    with pytest.raises(UsageError, match="positive"):
        Harmonic("v", glides(), HZ, partials=0)
    with pytest.raises(UsageError, match="inharmonicity"):
        Harmonic("v", glides(), HZ, inharmonicity=-1)
    with pytest.raises(UsageError, match="one a voice"):
        Harmonic("v", glides(), HZ, inharmonicity=[1e-4] * 3)
    with pytest.raises(UsageError, match="colours"):
        Harmonic("v", glides(), HZ, colours=[0])
    with pytest.raises(UsageError, match="colours"):
        Harmonic("v", glides(), HZ, colours=[0, 1], a=Factor(start=np.ones((1, 30))))
    with pytest.raises(UsageError, match="each of 50 frames"):
        fit(np.ones((FREQ, 50)), [Harmonic("v", glides(), HZ)])


def stiff_strings(frames=30) -> tuple[np.ndarray, np.ndarray]:
    """(pitches in Hz, B) of two strings, one after the other."""
    f0_hz = np.zeros((2, 2 * frames))
    f0_hz[0, :frames], f0_hz[1, frames:] = 131, 208
    return f0_hz, np.array([4e-4, 1e-3])


@pytest.mark.parametrize("beta", [1, 2])
def test_stiffness_is_found_with_the_pitch(rng, beta):
    f0_hz, B = stiff_strings()
    V = sum(
        spectrogram(rng, f0_hz[r : r + 1], partials=15, inharmonicity=B[r])[0] * (f0_hz[r] > 0)
        for r in (0, 1)
    )
    start = f0_hz * 2 ** (8 / 1200)
    first = first_inharmonicity(V, start, hz_per_bin=HZ, partials=15)
    block = Harmonic(
        "s", start, HZ, partials=15, inharmonicity=first, free_inharmonicity=True, within_cents=20
    )
    found = fit(V, [block], beta=beta, iterations=200).factors["s"]
    assert np.allclose(found["B"], B, rtol=1e-3)
    sounding = f0_hz > 0
    assert np.max(error_cents(found["f0"][sounding], f0_hz[sounding])) < 0.1


def test_numpy_and_torch_find_the_same_string(rng):
    pytest.importorskip("torch")
    V, _ = spectrogram(rng, np.full((1, 20), 131.0), inharmonicity=4e-4)
    block = Harmonic("s", np.full((1, 20), 131.5), HZ, inharmonicity=3e-4, free_inharmonicity=True)
    one, other = (
        fit(V, [block], iterations=10, backend=backend).factors["s"]
        for backend in ("numpy", "torch")
    )
    assert np.allclose(one["B"], other["B"], rtol=1e-6)
    assert np.allclose(one["f0"], other["f0"], rtol=1e-9)


def test_a_pure_tone_keeps_its_stiffness():
    """One partial tells of a pitch, never of B as well."""
    V, _ = spectrogram(np.random.default_rng(0), np.full((1, 10), 440.0), partials=1)
    block = Harmonic(
        "v", np.full((1, 10), 441.0), HZ, partials=1, inharmonicity=1e-4, free_inharmonicity=True
    )
    assert fit(V, [block], iterations=20).factors["v"]["B"][0] == 1e-4
