import numpy as np
import pytest

from partita.core import Score, UsageError
from partita.core.understood import Components, PitchTracks, PlacedScore, Strokes


def test_shapes_that_do_not_fit_are_refused():
    t = np.arange(4.0)
    with pytest.raises(UsageError, match="H must have the shape"):
        Components(("a",), np.ones((9, 1)), np.arange(9), np.ones((1, 3)), t, np.zeros(1, int))
    with pytest.raises(UsageError, match="the pitch of a"):
        PitchTracks(t, {"a": np.ones(3)})
    with pytest.raises(UsageError, match="recording_s"):
        PlacedScore(Score([], [], [], ()), t, t[1:], True, None)
    with pytest.raises(UsageError, match="H must have the shape"):
        Strokes(("a", "b"), np.ones((2, 9, 3)), np.arange(9.0), 0.1, np.ones((1, 4)), t)
