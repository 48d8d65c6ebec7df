import numpy as np
import pytest

from partita.metrics.silence import (
    STATES,
    coverage,
    eps,
    eps_framewise,
    frame_states,
    pes,
    pes_framewise,
)

RATE = 4


def frames(*levels):
    """One second of each constant level, stereo."""
    return np.repeat(np.array([levels, levels], float), RATE, axis=1)


def test_pes_and_eps_by_hand():
    reference = frames(0.5, 0.0, 0.0, 0.5)
    estimate = frames(0.5, 0.1, 0.0, 0.0)
    # Σŝ² of the second frame is 8·0.01; the third is silence at silence
    expected = np.mean([10 * np.log10(0.08 + 1e-12), -120])
    assert pes(reference, estimate, RATE, strict=True) == pytest.approx(expected, abs=1e-9)
    expected = np.mean([-120, 10 * np.log10(8 * 0.25 + 1e-12)])
    assert eps(reference, estimate, RATE, strict=True) == pytest.approx(expected, abs=1e-9)


def test_the_audible_mode_is_a_level():
    reference = frames(0.5, 1e-4, 0.0)
    estimate = frames(0.5, 0.1, 1e-5)
    values = pes_framewise(reference, estimate, RATE)
    assert np.allclose(values, [np.nan, -20, -100], atol=0.05, equal_nan=True)
    assert pes(reference, estimate, RATE) == pytest.approx(-60, abs=0.05)


def test_eps_is_pes_with_the_roles_exchanged(rng):
    a, b = frames(0, 0.3, 0.2, 0), frames(0.1, 0, 0.2, 0)
    assert np.array_equal(eps_framewise(a, b, RATE), pes_framewise(b, a, RATE), equal_nan=True)


def test_without_silence_there_is_nothing_to_tell():
    assert np.isnan(pes(frames(0.1), frames(0.1), RATE))
    assert np.isnan(eps(frames(0.1), frames(0.1), RATE))


@pytest.mark.parametrize("strict", [False, True])
def test_every_frame_is_in_exactly_one_state(rng, strict):
    levels = rng.choice([0, 1e-5, 0.1], (2, 60))
    reference, estimate = frames(*levels[0]), frames(*levels[1])
    states = frame_states(reference, estimate, RATE, strict=strict)
    limit = 0 if strict else 1e-4
    for state, target, estimated in zip(states, *levels, strict=True):
        index = (target <= limit) + 2 * (estimated <= limit)
        assert state == STATES[index]
    assert set(states) == set(STATES)
    assert sum(coverage(states).values()) == pytest.approx(1)


def test_channels_that_cancel_are_active():
    wide = np.array([[0.1] * 8, [-0.1] * 8])
    assert set(frame_states(wide, wide, RATE)) == {"active"}


def test_the_tail_is_a_frame():
    sound = np.full((1, 9), 0.1)
    assert len(frame_states(sound, sound, RATE)) == 3


def test_the_threshold_can_be_chosen():
    sound = frames(0.01)
    assert frame_states(sound, sound, RATE).tolist() == ["active"]
    assert frame_states(sound, sound, RATE, threshold_db=-30).tolist() == ["both silent"]
