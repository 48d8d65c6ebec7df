"""Estimates against true stems: pairing, scoring, summarising, comparing."""

from partita.evaluate.aggregate import Aggregate, RankStability, aggregate, rank_stability
from partita.evaluate.compare import Comparison, compare
from partita.evaluate.drop_curve import DropCurve, drop_by_score, drop_curve
from partita.evaluate.folders import evaluate_folders, tasks_of
from partita.evaluate.frame_states import Coverage, coverage_table, states_of
from partita.evaluate.preflight import Finding, preflight
from partita.evaluate.results import Scored, read_results
from partita.evaluate.run import Task, score_songs
from partita.evaluate.score import DEFAULT_METRICS, score_stems
from partita.evaluate.sisec18 import load_sisec18, read_sisec18_frames, sisec18_leaderboard
from partita.evaluate.summary import Summary, summarise
from partita.evaluate.table import read_scores, read_systems, write_systems

__all__ = [
    "DEFAULT_METRICS",
    "Aggregate",
    "Comparison",
    "Coverage",
    "DropCurve",
    "Finding",
    "RankStability",
    "Scored",
    "Summary",
    "Task",
    "aggregate",
    "compare",
    "coverage_table",
    "drop_by_score",
    "drop_curve",
    "evaluate_folders",
    "load_sisec18",
    "preflight",
    "rank_stability",
    "read_results",
    "read_scores",
    "read_sisec18_frames",
    "read_systems",
    "score_songs",
    "score_stems",
    "sisec18_leaderboard",
    "states_of",
    "summarise",
    "tasks_of",
    "write_systems",
]
