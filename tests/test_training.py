"""Training: the cached path equals the end-to-end fit, batch norm stands still, order is seeded."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.settings import resolve

pytestmark = pytest.mark.slow

SIZE, CLASSES = 32, 3
# The two paths differ only by float32 rounding in another order of the same sums.
LOSS_TOLERANCE = PROBABILITY_TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def training():
    from lib import training

    return training


@pytest.fixture(scope="module")
def keras(training):
    return training.keras


@pytest.fixture
def images():
    """Forty small images of three classes that differ in colour."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % CLASSES
    pixels = rng.integers(0, 120, (40, SIZE, SIZE, 3))
    pixels[np.arange(40), :, :, labels] += 100
    table = pd.DataFrame(
        {"path": [f"{i}.png" for i in range(40)], "label": labels, "group": [""] * 40}
    )
    pixels = pixels.astype(np.uint8)
    return FakeImages(table=table, pixels=pixels)


@dataclasses.dataclass
class FakeImages:
    table: pd.DataFrame
    pixels: np.ndarray
    classes: tuple = ("a", "b", "c")

    @property
    def labels(self):
        return self.table["label"].to_numpy()

    def take(self, index):
        return self.pixels[index]

    def __len__(self):
        return len(self.table)


@pytest.fixture
def fold():
    order = np.random.default_rng(1).permutation(40)
    return SimpleNamespace(protocol="published", seed=3, fold=0, train=order[:30], test=order[30:])


@pytest.fixture
def settings(paper):
    return resolve(paper, epochs=3, batch_size=8, pixel_scaling="[-1, 1]")


def build(keras, seed=0, dropout=False, trainable=False):
    """A small frozen backbone with batch norm whose statistics are far from 0 and 1, and a head."""
    keras.utils.set_random_seed(7)
    layers = keras.layers
    backbone = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.BatchNormalization(),
            layers.Conv2D(12, 3, strides=2, activation="relu"),
        ]
    )
    norm = backbone.layers[1]
    norm.set_weights([np.full(8, value, "float32") for value in (1.3, 0.1, 0.4, 2.0)])
    backbone.trainable = trainable
    front = [layers.Dropout(0.5, seed=1)] if dropout else []
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            *front,
            backbone,
            layers.GlobalAveragePooling2D(),
            layers.Dense(6, activation="relu"),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def both_ways(training, keras, images, fold, settings):
    cached, whole = build(keras), build(keras)
    features = training.features(cached, images, settings.pixel_scaling)
    return (
        (cached, training.fit(cached, images, fold, settings, features)),
        (whole, training.fit(whole, images, fold, settings)),
    )


def test_cached_features_give_the_losses_and_predictions_of_the_end_to_end_fit(
    training, keras, images, fold, settings
):
    (_, cached), (_, whole) = both_ways(training, keras, images, fold, settings)
    np.testing.assert_allclose(cached.history, whole.history, atol=LOSS_TOLERANCE)
    np.testing.assert_allclose(
        cached.probabilities, whole.probabilities, atol=PROBABILITY_TOLERANCE
    )
    assert cached.history["loss"].iloc[-1] < cached.history["loss"].iloc[0]


def test_the_papers_own_model_trains_the_same_on_cached_features(
    training, images, fold, settings, paper, shared, monkeypatch
):
    """MobileNetV2 with ImageNet weights, at 32 pixels: 52 layers of batch norm stand still."""
    from lib import models

    monkeypatch.setenv("LIB_WEIGHTS", str(shared / "weights"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    arm = paper.arm("mobilenetv2")
    backbone, weights = models.backbone(arm, SIZE)
    assert weights.used == "imagenet"
    cached, whole = (models.build(arm, backbone, CLASSES, seed=0) for _ in "ab")
    features = training.features(cached, images, settings.pixel_scaling)
    first = training.fit(cached, images, fold, settings, features)
    second = training.fit(whole, images, fold, settings)
    np.testing.assert_allclose(first.history, second.history, atol=1e-4)
    np.testing.assert_allclose(first.probabilities, second.probabilities, atol=1e-4)


def test_training_on_features_trains_the_whole_model(training, keras, images, fold, settings):
    (model, cached), _ = both_ways(training, keras, images, fold, settings)
    pixels = training.scale(images.take(fold.test), settings.pixel_scaling)
    np.testing.assert_allclose(model.predict_on_batch(pixels), cached.probabilities, atol=1e-5)


def test_the_frozen_backbone_does_not_move(training, keras, images, fold, settings):
    before = build(keras).layers[0].get_weights()
    for model, _ in both_ways(training, keras, images, fold, settings):
        after = model.layers[0].get_weights()
        assert all((a == b).all() for a, b in zip(before, after, strict=True))


def test_the_backbone_sees_every_image_once(training, keras, images, fold, settings, monkeypatch):
    seen = []
    monkeypatch.setattr(
        FakeImages, "take", lambda self, index: (seen.extend(index), self.pixels[index])[1]
    )
    model = build(keras)
    features = training.features(model, images, settings.pixel_scaling)
    for seed in (0, 1):
        training.fit(build(keras, seed), images, fold, settings, features)
    assert sorted(seen) == list(range(40))


@pytest.mark.parametrize("front", [{"dropout": True}, {"trainable": True}])
def test_a_random_or_trainable_front_is_never_cached(training, keras, images, front):
    assert training.features(build(keras, **front), images, "[0, 1]") is None


def test_history_has_a_row_an_epoch_and_the_right_accuracy(training, keras, images, fold, settings):
    fit = training.fit(build(keras), images, fold, settings)
    assert fit.history["epoch"].tolist() == [1, 2, 3]
    right = (fit.probabilities.argmax(1) == images.labels[fold.test]).mean()
    assert fit.history["val_accuracy"].iloc[-1] == pytest.approx(right)
    chosen = fit.probabilities[np.arange(10), images.labels[fold.test]]
    assert fit.history["val_loss"].iloc[-1] == pytest.approx(-np.log(chosen).mean(), rel=1e-4)


def test_the_same_seed_gives_the_same_tables(training, keras, images, fold, settings):
    fits = [training.fit(build(keras), images, fold, settings) for _ in range(2)]
    first, second = (training.predictions("arm", images, [fit]) for fit in fits)
    pd.testing.assert_frame_equal(first, second)


def epochs_of(batches, steps):
    taken = [batches[i][0] for i in range(len(batches))]
    return [np.concatenate(taken[i : i + steps]).tolist() for i in range(0, len(taken), steps)]


def test_batches_cover_every_row_once_an_epoch_in_a_new_order(training):
    rows = np.arange(10)
    batches = training.Batches(lambda index: index, rows % 3, rows, 3, 4, epochs=2, seed=5)
    assert (batches.steps, len(batches)) == (3, 6)
    first, second = epochs_of(batches, 3)
    assert sorted(first) == sorted(second) == rows.tolist()
    assert first != second
    for i in range(len(batches)):
        inputs, targets = batches[i]
        assert (targets.argmax(1) == inputs % 3).all()
        assert len(inputs) == [4, 4, 2][i % 3]


def test_the_order_of_a_batch_does_not_depend_on_when_it_is_asked_for(training):
    rows = np.arange(10)
    make = [training.Batches(lambda i: i, rows % 3, rows, 3, 4, epochs=3, seed=5) for _ in "ab"]
    backwards = [make[0][i][0].tolist() for i in reversed(range(9))]
    assert backwards[::-1] == [make[1][i][0].tolist() for i in range(9)]


def test_fit_takes_every_training_image_once_an_epoch(
    training, keras, images, fold, settings, monkeypatch
):
    """What Keras asks for, in the order it asks, whatever it fetches ahead."""
    taken = []
    fetch = training.Batches.__getitem__

    def logged(self, batch):
        if len(self) > self.steps:  # the training batches; the test's are of one epoch
            taken.append(batch)
        return fetch(self, batch)

    monkeypatch.setattr(training.Batches, "__getitem__", logged)
    training.fit(build(keras), images, fold, settings)
    # 30 images in batches of 8 are 4 steps; before them Keras peeks at the first for their shapes
    assert taken[-12:] == list(range(12))


def test_test_batches_keep_their_order(training):
    rows = np.array([3, 1, 2])
    batches = training.Batches(lambda index: index, np.zeros(4, int), rows, 3, 2)
    assert epochs_of(batches, 2) == [[3, 1, 2]]


@pytest.mark.parametrize(
    ("name", "black", "white"), [("[0, 1]", 0, 1), ("[-1, 1]", -1, 1), ("[0, 255]", 0, 255)]
)
def test_scaling_maps_black_and_white_to_the_ends_of_the_range(training, name, black, white):
    scaled = training.scale(np.array([0, 255], np.uint8), name)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled, [black, white], atol=1e-6)


def test_predictions_name_image_class_and_probabilities(training, images, fold):
    probabilities = np.tile(np.float32([0.1, 0.7, 0.2]), (10, 1))
    fit = SimpleNamespace(fold=fold, probabilities=probabilities)
    table = training.predictions("arm", images, [fit])
    assert list(table) == [
        *("arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"),
        *("a", "b", "c"),
    ]
    assert table["path"].tolist() == [f"{row}.png" for row in fold.test]
    assert table["true"].tolist() == [images.classes[images.labels[row]] for row in fold.test]
    assert set(table["predicted"]) == {"b"}
    assert table["b"].iloc[0] == 0.7  # rounded to six decimals, not 0.699999988
