import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from partita.core import Audio, UsageError
from partita.engines import create
from partita.io import load, open_audio, save
from partita.jobs import Request, find_inputs, run_batch

HPSS = create("hpss")


def codes(path, bits):
    dtype, shift = ("int16", 0) if bits == 16 else ("int32", 8)
    return soundfile.read(path, dtype=dtype, always_2d=True)[0].astype(np.int64) >> shift


def files_below(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def song(tmp_path, noise):
    save(tmp_path / "song.wav", noise, encoding="int16")
    return tmp_path / "song.wav"


def request_to(tmp_path, engine=HPSS, **options):
    return Request(engine, tmp_path / "out", **options)


def test_stems_lie_where_users_look(tmp_path, song):
    (outcome,) = run_batch([song], request_to(tmp_path))
    assert outcome.status == "done"
    assert files_below(tmp_path / "out") == [
        "hpss/song/harmonic.wav",
        "hpss/song/partita.json",
        "hpss/song/percussive.wav",
    ]


@pytest.mark.parametrize("format", ["wav", "flac"])
@pytest.mark.parametrize("encoding", ["int16", "int24"])
@pytest.mark.parametrize(
    ("engine", "selection"),
    [(HPSS, {}), (create("classic"), {}), (create("classic"), {"two_stems": "vocals"})],
)
def test_written_integers_add_up_to_the_recording_exactly(
    tmp_path, rng, format, encoding, engine, selection
):
    bits = {"int16": 16, "int24": 24}[encoding]
    save(tmp_path / "a.wav", Audio(rng.uniform(-0.4, 0.4, (2, 30_000)), 44100), encoding=encoding)
    request = request_to(tmp_path, engine, format=format, encoding=encoding, **selection)
    (outcome,) = run_batch([tmp_path / "a.wav"], request)
    written = sum(codes(path, bits) for path in outcome.stems.values())
    assert np.array_equal(written, codes(tmp_path / "a.wav", bits))
    assert outcome.gain_db == 0


def test_where_a_stem_would_clip_all_get_one_gain(tmp_path, rng, with_gains):
    """One stem is louder than the recording; the other takes it back."""
    overshoot = with_gains("hpss", {"loud": 1.5, "rest": -0.5})
    wave = rng.uniform(-0.999, 0.999, (2, 60_000))
    save(tmp_path / "a.wav", Audio(wave, 44100), encoding="int16")
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path, overshoot))
    assert outcome.gain_db == pytest.approx(-3.52, abs=0.02)
    stems = [codes(path, 16) for path in outcome.stems.values()]
    gain = 10 ** (outcome.gain_db / 20)
    mix = codes(tmp_path / "a.wav", 16)
    assert np.max(np.abs(sum(stems) - gain * mix)) < 3  # the gain is rounded to 0.001 dB
    assert max(np.abs(s).max() for s in stems) > 32600
    manifest = json.loads((tmp_path / "out/hpss/a/partita.json").read_text())
    assert manifest["output"]["gain_db"] == outcome.gain_db


def test_a_full_scale_recording_that_clips_nothing_keeps_its_level(tmp_path):
    """-32768 is a sample that 16 bits hold: it needs no gain."""
    mono = np.zeros((1, 9000), np.float32)
    mono[0, 4000] = -1
    save(tmp_path / "a.wav", Audio(mono, 8000), encoding="int16")
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path, create("mid_side")))
    assert outcome.gain_db == 0
    assert codes(outcome.stems["centre"], 16).min() == -32768


def test_float_files_are_never_scaled(tmp_path, noise):
    save(tmp_path / "a.wav", Audio(noise.samples * 8, noise.rate))
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path))
    assert outcome.gain_db == 0
    total = sum(load(path).samples for path in outcome.stems.values())
    assert np.allclose(total, noise.samples * 8, atol=1e-5)


@pytest.mark.parametrize(
    ("source", "options", "encoding"),
    [
        (("wav", "int16"), {}, "int16"),
        (("wav", "int24"), {}, "int24"),
        (("wav", "float32"), {}, "float32"),
        (("flac", "int24"), {}, "int24"),
        (("mp3", None), {}, "int16"),
        (("wav", "float32"), {"format": "flac"}, "int24"),
        (("wav", "int16"), {"encoding": "float32"}, "float32"),
    ],
)
def test_samples_are_stored_as_in_the_input(tmp_path, noise, source, options, encoding):
    path = tmp_path / f"a.{source[0]}"
    save(path, noise, encoding=source[1])
    (outcome,) = run_batch([path], request_to(tmp_path, **options))
    assert open_audio(outcome.stems["harmonic"]).encoding == encoding


@pytest.mark.parametrize("format", ["wav", "flac", "ogg", "opus", "mp3", "m4a"])
def test_the_same_work_twice_is_the_same(tmp_path, song, format):
    outcomes = [
        run_batch([song], Request(HPSS, tmp_path / folder, format=format))[0] for folder in "ab"
    ]
    for first, second in zip(*(o.stems.values() for o in outcomes), strict=True):
        assert np.array_equal(load(first).samples, load(second).samples)
        if format in ("wav", "flac", "mp3"):
            assert first.read_bytes() == second.read_bytes()
    manifests = [(tmp_path / f / "hpss/song/partita.json").read_bytes() for f in "ab"]
    assert manifests[0] == manifests[1]


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("length", [1, 777, 30_001])
def test_length_rate_and_channels_are_kept(tmp_path, rng, rate, channels, length):
    audio = Audio(rng.uniform(-0.3, 0.3, (channels, length)), rate)
    save(tmp_path / "a.wav", audio, encoding="int24")
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path))
    for path in outcome.stems.values():
        got = load(path)
        assert (got.length, got.rate, got.channels) == (length, rate, channels)


def test_a_bad_file_changes_nothing_for_the_others(tmp_path, song):
    bad = tmp_path / "bad.wav"
    bad.write_text("not audio")
    (tmp_path / "empty").mkdir()
    inputs = find_inputs([bad, song, tmp_path / "missing.wav", tmp_path / "empty"])
    outcomes = run_batch(inputs, request_to(tmp_path))
    assert [o.status for o in outcomes] == ["failed", "done", "failed", "failed"]
    assert "not audio" in outcomes[0].error
    assert "does not exist" in outcomes[2].error
    assert "holds no audio files" in outcomes[3].error
    assert all(name.startswith("hpss/song/") for name in files_below(tmp_path / "out"))


def test_a_failure_leaves_nothing_behind(tmp_path):
    samples = np.zeros((50_000, 2), np.float32)
    samples[49_000] = np.nan
    soundfile.write(tmp_path / "a.wav", samples, 8000, subtype="FLOAT")
    (outcome,) = run_batch([tmp_path / "a.wav"], request_to(tmp_path))
    assert "NaN" in outcome.error
    assert not (tmp_path / "out").exists()


def test_an_existing_output_folder_is_kept(tmp_path):
    (tmp_path / "out").mkdir()
    run_batch([tmp_path / "missing.wav"], request_to(tmp_path))
    assert (tmp_path / "out").exists()


def test_cancelling_ends_the_batch_and_leaves_nothing(tmp_path, song):
    outcomes = run_batch([song, song], request_to(tmp_path), progress=lambda path, done: False)
    assert [o.status for o in outcomes] == ["cancelled"]
    assert not (tmp_path / "out").exists()


def test_an_interrupt_leaves_nothing(tmp_path, song):
    def interrupt(path, done):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch([song], request_to(tmp_path), progress=interrupt)
    assert not (tmp_path / "out").exists()


def test_the_manifest_tells_what_was_done_and_no_time_or_place(tmp_path, song):
    run_batch([song], request_to(tmp_path, engine=create("hpss", margin=2)))
    text = (tmp_path / "out/hpss/song/partita.json").read_text()
    manifest = json.loads(text)
    assert manifest["engine"] == {
        "name": "hpss",
        "options": {**manifest["engine"]["options"], "margin": 2.0},
        "weights": None,
    }
    assert manifest["input"]["length"] == 24_000
    assert len(manifest["input"]["sha256"]) == 64
    assert manifest["output"]["stems"]["harmonic"] == "song/harmonic.wav"
    assert str(tmp_path) not in text


def test_files_of_one_name_do_not_overwrite_each_other(tmp_path, noise):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "song.wav", noise)
    outcomes = run_batch(find_inputs([tmp_path / "a", tmp_path / "b"]), request_to(tmp_path))
    folders = {o.stems["harmonic"].parent.name for o in outcomes}
    assert folders == {"song", "song (2)"}


@pytest.mark.parametrize(
    "name",
    ["x" * 180, "Ж" * 120, "音" * 80, "two\nlines", "a 'quoted' \"name\"", "%s {track}", "é́"],
)
def test_any_name_works(tmp_path, noise, name):
    save(tmp_path / "a.wav", noise)
    os.rename(tmp_path / "a.wav", tmp_path / f"{name}.wav")
    (outcome,) = run_batch([tmp_path / f"{name}.wav"], request_to(tmp_path))
    assert outcome.status == "done", outcome.error
    assert outcome.stems["harmonic"].parent.name == name


def test_a_name_that_is_no_text_works(tmp_path, noise):
    save(tmp_path / "a.wav", noise)
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/odd\xff.wav"))
    os.rename(tmp_path / "a.wav", odd)
    (outcome,) = run_batch([odd], request_to(tmp_path))
    assert outcome.status == "done", outcome.error


def test_a_name_too_long_for_its_template_is_cut(tmp_path, noise):
    path = tmp_path / f"{'y' * 250}.wav"
    save(tmp_path / "a.wav", noise)
    os.rename(tmp_path / "a.wav", path)
    (outcome,) = run_batch([path], request_to(tmp_path, template="{track}_{stem}.{ext}"))
    assert outcome.status == "done", outcome.error
    assert len(outcome.stems["harmonic"].name) == 255


def test_a_template_places_stems_and_manifest(tmp_path, song):
    run_batch([song], request_to(tmp_path, template="{stem}/{track}.{ext}"))
    assert files_below(tmp_path / "out/hpss") == [
        "harmonic/song.wav",
        "partita/song.json",
        "percussive/song.wav",
    ]


@pytest.mark.parametrize(
    "template",
    ["{track}.{ext}", "{track}/{stem}", "/tmp/{stem}.{ext}", "../{stem}.{ext}", "{x}", "{stem"],
)
def test_a_template_that_cannot_be_is_refused(tmp_path, song, template):
    with pytest.raises(UsageError, match="--filename"):
        run_batch([song], request_to(tmp_path, template=template))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"format": "aiff"}, "no format 'aiff'"),
        ({"format": "flac", "encoding": "float32"}, "flac holds int16 or int24, not float32"),
        ({"format": "mp3", "encoding": "int16"}, "mp3 has no choice"),
        ({"stems": ["piano"]}, "no stem 'piano'"),
        ({"device": "cuda"}, "cpu only"),
    ],
)
def test_a_request_that_cannot_be_is_refused_before_any_work(tmp_path, song, options, match):
    with pytest.raises(UsageError, match=match):
        run_batch([song], request_to(tmp_path, **options))
    assert not (tmp_path / "out").exists()


def test_folders_are_searched_below_but_not_the_results(tmp_path, noise):
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/.hidden").mkdir()
    for name in ("b.wav", "a.flac", "deep/c.mp3", ".hidden/d.wav"):
        save(tmp_path / "in" / name, noise)
    (tmp_path / "in/notes.txt").write_text("x")
    out = tmp_path / "in/out"
    first = find_inputs([tmp_path / "in"], leave_out=out)
    assert [p.relative_to(tmp_path / "in").as_posix() for p in first] == [
        "a.flac",
        "b.wav",
        "deep/c.mp3",
    ]
    run_batch(first, Request(HPSS, out))
    assert find_inputs([tmp_path / "in"], leave_out=out) == first


def test_a_file_named_twice_is_done_once(tmp_path, song):
    assert find_inputs([song, song]) == [song]
