"""Sources of which each has an example or a trained dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio
from partita.core.hints import Hints
from partita.engines.dictionaries import digest_of, known_spectra, load_all, source_names
from partita.engines.options import check_options, option
from partita.engines.session import check_cpu
from partita.engines.spectra_session import Spectra, SpectraSession
from partita.factor.dictionary import Dictionary


@dataclass(frozen=True)
class SupervisedNMF:
    """A stem for each source that an example or a trained dictionary tells about, and no other.

    The spectra of each source are learned from its clips and held; the recording says only when
    each of them sounds. All that is in the recording goes to one of the sources.

    Good at: recordings whose every instrument can be shown alone for a few seconds. Bad at: sounds
    that no example holds (`semi_supervised_nmf` gives them a stem of their own), and sources that
    share their spectra.

    References
    ----------
    Smaragdis, Raj and Shashanka, "Supervised and semi-supervised separation of sounds from
    single-channel mixtures", ICA 2007, as factorization with the Kullback-Leibler divergence.
    """

    name: ClassVar[str] = "supervised_nmf"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"examples"})
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    dictionaries: str = option("", "trained .npz files, separated by commas")
    rank: int = option(40, "spectra of each example", low=1, high=400)
    n_fft: int = option(4096, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    frames: int = option(3000, "moments to learn from, at most", low=100, high=100000)
    iterations: int = option(100, "steps of learning", low=1, high=2000)
    power: float = option(2.0, "exponent of the masks", low=0.1, high=16)
    seed: int = option(0, "of the random start", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def requires(self) -> frozenset[str]:
        return frozenset() if self.dictionaries else frozenset({"examples"})

    @property
    def weights_sha256(self) -> str | None:
        """Of what the dictionaries hold: other spectra give other results."""
        return digest_of(self.dictionaries)

    def stems_from(self, hints: Hints) -> tuple[str, ...]:
        return source_names(self.dictionaries, hints)

    def open(self, device: str = "auto", threads: int | None = None) -> SpectraSession:
        check_cpu(self.name, device)
        trained = load_all(self.dictionaries)

        def learn(blocks: Iterable[Audio], rate: int, hints: Hints) -> Spectra:
            return self._spectra(trained, rate, hints)

        return SpectraSession(
            learn, n_fft=self.n_fft, iterations=self.iterations // 2, power=self.power
        )

    def _spectra(self, trained: Sequence[Dictionary], rate: int, hints: Hints) -> Spectra:
        known = known_spectra(
            trained,
            hints.examples,
            rate=rate,
            n_fft=self.n_fft,
            rank=self.rank,
            frames=self.frames,
            iterations=self.iterations,
            seed=self.seed,
        )
        owner = np.repeat(np.arange(len(known)), [W.shape[1] for _, W in known])
        return Spectra(self.stems_from(hints), np.concatenate([W for _, W in known], axis=1), owner)
