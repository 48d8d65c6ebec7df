"""What every registered metric must pass."""

import subprocess
import sys

import numpy as np
import pytest

from partita import metrics
from partita.core import AudioError, MissingExtra, UsageError

RATE = 8000
NAMES = metrics.names()
assert NAMES, "an empty list would pass every test"


def arrays(spec, samples):
    """(channels, time) samples in the shape that the metric takes."""
    return np.stack([samples, samples[:, ::-1]]) if spec.needs == "all_targets" else samples


def measured(spec, reference, estimate, mix):
    try:
        return spec.measure(reference, estimate, rate=RATE, mix=mix)
    except MissingExtra as error:
        pytest.skip(str(error))


@pytest.fixture(params=NAMES)
def spec(request):
    return metrics.find(request.param)


@pytest.fixture
def sound(rng):
    return rng.uniform(-0.5, 0.5, (2, 2 * RATE + 100))


def test_its_name_is_the_registrys(spec):
    assert metrics.find(spec.name) is spec
    assert spec.summary
    assert spec.function.__doc__


def test_the_result_has_the_promised_shape(spec, rng, sound):
    estimate = sound + 0.01 * rng.standard_normal(sound.shape)
    value = measured(spec, arrays(spec, sound), arrays(spec, estimate), sound)
    if spec.framewise:
        assert value.shape == ((2, 3) if spec.needs == "all_targets" else (3,))
    elif spec.name == "sa_sdr" or spec.needs != "all_targets":
        assert isinstance(value, float)
    else:
        assert value.shape == (2,)


def test_a_better_estimate_scores_better(spec, rng, sound):
    if spec.name in ("pes", "eps"):
        pytest.skip("looks at silence only")
    noise = rng.standard_normal(sound.shape)
    noise[1] += 0.3 * sound[0]
    good, bad = (
        np.nanmean(measured(spec, arrays(spec, sound), arrays(spec, sound + g * noise), sound))
        for g in (0.01, 0.2)
    )
    assert good > bad if spec.higher_is_better else good < bad


def test_inputs_are_left_alone(spec, rng, sound):
    estimate = sound + 0.01 * rng.standard_normal(sound.shape)
    given = [arrays(spec, sound), arrays(spec, estimate), sound]
    kept = [x.copy() for x in given]
    for x in given:
        x.flags.writeable = False
    measured(spec, *given)
    assert all(np.array_equal(a, b) for a, b in zip(given, kept, strict=True))


def test_float32_scores_as_float64(spec, rng, sound):
    reference = arrays(spec, sound.astype(np.float32))
    estimate = reference + rng.uniform(-0.01, 0.01, reference.shape).astype(np.float32)
    narrow = measured(spec, reference, estimate, sound.astype(np.float32))
    wide = measured(spec, reference.astype(float), estimate.astype(float), sound.astype(np.float32))
    # fullness keeps decibels as float32
    assert np.allclose(narrow, wide, rtol=1e-6, equal_nan=True)


@pytest.mark.parametrize("length", [1, 2, 700])
def test_a_very_short_signal_has_an_answer(spec, rng, length):
    sound = rng.uniform(-0.5, 0.5, (2, length))
    value = measured(spec, arrays(spec, sound), arrays(spec, 0.5 * sound), sound)
    assert np.ndim(value) == 0 or value.shape[-1] in (1, 2)


HEARD = {"missing", "added", "added_to_mix"}
UNDEFINED = {
    "reference": {"eps", "isr", "sir", "si_sir", "stoi"} | HEARD,
    "estimate": {"pes", "sir", "sar"},
    "both": {"sdr", "isr", "sir", "sar", "sdr_global", "snr", "stoi"}
    | {"si_sdr", "sd_sdr", "si_sir", "si_sar", "sa_sdr"}
    | HEARD,
}
"""The metrics that have no answer, NaN, where this is silent throughout."""


@pytest.mark.parametrize("silent", UNDEFINED)
def test_silence_has_a_defined_answer(spec, sound, silent):
    reference = 0 * sound if silent in ("reference", "both") else sound
    estimate = 0 * sound if silent in ("estimate", "both") else sound
    value = measured(spec, arrays(spec, reference), arrays(spec, estimate), sound)
    assert np.all(np.isnan(value) == (spec.name in UNDEFINED[silent]))


def test_wrong_arrays_are_refused(spec, sound):
    right = arrays(spec, sound)
    wrong = [
        (right, right[..., :-1], "one shape"),
        (right[0], right[0], "shaped"),
        (right[..., :0], right[..., :0], "no samples"),
        ((100 * right).astype(int), right, "float"),
        (right.tolist(), right, "array"),
        (np.where(right == right.max(), np.nan, right), right, "NaN"),
    ]
    for reference, estimate, message in wrong:
        with pytest.raises(AudioError, match=message):
            measured(spec, reference, estimate, sound)


def test_a_metric_that_needs_the_mix_says_so(sound):
    with pytest.raises(UsageError, match="log_wmse needs the mixture"):
        metrics.find("log_wmse").measure(sound, sound, rate=RATE)


def test_an_unknown_metric_is_refused():
    with pytest.raises(UsageError, match="no metric 'sdx'"):
        metrics.find("sdx")


def test_the_public_names_are_these():
    assert sorted(metrics.__all__) == ["MetricSpec", "find", "names"]


def test_asking_for_names_imports_nothing_heavy():
    code = (
        "import sys; from partita import metrics; metrics.names(); metrics.find('si_sdr');"
        "print([m for m in ('scipy', 'torch', 'soxr', 'pystoi', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
