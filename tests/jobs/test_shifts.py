"""Means over shifted passes: the same every time, exact in length and sum, bounded in memory."""

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

import partita
from partita.core import Audio, HintError, Hints, Stems, UsageError
from partita.core.hints import Activity, References
from partita.engines import create
from partita.engines.session import StatelessSession
from partita.io import load, save
from partita.jobs import Request, run_batch
from partita.jobs.shifts import LONGEST_S, Shifted, shift_lengths

RATE = 8000


@dataclass(frozen=True)
class Gated:
    """Keeps every second frame of 100 samples: as dependent on where frames fall as can be."""

    name: ClassVar[str] = "gated"
    stems: ClassVar[tuple[str, ...]] = ("kept", "rest")
    uses: ClassVar[frozenset[str]] = frozenset({"references"})
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 2.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    asked: list = field(default_factory=list, repr=False)

    def open(self, device="auto", threads=None):
        def separate(segment, hints, stems):
            self.asked.append(segment.length)
            gate = np.arange(segment.length) // 100 % 2 == 0
            parts = {"kept": segment.samples * gate, "rest": segment.samples * ~gate}
            return Stems(stems, np.stack([parts[s] for s in stems]), segment.rate)

        return StatelessSession(separate)


@pytest.fixture(autouse=True)
def _options_do_not_count_calls(monkeypatch):
    monkeypatch.setattr("partita.jobs.key.options_of", lambda engine: {})
    monkeypatch.setattr("partita.jobs.manifest.options_of", lambda engine: {})


@pytest.fixture
def song(tmp_path, rng):
    """10 s: six segments."""
    save(
        tmp_path / "song.wav", Audio(rng.uniform(-0.5, 0.5, (2, 10 * RATE)), RATE), encoding="int16"
    )
    return tmp_path / "song.wav"


@pytest.mark.parametrize("rate", [8000, 44_100, 48_000, 96_000])
@pytest.mark.parametrize("hop", [160, 256, 441, 480, 512, 1024])
def test_shifts_spread_over_a_hop_of_any_length(rate, hop):
    """Where two were a whole number of hops apart, a pass would see the frames of another again."""
    lengths = shift_lengths(8, rate)
    assert lengths[0] == 0
    assert 0 < min(lengths[1:]) < max(lengths) < LONGEST_S * rate
    residues = [length % hop for length in lengths]
    assert len(set(residues[:4])) == 4
    assert len(set(residues)) >= 7


def test_more_passes_keep_the_shifts_of_fewer():
    assert shift_lengths(9, RATE)[:4] == shift_lengths(4, RATE)


def test_what_comes_is_the_mean_of_the_passes(rng):
    samples = rng.uniform(-1, 1, (2, 3000)).astype(np.float32)
    session = Gated().open()

    def separate(start, x):
        stems = session.separate(Audio(x, RATE), Hints(), state=None, stems=("kept",))
        return np.concatenate([x[None], stems.samples])

    rows = Shifted(separate, (0, 130, 217))(0, samples)
    time = np.arange(3000)
    gates = [(time + shift) // 100 % 2 == 0 for shift in (0, 130, 217)]
    assert np.array_equal(rows[0], samples)
    assert np.allclose(rows[1], samples * np.mean(gates, axis=0), atol=1e-6)


def test_an_engine_that_knows_no_frames_gives_the_same(rng):
    audio = Audio(rng.uniform(-0.5, 0.5, (2, 40_000)), RATE)
    once = partita.separate(audio, engine="mid_side", stems=["centre"])
    often = partita.separate(audio, engine="mid_side", stems=["centre"], shifts=3)
    error = np.sum((often.samples - once.samples) ** 2) / np.sum(once.samples**2)
    assert 10 * np.log10(error) < -10  # its mask is taken in frames, so not quite


@dataclass(frozen=True)
class Told(Gated):
    """Keeps what it is told is sung; where a hint were not shifted along, the mean would blur."""

    uses: ClassVar[frozenset[str]] = frozenset({"activity"})

    def open(self, device="auto", threads=None):
        def separate(segment, hints, stems):
            time_s = np.arange(segment.length) / segment.rate
            sung = np.zeros(segment.length, bool)
            for start_s, end_s in zip(hints.activity.start_s, hints.activity.end_s, strict=True):
                sung |= (time_s >= start_s - 1e-9) & (time_s < end_s - 1e-9)
            parts = {"kept": segment.samples * sung, "rest": segment.samples * ~sung}
            return Stems(stems, np.stack([parts[s] for s in stems]), segment.rate)

        return StatelessSession(separate)


def test_hints_are_shifted_along(song):
    hints = Hints(activity=Activity([0.0, 1.5, 6.25], [0.25, 3.0, 9.0], ("vocals",) * 3))
    once = partita.separate(song, engine=Told(), stems=["kept"], hints=hints)
    often = partita.separate(song, engine=Told(), stems=["kept"], hints=hints, shifts=4)
    assert np.max(np.abs(often.samples - once.samples)) < 1e-6


def test_segments_grow_by_less_than_half_a_second(song):
    engine = Gated()
    partita.separate(song, engine=engine, stems=["kept"], shifts=5)
    assert len(engine.asked) == 6 * 5
    assert max(engine.asked) <= 2.5 * RATE


@pytest.mark.parametrize("length", [1, 99, 3 * RATE, 7 * RATE + 1])
@pytest.mark.parametrize("engine", ["hpss", "classic"])
def test_length_is_kept_and_stems_add_up_exactly(tmp_path, rng, engine, length):
    mix = Audio(rng.uniform(-0.3, 0.3, (1, length)), RATE)
    save(tmp_path / "a.wav", mix, encoding="int16")
    request = Request(create(engine), tmp_path / "out", shifts=3)
    (outcome,) = run_batch([tmp_path / "a.wav"], request)
    total = sum(load(path).samples.astype(np.float64) for path in outcome.stems.values())
    assert np.array_equal(total, load(tmp_path / "a.wav").samples)


def test_silence_stays_silence():
    stems = partita.separate(Audio(np.zeros((2, 30_000)), RATE), shifts=4)
    assert not stems.samples.any()


@pytest.mark.parametrize(("shifts", "status"), [(0, "kept"), (1, "kept"), (2, "done"), (3, "done")])
def test_the_number_of_passes_belongs_to_the_work(tmp_path, song, shifts, status):
    run_batch([song], Request(Gated(), tmp_path / "out"))
    (outcome,) = run_batch([song], Request(Gated(), tmp_path / "out", shifts=shifts))
    assert outcome.status == status


def test_stopped_and_resumed_the_result_is_the_same(tmp_path, song):
    def results(folder):
        files = sorted(folder.rglob("*.*"))
        return [(p.name, p.read_bytes()) for p in files if p.is_file()]

    whole = Request(Gated(), tmp_path / "a", shifts=3)
    run_batch([song], whole)
    stopped = Request(Gated(), tmp_path / "b", shifts=3)
    run_batch([song], stopped, progress=lambda path, done: done < 0.5)
    run_batch([song], stopped)
    assert results(tmp_path / "b") == results(tmp_path / "a")
    assert stopped.engine.asked == whole.engine.asked  # no segment twice


@pytest.mark.parametrize("shifts", [-1, 51])
def test_a_number_that_makes_no_sense_is_refused(song, tmp_path, shifts):
    with pytest.raises(UsageError, match="--shifts must be from 0 to 50 passes"):
        run_batch([song], Request(Gated(), tmp_path / "out", shifts=shifts))


def test_beside_true_stems_it_is_refused(rng):
    audio = Audio(rng.uniform(-0.5, 0.5, (1, 4000)), RATE)
    hints = Hints(references=References(Stems(("all",), audio.samples[None], RATE)))
    with pytest.raises(HintError, match="true stems"):
        partita.separate(audio, engine="ideal_ratio_mask", hints=hints, shifts=2)
