"""Stems as files, each stem the sum of one or more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.digest import digest, file_digest
from partita.core.errors import InputError
from partita.core.hints import Hints
from partita.core.names import printable
from partita.core.track import Track, no_hints

MAX_PAD_S = 1.0
"""By so much at most a mix is made longer: what a stem's file claims about itself may be wrong."""

Samples = NDArray[np.float32]


@dataclass(frozen=True)
class StemFiles:
    """The files of one track.

    Attributes
    ----------
    track : its id.
    stems : stem -> the files that add up to it; one without files is silent.
    mixture : the recording; None: it is the sum of the stems.
    """

    track: str
    stems: Mapping[str, tuple[Path, ...]]
    mixture: Path | None = None

    def as_track(self, hints: Callable[[], Hints] = no_hints) -> Track:
        """The track that loads these files."""
        return Track(
            self.track, self.load_mix, self.load, hints, self.key, mix_is_sum=self.mixture is None
        )

    def key(self) -> str:
        """A digest of what the files hold, and of what they are added up to.

        Raises
        ------
        InputError : a file is missing.
        """
        mixture = () if self.mixture is None else (self.mixture,)
        paths = [*mixture, *(path for files in self.stems.values() for path in files)]
        self._check_there(paths)
        stems = [[name, *map(file_digest, files)] for name, files in self.stems.items()]
        return digest(stems, [file_digest(path) for path in mixture])

    def load(self, names: Sequence[str] | None = None) -> Stems:
        """The stems (all, or those named), equal in length: shorter ones end in silence.

        A mono file counts on both channels where others are stereo.

        Raises
        ------
        InputError : a file is missing or unreadable, or the files differ in rate.
        """
        wanted = tuple(self.stems) if names is None else tuple(names)
        self._check_there(path for name in wanted for path in self.stems[name])
        sums, rates = {}, {}
        for name in wanted:
            sums[name], rates[name] = _sum(self.stems[name])
        known = {name: rate for name, rate in rates.items() if rate}
        if len(set(known.values())) != 1:
            listed = ", ".join(f"{name}: {rate} Hz" for name, rate in known.items())
            raise InputError(
                f"{printable(self.track)}: stems differ in rate ({listed})"
                if known
                else f"{printable(self.track)} has no stems"
            )
        shape = tuple(max(sizes) for sizes in zip(*(s.shape for s in sums.values()), strict=True))
        samples = np.zeros((len(sums), *shape), np.float32)
        for out, name in zip(samples, wanted, strict=True):
            part = sums.pop(name)
            out[:, : part.shape[1]] = part
        return Stems(wanted, samples, next(iter(known.values())))

    def load_mix(self) -> Audio:
        """The recording, cut or filled up to the longest stem; without one, the stems' sum.

        Raises
        ------
        InputError : a file is missing or unreadable.
        """
        from partita.io.audio import load

        if self.mixture is None:
            stems = self.load()
            return Audio(stems.samples.sum(axis=0), stems.rate)
        self._check_there([self.mixture])
        mix = load(self.mixture)
        length = self._declared_length()
        if length is None or length > mix.length + MAX_PAD_S * mix.rate:
            return mix
        return Audio(fitted(mix.samples, length), mix.rate)

    def _check_there(self, paths: Iterable[Path]) -> None:
        missing = [path for path in paths if not path.is_file()]
        if missing:
            folder = printable(missing[0].parent)
            names = ", ".join(printable(path.name) for path in missing)
            raise InputError(f"{printable(self.track)}: there is no {names} in {folder}")

    def _declared_length(self) -> int | None:
        """Samples in the longest stem; None where a file does not tell."""
        from partita.io.audio import open_audio

        paths = [path for files in self.stems.values() for path in files]
        self._check_there(paths)
        lengths = [open_audio(path).declared_length for path in paths]
        known = [length for length in lengths if length is not None]
        return max(known) if known and len(known) == len(lengths) else None


def track_of(
    id: str,
    find: Callable[[], StemFiles],
    hints: Callable[[], Hints] = no_hints,
    *,
    mix_is_sum: bool = False,
) -> Track:
    """A track whose files are only found when it is loaded: its metadata tell which they are.

    Parameters
    ----------
    find : a function that can be sent to another process.
    """
    mix, stems = partial(_load_mix, find), partial(_load, find)
    return Track(id, mix, stems, hints, partial(_key, find), mix_is_sum)


def _load(find: Callable[[], StemFiles]) -> Stems:
    return find().load()


def _load_mix(find: Callable[[], StemFiles]) -> Audio:
    return find().load_mix()


def _key(find: Callable[[], StemFiles]) -> str:
    return find().key()


def fitted(samples: Samples, length: int) -> Samples:
    """(channels, time) cut to `length`, or with silence behind it."""
    if samples.shape[1] >= length:
        return samples[:, :length]
    return np.pad(samples, ((0, 0), (0, length - samples.shape[1])))


def _sum(paths: Sequence[Path]) -> tuple[Samples, int]:
    """(channels, time) and the rate; nothing at 0 Hz where there are no files."""
    from partita.io.audio import load

    total, rate = np.zeros((1, 0), np.float32), 0
    for path in paths:
        part = load(path)
        if rate and part.rate != rate:
            raise InputError(
                f"{printable(path)} has {part.rate} Hz, what it is added to has {rate} Hz"
            )
        rate = part.rate
        length = max(total.shape[1], part.length)
        total = fitted(total, length) + fitted(part.samples, length)
    return total, rate
