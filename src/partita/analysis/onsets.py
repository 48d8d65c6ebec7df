"""Where notes begin: spectral flux, and its peaks.

Strengths are per frame; frame t of a recording is centred on sample t·hop (see `frames`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.analysis.frames import magnitude_frames
from partita.core.audio import Audio
from partita.signal.resolution import scaled_n_fft

Floats = NDArray[np.floating]

BLOCK = 1 << 18
"""Samples of a recording in memory that are looked at together."""


def onset_strength(audio: Audio, *, n_fft: int = 2048) -> tuple[Floats, float]:
    """How strongly something begins in each frame, and the time between frames.

    Parameters
    ----------
    audio : any rate and number of channels.
    n_fft : samples in a frame at 44.1 kHz; a quarter of it lies between frames.

    Returns
    -------
    strength : (frames,) from 0 on, no unit: the mean over frequency of how much the compressed
        magnitude rises; the same at any level of the recording.
    period_s : seconds from one frame to the next.

    Examples
    --------
    >>> click = np.zeros((1, 22050)); click[0, 11025:] = 0.5
    >>> strength, period_s = onset_strength(Audio(click, 22050))
    >>> abs(float(np.argmax(strength)) * period_s - 0.5) < 0.03
    True

    References
    ----------
    Dixon, "Onset detection revisited", DAFx 2006 (spectral flux); Müller, "Fundamentals of Music
    Processing", 2015, section 6.1.1 (logarithmic compression).
    """
    size = scaled_n_fft(n_fft, audio.rate)
    hop = size // 4
    starts = range(0, audio.length, BLOCK)
    blocks = (audio.samples[:, start : start + BLOCK] for start in starts)
    frames = np.concatenate(list(magnitude_frames(blocks, n_fft=size, hop=hop)))
    return spectral_flux(frames), hop / audio.rate


def spectral_flux(magnitudes: Floats, *, compression: float = 100.0) -> Floats:
    """The mean rise of the compressed magnitudes from frame to frame.

    Parameters
    ----------
    magnitudes : (frames, bins) of any unit.
    compression : c in log(1 + c·magnitude/peak): the larger, the more soft sounds count.

    Returns
    -------
    (frames,) float32, the first 0.

    Examples
    --------
    >>> spectral_flux(np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]])) > 0
    array([False,  True, False])
    """
    peak = float(np.max(magnitudes, initial=0.0))
    if peak == 0:
        return np.zeros(len(magnitudes), np.float32)
    compressed = np.log1p(magnitudes * np.float32(compression / peak))
    rise = np.maximum(np.diff(compressed, axis=0, prepend=compressed[:1]), 0)
    flux: Floats = np.mean(rise, axis=1, dtype=np.float32)
    return flux


def pick_onsets(
    strength: Floats,
    period_s: float,
    *,
    threshold: float = 0.1,
    wait_s: float = 0.05,
    around_s: float = 0.2,
) -> Floats:
    """Times of the peaks that stand out of their surroundings, seconds.

    Parameters
    ----------
    strength, period_s : as `onset_strength` gives them.
    threshold : how far above the local mean a peak must be, as a share of the largest strength.
    wait_s : two onsets lie at least so far apart.
    around_s : how far the surroundings reach to either side.

    Returns
    -------
    (onsets,) seconds, increasing.

    Examples
    --------
    >>> pick_onsets(np.array([0, 0, 1, 0.2, 0, 0, 0.9, 0]), 0.1).round(1).tolist()
    [0.2, 0.6]

    References
    ----------
    Böck, Krebs and Schedl, "Evaluating the online capabilities of onset detection methods", ISMIR
    2012, section 2.3. Departure: the window is centred, since the whole recording is known.
    """
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    if not np.any(strength > 0):
        return np.zeros(0)
    relative = strength / np.max(strength)
    near = max(round(wait_s / period_s), 1)
    wide = max(round(around_s / period_s), 1)
    highest = relative == maximum_filter1d(relative, 2 * near + 1, mode="constant")
    mean = uniform_filter1d(relative, 2 * wide + 1, mode="nearest")
    found = np.flatnonzero(highest & (relative >= mean + threshold))
    keep = np.concatenate([[True], np.diff(found) > near]) if len(found) else found
    times: Floats = found[keep.astype(bool)] * period_s
    return times
