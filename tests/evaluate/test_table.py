import json

import numpy as np
import pytest

from partita.core import InputError, Scores, UsageError
from partita.core.scores import COLUMNS
from partita.evaluate import read_scores, read_systems, write_systems
from partita.evaluate.museval_json import read_museval, write_museval

ROWS = [
    ('a, "b"\nc', "vocals", "sdr", 0, 0.0, 1.0, 1 / 3),
    ("Ж", "vocals", "sdr", 1, 1.0, 0.5, np.nan),
    ("Ж", "drums", "sdr", 0, 0.0, 1.0, -np.inf),
    ("Ж", "drums", "si_sdr", -1, 0.0, 1.5, np.inf),
]
SYSTEMS = {"estimate": Scores.from_rows(ROWS), "mixture": Scores.from_rows(ROWS[:2])}


def assert_same(first, second):
    for column in COLUMNS:
        a, b = getattr(first, column), getattr(second, column)
        assert np.array_equal(a, b, equal_nan=column == "value"), column


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_what_is_written_is_read_again(tmp_path, ending):
    if ending == ".parquet":
        pytest.importorskip("pyarrow")
    path = tmp_path / f"scores{ending}"
    write_systems(path, SYSTEMS)
    systems = read_systems(path)
    assert list(systems) == ["estimate", "mixture"]
    for name, scores in SYSTEMS.items():
        assert_same(systems[name], scores)
    assert_same(read_scores(path), SYSTEMS["estimate"])
    assert_same(read_scores(path, system="mixture"), SYSTEMS["mixture"])


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_no_rows_are_a_table_too(tmp_path, ending):
    write_systems(tmp_path / f"s{ending}", {"estimate": Scores.from_rows([])})
    assert read_systems(tmp_path / f"s{ending}") == {}


def test_museval_files_are_read_as_museval_writes_them(tmp_path):
    frames = [
        {"time": 0.0, "duration": 1.0, "metrics": {"SDR": 5.12345, "ISR": 9.0, "SIR": 1, "SAR": 2}},
        {"time": 1.0, "duration": 1.0, "metrics": {"SDR": float("nan")}},
    ]
    content = {"targets": [{"name": "vocals", "frames": frames}]}
    (tmp_path / "My Song.json").write_text(json.dumps(content))
    scores = read_scores(tmp_path / "My Song.json")
    assert set(scores.track) == {"My Song"}
    sdr = scores.where(metric="sdr")
    assert sdr.value[0] == 5.12345
    assert np.isnan(sdr.value[1])
    assert sdr.time_s.tolist() == [0, 1]


def test_museval_files_are_written_with_five_digits_and_nan(tmp_path):
    (first,) = write_museval(tmp_path, SYSTEMS["estimate"].where(track="Ж"))
    targets = {t["name"]: t["frames"] for t in json.loads(first.read_text())["targets"]}
    assert np.isnan(targets["drums"][0]["metrics"]["SDR"])
    back = read_museval(tmp_path)
    assert set(back.metric) == {"sdr"}


def test_a_museval_round_trip_keeps_five_digits(tmp_path):
    rows = [("t", "v", m, n, n, 1.0, 1.23456789 * n) for m in ("sdr", "sar") for n in range(3)]
    scores = Scores.from_rows(rows)
    write_museval(tmp_path, scores)
    back = read_museval(tmp_path)
    for metric in ("sdr", "sar"):
        kept = back.where(metric=metric).value
        assert np.allclose(kept, scores.where(metric=metric).value, atol=5e-6)


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.csv", "", "empty"),
        ("a.csv", "x,y\n1,2\n", "no column system"),
        (
            "a.csv",
            "system,track,target,metric,frame,time_s,duration_s,value\na\n",
            "no column track",
        ),
        ("a.parquet", "not parquet", "no table of scores"),
        ("a.json", "{}", "not museval's JSON"),
        ("a.json", "[1", "not museval's JSON"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, name, content, match):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=match):
        read_scores(tmp_path / name)


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(UsageError, match="not 'a.xls'"):
        write_systems(tmp_path / "a.xls", SYSTEMS)
    with pytest.raises(UsageError, match="not 'a.xls'"):
        read_scores(tmp_path / "a.xls")
    with pytest.raises(InputError, match="is not a file"):
        read_scores(tmp_path / "missing.csv")


def test_an_unknown_system_is_refused(tmp_path):
    write_systems(tmp_path / "a.csv", SYSTEMS)
    with pytest.raises(InputError, match="no system 'oracle'; it has estimate, mixture"):
        read_scores(tmp_path / "a.csv", system="oracle")
