"""Audio and Stems: what crosses from folder to folder.

Axes: the last axis is time, the one before it the channels.
Unit: full scale is ±1, so 0 dBFS is an amplitude of 1; values beyond are allowed
(float files hold them) and nothing here clips.
Both types are frozen, and their arrays are marked read-only where they are made here, so that
no engine can change its input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import AudioError, UsageError

MAX_RATE = 768_000  # Hz; above it a header is broken rather than ambitious
LOUDEST = 1e12
"""Largest sample of a recording; float audio in units of 32-bit integers stays far below."""


@dataclass(frozen=True, eq=False)
class Audio:
    """A stretch of sound.

    Parameters
    ----------
    samples : (channels, time) float32, full scale ±1. Another float type is converted; integers
        are refused, because their full scale is unknown.
    rate : samples per second, 1 … 768 000 Hz.

    Raises
    ------
    AudioError : wrong number of axes, no channel, integer samples, or a rate out of range.

    Examples
    --------
    >>> audio = Audio(np.zeros((2, 44100), np.float32), 44100)
    >>> audio.channels, audio.duration_s
    (2, 1.0)
    """

    samples: NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "samples", _float32_view(self.samples, axes=2))
        object.__setattr__(self, "rate", _checked_rate(self.rate))

    @property
    def channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def length(self) -> int:
        """Number of samples in each channel."""
        return int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        return self.length / self.rate

    def __repr__(self) -> str:
        return f"Audio({self.channels} channels, {self.duration_s:.3f} s, {self.rate} Hz)"


@dataclass(frozen=True, eq=False)
class Stems:
    """The parts of a recording: equal in length, channels and rate by construction.

    Parameters
    ----------
    names : one name a stem, in lower case by convention, each once.
    samples : (stems, channels, time) float32, full scale ±1.
    rate : Hz.

    Examples
    --------
    >>> stems = Stems(("vocals", "drums"), np.zeros((2, 2, 100), np.float32), 44100)
    >>> stems["drums"]
    Audio(2 channels, 0.002 s, 44100 Hz)
    >>> list(stems)
    ['vocals', 'drums']
    """

    names: tuple[str, ...]
    samples: NDArray[np.float32]
    rate: int

    def __post_init__(self) -> None:
        names = tuple(self.names)
        samples = _float32_view(self.samples, axes=3)
        if len(set(names)) != len(names):
            raise AudioError(f"stem names must differ, got {', '.join(names)}")
        if len(names) != samples.shape[0]:
            raise AudioError(f"{len(names)} stem names for {samples.shape[0]} stems")
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate", _checked_rate(self.rate))

    @property
    def channels(self) -> int:
        return int(self.samples.shape[1])

    @property
    def length(self) -> int:
        """Number of samples in each channel of each stem."""
        return int(self.samples.shape[2])

    @property
    def duration_s(self) -> float:
        return self.length / self.rate

    def __getitem__(self, name: str) -> Audio:
        if name not in self.names:
            raise UsageError(f"no stem named {name!r}; there are {', '.join(self.names)}")
        return Audio(self.samples[self.names.index(name)], self.rate)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def items(self) -> Iterator[tuple[str, Audio]]:
        """Pairs of name and Audio, in order."""
        return ((name, self[name]) for name in self.names)

    def __repr__(self) -> str:
        return (
            f"Stems({', '.join(self.names)}; {self.channels} channels, "
            f"{self.duration_s:.3f} s, {self.rate} Hz)"
        )


def check_finite(samples: NDArray[np.floating], rate: int, *, start: int = 0, name: str) -> None:
    """Refuse NaN, infinite and absurd samples, saying where the first one is.

    Beyond LOUDEST a file is damaged or was never audio, and powers of it would overflow.

    Parameters
    ----------
    samples : (channels, time). rate : Hz.
    start : samples that came before, for the time in the message. name : of the recording.
    """
    finite = np.isfinite(samples)
    if not finite.all():
        at_s = (start + int(np.argmin(finite.all(axis=0)))) / rate
        raise AudioError(f"{name} has NaN or infinite samples, the first at {at_s:.3f} s")
    absurd = np.max(np.abs(samples), axis=0, initial=0) > LOUDEST
    if absurd.any():
        at_s = (start + int(np.argmax(absurd))) / rate
        raise AudioError(
            f"{name} has samples beyond {LOUDEST:.0e} times full scale, the first at {at_s:.3f} s: "
            "it is damaged, or is not audio"
        )


def _float32_view(samples: object, *, axes: int) -> NDArray[np.float32]:
    """A read-only float32 view (a copy only where the type has to change)."""
    array = np.asarray(samples)
    shape = "(channels, time)" if axes == 2 else "(stems, channels, time)"
    if array.ndim != axes:
        raise AudioError(f"samples must be shaped {shape}, got {array.shape}")
    if not np.issubdtype(array.dtype, np.floating):
        raise AudioError(f"samples must be float with full scale ±1, got {array.dtype}")
    if array.shape[-2] == 0:
        raise AudioError("samples must have at least one channel")
    view = array.astype(np.float32, copy=False).view()
    view.flags.writeable = False
    return view


def _checked_rate(rate: object) -> int:
    if not isinstance(rate, int | np.integer) or not 1 <= rate <= MAX_RATE:
        raise AudioError(f"rate must be a whole number of Hz from 1 to {MAX_RATE}, got {rate!r}")
    return int(rate)
