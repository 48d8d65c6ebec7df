import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from partita.core import Audio, InputError, OutputError, UsageError
from partita.engines import create
from partita.io import load, open_audio, save
from partita.jobs import BatchReport, Request, run_batch
from partita.jobs.disk_space import bytes_needed

HPSS = create("hpss")


@pytest.fixture
def song(tmp_path, noise):
    save(tmp_path / "song.wav", noise, encoding="int16")
    return tmp_path / "song.wav"


def test_a_report_tells_every_inputs_outcome(tmp_path, song):
    inputs = [InputError("nothing there"), tmp_path / "missing.wav", song]
    with BatchReport(tmp_path / "report.json", inputs) as report:
        run_batch(inputs, Request(HPSS, tmp_path / "out"), finished=report.finished)
    content = json.loads((tmp_path / "report.json").read_text())
    assert content["complete"]
    assert content["counts"] == {"done": 1, "failed": 2}
    assert [row["error"].rpartition("/")[2] for row in content["inputs"]] == [
        "nothing there",
        "missing.wav does not exist",
        "",
    ]
    assert len({tuple(row) for row in content["inputs"]}) == 1  # the same keys


def test_an_interrupted_batch_has_a_report_too(tmp_path, song):
    def interrupt(path, done):
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        BatchReport(tmp_path / "report.json", [song]),
    ):
        run_batch([song], Request(HPSS, tmp_path / "out"), progress=interrupt)
    content = json.loads((tmp_path / "report.json").read_text())
    assert not content["complete"]
    assert content["counts"] == {"pending": 1}
    assert not list(tmp_path.glob(".*"))


def test_a_report_that_cannot_be_written_is_named(tmp_path, song):
    with pytest.raises(OutputError, match="report.json"):
        BatchReport(tmp_path / "no/report.json", [song]).__enter__()


def test_a_disk_that_is_too_small_is_found_out_before_the_work(tmp_path, song, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=100_000))
    (outcome,) = run_batch([song], Request(HPSS, tmp_path / "out"))
    assert "song.wav needs 0.6 MB in" in outcome.error
    assert "only 0.1 MB are free" in outcome.error
    assert not (tmp_path / "out").exists()


def test_a_length_that_a_file_only_claims_needs_no_disk(tmp_path):
    audio = open_audio(_claiming(tmp_path / "a.wav"))
    assert audio.declared_length > 1e8
    request = Request(HPSS, tmp_path)
    assert sum(bytes_needed(audio, request, request.check())) < 1e8


def _claiming(path: Path) -> Path:
    save(path, Audio(np.zeros((1, 100)), 8000), encoding="int16")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = (1 << 31).to_bytes(4, "little")
    data[4:8] = ((1 << 31) + 36).to_bytes(4, "little")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["int16", "int24"])
def test_clamped_stems_keep_their_level(tmp_path, rng, encoding):
    loud = Audio(np.sign(rng.standard_normal((2, 20_000))) * 0.999, 8000)
    save(tmp_path / "a.wav", loud, encoding=encoding)
    gains, levels = [], []
    for clip in ("rescale", "clamp"):
        request = Request(create("classic"), tmp_path / clip, clip=clip)
        (outcome,) = run_batch([tmp_path / "a.wav"], request)
        gains.append(outcome.gain_db)
        levels.append(np.sqrt(np.mean(load(outcome.stems["vocals"]).samples ** 2)))
        assert bool(outcome.warnings) == (clip == "clamp" and gains[0] < 0)
    assert gains[0] < 0
    assert gains[1] == 0
    assert levels[1] > levels[0]


def test_no_clipping_at_all_means_float(tmp_path, song):
    (outcome,) = run_batch([song], Request(HPSS, tmp_path / "out", clip="none"))
    assert open_audio(outcome.stems["harmonic"]).encoding == "float32"


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"clip": "none", "format": "flac"}, "--clip none"),
        ({"clip": "none", "encoding": "int16"}, "--clip none"),
        ({"clip": "soft"}, "--clip must be rescale, clamp, none"),
        ({"overlap": 0.6}, "--overlap must be from 0 to 0.5"),
        ({"overlap": float("nan")}, "--overlap must be from 0 to 0.5"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path, song, options, match):
    with pytest.raises(UsageError, match=match):
        run_batch([song], Request(HPSS, tmp_path / "out", **options))


@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.5])
def test_any_overlap_adds_up(tmp_path, rng, overlap):
    mix = Audio(rng.uniform(-0.4, 0.4, (1, 8000 * 70)), 8000)
    save(tmp_path / "a.wav", mix, encoding="int24")
    request = Request(HPSS, tmp_path / "out", overlap=overlap)
    (outcome,) = run_batch([tmp_path / "a.wav"], request)
    total = sum(load(path).samples.astype(np.float64) for path in outcome.stems.values())
    assert np.array_equal(total, load(tmp_path / "a.wav").samples)
