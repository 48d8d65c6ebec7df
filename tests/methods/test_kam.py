import numpy as np
import pytest
from scipy import ndimage

from partita.methods import backfit, median_cross, median_filter


@pytest.mark.parametrize("shape", [(40, 50), (70, 9), (3, 4), (1, 1)])
@pytest.mark.parametrize(("freq_bins", "time_frames"), [(5, 3), (1, 7), (3, 1), (1, 1)])
def test_the_median_over_a_cross_is_scipys(rng, shape, freq_bins, time_frames):
    x = rng.standard_normal(shape)
    cross = np.zeros((freq_bins, time_frames), bool)
    cross[freq_bins // 2] = cross[:, time_frames // 2] = True
    expected = ndimage.median_filter(x, footprint=cross, mode="nearest")
    assert np.array_equal(median_cross(x, freq_bins=freq_bins, time_frames=time_frames), expected)


def notes_and_hits():
    notes, hits = np.zeros((60, 80)), np.zeros((60, 80))
    notes[[10, 25, 44]] = 1
    hits[:, [13, 40, 71]] = 1
    return notes, hits


KERNELS = (lambda x: median_filter(x, 9), lambda x: median_filter(x.T, 9).T)


def test_notes_and_hits_are_told_apart_but_where_they_cross():
    notes, hits = notes_and_hits()
    masks = backfit(notes + hits, KERNELS)
    alone = (notes + hits) == 1
    assert np.allclose((masks * (notes + hits))[:, alone], np.stack([notes, hits])[:, alone])


def test_masks_add_up_and_the_mixture_is_not_changed(rng):
    magnitude = rng.exponential(size=(30, 40))
    before = magnitude.copy()
    masks = backfit(magnitude, KERNELS, iterations=2)
    assert np.allclose(masks.sum(axis=0), 1)
    assert np.array_equal(magnitude, before)


def test_more_iterations_decide_more(rng):
    magnitude = rng.exponential(size=(40, 50))
    decided = [np.mean(np.abs(backfit(magnitude, KERNELS, iterations=n)[0] - 0.5)) for n in (1, 4)]
    assert decided[1] > decided[0]
