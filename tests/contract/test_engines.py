"""What every registered engine must pass."""

import dataclasses
import tomllib

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

import partita
from partita.core import (
    Activity,
    Audio,
    Cancelled,
    Example,
    Examples,
    HintError,
    Hints,
    MissingExtra,
    OptionError,
    Pitch,
    References,
    Score,
    Stems,
    UsageError,
)
from partita.engines import create, describe, from_toml, names, to_toml

JOIN_TOLERANCE_DB = -25
"""Error of segments joined against the whole at once, relative to the signal: statistics taken
over a segment differ from those over the whole."""


def installed() -> list[str]:
    found = []
    for name in names():
        try:
            describe(name)
        except MissingExtra:
            continue
        found.append(name)
    return found


ENGINES = installed()
assert ENGINES, "an empty list would pass every test"


def music(rate: int, channels: int, seconds: float, level: float = 0.3) -> Audio:
    """A chord with vibrato, a bass, clicks and some noise, wider than mono."""
    rng = np.random.default_rng(7)
    t = np.arange(max(round(seconds * rate), 1)) / rate
    chord = sum(np.sin(2 * np.pi * f * t + 3 * np.sin(9 * t)) for f in (220, 277, 330))
    bass = np.sin(2 * np.pi * 55 * t)
    clicks = rng.standard_normal(len(t)) * np.exp(-30 * (t % 0.5))
    left = chord + bass + clicks
    right = 0.3 * chord + bass + 0.8 * clicks + 0.05 * rng.standard_normal(len(t))
    samples = np.stack([left, right][:channels]).astype(np.float32)
    return Audio(level * samples / max(np.max(np.abs(samples)), 1e-9), rate)


def true_stems(audio: Audio) -> References:
    """Two that add up to the audio."""
    smooth = uniform_filter1d(audio.samples, 9, axis=1)
    stems = np.stack([smooth, audio.samples - smooth])
    return References(Stems(("low", "high"), stems, audio.rate))


def clips(audio: Audio) -> Examples:
    """A chord and a click, at a rate of their own."""
    rng, t = np.random.default_rng(1), np.arange(11025) / 22050
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277, 330)) / 4
    click = 0.5 * rng.standard_normal(len(t)) * np.exp(-30 * t)
    sounds = {"chord": chord, "click": click}
    return Examples(tuple(Example(n, Audio(x[None], 22050)) for n, x in sounds.items()))


def notes(audio: Audio) -> Score:
    """What `music` plays, as long as the audio."""
    end = [audio.duration_s] * 4
    return Score([0.0] * 4, end, [57, 61, 64, 33], ("chord", "chord", "chord", "bass"))


def line(audio: Audio) -> Pitch:
    """The highest voice of `music`, every 10 ms."""
    time_s = np.arange(0, audio.duration_s, 0.01)
    return Pitch(time_s, {"top": 330 + 27 / (2 * np.pi) * np.cos(9 * time_s)})


MADE_UP = {"references": true_stems, "examples": clips, "score": notes, "pitch": line}
"""Side information for each hint that an engine may need."""


def hints_for(engine, audio: Audio) -> Hints:
    """What the engine needs, and no more."""
    assert engine.requires <= set(MADE_UP), "teach this test the new hint"
    return Hints(**{hint: MADE_UP[hint](audio) for hint in engine.requires})


def run(name: str, audio: Audio, **options) -> Stems:
    engine = create(name, **options)
    return partita.separate(audio, engine=engine, hints=hints_for(engine, audio))


@pytest.fixture(params=ENGINES)
def name(request):
    return request.param


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000, 192000])
def test_length_rate_channels_and_names_are_as_declared(name, rate, channels):
    audio = music(rate, channels, 0.7)
    stems = run(name, audio)
    engine = create(name)
    assert stems.names == (engine.stems or engine.stems_from(hints_for(engine, audio)))
    assert (stems.length, stems.rate, stems.channels) == (audio.length, rate, channels)
    assert np.all(np.isfinite(stems.samples))


@pytest.mark.parametrize("length", [1, 2, 3, 100, 1023, 2049, 5000])
def test_very_short_recordings(name, length):
    audio = Audio(music(44100, 2, 1).samples[:, :length], 44100)
    stems = run(name, audio)
    assert stems.length == length
    assert np.all(np.isfinite(stems.samples))


@pytest.mark.parametrize("level", [0.3, 30.0])
def test_the_input_is_not_changed(name, level):
    audio = music(22050, 2, 0.5, level)
    before = audio.samples.copy()
    run(name, audio)
    assert np.array_equal(audio.samples, before)


def test_a_louder_input_gives_louder_stems_and_nothing_else(name):
    quiet, loud = (run(name, music(22050, 2, 1, level)).samples for level in (0.01, 0.64))
    assert np.max(np.abs(loud - 64 * quiet)) < 1e-3


def test_the_same_input_gives_the_same_output(name):
    audio = music(22050, 2, 1)
    assert np.array_equal(run(name, audio).samples, run(name, audio).samples)


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_in_silence_out(name, channels):
    audio = Audio(np.zeros((channels, 20000), np.float32), 22050)
    assert not run(name, audio).samples.any()


def test_a_silent_beginning_stays_silent(name):
    samples = np.array(music(22050, 2, 2).samples)
    samples[:, :22050] = 0
    stems = run(name, Audio(samples, 22050))
    assert np.max(np.abs(stems.samples[..., :16000])) < 1e-6


def test_stems_add_up_where_declared(name):
    audio = music(44100, 2, 1.5)
    engine = create(name)
    if not engine.adds_up:
        pytest.skip("does not promise to add up")
    hints = hints_for(engine, audio)
    wanted = engine.stems or engine.stems_from(hints)
    with engine.open() as session:
        state = session.prepare(None, hints)
        stems = session.separate(audio, hints, state=state, stems=wanted)
    assert np.max(np.abs(stems.samples.sum(axis=0) - audio.samples)) < 2e-6


def test_only_the_wanted_stems_in_the_wanted_order(name):
    audio = music(22050, 2, 1)
    engine = create(name)
    hints = hints_for(engine, audio)
    have = engine.stems or engine.stems_from(hints)
    every = partita.separate(audio, engine=engine, hints=hints)
    some = partita.separate(audio, engine=engine, hints=hints, stems=[have[-1], have[0]])
    assert some.names == (have[-1], have[0])
    for stem in some:
        assert np.allclose(some[stem].samples, every[stem].samples, atol=2e-6)


def test_segments_joined_are_nearly_the_whole(name):
    engine = create(name)
    if engine.segment_s is None:
        pytest.skip("takes the whole recording at once")
    audio = music(8000, 2, 1.9 * engine.segment_s)
    hints = hints_for(engine, audio)
    joined = partita.separate(audio, engine=engine, hints=hints)
    with engine.open() as session:
        state = session.prepare(None, hints)
        whole = session.separate(audio, hints, state=state, stems=joined.names)
    error = np.sum((joined.samples - whole.samples) ** 2) / np.sum(audio.samples**2)
    assert 10 * np.log10(error + 1e-20) < JOIN_TOLERANCE_DB


def test_a_hint_that_is_not_used_is_refused(name):
    engine = create(name)
    if "activity" in engine.uses:
        pytest.skip("uses it")
    hints = Hints(activity=Activity([0.0], [1.0], ("vocals",)))
    with pytest.raises(HintError, match=f"engine {name} cannot use the activity hint"):
        partita.separate(music(8000, 1, 0.1), engine=engine, hints=hints)


def test_a_hint_that_is_needed_is_asked_for(name):
    engine = create(name)
    if not engine.requires:
        pytest.skip("needs none")
    with pytest.raises(HintError, match=f"engine {name} needs the"):
        partita.separate(music(8000, 1, 0.1), engine=engine)


def test_the_configuration_survives_a_round_trip(name):
    engine = create(name)
    assert from_toml(to_toml(engine)) == engine
    assert tomllib.loads(to_toml(engine))["engine"] == name


def test_an_unknown_option_is_refused(name):
    with pytest.raises(OptionError, match=f"engine {name} has no option 'colour'"):
        create(name, colour="blue")


def test_every_option_knows_its_range_and_keeps_to_it(name):
    for option in describe(name).options:
        assert option.help, f"{option.name} does not say what it is for"
        for bound, beyond in ((option.low, -1), (option.high, 1)):
            if bound is not None:
                create(name, **{option.name: type(option.default)(bound)})
                with pytest.raises(OptionError, match=option.name):
                    create(name, **{option.name: type(option.default)(bound + beyond)})


def test_options_are_given_as_text_too(name):
    for option in describe(name).options:
        assert create(name, **{option.name: str(option.default)}) == create(name)


def test_an_engine_is_frozen_and_made_without_work(name):
    engine = create(name)
    assert dataclasses.is_dataclass(engine)
    assert engine.__dataclass_params__.frozen
    assert engine.name == name
    assert engine.requires <= engine.uses


def test_an_unknown_device_is_refused(name):
    with pytest.raises(UsageError, match="abacus"):
        create(name).open(device="abacus")


def test_the_work_can_be_cancelled(name):
    engine, audio = create(name), music(8000, 2, 1)
    with pytest.raises(Cancelled):
        partita.separate(
            audio, engine=engine, hints=hints_for(engine, audio), progress=lambda done: False
        )


def test_progress_runs_from_nothing_to_all(name):
    engine, audio = create(name), music(8000, 2, 1)
    seen = []
    partita.separate(audio, engine=engine, hints=hints_for(engine, audio), progress=seen.append)
    assert seen[0] == 0
    assert seen[-1] == 1
    assert seen == sorted(seen)


def test_its_first_line_says_what_it_gives(name):
    assert describe(name).summary.endswith(".")
