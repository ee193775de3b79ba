"""Runs every benchmark at its own size, and writes what they print to benchmarks/README.md.

    python benchmarks/record.py

On a machine that does nothing else: with other work on its processors no figure means anything. The
load before the first benchmark stands in the file.
"""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lib import ROOT, machine

FOLDER = ROOT / "benchmarks"
NO_BENCHMARKS = ("measure", "record")


def main(folder: Path = FOLDER) -> int:
    """The exit code: 1 where a benchmark failed, which its section says."""
    sections, failures, load, start = [], 0, os.getloadavg()[0], time.perf_counter()
    for script in scripts(folder):
        print(f"{script.stem} …", flush=True)
        began = time.perf_counter()
        finished = subprocess.run([sys.executable, script], capture_output=True, text=True)
        failures += finished.returncode != 0
        sections.append(section(script, finished, time.perf_counter() - began))
    sections.insert(0, introduction(load, time.perf_counter() - start))
    (folder / "README.md").write_text("\n".join(sections), encoding="utf-8")
    return 1 if failures else 0


def scripts(folder: Path) -> Iterator[Path]:
    """The benchmarks, by name."""
    return (path for path in sorted(folder.glob("*.py")) if path.stem not in NO_BENCHMARKS)


def introduction(load: float, seconds: float) -> str:
    """What ran where.

    Args:
        load: Of the machine, before the first benchmark.
        seconds: That all of them took.
    """
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions().items())
    hardware = ", ".join(
        filter(None, [machine.cpu_name(), f"{machine.processors()} cores", machine.gpu_name()])
    )
    return (
        "# Benchmarks\n\n"
        "One script per claim; each prints both sides, measured in one run, and says at its top how. "
        "`make benchmarks` runs all of them and writes this file.\n\n"
        f"{date.today():%d %B %Y}; {hardware}; load before the first: {load:.1f}; "
        f"{seconds / 60:.0f} minutes in all; {versions}.\n"
    )


def section(script: Path, finished: subprocess.CompletedProcess[str], seconds: float) -> str:
    """The first sentence of the script's docstring, what it printed, and how long it took."""
    module = ast.parse(script.read_text(encoding="utf-8"))
    purpose = str(ast.get_docstring(module)).splitlines()[0]
    printed = finished.stdout.rstrip()
    if finished.returncode:
        printed += f"\nfailed with exit code {finished.returncode}:\n{finished.stderr.rstrip()}"
    return f"## {script.stem}\n\n{purpose}\n\n```\n{printed.lstrip()}\n```\n\nIn {seconds:.0f} s.\n"


if __name__ == "__main__":
    sys.exit(main())
