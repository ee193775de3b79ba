"""Heads side by side: each learns what it learns alone, whatever its neighbours are; also when interrupted."""

from dataclasses import replace
from types import MappingProxyType

import made_up_training as made_up
import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.slow

TOLERANCE = 1e-5
FEATURES, HEADS = 12, 3
EXTREME = 1e30


@pytest.fixture(scope="module")
def side_by_side():
    from lib.training import side_by_side

    return side_by_side


@pytest.fixture
def features():
    """Made-up features of 40 images, brighter in one number per class."""
    from lib.training.features import Features

    values = np.random.default_rng(0).standard_normal((made_up.NUMBER, FEATURES), "float32")
    values[np.arange(made_up.NUMBER), np.arange(made_up.NUMBER) % made_up.CLASSES] += 2
    return Features(values=values, seconds=0.0, reused=False)


def folds_of_other_lengths():
    """Of 30, 29 and 28 training images: four steps of eight each, the last ones of other lengths."""
    return [made_up.division(seed=n, tested=10 + n, fold=n) for n in range(HEADS)]


def heads_of(side_by_side, features, folds=None, images=None, **form):
    """A new head per fold, with weights of its own."""
    return [
        side_by_side.Head(
            model=made_up.model(seed=fold.seed, **form),
            images=images or made_up.image_set(),
            fold=fold,
            features=features,
        )
        for fold in folds or folds_of_other_lengths()
    ]


def alone(head, how):
    """The same head by a fit of its own."""
    given = (head.images, head.fold, how, head.features)
    return made_up.fit(head.model, *given, on_training=True)


def assert_close(fit, other) -> None:
    np.testing.assert_allclose(fit.history, other.history, rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(fit.probabilities, other.probabilities, atol=TOLERANCE)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_every_head_learns_what_it_learns_alone(side_by_side, features, optimizer):
    """From its own weights, on its own batches, with dropout of its own seed and other lengths."""
    how = made_up.training(optimizer=optimizer, batch_size=8, learning_rate=0.02)
    heads = heads_of(side_by_side, features, dropout=0.3)
    fits = side_by_side.Stack(heads, how).fit(on_training=True)
    for head, fit in zip(heads, fits, strict=True):
        expected = alone(head, how)
        assert fit.fold is head.fold
        assert_close(fit, expected)
        np.testing.assert_allclose(fit.on_training, expected.on_training, atol=TOLERANCE)
        assert fit.history["loss"].iloc[-1] < fit.history["loss"].iloc[0]
    assert np.abs(fits[0].on_training[:9] - fits[1].on_training[:9]).max() > 1000 * TOLERANCE


def test_heads_with_one_output_learn_what_they_learn_alone(side_by_side, features):
    how = made_up.training(loss="binary_crossentropy", batch_size=8, learning_rate=0.02)
    heads = heads_of(side_by_side, features, images=made_up.image_set(2), outputs=1)
    for head, fit in zip(heads, side_by_side.Stack(heads, how).fit(), strict=True):
        assert_close(fit, alone(head, how))


def test_every_head_classifies_images_of_no_fold(side_by_side, features):
    stack = side_by_side.Stack(heads_of(side_by_side, features), made_up.training(batch_size=8))
    fits = stack.fit()
    for head, fit, answers in zip(
        folds_of_other_lengths(), fits, stack.classify(features.values), strict=True
    ):
        np.testing.assert_allclose(answers[head.test], fit.probabilities, atol=TOLERANCE)


def test_a_stack_that_starts_anew_is_as_a_new_one(side_by_side, features):
    how = made_up.training(optimizer="adam", batch_size=8, learning_rate=0.02)
    folds = [made_up.division(seed=10 + n, tested=10 + n, fold=n) for n in range(HEADS)]

    def others():
        return heads_of(side_by_side, features, folds, dropout=0.3)

    stack = side_by_side.Stack(heads_of(side_by_side, features, dropout=0.3), how)
    stack.fit()
    again, expected = stack.restart(others()).fit(), side_by_side.Stack(others(), how).fit()
    for fit, new in zip(again, expected, strict=True):
        assert fit.fold is new.fold
        made_up.assert_equal(fit, new)


def test_every_head_has_a_learning_rate_of_its_own(side_by_side, features):
    how = made_up.training(batch_size=8, learning_rate=0.5)
    rates = (0.02, 0.002, 0.01)
    heads = [
        replace(head, learning_rate=rate)
        for head, rate in zip(heads_of(side_by_side, features), rates, strict=True)
    ]
    for head, fit in zip(heads, side_by_side.Stack(heads, how).fit(), strict=True):
        assert_close(fit, alone(head, replace(how, learning_rate=head.learning_rate)))


# Which heads train together


def numbers(side_by_side, features, sizes, form=MappingProxyType({}), **recipe):
    """The stacks of heads with so many training images; `form` as of `heads_of`."""
    fold = made_up.division(tested=1)
    folds = [replace(fold, train=fold.train[:size]) for size in sizes]
    heads = heads_of(side_by_side, features, folds, **form)
    return side_by_side.divide_into_stacks(heads, made_up.training(**{"batch_size": 8} | recipe))


def test_heads_with_equal_steps_train_together(side_by_side, features):
    # 3, 2, 3, 2 and 3 batches
    assert numbers(side_by_side, features, [24, 16, 17, 9, 20]) == [[1, 3], [0, 2, 4]]


def test_a_stack_has_no_more_numbers_than_the_limit(side_by_side, features, monkeypatch):
    # 12 × 6 + 6 and 6 × 3 + 3 weights are 99; a batch of eight has 96 numbers, one of nine has 108
    monkeypatch.setattr(side_by_side, "LARGEST", 2 * 99)
    assert numbers(side_by_side, features, [16] * 5) == [[0, 1], [2, 3], [4]]
    assert numbers(side_by_side, features, [18] * 2, batch_size=9) == [[0], [1]]
    monkeypatch.setattr(side_by_side, "LARGEST", 1)
    assert numbers(side_by_side, features, [16] * 2) == [[0], [1]]


def test_where_images_change_a_stack_has_no_more_of_them_in_an_epoch_than_the_limit(
    side_by_side, features, monkeypatch
):
    monkeypatch.setattr(side_by_side, "FEW_IMAGES", 50)
    changes = {"before": made_up.turned_and_flipped()}
    assert numbers(side_by_side, features, [18, 24, 20, 24], form=changes) == [[0, 1], [2, 3]]
    monkeypatch.setattr(side_by_side, "FEW_IMAGES", 1)
    assert numbers(side_by_side, features, [16] * 2, form=changes) == [[0], [1]]


def test_dense_layers_and_dropout_behind_a_frozen_front_can_be_stacked(side_by_side, keras):
    how, can = made_up.training(), side_by_side.can_be_stacked
    assert can(made_up.model(dropout=0.3), how)
    assert not can(made_up.model(trainable=True), how)
    assert can(made_up.model(before=made_up.turned_and_flipped()), how)
    assert not can(made_up.model(), replace(how, precision="mixed_float16"))
    with_norm = [*made_up.model().layers, keras.layers.BatchNormalization()]
    assert not can(keras.Sequential([keras.Input((32, 32, 3)), *with_norm]), how)


# Interrupted, or out of bounds


def test_an_interrupted_stack_ends_as_one_that_was_not(
    side_by_side, features, tmp_path, monkeypatch
):
    how, file = made_up.training(epochs=4, batch_size=8), tmp_path / "state.npz"

    def fits(state):
        heads = heads_of(side_by_side, features, dropout=0.3)
        return side_by_side.Stack(heads, how).fit(state)

    class Stopped(side_by_side._StackRecorder):
        def on_train_batch_begin(self, batch, logs=None):
            if len(self.rows) == 2 and batch == 1:
                raise KeyboardInterrupt

    whole = fits(None)
    with monkeypatch.context() as patch:
        patch.setattr(side_by_side, "_StackRecorder", Stopped)
        with pytest.raises(KeyboardInterrupt):
            fits(file)
    resumed, finished = fits(file), fits(file)
    assert resumed[0].seconds == finished[0].seconds  # nothing was trained again
    for fit, again, expected in zip(resumed, finished, whole, strict=True):
        made_up.assert_equal(fit, expected)
        made_up.assert_equal(again, expected)


def test_a_head_whose_loss_is_no_number_ends_the_training(side_by_side, training, features):
    values = features.values.copy()
    values[:] = EXTREME
    spoiled = replace(features, values=values)
    heads = heads_of(side_by_side, features)
    heads[1] = replace(heads[1], features=spoiled)
    how = made_up.training(optimizer="sgd", learning_rate=EXTREME, batch_size=8)
    with pytest.raises(training.TrainingError, match=r"In epoch 1 .*learning rate"):
        side_by_side.Stack(heads, how).fit()


def test_a_stack_tells_where_training_is(side_by_side, features):
    told = []
    how = made_up.training(epochs=2, batch_size=8)
    heads = heads_of(side_by_side, features)
    fits = side_by_side.Stack(heads, how).fit(tell=lambda done, text: told.append((done, text)))
    assert [done for done, _ in told] == [epoch + step / 4 for epoch in (0, 1) for step in range(4)]
    mean = pd.concat([fit.history for fit in fits]).groupby("epoch")["val_accuracy"].mean()
    assert f"{mean[1]:.3f}" in told[-1][1]
