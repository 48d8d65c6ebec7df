import json
import os
import subprocess
import sys

import numpy as np
import pytest
import soundfile

from partita.io import load, save

HEAVY = {"scipy.signal", "scipy.stats", "onnxruntime", "av", "soundfile", "torch", "pydantic"}


def partita(*arguments, cwd):
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "partita", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
    )


def python(code, cwd):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=cwd)


@pytest.fixture
def song(tmp_path, noise):
    save(tmp_path / "song.wav", noise, encoding="int16")
    return tmp_path / "song.wav"


def test_help_imports_nothing_heavy(tmp_path):
    code = (
        "import sys, time\n"
        "from partita.cli.main import run\n"
        "sys.argv = ['partita', '--help']\n"
        "try: run()\n"
        "except SystemExit: pass\n"
        "print('CPU', time.process_time(), file=sys.stderr)\n"
        "print('MODULES', *sys.modules, file=sys.stderr)\n"
    )
    tries = [python(code, cwd=tmp_path) for _ in range(5)]
    done = tries[0]
    assert "separate" in done.stdout
    modules = done.stderr.split("MODULES", 1)[1].split()
    assert HEAVY.isdisjoint(modules)
    assert "numpy" not in modules
    # the least of five: whatever else the machine does only adds to it
    assert min(float(each.stderr.split("CPU", 1)[1].split()[0]) for each in tries) < 0.5


def test_importing_the_package_imports_nothing_heavy(tmp_path):
    code = "import partita, sys; print(*sys.modules)"
    done = python(code, cwd=tmp_path)
    assert (HEAVY | {"numpy"}).isdisjoint(done.stdout.split())


def test_separating_imports_no_torch(tmp_path, song):
    code = (
        "import partita, sys\n"
        "partita.separate(sys.argv[1], engine='classic')\n"
        "print('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(song)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("False\n", "")


def test_separate_writes_stems_and_ends_with_a_table(tmp_path, song):
    done = partita("separate", song, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "separated/quartet/song"
    assert {p.name for p in folder.iterdir()} == {
        *(f"{s}.wav" for s in ("vocals", "drums", "bass", "other")),
        "partita.json",
    }
    assert "separated/quartet/song/: vocals, drums, bass, other" in done.stdout
    assert done.stderr == "[1/1] song.wav\n"


def test_quiet_says_nothing(tmp_path, song):
    done = partita("separate", song, "-q", "-n", "hpss", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--two-stems", "vocals"], {"vocals.wav", "no_vocals.wav"}),
        (["--stems", "drums,no_bass", "--flac"], {"drums.flac", "no_bass.flac"}),
        (["--stems", "bass", "--mp3"], {"bass.mp3"}),
        (["--stems", "bass", "--opus"], {"bass.opus"}),
        (["--stems", "bass", "--ogg"], {"bass.ogg"}),
        (["--stems", "bass", "--m4a"], {"bass.m4a"}),
        (["--stems", "bass", "--alac"], {"bass.m4a"}),
    ],
)
def test_stems_and_formats(tmp_path, song, flags, expected):
    done = partita("separate", song, "-o", "o", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {p.name for p in (tmp_path / "o/quartet/song").iterdir()} == expected | {"partita.json"}


def test_options_of_the_engine(tmp_path, song):
    flags = ["-n", "hpss", "--set", "margin=3", "--set", "power=1", "--float32"]
    done = partita("separate", song, *flags, "--filename", "{track}-{stem}.{ext}", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((tmp_path / "separated/hpss/song-partita.json").read_text())
    assert manifest["engine"]["options"]["margin"] == 3.0
    assert manifest["output"]["encoding"] == "float32"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["separate", "song.wav", "-n", "magic"], "there is no engine 'magic'"),
        (["separate", "song.wav", "--stems", "piano"], "no stem 'piano'"),
        (["separate", "song.wav", "--flac", "--mp3"], "choose one of --flac and --mp3"),
        (["separate", "song.wav", "--flac", "--float32"], "flac holds int16 or int24"),
        (["separate", "song.wav", "--set", "colour"], "--set wants KEY=VALUE"),
        (["separate", "song.wav", "--set", "colour=1"], "no option 'colour'"),
        (["separate", "song.wav", "-n", "hpss", "--set", "margin=99"], "margin must be from"),
        (["separate", "song.wav", "-d", "abacus"], "not on abacus"),
        (["separate", "song.wav", "--filename", "{stem}"], "--filename needs {ext}"),
        (["separate", "song.wav", "-n", "ideal_ratio_mask"], "needs the references hint"),
        (["separate"], "Missing argument"),
        (["separate", "song.wav", "--colour"], "No such option"),
        (["unmix"], "No such command"),
        (["engines", "magic"], "there is no engine 'magic'"),
    ],
)
def test_requests_that_make_no_sense_end_with_2(tmp_path, song, arguments, message):
    done = partita(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "separated").exists()


def make_bad_inputs(folder, noise):
    """name -> what the message says."""
    (folder / "empty.wav").touch()
    (folder / "text.wav").write_text("la la la\n" * 99)
    (folder / "random.mp3").write_bytes(np.random.default_rng(0).bytes(200_000))
    save(folder / "cut.flac", noise)
    (folder / "cut.flac").write_bytes((folder / "cut.flac").read_bytes()[:60])
    (folder / "folder").mkdir()
    (folder / "folder/notes.txt").write_text("x")
    nan = np.zeros((900, 2), np.float32)
    nan[450] = np.nan
    soundfile.write(folder / "nan.wav", nan, 8000, subtype="FLOAT")
    soundfile.write(folder / "zero.wav", np.zeros((0, 2)), 8000)
    return {
        "empty.wav": "is empty",
        "text.wav": "is not audio",
        "random.mp3": "is not audio",
        "cut.flac": "",
        "missing.wav": "does not exist",
        "folder": "holds no audio files",
        "nan.wav": "NaN or infinite samples, the first at 0.056 s",
        "zero.wav": "holds no samples",
    }


def test_bad_inputs_are_one_clear_line_each(tmp_path, noise, song):
    messages = make_bad_inputs(tmp_path, noise)
    for name, message in messages.items():
        done = partita("separate", name, "-q", "-n", "hpss", cwd=tmp_path)
        assert done.returncode == 1, name
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith(f"error: {name} "), done.stderr
        assert message in done.stderr
        assert not (tmp_path / "separated").exists(), name


def test_bad_inputs_do_not_stop_the_good_one(tmp_path, noise, song):
    bad = make_bad_inputs(tmp_path, noise)
    done = partita("separate", *bad, "song.wav", "-n", "hpss", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.count("error: ") == len(bad)
    assert [p.name for p in (tmp_path / "separated/hpss").iterdir()] == ["song"]
    assert done.stdout.count("failed") == len(bad)


def test_half_a_flac_is_separated_with_a_warning(tmp_path, noise):
    save(tmp_path / "half.flac", noise)
    data = (tmp_path / "half.flac").read_bytes()
    (tmp_path / "half.flac").write_bytes(data[: len(data) // 2])
    done = partita("separate", "half.flac", "-n", "hpss", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "warning: half.flac is damaged or cut short" in done.stderr
    manifest = json.loads((tmp_path / "separated/hpss/half/partita.json").read_text())
    assert "cut short" in manifest["warnings"][0]


def test_a_name_with_a_newline_is_separated_and_shown_in_one_line(tmp_path, song):
    os.rename(song, tmp_path / "two\nlines.wav")
    done = partita("separate", "two\nlines.wav", "-n", "hpss", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "[1/1] two\\nlines.wav\n"
    assert (tmp_path / "separated/hpss/two\nlines/harmonic.wav").exists()


def test_an_output_that_cannot_be_made_is_named(tmp_path, song):
    (tmp_path / "file").touch()
    done = partita("separate", song, "-o", "file", cwd=tmp_path)
    assert done.returncode == 1
    assert "error: cannot write to file" in done.stderr


def test_engines_for_people_and_programs(tmp_path):
    text = partita("engines", cwd=tmp_path).stdout
    assert "quartet (default): vocals, drums, bass, other" in text
    table = json.loads(partita("engines", "--json", cwd=tmp_path).stdout)
    assert {row["name"]: row["default"] for row in table}["quartet"] is True
    one = partita("engines", "hpss", cwd=tmp_path).stdout
    assert "--set margin=1.0" in one


def test_info_tells_length_and_level(tmp_path, song):
    done = partita("info", song, "--json", cwd=tmp_path)
    (facts,) = json.loads(done.stdout)
    assert (facts["rate"], facts["channels"], facts["length"]) == (16_000, 2, 24_000)
    assert facts["peak_dbfs"] == pytest.approx(-6.02, abs=0.01)
    failed = partita("info", song, "missing.wav", cwd=tmp_path)
    assert failed.returncode == 1
    assert "error: missing.wav does not exist" in failed.stderr
    assert "16000 Hz, stereo, 0:01.5" in failed.stdout


def test_doctor_finds_nothing_bad(tmp_path):
    done = partita("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert {c["state"] for c in json.loads(done.stdout)} <= {"ok", "absent"}


def test_version(tmp_path):
    from partita import __version__

    assert partita("--version", cwd=tmp_path).stdout == f"partita {__version__}\n"


def test_demo_separates_scores_and_shows(tmp_path):
    done = partita("demo", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("vocals", "drums", "bass", "other"):
        assert load(tmp_path / f"out/separated/quartet/demo/{name}.wav").duration_s > 15
        assert f"out/separated/quartet/demo/{name}.wav" in done.stdout
    rows = {}
    for line in done.stdout.splitlines():
        rows.setdefault(line.split()[0] if line.strip() else "", line.split()[1:])
    for name in ("vocals", "drums", "bass", "other"):
        mixture, quartet, oracle = map(float, rows[name])
        # Not a bound: in longer frames than the mask's, low notes are told apart better.
        assert mixture < quartet < oracle + 0.5
    assert (tmp_path / "out/demo.png").stat().st_size > 10_000


def test_programs_get_an_event_a_line_and_a_report(tmp_path, song):
    flags = ["-n", "hpss", "--progress", "json", "--report", "report.json", "--overlap", "0.2"]
    done = partita("separate", "missing.wav", song, *flags, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    events = [json.loads(line) for line in done.stderr.splitlines()]
    kinds = [event["event"] for event in events]
    assert kinds[:3] == ["start", "failed", "start"]
    assert set(kinds[3:-1]) == {"progress"}
    assert (kinds[-1], events[-1]["status"]) == ("done", "done")
    rows = json.loads((tmp_path / "report.json").read_text())["inputs"]
    assert rows == [{k: v for k, v in e.items() if k != "event"} for e in (events[1], events[-1])]


def test_stems_are_mixed_anew(tmp_path, song):
    partita("separate", song, "-q", cwd=tmp_path)
    flags = ["-o", "mix.wav", "--gain", "vocals=-6", "--mute", "drums"]
    done = partita("remix", "separated/quartet/song", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("mix.wav: ")
    assert load(tmp_path / "mix.wav").length == 24_000
    for wrong in (["--mute", "piano"], ["--gain", "vocals"], ["--loudness", "loud"]):
        done = partita("remix", "separated/quartet/song", "-o", "mix.wav", *wrong, cwd=tmp_path)
        assert done.returncode == 2, wrong
