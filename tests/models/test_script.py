"""The stand-alone Keras script of an arm: short, true to the declaration, and with the library's predictions."""

import ast
import runpy
import sys
from dataclasses import replace

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from lib import datasets, papers
from lib.datasets.tables import split_table
from lib.papers.declare import PIXEL_SCALINGS, Arm, Assumed, Paper
from lib.results import fold_name
from lib.settings import Settings, resolve

pytestmark = pytest.mark.slow

ARMS = [(slug, arm.name) for slug in papers.slugs() for arm in papers.load(slug).arms]
CLOSE = 1e-5  # the library may compute a frozen front apart from the rest


@pytest.fixture(scope="module")
def script():
    from lib.models import script

    return script


def code_lines(text: str) -> list[str]:
    """Without blank lines and the docstring."""
    body = ast.parse(text).body[1:]
    return [line for line in text.splitlines()[body[0].lineno - 1 :] if line.strip()]


@pytest.mark.parametrize(("slug", "arm"), ARMS)
def test_it_is_python_that_a_reader_takes_in_and_holds_the_declared_values(script, slug, arm):
    paper = papers.load(slug)
    settings = resolve(paper, "paper")
    text = script.keras_script(paper, paper.arm(arm), settings)
    assert 30 <= len(code_lines(text)) <= 60
    assert "lib" not in {name for node in ast.walk(ast.parse(text)) for name in _imported(node)}
    recipe = paper.arm(arm).recipe
    for name in ("epochs", "batch_size", "learning_rate"):
        assert f"\n{name.upper()} = {getattr(recipe, name).value}  # " in text
    assert "changed" not in text


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    return [node.module.split(".")[0]] if isinstance(node, ast.ImportFrom) else []


def test_a_value_that_the_run_changed_is_called_so(script, paper):
    settings = resolve(paper, epochs=2)
    text = script.keras_script(paper, paper.arms[0], settings)
    assert "\nEPOCHS = 2  # changed in this run; the declaration has 15\n" in text


@pytest.mark.parametrize("scaling", PIXEL_SCALINGS)
def test_pixels_are_scaled_as_by_the_library(script, keras, scaling):
    from lib.models.preprocessing import ScalePixels

    pixels = np.random.default_rng(0).integers(0, 256, (2, 4, 4, 3)).astype("float32")
    lines = " ".join(script.SCALINGS[scaling])
    shown = pixels
    for layer in eval(f"[{lines}]", {"layers": keras.layers}):
        shown = keras.ops.convert_to_numpy(layer(shown))
    expected = keras.ops.convert_to_numpy(ScalePixels(scaling)(pixels))
    np.testing.assert_allclose(shown, expected, atol=2e-5)


def make_images(paper: Paper, folder, size: int, per_class: int = 8) -> None:
    """Noise of another mean in each class, larger than the network sees it."""
    rng = np.random.default_rng(1)
    for label, name in enumerate(paper.class_names):
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            noise = rng.integers(0, 120, (size, size, 3)) + 40 * label
            Image.fromarray(noise.astype("uint8")).save(folder / name / f"{number:02d}.png")


def without_weights(paper: Paper, name: str) -> Paper:
    """The paper with this arm alone, which starts from random weights and has a small head."""
    arm = paper.arm(name)
    small = Assumed(tuple(min(units, 64) for units in arm.dense.value), "seconds, not minutes")
    arm = replace(arm, weights=Assumed("random", "no download in a test"), dense=small)
    return replace(paper, arms=(arm,), variants=(), controls=())


def by_the_library(paper: Paper, arm: Arm, folder, settings: Settings) -> tuple:
    """splits.csv, and the probabilities of the test images."""
    from lib import models, training

    images = datasets.load(paper, folder, settings.image_size)
    folds = datasets.split_published(
        images, test_share=settings.test_share, stratified=settings.stratified, seeds=settings.seeds
    )
    backbone = models.load_backbone(arm, settings.training[arm.name])
    trained = training.train_arm(paper, arm, backbone, images, folds, settings)
    return split_table(images, folds), trained.fits[0].probabilities


@pytest.mark.parametrize(
    ("slug", "name", "size", "changes"),
    [
        # a backbone that trains, behind random changes
        ("violina_blood_cancer", "cnn", 32, {"stratified": True, "learning_rate": 0.003}),
        # frozen behind random changes, one sigmoid, blue first
        ("kumar_breakhis", "vgg16", 32, {}),
        # frozen, its features computed once by the library
        ("hulu_breast_mammography", "alexnet", 64, {"optimizer": "rmsprop"}),
    ],
)
def test_it_gives_the_predictions_of_the_library(
    script, tmp_path, monkeypatch, slug, name, size, changes
):
    monkeypatch.setattr("lib.models.costs.images_per_second", lambda _: 1.0)
    paper = without_weights(papers.load(slug), name)
    arm, folder = paper.arms[0], tmp_path / "images"
    few = {"seeds": [1], "epochs": 2, "batch_size": 8, "image_size": size, "variants": []}
    settings = resolve(paper, **few | changes)
    make_images(paper, folder, size + 9)
    splits, expected = by_the_library(paper, arm, folder, settings)
    splits.to_csv(tmp_path / "splits.csv", index=False)
    (tmp_path / "script.py").write_text(script.keras_script(paper, arm, settings))
    monkeypatch.setattr(sys, "argv", ["script.py", str(folder), str(tmp_path / "splits.csv")])
    result = runpy.run_path(str(tmp_path / "script.py"))
    assert splits.loc[result["test"], fold_name("published", 1, 0)].eq("test").all()
    given = result["probabilities"]
    given = np.hstack([1 - given, given]) if given.shape[1] == 1 else given
    np.testing.assert_allclose(given, expected, atol=CLOSE)
    assert expected.std(0).max() > 20 * CLOSE  # not one answer to everything


def test_in_a_notebook_the_summary_is_handed_over_and_not_shown():
    cell = (
        "from lib.models.backend import keras\n"
        "from lib.models import script\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])\n"
        "print(script._summary(model))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    NotebookClient(notebook).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "stream"
    assert "Total params: 15" in output.text
    widths = {len(line) for line in output.text.splitlines() if line.startswith(("┃", "│"))}
    assert widths == {88}  # no line is cut off
