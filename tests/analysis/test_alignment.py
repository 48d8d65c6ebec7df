from itertools import pairwise

import numpy as np
import pytest

from partita.analysis.alignment import (
    TempoMap,
    align_features,
    align_score,
    placed_score,
    pooled,
)
from partita.analysis.chroma import recording_features, score_features
from partita.core import Audio, HintError, Score

from .conftest import RATE, played, random_score, retimed

TIMINGS = {
    "as it is": lambda t: t,
    "later and slower": lambda t: 0.7 + 1.04 * t,
    "twice as fast": lambda t: 0.5 * t,
    "half as fast": lambda t: 2.0 * t,
    "uneven": lambda t: 2 + 0.8 * t + np.sin(t / 4),
}


@pytest.fixture(scope="module")
def features(duet):
    return recording_features([duet[0].samples], RATE)


@pytest.mark.parametrize("timing", TIMINGS)
def test_notes_are_found_again_whatever_the_score_says(duet, features, timing):
    _, score = duet
    found = align_features(features, retimed(score, TIMINGS[timing]))
    error = np.abs(found.score.onset_s - score.onset_s)
    # the frames are 64 ms long and 16 ms apart
    assert np.median(error) < 0.03
    assert np.quantile(error, 0.9) < 0.08
    assert found.score.pitch_midi.tolist() == score.pitch_midi.tolist()


def test_blocks_make_no_difference(duet, features):
    audio, score = duet
    blocks = np.array_split(audio.samples, 17, axis=1)
    found, expected = align_score(blocks, RATE, score), align_features(features, score)
    assert np.allclose(found.score.onset_s, expected.score.onset_s, atol=1e-6)


def test_the_level_and_the_side_make_no_difference(duet, features):
    audio, score = duet
    quiet = np.concatenate([audio.samples / 100, -audio.samples / 100])
    found = align_features(recording_features([quiet], RATE), score)
    assert np.allclose(found.score.onset_s, align_features(features, score).score.onset_s)


def test_silence_before_and_after_the_music_is_passed_over(duet):
    audio, score = duet
    padded = np.pad(audio.samples, ((0, 0), (5 * RATE, 9 * RATE)))
    found = align_score([padded], RATE, score)
    assert np.median(np.abs(found.score.onset_s - score.onset_s - 5)) < 0.03


@pytest.mark.parametrize("rate", [8000, 22050, 48000])
def test_any_rate_will_do(duet, rate):
    _, score = duet
    found = align_score([played(score, rate=rate).samples], rate, score)
    assert np.median(np.abs(found.score.onset_s - score.onset_s)) < 0.03


def test_a_tempo_map_goes_there_and_back(features, duet):
    tempo = align_features(features, retimed(duet[1], TIMINGS["uneven"])).tempo
    times = np.linspace(-5, 60, 500)
    assert np.allclose(tempo.to_score(tempo.to_recording(times)), times)
    assert np.all(np.diff(tempo.to_recording(times)) > 0)


@pytest.mark.parametrize(
    ("score_s", "recording_s"),
    [([0.0], [0.0]), ([0.0, 1.0], [1.0, 1.0]), ([1.0, 0.0], [0.0, 1.0]), ([0, 1, 2], [0, 1])],
)
def test_a_tempo_map_must_increase(score_s, recording_s):
    with pytest.raises(HintError):
        TempoMap(score_s, recording_s)


def test_notes_before_the_recording_are_cut_off():
    tempo = TempoMap([0.0, 10.0], [-5.0, 5.0])
    score = Score([0.0, 4.0, 6.0], [1.0, 5.5, 7.0], [60, 61, 62], ("x",) * 3)
    warped = tempo.warped(score)
    assert warped.onset_s.tolist() == [0.0, 1.0]
    assert warped.offset_s.tolist() == [0.5, 2.0]


def test_a_right_score_keeps_its_times_and_a_wrong_one_does_not(duet, features):
    _, score = duet
    assert placed_score(features, score, "auto") is score
    assert placed_score(features, score, "on") is not score
    moved = retimed(score, TIMINGS["later and slower"])
    assert np.median(np.abs(placed_score(features, moved).onset_s - score.onset_s)) < 0.03
    assert placed_score(features, moved, "off") is moved


def test_too_little_to_align_is_left_as_it_is(duet, features):
    one = Score([0.0], [1.0], [60], ("x",))
    assert placed_score(features, one) is one
    short = recording_features([duet[0].samples[:, : 2 * RATE]], RATE)
    assert placed_score(short, duet[1]) is duet[1]


def test_what_cannot_be_aligned_is_an_error(features, duet):
    with pytest.raises(HintError, match="no pitched notes"):
        align_features(features, Score([], [], [], ()))
    with pytest.raises(HintError, match="silent"):
        align_score([np.zeros((1, RATE))], RATE, duet[1])


def test_features_of_a_score_are_like_those_of_its_recording(duet, features):
    _, score = duet
    expected = score_features(score, period_s=features.period_s, duration_s=duet[0].duration_s)
    frames = min(len(expected), len(features))
    both = features.sounding[:frames] & expected.sounding[:frames]
    alike = np.sum(features.chroma[:frames][both] * expected.chroma[:frames][both], axis=1)
    other = np.roll(expected.chroma[:, :12], 1, axis=1)[:frames][both]
    assert np.mean(alike) > 0.8
    assert np.mean(np.sum(features.chroma[:frames, :12][both] * other, axis=1)) < 0.5


def test_chroma_is_of_length_one_and_silence_is_told(duet):
    samples = np.array(duet[0].samples)
    samples[:, : 2 * RATE] = 0
    features = recording_features([samples], RATE)
    assert np.allclose(np.linalg.norm(features.chroma, axis=1), 1, atol=1e-5)
    assert not features.sounding[: round(1.9 / features.period_s)].any()
    coarse = pooled(features)
    assert np.allclose(np.linalg.norm(coarse.chroma, axis=1), 1, atol=1e-5)
    assert len(coarse) == -(-len(features) // 4)


def test_a_choir_is_followed(recordings):
    """Real singers: the score is made of their pitch tracks, rounded to notes."""
    from partita.io import load, read_pitch

    folder = recordings / "choral-singing"
    pitch = read_pitch(folder / "f0" / "satb_singer4.csv")  # its times are milliseconds
    rows = []
    for voice, f0 in pitch.f0_hz.items():
        midi = np.where(f0 > 0, np.round(69 + 12 * np.log2(np.maximum(f0, 1) / 440)), 0)
        edges = [0, *np.flatnonzero(np.diff(midi)) + 1, len(midi) - 1]
        for a, b in pairwise(edges):
            if midi[a] and b - a > 12:
                rows.append((pitch.time_s[a] / 1000, pitch.time_s[b] / 1000, midi[a], voice))
    score = Score(*zip(*rows, strict=True))
    singers = ("Soprano_405", "ContraAlt_407", "tenor4-06-2", "Bajos_404")
    parts = [load(folder / f"nino_{name}.flac") for name in singers]
    length = min(part.length for part in parts)
    mix = Audio(sum(part.samples[:, :length] for part in parts), parts[0].rate)
    warped = retimed(score, lambda t: 0.7 + 1.04 * t + 0.5 * np.sin(t / 5))
    found = align_score([mix.samples], mix.rate, warped)
    error = np.abs(found.tempo.to_recording(warped.onset_s) - score.onset_s)
    assert np.median(error) < 0.05
    assert np.quantile(error, 0.9) < 0.2


def test_another_song_is_farther_away(duet, features):
    own = align_features(features, duet[1]).distance
    assert all(align_features(features, random_score(seed)).distance > own for seed in (5, 6, 7))
