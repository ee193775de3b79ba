"""What is in the weight files: AlexNet's arrays one by one, the real weights of ../shared."""

from dataclasses import replace

import numpy as np
import pytest

from lib import papers
from lib.machine import OFFLINE_FILES
from lib.papers.declare import Assumed

pytestmark = pytest.mark.slow

SIZE = 63  # pixels: the smallest AlexNet takes
KERNELS = (11, 5, 3, 3, 3)
# SHA-256 of the real files begin like this. Source: the README beside them.
HASHES = {
    "AlexNet": "2be1e03e",
    "MobileNetV2": "15da8dad",
    "MobileNetV3Small": "728fd1c2",
    "VGG16": "a2f51117",
}


@pytest.fixture(scope="module")
def pretrained():
    from lib.models import pretrained

    return pretrained


@pytest.fixture(autouse=True)
def _no_download(monkeypatch, pretrained):
    """Nothing is downloaded: what a machine reaches differs."""
    monkeypatch.setattr(pretrained, "answers", lambda _: False)


@pytest.fixture
def small():
    """AlexNet with a few channels each, that starts from torchvision's weights."""
    arm = papers.load("hulu_breast_mammography").arm("alexnet")
    return replace(arm, filters=Assumed((4, 6, 5, 3, 7), "a test"))


@pytest.fixture
def path(tmp_path, monkeypatch):
    """Where the file of AlexNet's arrays belongs; LIB_WEIGHTS names its folder."""
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    return tmp_path / OFFLINE_FILES["AlexNet"]


def arrays(channels=(4, 6, 5, 3, 7)) -> dict[str, np.ndarray]:
    """Random arrays of the convolutions, named as in the file."""
    rng, made = np.random.default_rng(0), {}
    for number, (side, units) in enumerate(zip(KERNELS, channels, strict=True), start=1):
        before = channels[number - 2] if number > 1 else 3
        made[f"conv{number}_kernel"] = rng.normal(0, 0.1, (side, side, before, units))
        made[f"conv{number}_bias"] = rng.normal(0, 0.1, units)
    return {name: array.astype("float32") for name, array in made.items()}


def test_alexnets_convolutions_are_those_of_the_file_array_for_array(pretrained, small, path):
    given = arrays()
    np.savez(path, **given)
    network, weights = pretrained.load(small, SIZE)
    loaded = {
        f"{layer.name}_{part}": array
        for layer in network.layers
        for part, array in zip(("kernel", "bias"), layer.get_weights(), strict=False)
    }
    assert loaded.keys() == given.keys()
    assert all((loaded[name] == given[name]).all() for name in given)
    assert (weights.declared, weights.used) == ("torchvision", "torchvision")
    assert weights.source == "the folder in LIB_WEIGHTS"


def test_a_missing_array_is_named_with_those_that_are_there(pretrained, small, path):
    np.savez(path, **{name: array for name, array in arrays().items() if name != "conv3_bias"})
    with pytest.raises(ValueError, match="no array conv3_bias, only conv1_kernel, ") as caught:
        pretrained.load(small, SIZE)
    assert str(path) in str(caught.value)


def test_a_shape_that_does_not_fit_is_named_with_the_one_expected(pretrained, small, path):
    np.savez(path, **arrays() | {"conv3_bias": np.zeros(9)})
    with pytest.raises(ValueError, match=r"conv3_bias should .* \(5,\); it has \(9,\)") as caught:
        pretrained.load(small, SIZE)
    assert str(path) in str(caught.value)


def test_kernels_in_pytorchs_order_are_not_taken_for_kerass(pretrained, small, path):
    kernel = arrays()["conv1_kernel"].transpose(3, 2, 0, 1)
    np.savez(path, **arrays() | {"conv1_kernel": kernel})
    with pytest.raises(ValueError, match=r"\(11, 11, 3, 4\); it has \(4, 3, 11, 11\)"):
        pretrained.load(small, SIZE)


class Alarm:
    """Its unpickling would be noticed."""

    def __reduce__(self):
        return pytest.fail, ("something was unpickled",)


def test_pickled_content_is_refused(pretrained, small, path):
    np.savez(path, **arrays() | {"conv5_bias": np.array([Alarm()] * 7, dtype=object)})
    with pytest.raises(ValueError, match="allow_pickle=False") as caught:
        pretrained.load(small, SIZE)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", ["empty", "text", "cut off", "one array"])
def test_a_file_that_holds_no_arrays_is_an_error_that_names_it(content, pretrained, small, path):
    np.savez(path, **arrays())
    if content == "one array":
        with path.open("wb") as file:
            np.save(file, np.zeros(3))
    else:
        whole = path.read_bytes()
        path.write_bytes({"empty": b"", "text": b"none"}.get(content, whole[:-100]))
    with pytest.raises(ValueError, match="should hold arrays by name") as caught:
        pretrained.load(small, SIZE)
    assert str(path) in str(caught.value)


def test_arrays_of_torchvisions_channels_do_not_fit_the_channels_of_2012(pretrained, small, path):
    np.savez(path, **arrays((4, 6, 5, 3, 7)))
    arm = replace(small, filters=Assumed((96, 256, 384, 384, 256), "Krizhevsky et al."))
    with pytest.raises(ValueError, match=r"\(11, 11, 3, 96\)"):
        pretrained.load(arm, SIZE)


# AlexNet once more, in numpy and float64


def convolved(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, stride: int, border: int):
    """(height, width, in) → (…, …, out): every place's window times the kernel, then ReLU."""
    x = np.pad(x, ((border, border), (border, border), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(0, 1))
    sums = np.einsum("hwcij,ijco->hwo", windows[::stride, ::stride], kernel, optimize=True)
    return np.maximum(sums + bias, 0)


def pooled(x: np.ndarray) -> np.ndarray:
    """The maximum of every 3 × 3 window, two apart."""
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(0, 1))
    return windows[::2, ::2].max(axis=(3, 4))


def alexnet(given: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """torchvision's `features`: strides 4, 1, 1, 1, 1, borders 2, 2, 1, 1, 1; pooled after 1, 2, 5."""
    for number, (stride, border) in enumerate(((4, 2), (1, 2), (1, 1), (1, 1), (1, 1)), start=1):
        kernel, bias = (given[f"conv{number}_{part}"].astype(float) for part in ("kernel", "bias"))
        x = convolved(x, kernel, bias, stride, border)
        x = pooled(x) if number in (1, 2, 5) else x
    return x


def picture(size: int) -> np.ndarray:
    """(size, size, 3) uint8: stripes of another width and phase in every channel."""
    row, column, channel = np.indices((size, size, 3))
    return ((3 * row + 2 * column * (channel + 1) + 40 * channel) % 256).astype("uint8")


def test_the_convolution_of_this_file_counts_right_by_hand():
    x = np.arange(9.0).reshape(3, 3, 1)
    ones = np.ones((2, 2, 1, 1))
    assert convolved(x, ones, np.zeros(1), 1, 0)[..., 0].tolist() == [[8, 12], [20, 24]]
    assert convolved(x, ones, np.array([-10.0]), 2, 1)[..., 0].tolist() == [[0, 0], [0, 14]]
    assert pooled(np.arange(25.0).reshape(5, 5, 1))[..., 0].tolist() == [[12, 14], [22, 24]]


# 63 pixels end in one place, 96 in two by two of them, with a rest left over at every stride.
@pytest.mark.parametrize("size", [63, 96])
def test_alexnet_computes_what_numpy_does(size, pretrained, monkeypatch, shared):
    monkeypatch.setenv("LIB_WEIGHTS", str(shared / "weights"))
    arm = papers.load("hulu_breast_mammography").arm("alexnet")
    network, _ = pretrained.load(arm, size)
    pixels = (picture(size) / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    features = np.asarray(network(pixels[None].astype("float32"), training=False))[0]
    with np.load(shared / "weights" / OFFLINE_FILES["AlexNet"]) as given:
        expected = alexnet(dict(given), pixels)
    assert expected.shape == ((size - 32) // 31, (size - 32) // 31, 256)
    assert expected.std() > 0.1
    # float32 against float64: up to 3,456 products in each of five sums.
    np.testing.assert_allclose(features, expected, rtol=1e-4, atol=1e-5 * expected.max())


# the real files


@pytest.mark.parametrize(
    ("slug", "name", "used"),
    [
        ("kumar_breakhis", "vgg16", "imagenet"),
        ("kumar_breakhis", "mobilenetv3", "imagenet"),
        ("kuncoro_white_blood_cells", "mobilenetv2", "imagenet"),
        ("hulu_breast_mammography", "alexnet-fine-tuned", "torchvision"),
    ],
)
def test_real_weights_give_finite_features_that_tell_pictures_apart(
    slug, name, used, pretrained, monkeypatch, shared
):
    from lib.models.preprocessing import ScalePixels
    from lib.papers.declare import NATIVE

    monkeypatch.setenv("LIB_WEIGHTS", str(shared / "weights"))
    arm = papers.load(slug).arm(name)
    network, weights = pretrained.load(arm, 96)
    assert (weights.used, weights.sha256[:8]) == (used, HASHES[arm.backbone])
    pictures = np.stack([picture(96), picture(96)[::-1] // 2, np.full((96, 96, 3), 128)])
    features = np.asarray(network(ScalePixels(NATIVE[arm.backbone])(pictures), training=False))
    assert np.isfinite(features).all()
    assert features.std(axis=0).max() > 0.1  # between pictures
    assert features[0].std(axis=(0, 1)).max() > 0.1  # between places
    assert features[0].std(axis=2).max() > 0.1  # between channels
