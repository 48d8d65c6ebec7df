"""SiSEC 2018's scores again: what frames, averages and chance do to a ranking.

    PARTITA_DATA=FOLDER python benchmarks/sisec18.py

Prints the figures expected from an earlier, separate analysis beside ours, and why they differ
where they do. FOLDER/sisec18.parquet holds every frame (system, track, target, time, duration, SDR,
ISR, SIR, SAR). Vocals unless said otherwise; a few seconds.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from partita.core import Scores
from partita.evaluate import paired
from partita.evaluate.aggregate import RankStability, aggregate, rank_stability
from partita.evaluate.common_frames import common_scores
from partita.evaluate.compare import RESAMPLES, Comparison, compare
from partita.evaluate.drop_curve import drop_by_score
from partita.evaluate.sisec18 import load_sisec18, read_sisec18_frames

Systems = dict[str, Scores]


def source() -> Path:
    folder = os.environ.get("PARTITA_DATA", "")
    path = Path(folder) / "sisec18.parquet"
    if not folder or not path.is_file():
        raise SystemExit("set PARTITA_DATA to the folder that holds sisec18.parquet")
    return path


def show(what: str, expected: str, ours: str, why: str = "") -> None:
    print(f"{what:52} {expected:>20} {ours:>24}")
    if why:
        print(f"    {why}")


def undefined(path: Path) -> None:
    """Share of the frames without a value."""
    for target, usual, most in (("vocals", 22.5, 32), ("drums", 31.5, 36)):
        systems = read_sisec18_frames(path, targets=[target])
        shares = [100 * np.mean(np.isnan(s.value)) for s in systems.values() if len(s)]
        near = sum(share < min(shares) + 0.3 for share in shares)
        found = f"{min(shares):.1f} % ({near} of {len(shares)} near)"
        show(f"undefined frames, {target}: most systems", f"{usual} %", found)
        show(f"undefined frames, {target}: most", f"{most} %", f"{max(shares):.1f} %")


def averages(systems: Systems) -> RankStability:
    """What the way of averaging moves."""
    tak2 = aggregate(systems["TAK2"], "sdr", "vocals")
    for kind, expected in (("median/median", 7.16), ("mean/mean", 4.06)):
        one = tak2[kind]
        show(f"TAK2, {kind}", f"{expected} dB", f"{one.value:.2f} dB on {one.frames}")
    board = rank_stability(systems, "sdr", "vocals")
    name, places = board.largest_move
    show("largest move in rank", "6 of 31", f"{places} of {len(board.ranks)} ({name})")
    for target in ("accompaniment", "drums", "bass", "other"):
        frames = read_sisec18_frames(source(), targets=[target])
        other = rank_stability(frames, "sdr", target)
        name, places = other.largest_move
        show(f"largest move in rank, {target}", "", f"{places} of {len(other.ranks)} ({name})")
    return board


def dropping(systems: Systems) -> None:
    """What leaving out the worst-scored tenth gains."""
    curve = drop_by_score(systems["TAK2"], "sdr", "vocals", shares=[0, 0.1])
    medians, means = curve.gain
    show("TAK2 without its worst 10 %, median/median", "+0.47 dB", f"{medians[1]:+.2f} dB")
    show("TAK2 without its worst 10 %, mean/mean", "+2.1 dB", f"{means[1]:+.2f} dB")


def neighbours(board: RankStability) -> None:
    """How wide the interval between neighbours of the ranking is."""
    order = sorted(board.ranks, key=lambda name: board.ranks[name]["median/median"])
    found = common_scores(load_sisec18(), "sdr", "vocals")  # each on frames of its own
    score = found.score[[found.systems.index(name) for name in order]]
    drawn = paired.resampled_tracks(score.shape[1], RESAMPLES, 0)
    medians = np.median(score[:, drawn], axis=2)
    apart = [half(medians[n] - medians[n + 1]) for n in range(len(order) - 1)]
    each = [
        half(np.median((score[n] - score[n + 1])[drawn], axis=1)) for n in range(len(order) - 1)
    ]
    show(
        "half-width between neighbours: mean of 30 pairs",
        "0.56 dB",
        f"{np.mean(apart):.2f} dB",
        f"Of the difference of the medians over tracks; {np.median(apart):.2f} dB for the median "
        "pair. Seeds\n    move either by 0.01 dB.",
    )
    show(
        "the same of the median paired difference",
        "",
        f"{np.mean(each):.2f} dB",
        "The one that compare prints: pairing track by track takes out what makes a song hard.",
    )


def half(resampled: np.ndarray) -> float:
    low, high = paired.interval(resampled)
    return (high - low) / 2


def pair(systems: Systems) -> None:
    """TAK1 and UHL3: a ranking that contradicts the tracks."""
    names = ("TAK1", "UHL3")
    (own,) = compare({n: load_sisec18()[n] for n in names}, targets=["vocals"])
    (same,) = compare({n: systems[n] for n in names}, targets=["vocals"])
    for label, found, figures in (
        ("own frames", own, ("+0.09 dB", "66 %", ".006")),
        ("same frames", same, ("", "", "")),
    ):
        lead = found.first_score - found.second_score
        show(f"TAK1 before UHL3 by, {label}", figures[0], f"{lead:+.2f} dB")
        show(f"tracks on which UHL3 is ahead, {label}", figures[1], f"{100 * won(found):.0f} %")
        show(f"p, {label}", figures[2], f"{found.p:.4f}")
    print(
        f"    On the {same.frames} frames that both have ({same.frames_left_out} left out) UHL3 is "
        "ahead of TAK1 in the median too:\n    the campaign's order of the two comes from TAK1's "
        "being scored on fewer frames."
    )
    print(f"    own frames:  {own.verdict}\n    same frames: {same.verdict}")


def won(found: Comparison) -> float:
    return 1 - found.win_rate


def speed(systems: Systems) -> None:
    two = {name: systems[name] for name in ("TAK1", "UHL3")}
    start = time.process_time()
    compare(two, targets=["vocals"])
    spent = 1000 * (time.process_time() - start)
    show("two systems, 50 tracks, 10 000 resamples", "", f"{spent:.0f} ms CPU")


def main() -> None:
    path = source()
    print(f"{'SiSEC 2018, SDR, vocals':52} {'expected':>20} {'ours':>24}")
    undefined(path)
    systems = read_sisec18_frames(path, targets=["vocals"])
    board = averages(systems)
    dropping(systems)
    neighbours(board)
    pair(systems)
    speed(systems)


if __name__ == "__main__":
    main()
