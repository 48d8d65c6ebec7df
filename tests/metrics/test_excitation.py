import numpy as np
import pytest

from partita.metrics.excitation import (
    LISTENING_DB,
    band_centres,
    erb_number,
    excitation,
    frame_hop,
    level,
    sensation,
    smoothed,
    threshold_db,
)

RATE = 44100


def tone(frequency_hz, rate=RATE, seconds=0.5):
    return np.sin(2 * np.pi * frequency_hz * np.arange(int(seconds * rate)) / rate)[None]


def steady(sound, rate=RATE):
    """Excitation in dB at 75 dB SPL, of a frame in the middle, (bands,)."""
    pattern = level(sound, rate) * excitation(sound, rate)
    return 10 * np.log10(pattern[0, pattern.shape[1] // 2])


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 96000])
@pytest.mark.parametrize("frequency_hz", [200.0, 1000.0, 3000.0])
def test_a_tone_stirs_the_band_where_it_lies_at_its_level_above_threshold(rate, frequency_hz):
    pattern = steady(tone(frequency_hz, rate), rate)
    centres = band_centres(rate)
    nearest = np.abs(erb_number(centres) - erb_number(np.array(frequency_hz))).argmin()
    assert pattern.argmax() == nearest
    # at most 3.7 dB are lost half-way between two bands, and to the window where bands are narrow
    wanted = LISTENING_DB - threshold_db(np.array(frequency_hz))
    assert wanted - 4 < pattern.max() < wanted


def test_a_tone_masks_its_neighbours_more_than_far_bands():
    pattern = steady(tone(1000))
    peak = int(pattern.argmax())
    assert np.all(np.diff(pattern[: peak + 1])[-6:] > 0)
    assert np.all(np.diff(pattern[peak:])[:6] < 0)
    assert pattern[peak + 2] > pattern.max() - 40  # an ERB away
    assert pattern[peak + 12] < pattern.max() - 60  # six away


def test_levels_and_rates_do_not_matter():
    sound = tone(440) + 0.2 * tone(2500)
    assert level(1e-3 * sound, RATE) == pytest.approx(1e6 * level(sound, RATE))
    low, high = tone(440, 32000), tone(440, 64000)
    same = band_centres(32000)
    assert steady(high, 64000)[: len(same)].max() == pytest.approx(
        steady(low, 32000).max(), abs=0.1
    )


def test_pauses_do_not_make_a_sound_louder():
    sound = tone(440)
    sparse = np.concatenate([sound, np.zeros((1, 5 * sound.shape[1]))], axis=1)
    assert level(sparse, RATE) == pytest.approx(level(sound, RATE), rel=0.01)


def test_silence_has_no_level_and_stirs_nothing():
    nothing = np.zeros((2, 1000))
    assert level(nothing, RATE) == 0
    assert not excitation(nothing, RATE).any()


def test_a_band_calms_down_slowly_after_a_sound_and_the_lowest_slowest():
    rate, half = RATE, RATE // 2
    noise = np.random.default_rng(0).standard_normal((1, 2 * half))
    noise[:, half:] = 0
    pattern = excitation(noise, rate)[0]
    after = (half + 6 * frame_hop(rate)) // frame_hop(rate)  # past the reach of the window
    left = pattern[after] / pattern[after - 20 : after - 10].mean(axis=0)
    assert np.all(left > 0)
    assert left[:10].mean() > 100 * left[-10:].mean()


def test_memory_blocks_do_not_change_the_result(rng, monkeypatch):
    sound = rng.standard_normal((2, 9000))
    before = excitation(sound, RATE)
    monkeypatch.setattr("partita.metrics.excitation.BLOCK", 5)
    assert np.allclose(excitation(sound, RATE), before, rtol=1e-12)  # the product is summed anew


def test_a_rate_too_low_for_any_band_has_none():
    assert excitation(np.ones((1, 50)), 80).shape[-1] == 0


def test_what_is_below_the_threshold_is_hardly_felt():
    felt = sensation(10 ** (np.array([-30.0, 0.0, 40.0]) / 10), 0.25)
    assert felt[0] < 1e-3
    assert felt[2] > 40 * felt[1]


def test_smoothing_keeps_the_sum_of_what_lies_inside():
    pattern = np.zeros((1, 200, 3))
    pattern[0, 100] = [1, 2, 3]
    flat = smoothed(pattern, RATE, 0.05)
    assert flat.sum(axis=(0, 1)) == pytest.approx([1, 2, 3])
    assert flat.max() < 0.4
