import mir_eval
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.core import HintError
from partita.io import read_activity


def read(tmp_path, text):
    path = tmp_path / "labels.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_activity(path)


EXPECTED = [(0.0, 2.5, "lead vocals"), (4.0, 5.0, "guitar")]


@pytest.mark.parametrize(
    "text",
    [
        "0.0\t2.5\tLead vocals\n4\t5.0\tguitar\n",
        "0.0,2.5,Lead vocals\n4,5.0,guitar\n",
        "start,end,label\n0.0,2.5,Lead vocals\n4,5.0,guitar\n",
        "start;end;label\n0,0;2,5;Lead vocals\n4;5,0;guitar\n",
        "0.0 2.5 Lead vocals\n4 5.0 guitar\n",
        '# by hand\n0.0, 2.5, "Lead vocals"\n\n4, 5.0, guitar\n',
        "0.0\t2.5\tLead vocals\n\\\t100.0\t2000.0\n4\t5.0\tguitar\n",
        "SPEAKER song 1 0.0 2.5 <NA> <NA> lead_vocals <NA> <NA>\n"
        ";; a comment\nSPEAKER song 1 4.0 1.0 <NA> <NA> guitar <NA>\n",
    ],
    ids=["audacity", "csv", "header", "semicolons", "mirex", "comments", "ranges", "rttm"],
)
def test_label_files_of_many_makes_say_the_same(tmp_path, text):
    activity = read(tmp_path, text)
    found = zip(activity.start_s, activity.end_s, activity.source, strict=True)
    assert [(a, b, s.replace("_", " ")) for a, b, s in found] == EXPECTED


def test_intervals_are_those_that_mir_eval_reads(tmp_path):
    text = "0.0\t2.5\ta\n2.0\t3.75\tb\n"
    activity = read(tmp_path, text)
    intervals, labels = mir_eval.io.load_labeled_intervals(tmp_path / "labels.txt")
    assert np.array_equal(np.stack([activity.start_s, activity.end_s], 1), intervals)
    assert list(activity.source) == labels


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("start,end,label\n", "holds no intervals"),
        ("1,2\n", "line 1: the interval has no name"),
        ("1,2,a\n5,4,b\n", "labels.txt, line 2: the interval ends at 4 s, before it starts at 5 s"),
        ("1,1,a\n", "line 1: a label at 1 s without length"),
        ("-2,1,a\n", "line 1: the interval starts at -2 s"),
        ("1,2,a\nx,y,b\n", "line 2: expected start, end and name, got 'x' and 'y'"),
        ("1,2,a\n3\n", "line 2: expected start, end and name, got '3' and ''"),
        ("SPEAKER song 1 0.0\n", "at least 8 fields, this one 4"),
        ("SPEAKER song 1 a b <NA> <NA> x\n", "start and duration"),
    ],
)
def test_what_is_wrong_is_named_with_file_and_line(tmp_path, text, message):
    with pytest.raises(HintError, match=message):
        read(tmp_path, text)


@given(
    st.lists(
        st.lists(
            st.sampled_from(["0", "1.5", "-1", "a", "SPEAKER", "\t", ",", " ", '"', "\\", "9e99"]),
            max_size=9,
        ).map("".join),
        max_size=6,
    ).map("\n".join)
)
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_an_activity_or_an_error(tmp_path, text):
    try:
        activity = read(tmp_path, text)
    except HintError:
        return
    assert np.all(activity.end_s > activity.start_s)
