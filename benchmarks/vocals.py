"""How well the engines for vocals do on real songs, and what they cost.

PARTITA_DATA=FOLDER python benchmarks/vocals.py [--markdown docs/benchmarks/vocals.md]

FOLDER holds `musdb-excerpts/SONG/*.flac`: true stems by name.
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
from partita.metrics.sdr import sdr_global
from partita.metrics.si_sdr import si_sdr

ENGINES = ("repet_sim", "repet", "rpca", "kam", "source_filter", "classic")
TARGETS = ("vocals", "accompaniment")

Row = tuple[str, str, str, float, float]
"""Method, song, target, SDR and SI-SDR in dB."""

EXPLANATION = """\
# Vocals by rules

`python benchmarks/vocals.py` made this table: SDR in dB, 10·log10(Σs² / Σ(s − ŝ)²) over both
channels and the whole of each excerpt (7 s of five songs of MUSDB18, to which no constant was
fitted), their mean, the mean SI-SDR, which forgives a wrong level, and CPU-seconds for a second of
stereo. The accompaniment is what the vocals leave.
*mixture* leaves the recording as it is; *best-scaled mixture* turns it down by the gain that suits
the target best, which only the true stem tells; *oracle* is the ideal ratio mask, which knows the
true stems too. Seven seconds are few for methods that look for repetition: REPET finds hardly a
period that fits three times.

"""


def tracks(folder: Path) -> Iterator[tuple[str, Stems]]:
    """Name and true vocals and accompaniment of each excerpt."""
    for song in sorted(path for path in (folder / "musdb-excerpts").iterdir() if path.is_dir()):
        parts = {file.stem: load(file) for file in sorted(song.glob("*.flac"))}
        vocals = parts.pop("vocals")
        backing = np.sum([audio.samples for audio in parts.values()], axis=0)
        yield song.name, Stems(TARGETS, np.stack([vocals.samples, backing]), vocals.rate)


def vocals_of(name: str, mix: Audio, truth: Stems) -> np.ndarray:
    engine = create(name)
    hints = Hints(references=References(truth)) if engine.requires else Hints()
    with engine.open() as session:
        return session.separate(mix, hints, state=None, stems=("vocals",))["vocals"].samples


def measure(folder: Path) -> tuple[list[Row], dict[str, float]]:
    """A row for everything, and CPU-seconds a second for each engine."""
    rows, cpu_s, audio_s = [], defaultdict(float), 0.0
    for song, truth in tracks(folder):
        mix = Audio(truth.samples.sum(axis=0), truth.rate)
        audio_s += mix.duration_s
        found = {}
        for name in (*ENGINES, "ideal_ratio_mask"):
            began = time.process_time()
            found[name] = vocals_of(name, mix, truth)
            cpu_s[name] += time.process_time() - began
        x = mix.samples
        for target, audio in truth.items():
            s = audio.samples
            guesses = {"mixture": x, "best-scaled mixture": x * (np.vdot(s, x) / np.vdot(x, x))}
            for name, vocals in found.items():
                guesses[name] = vocals if target == "vocals" else x - vocals
            for method, guess in guesses.items():
                at_any_level = float(si_sdr(s, guess))
                rows.append((method, song, target, float(sdr_global(s, guess)), at_any_level))
    return rows, {name: spent / audio_s for name, spent in cpu_s.items()}


def table(rows: list[Row], cost: dict[str, float]) -> str:
    songs = list(dict.fromkeys(song for _, song, *_ in rows))
    heads = ["method", "target", *songs, "mean", "mean SI-SDR", "CPU-s a second"]
    lines = [" | ".join(heads), " | ".join(["---"] * 2 + ["---:"] * (len(heads) - 2))]
    for method in dict.fromkeys(row[0] for row in rows):
        shown = "oracle" if method == "ideal_ratio_mask" else method
        spent = f"{cost[method]:.3f}" if method in cost else ""
        for target in TARGETS:
            found = [scores for m, _, t, *scores in rows if (m, t) == (method, target)]
            sdr, at_any_level = np.transpose(found)
            figures = [f"{value:.1f}" for value in (*sdr, np.mean(sdr), np.mean(at_any_level))]
            lines.append(" | ".join([shown, target, *figures, spent]))
    return "".join(f"| {line} |\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    to = parser.parse_args().markdown
    folder = Path(os.environ.get("PARTITA_DATA", ""))
    if not (folder / "musdb-excerpts").is_dir():
        raise SystemExit("set PARTITA_DATA to the folder that holds musdb-excerpts")
    text = table(*measure(folder))
    print(text)
    if to is not None:
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
