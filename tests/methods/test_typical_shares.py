"""Facts about the table of what sounds where."""

from __future__ import annotations

import numpy as np

from partita.methods.typical_shares import OCTAVES_HZ, SHARES, typical_shares


def test_at_an_octave_of_the_table_it_is_the_table() -> None:
    for stem, row in SHARES.items():
        np.testing.assert_allclose(typical_shares(np.array(OCTAVES_HZ), stem), row, atol=1e-6)


def test_beyond_its_ends_it_is_constant() -> None:
    ends = typical_shares(np.array([0.0, 30.0, 14000.0, 96000.0]), "drums")
    assert ends[0] == ends[1]
    assert ends[2] == ends[3]


def test_between_two_octaves_it_lies_between() -> None:
    low, between, high = typical_shares(np.array([500.0, 700.0, 1000.0]), "drums")
    assert low < between < high


def test_every_frequency_belongs_to_something() -> None:
    frequency_hz = np.linspace(0, 96000, 5000)
    assert np.all(sum(typical_shares(frequency_hz, stem) for stem in SHARES) > 0.5)


def test_no_voice_below_a_bass_and_no_bass_above_a_cymbal() -> None:
    assert typical_shares(np.array([30.0]), "vocals") == 0
    assert typical_shares(np.array([10000.0]), "bass") == 0
