"""The public names of the folder, pinned."""

import partita.factor


def test_the_folder_exports():
    assert set(partita.factor.__all__) >= {
        "Block",
        "BlockState",
        "Convolutive",
        "Factor",
        "Fit",
        "Free",
        "Halves",
        "Placed",
        "Prior",
        "Relevant",
        "Sparse",
        "TimeFrequency",
        "fit",
        "minimum_phase",
        "nmf",
        "noise_block",
        "onset_block",
        "relevant",
        "score_block",
    }
    for name in partita.factor.__all__:
        assert getattr(partita.factor, name) is not None
