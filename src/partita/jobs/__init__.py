"""Recordings through engines: in memory (`separate`), or file by file to disk (`run_batch`)."""

from partita.io.formats import AUDIO_ENDINGS
from partita.jobs.batch import run_batch
from partita.jobs.hint_files import HintFile
from partita.jobs.inputs import find_inputs
from partita.jobs.outcome import Outcome
from partita.jobs.report import BatchReport, outcome_row
from partita.jobs.request import Clip, Request
from partita.jobs.selection import Selection, select
from partita.jobs.separate import separate

__all__ = [
    "AUDIO_ENDINGS",
    "BatchReport",
    "Clip",
    "HintFile",
    "Outcome",
    "Request",
    "Selection",
    "find_inputs",
    "outcome_row",
    "run_batch",
    "select",
    "separate",
]
