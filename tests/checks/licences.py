"""Holds the licences of all installed packages against those that [tool.pip-licenses] allows.

    python tests/checks/licences.py

The CUDA libraries of the extra `gpu` are left out: they come under NVIDIA's own terms.
"""

import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_LOOKED_AT = (
    "cnn-paper-reproductions",  # this project
    "namex",  # of the makers of Keras, under Apache 2.0 as its repository says; its metadata name none
    "codespell",  # GPL; a tool that reads our text, no part of what we give away
)


def main() -> int:
    """1 if there is another licence; the package stands in what is printed."""
    cuda = [each.name for each in distributions() if each.name.startswith("nvidia-")]
    command = (sys.executable, "-m", "piplicenses", "--ignore-packages", *NOT_LOOKED_AT, *cuda)
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(process.stderr, end="")  # the table of all packages goes to stdout
    return process.returncode


if __name__ == "__main__":
    sys.exit(main())
