import numpy as np
import pytest

from partita.core import Audio, InputError, PartitaWarning, Scores, Stems
from partita.evaluate import evaluate_folders, find_songs, score_stems, summarise
from partita.io import save

RATE = 1000


def stems(*parts):
    return Stems(("vocals", "drums")[: len(parts)], np.stack(parts), RATE)


def test_every_frame_is_in_the_table(rng):
    x = rng.standard_normal((2, 3500))
    scores = score_stems(stems(x), stems(x * 0.9), track="t", metrics=["sdr"])
    assert scores.frame.tolist() == [0, 1, 2, 3]
    assert scores.time_s.tolist() == [0, 1, 2, 3]
    assert scores.duration_s.tolist() == [1, 1, 1, 0.5]
    assert np.allclose(scores.value, 20)


def test_silent_frames_are_counted_and_not_averaged(rng):
    truth = rng.standard_normal((1, 4000))
    truth[:, :2000] = 0
    guess = 0.9 * truth
    guess[:, :1000] = 0.1
    (row,) = summarise(score_stems(stems(truth), stems(guess), track="t"))
    assert (row.frames, row.scored) == (4, 2)
    assert row.values["sdr"] == pytest.approx(20)


def test_a_perfect_frame_counts_as_the_best():
    values = [("t", "v", "sdr", n, n, 1.0, v) for n, v in enumerate([1.0, np.inf, np.inf])]
    (row,) = summarise(Scores.from_rows(values))
    assert row.values["sdr"] == np.inf


def test_a_wholly_silent_stem_has_no_score_and_no_error():
    silent = np.zeros((1, 2000))
    (row,) = summarise(score_stems(stems(silent), stems(silent + 0.1), track="t"))
    assert np.isnan(row.values["sdr"])
    assert (row.frames, row.scored) == (2, 0)


def test_over_tracks_the_median_is_taken():
    rows = [(f"t{n}", "v", "sdr_global", -1, 0, 1, v) for n, v in enumerate([1.0, 9.0, 4.0])]
    assert summarise(Scores.from_rows(rows))[-1].values == {"sdr_global": 4.0}


@pytest.mark.parametrize(
    ("other", "match"),
    [
        (Stems(("vocals",), np.zeros((1, 1, 99)), RATE), "length is 100, the estimate's 99"),
        (Stems(("vocals",), np.zeros((1, 2, 100)), RATE), "channels is 1"),
        (Stems(("vocals",), np.zeros((1, 1, 100)), 8000), "rate is 1000"),
        (Stems(("piano",), np.zeros((1, 1, 100)), RATE), "no stem in common"),
    ],
)
def test_what_does_not_fit_is_refused(other, match):
    with pytest.raises(InputError, match=match):
        score_stems(stems(np.zeros((1, 100))), other, track="t")


def test_one_song_is_paired_whatever_the_folders_are_called(tmp_path, rng):
    for folder in ("truth", "guess"):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "vocals.wav", Audio(rng.standard_normal((1, 900)), RATE))
    scores, errors = evaluate_folders(tmp_path / "truth", tmp_path / "guess")
    assert not errors
    assert set(scores.track) == {"truth"}


def test_other_lengths_are_scored_on_the_common_part_with_a_warning(tmp_path):
    for folder, length in (("truth", 1000), ("guess", 990)):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "vocals.wav", Audio(np.full((1, length), 0.5), RATE))
    with pytest.warns(PartitaWarning, match="1000 samples, the estimate 990"):
        scores, _ = evaluate_folders(tmp_path / "truth", tmp_path / "guess")
    assert scores.where(metric="sdr_global").value.tolist() == [np.inf]


def test_a_song_without_estimate_is_an_error_and_the_others_are_scored(tmp_path):
    for song in ("a", "b"):
        (tmp_path / "truth" / song).mkdir(parents=True)
        save(tmp_path / "truth" / song / "bass.wav", Audio(np.full((1, 10), 0.5), RATE))
    for song in ("b", "c"):
        (tmp_path / "guess" / song).mkdir(parents=True)
        save(tmp_path / "guess" / song / "bass.wav", Audio(np.full((1, 10), 0.4), RATE))
    scores, errors = evaluate_folders(tmp_path / "truth", tmp_path / "guess")
    assert set(scores.track) == {"b"}
    assert [str(e).split(":")[0] for e in errors] == ["a"]


def test_a_folder_without_audio_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no stems"):
        find_songs(tmp_path)
    with pytest.raises(InputError, match="is not a folder"):
        find_songs(tmp_path / "missing")


def test_the_mixture_is_not_a_stem(tmp_path):
    for name in ("mixture", "Vocals"):
        save(tmp_path / f"{name}.wav", Audio(np.zeros((1, 10)), RATE))
    assert list(find_songs(tmp_path)[tmp_path.name]) == ["vocals"]
