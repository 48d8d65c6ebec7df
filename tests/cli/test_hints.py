"""Side information on the command line."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from partita.core import Audio
from partita.io import load, save

mido = pytest.importorskip("mido", reason="the extra 'score' is not installed")
pytest.importorskip("pretty_midi", reason="the extra 'score' is not installed")

RATE = 16_000


def partita(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "partita", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
    )


def tone(pitch, seconds, overtones):
    t = np.arange(round(seconds * RATE)) / RATE
    f0 = 440 * 2 ** ((pitch - 69) / 12)
    return sum(a * np.sin(2 * np.pi * h * f0 * t) for h, a in enumerate(overtones, 1))


@pytest.fixture(scope="module")
def duet(tmp_path_factory):
    """song.wav, its parts, and song.mid, in which everything comes 1 s later."""
    folder = tmp_path_factory.mktemp("duet")
    rng = np.random.default_rng(3)
    parts = {"Reed": (rng.choice([60, 62, 64, 65, 67], 12), (1, 0.1, 0.6, 0.1, 0.4))}
    parts["Low brass"] = (rng.choice([41, 43, 45, 48], 12), (1, 0.8, 0.6, 0.5, 0.4))
    file = mido.MidiFile(ticks_per_beat=480)
    stems = {}
    for channel, (name, (pitches, overtones)) in enumerate(parts.items()):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        x = np.zeros(8 * RATE)
        rest = 960
        for n, pitch in enumerate(pitches):
            at = round((0.5 + 0.6 * n) * RATE)
            x[at : at + round(0.54 * RATE)] += 0.1 * tone(pitch, 0.54, overtones)
            on = {"note": int(pitch), "channel": channel}
            track.append(mido.Message("note_on", **on, time=rest + (480 if n == 0 else 0)))
            track.append(mido.Message("note_off", **on, time=518))
            rest = 58
        file.tracks.append(track)
        stems[name.lower()] = x
    file.save(folder / "song.mid")
    save(folder / "song.wav", Audio(sum(stems.values())[None], RATE), encoding="float32")
    return folder, stems


def si_sdr(reference, estimate):
    projected = (reference @ estimate) / (reference @ reference) * reference
    return 10 * np.log10(np.sum(projected**2) / np.sum((estimate - projected) ** 2))


def test_a_score_makes_a_stem_of_each_part(duet):
    folder, truth = duet
    done = partita(
        "separate", "song.wav", "-n", "score_nmf", "--score", "song.mid", "-o", "a", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    out = folder / "a/score_nmf/song"
    for name, reference in truth.items():
        estimate = load(out / f"{name}.wav").samples[0]
        # a tone of its own each, as good as silent in the other: 8 dB are few
        assert si_sdr(reference, estimate) > 8
    (row,) = json.loads((out / "partita.json").read_text())["hints"]
    assert (row["hint"], row["name"]) == ("score", "song.mid")
    assert "warning" not in done.stderr


def test_another_score_is_warned_of(duet):
    folder, _ = duet
    other = mido.MidiFile(folder / "song.mid")
    for track in other.tracks:
        for n, message in enumerate(track):
            if message.type.startswith("note"):
                message.note += 1 + 2 * ((n // 2) % 3)
    other.save(folder / "other.mid")
    done = partita(
        "separate", "song.wav", "-n", "score_nmf", "--score", "other.mid", "-o", "b", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert "warning: the score fits the recording badly: mismatch" in done.stderr
    manifest = json.loads((folder / "b/score_nmf/song/partita.json").read_text())
    assert "fits the recording badly" in manifest["warnings"][0]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["-n", "score_nmf"], "engine score_nmf needs the score hint: give --score FILE"),
        (["-n", "hpss", "--score", "song.mid"], "engine hpss cannot use the score hint"),
        (["--lyrics", "a.lrc"], "engine quartet cannot use the lyrics hint; it uses none"),
        (["-n", "score_nmf", "--score", "song.wav"], "song.wav is no score"),
        (["--example", "solo.wav"], "--example wants NAME=FILE"),
        (
            ["-n", "score_nmf", "--score", "song.mid", "song.mid"],
            "one score hint cannot belong to 2 recordings: put {track} into the name",
        ),
    ],
)
def test_what_makes_no_sense_is_said_before_any_work(duet, flags, message):
    folder, _ = duet
    done = partita("separate", "song.wav", *flags, "-o", "c", cwd=folder)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "c").exists()


NO_NOTES = """<score-partwise version="3.1"><part-list><score-part id="P1"><part-name>a</part-name>
</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>1</divisions>
</attributes><note><rest/><duration>4</duration></note></measure></part></score-partwise>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x20\0\x90", "is MIDI that ends too early"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\4\0\xff\x2f\0", "holds 0 notes"),
        (NO_NOTES.encode(), "holds 0 pitched notes"),
    ],
    ids=["broken", "empty", "rests only"],
)
def test_a_score_without_notes_is_said_before_any_work(duet, content, message):
    folder, _ = duet
    (folder / "wrong.mid").write_bytes(content)
    done = partita(
        "separate", "song.wav", "-n", "score_nmf", "--score", "wrong.mid", "-o", "w", cwd=folder
    )
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "w").exists()


def test_parts_of_one_name_become_stems_of_two(duet):
    folder, _ = duet
    same = mido.MidiFile(folder / "song.mid")
    for track in same.tracks:
        for message in track:
            if message.type == "track_name":
                message.name = "Horn"
    same.save(folder / "same.mid")
    done = partita(
        "separate", "song.wav", "-n", "score_nmf", "--score", "same.mid", "-o", "h", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    stems = sorted(path.name for path in (folder / "h/score_nmf/song").glob("*.wav"))
    assert stems == ["horn (2).wav", "horn.wav"]


def test_the_help_names_the_flags(duet):
    shown = partita("separate", "--help", cwd=duet[0]).stdout
    for flag in ("--score", "--pitch", "--activity", "--lyrics", "--example"):
        assert flag in shown
