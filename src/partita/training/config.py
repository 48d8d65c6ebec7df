"""What a training run is told: one TOML file, checked, unknown keys refused.

Every table has defaults, so that a file says only what differs. Times are seconds (minutes where
the name says so), levels dB, shares and probabilities 0 … 1.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from partita.core.errors import InputError, OptionError
from partita.core.names import printable

PRESETS = Path(__file__).with_name("presets")
"""The runs that come with Partita."""

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


class Table(BaseModel):
    """A table of the file: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class NetworkConfig(Table):
    """Which network: its name in `partita.nets`, and its options."""

    name: str = "tfc_tdf"
    options: dict[str, int | float | bool | list[int]] = {}


class SpectrumConfig(Table):
    """The short-time Fourier transform around the network."""

    rate: Count = 44100
    n_fft: Count = 2048
    hop: Count = 1024
    window: Literal["hann", "sine"] = "sine"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.n_fft % 2 or self.n_fft % self.hop or self.hop > self.n_fft // 2:
            raise ValueError("n_fft must be even, and hop divide it and be at most half of it")
        return self


class FirstConfig(Table):
    """A network that is asked first: what it takes the stems for is told to the one that learns.

    The examples are made at its rate, of which that of the other must be a part."""

    weights: str
    """A file, or the name of weights that come with Partita."""
    network: NetworkConfig
    spectrum: SpectrumConfig = SpectrumConfig()
    mistaken: Share = 0.0
    """Share of examples in which it is mistaken, to be corrected: see `partita.training.first`."""
    again: Share = 0.0
    """Share of examples in which the one that learns is told what it found itself, so that it may
    be asked twice."""


class DataConfig(Table):
    """How examples are drawn from the bank."""

    chunk_s: Positive = 5.0
    batch: Count = 4
    shuffled: Share = 0.5
    """Share of examples whose stems come from different places; the others belong together."""
    songs: Share = 0.25
    """Share of real songs, where the bank has any: of the examples that belong together, and of
    the stems from different places."""
    resident: bool = False
    """Hold the bank in the device's memory."""


class AugmentConfig(Table):
    """How the stems of an example are changed; see `partita.training.augment`."""

    vocals_db: float = -4.0
    """Level of the vocals against all the rest."""
    vocals_spread_db: Annotated[float, Field(ge=0)] = 4.0
    gain_db: Annotated[float, Field(ge=0)] = 3.0
    """Spread of a stem's level where stems belong together; a third more where they do not."""
    pan: Share = 0.3
    second_voice: Share = 0.2
    no_vocals: Share = 0.1
    no_drums: Share = 0.06
    no_bass: Share = 0.04
    equaliser: Share = 0.3
    equaliser_db: Annotated[float, Field(ge=0)] = 5.0
    vocal_reverb: Share = 0.35
    drum_reverb: Share = 0.1
    other_reverb: Share = 0.08
    low_pass: Share = 0.1
    compressed: Share = 0.25
    mono: Share = 0.04
    varispeed: Share = 0.0
    """Share of the stems that are played faster or slower, which moves pitch and timbre; what
    belongs together stays together."""
    varispeed_semitones: Annotated[float, Field(gt=0, le=12)] = 4.0
    """At most so much, either way."""


class LossConfig(Table):
    """L1 on the waveform and on complex spectra of several resolutions; the energy of the error,
    its logarithm or as a part of the stem's."""

    waveform: Annotated[float, Field(ge=0)] = 1.0
    spectrum: Annotated[float, Field(ge=0)] = 1.0
    energy: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the logarithm of each stem's squared error."""
    ratio: Annotated[float, Field(ge=0)] = 0.0
    """Weight of each stem's squared error over its own energy."""
    floor_db: Annotated[float, Field(le=0)] = -30.0
    """Energy relative to the mixture's: of an error, below which the logarithm hardly falls; of a
    stem, below which it is divided by this instead."""
    n_fft: tuple[Annotated[int, Field(ge=16, multiple_of=2)], ...] = (4096, 512)
    """Frame lengths beside that of the network's own spectrum; frames overlap by half."""

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if not (self.waveform or self.spectrum or self.energy or self.ratio):
            raise ValueError("one of waveform, spectrum, energy and ratio must be above 0")
        return self


class ScheduleConfig(Table):
    """How long to train, and at which rate. `steps` or `minutes` ends the run."""

    steps: Count | None = None
    minutes: Positive | None = None
    warmup_steps: Annotated[int, Field(ge=0)] = 100
    shape: Literal["cosine", "hold"] = "cosine"
    """"hold" keeps the rate until the last `decay` of the run, then falls linearly."""
    decay: Share = 0.3
    learning_rate: Positive = 1e-3
    final_rate: Share = 0.02
    """What is left of the learning rate at the end."""
    weight_decay: Annotated[float, Field(ge=0)] = 1e-2
    clip: Positive = 1.0
    """Largest norm of the gradient."""
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.999

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("give either steps or minutes")
        return self


class RunConfig(Table):
    """Where it runs, and how often it looks up."""

    seed: int = 0
    device: str = "auto"
    threads: Annotated[int, Field(ge=0)] = 0
    """0: as many as torch takes."""
    bf16: bool = True
    """Mixed precision on CUDA, and on a CPU that multiplies in bf16 (AVX512-BF16, AMX): 1.8 times
    as fast there. Other CPUs are slower with it, and never use it."""
    compile: bool = False
    log_steps: Count = 10
    checkpoint_minutes: Positive = 5.0
    validate_minutes: Positive = 15.0
    validate_items: Annotated[int, Field(ge=0)] = 8
    validate_s: Positive = 30.0
    """At most so many seconds of each validation item, from its middle."""
    songs_s: Positive = 120.0
    """At most so many seconds of each validation song, from its middle."""


class Config(Table):
    """A whole training run.

    Examples
    --------
    >>> config = Config.model_validate({"schedule": {"steps": 10}})
    >>> config.stems, config.spectrum.hop
    (('vocals', 'drums', 'bass', 'other'), 1024)
    """

    name: str = "quartet"
    stems: tuple[str, ...] = ("vocals", "drums", "bass", "other")
    network: NetworkConfig = NetworkConfig()
    spectrum: SpectrumConfig = SpectrumConfig()
    first: FirstConfig | None = None
    data: DataConfig = DataConfig()
    augment: AugmentConfig = AugmentConfig()
    loss: LossConfig = LossConfig()
    schedule: ScheduleConfig
    run: RunConfig = RunConfig()

    @model_validator(mode="after")
    def _known_stems(self) -> Self:
        if self.stems != ("vocals", "drums", "bass", "other"):
            raise ValueError("stems must be vocals, drums, bass, other, in that order")
        return self

    @model_validator(mode="after")
    def _whole_factor(self) -> Self:
        if self.rate % self.spectrum.rate:
            raise ValueError(
                f"the rate of the first network, {self.rate} Hz, must be a multiple of "
                f"{self.spectrum.rate} Hz"
            )
        return self

    @property
    def rate(self) -> int:
        """Of the examples, Hz."""
        return self.spectrum.rate if self.first is None else self.first.spectrum.rate

    @property
    def factor(self) -> int:
        """How many samples of an example make one for the network."""
        return self.rate // self.spectrum.rate

    @property
    def chunk(self) -> int:
        """Samples in an example: whole frames of the network, at least one."""
        hop = self.spectrum.hop
        return max(round(self.data.chunk_s * self.spectrum.rate / hop), 1) * hop * self.factor


def load_config(path: Path) -> Config:
    """The run that a TOML file describes.

    Raises
    ------
    InputError : no such file.
    OptionError : not TOML, an unknown key, or a value out of its range; the message names it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"there is no configuration {printable(path)}") from None
    try:
        return parse_config(text)
    except OptionError as error:
        raise OptionError(f"{printable(path)}: {error}") from error


def find_config(name: str) -> Config:
    """The run that a file describes, or a preset: `quartet-s-cpu`, `quartet-m-gpu` …

    Raises
    ------
    InputError, OptionError : as `load_config`.

    Examples
    --------
    >>> find_config("quartet-s-cpu").name
    'quartet-s'
    """
    preset = PRESETS / f"{name}.toml"
    if preset.is_file() and not Path(name).exists():
        return load_config(preset)
    if not Path(name).exists() and not name.endswith(".toml"):
        known = ", ".join(sorted(path.stem for path in PRESETS.glob("*.toml")))
        raise InputError(f"there is no configuration {printable(name)}; presets are {known}")
    return load_config(Path(name))


def with_settings(
    config: Config,
    *,
    minutes: float | None = None,
    threads: int | None = None,
    device: str | None = None,
) -> Config:
    """The configuration with what the command line says instead; None leaves a value.

    Raises
    ------
    OptionError : a value out of its range.

    Examples
    --------
    >>> with_settings(find_config("quartet-tiny"), minutes=2).schedule.steps is None
    True
    """
    table = config.model_dump()
    if minutes is not None:
        table["schedule"] |= {"minutes": minutes, "steps": None}
    for key, value in (("threads", threads), ("device", device)):
        if value is not None:
            table["run"][key] = value
    return _checked(table)


def parse_config(text: str) -> Config:
    """The run that TOML text describes; errors as `load_config`.

    Examples
    --------
    >>> parse_config("schedule = {steps = 5}").schedule.steps
    5
    >>> parse_config("schedule = {steps = 5, stepz = 6}")
    Traceback (most recent call last):
    partita.core.errors.OptionError: schedule.stepz: Extra inputs are not permitted, got 6
    """
    try:
        return _checked(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"not TOML: {error}") from error


def _checked(table: dict[str, Any]) -> Config:
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise OptionError(f"{where}: {first['msg']}, got {first['input']!r}") from None
