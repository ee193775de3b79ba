"""Models: what is random follows the seed, and names follow nothing but the arm."""

import subprocess
import sys

import numpy as np
import pytest

from lib import ROOT, papers
from lib.settings import resolve

pytestmark = pytest.mark.slow

SIZE = 32  # pixels: the smallest the backbones take, for speed
LARGEST = 2**31 - 1  # the largest seed that settings allow


@pytest.fixture(scope="module")
def models():
    from lib import models

    return models


@pytest.fixture(autouse=True)
def _no_weights(monkeypatch):
    monkeypatch.setattr("lib.models.pretrained.answers", lambda _: False)


@pytest.fixture(scope="module")
def cnn():
    """An arm whose backbone trains from random weights, behind a flip and a rotation."""
    return papers.load("violina_blood_cancer").arm("cnn")


@pytest.fixture(scope="module")
def cnn_training():
    return resolve(papers.load("violina_blood_cancer"), image_size=SIZE).training["cnn"]


def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (4, SIZE, SIZE, 3)).astype("float32")


def same(arrays: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all((a == b).all() for a, b in zip(arrays, others, strict=True))


@pytest.mark.parametrize("seed", [0, 3, LARGEST])
def test_the_same_seed_gives_the_same_initial_weights(seed, models, cnn, cnn_training):
    backbone = models.load_backbone(cnn, cnn_training)
    model, again = (models.build_model(cnn, backbone, 2, seed, cnn_training) for _ in range(2))
    other = models.build_model(cnn, backbone, 2, seed - 1 if seed else 1, cnn_training)
    assert same(model.get_weights(), again.get_weights())
    for name in ("dense", "dense_1"):
        first, second = (built.get_layer(name).kernel.numpy() for built in (model, other))
        assert (first != second).any()


def test_no_two_layers_of_two_runs_draw_the_same_random_numbers(models):
    arm = papers.load("kumar_breakhis").arm("mobilenetv3")
    training = resolve(papers.load("kumar_breakhis"), image_size=SIZE).training[arm.name]
    backbone, seeds = models.load_backbone(arm, training), []
    for seed in (0, 1):
        model = models.build_model(arm, backbone, 2, seed, training)
        seeds += [layer.seed for layer in model.layers if hasattr(layer, "seed")]
        seeds += [
            layer.kernel_initializer.seed
            for layer in model.layers
            if layer.name.startswith("dense")
        ]
    # brightness, two flips and rotation, three dropouts, three dense layers, twice
    assert len(set(seeds)) == len(seeds) == 20


def test_what_is_random_in_training_follows_the_seed(models, cnn, cnn_training):
    backbone = models.load_backbone(cnn, cnn_training)

    def parts(seed):
        model = models.build_model(cnn, backbone, 2, seed, cnn_training)
        changed = model.get_layer("random_rotation")(pixels(), training=True)
        dropped = model.get_layer("dropout")(np.ones((4, 128), "float32"), training=True)
        return np.asarray(changed), np.asarray(dropped)

    assert same(parts(0), parts(0))
    assert all((a != b).any() for a, b in zip(parts(0), parts(1), strict=True))


# names


def test_names_are_the_same_for_the_second_model_and_in_every_process(models, cnn, cnn_training):
    def names():
        model = models.build_model(cnn, models.load_backbone(cnn, cnn_training), 2, 0, cnn_training)
        return [model.name, *(layer.name for layer in (*model.layers, *models.leaves(model)))]

    first = names()
    assert names() == first
    code = """
from lib import models, papers
from lib.settings import resolve
paper = papers.load("violina_blood_cancer")
arm, training = paper.arm("cnn"), resolve(paper, image_size=32).training["cnn"]
model = models.build_model(arm, models.load_backbone(arm, training), 2, 0, training)
print(model.name, *(layer.name for layer in (*model.layers, *models.leaves(model))))
"""
    process = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert process.stdout.split() == first, process.stderr
