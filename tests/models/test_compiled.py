"""A kept model by OpenVINO: what Keras answers, made once on a machine, and nothing of a stranger's file believed."""

import subprocess
from importlib.util import find_spec

import numpy as np
import pytest
from kept_models import pixels, recipe, record, small, whole_model
from made_up_training import python, see_images, untraced

from lib import storage
from lib.models import compiled, compiling, kept

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not find_spec("openvino"), reason="needs the extra `fast`"),
]

SAME = 1e-5  # of a probability
ARMS = [  # depthwise; squeezed and excited; residual; plain
    ("kuncoro_white_blood_cells", "mobilenetv2"),
    pytest.param("kumar_breakhis", "mobilenetv3", marks=pytest.mark.backend),
    pytest.param("kumar_breakhis", "resnet50v2", marks=pytest.mark.backend),
    pytest.param("kumar_breakhis", "vgg16", marks=pytest.mark.backend),
]


def assert_as_keras(path) -> None:
    from lib.models.answers import Answerer

    with untraced():
        expected = Answerer(kept.load_kept(path).model)(pixels())
    answers = compiled.compiled_answerer(kept.read_kept(path))(pixels())
    np.testing.assert_allclose(answers.probabilities, expected.probabilities, atol=SAME)
    assert (answers.probabilities.argmax(1) == expected.probabilities.argmax(1)).all()
    largest = np.abs(expected.features).max()  # 50,000 with random weights
    np.testing.assert_allclose(answers.features, expected.features, atol=1e-3 * largest)
    assert np.ptp(expected.probabilities) > 0


@pytest.mark.parametrize(("slug", "name"), ARMS)
def test_it_answers_as_keras_does(keras, tmp_path, slug, name):
    """Keras' own networks, stored whole, as those that were trained are."""
    model, path = whole_model(slug, name), tmp_path / "model.keras"
    network = next(layer for layer in model.layers if isinstance(layer, keras.Model))
    see_images(network, recipe(slug, name)[2])  # else batch norm makes nothing of any image
    kept.save_kept(path, model, record(slug, name))
    assert_as_keras(path)


def test_random_weights_are_drawn_again_by_the_keras_of_this_process(keras, tmp_path, monkeypatch):
    slug, name, path = "hulu_breast_mammography", "alexnet", tmp_path / "alexnet.keras"
    kept.save_kept(path, whole_model(slug, name), record(slug, name))
    monkeypatch.setattr(subprocess, "run", None)
    assert_as_keras(path)


WITHOUT_KERAS = """if True:
    import sys
    from pathlib import Path
    import numpy as np
    from lib import storage
    from lib.models import compiled, kept

    path, data, pixels, answers = map(Path, sys.argv[1:])
    storage.DATA = data
    answerer = compiled.compiled_answerer(kept.read_kept(path))
    np.save(answers, answerer(np.load(pixels)).probabilities)
    print({"keras", "tensorflow", "openvino_telemetry"} & {*filter(sys.modules.get, sys.modules)})
"""


def test_another_process_makes_it_once_and_later_ones_answer_without_keras(keras, tmp_path):
    path = small(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiling, "write_kept", None)  # of this process
        assert_as_keras(path)
        patch.setattr(subprocess, "run", None)
        answerer = compiled.compiled_answerer(kept.read_kept(path))
    np.save(tmp_path / "pixels.npy", pixels())
    files = (tmp_path / "pixels.npy", tmp_path / "answers.npy")
    process = python(WITHOUT_KERAS, path, storage.DATA, *files)
    assert process.stdout == "set()\n", process.stderr
    np.testing.assert_array_equal(np.load(files[1]), answerer(pixels()).probabilities)
    # An image gets the same numbers whatever stands beside it.
    np.testing.assert_array_equal(answerer(pixels()[2:]).probabilities[0], np.load(files[1])[2])


def test_a_run_makes_it_when_it_keeps_a_model(keras, tmp_path, monkeypatch):
    path = small(tmp_path)
    compiled.keep_network(path, kept.load_kept(path).model)
    monkeypatch.setattr(subprocess, "run", None)
    assert_as_keras(path)


def test_where_openvino_cannot_have_it_or_nothing_can_be_kept_keras_answers(
    keras, tmp_path, monkeypatch
):
    path = small(tmp_path)
    stored = kept.read_kept(path)

    def fail(*_):
        raise NotImplementedError("no such operation")

    monkeypatch.setattr(compiled, "_made_aside", lambda *_: False)
    monkeypatch.setattr(compiling, "write_kept", fail)
    assert compiled.compiled_answerer(stored) is None
    monkeypatch.setattr(compiling, "write_kept", raise_disk_full)
    assert compiled.compiled_answerer(stored) is None
    assert compiled.is_for(path)
    monkeypatch.setattr(compiled, "find_spec", lambda _: None)
    assert not compiled.is_for(path)


def raise_disk_full(*_):
    raise OSError(28, "no space")
