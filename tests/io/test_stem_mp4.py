import av
import numpy as np
import pytest

from partita.core import InputError
from partita.io import load, load_stem_mp4, open_audio, save


@pytest.fixture
def stem_file(tmp_path):
    """Five AAC streams, each a tone of its own; the first is the sum of the others."""
    path = tmp_path / "song.stem.mp4"
    rate, length = 44100, 30_000
    t = np.arange(length) / rate
    stems = [0.1 * np.sin(2 * np.pi * f * t) for f in (200, 500, 1100, 2300)]
    signals = [np.sum(stems, axis=0), *stems]
    with av.open(str(path), "w", format="mp4", options={"movie_timescale": str(rate)}) as out:
        streams = [out.add_stream("aac", rate=rate) for _ in signals]
        for stream in streams:
            stream.layout = "stereo"
            stream.bit_rate = 256_000
        for stream, signal in zip(streams, signals, strict=True):
            frame = av.AudioFrame.from_ndarray(
                np.tile(signal.astype(np.float32), (2, 1)), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts = rate, 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path


def loudest_hz(audio):
    spectrum = np.abs(np.fft.rfft(audio.samples[0]))
    return np.argmax(spectrum) * audio.rate / audio.length


def test_all_five_streams_are_read_in_order(stem_file):
    mix, stems = load_stem_mp4(stem_file)
    assert stems.names == ("drums", "bass", "other", "vocals")
    for (_, audio), hz in zip(stems.items(), (200, 500, 1100, 2300), strict=True):
        assert abs(loudest_hz(audio) - hz) < 3
    assert mix.length == stems.length == 30_000
    error = stems.samples.sum(axis=0) - mix.samples
    assert np.sum(error**2) < 3e-3 * np.sum(mix.samples**2)  # AAC is lossy


def test_the_mix_is_what_a_plain_load_gives(stem_file):
    assert np.array_equal(load(stem_file).samples, load_stem_mp4(stem_file)[0].samples)


def test_a_stream_that_is_not_there_is_refused(stem_file):
    with pytest.raises(InputError, match="5 audio streams, no number 5"):
        open_audio(stem_file, stream=5)


def test_a_plain_file_is_refused(tmp_path, noise):
    save(tmp_path / "a.m4a", noise)
    with pytest.raises(InputError, match="should have 5 audio streams, it has 1"):
        load_stem_mp4(tmp_path / "a.m4a")


def test_a_real_one(recordings):
    folder = recordings / "musdb-excerpts"
    mix, stems = load_stem_mp4(folder / "music-delta-80s-rock.stem.mp4")
    assert mix.length == 299_880  # the stream's duration: AAC itself decodes to 300 032
    for name in stems:
        flac = load(folder / "music-delta-80s-rock" / f"{name}.flac").samples[:, : mix.length]
        error = np.sum((stems[name].samples - flac) ** 2) / np.sum(flac**2)
        assert 10 * np.log10(error) < -60
