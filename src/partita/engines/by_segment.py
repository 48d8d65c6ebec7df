"""What an engine finds in each segment, joined to what it found in the recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.core.hints import Hints
from partita.core.separator import Reader
from partita.engines.sampled_frames import block_size
from partita.signal.overlap import segments

Floats = NDArray[np.floating]

Find = Callable[[Audio, Hints], tuple[Floats, Floats]]
"""(a segment, its hints) -> times (frames,) in it, and values (…, frames)."""


def by_segment(
    reader: Reader, hints: Hints, find: Find, *, segment_s: float, overlap: float
) -> tuple[Floats, Floats]:
    """Times (frames,) and values (…, frames) of a whole recording.

    The recording is cut as it is for separation; where two segments overlap, the first one's values
    count up to the middle, the second one's from there on.

    Parameters
    ----------
    find : called for each segment.
    segment_s, overlap : as the engine declares them.
    """
    length = max(round(segment_s * reader.rate), 2)
    shared = int(overlap * length)
    time_s, values, begins_s = [], [], []
    for start, samples in segments(_samples(reader), length=length, overlap=shared):
        segment = Audio(samples, reader.rate)
        start_s = start / reader.rate
        at_s, found = find(segment, hints.window(start_s, start_s + segment.duration_s))
        time_s.append(start_s + at_s)
        values.append(found)
        begins_s.append((start + shared / 2) / reader.rate if start else -np.inf)
    ends_s = [*begins_s[1:], np.inf]
    keep = [
        (at_s >= begin_s) & (at_s < end_s)
        for at_s, begin_s, end_s in zip(time_s, begins_s, ends_s, strict=True)
    ]
    return (
        np.concatenate([at_s[mine] for at_s, mine in zip(time_s, keep, strict=True)]),
        np.concatenate([v[..., mine] for v, mine in zip(values, keep, strict=True)], axis=-1),
    )


def _samples(reader: Reader) -> Iterator[Floats]:
    return (block.samples for block in reader.blocks(block_size(reader.rate)))
