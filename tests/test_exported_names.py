"""The public names, pinned: changing them is a decision."""

import partita


def test_the_package_exports():
    assert sorted(partita.__all__) == [
        "Audio",
        "Hints",
        "PartitaError",
        "Scores",
        "Stems",
        "Track",
        "__version__",
        "engine",
        "engines",
        "load",
        "save",
        "separate",
    ]
    for name in partita.__all__:
        assert getattr(partita, name) is not None
    assert dir(partita) == sorted(partita.__all__)
