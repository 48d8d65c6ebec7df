"""Vocals, drums, bass and the rest, by two small trained networks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.cores import usable_cores
from partita.core.digest import digest, file_digest
from partita.core.errors import UsageError
from partita.core.hints import Hints
from partita.core.names import printable
from partita.core.separator import Reader
from partita.engines.classic import Classic
from partita.engines.options import check_options, option
from partita.engines.quartet_networks import QuartetNetworks
from partita.signal.resample import faded_out, resample, resampled_length
from partita.signal.stft import istft
from partita.signal.wiener import multichannel_wiener
from partita.weights import embedded

BLOCK = 1 << 18
"""Samples read at a time to find the level of a recording."""
ON_CPU, ON_CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
REFINED_SHARE = 0.4
"""Share of the multichannel Wiener filter in the result."""
NOISE = 1e-3
"""That the filter adds; with less, mono as two channels is not quite what mono is."""
MENDED_HZ = 5_000.0
"""Above it rules and filter would take time, and change next to nothing."""
RULES_FROM_HZ = 300.0
"""Below it the rules know less than the networks do."""
HEDGED_HZ = 65.0
"""Below it bass drum and bass are hardly told apart: the six bins up to 60 Hz."""
FILTERED_FRAMES = 64
"""Filtered at once; bounds the memory."""
ODDS = {"drums": 1 / 2, "bass": 1 / 20}
"""The odds of the rules against the network in a stem, as a part of their odds in the others: the
rules know less of these two."""
TINY = np.finfo(np.float32).tiny
AT_ONCE = 2
"""Segments under way at the same time, where there are two threads."""
LOW, WITHOUT = "quartet-low", "none"
"""The second network that comes with Partita, and what stands for none."""

Array = NDArray[np.floating]
Spectra = NDArray[np.complexfloating]


@dataclass(frozen=True)
class Quartet:
    """Vocals, drums, bass and the rest, by two small trained networks.

    Good at: pop and rock with one voice in front. Bad at: choirs, pads and voices in one register,
    rooms. It works at 44.1 kHz; what is above 22 kHz in a recording of a higher rate is `other`.

    The second network (`low`) works on what is below 2 kHz, in longer windows, and is told what the
    first one found; what is there is its own. "other" is what the others leave.

    What the networks find is averaged with what the rules of `classic` find (`rules` is their
    share): the two are wrong at different places, so that their mean is less wrong than either, but
    not below 300 Hz.
    The rules know less about drums and bass, and have a smaller share there; "other" makes
    up for it. A multichannel Wiener filter (`refine`) then looks at where each stem lies in the
    stereo image; what it makes of the mixture is four tenths of the result.
    Towards 5 kHz rules and filter fade out, and above the networks are left alone: next to nothing
    would change there.
    Below 60 Hz bass drum and bass are told apart with more certainty than is warranted: shares
    there move a part of the way (`hedge`) towards their mean over a segment.
    Rules, filter and hedge work on the same frames, which overlap by half.

    References
    ----------
    `partita.nets.tfc_tdf` names the papers. On averaging separators: Uhlich et al., "Improving
    music source separation based on deep neural networks through data augmentation and network
    blending", ICASSP 2017. `refine`: `partita.signal.multichannel_wiener`, by magnitudes.
    """

    name: ClassVar[str] = "quartet"
    stems: ClassVar[tuple[str, ...]] = ("vocals", "drums", "bass", "other")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 12.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    weights: str = option("", "file with the network; empty: the one that comes with Partita")
    low: str = option(
        "",
        "file with the network for the low end; empty: the one that comes with Partita, "
        "or none if weights is given; none: without",
    )
    rules: float = option(0.3, "share of the engine classic from 300 Hz to 5 kHz", low=0, high=1)
    refine: bool = option(True, "whether a multichannel Wiener filter follows")
    hedge: float = option(
        0.3, "how far shares below 60 Hz move towards their mean over a segment", low=0, high=1
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def weights_sha256(self) -> str:
        """Of the networks' files: other networks give other results.

        Raises
        ------
        UsageError : there is none.
        """
        first, second = _there(self.weights, Quartet.name), self._low_path()
        return digest(file_digest(first), None if second is None else file_digest(second))

    def open(self, device: str = "auto", threads: int | None = None) -> QuartetSession:
        """A session that holds the network.

        Parameters
        ----------
        device : cpu; cuda, where the package onnxruntime-gpu is installed; auto: cuda if there is.

        Raises
        ------
        UsageError : another device, or one that is not there; no weights.
        InputError : the file is not such a network.
        """
        providers = _providers(device)
        threads = threads or usable_cores()
        at_once = min(threads, AT_ONCE) if providers == (ON_CPU,) else 1
        networks = QuartetNetworks.load(
            _there(self.weights, Quartet.name),
            self._low_path(),
            self.stems,
            threads=max(threads // at_once, 1),
            providers=providers,
        )
        return QuartetSession(networks, self, at_once)

    def _low_path(self) -> Path | None:
        """The file with the network for the low end, or None."""
        if self.low == WITHOUT or (self.weights and not self.low):
            return None
        return _there(self.low, LOW)


def share_of_rules(rules: float, stem: str) -> float:
    """The share of rules in a stem: less than `rules` in drums and bass, unless it is all.

    Examples
    --------
    >>> [round(share_of_rules(0.2, stem), 2) for stem in ("vocals", "drums", "bass", "other")]
    [0.2, 0.11, 0.01, 0.2]
    """
    odds = ODDS.get(stem, 1.0)
    return rules * odds / (1 - rules + rules * odds)


class QuartetSession:
    """The networks in memory. `prepare` measures the level of the whole recording."""

    def __init__(self, networks: QuartetNetworks, options: Quartet, at_once: int) -> None:
        self.networks = networks
        self.at_once = at_once
        self.names = networks.network.stems
        self.options = options
        self.classic = Classic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def prepare(self, reader: Reader | None, hints: Hints) -> float | None:
        """RMS of the whole recording; None where there is none to read."""
        if reader is None:
            return None
        energy, count = 0.0, 0
        for block in reader.blocks(BLOCK):
            energy += float(np.sum(np.square(block.samples, dtype=np.float64)))
            count += block.samples.size
        return float(np.sqrt(energy / max(count, 1)))

    def separate(
        self, segment: Audio, hints: Hints, *, state: float | None, stems: tuple[str, ...]
    ) -> Stems:
        """The wanted stems of one segment.

        Parameters
        ----------
        state : RMS of the recording; None takes that of the segment.
        """
        level = _rms(segment.samples) if state is None else state
        if level == 0:
            silence = np.zeros((len(stems), *segment.samples.shape), dtype=np.float32)
            return Stems(stems, silence, segment.rate)
        both = segment if segment.channels == 2 else _doubled(segment)
        found = self._found(both, level, [self.names.index(name) for name in stems])
        return Stems(stems, found[:, : segment.channels], segment.rate)

    def _found(self, segment: Audio, level: float, wanted: list[int]) -> Array:
        """(wanted, 2, time): the stems by number; the last one is what the others leave."""
        x, rate = segment.samples, self.networks.rate
        images = self._images(x if segment.rate == rate else resample(x, segment.rate, rate), level)
        length, frame = resampled_length(segment.length, segment.rate, rate), self.networks.frame
        last = len(images)
        found = np.empty((len(wanted), *x.shape), dtype=np.float32)
        rest = x.copy() if last in wanted else None
        for index in range(last):
            image = images.pop(0)  # which then can go
            if index not in wanted and rest is None:
                continue
            part = istft(image, length=length, **frame)
            if segment.rate != rate:
                part = _fitted(resample(part, rate, segment.rate), segment.length)
            if index in wanted:
                found[wanted.index(index)] = part
            if rest is not None:
                rest -= part
        if rest is not None:
            found[wanted.index(last)] = rest
        return found

    def _images(self, x: Array, level: float) -> list[Spectra]:
        """Of all stems but the last: the mean of what networks, rules and filter find."""
        spectrum, images = self.networks.find(x, level)
        mixture, *low = self._below(MENDED_HZ, spectrum, *images)
        before = [image.copy() for image in low]
        if self.options.rules:
            self._average(low, mixture)
        if self.options.refine:
            _filter(low, mixture)
        _fade(low, before)
        mixture, *lowest = self._below(HEDGED_HZ, spectrum, *images)
        _hedge(lowest, mixture, self.options.hedge)
        return images

    def _below(self, hertz: float, *spectra: Spectra) -> list[Spectra]:
        """The low end of spectra."""
        return [spectrum[:, : self._bin(hertz)] for spectrum in spectra]

    def _bin(self, hertz: float) -> int:
        return round(hertz * self.networks.frame["n_fft"] / self.networks.rate)

    def _average(self, images: list[Spectra], spectrum: Spectra) -> None:
        """Change the images of all stems but the last towards what the rules find."""
        masks = self.classic.masks(spectrum, self.networks.frame, self.networks.rate)
        first = self._bin(RULES_FROM_HZ)
        cells = np.swapaxes(spectrum[:, first:], -1, -2)  # as they lie in memory
        for name, image in zip(self.names, images, strict=False):
            share = np.float32(share_of_rules(self.options.rules, name))
            mask = masks[self.classic.stems.index(name), first:].T
            moved = np.swapaxes(image[:, first:], -1, -2)
            moved *= 1 - share
            moved += cells * np.multiply(mask, share, order="C")


def _filter(images: list[Spectra], spectrum: Spectra) -> None:
    """Change the images of all stems but the last towards what the filter makes of the spectrum."""
    every = np.stack([*images, spectrum - sum(images)])
    filtered = multichannel_wiener(spectrum, every, power=1.0, noise=NOISE, block=FILTERED_FRAMES)
    for image, better in zip(images, filtered, strict=False):
        image += np.float32(REFINED_SHARE) * (better - image)


def _fade(images: list[Spectra], before: list[Spectra]) -> None:
    """Bring images back to what they were before: not at all below, wholly at the upper end."""
    for image, old in zip(images, before, strict=True):
        image -= old
        image *= faded_out(image.shape[1])[:, np.newaxis]
        image += old


def _hedge(images: list[Spectra], spectrum: Spectra, hedge: float) -> None:
    """Change the images of all stems but the last towards their mean share of the spectrum."""
    energies = [_energy(image) for image in (*images, spectrum - sum(images))]
    total = max(sum(energies), TINY)
    for image, energy in zip(images, energies, strict=False):
        image += np.float32(hedge) * (spectrum * np.float32(energy / total) - image)


def _energy(spectrum: Spectra) -> float:
    return float(np.sum(np.square(np.abs(spectrum), dtype=np.float64)))


def _doubled(mono: Audio) -> Audio:
    """The same in two channels."""
    return Audio(np.tile(mono.samples, (2, 1)), mono.rate)


def _providers(device: str) -> tuple[str, ...]:
    """What onnxruntime calls the device, the CPU behind it for what a GPU cannot do."""
    import onnxruntime

    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"engine {Quartet.name} runs on cpu and cuda, not on {device}")
    there = device != "cpu" and ON_CUDA in onnxruntime.get_available_providers()
    if device == "cuda" and not there:
        raise UsageError(
            "there is no cuda here for onnxruntime: install onnxruntime-gpu, or use cpu"
        )
    return (ON_CUDA, ON_CPU) if there else (ON_CPU,)


def _there(name: str, comes_along: str) -> Path:
    """The file called `name`; where that is empty, the network that comes with Partita."""
    path = Path(name) if name else embedded(comes_along)
    if not path.is_file():
        raise UsageError(
            f"there are no weights {printable(path)}"
            if name
            else f"this installation has no weights {comes_along}: give --set weights=FILE "
            "(`partita train` and `partita export` make one)"
        )
    return path


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) if x.size else 0.0


def _fitted(x: Array, length: int) -> Array:
    """Cut or lengthened to `length` samples: resampling there and back may be one off."""
    return np.pad(x, ((0, 0), (0, max(length - x.shape[1], 0))))[:, :length]
