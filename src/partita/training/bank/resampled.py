"""A bank at another sample rate: what a network for the low end learns from."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from partita.core.errors import UsageError
from partita.core.names import printable
from partita.signal.resample import resample
from partita.training.bank.shards import (
    INDEX,
    Item,
    exists,
    items,
    read_stems,
    write_index,
    write_item,
)
from partita.training.bank.sound import RATE


def resample_bank(bank: Path, output: Path, *, rate: int, jobs: int = 1) -> list[Item]:
    """Write the items of a bank at another rate; those that are there already stay.

    Parameters
    ----------
    bank : a folder with items at 44.1 kHz. output : another folder. rate : Hz. jobs : processes.

    Raises
    ------
    UsageError : the two are one folder, there is no item, or `output` has another rate.
    """
    if output.resolve() == bank.resolve():
        raise UsageError("a bank cannot be resampled onto itself: give another folder")
    listed = list(items(bank))
    if not listed:
        raise UsageError(f"{printable(bank)} holds no items")
    index = output / INDEX
    if index.exists() and (found := json.loads(index.read_text())["rate"]) != rate:
        raise UsageError(f"{printable(output)} is at {found} Hz already, not at {rate} Hz")
    missing = [item for item in listed if not exists(output, item.id)]
    work = partial(_resample_item, bank, output, rate)
    if jobs > 1:
        with ProcessPoolExecutor(jobs) as pool:
            list(pool.map(work, missing, chunksize=4))
    else:
        for item in missing:
            work(item)
    return write_index(output, rate=rate)


def _resample_item(bank: Path, output: Path, rate: int, item: Item) -> None:
    write_item(
        output,
        item.id,
        resample(read_stems(bank, item), RATE, rate).astype("float32"),
        kind=item.kind,
        stems=item.stems,
        split=item.split,
        sources=item.sources,
        seed=item.seed,
        detail=item.detail,
        rate=rate,
    )
