"""What both oracles share: the true stems, checked against the recording."""

from __future__ import annotations

from partita.core.audio import Audio, Stems
from partita.core.errors import HintError
from partita.core.hints import Hints


def reference_names(hints: Hints) -> tuple[str, ...]:
    """The names of the true stems: they decide what an oracle gives."""
    return hints.references.stems.names if hints.references else ()


def references_of(segment: Audio, hints: Hints) -> Stems:
    """The true stems of a segment.

    Raises
    ------
    HintError : none were given, or they differ from the recording in rate, channels or length.
    """
    if hints.references is None:
        raise HintError("an oracle needs the true stems: give hints=Hints(references=…)")
    stems = hints.references.stems
    if (stems.rate, stems.channels, stems.length) != (
        segment.rate,
        segment.channels,
        segment.length,
    ):
        raise HintError(
            f"the true stems ({stems.channels} channels, {stems.length} samples, {stems.rate} Hz) "
            f"do not fit the recording ({segment.channels} channels, {segment.length} samples, "
            f"{segment.rate} Hz)"
        )
    return stems
