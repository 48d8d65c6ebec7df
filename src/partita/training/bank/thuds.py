"""Low thuds: what a drum machine calls bass drum, and a synthesiser bass.

In electronic music one sound may be either. A bass drum may hold its pitch for half a second, a
bass be over in a tenth, with a click before it. Both are drawn here from the same ranges, so that
what tells them apart is what they play, and where that does not, nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from partita.training.bank import effects
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, Sound, faded, hertz, layered, noise, seconds

LOWEST_HZ, HIGHEST_HZ = 30.0, 68.0
"""Where the bass drums among them are tuned."""


@dataclass(frozen=True)
class Thud:
    """The knobs of a thud.

    Attributes
    ----------
    dive : octaves that the pitch starts above where it stays. dive_s : time constant of the fall.
    attack_s, hold_s, decay_s : of the level. partials : levels of the second and the third.
    click : level of noise at the onset. drive : of the saturation.
    """

    dive: float
    dive_s: float
    attack_s: float
    hold_s: float
    decay_s: float
    partials: tuple[float, float]
    click: float
    drive: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Thud:
        """A random one."""
        return cls(
            dive=float(rng.uniform(0.0, 4.0) * (rng.random() < 0.7)),
            dive_s=_between(0.003, 0.06, rng),
            attack_s=_between(0.0005, 0.03, rng),
            hold_s=float(rng.uniform(0.0, 0.4) * (rng.random() < 0.6)),
            decay_s=_between(0.03, 0.4, rng),
            partials=(_between(0.003, 0.5, rng), _between(0.003, 0.3, rng)),
            click=_between(0.01, 0.6, rng) * float(rng.random() < 0.6),
            drive=float(rng.uniform(0.5, 3.0)),
        )

    def stroke(self, f0_hz: float, rng: np.random.Generator, *, length_s: float = 2.0) -> Sound:
        """One thud (time,) at a pitch, damped after `length_s`."""
        whole_s = min(self.hold_s + 5 * self.decay_s, length_s) + 0.08
        time = seconds(whole_s)
        f_hz = f0_hz * 2.0 ** (self.dive * np.exp(-time.astype(np.float64) / self.dive_s))
        phase = 2.0 * np.pi * np.cumsum(f_hz) / RATE
        levels = (1.0, *self.partials)
        wave = sum(level * np.sin(k * phase) for k, level in enumerate(levels, 1))
        level = np.exp(-np.maximum(time - self.hold_s, 0.0) / self.decay_s)
        level *= 1.0 - np.exp(-time / self.attack_s)
        level *= np.exp(-np.maximum(time - length_s, 0.0) / 0.02)
        snap = effects.passed(noise(time.size, rng), low_hz=1000.0, high_hz=6000.0)
        sound = wave * level + self.click * snap * np.exp(-time / 0.004)
        return faded(effects.saturated(sound.astype(np.float32), drive=self.drive))


def kick(rng: np.random.Generator) -> Sound:
    """A bass drum (time,)."""
    return Thud.drawn(rng).stroke(_between(LOWEST_HZ, HIGHEST_HZ, rng), rng)


def bass(notes: Sequence[Note], length: int, rng: np.random.Generator) -> Sound:
    """A bass line (2, length): equal pitches of equal length are one sound."""
    thud = Thud.drawn(rng)
    tones: dict[tuple[float, int], Sound] = {}
    events = []
    for note in notes:
        key = (note.pitch, round(note.length * 20))
        if key not in tones:
            tones[key] = thud.stroke(hertz(note.pitch), rng, length_s=max(note.length, 0.05))
        events.append((note.start, tones[key] * np.float32(note.velocity)))
    return layered(events, length)


def _between(low: float, high: float, rng: np.random.Generator) -> float:
    """Drawn evenly on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
