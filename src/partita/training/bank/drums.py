"""Drum kits and drummers: strokes from soundfonts, single samples and equations.

A kit maps a drum's name to its takes, soft to loud; a drummer strikes them as a groove says,
with fills, crashes, ghost strokes and rests, in a room.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from partita.training.bank import effects, recorded, thuds
from partita.training.bank.drum_synths import SYNTHS
from partita.training.bank.grooves import Groove
from partita.training.bank.score import Hit, Note, Song
from partita.training.bank.sound import (
    RATE,
    Sound,
    amplitude,
    at_speed,
    faded,
    layered,
    levelled,
    panned,
    seconds,
)
from partita.training.bank.soundfont import DRUM_BANK, play, presets
from partita.training.bank.sources import SOURCES

Takes = list[Sound]
Kit = dict[str, Takes]

VELOCITIES = (0.3, 0.55, 0.78, 1.0)

KEYS = {
    "kick": (36, 35), "snare": (38, 40), "rim": (37,), "clap": (39,), "hat": (42,),
    "pedal": (44,), "open": (46,), "ride": (51, 59, 53), "crash": (49, 57, 55), "china": (52, 57),
    "tom_high": (50, 48), "tom_mid": (47, 45), "tom_low": (43, 41), "tambourine": (54,),
    "cowbell": (56,), "conga": (63, 62, 64), "bongo": (60, 61), "maracas": (70,),
    "shaker": (82, 70), "perc": (75, 76, 77, 67, 68, 65), "snap": (39, 37), "brush": (38, 40),
}  # fmt: skip

SAMPLES = {
    "kick": "bd_808 bd_ada bd_boom bd_fat bd_gas bd_haus bd_klub bd_pure bd_sone bd_tek bd_zome "
    "bd_zum bd_mehackit drum_bass_hard drum_bass_soft drum_heavy_kick elec_hollow_kick",
    "snare": "sn_dolf sn_dub sn_generic sn_zome drum_snare_hard drum_snare_soft elec_snare "
    "elec_hi_snare elec_lo_snare elec_mid_snare elec_filt_snare",
    "hat": "drum_cymbal_closed drum_cymbal_pedal elec_tick",
    "pedal": "drum_cymbal_pedal",
    "open": "drum_cymbal_open elec_cymbal",
    "crash": "drum_splash_hard drum_cymbal_hard drum_splash_soft",
    "ride": "drum_cymbal_soft",
    "tom_high": "drum_tom_hi_hard drum_tom_hi_soft elec_fuzz_tom",
    "tom_mid": "drum_tom_mid_hard drum_tom_mid_soft",
    "tom_low": "drum_tom_lo_hard drum_tom_lo_soft",
    "cowbell": "drum_cowbell elec_ping",
    "snap": "perc_snap perc_snap2",
    "conga": "tabla_ghe3 tabla_ke3 tabla_na_s tabla_tas1 tabla_te_ne tabla_tun1",
    "perc": "elec_wood elec_pop elec_triangle elec_twip elec_blip elec_plip tabla_re tabla_te1 "
    "tabla_na perc_bell glitch_perc1 glitch_perc2 glitch_perc4 elec_bong",
}
"""Single strokes of sonic-pi-samples. Its loops stay out: some quote records of others."""

PEAKS = {
    "kick": 0.9, "snare": 0.85, "rim": 0.5, "clap": 0.6, "hat": 0.3, "pedal": 0.22, "open": 0.34,
    "ride": 0.32, "crash": 0.55, "china": 0.5, "tom_high": 0.7, "tom_mid": 0.75, "tom_low": 0.8,
    "tambourine": 0.25, "cowbell": 0.25, "conga": 0.4, "bongo": 0.35, "maracas": 0.16,
    "shaker": 0.16, "perc": 0.3, "snap": 0.4, "brush": 0.5,
}  # fmt: skip

PLACES = {
    "hat": 0.3, "open": 0.3, "pedal": 0.3, "ride": -0.4, "crash": -0.5, "china": 0.6,
    "tom_high": -0.35, "tom_mid": 0.05, "tom_low": 0.45, "tambourine": 0.4, "shaker": -0.5,
    "maracas": 0.5, "cowbell": 0.25, "conga": -0.35, "bongo": 0.4, "perc": 0.5, "snap": 0.0,
}  # fmt: skip

RECORDED_SHARE = {"acoustic": 0.5, "mixed": 0.3, "soft": 0.2}
"""How often the recorded kit is played where a kit of the kind is wanted."""

# the halves that validation may not share with training
HELD_SAMPLES = ("bd_haus", "bd_tek", "sn_dolf", "elec_mid_snare", "drum_heavy_kick")


def kit(
    names: Sequence[str],
    kind: str,
    rng: np.random.Generator,
    *,
    font: Path | None,
    held: bool,
    thud: bool = False,
) -> Kit:
    """Takes of the named drums for a kit of a kind.

    Parameters
    ----------
    kind : "acoustic", "soft", "electronic", "sampled" or "mixed".
    font : a soundfont; without one every drum is synthesised.
    held : draw from the samples kept for validation, and not from the recorded kit.
    thud : whether the bass drum is one of `thuds`.
    """
    preset = _kit_preset(kind, rng, font)
    tune = float(np.exp(rng.normal(0.0, 0.06)))
    recording = not held and recorded.has_kit()
    recording = recording and rng.random() < RECORDED_SHARE.get(kind, 0.0)
    microphones = rng.uniform((-6.0, -12.0, -24.0), (0.0, 3.0, 0.0)).tolist() if recording else []
    result = {}
    for name in sorted(names):
        makers: dict[str, float] = {"synth": 0.06}
        if font is not None:
            makers["font"] = {"electronic": 0.5, "sampled": 0.15}.get(kind, 1.0)
        if name in SAMPLES and SOURCES["sonic_pi_samples"].path() is not None:
            makers["sample"] = {"sampled": 1.0, "electronic": 0.3, "mixed": 0.4}.get(kind, 0.03)
        if name in SYNTHS:
            makers["synth"] = {"electronic": 0.9, "sampled": 0.3, "mixed": 0.3}.get(kind, 0.03)
        weights = np.array(list(makers.values()))
        maker = str(rng.choice(list(makers), p=weights / weights.sum()))
        if thud and name == "kick":
            takes = _synth_takes(thuds.kick, rng)
        elif recording and name in recorded.DRUMS and rng.random() < 0.95:
            takes = [_trimmed(x) for x in recorded.strokes(name, len(VELOCITIES), microphones, rng)]
        elif maker == "font" and font is not None:
            takes = _font_takes(font, preset, int(rng.choice(KEYS[name][:2])))
        elif maker == "sample":
            takes = _sample_takes(name, rng, held=held)
        else:
            takes = _synth_takes(SYNTHS[name], rng)
        result[name] = _finished(takes, name, tune, rng)
    return result


def _kit_preset(kind: str, rng: np.random.Generator, font: Path | None) -> int:
    groups = {
        "acoustic": (0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 32),
        "soft": (32, 33, 34, 40, 41, 42, 0, 8),
        "electronic": (24, 25, 25, 24, 16),
    }
    wanted = groups.get(kind, groups["acoustic"] + groups["electronic"])
    if font is None:
        return 0
    there = presets(font, bank=DRUM_BANK)
    return int(rng.choice([number for number in wanted if number in there] or [0]))


@cache
def _font_takes(font: Path, preset: int, key: int) -> list[Sound]:
    length = round(2.5 * RATE)
    takes = []
    for velocity in VELOCITIES:
        stroke = Note(0.0, 2.4, key, velocity * 0.95 + 0.05)
        take = play(font, [stroke], length, preset=preset, bank=DRUM_BANK)
        takes.append(_trimmed(take))
    return takes


@cache
def _sample(name: str) -> Sound:
    from partita.io import load
    from partita.signal import resample

    audio = load(SOURCES["sonic_pi_samples"].require() / f"{name}.flac")
    sound = resample(audio.samples, audio.rate, RATE)[:, : round(2.5 * RATE)]
    return _trimmed(np.broadcast_to(sound, (2, sound.shape[1])).astype(np.float32))


def _sample_takes(name: str, rng: np.random.Generator, *, held: bool) -> Takes:
    names = SAMPLES[name].split()
    choices = [n for n in names if (n in HELD_SAMPLES) == held] or names
    sound = _sample(str(rng.choice(choices)))
    takes = [effects.passed(sound, high_hz=h, order=1) for h in (3500.0, 7000.0, 12000.0)]
    return [t * g for t, g in zip([*takes, sound], (0.3, 0.5, 0.75, 1.0), strict=True)]


def _synth_takes(maker: Callable[[np.random.Generator], Sound], rng: np.random.Generator) -> Takes:
    seed = int(rng.integers(2**31))
    takes = []
    for velocity in VELOCITIES:
        sound = maker(np.random.default_rng(seed))
        takes.append(np.float32(velocity) * effects.passed(sound, high_hz=2e3 + 16e3 * velocity))
    return takes


def _trimmed(sound: Sound) -> Sound:
    """`sound` without silence before and after."""
    loud = np.abs(sound).max(axis=0)
    above = np.flatnonzero(loud > 0.002 * max(float(loud.max()), 1e-9))
    if not above.size:
        return sound[:, :64]
    return faded(sound[:, max(above[0] - 16, 0) : above[-1] + 1], fall_s=0.01)


def _finished(takes: Takes, name: str, tune: float, rng: np.random.Generator) -> Takes:
    """Takes tuned, shortened, equalised, levelled and placed: one decision for all of a drum."""
    speed = tune * float(np.exp(rng.normal(0.0, 0.05)))
    decay_s = float(rng.uniform(0.15, 1.2)) if rng.random() < 0.3 else 8.0
    tilt_db, bell_db = rng.normal(0.0, 2.5), rng.normal(0.0, 2.5)
    bell_hz = float(np.exp(rng.uniform(np.log(150.0), np.log(6000.0))))
    place = PLACES.get(name, 0.0) * float(rng.uniform(0.2, 1.3))
    peak = PEAKS[name] * amplitude(float(rng.normal(0.0, 2.0)))
    loudest = max(float(np.abs(takes[-1]).max()), 1e-6)
    finished = []
    for take in takes:
        out = at_speed(take, speed)
        out = out * np.exp(-seconds(out.shape[-1] / RATE)[: out.shape[-1]] / decay_s)
        out = effects.shelved(out, corner_hz=3000.0, gain_db=tilt_db)
        out = effects.belled(out, center_hz=bell_hz, gain_db=bell_db)
        finished.append(panned(out, float(np.clip(place, -0.9, 0.9))) * np.float32(peak / loudest))
    return finished


def strokes(song: Song, grooves: dict[str, Groove], rng: np.random.Generator) -> list[Hit]:
    """What the drummer plays, in beats: the groove of each section's name, with fills."""
    hits: list[Hit] = []
    for section in song.sections:
        groove = _thinned(grooves[section.name], section.energy, rng)
        for bar in range(section.first_bar, section.first_bar + section.bars):
            last = bar == section.first_bar + section.bars - 1
            fill = last and rng.random() < 0.6
            end = float(rng.choice([2.0, 3.0])) if fill else 4.0
            hits += _bar(groove, 4.0 * bar, end, rng)
            if fill and groove:
                hits += _fill(4.0 * bar + end, 4.0 - end, rng)
        if groove and rng.random() < 0.7:
            hits.append(Hit(4.0 * section.first_bar, "crash", 0.9))
    return hits


def _thinned(groove: Groove, energy: float, rng: np.random.Generator) -> Groove:
    """The groove that fits a section's energy: nothing, hats only, a few drums, or all."""
    if energy < 0.35:
        kept = [[], ["hat"], ["kick"], ["hat", "rim"]][rng.integers(4)]
        return {name: steps for name, steps in groove.items() if name in kept}
    if energy < 0.5 and rng.random() < 0.5:
        dropped = str(rng.choice(sorted(groove)))
        return {name: steps for name, steps in groove.items() if name != dropped}
    return groove


def _bar(groove: Groove, start: float, end: float, rng: np.random.Generator) -> list[Hit]:
    velocities = {"X": 0.95, "x": 0.75, "o": 0.32, "?": 0.7}
    hits = []
    for drum, steps in groove.items():
        for i, step in enumerate(steps):
            if step == "-" or i / 4 >= end or (step == "?" and rng.random() < 0.6):
                continue
            velocity = velocities[step] * (0.9 if i % 4 and drum in ("hat", "ride") else 1.0)
            hits.append(Hit(start + i / 4, drum, velocity))
        if rng.random() < 0.08:
            hits.append(Hit(start + float(rng.integers(0, int(4 * end))) / 4, drum, 0.5))
    return hits


def _fill(start: float, beats: float, rng: np.random.Generator) -> list[Hit]:
    drums = [["snare"], ["tom_high", "tom_mid", "tom_low"], ["snare", "tom_mid", "tom_low"]]
    chosen = drums[rng.integers(3)]
    steps = np.arange(0.0, beats, float(rng.choice([0.25, 0.25, 0.5, 1 / 3])))
    hits = []
    for i, step in enumerate(steps):
        if rng.random() < 0.85:
            drum = chosen[min(int(i * len(chosen) / len(steps)), len(chosen) - 1)]
            hits.append(Hit(start + float(step), drum, float(rng.uniform(0.6, 0.95))))
            if rng.random() < 0.3:
                hits.append(Hit(start + float(step), "kick", 0.8))
    return hits


def perform(song: Song, hits: Sequence[Hit], takes: Kit, rng: np.random.Generator) -> Sound:
    """Strokes with human timing, (2, time), dry; an open hat ends where the next hat begins."""
    length = round(song.beats * song.beat_s * RATE)
    loose_s = float(rng.choice([0.0005, 0.003, 0.006]))
    ends = sorted(song.swung(h.start) * song.beat_s for h in hits if h.drum in ("hat", "pedal"))
    events = []
    for hit in sorted(hits, key=lambda h: (h.start, h.drum)):
        at_s = song.swung(hit.start) * song.beat_s
        velocity = float(np.clip(hit.velocity * (1.0 + 0.1 * rng.standard_normal()), 0.05, 1.0))
        nearest = int(np.argmin([abs(v - velocity) for v in VELOCITIES]))
        stroke = takes[hit.drum][nearest] * np.float32(velocity / VELOCITIES[nearest])
        if hit.drum == "open":
            later = [e for e in ends if e > at_s + 0.02]
            if later:
                stroke = faded(stroke[:, : round((later[0] - at_s) * RATE) + 400], fall_s=0.01)
        events.append((max(at_s + loose_s * rng.standard_normal(), 0.0), stroke))
    return layered(events, length)


def produced(sound: Sound, kind: str, rng: np.random.Generator) -> Sound:
    """The kit in a room and through the mixing desk.

    One acoustic kit in three stands in a roomy place whose sound is nearly as loud as its own.
    """
    roomy = kind in ("acoustic", "soft", "mixed") and rng.random() < 0.35
    longest_s = {"soft": 0.9, "acoustic": 0.8}.get(kind, 0.5)
    decay_s = float(rng.uniform(0.5, 1.4) if roomy else rng.uniform(0.15, longest_s))
    if not roomy and rng.random() < 0.12:
        decay_s = float(rng.uniform(1.0, 2.2))
    wet_db = float(rng.uniform(-10.0, -1.0) if roomy else rng.uniform(-24.0, -8.0))
    walls = effects.room(
        decay_s=decay_s, rng=rng, delay_s=rng.uniform(0.002, 0.02), high_hz=rng.uniform(6e3, 14e3)
    )
    out = effects.reverberated(sound, walls, wet_db=wet_db)
    if rng.random() < 0.35:
        crushed = effects.compressed(out, threshold_db=-30.0, ratio=8.0, makeup_db=10.0)
        out = out + np.float32(amplitude(rng.uniform(-14.0, -5.0))) * crushed
    out = effects.compressed(
        out,
        threshold_db=rng.uniform(-22.0, -8.0),
        ratio=rng.uniform(1.5, 4.0),
        attack_s=rng.uniform(0.003, 0.03),
        release_s=rng.uniform(0.05, 0.25),
    )
    if rng.random() < 0.5:
        out = effects.saturated(levelled(out, -18.0), drive=rng.uniform(0.6, 2.5))
    out = effects.equalised(out, rng, range_db=3.0)
    out = effects.shelved(out, corner_hz=4500.0, gain_db=rng.uniform(-5.0, 1.0))
    return effects.widened(out, rng.uniform(0.3, 1.2))
