"""Training that is interrupted ends as one that was not; numbers that overflow end it."""

import json
import signal
from pathlib import Path

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers, storage
from lib.datasets import DataError

pytestmark = pytest.mark.slow

KILLED = """
import os, signal, sys
from pathlib import Path
from lib.training import fit as fitting
from test_train_interrupted import six_epochs

class Killed(fitting.Recorder):
    def on_train_batch_end(self, batch, logs=None):
        if len(self.rows) + 1 == 4 and batch == 1:
            os.kill(os.getpid(), signal.SIGKILL)

fitting.Recorder = Killed
six_epochs(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def resume():
    from lib.training import resume

    return resume


def six_epochs(file: Path | None):
    """A model that moves everything that can move: weights, statistics, seeds, Adam's memory."""
    model = made_up.model(before=made_up.turned_and_flipped(), dropout=0.3, trainable=True)
    how = made_up.training(epochs=6)
    return made_up.fit(model, made_up.image_set(), made_up.division(), how, file=file)


def epochs_in(file: Path) -> list[int]:
    with np.load(file) as arrays:
        history = json.loads(str(arrays["history"]))
    return [row[history["columns"].index("epoch")] for row in history["data"]]


def test_a_killed_training_goes_on_after_its_last_whole_epoch(training, tmp_path, monkeypatch):
    """Killed in another process, in its fourth epoch."""
    from lib.training import fit as fitting

    epochs = []

    class Logged(fitting.Recorder):
        def on_epoch_begin(self, epoch, logs=None):
            epochs.append(epoch + 1)
            super().on_epoch_begin(epoch, logs)

    monkeypatch.setattr(fitting, "Recorder", Logged)
    file = tmp_path / "state.npz"
    killed = made_up.python(KILLED, file)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert epochs_in(file) == [1, 2, 3]
    resumed = six_epochs(file)
    assert epochs == [4, 5, 6]
    assert epochs_in(file) == [1, 2, 3, 4, 5, 6]
    made_up.assert_equal(resumed, six_epochs(None))


def test_a_finished_training_is_not_repeated(training, keras, tmp_path, monkeypatch):
    first = six_epochs(tmp_path / "state.npz")
    monkeypatch.setattr(keras.Sequential, "fit", lambda *_, **__: 1 / 0)
    second = six_epochs(tmp_path / "state.npz")
    made_up.assert_equal(first, second)
    assert first.seconds == second.seconds


def test_the_last_state_goes_without_the_optimizers_memory(resume, images, monkeypatch, tmp_path):
    sizes = []
    monkeypatch.setattr(resume, "write_state", lambda _, state: sizes.append(len(state.variables)))
    fold, how = made_up.division(), made_up.training(epochs=3)
    made_up.fit_on_features(made_up.model(), images, fold, how, tmp_path / "state.npz")
    # two dense layers of two arrays; of each Adam keeps two means, and a counter and its rate
    assert sizes == [4 + 2 * 4 + 2, 4 + 2 * 4 + 2, 4]


def test_a_state_that_is_cut_off_starts_from_the_beginning(images, tmp_path):
    fold, how, file = made_up.division(), made_up.training(epochs=2), tmp_path / "state.npz"
    first = made_up.fit_on_features(made_up.model(), images, fold, how, file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    made_up.assert_equal(first, made_up.fit_on_features(made_up.model(), images, fold, how, file))
    assert epochs_in(file) == [1, 2]


def test_a_state_of_another_model_starts_from_the_beginning(images, tmp_path):
    fold, how, file = made_up.division(), made_up.training(epochs=2), tmp_path / "state.npz"
    sigmoid = made_up.training(epochs=2, loss="binary_crossentropy")
    made_up.fit_on_features(made_up.model(outputs=1), made_up.image_set(2), fold, sigmoid, file)
    fit = made_up.fit_on_features(made_up.model(), images, fold, how, file)
    made_up.assert_equal(fit, made_up.fit_on_features(made_up.model(), images, fold, how))


def test_every_fit_has_a_state_of_its_own(resume, training, images):
    """A state is never found by a fit that differs in settings, images, division or weights."""
    from lib.training.train import _dependencies

    arm = papers.load("kuncoro_white_blood_cells").arm("mobilenetv2")
    namesake = papers.load("sulistiana_cat_breeds").arm("mobilenetv2")
    fold, how = made_up.division(), made_up.training()
    fits = [
        (arm, made_up.model(), images, fold, how),
        (namesake, made_up.model(), images, fold, how),
        (arm, made_up.model(seed=1), images, fold, how),
        (arm, made_up.model(marked=0.2), images, fold, how),
        (arm, made_up.model(), made_up.image_set(seed=1), fold, how),
        (arm, made_up.model(), images, made_up.division(seed=4), how),
        (arm, made_up.model(), images, made_up.division(fold=1), how),
        (arm, made_up.model(), images, fold, made_up.training(epochs=4)),
        (arm, made_up.model(), images, fold, made_up.training(learning_rate=0.002)),
        (arm, made_up.model(), images, fold, made_up.training(precision="mixed_bfloat16")),
    ]
    found, again = (
        [resume.state_path("slug", "arm", _dependencies(*fit)) for fit in fits] for _ in "ab"
    )
    assert found == again
    assert len(set(found)) == len(fits)


def test_a_state_that_cannot_be_written_is_an_error_with_the_remedy(
    resume, training, images, monkeypatch, tmp_path
):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(resume, "write_state", full)
    with pytest.raises(DataError, match=r"the state of training.*No space left.*Make room"):
        made_up.fit(
            made_up.model(), images, made_up.division(), made_up.training(), file=tmp_path / "s"
        )


def given(values: np.ndarray):
    """Made-up features of 40 images, 12 numbers each."""
    from lib.training.features import Features

    return Features(values=values, seconds=0.0, reused=False)


class SpoiledLater(np.ndarray):
    """Numbers that become enormous once `good` has two entries."""

    good: list

    def __getitem__(self, index):
        return super().__getitem__(index) * np.float32(1e30 if len(self.good) >= 2 else 1)


@pytest.mark.parametrize(
    ("numbers_a_second", "kept"), [(1e12, [1, 2, 3]), (1e-3, [3])], ids=["at once", "in hours"]
)
def test_a_large_state_is_written_when_it_is_due_and_by_the_last_epoch(
    training, resume, tmp_path, monkeypatch, numbers_a_second, kept
):
    written = []
    monkeypatch.setattr(resume, "LARGE", 0)
    monkeypatch.setattr(resume, "NUMBERS_A_SECOND", numbers_a_second)
    monkeypatch.setattr(resume, "write_state", lambda _, state: written.append(len(state.history)))
    how, file = made_up.training(epochs=3), tmp_path / "state.npz"
    made_up.fit(made_up.model(), made_up.image_set(), made_up.division(), how, file=file)
    assert written == kept


def test_a_loss_that_is_no_number_stops_with_epoch_and_learning_rate(training, images, tmp_path):
    found = given(np.random.default_rng(0).standard_normal((40, 12), "float32"))
    how, file = made_up.training(optimizer="sgd", learning_rate=1e30), tmp_path / "state.npz"
    with pytest.raises(training.TrainingError, match=r"In epoch 1 .*learning rate, 1e\+30 here"):
        made_up.fit(made_up.model(), images, made_up.division(), how, found, file)
    assert not file.exists()


def test_the_state_on_disk_stays_that_of_the_last_good_epoch(
    resume, training, images, tmp_path, monkeypatch
):
    """Inputs overflow after two epochs; Keras may have fetched those of later ones before."""
    values = np.random.default_rng(0).standard_normal((40, 12), "float32").view(SpoiledLater)
    values.good, write = [], resume.write_state
    monkeypatch.setattr(
        resume, "write_state", lambda *state: (values.good.append(state), write(*state))
    )
    how, file = made_up.training(optimizer="sgd", epochs=9), tmp_path / "state.npz"
    with pytest.raises(training.TrainingError) as caught:
        made_up.fit(made_up.model(), images, made_up.division(), how, given(values), file)
    whole = len(values.good)
    assert 2 <= whole < 9
    assert f"In epoch {whole + 1} " in str(caught.value)
    assert epochs_in(file) == list(range(1, whole + 1))
    with np.load(file) as arrays:
        assert all(np.isfinite(arrays[name]).all() for name in arrays if name != "history")


def test_cleared_states_are_not_gone_on_from(resume, training, images):
    file = resume.state_path("slug", "arm", [])
    fold, how = made_up.division(), made_up.training(epochs=1)
    first = made_up.fit_on_features(made_up.model(), images, fold, how, file)
    storage.forget_training_states("slug")
    assert not file.exists()
    second = made_up.fit_on_features(made_up.model(), images, fold, how, file)
    assert first.seconds != second.seconds
    made_up.assert_equal(first, second)
