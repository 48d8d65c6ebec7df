"""A bank at another sample rate: what a network for the low end may learn from."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from partita.core.errors import UsageError
from partita.core.names import printable
from partita.signal.resample import resample
from partita.training.bank import shards
from partita.training.bank.sound import RATE


def resample_bank(bank: Path, output: Path, *, rate: int, jobs: int = 1) -> list[shards.Item]:
    """Write the items of a bank at another rate; those that are there already stay.

    Parameters
    ----------
    bank : a folder with items. output : another folder. rate : Hz. jobs : processes.

    Raises
    ------
    UsageError : the two are one folder, there is no item, `output` has another rate, or no rate or
        jobs.
    InputError : an index that says no rate.
    """
    if rate < 1 or jobs < 1:
        raise UsageError(f"resampling needs a rate ≥ 1 Hz and jobs ≥ 1, got {rate} and {jobs}")
    if output.resolve() == bank.resolve():
        raise UsageError("a bank cannot be resampled onto itself: give another folder")
    listed = list(shards.items(bank))
    if not listed:
        raise UsageError(f"{printable(bank)} holds no items")
    if (found := shards.read_rate(output)) not in (None, rate):
        raise UsageError(f"{printable(output)} is at {found} Hz already, not at {rate} Hz")
    output.mkdir(parents=True, exist_ok=True)
    shards.write_index(output, rate=rate)  # whoever is interrupted finds the rate again
    missing = [item for item in listed if not shards.exists(output, item.id)]
    work = partial(_resample_item, bank, output, (shards.read_rate(bank) or RATE, rate))
    if jobs == 1:
        for item in missing:
            work(item)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(work, missing, chunksize=4))
    return shards.write_index(output, rate=rate)


def _resample_item(bank: Path, output: Path, rates: tuple[int, int], item: shards.Item) -> None:
    samples = resample(shards.read_stems(bank, item), *rates).astype(np.float32)
    shards.write_again(output, item, samples, rate=rates[1])
