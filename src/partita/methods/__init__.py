"""Classical methods as pure functions: spectrograms in, masks or magnitudes out."""

from partita.methods.foreground import foreground
from partita.methods.hpss import hpss_magnitudes, median_filter
from partita.methods.kam import backfit, median_cross
from partita.methods.local_shares import local_shares
from partita.methods.mid_side import centre_mask
from partita.methods.repet import beat_spectrum, periodic_median, repeating_period
from partita.methods.repet_sim import repeating_magnitude
from partita.methods.rpca import robust_pca
from partita.methods.typical_shares import typical_shares

__all__ = [
    "backfit",
    "beat_spectrum",
    "centre_mask",
    "foreground",
    "hpss_magnitudes",
    "local_shares",
    "median_cross",
    "median_filter",
    "periodic_median",
    "repeating_magnitude",
    "repeating_period",
    "robust_pca",
    "typical_shares",
]
