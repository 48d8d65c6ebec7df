"""A folder of estimates, or an engine, against the true stems of a dataset."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from partita.core.errors import InputError, PartitaError, PartitaWarning
from partita.core.names import printable
from partita.core.scores import Scores
from partita.core.separator import Separator
from partita.core.track import Track
from partita.datasets.files import StemFiles
from partita.datasets.folder import SongFolder
from partita.evaluate.run import ESTIMATE, Task, score_songs
from partita.evaluate.score import DEFAULT_METRICS


def tasks_of(
    reference: Path | Iterable[Track],
    estimate: Path | Separator,
    *,
    metrics: Sequence[str] = DEFAULT_METRICS,
    baselines: Sequence[str] = (),
    evidence: bool = False,
) -> list[Task]:
    """A task for each track.

    Parameters
    ----------
    reference : tracks, or a folder of songs (see `partita.datasets.folder`).
    estimate : an engine, or a folder of songs that are called as the tracks are. Where each side is
        a single song the two are paired whatever they are called.

    Raises
    ------
    InputError : a folder is missing, holds no audio, or is not laid out as the dataset is.
    """
    tracks = list(SongFolder(reference) if isinstance(reference, Path) else reference)
    if not isinstance(estimate, Path):
        return [Task(track, estimate, metrics, baselines, evidence) for track in tracks]
    songs = SongFolder(estimate).songs()
    if not songs:
        raise InputError(f"{printable(estimate)} holds no stems, nor folders with stems")
    if len(tracks) == len(songs) == 1:
        songs = {tracks[0].id: next(iter(songs.values()))}
    found = {track.id: _estimate_of(track, songs, estimate) for track in tracks}
    return [Task(track, found[track.id], metrics, baselines, evidence) for track in tracks]


def evaluate_folders(
    reference: Path, estimate: Path, *, metrics: Sequence[str] = DEFAULT_METRICS
) -> tuple[Scores, list[PartitaError]]:
    """The scores of every song and stem, and an error for each song that could not be scored.

    Parameters
    ----------
    reference, estimate : folders of songs (see `partita.datasets.folder`).

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


def _estimate_of(
    track: Track, songs: Mapping[str, StemFiles], folder: Path
) -> StemFiles | InputError:
    if track.id in songs:
        return songs[track.id]
    return InputError(f"{printable(track.id)}: there is no estimate in {printable(folder)}")
