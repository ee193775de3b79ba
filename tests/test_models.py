"""Models: the paper's layer table, and where weights come from. Needs Keras, no network."""

import hashlib
import socket
import time
from dataclasses import replace

import made_up_torch as made_up
import numpy as np
import pytest

from lib import weights as weight_files

pytestmark = pytest.mark.slow

SIZE = 32  # pixels: the smallest MobileNetV2 takes, for speed


@pytest.fixture(scope="module")
def models():
    from lib import models

    return models


@pytest.fixture
def no_download(monkeypatch, models):
    """Keras' download fails as it does without a network."""

    def refuse(*_, **__):
        raise Exception("URL fetch failure on somewhere: None -- [Errno -2] Name unknown")

    monkeypatch.setattr(models, "_answers", lambda _: True)
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)


@pytest.fixture
def fetched(monkeypatch) -> str:
    """A made-up checkpoint in data/weights/, for which the package is said to stand; its hash."""
    package = weight_files.PACKAGES["MobileNetV2"]
    content = made_up.write(package.path, made_up.state()).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    monkeypatch.setitem(weight_files.PACKAGES, "MobileNetV2", replace(package, sha256=digest))
    return digest


@pytest.fixture
def silent_server():
    """The address of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


@pytest.fixture
def arm(paper):
    return paper.arm("mobilenetv2")


def test_layer_table_is_the_papers_but_for_its_misprints(models, arm, no_download):
    backbone, weights = models.backbone(arm, 224)
    table = models.describe(arm, models.build(arm, backbone, 5, seed=0), weights)
    rows = {layer.name: (layer.output, layer.parameters) for layer in table.layers}
    assert rows == {
        "mobilenetv2_1.00_224": ("(None, 7, 7, 1280)", 2257984),
        "global_average_pooling2d": ("(None, 1280)", 0),
        "dense": ("(None, 128)", 163968),  # 1280 × 128 + 128
        "dense_1": ("(None, 5)", 645),  # 128 × 5 + 5; printed: 643
    }
    assert table.parameters == {
        "total": 2422597,
        "trainable": 164613,
        "non-trainable": 2257984,
    }


def test_without_any_weights_the_backbone_is_random_and_says_so(models, arm, no_download):
    _, weights = models.backbone(arm, SIZE)
    assert (weights.declared, weights.used, weights.sha256) == ("imagenet", "random", "")
    assert "LIB_WEIGHTS" in weights.source
    assert "python -m lib weights" in weights.source


def test_random_weights_are_the_same_every_time(models, arm, no_download):
    first, second = (models.backbone(arm, SIZE)[0].get_weights() for _ in range(2))
    assert all((a == b).all() for a, b in zip(first, second, strict=True))


def test_weights_of_the_offline_folder_are_loaded(models, arm, no_download, tmp_path, monkeypatch):
    donor, _ = models.backbone(arm, SIZE)
    marked = [array + 0.25 for array in donor.get_weights()]
    donor.set_weights(marked)
    donor.save_weights(tmp_path / "mobilenet_v2_1.0_224_notop.weights.h5")
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    loaded, weights = models.backbone(arm, SIZE)
    assert weights.used == "imagenet"
    assert len(weights.sha256) == 64
    assert all((a == b).all() for a, b in zip(loaded.get_weights(), marked, strict=True))


def test_fetched_weights_come_in_where_there_is_nothing_else(models, arm, no_download, fetched):
    network, weights = models.backbone(arm, 33)
    assert (weights.declared, weights.used, weights.sha256) == ("imagenet", "imagenet", fetched)
    assert weights.sha256 == weight_files.fingerprint("MobileNetV2")
    assert "torchvision's checkpoint" in weights.source
    pixels = np.random.default_rng(0).integers(0, 256, (33, 33, 3), "uint8")
    found = np.asarray(network(pixels[None] / np.float32(127.5) - 1, training=False))[0]
    expected = made_up.features(made_up.state(), pixels)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5 * expected.max())
    assert not network.trainable_variables


def test_the_folder_of_lib_weights_comes_before_what_was_fetched(
    models, arm, no_download, fetched, tmp_path, monkeypatch
):
    donor, _ = models.backbone(arm, SIZE)
    plain = models._network(arm, SIZE, None)
    plain.save_weights(tmp_path / "mobilenet_v2_1.0_224_notop.weights.h5")
    monkeypatch.setenv("LIB_WEIGHTS", str(tmp_path))
    loaded, weights = models.backbone(arm, SIZE)
    assert weights.source == "the folder in LIB_WEIGHTS"
    assert weights.sha256 == weight_files.fingerprint("MobileNetV2") != fetched
    assert len(loaded.layers) < len(donor.layers)


def test_a_broken_fetched_file_stops_the_run_with_the_remedy(models, arm, no_download, fetched):
    path = weight_files.PACKAGES["MobileNetV2"].path
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="python -m lib weights"):
        models.backbone(arm, SIZE)


def test_a_server_that_says_nothing_is_given_up_in_time(models, monkeypatch, silent_server):
    monkeypatch.setattr(models, "PATIENCE", 0.3)
    start = time.monotonic()
    assert not models._answers(silent_server)
    assert time.monotonic() - start < 3


def test_a_name_that_is_looked_up_in_vain_is_given_up_in_time(models, monkeypatch):
    monkeypatch.setattr(models, "PATIENCE", 0.3)
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: time.sleep(2) or [])
    start = time.monotonic()
    assert not models._answers("http://nowhere.invalid/")
    assert time.monotonic() - start < 1.5


def test_a_server_that_refuses_is_there_all_the_same(models):
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Quiet(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        assert models._answers(f"http://127.0.0.1:{server.server_port}/")
        server.shutdown()


def test_no_download_is_tried_where_the_server_does_not_answer(models, arm, monkeypatch):
    asked = []
    monkeypatch.setattr(models, "_answers", lambda address: asked.append(address))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", lambda *_: 1 / 0)
    assert models.backbone(arm, SIZE)[1].used == "random"
    assert asked == [models.KERAS_WEIGHTS]


def test_the_server_that_is_asked_is_the_one_keras_downloads_from(models):
    from keras.src.applications import mobilenet_v2

    assert mobilenet_v2.BASE_WEIGHT_PATH.startswith(models.KERAS_WEIGHTS)


def test_a_fault_that_is_no_missing_network_is_not_hidden(models, arm, no_download, monkeypatch):
    def broken(*_, **__):
        raise ValueError("something else")

    monkeypatch.setattr("keras.applications.MobileNetV2", broken)
    with pytest.raises(ValueError, match="something else"):
        models.backbone(arm, SIZE)


def test_only_the_head_of_a_frozen_arm_trains(models, arm, no_download):
    backbone, _ = models.backbone(arm, SIZE)
    model = models.build(arm, backbone, 5, seed=0)
    assert [variable.shape for variable in model.trainable_variables] == [
        (1280, 128),
        (128,),
        (128, 5),
        (5,),
    ]


def test_initial_weights_follow_the_seed(models, arm, no_download):
    backbone, _ = models.backbone(arm, SIZE)
    one, again, other = (
        models.build(arm, backbone, 5, seed=seed).get_layer("dense").get_weights()[0]
        for seed in (0, 0, 1)
    )
    assert (one == again).all()
    assert (one != other).any()


def test_the_shared_weights_are_imagenets(models, arm, no_download, monkeypatch, shared):
    monkeypatch.setenv("LIB_WEIGHTS", str(shared / "weights"))
    _, weights = models.backbone(arm, SIZE)
    assert weights.used == "imagenet"
    assert weights.sha256.startswith("15da8dad")
