import numpy as np
import pytest

from partita.datasets import create
from partita.io import load


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("choral_singing", tmp_path)


def tracks(root, **options):
    return {track.id: track for track in create("choral_singing", root, **options)}


def test_a_quartet_is_the_same_singer_of_each_part(root):
    found = tracks(root)
    assert list(found) == ["ER-1", "ER-2", "ND-1", "ND-2"]
    alto = load(root / "CSD_ER_alto_2.wav").samples
    assert np.array_equal(found["ER-2"].stems()["alto"].samples[:, : alto.shape[1]], alto)


def test_a_choir_sums_the_singers_of_a_part(root):
    stems = tracks(root, voices="choir")["ER"].stems()
    both = [load(root / f"CSD_ER_bass_{n}.wav").samples for n in (1, 2)]
    length = both[1].shape[1]
    assert np.allclose(stems["bass"].samples[:, :length], both[0][:, :length] + both[1], atol=1e-7)


def test_single_singers_are_numbered(root):
    names = tracks(root, voices="singers")["ND"].stems().names
    assert names[:3] == ("soprano 1", "soprano 2", "alto 1")
    assert len(names) == 8


def test_every_singer_has_a_pitch_and_every_part_its_notes(root):
    hints = tracks(root)["ER-2"].hints()
    assert hints.pitch.f0_hz["tenor"][0] == 222
    assert hints.score.parts == ("soprano", "alto", "tenor", "bass")
    assert tracks(root, voices="choir")["ER"].hints().given == ("score",)


def test_what_has_no_annotations_has_no_hints(root):
    for path in [*root.glob("*.f0"), *root.glob("*.mid")]:
        path.unlink()
    assert tracks(root)["ER-1"].hints().given == ()


def test_the_names_of_the_first_version_are_understood(root):
    spelt = {"soprano": "Soprano_{}05", "alto": "ContraAlt_{}07", "bass": "Bajos_{}04"}
    for path in root.glob("CSD_ND_*.wav"):
        part, singer = path.stem.split("_")[2:]
        new = spelt.get(part, "tenor{}-06-2").format(singer)
        path.rename(path.with_name(f"nino_{new}.wav"))
    stems = tracks(root)["nino-2"].stems()
    assert stems.names == ("soprano", "alto", "tenor", "bass")
    tenor = load(root / "nino_tenor2-06-2.wav").samples
    assert np.array_equal(stems["tenor"].samples[:, : tenor.shape[1]], tenor)


def test_a_real_song_in_one_folder_is_four_quartets(recordings):
    found = tracks(recordings / "choral-singing")
    assert list(found) == ["nino-1", "nino-2", "nino-3", "nino-4"]
    bass = load(recordings / "choral-singing/nino_Bajos_404.flac")
    stems = found["nino-4"].stems()
    assert np.array_equal(stems["bass"].samples[:, : bass.length], bass.samples)
