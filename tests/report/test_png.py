import base64
import io

import numpy as np
import pytest
from matplotlib import image

from partita.core.errors import UsageError
from partita.report.png import data_uri, png


def test_another_library_reads_the_same_pixels(rng):
    picture = rng.integers(0, 256, (13, 29), dtype=np.uint8)
    ramp = np.arange(256, dtype=np.uint8)[np.newaxis]
    palette = image.imread(io.BytesIO(png(ramp)))[0, :, :3]
    assert np.allclose(image.imread(io.BytesIO(png(picture)))[..., :3], palette[picture])


def test_louder_is_lighter():
    ramp = image.imread(io.BytesIO(png(np.arange(256, dtype=np.uint8)[np.newaxis])))[0, :, :3]
    lightness = ramp @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -1e-6).all()
    assert lightness[0] < 0.1
    assert lightness[-1] > 0.9


def test_an_address_holds_the_whole_picture():
    picture = np.zeros((2, 3), np.uint8)
    kind, _, text = data_uri(picture).partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(text) == png(picture)


@pytest.mark.parametrize(
    "picture", [np.zeros(3, np.uint8), np.zeros((2, 2)), np.zeros((0, 2), "u1")]
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(UsageError, match="uint8"):
        png(picture)
