"""Features: computed once for all, kept on disk under a key of all they depend on, never random."""

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers
from lib.data import DataError, ImageSet, store
from lib.settings import resolve

pytestmark = pytest.mark.slow

IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
import made_up_training as made_up
from lib.data import store
from test_features import of_the_real_arm, of_the_small_model
store.STORE = Path(sys.argv[1])
for _ in range(3):
    made_up.model()  # Keras gives the layers of the next ones other numbers
print(of_the_small_model().reused, of_the_real_arm().reused)
"""


@pytest.fixture(scope="module")
def features():
    from lib import features

    return features


@pytest.fixture
def images() -> ImageSet:
    return made_up.image_set()


@pytest.fixture
def taken(monkeypatch) -> list[int]:
    return made_up.taken(monkeypatch)


def of_the_small_model():
    from lib import features

    return features.features(made_up.model(), made_up.image_set())


def of_the_real_arm():
    from lib import features, models

    paper = papers.load("kuncoro_white_blood_cells")
    arm, training = paper.arm("mobilenetv2"), resolve(paper, image_size=32).training["mobilenetv2"]
    model = models.build(arm, made_up.untrained(arm, training), 3, 0, training)
    return features.features(model, made_up.image_set())


def kept() -> set[str]:
    return {path.name for path in store.STORE.iterdir()}


def test_features_are_what_the_front_makes_of_every_image(features, keras, images):
    model = made_up.model()
    found = features.features(model, images)
    # scaling, backbone, pooling; then the head, whose first layer trains
    front = keras.Sequential(model.layers[:3])
    expected = front.predict_on_batch(images.take(np.arange(40)).astype("float32"))
    assert found.values.shape == (40, 12)
    assert found.values.dtype == np.float32
    np.testing.assert_allclose(found.values, expected, rtol=1e-5, atol=1e-6)


def test_front_and_rest_are_the_model(features, images):
    model = made_up.model()
    front, rest = features.cut(model)
    pixels = images.take(np.arange(8)).astype("float32")
    np.testing.assert_allclose(
        rest.predict_on_batch(front.predict_on_batch(pixels)),
        model.predict_on_batch(pixels),
        atol=1e-6,
    )
    assert [*front.layers, *rest.layers] == model.layers


def test_every_image_passes_the_front_once_for_all_heads(features, images, taken):
    first = features.features(made_up.model(seed=0), images)
    second = features.features(made_up.model(seed=1), images)
    assert taken == list(range(40))
    assert (first.reused, second.reused) == (False, True)
    assert first.seconds == second.seconds > 0
    assert (first.values == second.values).all()


def test_nothing_is_computed_where_features_are_on_disk(features, keras, images, monkeypatch):
    features.features(made_up.model(), images)
    monkeypatch.setattr(keras.Model, "predict_on_batch", lambda *_: 1 / 0)
    assert features.features(made_up.model(), images).reused


def test_features_are_memory_mapped_and_read_only(features, images):
    values = features.features(made_up.model(), images).values
    assert isinstance(values, np.memmap)
    assert not values.flags.writeable


def test_other_weights_scaling_images_or_precision_are_other_features(features, keras, images):
    features.features(made_up.model(), images)
    assert not features.features(made_up.model(marked=0.2), images).reused
    assert not features.features(made_up.model(scaling="[0, 1]"), images).reused
    assert not features.features(made_up.model(), made_up.image_set(seed=1)).reused
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        low = made_up.model()
    finally:
        keras.config.set_dtype_policy("float32")
    found = features.features(low, images)
    assert not found.reused
    assert found.values.dtype == np.float32
    assert len(kept()) == 5


def test_the_order_of_an_image_sets_rows_is_part_of_its_features(features, images):
    features.features(made_up.model(), images)
    last_first = made_up.image_set()
    other = ImageSet(**vars(last_first) | {"rows": np.arange(40)[::-1], "content": "reversed"})
    assert not features.features(made_up.model(), other).reused


def test_another_stride_with_the_same_weights_is_another_front(features, keras, images):
    def with_pooling(size):
        keras.utils.set_random_seed(0)
        return made_up.model(inside=[keras.layers.AveragePooling2D(size, strides=2)])

    features.features(with_pooling(2), images)
    # 15 pixels a side become 7 with either size of pooling
    assert not features.features(with_pooling(3), images).reused


def test_another_process_finds_the_features_of_this_one():
    assert not of_the_small_model().reused
    assert not of_the_real_arm().reused
    done = made_up.python(IN_ANOTHER_PROCESS, store.STORE)
    assert done.stdout == "True True\n", done.stderr


def test_a_failure_half_way_leaves_nothing(features, images, monkeypatch):
    def second_time(self, index, take=ImageSet.take):
        if index[0] > 0:
            raise KeyboardInterrupt
        return take(self, index)

    with monkeypatch.context() as broken:
        broken.setattr(ImageSet, "take", second_time)
        with pytest.raises(KeyboardInterrupt):
            features.features(made_up.model(), images)
    assert kept() == set()
    assert not features.features(made_up.model(), images).reused


def test_a_full_disk_is_an_error_with_the_remedy(features, images, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(features, "_write", full)
    with pytest.raises(DataError, match=r"features of 40 images.*No space left.*Make room"):
        features.features(made_up.model(), images)
    assert kept() == set()


def test_a_front_without_weights_is_not_worth_keeping(features, keras, images):
    layers = keras.layers
    plain = keras.Sequential([keras.Input((32, 32, 3)), layers.Flatten(), layers.Dense(3)])
    assert features.features(plain, images) is None
    assert features.cut(plain) == (None, plain)


@pytest.mark.parametrize(
    "random",
    ["Dropout(0.5)", "RandomBrightness(0.2)", "RandomFlip()", "RandomRotation(0.1)"],
)
def test_nothing_behind_something_random_is_cached(features, keras, images, random):
    layer = eval(f"keras.layers.{random}")
    assert features.features(made_up.model(before=[layer]), images) is None
    assert features.features(made_up.model(inside=[layer]), images) is None


def test_a_backbone_that_trains_is_not_cached(features, images):
    assert features.features(made_up.model(trainable=True), images) is None
