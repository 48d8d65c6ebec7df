"""One track in memory: what is true, and what a system makes of it, cut alike."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.digest import digest
from partita.core.errors import InputError, PartitaWarning
from partita.core.hints import Hints, References
from partita.core.names import printable
from partita.core.separator import Separator
from partita.core.track import Track
from partita.datasets.files import StemFiles, fitted
from partita.engines.registry import to_toml
from partita.evaluate.targets import Target, match, summed
from partita.jobs.selection import available_stems
from partita.jobs.separate import separate

UNLIKE_S = 0.1
"""A mixture that differs from its stems by more than this in length is told."""
COMPLETE_DB = -20.0
"""Stems make up a recording if what they leave of it is no louder, beside it."""


@dataclass(frozen=True, eq=False)
class Material:
    """A track, and the estimates that were found or the engine that makes them.

    Attributes
    ----------
    track : its id.
    truth, mix : equal in rate, channels and length.
    hints : side information for the engine, without the true stems.
    estimate : the estimates of `targets`, or the engine.
    targets : what is compared.
    """

    track: str
    truth: Stems
    mix: Audio
    hints: Hints
    estimate: Stems | Separator
    targets: tuple[Target, ...]

    def compared(self) -> tuple[Stems, Stems]:
        """The true stems and the estimates, summed to the targets: the engine works here."""
        truth = summed(self.truth, [(target.name, target.true) for target in self.targets])
        if isinstance(self.estimate, Stems):
            stems = self.estimate
        else:
            wanted = dict.fromkeys(name for target in self.targets for name in target.estimated)
            hints = _with_references(self.estimate, self.hints, self.truth)
            stems = separate(self.mix, engine=self.estimate, stems=list(wanted), hints=hints)
        guess = summed(stems, [(target.name, target.estimated) for target in self.targets])
        return truth, guess


def key_of(track: Track, estimate: StemFiles | Separator) -> str:
    """Text that changes with the track, its hints, its estimates, and the engine's options.

    Raises
    ------
    InputError, HintError : a file is missing, or cannot be read as what it should be.
    """
    true = track.key() if track.key else digest(track.stems(), track.mix())
    if isinstance(estimate, StemFiles):
        return digest(track.id, true, estimate.key())
    weights = getattr(estimate, "weights_sha256", None)
    return digest(track.id, true, _hints_for(estimate, track), to_toml(estimate), weights)


def load_material(track: Track, estimate: StemFiles | Separator) -> Material:
    """Everything that scoring a track takes.

    Raises
    ------
    InputError : unreadable, or nothing that the estimates and the track have in common.
    HintError : a hint of the dataset is malformed, or the engine needs one that is not there.

    Warns
    -----
    PartitaWarning : a file is damaged, or the mixture's length is not that of the stems.
    """
    truth = track.stems()
    mix = _mix_of(track, truth)
    if isinstance(estimate, StemFiles):
        targets = _targets_of_files(truth, estimate, track.id)
        names = dict.fromkeys(name for target in targets for name in target.estimated)
        guess = estimate.load(list(names))
        return Material(track.id, truth, mix, Hints(), guess, tuple(targets))
    hints = _hints_for(estimate, track)
    targets = _targets_of_engine(truth, mix, estimate, hints, track.id)
    return Material(track.id, truth, mix, hints, estimate, tuple(targets))


def common_length(reference: Stems, estimate: Stems, song: str) -> tuple[Stems, Stems]:
    """Both cut to the shorter, with a warning where they differ.

    Warns
    -----
    PartitaWarning : naming both lengths.
    """
    lengths = reference.length, estimate.length
    if lengths[0] == lengths[1] or reference.rate != estimate.rate:
        return reference, estimate
    warnings.warn(
        f"{printable(song)}: the reference has {lengths[0]} samples, the estimate {lengths[1]}; "
        "only the common part is scored",
        PartitaWarning,
        stacklevel=2,
    )
    short = min(lengths)
    cut = [Stems(s.names, s.samples[..., :short], s.rate) for s in (reference, estimate)]
    return cut[0], cut[1]


def _mix_of(track: Track, stems: Stems) -> Audio:
    """The mix, with the length of the stems."""
    if track.mix_is_sum:
        return Audio(stems.samples.sum(axis=0), stems.rate)
    mix = track.mix()
    if (mix.rate, mix.channels) != (stems.rate, stems.channels):
        raise InputError(
            f"{printable(track.id)}: the mixture ({mix.rate} Hz, {mix.channels} ch) differs from "
            f"the stems ({stems.rate} Hz, {stems.channels} ch) in rate or channels"
        )
    if abs(mix.length - stems.length) > UNLIKE_S * mix.rate:
        warnings.warn(
            f"{printable(track.id)}: the mixture lasts {mix.duration_s:.2f} s, "
            f"the stems {stems.duration_s:.2f} s",
            PartitaWarning,
            stacklevel=3,
        )
    return Audio(fitted(mix.samples, stems.length), mix.rate)


def _targets_of_files(truth: Stems, files: StemFiles, track: str) -> list[Target]:
    found = match(truth.names, tuple(files.stems), adds_up=False)
    missing = _uncovered(truth.names, found)
    if missing:
        raise InputError(
            f"{printable(track)}: no estimate of {', '.join(missing)} "
            f"(found {', '.join(files.stems)})"
        )
    return found


def _uncovered(names: Sequence[str], targets: Sequence[Target]) -> list[str]:
    covered = {name for target in targets for name in target.true}
    return [name for name in names if name not in covered]


def _targets_of_engine(
    truth: Stems, mix: Audio, engine: Separator, hints: Hints, track: str
) -> list[Target]:
    have = available_stems(engine, _with_references(engine, hints, truth))
    complete = _make_up(truth, mix)
    found = match(
        truth.names,
        have,
        adds_up=engine.adds_up and complete,
        complement=complete and "vocals" in have,
    )
    if not found:
        raise InputError(
            f"{printable(track)}: engine {engine.name} gives {', '.join(have)}, "
            f"the song has {', '.join(truth)}"
        )
    return found


def _make_up(stems: Stems, mix: Audio) -> bool:
    """Whether the stems make up the recording."""
    left = mix.samples - stems.samples.sum(axis=0)
    energies = [float(np.vdot(x, x)) for x in (left, mix.samples)]
    return energies[0] <= 10 ** (COMPLETE_DB / 10) * energies[1]


def _hints_for(engine: Separator, track: Track) -> Hints:
    """What the engine can use of the track's side information."""
    usable = engine.uses - {"references"}
    if not usable:
        return Hints()
    given = track.hints()
    return Hints(**{name: getattr(given, name) for name in given.given if name in usable})


def _with_references(engine: Separator, hints: Hints, truth: Stems) -> Hints:
    """For oracles, which show how good a mask could be, the true stems too."""
    if "references" not in engine.requires:
        return hints
    return replace(hints, references=References(truth))
