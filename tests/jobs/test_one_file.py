"""`--stem-mp4`: a recording and its four stems in one file."""

import json

import numpy as np
import pytest

from partita.core import Audio, UsageError
from partita.engines import create
from partita.io import Tags, load, load_stem_mp4, read_tags, save
from partita.io.pcm import quantise
from partita.jobs import Request, run_batch

CLASSIC = create("classic")


@pytest.fixture
def song(tmp_path, rng):
    wave = Audio(rng.uniform(-0.3, 0.3, (2, 30_001)), 44_100)
    save(tmp_path / "song.wav", wave, encoding="int16", tags=Tags(title="Song", artist="Ada"))
    return tmp_path / "song.wav"


def request_to(tmp_path, engine=CLASSIC, **options):
    return Request(engine, tmp_path / "out", format="stem-mp4", **options)


def files_below(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def test_there_is_one_file_and_its_manifest(tmp_path, song):
    (outcome,) = run_batch([song], request_to(tmp_path))
    assert files_below(tmp_path / "out") == [
        "classic/song.partita.json",
        "classic/song.stem.mp4",
    ]
    assert set(outcome.stems.values()) == {tmp_path / "out/classic/song.stem.mp4"}
    told = json.loads((tmp_path / "out/classic/song.partita.json").read_text())
    assert told["output"]["stems"]["bass"] == "song.stem.mp4"


def test_the_tracks_are_in_the_order_of_dj_software(tmp_path, song):
    (outcome,) = run_batch([song], request_to(tmp_path))
    assert tuple(outcome.stems) == ("drums", "bass", "other", "vocals")
    mix, stems = load_stem_mp4(outcome.stems["bass"])
    assert stems.names == ("drums", "bass", "other", "vocals")
    truth = load(song)
    assert (mix.rate, mix.length, mix.channels) == (44_100, 30_001, 2)
    # white noise is what AAC is worst at; a single sample of delay would give 0 correlation
    assert np.corrcoef(mix.samples[0], truth.samples[0])[0, 1] > 0.5


@pytest.mark.parametrize("encoding", ["int16", "int24"])
def test_alac_holds_the_recording_itself_and_stems_that_add_up_to_it(tmp_path, song, encoding):
    bits = int(encoding[3:])
    (outcome,) = run_batch([song], request_to(tmp_path, encoding=encoding))
    mix, stems = load_stem_mp4(outcome.stems["bass"])
    assert np.array_equal(mix.samples, load(song).samples)
    codes = quantise(stems.samples, bits)
    assert np.array_equal(codes.sum(axis=0), quantise(mix.samples, bits))
    wav = Request(CLASSIC, tmp_path / "wav", encoding=encoding)
    (as_files,) = run_batch([song], wav)
    error = quantise(load(as_files.stems["drums"]).samples - stems["drums"].samples, bits)
    assert np.max(np.abs(error)) == 0


@pytest.mark.parametrize("encoding", [None, "int16"])
def test_the_same_work_twice_is_the_same(tmp_path, song, encoding):
    made = []
    for folder in "ab":
        request = Request(CLASSIC, tmp_path / folder, format="stem-mp4", encoding=encoding)
        (outcome,) = run_batch([song], request)
        made.append(outcome.stems["bass"].read_bytes())
    assert made[0] == made[1]


def test_what_is_there_is_kept_and_the_tags_are_those_of_the_recording(tmp_path, song):
    for expected in ("done", "kept"):
        (outcome,) = run_batch([song], request_to(tmp_path))
        assert outcome.status == expected
    assert read_tags(outcome.stems["bass"]).texts == {"title": "Song", "artist": "Ada"}


def test_a_rate_that_aac_does_not_have_is_resampled(tmp_path, rng):
    save(tmp_path / "a.wav", Audio(rng.uniform(-0.3, 0.3, (1, 20_000)), 192_000), encoding="int16")
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path))
    mix, stems = load_stem_mp4(outcome.stems["bass"])
    assert (mix.rate, mix.length, stems.length) == (96_000, 10_000, 10_000)


STRINGS = ("violin 1", "violin 2", "viola", "cello")


@pytest.fixture
def quarters(with_gains):
    """Four stems of other names, a quarter of the recording each."""
    return with_gains("quarters", dict.fromkeys(STRINGS, 0.25))


def test_four_stems_of_other_names_keep_their_order(tmp_path, song, quarters):
    (outcome,) = run_batch([song], request_to(tmp_path, quarters))
    assert load_stem_mp4(outcome.stems["viola"])[1].names == STRINGS


def test_a_recording_beyond_full_scale_turns_all_five_down(tmp_path, rng, quarters):
    """The stems would fit: it is the mix that would clip."""
    loud = rng.uniform(-2, 2, (1, 20_000)).astype(np.float32)
    save(tmp_path / "a.wav", Audio(loud, 44_100))
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path, quarters, encoding="int24"))
    assert outcome.gain_db == pytest.approx(-6.02, abs=0.02)
    mix, stems = load_stem_mp4(outcome.stems["viola"])
    assert np.max(np.abs(mix.samples)) == pytest.approx(0.999, abs=1e-3)
    assert np.allclose(stems.samples.sum(axis=0), mix.samples, atol=1e-6)


@pytest.mark.parametrize(
    ("engine", "options", "match"),
    [
        ("hpss", {}, "four stems, but these are 2: harmonic, percussive"),
        ("classic", {"two_stems": "vocals"}, "four stems, but these are 2: vocals, no_vocals"),
        ("classic", {"stems": ["bass"]}, "four stems, but these are 1: bass"),
        ("classic", {"encoding": "float32"}, "int16 or int24, not float32"),
        ("classic", {"template": "{track}/{stem}.{ext}"}, "leave out {stem}"),
        ("classic", {"template": "{track}"}, "--filename needs {ext}"),
        ("classic", {"clip": "none"}, "--clip none"),
    ],
)
def test_what_one_file_cannot_hold_is_refused(tmp_path, song, engine, options, match):
    with pytest.raises(UsageError, match=match):
        run_batch([song], request_to(tmp_path, create(engine), **options))
    assert not (tmp_path / "out").exists()


def test_stopped_work_is_gone_on_with(tmp_path, rng, quarters):
    wave = np.tile(rng.uniform(-0.3, 0.3, (1, 8000)).astype(np.float32), 100)
    save(tmp_path / "a.wav", Audio(wave, 8000), encoding="int16")
    request = request_to(tmp_path, quarters, encoding="int16")
    run_batch([tmp_path / "a.wav"], request, progress=lambda path, done: done < 0.5)
    assert {p.rpartition("/")[2] for p in files_below(tmp_path / "out")} == {
        "index.jsonl",
        "segments.f32",
    }
    (outcome,) = run_batch([tmp_path / "a.wav"], request)
    assert files_below(tmp_path / "out/quarters") == ["a.partita.json", "a.stem.mp4"]
    mix, _ = load_stem_mp4(outcome.stems["viola"])
    assert np.array_equal(mix.samples, load(tmp_path / "a.wav").samples)
