from collections import Counter

import numpy as np
import pytest

from partita.evaluate.causes import LEAK, ErrorParts
from partita.evaluate.evidence import Evidence, Moment
from partita.evaluate.excerpts import Excerpt
from partita.report.frames import StemFrames
from partita.report.moments import PER_SONG, PER_STEM, choose, why

EXCERPT = Excerpt(0.0, 1.0, 0.0, {})


def evidence(song, badness):
    """A song whose stem "vocals" has a moment in each frame."""
    parts = ErrorParts(*np.ones((3, len(badness))), np.ones((1, len(badness))))
    moments = [Moment("vocals", n, bad, EXCERPT, {}) for n, bad in enumerate(badness)]
    return Evidence(song, {"vocals": parts}, {"vocals": ("drums",)}, tuple(moments), EXCERPT)


def frames(song, causes):
    count = len(causes)
    nothing = np.zeros(count)
    return StemFrames(
        song, "vocals", np.full(count, "active"), *([nothing] * 5), None, np.array(causes)
    )


def chosen(songs):
    """Song -> (badness, causes) to what is chosen of them."""
    found = {song: evidence(song, badness) for song, (badness, _) in songs.items()}
    known = {(song, "vocals"): frames(song, causes) for song, (_, causes) in songs.items()}
    return choose(found, known)


def test_the_worst_come_first_and_no_song_takes_all():
    songs = {f"song {n}": ([9.0 - n, 8.0 - n, 7.0 - n], ["bleed"] * 3) for n in range(4)}
    found = chosen(songs)
    assert len(found) == PER_STEM
    assert max(Counter(song for song, _ in found).values()) <= PER_SONG
    worst = [moment.badness_db for _, moment in found]
    assert worst == sorted(worst, reverse=True)


def test_every_cause_is_shown_where_it_is_worst():
    songs = {f"song {n}": ([9.0, 8.0], ["bleed", "bleed"]) for n in range(4)}
    songs["last"] = ([-5.0, -6.0], ["loss", "loss"])
    found = chosen(songs)
    assert ("last", -5.0) in [(song, moment.badness_db) for song, moment in found]


def test_frames_without_a_cause_are_not_shown():
    assert chosen({"song": ([5.0, 4.0], ["", "loss"])})[0][1].frame == 1
    assert choose({"song": evidence("song", [5.0])}, {}) == []


@pytest.mark.parametrize(
    ("cause", "shares", "sources", "text"),
    [
        ("bleed", (0.9, 0.1, 0.0), {"drums": 1.0}, "Other parts are heard in it: drums."),
        ("bleed", (0.9, 0.1, 0.0), {"drums": 1.0, "bass": 1.0}, "Other parts are heard in it."),
        (LEAK, (0.2, 0.0, 0.8), {"drums": 1.0}, "The stem is silent here, the estimate is not."),
        ("loss", (0.1, 0.9, 0.0), {"drums": 1.0}, "Much of the stem is missing."),
    ],
)
def test_the_sentence_tells_the_cause(cause, shares, sources, text):
    assert why(cause, shares, sources) == text
