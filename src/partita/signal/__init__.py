"""Pure functions on arrays: time is the last axis, spectrograms are (…, freq, frames)."""

from partita.signal.bands import split_bands
from partita.signal.masks import apply_masks, ratio_masks
from partita.signal.overlap import crossfade, segments
from partita.signal.resample import resample, resampled_length
from partita.signal.stft import istft, stft
from partita.signal.wiener import multichannel_wiener, spatial_covariance

__all__ = [
    "apply_masks",
    "crossfade",
    "istft",
    "multichannel_wiener",
    "ratio_masks",
    "resample",
    "resampled_length",
    "segments",
    "spatial_covariance",
    "split_bands",
    "stft",
]
