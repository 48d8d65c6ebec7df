import numpy as np
import pytest

from partita.core import Stems
from partita.evaluate import preflight
from partita.metrics.sdr import sdr_global
from partita.signal import resample

RATE = 8000
NAMES = ("vocals", "drums")


@pytest.fixture
def truth(rng):
    """Two different stereo stems: smooth noise with a rhythm, silent at both ends."""
    x = rng.standard_normal((2, 2, 6 * RATE + 40))
    smooth = sum(x[..., k : k + 6 * RATE] for k in range(5)) * 0.1
    smooth[1] *= np.sin(np.arange(6 * RATE) * 0.0007) > 0
    smooth[..., :2100] = smooth[..., -2100:] = 0
    return smooth


@pytest.fixture
def guess(truth, rng):
    """Fair estimates: what one has too much the other has too little, so that they add up."""
    wrong = 0.1 * np.std(truth) * rng.standard_normal(truth[0].shape) * (truth[0] != 0)
    return truth + np.stack([wrong, -wrong])


def findings(truth, guess, rate=RATE):
    return preflight(Stems(NAMES, truth, RATE), Stems(NAMES, guess, rate))


def kinds(found):
    return {(f.kind, f.stems) for f in found}


def test_a_fair_estimate_has_no_findings(truth, guess):
    assert findings(truth, guess) == []


@pytest.mark.parametrize("lag", [1, 37, 2000, -5])
def test_a_delay_is_found_to_the_sample(truth, guess, lag):
    late = guess.copy()
    late[0] = np.roll(guess[0], lag, axis=-1)
    (found,) = [f for f in findings(truth, late) if f.kind == "delay"]
    assert found.stems == ("vocals",)
    assert f"{abs(lag)} samples" in found.detail
    assert ("late" if lag > 0 else "early") in found.detail
    gain = sdr_global(truth[0], guess[0]) - sdr_global(truth[0], late[0])
    assert found.cost_db == pytest.approx(gain, abs=0.3)  # the ends are cut off


def test_a_gain_is_found_with_its_cost(truth, guess):
    loud = guess.copy()
    loud[1] = 2 * guess[1]
    found = [f for f in findings(truth, loud) if f.kind == "gain"]
    assert [f.stems for f in found] == [("drums",)]
    assert "too loud" in found[0].detail
    best = np.sum(truth[1] * loud[1]) / np.sum(loud[1] ** 2)
    cost = sdr_global(truth[1], best * loud[1]) - sdr_global(truth[1], loud[1])
    assert found[0].cost_db == pytest.approx(cost)


def test_polarity_is_told_from_gain(truth, guess):
    found = findings(truth, guess * np.array([-1, 1])[:, None, None])
    assert ("polarity", ("vocals",)) in kinds(found)
    assert ("gain", ("vocals",)) not in kinds(found)


def test_swapped_channels_are_found(truth, guess):
    assert ("channels", ("vocals",)) in kinds(findings(truth, guess[:, ::-1]))


def test_swapped_stems_are_found(truth, guess):
    found = [f for f in findings(truth, guess[::-1]) if f.kind == "stems"]
    assert {f.stems for f in found} == {("vocals",), ("drums",)}
    assert "called drums" in found[0].detail


def test_another_rate_cannot_be_scored(truth, guess):
    found = findings(truth, resample(guess, RATE, 11025), rate=11025)
    assert found[0].kind == "rate"
    assert np.isnan(found[0].cost_db)
    assert "8000 Hz, the estimate 11025 Hz" in found[0].detail
    assert all(f.stems == NAMES for f in found)


def test_clipping_is_found_with_its_cost(truth, guess):
    scale = 2 / np.abs(truth).max()
    clipped = np.clip(guess * scale, -1, 1)
    found = [f for f in findings(truth * scale, clipped) if f.kind == "clipping"]
    assert found
    assert all(f.cost_db > 0.1 for f in found)


def test_stems_that_leave_something_are_found(truth, guess, rng):
    lossy = guess - 0.2 * rng.standard_normal(truth[0].shape)
    (found,) = [f for f in findings(truth, lossy) if f.kind == "sum"]
    assert found.stems == NAMES
    gain = [
        sdr_global(t, g) - sdr_global(t, p) for t, g, p in zip(truth, guess, lossy, strict=True)
    ]
    assert found.cost_db == pytest.approx(np.mean(gain), abs=0.01)


def test_silent_stems_are_passed_over(truth, guess):
    truth[1], guess[1] = 0, 0
    assert not [f for f in findings(truth, guess) if "drums" in f.stems and f.kind != "sum"]


def test_one_sample_is_no_trouble():
    one = np.full((2, 1, 1), 0.5)
    assert findings(one, one) == []
