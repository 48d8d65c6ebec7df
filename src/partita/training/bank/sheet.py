"""A contact sheet: what is in a bank, at a glance, against real recordings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from partita.core.errors import MissingExtra, UsageError
from partita.training.bank import measure, shards, songs
from partita.training.bank.sound import RATE, Sound, loudness_db
from partita.training.bank.sources import SOURCES

ROWS = {"band": 5, "singing": 4, "song": 2}
EXCERPT_S = 12.0
COMPARED, COMPARED_S = 24, 20.0
"""Items of each kind whose spectra are compared, and how much of each."""


def sheet(bank: Path, output: Path, *, seed: int = 0) -> None:
    """Draw spectrograms of random items, and long-term spectra against the real songs'.

    Raises
    ------
    MissingExtra : matplotlib is not installed. UsageError : the bank is empty.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("drawing a contact sheet (matplotlib)", "eval") from error
    listed = list(shards.items(bank))
    if not listed:
        raise UsageError(f"{bank} holds no items: build it first")
    rng = np.random.default_rng(seed)
    chosen = [item for kind, count in ROWS.items() for item in _some(listed, kind, count, rng)]
    figure = Figure(figsize=(22, 2.1 * len(chosen) + 6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(chosen) + 3, 4)
    for row, item in enumerate(chosen):
        stems = _excerpt(shards.read_stems(bank, item))
        for column, name in enumerate(item.stems):
            axes = figure.add_subplot(grid[row, column])
            _spectrogram(axes, stems[column], f"{item.id} {item.detail}\n{name}")
    _spectra(figure, grid[len(chosen) :, :], bank, listed, rng)
    figure.savefig(output, dpi=70)


def _some(
    listed: Sequence[shards.Item], kind: str, count: int, rng: np.random.Generator
) -> list[shards.Item]:
    there = [item for item in listed if item.kind == kind]
    picks = rng.permutation(len(there))[:count]
    return [there[int(pick)] for pick in picks]


def _excerpt(stems: Sound) -> Sound:
    """The loudest of a few stretches."""
    size = round(EXCERPT_S * RATE)
    starts = range(0, max(stems.shape[-1] - size, 1), size)
    best = max(starts, key=lambda start: float(np.abs(stems[..., start : start + size]).sum()))
    return stems[..., best : best + size]


def _spectrogram(axes: Any, sound: Sound, title: str) -> None:
    facts = (
        f"{loudness_db(sound):.0f} dB, crest {measure.crest_db(sound):.0f}, "
        f"side {measure.width_db(sound):.0f}"
    )
    mono = np.pad(sound.mean(axis=0), (0, 2048))
    frames = np.lib.stride_tricks.sliding_window_view(mono, 2048)[::512] * np.hanning(2048)
    power_db = 20 * np.log10(np.abs(np.fft.rfft(frames, axis=1)).T + 1e-5)
    f_khz = np.fft.rfftfreq(2048, 1 / RATE) / 1000
    times = np.arange(power_db.shape[1]) * 512 / RATE
    top = max(float(power_db.max()), -20.0)  # silence is drawn dark
    axes.pcolormesh(times, f_khz, power_db, vmin=top - 80, vmax=top, cmap="magma", rasterized=True)
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set_ylim(0, 20)
    axes.set_title(f"{title}: {facts}", fontsize=7)
    axes.tick_params(labelsize=6)


def _spectra(
    figure: Any, place: Any, bank: Path, listed: Sequence[shards.Item], rng: np.random.Generator
) -> None:
    """Median long-term spectra of each stem, made and real, with their tenth and ninth deciles."""
    made: dict[str, list[Sound]] = {}
    for kind in ("band", "singing"):
        for item in _some(listed, kind, COMPARED, rng):
            stems = shards.read_stems(bank, item, length=round(COMPARED_S * RATE))
            for name, stem in zip(item.stems, stems, strict=True):
                made.setdefault(name, []).append(stem)
    real = _real()
    cells = place.subgridspec(1, 4)
    for column, name in enumerate(("vocals", "drums", "bass", "other")):
        axes = figure.add_subplot(cells[0, column])
        lines = [f"{name}"]
        for label, sounds, colour in (
            ("made", made.get(name, []), "tab:blue"),
            ("real", real.get(name, []), "tab:orange"),
        ):
            if not sounds:
                continue
            bands = np.array([measure.third_octaves(sound) for sound in sounds])
            low, middle, high = np.percentile(bands, [10, 50, 90], axis=0)
            axes.semilogx(measure.BANDS_HZ, middle, color=colour, label=label)
            axes.fill_between(measure.BANDS_HZ, low, high, color=colour, alpha=0.2)
            figures = [
                np.median([measure.crest_db(s) for s in sounds]),
                np.median([measure.width_db(s) for s in sounds]),
                np.median([measure.activity(s) for s in sounds]),
            ]
            lines.append(
                f"{label}: crest {figures[0]:.0f}, side {figures[1]:.0f} dB, "
                f"active {figures[2]:.2f}"
            )
        axes.set_ylim(-60, 0)
        axes.set_title("\n".join(lines), fontsize=8)
        if len(lines) > 1:
            axes.legend(fontsize=7)


def _real() -> dict[str, list[Sound]]:
    """Stretches of the real songs' stems, where PARTITA_DATA has them."""
    folder = SOURCES["everything_is_free"].path()
    found: dict[str, list[Sound]] = {}
    if folder is None:
        return found
    size = round(COMPARED_S * RATE)
    for name in songs.TRAIN + songs.VALID:
        stems, samples = songs.song_stems(folder, name)
        for stem, sound in zip(stems, samples, strict=True):
            for start in range(0, sound.shape[1] - size, 3 * size):
                piece = sound[:, start : start + size]
                if loudness_db(piece) > -45.0:
                    found.setdefault(stem.replace("bass+other", "other"), []).append(piece)
    return found
