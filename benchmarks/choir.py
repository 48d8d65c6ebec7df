"""A choir in four parts: how well each voice comes out when its pitch is known, and when it is not.

PARTITA_DATA=FOLDER python benchmarks/choir.py [--markdown docs/benchmarks/choir.md]

FOLDER holds `choral-singing/` (Choral Singing Dataset, Cuesta et al. 2018). The voices are the
fourth singer of each part; no constant of an engine was chosen on them.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from partita.analysis.multipitch import pitch_strengths, track_voices
from partita.analysis.pitch import pyin
from partita.core import Audio, Hints, Pitch, References, Stems
from partita.engines import create
from partita.io import load
from partita.metrics.si_sdr import si_sdr
from partita.signal import apply_masks, istft, ratio_masks, stft

RATE, LENGTH, EXCERPTS = 16000, 64000, 24
PARTS = ("soprano", "alto", "tenor", "bass")
FILES = ("Soprano_405", "ContraAlt_407", "tenor4-06-2", "Bajos_404")
RANGES_HZ = ((262, 880), (196, 587), (131, 440), (82, 330))
"""C4–A5, G3–D5, C3–A4, E2–E4: what textbooks say."""
N_FFT, HOP = 2048, 256
COMB_FLOOR = 1e-4
ROUNDS = 2
"""Times that own pitches are read again off the voices that they gave."""
SILENT = 1e-9
METHODS = (
    "mixture", "comb mask", "pitch_informed", "own pitch", "ratio mask", "power-ratio mask",
)  # fmt: skip

EXPLANATION = """\
# Four voices of a choir

`python benchmarks/choir.py` made this table: SI-SDR in dB on frames of 1 s, the mean over all
frames of 24 excerpts of 4 s ("Nino Dios", one singer a part, 16 kHz). Nobody sings in the first
excerpt (it holds breath and room); figures without it stand in brackets.

*mixture* leaves it as it is. *comb mask* shares each cell by combs at the given pitch (partials
fall as 1/h, Hann's main lobe, floor 1e-4). *pitch_informed* is the engine with the pitch that comes
with the recordings, *own pitch* the same engine with pitches that Partita estimates from the
mixture alone. *ratio mask* and *power-ratio mask* know the true voices: they show what a mask on
this spectrogram can reach.

"""


def voices(folder: Path) -> np.ndarray:
    """(parts, time) the four singers."""
    found = [load(folder / f"nino_{name}.flac").samples[0] for name in FILES]
    length = min(len(x) for x in found)
    return np.stack([x[:length] for x in found])


def annotated_pitch(folder: Path) -> Pitch:
    with (folder / "f0" / "satb_singer4.csv").open(newline="") as file:
        rows = [[float(cell or 0) for cell in row] for row in list(csv.reader(file))[1:] if row[0]]
    time_ms, *tracks = np.array(rows).T
    return Pitch(time_ms / 1000, dict(zip(PARTS, tracks, strict=True)))


def own_pitch(mix: Audio) -> Pitch:
    """The pitch of each part, from the mixture: a first guess, then read off each voice found."""
    hop = 2 * HOP
    magnitude = np.abs(stft(mix.samples[0], n_fft=N_FFT, hop=hop))
    strength, pitch_hz = pitch_strengths(magnitude, hz_per_bin=mix.rate / N_FFT)
    tracks = track_voices(strength, pitch_hz, RANGES_HZ)
    pitch = Pitch(
        np.arange(tracks.shape[1]) * hop / mix.rate, dict(zip(PARTS, tracks, strict=True))
    )
    for _ in range(ROUNDS):
        found = informed(mix, pitch)
        heard = [
            pyin(x, rate=mix.rate, low_hz=0.94 * low, high_hz=1.06 * high, hop_s=HOP / mix.rate)
            for x, (low, high) in zip(found, RANGES_HZ, strict=True)
        ]
        pitch = Pitch(heard[0].time_s, {p: t.f0_hz for p, t in zip(PARTS, heard, strict=True)})
    return pitch


def informed(mix: Audio, pitch: Pitch) -> np.ndarray:
    """(parts, time) what the engine gives."""
    engine = create("pitch_informed", rest=False)
    with engine.open() as session:
        stems = session.separate(mix, Hints(pitch=pitch), state=None, stems=PARTS)
    return stems.samples[:, 0]


def comb_mask(mix: Audio, pitch: Pitch) -> np.ndarray:
    """(parts, time) each cell shared by combs at the given pitch."""
    spectrum = stft(mix.samples, n_fft=N_FFT, hop=HOP)
    frames = spectrum.shape[-1]
    nearest = np.rint(np.arange(frames) * HOP / mix.rate / np.diff(pitch.time_s[:2])[0]).astype(int)
    nearest = np.minimum(nearest, len(pitch.time_s) - 1)
    bins = np.arange(N_FFT // 2 + 1)[:, None]
    combs = np.full((len(PARTS), *spectrum.shape[1:]), COMB_FLOOR)
    for comb, f0_hz in zip(combs, (pitch.f0_hz[part][nearest] for part in PARTS), strict=True):
        for t in np.flatnonzero(f0_hz):
            h = np.arange(1, int(mix.rate / 2 / f0_hz[t]) + 1)
            x = bins - h * f0_hz[t] * N_FFT / mix.rate
            lobe = np.sinc(x) + (np.sinc(x - 1) + np.sinc(x + 1)) / 2
            comb[:, t] += np.sum(np.where(np.abs(x) < 2, lobe, 0) / h, axis=1)
    parts = apply_masks(ratio_masks(combs, power=1), spectrum)
    return istft(parts, length=mix.length, n_fft=N_FFT, hop=HOP)[:, 0]


def oracle(mix: Audio, truth: np.ndarray, power: float) -> np.ndarray:
    """(parts, time) the ideal ratio mask; the engine takes 2048 points at 16 kHz for these."""
    engine = create("ideal_ratio_mask", n_fft=4096, power=power)
    stems = Stems(PARTS, truth[:, None], mix.rate)
    with engine.open() as session:
        found = session.separate(mix, Hints(references=References(stems)), state=None, stems=PARTS)
    return found.samples[:, 0]


def scores(truth: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """(parts, frames) SI-SDR in dB on frames of 1 s; NaN where the voice is silent."""
    out = np.full((len(truth), truth.shape[1] // RATE), np.nan)
    for part, frame in np.ndindex(*out.shape):
        s, s_hat = (x[part, frame * RATE : (frame + 1) * RATE][None] for x in (truth, estimate))
        if np.sum(s**2) >= SILENT:
            out[part, frame] = si_sdr(s.astype(float), s_hat.astype(float))
    return out


def excerpts(folder: Path) -> Iterator[tuple[np.ndarray, Audio, Pitch]]:
    """The true voices, their sum scaled to a peak of one, and the pitch that comes with them."""
    singers, pitch = voices(folder), annotated_pitch(folder)
    for start in range(0, EXCERPTS * LENGTH, LENGTH):
        truth = singers[:, start : start + LENGTH]
        mix = truth.sum(axis=0, keepdims=True)
        gain = 1 / np.max(np.abs(mix))
        window = pitch.window(start / RATE - 1e-6, (start + LENGTH) / RATE)
        yield truth * gain, Audio(mix * gain, RATE), window


def measure(folder: Path) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    """method -> (excerpts, parts, frames) dB; and CPU-seconds a second of both engine's runs."""
    found, cpu_s = defaultdict(list), defaultdict(float)
    for truth, mix, pitch in excerpts(folder):
        began = time.process_time()
        ours = informed(mix, pitch)
        cpu_s["pitch_informed"] += time.process_time() - began
        began = time.process_time()
        alone = informed(mix, own_pitch(mix))
        cpu_s["own pitch"] += time.process_time() - began
        guesses = {
            "mixture": np.broadcast_to(mix.samples, truth.shape),
            "comb mask": comb_mask(mix, pitch),
            "pitch_informed": ours,
            "own pitch": alone,
            "ratio mask": oracle(mix, truth, 1.0),
            "power-ratio mask": oracle(mix, truth, 2.0),
        }
        for method, estimate in guesses.items():
            found[method].append(scores(truth, estimate))
    seconds = EXCERPTS * LENGTH / RATE
    return (
        {method: np.array(values) for method, values in found.items()},
        {method: spent / seconds for method, spent in cpu_s.items()},
    )


def table(found: dict[str, np.ndarray], cpu_s: dict[str, float]) -> str:
    heads = ["method", *PARTS, "mean", "CPU-s a second"]
    lines = [" | ".join(heads), " | ".join(["---"] + ["---:"] * (len(heads) - 1))]
    for method in METHODS:
        values = found[method]
        figures = [*np.nanmean(values, axis=(0, 2)), np.nanmean(values)]
        without = [*np.nanmean(values[1:], axis=(0, 2)), np.nanmean(values[1:])]
        cells = [f"{a:.2f} ({b:.2f})" for a, b in zip(figures, without, strict=True)]
        spent = f"{cpu_s[method]:.2f}" if method in cpu_s else ""
        lines.append(" | ".join([method, *cells, spent]))
    return "".join(f"| {line} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    to = parser.parse_args().markdown
    folder = Path(os.environ.get("PARTITA_DATA", "")) / "choral-singing"
    if not folder.is_dir():
        raise SystemExit("set PARTITA_DATA to the folder that holds choral-singing")
    text = table(*measure(folder))
    print(text)
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
