"""Ratios that may ignore the level of an estimate, without filters (Le Roux et al. 2019).

Axes: (channels, time), or (targets, channels, time) where the other targets count too. All channels
are one long vector with one gain: a wrong balance between left and right is distortion. The mean is
not removed. α = <ŝ, s>/|s|² is the gain that brings the reference closest to the estimate.
Silence: the rule of `ratio_db`, with α = 0 for a silent reference. So a silent reference with any
estimate but silence is -inf, both silent is NaN, and a silent estimate of a reference that is not
silent is -inf where level is ignored (nothing of the target is in it), 0 dB in `snr` and `sa_sdr`.
A perfect estimate up to level is +inf, or above 250 dB where the gain is not exact in float64.
"""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from partita.metrics.ratio import dot, energy, energy_of_mix, ratio_db, stacked
from partita.metrics.sdr import sdr_global
from partita.metrics.shapes import checked_pair
from partita.metrics.spec import MetricSpec


def si_sdr(reference: Any, estimate: Any) -> Any:
    """The scale-invariant SDR: 10·log10(|αs|² / |αs - ŝ|²).

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy or torch.

    Returns
    -------
    dB, a float (torch: a 0-d tensor with gradient); the same for every gain ≠ 0 of the estimate.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, NaN or infinity.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.array([[1.0, 1.0]])
    >>> estimate = np.array([[1.1, 0.9]])
    >>> round(si_sdr(reference, estimate), 6), round(si_sdr(reference, 5 * estimate), 6)
    (20.0, 20.0)

    References
    ----------
    Le Roux, Wisdom, Erdogan and Hershey, "SDR - half-baked or well done?", ICASSP 2019, eq. 5.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    power = energy(s)
    gain = _gain(power, dot(s, s_hat))
    return _ratio_db(power, gain, energy_of_mix((1, -gain), (s_hat, s)))


def sd_sdr(reference: Any, estimate: Any) -> Any:
    """The scale-dependent SDR: 10·log10(|αs|² / |s - ŝ|²), which punishes a wrong level.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy or torch.

    Returns
    -------
    dB, a float (torch: a 0-d tensor with gradient): `snr` + 20·log10|α|.

    Raises
    ------
    AudioError : as `si_sdr`.

    Examples
    --------
    >>> import numpy as np
    >>> round(sd_sdr(np.ones((2, 8)), 0.5 * np.ones((2, 8))), 6)
    0.0

    References
    ----------
    Le Roux et al., ICASSP 2019, eq. 8.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    power = energy(s)
    return _ratio_db(power, _gain(power, dot(s, s_hat)), energy_of_mix((1, -1), (s, s_hat)))


def snr(reference: Any, estimate: Any) -> Any:
    """The signal-to-noise ratio 10·log10(|s|² / |s - ŝ|²); another name for `sdr_global`.

    Examples
    --------
    >>> import numpy as np
    >>> round(snr(np.ones((2, 8)), 0.9 * np.ones((2, 8))), 6)
    20.0

    References
    ----------
    Le Roux et al., ICASSP 2019, eq. 1.
    """
    return sdr_global(reference, estimate)


def si_sir(reference: Any, estimate: Any) -> Any:
    """The scale-invariant signal-to-interference ratio of every target.

    The error αs - ŝ is projected on the span of all references (no filters): the part inside is
    interference, the rest artifact.

    Parameters
    ----------
    reference, estimate : (targets, channels, time) float, numpy or torch.

    Returns
    -------
    (targets,) dB: |αs|² over the energy of the interference. With one target nothing can
    interfere: +inf, or far above 250 dB by rounding.

    Raises
    ------
    AudioError : as `si_sdr`.

    Examples
    --------
    >>> import numpy as np
    >>> a, b, noise = np.eye(3)[:, None]
    >>> reference = np.stack([a, b])
    >>> estimate = np.stack([a + 0.1 * b + 0.01 * noise, b])
    >>> si_sir(reference, estimate).round(6)
    array([20., inf])
    >>> si_sar(reference, estimate).round(6)
    array([40., inf])

    References
    ----------
    Le Roux et al., ICASSP 2019, section 2.3: 10^(-SI-SDR/10) = 10^(-SI-SIR/10) + 10^(-SI-SAR/10).
    """
    return _interference_and_artifact(reference, estimate)[0]


def si_sar(reference: Any, estimate: Any) -> Any:
    """The scale-invariant signal-to-artifact ratio of every target.

    Parameters
    ----------
    reference, estimate : (targets, channels, time) float, numpy or torch.

    Returns
    -------
    (targets,) dB: |αs|² over the energy of what lies outside the span of the references; see
    `si_sir` for the rest and for an example.
    """
    return _interference_and_artifact(reference, estimate)[1]


def sa_sdr(reference: Any, estimate: Any) -> Any:
    """The source-aggregated SDR: all targets' energy over all targets' error.

    Parameters
    ----------
    reference, estimate : (targets, channels, time) float, numpy or torch.

    Returns
    -------
    dB, one float for all targets (torch: a 0-d tensor with gradient). A silent target adds its
    error and no energy, so it is defined as long as one target is not silent.

    Raises
    ------
    AudioError : as `si_sdr`.

    Examples
    --------
    >>> import numpy as np
    >>> reference = np.array([[[3.0, 0.0]], [[0.0, 1.0]]])
    >>> sa_sdr(reference, reference + np.array([[[0.0, 0.0]], [[1.0, 0.0]]]))
    10.0

    References
    ----------
    von Neumann, Kinoshita, Boeddeker, Delcroix and Haeb-Umbach, "SA-SDR: a novel loss function for
    separation of meeting style data", ICASSP 2022, eq. 4.
    """
    s, s_hat = checked_pair(reference, estimate, axes=3)
    return ratio_db(energy(s), energy_of_mix((1, -1), (s, s_hat)))


def _gain(power: Any, product: Any) -> Any:
    """α = <ŝ, s>/|s|², 0 for a silent reference (whose product is 0)."""
    return product / (power + (power == 0))


def _ratio_db(power: Any, gain: Any, error: Any) -> Any:
    """|αs|²/|error|² in dB, where 0/0 for a reference that is not silent is -inf."""
    wanted = gain * gain * power
    return ratio_db(wanted, error + ((power > 0) & (wanted == 0) & (error == 0)))


def _interference_and_artifact(reference: Any, estimate: Any) -> tuple[Any, Any]:
    references, estimates = checked_pair(reference, estimate, axes=3)
    s = [references[k, ...] for k in range(references.shape[0])]
    gram = stacked([stacked([dot(a, b) for b in s]) for a in s])
    sir, sar = [], []
    for k in range(len(s)):
        s_hat = estimates[k, ...]
        products = stacked([dot(a, s_hat) for a in s])
        power, gain = gram[k, k], _gain(gram[k, k], products[k])
        shares = _least_squares(gram, products - gain * gram[:, k])  # of the references in ŝ - αs
        interference = energy_of_mix(shares, s)
        gains = [-share - gain * (j == k) for j, share in enumerate(shares)]
        artifact = energy_of_mix([1, *gains], [s_hat, *s])
        sir.append(_ratio_db(power, gain, interference))
        sar.append(_ratio_db(power, gain, artifact))
    return stacked(sir), stacked(sar)


def _least_squares(gram: Any, products: Any) -> Any:
    """The shortest c with gram·c = products; references that are silent or alike do no harm."""
    xp = array_namespace(gram)
    power = xp.linalg.diagonal(gram)
    level = xp.sqrt(power + (power == 0))
    inverse = xp.linalg.pinv(gram / (level[:, None] * level))
    return (inverse @ (products / level)) / level


def _spec(name: str, function: Any, summary: str, *, all_targets: bool = False) -> MetricSpec:
    return MetricSpec(
        name=name,
        unit="dB",
        higher_is_better=True,
        needs="all_targets" if all_targets else "target",
        framewise=False,
        jnd=None,
        summary=summary,
        function=function,
    )


SI_SDR = _spec("si_sdr", si_sdr, "SDR that ignores the level of the estimate")
SD_SDR = _spec("sd_sdr", sd_sdr, "SDR that punishes a level too low as well as one too high")
SNR = _spec("snr", snr, "energy of the reference over energy of the error, whole track")
SI_SIR = _spec("si_sir", si_sir, "SI-SDR's error: what comes from other stems", all_targets=True)
SI_SAR = _spec("si_sar", si_sar, "SI-SDR's error: what comes from no stem", all_targets=True)
SA_SDR = _spec("sa_sdr", sa_sdr, "energy of all stems over error of all stems", all_targets=True)
