import io
import sys
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.core import HintError, InputError, MissingExtra, PartitaWarning, Score
from partita.io import read_score

mido = pytest.importorskip("mido", reason="the extra 'score' is not installed")
pytest.importorskip("pretty_midi", reason="the extra 'score' is not installed")

TEMPO_60 = '<direction><sound tempo="60"/></direction>'


def midi(tracks, tempos=((0, 500_000),), ticks=480):
    """A MIDI file: tracks of (name, program, channel, [(onset, length, pitch) in beats])."""
    file = mido.MidiFile(ticks_per_beat=ticks)
    head = mido.MidiTrack()
    now = 0
    for beat, tempo in tempos:
        head.append(mido.MetaMessage("set_tempo", tempo=tempo, time=round(beat * ticks) - now))
        now = round(beat * ticks)
    file.tracks.append(head)
    for name, program, channel, notes in tracks:
        track = mido.MidiTrack()
        if name:
            track.append(mido.MetaMessage("track_name", name=name))
        track.append(mido.Message("program_change", program=program, channel=channel))
        events = []
        for onset, length, pitch in notes:
            events.append((round(onset * ticks), 1, pitch))
            events.append((round((onset + length) * ticks), 0, pitch))
        now = 0
        for tick, on, pitch in sorted(events):
            kind = "note_on" if on else "note_off"
            track.append(mido.Message(kind, note=pitch, channel=channel, time=tick - now))
            now = tick
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def musicxml(*parts):
    """A MusicXML file of (name, measures)."""
    names = "".join(
        f'<score-part id="P{n}"><part-name>{name}</part-name></score-part>'
        for n, (name, _) in enumerate(parts)
    )
    bodies = "".join(
        f'<part id="P{n}">'
        + "".join(f'<measure number="{m}">{body}</measure>' for m, body in enumerate(measures, 1))
        + "</part>"
        for n, (_, measures) in enumerate(parts)
    )
    return (
        '<?xml version="1.0"?><score-partwise version="3.1">'
        f"<part-list>{names}</part-list>{bodies}</score-partwise>"
    ).encode()


def attributes(transpose="", beats=2):
    return (
        f"<attributes><divisions>2</divisions><time><beats>{beats}</beats>"
        f"<beat-type>4</beat-type></time>{transpose}</attributes>"
    )


def note(step, octave, duration, inside=""):
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{duration}</duration>{inside}<type>quarter</type></note>"
    )


REPEAT = '<barline location="right"><repeat direction="backward"/></barline>'


def read(tmp_path, content, name="score.mid"):
    (tmp_path / name).write_bytes(content)
    return read_score(tmp_path / name)


def rows(score: Score):
    columns = (score.onset_s, score.offset_s, score.pitch_midi)
    return list(zip(*(c.tolist() for c in columns), score.part, strict=True))


def test_midi_notes_keep_times_pitches_and_track_names(tmp_path):
    tracks = [
        ("Trumpet I", 56, 0, [(0, 1, 60), (2, 2, 64)]),
        ("Trombone", 57, 1, [(1, 1, 48)]),
    ]
    score = read(tmp_path, midi(tracks))
    assert rows(score) == [
        (0.0, 0.5, 60.0, "trumpet i"),
        (0.5, 1.0, 48.0, "trombone"),
        (1.0, 2.0, 64.0, "trumpet i"),
    ]


def test_midi_tempo_changes_move_the_notes_after_them(tmp_path):
    tempos = [(0, 500_000), (2, 1_000_000)]  # 120, then 60 beats a minute
    score = read(tmp_path, midi([("a", 0, 0, [(0, 1, 60), (2, 1, 60), (4, 1, 60)])], tempos))
    assert score.onset_s.tolist() == [0.0, 1.0, 3.0]


def test_tracks_without_a_name_are_called_after_their_instrument_and_made_unique(tmp_path):
    tracks = [("", 56, 0, [(0, 1, 60)]), ("", 56, 1, [(1, 1, 62)]), ("A/B", 0, 2, [(2, 1, 64)])]
    assert read(tmp_path, midi(tracks)).parts == ("trumpet", "trumpet (2)", "a b")


def test_percussion_is_told_from_pitches(tmp_path):
    tracks = [("kit", 0, 9, [(0, 1, 36), (1, 1, 38)]), ("bass", 33, 0, [(0, 1, 40)])]
    score = read(tmp_path, midi(tracks))
    assert score.percussion == {"kit"}
    assert score.pitched.parts == ("bass",)
    assert read(tmp_path, midi([("", 0, 9, [(0, 1, 36)])])).parts == ("drums",)


def test_unpitched_notes_of_musicxml_are_left_out_with_a_warning(tmp_path):
    stroke = "<note><unpitched/><duration>2</duration></note>"
    body = attributes() + TEMPO_60 + note("C", 4, 2) + stroke
    with pytest.warns(PartitaWarning, match="1 strokes of percussion"):
        score = read(tmp_path, musicxml(("a", [body])), "a.musicxml")
    assert score.pitch_midi.tolist() == [60]


def test_notes_that_never_end_are_told(tmp_path):
    file = mido.MidiFile()
    track = mido.MidiTrack()
    track.append(mido.Message("note_on", note=60, time=0))
    track.append(mido.Message("note_off", note=60, time=480))
    track.append(mido.Message("note_on", note=62, time=0))
    file.tracks.append(track)
    file.save(tmp_path / "a.mid")
    with pytest.warns(PartitaWarning, match="1 of 2 notes never end"):
        assert read_score(tmp_path / "a.mid").pitch_midi.tolist() == [60]


def test_wrapped_midi_is_read(tmp_path):
    inside = midi([("a", 0, 0, [(0, 1, 60)])])
    size, data = (n.to_bytes(4, "little") for n in (len(inside) + 12, len(inside)))
    score = read(tmp_path, b"RIFF" + size + b"RMIDdata" + data + inside, "a.rmi")
    assert score.pitch_midi.tolist() == [60]


def test_ten_thousand_notes_at_once_are_read(tmp_path):
    notes = [(n % 7, 1, n % 128) for n in range(10_000)]
    tracks = [(f"t{c}", 0, c, notes[c::9]) for c in range(9)]
    assert len(read(tmp_path, midi(tracks)).part) == 10_000


def test_musicxml_notes_sound_at_their_tempo(tmp_path):
    body = attributes() + TEMPO_60 + note("C", 4, 2) + note("D", 4, 2)
    later = '<direction><sound tempo="120"/></direction>' + note("E", 4, 4)
    score = read(tmp_path, musicxml(("Flute", [body, later])), "a.musicxml")
    assert rows(score) == [
        (0.0, 1.0, 60.0, "flute"),
        (1.0, 2.0, 62.0, "flute"),
        (2.0, 3.0, 64.0, "flute"),
    ]


def test_a_metronome_mark_is_a_tempo(tmp_path):
    mark = (
        "<direction><direction-type><metronome><beat-unit>half</beat-unit>"
        "<per-minute>30</per-minute></metronome></direction-type></direction>"
    )
    score = read(tmp_path, musicxml(("a", [attributes() + mark + note("C", 4, 4)])), "a.xml")
    assert score.offset_s.tolist() == [2.0]


def test_the_tempo_of_one_part_is_that_of_all(tmp_path):
    first = [attributes() + TEMPO_60 + note("C", 4, 4)]
    second = [attributes() + note("C", 3, 4)]
    score = read(tmp_path, musicxml(("a", first), ("b", second)), "a.musicxml")
    assert score.offset_s.tolist() == [2.0, 2.0]


def test_repeats_are_played(tmp_path):
    measures = [attributes() + TEMPO_60 + note("C", 4, 4) + REPEAT, note("D", 4, 4)]
    score = read(tmp_path, musicxml(("a", measures)), "a.musicxml")
    assert score.pitch_midi.tolist() == [60, 60, 62]
    assert score.onset_s.tolist() == [0.0, 2.0, 4.0]


def test_transposing_instruments_sound_where_they_sound(tmp_path):
    trumpet = "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose>"
    bass = "<transpose><chromatic>0</chromatic><octave-change>-1</octave-change></transpose>"
    content = musicxml(
        ("Trumpet in B♭", [attributes(trumpet) + TEMPO_60 + note("C", 5, 4)]),
        ("Double bass", [attributes(bass) + note("C", 3, 4)]),
    )
    score = read(tmp_path, content, "a.musicxml")
    assert dict(zip(score.part, score.pitch_midi, strict=True)) == {
        "trumpet in b": 70,
        "double bass": 36,
    }


def test_tied_notes_are_one_and_grace_notes_sound(tmp_path):
    tied = note("C", 4, 4, '<tie type="start"/>'), note("C", 4, 4, '<tie type="stop"/>')
    grace = "<note><grace/><pitch><step>B</step><octave>3</octave></pitch></note>"
    measures = [attributes() + TEMPO_60 + grace + tied[0], tied[1]]
    score = read(tmp_path, musicxml(("a", measures)), "a.musicxml")
    assert rows(score)[0][:3] in ((0.0, 4.0, 60.0), (0.0, 0.125, 59.0))
    assert sorted(score.pitch_midi) == [59, 60]
    assert np.max(score.offset_s) == 4.0


def test_a_score_without_tempo_says_what_it_assumes(tmp_path):
    with pytest.warns(PartitaWarning, match="120 quarter notes a minute"):
        score = read(tmp_path, musicxml(("a", [attributes() + note("C", 4, 4)])), "a.musicxml")
    assert score.offset_s.tolist() == [1.0]


def test_compressed_musicxml_is_read_and_a_bomb_is_not(tmp_path):
    content = musicxml(("a", [attributes() + TEMPO_60 + note("C", 4, 4)]))
    with zipfile.ZipFile(tmp_path / "a.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/container.xml", "<container/>")
        archive.writestr("score.xml", content)
    assert read_score(tmp_path / "a.mxl").pitch_midi.tolist() == [60]
    with zipfile.ZipFile(tmp_path / "bomb.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", b"<a>" + b" " * (65 << 20))
    with pytest.raises(HintError, match="larger than 64 MiB"):
        read_score(tmp_path / "bomb.mxl")


def test_no_entity_reads_another_file(tmp_path):
    (tmp_path / "secret.txt").write_text("hidden")
    content = (
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{tmp_path}/secret.txt">]>'
        "<score-partwise><part-list><score-part id='P0'><part-name>&x;</part-name></score-part>"
        f"</part-list><part id='P0'><measure number='1'>{attributes()}{TEMPO_60}"
        f"{note('C', 4, 4)}</measure></part></score-partwise>"
    )
    try:
        parts = read(tmp_path, content.encode(), "a.xml").parts
    except HintError as error:
        parts = (str(error),)
    assert "hidden" not in parts[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x00\x01\x02 no score", "is no score"),
        (b"MThd", "ends too early"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\0\x20\0\x90", "ends too early"),
        (b"MThd\0\0\0\6\0\1\0\0\1\xe0", "holds no tracks"),
        (b"MThd\0\0\0\6\0\1\0\1\1\xe0Mist\0\0\0\0", "is not MIDI that can be read"),
        (b"<html><body/></html>", "no MusicXML"),
        (b"<score-timewise/>", "ordered by time"),
        (b"<score-partwise>\n<part>", "line 2: not XML"),
        (b"PK\x03\x04 broken", "damaged archive"),
    ],
)
def test_what_is_no_score_is_refused(tmp_path, content, message):
    with pytest.raises(HintError, match=message):
        read(tmp_path, content, "a.mid")


def test_a_score_without_notes_is_refused(tmp_path):
    with pytest.raises(HintError, match="holds 0 notes"):
        read(tmp_path, midi([("a", 0, 0, [])]))
    with pytest.raises(HintError, match="0 pitched notes"):
        read(tmp_path, musicxml(("a", [attributes()])), "a.xml")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_score(tmp_path / "none.mid")
    with pytest.raises(InputError, match="not a file"):
        read_score(tmp_path)


@pytest.mark.parametrize("package", ["pretty_midi", "partitura"])
def test_a_missing_extra_is_named(tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    content = midi([("a", 0, 0, [(0, 1, 60)])]) if package == "pretty_midi" else musicxml()
    with pytest.raises(MissingExtra, match=r"pip install 'partita\[score\]'"):
        read(tmp_path, content, "score")


MIDI = midi([("a", 0, 0, [(n, 1, 60 + n) for n in range(8)]), ("b", 5, 1, [(0, 2, 40)])])
XML = musicxml(("a", [attributes() + TEMPO_60 + note("C", 4, 2) + note("D", 4, 2) + REPEAT]))


@pytest.mark.filterwarnings("ignore::partita.core.PartitaWarning")
@pytest.mark.parametrize("content", [MIDI, XML], ids=["midi", "musicxml"])
@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_damaged_score_is_read_or_refused(tmp_path, content, data):
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(damaged)))
    try:
        score = read(tmp_path, bytes(damaged[:cut]), "damaged")
    except HintError:
        return
    assert len(score.part) > 0
