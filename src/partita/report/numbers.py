"""Figures as a reader sees them."""

from __future__ import annotations

import math
from collections.abc import Sequence

HEADINGS = {
    "sdr": "SDR",
    "isr": "ISR",
    "sir": "SIR",
    "sar": "SAR",
    "sdr_global": "SDR, whole",
    "si_sdr": "SI-SDR",
    "sd_sdr": "SD-SDR",
    "snr": "SNR",
    "si_sir": "SI-SIR",
    "si_sar": "SI-SAR",
    "sa_sdr": "SA-SDR",
    "pes": "PES",
    "eps": "EPS",
    "log_wmse": "log-WMSE",
    "l1_frequency": "L1 frequency",
    "multi_resolution_stft": "STFT distance",
    "stoi": "STOI",
}

NARROW = "\u202f"
"""A narrow space at which no line breaks."""


def heading(metric: str) -> str:
    """What a metric is called at the head of a column."""
    return HEADINGS.get(metric, metric)


def shown(value: float, digits: int = 2) -> str:
    """A number, or what it is instead of one.

    Examples
    --------
    >>> shown(-1.234), shown(-0.001), shown(float("nan")), shown(float("-inf"))
    ('−1.23', '0.00', '–', '−∞')
    """
    if math.isnan(value):
        return "–"
    text = "∞" if math.isinf(value) else f"{abs(value):.{digits}f}"
    negative = value < 0 and text.strip("0.") != ""
    return f"−{text}" if negative else text


def signed(value: float, digits: int = 2) -> str:
    """A difference, with its sign.

    Examples
    --------
    >>> signed(0.5), signed(-0.5), signed(0.0)
    ('+0.50', '−0.50', '0.00')
    """
    text = shown(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def percent(share: float) -> str:
    """A share of one.

    Examples
    --------
    >>> [percent(share).replace(NARROW, " ") for share in (0.416, 0.001, 0.0, 0.999)]
    ['42 %', '< 1 %', '0 %', '> 99 %']
    """
    if math.isnan(share):
        return "–"
    if 0 < share < 0.005:
        return f"< 1{NARROW}%"
    if 0.995 < share < 1:
        return f"> 99{NARROW}%"
    return f"{100 * share:.0f}{NARROW}%"


def clock(seconds: float) -> str:
    """A place in a song.

    Examples
    --------
    >>> clock(83), clock(3661.4)
    ('1:23', '1:01:01')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def counted(count: int, noun: str) -> str:
    """A number of things.

    Examples
    --------
    >>> counted(1, "song"), counted(2, "song")
    ('1 song', '2 songs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def for_json(value: float, digits: int) -> float | str | None:
    """A number as JSON has it: rounded; null for NaN, "inf" and "-inf".

    Examples
    --------
    >>> for_json(1.23456, 2), for_json(float("nan"), 2), for_json(float("-inf"), 2)
    (1.23, None, '-inf')
    """
    if math.isnan(value):
        return None
    return str(value) if math.isinf(value) else round(value, digits) + 0.0
