"""torchvision's MobileNetV2 as a Keras graph: computes what PyTorch computes, and knows a photograph."""

from pathlib import Path

import made_up_torch as made_up
import numpy as np
import pytest
from PIL import Image

from lib import ROOT, torch_checkpoint
from lib.weights import PACKAGES

pytestmark = pytest.mark.slow

# Of the real checkpoint on `_pattern(65)`: every 128th of the features' means over all places.
# Source: torchvision 0.28.0 with PyTorch 2.13.0, mobilenet_v2 with these weights, on a CPU.
GOLDEN = [0.28609, 0.7413, 1.01348, 1.40949, 2.45706, 0.35927, 0.10438, 0.0, 1.89572, 1.00605]
CATS = {281: "tabby", 282: "tiger cat", 283: "Persian", 284: "Siamese", 285: "Egyptian cat"}
PALACE = 698


@pytest.fixture(scope="module")
def torchvision():
    from lib import torchvision

    return torchvision


@pytest.fixture(scope="module")
def plan():
    """A maker of Keras' own MobileNetV2 for images of one size."""
    from lib.backend import keras

    def make(size: int):
        shape = (size, size, 3)
        return keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=shape)

    return make


@pytest.fixture(scope="module")
def checkpoint() -> dict[str, np.ndarray]:
    """The real one, where the set-up has fetched it."""
    path = ROOT / "data" / "weights" / PACKAGES["MobileNetV2"].path.name
    if not path.is_file():
        pytest.skip("needs data/weights/, which `python -m lib weights` fetches")
    return torch_checkpoint.read(path)


def _pattern(size: int) -> np.ndarray:
    """(size, size, 3) uint8: stripes of another width and phase in every channel."""
    row, column, channel = np.indices((size, size, 3))
    return ((3 * row + 2 * column * (channel + 1) + 40 * channel) % 256).astype("uint8")


def _features(network, pixels: np.ndarray) -> np.ndarray:
    from lib.preprocessing import ScalePixels

    return np.asarray(network(ScalePixels("[-1, 1]")(pixels[None]), training=False))[0]


# A side of 64 pixels stays even down to 4; 33 and 50 pass odd sides too.
@pytest.mark.parametrize("size", [64, 33, 50])
def test_the_graph_computes_what_pytorch_defines(size, torchvision, plan):
    state, pixels = made_up.state(seed=size), _pattern(size)
    expected = made_up.features(state, pixels)
    found = _features(torchvision.mobilenet_v2(plan(size), state), pixels)
    assert expected.std() > 0.01
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * expected.max())


def test_names_shapes_and_parameters_are_those_of_keras(torchvision, plan):
    own = plan(224)
    made = torchvision.mobilenet_v2(own, made_up.state())
    assert (made.name, made.output_shape) == ("mobilenetv2_1.00_224", (None, 7, 7, 1280))
    assert made.count_params() == own.count_params() == 2257984
    shapes = {layer.name: layer.output.shape for layer in made.layers[1:]}
    added = {"normalization", "Conv1_pad"}
    assert set(shapes) - added == {layer.name for layer in own.layers[1:]}
    for layer in own.layers[1:]:
        if not layer.name.endswith("_pad"):  # padded on more sides, cut off again
            assert shapes[layer.name] == layer.output.shape, layer.name


def test_the_plan_is_left_as_it_is(torchvision, plan):
    own = plan(32)
    before = own.get_weights()
    torchvision.mobilenet_v2(own, made_up.state())
    assert all((a == b).all() for a, b in zip(own.get_weights(), before, strict=True))
    assert own.get_layer("bn_Conv1").epsilon == 1e-3


def test_a_frozen_network_is_the_front_whose_features_are_kept(torchvision, plan):
    from lib.backend import keras
    from lib.features import cut

    made = torchvision.mobilenet_v2(plan(32), made_up.state())
    made.trainable = False
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input((32, 32, 3)), made, pool, keras.layers.Dense(2)])
    front, _ = cut(model)
    assert [layer.name for layer in front.layers] == [made.name, pool.name]


def test_a_checkpoint_without_a_layer_is_an_error(torchvision, plan):
    state = made_up.state()
    del state["features.4.conv.1.1.running_var"]
    with pytest.raises(KeyError, match=r"features\.4\.conv\.1\.1\.running_var"):
        torchvision.mobilenet_v2(plan(32), state)


def test_a_checkpoint_of_other_shapes_is_an_error(torchvision, plan):
    state = made_up.state()
    state["features.18.0.weight"] = state["features.18.0.weight"][:640]
    with pytest.raises(ValueError, match="shape"):
        torchvision.mobilenet_v2(plan(32), state)


def test_the_real_checkpoint_gives_torchvisions_numbers(checkpoint, torchvision, plan):
    network = torchvision.mobilenet_v2(plan(65), checkpoint)
    found = _features(network, _pattern(65)).mean(axis=(0, 1))
    assert found.shape == (1280,)
    np.testing.assert_allclose(found[::128], GOLDEN, atol=1e-4)


def test_a_palace_is_known(checkpoint, torchvision, plan):
    """A photograph that comes with scikit-learn, of a pavilion of Beijing's Summer Palace."""
    import sklearn.datasets

    path = Path(sklearn.datasets.__file__).parent / "images" / "china.jpg"
    network = torchvision.mobilenet_v2(plan(224), checkpoint)
    assert _top(5, Image.open(path), network, checkpoint)[0] == PALACE


def test_a_cat_is_known(checkpoint, torchvision, plan):
    """`chelsea`, the photograph of a cat that comes with scikit-image."""
    data = pytest.importorskip("skimage.data", reason="needs scikit-image's photograph of a cat")
    network = torchvision.mobilenet_v2(plan(224), checkpoint)
    top = _top(5, Image.fromarray(data.chelsea()), network, checkpoint)
    assert set(top) & set(CATS)


def _top(count: int, photo: Image.Image, network, state) -> list[int]:
    """The likeliest ImageNet classes, by the classifier of the checkpoint; torchvision's own crop."""
    scale = 256 / min(photo.size)
    photo = photo.convert("RGB").resize(
        [round(side * scale) for side in photo.size], Image.BILINEAR
    )
    left, upper = (photo.width - 224) // 2, (photo.height - 224) // 2
    pixels = np.asarray(photo.crop((left, upper, left + 224, upper + 224)))
    pooled = _features(network, pixels).mean(axis=(0, 1))
    logits = state["classifier.1.weight"] @ pooled + state["classifier.1.bias"]
    return [int(one) for one in np.argsort(-logits)[:count]]
