"""Streams with holes: what is left stays where its time stamps say."""

from fractions import Fraction

import av
import numpy as np
import pytest

from partita.core import InputError
from partita.io import load
from partita.io.ffmpeg import MAX_SILENCE_S

RATE, LENGTH = 48000, 96_000
CLICKS = (12_000, 81_000)


def clicks():
    """Two short tones, well before and well after the hole."""
    x = np.zeros(LENGTH, np.float32)
    for at in CLICKS:
        x[at : at + 400] = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(400) / RATE)
    return x


def write(path, container, codec, keep, shift=lambda pts: pts):
    """Encode the clicks, and leave out the packets that `keep(start in samples)` does not want."""
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(clicks()[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=RATE)
        packets = [p for f in resampler.resample(frame) for p in stream.encode(f)]
        for packet in [*packets, *stream.encode(None)]:
            start = float(packet.pts * packet.time_base * RATE)
            if keep(start):
                packet.pts = packet.dts = shift(packet.pts)
                out.mux(packet)


def onsets(x):
    loud = np.flatnonzero(np.abs(x) > 0.2)
    return loud[0], loud[loud > LENGTH // 2][0] if np.any(loud > LENGTH // 2) else None


FILES = [
    ("a.mka", "matroska", "libopus"),
    ("a.webm", "webm", "libopus"),
    ("a.mka", "matroska", "flac"),
    ("a.mka", "matroska", "aac"),
    ("a.m4a", "mp4", "aac"),
    ("a.m4a", "mp4", "alac"),
]


@pytest.mark.parametrize(("name", "container", "codec"), FILES)
def test_a_hole_is_silence_and_the_rest_stays_in_time(tmp_path, name, container, codec):
    write(tmp_path / name, container, codec, lambda start: not 30_000 < start < 60_000)
    audio = load(tmp_path / name)
    x = audio.samples[0]
    # Matroska's clock has milliseconds
    for found, true in zip(onsets(x), CLICKS, strict=True):
        assert abs(found - true) < 100
    assert abs(audio.length - LENGTH) < 2100
    assert np.max(np.abs(x[35_000:59_000])) < 1e-3


@pytest.mark.parametrize(("name", "container", "codec"), FILES)
def test_without_a_hole_nothing_moves(tmp_path, name, container, codec):
    write(tmp_path / name, container, codec, lambda start: True)
    for found, true in zip(onsets(load(tmp_path / name).samples[0]), CLICKS, strict=True):
        assert abs(found - true) < 100


@pytest.mark.parametrize(("name", "container", "codec"), FILES[:4])
def test_a_clock_that_jumps_by_a_day_costs_no_sound(tmp_path, name, container, codec):
    def shift(pts):
        return pts if pts < 40_000 else pts + 86_400 * RATE

    write(tmp_path / name, container, codec, lambda start: True, shift)
    audio = load(tmp_path / name)
    assert abs(audio.length - LENGTH) < 5000
    assert np.max(np.abs(audio.samples[:, 40_000:])) > 0.2


def test_stamps_that_leap_at_every_packet_cost_no_memory(tmp_path):
    write(tmp_path / "a.mka", "matroska", "flac", lambda start: True, lambda pts: pts * 600)
    assert load(tmp_path / "a.mka").duration_s <= MAX_SILENCE_S + LENGTH / RATE + 1


def test_a_file_of_holes_only_is_refused(tmp_path):
    write(tmp_path / "a.mka", "matroska", "flac", lambda start: False)
    with pytest.raises(InputError):
        load(tmp_path / "a.mka")
