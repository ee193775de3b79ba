"""Heat maps of a run: each answer's by the model that gave it, of the class that it gave."""

from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow


def test_every_answer_has_the_map_that_its_model_makes_of_its_image(images):
    from lib.models.gradcam import heat_maps as of_pixels
    from lib.training import heat_maps

    turned = made_up.model(seed=2, before=made_up.turned_and_flipped())
    models = {"net": made_up.model(seed=1), "other": turned}
    trained = [
        SimpleNamespace(model=SimpleNamespace(arm=arm), models={3: model})
        for arm, model in models.items()
    ]
    paths = ["5.png", "0.png", "5.png", "7.png"]  # one of them for two uses
    answers = pd.DataFrame({"path": paths, "predicted": list("abac"), "seed": 3})
    answers = pd.concat([answers.assign(arm=arm) for arm in models])
    heat = heat_maps(trained, images, answers)
    for arm, model in models.items():
        found = heat.take(arm, ["0.png", "5.png"])
        expected = of_pixels(model, images.pixels[[0, 5]], [1, 0])
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert found.any(axis=(1, 2)).all()


def test_without_answers_there_is_no_map(images):
    from lib.training import heat_maps

    none = pd.DataFrame(columns=["arm", "seed", "path", "predicted"])
    assert heat_maps([], images, none).maps == {}
