"""The command `partita`, and `python -m partita`."""

import sys
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line; an interrupt while it is still being loaded is no traceback either."""
    try:
        from partita.cli.main import run as run_command
    except KeyboardInterrupt:
        print("partita: interrupted", file=sys.stderr)
        sys.exit(130)
    run_command()


if __name__ == "__main__":
    run()
