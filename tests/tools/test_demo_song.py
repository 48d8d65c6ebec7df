"""The demo song: made from equations, in tune, and as its files and score say."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from demo_song import bass, drums, effects, guitar, keys, song, voice
from demo_song.score import BASS, CHORDS, DRUMS, VERSE, Sung

DEMO = Path(__file__).resolve().parents[2] / "src" / "partita" / "datasets" / "demo"
NAMES = ("vocals", "drums", "bass", "other")
RATE = effects.RATE


def pitch_hz(sound, *, low_hz=70.0, high_hz=700.0):
    """Median pitch of a mono sound, from the autocorrelation of frames of 93 ms."""
    size, pitches = 4096, []
    lags = np.arange(int(RATE / high_hz), int(RATE / low_hz))
    for start in range(0, sound.size - size, size // 4):
        frame = sound[start : start + size] * np.hanning(size)
        shape = np.fft.irfft(np.abs(np.fft.rfft(frame, 4 * size)) ** 2)[:size]
        window = np.fft.irfft(np.abs(np.fft.rfft(np.hanning(size), 4 * size)) ** 2)[:size]
        shape = shape / window.clip(1e-3 * window[0])
        # the first peak that is about as high as the highest
        peaks = lags[(shape[lags] > shape[lags - 1]) & (shape[lags] >= shape[lags + 1])]
        lag = peaks[shape[peaks] > 0.9 * shape[peaks].max()][0]
        before, at, after = shape[lag - 1 : lag + 2]
        pitches.append(RATE / (lag + 0.5 * (before - after) / (before - 2 * at + after)))
    return np.median(pitches)


def cents(hz, pitch):
    return 1200.0 * np.log2(hz / effects.hertz(pitch))


def decoded(name):
    sound, rate = soundfile.read(DEMO / f"{name}.ogg")
    assert rate == RATE
    return sound.T


def beats(sound, first, last):
    start, end = (round(beat * song.BEAT_S * RATE) for beat in (first, last))
    return sound[:, start:end]


def level_db(sound):
    return 10.0 * np.log10(np.mean(sound**2) + 1e-20)


def short_piece(name, seed):
    rng = np.random.default_rng(seed)
    if name == "vocals":
        return voice.sing(VERSE[1:3], 6.0, beat_s=song.BEAT_S, rng=rng)
    play, part = {
        "drums": (drums.play, DRUMS[:3]),
        "bass": (bass.play, BASS[:1]),
        "guitar": (guitar.play, CHORDS[:1]),
        "piano": (keys.electric_piano, CHORDS[:1]),
        "pad": (keys.pad, CHORDS[:1]),
    }[name]
    return play(part, 3.0, beat_s=song.BEAT_S, rng=rng)


@pytest.mark.parametrize("name", ["vocals", "drums", "bass", "guitar", "piano", "pad"])
def test_same_seed_gives_same_samples_and_another_gives_others(name):
    first = short_piece(name, 1)
    assert np.isfinite(first).all()
    assert np.abs(first).max() > 0.01
    assert np.array_equal(first, short_piece(name, 1))
    assert not np.array_equal(first, short_piece(name, 2))


def test_held_note_is_sung_within_30_cents():
    note = Sung(0.5, 2.5, 64, "M AA N")
    sound = voice.sing([note], 2.0, beat_s=song.BEAT_S, rng=np.random.default_rng(3))
    held = sound[round(0.5 * RATE) : round(1.6 * RATE)]
    assert abs(cents(pitch_hz(held), note.pitch)) < 30.0


def test_file_sings_the_score_within_30_cents():
    # syllables of the verse that last a second or nearly so, where one voice sings alone
    for note in (n for n in VERSE if n.length > 1.0):
        held = beats(decoded("vocals"), note.beat + 0.4, note.beat + note.length - 0.3)
        assert abs(cents(pitch_hz(held.mean(0)), note.pitch)) < 30.0, note


@pytest.mark.parametrize("pitch", [50, 57.5, 64, 73])
def test_guitar_string_is_in_tune(pitch):
    sound = guitar.string(pitch, 1.0, rng=np.random.default_rng(4))
    # five cents are about what a trained ear hears
    assert abs(cents(pitch_hz(sound), pitch)) < 5.0


def test_an_s_lies_above_4500_hz_and_is_heard_beside_its_vowel():
    sound = voice.sing([Sung(1, 1, 62, "S IY")], 1.5, beat_s=0.6, rng=np.random.default_rng(5))
    hiss = sound[round(0.5 * RATE) : round(0.57 * RATE)]
    vowel = sound[round(0.7 * RATE) : round(1.1 * RATE)]
    power = np.abs(np.fft.rfft(hiss)) ** 2
    f_hz = np.fft.rfftfreq(hiss.size, 1.0 / RATE)
    assert power[f_hz > 4500].sum() > 10.0 * power[f_hz < 4500].sum()
    # softer than a vowel, but not lost beside it
    assert -20.0 < level_db(hiss) - level_db(vowel) < 0.0


def test_breath_is_noise_without_a_pitch():
    rng = np.random.default_rng(9)
    sound = voice.sing([Sung(0.5, 1, 62, "BREATH")], 1.0, beat_s=0.6, rng=rng)[12_000:36_000]
    power = np.abs(np.fft.rfft(sound)) ** 2
    # a sung note puts more than half of its power into its strongest partial or two
    assert power.max() < 0.05 * power.sum()


def test_panning_keeps_the_power():
    mono = np.random.default_rng(6).standard_normal(1000)
    for position in (-1.0, -0.3, 0.0, 1.0):
        assert np.isclose((effects.panned(mono, position) ** 2).sum(), 2.0 * (mono**2).sum())


def test_effects_leave_their_input_alone():
    sound = np.random.default_rng(7).standard_normal((2, 4000))
    before = sound.copy()
    response = effects.room(decay_s=0.1, rng=np.random.default_rng(8))
    effects.in_room(sound, response, wet_db=-6.0)
    effects.compressed(sound, threshold_db=-20.0, ratio=4.0)
    effects.saturated(effects.faded(effects.passed(sound, low_hz=100.0)), drive=2.0)
    effects.tilted(sound, corner_hz=1000.0, gain_db=3.0)
    assert np.array_equal(sound, before)


def test_layered_cuts_at_both_ends():
    mixed = effects.layered([(-2 / RATE, np.ones(4)), (3 / RATE, np.ones(9))], 5)
    assert np.array_equal(mixed, np.array([[1, 1, 0, 1, 1]] * 2))


def test_stem_files_are_stereo_and_have_the_length_of_the_score():
    shapes = {decoded(name).shape for name in NAMES}
    assert shapes == {(2, round(song.DURATION_S * RATE))}


def test_peak_of_the_mix_stays_below_full_scale():
    assert np.abs(sum(decoded(name) for name in NAMES)).max() < 0.95


def test_stem_files_are_small():
    assert sum((DEMO / f"{name}.ogg").stat().st_size for name in NAMES) < 2_200_000


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("vocals", 0, 6.5),
        ("drums", 0, 1.9),
        ("drums", 17, 18.4),
        ("bass", 0, 3.9),
        ("bass", 16.3, 17.9),
        ("bass", 31.2, 31.9),
    ],
)
def test_stem_rests_where_the_score_does(name, first, last):
    # below -70 dB of full scale no one hears it under the other stems
    assert level_db(beats(decoded(name), first, last)) < -70.0


def test_the_voices_are_alone_at_the_stop():
    loud = level_db(beats(decoded("vocals"), 31.3, 31.9))
    rest = sum(decoded(name) for name in NAMES[1:])
    assert loud > level_db(beats(rest, 31.3, 31.9)) + 15.0


def test_bass_file_is_what_the_code_plays():
    sound, file = song.stem("bass", seed=song.SEED), decoded("bass")
    # Vorbis at this quality leaves an error some 20 dB or more below the sound
    assert level_db(sound - file) < level_db(sound) - 15.0
