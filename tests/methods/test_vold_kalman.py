import numpy as np
import pytest

from partita.methods.vold_kalman import vold_kalman

RATE, HOP = 8000, 128
ROUNDING_DB = 50
"""Sums over samples are in single precision; where partials meet, the system is near singular."""


def voice(f0_hz: np.ndarray, partials: int, seed: int) -> np.ndarray:
    """Partials that fall as 1/k, with phases of their own and a slow tremolo, at any f0(t)."""
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    t = np.arange(len(f0_hz)) / RATE
    return sum(
        (1 + 0.3 * np.sin(2 * np.pi * rng.uniform(0.5, 1.5) * t + rng.uniform(0, 6)))
        * np.sin(k * phase + rng.uniform(0, 6))
        / k
        for k in range(1, partials + 1)
    )


def at_knots(f0_hz: np.ndarray) -> np.ndarray:
    knots = -(-len(f0_hz) // HOP) + 1
    return np.interp(np.arange(knots) * HOP, np.arange(len(f0_hz)), f0_hz)


def sdr_db(truth, estimate) -> float:
    return float(10 * np.log10(np.sum(truth**2) / np.sum((truth - estimate) ** 2)))


@pytest.fixture
def duet():
    """A fifth, slightly out of tune, one voice with a vibrato: every third partial nearly meets."""
    t = np.arange(2 * RATE) / RATE
    low = np.full(len(t), 220.0)
    high = 331.5 * 2 ** (0.3 * np.sin(2 * np.pi * 5 * t) / 12)
    return np.stack([voice(low, 12, 1), voice(high, 8, 2)]), np.stack([low, high])


def test_voices_whose_partials_meet_come_apart(duet):
    voices, f0_hz = duet
    knots = np.stack([at_knots(f) for f in f0_hz])
    parts, _ = vold_kalman(voices.sum(axis=0)[None], knots, rate=RATE, hop=HOP)
    for truth, part in zip(voices, parts[:, 0], strict=True):
        assert sdr_db(truth, part) > 15


@pytest.fixture
def glides():
    """(2, time) Hz: one rises and one falls, and at 1 s they are nearly at one pitch."""
    t = np.arange(2 * RATE) / RATE
    return np.stack([200 * 2 ** (t / 4), 280 * 2 ** (-t / 4)])


def test_tones_that_cross_come_apart(glides):
    """No window resolves them at the crossing; that they are steady and keep on tells them."""
    tones = np.sin(2 * np.pi * np.cumsum(glides, axis=1) / RATE + [[0.0], [1.0]])
    knots = np.stack([at_knots(f) for f in glides])
    parts, _ = vold_kalman(
        tones.sum(axis=0)[None], knots, rate=RATE, hop=HOP, linewidth_hz=0.1, correct_f0=False
    )
    for truth, part in zip(tones, parts[:, 0], strict=True):
        assert sdr_db(truth, part) > 30


def test_voices_that_cross_come_apart_while_their_pitch_is_corrected(glides):
    voices = np.stack([voice(f, 6, seed) for seed, f in enumerate(glides, 1)])
    knots = np.stack([at_knots(f) for f in glides])
    parts, _ = vold_kalman(voices.sum(axis=0)[None], knots, rate=RATE, hop=HOP)
    for truth, part in zip(voices, parts[:, 0], strict=True):
        assert sdr_db(truth, part) > 15


def test_a_tremolo_is_followed():
    t = np.arange(2 * RATE) / RATE
    level = 1 + 0.5 * np.sin(2 * np.pi * 4 * t)
    steady, moving = np.full(len(t), 330.0), np.full(len(t), 220.0)
    tones = np.stack([level * np.sin(2 * np.pi * 220 * t), np.sin(2 * np.pi * 330 * t + 2)])
    knots = np.stack([at_knots(f) for f in (moving, steady)])
    parts, _ = vold_kalman(tones.sum(axis=0)[None], knots, rate=RATE, hop=HOP)
    for truth, part in zip(tones, parts[:, 0], strict=True):
        assert sdr_db(truth, part) > 30


@pytest.mark.parametrize("vibrato_semitones", [0, 0.5])
def test_a_voice_alone_comes_back(vibrato_semitones):
    t = np.arange(2 * RATE) / RATE
    f0_hz = 220 * 2 ** (vibrato_semitones * np.sin(2 * np.pi * 5 * t) / 12)
    truth = voice(f0_hz, 10, 1)
    parts, _ = vold_kalman(truth[None], at_knots(f0_hz)[None], rate=RATE, hop=HOP)
    assert sdr_db(truth, parts[0, 0]) > 30


def test_an_inexact_pitch_is_corrected(duet, rng):
    voices, f0_hz = duet
    knots = np.stack([at_knots(f) for f in f0_hz])
    rough = knots * 2 ** (rng.normal(0, 6, knots.shape) / 1200)
    mix = voices.sum(axis=0)[None]
    kept, same = vold_kalman(mix, rough, rate=RATE, hop=HOP, correct_f0=False, iterations=6)
    moved, better = vold_kalman(mix, rough, rate=RATE, hop=HOP, iterations=6)
    assert np.array_equal(same, rough)

    def error_cents(found):
        return np.std(1200 * np.log2(found / knots)[:, 4:-4])

    assert error_cents(better) < 0.7 * error_cents(rough)
    for r in range(2):
        assert sdr_db(voices[r], moved[r, 0]) > sdr_db(voices[r], kept[r, 0]) + 1


def test_a_voice_alone_in_noise_is_cleaned(rng):
    f0_hz = np.full(2 * RATE, 200.0)
    truth = voice(f0_hz, 10, 1)
    noise = rng.standard_normal(len(truth)) * np.sqrt(np.mean(truth**2))
    knots = at_knots(f0_hz)[None]
    parts, _ = vold_kalman((truth + noise)[None], knots, rate=RATE, hop=HOP)
    # of 4000 Hz the partials fill ten times a few Hz
    assert sdr_db(truth, parts[0, 0]) > 10


def test_louder_and_stereo_and_silent_channels_change_nothing_else(duet):
    voices, f0_hz = duet
    knots = np.stack([at_knots(f) for f in f0_hz])
    mix = voices.sum(axis=0)
    one, _ = vold_kalman(mix[None], knots, rate=RATE, hop=HOP, correct_f0=False)
    channels = np.stack([64 * mix, np.zeros_like(mix), mix])
    three, _ = vold_kalman(channels, knots, rate=RATE, hop=HOP, correct_f0=False)
    assert sdr_db(one[:, 0], three[:, 2]) > ROUNDING_DB
    assert sdr_db(64 * one[:, 0], three[:, 0]) > ROUNDING_DB
    assert not three[:, 1].any()


def test_order_of_the_voices_means_nothing(duet):
    voices, f0_hz = duet
    knots = np.stack([at_knots(f) for f in f0_hz])
    mix = voices.sum(axis=0)[None]
    there, _ = vold_kalman(mix, knots, rate=RATE, hop=HOP)
    back, _ = vold_kalman(mix, knots[::-1], rate=RATE, hop=HOP)
    assert sdr_db(there, back[::-1]) > ROUNDING_DB


def test_a_voice_without_pitch_has_no_part(duet):
    voices, f0_hz = duet
    knots = np.stack([at_knots(f) for f in f0_hz])
    knots[0] = 0
    knots[1, 60:] = 0
    parts, _ = vold_kalman(voices.sum(axis=0)[None], knots, rate=RATE, hop=HOP)
    assert not parts[0].any()
    assert not parts[1, 0, 61 * HOP :].any()
    assert parts[1, 0, : 50 * HOP].any()


@pytest.mark.parametrize("length", [1, 2, 127, 128, 129, 1000])
def test_short_signals(length, rng):
    x = rng.standard_normal((2, length))
    knots = np.full((3, -(-length // HOP) + 1), 220.0) * np.array([[1.0], [1.5], [0]])
    parts, f0_hz = vold_kalman(x, knots, rate=RATE, hop=HOP)
    assert parts.shape == (3, 2, length)
    assert np.all(np.isfinite(parts))
    assert f0_hz.shape == knots.shape


def test_silence_has_no_parts():
    parts, _ = vold_kalman(np.zeros((1, 1000)), np.full((1, 9), 200.0), rate=RATE, hop=HOP)
    assert not parts.any()
