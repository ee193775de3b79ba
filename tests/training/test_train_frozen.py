"""Frozen backbones: trained the same on cached features as end to end, and left as they were."""

from dataclasses import replace
from functools import cache

import made_up_training as made_up
import numpy as np
import pytest

from lib import models, papers
from lib.settings import resolve

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's, where `untraced` is asked for
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions"),
]

# The two paths differ only by float32 rounding in another order of the same sums.
TOLERANCE = 1e-5
# The rounding of fifty layers adds up.
DEEP_TOLERANCE = 1e-4
FROZEN = [  # variants of these only scale pixels otherwise: test_arms.py
    (slug, arm.name)
    for slug in papers.slugs()
    for paper in [papers.load(slug)]
    for arm in paper.arms
    if not arm.trainable.value and not arm.augmentation.value
]
BACKBONES = {}  # of the arms here, by what makes them: some arms share one


def assert_close(first, second, tolerance):
    np.testing.assert_allclose(first.history, second.history, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=tolerance)


@cache
def real_arm(slug: str, name: str):
    """A declared arm for two epochs on small images: its training, and a maker of its models."""
    paper = papers.load(slug)
    arm, settings = paper.arm(name), resolve(paper, epochs=2, batch_size=8, learning_rate=0.001)
    # The smallest that the backbone takes; a size that is asked for has to suit every arm.
    size = 63 if arm.backbone == "AlexNet" else 32
    how = replace(settings.training[name], image_size=size)
    kind = (arm.backbone, arm.filters, how.pixel_scaling)
    if kind not in BACKBONES:
        BACKBONES[kind] = made_up.untrained(arm, how)
    return how, lambda classes: models.build_model(arm, BACKBONES[kind], classes, 0, how)


def test_cached_features_give_the_losses_and_predictions_of_the_end_to_end_fit(training, images):
    fold, how = made_up.division(), made_up.training(batch_size=8)  # 8, 8, 8 and 6
    first = made_up.fit_on_features(made_up.model(dropout=0.2), images, fold, how)
    second = made_up.fit(made_up.model(dropout=0.2), images, fold, how)
    assert_close(first, second, TOLERANCE)
    assert first.history["loss"].iloc[-1] < first.history["loss"].iloc[0]


def test_the_frozen_arms_are_of_three_papers():
    assert len({slug for slug, _ in FROZEN}) == 3
    assert len(FROZEN) >= 4


@pytest.mark.parametrize(("slug", "name"), FROZEN)
def test_every_frozen_arm_trains_the_same_on_cached_features(training, untraced, slug, name):
    how, build = real_arm(slug, name)
    images = made_up.image_set(number=24, size=how.image_size)
    fold = made_up.division(number=24, tested=8)
    first = made_up.fit_on_features(build(3), images, fold, how)
    second = made_up.fit(build(3), images, fold, how)
    assert_close(first, second, DEEP_TOLERANCE)
    # and the images do not all look the same to the network
    assert np.ptp(first.probabilities, axis=0).min() > 0.01


def test_an_arm_with_imagenet_weights_trains_the_same_on_cached_features(
    training, untraced, shared, monkeypatch
):
    from lib.models import pretrained

    monkeypatch.setenv("LIB_WEIGHTS", str(shared / "weights"))
    monkeypatch.setattr(pretrained, "answers", lambda _: False)
    paper = papers.load("kuncoro_white_blood_cells")
    arm = paper.arm("mobilenetv2")
    how = resolve(paper, image_size=32, epochs=2, batch_size=8).training[arm.name]
    backbone = models.load_backbone(arm, how)
    assert backbone.weights.used == "imagenet"
    first, second = (models.build_model(arm, backbone, 3, 0, how) for _ in "ab")
    images, fold = made_up.image_set(number=24), made_up.division(number=24, tested=8)
    assert_close(
        made_up.fit_on_features(first, images, fold, how),
        made_up.fit(second, images, fold, how),
        DEEP_TOLERANCE,
    )


def test_training_on_features_trains_the_whole_model(images):
    fold, model = made_up.division(), made_up.model()
    fit = made_up.fit_on_features(model, images, fold, made_up.training())
    pixels = images.take(fold.test).astype("float32")
    np.testing.assert_allclose(model.predict_on_batch(pixels), fit.probabilities, atol=TOLERANCE)


def test_the_frozen_backbone_does_not_move(training, images):
    before = made_up.model().layers[1].get_weights()
    for fit in (made_up.fit_on_features, made_up.fit):
        model = made_up.model()
        fit(model, images, made_up.division(), made_up.training())
        assert made_up.same(before, model.layers[1].get_weights())


def test_a_trainable_backbone_moves(training, images):
    """The test above can fail."""
    before = made_up.model().layers[1].get_weights()
    model = made_up.model(trainable=True)
    made_up.fit(model, images, made_up.division(), made_up.training(epochs=1))
    moved = [(a != b).any() for a, b in zip(before, model.layers[1].get_weights(), strict=True)]
    assert all(moved)


def test_the_backbone_sees_every_image_once(images, taken):
    for seed in (0, 1):
        made_up.fit_on_features(
            made_up.model(seed), images, made_up.division(seed), made_up.training()
        )
    assert sorted(taken) == list(range(40))


@pytest.mark.parametrize("name", ["vgg16", "mobilenetv3", "resnet50v2"])
def test_behind_random_changes_a_frozen_backbone_runs_every_epoch(training, untraced, taken, name):
    how, build = real_arm("kumar_breakhis", name)
    model = build(2)
    images, fold = made_up.image_set(2, 24), made_up.division(number=24, tested=8)
    assert training.extract_features(model, images) is None
    assert taken == []
    (backbone,) = (layer for layer in model.layers if hasattr(layer, "layers"))
    before, head = backbone.get_weights(), model.layers[-1].get_weights()
    made_up.fit(model, images, fold, how)
    # Keras looks at the first batch once more, for its shape
    assert all(taken.count(row) in (how.epochs, how.epochs + 1) for row in fold.train)
    assert made_up.same(before, backbone.get_weights())
    assert not made_up.same(head, model.layers[-1].get_weights())


def test_with_augmentation_left_out_a_frozen_backbone_sees_every_image_once(
    training, untraced, taken
):
    arm = papers.load("kumar_breakhis").arm("mobilenetv3")
    settings = resolve(papers.load("kumar_breakhis"), augmentation=False, epochs=2)
    how = replace(settings.training[arm.name], image_size=32)
    backbone = made_up.untrained(arm, how)
    images, fold = made_up.image_set(2, 24), made_up.division(number=24, tested=8)
    made_up.fit_on_features(models.build_model(arm, backbone, 2, 0, how), images, fold, how)
    assert sorted(taken) == list(range(24))


def behind_changes(keras, dropout: float = 0):
    return made_up.model(before=made_up.turned_and_flipped(), dropout=dropout)


def test_behind_random_changes_test_images_pass_a_frozen_backbone_once(
    training, keras, images, taken
):
    """And the curves and answers are those of testing the whole model after every epoch."""
    fold, how = made_up.division(), made_up.training()
    whole = made_up.fit(behind_changes(keras, 0.3), images, fold, how)
    model = behind_changes(keras, 0.3)
    taken.clear()
    tested = training.extract_features(models.without_augmentation(model), images)
    assert sorted(taken) == list(range(40))
    taken.clear()
    found = training.Trainer(model, how, tested).fit(images, fold, on_training=True)
    assert not set(taken) & set(fold.test.tolist())
    columns = ["accuracy", "loss", "val_accuracy", "val_loss"]
    np.testing.assert_allclose(found.history[columns], whole.history[columns], atol=1e-5)
    np.testing.assert_allclose(found.probabilities, whole.probabilities, atol=1e-5)
    seen = made_up.classify(model, images.take(fold.train))
    np.testing.assert_allclose(found.on_training, seen, atol=1e-5)


def test_without_random_changes_a_model_is_the_same_without_them(training, keras, images):
    model = behind_changes(keras)
    plain = models.without_augmentation(model)
    assert len(plain.layers) == len(model.layers) - len(made_up.turned_and_flipped())
    pixels = images.take(np.arange(6))
    np.testing.assert_allclose(
        made_up.classify(plain, pixels), made_up.classify(model, pixels), atol=1e-6
    )


def watched(keras, seen: list):
    """A layer that changes nothing and puts the size of every gradient it is given into `seen`.

    TensorFlow writes down the gradient of a frozen layer and leaves out of the program what no
    weight asks for. So does this gradient: it is a function without a side effect that counts.
    """
    import tensorflow as tf

    def given(gradient):
        seen.append(float(np.abs(gradient).sum()))
        return gradient

    @tf.custom_gradient
    def unchanged(inputs):
        return tf.identity(inputs), lambda gradient: tf.numpy_function(
            given, [gradient], gradient.dtype, stateful=False
        )

    class Watched(keras.layers.Layer):
        def call(self, inputs):
            return unchanged(inputs)

    return Watched()


@pytest.mark.parametrize(("trainable", "steps"), [(False, 0), (True, 3)])
def test_a_gradient_is_computed_through_a_backbone_that_trains_and_no_other(
    training, keras, images, trainable, steps
):
    seen, before = [], made_up.turned_and_flipped()
    model = made_up.model(before=before, inside=[watched(keras, seen)], trainable=trainable)
    assert training.extract_features(model, images) is None
    made_up.fit(model, images, made_up.division(), made_up.training(epochs=1))
    assert len(seen) == steps
