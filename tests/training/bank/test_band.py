"""A band of synthesised instruments plays without a soundfont."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from partita.training.bank import drum_synths, drums, effects, synths
from partita.training.bank.band import BENEATH, SOLOISTS, SOLOS, STEMS, _players, band, mixed
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, loudness_db
from partita.training.bank.sources import SOURCES
from partita.training.bank.styles import STYLES


@pytest.fixture
def no_samples(monkeypatch):
    monkeypatch.setattr(drums, "SAMPLES", {})


def test_a_band_is_finite_and_every_stem_sounds(no_samples):
    song, stems = band(np.random.default_rng(1), font=None, style="house", target_s=8.0)
    assert stems.shape == (len(STEMS), 2, round(song.beats * song.beat_s * RATE))
    assert np.isfinite(stems).all()
    assert all(loudness_db(stem) > -60 for stem in stems)
    assert loudness_db(stems.sum(axis=0)) == pytest.approx(-19.0, abs=3.0)


def test_the_same_seed_plays_the_same_band(no_samples):
    one, two = (
        band(np.random.default_rng(2), font=None, style="breaks", target_s=3.0)[1] for _ in range(2)
    )
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", sorted(SOLOS))
def test_soloists_play_in_a_part_of_the_songs_to_learn_from(name):
    style, rng = STYLES[name], np.random.default_rng(0)
    drawn = [_players(style, rng, held=False) for _ in range(400)]
    solos = [parts for parts in drawn if not set(parts) <= set(style.parts)]
    assert len(solos) / len(drawn) == pytest.approx(SOLOS[name], abs=0.08)
    for parts in solos:
        assert sum(part in SOLOISTS for part in parts) in (2, 3)
        assert sum(part in BENEATH for part in parts) in (0, 1)
        assert len(parts) == len(set(parts)) <= 4


def test_what_is_held_out_has_the_players_of_its_style():
    for style in STYLES.values():
        one, two = np.random.default_rng(1), np.random.default_rng(1)
        parts = _players(style, one, held=True)
        assert set(parts) <= set(style.parts)
        assert style.players[0] <= len(parts) <= style.players[1]
        count = two.integers(style.players[0], style.players[1] + 1)
        two.choice(len(style.parts), min(count, len(style.parts)), replace=False)
        assert one.random() == two.random()  # and no chance is taken that was not taken before


def test_balance_varies_from_song_to_song():
    parts = [np.ones((2, RATE), np.float32)] * 3
    levels = [
        [loudness_db(stem) for stem in mixed("pop", parts, np.random.default_rng(seed))]
        for seed in (0, 1)
    ]
    assert np.ptp(levels, axis=0).max() > 0.5


@pytest.mark.parametrize(
    "kind", ["pad", "stab", "pluck", "lead", "bass", "blip", "thump", "reese", "sub"]
)
def test_a_synthesiser_plays_in_tune(kind):
    patch = synths.drawn_patch(kind, np.random.default_rng(4))
    sound = synths.synthesiser(patch, [Note(0.0, 1.0, 57)], RATE, np.random.default_rng(0))
    spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(RATE)))
    partials = spectrum[[110, 220, 440, 660, 880]].max()
    # detuned voices spread by a few Hz round each partial
    near = max(spectrum[f - 8 : f + 9].max() for f in (110, 220, 440, 660, 880))
    assert near == spectrum.max()
    assert partials > 0


def pitch_hz(sound, start_s, end_s):
    """Of a low tone, from its first rising zero to its last."""
    low = effects.passed(sound, high_hz=90.0)[0, round(start_s * RATE) : round(end_s * RATE)]
    rising = np.flatnonzero((low[:-1] < 0) & (low[1:] >= 0))
    return (rising.size - 1) * RATE / np.ptp(rising)


@pytest.mark.parametrize("seed", range(6))
def test_a_thump_keeps_its_pitch_where_a_bass_drum_dives(seed):
    patch = synths.drawn_patch("thump", np.random.default_rng(seed))
    long = replace(patch, sustain=1.0)
    thump = synths.synthesiser(long, [Note(0.0, 0.4, 31)], RATE, np.random.default_rng(0))
    assert pitch_hz(thump, 0.1, 0.35) == pytest.approx(49.0, abs=1.0)
    time = np.arange(RATE // 2, dtype=np.float32) / RATE
    dive = drum_synths.swept(time, from_hz=150.0, to_hz=30.0, fall_s=0.15)[None]
    assert pitch_hz(dive, 0.1, 0.3) > pitch_hz(dive, 0.2, 0.4) + 10.0


def test_a_thump_that_dives_begins_higher():
    patch = replace(synths.drawn_patch("thump", np.random.default_rng(0)), wave="sine", cutoff=0.4)
    cycles = []
    for dive in (0.0, 3.0):
        dives = replace(patch, sustain=1.0, dive=dive)
        sound = synths.synthesiser(dives, [Note(0.0, 0.4, 31)], RATE, np.random.default_rng(0))[0]
        onset = sound[: RATE // 15]
        cycles.append(np.count_nonzero((onset[:-1] < 0) & (onset[1:] >= 0)))
    # 49 Hz in a fifteenth of a second, and 49 ∫ (2^(3 exp(-t / 0.01)) − 1) dt = 1.9 more
    assert cycles[1] - cycles[0] in (1, 2)


def test_a_level_is_held_before_it_falls():
    level = drum_synths.falling(np.array([0.0, 0.1, 0.2, 0.5]), decay_s=0.3, hold_s=0.2)
    assert level == pytest.approx([1.0, 1.0, 1.0, np.exp(-1.0)])


@pytest.mark.parametrize("pitch", [40, 52, 64])
def test_a_plucked_string_has_its_pitch_and_dies(pitch):
    rng = np.random.default_rng(0)
    sound = synths.plucked([Note(0.0, 1.8, pitch)], 2 * RATE, rng, damping=1.0, place=0.15)
    f0_hz = 440.0 * 2 ** ((pitch - 69) / 12)
    spectrum = np.abs(np.fft.rfft(sound[0, :RATE] * np.hanning(RATE)))
    peak_hz = float(np.argmax(spectrum[: int(1.5 * f0_hz)]))
    assert peak_hz == pytest.approx(f0_hz, abs=1.5)
    assert np.abs(sound[0, RATE : RATE + 4410]).max() < 0.5 * np.abs(sound[0, :4410]).max()


@pytest.mark.parametrize("name", sorted(drums.KEYS))
def test_every_drum_can_be_synthesised(name, no_samples):
    takes = drums.kit([name], "electronic", np.random.default_rng(0), font=None, held=False)[name]
    peaks = [float(np.abs(take).max()) for take in takes]
    assert len(takes) == len(drums.VELOCITIES)
    assert peaks[-1] > peaks[0] > 0
    assert all(np.isfinite(take).all() and take.shape[0] == 2 for take in takes)


def test_a_soundfont_plays_the_same_twice():
    pytest.importorskip("tinysoundfont")
    font = SOURCES["fluidr3_gm"].path()
    if font is None:
        pytest.skip("no soundfont is installed here (fluid-soundfont-gm)")
    from partita.training.bank import soundfont

    notes = [Note(0.0, 0.5, 60), Note(0.3, 0.5, 64), Note(0.6, 1.0, 67)]
    one, _, two = (soundfont.play(font, notes, RATE, preset=p) for p in (0, 48, 0))
    np.testing.assert_array_equal(one, two)
    assert one.shape == (2, RATE)
    assert np.abs(one).max() > 0.01
