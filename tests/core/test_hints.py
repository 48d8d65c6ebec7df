import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest

from partita.core import (
    Activity,
    Audio,
    Example,
    Examples,
    HintError,
    Hints,
    Lyrics,
    Pitch,
    References,
    Score,
    Stems,
)


def stems(length=1000, rate=1000):
    ramp = np.arange(length, dtype=np.float32) / length
    return Stems(("a", "b"), np.stack([ramp[None], -ramp[None]]), rate)


def test_a_score_is_sorted_by_onset():
    score = Score([2.0, 1.0], [3.0, 1.5], [60, 62], ("x", "y"))
    assert score.onset_s.tolist() == [1.0, 2.0]
    assert score.part == ("y", "x")
    assert score.pitch_midi.tolist() == [62, 60]


def test_a_window_cuts_notes_at_its_edges():
    score = Score([0.0, 1.0, 4.0], [2.0, 6.0, 5.0], [60, 61, 62], ("x",) * 3)
    part = score.window(1.5, 4.0)
    assert part.onset_s.tolist() == [0.0, 0.0]
    assert part.offset_s.tolist() == [0.5, 2.5]
    assert part.pitch_midi.tolist() == [60, 61]


def test_a_score_tells_percussion_from_pitches():
    score = Score([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [60, 36, 62], ("x", "kit", "x"), {"kit", "no"})
    assert score.percussion == {"kit"}
    assert score.pitched.part == ("x", "x")
    assert score.pitched.percussion == frozenset()
    assert score.window(1.5, 9.0).percussion == {"kit"}


def test_a_retimed_score_keeps_its_notes():
    score = Score([0.0, 1.0], [1.0, 2.0], [60, 62], ("x", "y"))
    later = score.retimed([5.0, 3.0], [6.0, 4.0])
    assert later.pitch_midi.tolist() == [62, 60]
    assert later.onset_s.tolist() == [3.0, 5.0]
    assert later.part == ("y", "x")


def test_windows_side_by_side_hold_every_pitch_frame_once():
    pitch = Pitch(np.arange(10) / 10, {"v": np.arange(10.0)})
    parts = [pitch.window(a, b).f0_hz["v"] for a, b in ((0, 0.35), (0.35, 0.7), (0.7, 1.0))]
    assert np.concatenate(parts).tolist() == list(range(10))


def test_windows_of_references_hold_every_sample_once():
    references = References(stems())
    edges = [0.0, 0.3333, 0.8, 1.0]
    parts = [references.window(a, b).stems.samples for a, b in pairwise(edges)]
    assert np.array_equal(np.concatenate(parts, axis=-1), stems().samples)


def test_examples_belong_to_no_time():
    examples = Examples((Example("guitar", Audio(np.ones((1, 9)), 8000)),))
    assert examples.window(5.0, 6.0) is examples


def test_hints_window_every_hint_that_is_given():
    hints = Hints(
        score=Score([0.0], [9.0], [60], ("x",)),
        lyrics=Lyrics([1.0], [2.0], ("la",)),
        activity=Activity([0.0], [9.0], ("x",)),
        references=References(stems()),
    )
    part = hints.window(0.5, 1.0)
    assert part.given == hints.given == ("score", "lyrics", "activity", "references")
    assert part.score.offset_s.tolist() == [0.5]
    assert part.lyrics.text == ()
    assert part.activity.end_s.tolist() == [0.5]
    assert part.references.stems.length == 500


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: Score([-1.0], [1.0], [60], ("x",)), "note 0 starts before"),
        (lambda: Score([0.0, 1.0], [1.0, 1.0], [60, 60], ("x", "x")), "note 1 ends before"),
        (lambda: Score([0.0], [1.0], [200], ("x",)), "pitch out of"),
        (lambda: Score([0.0], [1.0], [60], ()), "one onset_s"),
        (lambda: Score([np.nan], [1.0], [60], ("x",)), "finite"),
        (lambda: Pitch([0.0, 0.0], {"v": [1.0, 2.0]}), "increase"),
        (lambda: Pitch([0.0, 0.1], {"v": [1.0]}), "1 values for 2 times"),
        (lambda: Pitch([0.0], {"v": [-1.0]}), "negative"),
        (lambda: Pitch([0.0], {}), "at least one"),
        (lambda: Lyrics([0.0], [1.0], ()), "0 texts for 1"),
        (lambda: Activity([2.0], [1.0], ("x",)), "ends before"),
        (lambda: Example("x", Audio(np.zeros((1, 0)), 8000)), "no samples"),
        (lambda: Examples(()), "at least one"),
        (lambda: Hints(score="song.mid"), "must be a Score, got str"),
        (lambda: Hints().window(2.0, 1.0), "must not end"),
    ],
)
def test_wrong_hints_are_refused(make, match):
    with pytest.raises(HintError, match=match):
        make()


def test_hints_survive_pickling_and_copying():
    hints = Hints(pitch=Pitch([0.0, 0.1], {"v": [1.0, 2.0]}), score=Score([0], [1], [60], ("x",)))
    for same in (pickle.loads(pickle.dumps(hints)), copy.deepcopy(hints)):
        assert same.pitch.f0_hz["v"].tolist() == [1.0, 2.0]
        assert same.score.part == ("x",)


def test_hints_cannot_be_changed():
    score = Score([0.0], [1.0], [60], ("x",))
    with pytest.raises(ValueError, match="read-only"):
        score.onset_s[0] = 5
