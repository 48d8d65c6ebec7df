import numpy as np
import pytest

import partita
from partita.core import Audio, HintError, Hints, References, Stems
from partita.metrics.sdr import sdr_global

RATE = 22050
ORACLES = ["ideal_ratio_mask", "multichannel_wiener"]


@pytest.fixture
def truth(rng):
    """A centred tone with vibrato, and noise on the right."""
    t = np.arange(2 * RATE) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 440 * t + 4 * np.sin(30 * t))
    hiss = 0.1 * rng.standard_normal(len(t))
    stems = np.stack([np.stack([tone, tone]), np.stack([0.2 * hiss, hiss])])
    return Stems(("tone", "hiss"), stems, RATE)


def mix_of(stems):
    return Audio(stems.samples.sum(axis=0), stems.rate)


@pytest.mark.parametrize("oracle", ORACLES)
def test_an_oracle_is_well_above_the_mixture(truth, oracle):
    mix = mix_of(truth)
    got = partita.separate(mix, engine=oracle, hints=Hints(references=References(truth)))
    for name in truth:
        gain = sdr_global(truth[name].samples, got[name].samples) - sdr_global(
            truth[name].samples, mix.samples
        )
        assert gain > 8


def test_the_spatial_filter_is_above_the_mask_where_places_differ(truth):
    mask, wiener = (
        partita.separate(mix_of(truth), engine=o, hints=Hints(references=References(truth)))
        for o in ORACLES
    )
    for name in truth:
        reference = truth[name].samples
        better = sdr_global(reference, wiener[name].samples)
        assert better > sdr_global(reference, mask[name].samples) + 3


@pytest.mark.parametrize("oracle", ORACLES)
@pytest.mark.parametrize(
    "wrong",
    [
        lambda s: Stems(s.names, s.samples[..., :-7], s.rate),
        lambda s: Stems(s.names, s.samples[:, :1], s.rate),
        lambda s: Stems(s.names, s.samples, 44100),
    ],
)
def test_references_of_another_recording_are_refused(truth, oracle, wrong):
    hints = Hints(references=References(wrong(truth)))
    with pytest.raises(HintError, match="do not fit the recording"):
        partita.separate(mix_of(truth), engine=oracle, hints=hints)
