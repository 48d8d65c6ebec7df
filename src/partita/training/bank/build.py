"""Building a bank: a plan of items, each made from its own seed, kept when it exists already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from partita.core.errors import UsageError
from partita.training.bank import shards, singing, songs
from partita.training.bank.band import STEMS, band
from partita.training.bank.recorded import RECORDED
from partita.training.bank.sound import Sound
from partita.training.bank.sources import SOURCES

BAND_S = 42.0
SINGING_S = 34.0
SINGING_SHARE = 0.4
"""Hours of singing for each hour of band."""

VALID_BANDS, VALID_SINGERS = 12, 6


@dataclass(frozen=True)
class Task:
    """One item to be made: `maker` is "band", "singing" or "song", `number` its place."""

    id: str
    maker: str
    number: int
    split: str
    name: str = ""


def plan(hours: float) -> Iterator[Task]:
    """Every item of a bank with `hours` of band; a longer bank begins with a shorter one's items.

    Real songs and what is held out come first; then band and singing in turn, so that a bank
    that is interrupted is balanced.

    Examples
    --------
    >>> short, long = list(plan(0.1)), list(plan(0.2))
    >>> set(short) < set(long)
    True
    """
    for number, name in enumerate(songs.TRAIN):
        yield Task(f"song/{name}", "song", number, "train", name)
    for number, name in enumerate(songs.VALID):
        yield Task(f"song/{name}", "song", number, "valid", name)
    bands = max(1, round(hours * 3600 / BAND_S))
    voices = max(1, round(hours * SINGING_SHARE * 3600 / SINGING_S))
    done = 0
    for number in range(bands):
        yield Task(f"band/{number:05d}", "band", number, "train")
        while done < voices * (number + 1) / bands:
            yield Task(f"singing/{done:05d}", "singing", done, "train")
            done += 1
    for number in range(VALID_BANDS):
        yield Task(f"band/valid-{number:03d}", "band", number, "valid")
    for number in range(VALID_SINGERS):
        yield Task(f"singing/valid-{number:03d}", "singing", number, "valid")


def build(
    bank: Path,
    *,
    hours: float,
    seed: int = 0,
    jobs: int = 1,
    report: Callable[[str], None] = print,
) -> list[shards.Item]:
    """Make what a bank of `hours` of band lacks, and write its index.

    The same seed gives the same shards, byte for byte, whatever the number of jobs. What cannot
    be made because its source is not installed is left out, and said.

    Raises
    ------
    UsageError : no hours, or no jobs.
    """
    if hours <= 0 or jobs < 1:
        raise UsageError(f"a bank needs hours > 0 and jobs ≥ 1, got {hours} and {jobs}")
    bank.mkdir(parents=True, exist_ok=True)
    lacking: dict[str, str] = {}
    wanted = []
    for task in plan(hours):
        reason = unavailable(task)
        if reason:
            lacking[f"{task.split} {task.maker}"] = reason
        elif not shards.exists(bank, task.id):
            wanted.append(task)
    for what, reason in sorted(lacking.items()):
        report(f"without {what}: {reason}")
    make = partial(_make, bank, seed)
    if jobs == 1:
        for task in wanted:
            report(make(task))
    else:
        with ProcessPoolExecutor(jobs) as pool:
            for line in pool.map(make, wanted):
                report(line)
    return shards.write_index(bank)


def unavailable(task: Task) -> str:
    """Why a task cannot be done here; empty where it can."""
    if task.maker == "song":
        return _missing("everything_is_free")
    if task.maker == "singing":
        return (
            ""
            if singing.available(task.number, held=task.split == "valid")
            else ("neither recordings in PARTITA_DATA nor flite and pyworld are installed")
        )
    return _missing("musescore_general" if task.split == "valid" else "fluidr3_gm")


def _missing(name: str) -> str:
    source = SOURCES[name]
    return "" if source.path() else f"{name} is not installed ({source.where})"


def _make(bank: Path, seed: int, task: Task) -> str:
    rng = np.random.default_rng([seed, *task.id.encode()])
    sources: tuple[str, ...]
    stems: tuple[str, ...]
    if task.maker == "song":
        stems, samples = songs.song_stems(SOURCES["everything_is_free"].require(), task.name)
        sources, detail = ("everything_is_free",), task.name
    elif task.maker == "singing":
        samples, sources, detail = singing.singing(
            rng, task.number, target_s=SINGING_S, held=task.split == "valid"
        )
        stems, samples = ("vocals",), samples[None]
    else:
        stems = STEMS
        samples, sources, detail = _band(rng, held=task.split == "valid")
    item = shards.write_item(
        bank,
        task.id,
        samples,
        kind=task.maker,
        stems=stems,
        split=task.split,
        sources=sources,
        seed=seed,
        detail=detail,
    )
    return f"{item.id}: {item.seconds:.1f} s, {item.detail}"


def _band(rng: np.random.Generator, *, held: bool) -> tuple[Sound, tuple[str, ...], str]:
    name = "musescore_general" if held else "fluidr3_gm"
    target_s = float(rng.uniform(0.8, 1.2)) * BAND_S
    song, samples = band(rng, font=SOURCES[name].require(), target_s=target_s, held=held)
    sources = [name, "procedural"]
    if SOURCES["sonic_pi_samples"].path():
        sources.append("sonic_pi_samples")
    if not held:
        sources += [name for name in RECORDED if SOURCES[name].path()]
    return samples, tuple(sources), song.style
