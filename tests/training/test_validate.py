import numpy as np
import pytest
import soundfile

torch = pytest.importorskip("torch")

from partita.core import InputError  # noqa: E402
from partita.training.data import load_bank  # noqa: E402
from partita.training.validate import (  # noqa: E402
    bank_cases,
    estimate,
    song_cases,
    summary,
    validate,
)

RATE = 16000
CPU = torch.device("cpu")


class Share(torch.nn.Module):
    """Gives every stem the same share of the spectrum."""

    def forward(self, spectrum):
        return torch.stack([spectrum / 4] * 4, dim=1)


def write_song(folder, names, seconds=1.0, rate=RATE, channels=2):
    folder.mkdir()
    rng = np.random.default_rng(0)
    stems = {}
    for name in names:
        stems[name] = 0.1 * rng.standard_normal((round(seconds * rate), channels))
        soundfile.write(folder / f"{name}.wav", stems[name], rate, subtype="FLOAT")
    return stems


def test_a_band_gets_a_voice_at_the_usual_level(bank_folder, make_config):
    cases = bank_cases(load_bank(bank_folder), make_config())
    assert [case.id for case in cases] == ["band/2", "song/1"]
    vocals, rest = cases[0].stems[0], cases[0].stems[1:].sum(dim=0)
    level_db = 10 * torch.log10(vocals.square().mean() / rest.square().mean())
    assert float(level_db) == pytest.approx(-4, abs=0.5)
    assert not cases[0].joined
    assert cases[1].joined


def test_at_most_so_many_seconds_are_taken(bank_folder, make_config):
    config = make_config(run={"validate_items": 1, "validate_s": 0.5, "songs_s": 0.25})
    cases = bank_cases(load_bank(bank_folder), config)
    assert [case.stems.shape[-1] for case in cases] == [RATE // 2, RATE // 4]


def test_a_quarter_of_the_mixture_scores_as_it_should(bank_folder, make_config):
    config = make_config()
    cases = bank_cases(load_bank(bank_folder), config)
    rows = validate(Share(), cases[:1], config, CPU)
    stems = cases[0].stems
    for row, reference in zip(rows, stems, strict=True):
        error = reference - stems.sum(dim=0) / 4
        expected = 10 * torch.log10(reference.square().sum() / error.square().sum())
        assert row["sdr_global"] == pytest.approx(float(expected), abs=0.01)
    assert summary(rows)["drums"]["sdr_global"] == rows[1]["sdr_global"]


def test_where_only_the_sum_is_known_the_sum_is_scored(bank_folder, make_config):
    config = make_config()
    song = bank_cases(load_bank(bank_folder), config)[1]
    rows = validate(Share(), [song], config, CPU)
    assert [row["stem"] for row in rows] == ["vocals", "drums", "bass+other"]


def test_validation_leaves_the_network_as_it_was(bank_folder, make_config):
    network = Share().train()
    validate(network, bank_cases(load_bank(bank_folder), make_config()), make_config(), CPU)
    assert network.training


def test_a_silent_stem_is_not_scored(bank_folder, make_config):
    config = make_config()
    case = bank_cases(load_bank(bank_folder), config)[0]
    case.stems[1] = 0
    rows = validate(Share(), [case], config, CPU)
    assert [row["stem"] for row in rows] == ["vocals", "bass", "other"]


@pytest.mark.parametrize("level", [1e-4, 1.0, 30.0])
def test_the_estimate_does_not_depend_on_the_level(make_config, level):
    mix = torch.randn(2, 4000)
    stems = estimate(Share(), level * mix, make_config().spectrum)
    assert torch.allclose(stems / level, (mix / 4).expand(4, 2, 4000), atol=1e-5)


def test_voices_of_a_song_are_added_up(tmp_path, make_config):
    names = ["lead_vocals", "backing_vocals", "drums", "other", "mixture"]
    written = write_song(tmp_path / "song", names)
    (case,) = song_cases([tmp_path / "song"], make_config())
    assert case.id == "song"
    assert case.joined
    voices = (written["lead_vocals"] + written["backing_vocals"]).T
    assert np.allclose(case.stems[0].numpy(), voices, atol=1e-5)
    assert np.allclose(case.stems[2].numpy(), written["other"].T, atol=1e-5)
    assert not case.stems[3].any()


def test_a_song_with_bass_has_four_stems(tmp_path, make_config):
    write_song(tmp_path / "song", ["vocals", "drums", "bass", "other"], channels=1)
    (case,) = song_cases([tmp_path / "song"], make_config())
    assert not case.joined
    assert case.stems.shape == (4, 2, RATE)


def test_a_song_at_another_rate_is_resampled(tmp_path, make_config):
    write_song(tmp_path / "song", ["vocals", "drums"], rate=48000)
    (case,) = song_cases([tmp_path / "song"], make_config())
    assert case.stems.shape == (4, 2, RATE)


def test_an_unknown_stem_is_named(tmp_path, make_config):
    write_song(tmp_path / "song", ["vocals", "kazoo"])
    with pytest.raises(InputError, match=r"kazoo\.wav is not one of vocals, drums, bass, other"):
        song_cases([tmp_path / "song"], make_config())


def test_a_folder_without_stems_is_refused(tmp_path, make_config):
    with pytest.raises(InputError, match="holds no stems"):
        song_cases([tmp_path], make_config())


def test_stems_of_different_lengths_are_refused(tmp_path, make_config):
    write_song(tmp_path / "song", ["vocals"])
    soundfile.write(tmp_path / "song" / "drums.wav", np.zeros((100, 2)), RATE)
    with pytest.raises(InputError, match="not equally long"):
        song_cases([tmp_path / "song"], make_config())
