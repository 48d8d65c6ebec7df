import math

import av
import numpy as np
import pytest

from partita.signal.loudness import LoudnessMeter


def ebur128(samples, rate):
    """Integrated loudness as FFmpeg's filter measures it."""
    graph = av.filter.Graph()
    layout = "stereo" if len(samples) == 2 else "mono"
    source = graph.add_abuffer(sample_rate=rate, format="fltp", layout=layout)
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples.astype(np.float32), format="fltp", layout=layout)
    frame.sample_rate = rate
    frame.pts = 0
    graph.push(frame)
    graph.push(None)
    value = math.nan
    while True:
        try:
            value = float(graph.pull().metadata["lavfi.r128.I"])
        except (av.error.EOFError, av.error.BlockingIOError):
            return value


@pytest.mark.parametrize("rate", [44100, 48000, 96000])
@pytest.mark.parametrize("channels", [1, 2])
def test_agrees_with_ffmpeg(rng, rate, channels):
    samples = rng.standard_normal((channels, 6 * rate)) * 0.1
    samples[:, 2 * rate : 4 * rate] *= 0.01  # gated away
    meter = LoudnessMeter(rate, channels)
    for start in range(0, 6 * rate, 10_007):
        meter.push(samples[:, start : start + 10_007])
    assert meter.loudness_lufs == pytest.approx(ebur128(samples, rate), abs=0.1)


def test_a_gain_is_a_gain_in_loudness(rng):
    samples = rng.standard_normal((2, 96_000)) * 0.1
    values = []
    for factor in (1.0, 0.5):
        meter = LoudnessMeter(48_000, 2)
        meter.push(factor * samples)
        values.append(meter.loudness_lufs)
    assert values[0] - values[1] == pytest.approx(20 * math.log10(2), abs=1e-6)


def test_a_peak_between_samples_is_found():
    wave = np.sin(2 * np.pi * 0.25 * np.arange(4800) + np.pi / 4)[None]  # samples at 0.707
    meter = LoudnessMeter(48_000, 1)
    meter.push(wave)
    assert 0 <= meter.true_peak_dbtp() < 1.5  # its sudden ends ring


def test_silence_has_no_loudness():
    meter = LoudnessMeter(48_000, 2)
    meter.push(np.zeros((2, 48_000)))
    assert meter.loudness_lufs == meter.true_peak_dbtp() == -math.inf
