"""Hints on their way from files to an engine, into the key and the manifest."""

import hashlib
import json
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import partita
from partita.core import (
    Activity,
    Audio,
    Example,
    Examples,
    HintError,
    Hints,
    InputError,
    PartitaWarning,
    Pitch,
    UsageError,
)
from partita.core.digest import digest
from partita.engines import create
from partita.engines.session import StatelessSession
from partita.io import load, save
from partita.jobs import HintFile, Request, run_batch

RATE = 8000


@dataclass(frozen=True)
class Gates:
    """A stem for each source that activity names: the recording where it is active."""

    name: ClassVar[str] = "gates"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"activity", "examples", "pitch"})
    requires: ClassVar[frozenset[str]] = frozenset({"activity"})
    segment_s: ClassVar[float | None] = 2.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = False

    def stems_from(self, hints):
        return tuple(dict.fromkeys(hints.activity.source))

    def open(self, device="auto", threads=None):
        return StatelessSession(self._gate)

    def _gate(self, segment, hints, stems):
        gates = np.zeros((len(stems), *segment.samples.shape), np.float32)
        at = np.arange(segment.length) / segment.rate
        intervals = zip(
            hints.activity.start_s, hints.activity.end_s, hints.activity.source, strict=True
        )
        for start_s, end_s, source in intervals:
            if source in stems:
                gates[stems.index(source)][:, (at >= start_s) & (at < end_s)] = 1
        return partita.Stems(stems, gates * segment.samples, segment.rate)


@dataclass(frozen=True)
class LaterGates(Gates):
    """As Gates, but everything comes half a second later than the hints say."""

    name: ClassVar[str] = "later_gates"

    def open(self, device="auto", threads=None):
        return LaterSession(self._gate)


@dataclass(frozen=True)
class Later:
    hints: Hints


class LaterSession(StatelessSession):
    def prepare(self, reader, hints):
        a = hints.activity
        return Later(Hints(activity=Activity(a.start_s + 0.5, a.end_s + 0.5, a.source)))


@pytest.fixture
def song(tmp_path, rng):
    save(tmp_path / "song.wav", Audio(rng.uniform(-0.5, 0.5, (1, 8 * RATE)), RATE))
    (tmp_path / "song.lab").write_text("1.0\t3.0\tvoice\n4.5\t6.25\tguitar\n")
    return tmp_path / "song.wav"


def request_to(tmp_path, engine=None, *files, **options):
    made = tuple(HintFile(hint, str(tmp_path / name)) for hint, name in files)
    return Request(engine or Gates(), tmp_path / "out", hint_files=made, **options)


def manifest_of(outcome):
    return json.loads((next(iter(outcome.stems.values())).parent / "partita.json").read_text())


def heard(path):
    """Seconds in which a file is not silent."""
    audio = load(path)
    where = np.flatnonzero(np.any(audio.samples != 0, axis=0)) / audio.rate
    return round(float(where[0]), 2), round(float(where[-1]), 2)


def test_hints_reach_every_segment_in_its_own_time(tmp_path, song):
    (outcome,) = run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    assert outcome.status == "done"
    assert {name: heard(path) for name, path in outcome.stems.items()} == {
        "voice": (1.0, 3.0),
        "guitar": (4.5, 6.25),
    }


def test_a_state_may_refine_the_hints_of_the_whole_recording(tmp_path, song):
    request = request_to(tmp_path, LaterGates(), ("activity", "song.lab"))
    (outcome,) = run_batch([song], request)
    assert {name: heard(path) for name, path in outcome.stems.items()} == {
        "voice": (1.5, 3.5),
        "guitar": (5.0, 6.75),
    }


def test_in_memory_hints_are_the_same(tmp_path, song):
    hints = Hints(activity=Activity([1.0, 4.5], [3.0, 6.25], ("voice", "guitar")))
    stems = partita.separate(song, engine=Gates(), hints=hints)
    (outcome,) = run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    for name, path in outcome.stems.items():
        assert np.array_equal(load(path).samples, stems[name].samples)


def test_the_manifest_names_the_files_and_their_checksums(tmp_path, song):
    (outcome,) = run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    sha256 = hashlib.sha256((tmp_path / "song.lab").read_bytes()).hexdigest()
    expected = [{"hint": "activity", "name": "song.lab", "sha256": sha256}]
    assert manifest_of(outcome)["hints"] == expected


def test_hints_without_a_file_are_in_the_manifest_too(tmp_path, song):
    hints = Hints(activity=Activity([1.0], [2.0], ("voice",)))
    (outcome,) = run_batch([song], Request(Gates(), tmp_path / "out", hints=hints))
    (row,) = manifest_of(outcome)["hints"]
    assert (row["hint"], row["name"], len(row["sha256"])) == ("activity", None, 64)


def test_equal_hints_are_kept_and_others_done_anew(tmp_path, song):
    request = request_to(tmp_path, None, ("activity", "song.lab"))
    first, again = (run_batch([song], request)[0].status for _ in range(2))
    assert (first, again) == ("done", "kept")
    (tmp_path / "song.lab").write_text("1.0\t3.0\tvoice\n4.5\t6.26\tguitar\n")
    assert run_batch([song], request)[0].status == "done"


@pytest.mark.parametrize("place", [0, 2500, 4999])
def test_the_key_sees_every_value_of_a_hint(place):
    def hints(value):
        f0, x = np.full(5000, 220.0), np.zeros((1, 5000))
        f0[place] = x[0, place] = value
        clip = Example("guitar", Audio(x, RATE))
        return Hints(pitch=Pitch(np.arange(5000) / 100, {"v": f0})), Hints(
            examples=Examples((clip,))
        )

    for one, other in zip(hints(0.5), hints(0.25), strict=True):
        assert digest(one) != digest(other)
    for one, same in zip(hints(0.5), hints(0.5), strict=True):
        assert digest(one) == digest(same)


def test_each_recording_has_the_file_of_its_name(tmp_path, song):
    save(tmp_path / "other.wav", load(song))
    (tmp_path / "other.lab").write_text("2 5 bass\n")
    request = request_to(tmp_path, None, ("activity", "{track}.lab"))
    first, second = run_batch([song, tmp_path / "other.wav"], request)
    assert tuple(first.stems) == ("voice", "guitar")
    assert tuple(second.stems) == ("bass",)
    assert manifest_of(second)["hints"][0]["name"] == "other.lab"


def test_a_recording_without_its_file_fails_alone(tmp_path, song):
    save(tmp_path / "other.wav", load(song))
    request = request_to(tmp_path, None, ("activity", "{track}.lab"))
    first, second = run_batch([song, tmp_path / "other.wav"], request)
    assert (first.status, second.status) == ("done", "failed")
    assert "other.lab does not exist" in second.error


def test_one_file_cannot_belong_to_several_recordings(tmp_path, song):
    save(tmp_path / "other.wav", load(song))
    request = request_to(tmp_path, None, ("activity", "song.lab"))
    with pytest.raises(UsageError, match=r"put \{track\} into the name that --activity gives"):
        run_batch([song, tmp_path / "other.wav"], request)
    hints = Hints(activity=Activity([1.0], [2.0], ("voice",)))
    with pytest.raises(UsageError, match="one activity hint cannot belong to 2 recordings"):
        run_batch([song, tmp_path / "other.wav"], Request(Gates(), tmp_path / "o", hints=hints))
    assert not (tmp_path / "out").exists()


def test_an_example_may_belong_to_all(tmp_path, song):
    save(tmp_path / "other.wav", load(song))
    (tmp_path / "other.lab").write_text("2 5 bass\n")
    files = (
        HintFile("activity", str(tmp_path / "{track}.lab")),
        HintFile("examples", str(song), source="Guitar"),
        HintFile("examples", str(song), source="bass"),
    )
    request = Request(Gates(), tmp_path / "out", hint_files=files)
    outcomes = run_batch([song, tmp_path / "other.wav"], request, workers=2)
    assert [o.status for o in outcomes] == ["done", "done"], [o.error for o in outcomes]
    rows = manifest_of(outcomes[0])["hints"]
    assert [r.get("source") for r in rows if r["hint"] == "examples"] == ["Guitar", "bass"]


def test_a_hint_that_is_not_used_is_refused_before_any_file_is_read(tmp_path, song):
    request = request_to(tmp_path, create("hpss"), ("score", "missing.mid"))
    with pytest.raises(HintError, match="engine hpss cannot use the score hint; it uses none"):
        request.ready()
    with pytest.raises(HintError, match="engine hpss cannot use the score hint"):
        run_batch([song], request)


def test_a_hint_that_is_needed_is_named_with_its_flag(tmp_path, song):
    with pytest.raises(HintError, match="needs the activity hint: give --activity FILE"):
        run_batch([song], request_to(tmp_path))
    assert not (tmp_path / "out").exists()


def test_a_bad_file_ends_the_batch_before_it_begins(tmp_path, song):
    (tmp_path / "song.lab").write_text("1 2 voice\n3 voice\n")
    with pytest.raises(HintError, match="song.lab, line 2"):
        run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    with pytest.raises(InputError, match="does not exist"):
        run_batch([song], request_to(tmp_path, None, ("activity", "none.lab")))
    assert not (tmp_path / "out").exists()


def test_a_hint_is_given_once(tmp_path):
    twice = request_to(tmp_path, None, ("activity", "a.lab"), ("activity", "b.lab"))
    with pytest.raises(UsageError, match="--activity is given twice"):
        twice.ready()


def test_what_does_not_fit_is_a_warning_in_the_outcome_and_the_manifest(tmp_path, song):
    (tmp_path / "song.lab").write_text("1 2 voice\n3 30 voice\n")
    (outcome,) = run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    assert any("reach beyond the recording's end at 8.0 s" in text for text in outcome.warnings)
    assert manifest_of(outcome)["warnings"] == list(outcome.warnings)
    hints = Hints(activity=Activity([1.0], [30.0], ("voice",)))
    with pytest.warns(PartitaWarning, match="beyond the recording's end"):
        partita.separate(song, engine=Gates(), hints=hints)


def test_what_cannot_be_is_the_error_of_its_recording(tmp_path, song):
    (tmp_path / "song.lab").write_text("10 12 voice\n")
    (outcome,) = run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    assert outcome.status == "failed"
    assert "the activity begins at 10.0 s" in outcome.error


def test_no_name_in_a_hint_leaves_the_folder(tmp_path, song):
    (tmp_path / "song.lab").write_text("1\t2\t../../voice\n3\t4\t/etc/passwd\n")
    (outcome,) = run_batch([song], request_to(tmp_path, None, ("activity", "song.lab")))
    assert sorted(outcome.stems) == ["etc passwd", "voice"]
    hints = Hints(activity=Activity([1.0], [2.0], ("../voice",)))
    with pytest.raises(UsageError, match="cannot be the name of a stem"):
        run_batch([song], Request(Gates(), tmp_path / "out", hints=hints))
