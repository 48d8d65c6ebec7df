"""Changing the stems of a batch: level, place, tone, room, and the master they end up on.

Stems are (batch, stems, 2, time) in the order vocals, drums, bass, other, full scale ±1. What is
done to each is drawn beforehand by numpy (`draw_changes`), so that it depends on the seed and
nothing else; doing it (`apply_changes`) is a handful of operations on the whole batch, on whatever
device it lies. Whatever happens, the mixture is the sum of the changed stems.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from partita.training.config import AugmentConfig

VOCALS, DRUMS, BASS, OTHER = range(4)
STEMS = 4
TYPICAL_DB = (-4.0, 0.0, -3.0, -1.0)
"""Levels of stems that do not belong together, against each other."""
CURVE_HZ = (0, 60, 150, 400, 1000, 2500, 6000, 12000, 22050)
"""Where the curve of the equaliser has its points."""
ACTIVE_S, ACTIVE_DB = 0.25, -30.0
"""A stem's level is that of the stretches which come within so much of the loudest."""
SILENT = 1e-4
"""A level below which a stem is taken as silent, and left alone."""
BLOCK_S = 512 / 44100
"""Between the points of the compressor's gain."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Changes:
    """What will be done to the stems of a batch; arrays are (batch, stems) or (batch,)."""

    level_db: Floats
    """Level relative to the other stems; NaN: as it comes."""
    vocals_db: Floats
    """(batch,) level of the vocals against the rest; NaN: as they come."""
    gain_db: Floats
    polarity: Floats
    pan: Floats
    """-1 (left) … 1 (right)."""
    kept: Floats
    """0 for a stem that is left out."""
    swap: NDArray[np.bool_]
    mono: NDArray[np.bool_]
    curve_db: Floats
    """(batch, stems, points) at CURVE_HZ; all zero for none."""
    reverb_db: Floats
    """Energy of the reverberation against the direct sound; -inf for none."""
    reverb_s: Floats
    """Time to fall by 60 dB."""
    low_pass_hz: Floats
    """(batch,) inf for none."""
    ratio: Floats
    """(batch,) of the compressor on the sum; 1 for none."""
    mix_db: Floats
    """(batch,) level of the mixture."""
    seed: int


def draw_changes(
    rng: np.random.Generator, shuffled: NDArray[np.bool_], own: NDArray[np.bool_], to: AugmentConfig
) -> Changes:
    """What to do to a batch.

    Parameters
    ----------
    shuffled : (batch,) whether the stems of an example come from different places.
    own : (batch,) whether its vocals belong to the rest, and so have a level already.
    """
    batch = len(shuffled)
    shape = (batch, STEMS)
    spread = to.gain_db * np.where(shuffled, 4 / 3, 1)[:, None]
    level = np.where(shuffled[:, None], TYPICAL_DB, np.nan)
    vocals = to.vocals_db + to.vocals_spread_db * rng.uniform(-1, 1, batch)
    out = rng.random(shape) < (to.no_vocals, to.no_drums, to.no_bass, 0)
    bent = rng.random(shape) < to.equaliser
    slope = rng.uniform(-1, 1, (*shape, len(CURVE_HZ)))
    wet = rng.random(shape) < (to.vocal_reverb, to.drum_reverb, 0, to.other_reverb)
    seconds = 10 ** rng.uniform(np.log10((0.4, 0.15, 0.2, 0.3)), np.log10((3, 0.8, 0.4, 2)), shape)
    dull = rng.random(batch) < to.low_pass
    pressed = rng.random(batch) < to.compressed
    return Changes(
        level_db=level,
        vocals_db=np.where(own & ~shuffled, np.nan, vocals),
        gain_db=np.clip(rng.standard_normal(shape), -2, 2) * spread * [0, 1, 1, 1],
        polarity=rng.choice((-1.0, 1.0), shape),
        pan=rng.uniform(-1, 1, shape) * to.pan * np.array([0.5, 0.5, 0.3, 1]),
        kept=np.where(out, 0.0, 1.0),
        swap=rng.random(batch) < 0.5,
        mono=rng.random(batch) < to.mono,
        curve_db=np.where(bent[..., None], slope * to.equaliser_db, 0),
        reverb_db=np.where(wet, rng.uniform(-20, -2, shape), -np.inf),
        reverb_s=seconds,
        low_pass_hz=np.where(dull, rng.uniform(9000, 19000, batch), np.inf),
        ratio=np.where(pressed, rng.uniform(1.5, 4, batch), 1),
        mix_db=rng.uniform(-26, -14, batch),
        seed=int(rng.integers(2**62)),
    )


def apply_changes(stems: Tensor, changes: Changes, *, rate: int) -> Tensor:
    """The changed stems, (batch, stems, 2, time); the input stays as it is.

    Their sum has the level `mix_db` (RMS, where it sounds), unless all is silent.
    """
    stems = _filtered(stems, changes, rate)
    stems = stems * _gains(stems, changes, rate)
    stems = _imaged(stems, changes)
    stems = _compressed(stems, changes, rate)
    level = active_level(stems.sum(dim=1), rate)
    wanted = _on(10 ** (changes.mix_db / 20), stems)
    scale = torch.where(level > SILENT, wanted / level.clamp_min(SILENT), torch.ones_like(level))
    return stems * scale[:, None, None, None]


def active_level(x: Tensor, rate: int) -> Tensor:
    """The RMS of the stretches of 0.25 s that come within 30 dB of the loudest: (…, 2, time) -> (…)

    Silence between phrases does not count, so that a voice that pauses is not taken as soft.
    """
    size = min(max(round(ACTIVE_S * rate), 1), x.shape[-1])
    power = x.square().mean(dim=-2)
    blocks = functional.avg_pool1d(power.reshape(-1, 1, x.shape[-1]), size).flatten(1)
    active = blocks >= blocks.amax(dim=1, keepdim=True) * 10 ** (ACTIVE_DB / 10)
    mean = (blocks * active).sum(dim=1) / active.sum(dim=1)
    return mean.sqrt().reshape(x.shape[:-2])


def _gains(stems: Tensor, changes: Changes, rate: int) -> Tensor:
    """(batch, stems, 1, 1): what each stem is multiplied by."""
    level = active_level(stems, rate)
    sounds = level > SILENT
    gain = _on(10 ** (changes.gain_db / 20), stems)
    wanted = _on(10 ** (np.nan_to_num(changes.level_db) / 20), stems) * gain
    levelled = torch.where(sounds, wanted / level.clamp_min(SILENT), torch.ones_like(level))
    free = torch.from_numpy(np.isnan(changes.level_db)).to(stems.device)
    gain = torch.where(free, gain, levelled)
    rest = (stems[:, 1:] * gain[:, 1:, None, None]).sum(dim=1)
    rest_level = active_level(rest, rate)
    vocals = _on(10 ** (np.nan_to_num(changes.vocals_db) / 20), stems) * rest_level
    vocals = vocals / level[:, VOCALS].clamp_min(SILENT)
    free = torch.from_numpy(np.isnan(changes.vocals_db)).to(stems.device)
    as_is = free | ~sounds[:, VOCALS] | (rest_level <= SILENT)
    first = torch.where(as_is, gain[:, VOCALS], vocals)
    gain = torch.cat([first[:, None], gain[:, 1:]], dim=1)
    return (gain * _on(changes.kept * changes.polarity, stems))[:, :, None, None]


def _imaged(stems: Tensor, changes: Changes) -> Tensor:
    """Stems moved in the stereo image; channels swapped; some examples in mono."""
    sides = np.stack([1 - changes.pan, 1 + changes.pan], axis=-1)
    sides /= np.sqrt(np.mean(sides**2, axis=-1, keepdims=True))
    stems = stems * _on(sides, stems)[..., None]
    swap = torch.from_numpy(changes.swap).to(stems.device)[:, None, None, None]
    stems = torch.where(swap, stems.flip(2), stems)
    if changes.mono.any():
        mono = torch.from_numpy(changes.mono).to(stems.device)[:, None, None, None]
        stems = torch.where(mono, stems.mean(dim=2, keepdim=True), stems)
    return stems


def _filtered(stems: Tensor, changes: Changes, rate: int) -> Tensor:
    """Equaliser, reverberation and low-pass, in one product of spectra over the whole example.

    The convolution is circular: a tail that leaves at the end comes in at the start, as if the
    stem had sounded before.
    """
    low = np.isfinite(changes.low_pass_hz)[:, None]
    touched = np.any(changes.curve_db != 0, axis=-1) | np.isfinite(changes.reverb_db) | low
    rows, columns = np.nonzero(touched)
    if not len(rows):
        return stems
    where = torch.from_numpy(rows * STEMS + columns).to(stems.device)
    time = stems.shape[-1]
    flat = stems.reshape(-1, 2, time)
    spectra = torch.fft.rfft(flat[where])
    spectra *= _responses(changes, rows, columns, spectra.shape[-1], rate, stems)
    wet = np.flatnonzero(np.isfinite(changes.reverb_db[rows, columns]))
    if len(wet):
        at = torch.from_numpy(wet).to(stems.device)
        rooms = _rooms(changes, rows[wet], columns[wet], time, rate, stems)
        spectra[at] *= 1 + torch.fft.rfft(rooms, n=time)
    filtered = torch.fft.irfft(spectra, n=time)
    return flat.index_copy(0, where, filtered).reshape(stems.shape)


def _responses(
    changes: Changes,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    bins: int,
    rate: int,
    like: Tensor,
) -> Tensor:
    """(filtered stems, 1, bins): the magnitude response of equaliser and low-pass, without phase.

    Between its points the curve is linear over the logarithm of frequency.
    """
    hz = torch.linspace(0, rate / 2, bins, device=like.device)
    points = torch.tensor(CURVE_HZ, device=like.device, dtype=torch.float32)
    place = (hz.clamp(1) / 20 + 1).log()
    knots = (points.clamp(1) / 20 + 1).log()
    right = torch.searchsorted(knots, place).clamp(1, len(CURVE_HZ) - 1)
    share = (place - knots[right - 1]) / (knots[right] - knots[right - 1])
    curve = _on(changes.curve_db[rows, columns], like)
    curve_db = torch.lerp(curve[:, right - 1], curve[:, right], share.clamp(0, 1))
    top = _on(np.minimum(changes.low_pass_hz[rows], rate), like)[:, None]
    # A raised cosine over 1 kHz, as an encoder's low-pass has
    gate = (0.5 + 0.5 * torch.cos(torch.pi * ((hz - top) / 1000).clamp(0, 1))).clamp(0, 1)
    return (10 ** (curve_db / 20) * gate)[:, None]


def _rooms(
    changes: Changes,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    time: int,
    rate: int,
    like: Tensor,
) -> Tensor:
    """(wet stems, 2, samples): noise that decays exponentially, different on either side."""
    seconds = changes.reverb_s[rows, columns]
    length = min(int(seconds.max() * rate), time)
    generator = torch.Generator(device=like.device)
    generator.manual_seed(changes.seed)
    noise = torch.randn(len(rows), 2, length, device=like.device, generator=generator)
    at_s = torch.arange(length, device=like.device) / rate
    rooms = noise * torch.exp(-6.9 * at_s / _on(seconds, like)[:, None, None])
    rooms[..., : rate // 100] = 0
    energy = rooms.square().sum(dim=-1, keepdim=True).clamp_min(1e-12)
    wet = _on(10 ** (changes.reverb_db[rows, columns] / 20), like)[:, None, None]
    return rooms * wet / energy.sqrt()


def _compressed(stems: Tensor, changes: Changes, rate: int) -> Tensor:
    """The gain that a compressor would give the sum, applied to every stem."""
    if np.all(changes.ratio == 1):
        return stems
    time = stems.shape[-1]
    power = stems.sum(dim=1).square().mean(dim=1, keepdim=True)
    level = functional.avg_pool1d(power, max(round(BLOCK_S * rate), 1), ceil_mode=True)
    level = functional.avg_pool1d(level, 5, stride=1, padding=2, count_include_pad=False).sqrt()
    threshold = level.mean(dim=-1, keepdim=True).clamp_min(SILENT)
    over = (level / threshold).clamp_min(1)
    gain = over ** (_on(1 / changes.ratio, stems)[:, None, None] - 1)
    gain = functional.interpolate(gain, size=time, mode="linear", align_corners=False)
    return stems * gain[:, :, None]


def _on(values: Floats, like: Tensor) -> Tensor:
    return torch.from_numpy(np.asarray(values)).to(device=like.device, dtype=like.dtype)
