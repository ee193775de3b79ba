"""Features: computed once for all, kept on disk under a key of all they depend on, never random."""

import os
from dataclasses import replace
from pathlib import Path

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers, storage
from lib.datasets import DataError, ImageSet
from lib.settings import resolve

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's, where `untraced` is asked for
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions"),
]

IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
import made_up_training as made_up
from lib import storage
from test_features import of_the_real_arm, of_the_small_model
storage.DATA = Path(sys.argv[1])
for _ in range(3):
    made_up.model()  # Keras gives the layers of the next ones other numbers
print(of_the_small_model().reused, of_the_real_arm().reused)
"""


@pytest.fixture(scope="module")
def features():
    from lib.training import features

    return features


def of_the_small_model():
    from lib.training import features

    return features.extract_features(made_up.model(), made_up.image_set())


def of_the_real_arm():
    from lib import models
    from lib.training import features

    paper = papers.load("kuncoro_white_blood_cells")
    arm, training = paper.arm("mobilenetv2"), resolve(paper, image_size=32).training["mobilenetv2"]
    model = models.build_model(arm, made_up.untrained(arm, training), 3, 0, training)
    return features.extract_features(model, made_up.image_set())


def of_an_arm(slug: str, name: str):
    """The declared arm, its training on small images, and its backbone with random weights."""
    paper = papers.load(slug)
    arm, how = paper.arm(name), resolve(paper).training[name]
    # Small, but large enough for feature maps of more than one place.
    how = replace(how, image_size=96 if arm.backbone == "AlexNet" else 64)
    return arm, how, made_up.untrained(arm, how)


def kept() -> set[str]:
    return {path.name for path in storage.store().iterdir()}


def test_features_are_what_the_front_makes_of_every_image(features, keras, images):
    model = made_up.model()
    found = features.extract_features(model, images)
    # scaling, backbone, pooling; then the head, whose first layer trains
    front = keras.Sequential(model.layers[:3])
    expected = front.predict_on_batch(images.take(np.arange(40)).astype("float32"))
    assert found.values.shape == (40, 12)
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=1e-6)


def test_front_and_rest_are_the_model(features, images):
    model = made_up.model()
    front, rest = features.split_frozen_front(model)
    pixels = images.take(np.arange(8)).astype("float32")
    np.testing.assert_allclose(
        rest.predict_on_batch(front.predict_on_batch(pixels)),
        model.predict_on_batch(pixels),
        atol=1e-6,
    )
    assert [*front.layers, *rest.layers] == model.layers


def test_every_image_passes_the_front_once_for_all_heads(features, images, taken):
    first = features.extract_features(made_up.model(seed=0), images)
    second = features.extract_features(made_up.model(seed=1), images)
    assert taken == list(range(40))
    assert (first.reused, second.reused) == (False, True)
    assert first.seconds == second.seconds > 0
    assert (first.values == second.values).all()


def test_nothing_is_computed_where_features_are_on_disk(features, keras, images, monkeypatch):
    features.extract_features(made_up.model(), images)
    monkeypatch.setattr(keras.Model, "predict_on_batch", lambda *_: 1 / 0)
    assert features.extract_features(made_up.model(), images).reused


def test_features_are_memory_mapped_and_read_only(features, images):
    values = features.extract_features(made_up.model(), images).values
    assert isinstance(values, np.memmap)
    assert not values.flags.writeable


def test_other_weights_scaling_images_or_precision_are_other_features(features, keras, images):
    features.extract_features(made_up.model(), images)
    assert not features.extract_features(made_up.model(marked=0.2), images).reused
    assert not features.extract_features(made_up.model(scaling="[0, 1]"), images).reused
    assert not features.extract_features(made_up.model(), made_up.image_set(seed=1)).reused
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        low = made_up.model()
    finally:
        keras.config.set_dtype_policy("float32")
    found = features.extract_features(low, images)
    assert not found.reused
    assert found.values.dtype == np.float32
    assert len(kept()) == 5


def test_the_order_of_an_image_sets_rows_is_part_of_its_features(features, images):
    features.extract_features(made_up.model(), images)
    last_first = made_up.image_set()
    other = ImageSet(**vars(last_first) | {"rows": np.arange(40)[::-1], "content": "reversed"})
    assert not features.extract_features(made_up.model(), other).reused


def test_another_stride_with_the_same_weights_is_another_front(features, keras, images):
    def with_pooling(size):
        keras.utils.set_random_seed(0)
        return made_up.model(inside=[keras.layers.AveragePooling2D(size, strides=2)])

    features.extract_features(with_pooling(2), images)
    # 15 pixels a side become 7 with either size of pooling
    assert not features.extract_features(with_pooling(3), images).reused


def test_another_process_finds_the_features_of_this_one():
    assert not of_the_small_model().reused
    assert not of_the_real_arm().reused
    done = made_up.python(IN_ANOTHER_PROCESS, storage.DATA)
    assert done.stdout == "True True\n", done.stderr


def _permuted(folder: Path) -> None:
    np.save(folder / "features.npy", np.load(folder / "features.npy")[::-1])


def _zeroed(folder: Path) -> None:
    np.save(folder / "features.npy", np.zeros((40, 12), "<f4"))


def _of_another_type(folder: Path) -> None:
    np.save(folder / "features.npy", np.load(folder / "features.npy").astype("<f8"))


def _truncated(folder: Path) -> None:
    os.truncate(folder / "features.npy", 200)


def _without_seconds(folder: Path) -> None:
    (folder / "seconds.json").unlink()


def _of_an_older_version(folder: Path) -> None:
    (folder / "checksums.json").unlink()


@pytest.mark.parametrize(
    "damage",
    [_permuted, _zeroed, _of_another_type, _truncated, _without_seconds, _of_an_older_version],
)
def test_damaged_features_are_thrown_away_and_computed_again(features, images, damage, capsys):
    whole = np.array(features.extract_features(made_up.model(), images).values)
    (name,) = kept()
    damage(storage.store() / name)
    again = features.extract_features(made_up.model(), images)
    assert not again.reused
    np.testing.assert_array_equal(again.values, whole)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"data/store/{name}: ")
    assert "the features of 40 images are computed again" in line
    assert kept() == {name}
    assert features.extract_features(made_up.model(), images).reused


def test_a_failure_half_way_leaves_nothing(features, images, monkeypatch):
    def second_time(self, index, take=ImageSet.take):
        if index[0] > 0:
            raise KeyboardInterrupt
        return take(self, index)

    with monkeypatch.context() as broken:
        broken.setattr(ImageSet, "take", second_time)
        with pytest.raises(KeyboardInterrupt):
            features.extract_features(made_up.model(), images)
    assert kept() == set()
    assert not features.extract_features(made_up.model(), images).reused


def test_a_full_disk_is_an_error_with_the_remedy(features, images, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(features, "_write", full)
    with pytest.raises(DataError, match=r"features of 40 images.*No space left.*Make room"):
        features.extract_features(made_up.model(), images)
    assert kept() == set()


def test_a_front_without_weights_is_not_worth_keeping(features, keras, images):
    layers = keras.layers
    plain = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(3)])
    assert features.extract_features(plain, images) is None
    assert features.split_frozen_front(plain) == (None, plain)


@pytest.mark.parametrize(
    "random",
    ["Dropout(0.5)", "RandomBrightness(0.2)", "RandomFlip()", "RandomRotation(0.1)"],
)
def test_nothing_behind_something_random_is_cached(features, keras, images, random):
    layer = eval(f"keras.layers.{random}")
    assert features.extract_features(made_up.model(before=[layer]), images) is None
    assert features.extract_features(made_up.model(inside=[layer]), images) is None


def test_a_backbone_that_trains_is_not_cached(features, images):
    assert features.extract_features(made_up.model(trainable=True), images) is None


# What the untouched backbone makes of every image

FROZEN = ("kuncoro_white_blood_cells", "mobilenetv2")
TRAINED = ("violina_blood_cancer", "cnn")
DIFFERENT = list(
    {
        arm.backbone: (slug, arm.name)
        for slug in papers.slugs()
        for arm in papers.load(slug).every_arm
    }.values()
)


@pytest.mark.parametrize("which", DIFFERENT, ids=lambda which: "-".join(which))
def test_of_a_backbone_its_last_feature_maps_are_averaged(features, untraced, monkeypatch, which):
    """Whether the arm trains it or not, and whatever stands before or behind it in the arm."""
    from lib.models.preprocessing import ScalePixels

    monkeypatch.setattr("lib.models.openvino.is_for", lambda _: False)  # it needs what is traced
    arm, how, backbone = of_an_arm(*which)
    images = made_up.image_set(number=8, size=how.image_size)
    before, trains = backbone.network.get_weights(), backbone.network.trainable
    found = features.backbone_features(backbone, images, how)
    scaled = ScalePixels(how.pixel_scaling)(images.take(np.arange(8)).astype("float32"))
    maps = np.asarray(backbone.network(scaled, training=False))
    assert min(maps.shape[1:3]) > 1
    # The rounding of fifty layers adds up.
    np.testing.assert_allclose(found, maps.mean((1, 2)), atol=1e-4 * np.abs(maps).max())
    assert found.dtype == np.float32
    assert np.ptp(found, axis=0).max() > 0  # images do not all look the same to it
    assert made_up.same(before, backbone.network.get_weights())
    assert backbone.network.trainable == trains == arm.trainable.value


@pytest.mark.parametrize(("which", "trains"), [(FROZEN, False), (TRAINED, True)])
def test_a_backbone_trains_or_not_as_before_even_after_a_failure(
    features, monkeypatch, which, trains
):
    _, how, backbone = of_an_arm(*which)
    variables = len(backbone.network.trainable_variables)
    assert (variables > 0) == trains
    features.backbone_features(backbone, made_up.image_set(number=4, size=64), how)
    assert len(backbone.network.trainable_variables) == variables
    monkeypatch.setattr(features, "_write", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        features.backbone_features(backbone, made_up.image_set(number=5, size=64), how)
    assert len(backbone.network.trainable_variables) == variables


def test_the_features_that_training_computed_are_those_of_the_backbone(features, taken):
    """Of a frozen arm that averages its feature maps: nothing is computed twice."""
    from lib import models

    images = made_up.image_set(size=64)
    arm, how, backbone = of_an_arm(*FROZEN)
    assert arm.pooling.value == "avg"
    trained_on = features.extract_features(models.build_model(arm, backbone, 3, 0, how), images)
    assert taken == list(range(40))
    found = features.backbone_features(backbone, images, how)
    assert taken == list(range(40))
    np.testing.assert_array_equal(found, trained_on.values)
    assert len(kept()) == 1


def test_a_backbone_sees_images_at_the_size_and_scaling_of_its_arm(features):
    _, how, backbone = of_an_arm(*FROZEN)
    small, images = (made_up.image_set(number=4, size=size) for size in (32, 64))
    given = replace(small, reload={64: images}.__getitem__)
    found = features.backbone_features(backbone, given, how)
    np.testing.assert_array_equal(found, features.backbone_features(backbone, images, how))
    other = features.backbone_features(backbone, images, replace(how, pixel_scaling="[0, 255]"))
    assert np.abs(other - found).max() > 0.01
