"""A bank at another rate is the same bank."""

from __future__ import annotations

import json

import numpy as np
import pytest

from partita.core import InputError, UsageError
from partita.training.bank import shards
from partita.training.bank.__main__ import main
from partita.training.bank.resampled import resample_bank
from partita.training.bank.sound import RATE

FACTS = {"kind": "singing", "stems": ("vocals",), "sources": ("procedural",), "seed": 3}


@pytest.fixture
def bank(tmp_path):
    """A tone of 200 Hz to train on, one of 300 Hz held out."""
    time = np.arange(RATE) / RATE
    for number, (split, f_hz) in enumerate((("train", 200), ("valid", 300))):
        tone = 0.3 * np.sin(2 * np.pi * f_hz * time).astype(np.float32)
        samples = np.tile(tone, (1, 2, 1))
        shards.write_item(tmp_path / "bank", f"singing/{number}", samples, split=split, **FACTS)
    shards.write_index(tmp_path / "bank")
    return tmp_path / "bank"


def test_items_keep_their_sound_and_what_is_said_of_them(bank, tmp_path, capsys):
    low = tmp_path / "low"
    assert main(["resample", str(bank), "-o", str(low), "--rate", "4410"]) == 0
    assert capsys.readouterr().out == "2 items at 4410 Hz\n"
    assert json.loads((low / "bank.json").read_text())["rate"] == 4410
    for before, after, f_hz in zip(shards.items(bank), shards.items(low), (200, 300), strict=True):
        assert (before.split, before.seed, before.seconds) == (after.split, after.seed, 1.0)
        found = shards.read_stems(low, after)
        expected = 0.3 * np.sin(2 * np.pi * f_hz * np.arange(4410) / 4410)
        assert found.shape == (1, 2, 4410)
        assert np.allclose(found[0, :, 500:-500], expected[500:-500], atol=1e-4)


def test_what_is_there_stays(bank, tmp_path):
    low = tmp_path / "low"
    resample_bank(bank, low, rate=4410)
    stamp = (low / "singing/0.npy").stat().st_mtime_ns
    (low / "singing/1.json").unlink()
    resample_bank(bank, low, rate=4410, jobs=2)
    assert (low / "singing/0.npy").stat().st_mtime_ns == stamp
    assert (low / "singing/1.json").exists()


def test_a_bank_is_not_overwritten_nor_mixed(bank, tmp_path):
    with pytest.raises(UsageError, match="onto itself"):
        resample_bank(bank, bank, rate=4410)
    with pytest.raises(UsageError, match="no items"):
        resample_bank(tmp_path / "nowhere", tmp_path / "low", rate=4410)
    resample_bank(bank, tmp_path / "low", rate=4410)
    with pytest.raises(UsageError, match="at 4410 Hz already, not at 8820 Hz"):
        resample_bank(bank, tmp_path / "low", rate=8820)


def test_the_rate_of_a_bank_is_what_its_index_says(bank, tmp_path):
    """What was resampled is resampled from there, and an index without a rate is refused."""
    resample_bank(bank, tmp_path / "half", rate=22050)
    resample_bank(tmp_path / "half", tmp_path / "low", rate=4410)
    (item, _) = shards.items(tmp_path / "low")
    assert shards.read_stems(tmp_path / "low", item).shape == (1, 2, 4410)
    (tmp_path / "half/bank.json").write_text("{}")
    with pytest.raises(InputError, match="says no sample rate"):
        resample_bank(tmp_path / "half", tmp_path / "other", rate=4410)


@pytest.mark.parametrize(("rate", "jobs"), [(0, 1), (4410, 0)])
def test_no_rate_and_no_jobs_are_refused(bank, tmp_path, rate, jobs):
    with pytest.raises(UsageError, match="rate ≥ 1 Hz and jobs ≥ 1"):
        resample_bank(bank, tmp_path / "low", rate=rate, jobs=jobs)
