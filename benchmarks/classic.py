"""How well `classic` separates real songs, beside what needs no rules and what rules cannot pass.

PARTITA_DATA=FOLDER python benchmarks/classic.py [--markdown docs/benchmarks/classic.md]

FOLDER holds `everything-is-free/SONG/*.opus` and `musdb-excerpts/SONG/*.flac`, true stems by name.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from partita.core import Audio, Hints, References, Stems
from partita.engines import create
from partita.io import load
from partita.metrics.sdr import sdr_framewise, sdr_global

EXCERPT_S = 30.0
START_S = {"hydrogen": 30.0, "lithium": 110.0, "potassium": 160.0, "rubidium": 60.0, "sodium": 60.0}
"""60 s in, or where more of the song's parts sound together."""
SILENT_DB = -50.0
"""Stems so far below the mix, and frames so far below the stem's loudest, are not counted."""

METHODS = ("mixture", "best-scaled mixture", "classic", "ideal ratio mask")

EXPLANATION = """\
# The default engine on real songs

`python benchmarks/classic.py` made this table. Each figure is an SDR in dB,
10·log10(Σs² / Σ(s − ŝ)²) over both channels: of the whole excerpt, then the median over frames of
1 s. *mixture* leaves the recording as it is; *best-scaled mixture* turns it down by the gain that
suits this stem best, which only the true stem tells; *ideal ratio mask* knows the true stems too,
and shows what masks could reach. Excerpts: 30 s of each song of "Everything is free" (CC0; the
engine's constants were chosen on excerpts of these songs), and 7-s clips of MUSDB18 (to which no
constant was fitted). Where a recording has no stem of its own for the bass or the drums, the stem
that holds them is compared with the sum. Stems that are silent in an excerpt are left out.

"""


def data_folder() -> Path:
    folder = Path(os.environ.get("PARTITA_DATA", ""))
    if not os.environ.get("PARTITA_DATA") or not folder.is_dir():
        raise SystemExit(
            "set PARTITA_DATA to the folder that holds everything-is-free and musdb-excerpts"
        )
    return folder


def tracks(folder: Path) -> Iterator[tuple[str, Stems]]:
    """Name and true stems of each excerpt."""
    for song, start_s in START_S.items():
        files = sorted((folder / "everything-is-free" / song).glob("*.opus"))
        yield song, grouped({f.stem: load(f, start_s=start_s, duration_s=EXCERPT_S) for f in files})
    for song in sorted(path for path in (folder / "musdb-excerpts").iterdir() if path.is_dir()):
        yield song.name, grouped({file.stem: load(file) for file in sorted(song.glob("*.flac"))})


def grouped(parts: dict[str, Audio]) -> Stems:
    """Lead and backing vocals as one stem, the rest as they are."""
    if not parts:
        raise SystemExit("PARTITA_DATA has a song without stems")
    sums: dict[str, np.ndarray] = {}
    for name, audio in parts.items():
        stem = "vocals" if name.endswith("_vocals") else name
        sums[stem] = sums.get(stem, 0) + audio.samples
    rate = next(iter(parts.values())).rate
    return Stems(tuple(sums), np.stack(list(sums.values())), rate)


def estimates(truth: Stems, mix: Audio) -> dict[str, dict[str, np.ndarray]]:
    """For each method its estimate of each true stem."""
    classic = create("classic")
    with classic.open() as session:
        found = session.separate(mix, Hints(), state=None, stems=classic.stems)
    missing = tuple(stem for stem in found if stem not in truth)
    oracle = create("ideal_ratio_mask")
    with oracle.open() as session:
        known = Hints(references=References(truth))
        ideal = session.separate(mix, known, state=None, stems=truth.names)
    x = mix.samples
    by_method: dict[str, dict[str, np.ndarray]] = {method: {} for method in METHODS}
    for name, stem in truth.items():
        rest = missing if name in ("accompaniment", "other") else ()
        held = [found[n].samples for n in dict.fromkeys((name, *rest)) if n in found]
        by_method["mixture"][name] = x
        by_method["best-scaled mixture"][name] = x * (np.vdot(stem.samples, x) / np.vdot(x, x))
        by_method["classic"][name] = np.sum(held, axis=0)
        by_method["ideal ratio mask"][name] = ideal[name].samples
    return by_method


def median_sdr(s: np.ndarray, estimate: np.ndarray, rate: int) -> float:
    """Over the frames of 1 s in which the stem sounds."""
    levels = np.asarray(sdr_framewise(s, s + 1, rate))  # beside an error of full scale
    sounding = levels > np.max(levels) + SILENT_DB
    return float(np.median(np.asarray(sdr_framewise(s, estimate, rate))[sounding]))


def measure(folder: Path) -> tuple[list[tuple[str, str, list[float]]], float]:
    """A row for each song and stem (SDR by method, then median SDR by method), and CPU-seconds."""
    rows, began = [], time.process_time()
    for song, truth in tracks(folder):
        mix = Audio(truth.samples.sum(axis=0), truth.rate)
        by_method = estimates(truth, mix)
        for name, stem in truth.items():
            s = stem.samples
            if np.sum(s**2) < 10 ** (SILENT_DB / 10) * np.sum(mix.samples**2):
                continue
            guesses = [by_method[method][name] for method in METHODS]
            whole = [float(sdr_global(s, guess)) for guess in guesses]
            rows.append((song, name, whole + [median_sdr(s, g, truth.rate) for g in guesses]))
    return rows, time.process_time() - began


def with_means(rows: list[tuple[str, str, list[float]]]) -> list[tuple[str, str, list[float]]]:
    by_stem = defaultdict(list)
    for _, name, values in rows:
        by_stem[name].append(values)
    means = {name: list(np.mean(values, axis=0)) for name, values in by_stem.items()}
    of_stems = list(np.mean(list(means.values()), axis=0))
    return [*rows, *(("mean", n, v) for n, v in means.items()), ("mean", "of these", of_stems)]


def table(rows: list[tuple[str, str, list[float]]]) -> str:
    heads = ["recording", "stem", *METHODS, *(f"{method}, median" for method in METHODS)]
    lines = [" | ".join(heads), " | ".join(["---"] * 2 + ["---:"] * (len(heads) - 2))]
    for song, name, values in rows:
        lines.append(" | ".join([song, name, *(f"{value:.1f}" for value in values)]))
    return "".join(f"| {line} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    to = parser.parse_args().markdown
    rows, cpu_s = measure(data_folder())
    text = table(with_means(rows))
    print(text)
    print(f"{cpu_s:.0f} CPU-seconds in all, reading and measuring included")
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
