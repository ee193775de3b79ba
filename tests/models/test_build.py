"""Models: the paper's layer table, whose weights are shared and whose not, precision."""

from dataclasses import replace

import numpy as np
import pytest

from lib import papers
from lib.papers.declare import Assumed
from lib.settings import resolve

pytestmark = pytest.mark.slow

SIZE = 32  # pixels: the smallest MobileNetV2 takes, for speed


@pytest.fixture(scope="module")
def models():
    from lib import models

    return models


@pytest.fixture(autouse=True)
def _no_weights(monkeypatch):
    monkeypatch.setattr("lib.models.pretrained.answers", lambda _: False)


@pytest.fixture
def arm(paper):
    return paper.arm("mobilenetv2")


@pytest.fixture
def training(paper):
    """Of the arm above, for small images."""
    return resolve(paper, image_size=SIZE).training["mobilenetv2"]


@pytest.fixture(scope="module")
def cnn():
    """An arm whose backbone trains from random weights, behind a flip and a rotation."""
    return papers.load("violina_blood_cancer").arm("cnn")


@pytest.fixture(scope="module")
def cnn_training():
    return resolve(papers.load("violina_blood_cancer"), image_size=SIZE).training["cnn"]


@pytest.fixture
def pretrained_cnn(cnn, monkeypatch):
    """The same arm, said to start from trained weights, which it finds nowhere."""
    return replace(cnn, weights=Assumed("torchvision", "a test"))


def pixels(count: int = 4) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, SIZE, SIZE, 3)).astype("float32")


def same(arrays: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all((a == b).all() for a, b in zip(arrays, others, strict=True))


def fit(model, classes: int = 2) -> None:
    """Two steps over four images; eagerly, for no graph pays off in two."""
    model.compile("adam", "categorical_crossentropy", run_eagerly=True)
    model.fit(pixels(), np.eye(classes)[[0, 1, 1, 0]], batch_size=2, verbose=0)


# the layer table


def test_layer_table_is_the_papers_but_for_its_misprints(models, arm, paper):
    training = resolve(paper, "paper").training[arm.name]
    backbone = models.load_backbone(arm, training)
    model = models.build_model(arm, backbone, 5, 0, training)
    table = models.describe(arm, model, backbone.weights)
    assert [(layer.name, layer.output, layer.parameters) for layer in table.layers] == [
        ("scale_pixels", "(None, 224, 224, 3)", 0),  # the paper scales before its model
        ("mobilenetv2_1.00_224", "(None, 7, 7, 1280)", 2257984),
        ("global_average_pooling2d", "(None, 1280)", 0),
        ("dense", "(None, 128)", 163968),  # 1280 × 128 + 128
        ("dense_1", "(None, 5)", 645),  # 128 × 5 + 5; printed: 643
    ]
    assert table.parameters == {
        "total": 2422597,
        "trainable": 164613,
        "non-trainable": 2257984,
    }
    assert (table.arm, table.variant_of) == ("mobilenetv2", "")
    assert table.weights == backbone.weights


def test_every_layer_has_a_row_those_of_the_backbone_included(models, cnn, cnn_training):
    model = models.build_model(cnn, models.load_backbone(cnn, cnn_training), 2, 0, cnn_training)
    rows = [(row.name, row.output, row.parameters) for row in models.layer_rows(model)]
    assert rows[:6] == [
        ("random_flip_horizontal", "(None, 32, 32, 3)", 0),
        ("random_rotation", "(None, 32, 32, 3)", 0),
        ("scale_pixels", "(None, 32, 32, 3)", 0),
        ("block1_conv", "(None, 32, 32, 32)", 896),  # 3 × 3 × 3 × 32 + 32
        ("block1_pool", "(None, 16, 16, 32)", 0),
        ("block2_conv", "(None, 16, 16, 64)", 18496),
    ]
    assert [row[0] for row in rows[13:]] == ["flatten", "dense", "dropout", "dense_1"]
    assert sum(row[2] for row in rows) == model.count_params()


def test_the_network_the_paper_names_is_not_the_one_it_describes(models, keras, cnn):
    training = resolve(papers.load("violina_blood_cancer"), "paper").training["cnn"]
    vgg = models.build_named_network(cnn, 2, training.image_size)
    own = models.build_model(cnn, models.load_backbone(cnn, training), 2, 0, training)
    leaves = list(models.leaves(vgg))
    assert sum(isinstance(layer, keras.layers.Conv2D) for layer in leaves) == 13
    assert sum(isinstance(layer, keras.layers.Dense) for layer in leaves) == 3
    assert (vgg.name, vgg.input_shape, vgg.output_shape) == ("VGG16", (None, 64, 64, 3), (None, 2))
    # 14,714,688 of the convolutions, 2048 · 4096 + 4096, 4096 · 4096 + 4096, 4096 · 2 + 2
    assert vgg.count_params() == 39_896_898
    assert own.count_params() == 1_831_106
    assert vgg.count_params() > 20 * own.count_params()


def test_augmentation_may_be_left_out_and_changes_no_other_layer(models, cnn, cnn_training):
    backbone = models.load_backbone(cnn, cnn_training)
    with_changes, without = (
        models.build_model(cnn, backbone, 2, 0, replace(cnn_training, augmentation=wanted))
        for wanted in (True, False)
    )
    names = [layer.name for layer in with_changes.layers]
    left_out = len(with_changes.layers) - len(without.layers)
    assert left_out >= len(cnn.augmentation.value) > 0
    assert names[left_out:] == [layer.name for layer in without.layers]
    assert all(name.startswith("random_") for name in names[:left_out])


def test_a_sigmoid_is_for_two_classes(models, arm, training):
    sigmoid = replace(arm, output=Assumed("sigmoid", "a test"))
    backbone = models.load_backbone(sigmoid, training)
    assert models.build_model(sigmoid, backbone, 2, 0, training).output_shape == (None, 1)
    for classes in (1, 3):
        with pytest.raises(ValueError, match=f"should be 2 for a sigmoid .* received {classes}"):
            models.build_model(sigmoid, backbone, classes, 0, training)


def test_described_models_are_the_arms_in_their_order_at_their_own_sizes(models):
    paper = papers.load("violina_blood_cancer")
    settings = resolve(paper, image_size=SIZE, seeds=[3, 4])
    arms = papers.find_arms(paper, ["cnn", "cnn-200"])
    backbones = models.load_backbones(arms, settings)
    records = models.describe_all(arms, backbones, 2, settings)
    assert [(record.arm, record.variant_of) for record in records] == [
        ("cnn", ""),
        ("cnn-200", "cnn"),
    ]
    sizes = [record.layers[2].output for record in records]  # behind the flip and the rotation
    assert sizes == ["(None, 32, 32, 3)", "(None, 200, 200, 3)"]
    for arm, record in zip(arms, records, strict=True):
        how = settings.training[arm.name]
        model = models.build_model(arm, backbones[arm.name], 2, 3, how)
        assert record == models.describe(arm, model, backbones[arm.name].weights)


def test_a_borrowed_arm_is_built_and_described_by_its_name(models):
    """Keras takes no slash in the name of a model."""
    cats, name = papers.load("sulistiana_cat_breeds"), "violina_blood_cancer/cnn"
    settings, arms = resolve(cats, arms=[name]), papers.find_arms(cats, [name])
    backbones = models.load_backbones(arms, settings)
    (record,) = models.describe_all(arms, backbones, len(cats.classes), settings)
    assert record.arm == name
    assert record.layers[-1].output == "(None, 5)"
    (listing,) = models.keras_listings(cats, arms, backbones, settings)
    assert "python violina_blood_cancer-cnn.py IMAGES SPLITS" in listing.script
    assert "# violina_blood_cancer: " in listing.script


def test_described_models_are_built_on_the_first_seed(models, cnn, monkeypatch):
    seeds, build = [], models.build_model
    monkeypatch.setattr(
        "lib.models.build.build_model",
        lambda *given: (seeds.append(given[3]), build(*given))[1],
    )
    settings = resolve(papers.load("violina_blood_cancer"), image_size=SIZE, seeds=[7, 1])
    models.describe_all([cnn], models.load_backbones([cnn], settings), 2, settings)
    assert seeds == [7]


# which arms share a backbone


@pytest.fixture
def made(models, monkeypatch) -> list[str]:
    """The arms for which a backbone is made, in order; nothing is built."""
    names = []
    monkeypatch.setattr(
        "lib.models.build.load_backbone", lambda arm, _: names.append(arm.name) or object()
    )
    return names


def _pair(**changes):
    """An arm and a variant of it in `changes`, and settings in which each has its own."""
    paper = papers.load("violina_blood_cancer")
    declared = {name: Assumed(value, "a test") for name, value in changes.items()}
    arm = paper.arm("cnn")
    paper = replace(paper, variants=(arm.variant("other", "in a test", **declared),))
    return list(paper.every_arm), resolve(paper, variants=[])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pixel_scaling": "[0, 255]"},
        {"dense": (64,)},
        {"dropout": (0, 0.1)},
        {"epochs": 3, "learning_rate": 0.1, "batch_size": 5},
        {"augmentation": ()},
        {"output": "sigmoid"},
    ],
)
def test_arms_of_the_same_network_and_weights_share_a_backbone(models, made, changes):
    arms, settings = _pair(**changes)
    backbones = models.load_backbones(arms, settings)
    assert list(backbones) == ["cnn", "cnn-other"]
    assert backbones["cnn"] is backbones["cnn-other"]
    assert made == ["cnn"]


@pytest.mark.parametrize(
    "changes",
    [
        {"image_size": 96},
        {"filters": (8, 8, 8, 8, 8)},
        {"weights": "imagenet"},
        {"trainable": False},
    ],
)
def test_arms_of_other_networks_or_weights_have_backbones_of_their_own(models, made, changes):
    arms, settings = _pair(**changes)
    backbones = models.load_backbones(arms, settings)
    assert backbones["cnn"] is not backbones["cnn-other"]
    assert made == ["cnn", "cnn-other"]


def test_another_architecture_or_precision_is_another_backbone(models, made):
    (arm, variant), settings = _pair()
    backbones = models.load_backbones([arm, replace(variant, backbone="VGG16")], settings)
    assert backbones["cnn"] is not backbones["cnn-other"]
    mixed = replace(settings.training["cnn-other"], precision="mixed_bfloat16")
    other = replace(settings, training=settings.training | {"cnn-other": mixed})
    backbones = models.load_backbones([arm, variant], other)
    assert backbones["cnn"] is not backbones["cnn-other"]


def test_a_shared_backbone_serves_arms_that_are_not_next_to_each_other(models, made):
    (arm, variant), settings = _pair()
    between = replace(variant, name="cnn-between", backbone="VGG16")
    more = settings.training | {"cnn-between": settings.training["cnn"]}
    backbones = models.load_backbones([arm, between, variant], replace(settings, training=more))
    assert made == ["cnn", "cnn-between"]
    assert backbones["cnn-other"] is backbones["cnn"]


# whose weights they are


def test_a_frozen_backbone_is_shared_and_stands_still(models, arm, training):
    backbone = models.load_backbone(arm, training)
    model, other = (models.build_model(arm, backbone, 2, seed, training) for seed in (0, 1))
    assert model.layers[1] is other.layers[1] is backbone.network
    before, others = backbone.network.get_weights(), other.get_weights()
    heads = [variable.shape for variable in model.trainable_variables]
    assert heads == [(1280, 128), (128,), (128, 2), (2,)]
    head = [model.get_layer(name).get_weights()[0] for name in ("dense", "dense_1")]
    fit(model)
    assert same(backbone.network.get_weights(), before)
    assert same(other.get_weights(), others)
    assert not same([model.get_layer(name).get_weights()[0] for name in ("dense", "dense_1")], head)


def test_training_one_model_moves_neither_another_nor_the_original(models, cnn, cnn_training):
    backbone = models.load_backbone(cnn, cnn_training)
    model, other = (models.build_model(cnn, backbone, 2, 0, cnn_training) for _ in range(2))
    original, start = backbone.network.get_weights(), model.get_weights()
    fit(model)
    assert not same(model.get_layer("conv_blocks").get_weights(), start[: len(original)])
    assert same(other.get_weights(), start)
    assert same(backbone.network.get_weights(), original)


def test_random_backbones_differ_by_seed_and_trained_ones_do_not(
    models, cnn, pretrained_cnn, cnn_training
):
    def kernels(arm, seed):
        model = models.build_model(arm, backbone, 2, seed, cnn_training)
        return [layer.kernel.numpy() for layer in model.get_layer("conv_blocks").layers[1::2]]

    backbone = models.load_backbone(cnn, cnn_training)
    original = [layer.kernel.numpy() for layer in backbone.network.layers[1::2]]
    first, second = kernels(cnn, 0), kernels(cnn, 1)
    assert all((a != b).any() for a, b in zip(first, second, strict=True))
    assert all((a != b).any() for a, b in zip(first, original, strict=True))
    assert same(kernels(pretrained_cnn, 0), original)
    assert same(kernels(pretrained_cnn, 1), original)


# precision


def test_mixed_precision_ends_in_float32_and_leaves_the_policy_alone(models, keras, cnn):
    before = keras.config.dtype_policy().name
    training = resolve(
        papers.load("violina_blood_cancer"), image_size=SIZE, precision="mixed_bfloat16"
    ).training["cnn"]
    model = models.build_model(cnn, models.load_backbone(cnn, training), 2, 0, training)
    assert keras.config.dtype_policy().name == before == "float32"
    types = {layer.name: layer.compute_dtype for layer in models.leaves(model)}
    assert {types[name] for name in ("scale_pixels", "block5_conv", "dense")} == {"bfloat16"}
    assert {types[name] for name in ("random_flip_horizontal", "random_rotation", "dense_1")} == {
        "float32"
    }
    assert {str(variable.dtype) for variable in model.trainable_variables} == {"float32"}
    probabilities = model.predict_on_batch(pixels())
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_an_error_leaves_the_policy_alone_too(models, keras, cnn, cnn_training):
    mixed = replace(cnn_training, precision="mixed_float16")
    with pytest.raises(ValueError, match="at least 32"):
        models.load_backbone(cnn, replace(mixed, image_size=16))
    assert keras.config.dtype_policy().name == "float32"
    backbone = models.load_backbone(cnn, mixed)
    with pytest.raises(ValueError, match="shorter"):
        models.build_model(replace(cnn, dropout=Assumed((0,), "a test")), backbone, 2, 0, mixed)
    assert keras.config.dtype_policy().name == "float32"
