import numpy as np
import pytest

from partita.core import InputError, Stems
from partita.evaluate import score_stems
from partita.metrics import names

RATE = 1000


def stems(*parts, rate=RATE):
    return Stems(("vocals", "drums", "bass")[: len(parts)], np.stack(parts), rate)


def test_every_frame_is_in_the_table(rng):
    x = rng.standard_normal((2, 3500))
    scores = score_stems(stems(x), stems(x * 0.9), track="t", metrics=["sdr"]).where(metric="sdr")
    assert scores.frame.tolist() == [0, 1, 2, 3]
    assert scores.time_s.tolist() == [0, 1, 2, 3]
    assert scores.duration_s.tolist() == [1, 1, 1, 0.5]
    assert np.allclose(scores.value, 20)


def test_levels_are_there_for_every_frame():
    x = np.concatenate([np.full((1, 1000), 0.1), np.zeros((1, 1000))], axis=1)
    scores = score_stems(stems(x), stems(x[:, ::-1]), track="t", metrics=[])
    assert scores.where(metric="target_dbfs").value.tolist() == pytest.approx([-20, -np.inf])
    assert scores.where(metric="estimate_dbfs").value.tolist() == pytest.approx([-np.inf, -20])


def test_bss_eval_solved_once_is_bss_eval_asked_one_by_one(rng):
    truth = stems(*rng.standard_normal((2, 1, 2500)))
    guess = Stems(truth.names, truth.samples[::-1] * 0.3 + truth.samples, RATE)
    wanted = ["sdr", "isr", "sir", "sar"]
    together = score_stems(truth, guess, track="t", metrics=wanted)
    for metric in wanted:
        alone = score_stems(truth, guess, track="t", metrics=[metric]).where(metric=metric)
        assert np.allclose(together.where(metric=metric).value, alone.value, atol=1e-6)


@pytest.mark.parametrize("metric", [n for n in names() if n != "stoi"])
def test_every_metric_finds_its_way_into_the_table(rng, metric):
    truth = stems(*rng.uniform(-0.1, 0.1, (2, 2, 24_000)), rate=8000)
    guess = Stems(truth.names, truth.samples * 0.8, truth.rate)
    scores = score_stems(truth, guess, track="t", metrics=[metric]).where(metric=metric)
    assert set(scores.target) == {"vocals", "drums"}
    assert len(scores) in (2, 6)


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
