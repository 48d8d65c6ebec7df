"""Files of every format, damaged at random: `benchmarks/fuzz_io.py`, a few cases of it."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "fuzz_io.py"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of CPU time are POSIX")
def test_damaged_files_are_read_or_refused_and_nothing_else():
    done = subprocess.run(
        [sys.executable, SCRIPT, "--count", "360"], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 failed" in done.stdout
