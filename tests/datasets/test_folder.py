import numpy as np
import pytest

from partita.core import Audio, InputError, Stems
from partita.datasets import SongFolder
from partita.io import STEM_MP4_NAMES, save, save_stem_mp4

RATE = 8000


def write(path, samples, rate=RATE):
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, Audio(np.atleast_2d(samples), rate))


def only(root):
    (track,) = SongFolder(root)
    return track


def test_a_folder_with_stems_is_one_song_called_as_the_folder(tmp_path):
    for name in ("mixture", "Vocals"):
        write(tmp_path / f"{name}.wav", np.zeros(10))
    track = only(tmp_path)
    assert track.id == tmp_path.name
    assert track.stems().names == ("vocals",)


def test_the_mixture_is_no_stem_but_the_recording(tmp_path):
    write(tmp_path / "song/vocals.wav", np.full(100, 0.25))
    assert only(tmp_path).mix().samples[0, 0] == 0.25
    for name in ("mix", "mixture"):
        write(tmp_path / f"song/{name}.wav", np.full(100, 0.5))
        track = only(tmp_path)
        assert track.stems().names == ("vocals",) if name == "mix" else True
    assert track.mix().samples[0, 0] == 0.5


def test_stems_that_end_earlier_end_in_silence(tmp_path):
    write(tmp_path / "song/vocals.wav", np.ones(100))
    write(tmp_path / "song/drums.wav", np.ones(60))
    stems = only(tmp_path).stems()
    assert stems["drums"].samples[0].tolist() == [1] * 60 + [0] * 40


def test_mono_counts_on_both_channels(tmp_path, rng):
    wide, narrow = rng.uniform(-0.5, 0.5, (2, 50)), rng.uniform(-0.5, 0.5, 50)
    write(tmp_path / "song/vocals.wav", narrow)
    write(tmp_path / "song/other.wav", wide)
    track = only(tmp_path)
    assert np.allclose(track.stems()["vocals"].samples, [narrow, narrow], atol=1e-6)
    assert np.allclose(track.mix().samples, wide + narrow, atol=1e-6)


@pytest.mark.parametrize("length", [80, 120])
def test_a_mixture_of_another_length_is_fitted_to_the_stems(tmp_path, length):
    write(tmp_path / "song/vocals.wav", np.ones(100))
    write(tmp_path / "song/mixture.wav", np.ones(length))
    assert only(tmp_path).mix().length == 100


def test_a_stem_that_claims_to_be_endless_does_not_make_the_mix_so(tmp_path, monkeypatch):
    write(tmp_path / "song/vocals.wav", np.ones(100))
    write(tmp_path / "song/mixture.wav", np.ones(100))
    from partita.datasets.files import StemFiles

    monkeypatch.setattr(StemFiles, "_declared_length", lambda self: 1 << 50)
    assert only(tmp_path).mix().length == 100


def test_stems_of_other_rates_are_refused(tmp_path):
    write(tmp_path / "song/vocals.wav", np.ones(100))
    write(tmp_path / "song/drums.wav", np.ones(100), rate=16000)
    with pytest.raises(InputError, match=r"song: stems differ in rate \(drums: 16000 Hz"):
        only(tmp_path).stems()


def test_a_stem_mp4_is_a_song_unless_a_folder_is_called_like_it(tmp_path, rng):
    stems = Stems(STEM_MP4_NAMES, 0.1 * rng.standard_normal((4, 1, 3000)), 44100)
    mix = Audio(stems.samples.sum(axis=0), 44100)
    for name in ("one", "two"):
        save_stem_mp4(tmp_path / f"{name}.stem.mp4", mix, stems, encoding="int16")
    write(tmp_path / "two/vocals.wav", np.zeros(10))
    one, two = SongFolder(tmp_path)
    assert one.stems().names == STEM_MP4_NAMES
    assert one.mix().length == 3000
    assert two.stems().names == ("vocals",)


def test_a_song_is_called_as_its_folder_is_also_through_a_link(tmp_path):
    write(tmp_path / "there/vocals.wav", np.zeros(10))
    (tmp_path / "songs").mkdir()
    for name in ("a", "b"):
        (tmp_path / "songs" / name).symlink_to(tmp_path / "there")
    assert [track.id for track in SongFolder(tmp_path / "songs")] == ["a", "b"]


def test_hidden_files_and_other_files_are_no_stems(tmp_path):
    for name in ("vocals.wav", ".drums.wav"):
        write(tmp_path / "song" / name, np.zeros(10))
    (tmp_path / "song/cover.jpg").write_bytes(b"a picture")
    assert only(tmp_path).stems().names == ("vocals",)


def test_the_key_changes_with_what_the_files_hold_and_with_what_they_are_called(tmp_path):
    keys = set()
    for name, value in (("vocals", 0.5), ("vocals", 0.25), ("drums", 0.25)):
        for old in tmp_path.glob("song/*"):
            old.unlink()
        write(tmp_path / f"song/{name}.wav", np.full(50, value))
        keys.add(only(tmp_path).key())
    write(tmp_path / "song/mixture.wav", np.full(50, 0.25))
    keys.add(only(tmp_path).key())
    assert len(keys) == 4


def test_real_songs_are_found(recordings):
    excerpts = {track.id: track for track in SongFolder(recordings / "musdb-excerpts")}
    assert len(excerpts) == 5
    assert set(excerpts["music-delta-80s-rock"].stems()) == {"vocals", "drums", "bass", "other"}
    assert excerpts["buitraker-revo-x"].stems().names == ("accompaniment", "vocals")
    songs = [track.id for track in SongFolder(recordings / "everything-is-free")]
    assert songs == ["hydrogen", "lithium", "potassium", "rubidium", "sodium"]
