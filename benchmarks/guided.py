"""What hints are worth on the built-in song: the table of docs/guided-separation.md.

python benchmarks/guided.py

SDR in dB over the whole song. The hints are those of docs/guide; the examples are 4.8 s of each
true stem. Parts are added up to the stem that they belong to: the drums of drums_nmfd are kick,
snare and hihat, those of the score engines are what is not in the score, its percussion.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

import partita
from partita.core import Audio, Example, Examples, Hints, PartitaWarning, References, Stems
from partita.datasets import demo_track
from partita.engines import create
from partita.io import read_activity, read_pitch, read_score
from partita.metrics.sdr import sdr_global

GUIDE = Path(__file__).parents[1] / "docs" / "guide"
CLIPS_S = MappingProxyType({"vocals": 4.8, "drums": 2.4, "bass": 2.4, "other": 0.0})
"""Where the example of each stem begins."""
CLIP_S = 4.8
COLUMNS = ("vocals", "drums", "bass")
KIT = ("kick", "snare", "hihat")
SCORED: Mapping[str, Sequence[str]] = MappingProxyType(
    {"vocals": ("vocals",), "drums": ("rest",), "bass": ("bass",)}
)


def cut(audio: Audio, start_s: float) -> Audio:
    first = round(start_s * audio.rate)
    return Audio(audio.samples[:, first : first + round(CLIP_S * audio.rate)], audio.rate)


def row(label: str, truth: Stems, found: Stems, parts: Mapping[str, Sequence[str]]) -> str:
    cells = []
    for stem in COLUMNS:
        names = [name for name in parts.get(stem, ()) if name in found]
        if not names:
            cells.append("")
            continue
        estimate = np.sum([found[name].samples for name in names], axis=0)
        cells.append(f"{sdr_global(truth[stem].samples, estimate):.1f}")
    return f"| {label} | {' | '.join(cells)} |"


def main() -> None:
    track = demo_track()
    truth, mix = track.stems(), track.mix()
    clips = {n: Example(n, cut(truth[n], at)) for n, at in CLIPS_S.items()}
    pitch = Hints(pitch=read_pitch(GUIDE / "melody.csv"))
    score = Hints(score=read_score(GUIDE / "song.mid"))
    slow = Hints(score=read_score(GUIDE / "song-slow.mid"))
    activity = Hints(activity=read_activity(GUIDE / "drums.lab"))
    voice = Hints(examples=Examples((clips["vocals"],)))
    every = Hints(examples=Examples(tuple(clips.values())))
    same = {name: (name,) for name in COLUMNS}
    drums = {"drums": KIT}
    runs = (
        ("classic, without a hint", "classic", Hints(), same),
        ("source_filter, without a hint", "source_filter", Hints(), same),
        ("source_filter `--pitch`", "source_filter", pitch, same),
        ("pitch_informed `--pitch`", "pitch_informed", pitch, same),
        ("score_nmf `--score song-slow.mid`", "score_nmf", slow, SCORED),
        ("score_nmf `--score song.mid`", "score_nmf", score, SCORED),
        ("score_parametric `--score song.mid`", "score_parametric", score, SCORED),
        ("drums_nmfd, without a hint", "drums_nmfd", Hints(), drums),
        ("drums_nmfd `--activity drums.lab`", "drums_nmfd", activity, drums),
        ("drums_nmfd `--score song.mid`", "drums_nmfd", score, drums),
        ("semi_supervised_nmf, an example of the voice", "semi_supervised_nmf", voice, same),
        ("supervised_nmf, an example of each stem", "supervised_nmf", every, same),
        (
            "a mask that knows the answer",
            "ideal_ratio_mask",
            Hints(references=References(truth)),
            same,
        ),
    )
    print("| | vocals | drums | bass |\n| --- | ---: | ---: | ---: |")
    as_it_is = Stems(COLUMNS, np.stack([mix.samples] * len(COLUMNS)), mix.rate)
    print(row("the mixture as it is", truth, as_it_is, same))
    for label, engine, hints, parts in runs:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", PartitaWarning
            )  # that the score fits badly: it does not
            found = partita.separate(mix, engine=create(engine), hints=hints)
        print(row(label, truth, found, parts), flush=True)


if __name__ == "__main__":
    main()
