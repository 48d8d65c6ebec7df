"""Every format of docs/formats.md at every rate that it holds: exact length, no delay."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

from partita.core import Audio, Stems
from partita.io import FORMATS, STEM_MP4_NAMES, load, load_stem_mp4, open_audio, save, save_stem_mp4
from partita.signal import resample, resampled_length

ROOT = Path(__file__).parents[2]
ANY = (8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 176_400, 192_000)
HIGHEST = {"wav": 768_000, "flac": 655_350, "alac": 384_000}
PAIRS = [
    (name, rate)
    for name, kind in FORMATS.items()
    for rate in (*(kind.rates or ANY), *([HIGHEST[name]] if name in HIGHEST else []))
]


def music(rng, rate, length=12_001):
    """Noise below a quarter of the rate, which every codec keeps."""
    x = rng.standard_normal((2, length + 64))
    x = sum(x[:, k : k + length] * w for k, w in enumerate(np.hanning(9)[1:-1]))
    return Audio((0.05 * x).astype(np.float32), rate)


def delay(reference, estimate):
    """Samples by which the estimate comes later: where the correlation is greatest."""
    spectrum = np.fft.rfft(estimate, 1 << 15) * np.conj(np.fft.rfft(reference, 1 << 15))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    return lag - (1 << 15) if lag > 1 << 14 else lag


@pytest.mark.parametrize(("format", "rate"), PAIRS)
def test_length_is_exact_and_there_is_no_delay(tmp_path, rng, format, rate):
    audio = music(rng, rate)
    save(tmp_path / f"a.{format}", audio)
    back = load(tmp_path / f"a.{format}")
    written = FORMATS[format].rate_for(rate)
    assert (back.rate, back.length) == (written, resampled_length(audio.length, rate, written))
    for channel in range(2):
        truth = resample(audio.samples, rate, written)[channel]
        assert delay(truth, back.samples[channel]) == 0


@pytest.mark.parametrize("encoding", [None, "int16", "int24"])
@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
def test_so_it_is_for_every_track_of_a_stem_file(tmp_path, rng, rate, encoding):
    parts = np.stack([music(rng, rate, 9001).samples for _ in range(4)])
    mix = Audio(parts.sum(axis=0), rate)
    save_stem_mp4(
        tmp_path / "a.stem.mp4", mix, Stems(STEM_MP4_NAMES, parts, rate), encoding=encoding
    )
    back_mix, back = load_stem_mp4(tmp_path / "a.stem.mp4")
    assert (back_mix.length, back.length, back.rate) == (9001, 9001, rate)
    assert delay(mix.samples[0], back_mix.samples[0]) == 0
    for truth, track in zip(parts, back.samples, strict=True):
        assert delay(truth[0], track[0]) == 0


def makers():
    """Files of every kind that can be read, as the fuzzer makes them."""
    spec = importlib.util.spec_from_file_location("fuzz_io", ROOT / "benchmarks/fuzz_io.py")
    fuzz_io = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fuzz_io)
    return fuzz_io


FUZZ = makers()
CODED = {"opus.webm": 960, "ac3.mka": 1536, "a.wma": 4096, "a.aac": 1024, "adpcm.wav": 2041}
"""Kinds whose length is a whole number of frames, or whose start is an encoder's: their frame."""
CODED |= {"gsm.wav": 320}


@pytest.mark.parametrize("name", FUZZ.MAKERS)
def test_every_kind_that_is_read_has_its_length(tmp_path, name):
    FUZZ.MAKERS[name](tmp_path / name)
    file = open_audio(tmp_path / name)
    back = load(tmp_path / name)
    truth = FUZZ.music(rate=file.rate)
    frames = CODED.get(name, 0)
    assert abs(back.length - truth.length) <= 2 * frames
    if not frames:
        assert delay(truth.samples[0], back.samples[0]) == 0


def test_the_table_in_the_guide_names_what_is_written():
    table = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
    flags = set(re.findall(r"^\|[^|]*\|[^|]*\| `--([a-z0-9-]+)`", table, re.MULTILINE))
    assert flags == {*FORMATS, "stem-mp4"}
