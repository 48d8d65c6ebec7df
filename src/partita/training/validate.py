"""How well a network separates what it was not trained on, by the project's own metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from partita.core.errors import InputError
from partita.core.names import printable
from partita.io.audio import load
from partita.io.formats import FORMATS
from partita.metrics.frames import frame_bounds
from partita.metrics.sdr import sdr_framewise, sdr_global
from partita.signal.resample import resample
from partita.training.augment import VOCALS, active_level
from partita.training.config import Config, SpectrumConfig
from partita.training.data import SLOTS, Bank, Item
from partita.training.first import First, found
from partita.training.loss import BASS, OTHER, merged
from partita.training.spectra import reduced

LEVEL = 0.1
"""RMS to which a recording is brought before the network sees it."""
ACTIVE_DB = -40.0
NO_STEM = ("mix", "mixture")


@dataclass(frozen=True)
class Case:
    """A recording whose parts are known.

    Parameters
    ----------
    stems : (4, 2, time) float32, full scale ±1. joined : `bass` holds bass + other.
    """

    id: str
    stems: Tensor
    joined: bool


def bank_cases(bank: Bank, config: Config) -> list[Case]:
    """Mixtures of validation items: each band with a voice at the usual level, songs as they are.

    At most `validate_items` of each kind, from the middle of each at most `validate_s` seconds of
    a band and `songs_s` of a song.
    """
    items = bank.split("valid")
    lengths = {
        "band": round(config.run.validate_s * bank.rate),
        "song": round(config.run.songs_s * bank.rate),
    }
    voices = [item for item in items if item.kind == "singing"]
    cases = []
    for kind, longest in lengths.items():
        chosen = [item for item in items if item.kind == kind][: config.run.validate_items]
        for n, item in enumerate(chosen):
            stems = _middle(item, min(longest, item.length))
            if "vocals" not in item.stems and voices:
                voice = voices[n % len(voices)]
                vocals = _middle(voice, stems.shape[-1])[VOCALS]
                stems[VOCALS] = _levelled(vocals, stems.sum(dim=0), config, bank.rate)
            cases.append(Case(item.id, stems, "bass+other" in item.stems))
    return cases


def song_cases(folders: Sequence[Path], config: Config) -> list[Case]:
    """One case for each folder of stems; files that end in "vocals" are added up.

    Where a song has no bass, its `other` counts as bass + other. At most `songs_s` seconds from
    the middle are taken.

    Raises
    ------
    InputError : a folder holds no stems, or stems of different rates or lengths.
    """
    return [_song(folder, config) for folder in folders]


def estimate(
    network: nn.Module, mix: Tensor, frame: SpectrumConfig, first: First | None = None
) -> Tensor:
    """The stems of a mixture: (2, time) -> (4, 2, time), whatever its level.

    Parameters
    ----------
    first : a network that is asked before; the mixture is at its rate, the stems are not.
    """
    level = mix.square().mean().sqrt()
    scale = LEVEL / level.clamp_min(1e-9)
    heard = scale * mix[None]
    if first is not None:
        heard = first(heard)
    return found(network, heard, frame)[0] / scale


def validate(
    network: nn.Module,
    cases: Sequence[Case],
    config: Config,
    device: torch.device,
    first: First | None = None,
) -> list[dict[str, Any]]:
    """A row for each case and stem: case, stem, sdr (median over 1-s frames), sdr_global; dB.

    Where a network was asked before (`first`), they are at the lower rate.
    Frames in which a stem is 40 dB below its loudest frame do not count, nor does a stem that is
    silent throughout.
    """
    rows: list[dict[str, Any]] = []
    training = network.training
    network.eval()
    for case in cases:
        mix = case.stems.sum(dim=0).to(device)
        guess = estimate(network, mix, config.spectrum, first)[None]
        stems = reduced(case.stems[None].to(device), config.factor)
        joined = torch.tensor([case.joined], device=device)
        pairs = zip(
            merged(stems, joined)[0].cpu().numpy(),
            merged(guess, joined)[0].cpu().numpy(),
            config.stems,
            strict=True,
        )
        for place, (reference, estimated, name) in enumerate(pairs):
            if case.joined and place == OTHER:
                continue
            if np.any(reference):
                name = "bass+other" if case.joined and place == BASS else name
                scores = _scores(reference, estimated, config.spectrum.rate)
                rows.append({"case": case.id, "stem": name, **scores})
    network.train(training)
    return rows


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Stem -> the mean over the cases of sdr and of sdr_global, dB."""
    stems = dict.fromkeys(str(row["stem"]) for row in rows)
    return {
        stem: {
            metric: round(float(np.mean([row[metric] for row in rows if row["stem"] == stem])), 3)
            for metric in ("sdr", "sdr_global")
        }
        for stem in stems
    }


def _scores(
    reference: NDArray[np.float32], estimated: NDArray[np.float32], rate: int
) -> dict[str, float]:
    frames = np.asarray(sdr_framewise(reference, estimated, rate))
    sounds = np.array(
        [np.mean(reference[:, a:b] ** 2) for a, b in frame_bounds(reference.shape[1], rate)]
    )
    frames = frames[sounds > np.max(sounds) * 10 ** (ACTIVE_DB / 10)]
    return {
        "sdr": round(float(np.median(frames)), 3),
        "sdr_global": round(float(sdr_global(reference, estimated)), 3),
    }


def _middle(item: Item, length: int) -> Tensor:
    """(4, 2, length) from the middle of an item."""
    stems = torch.zeros(4, 2, length)
    start = max(item.length - length, 0) // 2
    for row, name in enumerate(item.stems):
        stems[SLOTS[name]] += item.crop(row, start, length).cpu()
    return stems


def _levelled(vocals: Tensor, rest: Tensor, config: Config, rate: int) -> Tensor:
    """The vocals at their usual level against the rest."""
    wanted = active_level(rest, rate) * 10 ** (config.augment.vocals_db / 20)
    return vocals * wanted / active_level(vocals, rate).clamp_min(1e-6)


def _song(folder: Path, config: Config) -> Case:
    rate = config.rate
    files = {p.stem.lower(): p for p in sorted(folder.iterdir()) if p.suffix[1:].lower() in FORMATS}
    joined = "bass" not in files
    stems: Tensor | None = None
    for name, path in files.items():
        slot = "vocals" if name.endswith("vocals") else name
        if slot in NO_STEM:
            continue
        if slot not in SLOTS:
            raise InputError(f"{printable(path)} is not one of vocals, drums, bass, other")
        audio = load(path)
        samples = np.broadcast_to(audio.samples, (2, audio.length))
        moved = torch.from_numpy(resample(samples, audio.rate, rate))
        stems = torch.zeros(4, 2, moved.shape[-1]) if stems is None else stems
        if stems.shape[-1] != moved.shape[-1]:
            raise InputError(f"the stems in {printable(folder)} are not equally long")
        stems[BASS if joined and slot == "other" else SLOTS[slot]] += moved
    if stems is None:
        raise InputError(f"{printable(folder)} holds no stems")
    length = min(round(config.run.songs_s * rate), stems.shape[-1])
    start = (stems.shape[-1] - length) // 2
    return Case(folder.name, stems[..., start : start + length].clone(), joined)
