import numpy as np
import pytest

from partita.core import Audio, InputError, UsageError
from partita.io import load, save
from partita.jobs.remix import find_stems, remix
from partita.signal.loudness import LoudnessMeter

RATE = 16_000


@pytest.fixture
def stems(tmp_path, rng):
    folder = tmp_path / "song"
    folder.mkdir()
    (folder / "partita.json").write_text("{}")
    for name, level in (("vocals", 0.1), ("drums", 0.05), ("bass", 0.02)):
        samples = level * rng.uniform(-1, 1, (2, 3 * RATE))
        save(folder / f"{name}.wav", Audio(samples, RATE))
    return find_stems(folder)


def measured(path):
    meter = LoudnessMeter(RATE, 2)
    meter.push(load(path).samples)
    return meter.loudness_lufs, meter.true_peak_dbtp()


def total(stems):
    return sum(load(path).samples.astype(np.float64) for path in stems.values())


def test_without_changes_the_mix_is_the_sum(tmp_path, stems):
    done = remix(stems, tmp_path / "mix.wav", gains_db={})
    assert done.gain_db == 0
    assert np.allclose(load(tmp_path / "mix.wav").samples, total(stems), atol=1e-6)


def test_loudness_is_kept_whatever_is_turned_down(tmp_path, stems):
    save(tmp_path / "sum.wav", Audio(total(stems), RATE))
    done = remix(stems, tmp_path / "mix.wav", gains_db={"vocals": -6, "drums": -np.inf})
    expected, _ = measured(tmp_path / "sum.wav")
    assert measured(tmp_path / "mix.wav")[0] == pytest.approx(expected, abs=0.01)
    assert done.loudness_lufs == pytest.approx(expected, abs=0.01)
    mix = load(tmp_path / "mix.wav").samples
    bass, vocals = load(stems["bass"]).samples, load(stems["vocals"]).samples
    gain = 10 ** (done.gain_db / 20)
    assert np.allclose(mix, gain * (bass + 10 ** (-6 / 20) * vocals), atol=1e-6)


def test_a_true_peak_is_never_above_the_ceiling(tmp_path, stems):
    done = remix(stems, tmp_path / "mix.wav", gains_db={}, loudness_lufs=0.0)
    assert done.held_back
    assert measured(tmp_path / "mix.wav")[1] == pytest.approx(-1.0, abs=0.01)


def test_a_mix_of_nothing_is_silence(tmp_path, stems):
    remix(stems, tmp_path / "mix.flac", gains_db=dict.fromkeys(stems, -np.inf))
    assert not load(tmp_path / "mix.flac").samples.any()


def test_stems_that_do_not_fit_are_refused(tmp_path, stems, noise):
    save(tmp_path / "song/other.wav", Audio(noise.samples, 8000))
    with pytest.raises(InputError, match="one rate"):
        remix(find_stems(tmp_path / "song"), tmp_path / "mix.wav", gains_db={})
    with pytest.raises(UsageError, match="no stem 'piano'"):
        remix(stems, tmp_path / "mix.wav", gains_db={"piano": 1})
    with pytest.raises(InputError, match="not a folder"):
        find_stems(tmp_path / "nowhere")
