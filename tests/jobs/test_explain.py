"""Pictures of what an engine understood: which engines draw what, where, and what can go wrong."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from partita.core import (
    Activity,
    Audio,
    Example,
    Examples,
    Hints,
    MissingExtra,
    OutputError,
    Pitch,
    Score,
)
from partita.core.errors import UsageError
from partita.datasets import demo_track
from partita.engines import create, names
from partita.engines.session import StatelessSession
from partita.io import save
from partita.jobs import Request, run_batch
from partita.jobs.explain import KeptState, explain_file
from partita.jobs.streaming import AudioReader
from partita.signal.resample import resample

Image = pytest.importorskip("PIL.Image", reason="the extra 'eval' is not installed")
pytest.importorskip("matplotlib", reason="the extra 'eval' is not installed")

RATE = 16_000
QUICK = {"iterations": 4}
OPTIONS = {
    "nmf": QUICK | {"frames": 300},
    "supervised_nmf": QUICK,
    "semi_supervised_nmf": QUICK | {"frames": 300},
    "score_nmf": QUICK,
    "score_parametric": {"iterations": 2},
    "source_filter": QUICK | {"components": 8},
    "pitch_informed": {"iterations": 2},
    "drums_nmfd": QUICK,
}
"""Few iterations: what is tested is that there is something to see."""
PICTURES = {
    "nmf": "spectra",
    "supervised_nmf": "spectra",
    "semi_supervised_nmf": "spectra",
    "score_nmf": "score",
    "score_parametric": "score",
    "source_filter": "pitch",
    "pitch_informed": "pitch",
    "drums_nmfd": "strokes",
}


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> Path:
    """Three seconds of the demo song, with drums, bass and voice, at 16 kHz."""
    mix = demo_track().mix()
    cut = mix.samples[:, 4 * mix.rate : 7 * mix.rate]
    path = tmp_path_factory.mktemp("demo") / "song.wav"
    save(path, Audio(resample(cut, mix.rate, RATE), RATE))
    return path


def hints_for(name: str) -> Hints:
    t = np.arange(0, 3, 0.02)
    given = {
        "score": Score([0.2, 1.0, 1.5], [1.0, 2.0, 2.5], [66, 64, 38], ("a", "a", "b")),
        "pitch": Pitch(t, {"vocals": np.where(t < 2, 330.0, 0.0)}),
        "examples": Examples(
            (Example("hum", Audio(np.sin(np.arange(RATE) / 8)[None], RATE)),)
        ),
    }  # fmt: skip
    engine = create(name)
    return Hints(**{hint: given[hint] for hint in engine.requires})


def request(name: str, folder: Path, **more) -> Request:
    engine = create(name, **OPTIONS.get(name, {}))
    return Request(engine, folder / "out", hints=hints_for(name), explain=folder / "look", **more)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.filterwarnings("ignore::partita.core.errors.PartitaWarning")
def test_an_engine_that_goes_by_something_draws_it(name, song, tmp_path):
    (outcome,) = run_batch([song], request(name, tmp_path))
    assert outcome.status == "done", outcome.error
    assert not [text for text in outcome.warnings if "draw" in text]
    (place,) = outcome.pictures
    assert place == tmp_path / "look" / name / "song" / f"{PICTURES[name]}.png"
    assert 5_000 < place.stat().st_size < 500_000
    with Image.open(place) as image:
        assert image.format == "PNG"
        assert image.size[0] == 1200
        assert 300 < image.size[1] < 1700


ORACLES = ("ideal_ratio_mask", "multichannel_wiener")
"""Their true stems come from Python only."""


@pytest.mark.parametrize("name", sorted({*names()} - {*PICTURES} - {*ORACLES}))
def test_every_other_engine_says_that_it_has_nothing_to_draw(name, tmp_path, noise):
    song = tmp_path / "song.wav"
    save(song, Audio(noise.samples[:, :8000], noise.rate))
    try:
        create(name).open().__exit__(None, None, None)
    except UsageError as error:
        pytest.skip(str(error))  # a network without weights
    (outcome,) = run_batch([song], request(name, tmp_path))
    assert outcome.pictures == ()
    assert any(f"engine {name} has nothing to draw" in text for text in outcome.warnings)
    assert not (tmp_path / "look").exists()


def test_what_was_separated_before_is_still_drawn(song, tmp_path):
    wanted = request("nmf", tmp_path)
    (first,) = run_batch([song], Request(wanted.engine, wanted.folder))
    (second,) = run_batch([song], wanted)
    assert (first.status, first.pictures, second.status) == ("done", (), "kept")
    assert second.pictures[0].is_file()


def test_recordings_of_one_name_and_several_processes_have_pictures_of_their_own(song, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    both = [tmp_path / "a/song.wav", tmp_path / "b/song.wav"]
    for path in both:
        path.write_bytes(song.read_bytes())
    outcomes = run_batch(both, request("nmf", tmp_path), workers=2)
    assert [outcome.pictures[0].parent.name for outcome in outcomes] == ["song", "song (2)"]
    one, two = (outcome.pictures[0].read_bytes() for outcome in outcomes)
    assert one != two  # their titles differ


def test_a_file_in_the_way_is_found_out_before_the_work(song, tmp_path):
    (tmp_path / "look").write_text("not a folder")
    with pytest.raises(OutputError, match="needs a folder"):
        run_batch([song], request("nmf", tmp_path))
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_found_out_before_the_work(song, tmp_path):
    (tmp_path / "look").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="cannot write"):
        run_batch([song], request("nmf", tmp_path))


def test_a_folder_that_fails_later_is_named(song, tmp_path):
    wanted = request("nmf", tmp_path)
    (tmp_path / "look").mkdir()
    (tmp_path / "look" / "nmf").write_text("in the way")
    (outcome,) = run_batch([song], wanted)
    assert outcome.status == "failed"
    assert "cannot write" in outcome.error
    assert "spectra.png" in outcome.error
    assert (tmp_path / "out/nmf/song/part_1.wav").is_file()  # the stems are there


def test_without_matplotlib_the_extra_is_named(song, tmp_path, monkeypatch):
    monkeypatch.setattr("partita.jobs.pictures.png.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"partita\[eval\]"):
        run_batch([song], request("nmf", tmp_path))


@dataclass(frozen=True)
class Counting:
    """Counts how often `prepare` is called."""

    name: ClassVar[str] = "counting"

    def prepare(self, reader, hints):
        COUNTED.append(reader)
        return len(COUNTED)

    def explain(self, reader, hints, *, state):
        return state


COUNTED: list[object] = []


def test_what_was_prepared_is_not_prepared_again():
    COUNTED.clear()
    kept = KeptState(Counting())
    assert kept.prepare("reader", Hints()) == 1
    assert kept.explain("reader", Hints()) == 1
    assert KeptState(Counting()).explain("reader", Hints()) == 2


def test_activity_is_drawn_for_any_engine_that_uses_it(song, tmp_path):
    hints = Hints(activity=Activity([0.0, 2.0], [1.0, 4.0], ("kick", "snare")))
    engine = create("drums_nmfd", **QUICK)
    wanted = Request(engine, tmp_path / "out", hints=hints, explain=tmp_path / "look")
    (outcome,) = run_batch([song], wanted)
    assert [place.name for place in outcome.pictures] == ["strokes.png", "activity.png"]


def test_the_melody_that_is_shown_is_the_one_that_is_sung():
    """Vibrato around 330 Hz for two seconds of three, alone: the picture's line must lie there."""
    t = np.arange(3 * RATE) / RATE
    f0 = 330 * 2 ** (0.3 * np.sin(2 * np.pi * 5 * t) / 12)
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    voice = sum(np.sin(h * phase) / h for h in range(1, 12)) * 0.2 * (t < 2)
    reader = AudioReader(Audio(voice[None], RATE))
    session = create("source_filter", components=4, iterations=15).open()
    (shown,) = session.explain(reader, Hints(), state=None)
    sung = (shown.time_s > 0.2) & (shown.time_s < 1.8)
    cents = 1200 * np.log2(shown.f0_hz["vocals"][sung] / np.interp(shown.time_s[sung], t, f0))
    assert np.median(np.abs(cents)) < 20
    assert np.all(shown.f0_hz["vocals"][shown.time_s > 2.2] == 0)


def test_a_score_in_another_tempo_is_shown_where_it_is_played(rng):
    t = np.arange(8 * RATE) / RATE
    pitches = rng.permutation(np.arange(60, 76))
    onset_s = np.arange(16) * 0.45 + 0.5
    sound = np.zeros_like(t)
    for pitch, start in zip(pitches, onset_s, strict=True):
        note = t - start
        f0 = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * h * f0 * note) / h for h in range(1, 8))
        sound += 0.2 * tone * np.exp(-4 * np.maximum(note, 0)) * (note >= 0) * (note < 0.44)
    written = Score(onset_s * 1.25, onset_s * 1.25 + 0.5, pitches, ("harp",) * 16)
    engine = create("score_nmf", iterations=2)
    reader, hints = AudioReader(Audio(sound[None], RATE)), Hints(score=written)
    with engine.open() as session:
        state = session.prepare(reader, hints)
        (shown,) = session.explain(reader, hints, state=state)
    assert shown.aligned
    assert np.median(np.abs(shown.score.onset_s - onset_s)) < 0.05
    slope = np.polyfit(shown.recording_s, shown.score_s, 1)[0]
    assert abs(slope - 1.25) < 0.05


def test_a_plugin_without_the_method_has_nothing_to_draw(song, tmp_path):
    class Bare:
        def prepare(self, reader, hints):
            return None

    wanted = request("hpss", tmp_path)
    with pytest.warns(UserWarning, match="nothing to draw"):
        assert explain_file(song, "song", wanted, KeptState(Bare())) == ()
    assert isinstance(create("hpss").open(), StatelessSession)


def test_the_report_tells_where_pictures_are(song, tmp_path):
    from partita.jobs import outcome_row

    (outcome,) = run_batch([song], request("nmf", tmp_path))
    row = json.loads(json.dumps(outcome_row(outcome)))
    assert row["pictures"] == [str(tmp_path / "look/nmf/song/spectra.png")]


def command(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "partita", "separate", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
    )


def test_the_command_says_where_to_look(song, tmp_path):
    options = ("-n", "nmf", "--set", "iterations=2", "--set", "frames=200")
    done = command(str(song), *options, "--explain", "look", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("Look:\n  look/nmf/song/spectra.png")
    (tmp_path / "file").touch()
    refused = command(str(song), *options, "--explain", "file", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr == "partita: --explain needs a folder, but file is none\n"
