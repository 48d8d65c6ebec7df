"""Recorded notes are played at the pitch, length and loudness that the score asks for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from partita.core import InputError
from partita.training.bank import drums, instruments, recorded
from partita.training.bank.band import band
from partita.training.bank.recorded import RECORDED
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, hertz, loudness_db
from partita.training.bank.sources import SOURCES


def tone(frequency_hz: float, level: float, duration_s: float = 1.0):
    return level * np.sin(2 * np.pi * frequency_hz * np.arange(int(duration_s * RATE)) / RATE)


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    monkeypatch.delenv("PARTITA_DATA", raising=False)
    for name in RECORDED:
        monkeypatch.delenv(f"PARTITA_{name.upper()}", raising=False)


@pytest.fixture
def guitar(tmp_path, monkeypatch):
    """Two pitches, a2 soft and loud; the loud one is twice as loud."""
    notes = tmp_path / "guitar" / "notes"
    notes.mkdir(parents=True)
    for name, pitch, level in (("a2_p", 45, 0.2), ("a2_f", 45, 0.4), ("e3_p", 52, 0.2)):
        soundfile.write(notes / f"{name}_rr1.wav", tone(hertz(pitch), level), RATE)
    soundfile.write(notes / "a2_release_rr1.wav", tone(1000.0, 0.9), RATE)
    monkeypatch.setenv("PARTITA_EMILYGUITAR", str(tmp_path / "guitar"))


@pytest.fixture
def kit(tmp_path, monkeypatch):
    """Five strokes of each drum, numbers 1, 2, 3, 5 and 6: the sixth is six times as loud."""
    for folder in {name for names in recorded.DRUMS.values() for name in names}:
        inside = tmp_path / "kit" / "deep" / "Samples" / folder
        inside.mkdir(parents=True)
        for number in (1, 2, 3, 5, 6):
            for microphone in ("OHL", "OHR", "AmbL", "AmbR", *recorded.CLOSE.get(folder, ())):
                low = 100.0 if microphone.startswith("Amb") else 200.0
                sound = tone(low, 0.02 * number, 0.05)
                soundfile.write(inside / f"{number}-{folder}-{microphone}.flac", sound, RATE)
    monkeypatch.setenv("PARTITA_MULDJORD_KIT", str(tmp_path / "kit"))


def strongest_hz(sound) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    return float(np.argmax(spectrum) * RATE / sound.size)


@pytest.mark.parametrize("pitch", [45, 46, 50, 52, 53])
def test_a_note_has_its_pitch_whatever_was_recorded(guitar, pitch):
    sound = recorded.play("emily", [Note(0.0, 0.8, pitch)], RATE, np.random.default_rng(0))
    assert strongest_hz(sound[0, : RATE // 2]) == pytest.approx(hertz(pitch), abs=2.0)


def test_a_note_begins_and_ends_where_the_score_says(guitar):
    sound = recorded.play("emily", [Note(0.5, 0.3, 45)], 2 * RATE, np.random.default_rng(0))[0]
    assert not sound[: RATE // 2].any()
    assert np.abs(sound[RATE // 2 : RATE // 2 + 4000]).max() > 0.1
    assert not sound[round(1.06 * RATE) :].any()  # damped within a quarter of a second


def test_a_loud_note_is_a_loud_recording(guitar):
    soft, loud = (
        recorded.play("emily", [Note(0.0, 0.5, 45, velocity)], RATE, np.random.default_rng(0))
        for velocity in (0.3, 0.9)
    )
    change_db = 20 * np.log10(2 * (0.4 + 0.6 * 0.9) / (0.4 + 0.6 * 0.3))
    assert loudness_db(loud) - loudness_db(soft) == pytest.approx(change_db, abs=0.1)


def test_a_folder_without_notes_is_named(tmp_path):
    (tmp_path / "noise.wav").touch()
    with pytest.raises(InputError, match="holds no notes named by their pitch"):
        recorded.takes_in(tmp_path)


def test_only_what_is_installed_plays(guitar):
    assert recorded.players(("shiny", "emily")) == ("emily",)
    assert not recorded.has_kit()


def test_a_guitar_part_is_sometimes_the_recorded_one_and_never_where_held_out(guitar, monkeypatch):
    heard = []
    monkeypatch.setattr(recorded, "play", lambda *given: heard.append(1) or np.ones((2, RATE)))
    for seed in range(20):
        for held in (False, True):
            before = len(heard)
            rng = np.random.default_rng(seed)
            instruments.accompany("clean", [Note(0.0, 0.5, 50)], RATE, rng, None, held=held)
            assert not (held and len(heard) > before)
    assert 5 < len(heard) < 20


def test_strokes_go_from_soft_to_loud_past_missing_numbers(kit):
    strokes = recorded.strokes("snare", 4, (0.0, 0.0, 0.0), np.random.default_rng(0))
    levels = [loudness_db(stroke) for stroke in strokes]
    assert levels == sorted(levels)
    assert levels[-1] - levels[0] == pytest.approx(20 * np.log10(6), abs=0.1)


def test_microphones_have_their_levels(kit):
    near, far = (
        recorded.strokes("crash", 1, mix, np.random.default_rng(0))[0]
        for mix in ((0.0, 0.0, -80.0), (-80.0, 0.0, 0.0))
    )
    assert strongest_hz(near[0]) == pytest.approx(200.0, abs=15.0)
    assert strongest_hz(far[0]) == pytest.approx(100.0, abs=15.0)


def test_the_recorded_kit_plays_the_drums_that_it_has_and_never_where_held_out(kit, monkeypatch):
    played: list[str] = []

    def strokes(drum, count, *_):
        played.append(drum)
        return [tone(200.0, 0.1, 0.1).astype(np.float32)[None]] * count

    monkeypatch.setattr(recorded, "strokes", strokes)
    names = [*recorded.DRUMS, "cowbell"]
    for seed in range(8):
        rng = np.random.default_rng(seed)
        drums.kit(names, "acoustic", rng, font=None, held=True)
    assert not played
    for seed in range(8):
        rng = np.random.default_rng(seed)
        drums.kit(names, "acoustic", rng, font=None, held=False)
    assert set(played) == set(recorded.DRUMS)
    assert len(played) < 8 * len(recorded.DRUMS)  # other kits are played as well


def test_held_out_bands_are_the_same_whether_libraries_are_installed(tmp_path, request):
    def played():
        rng = np.random.default_rng(5)
        return band(rng, font=None, style="rock", target_s=4.0, held=True)[1]

    without = played()
    request.getfixturevalue("guitar")
    request.getfixturevalue("kit")
    np.testing.assert_array_equal(played(), without)


def test_libraries_are_named_as_they_lie_on_disk():
    for library in recorded.LIBRARIES.values():
        assert library.source in SOURCES
        assert not Path(library.folder).is_absolute()
