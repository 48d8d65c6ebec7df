"""Networks: torch modules from spectra to spectra, and nothing else.

A network takes (batch, 2, 2, frames, bins): two channels, real and imaginary part. It gives
(batch, stems, 2, 2, frames, bins). The STFT is not part of it. This folder needs torch.
"""

from partita.nets.registry import NETWORKS, build, parameter_count

__all__ = ["NETWORKS", "build", "parameter_count"]
