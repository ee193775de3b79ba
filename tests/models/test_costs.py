"""Costs: multiply-adds by hand on tiny layers and as published for whole networks; file size; speed."""

import time

import made_up_training as made_up
import numpy as np
import pytest

from lib import storage

pytestmark = pytest.mark.slow

LABELS = 1000  # classes of ImageNet


@pytest.fixture(scope="module")
def costs():
    from lib.models import costs

    return costs


@pytest.fixture(scope="module")
def application(keras):
    """A maker of networks of `keras.applications` at 224 pixels, with their classifier, once each."""
    made = {}

    def make(name: str):
        if name not in made:
            architecture = getattr(keras.applications, name)
            with made_up.undrawn():
                made[name] = architecture(weights=None, input_shape=(224, 224, 3))
        return made[name]

    return make


def single(keras, shape: tuple, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


# by hand


def test_a_convolution_multiplies_its_whole_kernel_at_every_place_of_its_output(costs, keras):
    conv = keras.layers.Conv2D
    for layer, expected in (
        (conv(5, 3), 6 * 6 * 5 * (3 * 3 * 2)),  # 8 - 3 + 1 = 6 places a side
        (conv(5, 3, padding="same"), 8 * 8 * 5 * (3 * 3 * 2)),
        (conv(5, 3, strides=2), 3 * 3 * 5 * (3 * 3 * 2)),
        (conv(5, 3, strides=2, padding="same"), 4 * 4 * 5 * (3 * 3 * 2)),
        (conv(5, (1, 3), strides=(2, 1)), 4 * 6 * 5 * (1 * 3 * 2)),
        (conv(5, 1, use_bias=False), 8 * 8 * 5 * 2),
        (conv(5, 3, dilation_rate=2), 4 * 4 * 5 * (3 * 3 * 2)),
    ):
        assert costs.multiply_adds(single(keras, (8, 8, 2), layer)) == expected, layer.get_config()


def test_a_convolution_in_groups_sees_only_its_groups_channels(costs, keras):
    grouped = keras.layers.Conv2D(6, 3, groups=2)
    assert costs.multiply_adds(single(keras, (8, 8, 4), grouped)) == 6 * 6 * 6 * (3 * 3 * 2)


def test_a_depthwise_convolution_sees_one_channel(costs, keras):
    depthwise = keras.layers.DepthwiseConv2D
    assert costs.multiply_adds(single(keras, (8, 8, 4), depthwise(3))) == 6 * 6 * 4 * 9
    twice = depthwise(3, strides=2, padding="same", depth_multiplier=2)
    assert costs.multiply_adds(single(keras, (8, 8, 4), twice)) == 4 * 4 * (4 * 2) * 9


def test_a_dense_layer_multiplies_every_input_with_every_unit(costs, keras):
    assert costs.multiply_adds(single(keras, (7,), keras.layers.Dense(3))) == 7 * 3


def test_layers_without_a_kernel_cost_nothing(costs, keras):
    layers = keras.layers
    model = single(
        keras,
        (8, 8, 2),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.MaxPooling2D(),
        layers.Dropout(0.5),
        layers.GlobalAveragePooling2D(),
    )
    assert costs.multiply_adds(model) == 0


def test_layers_of_nested_models_count_once_each(costs, keras):
    layers = keras.layers
    inner = single(keras, (8, 8, 2), layers.Conv2D(3, 3), layers.GlobalAveragePooling2D())
    outer = single(keras, (8, 8, 2), inner, layers.Dense(4))
    assert costs.multiply_adds(outer) == 6 * 6 * 3 * 18 + 3 * 4


def test_the_precision_does_not_matter(costs, keras):
    layer = keras.layers.Conv2D(5, 3, dtype="mixed_bfloat16")
    assert costs.multiply_adds(single(keras, (8, 8, 2), layer)) == 6 * 6 * 5 * 18


# as published, for 224 pixels and 1,000 classes


@pytest.mark.parametrize(
    ("name", "published", "tolerance"),
    [
        ("MobileNetV2", 300e6, 0.02),  # Sandler et al. 2018, Table 4
        ("MobileNetV3Small", 56e6, 0.02),  # Howard et al. 2019, Table 3, as the next
        ("MobileNetV3Large", 219e6, 0.02),
        ("VGG16", 15.5e9, 0.01),  # 15.3e9 of its convolutions, as He et al. 2016 count it
        ("ResNet50", 3.8e9, 0.02),  # He et al. 2016, Table 1
    ],
)
def test_multiply_adds_are_those_published(name, published, tolerance, costs, application):
    assert costs.multiply_adds(application(name)) == pytest.approx(published, rel=tolerance)


def test_vgg16s_classifier_is_a_hundredth_of_it(costs, keras, application):
    with made_up.undrawn():
        front = keras.applications.VGG16(weights=None, include_top=False, input_shape=(224, 224, 3))
    assert costs.multiply_adds(front) == pytest.approx(15.35e9, rel=0.001)
    dense = 7 * 7 * 512 * 4096 + 4096 * 4096 + 4096 * LABELS
    assert costs.multiply_adds(application("VGG16")) == costs.multiply_adds(front) + dense


def test_torchvisions_alexnet_takes_0_71_billion(costs):
    from lib.models.architectures import alexnet

    # Source: "GFLOPS" 0.71 of AlexNet_Weights in torchvision/models/alexnet.py.
    dense = 6 * 6 * 256 * 4096 + 4096 * 4096 + 4096 * LABELS
    counted = costs.multiply_adds(alexnet((64, 192, 384, 256, 256), 224)) + dense
    assert counted == pytest.approx(0.71e9, rel=0.01)


# files


@pytest.mark.parametrize("name", ["MobileNetV2", "MobileNetV3Small"])
def test_the_file_takes_about_four_bytes_a_parameter(name, costs, application):
    network = application(name)
    bytes_found = costs.file_bytes(network)
    assert 4 * network.count_params() < bytes_found < 1.15 * 4 * network.count_params()


def test_the_file_is_that_of_the_weights_alone_also_of_a_model_that_was_trained(costs, keras):
    model = single(keras, (7,), keras.layers.Dense(3000))
    untrained = costs.file_bytes(model)
    model.compile(optimizer="adam", loss="mse")
    model.optimizer.build(model.trainable_variables)
    assert costs.file_bytes(model) == untrained


def test_the_file_is_gone_afterwards(costs, keras, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert costs.file_bytes(single(keras, (7,), keras.layers.Dense(3))) > 0
    assert list(tmp_path.iterdir()) == []


def test_fourteen_megabytes_are_the_whole_mobilenetv2_not_what_the_papers_use(
    costs, keras, application
):
    # Sulistiana et al.: "MobileNetV2 sendiri hanya berukuran sekitar 14MB".
    whole = application("MobileNetV2")
    assert whole.count_params() == 3_538_984
    assert 4 * whole.count_params() / 1e6 == pytest.approx(14.2, abs=0.05)
    assert costs.file_bytes(whole) / 1e6 == pytest.approx(14.5, abs=0.4)
    front = keras.applications.MobileNetV2(
        weights=None, include_top=False, input_shape=(224, 224, 3)
    )
    layers = keras.layers
    used = single(
        keras,
        (224, 224, 3),
        front,
        layers.GlobalAveragePooling2D(),
        layers.Dense(256),
        layers.Dense(128),
        layers.Dense(5),
    )
    assert used.count_params() == 2_619_461
    assert costs.file_bytes(used) / 1e6 == pytest.approx(10.8, abs=0.5)


# speed, and the whole record


@pytest.fixture
def small(keras, costs, monkeypatch):
    """A small network on a machine that does nothing else."""
    take_processors(costs, monkeypatch, others=0.0)
    return new_small(keras)


def take_processors(costs, monkeypatch, *, others: float) -> None:
    """At each look two seconds of two processors have passed; others took so many of the four, we the rest."""
    looks = iter(range(100))
    monkeypatch.setattr(
        costs,
        "_processor_time",
        lambda: costs._ProcessorTime(
            all=4.0 * (look := next(looks)), idle=0.0, own=(4 - others) * look
        ),
    )


def new_small(keras, units: int = 2):
    layers = keras.layers
    return single(keras, (8, 8, 3), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(units))


def test_speed_is_counted_over_whole_batches_after_a_warm_up(costs, small, monkeypatch):
    batches, clock = [], iter(np.arange(0, 100, 0.25))  # a quarter of a second passes at each look
    monkeypatch.setattr(costs.time, "perf_counter", lambda: next(clock))
    predict = small.predict_on_batch

    def counted(pixels):
        batches.append(pixels.shape)
        return predict(pixels)

    small.predict_on_batch = counted
    # Three batches before the first look, one after it; the second look says half a second.
    assert costs.images_per_second(small) == round(4 * 32 / 0.75, 1)
    assert batches == [(32, 8, 8, 3)] * (1 + 4)


def test_a_network_is_measured_once_per_machine_whatever_its_weights(
    costs, keras, small, monkeypatch
):
    measured = []
    monkeypatch.setattr(
        costs, "_measured_speed", lambda model: (measured.append(model), len(measured))[1]
    )
    other = new_small(keras, units=3)
    models = (small, new_small(keras), other)
    assert [costs.images_per_second(model) for model in models] == [1, 1, 2]
    assert measured == [small, other]
    monkeypatch.setattr(costs.machine, "cpu_name", lambda: "another processor")
    assert costs.images_per_second(small) == 3


def test_nothing_is_measured_while_others_hold_the_processors(costs, small, monkeypatch):
    monkeypatch.setattr(costs, "LEAST_SECONDS", 0)
    take_processors(costs, monkeypatch, others=1.0)
    assert costs.images_per_second(small) is None
    assert not list(storage.store().glob("speed-*"))
    take_processors(costs, monkeypatch, others=0.3)
    kept = costs.images_per_second(small)
    assert kept > 0
    take_processors(costs, monkeypatch, others=4.0)
    assert costs.images_per_second(small) == kept


@pytest.mark.parametrize(
    ("idle", "own", "disturbed"), [(0.0, 3.5, True), (0.0, 3.7, False), (0.5, 1.0, False)]
)
def test_others_disturb_where_they_leave_nothing_unused(costs, idle, own, disturbed):
    """Of four seconds of the processors: others took 0.5, 0.3, and 2.5 while some were idle."""
    after = costs._ProcessorTime(all=4.0, idle=idle, own=own)
    assert costs._is_disturbed(costs._ProcessorTime(0.0, 0.0, 0.0), after) == disturbed


def test_the_processors_time_is_all_accounted_for(costs):
    before = costs._processor_time()
    deadline = time.process_time() + 0.2
    while time.process_time() < deadline:
        pass
    every, idle, own = np.subtract(costs._processor_time(), before)
    assert own >= 0.2
    assert every >= idle + 0.8 * own  # the system counts in hundredths of a second


def test_a_real_clock_gives_a_positive_speed(costs, small, monkeypatch):
    monkeypatch.setattr(costs, "LEAST_SECONDS", 0.05)
    assert costs.images_per_second(small) > 0


def test_the_record_of_an_arm_holds_all_of_it(costs, small, monkeypatch):
    monkeypatch.setattr(costs, "images_per_second", lambda _: 12.3)
    cost = costs.measure("an arm", small, feature_seconds=1.2345, training_seconds=2.3456)
    assert cost.model_dump() == {
        "arm": "an arm",
        "parameters": 3 * 3 * 3 * 4 + 4 + 6 * 6 * 4 * 2 + 2,
        "multiply_adds": 6 * 6 * 4 * 27 + 6 * 6 * 4 * 2,
        "file_bytes": costs.file_bytes(small),
        "images_per_second": 12.3,
        "feature_seconds": 1.23,
        "training_seconds": 2.35,
    }
