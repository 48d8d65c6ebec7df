"""How `missing` and `added` were fitted to listeners, and how well they do on songs left out.

PARTITA_DATA=FOLDER python benchmarks/perceptual.py

FOLDER holds `ratings/ward2018` (docs/metrics-validation.md). Every setting of a small grid is
tried; for each song the best setting of the other fifteen predicts its ratings (a straight line,
fitted to those fifteen too), and the predictions of all songs are held against all ratings. The
settings that ship, and the best, the median and the worst of the grid are given beside it, seen
with all songs. Three minutes of CPU.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from partita.evaluate.ratings import RatedItem, read_ratings
from partita.evaluate.validate_metrics import validate
from partita.io import load
from partita.metrics import added, heard, missing
from partita.metrics.excitation import excitation, level

SPREADS_DB = (2.0, 3.0, 4.0, 5.0)
LOST = tuple(itertools.product((0.2, 0.25, 0.3), (0.1, 0.15, 0.25, 0.4), (0.05, 0.1)))
BEYOND = tuple(itertools.product((0.05, 0.1, 0.15), (0.05, 0.1, 0.2)))
SHIPS = {
    "missing": (heard.SPREAD_DB, missing.EXPONENT, missing.STEADY_WEIGHT, missing.SMOOTHING_S),
    "added": (heard.SPREAD_DB, added.EXPONENT, added.SMOOTHING_S),
}
QUESTIONS = {"missing": "quality", "added": "interference", "added_to_mix": "interference"}
SHIPS["added_to_mix"] = SHIPS["added"]

Setting = tuple[float, ...]


def excited(path: Path | None) -> tuple[np.ndarray, float, int]:
    """Excitation, the factor that takes it to units of the threshold, and the rate."""
    assert path is not None
    audio = load(path)
    samples = audio.samples.astype(np.float64)
    return excitation(samples, audio.rate), level(samples, audio.rate), audio.rate


def scores_of(item: RatedItem) -> Iterator[tuple[str, Setting, float]]:
    """The metric, the setting and the score, for every setting of the grid."""
    truth, factor, rate = excited(item.reference)
    truth *= factor
    steady = truth + truth.mean(axis=1, keepdims=True)
    guess, mix = (excited(path)[0] for path in (item.estimate, item.mixture))
    for spread_db in SPREADS_DB:
        gained, whole = (x * heard.fitted_gain(truth, x, spread_db=spread_db) for x in (guess, mix))
        for exponent, weight, smoothing_s in LOST:
            lost = missing.lost_share(
                truth,
                gained,
                rate,
                exponent=exponent,
                steady_weight=weight,
                smoothing_s=smoothing_s,
            )
            yield "missing", (spread_db, exponent, weight, smoothing_s), 100 * lost
        for exponent, smoothing_s in BEYOND:
            found, alone, of_mix = (
                added.beyond(truth, x, rate, exponent=exponent, smoothing_s=smoothing_s)
                for x in (gained, steady, whole)
            )
            setting = (spread_db, exponent, smoothing_s)
            yield "added", setting, 100 * found / (found + alone)
            yield "added_to_mix", setting, 100 * found / (found + of_mix)


def left_out(
    scores: dict[Setting, np.ndarray], ratings: np.ndarray, songs: np.ndarray
) -> tuple[np.ndarray, list[Setting]]:
    """Predictions of each song from the setting that is best for the others, and those settings."""
    predicted, chosen = np.empty(len(ratings)), []
    for song in dict.fromkeys(songs.tolist()):
        others = songs != song
        best = max(scores, key=lambda s, o=others: correlation(-scores[s][o], ratings[o]))
        line = np.polyfit(scores[best][others], ratings[others], 1)
        predicted[~others] = np.polyval(line, scores[best][~others])
        chosen.append(best)
    return predicted, chosen


def correlation(values: np.ndarray, ratings: np.ndarray) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(values, ratings).statistic)


def main() -> None:
    folder = os.environ.get("PARTITA_DATA")
    if not folder or not (Path(folder) / "ratings" / "ward2018").is_dir():
        sys.exit("PARTITA_DATA names no folder with ratings/ward2018: nothing to fit to")
    start = time.process_time()
    every = read_ratings(Path(folder) / "ratings" / "ward2018")
    of_sound: dict[str, dict[tuple[str, Setting], float]] = {}
    for item in every:
        if item.item not in of_sound:
            of_sound[item.item] = {(name, s): score for name, s, score in scores_of(item)}
    print("Spearman with the ratings, 80 items of 16 songs")
    titles = "".join(f"{title:>8}" for title in ("ships", "best", "median", "worst"))
    print(f"{'':14}{titles}   left out [95 % over songs]")
    for name, question in QUESTIONS.items():
        items = [item for item in every if item.question == question]
        ratings = np.array([item.rating for item in items])
        songs = np.array([item.song for item in items])
        settings = [s for n, s in of_sound[items[0].item] if n == name]
        scores = {s: np.array([of_sound[i.item][name, s] for i in items]) for s in settings}
        seen = {s: correlation(-values, ratings) for s, values in scores.items()}
        predicted, chosen = left_out(scores, ratings, songs)
        labelled = zip(items, predicted.tolist(), strict=True)
        rows = validate(items, {item.item: {"predicted": value} for item, value in labelled})
        row = next(row for row in rows if row.metric == "predicted")
        known = np.array(list(seen.values()))
        cells = [seen[SHIPS[name]], known.max(), float(np.median(known)), known.min()]
        low, high = row.interval
        print(f"{name:14}" + "".join(f"{value:8.3f}" for value in cells), end="")
        print(f"   {row.spearman:.3f} [{low:.2f}, {high:.2f}]")
        often = max(set(chosen), key=chosen.count)
        print(f"{'':14}best {max(seen, key=seen.get)}, most often chosen {often}")
    print(f"{time.process_time() - start:.0f} s of CPU")


if __name__ == "__main__":
    main()
