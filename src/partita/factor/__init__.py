"""Factorization models of spectrograms: blocks that add up, and one solver for all of them."""

from partita.factor.ard import Relevant, relevant
from partita.factor.block import Block, BlockState, Factor, Halves, Prior, Sparse
from partita.factor.convolutive import Convolutive
from partita.factor.free import Free
from partita.factor.nmf import nmf
from partita.factor.placed import Placed
from partita.factor.score import noise_block, onset_block, score_block
from partita.factor.solver import Fit, fit
from partita.factor.time_frequency import TimeFrequency, minimum_phase

__all__ = [
    "Block",
    "BlockState",
    "Convolutive",
    "Factor",
    "Fit",
    "Free",
    "Halves",
    "Placed",
    "Prior",
    "Relevant",
    "Sparse",
    "TimeFrequency",
    "fit",
    "minimum_phase",
    "nmf",
    "noise_block",
    "onset_block",
    "relevant",
    "score_block",
]
