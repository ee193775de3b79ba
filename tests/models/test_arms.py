"""One table of every arm and variant of the five papers, and every check run on every row of it."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers
from lib.papers import kuncoro_white_blood_cells as kuncoro
from lib.papers.declare import Arm, printed_count
from lib.settings import resolve

pytestmark = pytest.mark.slow

UNIT, SIGNED, RAW = (0, 1), (-1, 1), (0, 255)
CAFFE = (0 - 123.68, 255 - 103.939)  # least and greatest of three channels
TORCH = ((0 - 0.485) / 0.229, (1 - 0.406) / 0.225)


@dataclass(frozen=True)
class Row:
    """What an arm should be; `total` and `trainable` are numbers of parameters, counted by hand."""

    slug: str
    arm: str
    size: int
    outputs: int
    total: int
    trainable: int
    pixels: tuple[float, float]

    @property
    def frozen(self) -> bool:
        return papers.load(self.slug).arm(self.arm).trainable.value is False


# Fully connected layers of AlexNet, for three classes, and its convolutions: 2012's, torchvision's.
ALEXNET_HEAD = (6 * 6 * 256 * 4096 + 4096) + (4096 * 4096 + 4096) + (4096 * 3 + 3)
ALEXNET_2012, ALEXNET_TORCH = 3_747_200, 2_469_696
# Of keras.applications, without classifier.
VGG16, RESNET50, RESNET50V2 = 14_714_688, 23_587_712, 23_564_800
MOBILENETV2, MOBILENETV3_SMALL, MOBILENETV3_LARGE = 2_257_984, 939_120, 2_996_352
RESNET50_STATISTICS = 53_120  # moving means and variances: 2 × 26,560 channels
# Hidden dense layers and the output, each with its biases.
RESNET_HEAD = 2048 * 3 + 3
VGG_HEAD = (512 * 384 + 384) + (384 * 64 + 64) + (64 + 1)
SMALL_HEAD = (576 * 256 + 256) + (256 * 32 + 32) + (32 + 1)
LARGE_HEAD = (960 * 256 + 256) + (256 * 32 + 32) + (32 + 1)
V2_HEAD = (2048 * 256 + 256) + (256 * 32 + 32) + (32 + 1)
PRINTED_HEAD = V2_HEAD + (32 * 32 + 32)
CELLS_HEAD = (1280 * 128 + 128) + (128 * 5 + 5)
CATS_HEAD = (1280 * 256 + 256) + (256 * 128 + 128) + (128 * 5 + 5)
# 3 × 3 × channels in × channels out + channels out, of five blocks; then the head at 64 and 200.
BLOCKS = 896 + 18_496 + 73_856 + 295_168 + 1_180_160
CNN_64 = BLOCKS + (2 * 2 * 512 * 128 + 128) + (128 * 2 + 2)
CNN_200 = BLOCKS + (6 * 6 * 512 * 128 + 128) + (128 * 2 + 2)

HULU, KUMAR = "hulu_breast_mammography", "kumar_breakhis"
KUNCORO, CATS = "kuncoro_white_blood_cells", "sulistiana_cat_breeds"
VIOLINA = "violina_blood_cancer"
WHOLE_2012, WHOLE_TORCH = ALEXNET_2012 + ALEXNET_HEAD, ALEXNET_TORCH + ALEXNET_HEAD
WHOLE_RESNET = RESNET50 + RESNET_HEAD
# fmt: off
TABLE = [
    Row(HULU, "alexnet", 227, 3, WHOLE_TORCH, ALEXNET_HEAD, TORCH),
    Row(HULU, "alexnet-fine-tuned", 227, 3, WHOLE_TORCH, WHOLE_TORCH, TORCH),
    Row(HULU, "alexnet-scratch", 227, 3, WHOLE_2012, WHOLE_2012, UNIT),
    Row(HULU, "resnet50", 227, 3, WHOLE_RESNET, RESNET_HEAD, UNIT),
    Row(HULU, "resnet50-native", 227, 3, WHOLE_RESNET, RESNET_HEAD, CAFFE),
    Row(HULU, "resnet50-fine-tuned", 227, 3, WHOLE_RESNET, WHOLE_RESNET - RESNET50_STATISTICS, UNIT),
    Row(KUMAR, "vgg16", 224, 1, VGG16 + VGG_HEAD, VGG_HEAD, CAFFE),
    Row(KUMAR, "mobilenetv3", 224, 1, MOBILENETV3_SMALL + SMALL_HEAD, SMALL_HEAD, RAW),
    Row(KUMAR, "mobilenetv3-large", 224, 1, MOBILENETV3_LARGE + LARGE_HEAD, LARGE_HEAD, RAW),
    Row(KUMAR, "resnet50v2", 224, 1, RESNET50V2 + V2_HEAD, V2_HEAD, SIGNED),
    Row(KUMAR, "resnet50v2-as-printed", 224, 1, RESNET50V2 + PRINTED_HEAD, PRINTED_HEAD, SIGNED),
    Row(KUNCORO, "mobilenetv2", 224, 5, MOBILENETV2 + CELLS_HEAD, CELLS_HEAD, UNIT),
    Row(KUNCORO, "mobilenetv2-native", 224, 5, MOBILENETV2 + CELLS_HEAD, CELLS_HEAD, SIGNED),
    Row(CATS, "mobilenetv2", 224, 5, MOBILENETV2 + CATS_HEAD, CATS_HEAD, UNIT),
    Row(CATS, "mobilenetv2-native", 224, 5, MOBILENETV2 + CATS_HEAD, CATS_HEAD, SIGNED),
    Row(VIOLINA, "cnn", 64, 2, CNN_64, CNN_64, UNIT),
    Row(VIOLINA, "cnn-200", 200, 2, CNN_200, CNN_200, UNIT),
]
# fmt: on


def test_the_table_names_every_declared_arm_and_variant_once():
    declared = []
    for slug in papers.slugs():
        paper = papers.load(slug)
        declared += [(slug, arm.name) for arm in paper.every_arm]
    assert sorted((row.slug, row.arm) for row in TABLE) == sorted(declared)


@pytest.fixture(scope="module")
def models():
    """`lib.models.build` on a machine that has no weights, which count and train all the same."""
    from lib import models
    from lib.models import pretrained

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pretrained, "weight_candidates", lambda _: [])
        yield models


@pytest.fixture(scope="module")
def backbones():
    """Architecture, filters, size, trained or not → a backbone, for arms that have the same."""
    return {}


# Of the module and by parameter: pytest runs all checks of one arm before it builds the next.
@pytest.fixture(scope="module", params=TABLE, ids=lambda row: f"{row.slug[:4]} {row.arm}")
def made(request, models, backbones) -> SimpleNamespace:
    """An arm's row, declaration, backbone and model, whose kernels are 0."""
    with made_up.undrawn():
        return built(request.param, models, backbones)


@pytest.fixture(scope="module", params=TABLE, ids=lambda row: f"{row.slug[:4]} {row.arm}")
def small(request, models, backbones) -> SimpleNamespace:
    """The same on the smallest images that the network takes: to compute takes longer than to build."""
    size = 64 if request.param.arm.startswith("alexnet") else 32
    return built(request.param, models, backbones, size)


def built(row: Row, models, backbones: dict, size: int | None = None) -> SimpleNamespace:
    """For images of the declared size where none is given."""
    paper = papers.load(row.slug)
    arm, training = paper.arm(row.arm), resolve(paper, "paper").training[row.arm]
    training = replace(training, image_size=size or training.image_size)
    kind = (arm.backbone, arm.filters, training.image_size, arm.trainable.value)
    if kind not in backbones:
        backbones[kind] = models.load_backbone(arm, training)
    backbone = backbones[kind]
    model = models.build_model(arm, backbone, len(paper.classes), 0, training)
    return SimpleNamespace(row=row, paper=paper, arm=arm, backbone=backbone, model=model)


def pictures(size: int) -> np.ndarray:
    """Black, white, and two of random pixels."""
    made = np.random.default_rng(0).integers(0, 256, (4, size, size, 3)).astype("float32")
    made[0], made[1] = 0, 255
    return made


def before(model, network) -> list:
    """The layers in front of the backbone."""
    return model.layers[: [layer.name for layer in model.layers].index(network.name)]


def test_input_and_output_have_the_shapes_of_the_table(made):
    size = made.row.size
    assert made.model.input_shape == (None, size, size, 3)
    assert made.model.output_shape == (None, made.row.outputs)
    assert made.backbone.network.input_shape == made.model.input_shape


def test_parameters_are_those_counted_by_hand(made, models):
    record = models.describe(made.arm, made.model, made.backbone.weights)
    assert record.parameters == {
        "total": made.row.total,
        "trainable": made.row.trainable,
        "non-trainable": made.row.total - made.row.trainable,
    }
    assert sum(layer.parameters for layer in record.layers) == made.row.total
    assert (record.arm, record.variant_of) == (made.row.arm, made.arm.variant_of)


def test_black_and_white_reach_the_backbone_as_the_ends_of_its_range(made):
    scaled = pictures(made.row.size)
    for layer in before(made.model, made.backbone.network):
        scaled = layer(scaled, training=False)
    scaled = np.asarray(scaled)
    low, high = made.row.pixels
    assert scaled[:2].min() == pytest.approx(low, abs=1e-4)
    assert scaled[:2].max() == pytest.approx(high, abs=1e-4)
    assert scaled[2:].min() >= low - 1e-4
    assert scaled[2:].max() <= high + 1e-4
    # Random pixels come near both ends: nothing is scaled twice, nothing is cut off.
    assert scaled[2:].max() - scaled[2:].min() > 0.99 * (high - low)
    assert scaled[0].max() < scaled[1].min()


def test_outputs_are_probabilities(small):
    probabilities = np.asarray(small.model(pictures(small.model.input_shape[1]), training=False))
    assert probabilities.dtype == np.float32
    assert np.isfinite(probabilities).all()
    if small.row.outputs == 1:
        assert ((probabilities > 0) & (probabilities < 1)).all()
    else:
        assert (probabilities >= 0).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)


def test_training_moves_the_head_and_a_backbone_only_where_it_is_to(small):
    network = next(
        layer for layer in small.model.layers if layer.name == small.backbone.network.name
    )
    own, original = network.get_weights(), small.backbone.network.get_weights()
    biases = small.model.layers[-1].get_weights()[1]
    step(small.model, small.arm, len(small.paper.classes))
    # Running means and variances of batch norm are among these weights.
    stood = [(a == b).all() for a, b in zip(network.get_weights(), own, strict=True)]
    if small.row.frozen:
        assert network is small.backbone.network
        assert all(stood)
    else:
        assert network is not small.backbone.network
        assert not any(stood[:1])
        unchanged = small.backbone.network.get_weights()
        assert all((a == b).all() for a, b in zip(unchanged, original, strict=True))
    assert (small.model.layers[-1].get_weights()[1] != biases).all()


def step(model, arm: Arm, classes: int) -> None:
    """One step of training on two images; eagerly, for a graph does not pay off in one."""
    labels = np.array([0, 0])  # of one class: every bias of the output is pushed one way
    targets = labels[:, None] if arm.output.value == "sigmoid" else np.eye(classes)[labels]
    model.compile("sgd", arm.recipe.loss.value, run_eagerly=True)
    model.train_on_batch(pictures(model.input_shape[1])[2:], targets.astype("float32"))


# what paper 004 prints


def test_three_numbers_of_fig_5_are_misprints_and_the_rest_are_right(models):
    paper = papers.load(KUNCORO)
    arm, training = paper.arm(kuncoro.ARM), resolve(paper, "paper").training[kuncoro.ARM]
    backbone = models.load_backbone(arm, training)
    record = models.describe(
        arm, models.build_model(arm, backbone, 5, 0, training), backbone.weights
    )
    built = {layer.name: layer.parameters for layer in record.layers} | record.parameters
    printed = {layer.name: layer.parameters for layer in kuncoro.LAYERS} | kuncoro.PARAMETERS
    printed = {name: printed_count(number) for name, number in printed.items()}
    differ = {
        name: (printed[name], built[name]) for name in printed if printed[name] != built[name]
    }
    assert differ == {
        "dense_1": (643, 645),
        "trainable": (164_633, 164_613),
        "total": (2_422_957, 2_422_597),
    }
    shapes = {layer.name: layer.output for layer in record.layers}
    assert all(shapes[layer.name] == layer.output for layer in kuncoro.LAYERS)
    # Not printed is only what the paper does before its model.
    assert set(built) - set(printed) == {"scale_pixels"}
