"""The same code on JAX and on TensorFlow: short runs of three arms, each backend in its own process."""

import subprocess
import sys
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.backend]

SCRIPT = ROOT / "tests" / "fixtures" / "short_runs.py"
FROZEN = "kuncoro_white_blood_cells"
SLUGS = (FROZEN, "violina_blood_cancer", "kumar_breakhis")
WITH_JAX = pytest.mark.skipif(
    find_spec("jax") is None, reason="needs jax, which the extra `test` installs"
)
BACKENDS = ["tensorflow", pytest.param("jax", marks=WITH_JAX)]
# Of numbers of the order of 1, after two epochs: two libraries sum in another order.
TOLERANCE = 1e-4
# What takes longest is to compile; what was compiled runs for seconds.
QUICKLY_COMPILED = {"JAX_DISABLE_MOST_OPTIMIZATIONS": "1"}
TOO_LONG = 300  # seconds; some 20 each on two quiet cores


@pytest.fixture(scope="module")
def runs(checkout, offline_env, tmp_path_factory) -> dict[str, SimpleNamespace]:
    """Backend → what its process left; both run at the same time."""
    started = {}
    for backend in filter(find_spec, ("tensorflow", "jax")):
        folder = tmp_path_factory.mktemp(backend)
        own = {"KERAS_BACKEND": backend, "PYTHONPATH": str(SCRIPT.parent)}
        process = subprocess.Popen(
            [sys.executable, SCRIPT, folder],
            cwd=checkout,
            env=offline_env | own | QUICKLY_COMPILED,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started[backend] = SimpleNamespace(folder=folder, process=process)
    for run in started.values():
        run.stdout, run.stderr = run.process.communicate(timeout=TOO_LONG)
    return started


@pytest.fixture(params=BACKENDS)
def run(request, runs) -> SimpleNamespace:
    run = runs[request.param]
    assert run.process.returncode == 0, run.stderr
    assert run.stdout == f"{request.param}\n"
    return run


def predictions(run, slug: str) -> pd.DataFrame:
    return pd.read_csv(run.folder / f"{slug}-predictions.csv")


def history(run, slug: str) -> pd.DataFrame:
    return pd.read_csv(run.folder / f"{slug}-history.csv")


def shares(table: pd.DataFrame) -> np.ndarray:
    return table[table.columns[10:]].to_numpy()  # behind arm, …, true, predicted: one a class


def test_a_backend_trains_without_a_word(run):
    assert run.stderr == ""


@pytest.mark.parametrize(
    ("backend", "slug"),
    [("tensorflow", FROZEN), *(pytest.param("jax", slug, marks=WITH_JAX) for slug in SLUGS)],
)
def test_tables_hold_every_epoch_and_probabilities_that_sum_to_one(runs, backend, slug):
    run = runs[backend]
    tested, epochs = predictions(run, slug), history(run, slug)
    assert epochs["epoch"].tolist() == [1, 2]
    assert np.isfinite(epochs[["loss", "val_loss"]].to_numpy()).all()
    assert len(tested) == 2 * shares(tested).shape[1]  # of eight images a class, a quarter
    # each is finite, and rounded to six decimals
    np.testing.assert_allclose(shares(tested).sum(axis=1), 1, atol=5e-6)
    right = (tested["true"] == tested["predicted"]).mean()
    assert epochs["val_accuracy"].iloc[-1] == pytest.approx(right, abs=1e-6)


def test_a_whole_model_classifies_as_the_rest_that_was_trained_on_features(run):
    whole = np.load(run.folder / "whole-model.npy")
    np.testing.assert_allclose(whole, shares(predictions(run, FROZEN)), atol=TOLERANCE)


@WITH_JAX
def test_an_interrupted_training_ends_as_one_that_was_not(runs):
    """On TensorFlow: test_train_interrupted.py."""
    folder = runs["jax"].folder
    whole, again = (np.load(folder / f"{name}.npz") for name in ("whole", "again"))
    assert (whole["history"] == again["history"]).all()
    assert (whole["p"] == again["p"]).all()


@WITH_JAX
def test_backends_agree_on_features_and_on_what_is_trained_on_them(runs):
    """From the same weights, which are drawn by NumPy; with dropout or random images none agree."""
    first, second = (
        np.load(runs[backend].folder / "features.npy") for backend in ("tensorflow", "jax")
    )
    assert np.ptp(first, axis=0).mean() > 0.1  # images look different to this network
    np.testing.assert_allclose(first, second, rtol=TOLERANCE, atol=TOLERANCE)
    first, second = (history(runs[backend], FROZEN) for backend in ("tensorflow", "jax"))
    pd.testing.assert_frame_equal(first, second, check_exact=False, rtol=0, atol=TOLERANCE)
    first, second = (
        shares(predictions(runs[backend], FROZEN)) for backend in ("tensorflow", "jax")
    )
    assert np.ptp(first, axis=0).min() > 0.01
    np.testing.assert_allclose(first, second, atol=TOLERANCE)
