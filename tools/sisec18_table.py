"""Makes the built-in leaderboard from every frame's scores of SiSEC 2018.

    python tools/sisec18_table.py FRAMES.parquet [OUTPUT.csv.gz]

For the layout of the input see `partita.evaluate.sisec18.read_sisec18_frames`. Values have three
decimals; a track without a defined frame has none.
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.evaluate import sisec18
from partita.evaluate.frame_states import FrameGrid, frame_grid

OUTPUT = Path(__file__).resolve().parents[1] / "src" / "partita" / "evaluate" / sisec18.DATA


def cells(values: NDArray[np.float64]) -> list[str]:
    """A track's number of defined frames, their median and their mean."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return ["0", "nan", "nan"]
    return [str(len(defined)), f"{np.median(defined):.3f}", f"{np.mean(defined):.3f}"]


def table(source: Path) -> list[list[str]]:
    """The rows of the built-in table, in the order of its columns."""
    rows: list[list[str]] = []
    for target in sisec18.TARGETS:
        systems = sisec18.read_sisec18_frames(source, metrics=sisec18.METRICS, targets=[target])
        for system, scores in systems.items():
            grids: list[FrameGrid] = [frame_grid(scores, m, target) for m in sisec18.METRICS]
            for n, track in enumerate(grids[0].tracks):
                frames = str(int(grids[0].exists[n].sum()))
                figures = [cell for grid in grids for cell in cells(grid.value[n])]
                rows.append([system, track, target, frames, *figures])
    return sorted(rows)


def write(path: Path, rows: list[list[str]]) -> None:
    """Write the table; the same rows give the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sisec18.COLUMNS)
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.getvalue().encode(), 9, mtime=0))


def main() -> None:
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    output = Path(sys.argv[2]) if len(sys.argv) == 3 else OUTPUT
    rows = table(Path(sys.argv[1]))
    write(output, rows)
    print(f"{output}: {len(rows)} rows, {output.stat().st_size} bytes")


if __name__ == "__main__":
    main()
