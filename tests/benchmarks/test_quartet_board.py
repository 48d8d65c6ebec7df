"""What the board of the quartet compares is what it says."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def board(monkeypatch):
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    yield importlib.import_module("quartet")
    for name in ("quartet", "classic"):
        if name not in before:
            sys.modules.pop(name, None)


@pytest.mark.parametrize("length", [2, 3, 7])
def test_a_voice_is_repeated_with_its_channels_together(board, length):
    voice = np.array([[1.0, 2.0, 3.0], [-1.0, -2.0, -3.0]])
    found = board.repeated(voice, length)
    assert found.shape == (2, length)
    np.testing.assert_array_equal(found[0], np.resize([1.0, 2.0, 3.0], length))
    np.testing.assert_array_equal(found[1], -found[0])
