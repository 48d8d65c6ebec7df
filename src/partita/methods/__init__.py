"""Classical methods as pure functions: spectrograms in, masks or magnitudes out."""

from partita.methods.hpss import hpss_magnitudes, median_filter
from partita.methods.mid_side import centre_mask
from partita.methods.repet_sim import repeating_magnitude

__all__ = ["centre_mask", "hpss_magnitudes", "median_filter", "repeating_magnitude"]
