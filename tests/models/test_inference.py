"""What a model makes of images: as Keras' own, and compiled once per network."""

from dataclasses import replace

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers
from lib.settings import resolve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def forward():
    from lib.models.inference import forward

    return forward


@pytest.fixture
def pixels() -> np.ndarray:
    return made_up.image_set().pixels[:20]


def assert_as_keras(forward, model, pixels) -> None:
    expected = model.predict_on_batch(pixels.astype("float32"))
    np.testing.assert_allclose(forward(model, pixels), expected, atol=1e-6)


def test_it_is_what_keras_predicts_whether_the_backbone_trains_or_not(forward, pixels):
    assert_as_keras(forward, made_up.model(), pixels)
    assert_as_keras(forward, made_up.model(trainable=True), pixels)


def test_random_changes_and_dropout_are_left_out(forward, pixels):
    assert_as_keras(
        forward, made_up.model(before=made_up.turned_and_flipped(), dropout=0.9), pixels
    )


def test_few_images_are_filled_up_to_a_batch_and_get_what_they_get_among_many(forward, pixels):
    model = made_up.model()
    together = forward(model, pixels)
    for row in (0, 19):
        np.testing.assert_allclose(
            forward(model, pixels[row : row + 1]), together[row : row + 1], atol=1e-6
        )


def test_a_backbone_is_compiled_once_for_all_pixel_ranges_seeds_and_numbers_of_images(
    forward, pixels
):
    from lib import models

    paper = papers.load("kuncoro_white_blood_cells")
    arm, how = paper.arm("mobilenetv2"), resolve(paper, image_size=32).training["mobilenetv2"]
    backbone = made_up.untrained(arm, how)
    for seed, scaling in enumerate(("[0, 1]", "[-1, 1]")):
        model = models.build_model(arm, backbone, 5, seed, replace(how, pixel_scaling=scaling))
        for number in (20, 7):
            assert forward(model, pixels[:number]).shape == (number, 5)
    assert backbone.network.predict_function.experimental_get_tracing_count() == 1
