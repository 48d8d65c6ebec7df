"""The types that cross folders: numpy only, and nothing of Partita beneath them."""

from partita.core.audio import Audio, Stems
from partita.core.errors import (
    AudioError,
    Cancelled,
    HintError,
    InputError,
    MissingExtra,
    OptionError,
    OutputError,
    PartitaError,
    PartitaWarning,
    UsageError,
)
from partita.core.hints import (
    HINT_TYPES,
    Activity,
    Example,
    Examples,
    Hints,
    Lyrics,
    Pitch,
    References,
    Score,
)
from partita.core.scores import Scores
from partita.core.separator import (
    Explains,
    Reader,
    RefinesHints,
    Separator,
    Session,
    SeveralAtOnce,
    StemsFromHints,
)
from partita.core.track import Track

__all__ = [
    "HINT_TYPES",
    "Activity",
    "Audio",
    "AudioError",
    "Cancelled",
    "Example",
    "Examples",
    "Explains",
    "HintError",
    "Hints",
    "InputError",
    "Lyrics",
    "MissingExtra",
    "OptionError",
    "OutputError",
    "PartitaError",
    "PartitaWarning",
    "Pitch",
    "Reader",
    "References",
    "RefinesHints",
    "Score",
    "Scores",
    "Separator",
    "Session",
    "SeveralAtOnce",
    "Stems",
    "StemsFromHints",
    "Track",
    "UsageError",
]
