"""The demo song's four stems, each mixed as it would stand in a record.

No effect lies on the sum: the mix is exactly the stems added up.
"""

from dataclasses import replace

import numpy as np

from demo_song import bass, drums, guitar, keys
from demo_song.effects import (
    RATE,
    Sound,
    amplitude,
    belled,
    compressed,
    faded,
    in_room,
    layered,
    panned,
    passed,
    room,
    seconds,
    tilted,
)
from demo_song.score import BASS, BEATS, CHORDS, CHORUS, DRUMS, HARMONY, TEMPO_BPM, VERSE, Sung
from demo_song.voice import sing

SEED = 7
BEAT_S = 60.0 / TEMPO_BPM
DURATION_S = BEATS * BEAT_S

# how the stems are balanced; sets the mix near -16 LUFS
LEVELS_DB = {"vocals": 0.5, "drums": -5.0, "bass": -6.5, "other": -7.0}


def stem(name: str, *, seed: int) -> Sound:
    """One stem ``(2, frames)``: vocals, drums, bass or other; each has its own chance."""
    players = {"vocals": vocals, "drums": kit, "bass": low_end, "other": band}
    rng = np.random.default_rng([seed, list(players).index(name)])
    return faded(amplitude(LEVELS_DB[name]) * players[name](rng), fall_s=1.2)


def stems(*, seed: int = SEED) -> dict[str, Sound]:
    """All stems by name, of the same length; the sum's peak is below 0.95."""
    return {name: stem(name, seed=seed) for name in LEVELS_DB}


def vocals(rng: np.random.Generator) -> Sound:
    """The lead in the middle; in the chorus two doubles and a lower voice beside it."""
    lower = tuple(replace(n, pitch=p) for n, p in zip(CHORUS, HARMONY, strict=True))
    parts = (
        (VERSE + CHORUS, 0.0, 0.0),
        *((CHORUS, -0.75, -12.0), (CHORUS, 0.75, -12.0)),
        *((lower, -0.4, -10.0), (lower, 0.4, -10.0)),
    )
    takes = []
    for notes, position, level_db in parts:
        start_s, sound = take(notes, rng)
        late_s = abs(position) * rng.uniform(0.005, 0.015)
        takes.append((start_s + late_s, amplitude(level_db) * panned(sound, position)))
    plate = room(decay_s=1.3, rng=rng, delay_s=0.03, high_hz=7000.0)
    return in_room(layered(takes, round(DURATION_S * RATE)), plate, wet_db=-16.0)


def take(notes: tuple[Sung, ...], rng: np.random.Generator) -> tuple[float, Sound]:
    """Where a voice's part begins in seconds, and the part, through the studio's chain."""
    start = notes[0].beat - 1.0
    moved = [replace(n, beat=n.beat - start) for n in notes]
    length_s = (moved[-1].beat + moved[-1].length + 0.5) * BEAT_S
    return start * BEAT_S, produced(sing(moved, length_s, beat_s=BEAT_S, rng=rng))


def produced(voice: Sound) -> Sound:
    """A voice as a studio leaves it: cut below, levelled, brightened."""
    voice = belled(passed(voice, low_hz=110.0), center_hz=300.0, gain_db=5.0)
    voice = belled(voice, center_hz=950.0, gain_db=-6.0, q=0.9)
    voice = tilted(voice, corner_hz=2000.0, gain_db=4.0)
    return compressed(voice, threshold_db=-28.0, ratio=4.0)


def kit(rng: np.random.Generator) -> Sound:
    """The drums."""
    return drums.play(DRUMS, DURATION_S, beat_s=BEAT_S, rng=rng)


def low_end(rng: np.random.Generator) -> Sound:
    """The bass."""
    return bass.play(BASS, DURATION_S, beat_s=BEAT_S, rng=rng)


def band(rng: np.random.Generator) -> Sound:
    """Guitar on the left, electric piano on the right, pad around both from bar 5 on."""
    strings = guitar.play(CHORDS, DURATION_S, beat_s=BEAT_S, rng=rng)
    piano = keys.electric_piano(CHORDS, DURATION_S, beat_s=BEAT_S, rng=rng)
    soft = keys.pad([c for c in CHORDS if c.beat >= 16], DURATION_S, beat_s=BEAT_S, rng=rng)
    # the piano's tremolo moves it about its place, twice a beat
    position = 0.45 + 0.2 * np.sin(4.0 * np.pi / BEAT_S * seconds(DURATION_S))
    sound = panned(strings, -0.6) + panned(piano, position) + 0.35 * soft
    hall = room(decay_s=1.0, rng=rng, delay_s=0.02, high_hz=6000.0)
    sound = belled(in_room(sound, hall, wet_db=-17.0), center_hz=280.0, gain_db=-5.5, q=0.7)
    return compressed(sound, threshold_db=-18.0, ratio=1.5, attack_s=0.015)
