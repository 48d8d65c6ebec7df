"""Results of an evaluation as one HTML file that holds everything it needs."""

from partita.report.page import build_report, check_installed, write_report
from partita.report.result import Result, read_result, result_of, with_sound
from partita.report.settings import Settings

__all__ = [
    "Result",
    "Settings",
    "build_report",
    "check_installed",
    "read_result",
    "result_of",
    "with_sound",
    "write_report",
]
