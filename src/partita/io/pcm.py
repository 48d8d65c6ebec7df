"""Integer samples: a code of b bits is the sample times 2^(b-1), rounded to the nearest integer.

libsndfile multiplies by 2^(b-1) - 1 when it writes floats and divides by 2^(b-1) when it reads
them; what is read and written again would change. Here both use 2^(b-1), so a round trip is exact.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def quantise(
    samples: NDArray[np.floating], bits: int, *, kind: type[np.signedinteger] = np.int64
) -> NDArray[np.signedinteger]:
    """Integer codes of samples, rounded half to even, not clipped.

    Parameters
    ----------
    kind : of the codes; int32 is faster, where the caller knows that they fit.

    Examples
    --------
    >>> quantise(np.array([0.5, -1.0, 1.0]), 16)
    array([ 16384, -32768,  32768])
    """
    # exact: a power of two
    scaled = samples * samples.dtype.type(2.0 ** (bits - 1))
    np.rint(scaled, out=scaled)
    codes: NDArray[np.signedinteger] = scaled.astype(kind)
    return codes


def clip_codes(codes: NDArray[np.signedinteger], bits: int) -> NDArray[np.signedinteger]:
    """The codes limited to what `bits` bits hold."""
    limited: NDArray[np.signedinteger] = np.clip(codes, -(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return limited


def fits(codes: NDArray[np.signedinteger], bits: int) -> bool:
    """Whether every code fits `bits` bits.

    Examples
    --------
    >>> fits(np.array([32767]), 16), fits(np.array([32768]), 16)
    (True, False)
    """
    if not codes.size:
        return True
    return bool(codes.max() < 1 << (bits - 1) and codes.min() >= -(1 << (bits - 1)))
