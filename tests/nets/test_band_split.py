import pytest

torch = pytest.importorskip("torch")

from partita.nets.band_split import BandJoin, BandSplit, band_count, band_regions  # noqa: E402


@pytest.mark.parametrize("n_fft", [256, 512, 1024, 2048, 4096])
@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_every_bin_belongs_to_one_band(n_fft, rate):
    covered = 0
    for first, bands, width in band_regions(n_fft, rate):
        assert first == covered
        covered += bands * width
    bins = n_fft // 2 + 1
    assert bins <= covered < bins + 16


def test_2048_samples_at_44100_hz_make_209_bands():
    assert band_regions(2048) == ((0, 96, 1), (96, 72, 4), (384, 41, 16))
    assert band_count(2048) == 209


def test_bands_are_fine_below_2_khz_and_coarse_above_8():
    hz = 44100 / 2048
    widths = {first * hz: width for first, _, width in band_regions(2048)}
    assert [width for edge, width in widths.items() if edge <= 2000] == [1]
    assert [width for edge, width in widths.items() if edge > 8000] == [16]


def test_shapes():
    split = BandSplit(4, 6, n_fft=2048)
    join = BandJoin(6, 8, n_fft=2048)
    bands = split(torch.randn(2, 4, 5, 1025))
    assert bands.shape == (2, 6, 5, 209)
    assert join(bands).shape == (2, 8, 5, 1025)


@pytest.mark.parametrize("bin_", [0, 95, 96, 383, 384, 1024])
def test_a_bin_changes_its_own_band_only(bin_):
    split = BandSplit(1, 3, n_fft=2048)
    x = torch.zeros(1, 1, 1, 1025)
    silent = split(x)
    x[..., bin_] = 1
    changed = (split(x) != silent).any(dim=1).flatten().nonzero().flatten().tolist()
    first, _, width = next(r for r in reversed(band_regions(2048)) if r[0] <= bin_)
    before = sum(b for f, b, _ in band_regions(2048) if f < first)
    assert changed == [before + (bin_ - first) // width]


def test_a_band_changes_its_own_bins_only():
    join = BandJoin(2, 1, n_fft=2048)
    x = torch.zeros(1, 2, 1, 209)
    silent = join(x)
    x[..., 100] = 1
    changed = (join(x) != silent).flatten().nonzero().flatten().tolist()
    assert changed == list(range(112, 116))
