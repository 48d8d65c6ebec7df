from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from partita.core import Audio, InputError, PartitaWarning, Stems, Track
from partita.core.hints import Hints, Pitch
from partita.datasets import create as dataset
from partita.datasets.files import StemFiles
from partita.engines import create
from partita.engines.session import StatelessSession
from partita.evaluate import score_songs, tasks_of
from partita.evaluate.material import key_of, load_material
from partita.io import save

RATE = 8000
FOUR = ("vocals", "drums", "bass", "other")


@dataclass(frozen=True)
class Follower:
    """Gives every stem the level that its pitch says, to see what it was told."""

    name: ClassVar[str] = "follower"
    stems: ClassVar[tuple[str, ...]] = ("soprano", "bass")
    uses: ClassVar[frozenset[str]] = frozenset({"pitch"})
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = None
    overlap: ClassVar[float] = 0.0
    max_duration_s: ClassVar[float | None] = 60.0
    adds_up: ClassVar[bool] = False

    def open(self, device="auto", threads=None):
        return StatelessSession(self._separate)

    def _separate(self, segment, hints, stems):
        levels = [hints.pitch.f0_hz[stem].max() / 1000 for stem in stems]
        samples = np.stack([np.full(segment.samples.shape, level) for level in levels])
        return Stems(stems, samples, segment.rate)


def track(stems, **changes):
    mix = Audio(stems.samples.sum(axis=0), stems.rate)
    return Track(**{"id": "song", "mix": lambda: mix, "stems": lambda: stems, **changes})


def noise(rng, *names):
    return Stems(names, 0.1 * rng.standard_normal((len(names), 2, 4000)), RATE)


def pitch(f0_hz):
    return Pitch([0.0, 0.1], {"soprano": [f0_hz, f0_hz], "bass": [100.0, 100.0]})


def test_an_engine_is_given_the_hints_that_it_uses(rng):
    song = track(noise(rng, "soprano", "bass"), hints=lambda: Hints(pitch=pitch(400.0)))
    truth, guess = load_material(song, Follower()).compared()
    assert truth.names == guess.names == ("soprano", "bass")
    assert np.allclose(guess["soprano"].samples, 0.4)


def test_hints_that_an_engine_does_not_use_are_not_even_read(rng):
    def broken():
        raise AssertionError("nobody asked")

    song = track(noise(rng, *FOUR), hints=broken)
    assert load_material(song, create("classic")).compared()[1].names == FOUR


def test_the_key_changes_with_stems_hints_engine_and_options(rng):
    stems, others = noise(rng, "soprano", "bass"), noise(rng, "soprano", "bass")

    def song(of, f0_hz=400.0):
        return track(of, hints=lambda: Hints(pitch=pitch(f0_hz)))

    keys = [
        key_of(song(stems), Follower()),
        key_of(song(others), Follower()),
        key_of(song(stems, 401.0), Follower()),
        key_of(song(stems), create("hpss")),
        key_of(song(stems), create("hpss", margin=3.0)),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == key_of(song(stems), Follower())


def test_a_track_that_knows_its_key_is_not_loaded_for_it():
    song = Track("song", mix=None, stems=None, key=lambda: "a key")
    assert key_of(song, create("classic")) == key_of(song, create("classic"))


def test_the_rest_is_compared_only_where_the_stems_make_up_the_recording(rng):
    stems = noise(rng, "vocals", "piano")
    louder = Audio(stems.samples.sum(axis=0) + 0.1, RATE)
    whole = load_material(track(stems), create("classic")).targets
    part = load_material(track(stems, mix=lambda: louder), create("classic")).targets
    assert [t.name for t in whole] == ["vocals", "no_vocals"]
    assert [t.name for t in part] == ["vocals"]


def test_an_engine_of_four_stems_is_scored_on_vocals_and_accompaniment(rng):
    material = load_material(track(noise(rng, "vocals", "accompaniment")), create("classic"))
    _, guess = material.compared()
    assert guess.names == ("vocals", "accompaniment")
    assert np.allclose(guess.samples.sum(axis=0), material.mix.samples, atol=1e-5)


def test_oracles_are_given_the_true_stems(rng):
    truth, guess = load_material(track(noise(rng, "a", "b")), create("ideal_ratio_mask")).compared()
    error = np.sum((truth.samples - guess.samples) ** 2) / np.sum(truth.samples**2)
    assert error < 0.5  # the mixture's is 1


def test_a_mixture_of_another_length_is_fitted_and_told(rng):
    stems = noise(rng, *FOUR)
    longer = Audio(np.zeros((2, 6000)), RATE)
    with pytest.warns(PartitaWarning, match=r"song: the mixture lasts 0.75 s, the stems 0.50 s"):
        material = load_material(track(stems, mix=lambda: longer), create("classic"))
    assert material.mix.length == stems.length


def test_a_mixture_of_other_channels_is_refused(rng):
    mono = Audio(np.zeros((1, 4000)), RATE)
    with pytest.raises(InputError, match=r"song: the mixture \(8000 Hz, 1 ch\) differs from the"):
        load_material(track(noise(rng, *FOUR), mix=lambda: mono), create("classic"))


def test_estimates_of_four_stems_are_added_up_to_the_accompaniment(rng, tmp_path):
    stems = noise(rng, *FOUR)
    files = {}
    for name, audio in stems.items():
        files[name] = (tmp_path / f"{name}.wav",)
        save(files[name][0], audio)
    two = np.stack([stems.samples[0], stems.samples[1:].sum(axis=0)])
    song = track(Stems(("vocals", "accompaniment"), two, RATE))
    truth, guess = load_material(song, StemFiles("song", files)).compared()
    assert np.allclose(truth.samples, guess.samples, atol=1e-6)
    del files["other"]
    with pytest.raises(InputError, match="song: no estimate of accompaniment"):
        load_material(song, StemFiles("song", files))


def test_a_dataset_is_scored_against_a_folder_of_estimates(make_tree, tmp_path):
    root = make_tree("musdb18hq", tmp_path / "data")
    for song in dataset("musdb18hq", root, subset="test"):
        for name, audio in song.stems().items():
            (tmp_path / "estimates").mkdir(exist_ok=True)
            save(tmp_path / "estimates" / f"{name}.wav", audio)
    tasks = tasks_of(dataset("musdb18hq", root, subset="test"), tmp_path / "estimates")
    tables, (scored,) = score_songs(tasks)
    assert not scored.error
    assert scored.song == "Song - B"
    assert np.all(tables["estimate"].where(metric="sdr_global").value > 100)


def test_results_of_a_dataset_are_found_again_unless_its_options_change(make_tree, tmp_path):
    root = make_tree("moisesdb", tmp_path / "data")
    kept = tmp_path / "kept"
    for stems, files in (("4", 2), ("4", 2), ("6", 4)):
        songs = dataset("moisesdb", root, stems=stems)
        score_songs(tasks_of(songs, create("classic"), metrics=["sdr_global"]), results=kept)
        assert len(list(kept.glob("*.npz"))) == files
