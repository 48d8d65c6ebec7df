"""Classical methods as pure functions: spectrograms in, masks or magnitudes out."""

from partita.methods.foreground import foreground
from partita.methods.hpss import hpss_magnitudes, median_filter
from partita.methods.local_shares import local_shares
from partita.methods.mid_side import centre_mask
from partita.methods.repet_sim import repeating_magnitude
from partita.methods.typical_shares import typical_shares

__all__ = [
    "centre_mask",
    "foreground",
    "hpss_magnitudes",
    "local_shares",
    "median_filter",
    "repeating_magnitude",
    "typical_shares",
]
