from dataclasses import replace

import numpy as np
import pytest

from partita.core.errors import InputError
from partita.core.scores import Scores
from partita.evaluate import Scored, write_systems
from partita.evaluate.museval_json import write_museval
from partita.evaluate.results import keep, write_list
from partita.report import Result, read_result, result_of, with_sound
from partita.report.result import readable


def songs_of(result):
    """The songs that a result came from."""
    return [
        Scored(
            song,
            {"estimate": result.scores.where(track=song)},
            evidence=evidence,
        )
        for song, evidence in result.evidence.items()
    ]


def test_a_table_is_read_with_its_baselines(tmp_path, result):
    path = tmp_path / "mine.csv"
    write_systems(path, {"estimate": result.scores, **result.baselines})
    found = read_result(path)
    assert found.name == "mine"
    assert set(found.baselines) == {"mixture"}
    assert np.array_equal(found.scores.value, result.scores.value, equal_nan=True)


def test_a_folder_of_results_is_read_with_its_sound(tmp_path, result):
    kept = [keep(tmp_path / f"{n}.npz", song) for n, song in enumerate(songs_of(result))]
    kept.append(Scored("third", error="third: no estimate of drums"))
    write_list(tmp_path, "mine", kept)
    found = read_result(tmp_path)
    assert found.name == "mine"
    assert set(found.evidence) == set(result.evidence)
    assert found.errors == ("third: no estimate of drums",)


def test_the_last_run_counts_not_all_that_lies_there(tmp_path, result):
    kept = [keep(tmp_path / f"{n}.npz", song) for n, song in enumerate(songs_of(result))]
    write_list(tmp_path, "mine", kept[:1])
    assert set(read_result(tmp_path).scores.track) == {kept[0].song}


def test_museval_s_folder_is_read(tmp_path):
    rows = [("song", "vocals", "sdr", n, float(n), 1.0, 3.0) for n in range(3)]
    write_museval(tmp_path / "theirs", Scores.from_rows(rows))
    assert read_result(tmp_path / "theirs").name == "theirs"


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_result(tmp_path / "nowhere")
    (tmp_path / "evaluation.json").write_text('{"name": "x", "songs": [{"song": "a"}]}')
    with pytest.raises(InputError, match="cannot be used"):
        read_result(tmp_path)


def test_a_list_that_points_elsewhere_is_refused(tmp_path):
    (tmp_path / "evaluation.json").write_text(
        '{"name": "x", "songs": [{"song": "a", "file": "../b.npz", "error": ""}]}'
    )
    with pytest.raises(InputError, match="outside its folder"):
        read_result(tmp_path)


def test_sound_is_put_beside_a_table_of_the_same_estimates(result):
    table = Result("mine", result.scores)
    assert set(with_sound(table, songs_of(result)).evidence) == set(result.evidence)


def test_sound_of_other_estimates_is_refused(result):
    louder = replace(
        result.scores,
        value=np.where(
            result.scores.metric == "estimate_dbfs", result.scores.value + 1, result.scores.value
        ),
    )
    with pytest.raises(InputError, match="other sound than was scored"):
        with_sound(Result("mine", louder), songs_of(result))


def test_nothing_scored_is_no_result():
    with pytest.raises(InputError, match="nothing was scored"):
        result_of("mine", [Scored("a", error="broken")])


def test_names_are_made_printable():
    rows = [("a\nb\udcff", "vo\tcals", "sdr", -1, 0.0, 1.0, 1.0)]
    (found,) = readable([Result("new\nline", Scores.from_rows(rows))])
    assert found.name == "new\\nline"
    assert found.scores.track.tolist() == ["a\\nb\\udcff"]
    assert found.scores.target.tolist() == ["vo\\tcals"]
