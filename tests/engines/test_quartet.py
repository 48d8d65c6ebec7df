import subprocess
import sys

import numpy as np
import pytest

import partita
from partita.core import Audio, InputError, UsageError
from partita.core.hints import Hints
from partita.datasets import demo_track
from partita.engines.classic import Classic
from partita.engines.onnx_network import _arena_is_shared
from partita.engines.quartet import ON_CPU, ON_CUDA, Quartet, _hedge, _providers, share_of_rules
from partita.io import save
from partita.jobs import Request, run_batch
from partita.jobs.streaming import AudioReader
from partita.metrics.sdr import sdr_global
from partita.signal.masks import apply_masks
from partita.signal.resample import faded_out
from partita.signal.stft import istft, stft
from partita.weights import embedded

STEMS = ("vocals", "drums", "bass", "other")


def exported(path, **tables):
    """A tiny network with random weights, in a file."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    from partita.training.config import Config
    from partita.training.export import to_onnx
    from partita.training.first import build_network

    torch.manual_seed(0)
    options = {"channels": 4, "levels": 1, "hidden": 4, "squeeze": 2}
    table = {"network": {"options": options}, "schedule": {"steps": 1}}
    config = Config.model_validate(table | tables)
    path.write_bytes(to_onnx(build_network(config).eval(), config, half=False))
    return path


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return exported(tmp_path_factory.mktemp("weights") / "tiny.onnx")


@pytest.fixture(scope="module")
def low(tmp_path_factory):
    """A second network, for what is below 2 kHz."""
    first = {"weights": "quartet", "network": {}}
    frame = {"rate": 4410, "n_fft": 512, "hop": 256}
    path = tmp_path_factory.mktemp("weights") / "low.onnx"
    return exported(path, first=first, spectrum=frame)


def music(rate=44100, channels=2, seconds=1.0):
    rng = np.random.default_rng(0)
    return Audio(0.1 * rng.standard_normal((channels, round(rate * seconds))), rate)


@pytest.fixture(params=["one network", "two networks"])
def engine(request, weights, low):
    second = str(low) if request.param == "two networks" else "none"
    return Quartet(weights=str(weights), low=second)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [8000, 44100, 48000, 96000])
def test_stems_add_up_at_any_rate(engine, rate, channels):
    audio = music(rate, channels)
    stems = partita.separate(audio, engine=engine)
    assert stems.names == STEMS
    assert stems.samples.shape == (4, *audio.samples.shape)
    assert np.max(np.abs(stems.samples.sum(axis=0) - audio.samples)) < 2e-6


@pytest.mark.parametrize("rate", [44100, 48000])
def test_only_the_wanted_stems_are_given(engine, rate):
    audio = music(rate)
    with engine.open() as session:
        every = session.separate(audio, Hints(), state=0.1, stems=STEMS)
        for wanted in (("drums",), ("other", "vocals")):
            some = session.separate(audio, Hints(), state=0.1, stems=wanted)
            assert some.names == wanted
            for name in wanted:
                assert np.allclose(some[name].samples, every[name].samples, atol=1e-6)


def test_the_level_of_the_recording_is_measured_over_all_of_it(engine):
    audio = music(seconds=10)
    with engine.open() as session:
        level = session.prepare(AudioReader(audio), Hints())
    assert level == pytest.approx(float(np.sqrt(np.mean(audio.samples**2))), rel=1e-5)


def test_a_louder_recording_gives_louder_stems_and_nothing_else(engine):
    audio = music()
    quiet = partita.separate(audio, engine=engine).samples
    loud = partita.separate(Audio(64 * audio.samples, 44100), engine=engine).samples
    assert np.allclose(loud, 64 * quiet, atol=1e-4)


@pytest.mark.parametrize("length", [1, 100, 2049])
def test_silence_gives_silence(engine, length):
    stems = partita.separate(Audio(np.zeros((2, length), np.float32), 44100), engine=engine)
    assert not stems.samples.any()


def test_mono_is_what_equal_channels_give(engine):
    mono = music(channels=1)
    both = Audio(np.tile(mono.samples, (2, 1)), 44100)
    one, two = (partita.separate(audio, engine=engine).samples for audio in (mono, both))
    assert np.allclose(one[:, 0], two[:, 0], atol=1e-6)


def test_a_long_recording_is_streamed(engine):
    audio = music(seconds=40)
    stems = partita.separate(audio, engine=engine)
    assert np.max(np.abs(stems.samples.sum(axis=0) - audio.samples)) < 2e-6


def test_threads_change_nothing(engine):
    audio = music()
    with engine.open(threads=1) as one, engine.open(threads=2) as two:
        found = [s.separate(audio, Hints(), state=0.1, stems=STEMS).samples for s in (one, two)]
    assert np.allclose(*found, atol=1e-6)


def test_the_result_is_the_mean_of_network_and_rules_from_300_hz_to_5_khz(weights):
    audio = music()
    network, rules, mean = (
        partita.separate(
            audio, engine=Quartet(weights=str(weights), rules=share, refine=False, hedge=0)
        ).samples
        for share in (0, 1, 0.3)
    )
    with Quartet(weights=str(weights)).open() as session:
        frame = session.networks.frame
    spectrum = stft(audio.samples.astype(np.float32), **frame)
    bins = round(5000 * frame["n_fft"] / 44100)
    masks = Classic().masks(spectrum[:, :bins], frame, audio.rate)
    alone = np.stack([stft(part, **frame) for part in network])
    known = apply_masks(masks, spectrum[:, :bins]) - alone[..., :bins, :]
    known[..., : round(300 * frame["n_fft"] / 44100), :] = 0
    alone[..., :bins, :] += known * faded_out(bins)[:, np.newaxis]
    assert np.allclose(rules, istft(alone, length=audio.length, **frame), atol=1e-6)
    shares = [share_of_rules(0.3, stem) for stem in ("vocals", "drums", "bass")]
    vocals, drums, bass = (
        (1 - share) * found + share * known
        for share, found, known in zip(shares, network, rules, strict=False)
    )
    other = audio.samples - vocals - drums - bass  # makes up for drums and bass
    assert np.allclose(mean, [vocals, drums, bass, other], atol=1e-6)


@pytest.mark.parametrize("names", [("other",), ("bass", "other"), ("other", "vocals"), ("drums",)])
def test_wanted_stems_are_those_of_the_whole(engine, names):
    audio = music()
    every = partita.separate(audio, engine=engine)
    found = partita.separate(audio, engine=engine, stems=list(names))
    for name in names:
        assert np.allclose(found[name].samples, every[name].samples, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 2])
def test_refined_stems_add_up_and_are_others(weights, channels):
    audio = music()
    audio = Audio(audio.samples[:channels], audio.rate)
    plain, refined = (
        partita.separate(audio, engine=Quartet(weights=str(weights), refine=value)).samples
        for value in (False, True)
    )
    assert np.max(np.abs(refined.sum(axis=0) - audio.samples)) < 1e-5
    assert np.max(np.abs(refined - plain)) > 1e-4
    only = partita.separate(
        audio, engine=Quartet(weights=str(weights), refine=True), stems=["bass"]
    )
    assert np.allclose(only["bass"].samples, refined[STEMS.index("bass")], atol=1e-6)


def test_other_weights_are_another_piece_of_work(weights, tmp_path):
    """Under the same name, too: what was separated with the old ones is done anew."""
    save(tmp_path / "a.wav", music(), encoding="int16")
    mine = tmp_path / "mine.onnx"
    statuses = []
    for source in (weights, weights, embedded("quartet")):
        mine.write_bytes(source.read_bytes())
        request = Request(Quartet(weights=str(mine)), tmp_path / "out")
        statuses.append(run_batch([tmp_path / "a.wav"], request)[0].status)
    assert statuses == ["done", "kept", "done"]


def test_missing_weights_are_a_clear_error():
    with pytest.raises(UsageError, match="there are no weights nowhere.onnx"):
        Quartet(weights="nowhere.onnx").open()


def test_weights_that_do_not_come_with_partita_are_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr("partita.weights.resources.files", lambda _: tmp_path)
    with pytest.raises(UsageError, match="give --set weights=FILE"):
        Quartet().open()


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "song.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(InputError, match="holds no network for quartet"):
        Quartet(weights=str(path)).open()


@pytest.mark.parametrize(("fact", "value"), [("rate", "0"), ("hop", "-256"), ("level", "nan")])
def test_a_network_with_senseless_settings_is_refused(weights, tmp_path, fact, value):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(weights)
    facts = {entry.key: entry.value for entry in model.metadata_props} | {fact: value}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, facts)
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(InputError, match="rate, frames or level"):
        Quartet(weights=str(tmp_path / "x.onnx")).open()


def test_another_device_is_refused():
    with pytest.raises(UsageError, match="on cpu and cuda, not on abacus"):
        Quartet().open(device="abacus")


@pytest.mark.parametrize(("device", "first"), [("auto", "CUDA"), ("cuda", "CUDA"), ("cpu", "CPU")])
def test_a_gpu_is_used_where_onnxruntime_has_one(monkeypatch, device, first):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [ON_CUDA, ON_CPU])
    assert _providers(device)[0] == f"{first}ExecutionProvider"


def test_a_gpu_that_is_not_there_is_a_clear_error(monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: [ON_CPU])
    assert _providers("auto") == (ON_CPU,)
    with pytest.raises(UsageError, match="install onnxruntime-gpu"):
        _providers("cuda")


def test_the_networks_share_an_arena():
    code = "from partita.engines.onnx_network import _arena_is_shared as f; print(f(), f())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"]


def test_where_somebody_else_has_an_arena_each_network_has_its_own(monkeypatch, weights):
    def refused(*_):
        raise RuntimeError("there is one")

    audio = music()
    expected = partita.separate(audio, engine=Quartet(weights=str(weights))).samples
    _arena_is_shared.cache_clear()
    monkeypatch.setattr("onnxruntime.create_and_register_allocator", refused)
    try:
        assert not _arena_is_shared()
        found = partita.separate(audio, engine=Quartet(weights=str(weights))).samples
    finally:
        _arena_is_shared.cache_clear()
    assert np.array_equal(found, expected)


def test_the_weights_that_come_with_partita_are_small_and_good():
    """On the demo song every stem is at least 6 dB better than the mixture, taken for it."""
    files = (embedded("quartet"), embedded("quartet-low"))
    assert sum(path.stat().st_size for path in files) < 10_000_000
    song = demo_track()
    mix = song.mix()
    for name, found in partita.separate(mix, engine="quartet").items():
        true = song.stems()[name].samples
        assert sdr_global(true, found.samples) > sdr_global(true, mix.samples) + 6


def test_the_same_recording_gives_the_same_stems():
    audio = music()
    once, again = (partita.separate(audio, engine="quartet").samples for _ in range(2))
    assert np.array_equal(once, again)


def test_the_second_network_changes_what_is_low_and_nothing_else(weights, low):
    audio = music()
    one, two = (
        partita.separate(
            audio, engine=Quartet(weights=str(weights), low=second, rules=0, refine=False, hedge=0)
        ).samples
        for second in ("none", str(low))
    )
    power = np.abs(np.fft.rfft(two - one)) ** 2  # 1 Hz a bin
    assert power[..., 20:1500].sum() > 0.01 * np.sum(np.abs(np.fft.rfft(one)[..., 20:1500]) ** 2)
    # what the ends of the recording cut off spreads over all frequencies
    assert power[..., 2205:].sum() < 1e-5 * power.sum()


def test_without_a_second_network_of_its_own_another_one_has_none(weights):
    audio = music()
    alone, without = (
        partita.separate(audio, engine=Quartet(weights=str(weights), **more)).samples
        for more in ({}, {"low": "none"})
    )
    assert np.array_equal(alone, without)


def test_a_second_network_at_another_rate(weights, tmp_path):
    """At a whole part of the first one's rate it works, at no other."""
    first = {"weights": "quartet", "network": {}}
    third = exported(
        tmp_path / "third.onnx", first=first, spectrum={"rate": 14700, "n_fft": 512, "hop": 256}
    )
    engine = Quartet(weights=str(weights), low=str(third))
    audio = music()
    stems = partita.separate(audio, engine=engine)
    assert np.max(np.abs(stems.samples.sum(axis=0) - audio.samples)) < 2e-6
    alone = partita.separate(audio, engine=Quartet(weights=str(weights)))
    assert np.max(np.abs(stems.samples - alone.samples)) > 1e-4
    onnx = pytest.importorskip("onnx")
    model = onnx.load(third)
    facts = {entry.key: entry.value for entry in model.metadata_props} | {"rate": "10000"}
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, facts)
    onnx.save(model, tmp_path / "odd.onnx")
    with pytest.raises(InputError, match="works at 10000 Hz, no whole part of 44100 Hz"):
        Quartet(weights=str(weights), low=str(tmp_path / "odd.onnx")).open()


def test_networks_in_each_others_place_are_refused(weights, low):
    with pytest.raises(InputError, match="belongs in the option low"):
        Quartet(weights=str(low)).open()
    with pytest.raises(InputError, match="belongs in the option weights"):
        Quartet(weights=str(weights), low=str(weights)).open()
    with pytest.raises(UsageError, match="there are no weights nowhere.onnx"):
        Quartet(low="nowhere.onnx").open()


def test_another_second_network_is_another_piece_of_work(weights, low):
    one, two = (Quartet(weights=str(weights), low=second) for second in ("none", str(low)))
    assert one.weights_sha256 != two.weights_sha256


def test_what_is_low_is_shared_out_more_evenly():
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((2, 9, 40)) + 1j * rng.standard_normal((2, 9, 40))).astype(
        np.complex64
    )
    turns = np.arange(40) % 2
    images = [x * turns, x * (1 - turns), 0 * x]
    _hedge([image[:, :4] for image in images], x[:, :4], 0.5)
    first, second, silent = images
    shares = [np.mean(np.abs(x[:, :4, turns == k]) ** 2) for k in (1, 0)]
    share = shares[0] / sum(shares)
    assert np.allclose(first[:, :4, turns == 1], (0.5 + 0.5 * share) * x[:, :4, turns == 1])
    assert np.allclose(first[:, :4, turns == 0], 0.5 * share * x[:, :4, turns == 0])
    assert np.allclose(first + second, x, atol=1e-6)
    assert np.array_equal(first[:, 4:], (x * turns)[:, 4:])
    assert not silent.any()
    nothing = [np.zeros_like(x) for _ in images]
    _hedge(nothing, np.zeros_like(x), 0.5)
    assert not np.any(nothing)


def test_the_hedge_changes_what_is_lowest_and_nothing_else():
    audio = demo_track().mix()
    stems = [
        partita.separate(audio, engine=Quartet(rules=0, refine=False, hedge=hedge)).samples
        for hedge in (0.01, 0.5)
    ]
    change = np.abs(np.fft.rfft(stems[1] - stems[0])) ** 2
    hertz = np.fft.rfftfreq(audio.length, 1 / audio.rate)
    drums_and_bass = change[1:3].sum(axis=(0, 1))
    assert drums_and_bass[hertz < 80].sum() > 0.99 * drums_and_bass.sum()
    assert np.abs(stems[1] - stems[0]).max() > 1e-3
    assert np.allclose(stems[1].sum(axis=0), audio.samples, atol=1e-5)
