import json
import re
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from partita.cli.main import app
from partita.core import UsageError

RATE = 44100


@pytest.fixture
def bank(tmp_path):
    rng = np.random.default_rng(0)
    items = []
    for name, stems in (("band", ["drums", "bass", "other"]), ("singing", ["vocals"])):
        samples = rng.integers(-3000, 3000, (len(stems), 2, 2 * RATE), dtype=np.int16)
        np.save(tmp_path / f"{name}.npy", samples)
        entry = {"id": name, "file": f"{name}.npy", "kind": name, "stems": stems}
        entry |= {"scale": 1 / 32768, "seconds": 2.0}
        items += [entry | {"split": split} for split in ("train", "valid")]
    index = {"format": 1, "rate": RATE, "items": items}
    (tmp_path / "bank.json").write_text(json.dumps(index))
    return tmp_path


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(
        "[network]\noptions = { channels = 4, levels = 1, hidden = 4, squeeze = 2 }\n"
        "[data]\nchunk_s = 0.5\nbatch = 1\n"
        "[schedule]\nsteps = 2\n"
        '[run]\ndevice = "cpu"\nthreads = 1\nlog_steps = 1\n'
    )
    return path


def test_a_network_is_trained_and_exported(bank, config, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    run = tmp_path / "run"
    command = ["train", str(config), "--bank", str(bank), "--run", str(run)]
    trained = CliRunner().invoke(app, command)
    assert trained.exit_code == 0, trained.output
    first, *_, validated, last = trained.output.strip().splitlines()
    assert first.startswith("start 0")
    scores = r" +".join(rf"{stem} -?\d+\.\d\d" for stem in ("vocals", "drums", "bass", "other"))
    assert re.fullmatch(f"validate 2  on bank  SDR, dB: {scores}", validated), validated
    assert last.startswith("end 2")
    exported = CliRunner().invoke(app, ["export", str(run), "-o", str(tmp_path / "x.onnx")])
    assert exported.exit_code == 0, exported.output
    assert (tmp_path / "x.onnx").is_file()
    assert (tmp_path / "x.md").is_file()


def test_something_to_train_on_is_needed(config, tmp_path):
    pytest.importorskip("torch")
    result = CliRunner().invoke(app, ["train", str(config), "--run", str(tmp_path / "run")])
    assert isinstance(result.exception, UsageError)
    assert "give --bank or --musdb" in str(result.exception)


@pytest.mark.parametrize("verb", [["train", "quartet-tiny", "--run", "x"], ["export", "x"]])
def test_without_torch_the_missing_extra_is_named(verb):
    code = (
        "import sys; sys.modules['torch'] = None; from partita.cli.main import run;"
        f"sys.argv = ['partita', *{verb}]; run()"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 1
    assert "pip install 'partita[train]'" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_verbs_do_not_import_torch_before_they_run():
    code = (
        "import sys, partita.cli.main, partita.engines.quartet;"
        "print({'torch', 'onnx', 'onnxruntime', 'partita.training'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
