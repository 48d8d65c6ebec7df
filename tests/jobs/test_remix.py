import numpy as np
import pytest

from partita.core import Audio, InputError, UsageError
from partita.io import load, load_stem_mp4, save
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
    return sum(load(file.path).samples.astype(np.float64) for file in stems.values())


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
    bass, vocals = load(stems["bass"].path).samples, load(stems["vocals"].path).samples
    gain = 10 ** (done.gain_db / 20)
    assert np.allclose(mix, gain * (bass + 10 ** (-6 / 20) * vocals), atol=1e-6)


def test_a_true_peak_is_never_above_the_ceiling(tmp_path, stems):
    done = remix(stems, tmp_path / "mix.wav", gains_db={}, loudness_lufs=0.0)
    assert done.held_back
    assert measured(tmp_path / "mix.wav")[1] == pytest.approx(-1.0, abs=0.01)


def test_a_mix_of_nothing_is_silence(tmp_path, stems):
    remix(stems, tmp_path / "mix.flac", gains_db=dict.fromkeys(stems, -np.inf))
    assert not load(tmp_path / "mix.flac").samples.any()


def test_a_stem_file_holds_the_mix_and_the_stems_at_their_new_levels(tmp_path, stems):
    save(tmp_path / "song/other.wav", Audio(np.zeros((2, 3 * RATE)), RATE))
    path = tmp_path / "new.stem.mp4"
    stems = find_stems(tmp_path / "song")
    done = remix(stems, path, gains_db={"vocals": -6}, encoding="int24")
    mix, parts = load_stem_mp4(path)
    assert parts.names == ("drums", "bass", "other", "vocals")
    gain = 10 ** ((done.gain_db - 6) / 20)
    vocals = load(stems["vocals"].path).samples
    assert np.allclose(parts["vocals"].samples, gain * vocals, atol=2**-22)
    assert np.allclose(parts.samples.sum(axis=0), mix.samples, atol=2**-21)
    again = remix(find_stems(path), tmp_path / "mix.wav", gains_db={})
    assert np.allclose(load(again.path).samples, mix.samples, atol=2**-21)


def test_a_stem_file_of_three_is_refused(tmp_path, stems):
    with pytest.raises(UsageError, match="four stems, but these are bass, drums, vocals"):
        remix(stems, tmp_path / "a.stem.mp4", gains_db={})
    assert [p.name for p in tmp_path.iterdir()] == ["song"]


def test_stems_that_do_not_fit_are_refused(tmp_path, stems, noise):
    save(tmp_path / "song/other.wav", Audio(noise.samples, 8000))
    with pytest.raises(InputError, match="one rate"):
        remix(find_stems(tmp_path / "song"), tmp_path / "mix.wav", gains_db={})
    with pytest.raises(UsageError, match="no stem 'piano'"):
        remix(stems, tmp_path / "mix.wav", gains_db={"piano": 1})
    with pytest.raises(InputError, match="not a folder"):
        find_stems(tmp_path / "nowhere")
