"""Every benchmark runs, at its smallest size, prints the figures it promises, and leaves no data behind."""

import json
import re
import runpy
import subprocess
import sys
from contextlib import nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import grade
import measure
import overhead
import pytest
import record
from made_up_training import untraced

from lib import ROOT, storage

ON_A_FINISHED_RUN = {"grade", "overhead"}  # a whole run of their own would take a minute; see below
# TensorFlow's, where functions run untraced
pytestmark = pytest.mark.filterwarnings(
    "ignore:Even though the `tf.config.experimental_run_functions"
)
# TensorFlow takes longer to trace these than to run so few images as they stand.
UNTRACED = {"augmented", "end_to_end", "features_once", "frozen_recipes", "heads"}
NUMBER = r"\d+(\.\d+)?"


class Smallest(NamedTuple):
    """The arguments of the smallest size, and what stands in the output (regular expressions)."""

    arguments: str
    figures: tuple[str, ...]
    starts_keras: bool = False


SMALLEST = {
    "augmented": Smallest(
        "--images-per-class 5 --epochs 1 --image-size 32",
        (
            rf"  apart: +{NUMBER} s +{NUMBER} s of processors",
            rf"  as a whole: +{NUMBER} s +{NUMBER} s of processors",
            rf"  ratio: +{NUMBER} +{NUMBER}",
            r"largest difference: (0\.0e\+00|\d\.\de-(0[4-9]|[1-9]\d))",
        ),
        starts_keras=True,
    ),
    "compiled_once": Smallest(
        "--images 5 --image-size 32",
        (
            rf"  compiled for each: +{NUMBER} s",
            rf"  compiled once: +{NUMBER} s",
            rf"  ratio: +{NUMBER}",
            r"  largest difference: (0|\de-\d\d)\n",
        ),
        starts_keras=True,
    ),
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
    "end_to_end": Smallest(
        "--arms 1 --images-per-class 6 --rounds 1",
        (
            r"violina_blood_cancer, cnn: \d+ images of 64 pixels",
            rf"  as a run: +{NUMBER} images/s",
            rf"  bare loop: +{NUMBER} images/s",
            rf"  ratio: +{NUMBER} \(limit: 0.95\)",
            rf"  waiting: +{NUMBER}%",
            r"  largest difference: 0\.0e\+00\n",
        ),
        starts_keras=True,
    ),
    "evidence": Smallest(
        "--images 200 --seeds 1 --image-size 16 --features 8",
        (
            r"200 images of 16 pixels, 4 folds, 2 arms:",
            rf"probes, one by one: +{NUMBER} s +{NUMBER} s of processors",
            rf"scores, all at once: +{NUMBER} s +{NUMBER} s of processors",
            rf"ratio: +{NUMBER} +{NUMBER}; 0 of 2,160 answers differ",
            rf"ratio: +{NUMBER} +{NUMBER}; largest difference (0\.0e\+00|\d\.\de-(0[89]|1\d))",
            rf"together, all at once: {NUMBER} s \(limit: 15 at full size",
        ),
    ),
    "features_once": Smallest(
        "--images-per-class 5 --epochs 1 --image-size 32",
        (
            rf"features once: +{NUMBER} s",
            rf"end to end: +{NUMBER} s",
            rf"ratio: +{NUMBER}",
        ),
        starts_keras=True,
    ),
    "frozen_recipes": Smallest(
        "--recipes 1 --images-per-class 5 --epochs 1 --heads 2 --images 50",
        (
            r"kuncoro_white_blood_cells, mobilenetv2: 15 epochs on 50 images",
            r"largest difference: +(0\.0e\+00|\d\.\de-(0[4-9]|[1-9]\d)) after 2 epochs on 25 images",
            rf"model.fit end to end: +{NUMBER} s, calculated",
            rf"2 heads side by side: +{NUMBER} s",
            rf"ratio: +{NUMBER} \(goal: 40\)",
        ),
        starts_keras=True,
    ),
    "heads": Smallest(
        "--heads 2 --images 50 --epochs 1 --features 6 --hidden 4",
        (
            rf"  side by side: +{NUMBER} s +{NUMBER} s of processors",
            rf"  one plain fit: +{NUMBER} s +{NUMBER} s of processors",
            rf"  ratio: +{NUMBER} plain fits, {NUMBER} by processors",
            r"largest difference: (0\.0e\+00|\d\.\de-(0[6-9]|[1-9]\d))",
        ),
        starts_keras=True,
    ),
    "misprints": Smallest(
        "--reports 1 --most-images 100",
        (
            *(
                rf"{classes} +100 +{decimals} +\d+% +\d+% +\d+ and \d+ of \d+ +0 +[\d.]+ s"
                for classes, decimals in ((" 2", 2), ("10", 4))
            ),
            r"100 +2  audit +\d+% +0 +[\d.]+\n",
            r"mlscorecheck(: skipped: it is not installed|  .*%)",
            r"  100 +4 +\d+% +0\n",
        ),
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
    "openvino_features": Smallest(
        "--images 5 --image-size 32 --backbones 1",
        (
            rf"MobileNetV2, by \w+:\n  model.predict: +{NUMBER} \(first batch {NUMBER} s\)",
            rf"  frozen_forward: +{NUMBER} \(first batch {NUMBER} s\)",
            rf"  ratio: +{NUMBER}",
            r"  largest difference: (0|\de-\d\d)\n",
        ),
        starts_keras=True,
    ),
    "predict": Smallest(
        "--images 1 --image-size 32",
        (
            rf"  first: +{NUMBER} s, +{NUMBER} s of processors",
            rf"  again: +{NUMBER} s, +{NUMBER} s of processors",
            rf"  by Keras: +{NUMBER} s, +{NUMBER} s of processors",
            rf"  images per second: -?{NUMBER}",  # of so few the difference is noise
            rf"  processor time of an image: -?{NUMBER} ms",
            rf"  largest memory: {NUMBER} MB and {NUMBER} MB",
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
    "scale": Smallest(
        "--smallest 16 --largest 160",
        (
            rf"160 images:\n  draw: +{NUMBER} s +(\d+ MiB|not told)\n",
            *(
                rf"  {step}: +time power +{NUMBER}, +{NUMBER} minutes(; memory power +{NUMBER}, +{NUMBER} GiB)?\n"
                for step in ("scan", "scan and decode", "features", "near-duplicates", "probes")
            ),
        ),
        starts_keras=True,
    ),
}


def test_every_benchmark_has_a_smallest_size():
    scripts = {path.stem for path in record.scripts(ROOT / "benchmarks")}
    assert scripts - ON_A_FINISHED_RUN == set(SMALLEST)


@pytest.fixture
def benchmark_run(offline_env, monkeypatch, capsys):
    """Runs one benchmark as a script, in this process, where Keras may have been loaded; what it prints."""
    for name in ("https_proxy", "http_proxy", "no_proxy"):
        monkeypatch.setenv(name, offline_env[name])

    def run(name: str, arguments: str) -> str:
        script = str(ROOT / "benchmarks" / f"{name}.py")
        monkeypatch.setattr(sys, "argv", [script, *arguments.split()])
        with untraced() if name in UNTRACED else nullcontext():
            runpy.run_path(script, run_name="__main__")
        return capsys.readouterr().out

    return run


def files_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*")) if folder.is_dir() else set()


def assert_prints_its_figures_and_leaves_no_data(name: str, benchmark_run) -> None:
    before = files_below(storage.DATA)
    printed = benchmark_run(name, SMALLEST[name].arguments)
    for figure in SMALLEST[name].figures:
        assert re.search(figure, printed), f"{figure!r} not in:\n{printed}"
    assert files_below(storage.DATA) == before


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if smallest.starts_keras else ())
        for name, smallest in SMALLEST.items()
        if name not in ("determinism", "predict")  # below
    ],
)
def test_it_prints_its_figures_and_leaves_no_data(name, benchmark_run):
    assert_prints_its_figures_and_leaves_no_data(name, benchmark_run)


@pytest.mark.slow
def test_determinism_sets_the_backend_of_every_process_up(benchmark_run, monkeypatch):
    """Only XLA needs a process of its own here, since this one's operations are deterministic."""
    asked, in_new_process = [], measure.in_new_process

    def run(function, configuration, *arguments, environment):
        asked.append((configuration.deterministic, environment["TF_DETERMINISTIC_OPS"]))
        if configuration.jit_compile:
            return in_new_process(function, configuration, *arguments, environment=environment)
        return function(configuration, *arguments)

    monkeypatch.setattr(measure, "in_new_process", run)
    assert_prints_its_figures_and_leaves_no_data("determinism", benchmark_run)
    assert asked == [(True, "1"), (False, "0"), (False, "0"), (False, "0")]


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("openvino"), reason="needs the extra `fast`")
def test_predict_measures_the_command(benchmark_run, monkeypatch):
    """In this process, which has loaded what takes long."""
    monkeypatch.setattr(
        measure, "in_new_process", lambda function, *arguments: function(*arguments)
    )
    assert_prints_its_figures_and_leaves_no_data("predict", benchmark_run)


@pytest.mark.slow
def test_importing_them_runs_nothing(capsys):
    for name in (*SMALLEST, *ON_A_FINISHED_RUN):
        runpy.run_path(str(ROOT / "benchmarks" / f"{name}.py"), run_name="imported")
    assert capsys.readouterr() == ("", "")


def test_a_size_that_is_no_whole_number_from_1_is_refused():
    command = [sys.executable, ROOT / "benchmarks" / "phantoms.py", "--images", "0"]
    finished = subprocess.run(command, capture_output=True, text=True)
    assert finished.returncode == 2
    assert "expected a whole number from 1; received '0'" in finished.stderr


def test_the_record_holds_what_every_benchmark_prints_and_names_the_one_that_fails(tmp_path):
    (tmp_path / "measure.py").write_text("1 / 0\n")
    (tmp_path / "quick.py").write_text('"""How fast.\n\nBy itself.\n"""\nprint("ratio: 2.0")\n')
    assert record.main(tmp_path) == 0
    written = (tmp_path / "README.md").read_text()
    assert "## quick\n\nHow fast.\n\n```\nratio: 2.0\n```\n" in written
    where = rf"\nIn \d+ s on .+ \d{{4}}; .+ cores.*; load before: {NUMBER}; .*numpy \d"
    assert re.search(where, written)
    assert "## measure" not in written
    (tmp_path / "slow.py").write_text('"""How slow."""\nprint("half")\n1 / 0\n')
    assert record.main(tmp_path) == 1
    written = (tmp_path / "README.md").read_text()
    assert "ratio: 2.0" in written
    assert re.search(r"half\nfailed with exit code 1:\n.*ZeroDivisionError", written, re.DOTALL)


def test_one_benchmark_is_measured_anew_and_the_record_of_the_others_stays(tmp_path, capsys):
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(f'"""Of {name}."""\nprint("{name}: 1")\n')
    assert record.main(tmp_path) == 0
    before = record.read_sections(tmp_path / "README.md")
    for name in ("first", "second"):
        (tmp_path / f"{name}.py").write_text(f'"""Of {name}."""\nprint("{name}: 2")\n')
    assert record.main(tmp_path, ["second"]) == 0
    after = record.read_sections(tmp_path / "README.md")
    assert after["first"] == before["first"]
    assert "second: 2" in after["second"]
    assert record.main(tmp_path, ["third"]) == 2
    assert "third; known: first, second" in capsys.readouterr().err


# Overhead: on a run folder made by hand, and on the folder of a real run in test_run_all.py


def executed(source: str, start: int, seconds: float) -> dict:
    """A code cell as papermill leaves it, begun `start` seconds after noon."""
    noted = {"start_time": f"2026-01-01T12:00:{start:02}+00:00", "duration": seconds}
    return {"cell_type": "code", "source": [source], "metadata": {"papermill": noted}}


@pytest.fixture
def run_folder(tmp_path):
    """From second 10 to 40 after noon; two fits of 1.5 s, features of 4 s."""
    cells = [
        executed("x = 1", 12, 0.5),
        executed("from lib import papers\n", 13, 5.0),
        executed("trained = [\n    training.train_arm(paper)]", 18, 15.0),
        executed("report.layer_table(paper)", 33, 2.5),
        executed("report.cost_table(results)", 35, 1.0),
    ]
    times = {"start_time": "2026-01-01T12:00:10+00:00", "end_time": "2026-01-01T12:00:40+00:00"}
    notebook = {"cells": cells, "metadata": {"papermill": times}}
    (tmp_path / "notebook.ipynb").write_text(json.dumps(notebook))
    costs = [{"arm": "net", "feature_seconds": 4.0, "training_seconds": 1.5}]
    (tmp_path / "results.json").write_text(json.dumps({"costs": costs}))
    epochs = [f"net,published,0,{fold},{epoch}" for fold in (0, 1) for epoch in (1, 2, 3)]
    (tmp_path / "history.csv").write_text("\n".join(["arm,protocol,seed,fold,epoch", *epochs]))
    return tmp_path


def test_overhead_counts_every_second_of_a_run_in_one_row(run_folder):
    noon = overhead.instant("2026-01-01T12:00:00+00:00")
    rows = overhead.seconds_of_rows(run_folder, noon + 3, noon + 47)
    assert {row: seconds for row, seconds in rows.items() if seconds} == {
        overhead.BEFORE: 7,
        overhead.START: 2,
        "imports": 5,
        "features and training": 15,
        overhead.FIGURES: 4,
        overhead.AFTER: 7,
    }


def test_overhead_takes_a_models_own_compute_from_what_the_run_noted(run_folder):
    assert overhead.compute_seconds(run_folder) == {"features": 4, "epochs of 2 fits": 3}


def test_every_call_that_overhead_looks_for_stands_in_the_notebook():
    notebook = (ROOT / "notebooks" / f"{overhead.SLUG}.ipynb").read_text(encoding="utf-8")
    for call in (call for calls in overhead.WORK.values() for call in calls):
        assert call in notebook, call


def test_grade_times_both_commands_on_a_class(run_folder, tmp_path, capsys):
    grade.report(grade.hand_in(run_folder, tmp_path / "in", 2), 1)
    printed = capsys.readouterr().out
    for command in ("verify", "grade"):
        figures = (
            rf"{command}: +{NUMBER} s; per submission +{NUMBER} s, +{NUMBER} of the goal, "
            rf"and +{NUMBER} s of the processor"
        )
        assert re.search(figures, printed)
