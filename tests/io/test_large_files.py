"""Files above 4 GB, where 32 bits of size end: made sparse, so that they cost no disk."""

import os
import struct

import numpy as np
import pytest

from partita.core import Audio
from partita.io import AudioWriter, load, open_audio, save

LENGTH = (5 << 30) // 4
"""Samples a channel of 5 GiB of 16-bit stereo."""
W64 = bytes.fromhex("F3ACD3118CD100C04F8EDB8A")
"""What the names of W64's chunks end with, after their four letters."""
FMT = struct.pack("<HHIIHH", 1, 2, 44100, 4 * 44100, 4, 16)


def rf64() -> bytes:
    sizes = struct.pack("<QQQI", 4 * LENGTH + 72, 4 * LENGTH, LENGTH, 0)
    return b"".join(
        [
            b"RF64\xff\xff\xff\xffWAVE",
            b"ds64" + struct.pack("<I", len(sizes)) + sizes,
            b"fmt " + struct.pack("<I", len(FMT)) + FMT,
            b"data\xff\xff\xff\xff",
        ]
    )


def w64() -> bytes:
    riff = b"riff" + bytes.fromhex("2E91CF11A5D628DB04C10000")
    return b"".join(
        [
            riff + struct.pack("<Q", 4 * LENGTH + 104),
            b"wave" + W64,
            b"fmt " + W64 + struct.pack("<Q", 24 + len(FMT)) + FMT,
            b"data" + W64 + struct.pack("<Q", 24 + 4 * LENGTH),
        ]
    )


@pytest.fixture(params=[rf64, w64])
def large(request, tmp_path):
    path = tmp_path / f"large.{request.param.__name__}"
    header = request.param()
    with path.open("wb") as file:
        file.write(header + struct.pack("<hh", 8192, -8192))
        file.truncate(len(header) + 4 * LENGTH)
    if path.stat().st_blocks * 512 > 1 << 20:
        pytest.skip("this file system has no sparse files")
    yield path
    os.unlink(path)


def test_the_length_above_4_gb_is_read(large):
    file = open_audio(large)
    assert (file.rate, file.channels, file.declared_length) == (44100, 2, LENGTH)


def test_the_samples_are_read_block_by_block(large):
    blocks = open_audio(large).blocks(1 << 16)
    first = next(blocks)
    assert first.samples[:, 0].tolist() == [0.25, -0.25]
    assert next(blocks).length == 1 << 16
    blocks.close()


def test_a_wav_that_will_be_large_is_written_as_rf64(tmp_path, noise):
    path = tmp_path / "a.wav"
    with AudioWriter(path, rate=16_000, channels=2, encoding="int24", length=1 << 31) as writer:
        writer.write(noise.samples)
    assert path.read_bytes()[:4] == b"RF64"
    assert load(path).length == noise.length


def test_a_small_wav_is_plain(tmp_path, noise):
    save(tmp_path / "a.wav", Audio(np.zeros((1, 10)), 8000))
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RIFF"
