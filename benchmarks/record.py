"""Runs benchmarks at their own size, and writes what they print to benchmarks/README.md.

    python benchmarks/record.py [NAME ...]

All of them, one after another, without names: an hour or more. The file is written anew after each; what it
holds of the others stays, so that it may also be made a few at a time. To be run on a machine that does
nothing else: with other work on its processors no figure means anything. The load before each benchmark
stands in its section.
"""

import argparse
import ast
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from lib import ROOT, machine
from lib.storage import write_text

FOLDER = ROOT / "benchmarks"
NO_BENCHMARKS = ("measure", "record")
HEADING = re.compile(r"^## (\w+)$", re.MULTILINE)
INTRODUCTION = (
    "# Benchmarks\n\n"
    "One script per claim; each prints both sides, measured in one run, and says at its top how. "
    "`make benchmarks` runs all of them and writes this file; `python benchmarks/record.py NAME` measures one "
    "anew.\n"
)


def main(folder: Path = FOLDER, names: Sequence[str] = ()) -> int:
    """The exit code: 1 where a benchmark failed, which its section says; 2 for a name that none has."""
    known = {script.stem: script for script in scripts(folder)}
    if unknown := sorted(set(names) - set(known)):
        print(f"Unknown: {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    target, failures = folder / "README.md", 0
    sections = read_sections(target)
    for name in names or known:
        print(f"{name} …", flush=True)
        load, began = os.getloadavg()[0], time.perf_counter()
        finished = subprocess.run([sys.executable, known[name]], capture_output=True, text=True)
        failures += finished.returncode != 0
        sections[name] = section(known[name], finished, load, time.perf_counter() - began)
        write_text(
            target, "\n".join([INTRODUCTION, *(sections[k] for k in known if k in sections)])
        )
    return 1 if failures else 0


def scripts(folder: Path) -> Iterator[Path]:
    """The benchmarks, by name."""
    return (path for path in sorted(folder.glob("*.py")) if path.stem not in NO_BENCHMARKS)


def read_sections(file: Path) -> dict[str, str]:
    """Benchmark → its section in a file that was written before; nothing where there is no file."""
    if not file.is_file():
        return {}
    text = file.read_text(encoding="utf-8")
    starts = list(HEADING.finditer(text))
    ends = [*(start.start() for start in starts[1:]), len(text)]
    return {
        start[1]: text[start.start() : end].rstrip() + "\n"
        for start, end in zip(starts, ends, strict=True)
    }


def section(
    script: Path, finished: subprocess.CompletedProcess[str], load: float, seconds: float
) -> str:
    """The first sentence of the script's docstring, what it printed, and when and on what it was measured.

    Args:
        load: Of the machine, before it began.
        seconds: That it took.
    """
    module = ast.parse(script.read_text(encoding="utf-8"))
    purpose = str(ast.get_docstring(module)).splitlines()[0]
    printed = finished.stdout.rstrip()
    if finished.returncode:
        printed += f"\nfailed with exit code {finished.returncode}:\n{finished.stderr.rstrip()}"
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions().items())
    hardware = ", ".join(
        filter(None, [machine.cpu_name(), f"{machine.processors()} cores", machine.gpu_name()])
    )
    return (
        f"## {script.stem}\n\n{purpose}\n\n```\n{printed.lstrip()}\n```\n\n"
        f"In {seconds:.0f} s on {date.today():%d %B %Y}; {hardware}; load before: {load:.1f}; {versions}.\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="of a script in this folder")
    sys.exit(main(names=parser.parse_args().names))
