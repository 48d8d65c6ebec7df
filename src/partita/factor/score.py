"""Blocks that know the notes: a template for each pitch of a part, silent where the score is.

Multiplicative updates keep zeros. So a template that is zero outside narrow bands around its
partials stays the template of its pitch, and an activation that is zero outside the note (and some
time around it, for what scores and players do not agree on) stays that note's: the score says where
to look, the recording what is there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partita.core.errors import UsageError
from partita.core.hints import Score
from partita.factor.block import Factor
from partita.factor.free import Free

Floats = NDArray[np.floating]


def score_block(
    name: str,
    score: Score,
    *,
    freq_hz: Floats,
    time_s: Floats,
    part: str | None = None,
    tuning_hz: float = 440.0,
    partials: int = 30,
    width_semitones: float = 1.0,
    before_s: float = 0.1,
    after_s: float = 0.2,
) -> Free:
    """A block with one component for each pitch that a part plays, silent between its notes.

    Parameters
    ----------
    name : of the block.
    score : the notes, in the recording's own time.
    freq_hz : (freq,) of each bin. time_s : (frames,) of each frame.
    part : whose notes; None for all.
    tuning_hz : of the A above middle C.
    partials : how many; `width_semitones` : how far each band reaches to both sides of its partial
        (a bin at the least).
    before_s, after_s : how long before its onset and after its offset a note may sound.

    Returns
    -------
    Free, its components in the order of `pitches_of(score, part)`; one that is always silent where
    the part has no note.

    Examples
    --------
    >>> score = Score([0.11], [0.27], [69], ("flute",))
    >>> freq_hz, time_s = np.arange(1025) * 21.5, np.arange(40) * 0.02
    >>> block = score_block("flute", score, freq_hz=freq_hz, time_s=time_s)
    >>> block.rank, int(block.H.mask.sum())
    (1, 23)

    References
    ----------
    Ewert and Müller, "Using score-informed constraints for NMF-based source separation", ICASSP
    2012.
    """
    pitches = pitches_of(score, part)
    if not len(pitches):
        return _silent(name, len(time_s))
    W = partial_bands(
        tuning_hz * 2 ** ((pitches - 69) / 12),
        freq_hz,
        partials=partials,
        width_semitones=width_semitones,
    )
    start_s, end_s = score.onset_s - before_s, score.offset_s + after_s
    H = _support(score, part, time_s, start_s=start_s, end_s=end_s)
    return Free(name, len(pitches), W=Factor(start=W), H=Factor(mask=H))


def onset_block(
    name: str,
    score: Score,
    *,
    freq_hz: Floats,
    time_s: Floats,
    part: str | None = None,
    around_s: float = 0.05,
) -> Free:
    """A block for the noise of attacks: a template of any shape for each pitch, at onsets only.

    Parameters
    ----------
    as for `score_block`; `around_s` : how long before and after its onset an attack may sound.

    References
    ----------
    Ewert and Müller, ICASSP 2012, section 3.3.
    """
    pitches = pitches_of(score, part)
    if not len(pitches):
        return _silent(name, len(time_s))
    start_s, end_s = score.onset_s - around_s, score.onset_s + around_s
    H = _support(score, part, time_s, start_s=start_s, end_s=end_s)
    W = np.ones((len(freq_hz), len(pitches)))
    return Free(name, len(pitches), W=Factor(start=W), H=Factor(mask=H))


def noise_block(name: str, freq_hz: Floats, *, bands: int = 16, lowest_hz: float = 50.0) -> Free:
    """A block for breath, bows and rooms: fixed broad bands, active at any time.

    Parameters
    ----------
    freq_hz : (freq,) increasing. bands : how many, equally wide on a logarithmic axis above
        `lowest_hz`, each overlapping with its neighbours; they add up to one at every bin.
    """
    if bands < 2:
        raise UsageError(f"noise needs at least 2 bands, got {bands}")
    place = np.log(np.maximum(freq_hz, lowest_hz) / lowest_hz)
    place = place / max(float(place[-1]), 1e-9) * (bands - 1)
    W = np.maximum(1 - np.abs(place[:, None] - np.arange(bands)), 0)
    return Free(name, bands, W=Factor(start=W, fixed=True))


def pitches_of(score: Score, part: str | None = None) -> Floats:
    """(pitches,) the MIDI numbers that a part (None: any) plays, each once, lowest first."""
    mine = np.array([part is None or p == part for p in score.part], dtype=bool)
    return np.unique(score.pitch_midi[mine])


def partial_bands(
    f0_hz: ArrayLike, freq_hz: Floats, *, partials: int = 30, width_semitones: float = 1.0
) -> Floats:
    """Templates that are 1/h in a band around the h-th partial and zero elsewhere.

    Parameters
    ----------
    f0_hz : (pitches,). freq_hz : (freq,), equally spaced.

    Returns
    -------
    (freq, pitches). A band is at least one bin to both sides; where bands meet the lower partial's
    value holds.

    Examples
    --------
    >>> partial_bands([200.0], np.arange(0, 1000, 50.0), partials=2)[:, 0]
    array([0. , 0. , 0. , 1. , 1. , 1. , 0. , 0.5, 0.5, 0.5, 0. , 0. , 0. ,
           0. , 0. , 0. , 0. , 0. , 0. , 0. ])
    """
    f0 = np.atleast_1d(np.asarray(f0_hz, dtype=np.float64))
    bin_hz = float(freq_hz[1] - freq_hz[0]) if len(freq_hz) > 1 else 1.0
    wide = 2 ** (width_semitones / 12)
    out = np.zeros((len(freq_hz), len(f0)))
    for h in range(partials, 0, -1):
        low = np.minimum(h * f0 / wide, h * f0 - bin_hz)
        high = np.maximum(h * f0 * wide, h * f0 + bin_hz)
        inside = (freq_hz[:, None] >= low) & (freq_hz[:, None] <= high)
        out = np.where(inside, 1 / h, out)
    return out


def _support(
    score: Score, part: str | None, time_s: Floats, *, start_s: Floats, end_s: Floats
) -> NDArray[np.bool_]:
    """(pitches, frames): where notes of each pitch may sound; at least one frame a note."""
    pitches = pitches_of(score, part)
    mask = np.zeros((len(pitches), len(time_s)), dtype=bool)
    first = np.minimum(np.searchsorted(time_s, start_s), len(time_s) - 1)
    stop = np.maximum(np.searchsorted(time_s, end_s, side="right"), first + 1)
    for i, name in enumerate(score.part):
        if part is None or name == part:
            row = np.searchsorted(pitches, score.pitch_midi[i])
            mask[row, first[i] : stop[i]] = True
    return mask


def _silent(name: str, frames: int) -> Free:
    return Free(name, 1, H=Factor(mask=np.zeros((1, frames), dtype=bool)))
