import numpy as np
import pytest

from partita.analysis.chroma import recording_features
from partita.analysis.hint_check import POOR_FIT, check_against
from partita.analysis.mismatch import score_mismatch
from partita.core import (
    Activity,
    Audio,
    Example,
    Examples,
    HintError,
    Hints,
    Lyrics,
    Pitch,
    Score,
)
from partita.jobs.streaming import AudioReader

from .conftest import RATE, random_score, retimed


@pytest.fixture(scope="module")
def features(duet):
    return recording_features([duet[0].samples], RATE)


def transposed(score, by):
    return Score(score.onset_s, score.offset_s, score.pitch_midi + by, score.part)


def check(audio, **hints):
    return check_against(AudioReader(audio), Hints(**hints))


def track(score, part="high", *, every_s=0.02):
    """The pitch track of a part."""
    time_s = np.arange(0, float(np.max(score.offset_s)) + 1, every_s)
    f0 = np.zeros_like(time_s)
    for n, name in enumerate(score.part):
        inside = (time_s >= score.onset_s[n]) & (time_s < score.offset_s[n])
        if name == part:
            f0[inside] = 440 * 2 ** ((score.pitch_midi[n] - 69) / 12)
    return Pitch(time_s, {part: f0})


def test_the_right_hints_raise_no_warning(duet):
    audio, score = duet
    assert check(audio, score=score, pitch=track(score)) == []
    assert check(audio, score=retimed(score, lambda t: 0.7 + 1.04 * t)) == []


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_the_score_of_another_song_in_the_same_key_is_noticed(duet, seed):
    (warning,) = check(duet[0], score=random_score(seed))
    assert "the score fits the recording badly: mismatch" in warning


@pytest.mark.parametrize("by", [-6, -2, 1, 3])
def test_a_score_in_another_key_is_noticed(duet, by):
    (warning,) = check(duet[0], score=transposed(duet[1], by))
    assert "fits the recording badly" in warning


def test_a_fit_is_measured_beside_chance(duet, features):
    right = score_mismatch(features, duet[1])
    wrong = [score_mismatch(features, random_score(seed)) for seed in (5, 6, 7)]
    assert right < 0.6 < POOR_FIT < min(wrong)


def test_little_music_gives_no_verdict(duet):
    short = Audio(duet[0].samples[:, : 2 * RATE], RATE)
    assert score_mismatch(recording_features([short.samples], RATE), duet[1]) is None
    silent = Audio(np.zeros((1, 30 * RATE)), RATE)
    assert check(silent, score=duet[1]) == []
    assert check(silent, pitch=track(duet[1])) == []


def test_a_score_of_another_length_is_told(duet):
    found = check(duet[0], score=retimed(duet[1], lambda t: 4 * t))
    assert any("the score lasts 88 s, the recording 23 s" in text for text in found)


def test_an_empty_score_is_an_error(duet):
    with pytest.raises(HintError, match="no notes"):
        check(duet[0], score=Score([], [], [], ()))


@pytest.mark.parametrize(
    ("unit", "from_hz"),
    [
        ("cents above 10 Hz", lambda f: 1200 * np.log2(f / 10)),
        ("cents above 55 Hz", lambda f: 1200 * np.log2(f / 55)),
        ("hundredths of MIDI note numbers", lambda f: 6900 + 1200 * np.log2(f / 440)),
        ("MIDI note numbers", lambda f: 69 + 12 * np.log2(f / 440)),
        ("kHz", lambda f: f / 1000),
        ("periods in seconds", lambda f: 1 / f),
        ("periods in milliseconds", lambda f: 1000 / f),
    ],
)
def test_a_pitch_in_another_unit_is_an_error_that_names_it(duet, unit, from_hz):
    pitch = track(duet[1])
    f0 = pitch.f0_hz["high"]
    values = np.where(f0 > 0, from_hz(np.maximum(f0, 1)), 0)
    with pytest.raises(HintError, match=f"high is in {unit} .they fit, with a mismatch of 0"):
        check(duet[0], pitch=Pitch(pitch.time_s, {"high": values}))


@pytest.mark.parametrize("value", [0.001, 6000.0])
def test_what_can_be_no_pitch_is_an_error_even_where_little_is_voiced(duet, value):
    pitch = Pitch([0.0, 1.0, 20.0], {"high": [0.0, value, 0.0]})
    with pytest.raises(HintError, match="cannot be in Hz"):
        check(duet[0], pitch=pitch)


@pytest.mark.parametrize(("factor", "told"), [(0.5, "too low"), (1, None), (2, "too high")])
def test_an_octave_error_is_noticed(duet, factor, told):
    pitch = track(duet[1])
    moved = Pitch(pitch.time_s, {"high": factor * pitch.f0_hz["high"]})
    found = check(duet[0], pitch=moved)
    assert [f"an octave {told}" in text for text in found] == ([True] if told else [])


def test_milliseconds_are_an_error(duet):
    pitch = track(duet[1])
    with pytest.raises(HintError, match="milliseconds"):
        check(duet[0], pitch=Pitch(pitch.time_s * 1000, pitch.f0_hz))


def test_a_pitch_track_of_another_length_is_told(duet):
    pitch = track(duet[1])
    half = pitch.window(0, 8)
    assert any("ends at 8.0 s of 23" in text for text in check(duet[0], pitch=half))
    longer = Pitch(np.append(pitch.time_s, 60.0), {"high": np.append(pitch.f0_hz["high"], 0)})
    assert any("reaches 60.0 s" in text for text in check(duet[0], pitch=longer))


def test_the_pitch_of_something_else_is_noticed(duet):
    (warning,) = check(duet[0], pitch=track(random_score(5, key=1)))
    assert "the pitch of high fits the recording no better than another would" in warning
    pitch = track(duet[1])
    higher = Pitch(pitch.time_s, {"high": pitch.f0_hz["high"] * 2 ** (1 / 12)})
    assert len(check(duet[0], pitch=higher)) == 1


def test_a_pitch_that_is_nowhere_voiced_is_told(duet):
    pitch = Pitch([0.0, 20.0], {"high": [0.0, 0.0]})
    assert check(duet[0], pitch=pitch) == ["the pitch of high is unvoiced everywhere"]


@pytest.mark.parametrize(("name", "kind"), [("activity", Activity), ("lyrics", Lyrics)])
def test_intervals_beyond_the_end_are_told_or_refused(duet, name, kind):
    inside, across, beyond = (1.0, 2.0), (20.0, 40.0), (50.0, 51.0)
    made = lambda *rows: {name: kind(*zip(*rows, strict=True), ("a",) * len(rows))}  # noqa: E731
    assert check(duet[0], **made(inside)) == []
    (warning,) = check(duet[0], **made(inside, across))
    assert "1 of 2 intervals reach beyond the recording's end" in warning
    with pytest.raises(HintError, match="begins at 50.0 s"):
        check(duet[0], **made(beyond))


def example(x, rate=RATE):
    return Examples((Example("guitar", Audio(np.atleast_2d(x), rate)),))


def test_a_silent_example_is_an_error(duet):
    with pytest.raises(HintError, match="the example of guitar is silent"):
        check(duet[0], examples=example(np.zeros(RATE)))


@pytest.mark.parametrize("samples", [1, 100])
def test_an_example_shorter_than_a_frame_is_an_error(duet, rng, samples):
    with pytest.raises(HintError, match=r"lasts [\d.]+ ms: give at least 0.1 s"):
        check(duet[0], examples=example(0.1 + rng.random(samples)))


def test_an_example_of_less_bandwidth_is_told(noise, rng):
    clip = rng.standard_normal(8000)
    (warning,) = check(noise, examples=example(clip, 8000))
    assert "above 4000 Hz nothing is known of it" in warning
    assert check(noise, examples=example(clip, noise.rate)) == []
    assert check(noise, examples=example(clip, 44100)) == []


def test_hints_without_times_cost_no_pass_over_the_recording(noise):
    class Unread:
        rate, channels, declared_length = RATE, 1, None

        def blocks(self, size):
            raise AssertionError("read")

    clips = Examples((Example("guitar", noise),))
    assert check_against(Unread(), Hints(examples=clips)) == []
    assert check_against(Unread(), Hints()) == []


def test_ten_thousand_notes_at_once_fit_nothing(duet):
    pitch = np.tile(np.arange(20, 100), 125)
    everything = Score(np.zeros(len(pitch)), np.full(len(pitch), 25.0), pitch, ("x",) * len(pitch))
    (warning,) = check(duet[0], score=everything)
    assert "the score fits the recording badly: mismatch" in warning
