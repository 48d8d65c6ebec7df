"""What the script in a page knows: every frame and every deck, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from partita.evaluate.causes import CAUSES, LEAK
from partita.evaluate.frame_states import SAME_TIME_S
from partita.report.frames import ALL_STATES, StemFrames
from partita.report.moments import NAMES
from partita.report.numbers import for_json, heading
from partita.report.overview import Stem
from partita.report.result import Result
from partita.report.sound import Deck

Frames = Mapping[tuple[str, str], StemFrames]
"""(song, stem) -> its frames."""


def script_data(
    results: Sequence[Result],
    overviews: Sequence[Sequence[Stem]],
    frames: Sequence[Frames],
    decks: Sequence[Deck],
    metric: str,
    unit: str,
) -> str:
    """JSON that may stand in a page: no tag can end in it.

    Scores are rounded to two decimals, levels to one. A frame's state and cause are single signs,
    places in `states` and `causes`; "-" is no cause. `time` is the distance between frames where
    that is even, else the time of each, seconds.

    Parameters
    ----------
    overviews, frames : of each result, in the same order.
    decks : what can be played.
    metric, unit : of the scores.
    """
    content = {
        "metric": heading(metric),
        "unit": unit,
        "states": ALL_STATES,
        "causes": [*CAUSES, LEAK],
        "names": NAMES,
        "systems": [
            {
                "name": result.name,
                "stems": {
                    stem.name: {m: for_json(v, 6) for m, v in stem.whole.values.items()}
                    for stem in overviews[n]
                },
                "songs": _songs(frames[n]),
            }
            for n, result in enumerate(results)
        ],
        "decks": [
            {
                "system": deck.system,
                "song": deck.song,
                "stem": deck.stem,
                "start": round(deck.start_s, 4),
                "duration": round(deck.duration_s, 4),
                "clips": deck.clips,
            }
            for deck in decks
        ],
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _songs(frames: Frames) -> list[dict[str, Any]]:
    songs: dict[str, dict[str, Any]] = {}
    for f in frames.values():
        song = songs.setdefault(f.track, {"name": f.track, "stems": {}})
        song["stems"][f.stem] = _stem(f)
    return list(songs.values())


def _stem(f: StemFrames) -> dict[str, Any]:
    hop = float(f.time_s[1] - f.time_s[0]) if len(f.time_s) > 1 else float(f.duration_s[0])
    even = all(abs(t - n * hop) <= SAME_TIME_S for n, t in enumerate(f.time_s.tolist()))
    found: dict[str, Any] = {
        "states": "".join(str(ALL_STATES.index(state)) for state in f.states.tolist()),
        "time": hop if even else [round(t, 3) for t in f.time_s.tolist()],
        "score": [for_json(v, 2) for v in f.score.tolist()],
        "target": [for_json(v, 1) for v in f.target_dbfs.tolist()],
        "estimate": [for_json(v, 1) for v in f.estimate_dbfs.tolist()],
    }
    if f.shares is not None:
        names = {"": "-", **{cause: str(n) for n, cause in enumerate([*CAUSES, LEAK])}}
        found["cause"] = "".join(names[cause] for cause in f.causes.tolist())
        found["shares"] = [
            [None if v != v else round(100 * v) for v in row] for row in f.shares.tolist()
        ]
    return found
