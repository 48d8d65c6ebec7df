"""Singing: real singers in new settings, and a speaking voice that is made to sing.

Of twenty items, six are real lead and backing vocals, four phrases of house and trance, four choir
singers, six synthetic.
All go through a vocal chain: compression, equaliser, doubling, harmony, delay, long reverb.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from scipy import signal

from partita.core.errors import InputError
from partita.core.names import printable
from partita.io import load
from partita.signal import resample
from partita.training.bank import effects, songs, speech, voice
from partita.training.bank.sound import (
    RATE,
    Sound,
    amplitude,
    faded,
    layered,
    levelled,
    panned,
    seconds,
)
from partita.training.bank.sources import SOURCES

TURNS = "rcsprsrcspsrcsprcpsr"
"""Which singer has which item: real, choir, synthetic, phrases."""

SUNG = ("shv_", "etv_")
"""How the folders of the sample pack begin that hold song."""
NOT_SUNG = ("Monologue", "Percussion", "Dry Vocal")

CHOIR = {
    "soprano": ("nino_Soprano_105", "nino_Soprano_205", "nino_Soprano_305"),
    "alto": ("nino_ContraAlt_107", "nino_ContraAlt_207", "nino_ContraAlt_307"),
    "tenor": ("nino_tenor1-06-2", "nino_tenor2-06-2", "nino_tenor3-06-2"),
    "bass": ("nino_Bajos_104", "nino_Bajos_204", "nino_Bajos_304"),
}
"""Singers 1 to 3 of each part; the fourth never trains."""


def available(number: int, *, held: bool) -> bool:
    """Whether some singer for this item is installed."""
    return bool(_turn(number, held=held))


def _turn(number: int, *, held: bool) -> str:
    """The kind of singer for an item: its turn's, or the next that is installed."""
    can = {
        "r": SOURCES["everything_is_free"].path() is not None,
        "c": SOURCES["choral_singing"].path() is not None,
        "s": bool(speech.installed(held=held)),
        "p": SOURCES["producer_space"].path() is not None,
    }
    order = "sr" if held else TURNS[number % len(TURNS)] + "rpcs"
    return next((turn for turn in order if can[turn]), "")


def singing(
    rng: np.random.Generator, number: int, *, target_s: float, held: bool
) -> tuple[Sound, tuple[str, ...], str]:
    """Vocals (2, time) at about −20 dBFS, the sources they come from, and who sings."""
    turn = _turn(number, held=held)
    if turn == "r":
        dry, detail = real(rng, target_s=target_s, held=held)
        source = "everything_is_free"
    elif turn == "c":
        dry, detail = choir(rng, target_s=target_s)
        source = "choral_singing"
    elif turn == "p":
        dry, detail = pack(rng, target_s=target_s)
        source = "producer_space"
    else:
        dry, source, detail = voice.sung(rng, target_s=target_s, held=held)
    wet = chain(dry, rng, lightly=turn == "r")
    sound = faded(levelled(wet, -20.0), rise_s=0.005, fall_s=0.05)
    return sound, (source, "procedural"), detail


def chain(sound: Sound, rng: np.random.Generator, *, lightly: bool = False) -> Sound:
    """The vocal chain on a stereo sound; `lightly` where a mixing engineer was there before."""
    out = effects.passed(sound, low_hz=rng.uniform(60.0, 140.0))
    out = levelled(out, -20.0)
    out = effects.compressed(
        out, threshold_db=rng.uniform(-30.0, -20.0), ratio=rng.uniform(1.5, 5.0), attack_s=0.004
    )
    out = effects.equalised(out, rng, range_db=2.5 if lightly else 4.0)
    if not lightly:  # the air that microphones for singers add
        out = effects.shelved(out, corner_hz=rng.uniform(4e3, 8e3), gain_db=rng.uniform(0.0, 8.0))
    if rng.random() < 0.12:
        out = effects.saturated(levelled(out, -12.0), drive=rng.uniform(2.0, 6.0))
    if rng.random() < 0.05:  # a telephone, a megaphone
        out = effects.passed(out, low_hz=rng.uniform(250, 600), high_hz=rng.uniform(2500, 5000))
    if rng.random() < 0.35:
        out = doubled(out, rng)
    if rng.random() < (0.2 if lightly else 0.4):
        out = effects.echoed(
            out,
            delay_s=rng.uniform(0.08, 0.55),
            feedback=rng.uniform(0.15, 0.55),
            wet_db=rng.uniform(-22.0, -9.0),
        )
    if rng.random() < (0.45 if lightly else 0.9):
        decay_s = float(np.exp(rng.uniform(np.log(0.4), np.log(4.0))))
        walls = effects.room(
            decay_s=decay_s,
            rng=rng,
            delay_s=rng.uniform(0.0, 0.08),
            high_hz=rng.uniform(3500.0, 11000.0),
        )
        out = effects.reverberated(out, walls, wet_db=float(rng.uniform(-24.0, -6.0)))
    return out


def doubled(sound: Sound, rng: np.random.Generator) -> Sound:
    """`sound` with two copies beside it, a little late and a little out of tune."""
    time = np.arange(sound.shape[1])
    out = sound.copy()
    gain = np.float32(amplitude(rng.uniform(-12.0, -4.0)))
    for side in (-1.0, 1.0):
        swing = np.sin(2.0 * np.pi * rng.uniform(0.15, 0.5) * time / RATE + rng.uniform(0, 6.3))
        delay = (rng.uniform(0.012, 0.03) + 0.0025 * swing) * RATE
        copy = np.interp(time - delay, time, sound.mean(axis=0)).astype(np.float32)
        out = out + gain * panned(copy, side * rng.uniform(0.5, 1.0))
    return out


@cache
def _group(folder: Path, song: str, group: str) -> Sound:
    audio = load(folder / song / f"{group}.opus")
    return resample(audio.samples, audio.rate, RATE).astype(np.float32)


def phrases(sound: Sound, *, gap_s: float = 0.35, least_s: float = 0.7) -> list[tuple[int, int]]:
    """First and last sample of the stretches that sound, silences shorter than `gap_s` included."""
    hop = RATE // 20
    power = np.square(np.atleast_2d(sound)).mean(axis=0)
    blocks = np.add.reduceat(power, np.arange(0, power.size, hop)) / hop
    loud = np.flatnonzero(blocks > max(1e-7, 1e-4 * float(blocks.max())))
    found: list[tuple[int, int]] = []
    for block in loud.tolist():
        if found and block * hop - found[-1][1] <= gap_s * RATE:
            found[-1] = (found[-1][0], (block + 1) * hop)
        else:
            found.append((block * hop, (block + 1) * hop))
    return [(a, b) for a, b in found if b - a >= least_s * RATE]


def real(rng: np.random.Generator, *, target_s: float, held: bool) -> tuple[Sound, str]:
    """Phrases of one real song's lead, backing, or both, at a new pitch and speed."""
    folder = SOURCES["everything_is_free"].require()
    names = songs.VALID if held else songs.TRAIN
    song = str(rng.choice(names))
    groups = [["lead_vocals"], ["backing_vocals"], ["lead_vocals", "backing_vocals"]]
    chosen = groups[rng.choice(3, p=[0.5, 0.2, 0.3])]
    parts = [_group(folder, song, group) for group in chosen]
    length = min(part.shape[1] for part in parts)
    total = np.zeros((2, length), np.float32)
    for part in parts:
        total += levelled(part[:, :length], float(rng.normal(-20.0, 1.5)))
    speed = float(np.exp(rng.uniform(-0.14, 0.14))) if rng.random() < 0.7 else 1.0
    found = phrases(total)
    order = rng.permutation(len(found))
    pieces: list[tuple[float, Sound]] = []
    at_s = float(rng.uniform(0.0, 1.0))
    for index in order.tolist():
        first, last = found[index]
        piece = faded(total[:, first : min(last, first + 12 * RATE)], rise_s=0.02, fall_s=0.05)
        piece = _at_speed(piece, speed)
        pieces.append((at_s, piece))
        at_s += piece.shape[1] / RATE + float(rng.choice([0.05, 0.2, 0.6, 1.5, 3.0]))
        if at_s > target_s:
            break
    return layered(pieces, round(target_s * RATE)), f"{song} {'+'.join(chosen)} ×{speed:.2f}"


@cache
def _pack(folder: Path) -> dict[str, tuple[Path, ...]]:
    """The sung phrases of a sample pack, by what goes together: one key, one tempo."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*/*.wav")):
        kind = path.parent.name
        if kind.startswith(SUNG) and not any(word in path.name for word in NOT_SUNG):
            groups.setdefault(kind.removesuffix("_adlib").removesuffix("_phrase"), []).append(path)
    return {name: tuple(paths) for name, paths in groups.items()}


def pack(rng: np.random.Generator, *, target_s: float) -> tuple[Sound, str]:
    """Phrases in one key by one singer of the sample pack, at a new pitch and speed.

    Raises
    ------
    InputError : it is not installed, or holds none.
    """
    folder = SOURCES["producer_space"].require()
    groups = _pack(folder)
    if not groups:
        raise InputError(f"{printable(folder)} holds no sung phrases")
    weights = np.sqrt([len(paths) for paths in groups.values()])
    name = str(rng.choice(list(groups), p=weights / weights.sum()))
    speed = float(np.exp(rng.uniform(-0.16, 0.16))) if rng.random() < 0.8 else 1.0
    pieces: list[tuple[float, Sound]] = []
    at_s = float(rng.uniform(0.0, 1.0))
    while at_s < target_s:
        audio = load(groups[name][int(rng.integers(len(groups[name])))])
        sound = _at_speed(resample(audio.samples, audio.rate, RATE).astype(np.float32), speed)
        if not sound.any():
            at_s += 1.0  # a pack of silence ends, too
            continue
        sound = levelled(sound, float(rng.normal(-20.0, 1.5)))
        for _ in range(int(rng.choice([1, 1, 1, 2, 4]))):
            pieces.append((at_s, faded(sound, rise_s=0.005, fall_s=0.05)))
            at_s += sound.shape[1] / RATE + float(rng.choice([0.0, 0.1, 0.3, 0.8, 2.0]))
    return layered(pieces, round(target_s * RATE)), f"{name} ×{speed:.2f}"


def _at_speed(sound: Sound, speed: float) -> Sound:
    """`sound` played at another speed, pitch and formants with it: another singer."""
    if speed == 1.0:
        return sound
    return resample(sound, round(RATE * speed), RATE).astype(np.float32)


@cache
def _singer(folder: Path, name: str) -> Sound:
    audio = load(folder / f"{name}.flac")
    low = resample(audio.samples.mean(axis=0), audio.rate, RATE).astype(np.float32)
    return low


def replicated(sound: Sound, rng: np.random.Generator, *, edge_hz: float = 7500.0) -> Sound:
    """Mono `sound` with its empty top filled: the band below the edge, moved up twice, softer.

    Spectral band replication, as audio coders do: the highest 4 kHz that are there are shifted
    up by 4 and 8 kHz with falling level, so that they move as the voice does.
    """
    base = effects.passed(sound, high_hz=edge_hz, order=6)
    band = effects.passed(sound, low_hz=edge_hz - 4000.0, high_hz=edge_hz, order=4)
    analytic = signal.hilbert(band)
    time = seconds(sound.size / RATE)[: sound.size].astype(np.float64)
    out, gain_db = base.astype(np.float64), float(rng.uniform(-5.0, 0.0))
    for patch in (1, 2, 3):
        turn = np.exp(2j * np.pi * 4000.0 * patch * time)
        out += amplitude(gain_db) * (analytic * turn).real
        gain_db -= float(rng.uniform(2.0, 6.0))
    return out.astype(np.float32)


def choir(rng: np.random.Generator, *, target_s: float) -> tuple[Sound, str]:
    """One choir singer, or several of them together, from a moment of their song on."""
    folder = SOURCES["choral_singing"].require()
    count = int(rng.choice([1, 1, 1, 2, 3, 4, 8]))
    everyone = [name for part in CHOIR.values() for name in part]
    names = [str(name) for name in rng.choice(everyone, count, replace=False)]
    speed = float(np.exp(rng.uniform(-0.16, 0.16)))
    parts = [_singer(folder, name) for name in names]
    length = min(part.size for part in parts)
    size = min(round(target_s * RATE * speed), length)
    start = int(rng.integers(0, length - size + 1))
    total = np.zeros((2, round(target_s * RATE)), np.float32)
    for part in parts:
        piece = replicated(part[start : start + size], rng)
        piece = _at_speed(piece, speed)[: total.shape[1]]
        placed = panned(piece, float(rng.uniform(-0.8, 0.8)) if count > 1 else 0.0)
        total[:, : piece.size] += levelled(placed, float(rng.normal(-20.0, 2.0)))
    shown = "+".join(name.removeprefix("nino_") for name in names)
    return total, f"{shown} ×{speed:.2f}"
