"""The scores of sounds that listeners have rated, by registered metrics and by a user's own."""

from __future__ import annotations

import importlib
import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita._version import __version__
from partita.core.audio import Audio, Stems
from partita.core.digest import digest, file_digest
from partita.core.errors import InputError, MissingExtra, UsageError
from partita.core.names import printable
from partita.evaluate.ratings import RatedItem
from partita.evaluate.score import score_stems
from partita.io.audio import load
from partita.metrics.registry import find

TARGET, REST = "target", "rest"
SOLVED_TOGETHER = ("isr", "sir", "sar")

Scores = dict[str, float]
Function = Callable[[NDArray[np.float64], NDArray[np.float64], int], Any]


def measure(
    items: Sequence[RatedItem],
    metrics: Sequence[str],
    *,
    functions: Mapping[str, Function] | None = None,
    results: Path | None = None,
    finished: Callable[[int, int], None] | None = None,
) -> tuple[dict[str, Scores], list[str]]:
    """Item -> metric -> score, of all items with sounds; and what could not be measured, and why.

    A framewise metric is its median over frames. The mixture, where there is one, is brought to the
    level at which it holds the reference (least squares); metrics that need all targets take what
    is left of it then as the second one.

    Parameters
    ----------
    metrics : names out of `partita.metrics.names()`.
    functions : name -> f(reference, estimate, rate), with arrays (channels, time) float64.
    results : a folder where the scores of `metrics` are kept and found again, item by item.
    finished : called after each item with the number done and the number of all.

    Raises
    ------
    InputError : a sound that cannot be read, a pair that differs in rate or channels, or a
        function that fails.
    """
    for name in metrics:
        find(name)
    if results is not None:
        results.mkdir(parents=True, exist_ok=True)
    sounds = {item.item: item for item in items if item.reference and item.estimate}
    found: dict[str, Scores] = {}
    unknown: dict[str, None] = {}
    for done, (name, item) in enumerate(sounds.items(), 1):
        possible = [m for m in metrics if item.mixture or find(m).needs == "target"]
        unknown |= dict.fromkeys(f"{m} needs the mixture" for m in metrics if m not in possible)
        pair = _Sounds(item)
        found[name], lacking = _kept_or_measured(pair, possible, results)
        unknown |= dict.fromkeys(lacking)
        for label, function in (functions or {}).items():
            found[name][label] = _called(label, function, pair)
        if finished:
            finished(done, len(sounds))
    if not sounds and (metrics or functions):
        unknown["these ratings come without sounds: only the scores beside them are compared"] = (
            None
        )
    return found, list(unknown)


def user_function(text: str) -> Function:
    """The function that "module:name" names; modules of the working folder are found too.

    Raises
    ------
    UsageError : not of that form, no such module or name, or not a function.

    Examples
    --------
    >>> user_function("math:hypot")(3, 4, 0)
    5.0
    """
    module, colon, name = text.partition(":")
    if not (module and colon and name):
        raise UsageError(f"--metric must look like module:function, got {text!r}")
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = importlib.import_module(module)
    except ImportError as error:
        raise UsageError(f"--metric {text}: {error}") from error
    except Exception as error:  # whatever a user's module raises while it is loaded
        raise UsageError(f"--metric {text}: {type(error).__name__}: {error}") from error
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise UsageError(f"--metric {text}: {module} has no function {name}")
    function: Function = found
    return function


class _Sounds:
    """An item's sounds, loaded when they are first needed."""

    def __init__(self, item: RatedItem) -> None:
        self.item = item
        self.files = [f for f in (item.reference, item.estimate, item.mixture) if f is not None]
        self._loaded: list[Audio] = []

    @property
    def loaded(self) -> list[Audio]:
        """Reference, estimate and, where there is one, mixture: of one length."""
        if not self._loaded:
            sounds = [load(file) for file in self.files]
            for file, sound in zip(self.files, sounds, strict=True):
                for what in ("rate", "channels"):
                    if (got := getattr(sound, what)) != (want := getattr(sounds[0], what)):
                        raise InputError(
                            f"{printable(self.item.item)}: the reference's {what} is {want}, "
                            f"that of {printable(file)} {got}"
                        )
            length = min(sound.length for sound in sounds)
            self._loaded = [Audio(sound.samples[:, :length], sound.rate) for sound in sounds]
        return self._loaded

    @property
    def mix(self) -> Audio | None:
        """The mixture at the level at which it holds the reference."""
        if len(self.loaded) < 3:
            return None
        s, m = (sound.samples.astype(np.float64) for sound in (self.loaded[0], self.loaded[2]))
        energy = np.sum(s**2)
        gain = np.sum(s * m) / energy if energy else 1.0
        level = (m / gain if gain > 0 else m).astype(np.float32)
        return Audio(level, self.loaded[0].rate)


def _kept_or_measured(
    pair: _Sounds, metrics: Sequence[str], results: Path | None
) -> tuple[Scores, list[str]]:
    kept, path = {}, None
    if results is not None:
        key = digest(__version__, *(file_digest(file) for file in pair.files))
        path = results / f"{key[:32]}.json"
        kept = _read_kept(path)
    wanted = [name for name in metrics if name not in kept]
    measured, lacking = _measured(pair, wanted) if wanted else ({}, [])
    if path is not None and measured:
        partial = path.with_suffix(f".{os.getpid()}.partial")
        partial.write_text(json.dumps(kept | measured), encoding="utf-8")
        os.replace(partial, path)
    every = kept | measured
    return {name: every[name] for name in metrics if name in every}, lacking


def _read_kept(path: Path) -> Scores:
    """What was kept, or nothing where that cannot be read: it is measured again then."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): float(value) for name, value in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _measured(pair: _Sounds, metrics: Sequence[str]) -> tuple[Scores, list[str]]:
    reference, estimate = pair.loaded[:2]
    rate, mix = reference.rate, pair.mix
    found: Scores = {}
    lacking: list[str] = []
    for group in _groups(metrics):
        parts = [[reference.samples], [estimate.samples]]
        if find(group[0]).needs == "all_targets" and mix is not None:
            parts = [[x[0], mix.samples - x[0]] for x in parts]
        stems = [Stems((TARGET, REST)[: len(part)], np.stack(part), rate) for part in parts]
        try:
            table = score_stems(*stems, track=pair.item.item, metrics=group, mix=mix)
        except MissingExtra as error:
            lacking.append(str(error))
            continue
        for name in group:
            found[name] = _median(table.where(target=TARGET, metric=name).value)
    return found, lacking


def _groups(metrics: Sequence[str]) -> list[list[str]]:
    """Metrics that share a costly solve in one group, the others on their own."""
    shared = [name for name in metrics if name in SOLVED_TOGETHER]
    return [*([shared] if shared else []), *([name] for name in metrics if name not in shared)]


def _median(values: NDArray[np.floating]) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else math.nan


def _called(label: str, function: Function, pair: _Sounds) -> float:
    reference, estimate = (sound.samples.astype(np.float64) for sound in pair.loaded[:2])
    try:
        return float(function(reference, estimate, pair.loaded[0].rate))
    except Exception as error:  # whatever a user's function raises is the user's to see, in a line
        raise InputError(
            f"{label} failed on {printable(pair.item.item)}: {type(error).__name__}: {error}"
        ) from error
