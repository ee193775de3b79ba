"""A kept model's answers to files: those of its run for the same images, and what is refused."""

from dataclasses import asdict
from pathlib import Path

import made_up_training as made_up
import numpy as np
import pytest
from made_up_predictions import kept_record
from PIL import Image

from lib.datasets import ImageSet
from lib.models import compiled, kept
from lib.predict.chosen import PredictError, record_of

pytestmark = pytest.mark.slow

CLASSES = made_up.CLASSES


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    """OpenVINO has a network from the Keras that is loaded already, not from a process of its own."""
    monkeypatch.setattr(compiled, "_made_aside", lambda *_: False)


def save(path: Path, model, arrays=None, **changes) -> Path:
    """The model kept as one of three classes."""
    values = {
        "classes": list("abc")[:CLASSES],
        "image_size": made_up.SIZE,
        "training": asdict(made_up.training()),
        "confusion": [[1] * CLASSES] * CLASSES,
    }
    kept.save_kept(path, model, kept_record(**values | changes), arrays)
    return path


def written(images: ImageSet, rows: np.ndarray, folder: Path) -> list[Path]:
    """The images of these rows as files."""
    folder.mkdir()
    for row in rows:
        Image.fromarray(images.pixels[row]).save(folder / f"{row:03d}.png")
    return [folder / f"{row:03d}.png" for row in rows]


def test_answers_are_those_of_the_run_and_its_test_images_are_like_its_training_images(
    training, tmp_path
):
    from lib.predict.answering import load_predictor
    from lib.training.novelty import novelty_arrays

    images, fold = made_up.image_set(), made_up.division()
    model = made_up.model(trainable=True)
    fit = made_up.fit(model, images, fold, made_up.training())
    arrays = novelty_arrays(model, images, fold)
    predictor = load_predictor(save(tmp_path / "net.keras", model, arrays))
    files = written(images, fold.test, tmp_path / "images")
    broken = tmp_path / "images" / "broken.png"
    broken.write_text("no image")
    told = [answer for answer, _ in predictor.answers([*files[:4], broken, *files[4:]])]
    assert told.pop(4).probabilities is None
    found = np.stack([answer.probabilities for answer in told])
    np.testing.assert_allclose(found, fit.probabilities, atol=2e-6)
    assert [answer.predicted for answer in told] == [
        "abc"[label] for label in fit.probabilities.argmax(1)
    ]
    # Ten test images set the limit, so that none lies beyond it; something else does.
    assert not any(answer.unlike for answer in told)
    lines = np.zeros((made_up.SIZE, made_up.SIZE, 3), np.uint8)
    lines[::2] = 255
    Image.fromarray(lines).save(tmp_path / "lines.png")
    ((strange, pixels),) = predictor.answers([tmp_path / "lines.png"])
    assert strange.unlike
    np.testing.assert_array_equal(pixels, lines)


def test_a_model_that_was_kept_without_features_cannot_tell_what_is_unlike(keras, tmp_path):
    from lib.predict.answering import load_predictor

    predictor = load_predictor(save(tmp_path / "net.keras", made_up.model(trainable=True)))
    images = made_up.image_set()
    files = written(images, np.arange(2), tmp_path / "images")
    told = [answer for answer, _ in predictor.answers(files)]
    assert [(answer.distance, answer.unlike) for answer in told] == [(None, None)] * 2


def test_features_of_another_network_are_refused(keras, tmp_path):
    from lib.models.novelty import measure_novelty
    from lib.predict.answering import load_predictor

    arrays = measure_novelty(np.ones((2, 5)), np.ones((2, 5))).arrays()
    path = save(tmp_path / "net.keras", made_up.model(trainable=True), arrays)
    with pytest.raises(PredictError, match="of another"):
        load_predictor(path)
    path = save(path, made_up.model(trainable=True), arrays | {"novelty_limit": np.zeros(2)})
    with pytest.raises(PredictError, match="novelty_limit"):
        load_predictor(path)


def test_a_file_that_is_no_model_and_another_papers_model_are_refused(keras, tmp_path):
    path = save(tmp_path / "net.keras", made_up.model(trainable=True))
    record_of(path, "kuncoro_white_blood_cells")
    with pytest.raises(PredictError, match="it is one of kuncoro_white_blood_cells"):
        record_of(path, "kumar_breakhis")
    path.write_text("no model")
    with pytest.raises(kept.KeptModelError, match="cannot be read"):
        record_of(path, "kuncoro_white_blood_cells")
