"""Where the frames of a framewise metric begin and end. Unit: samples, stop excluded."""

from __future__ import annotations

from partita.core.errors import OptionError


def frame_bounds(
    length: int, rate: int, *, window_s: float = 1.0, hop_s: float = 1.0, tail: bool = True
) -> list[tuple[int, int]]:
    """Start and stop of every frame.

    Parameters
    ----------
    length : samples of the signal, at least 1.
    rate : Hz.
    window_s, hop_s : seconds, rounded to samples; at least one sample each.
    tail : whether what is left after the last whole frame is a (shorter) frame of its own.
        False drops it, as BSS Eval v4 does: then there are
        floor((length - window + hop)/hop) frames, and one where the signal is shorter than that.

    Returns
    -------
    At least one (start, stop). With `tail` and hop_s ≤ window_s they cover every sample.

    Examples
    --------
    >>> frame_bounds(25, 10)
    [(0, 10), (10, 20), (20, 25)]
    >>> frame_bounds(25, 10, tail=False)
    [(0, 10), (10, 20)]
    >>> frame_bounds(25, 10, window_s=2.0)
    [(0, 20), (10, 25)]
    """
    window, hop = round(window_s * rate), round(hop_s * rate)
    if window < 1 or hop < 1:
        raise OptionError(
            f"window and hop must be at least a sample long, got {window_s} s and {hop_s} s "
            f"at {rate} Hz"
        )
    whole = max((length - window + hop) // hop, 0)
    bounds = [(k * hop, k * hop + window) for k in range(whole)]
    if not bounds:
        return [(0, length)]
    if tail and bounds[-1][1] < length and whole * hop < length:
        bounds.append((whole * hop, length))
    return bounds
