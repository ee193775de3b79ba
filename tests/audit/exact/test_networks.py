"""Parameters by arithmetic: by hand, by the numbers Keras prints, and by Keras itself."""

import pytest

from lib.audit.exact.networks import (
    NETWORKS,
    convolution,
    convolutions,
    dense,
    dense_layers,
    feature_count,
    printed_shape,
)


def test_layers_counted_by_hand():
    assert dense(1280, 128) == 163_968
    assert dense(128, 5) == 645
    assert convolution(3, 32) == 3 * 3 * 3 * 32 + 32
    assert convolution(2, 4, kernel=1) == 12
    assert convolutions((32, 64)) == 896 + 18_496
    assert dense_layers(10, (4, 2)) == 44 + 10


@pytest.mark.parametrize(
    ("name", "bare", "whole"),
    [("MobileNetV2", 2_257_984, 3_538_984), ("VGG16", 14_714_688, 138_357_544)],
)
def test_known_networks_have_the_parameters_that_keras_documents(name, bare, whole):
    network = NETWORKS[name]
    assert network.parameters == bare
    assert network.parameters + network.classifier == whole


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("side", [64, 224])
def test_known_networks_are_those_of_keras(name, side):
    from lib.models.backend import keras

    model = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(side, side, 3)
    )
    network = NETWORKS[name]
    assert model.count_params() == network.parameters
    assert model.output_shape[1:] == (network.side(side), network.side(side), network.channels)


def test_printed_shapes():
    assert printed_shape("(None, 7, 7, 1280)") == (7, 7, 1280)
    assert feature_count("(None, 7, 7, 1280)") == 62_720
    assert printed_shape("(None, 5)") == (5,)
    assert NETWORKS["VGG16"].side(227) == 8
