"""Every metric by name. Asking for the names imports no metric; `find` imports the one wanted."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType

from partita.core.errors import UsageError
from partita.metrics.spec import MetricSpec

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "sdr": "partita.metrics.sdr:SDR_FRAMEWISE",
        "isr": "partita.metrics.bss_eval:ISR",
        "sir": "partita.metrics.bss_eval:SIR",
        "sar": "partita.metrics.bss_eval:SAR",
        "sdr_global": "partita.metrics.sdr:SDR_GLOBAL",
        "si_sdr": "partita.metrics.si_sdr:SI_SDR",
        "sd_sdr": "partita.metrics.si_sdr:SD_SDR",
        "snr": "partita.metrics.si_sdr:SNR",
        "si_sir": "partita.metrics.si_sdr:SI_SIR",
        "si_sar": "partita.metrics.si_sdr:SI_SAR",
        "sa_sdr": "partita.metrics.si_sdr:SA_SDR",
        "pes": "partita.metrics.silence:PES",
        "eps": "partita.metrics.silence:EPS",
        "multi_resolution_stft": "partita.metrics.spectral:MULTI_RESOLUTION_STFT",
        "l1_frequency": "partita.metrics.spectral:L1_FREQUENCY",
        "fullness": "partita.metrics.spectral:FULLNESS",
        "bleedless": "partita.metrics.spectral:BLEEDLESS",
        "missing": "partita.metrics.missing:MISSING",
        "added": "partita.metrics.added:ADDED",
        "added_to_mix": "partita.metrics.added:ADDED_TO_MIX",
        "log_wmse": "partita.metrics.log_wmse:LOG_WMSE",
        "stoi": "partita.metrics.stoi:STOI",
    }
)
"""name -> "module:spec"."""


def names() -> tuple[str, ...]:
    """The names of all metrics.

    Examples
    --------
    >>> "si_sdr" in names()
    True
    """
    return tuple(BUILT_IN)


def find(name: str) -> MetricSpec:
    """The spec of the metric called `name`.

    Raises
    ------
    UsageError : there is none.

    Examples
    --------
    >>> find("sdr_global").unit
    'dB'
    """
    if name not in BUILT_IN:
        raise UsageError(f"there is no metric {name!r}; there are {', '.join(BUILT_IN)}")
    module, _, attribute = BUILT_IN[name].partition(":")
    spec: MetricSpec = getattr(importlib.import_module(module), attribute)
    return spec
