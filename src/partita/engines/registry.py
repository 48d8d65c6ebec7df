"""Every engine by name: the built-in ones, and those of other packages.

Another package adds engines through the entry-point group `partita.engines`:

    [project.entry-points."partita.engines"]
    my_engine = "my_package.my_engine:MyEngine"
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

from partita.core.errors import MissingExtra, OptionError, UsageError
from partita.core.separator import Separator

DEFAULT = "quartet"
"""The engine that is used when none is named."""

GROUP = "partita.engines"


@dataclass(frozen=True)
class Entry:
    """Where an engine lives, and the extra that it needs ("" for none)."""

    home: str
    extra: str = ""


BUILT_IN: Mapping[str, Entry] = MappingProxyType(
    {
        "quartet": Entry("partita.engines.quartet:Quartet"),
        "classic": Entry("partita.engines.classic:Classic"),
        "hpss": Entry("partita.engines.hpss:HPSS"),
        "mid_side": Entry("partita.engines.mid_side:MidSide"),
        "kam": Entry("partita.engines.kam:KAM"),
        "repet": Entry("partita.engines.repet:Repet"),
        "repet_sim": Entry("partita.engines.repet_sim:RepetSim"),
        "rpca": Entry("partita.engines.rpca:RPCA"),
        "nmf": Entry("partita.engines.nmf:NMF"),
        "supervised_nmf": Entry("partita.engines.supervised_nmf:SupervisedNMF"),
        "semi_supervised_nmf": Entry("partita.engines.semi_supervised_nmf:SemiSupervisedNMF"),
        "score_nmf": Entry("partita.engines.score_nmf:ScoreNMF"),
        "score_parametric": Entry("partita.engines.score_parametric:ScoreParametric"),
        "source_filter": Entry("partita.engines.source_filter:SourceFilterEngine"),
        "pitch_informed": Entry("partita.engines.pitch_informed:PitchInformed"),
        "drums_nmfd": Entry("partita.engines.drums_nmfd:DrumsNMFD"),
        "ideal_ratio_mask": Entry("partita.engines.ideal_ratio_mask:IdealRatioMask"),
        "multichannel_wiener": Entry("partita.engines.multichannel_wiener:MultichannelWiener"),
    }
)


@dataclass(frozen=True)
class OptionDescription:
    """One option of an engine, for people and programs."""

    name: str
    type: str
    default: Any
    help: str
    low: float | None
    high: float | None
    unit: str
    choices: tuple[str | int, ...]


@dataclass(frozen=True)
class Description:
    """An engine, for people and programs."""

    name: str
    summary: str
    stems: tuple[str, ...]
    uses: tuple[str, ...]
    requires: tuple[str, ...]
    adds_up: bool
    segment_s: float | None
    extra: str
    options: tuple[OptionDescription, ...]


def names() -> tuple[str, ...]:
    """The names of all engines: built-in ones first, then those of other packages, sorted."""
    plugins = sorted(point.name for point in entry_points(group=GROUP))
    return tuple(dict.fromkeys([*BUILT_IN, *plugins]))


def find(name: str) -> type[Any]:
    """The class of the engine called `name`.

    Raises
    ------
    UsageError : there is none. MissingExtra : it needs a package that is not installed.
    """
    entry = BUILT_IN.get(name) or _plugin(name)
    if entry is None:
        raise UsageError(f"there is no engine {name!r}; there are {', '.join(names())}")
    module, _, attribute = entry.home.partition(":")
    try:
        found: type[Any] = getattr(importlib.import_module(module), attribute)
        return found
    except ModuleNotFoundError as error:
        if entry.extra:
            raise MissingExtra(f"engine {name}", entry.extra) from error
        raise UsageError(f"engine {name} needs the package {error.name}") from error


def create(name: str = DEFAULT, **options: Any) -> Separator:
    """The engine called `name`, configured; making it does no work.

    Parameters
    ----------
    name : see `names`.
    options : the engine's own; text is converted to the option's type, as `--set` gives it.

    Raises
    ------
    UsageError : no such engine. OptionError : no such option, or a value that does not fit.

    Examples
    --------
    >>> create("hpss", margin="2.5").margin
    2.5
    """
    from pydantic import TypeAdapter, ValidationError

    found = find(name)
    known = [field.name for field in dataclasses.fields(found)]
    for option in options:
        if option not in known:
            have = f"it has {', '.join(known)}" if known else "it has none"
            raise OptionError(f"engine {name} has no option {option!r}; {have}")
    try:
        engine: Separator = TypeAdapter(found).validate_python(options)
        return engine
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        what = ".".join(str(part) for part in first["loc"])
        text = str(cause) if cause else f"{what}: {first['msg']}, got {first['input']!r}"
        raise OptionError(f"engine {name}: {text}") from None


def describe(name: str) -> Description:
    """What an engine is, gives, needs and can be set to."""
    found = find(name)
    engine = found()
    entry = BUILT_IN.get(name)
    return Description(
        name=name,
        summary=(found.__doc__ or "").strip().splitlines()[0],
        stems=tuple(engine.stems),
        uses=tuple(sorted(engine.uses)),
        requires=tuple(sorted(engine.requires)),
        adds_up=found.adds_up,
        segment_s=found.segment_s,
        extra=entry.extra if entry else "",
        options=tuple(_describe_option(field) for field in dataclasses.fields(found)),
    )


def options_of(engine: Separator) -> dict[str, Any]:
    """The engine's options and their values."""
    return dataclasses.asdict(engine)  # type: ignore[call-overload, no-any-return]


def to_toml(engine: Separator) -> str:
    """The engine's configuration as TOML.

    Examples
    --------
    >>> print(to_toml(create("mid_side", sharpness=2.0)), end="")
    engine = "mid_side"
    n_fft = 4096
    smooth_frames = 5
    sharpness = 2.0
    """
    lines = [f'engine = "{engine.name}"']
    for key, value in options_of(engine).items():
        # JSON's scalars are TOML's, as long as text is not escaped beyond the basic plane
        lines.append(f"{key} = {json.dumps(value, ensure_ascii=False, allow_nan=False)}")
    return "\n".join(lines) + "\n"


def from_toml(text: str) -> Separator:
    """The engine that `to_toml` described.

    Raises
    ------
    OptionError : not TOML, no `engine`, or options that do not fit.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"the configuration is not TOML: {error}") from error
    if not isinstance(name := table.pop("engine", None), str):
        raise OptionError('a configuration needs a line engine = "NAME"')
    return create(name, **table)


def _plugin(name: str) -> Entry | None:
    for point in entry_points(group=GROUP, name=name):
        return Entry(point.value)
    return None


def _describe_option(field: dataclasses.Field[Any]) -> OptionDescription:
    meta = field.metadata
    return OptionDescription(
        name=field.name,
        type=type(field.default).__name__,
        default=field.default,
        help=meta.get("help", ""),
        low=meta.get("low"),
        high=meta.get("high"),
        unit=meta.get("unit", ""),
        choices=tuple(meta.get("choices", ())),
    )
