import pytest
from typer.testing import CliRunner

import partita
from partita.cli.main import app
from partita.core import Audio, InputError, UsageError
from partita.factor.dictionary import load_dictionary


@pytest.fixture
def clips(tmp_path, rng):
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("one.wav", "two.flac"):
        partita.save(folder / name, Audio(rng.uniform(-0.3, 0.3, (1, 9000)), 8000))
    return folder


def run(*arguments):
    return CliRunner().invoke(app, ["train-dictionary", *map(str, arguments)])


def test_clips_become_a_dictionary_that_separates(clips, tmp_path, rng):
    result = run(clips, "-o", tmp_path / "Noise.npz", "--rank", 5, "--iterations", 10)
    assert result.exit_code == 0, result.output
    assert "one.wav" in result.output
    assert "5 spectra" in result.output
    dictionary = load_dictionary(tmp_path / "Noise.npz")
    assert (dictionary.source, dictionary.W.shape) == ("noise", (2049, 5))
    engine = partita.engine("semi_supervised_nmf", dictionaries=str(tmp_path / "Noise.npz"))
    audio = Audio(rng.uniform(-0.3, 0.3, (2, 8000)), 8000)
    assert partita.separate(audio, engine=engine).names == ("noise", "rest")


def test_what_cannot_be_is_refused(clips, tmp_path):
    for arguments, error, why in (
        ((clips, "-o", tmp_path / "x.wav"), UsageError, ".npz"),
        ((clips, "-o", tmp_path / "x.npz", "--n-fft", 1001), UsageError, "multiple of 4"),
        ((tmp_path / "none.wav", "-o", tmp_path / "x.npz"), InputError, "none.wav"),
    ):
        result = run(*arguments)
        assert isinstance(result.exception, error), result.output
        assert why in str(result.exception)
    assert not (tmp_path / "x.npz").exists()
