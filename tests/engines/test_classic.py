"""Facts about the default engine, on sounds whose part in a song is plain."""

from __future__ import annotations

import numpy as np
import pytest

from partita.core.audio import Audio, Stems
from partita.core.errors import OptionError
from partita.core.hints import Hints
from partita.engines.classic import Classic

RATE = 16000


def seconds(duration_s: float, rate: int = RATE) -> np.ndarray:
    return np.arange(round(duration_s * rate)) / rate


def clicks(duration_s: float = 3.0) -> np.ndarray:
    """Two short bursts of noise a second, in the middle."""
    t = seconds(duration_s)
    noise = np.random.default_rng(0).standard_normal(len(t))
    mono = noise * np.exp(-(t % 0.5) / 0.01)
    return np.stack([mono, mono]).astype(np.float32)


def bass_tone(duration_s: float = 3.0) -> np.ndarray:
    mono = 0.5 * np.sin(2 * np.pi * 60 * seconds(duration_s))
    return np.stack([mono, mono]).astype(np.float32)


def voice(duration_s: float = 3.0) -> np.ndarray:
    """A sung 400 Hz with vibrato and its overtones, in phrases, in the middle."""
    t = seconds(duration_s)
    phase = 2 * np.pi * 400 * t + 5 * np.sin(2 * np.pi * 5.5 * t)
    mono = sum(np.sin(k * phase) / k for k in range(1, 6)) * 0.3 * (t % 1.5 > 0.5)
    return np.stack([mono, mono]).astype(np.float32)


def panned_chord(duration_s: float = 3.0) -> np.ndarray:
    """Two held notes on the left, two on the right."""
    t = seconds(duration_s)
    left = sum(0.2 * np.sin(2 * np.pi * f * t) for f in (330, 523))
    right = sum(0.2 * np.sin(2 * np.pi * f * t + 1) for f in (262, 659))
    return np.stack([left, right]).astype(np.float32)


def separate(
    samples: np.ndarray, stems: tuple[str, ...] = Classic.stems, rate: int = RATE, **options: float
) -> Stems:
    with Classic(**options).open() as session:
        return session.separate(Audio(samples, rate), Hints(), state=None, stems=stems)


def shares(part: np.ndarray, estimated: Stems) -> dict[str, float]:
    """How much of `part` lies in each stem, as a share of its energy (least squares)."""
    return {
        name: float(np.sum(stem.samples * part) / np.sum(part**2))
        for name, stem in estimated.items()
    }


def test_a_click_train_goes_to_the_drums() -> None:
    assert shares(clicks(), separate(clicks()))["drums"] > 0.75


def test_a_steady_low_tone_goes_to_the_bass() -> None:
    assert shares(bass_tone(), separate(bass_tone()))["bass"] > 0.9


def test_each_part_of_a_small_song_goes_mostly_to_its_stem() -> None:
    parts = {"vocals": voice(), "drums": clicks(), "bass": bass_tone(), "other": panned_chord()}
    estimated = separate(sum(parts.values()))
    for name, part in parts.items():
        found = shares(part, estimated)
        assert found[name] == max(found.values()), (name, found)
        assert found[name] > 0.5, (name, found)


def test_a_voice_in_the_middle_is_found_better_with_the_stereo_image() -> None:
    mix = voice() + panned_chord()
    with_image, without = (shares(voice(), separate(mix, centre=c))["vocals"] for c in (1, 0))
    assert with_image > without


def test_stems_add_up_to_the_mix() -> None:
    mix = voice() + clicks() + bass_tone() + panned_chord()
    total = separate(mix).samples.sum(axis=0)
    np.testing.assert_allclose(total, mix, atol=1e-5)  # float32 rounding of an STFT round trip


@pytest.mark.parametrize("rate", [8000, 44100, 96000, 192000])
@pytest.mark.parametrize("length", [1, 2, 777, 20000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_length_adds_up(rate: int, length: int, channels: int) -> None:
    noise = np.random.default_rng(1).standard_normal((channels, length)).astype(np.float32)
    estimated = separate(noise, rate=rate)
    assert estimated.samples.shape == (4, channels, length)
    assert estimated.samples.dtype == np.float32
    np.testing.assert_allclose(estimated.samples.sum(axis=0), noise, atol=2e-5)


@pytest.mark.parametrize("redundancy", [2, 8])
def test_fewer_or_more_frames_find_nearly_the_same(redundancy: int) -> None:
    parts = {"vocals": voice(), "drums": clicks(), "bass": bass_tone(), "other": panned_chord()}
    mix = sum(parts.values())
    estimated, usual = separate(mix, redundancy=redundancy), separate(mix)
    np.testing.assert_allclose(estimated.samples.sum(axis=0), mix, atol=1e-5)
    for name, part in parts.items():
        assert shares(part, estimated)[name] == pytest.approx(shares(part, usual)[name], abs=0.1)


def test_frames_that_do_not_fit_are_refused() -> None:
    with pytest.raises(OptionError, match="redundancy must be 2 or 4 or 8, got 3"):
        Classic(redundancy=3)


def test_silence_gives_silence() -> None:
    assert not np.any(separate(np.zeros((2, RATE), np.float32)).samples)


@pytest.mark.parametrize("gain", [1e-12, 1e-3, 1e6])
def test_loudness_changes_only_the_loudness(gain: float) -> None:
    mix = voice(1.0) + panned_chord(1.0)
    scaled = separate((mix * gain).astype(np.float32)).samples / gain
    np.testing.assert_allclose(scaled, separate(mix).samples, atol=1e-3)


def test_mono_is_separated_as_two_equal_channels_are() -> None:
    mix = voice() + clicks() + bass_tone()
    np.testing.assert_allclose(
        separate(mix[:1]).samples[:, 0], separate(mix).samples[:, 0], atol=1e-4
    )


def test_only_the_stems_asked_for_come_in_the_order_asked() -> None:
    mix = voice() + clicks()
    some, all_four = separate(mix, ("bass", "vocals")), separate(mix)
    assert some.names == ("bass", "vocals")
    for name in some:
        np.testing.assert_array_equal(some[name].samples, all_four[name].samples)


def test_the_input_is_not_changed_and_twice_gives_the_same() -> None:
    mix = voice(1.0) + clicks(1.0)
    before = mix.copy()
    first, second = separate(mix), separate(mix)
    np.testing.assert_array_equal(mix, before)
    np.testing.assert_array_equal(first.samples, second.samples)
