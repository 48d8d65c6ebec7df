import io
import pickle
import zipfile

import numpy as np
import pytest

from partita.core import InputError, OutputError, UsageError
from partita.factor.dictionary import (
    Dictionary,
    load_dictionary,
    named_dictionaries,
    save_dictionary,
)


@pytest.fixture
def dictionary(rng) -> Dictionary:
    return Dictionary("guitar", rng.random((33, 5)).astype(np.float32), 8000, 64)


def test_what_is_written_is_read_again(dictionary, tmp_path):
    path = tmp_path / "guitar.npz"
    save_dictionary(dictionary, path)
    read = load_dictionary(path)
    assert (read.source, read.rate, read.n_fft) == ("guitar", 8000, 64)
    assert np.array_equal(read.W, dictionary.W)
    assert [p.name for p in tmp_path.iterdir()] == ["guitar.npz"]


def test_the_same_dictionary_is_the_same_file(dictionary, tmp_path):
    for name in ("a.npz", "b.npz"):
        save_dictionary(dictionary, tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_peak_stays_at_its_frequency(rng):
    W = np.zeros((33, 1), np.float32)
    W[8] = 1  # 1000 Hz
    moved = Dictionary("a", W, 8000, 64).at(12000, 128)
    assert np.argmax(moved[:, 0]) * 12000 / 128 == pytest.approx(1000, abs=12000 / 128)
    assert not moved[np.arange(65) * 12000 / 128 > 4000].any()


def write(path, **arrays):
    np.savez(path, **arrays)
    return path


def good(**changes):
    fields = {
        "format": np.array("partita-dictionary-1"),
        "source": np.array("a"),
        "W": np.ones((33, 2), np.float32),
        "rate": np.array(8000),
        "n_fft": np.array(64),
    }
    return fields | changes


@pytest.mark.parametrize(
    "changes",
    [
        {"format": np.array("other")},
        {"W": np.ones((32, 2), np.float32)},
        {"W": np.ones(33, np.float32)},
        {"W": np.ones((33, 0), np.float32)},
        {"W": -np.ones((33, 2), np.float32)},
        {"W": np.full((33, 2), np.nan, np.float32)},
        {"W": np.full((33, 2), "x")},
        {"W": np.array([[{}]], dtype=object)},
        {"rate": np.array(0)},
        {"rate": np.array([8000, 2])},
        {"rate": np.array(np.inf)},
        {"rate": np.array("fast")},
        {"n_fft": np.array(-5)},
        {"n_fft": np.array(np.nan)},
    ],
    ids=lambda changes: f"{next(iter(changes))}-{next(iter(changes.values())).shape}",
)
def test_a_file_with_other_values_is_refused(changes, tmp_path):
    path = write(tmp_path / "x.npz", **good(**changes))
    with pytest.raises(InputError, match=r"x\.npz"):
        load_dictionary(path)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"PK\x03\x04" + b"\0" * 60])
def test_another_file_is_refused(content, tmp_path):
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="not a dictionary"):
        load_dictionary(path)


def test_a_missing_array_or_file_is_said(tmp_path):
    fields = good()
    del fields["W"]
    with pytest.raises(InputError, match=r"W\.npy"):
        load_dictionary(write(tmp_path / "x.npz", **fields))
    with pytest.raises(InputError, match="No such file"):
        load_dictionary(tmp_path / "none.npz")


def archive_with(path, header_shape, body=b""):
    """A dictionary whose W claims a shape that its bytes do not have."""
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f4", "fortran_order": False, "shape": header_shape}
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, value in good().items():
            member = io.BytesIO()
            np.lib.format.write_array(member, value)
            data = buffer.getvalue() + body if key == "W" else member.getvalue()
            archive.writestr(f"{key}.npy", data)
    return path


def test_a_size_that_the_file_claims_is_not_believed(tmp_path):
    with pytest.raises(InputError, match="not a dictionary"):
        load_dictionary(archive_with(tmp_path / "x.npz", (33, 10**12)))


def test_a_bomb_is_not_unpacked(tmp_path):
    path = archive_with(tmp_path / "x.npz", (33, 2), body=b"\0" * (65 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(InputError, match="holds 68157"):
        load_dictionary(path)


def test_nothing_is_ever_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("it was unpickled",))

    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        for key in good():
            archive.writestr(f"{key}.npy", pickle.dumps(Trap()))
    with pytest.raises(InputError):
        load_dictionary(tmp_path / "x.npz")


def test_a_folder_that_is_not_there_is_said(dictionary, tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        save_dictionary(dictionary, tmp_path / "none" / "x.npz")


def test_two_files_of_one_name_are_refused():
    with pytest.raises(UsageError, match="one name"):
        named_dictionaries(["a/guitar.npz", "b/Guitar.npz"])
