"""What to do with every file of a batch, checked before any work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from partita.core.errors import UsageError
from partita.core.hints import Hints
from partita.core.separator import Separator
from partita.io.audio import AudioFile
from partita.io.formats import BITS, FORMATS, Encoding, FileFormat
from partita.jobs.naming import DEFAULT_TEMPLATE, MANIFEST, check_template, output_path
from partita.jobs.selection import Selection, select
from partita.jobs.streaming import check_hints

Clip = Literal["rescale", "clamp", "none"]
CLIPS: tuple[Clip, ...] = get_args(Clip)


@dataclass(frozen=True)
class Request:
    """What to do with every file of a batch.

    Parameters
    ----------
    engine : a configured engine.
    folder : results go to folder/ENGINE/ and there as `template` says.
    stems, two_stems : see `select`.
    format : a key of partita.io.FORMATS.
    encoding : how samples are stored; None: as the input, where the format can.
    template : with {track}, {stem}, {ext}, {engine}.
    hints : side information, the same for every file.
    overlap : share of a segment that is crossfaded with the next, 0 … 0.5; None: the engine's own.
    clip : where a stem would go beyond full scale, "rescale" all stems by one gain, "clamp" that
        stem there, or write float wav, which holds it ("none"). Float files are never changed.
    resume : keep what is done already and go on with what was interrupted.
    """

    engine: Separator
    folder: Path
    stems: Sequence[str] | None = None
    two_stems: str | None = None
    format: str = "wav"
    encoding: Encoding | None = None
    template: str = DEFAULT_TEMPLATE
    device: str = "auto"
    threads: int | None = None
    hints: Hints = field(default_factory=Hints)
    overlap: float | None = None
    clip: Clip = "rescale"
    resume: bool = True

    def check(self) -> Selection:
        """The stems that will be made.

        Raises
        ------
        UsageError, HintError : the request makes no sense, whatever the files.
        """
        check_template(self.template)
        check_hints(self.engine, self.hints)
        if self.format not in FORMATS:
            raise UsageError(f"there is no format {self.format!r}: use {', '.join(FORMATS)}")
        allowed = FORMATS[self.format].encodings
        if self.encoding and self.encoding not in allowed:
            holds = f"holds {' or '.join(allowed)}" if allowed else "has no choice of encoding"
            raise UsageError(f"{self.format} {holds}, not {self.encoding}")
        if self.overlap is not None and not 0 <= self.overlap <= 0.5:
            raise UsageError(f"--overlap must be from 0 to 0.5, got {self.overlap}")
        if self.clip not in CLIPS:
            raise UsageError(f"--clip must be {', '.join(CLIPS)}, got {self.clip!r}")
        if self.clip == "none" and (self.format != "wav" or self.encoding in BITS):
            raise UsageError("--clip none writes float samples: it needs wav, without --int16/24")
        return select(self.engine, self.hints, stems=self.stems, two_stems=self.two_stems)

    @property
    def root(self) -> Path:
        """The folder below which everything is written."""
        return self.folder / self.engine.name

    @property
    def file_format(self) -> FileFormat:
        return FORMATS[self.format]

    def encoding_for(self, file: AudioFile) -> Encoding | None:
        """How samples are stored: as wished, else as in the input, else the best the format has."""
        if self.clip == "none":
            return "float32"
        allowed = self.file_format.encodings
        wanted = self.encoding or file.encoding
        return wanted if wanted in allowed else (allowed[-1] if allowed else None)

    def stem_path(self, track: str, stem: str) -> Path:
        return self._path(track, stem, self.file_format.ending)

    def manifest_path(self, track: str) -> Path:
        return self._path(track, MANIFEST, "json")

    def _path(self, track: str, stem: str, ext: str) -> Path:
        names = {"track": track, "stem": stem, "ext": ext, "engine": self.engine.name}
        return output_path(self.root, self.template, **names)
