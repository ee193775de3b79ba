"""The search for look-alikes: when it is made, with what, and that nothing is described twice."""

from dataclasses import replace
from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pytest

from lib import storage
from lib.results import Weights

pytestmark = pytest.mark.slow


class Descriptor:
    """A network's stand-in: the mean colour and a one; it counts the images it is shown."""

    output_shape = (None, 4)
    layers = ()

    def __init__(self) -> None:
        self.shown = 0

    def predict_on_batch(self, images: np.ndarray) -> np.ndarray:
        self.shown += images.any((1, 2, 3)).sum()  # a last batch is filled up with zeros
        means = images.reshape(len(images), -1, 3).mean(1)
        return np.column_stack([means, np.ones(len(images))]).astype(np.float32)


@pytest.fixture
def descriptor(monkeypatch, tmp_path) -> SimpleNamespace:
    """The stand-in, with weights that a test may change; a store of its own."""
    made = SimpleNamespace(model=Descriptor(), used="imagenet", sha256="one")

    def load():
        weights = Weights(declared="imagenet", used=made.used, source="here", sha256=made.sha256)
        return made.model, weights

    monkeypatch.setattr("lib.models.descriptors.load_descriptor", load)
    monkeypatch.setattr(storage, "DATA", tmp_path)
    return made


def _images(groups: str = "", kind: str = "substitute"):
    images = made_up.image_set()
    return replace(images, kind=kind, table=images.table.assign(group=groups))


def _describe(*arguments):
    from lib.training import describe_looks

    return describe_looks(*arguments)


@pytest.mark.parametrize(
    ("images", "search", "made"),
    [
        (_images(), None, True),
        (_images(), True, True),
        (_images(), False, False),
        (_images(groups="a"), None, False),
        (_images(groups="a"), True, True),
        (_images(kind="phantom"), None, False),
        (_images(kind="phantom"), True, True),
    ],
)
def test_it_is_made_where_groups_are_unknown_or_on_request(descriptor, images, search, made):
    looks = _describe(images, search)
    assert (looks.vectors is not None) == made
    assert (looks.hindrance == "") == made
    assert (descriptor.model.shown > 0) == made


def test_every_image_has_its_descriptor_which_is_kept(descriptor):
    from lib.models import descriptors

    images = _images()
    looks = _describe(images)
    expected = descriptors.describe(
        Descriptor().predict_on_batch, images.take(np.arange(len(images)))
    )
    np.testing.assert_allclose(looks.vectors, expected, rtol=1e-6)
    assert looks.weights == "imagenet"
    shown = descriptor.model.shown
    assert shown == len(images) * descriptors.TURNS
    _describe(images)
    assert descriptor.model.shown == shown
    descriptor.sha256 = "another"
    _describe(images)
    assert descriptor.model.shown == 2 * shown


def test_without_trained_weights_it_is_not_made_and_says_what_is_missing(descriptor):
    descriptor.used = "random"
    looks = _describe(_images())
    assert looks.vectors is None
    assert looks.hindrance == "it needs ImageNet weights: here"
