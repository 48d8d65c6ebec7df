import numpy as np
import pytest

import partita
from partita.core import Audio
from partita.engines import create

RATE = 16000


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def dark_and_bright():
    """A bass line and noise bursts that come and go for themselves."""
    rng = np.random.default_rng(0)
    t = np.arange(12 * RATE) / RATE
    pitches = np.repeat(rng.choice([55, 65, 82, 98], 24), RATE // 2)
    bass = 0.3 * np.sin(2 * np.pi * np.cumsum(pitches) / RATE) * np.exp(-3 * (t % 0.5))
    hiss = np.diff(rng.standard_normal(len(t) + 1)) * np.exp(-20 * (t % 0.375))
    return bass, 0.1 * hiss


def test_two_colours_are_two_parts_the_darker_first():
    bass, hiss = dark_and_bright()
    stems = partita.separate(Audio((bass + hiss)[None], RATE), engine=create("nmf", parts=2))
    assert stems.names == ("part_1", "part_2")
    for truth, name in ((bass, "part_1"), (hiss, "part_2")):
        assert sdr_db(truth, stems[name].samples[0]) > sdr_db(truth, bass + hiss) + 6


@pytest.mark.parametrize("parts", [2, 5])
def test_there_are_as_many_parts_as_asked_for(parts):
    bass, hiss = dark_and_bright()
    stems = partita.separate(
        Audio((bass + hiss)[None, :RATE], RATE), engine=create("nmf", parts=parts, rank=3)
    )
    assert len(stems) == parts
    assert np.allclose(stems.samples.sum(axis=0)[0], (bass + hiss)[:RATE], atol=1e-5)


def test_another_seed_may_give_other_parts():
    bass, hiss = dark_and_bright()
    audio = Audio((bass + hiss)[None, : 2 * RATE], RATE)
    one, other = (partita.separate(audio, engine=create("nmf", seed=s)).samples for s in (0, 1))
    assert not np.array_equal(one, other)
