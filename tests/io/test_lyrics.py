import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.core import HintError
from partita.io import read_lyrics


def read(tmp_path, text):
    path = tmp_path / "song.lrc"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_lyrics(path)


def rows(lyrics):
    return list(zip(lyrics.start_s.tolist(), lyrics.end_s.tolist(), lyrics.text, strict=True))


def test_a_line_lasts_until_the_next_begins(tmp_path):
    text = "[ar:Somebody]\n[00:01.50]take it\n[00:03]apart\n[01:02.25]\n[01:10.00]again\n"
    assert rows(read(tmp_path, text)) == [
        (1.5, 3.0, "take it"),
        (3.0, 62.25, "apart"),
        (70.0, 75.0, "again"),
    ]


def test_a_line_that_comes_back_has_several_times(tmp_path):
    text = "[00:10.00][00:30.00]refrain\n[00:20.00]verse\n[00:40.00]\n"
    assert [(a, t) for a, _, t in rows(read(tmp_path, text))] == [
        (10, "refrain"),
        (20, "verse"),
        (30, "refrain"),
    ]


def test_a_positive_offset_brings_lyrics_forward(tmp_path):
    text = "[offset:+500]\n[00:02.00]take it\n[00:03.00]\n"
    assert rows(read(tmp_path, text)) == [(1.5, 2.5, "take it")]
    text = "[offset: -500]\n[00:02.00]take it\n[00:03.00]\n"
    assert rows(read(tmp_path, text)) == [(2.5, 3.5, "take it")]


def test_word_times_make_words_the_entries(tmp_path):
    text = "[00:01.00] <00:01.00> take <00:01.50> it <00:02.25>\n[00:04.00]apart\n[00:05.00]\n"
    assert rows(read(tmp_path, text)) == [
        (1.0, 1.5, "take"),
        (1.5, 2.25, "it"),
        (4.0, 5.0, "apart"),
    ]


def test_two_texts_of_one_time_both_stay(tmp_path):
    text = "[00:01.00]take it\n[00:01.00]nimm es\n[00:02.00]\n"
    assert rows(read(tmp_path, text)) == [(1.0, 2.0, "take it"), (1.0, 2.0, "nimm es")]


@pytest.mark.parametrize(
    "content",
    [
        [{"start": 1, "end": 2.5, "text": " take\nit "}],
        {"segments": [{"start_s": 1, "end_s": 2.5, "text": "take it"}]},
        {"lines": [{"start": 1.0, "end": 2.5, "line": "take it"}]},
    ],
)
def test_json_entries_have_start_end_and_text(tmp_path, content):
    assert rows(read(tmp_path, json.dumps(content, indent=1))) == [(1.0, 2.5, "take it")]


def test_json_words_are_taken_where_there_are_any(tmp_path):
    words = [{"word": "take", "start": 1, "end": 2}, {"word": "it", "start": 2, "end": 3}]
    content = {"segments": [{"start": 1, "end": 3, "text": "take it", "words": words}]}
    assert rows(read(tmp_path, json.dumps(content))) == [(1, 2, "take"), (2, 3, "it")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("take it\napart\n", "song.lrc, line 1: expected a time"),
        ("[00:01.00]take it\napart\n", "line 2: expected a time"),
        ("[00:61.00]take it\n", "line 1: .* more than 59 seconds"),
        ("[offset:soon]\n[00:01.00]x\n", "line 1: the offset is a whole number"),
        ("[00:01.00]\n", "holds no text with times"),
        ("[offset:9000]\n[00:01.00]x\n[00:02.00]\n", "holds no text with times"),
        ('{"a": ', "line 1: not JSON"),
        ('[\n{"start": 1,}]', "line 2: not JSON"),
        ('{"a": 1}', "expected a list of entries"),
        ("[1, 2]", "expected a list of entries"),
        ('[{"start": 1, "end": 2}]', "entry 1: expected a text"),
        ('[{"start": 2, "end": 1, "text": "x"}]', "entry 1: from 2 to 1 s"),
        ('[{"start": "1", "end": 2, "text": "x"}]', "entry 1: start must be a number"),
        ('[{"start": NaN, "end": 2, "text": "x"}]', "entry 1: start must be a number"),
        ('[{"start": 1e400, "end": 2, "text": "x"}]', "entry 1: start must be a number"),
        ("[" * 100_000, "JSON"),
        ("[" + "9" * 10_000 + "]", "JSON"),
        ("[]", "holds no lyrics"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message):
    with pytest.raises(HintError, match=message):
        read(tmp_path, text)


PIECES = st.sampled_from(
    ["[00:01.00]", "<00:02.50>", "[offset:100]", "[99:99]", "la", "\n", "{", "[", '"start":1', ":"]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_lyrics_or_an_error(tmp_path, text):
    try:
        lyrics = read(tmp_path, text.encode("utf-8", "surrogatepass"))
    except HintError:
        return
    assert np.all(lyrics.end_s > lyrics.start_s)
