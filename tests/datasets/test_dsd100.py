import pytest

from partita.core import InputError
from partita.datasets import create


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("dsd100", tmp_path)


def test_dev_is_for_training(root):
    assert [t.id for t in create("dsd100", root, subset="train")] == ["051 - A - A", "052 - B - B"]
    assert [t.id for t in create("dsd100", root, subset="test")] == ["001 - C - C"]


def test_stems_without_mixtures_are_refused(root):
    (root / "Mixtures").rename(root / "elsewhere")
    with pytest.raises(InputError, match="has no folder Mixtures; DSD100 is ROOT/Mixtures"):
        list(create("dsd100", root))
