import numpy as np
import pytest

import partita
from partita.core import Activity, Audio, HintError, Hints, Score
from partita.engines import create
from partita.engines.drum_hints import drum_support

RATE = 44100
SIXTEENTH_S = 0.14
PATTERN = {"kick": (0, 6, 8), "snare": (4, 12), "hihat": tuple(range(0, 16, 2))}
KEYS = {"kick": 36, "snare": 38, "hihat": 42}


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def strokes(kick_hz):
    """One of each, unlike the built-in ones in length."""
    rng = np.random.default_rng(5)
    t = np.arange(round(0.35 * RATE)) / RATE
    noise = rng.standard_normal(len(t))
    kick = np.sin(2 * np.pi * (kick_hz * t + 2 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.12)
    snare = 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05)
    snare += 0.25 * np.diff(noise, append=0) * np.exp(-t / 0.08)
    hihat = np.diff(noise, n=5, append=[0] * 5) / 16 * np.exp(-t / 0.03)
    return {"kick": kick, "snare": snare, "hihat": 0.4 * hihat}


def played(kick_hz):
    """(drum -> (time,), score) of ten seconds."""
    rng = np.random.default_rng(0)
    stems = {drum: np.zeros(10 * RATE) for drum in PATTERN}
    rows = []
    for drum, stroke in strokes(kick_hz).items():
        for step in range(64):
            if step % 16 in PATTERN[drum]:
                first = max(round((SIXTEENTH_S * step + 0.004 * rng.standard_normal()) * RATE), 0)
                stems[drum][first : first + len(stroke)] += rng.uniform(0.6, 1) * stroke
                rows.append((SIXTEENTH_S * step, SIXTEENTH_S * step + 0.1, KEYS[drum], "drums"))
    return stems, Score(*zip(*rows, strict=True), percussion={"drums"})


@pytest.mark.parametrize(
    ("hints", "message"),
    [
        (Hints(activity=Activity([0], [1], ["vocals"])), "names vocals, and none of kick"),
        (Hints(score=Score([0], [1], [36], ["piano"])), "no stroke of kick, snare, hihat"),
    ],
)
def test_hints_that_tell_of_no_drum_are_refused(hints, message):
    noise = Audio(0.1 * np.random.default_rng(0).standard_normal((1, RATE)), RATE)
    with pytest.raises(HintError, match=message):
        partita.separate(noise, engine="drums_nmfd", hints=hints)


@pytest.fixture(scope="module")
def kit():
    return played(kick_hz=62)


def test_a_kit_is_taken_apart(kit):
    stems, _ = kit
    mix = Audio(sum(stems.values())[None], RATE)
    found = partita.separate(mix, engine="drums_nmfd")
    for drum, truth in stems.items():
        before, after = (sdr_db(truth, x.samples[0]) for x in (mix, found[drum]))
        assert after > max(before + 5, 3)


def test_a_score_tells_a_high_kick_from_the_snare():
    stems, score = played(kick_hz=150)
    mix = Audio(sum(stems.values())[None], RATE)
    blind = partita.separate(mix, engine="drums_nmfd")
    informed = partita.separate(mix, engine="drums_nmfd", hints=Hints(score=score))
    for drum in ("kick", "snare"):
        alone, helped = (sdr_db(stems[drum], x[drum].samples[0]) for x in (blind, informed))
        assert helped > alone + 0.5


def test_a_held_chord_stays_out_of_the_drums(kit):
    stems, score = kit
    t = np.arange(10 * RATE) / RATE
    chord = 0.1 * sum(np.sin(2 * np.pi * f * t) for f in (262, 330, 392, 523))
    mix = Audio((sum(stems.values()) + chord)[None], RATE)
    found = partita.separate(mix, engine="drums_nmfd", hints=Hints(score=score))
    assert sdr_db(chord, found["rest"].samples[0]) > 8


def test_a_drum_that_the_score_has_not_is_silent(kit):
    stems, score = kit
    score = score.window(0, 3)
    keep = score.pitch_midi != 42
    columns = (score.onset_s[keep], score.offset_s[keep], score.pitch_midi[keep])
    fewer = Score(*columns, ("drums",) * keep.sum(), percussion={"drums"})
    mix = Audio(sum(stems.values())[None, : 3 * RATE], RATE)
    found = partita.separate(mix, engine="drums_nmfd", hints=Hints(score=fewer))
    assert np.max(np.abs(found["hihat"].samples)) < 1e-6


def test_activity_says_where_a_drum_may_be(kit):
    stems, _ = kit
    mix = Audio(sum(stems.values())[None, : 6 * RATE], RATE)
    hints = Hints(activity=Activity([2.0], [4.0], ("snare",)))
    found = partita.separate(mix, engine=create("drums_nmfd"), hints=hints)
    snare = found["snare"].samples[0]
    assert np.sum(snare[: round(1.8 * RATE)] ** 2) < 1e-3 * np.sum(snare**2)
    assert np.sum(found["kick"].samples[0, : 2 * RATE] ** 2) > 0


DRUMS = ("kick", "snare", "hihat")
TIME_S = np.arange(100) * 0.01


def strokes_at(score):
    support = drum_support(Hints(score=score), DRUMS, TIME_S, around_s=0.005)
    return {drum: TIME_S[row].round(2).tolist() for drum, row in zip(DRUMS, support, strict=True)}


def test_keys_say_which_drum_in_percussion_only():
    columns = [0.1, 0.2, 0.3, 0.4], [0.2, 0.3, 0.4, 0.5], [36, 40, 46, 51], ("a",) * 4
    drums = Score(*columns, percussion={"a"})
    assert strokes_at(drums) == {"kick": [0.1], "snare": [0.2], "hihat": [0.3]}
    assert strokes_at(Score(*columns)) == {"kick": [], "snare": [], "hihat": []}


def test_names_say_which_drum():
    score = Score([0.1, 0.2], [0.2, 0.3], [60, 60], ("Hi-Hat", "Bass Drum 1"))
    assert strokes_at(score) == {"kick": [0.2], "snare": [], "hihat": [0.1]}


def test_without_hints_nothing_is_known():
    assert drum_support(Hints(), DRUMS, TIME_S, around_s=0.01) is None


def test_a_drum_without_activity_is_free():
    hints = Hints(activity=Activity([0.3], [0.5], ("kick",)))
    kick, snare, hihat = drum_support(hints, DRUMS, TIME_S, around_s=0.05)
    assert TIME_S[kick].min() == pytest.approx(0.25)
    assert TIME_S[kick].max() == pytest.approx(0.5)
    assert snare.all()
    assert hihat.all()
