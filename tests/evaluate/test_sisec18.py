"""The built-in leaderboard: the campaign's figures, and that they follow from its frames."""

import sys
from pathlib import Path

import numpy as np
import pytest

from partita.core import InputError, MissingExtra, UsageError
from partita.evaluate import sisec18
from partita.evaluate.aggregate import aggregate, rank_stability
from partita.evaluate.compare import compare
from partita.evaluate.drop_curve import drop_by_score

FRAMES = [  # system, track, target, time, then one value for all four metrics
    ("A", "song", "vocals", 0.0, 1.0),
    ("A", "song", "vocals", 1.0, np.nan),
    ("A", "song", "bass", 0.0, 5.0),
    ("B", "song", "vocals", 0.0, 2.0),
    ("B", "song", "vocals", 1.0, 3.0),
]


@pytest.fixture
def parquet(tmp_path):
    """A small table of the campaign's layout."""
    arrow = pytest.importorskip("pyarrow", reason="parquet needs pyarrow")
    from pyarrow import parquet

    system, track, target, time_s, value = zip(*FRAMES, strict=True)
    value = arrow.array(np.array(value, dtype=np.float32), from_pandas=False)
    columns = {
        "system": arrow.array(system).dictionary_encode(),
        "track": arrow.array(track),
        "target": arrow.array(target).dictionary_encode(),
        "time": arrow.array(np.array(time_s, dtype=np.float32)),
        "duration": arrow.array(np.ones(len(FRAMES), dtype=np.float32)),
        **dict.fromkeys(("SDR", "ISR", "SIR", "SAR"), value),
    }
    parquet.write_table(arrow.table(columns), tmp_path / "frames.parquet")
    return tmp_path / "frames.parquet"


@pytest.fixture(scope="session")
def vocals(recordings):
    """Every vocal frame of the campaign."""
    path = recordings / "sisec18.parquet"
    if not path.is_file():
        pytest.skip("sisec18.parquet is not there")
    return sisec18.read_sisec18_frames(path, targets=["vocals"])


def test_there_are_31_systems_and_50_tracks():
    systems = sisec18.load_sisec18()
    assert len(systems) == 31
    for scores in systems.values():
        assert len(set(scores.track.tolist())) == 50
        assert set(scores.metric.tolist()) == {"sdr", "isr", "sir", "sar"}
        assert set(scores.target.tolist()) <= set(sisec18.TARGETS)
        assert (scores.frame == -1).all()
        assert np.isfinite(scores.value).all()
        assert 12435 <= scores.where(metric="sdr", target="vocals").duration_s.sum() <= 12439


def test_tak2_is_at_7_16_by_medians_and_4_06_by_means():
    tak2 = sisec18.sisec18_leaderboard().values["TAK2"]
    assert tak2["median/median"] == pytest.approx(7.16, abs=0.005)
    assert tak2["mean/mean"] == pytest.approx(4.06, abs=0.005)
    medians, means = (sisec18.load_sisec18(by=by)["TAK2"] for by in ("median", "mean"))
    assert aggregate(medians, "sdr", "vocals")["median"].value == tak2["median/median"]
    assert aggregate(means, "sdr", "vocals")["mean"].value == tak2["mean/mean"]


def test_systems_stand_on_different_frames():
    missing = {
        target: [1 - d / n for d, n in sisec18.sisec18_frames("sdr", target).values()]
        for target in ("vocals", "drums")
    }
    assert min(missing["vocals"]) == pytest.approx(0.225, abs=0.0005)
    assert max(missing["vocals"]) == pytest.approx(0.320, abs=0.0005)
    assert min(missing["drums"]) == pytest.approx(0.315, abs=0.001)
    assert max(missing["drums"]) == pytest.approx(0.358, abs=0.0005)


def test_the_leaderboard_is_in_order_and_moves():
    board = sisec18.sisec18_leaderboard()
    assert list(board.ranks)[:3] == ["IRM2", "MWF", "IRM1"]
    assert [each["median/median"] for each in board.ranks.values()] == list(range(1, 32))
    assert board.largest_move == ("WK", 6)
    assert len(sisec18.sisec18_leaderboard("sir", "drums").ranks) == 21


def test_uhl3_wins_two_thirds_of_the_tracks_and_is_ranked_below_tak1():
    systems = sisec18.load_sisec18()
    pair = {name: systems[name] for name in ("TAK1", "UHL3")}
    (found,) = compare(pair, targets=["vocals"])
    assert found.first_score - found.second_score == pytest.approx(0.09, abs=0.005)
    assert (found.losses, found.tracks) == (33, 50)
    assert found.p == pytest.approx(0.0056, abs=0.0005)
    assert not found.same_frames


@pytest.mark.parametrize(("metric", "target"), [("sdr", "piano"), ("si_sdr", "vocals")])
def test_what_the_campaign_did_not_measure_is_refused(metric, target):
    for function in (sisec18.sisec18_frames, sisec18.sisec18_leaderboard):
        with pytest.raises(UsageError, match=f"not {metric} of {target}"):
            function(metric, target)


def test_the_table_is_small_and_the_same_bytes_each_time(parquet, tmp_path, monkeypatch):
    root = Path(__file__).resolve().parents[2]
    assert (root / "src/partita/evaluate" / sisec18.DATA).stat().st_size < 400_000
    monkeypatch.syspath_prepend(str(root / "tools"))
    import sisec18_table

    rows = sisec18_table.table(parquet)
    assert rows[0] == ["A", "song", "bass", "1"] + ["1", "5.000", "5.000"] * 4
    assert rows[1] == ["A", "song", "vocals", "2"] + ["1", "1.000", "1.000"] * 4
    assert rows[2] == ["B", "song", "vocals", "2"] + ["2", "2.500", "2.500"] * 4
    paths = [tmp_path / f"{n}/t.csv.gz" for n in (1, 2)]
    for path in paths:
        sisec18_table.write(path, rows)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_frames_are_read_with_what_is_undefined(parquet):
    systems = sisec18.read_sisec18_frames(parquet, metrics=["sdr", "sar"])
    assert list(systems) == ["A", "B"]
    sar = systems["A"].where(metric="sar", target="vocals")
    assert np.array_equal(sar.value, [1.0, np.nan], equal_nan=True)
    assert (sar.frame.tolist(), sar.time_s.tolist()) == ([0, 1], [0.0, 1.0])
    assert len(systems["A"]) == 6
    only = sisec18.read_sisec18_frames(parquet, targets=["bass"], systems=["A"])
    assert (list(only), only["A"].value.tolist()) == (["A"], [5.0])


def test_other_files_are_refused(tmp_path, parquet):
    (tmp_path / "text.parquet").write_text("not parquet")
    for name in ("text.parquet", "nothing.parquet"):
        with pytest.raises(InputError, match=f"{name} is no table of SiSEC's frames"):
            sisec18.read_sisec18_frames(tmp_path / name)
    with pytest.raises(UsageError, match="not si_sdr"):
        sisec18.read_sisec18_frames(parquet, metrics=["si_sdr"])


def test_other_columns_are_refused(tmp_path):
    arrow = pytest.importorskip("pyarrow", reason="parquet needs pyarrow")
    from pyarrow import parquet

    parquet.write_table(arrow.table({"system": ["A"]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=r"x\.parquet is no table of SiSEC's frames"):
        sisec18.read_sisec18_frames(tmp_path / "x.parquet")


def test_without_pyarrow_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"partita\[eval\]"):
        sisec18.read_sisec18_frames(Path("frames.parquet"))


def test_the_built_in_table_follows_from_the_frames(vocals):
    medians = sisec18.load_sisec18()
    for name in ("TAK1", "REP2", "IRM2"):
        found = aggregate(vocals[name], "sdr", "vocals")
        built_in = aggregate(medians[name], "sdr", "vocals")
        assert found["median/median"].value == pytest.approx(built_in["median"].value, abs=6e-4)
        assert found["mean/mean"].frames == sisec18.sisec18_frames()[name][0]
    board = rank_stability(vocals, "sdr", "vocals")
    assert board.largest_move == ("WK", 6)


def test_leaving_out_the_worst_tenth_gains_two_decibels(vocals):
    medians, means = drop_by_score(vocals["TAK2"], "sdr", "vocals", shares=[0, 0.1]).gain
    assert medians[1] == pytest.approx(0.47, abs=0.005)
    assert means[1] == pytest.approx(2.13, abs=0.005)


def test_on_the_same_frames_the_ranking_turns(vocals):
    (found,) = compare({name: vocals[name] for name in ("TAK1", "UHL3")})
    assert found.same_frames
    assert found.first_score < found.second_score
    assert found.frames == 9517
