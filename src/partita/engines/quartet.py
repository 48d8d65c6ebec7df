"""Vocals, drums, bass and the rest, by two small trained networks."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.digest import file_digest
from partita.core.errors import InputError, UsageError
from partita.core.hints import Hints
from partita.core.names import printable
from partita.core.separator import Reader
from partita.engines.classic import Classic
from partita.engines.onnx_network import OnnxNetwork
from partita.engines.options import check_options, option
from partita.signal.resample import resample
from partita.signal.stft import istft, stft
from partita.signal.wiener import multichannel_wiener
from partita.weights import embedded

BLOCK = 1 << 18
"""Samples read at a time to find the level of a recording."""
ON_CPU, ON_CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
REFINED_SHARE = 0.5
"""Share of the multichannel Wiener filter in the result."""
NOISE = 1e-3
"""That the filter adds; with less, mono as two channels is not quite what mono is."""
FILTERED_HZ = 5_000.0
"""Above it the filter would take time, and change little."""
FILTERED_FRAMES = 64
"""Filtered at once; bounds the memory."""
ODDS = {"drums": 1 / 2, "bass": 1 / 20}
"""The odds of the rules against the network in a stem, as a part of their odds in the others: the
rules know less of these two."""
LOW_SHARE = 0.6
"""Share of the second network in what is low; the first has the rest."""
LOW, WITHOUT = "quartet-low", "none"
"""The second network that comes with Partita, and what stands for none."""
REST = "other"
"""The last stem is what the others leave, so that the stems add up; also what resampling loses."""

Array = NDArray[np.floating]
Spectra = NDArray[np.complexfloating]
T = TypeVar("T")


@dataclass(frozen=True)
class Quartet:
    """Vocals, drums, bass and the rest, by two small trained networks.

    Good at: pop and rock with one voice in front. Bad at: choirs, pads and voices in one register,
    rooms. It works at 44.1 kHz; what is above 22 kHz in a recording of a higher rate is `other`.

    The second network (`low`) works on what is below 2 kHz, in longer windows, and is told what the
    first one found; below 2 kHz the result is the mean of both. "other" is what the others leave.

    What the networks find is averaged with what the rules of `classic` find (`rules` is their
    share): the two are wrong at different places, so that their mean is less wrong than either.
    The rules know less about drums and bass, and have a smaller share there; "other" makes
    up for it. A multichannel Wiener filter (`refine`) then looks at where each stem lies in the
    stereo image; what it makes of the mixture is averaged half and half with what it was given.
    Rules and filter work on the same frames, which overlap by half.

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
    overlap: ClassVar[float] = 0.05
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    weights: str = option("", "file with the network; empty: the one that comes with Partita")
    low: str = option(
        "",
        "file with the network for the low end; empty: the one that comes with Partita, "
        "or none if weights is given; none: without",
    )
    rules: float = option(0.2, "share of the engine classic in the result", low=0, high=1)
    refine: bool = option(True, "whether a multichannel Wiener filter follows")

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def weights_sha256(self) -> str:
        """Of the networks' files: other networks give other results.

        Raises
        ------
        UsageError : there is none.
        """
        low = _low(self.low, self.weights)
        return file_digest(_weights(self.weights)) + (file_digest(low) if low else "")

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
        return QuartetSession.load(
            _weights(self.weights),
            _low(self.low, self.weights),
            self.stems,
            rules=self.rules,
            refine=self.refine,
            threads=threads,
            providers=_providers(device),
        )


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

    def __init__(
        self,
        network: OnnxNetwork,
        low: OnnxNetwork | None = None,
        *,
        rules: float,
        refine: bool,
        side_by_side: bool,
    ) -> None:
        self.network = network
        self.low = low
        self.rules = rules
        self.refine = refine
        self.classic = Classic(redundancy=2)
        self.helper = ThreadPoolExecutor(max_workers=1) if side_by_side else None

    @classmethod
    def load(
        cls,
        path: Path,
        low: Path | None,
        stems: tuple[str, ...],
        *,
        rules: float,
        refine: bool,
        threads: int | None,
        providers: Sequence[str],
    ) -> Self:
        """A session for the networks in files.

        Raises
        ------
        InputError : a file is not a network for these stems, or not for its place.
        """
        networks = []
        for file, channels in ((path, 2), (low, 2 + 2 * len(stems))):
            if file is not None:
                found = OnnxNetwork.load(file, threads=threads, providers=providers)
                _check_place(found, file, stems, channels)
                networks.append(found)
        side_by_side = (threads or len(os.sched_getaffinity(0))) > 1
        return cls(*networks, rules=rules, refine=refine, side_by_side=side_by_side)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self.helper:
            self.helper.shutdown()

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
        wanted = [self.network.stems.index(name) for name in stems]
        both = segment if segment.channels == 2 else _doubled(segment)
        if self.rules or self.refine:
            found = self._blended(both, level, wanted)
        else:
            found = _with_rest(self._by_network(both, level), both.samples)[wanted]
        return Stems(stems, found[:, : segment.channels], segment.rate)

    def _blended(self, segment: Audio, level: float, wanted: list[int]) -> Array:
        """(wanted, channels, time): the mean of what network, rules and filter find."""
        frame = self.classic.frame(segment.rate)
        spectrum = stft(segment.samples, **frame)
        masks = None
        if self.rules:
            masks = self._beside(partial(self.classic.masks, spectrum, segment.rate))
        images = np.empty((len(self.network.stems), *spectrum.shape), dtype=np.complex64)
        found = self._by_network(segment, level)

        def transform(rows: slice) -> None:
            images[rows] = stft(found[rows], **frame)

        self._in_halves(len(found), transform)
        np.subtract(spectrum, images[:-1].sum(axis=0), out=images[-1])
        shares = None if masks is None else masks()

        def blend(bins: slice) -> None:
            x, y = spectrum[:, bins], images[:, :, bins]
            if shares is not None:
                self._average(y, x, shares[:, bins])
            if self.refine and bins.start < top:
                moved = multichannel_wiener(x, y, power=1.0, noise=NOISE, block=FILTERED_FRAMES)
                moved -= y
                moved *= np.float32(REFINED_SHARE)
                y += moved

        top = min(round(FILTERED_HZ * frame["n_fft"] / segment.rate), spectrum.shape[1])
        upper = self._beside(partial(blend, slice(top // 2, top)))
        blend(slice(0, top // 2))
        upper()
        blend(slice(top, None))
        parts = np.empty((len(wanted), *segment.samples.shape), dtype=np.float32)
        # the last of all needs no transform: it is what the others leave
        chosen = images[:-1] if len(wanted) == len(images) else images[wanted]

        def invert(rows: slice) -> None:
            parts[rows] = istft(chosen[rows], length=segment.length, **frame)

        self._in_halves(len(chosen), invert)
        if len(chosen) == len(parts):
            return parts
        np.subtract(segment.samples, parts[:-1].sum(axis=0), out=parts[-1])
        return parts if wanted == sorted(wanted) else parts[wanted]

    def _average(self, images: Spectra, spectrum: Spectra, masks: Array) -> None:
        """Change images (stems, …) towards what the masks of `classic` say."""
        names = self.network.stems
        rest = images[names.index(REST)]
        rest[:] = spectrum
        for name, image in zip(names, images, strict=True):
            if name != REST:
                moved = spectrum * masks[self.classic.stems.index(name)]
                moved -= image
                moved *= np.float32(share_of_rules(self.rules, name))
                image += moved
                rest -= image

    def _in_halves(self, count: int, work: Callable[[slice], None]) -> None:
        """Do work on rows 0 to count, on half of them beside the others."""
        later = self._beside(partial(work, slice(count // 2, count)))
        if count > 1:
            work(slice(0, count // 2))
        later()

    def _beside(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin work that is done beside other work; what is returned waits for its result.

        Networks, transforms and filters spend their time outside Python. With one thread the work
        is done when it is asked for.
        """
        return self.helper.submit(work).result if self.helper else work

    def _by_network(self, segment: Audio, level: float) -> Array:
        """(stems but the last, channels, time) at the segment's rate."""
        rate = self.network.rate
        if segment.rate == rate:
            return self._at_its_rate(segment.samples, level)
        parts = self._at_its_rate(resample(segment.samples, segment.rate, rate), level)
        return _fitted(resample(parts, rate, segment.rate), segment.length)

    def _at_its_rate(self, x: Array, level: float) -> Array:
        """(stems but the last, 2, time) at the network's rate, from (2, time)."""
        count = len(self.network.stems) - 1
        parts = self.network.separate(x, level, stems=count, beside=self._beside)
        if self.low is None:
            return parts
        rate, low_rate = self.network.rate, self.low.rate
        mixture = resample(x, rate, low_rate, quality="LQ")
        heard = np.empty((2 + count, *mixture.shape), dtype=np.float32)
        guesses = heard[1:-1]

        def lower(rows: slice) -> None:
            guesses[rows] = resample(parts[rows], rate, low_rate, quality="LQ")

        self._in_halves(count, lower)
        heard[0] = mixture
        np.subtract(mixture, guesses.sum(axis=0), out=heard[-1])
        given = heard.reshape(-1, mixture.shape[1])
        change = self.low.separate(given, level, stems=count, beside=self._beside)
        change -= guesses
        change *= np.float32(LOW_SHARE)

        def correct(rows: slice) -> None:
            higher = resample(change[rows], low_rate, rate, quality="LQ")
            parts[rows] += _fitted(higher, x.shape[1])

        self._in_halves(count, correct)
        return parts


def _with_rest(parts: Array, x: Array) -> Array:
    """All stems: the last one, REST, is what the others leave of the mixture."""
    return np.concatenate([parts, (x - parts.sum(axis=0))[np.newaxis]])


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


def _weights(name: str) -> Path:
    if name:
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"there are no weights {printable(path)}")
        return path
    path = embedded(Quartet.name)
    if not path.is_file():
        raise UsageError(
            "this installation has no weights for quartet: give --set weights=FILE "
            "(`partita train` and `partita export` make one)"
        )
    return path


def _low(name: str, weights: str) -> Path | None:
    """The file with the network for the low end, or None."""
    if name == WITHOUT or not (name or not weights):
        return None
    path = Path(name) if name else embedded(LOW)
    if not path.is_file():
        if not name:
            return None
        raise UsageError(f"there are no weights {printable(name)}")
    return path


def _check_place(network: OnnxNetwork, path: Path, stems: tuple[str, ...], channels: int) -> None:
    """Raise InputError unless a network finds these stems from so many channels."""
    if network.stems != stems:
        found = ", ".join(network.stems)
        raise InputError(f"{printable(path)} separates {found}, not {', '.join(stems)}")
    if network.channels != channels:
        place = "weights" if network.channels == 2 else "low"
        raise InputError(f"{printable(path)} belongs in the option {place}")


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) if x.size else 0.0


def _fitted(x: Array, length: int) -> Array:
    """Cut or lengthened to `length` samples: resampling there and back may be one off."""
    missing = max(length - x.shape[-1], 0)
    return np.pad(x, ((0, 0), (0, 0), (0, missing)))[..., :length]
