import numpy as np
import pytest

from partita.core import Audio, Stems
from partita.core.errors import AudioError
from partita.datasets import demo_track
from partita.evaluate.causes import CAUSES, LEAK, ErrorParts, causes_of, error_parts, other_sources

CHANCE = 0.12
"""What unrelated signals may share of an error: see the module."""


@pytest.fixture(scope="module")
def song():
    """Five seconds of the demo song: vocals, then drums, bass and other; 44.1 kHz."""
    stems = demo_track().stems()
    cut = stems.samples[..., 8 * stems.rate : 13 * stems.rate]
    return cut[0], cut[1:], stems.rate


def shares(song, estimate):
    s, others, rate = song
    parts = error_parts(s, estimate.astype(np.float32), others, rate)
    return dict(
        zip(CAUSES, np.array([getattr(parts, c).sum() for c in CAUSES]), strict=True)
    ), parts


def test_the_parts_add_up_to_the_error(song, rng):
    s, others, rate = song
    estimate = 0.7 * s + 0.4 * others[0] + 0.01 * rng.standard_normal(s.shape)
    parts = error_parts(s, estimate, others, rate)
    for n, total in enumerate(parts.total):
        error = (estimate - s)[:, n * rate : (n + 1) * rate]
        assert total == pytest.approx(np.mean(error**2), rel=1e-5)
    assert np.allclose(parts.sources.sum(axis=0), parts.bleed)
    for cause in CAUSES:
        assert (getattr(parts, cause) >= 0).all()


@pytest.mark.parametrize(
    ("cause", "wrong"),
    [
        ("bleed", lambda s, o, noise: s + 0.5 * o[1]),
        ("bleed", lambda s, o, noise: s + 0.3 * o.sum(axis=0)),
        ("loss", lambda s, o, noise: 0.5 * s),
        ("loss", lambda s, o, noise: 0 * s),
        ("loss", lambda s, o, noise: s * (np.arange(s.shape[1]) // 22_050 % 2)),
        ("artifact", lambda s, o, noise: s + noise),
        ("artifact", lambda s, o, noise: -s),
        ("artifact", lambda s, o, noise: 2 * s),
        ("artifact", lambda s, o, noise: np.roll(s, 200, axis=1)),
    ],
)
def test_an_error_of_one_kind_is_told_as_that_kind(song, rng, cause, wrong):
    s, others, _ = song
    noise = 0.02 * rng.standard_normal(s.shape)
    found, parts = shares(song, wrong(s, others, noise))
    assert found[cause] / parts.total.sum() > 1 - CHANCE


def test_a_stem_without_its_treble_has_lost_it(song):
    s, _, rate = song
    spectrum = np.fft.rfft(s)
    spectrum[:, int(2000 / (rate / s.shape[1])) :] = 0
    found, parts = shares(song, np.fft.irfft(spectrum, s.shape[1]))
    assert found["loss"] / parts.total.sum() > 1 - CHANCE


def test_bleed_is_put_down_to_the_stem_it_comes_from(song):
    s, others, rate = song
    for n in range(len(others)):
        parts = error_parts(s, s + 0.3 * others[n], others, rate)
        from_each = parts.sources.sum(axis=1)
        assert from_each[n] / from_each.sum() > 0.95


def test_bleed_and_loss_are_told_apart(song):
    s, others, _ = song
    found, _ = shares(song, 0.5 * s + 0.5 * others[1])
    lost, bled = np.sum((0.5 * s) ** 2), np.sum((0.5 * others[1]) ** 2)
    assert found["loss"] / found["bleed"] == pytest.approx(lost / bled, rel=0.1)


def test_parts_scale_with_the_square_of_the_level(song):
    s, others, rate = song
    loud = error_parts(s, s + others[0], others, rate)
    soft = error_parts(0.1 * s, 0.1 * (s + others[0]), 0.1 * others, rate)
    assert np.allclose(soft.bleed, 0.01 * loud.bleed, rtol=1e-3)


def test_the_order_of_the_others_does_not_matter(song):
    s, others, rate = song
    estimate = s + 0.3 * others[0] + 0.1 * others[2]
    one = error_parts(s, estimate, others, rate)
    other = error_parts(s, estimate, others[::-1], rate)
    assert np.allclose(one.sources, other.sources[::-1], rtol=1e-3, atol=1e-9)


def test_nothing_in_nothing_out():
    silence = np.zeros((2, 2500))
    parts = error_parts(silence, silence, silence[np.newaxis], 1000)
    assert parts.total.tolist() == [0, 0, 0]
    assert np.isnan(parts.shares()).all()


def test_two_others_that_are_the_same_do_no_harm(song):
    s, others, rate = song
    twice = np.stack([others[0], others[0]])
    parts = error_parts(s, s + 0.5 * others[0], twice, rate)
    assert parts.bleed.sum() / parts.total.sum() > 1 - CHANCE


@pytest.mark.parametrize("rate", [1, 7, 800, 8000, 192_000])
def test_any_rate_and_length_will_do(rng, rate):
    s = rng.standard_normal((1, max(rate // 3, 1)))
    parts = error_parts(s, 0.5 * s, np.zeros((0, *s.shape)), rate)
    assert parts.bleed.tolist() == [0]
    assert parts.loss[0] / parts.total[0] == pytest.approx(1, abs=1e-3)


def test_shapes_that_differ_are_refused():
    with pytest.raises(AudioError, match="must agree"):
        error_parts(np.zeros((1, 8)), np.zeros((1, 9)), np.zeros((0, 1, 8)), 8)
    with pytest.raises(AudioError, match="no samples"):
        error_parts(np.zeros((1, 0)), np.zeros((1, 0)), np.zeros((0, 1, 0)), 8)


def test_what_is_part_of_the_target_does_not_bleed(rng):
    drums, bass, voice = rng.standard_normal((3, 1, 8000)).astype(np.float32)
    names = ("drums", "bass", "vocals", "accompaniment")
    stems = Stems(names, np.stack([drums, bass, voice, drums + bass]), 8000)
    mix = Audio(drums + bass + voice, 8000)
    assert other_sources("accompaniment", stems, mix)[0] == ("vocals",)
    assert other_sources("vocals", stems, mix)[0] == ("drums", "bass")
    assert other_sources("drums", stems, mix)[0] == ("bass", "vocals")


def test_the_rest_of_the_recording_is_a_source(rng):
    voice, band = rng.standard_normal((2, 1, 8000)).astype(np.float32)
    stems = Stems(("vocals",), voice[np.newaxis], 8000)
    names, others = other_sources("vocals", stems, Audio(voice + band, 8000))
    assert names == ("the rest",)
    assert np.allclose(others[0], band, atol=1e-6)
    assert other_sources("vocals", stems, Audio(voice, 8000))[0] == ()


def test_the_largest_part_is_the_cause():
    parts = ErrorParts(
        *np.array([[3.0, 1, 1, 0, 0], [1, 3, 1, 0, 1], [1, 1, 3, 0, 0]]), np.zeros(0)
    )
    states = np.array(["active", "estimate silent", "active", "active", "target silent"])
    assert causes_of(states, parts).tolist() == ["bleed", "loss", "artifact", "", LEAK]
