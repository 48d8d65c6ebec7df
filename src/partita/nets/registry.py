"""Every network by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from torch import nn

from partita.core.errors import OptionError
from partita.nets.band_split_rnn import BandSplitRnn
from partita.nets.tfc_tdf import TfcTdf
from partita.nets.unet import UNet

NETWORKS: Mapping[str, type[nn.Module]] = MappingProxyType(
    {"tfc_tdf": TfcTdf, "band_split_rnn": BandSplitRnn, "unet": UNet}
)
"""Name -> module. Each takes `stems` first, `n_fft` and `rate`, and then options of its own; each
maps (batch, 2, 2, frames, bins) to (batch, stems, 2, 2, frames, bins)."""


def build(name: str, *, stems: int, n_fft: int, rate: int, **options: Any) -> nn.Module:
    """The network called `name`, with random weights from torch's generator.

    Parameters
    ----------
    stems : how many. n_fft, rate : of its spectra, samples and Hz.
    options : the network's own, see its class.

    Raises
    ------
    OptionError : no such network, an option that it does not have, or a value that it cannot be
        built with.

    Examples
    --------
    >>> build("tfc_tdf", stems=4, n_fft=2048, rate=44100, channels=8, levels=2).stems
    4
    """
    if name not in NETWORKS:
        raise OptionError(f"there is no network {name!r}; there are {', '.join(NETWORKS)}")
    known = set(inspect.signature(NETWORKS[name]).parameters) - {"stems", "n_fft", "rate"}
    if unknown := sorted(set(options) - known):
        have = ", ".join(sorted(known))
        raise OptionError(f"network {name} has no option {unknown[0]!r}; it has {have}")
    try:
        return NETWORKS[name](stems, n_fft=n_fft, rate=rate, **options)
    except (TypeError, ValueError, ArithmeticError, RuntimeError) as error:
        shown = ", ".join(f"{key}={value}" for key, value in options.items())
        raise OptionError(f"network {name} cannot be built with {shown}: {error}") from error


def parameter_count(network: nn.Module) -> int:
    """How many numbers training can change."""
    return sum(parameter.numel() for parameter in network.parameters())
