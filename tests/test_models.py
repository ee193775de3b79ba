"""Models: the paper's layer table, and where weights come from. Needs Keras, no network."""

import pytest

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

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", refuse)


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


def test_a_fault_that_is_no_missing_network_is_not_hidden(models, arm, monkeypatch):
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
