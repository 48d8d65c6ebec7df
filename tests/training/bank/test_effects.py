"""The studio does what its knobs say."""

from __future__ import annotations

import numpy as np
import pytest

from partita.training.bank import effects
from partita.training.bank.sound import (
    RATE,
    amplitude,
    layered,
    levelled,
    loudness_db,
    panned,
    seconds,
)


def tone(f_hz: float, duration_s: float = 0.5) -> np.ndarray:
    return np.sin(2 * np.pi * f_hz * seconds(duration_s)).astype(np.float32)


def level_db(sound) -> float:
    return 10 * float(np.log10(np.mean(sound[..., sound.shape[-1] // 2 :] ** 2)))


@pytest.mark.parametrize(("f_hz", "lost"), [(100.0, False), (5000.0, True)])
def test_a_low_pass_keeps_what_is_below_its_cutoff(f_hz, lost):
    before = tone(f_hz)
    drop = level_db(before) - level_db(effects.passed(before, high_hz=1000.0))
    assert (drop > 20) == lost
    assert lost or drop < 0.1


def test_a_bell_raises_its_centre_and_leaves_the_rest():
    raised = level_db(effects.belled(tone(1000), center_hz=1000, gain_db=6)) - level_db(tone(1000))
    left = level_db(effects.belled(tone(50), center_hz=1000, gain_db=6)) - level_db(tone(50))
    assert raised == pytest.approx(6.0, abs=0.05)
    assert left == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize(("f_hz", "high", "gain_db"), [(40, False, 6), (15_000, True, -6)])
def test_a_shelf_moves_its_side(f_hz, high, gain_db):
    moved = effects.shelved(tone(f_hz), corner_hz=800, gain_db=gain_db, high=high)
    # first order: the gain is nearly all there a decade away
    assert level_db(moved) - level_db(tone(f_hz)) == pytest.approx(gain_db, abs=0.5)


def test_compression_brings_loud_and_soft_together():
    loud, soft = tone(500, 1.0), 0.1 * tone(500, 1.0)
    out = [effects.compressed(x, threshold_db=-20, ratio=4, release_s=0.02) for x in (loud, soft)]
    assert level_db(loud) - level_db(soft) == pytest.approx(20, abs=0.1)
    # the loud one is 17 dB above the threshold: three quarters of them go; the soft one is below
    assert level_db(out[0]) - level_db(out[1]) == pytest.approx(20 - 17 * 0.75, abs=0.5)


def test_ducking_follows_the_trigger():
    trigger = np.concatenate([np.zeros(RATE // 2, np.float32), tone(100)])
    out = effects.ducked(np.ones((2, RATE), np.float32), trigger, depth_db=6.0)
    assert out[0, RATE // 4] == pytest.approx(1.0, abs=1e-3)
    assert out[0, -RATE // 8] == pytest.approx(amplitude(-6.0), abs=0.02)


def test_a_room_has_unit_energy_and_decays(rng):
    walls = effects.room(decay_s=0.5, rng=rng, delay_s=0.01)
    assert np.sum(walls**2) / 2 == pytest.approx(1.0, rel=1e-3)
    assert not walls[:, : round(0.009 * RATE)].any()
    early, late = walls[:, : RATE // 10], walls[:, -RATE // 10 :]
    assert np.mean(early**2) > 1000 * np.mean(late**2)


def test_a_reverb_adds_to_the_dry_sound(rng):
    click = np.zeros((2, RATE), np.float32)
    click[:, 0] = 1.0
    walls = effects.room(decay_s=0.3, rng=rng)
    wet = effects.reverberated(click, walls, wet_db=-6.0)
    np.testing.assert_allclose(
        wet[:, : walls.shape[1]] - click[:, : walls.shape[1]], amplitude(-6.0) * walls, atol=1e-5
    )


def test_echoes_come_late_and_swap_sides():
    click = np.zeros((2, RATE), np.float32)
    click[0, 0] = 1.0
    out = effects.echoed(click, delay_s=0.25, feedback=0.5, wet_db=-6.0)
    assert np.abs(out[:, 1 : RATE // 4 - 1]).max() == 0.0
    assert np.abs(out[1, RATE // 4 :]).max() > 0.05
    assert np.abs(out[0, RATE // 4 : RATE // 2]).max() == 0.0


def test_an_amplifier_adds_overtones_and_keeps_the_level():
    clean = 0.1 * tone(220, 1.0)
    dirty = effects.amplified(clean, np.random.default_rng(0), gain_db=30.0)
    spectrum = np.abs(np.fft.rfft(dirty * np.hanning(dirty.size)))
    assert spectrum[650:670].max() > 0.05 * spectrum[210:230].max()
    assert abs(level_db(dirty) - level_db(clean)) < 6.0


def test_no_effect_changes_its_input(rng):
    sound = rng.uniform(-0.5, 0.5, (2, RATE)).astype(np.float32)
    before = sound.copy()
    effects.equalised(sound, rng)
    effects.compressed(sound, threshold_db=-30, ratio=4)
    effects.chorused(sound, rng, depth_s=0.002, rate_hz=1.0)
    effects.trembled(sound, rate_hz=5.0, depth=0.5)
    effects.widened(sound, 0.5)
    effects.echoed(sound, delay_s=0.1, feedback=0.3, wet_db=-6)
    effects.saturated(sound, drive=2.0)
    effects.amplified(sound[0], rng, gain_db=10)
    np.testing.assert_array_equal(sound, before)


@pytest.mark.parametrize("position", [-1.0, -0.3, 0.0, 0.8])
def test_panning_keeps_the_power(position):
    mono = tone(440)
    stereo = panned(mono, position)
    assert np.sum(stereo**2) == pytest.approx(2 * np.sum(mono**2), rel=1e-4)


def test_width_zero_is_mono(rng):
    sound = rng.standard_normal((2, 1000)).astype(np.float32)
    left, right = effects.widened(sound, 0.0)
    np.testing.assert_array_equal(left, right)


def test_levels_are_of_the_sounding_stretches():
    sound = np.concatenate([tone(440, 1.0), np.zeros(9 * RATE, np.float32)])
    assert loudness_db(levelled(sound, -20.0)) == pytest.approx(-20.0, abs=0.01)
    assert loudness_db(np.zeros(RATE, np.float32)) == -120.0
    assert not levelled(np.zeros(RATE, np.float32), -20.0).any()


def test_what_lies_outside_the_canvas_is_cut_off():
    ones = np.ones((2, 10), np.float32)
    canvas = layered([(-5 / RATE, ones), (8 / RATE, ones), (1.0, ones)], 12)
    np.testing.assert_array_equal(canvas[0], [1] * 5 + [0] * 3 + [1] * 4)
