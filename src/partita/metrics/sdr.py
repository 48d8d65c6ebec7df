"""The signal-to-distortion ratio without filters: energy of the reference over that of the error.

Axes: (channels, time); all channels are one long vector, so a loud channel counts for more.
Silence: the rule of `ratio_db`. A perfect estimate is +inf; a silent reference with any estimate
but silence is -inf; both silent is NaN (undefined: nothing was asked, nothing was given). A silent
estimate of a reference that is not silent is 0 dB.
"""

from __future__ import annotations

from typing import Any

from partita.metrics.frames import frame_bounds
from partita.metrics.ratio import energy, energy_of_mix, ratio_db, stacked
from partita.metrics.shapes import checked_pair
from partita.metrics.spec import MetricSpec


def sdr_global(reference: Any, estimate: Any) -> Any:
    """The SDR of a whole stem: 10·log10(Σs² / Σ(s - ŝ)²) over all channels and samples.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy or torch.

    Returns
    -------
    dB, a float (torch: a 0-d tensor with gradient). ±inf and NaN as the module says.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.array([[3.0, 1.0]])
    >>> sdr_global(reference, reference + np.array([[1.0, 0.0]]))
    10.0
    >>> sdr_global(reference, reference), sdr_global(0 * reference, reference)
    (inf, -inf)

    References
    ----------
    Mitsufuji et al., "Music Demixing Challenge 2021", Frontiers in Signal Processing 2022, eq. 2.
    Departure: no epsilon in numerator and denominator, so that silence is not a number of dB.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    return ratio_db(energy(s), energy_of_mix((1, -1), (s, s_hat)))


def sdr_framewise(
    reference: Any, estimate: Any, rate: int, *, window_s: float = 1.0, hop_s: float = 1.0
) -> Any:
    """The SDR of every frame of a stem: that of BSS Eval v4, which is a plain framewise SNR.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy or torch.
    rate : Hz.
    window_s, hop_s : length of a frame and distance between frames, seconds.

    Returns
    -------
    (frames,) dB: see `frame_bounds`. The shorter frame at the end is included.

    Raises
    ------
    AudioError : as `sdr_global`. OptionError : a window or hop shorter than a sample.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.ones((2, 250))
    >>> sdr_framewise(reference, 0.9 * reference, 100).round(6)
    array([20., 20., 20.])

    References
    ----------
    Stöter, Liutkus and Ito, "The 2018 Signal Separation Evaluation Campaign", LVA/ICA 2018.
    Departures: the tail counts; a frame of silence is ±inf or NaN for its own stem, as the module
    says, and never for the others.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    bounds = frame_bounds(int(s.shape[-1]), rate, window_s=window_s, hop_s=hop_s)
    errors = [energy_of_mix((1, -1), (s[:, a:b], s_hat[:, a:b])) for a, b in bounds]
    return ratio_db(stacked([energy(s[:, a:b]) for a, b in bounds]), stacked(errors))


SDR_GLOBAL = MetricSpec(
    name="sdr_global",
    unit="dB",
    higher_is_better=True,
    needs="target",
    framewise=False,
    jnd=0.5,
    summary="energy of the reference over energy of the error, whole track (MDX, uSDR)",
    function=sdr_global,
)

SDR_FRAMEWISE = MetricSpec(
    name="sdr",
    unit="dB",
    higher_is_better=True,
    needs="target",
    framewise=True,
    jnd=0.5,
    summary="energy of the reference over energy of the error, frame by frame (BSS Eval v4's SDR)",
    function=sdr_framewise,
    uses_rate=True,
)
