"""Every benchmark runs, at its smallest size, prints the figures it promises, and leaves no data behind."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from lib import ROOT

SHARED_CODE = "measure"
NUMBER = r"\d+(\.\d+)?"


class Smallest(NamedTuple):
    """The arguments of the smallest size, and what stands in the output (regular expressions)."""

    arguments: str
    figures: tuple[str, ...]
    starts_keras: bool = False


SMALLEST = {
    "decode": Smallest(
        "--images 5 --largest 20 --rounds 1",
        (
            rf"20 images: {NUMBER} MB",
            rf"ratio: +{NUMBER}",
            rf"first pass: store {NUMBER} s, Keras {NUMBER} s, ratio {NUMBER}",
            rf"later pass: store {NUMBER} s, Keras {NUMBER} s, ratio {NUMBER}",
        ),
        starts_keras=True,
    ),
    "determinism": Smallest(
        "--images-per-class 10 --epochs 1 --rounds 1",
        (
            rf"  deterministic +{NUMBER} s per epoch",
            rf"  not deterministic +{NUMBER} s per epoch",
            rf"  no random changes +{NUMBER} s per epoch",
            rf"  no random changes, XLA +{NUMBER} s per epoch",
            rf"deterministic / not: +{NUMBER}",
            rf"XLA / without: +{NUMBER}",
        ),
        starts_keras=True,
    ),
    "features_once": Smallest(
        "--images-per-class 5 --epochs 1",
        (
            rf"features once: +{NUMBER} s",
            rf"end to end: +{NUMBER} s",
            rf"ratio: +{NUMBER}",
        ),
        starts_keras=True,
    ),
    "misprints": Smallest(
        "--reports 1 --most-images 100",
        (r" 2 +100 +2 +\d+% +\d+% +0 +[\d.]+ s", r"10 +100 +4 +\d+% +\d+% +0 +[\d.]+ s"),
    ),
    "near_duplicates": Smallest(
        "--images 10",
        (
            r"drawn: 10 images of 5 originals",
            rf"hashes +{NUMBER}% +{NUMBER}% +\d+ +0 +{NUMBER}\n",
            rf"look-alikes +(skipped: it needs ImageNet weights|{NUMBER}%)",
            rf"ImageHash phash +{NUMBER}% +{NUMBER}% +\d+ +\d+ +{NUMBER}\n",
            rf"CleanVision +(skipped: CleanVision is not installed|{NUMBER}%)",
        ),
        starts_keras=True,
    ),
    "phantoms": Smallest(
        "--images 1",
        (
            rf"mammograms +malignant +227 px: +{NUMBER} per second, {NUMBER} of the goal",
            rf"leukaemia +cancer +64 px: +{NUMBER} per second, {NUMBER} of the goal",
        ),
    ),
    "probe_rates": Smallest(
        "--sets 1 --images-per-class 24",
        (
            r"clean +types at random +other scanner +other file +copies",
            r"file( +0){3} +1 +0\n",
            r"near-duplicates( +0){4} +1\n",
        ),
    ),
}


def test_every_benchmark_has_a_smallest_size():
    scripts = {path.stem for path in (ROOT / "benchmarks").glob("*.py")}
    assert scripts - {SHARED_CODE} == set(SMALLEST)


@pytest.fixture
def benchmark_run(checkout, offline_env):
    """Runs one benchmark of a copied checkout, on the CPU."""
    scripts = checkout / "benchmarks"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "benchmarks", scripts, ignore=ignored, dirs_exist_ok=True)
    env = {**offline_env, "PYTHONPATH": str(checkout), "CUDA_VISIBLE_DEVICES": ""}

    def run(name: str, arguments: str) -> subprocess.CompletedProcess:
        command = [sys.executable, scripts / f"{name}.py", *arguments.split()]
        return subprocess.run(command, env=env, capture_output=True, text=True)

    return run


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*")) if folder.is_dir() else set()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if smallest.starts_keras else ())
        for name, smallest in SMALLEST.items()
    ],
)
def test_it_prints_its_figures_and_leaves_no_data(name, benchmark_run, checkout):
    before = files_below(checkout / "data")
    finished = benchmark_run(name, SMALLEST[name].arguments)
    assert finished.returncode == 0, finished.stderr
    for figure in SMALLEST[name].figures:
        assert re.search(figure, finished.stdout), f"{figure!r} not in:\n{finished.stdout}"
    assert files_below(checkout / "data") == before


@pytest.mark.slow
def test_importing_them_runs_nothing():
    command = [sys.executable, "-c", f"import {', '.join(SMALLEST)}"]
    env = os.environ | {"PYTHONPATH": str(ROOT / "benchmarks"), "CUDA_VISIBLE_DEVICES": ""}
    finished = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True)
    assert (finished.returncode, finished.stdout) == (0, ""), finished.stderr


def test_a_size_that_is_no_whole_number_from_1_is_refused(benchmark_run):
    finished = benchmark_run("phantoms", "--images 0")
    assert finished.returncode == 2
    assert "expected a whole number from 1; received '0'" in finished.stderr
