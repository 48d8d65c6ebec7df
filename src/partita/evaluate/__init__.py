"""Estimates against true stems: pairing, scoring, summarising."""

from partita.evaluate.folders import evaluate_folders, find_songs
from partita.evaluate.score import DEFAULT_METRICS, score_stems
from partita.evaluate.summary import Summary, summarise

__all__ = [
    "DEFAULT_METRICS",
    "Summary",
    "evaluate_folders",
    "find_songs",
    "score_stems",
    "summarise",
]
