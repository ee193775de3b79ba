"""A head in NumPy: counted by hand, and as Keras computes and stores it."""

import numpy as np
import pytest

from lib.models.head import Dense, Head, for_every_class, read_head

MAPS = np.array([[[[1.0, -2.0]], [[3.0, 0.0]]]], "float32")  # one image, 2 × 1 places, two channels


def of_one(kernel, bias, activation: str, *, averaged: bool = True) -> Head:
    return Head(averaged, [Dense(np.float32(kernel), np.float32(bias), activation)])


def test_maps_are_averaged_or_flattened_and_put_through_the_layers():
    # averages 2 and −1; flat 1, −2, 3, 0
    relu = of_one([[1, 2], [3, 4]], [0.5, -1], "relu")
    np.testing.assert_array_equal(relu(MAPS), [[0, 0]])  # 2 − 3 + 0.5 = −0.5, 4 − 4 − 1 = −1
    flat = of_one([[1], [2], [3], [4]], [0.5], "relu", averaged=False)
    np.testing.assert_array_equal(flat(MAPS), [[6.5]])  # 1 − 4 + 9 + 0 + 0.5
    two = Head(
        False, [*flat.dense, Dense(np.float32([[1, -1]]), np.float32([-6.5, 6.5]), "softmax")]
    )
    np.testing.assert_array_equal(two(MAPS), [[0.5, 0.5]])


@pytest.mark.parametrize(
    ("value", "probability"), [(0, 0.5), (np.log(3), 0.75), (-1e4, 0), (1e4, 1)]
)
def test_a_sigmoid_gives_the_second_class_however_large_its_input(value, probability):
    with np.errstate(all="raise"):
        outputs = of_one([[0], [0]], [value], "sigmoid")(MAPS)
    np.testing.assert_allclose(
        for_every_class(outputs), [[1 - probability, probability]], atol=1e-7
    )


def test_a_softmax_of_large_numbers_is_one():
    np.testing.assert_array_equal(of_one(np.zeros((2, 2)), [1e4, 0], "softmax")(MAPS), [[1, 0]])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pooling", "last", "outputs"), [("avg", "softmax", 3), ("", "sigmoid", 1)]
)
def test_it_is_what_keras_computes_with_what_keras_has_saved(
    keras, tmp_path, pooling, last, outputs
):
    import h5py

    layers = keras.layers
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 6)),
            layers.GlobalAveragePooling2D() if pooling else layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(5, activation="relu", bias_initializer="ones"),
            layers.Dense(outputs, activation=last),
        ]
    )
    model.save_weights(tmp_path / "net.weights.h5")
    config = keras.saving.serialize_keras_object(model)
    with h5py.File(tmp_path / "net.weights.h5") as weights:
        head = read_head(config, weights)
    maps = np.random.default_rng(0).normal(0, 2, (7, 4, 4, 6)).astype("float32")
    np.testing.assert_allclose(head(maps), model.predict_on_batch(maps), atol=1e-6)
    assert (head.inputs, head.outputs) == (6 if pooling else 96, outputs)
