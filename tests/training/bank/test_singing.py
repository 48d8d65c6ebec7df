"""Singers keep their place: who trains, what is cut, and how speech becomes song."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import soundfile

from partita.core import InputError, MissingExtra
from partita.training.bank import measure, singing, songs, speakers, speech, voice
from partita.training.bank.sound import RATE, loudness_db, seconds
from partita.training.bank.sources import SOURCES

NEVER = {"nino_Soprano_405", "nino_ContraAlt_407", "nino_tenor4-06-2", "nino_Bajos_404"}


def test_the_fourth_singer_of_each_part_never_trains():
    everyone = [name for part in singing.CHOIR.values() for name in part]
    assert len(everyone) == len(set(everyone)) == 12
    assert not set(everyone) & NEVER


def test_no_voice_is_both_trained_and_held_out():
    assert not set(speech.VOICES) & set(speech.HELD_VOICES)
    assert not set(songs.TRAIN) & set(songs.VALID)


def test_singers_take_turns_as_planned():
    shares = [singing.TURNS.count(turn) / len(singing.TURNS) for turn in "rpcs"]
    assert shares == [0.3, 0.2, 0.2, 0.3]


def test_phrases_are_the_stretches_that_sound():
    sound = np.zeros((2, 10 * RATE), np.float32)
    for start_s, end_s in ((1.0, 3.0), (3.2, 4.0), (6.0, 8.0), (9.0, 9.2)):
        part = sound[:, round(start_s * RATE) : round(end_s * RATE)]
        part += 0.3 * np.sin(2 * np.pi * 300 * seconds(end_s - start_s))
    found = [(a / RATE, b / RATE) for a, b in singing.phrases(sound)]
    # 0.2 s of silence is breath, 2 s is the end of a phrase, and 0.2 s of sound is none
    assert [(round(a, 1), round(b, 1)) for a, b in found] == [(1.0, 4.0), (6.0, 8.0)]


def test_silence_has_no_phrases():
    assert singing.phrases(np.zeros((2, RATE), np.float32)) == []


def test_replication_fills_the_top_and_keeps_the_rest(rng):
    from partita.training.bank.effects import passed

    low = passed(rng.standard_normal(2 * RATE).astype(np.float32), high_hz=7500.0, order=8)
    full = singing.replicated(low, rng)

    def band(sound, low_hz, high_hz):
        f_hz = np.fft.rfftfreq(sound.size, 1 / RATE)
        power = np.abs(np.fft.rfft(sound)) ** 2
        return 10 * np.log10(power[(f_hz > low_hz) & (f_hz < high_hz)].mean())

    assert band(full, 9000, 11000) > band(low, 9000, 11000) + 10
    assert band(full, 9000, 11000) < band(full, 4000, 6000)
    assert band(full, 500, 5000) == pytest.approx(band(low, 500, 5000), abs=0.5)


def test_the_vocal_chain_keeps_length_and_stays_finite(rng):
    voiced = np.sin(2 * np.pi * 220 * seconds(2.0)).astype(np.float32)
    for seed in range(6):
        out = singing.chain(np.stack([voiced, voiced]), np.random.default_rng(seed))
        assert out.shape == (2, voiced.size)
        assert np.isfinite(out).all()


def test_a_melody_stays_in_its_scale_and_has_no_gaps(rng):
    pitches = [57, 59, 60, 62, 64, 65, 67, 69]
    notes = voice.melody(12, pitches, 0.5, rng)
    assert all(note.pitch in pitches for note in notes)
    for note, following in pairwise(notes):
        assert note.start_s + note.length_s == pytest.approx(following.start_s)


def test_syllables_have_one_vowel_each():
    ends = [("pau", 0.1), ("hh", 0.2), ("ow", 0.4), ("l", 0.5), ("d", 0.55), ("iy", 0.8)]
    found = speech._syllables([*ends, ("n", 0.9), ("pau", 1.0)], 200)
    assert found == ((20, 40, 80, 80), (80, 110, 160, 180))


def speech_of(f0_hz=120.0, frames=120):
    """A vowel between two consonants, as WORLD would describe it."""
    envelope = np.full((speech.SIZE // 2 + 1, frames), 1e-4)
    f0 = np.full(frames, f0_hz)
    f0[:10] = f0[-10:] = 0.0
    rough = np.full(envelope.shape, 0.05)
    return speech.Speech(f0, envelope, rough, ((0, 10, frames - 10, frames),))


def test_speech_sings_the_note_it_is_given(rng):
    pytest.importorskip("pyworld")
    singer = speech.Singer("slt", 1.0, 0.0, 5.5, 0.03, 0.0, 0.0)
    sound = voice.sing(speech_of(), [voice.Sung(0.0, 1.5, 69.0, 0.0)], singer, rng)
    middle = sound[RATE // 2 : RATE // 2 + RATE // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size), 4 * RATE))
    first = np.argmax(spectrum[4 * 300 : 4 * 600]) / 4 + 300
    assert first == pytest.approx(440.0, rel=0.02)  # drift is a few cents


def test_singing_without_world_names_the_extra(monkeypatch):
    import importlib

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(MissingExtra, match=r"partita\[train\]"):
        speech.world()


def test_flite_sings_the_same_twice():
    pytest.importorskip("pyworld")
    if SOURCES["flite"].path() is None:
        pytest.skip("flite is not installed here")
    one, two = (voice.sung(np.random.default_rng(1), target_s=4.0, held=False) for _ in range(2))
    np.testing.assert_array_equal(one[0], two[0])
    assert loudness_db(one[0]) > -40.0


@pytest.fixture
def sample_pack(tmp_path, monkeypatch):
    """Sung phrases in two keys, and what is not song."""
    for folder, name, f_hz in (
        ("shv_e_125", "SHV - E minor - 125 BPM - Oh", 440.0),
        ("shv_e_125", "SHV - E minor - 125 BPM - Stay (Monologue)", 3000.0),
        ("etv_am_136_adlib", "ETV Adlib - 053 - 136 BPM - A minor", 880.0),
        ("etv_am_136_phrase", "ETV Phrase - 031 - Tonight - 136 BPM - A minor", 880.0),
        ("scifi", "SciFi - Danger", 3000.0),
    ):
        (tmp_path / "pack" / folder).mkdir(parents=True, exist_ok=True)
        tone = 0.5 * np.sin(2 * np.pi * f_hz * seconds(1.0))
        soundfile.write(tmp_path / "pack" / folder / f"{name}.wav", tone, RATE)
    monkeypatch.setenv("PARTITA_PRODUCER_SPACE", str(tmp_path / "pack"))


def test_a_sample_pack_sings_in_one_key_and_never_speaks(sample_pack):
    heard = set()
    for seed in range(8):
        sound, detail = singing.pack(np.random.default_rng(seed), target_s=4.0)
        assert sound.shape == (2, 4 * RATE)
        name, speed = detail.split(" ×")
        spectrum = np.abs(np.fft.rfft(sound[0] * np.hanning(sound.shape[1])))
        top_hz = float(np.argmax(spectrum)) / 4.0
        assert top_hz == pytest.approx({"shv_e_125": 440, "etv_am_136": 880}[name] * float(speed),
                                       rel=0.01)  # fmt: skip
        heard.add(name)
    assert heard == {"shv_e_125", "etv_am_136"}


def test_a_sample_pack_without_song_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PARTITA_PRODUCER_SPACE", str(tmp_path))
    with pytest.raises(InputError, match="no sung phrases"):
        singing.pack(np.random.default_rng(0), target_s=1.0)


def test_silent_recordings_make_silence_and_an_end(tmp_path, monkeypatch):
    pytest.importorskip("pyworld")
    nothing = np.zeros(RATE)
    for folder, name in (("shv_e_125", "a.wav"), ("verified", "1.flac")):
        (tmp_path / folder).mkdir()
        soundfile.write(tmp_path / folder / name, nothing, RATE)
    monkeypatch.setenv("PARTITA_PRODUCER_SPACE", str(tmp_path))
    monkeypatch.setenv("PARTITA_KERSTIN", str(tmp_path))
    monkeypatch.setattr(speech, "VOICES", {"kerstin": (57, 69)})
    speakers.recordings.cache_clear()
    assert not singing.pack(np.random.default_rng(0), target_s=3.0)[0].any()
    assert not voice.sung(np.random.default_rng(0), target_s=4.0, held=False)[0].any()
    speakers.recordings.cache_clear()


def syllables_of(levels, voiced):
    """A flat envelope of 64 bins with these levels in dB, one for each frame."""
    power = np.tile(10.0 ** (np.asarray(levels) / 10.0), (64, 1))
    return speakers.syllables(power, np.asarray(voiced), rate=16000, frame_s=0.005)


def test_speech_has_a_syllable_where_its_level_rises_and_falls():
    hump = 20.0 * np.sin(np.linspace(0, np.pi, 60)) ** 2
    found = syllables_of(np.concatenate([hump, hump, hump]), np.ones(180, bool))
    assert len(found) == 3
    for number, (first, begin, end, last) in enumerate(found):
        assert first <= begin < 60 * number + 30 < end <= last
    for (_, _, end, last), (first, *_) in pairwise(found):
        assert end == last == first
    assert found[-1][3] <= 180


def test_a_noise_is_no_syllable_and_silence_has_none():
    hump = 20.0 * np.sin(np.linspace(0, np.pi, 60)) ** 2
    voiced = np.concatenate([np.ones(60, bool), np.zeros(60, bool)])
    assert len(syllables_of(np.concatenate([hump, hump]), voiced)) == 1
    assert syllables_of(np.full(100, -60.0), np.zeros(100, bool)) == ()


def test_a_pause_belongs_to_no_syllable():
    hump = 20.0 * np.sin(np.linspace(0, np.pi, 60)) ** 2
    found = syllables_of(np.concatenate([hump, np.zeros(200), hump]), np.ones(320, bool))
    assert [begin - first for first, begin, _, _ in found][1] == round(
        speakers.CONSONANTS_S / speech.FRAME_S
    )


def test_a_recorded_speaker_sings(tmp_path, monkeypatch):
    pytest.importorskip("pyworld")
    time = seconds(2.0)
    buzz = sum(np.sin(2 * np.pi * 200 * k * time) / k for k in range(1, 15))
    sentence = 0.1 * buzz * np.sin(2 * np.pi * 2 * time) ** 2  # four syllables a second
    (tmp_path / "who" / "verified").mkdir(parents=True)
    soundfile.write(tmp_path / "who" / "verified" / "1.flac", sentence, RATE)
    monkeypatch.setenv("PARTITA_KERSTIN", str(tmp_path / "who"))
    monkeypatch.setattr(speech, "VOICES", {"kerstin": (57, 69)})
    speakers.recordings.cache_clear()
    sound, source, detail = voice.sung(np.random.default_rng(3), target_s=4.0, held=False)
    assert source == "kerstin"
    assert detail.startswith("kerstin ")
    assert loudness_db(sound) > -40.0
    speakers.recordings.cache_clear()


def test_a_speaker_without_recordings_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PARTITA_NATHALIE", str(tmp_path))
    speakers.recordings.cache_clear()
    with pytest.raises(InputError, match="no recordings"):
        speakers.utterance("nathalie", np.random.default_rng(0))


def test_where_no_voice_is_installed_the_error_says_what_to_get(monkeypatch):
    pytest.importorskip("pyworld")
    monkeypatch.setattr(speech, "installed", lambda held: [])
    with pytest.raises(InputError, match="apt-get install flite"):
        voice.sung(np.random.default_rng(0), target_s=1.0, held=False)


def test_real_singing_comes_from_training_songs(recordings):
    sound, detail = singing.real(np.random.default_rng(0), target_s=10.0, held=False)
    assert detail.split()[0] in songs.TRAIN
    assert loudness_db(sound) > -40.0


def test_measures_know_simple_signals(rng):
    mono = np.tile(rng.standard_normal(RATE).astype(np.float32), (2, 1))
    assert measure.width_db(mono) == pytest.approx(-60.0)
    assert measure.width_db(rng.standard_normal((2, RATE))) == pytest.approx(0.0, abs=0.2)
    tone = np.sin(2 * np.pi * 441 * seconds(1.0))[None].repeat(2, 0)
    assert measure.crest_db(tone) == pytest.approx(3.01, abs=0.05)
    assert measure.activity(np.concatenate([mono, 0 * mono], axis=1)) == pytest.approx(0.5)
