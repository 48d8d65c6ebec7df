"""Frame states from stored levels agree with those from the audio."""

import numpy as np
import pytest

from partita.core import Scores, Stems, UsageError
from partita.evaluate.frame_states import (
    check_same_times,
    counted,
    coverage_table,
    frame_grid,
    states_of,
)
from partita.evaluate.score import score_stems
from partita.metrics import silence

RATE = 1000
LOUD, HUSH, NOTHING = 0.1, 1e-4, 0.0


def row(track, metric, frame, value, target="bass"):
    return (track, target, metric, frame, float(max(frame, 0)), 1.0, value)


def leveled(*pairs, track="t", target="bass"):
    """Rows of levels from (target, estimate) pairs."""
    return [
        row(track, metric, n, level, target)
        for n, pair in enumerate(pairs)
        for metric, level in zip(("target_dbfs", "estimate_dbfs"), pair, strict=True)
    ]


@pytest.fixture
def audio():
    """Every pair of loud, below the threshold, and zero; a shorter frame at the end."""
    levels = [(s, e) for s in (LOUD, HUSH, NOTHING) for e in (LOUD, HUSH, NOTHING)]
    reference = np.repeat([s for s, _ in levels], RATE)[: -RATE // 2]
    estimate = np.repeat([e for _, e in levels], RATE)[: -RATE // 2]
    return reference[np.newaxis], estimate[np.newaxis]


@pytest.mark.parametrize("options", [{}, {"strict": True}, {"threshold_db": -10.0}])
def test_states_are_those_of_the_audio(audio, options):
    stems = [Stems(("bass",), x[np.newaxis], RATE) for x in audio]
    scores = score_stems(*stems, track="t", metrics=["sdr"])
    expected = silence.frame_states(*audio, RATE, **options)
    assert states_of(scores, "t", "bass", **options).tolist() == expected.tolist()


def test_pes_and_eps_are_those_of_the_audio(audio):
    stems = [Stems(("bass",), x[np.newaxis], RATE) for x in audio]
    (one, all_) = coverage_table(score_stems(*stems, track="t", metrics=["sdr"]))
    assert one.pes_db == pytest.approx(silence.pes(*audio, RATE))
    assert one.eps_db == pytest.approx(silence.eps(*audio, RATE))
    assert (one.track, all_.track, one.frames) == ("t", "", 9)
    assert one.shares == silence.coverage(silence.frame_states(*audio, RATE))


def test_all_tracks_pool_their_frames():
    rows = leveled((-20, -20), track="a") + leveled((-20, -20), (-99, -50), (-99, -40), track="b")
    a, b, every = coverage_table(Scores.from_rows(rows))
    assert (a.shares["active"], every.shares["active"]) == (1.0, 0.5)
    assert (every.frames, every.track) == (4, "")
    assert every.pes_db == b.pes_db == pytest.approx(-45.0, abs=1e-4)
    assert np.isnan(a.pes_db)


def test_silence_on_both_sides_is_minus_120():
    (one, _) = coverage_table(Scores.from_rows(leveled((-np.inf, -np.inf))))
    assert (one.pes_db, one.eps_db) == (-120.0, -120.0)


def test_a_frame_at_the_threshold_is_not_silent():
    scores = Scores.from_rows(leveled((-60.0, -60.0), (-60.001, -60.0)))
    assert states_of(scores, "t", "bass").tolist() == ["active", "target silent"]


def test_without_levels_states_are_unknown():
    scores = Scores.from_rows([row("t", "sdr", 0, 5.0)])
    with pytest.raises(UsageError, match="states are unknown"):
        coverage_table(scores)
    with pytest.raises(UsageError, match="t, bass: the frames' states are unknown"):
        states_of(scores, "t", "bass")
    assert counted(scores, "sdr", "bass")[1].tolist() == [[True]]


def test_a_muted_estimate_counts_and_a_silent_target_does_not():
    rows = [row("t", "sdr", n, v) for n, v in enumerate([0.0, -np.inf, np.nan])]
    scores = Scores.from_rows(rows + leveled((-20, -np.inf), (-np.inf, -20), (-20, -20)))
    assert counted(scores, "sdr", "bass")[1].tolist() == [[True, False, False]]


def test_strict_silence_counts_quiet_targets():
    scores = Scores.from_rows([row("t", "sdr", 0, 5.0), *leveled((-70, -20))])
    assert not counted(scores, "sdr", "bass")[1].any()
    assert counted(scores, "sdr", "bass", strict=True)[1].all()


def test_short_tracks_are_filled_up_and_whole_values_are_no_frames():
    rows = [row("a", "sdr", 0, 1.0), row("b", "sdr", 1, 2.0), row("b", "sdr", -1, 9.0)]
    grid = frame_grid(Scores.from_rows(rows), "sdr", "bass", tracks=["b", "c", "a"])
    assert grid.tracks == ("b", "c", "a")
    assert grid.exists.tolist() == [[False, True], [False, False], [True, False]]
    assert np.array_equal(grid.value[:, 1], [2.0, np.nan, np.nan], equal_nan=True)
    assert grid.widened(3).value.shape == grid.widened(3).exists.shape == (3, 3)


def test_a_frame_twice_is_refused():
    with pytest.raises(UsageError, match="in the table twice"):
        frame_grid(Scores.from_rows([row("a", "sdr", 0, 1.0)] * 2), "sdr", "bass")


def test_levels_at_other_times_are_refused():
    rows = [("t", "bass", "sdr", n, n * 0.5, 1.0, 5.0) for n in range(3)]
    scores = Scores.from_rows(rows + leveled(*[(-20, -20)] * 3))
    with pytest.raises(UsageError, match="bass: the levels have frames at other times"):
        counted(scores, "sdr", "bass")
    check_same_times(np.array([0.0, np.nan]), np.array([0.0, 7.0]), "x")


def test_levels_with_other_frames_are_refused():
    rows = leveled((-20, -20), (-20, -20))[:-1]
    with pytest.raises(UsageError, match="have different frames"):
        coverage_table(Scores.from_rows(rows))
