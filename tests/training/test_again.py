"""A fit that is trained again by itself gives what a whole training gave of it."""

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers
from lib.settings import resolve


@pytest.mark.slow
@pytest.mark.parametrize(
    ("slug", "name", "exact"),
    [
        ("violina_blood_cancer", "cnn", True),  # from scratch, one model after another
        ("kuncoro_white_blood_cells", "mobilenetv2", False),  # frozen: heads side by side
        ("kumar_breakhis", "mobilenetv3", False),  # the same behind random changes
    ],
)
def test_the_second_fold_alone_is_that_of_all_folds(monkeypatch, untraced, slug, name, exact):
    from lib import training
    from lib.models import costs
    from lib.training.again import train_again

    monkeypatch.setattr(costs, "images_per_second", lambda _: 1.0)
    paper = papers.load(slug)
    settings = resolve(paper, image_size=32, epochs=2, batch_size=10)
    arm, images = paper.arm(name), made_up.image_set(min(3, len(paper.classes)))
    how = settings.training[name]
    backbone = made_up.untrained(arm, how)
    folds = [made_up.division(fold=number) for number in (0, 1)]
    expected = training.train_arm(paper, arm, backbone, images, folds, settings).fits[1]
    found, is_exact = train_again(arm, backbone, images, folds[1], how)
    assert is_exact == exact
    np.testing.assert_allclose(found, expected.probabilities, rtol=0, atol=0 if exact else 1e-5)
