"""What is kept to tell images unlike the training images: of a frozen front from its features, else by the network."""

import made_up_training as made_up
import numpy as np
import pytest

from lib import models
from lib.datasets import ImageSet
from lib.models.novelty import Novelty

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("frozen", [True, False])
def test_the_features_are_those_of_the_training_images(training, frozen, monkeypatch):
    from lib.models.answers import Answerer
    from lib.training import novelty

    monkeypatch.setattr(novelty, "TRAINED", 7)
    model, images, fold = (
        made_up.model(trainable=not frozen),
        made_up.image_set(),
        made_up.division(),
    )
    kept = Novelty.from_arrays(novelty.novelty_arrays(model, images, fold))
    assert kept.features.shape == (7, 12)
    assert kept.tested == 10
    distances = kept.distances(Answerer(model)(images.take(fold.train)).features)
    assert (distances < 1e-3).sum() >= 7  # the seven themselves
    assert kept.limit == pytest.approx(
        kept.distances(Answerer(model)(images.take(fold.test)).features).max(), abs=1e-5
    )


def test_features_that_a_run_has_computed_are_not_computed_again(training, monkeypatch):
    from lib.training.novelty import novelty_arrays

    model, images, fold = made_up.model(), made_up.image_set(), made_up.division()
    training.extract_features(models.without_augmentation(model), images)
    monkeypatch.setattr(ImageSet, "take", lambda *_: pytest.fail("no image should be looked at"))
    assert np.isfinite(novelty_arrays(model, images, fold)["novelty_features"]).all()
