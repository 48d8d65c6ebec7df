"""Cutting a stream into overlapping segments, and joining what became of them.

    blocks ─► segments(length, overlap) ─► work on each ─► crossfade(overlap) ─► blocks

Both ends are generators: at any time no more than about two segments are held, however long the
stream is. The weights of a crossfade add up to one, so what adds up in each segment adds up after.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError

Array = NDArray[np.floating]


def segments(blocks: Iterable[Array], *, length: int, overlap: int) -> Iterator[tuple[int, Array]]:
    """Segments of a stream that overlap by `overlap` samples, each with its start.

    Parameters
    ----------
    blocks : arrays (…, time) of any sizes, one after the other.
    length : samples in a segment.
    overlap : samples that a segment shares with the next, at most length/2.

    Yields
    ------
    (start, segment): every segment is `length` long but the last two, which share what is left
    evenly: at least (length + overlap)/2 samples each, so that none is too short to work on and
    none needs more memory than the others. A stream of at most `length` samples is one segment.

    Examples
    --------
    >>> blocks = [np.arange(7.0), np.arange(7.0, 20.0)]
    >>> [(start, len(s)) for start, s in segments(blocks, length=8, overlap=2)]
    [(0, 8), (6, 8), (12, 8)]
    >>> [(start, len(s)) for start, s in segments(blocks, length=10, overlap=2)]
    [(0, 10), (8, 7), (13, 7)]
    """
    if not 0 <= overlap <= length // 2:
        raise OptionError(f"overlap must be from 0 to half of {length} samples, got {overlap}")
    stride = length - overlap
    held: list[Array] = []
    have, start = 0, 0
    for block in blocks:
        held.append(block)
        have += block.shape[-1]
        while have > length + stride:
            joined = np.concatenate(held, axis=-1)
            yield start, joined[..., :length].copy()  # what is joined can go
            held = [joined[..., stride:]]
            start, have = start + stride, have - stride
    if not have:
        return
    joined = np.concatenate(held, axis=-1)
    if have > length:
        first = (have + overlap + 1) // 2
        yield start, joined[..., :first]
        start, joined = start + first - overlap, joined[..., first - overlap :]
    yield start, joined


def crossfade(pieces: Iterable[Array], *, overlap: int) -> Iterator[Array]:
    """The pieces joined: each begins `overlap` samples before the one before it ends.

    Parameters
    ----------
    pieces : arrays (…, time), all but the last at least 2·overlap long.
    overlap : samples over which one piece gives way to the next, along a raised cosine.

    Yields
    ------
    Finished stretches (…, time); put one after the other they are the whole.

    Examples
    --------
    >>> np.concatenate(list(crossfade([np.ones(4), np.ones(4)], overlap=2)))
    array([1., 1., 1., 1., 1., 1.])
    """
    ramp = np.sin(np.pi / 2 * (np.arange(overlap) + 0.5) / max(overlap, 1)) ** 2
    tail: Array | None = None
    for piece in pieces:
        finished = max(piece.shape[-1] - overlap, 0)
        if tail is None:
            head, begun = piece[..., :0], 0
        else:
            head, begun = tail + (piece[..., :overlap] - tail) * ramp.astype(piece.dtype), overlap
        if begun:
            yield head[..., :finished]
        yield piece[..., begun:finished]
        # a copy, so that the piece itself can go
        tail = np.concatenate([head[..., finished:], piece[..., max(finished, begun) :]], axis=-1)
    if tail is not None and tail.shape[-1]:
        yield tail
