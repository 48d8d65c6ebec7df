"""A folder of estimates, or an engine, against a folder of true stems."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

from partita.core.errors import InputError, PartitaError, PartitaWarning
from partita.core.names import printable
from partita.core.scores import Scores
from partita.core.separator import Separator
from partita.evaluate.run import ESTIMATE, Task, score_songs
from partita.evaluate.score import DEFAULT_METRICS
from partita.evaluate.songs import find_songs, pair_songs


def tasks_of(
    reference: Path,
    estimate: Path | Separator,
    *,
    metrics: Sequence[str] = DEFAULT_METRICS,
    baselines: Sequence[str] = (),
) -> list[Task]:
    """A task for each song of the reference folder.

    Raises
    ------
    InputError : a folder is missing or holds no audio.
    """
    if isinstance(estimate, Path):
        return [
            Task(truth, guess, metrics, baselines)
            for truth, guess in pair_songs(reference, estimate).values()
        ]
    return [Task(song, estimate, metrics, baselines) for song in find_songs(reference).values()]


def evaluate_folders(
    reference: Path, estimate: Path, *, metrics: Sequence[str] = DEFAULT_METRICS
) -> tuple[Scores, list[PartitaError]]:
    """The scores of every song and stem, and an error for each song that could not be scored.

    Parameters
    ----------
    reference, estimate : folders as `partita.evaluate.songs` shows them.

    Raises
    ------
    InputError : a folder is missing or holds no audio.

    Warns
    -----
    PartitaWarning : a file is damaged, or lengths differ.
    """
    tables, scored = score_songs(tasks_of(reference, estimate, metrics=metrics))
    for text in (text for each in scored for text in each.warnings):
        warnings.warn(text, PartitaWarning, stacklevel=2)
    errors: list[PartitaError] = [
        InputError(each.error or printable(each.song)) for each in scored if each.error
    ]
    return tables.get(ESTIMATE, Scores.from_rows([])), errors
