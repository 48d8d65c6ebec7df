import mir_eval
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.core import HintError, InputError
from partita.io import read_pitch


def read(tmp_path, text, **options):
    path = tmp_path / "f0.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_pitch(path, **options)


def test_tony_and_mir_eval_files_hold_time_and_frequency(tmp_path):
    text = "0.000,0\n0.010,220.5\n0.020,221\n0.030,-221\n"
    pitch = read(tmp_path, text)
    time, frequency = mir_eval.io.load_time_series(tmp_path / "f0.csv", delimiter=",")
    assert np.array_equal(pitch.time_s, time)
    assert np.array_equal(pitch.f0_hz["vocals"], np.maximum(frequency, 0))


def test_a_low_confidence_is_unvoiced(tmp_path):
    text = "time,frequency,confidence\n0.00,440,0.9\n0.01,441,0.2\n0.02,442,0.5\n"
    assert read(tmp_path, text).f0_hz["vocals"].tolist() == [440, 0, 442]
    assert read(tmp_path, text, threshold=0.1).f0_hz["vocals"].tolist() == [440, 441, 442]


def test_sonic_annotator_names_the_file_in_the_first_line_only(tmp_path):
    text = '"song.wav",0.0058,-110.2\n,0.0116,110.4\n,0.0174,-111\n'
    pitch = read(tmp_path, text)
    assert pitch.time_s.tolist() == [0.0058, 0.0116, 0.0174]
    assert pitch.f0_hz["vocals"].tolist() == [0, 110.4, 0]


def test_a_header_names_the_voices_and_blanks_are_unvoiced(tmp_path):
    text = "time_ms,Soprano,Alto\n0.0,,\n16.0,440,nan\n32.0,441.5,220\n48,0,\n64,5\n"
    pitch = read(tmp_path, text)
    assert pitch.time_s.tolist() == [0, 0.016, 0.032, 0.048, 0.064]
    assert pitch.f0_hz["soprano"].tolist() == [0, 440, 441.5, 0, 5]
    assert pitch.f0_hz["alto"].tolist() == [0, 0, 220, 0, 0]


@pytest.mark.parametrize(
    ("header", "scale"),
    [("time", 1), ("Time (s)", 1), ("seconds", 1), ("t", 1), ("time (ms)", 1e-3), ("ms", 1e-3)],
)
def test_times_are_milliseconds_only_where_the_header_says_so(tmp_path, header, scale):
    pitch = read(tmp_path, f"{header},f0\n0,100\n5,100\n")
    assert pitch.time_s.tolist() == [0, 5 * scale]


def test_a_single_track_is_named_by_its_header_or_by_the_caller(tmp_path):
    assert tuple(read(tmp_path, "time,lead guitar\n0,100\n").f0_hz) == ("lead guitar",)
    assert tuple(read(tmp_path, "time,F0 (Hz)\n0,100\n", name="flute").f0_hz) == ("flute",)
    assert tuple(read(tmp_path, "0,100\n1,100\n", name="flute").f0_hz) == ("flute",)


def test_voices_of_one_name_are_told_apart(tmp_path):
    assert tuple(read(tmp_path, "time,Alto,alto\n0,1,2\n").f0_hz) == ("alto", "alto (2)")


@pytest.mark.parametrize(
    "text",
    [
        "0.0\t100.5\n0.5\t0\n",
        "0.0 100.5\n0.5   0\n",
        "0,0;100,5\n0,5;0\n",
        "# made by hand\n\n0.0, 100.5\r\n0.5, 0\r\n",
        "\ufeff0.0,100.5\n0.5,0\n",
    ],
)
def test_columns_are_delimited_in_many_ways(tmp_path, text):
    pitch = read(tmp_path, text)
    assert pitch.time_s.tolist() == [0, 0.5]
    assert pitch.f0_hz["vocals"].tolist() == [100.5, 0]


def test_spreadsheets_save_utf_16(tmp_path):
    text = "time\tsoprano\n0\t100\n".encode("utf-16")
    assert read(tmp_path, text).f0_hz["soprano"].tolist() == [100]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "holds no pitch values"),
        ("time,f0\n", "a header, but no pitch values"),
        ("0.0,100\n0.1,loud\n", "f0.csv, line 2: expected a frequency in Hz, got 'loud'"),
        ("0.0,100\nlater,100\n", "line 2: expected a time, got 'later'"),
        ("0.0,100\n\n0.0,100\n", "line 3: times must increase"),
        ("-1,100\n", "line 1: the time '-1' is negative"),
        ("0.0\n", "a time and a frequency in each line"),
        ("0,100,100\n", "3 columns without a header"),
        ("0,100\n1,100,100\n", "line 2: 3 columns where the lines before have 2"),
        ("f0,time\n100,0\n", "first column must be the time, got 'f0'"),
        ("time,confidence\n0,0.5\n", "a confidence belongs to one pitch"),
        ("time,a,b,confidence\n0,1,1,1\n", "a confidence belongs to one pitch"),
        ("time,f0,confidence\n0,100,7\n", "line 2: expected a confidence from 0 to 1, got '7'"),
        ("0,1e999\n", "expected a frequency"),
        ("0,inf\n", "expected a frequency"),
        ("0," + "9" * 400 + "\n", "expected a frequency"),
        (b"0,100\n1,\xff\xfe\n", "line 2: not UTF-8 text"),
        (b"0,100\n\x00\n", "line 2: not text"),
        ("time," + ",".join(f"v{n}" for n in range(99)) + "\n", "at most 64 voices"),
        ('"' + "x" * 200_000 + '",1\n', "line 1: field larger"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, text, message):
    with pytest.raises(HintError, match=message):
        read(tmp_path, text)


def test_a_missing_or_endless_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_pitch(tmp_path / "none.csv")
    with pytest.raises(InputError, match="not a file"):
        read_pitch("/dev/zero")


def test_a_file_of_gigabytes_is_refused_and_not_read(tmp_path):
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(3 << 30)
    with pytest.raises(HintError, match="larger than 32 MiB"):
        read_pitch(tmp_path / "big.csv")


CELLS = st.sampled_from(
    ["0", "1", "0.5", "-1", "440", "nan", "", "time", "ms", "confidence", "a", '"', "1e9", "\t"]
)


@given(st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=8).map("\n".join) | st.text())
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_a_pitch_track_or_an_error(tmp_path, text):
    try:
        pitch = read(tmp_path, text.encode("utf-8", "surrogatepass"))
    except HintError:
        return
    assert np.all(np.diff(pitch.time_s) > 0)


def test_a_choir_of_four_is_read_from_its_dataset(recordings):
    path = recordings / "choral-singing" / "f0" / "satb_singer4.csv"
    pitch = read_pitch(path)
    assert tuple(pitch.f0_hz) == ("s", "a", "t", "b")
    voiced = [f0[f0 > 0] for f0 in pitch.f0_hz.values()]
    means = [np.exp(np.mean(np.log(f0))) for f0 in voiced]
    assert means == sorted(means, reverse=True)
