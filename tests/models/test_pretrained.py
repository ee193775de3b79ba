"""Where an arm's weights come from, and that a run says so. Needs Keras, no network."""

import hashlib
import os
import socket
import time
from dataclasses import replace

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

    monkeypatch.setattr(pretrained, "_answers", lambda _: True)
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
    package = machine.WEIGHT_PACKAGES["MobileNetV2"]
    content = made_up.write(package.path, made_up.state()).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(machine.WEIGHT_PACKAGES, "MobileNetV2", replace(package, sha256=digest))
    return digest


@pytest.fixture
def silent_server():
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def arm(paper):
    return paper.arm("mobilenetv2")


def test_without_any_weights_the_backbone_is_random_and_says_so(pretrained, arm, no_download):
    _, weights = pretrained.load(arm, SIZE)
    assert (weights.declared, weights.used, weights.sha256) == ("imagenet", "random", "")
    assert "LIB_WEIGHTS" in weights.source
    assert "python -m lib weights" in weights.source


def test_only_what_may_help_is_named_where_there_are_no_weights(pretrained, no_download):
    # Keras has none for AlexNet, and no package has any for VGG16.
    alexnet = papers.load("hulu_breast_mammography").arm("alexnet")
    _, weights = pretrained.load(alexnet, 63)
    assert (weights.declared, weights.used) == ("torchvision", "random")
    assert weights.source == "LIB_WEIGHTS names no folder that has them"
    _, weights = pretrained.load(papers.load("kumar_breakhis").arm("vgg16"), SIZE)
    assert "Keras' cache" in weights.source
    assert "python -m lib weights" not in weights.source


def test_random_weights_are_the_same_every_time(pretrained, arm, no_download):
    first, second = (pretrained.load(arm, SIZE)[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize(
    ("slug", "name"),
    [("violina_blood_cancer", "cnn"), ("kuncoro_white_blood_cells", "mobilenetv2")],
)
def test_declared_random_looks_at_neither_files_nor_network(slug, name, pretrained, monkeypatch):
    arm = replace(papers.load(slug).arm(name), weights=Assumed("random", "a test"))
    monkeypatch.setattr(pretrained, "weight_candidates", lambda _: 1 / 0)
    monkeypatch.setattr(pretrained, "_answers", lambda _: 1 / 0)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_, **__: 1 / 0)
    _, weights = pretrained.load(arm, SIZE)
    assert weights.model_dump() == {
        "declared": "random",
        "used": "random",
        "source": "as declared",
        "sha256": "",
    }


def test_weights_of_the_offline_folder_are_loaded(pretrained, arm, no_download, offline):
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
    content, pretrained, arm, no_download, offline
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
    assert "torchvision's checkpoint" in backbone.weights.source
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
    machine.WEIGHT_PACKAGES["MobileNetV2"].path.unlink()
    assert pretrained.load(arm, SIZE)[1].used == "random"


def test_the_candidates_are_asked_for_once(pretrained, arm, no_download, monkeypatch):
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
    path = machine.WEIGHT_PACKAGES["MobileNetV2"].path
    path.write_bytes(path.read_bytes()[:-1])
    monkeypatch.setattr(pretrained.torchvision, "read_arrays", pytest.fail)
    with pytest.raises(ValueError, match="python -m lib weights"):
        pretrained.load(arm, SIZE)


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
    monkeypatch.setattr(pretrained, "_answers", lambda _: True)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", download)
    for source in ("Keras' download", "Keras' cache"):
        network, weights = pretrained.load(arm, SIZE)
        assert (weights.used, weights.source) == ("imagenet", source)
        assert weights.sha256 == machine.weights_fingerprint(["MobileNetV2"]) != ""
        pairs = zip(network.get_weights(), marked, strict=True)
        assert all((array == expected).all() for array, expected in pairs)
        monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_, **__: 1 / 0)


# the network


def test_a_server_that_says_nothing_is_given_up_in_time(pretrained, monkeypatch, silent_server):
    monkeypatch.setattr(pretrained, "PATIENCE", 0.3)
    start = time.monotonic()
    assert not pretrained._answers(silent_server)
    assert time.monotonic() - start < 3


def test_a_name_that_is_looked_up_in_vain_is_given_up_in_time(pretrained, monkeypatch):
    monkeypatch.setattr(pretrained, "PATIENCE", 0.3)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    start = time.monotonic()
    assert not pretrained._answers("http://nowhere.invalid/")
    assert time.monotonic() - start < 1.5


def test_a_server_that_refuses_is_there_all_the_same(pretrained):
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Quiet(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert pretrained._answers(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()


def test_no_download_is_tried_where_the_server_does_not_answer(pretrained, arm, monkeypatch):
    asked = []
    monkeypatch.setattr(pretrained, "_answers", lambda address: asked.append(address))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_: 1 / 0)
    assert pretrained.load(arm, SIZE)[1].used == "random"
    assert asked == [pretrained.KERAS_WEIGHTS]


def test_the_server_that_is_asked_is_the_one_keras_downloads_from(pretrained):
    from keras.src.applications import mobilenet_v2

    assert mobilenet_v2.BASE_WEIGHT_PATH.startswith(pretrained.KERAS_WEIGHTS)


def test_a_fault_that_is_no_missing_network_is_not_hidden(
    pretrained, arm, no_download, monkeypatch
):
    def broken(*_, **__):
        raise ValueError("something else")

    monkeypatch.setattr("keras.applications.MobileNetV2", broken)
    with pytest.raises(ValueError, match="something else"):
        pretrained.load(arm, SIZE)
