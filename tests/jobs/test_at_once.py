import itertools
import threading

import numpy as np
import pytest

from partita.core import Audio, Cancelled, Hints, Stems
from partita.engines import create
from partita.engines.session import StatelessSession
from partita.io import save
from partita.jobs import Request, run_batch
from partita.jobs.at_once import in_order
from partita.jobs.streaming import AudioReader, stream

WAIT_S = 20


def numbered(done, number):
    def work():
        done.append(number)
        return number

    return work


def failing():
    raise ValueError("broken")


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_results_come_in_order(at_once):
    assert list(in_order([numbered([], n) for n in range(9)], at_once=at_once)) == list(range(9))


def test_two_work_at_the_same_time():
    both = threading.Barrier(2, timeout=WAIT_S)
    assert sorted(in_order([both.wait, both.wait], at_once=2)) == [0, 1]


def test_works_are_taken_as_there_is_room():
    taken = []

    def works():
        for n in range(9):
            taken.append(n)
            yield numbered([], n)

    results = in_order(works(), at_once=2)
    next(results)
    assert taken == [0, 1, 2]
    results.close()
    assert taken == [0, 1, 2]


def test_an_error_comes_in_its_turn_and_ends_the_work():
    done = []
    works = [numbered(done, 0), failing, *(numbered(done, n) for n in range(2, 50))]
    results = in_order(works, at_once=2)
    assert next(results) == 0
    with pytest.raises(ValueError, match="broken"):
        next(results)
    assert len(done) < 6


class Meeting(StatelessSession):
    """A session of which two segments must be under way at the same time."""

    at_once = 2


def meeting(parties):
    """The first so many segments wait for each other."""
    barrier, numbers = threading.Barrier(parties, timeout=WAIT_S), itertools.count()

    def separate(segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        if next(numbers) < parties:
            barrier.wait()
        half = segment.samples / 2
        return Stems(stems, np.stack([half] * len(stems)), segment.rate)

    return Meeting(separate)


@pytest.fixture
def engine():
    chosen = create("hpss")
    assert chosen.segment_s is not None
    return chosen


def long_enough(engine, segments):
    rate = 8000
    time = np.arange(round(segments * engine.segment_s * rate)) / rate
    return Audio(np.sin(2 * np.pi * 100 * time)[np.newaxis].astype(np.float32), rate)


def test_segments_are_separated_two_at_a_time(engine):
    audio = long_enough(engine, 3.5)
    session = meeting(2)
    rows = stream(engine, session, AudioReader(audio), Hints(), stems=("harmonic", "percussive"))
    whole = np.concatenate(list(rows), axis=2)
    assert np.allclose(whole[0], audio.samples, atol=1e-6)
    assert np.allclose(whole[1:], audio.samples / 2, atol=1e-6)


def test_cancelling_leaves_no_thread(engine):
    audio = long_enough(engine, 9.5)
    session = meeting(1)
    before = threading.active_count()
    with pytest.raises(Cancelled):
        for _ in stream(
            engine,
            session,
            AudioReader(audio),
            Hints(),
            stems=("harmonic", "percussive"),
            progress=lambda fraction: fraction == 0,
        ):
            pass
    assert threading.active_count() == before


def test_files_are_separated_by_as_many_threads_as_the_session_wants(tmp_path, rng):
    pytest.importorskip("onnxruntime")
    from partita.engines.quartet import Quartet, QuartetSession

    audio = Audio(rng.uniform(-0.4, 0.4, (2, 9 * 44100)).astype(np.float32), 44100)
    save(tmp_path / "song.wav", audio, encoding="int16")
    seen = set()
    separate = QuartetSession.separate

    def noted(self, *args, **kwargs):
        seen.add(threading.current_thread().name)
        return separate(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(QuartetSession, "separate", noted)
        patch.setattr(Quartet, "segment_s", 3.0)
        request = Request(Quartet(), tmp_path / "out", threads=2)
        (outcome,) = run_batch([tmp_path / "song.wav"], request)
    assert outcome.status == "done"
    assert len(seen) == 2
