"""Sources that have an example or a trained dictionary, and the rest of the recording."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio
from partita.core.errors import HintError
from partita.core.hints import Hints
from partita.engines.dictionaries import digest_of, known_spectra, load_all, source_names
from partita.engines.options import check_options, option
from partita.engines.sampled_frames import sampled_magnitudes
from partita.engines.session import check_cpu
from partita.engines.spectra_session import Spectra, SpectraSession
from partita.factor.block import Factor
from partita.factor.dictionary import Dictionary
from partita.factor.free import Free
from partita.factor.solver import fit
from partita.signal.resolution import scaled_n_fft

REST = "rest"


@dataclass(frozen=True)
class SemiSupervisedNMF:
    """A stem for each source with an example or a trained dictionary, and `rest` for all else.

    The spectra of the sources are learned from their clips and held; beside them spectra of the
    rest are learned from the recording, from what the held ones do not explain.

    Good at: taking one instrument out, of which a few seconds can be heard alone. Bad at: sources
    whose spectra the rest shares.

    References
    ----------
    Smaragdis, Raj and Shashanka, "Supervised and semi-supervised separation of sounds from
    single-channel mixtures", ICA 2007, as factorization with the Kullback-Leibler divergence.
    Departure: the spectra of the rest are learned from at most `frames` moments of the recording.
    """

    name: ClassVar[str] = "semi_supervised_nmf"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"examples"})
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    dictionaries: str = option("", "trained .npz files, separated by commas")
    rank: int = option(40, "spectra of each example", low=1, high=400)
    rest_rank: int = option(40, "spectra of the rest", low=1, high=400)
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
        sources = source_names(self.dictionaries, hints)
        if REST in sources:
            raise HintError(f"{REST!r} is what no example tells about; rename that source")
        return (*sources, REST)

    def open(self, device: str = "auto", threads: int | None = None) -> SpectraSession:
        check_cpu(self.name, device)
        trained = load_all(self.dictionaries)

        def learn(blocks: Iterable[Audio], rate: int, hints: Hints) -> Spectra:
            return self._spectra(trained, blocks, rate, hints)

        return SpectraSession(
            learn, n_fft=self.n_fft, iterations=self.iterations // 2, power=self.power
        )

    def _spectra(
        self, trained: Sequence[Dictionary], blocks: Iterable[Audio], rate: int, hints: Hints
    ) -> Spectra:
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
        n_fft = scaled_n_fft(self.n_fft, rate)
        V = sampled_magnitudes(blocks, n_fft=n_fft, hop=n_fft // 2, limit=self.frames)
        W = np.concatenate([W for _, W in known], axis=1)
        model = [
            Free("known", W.shape[1], W=Factor(start=W, fixed=True)),
            Free(REST, min(self.rest_rank, V.shape[1])),
        ]
        steps = self.iterations
        found = fit(V, model, iterations=steps, seed=self.seed, cost_every=steps)
        rest = found.factors[REST]["W"]
        ranks = [*(W.shape[1] for _, W in known), rest.shape[1]]
        owner = np.repeat(np.arange(len(ranks)), ranks)
        return Spectra(self.stems_from(hints), np.concatenate([W, rest], axis=1), owner)
