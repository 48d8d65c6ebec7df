"""A duet whose score is known, played by sums of sines."""

import numpy as np
import pytest

from partita.core import Audio, Score

RATE = 16_000
SCALE = np.array([0, 2, 4, 5, 7, 9, 11])


def random_score(seed, *, seconds=24.0, key=0):
    """Two voices that walk through a scale, with rests."""
    rng = np.random.default_rng(seed)
    rows = []
    for part, lowest in (("high", 60), ("low", 43)):
        pitches = np.sort([lowest + key + 12 * octave + s for octave in (0, 1) for s in SCALE])
        place, now = 7, 0.5
        while now < seconds - 2:
            length = 0.4 * rng.choice([1, 1, 2, 3])
            place = int(np.clip(place + rng.integers(-3, 4), 0, 13))
            if rng.random() > 0.1:
                rows.append((now, now + 0.9 * length, pitches[place], part))
            now += length
    onset, offset, pitch, part = zip(*rows, strict=True)
    return Score(onset, offset, pitch, part)


def played(score, *, rate=RATE):
    """The score as sound, each note with six overtones that die away."""
    length = round((float(np.max(score.offset_s)) + 1) * rate)
    x = np.zeros(length)
    for onset, offset, pitch in zip(score.onset_s, score.offset_s, score.pitch_midi, strict=True):
        t = np.arange(round((offset - onset + 0.1) * rate)) / rate
        f0 = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(np.sin(2 * np.pi * h * f0 * t) / h for h in range(1, 7) if h * f0 < rate / 2)
        tone = tone * np.exp(-2 * t) * np.minimum(1, 0.1 + (offset - onset + 0.1 - t) / 0.1)
        first = round(onset * rate)
        x[first : first + len(t)] += tone[: length - first]
    return Audio(0.1 * x[None], rate)


def retimed(score, change):
    return Score(change(score.onset_s), change(score.offset_s), score.pitch_midi, score.part)


@pytest.fixture(scope="session")
def duet():
    score = random_score(1)
    return played(score), score
