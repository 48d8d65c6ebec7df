"""Estimates against true stems: pairing, scoring, summarising."""

from partita.evaluate.folders import evaluate_folders, tasks_of
from partita.evaluate.preflight import Finding, preflight
from partita.evaluate.run import Scored, Task, score_songs
from partita.evaluate.score import DEFAULT_METRICS, score_stems
from partita.evaluate.songs import Song, find_songs
from partita.evaluate.summary import Summary, summarise
from partita.evaluate.table import read_scores, read_systems, write_systems

__all__ = [
    "DEFAULT_METRICS",
    "Finding",
    "Scored",
    "Song",
    "Summary",
    "Task",
    "evaluate_folders",
    "find_songs",
    "preflight",
    "read_scores",
    "read_systems",
    "score_songs",
    "score_stems",
    "summarise",
    "tasks_of",
    "write_systems",
]
