"""AlexNet and the small network of five blocks: shapes, and parameters counted by hand."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow

KRIZHEVSKY = (96, 256, 384, 384, 256)
TORCHVISION = (64, 192, 384, 256, 256)
DOUBLING = (32, 64, 128, 256, 512)
# Kernel height × width × channels in × out, and one bias per channel.
ALEXNET = {
    "conv1": 11 * 11 * 3 * 96 + 96,
    "conv2": 5 * 5 * 96 * 256 + 256,
    "conv3": 3 * 3 * 256 * 384 + 384,
    "conv4": 3 * 3 * 384 * 384 + 384,
    "conv5": 3 * 3 * 384 * 256 + 256,
}
BLOCKS = {
    "block1_conv": 896,  # 3 × 3 × 3 × 32 + 32
    "block2_conv": 18_496,  # 3 × 3 × 32 × 64 + 64
    "block3_conv": 73_856,
    "block4_conv": 295_168,
    "block5_conv": 1_180_160,
}


@pytest.fixture(scope="module")
def architectures():
    from lib.models import architectures

    return architectures


def parameters(network) -> dict[str, int]:
    """Of the layers that have any."""
    return {layer.name: layer.count_params() for layer in network.layers if layer.weights}


def shapes(network) -> dict[str, tuple]:
    """Of every layer's output, without the images' axis."""
    return {layer.name: layer.output.shape[1:] for layer in network.layers[1:]}


@pytest.mark.parametrize("size", [224, 227])
def test_alexnet_ends_in_six_by_six_places(size, architectures):
    network = architectures.alexnet(KRIZHEVSKY, size)
    assert (network.name, network.input_shape) == ("alexnet", (None, size, size, 3))
    assert shapes(network) == {
        "conv1_pad": (size + 4, size + 4, 3),
        "conv1": {224: (55, 55, 96), 227: (56, 56, 96)}[size],  # (size + 4 - 11) // 4 + 1
        "pool1": (27, 27, 96),
        "conv2": (27, 27, 256),
        "pool2": (13, 13, 256),
        "conv3": (13, 13, 384),
        "conv4": (13, 13, 384),
        "conv5": (13, 13, 256),
        "pool5": (6, 6, 256),
    }


def test_alexnets_parameters_are_those_counted_by_hand(architectures):
    assert list(ALEXNET.values()) == [34_944, 614_656, 885_120, 1_327_488, 884_992]
    network = architectures.alexnet(KRIZHEVSKY, 227)
    assert parameters(network) == ALEXNET
    assert network.count_params() == 3_747_200
    head = (6 * 6 * 256 * 4096 + 4096) + (4096 * 4096 + 4096) + (4096 * 3 + 3)
    assert network.count_params() + head == 58_293_635


def test_torchvisions_channels_make_torchvisions_parameters(architectures):
    network = architectures.alexnet(TORCHVISION, 224)
    assert network.count_params() == 2_469_696
    # With its classifier of 1,000 classes. Source: num_params in torchvision/models/alexnet.py.
    head = (6 * 6 * 256 * 4096 + 4096) + (4096 * 4096 + 4096) + (4096 * 1000 + 1000)
    assert network.count_params() + head == 61_100_840


def test_every_convolution_of_alexnet_ends_in_a_relu(architectures):
    network = architectures.alexnet((4, 4, 4, 4, 4), 63)
    assert [layer.activation.__name__ for layer in network.layers if layer.weights] == ["relu"] * 5


@pytest.mark.parametrize(("size", "sides"), [(64, [32, 16, 8, 4, 2]), (200, [100, 50, 25, 12, 6])])
def test_every_block_halves_the_image(size, sides, architectures):
    network = architectures.conv_blocks(DOUBLING, size)
    outputs = shapes(network)
    before = [size, *sides]
    for number, channels in enumerate(DOUBLING, start=1):
        conv, pool = before[number - 1], before[number]
        assert outputs[f"block{number}_conv"] == (conv, conv, channels)
        assert outputs[f"block{number}_pool"] == (pool, pool, channels)
    assert network.output_shape == (None, sides[-1], sides[-1], 512)


def test_the_blocks_parameters_are_those_counted_by_hand(architectures):
    network = architectures.conv_blocks(DOUBLING, 64)
    assert parameters(network) == BLOCKS
    assert network.count_params() == 1_568_576


def test_a_block_convolves_with_zeros_around_then_relu_then_the_maximum_of_four(architectures):
    network = architectures.conv_blocks((1,), 4)
    network.layers[1].set_weights([np.ones((3, 3, 3, 1)), np.array([-20.0])])
    output = np.asarray(network(np.ones((1, 4, 4, 3), "float32")))[0, ..., 0]
    # Ones at an inner place: 27 - 20. Each quarter of the image has one.
    assert output.tolist() == [[7, 7], [7, 7]]
    dark = np.asarray(network(np.zeros((1, 4, 4, 3), "float32")))
    assert (dark == 0).all()


@pytest.mark.parametrize("filters", [(), (96,), (96, 256, 384, 384), (96, 256, 384, 384, 256, 256)])
def test_alexnet_takes_five_numbers_of_filters(filters, architectures):
    with pytest.raises(ValueError, match="`filters` of AlexNet should be 5 numbers"):
        architectures.alexnet(filters, 224)


def test_blocks_take_any_number_of_filters_but_none(architectures):
    assert architectures.conv_blocks((2, 3), 8).output_shape == (None, 2, 2, 3)
    with pytest.raises(ValueError, match="`filters` of ConvBlocks should be some numbers"):
        architectures.conv_blocks((), 64)


def test_an_image_that_is_too_small_is_an_error_and_the_next_size_is_not(architectures):
    with pytest.raises(ValueError, match=r"at least 63 pixels for AlexNet.*received 62"):
        architectures.alexnet(KRIZHEVSKY, 62)
    assert architectures.alexnet((1, 1, 1, 1, 1), 63).output_shape == (None, 1, 1, 1)
    with pytest.raises(ValueError, match=r"at least 32 pixels for ConvBlocks.*received 31"):
        architectures.conv_blocks(DOUBLING, 31)
    assert architectures.conv_blocks((1, 1, 1, 1, 1), 32).output_shape == (None, 1, 1, 1)


def test_both_are_found_by_the_names_that_arms_use(architectures):
    assert set(architectures.BUILDERS) == {"AlexNet", "ConvBlocks"}
