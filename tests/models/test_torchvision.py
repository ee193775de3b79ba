"""torchvision's files are read without PyTorch and run nothing; its networks compute what PyTorch's do."""

import hashlib
import os
import pickle
from pathlib import Path

import made_up_torch as made_up
import numpy as np
import pytest
from PIL import Image

from lib import ROOT
from lib.machine import PACKAGED_FILES

pytestmark = pytest.mark.slow

ARRAYS = {
    "conv.weight": np.arange(24, dtype="float32").reshape(2, 1, 3, 4) / 7,
    "norm.running_mean": np.array([1.5, -2.5, 3], "float32"),
    "norm.num_batches_tracked": np.array(12345678901, "int64"),
}
# Of the real checkpoint on `_pattern(65)`: every 128th of the features' means over all places.
# Source: torchvision 0.28.0 with PyTorch 2.13.0, mobilenet_v2 with these weights, on a CPU.
GOLDEN = [0.28609, 0.7413, 1.01348, 1.40949, 2.45706, 0.35927, 0.10438, 0.0, 1.89572, 1.00605]
CATS = {281: "tabby", 282: "tiger cat", 283: "Persian", 284: "Siamese", 285: "Egyptian cat"}
PALACE = 698


@pytest.fixture(scope="module")
def torchvision():
    from lib.models import torchvision

    return torchvision


# files of arrays


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "checkpoint.pth"


@pytest.fixture
def read(torchvision, path):
    """A reader of what a file holds whose whole content, and so its hash, is known."""

    def read_content(content: bytes) -> dict[str, np.ndarray]:
        path.write_bytes(content)
        return torchvision.read_arrays(path, hashlib.sha256(content).hexdigest())

    return read_content


@pytest.fixture
def refused(read, path):
    """A check that a file of this content is an error that names it, for a reason with these words."""

    def check(content: bytes, words: str = "") -> None:
        with pytest.raises(ValueError, match="should hold arrays by name") as caught:
            read(content)
        assert str(path) in str(caught.value)
        assert words in str(caught.value)

    return check


def _older(state) -> bytes:
    return b"".join(made_up.parts(state))


def _with(number: int, pickled: bytes) -> bytes:
    """A checkpoint of the older form with another pickle in the place of one of its five."""
    parts = made_up.parts(made_up.tensors(ARRAYS))
    parts[number] = pickled
    return b"".join(parts)


def _numpy_pickle(arrays, protocol: int, version: int) -> bytes:
    """As this NumPy writes it, with the module names of NumPy 1 or 2."""
    content = pickle.dumps(arrays, protocol)
    names = {1: b"numpy.core.multiarray", 2: b"numpy._core.multiarray"}
    assert names[2] in content
    return content.replace(names[2], names[version])


CONTENTS = {
    "older": lambda: _older(made_up.tensors(ARRAYS)),
    "zip": lambda: made_up.zipped(made_up.tensors(ARRAYS)),
    "NumPy 1": lambda: _numpy_pickle(ARRAYS, 3, version=1),
    "NumPy 2": lambda: _numpy_pickle(ARRAYS, 3, version=2),
    "NumPy 2, protocol 4": lambda: _numpy_pickle(ARRAYS, 4, version=2),
}
every_form = pytest.mark.parametrize("form", CONTENTS)


@every_form
def test_names_shapes_types_and_values_are_read(form, read):
    arrays = read(CONTENTS[form]())
    assert type(arrays) is dict
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (arrays[name].shape, arrays[name].dtype) == (array.shape, array.dtype)
        assert (arrays[name] == array).all()


@pytest.mark.parametrize("form", [_older, made_up.zipped])
def test_two_tensors_may_be_views_of_one_storage(form, read):
    whole = np.arange(10, dtype="float32")
    part = made_up.Tensor(whole[4:10].reshape(2, 3), "shared", offset=4, count=10)
    arrays = read(form({"part": part, "whole": made_up.Tensor(whole, "shared")}))
    assert (arrays["part"] == [[4, 5, 6], [7, 8, 9]]).all()
    assert (arrays["whole"] == whole).all()


def test_a_tensor_may_be_transposed(read):
    array = np.arange(6, dtype="float32")
    turned = made_up.Tensor(array.reshape(2, 3), "key", strides=(1, 2))
    assert (read(_older({"a": turned}))["a"] == array.reshape(3, 2).T).all()


def test_the_folder_in_a_zip_file_may_have_any_name(read):
    arrays = read(made_up.zipped(made_up.tensors(ARRAYS), root="mobilenet_v2-7ebf99e0"))
    assert (arrays["conv.weight"] == ARRAYS["conv.weight"]).all()


@every_form
def test_only_the_file_of_the_given_hash_is_opened(form, torchvision, path, monkeypatch):
    content = CONTENTS[form]()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    monkeypatch.setattr(torchvision, "_ArrayUnpickler", pytest.fail)
    monkeypatch.setattr(torchvision.zipfile, "ZipFile", pytest.fail)
    digest = hashlib.sha256(content).hexdigest()
    with pytest.raises(ValueError, match=f"should have the SHA-256 {digest[:8]}…") as caught:
        torchvision.read_arrays(path, digest)
    assert str(path) in str(caught.value)


@every_form
def test_a_file_cut_short_anywhere_is_refused(form, refused):
    content = CONTENTS[form]()
    for length in range(len(content)):
        refused(content[:length])


@pytest.mark.parametrize("form", ["older", "NumPy 1", "NumPy 2"])
def test_bytes_behind_the_end_are_refused(form, refused):
    refused(CONTENTS[form]() + b"1234", "something follows its end")


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n" + bytes(100), b"{}", b"N.", b"PK"])
def test_other_files_are_refused(content, refused):
    refused(content)


class Evil:
    """Leaves a folder behind when it is unpickled."""

    def __init__(self, target, function=os.mkdir):
        self.target, self.function = target, function

    def __reduce__(self):
        return self.function, (str(self.target),)


@pytest.fixture
def target(tmp_path):
    """The folder that evil files make where they can, and must not make."""
    folder = tmp_path / "harm"
    yield folder
    assert not folder.exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_what_a_malicious_pickle_asks_for_is_not_done(protocol, refused, target):
    content = pickle.dumps(Evil(target), protocol)
    pickle.loads(content)  # it does harm where it can
    target.rmdir()
    refused(content, "it names posix.mkdir")
    for number in range(5):
        refused(_with(number, content), "it names posix.mkdir")


@pytest.mark.parametrize("place", ["value", "key", "attribute", "argument"])
def test_harm_hidden_inside_a_state_dict_is_not_done(place, refused, target):
    state = made_up.tensors(ARRAYS)
    if place == "value":
        state["evil"] = Evil(target)
    elif place == "key":
        state[Evil(target)] = state["conv.weight"]
    elif place == "attribute":
        state._metadata = Evil(target)
    else:
        state["conv.weight"].strides = Evil(target)
    pickled = made_up.pickled(state)
    refused(_with(3, pickled), "it names posix.mkdir")
    refused(made_up.zipped(made_up.tensors(ARRAYS), data=pickled), "it names posix.mkdir")


@pytest.mark.parametrize(
    "name",
    [
        *("builtins eval", "os system", "torch load", "torch._utils _rebuild_parameter"),
        *("numpy load", "numpy.core.multiarray fromfile", "collections defaultdict"),
    ],
)
def test_no_other_name_is_accepted(name, refused):
    module, function = name.split()
    pickled = f"c{module}\n{function}\n.".encode()
    refused(pickled, f"it names {module}.{function}, which no file of arrays needs")
    refused(_with(3, pickled), f"it names {module}.{function}, which no file of arrays needs")


@pytest.mark.parametrize(
    "value",
    [
        *([], ["conv.weight"], {"a": 1}, ARRAYS["conv.weight"]),
        *({"a": {"b": 1}}, {"a": [ARRAYS["conv.weight"]]}),
    ],
)
def test_what_is_no_dictionary_of_arrays_is_refused(value, refused):
    refused(pickle.dumps(value, 4))


def test_arrays_of_a_dictionary_within_the_dictionary_have_both_names(read):
    weight, mean, count = ARRAYS.values()
    nested = {"a": {"b": {"weight": weight}, "mean": mean}, "count": count}
    arrays = read(pickle.dumps(nested, 3))
    assert list(arrays) == ["a.b.weight", "a.mean", "count"]
    assert (arrays["a.b.weight"] == weight).all()


def test_a_dictionary_within_itself_is_refused(refused):
    endless = {}
    endless["a"] = endless
    refused(pickle.dumps(endless, 4))


def test_a_list_of_other_storages_is_refused(refused):
    keys = [f"key {name}" for name in ARRAYS]
    for other in (keys[:-1], [*keys, "key"], [*keys, keys[0]], [], {}, ["a", 1, None]):
        refused(_with(4, made_up.pickled(other)))


@pytest.mark.parametrize(
    ("number", "value"),
    [(0, made_up.MAGIC + 1), (1, 1000), (2, {"little_endian": False}), (2, {}), (2, [])],
)
def test_another_frame_is_refused(number, value, refused):
    refused(_with(number, made_up.pickled(value)))


@pytest.mark.parametrize("offset", [1, 10**12, -1])
def test_a_tensor_outside_of_its_storage_is_refused(offset, refused):
    state = {"a": made_up.Tensor(np.zeros(4, "float32"), "key", offset=offset)}
    refused(_older(state))
    refused(made_up.zipped(state))


@pytest.mark.parametrize("strides", [(2,), (-1,), (2**62,)])
def test_a_tensor_that_steps_out_of_its_storage_is_refused(strides, refused):
    refused(_older({"a": made_up.Tensor(np.zeros(4, "float32"), "key", strides=strides)}))


@pytest.mark.parametrize("count", [3, 5, 2**62, -4])
def test_a_storage_that_claims_another_length_is_refused(count, refused):
    refused(_older({"a": made_up.Tensor(np.zeros(4, "float32"), "key", count=count)}))


def test_a_storage_of_another_length_than_the_state_dict_says_is_refused(refused):
    parts = made_up.parts({"a": made_up.Tensor(np.zeros(4, "float32"), "key", count=4)})
    other = made_up.parts({"a": made_up.Tensor(np.zeros(4, "float32"), "key", count=5)})
    refused(b"".join([*other[:5], parts[5]]), "it should have 5 numbers in its storage 'key'")


def test_a_view_of_a_storage_is_refused(refused):
    view = ("key of the view", 0, 2)
    refused(
        _older({"a": made_up.Tensor(np.zeros(4, "float32"), "key", view=view)}), "whole storage"
    )


def test_a_missing_file_is_said_to_be_missing(torchvision, path):
    with pytest.raises(FileNotFoundError):
        torchvision.read_arrays(path, "")


# the real files, where the set-up has fetched them


@pytest.fixture(scope="module")
def real(torchvision):
    """A reader of a backbone's real file; skips where it is not in data/weights/."""

    def read_file(backbone: str) -> dict[str, np.ndarray]:
        file = PACKAGED_FILES[backbone]
        path = ROOT / "data" / "weights" / file.path.name
        if not path.is_file():
            pytest.skip(f"needs data/weights/{path.name}, which `python -m lib weights` fetches")
        return torchvision.read_arrays(path, file.sha256)

    return read_file


def test_the_real_alexnet_is_that_of_the_shared_folder(real, torchvision, shared):
    """Two ways from torchvision's checkpoint: a Flax port's, and the one in ../shared/weights."""
    convolutions = torchvision._convolutions(real("AlexNet"))
    with np.load(shared / "weights" / "alexnet_torchvision_features.npz") as expected:
        assert set(convolutions) == set(expected)
        assert all((convolutions[name] == expected[name]).all() for name in expected)


def test_the_real_vgg16_is_torchvisions(real, torchvision):
    """The numbers that `torchvision.models.vgg16(pretrained=True).state_dict()` prints, in part."""
    convolutions = torchvision._convolutions(real("VGG16"))
    kernel = convolutions["conv1_kernel"]
    red = [[-0.5537, 0.1427, 0.5290], [-0.5831, 0.3566, 0.7657], [-0.6902, -0.0480, 0.4841]]
    blue = [[0.4603, 0.4340, 0.2835], [0.1634, -0.0582, -0.1920], [-0.1952, -0.4563, -0.4273]]
    np.testing.assert_allclose(kernel[:, :, 0, 0], red, atol=6e-5)  # first place, first filter
    np.testing.assert_allclose(kernel[:, :, 2, -1], blue, atol=6e-5)  # last place, last filter
    third = [[-0.06281, 0.011339, -0.040391], [-0.051637, -0.057086, -0.12647]]
    np.testing.assert_allclose(convolutions["conv3_kernel"][:2, :, 0, 0], third, atol=6e-6)
    last = [0.0122, 0.0334, -0.0149, -0.0680, 0.3459]
    np.testing.assert_allclose(convolutions["conv13_bias"][-5:], last, atol=6e-5)


def test_the_real_vgg16_sees_the_cat_as_numpy_does(real, torchvision, vgg_plan):
    """`chelsea`, the photograph of a cat that comes with scikit-image, at 64 pixels."""
    data = pytest.importorskip("skimage.data", reason="needs scikit-image's photograph of a cat")
    arrays, nested = real("VGG16"), {}
    for name, array in arrays.items():
        outer, layer, part = name.split(".")
        nested.setdefault(outer, {}).setdefault(layer, {})[part] = array
    pixels = np.asarray(Image.fromarray(data.chelsea()).resize((64, 64), Image.BILINEAR))
    features = _features(torchvision.vgg16(vgg_plan(64), arrays), pixels, "BGR - mean")
    expected = made_up.vgg16_features(nested, pixels)
    assert (features > 0).mean() > 0.05  # the cat is seen at all
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-4 * expected.max())


# AlexNet


@pytest.fixture
def alexnet():
    """A small AlexNet, and arrays for it: "conv1_kernel", …"""
    from lib.models import architectures

    network = architectures.alexnet((4, 6, 5, 3, 7), 63)
    rng = np.random.default_rng(0)
    arrays = {
        f"{layer.name}_{variable.name}": rng.normal(size=variable.shape).astype("float32")
        for layer in network.layers
        for variable in layer.weights
    }
    return network, arrays


def _named_by_pytorch(arrays):
    """AlexNet's arrays as torchvision's checkpoint names and turns them, its classifier among them."""
    state = {}
    for number, place in enumerate((0, 3, 6, 8, 10), start=1):
        kernel = np.ascontiguousarray(arrays[f"conv{number}_kernel"].transpose(3, 2, 0, 1))
        state |= {f"features.{place}.weight": kernel}
        state |= {f"features.{place}.bias": arrays[f"conv{number}_bias"]}
    return state | {"classifier.1.weight": np.zeros((2, 2)), "classifier.1.bias": np.zeros(2)}


def _named_by_flax(arrays):
    named = {}
    for name, array in arrays.items():
        number, _, part = name.removeprefix("conv").partition("_")
        named[f"AlexNet_0.Conv_{int(number) - 1}.{part}"] = array
    return named | {"NetLinLayer_0.Conv_0.kernel": np.zeros((1, 1, 4, 1))}


@pytest.mark.parametrize("renamed", [dict, _named_by_pytorch, _named_by_flax])
def test_alexnets_arrays_reach_their_layers_whoever_named_them(renamed, alexnet, torchvision):
    network, arrays = alexnet
    loaded = torchvision.alexnet(network, renamed(arrays))
    for layer in loaded.layers:
        for variable in layer.weights:
            assert (np.asarray(variable) == arrays[f"{layer.name}_{variable.name}"]).all()


# VGG16


@pytest.fixture(scope="module")
def vgg_plan():
    """A maker of Keras' own VGG16 for images of one size."""
    from lib.models.backend import keras

    def make(size: int):
        shape = (size, size, 3)
        return keras.applications.VGG16(weights=None, include_top=False, input_shape=shape)

    return make


def test_vgg16_computes_what_torchvisions_does_of_kerass_pixels(torchvision, vgg_plan):
    arrays, pixels, own = made_up.vgg16(), _pattern(35), vgg_plan(35)
    before = own.get_weights()
    flat = dict(torchvision._flat(arrays))
    made = torchvision.vgg16(own, flat)
    features = _features(made, pixels, "BGR - mean")
    expected = made_up.vgg16_features(arrays, pixels)
    assert expected.std() > 0.01
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-5 * expected.max())
    assert (made.name, made.output_shape) == ("vgg16", (None, 1, 1, 512))
    assert made.count_params() == own.count_params() == 14714688
    names = [layer.name for layer in made.layers[1:]]
    assert names == ["normalization", *(layer.name for layer in own.layers[1:])]
    assert all((a == b).all() for a, b in zip(own.get_weights(), before, strict=True))


def test_a_vgg16_without_a_layer_is_an_error(torchvision, vgg_plan):
    flat = dict(torchvision._flat(made_up.vgg16()))
    del flat["VGG16_0.Conv_7.bias"]
    with pytest.raises(ValueError, match="no array conv8_bias, only conv1_kernel"):
        torchvision.vgg16(vgg_plan(32), flat)


# MobileNetV2


@pytest.fixture(scope="module")
def plan():
    """A maker of Keras' own MobileNetV2 for images of one size."""
    from lib.models.backend import keras

    def make(size: int):
        shape = (size, size, 3)
        return keras.applications.MobileNetV2(weights=None, include_top=False, input_shape=shape)

    return make


@pytest.fixture(scope="module")
def checkpoint(real) -> dict[str, np.ndarray]:
    """The real one."""
    return real("MobileNetV2")


def _pattern(size: int) -> np.ndarray:
    """(size, size, 3) uint8: stripes of another width and phase in every channel."""
    row, column, channel = np.indices((size, size, 3))
    return ((3 * row + 2 * column * (channel + 1) + 40 * channel) % 256).astype("uint8")


def _features(network, pixels: np.ndarray, scaling: str = "[-1, 1]") -> np.ndarray:
    from lib.models.preprocessing import ScalePixels

    return np.asarray(network(ScalePixels(scaling)(pixels[None]), training=False))[0]


# A side of 64 pixels stays even down to 4; 33 and 50 pass odd sides too.
@pytest.mark.parametrize("size", [64, 33, 50])
def test_the_graph_computes_what_pytorch_defines(size, torchvision, plan):
    state, pixels = made_up.state(seed=size), _pattern(size)
    expected = made_up.features(state, pixels)
    features = _features(torchvision.mobilenet_v2(plan(size), state), pixels)
    assert expected.std() > 0.01
    assert features.shape == expected.shape
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-5 * expected.max())


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
    from lib.models.backend import keras
    from lib.training.features import split_frozen_front

    made = torchvision.mobilenet_v2(plan(32), made_up.state())
    made.trainable = False
    pool = keras.layers.GlobalAveragePooling2D()
    model = keras.Sequential([keras.Input((32, 32, 3)), made, pool, keras.layers.Dense(2)])
    front, _ = split_frozen_front(model)
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
    means = _features(network, _pattern(65)).mean(axis=(0, 1))
    assert means.shape == (1280,)
    np.testing.assert_allclose(means[::128], GOLDEN, atol=1e-4)


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
    return [int(label) for label in np.argsort(-logits)[:count]]
