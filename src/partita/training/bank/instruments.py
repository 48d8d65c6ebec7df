"""Families of instruments: which presets or synthesisers play them, where, and how they sound.

No family has a choir or a voice: what sounds like singing must not be taught as "other".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from partita.training.bank import effects, recorded, soundfont, synths, thuds
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, Sound, amplitude, levelled, panned
from partita.training.bank.synths import drawn_patch, plucked, synthesiser

Preset = tuple[int, int]

PRESETS: dict[str, tuple[Preset, ...]] = {
    "piano": ((0, 0), (0, 1), (0, 0), (0, 2), (0, 3)),
    "epiano": ((0, 4), (0, 5), (8, 4), (8, 5), (0, 2)),
    "clav": ((0, 7), (0, 6)),
    "organ": ((0, 16), (0, 17), (0, 18), (8, 16), (8, 17), (0, 19), (0, 20), (0, 21)),
    "acoustic": ((0, 25), (0, 24), (8, 25), (0, 25), (8, 24)),
    "nylon": ((0, 24), (0, 24), (8, 24)),
    "clean": ((0, 27), (0, 26), (0, 27), (8, 26)),
    "jazz_guitar": ((0, 26), (0, 24)),
    "muted_guitar": ((0, 28), (8, 28), (0, 27)),
    "strings": ((0, 48), (0, 49), (0, 50), (0, 51), (0, 44), (8, 48), (0, 45), (8, 50)),
    "solo_strings": ((0, 40), (0, 41), (0, 42), (0, 110), (8, 40)),
    "brass": ((0, 56), (0, 57), (0, 60), (0, 61), (0, 62), (0, 63), (8, 61), (0, 59)),
    "winds": ((0, 64), (0, 65), (0, 66), (0, 67), (0, 68), (0, 71), (0, 73), (0, 75), (0, 22)),
    "pad": ((0, 88), (0, 89), (0, 90), (0, 95), (0, 99), (0, 51), (0, 50), (0, 98)),
    "lead": ((0, 80), (0, 81), (0, 84), (0, 86), (0, 87), (8, 80), (0, 90)),
    "mallets": ((0, 11), (0, 12), (0, 8), (0, 9), (0, 10), (0, 108), (0, 114), (0, 46), (0, 14)),
}

GUITARS = ("crunch", "distorted", "lead_guitar")
SYNTHS = {"synth_pad": "pad", "synth_stab": "stab", "synth_pluck": "pluck", "synth_lead": "lead"}

LOWS = {
    "piano": (48, 60), "epiano": (48, 60), "clav": (48, 58), "organ": (48, 60),
    "acoustic": (40, 46), "nylon": (40, 50), "clean": (45, 55), "jazz_guitar": (48, 55),
    "muted_guitar": (45, 55), "strings": (48, 64), "solo_strings": (55, 64), "brass": (52, 62),
    "winds": (56, 66), "pad": (46, 60), "lead": (55, 67), "mallets": (58, 70), "crunch": (40, 48),
    "distorted": (38, 42), "lead_guitar": (52, 60), "synth_pad": (44, 58), "synth_stab": (48, 60),
    "synth_pluck": (52, 66), "synth_lead": (52, 66), "sweep": (60, 60),
}  # fmt: skip

BASS_PRESETS: dict[str, tuple[int, ...]] = {
    "finger": (33, 33, 37), "pick": (34,), "pick_driven": (34, 33), "slap": (36, 37),
    "acoustic": (32, 32, 43), "fretless": (35,), "muted": (33, 32), "synth": (38, 39),
    "reese": (38,), "sub": (39,), "blip": (38, 39), "thump": (38, 39),
}  # fmt: skip

SYNTH_BASSES = {"synth": "bass", "reese": "reese", "sub": "sub", "blip": "blip", "thump": "thump"}
"""Basses that a synthesiser plays as a rule, and its patches."""


RECORDED_SHARE = 0.6
"""How often a recorded instrument plays where there is one."""


def accompany(
    family: str,
    notes: Sequence[Note],
    length: int,
    rng: np.random.Generator,
    font: Path | None,
    *,
    held: bool = False,
) -> Sound:
    """A part of "other", produced but without the common room: (2, length).

    Parameters
    ----------
    held : without the recorded instruments, which only train.
    """
    if family == "sweep":
        return synths.sweeps(notes, length, rng)
    player = _recorded_player(recorded.PLAYERS.get(family, ()), rng, held=held)
    if family in GUITARS:
        return _electric(family, notes, length, rng, font, player)
    if player:
        sound = recorded.play(player, notes, length, rng)
    elif family in SYNTHS or font is None:
        patch = drawn_patch(SYNTHS.get(family, str(rng.choice(["pad", "pluck", "lead"]))), rng)
        sound = synthesiser(patch, notes, length, rng)
    else:
        bank, preset = PRESETS[family][rng.integers(len(PRESETS[family]))]
        if family in ("acoustic", "clean", "nylon") and rng.random() < 0.25:
            sound = _string_part(notes, length, rng)
        else:
            sound = soundfont.play(font, notes, length, preset=preset, bank=bank)
    return _produced(family, sound, rng)


def _recorded_player(names: Sequence[str], rng: np.random.Generator, *, held: bool) -> str:
    """One of the recorded instruments, or none: empty."""
    there = () if held else recorded.players(names)
    return str(rng.choice(there)) if there and rng.random() < RECORDED_SHARE else ""


def _string_part(notes: Sequence[Note], length: int, rng: np.random.Generator) -> Sound:
    place = rng.uniform(0.08, 0.3)
    return plucked(notes, length, rng, damping=rng.uniform(0.4, 1.2), place=place)


def _electric(
    family: str,
    notes: Sequence[Note],
    length: int,
    rng: np.random.Generator,
    font: Path | None,
    player: str,
) -> Sound:
    """An electric guitar through an amplifier; chords twice, left and right, as on records."""
    gain_db = {"crunch": (4.0, 18.0), "distorted": (22.0, 42.0), "lead_guitar": (16.0, 36.0)}[
        family
    ]
    level = rng.uniform(*gain_db)
    twice = family != "lead_guitar" and rng.random() < 0.7
    sides = (-1.0, 1.0) if twice else (float(rng.uniform(-0.7, 0.7)),)
    spread = rng.uniform(0.6, 1.0) if twice else 1.0
    own_sound = font is None or rng.random() < 0.5
    damping, place = rng.uniform(0.5, 1.0), rng.uniform(0.06, 0.2)
    preset = int(rng.choice([27, 25, 28, 29, 30]))
    amp_seed, total = int(rng.integers(2**31)), np.zeros((2, length), np.float32)
    for number, side in enumerate(sides):
        late = rng.normal(0.0, 0.006, len(notes))
        again = [
            Note(max(n.start + t, 0.0), n.length, n.pitch, n.velocity)
            for n, t in zip(notes, late.tolist(), strict=True)
        ]
        if player:
            clean = recorded.play(player, again, length, rng)
        elif own_sound or font is None:
            clean = plucked(again, length, rng, damping=damping, place=place)
        else:
            clean = soundfont.play(font, again, length, preset=preset)
        seed = amp_seed if rng.random() < 0.6 else amp_seed + number
        mono = clean.mean(axis=0)
        total += panned(
            effects.amplified(mono, np.random.default_rng(seed), gain_db=level), side * spread
        )
    if family == "lead_guitar" and rng.random() < 0.6:
        total = effects.echoed(total, delay_s=rng.uniform(0.2, 0.45), feedback=0.4, wet_db=-12.0)
    return effects.equalised(total, rng, range_db=3.0)


def _produced(family: str, sound: Sound, rng: np.random.Generator) -> Sound:
    """A channel strip with what suits the family: amplifier, chorus, tremolo, delay, dynamics."""
    out = effects.passed(sound, low_hz=float(np.exp(rng.uniform(np.log(22.0), np.log(150.0)))))
    if family in ("organ", "clav", "epiano", "clean", "muted_guitar") and rng.random() < 0.3:
        mono = effects.amplified(out.mean(axis=0), rng, gain_db=rng.uniform(-6.0, 12.0))
        out = panned(mono, float(rng.uniform(-0.3, 0.3)))
    if rng.random() < 0.3:
        rate_hz = rng.uniform(0.3, 1.5) if family != "organ" else rng.uniform(0.8, 6.5)
        out = effects.chorused(out, rng, depth_s=rng.uniform(0.001, 0.004), rate_hz=rate_hz)
    if family in ("epiano", "clean", "organ", "synth_pad") and rng.random() < 0.25:
        out = effects.trembled(out, rate_hz=rng.uniform(2.0, 8.0), depth=rng.uniform(0.1, 0.6))
    if rng.random() < 0.25 and family not in ("strings", "pad"):
        out = effects.echoed(
            out, delay_s=rng.uniform(0.12, 0.5), feedback=rng.uniform(0.2, 0.5), wet_db=-11.0
        )
    if rng.random() < 0.25 and family.startswith(("synth", "lead")):
        out = effects.saturated(out * 3, drive=rng.uniform(1.0, 4.0))
    out = effects.equalised(out, rng)
    level = 20 * np.log10(max(float(np.sqrt(np.mean(out**2))), 1e-6))
    if rng.random() < 0.5:
        out = effects.compressed(out, threshold_db=level, ratio=rng.uniform(1.5, 4.0))
    position = float(rng.uniform(-0.8, 0.8)) if rng.random() < 0.7 else 0.0
    return panned(effects.widened(out, rng.uniform(0.4, 1.5)), position)


def bass(
    kind: str,
    notes: Sequence[Note],
    length: int,
    rng: np.random.Generator,
    font: Path | None,
    *,
    held: bool = False,
) -> Sound:
    """A bass (2, length), nearly mono, compressed, some driven through an amplifier.

    Parameters
    ----------
    held : without the recorded instruments, which only train.
    """
    player = _recorded_player(recorded.BASS_PLAYERS.get(kind, ()), rng, held=held)
    own = font is None or (kind in SYNTH_BASSES and rng.random() < 0.8)
    if kind == "thud":
        sound = thuds.bass(notes, length, rng)
    elif player:
        sound = recorded.play(player, notes, length, rng)
    elif own or font is None:
        if kind in SYNTH_BASSES:
            sound = synthesiser(drawn_patch(SYNTH_BASSES[kind], rng), notes, length, rng)
        else:
            sound = plucked(notes, length, rng, damping=1.0, place=0.15)
    elif rng.random() < 0.2 and kind in ("finger", "pick", "muted", "pick_driven"):
        damping = 2.5 if kind == "muted" else rng.uniform(0.4, 1.0)
        sound = plucked(notes, length, rng, damping=damping, place=rng.uniform(0.08, 0.25))
    else:
        preset = int(rng.choice(BASS_PRESETS[kind]))
        sound = soundfont.play(font, notes, length, preset=preset)
    sound = np.stack([sound.mean(axis=0)] * 2) if rng.random() < 0.7 else sound
    level = max(float(np.sqrt(np.mean(sound**2))), 1e-6)
    sound = sound * np.float32(0.1 / level)
    if kind == "muted" or rng.random() < 0.15:
        sound = effects.passed(sound, high_hz=rng.uniform(500.0, 1500.0), order=1)
    if kind == "pick_driven" or (kind not in ("acoustic", "fretless") and rng.random() < 0.2):
        dirty = effects.amplified(sound.mean(axis=0), rng, gain_db=rng.uniform(6.0, 26.0))
        sound = sound + np.float32(amplitude(rng.uniform(-14.0, -3.0))) * dirty
    elif rng.random() < 0.4:
        sound = effects.saturated(sound, drive=rng.uniform(2.0, 8.0))
    sound = effects.compressed(
        sound, threshold_db=rng.uniform(-28.0, -18.0), ratio=rng.uniform(2.0, 6.0), attack_s=0.01
    )
    if rng.random() < 0.5:
        sound = effects.saturated(levelled(sound, -12.0), drive=rng.uniform(0.6, 2.0))
    sound = effects.belled(sound, center_hz=rng.uniform(60, 110), gain_db=rng.normal(0, 2.5))
    if kind in ("synth", "reese", "fretless", "slap") and rng.random() < 0.3:
        sound = effects.chorused(sound, rng, depth_s=0.002, rate_hz=rng.uniform(0.4, 1.2))
    return effects.equalised(effects.passed(sound, low_hz=28.0), rng, range_db=3.0)[:, :length]


def lowest(family: str, rng: np.random.Generator) -> int:
    """The lowest pitch that a family's player likes."""
    low, high = LOWS[family]
    return int(rng.integers(low, high + 1))


def audible(sound: Sound) -> bool:
    """Whether a part is more than the noise of its effects."""
    return bool(sound.shape[1] > RATE and np.abs(sound).max() > 1e-4)
