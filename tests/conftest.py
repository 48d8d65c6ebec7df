"""What all tests share: seeded noise, and where the real recordings lie."""

from __future__ import annotations

import os
import runpy
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from partita.core import Audio

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background jobs ignore interrupts, and so would the commands that tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def noise(rng) -> Audio:
    """1.5 s of stereo noise at 16 kHz, peaks well below full scale."""
    return Audio(rng.uniform(-0.5, 0.5, (2, 24_000)).astype(np.float32), 16_000)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings; tests that need it are skipped without it."""
    folder = os.environ.get("PARTITA_DATA")
    if not folder:
        pytest.skip("PARTITA_DATA is not set: no real recordings here")
    if not Path(folder).is_dir():
        pytest.fail(f"PARTITA_DATA is {folder}, which is no folder")
    return Path(folder)


@pytest.fixture(scope="session")
def trees() -> dict[str, object]:
    """What `tests/datasets/trees.py` holds: writers of miniature datasets."""
    return runpy.run_path(str(Path(__file__).parent / "datasets" / "trees.py"))


@pytest.fixture(scope="session")
def make_tree(trees) -> Callable[[str, Path], Path]:
    """(name, folder) -> the root of a miniature of that dataset, written there."""
    return trees["make_tree"]
