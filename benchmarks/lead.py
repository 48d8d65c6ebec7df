"""The lead voice out of its backing vocals, alone and in front of a band: what its pitch is worth.

PARTITA_DATA=FOLDER python benchmarks/lead.py [--markdown docs/benchmarks/lead.md] [--songs …]

FOLDER holds `everything-is-free/SONG/*.opus`: true groups of instruments by name.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import partita
from partita.analysis.melody import melody_path
from partita.analysis.multipitch import pitch_strengths
from partita.analysis.pitch import pyin
from partita.core import Audio, Hints, Pitch, References, Stems
from partita.io import load
from partita.metrics.si_sdr import si_sdr
from partita.signal import stft
from partita.signal.resample import resample

SECONDS = 20
LOUD = 1e-2
"""Of a voice's loudest second: less power is silence."""
ENOUGH = 10
"""Seconds of an excerpt in which both sing, at least."""
LEAD, BACKING = "lead_vocals", "backing_vocals"
LOW_HZ, HIGH_HZ = 80.0, 800.0
PITCH_RATE, HOP_S = 16000, 0.01
N_FFT, HOP, PER_SEMITONE, SILENCE_DB = 2048, 256, 5, 15.0
"""Of the melody that is read off the mixture, at PITCH_RATE."""
WITHIN_CENTS = 50
SCENES, TARGETS = ("voices", "song"), ("lead", "others")

Scores = dict[tuple[str, str, str], dict[str, float]]
"""(scene, method, target) -> song -> SI-SDR in dB."""

EXPLANATION = """\
# The lead voice and its backing vocals

`python benchmarks/lead.py` made this table: SI-SDR in dB over 20 s of each song of "Everything is
free" in which lead and backing vocals sing at once (the 20 s with most such seconds, ten at least),
stereo. *voices* is the two of them and nothing else; *song* is the whole mix, where the lead stands
against all others.

*given* is the pitch that `pyin` reads off the lead alone; *tracked* is the strongest line through
the pitches in the middle of the stereo image, with no knowledge of the lead. *source_filter* alone
looks for the melody by itself. *nmf* is blind: of its parts (as many as there are groups) the one
nearest to the truth counts, which nobody could pick without the truth. *mixture* leaves it as it
is, and the *ideal ratio mask* knows the truth: it is what a mask on such a spectrogram can reach.
The last line says how often, of the moments in which the lead has a pitch, the tracked melody lies
within 50 cents. Constants of `pitch_informed` and of the tracker were chosen on other seconds of
the same songs.

"""


def groups_of(song: Path) -> dict[str, Audio]:
    """The groups of a song, cut to one length."""
    groups = {path.stem: load(path) for path in sorted(song.glob("*.opus"))}
    length = min(audio.length for audio in groups.values())
    return {name: Audio(audio.samples[:, :length], audio.rate) for name, audio in groups.items()}


def duet(groups: dict[str, Audio]) -> tuple[int, int]:
    """The second at which the excerpt begins, and in how many of its seconds both sing."""
    sings = []
    for name in (LEAD, BACKING):
        audio = groups[name]
        seconds = audio.length // audio.rate
        power = np.square(audio.samples[:, : seconds * audio.rate], dtype=np.float64)
        power = power.reshape(audio.channels, seconds, -1).mean(axis=(0, 2))
        sings.append(power > LOUD * power.max())
    together = np.convolve(np.logical_and(*sings), np.ones(SECONDS, int), "valid")
    start = int(np.argmax(together))
    return start, int(together[start])


def excerpts(folder: Path, songs: list[str]) -> Iterator[tuple[str, dict[str, Audio]]]:
    for song in sorted(path for path in folder.iterdir() if path.is_dir()):
        if songs and song.name not in songs:
            continue
        groups = groups_of(song)
        start, together = duet(groups)
        if together < ENOUGH:
            print(f"{song.name}: both sing in {together} s of any {SECONDS} only, left out")
            continue
        print(f"{song.name}: from {start} s, both sing in {together} of {SECONDS} s", flush=True)
        yield (
            song.name,
            {
                name: Audio(
                    audio.samples[:, start * audio.rate : (start + SECONDS) * audio.rate],
                    audio.rate,
                )
                for name, audio in groups.items()
            },
        )


def given_pitch(lead: Audio) -> Pitch:
    x = resample(lead.samples.mean(axis=0), lead.rate, PITCH_RATE)
    track = pyin(x, rate=PITCH_RATE, low_hz=LOW_HZ, high_hz=HIGH_HZ, hop_s=HOP_S)
    return Pitch(track.time_s, {"vocals": track.f0_hz})


def tracked_pitch(mix: Audio) -> Pitch:
    """The strongest line through the pitches of a mixture's middle, where leads stand."""
    left, right = resample(mix.samples, mix.rate, PITCH_RATE)
    middle, side = (np.abs(stft(x, n_fft=N_FFT, hop=HOP)) for x in (left + right, left - right))
    magnitude = np.maximum(middle / 2 - side, 0)
    strength, pitch_hz = pitch_strengths(
        magnitude,
        hz_per_bin=PITCH_RATE / N_FFT,
        low_hz=LOW_HZ,
        high_hz=HIGH_HZ,
        per_semitone=PER_SEMITONE,
    )
    path = melody_path(np.square(strength), per_semitone=PER_SEMITONE, silence_db=SILENCE_DB)
    f0_hz = np.where(path < 0, 0, pitch_hz[np.maximum(path, 0)])
    return Pitch(np.arange(len(path)) * HOP / PITCH_RATE, {"vocals": f0_hz})


def agreement(truth: Pitch, found: Pitch) -> float:
    """Share of the truth's voiced frames where the other lies within 50 cents."""
    f0, other = truth.f0_hz["vocals"], found.f0_hz["vocals"]
    voiced = f0 > 0
    nearest = np.searchsorted(found.time_s, truth.time_s[voiced] - HOP / PITCH_RATE / 2)
    other = other[np.minimum(nearest, len(other) - 1)]
    cents = 1200 * np.abs(np.log2(np.maximum(other, 1) / f0[voiced]))
    return float(np.mean(cents <= WITHIN_CENTS))


def estimates(
    mix: Audio, truth: Stems, given: Pitch, tracked: Pitch, parts: int
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Each method's name, and what it takes for each target."""
    yield "mixture", dict.fromkeys(TARGETS, mix.samples)
    blind = partita.separate(mix, engine=partita.engine("nmf", parts=parts))
    fits = {
        target: [float(si_sdr(audio.samples, part.samples)) for _, part in blind.items()]
        for target, audio in truth.items()
    }
    yield "nmf", {target: blind.samples[np.argmax(fits[target])] for target in TARGETS}
    for engine in ("source_filter", "pitch_informed"):
        for label, pitch in (("", None), (", tracked", tracked), (", given", given)):
            if label or engine == "source_filter":
                stems = partita.separate(mix, engine=engine, hints=Hints(pitch=pitch))
                lead = stems["vocals"].samples
                yield engine + label, dict(zip(TARGETS, (lead, mix.samples - lead), strict=True))
    hints = Hints(references=References(truth))
    ideal = partita.separate(mix, engine="ideal_ratio_mask", hints=hints)
    yield "ideal ratio mask", {target: audio.samples for target, audio in ideal.items()}


def measure(folder: Path, songs: list[str]) -> tuple[Scores, dict[str, float], dict[str, float]]:
    """The scores, CPU-seconds a second, and by scene how often the tracked melody is right."""
    scores: Scores = defaultdict(dict)
    spent, right, seconds = defaultdict(float), defaultdict(list), 0.0
    for song, groups in excerpts(folder, songs):
        lead = groups.pop(LEAD)
        given = given_pitch(lead)
        others = {
            "voices": groups[BACKING].samples,
            "song": np.sum([audio.samples for audio in groups.values()], axis=0),
        }
        for scene, background in others.items():
            truth = Stems(TARGETS, np.stack([lead.samples, background]), lead.rate)
            mix = Audio(truth.samples.sum(axis=0), lead.rate)
            seconds += mix.duration_s
            tracked = tracked_pitch(mix)
            right[scene].append(agreement(given, tracked))
            parts = 2 if scene == "voices" else 1 + len(groups)
            began = time.process_time()
            for method, found in estimates(mix, truth, given, tracked, parts):
                spent[method] += time.process_time() - began
                for target, audio in truth.items():
                    value = float(si_sdr(audio.samples, found[target]))
                    scores[scene, method, target][song] = value
                began = time.process_time()
    cost = {method: cpu / seconds for method, cpu in spent.items() if method != "mixture"}
    return scores, cost, {scene: float(np.mean(values)) for scene, values in right.items()}


def table(scores: Scores, cost: dict[str, float], right: dict[str, float]) -> str:
    songs = list(next(iter(scores.values())))
    heads = ["method", "target", *songs, "mean", "CPU-s a second"]
    text = ""
    for scene in SCENES:
        lines = [" | ".join(heads), " | ".join(["---"] * 2 + ["---:"] * (len(heads) - 2))]
        for (where, method, target), values in scores.items():
            if where == scene:
                figures = [*values.values(), np.mean(list(values.values()))]
                spent = f"{cost[method]:.2f}" if method in cost else ""
                cells = [method, target, *(f"{value:.1f}" for value in figures), spent]
                lines.append(" | ".join(cells))
        text += f"## {scene}\n\n" + "".join(f"| {line} |\n" for line in lines)
        text += f"\nThe tracked melody is right in {right[scene]:.0%} of the lead's moments.\n\n"
    return text.rstrip("\n") + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    parser.add_argument("--songs", nargs="+", default=[], help="these only")
    given = parser.parse_args()
    folder = Path(os.environ.get("PARTITA_DATA", "")) / "everything-is-free"
    if not folder.is_dir():
        raise SystemExit("set PARTITA_DATA to the folder that holds everything-is-free")
    text = table(*measure(folder, given.songs))
    print(text)
    if given.markdown is not None:
        given.markdown.parent.mkdir(parents=True, exist_ok=True)
        given.markdown.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
