import numpy as np

from partita.datasets import demo_track


def test_the_mix_is_the_sum_of_the_stems_and_does_not_clip():
    track = demo_track()
    mix, stems = track.mix(), track.stems()
    assert 15 <= mix.duration_s <= 25
    assert np.allclose(stems.samples.sum(axis=0), mix.samples, atol=1e-6)
    assert np.max(np.abs(mix.samples)) < 0.95


def test_every_stem_sounds():
    stems = demo_track().stems()
    for name, audio in stems.items():
        frames = audio.samples[:, : 20 * audio.rate].reshape(2, 40, -1)
        level = 10 * np.log10(np.mean(frames**2, axis=(0, 2)) + 1e-12)
        assert level.max() > -30, name
