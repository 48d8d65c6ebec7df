"""Songs are composed whole: chords, sections and lines agree."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from partita.training.bank import compose, drums, lines
from partita.training.bank.instruments import BASS_PRESETS, GUITARS, LOWS, PRESETS, SYNTHS
from partita.training.bank.styles import STYLES

VOICES = {52, 53, 54, 85, 91, 94}
"""General MIDI presets that sound like singing."""


@pytest.fixture(params=sorted(STYLES))
def song(request):
    return compose.compose(np.random.default_rng(3), style=request.param, target_s=30.0)


def test_chords_cover_the_song_without_gaps(song):
    ends = [chord.start + chord.length for chord in song.chords]
    assert song.chords[0].start == 0.0
    assert [chord.start for chord in song.chords[1:]] == ends[:-1]
    assert ends[-1] == song.beats


def test_sections_follow_one_another(song):
    starts = np.cumsum([0] + [section.bars for section in song.sections])
    assert [section.first_bar for section in song.sections] == starts[:-1].tolist()


def test_a_song_lasts_about_as_long_as_asked(song):
    assert song.beats * song.beat_s == pytest.approx(30.0, rel=0.25)


def test_tempo_is_the_styles(song):
    low, high = STYLES[song.style].tempo
    assert low <= song.tempo <= high


def test_the_same_seed_composes_the_same_song():
    one, two = (compose.compose(np.random.default_rng(5)) for _ in range(2))
    assert one == two
    assert one != compose.compose(np.random.default_rng(6))


@pytest.mark.parametrize("family", sorted(compose.PROGRESSIONS))
def test_every_progression_can_be_read(family):
    for progression in compose.PROGRESSIONS[family]:
        for chord in progression.split():
            root, tones = compose.parse_chord(chord, 4)
            assert 0 <= root < 12
            assert tones[0] == 0


def test_an_unknown_chord_is_refused():
    with pytest.raises(ValueError, match="no chord"):
        compose.parse_chord("0x", 0)


@pytest.mark.parametrize("line", sorted(lines.LINES))
def test_a_line_stays_in_its_bars(line, song, rng):
    bars = range(2, 6)
    notes = lines.LINES[line](song, bars, 48, rng)
    assert all(8.0 <= note.start < 24.1 for note in notes)
    assert all(note.length > 0 and 0 < note.velocity <= 1 for note in notes)
    assert all(30 <= note.pitch <= 100 for note in notes)


def test_chordal_lines_play_notes_of_the_chord(song, rng):
    for line in ("pads", "blocks", "strum", "arpeggio", "stabs", "skank"):
        for note in lines.LINES[line](song, range(4), 48, rng):
            chord = song.chord_at(note.start)
            assert int(note.pitch - chord.root) % 12 in {tone % 12 for tone in chord.tones}


@pytest.mark.parametrize("style", sorted(STYLES))
def test_bass_lines_are_monophonic_and_low(style, rng):
    song = compose.compose(rng, style=style, target_s=30.0)
    for kind in STYLES[style].bass_lines:
        notes = lines.bass_line(song, range(song.bars), 28, rng, kind=kind, kick="X-----x-X-------")
        assert notes
        starts = [note.start for note in notes]
        assert starts == sorted(starts)
        for note, following in pairwise(notes):
            assert note.start + note.length <= following.start + 1e-6
        assert all(24 <= note.pitch <= 62 for note in notes)


def test_no_bars_give_no_bass(song, rng):
    assert lines.bass_line(song, [], 28, rng, kind="long", kick="X---------------") == []


def test_swing_delays_only_the_off_beats():
    song = compose.compose(np.random.default_rng(0), style="jazz")
    assert song.swung(2.0) == 2.0
    assert song.swung(2.5) == pytest.approx(2.5 + song.swing / 2)


@pytest.mark.parametrize("style", sorted(STYLES))
def test_styles_name_what_exists(style):
    chosen = STYLES[style]
    assert set(chosen.kits) <= {"acoustic", "soft", "electronic", "sampled", "mixed"}
    assert set(chosen.harmony) <= set(compose.PROGRESSIONS)
    assert set(chosen.basses) <= set(BASS_PRESETS)
    for groove in chosen.grooves:
        assert set(groove) <= set(drums.KEYS)
        assert {len(steps) for steps in groove.values()} == {16}
    for line, family in chosen.parts:
        assert line in lines.LINES
        assert family in {*PRESETS, *GUITARS, *SYNTHS, "sweep"}
        assert family in LOWS


def test_no_voice_plays_other():
    assert not {preset for _, presets in PRESETS.items() for _, preset in presets} & VOICES


def test_a_drummer_plays_fills_and_stays_in_the_song(song, rng):
    groove = STYLES[song.style].grooves[0]
    hits = drums.strokes(song, {s.name: groove for s in song.sections}, rng)
    assert all(0 <= hit.start < song.beats for hit in hits)
    assert all(0 < hit.velocity <= 1 for hit in hits)
