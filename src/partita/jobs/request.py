"""What to do with every file of a batch, checked before any work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, Self, get_args

from partita.core.errors import UsageError
from partita.core.hints import Hints
from partita.core.separator import Separator
from partita.io.audio import AudioFile
from partita.io.formats import BITS, FORMATS, Encoding, FileFormat
from partita.io.stem_mp4 import STEM_MP4_NAMES
from partita.jobs.hint_files import HintFile, HintSource, check_hint_files, read_hint_files
from partita.jobs.naming import (
    DEFAULT_TEMPLATE,
    MANIFEST,
    ONE_FILE_TEMPLATE,
    check_template,
    output_path,
)
from partita.jobs.pictures import check_can_draw
from partita.jobs.selection import Selection, select
from partita.jobs.shifts import check_shifts
from partita.jobs.streaming import check_hint_names

Clip = Literal["rescale", "clamp", "none"]
CLIPS: tuple[Clip, ...] = get_args(Clip)

STEM_MP4 = "stem-mp4"
"""The format that holds the recording and its four stems in one file."""


@dataclass(frozen=True)
class Request:
    """What to do with every file of a batch.

    Parameters
    ----------
    engine : a configured engine.
    folder : results go to folder/ENGINE/ and there as `template` says.
    stems, two_stems : see `select`.
    format : a key of partita.io.FORMATS, or STEM_MP4.
    encoding : how samples are stored; None: as the input, where the format can; in STEM_MP4 AAC.
    template : with {track}, {stem}, {ext}, {engine}; None: DEFAULT_TEMPLATE, or for STEM_MP4
        ONE_FILE_TEMPLATE.
    hints : side information; with several recordings only what belongs to no time of any of them.
    hint_files : files with side information, read when it is a recording's turn.
    hint_sources : the files that `hints` came from.
    overlap : share of a segment that is crossfaded with the next, 0 … 0.5; None: the engine's own.
    shifts : time-shifted passes whose mean is taken; 0 and 1: one.
    clip : where a stem would go beyond full scale, "rescale" all stems by one gain, "clamp" that
        stem there, or write float wav, which holds it ("none"). Float files are never changed.
    resume : keep what is done already and go on with what was interrupted.
    explain : folder for pictures of what the engine understood; None: none are drawn.
    """

    engine: Separator
    folder: Path
    stems: Sequence[str] | None = None
    two_stems: str | None = None
    format: str = "wav"
    encoding: Encoding | None = None
    template: str | None = None
    device: str = "auto"
    threads: int | None = None
    hints: Hints = field(default_factory=Hints)
    hint_files: tuple[HintFile, ...] = ()
    hint_sources: tuple[HintSource, ...] = ()
    overlap: float | None = None
    shifts: int = 0
    clip: Clip = "rescale"
    resume: bool = True
    explain: Path | None = None

    def check(self) -> Selection:
        """The stems that will be made, all hint files having been read (see `of`).

        Raises
        ------
        UsageError, HintError : the request makes no sense, whatever the files.
        """
        self.check_settings()
        if self.hint_files:
            raise UsageError("the files with hints have not been read: see Request.of")
        selection = select(self.engine, self.hints, stems=self.stems, two_stems=self.two_stems)
        for name in selection.outputs:
            if not name.strip(". ") or set(name) & set("/\\\0"):
                raise UsageError(f"{name!r} cannot be the name of a stem: it could be no file's")
        return self._four(selection) if self.one_file else selection

    def check_settings(self) -> None:
        """Refuse what makes no sense whatever the recordings and the content of hints.

        Raises
        ------
        UsageError, HintError : naming what it is.
        """
        check_template(self.places, one_file=self.one_file)
        check_hint_files(self.hint_files, self.hints)
        given = (*self.hints.given, *(file.hint for file in self.hint_files))
        check_hint_names(self.engine, given)
        if self.format not in (*FORMATS, STEM_MP4):
            known = ", ".join((*FORMATS, STEM_MP4))
            raise UsageError(f"there is no format {self.format!r}: use {known}")
        allowed = self.file_format.encodings
        if self.encoding and self.encoding not in allowed:
            holds = f"holds {' or '.join(allowed)}" if allowed else "has no choice of encoding"
            raise UsageError(f"{self.format} {holds}, not {self.encoding}")
        if self.overlap is not None and not 0 <= self.overlap <= 0.5:
            raise UsageError(f"--overlap must be from 0 to 0.5, got {self.overlap}")
        check_shifts(self.shifts, self.hints)
        if self.clip not in CLIPS:
            raise UsageError(f"--clip must be {', '.join(CLIPS)}, got {self.clip!r}")
        if self.clip == "none" and (self.format != "wav" or self.encoding in BITS):
            raise UsageError("--clip none writes float samples: it needs wav, without --int16/24")

    def ready(self) -> Self:
        """The request with those hint files read that are the same for all, and checked.

        Raises
        ------
        UsageError, HintError, InputError, OutputError, MissingExtra : before any recording is
            looked at.
        """
        self.check_settings()
        if self.explain is not None:
            check_can_draw(self.explain)
        read = self._with([file for file in self.hint_files if file.is_shared], track="")
        if not read.hint_files:
            read.check()
        return read

    def of(self, track: str) -> Self:
        """The request for one recording, all hint files read.

        Raises
        ------
        HintError, InputError, MissingExtra : of the hint files.
        """
        return self._with(self.hint_files, track=track)

    def _with(self, files: Sequence[HintFile], *, track: str) -> Self:
        if not files:
            return self
        read, sources = read_hint_files(files, track)
        return replace(
            self,
            hints=replace(self.hints, **{name: getattr(read, name) for name in read.given}),
            hint_files=tuple(file for file in self.hint_files if file not in files),
            hint_sources=(*self.hint_sources, *sources),
        )

    def _four(self, selection: Selection) -> Selection:
        """The selection in the order of a `.stem.mp4`.

        Raises
        ------
        UsageError : there are not four stems.
        """
        names = selection.outputs
        if len(names) != len(STEM_MP4_NAMES):
            raise UsageError(
                f"a .stem.mp4 holds four stems, but these are {len(names)}: {', '.join(names)}; "
                "write them to files of their own, or use an engine of four stems"
            )
        if set(names) == set(STEM_MP4_NAMES):
            return select(self.engine, self.hints, stems=STEM_MP4_NAMES)
        return selection

    @property
    def root(self) -> Path:
        """The folder below which everything is written."""
        return self.folder / self.engine.name

    @property
    def one_file(self) -> bool:
        """Whether one file holds all stems of a recording."""
        return self.format == STEM_MP4

    @property
    def places(self) -> str:
        """The template that is used."""
        if self.template is not None:
            return self.template
        return ONE_FILE_TEMPLATE if self.one_file else DEFAULT_TEMPLATE

    @property
    def file_format(self) -> FileFormat:
        """What holds the samples."""
        if self.one_file:
            return FORMATS["alac" if self.encoding else "m4a"]
        return FORMATS[self.format]

    def encoding_for(self, file: AudioFile) -> Encoding | None:
        """How samples are stored: as wished, else as in the input, else the best the format has."""
        if self.clip == "none":
            return "float32"
        allowed = self.file_format.encodings
        wanted = self.encoding or file.encoding
        return wanted if wanted in allowed else (allowed[-1] if allowed else None)

    def stem_path(self, track: str, stem: str) -> Path:
        return self._path(track, stem, "stem.mp4" if self.one_file else self.file_format.ending)

    def manifest_path(self, track: str) -> Path:
        return self._path(track, MANIFEST, f"{MANIFEST}.json" if self.one_file else "json")

    def _path(self, track: str, stem: str, ext: str) -> Path:
        names = {"track": track, "stem": stem, "ext": ext, "engine": self.engine.name}
        return output_path(self.root, self.places, **names)
