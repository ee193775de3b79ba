"""Training: what a fit says of its epochs, what is refused, an arm on every fold."""

from dataclasses import replace

import made_up_training as made_up
import numpy as np
import pytest

from lib import papers, storage
from lib.datasets import ControlSet, ImageSet, near_duplicates
from lib.papers.declare import Assumed
from lib.settings import resolve

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's, where `untraced` is asked for
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions"),
]


@pytest.fixture
def images() -> ImageSet:
    return made_up.image_set()


@pytest.fixture
def taken(monkeypatch) -> list[int]:
    return made_up.taken(monkeypatch)


@pytest.fixture
def untraced():
    with made_up.untraced():
        yield


def test_history_has_a_row_an_epoch_and_the_numbers_of_the_probabilities(training, images):
    fold = made_up.division()
    fit = training.fit(made_up.model(), images, fold, made_up.training())
    assert list(fit.history) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert fit.history["epoch"].tolist() == [1, 2, 3]
    right = (fit.probabilities.argmax(1) == images.labels[fold.test]).mean()
    assert fit.history["val_accuracy"].iloc[-1] == pytest.approx(right)
    chosen = fit.probabilities[np.arange(10), images.labels[fold.test]]
    assert fit.history["val_loss"].iloc[-1] == pytest.approx(-np.log(chosen).mean(), rel=1e-4)
    assert fit.seconds > 0


def test_a_sigmoid_gives_the_probabilities_of_both_classes(training):
    images, fold = made_up.image_set(classes=2), made_up.division()
    how = made_up.training(loss="binary_crossentropy", learning_rate=0.03)
    fit = training.fit(made_up.model(outputs=1), images, fold, how)
    assert fit.probabilities.shape == (10, 2)
    np.testing.assert_allclose(fit.probabilities.sum(1), 1, atol=1e-6)
    labels = images.labels[fold.test]
    assert fit.history["val_accuracy"].iloc[-1] == pytest.approx(
        (fit.probabilities.argmax(1) == labels).mean()
    )
    chosen = fit.probabilities[np.arange(10), labels]
    assert fit.history["val_loss"].iloc[-1] == pytest.approx(-np.log(chosen).mean(), rel=1e-4)
    assert fit.history["loss"].iloc[-1] < fit.history["loss"].iloc[0]


# Images that are classified after training

# Sums are of batches of other sizes, or computed in two models instead of one.
ROUNDING = 1e-6


def _trained(training, images: ImageSet, *, frozen: bool, outputs: int = made_up.CLASSES):
    """A trained model, frozen or end to end behind random changes, and its fit of both parts."""
    before = [] if frozen else made_up.turned_and_flipped()
    model = made_up.model(before=before, dropout=0.3, trainable=not frozen, outputs=outputs)
    loss = "binary_crossentropy" if outputs == 1 else "categorical_crossentropy"
    found = training.features(model, images)
    assert (found is not None) == frozen
    how = made_up.training(batch_size=8, loss=loss)  # neither 30 nor 10 are so many
    return model, training.fit(model, images, made_up.division(), how, found, on_training=True)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("outputs", [made_up.CLASSES, 1])
def test_the_trained_model_classifies_images_as_its_fit_says(training, frozen, outputs):
    images, fold = made_up.image_set(max(outputs, 2)), made_up.division()
    model, fit = _trained(training, images, frozen=frozen, outputs=outputs)
    for index, probabilities in ((fold.test, fit.probabilities), (fold.train, fit.on_training)):
        found = training.classify(model, images.take(index))
        assert found.dtype == np.float32
        assert found.shape == (len(index), max(outputs, 2))
        np.testing.assert_allclose(found, probabilities, atol=ROUNDING)
        np.testing.assert_allclose(found.sum(1), 1, atol=ROUNDING)
        # And they tell images apart, so that another order of them would be seen.
        assert np.ptp(found[:, 0]) > 1000 * ROUNDING


def test_training_images_are_classified_where_that_is_wanted_and_no_number_changes(
    training, images
):
    fold, how = made_up.division(), made_up.training()
    without = training.fit(made_up.model(), images, fold, how)
    with_them = training.fit(made_up.model(), images, fold, how, on_training=True)
    assert (without.on_training, without.shown, with_them.shown) == (None, None, None)
    made_up.assert_equal(without, with_them)
    assert with_them.on_training.shape == (30, 3)


def test_one_image_is_classified_as_among_others(training, images):
    model = made_up.model()
    pixels = images.take(np.arange(5))
    one, five = training.classify(model, pixels[2:3]), training.classify(model, pixels)
    np.testing.assert_allclose(one[0], five[2], atol=ROUNDING)
    assert pixels.dtype == np.uint8


def test_every_training_image_is_taken_once_an_epoch_in_the_order_of_the_batches(
    training, images, monkeypatch
):
    """What Keras asks for, in the order it asks, whatever it fetches ahead."""
    from lib.training import batches

    asked, fetch = [], batches.Batches.__getitem__

    def logged(self, batch):
        if len(self) > self.steps:  # the training batches; the test's are of one epoch
            asked.append(batch)
        return fetch(self, batch)

    monkeypatch.setattr(batches.Batches, "__getitem__", logged)
    training.fit(made_up.model(), images, made_up.division(), made_up.training(batch_size=8))
    # 30 images in batches of 8 are 4 steps; before them Keras peeks at the first for their shapes
    assert asked[-12:] == list(range(12))


def test_the_same_fit_twice_is_the_same_to_the_last_bit(images):
    fold, how = made_up.division(), made_up.training()
    first, second = (
        made_up.fit_on_features(made_up.model(dropout=0.5), images, fold, how) for _ in "ab"
    )
    made_up.assert_equal(first, second)


def test_random_changes_and_dropout_are_the_same_twice(training, images):
    fold, how = made_up.division(), made_up.training()
    options = {"dropout": 0.5, "trainable": True}
    first, second = (
        training.fit(
            made_up.model(before=made_up.turned_and_flipped(), **options), images, fold, how
        )
        for _ in "ab"
    )
    made_up.assert_equal(first, second)


def test_xla_is_refused_for_a_layer_that_it_cannot_compile(training, images, taken):
    model = made_up.model(before=made_up.turned_and_flipped())
    with pytest.raises(ValueError, match=r"`jit_compile` should be False.* random_rotation"):
        training.fit(model, images, made_up.division(), made_up.training(jit_compile=True))
    assert taken == []


def test_xla_is_refused_where_tensorflow_would_quietly_do_without(training, images, taken):
    """Deterministic operations, which are the default here, have no form for XLA."""
    with pytest.raises(ValueError, match="TF_DETERMINISTIC_OPS=0"):
        training.fit(
            made_up.model(), images, made_up.division(), made_up.training(jit_compile=True)
        )
    assert taken == []


WITH_AND_WITHOUT_XLA = """
import made_up_training as made_up
import numpy as np
from lib import training

def fit(jit):
    model, how = made_up.model(), made_up.training(jit_compile=jit, epochs=2)
    found = training.fit(model, made_up.image_set(), made_up.division(), how)
    assert model.jit_compile is jit
    return found

one, two = fit(True), fit(False)
print(np.abs(one.probabilities - two.probabilities).max())
print(np.abs(one.history - two.history).max().max())
"""


def test_xla_computes_the_same_where_it_may():
    done = made_up.python(WITH_AND_WITHOUT_XLA, TF_DETERMINISTIC_OPS="0")
    assert done.returncode == 0, done.stderr
    assert [float(difference) < 1e-4 for difference in done.stdout.split()] == [True, True]


def test_bfloat16_trains_to_finite_float32_probabilities(training):
    from lib import models

    paper = papers.load("violina_blood_cancer")
    changes = {"image_size": 32, "epochs": 2, "batch_size": 10, "precision": "mixed_bfloat16"}
    arm, how = paper.arm("cnn"), resolve(paper, **changes).training["cnn"]
    model = models.build_model(arm, models.load_backbone(arm, how), 2, 0, how)
    assert {one.compute_dtype for one in model.layers[3].layers} == {"bfloat16"}
    fit = training.fit(model, made_up.image_set(2), made_up.division(), how)
    assert fit.probabilities.dtype == np.float32
    np.testing.assert_allclose(fit.probabilities.sum(1), 1, atol=1e-6)
    assert np.isfinite(fit.history.to_numpy()).all()


@pytest.fixture
def cnn(monkeypatch, untraced):
    """Everything `train` takes for the arm that trains from scratch, with two folds of one seed."""
    from lib import models
    from lib.models import costs

    monkeypatch.setattr(costs, "LEAST_SECONDS", 0)
    monkeypatch.setattr(costs, "LEAST_BATCHES", 1)
    paper = papers.load("violina_blood_cancer")
    settings = resolve(paper, image_size=32, epochs=2, batch_size=10)
    arm, images = paper.arm("cnn"), made_up.image_set(2)
    backbone = models.load_backbone(arm, settings.training["cnn"])
    folds = [made_up.division(fold=number) for number in (0, 1)]
    return paper, arm, backbone, images, folds, settings


@pytest.fixture
def weights(training, monkeypatch) -> list[list[np.ndarray]]:
    """The weights that every fit starts from and ends with, as they come."""
    found, fit = [], training.Trainer.fit

    def recorded(trainer, *arguments, **options):
        found.append(trainer._model.get_weights())
        done = fit(trainer, *arguments, **options)
        found.append(trainer._model.get_weights())
        return done

    monkeypatch.setattr(training.Trainer, "fit", recorded)
    return found


@pytest.mark.parametrize("declared", ["random", "imagenet"])
def test_an_arm_has_a_fit_a_fold_each_of_a_new_model(training, cnn, weights, declared):
    paper, arm, backbone, images, folds, settings = cnn
    arm = replace(arm, weights=Assumed(declared, "made up"))
    trained = training.train_arm(paper, arm, backbone, images, folds, settings)
    assert [one.fold for one in trained.fits] == folds
    assert [len(one.history) for one in trained.fits] == [2, 2]
    assert all(one.probabilities.shape == (10, 2) for one in trained.fits)
    start, end, second_start, second_end = weights
    assert made_up.same(start, second_start)
    if declared == "imagenet":  # every model starts from the backbone's own weights
        assert made_up.same(start[:10], backbone.network.get_weights())
    assert not made_up.same(start, end)
    assert not made_up.same(end, second_end)


def test_an_arm_has_its_layer_table_and_costs_and_is_trained_once(training, cnn):
    paper, *_ = cnn
    first = training.train_arm(*cnn)
    assert (first.model.arm, first.cost.arm) == ("cnn", "cnn")
    assert first.model.layers[-1].name == "dense_1"
    assert first.cost.parameters == first.model.parameters["total"]
    assert first.cost.feature_seconds == 0
    seconds = [one.seconds for one in first.fits]
    assert first.cost.training_seconds == pytest.approx(np.mean(seconds), abs=0.01)
    folder = storage.store() / "training" / paper.slug
    assert len(list(folder.iterdir())) == 2
    second = training.train_arm(*cnn)
    assert [one.seconds for one in second.fits] == seconds  # as measured the first time
    for one, other in zip(first.fits, second.fits, strict=True):
        made_up.assert_equal(one, other)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("cached", [False, True])
def test_a_model_that_was_trained_before_starts_as_a_new_one(training, optimizer, cached):
    """Compiled once, with dropout, other weights and another seed on each fold."""
    from lib.models.backend import keras

    how, images = made_up.training(optimizer=optimizer), made_up.image_set()

    def model(seed: int):
        flip = [] if cached else [keras.layers.RandomFlip(seed=seed)]
        return made_up.model(before=flip, dropout=0.3, trainable=not cached, seed=seed)

    first, second = made_up.division(seed=3), made_up.division(seed=4, fold=1)
    used, start = model(3), model(4)
    found = training.features(used, images)
    assert (found is not None) == cached
    trainer = training.Trainer(used, how, found)
    trainer.fit(images, first)
    again = trainer.restart(start).fit(images, second)
    alone = training.fit(start, images, second, how, found)
    made_up.assert_equal(again, replace(alone, seconds=again.seconds))


# What else the trained models of an arm classify


def test_every_fit_classifies_the_images_shown_to_it_with_its_own_model(training, cnn):
    *_, images, folds, _ = cnn
    first, second = folds
    shown = images.take(np.concatenate([first.test, second.test]))
    one, other = training.train_arm(*cnn, shown=shown).fits
    np.testing.assert_allclose(one.shown[:10], one.probabilities, atol=ROUNDING)
    np.testing.assert_allclose(other.shown[10:], other.probabilities, atol=ROUNDING)
    assert one.shown.shape == other.shown.shape == (20, 2)
    assert np.abs(one.shown - other.shown).max() > 1000 * ROUNDING


def test_to_show_images_neither_changes_a_fit_nor_trains_it_again(training, cnn):
    *given, folds, settings = cnn
    images = given[-1]
    (first,) = training.train_arm(*given, folds[:1], settings).fits
    shown = images.take(np.array([2]))
    (second,) = training.train_arm(*given, folds[:1], settings, shown=shown).fits
    assert first.shown is None
    assert second.shown.shape == (1, 2)
    made_up.assert_equal(first, second)
    assert first.seconds == second.seconds  # as measured when it was trained


def test_a_sigmoid_shows_the_probabilities_of_both_classes(training, cnn):
    paper, arm, backbone, images, folds, settings = cnn
    how = replace(settings.training["cnn"], loss="binary_crossentropy")
    settings = replace(settings, training={"cnn": how})
    arm, shown = replace(arm, output=Assumed("sigmoid", "made up")), images.take(folds[0].test)
    (fit,) = training.train_arm(paper, arm, backbone, images, folds[:1], settings, shown=shown).fits
    assert fit.shown.shape == (10, 2)
    np.testing.assert_allclose(fit.shown, fit.probabilities, atol=ROUNDING)
    np.testing.assert_allclose(fit.shown.sum(1), 1, atol=ROUNDING)


def test_training_images_are_classified_for_a_paper_that_did(training, cnn):
    paper, *rest, folds, settings = cnn
    claim = replace(paper.claims[0], arm="cnn", part="train", epoch=None)
    one, again, other = (
        training.train_arm(replace(paper, claims=(said,)), *rest, folds[:1], settings).fits[0]
        for said in (claim, claim, replace(claim, part="test"))
    )
    assert one.on_training.shape == (30, 2)
    # The second time nothing is trained: the model is as it was when its training ended.
    np.testing.assert_array_equal(one.on_training, again.on_training)
    assert other.on_training is None


# Control sets


def _controls(*sizes: int, size: int = made_up.SIZE) -> list[ControlSet]:
    """Sets of so many images of another origin, named by their numbers."""
    sets = [made_up.image_set(number=number, size=size, seed=number) for number in sizes]
    return [
        ControlSet(name=f"of {len(one)}", images=one, expected=np.array(["x"] * len(one)))
        for one in sets
    ]


@pytest.fixture
def by_the_whole_model(training, monkeypatch) -> list[np.ndarray]:
    """What the whole model, as it is trained by then, makes of every control set it is shown."""
    found, classified = [], training.Trainer.classified

    def both(trainer, images, features):
        pixels = images.take(np.arange(len(images))).astype("float32")
        found.append(trainer._model.predict_on_batch(pixels))
        return classified(trainer, images, features)

    monkeypatch.setattr(training.Trainer, "classified", both)
    return found


def _assert_answers(fits, controls, expected) -> None:
    names = [one.name for one in controls]
    assert [list(fit.controls) for fit in fits] == [names] * len(fits)
    found = [fit.controls[name] for fit in fits for name in names]
    assert [one.dtype for one in found] == [np.float32] * len(found)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
        assert np.ptp(one, axis=0).max() > 100 * 1e-5  # another order of the images would be seen
    # And so would be the answers of the other fold's model.
    assert np.abs(found[0] - found[len(names)]).max() > 100 * 1e-5


def test_every_fit_answers_for_every_control_set_with_its_own_model(
    training, cnn, by_the_whole_model
):
    controls = _controls(70, 32, 3)  # two chunks and a part, one whole, less than one
    fits = training.train_arm(*cnn, controls).fits
    _assert_answers(fits, controls, by_the_whole_model)
    assert [fits[0].controls[one.name].shape for one in controls] == [(70, 2), (32, 2), (3, 2)]


# Frozen backbones: with nothing random in front of it, and behind random changes to the images.
FRONTS = [("kuncoro_white_blood_cells", "mobilenetv2"), ("kumar_breakhis", "mobilenetv3")]


@pytest.fixture(params=FRONTS, ids=lambda front: front[1])
def frozen(request, monkeypatch, untraced):
    """Everything `train` takes for an arm whose backbone is frozen, with two folds of one seed."""
    from lib.models import costs

    monkeypatch.setattr(costs, "images_per_second", lambda _: 1.0)
    slug, name = request.param
    paper = papers.load(slug)
    settings = resolve(paper, image_size=32, epochs=2, batch_size=10, learning_rate=0.01)
    arm, images = paper.arm(name), made_up.image_set(min(3, len(paper.classes)))
    backbone = made_up.untrained(arm, settings.training[name])
    folds = [made_up.division(fold=number) for number in (0, 1)]
    return paper, arm, backbone, images, folds, settings


def test_answers_through_cached_features_are_those_of_the_whole_model(
    training, frozen, by_the_whole_model
):
    controls = _controls(40, 5)
    fits = training.train_arm(*frozen, controls).fits
    expected = [
        np.hstack([1 - one, one]) if one.shape[1] == 1 else one for one in by_the_whole_model
    ]
    _assert_answers(fits, controls, expected)


def test_a_frozen_backbone_sees_every_control_image_once(training, frozen, monkeypatch):
    rows, take = [], ImageSet.take
    monkeypatch.setattr(
        ImageSet, "take", lambda self, index: (rows.append(self), take(self, index))[1]
    )
    controls = _controls(40, 5)
    training.train_arm(*frozen, controls)
    # In chunks of at most 32, however many folds there are.
    assert [sum(one is each.images for one in rows) for each in controls] == [2, 1]


def test_control_images_are_classified_at_the_size_of_the_arm(training, cnn):
    (one,), (larger,) = _controls(6), _controls(6, size=48)
    given = replace(larger, images=replace(larger.images, reload={32: one.images}.__getitem__))
    first, second = (
        training.train_arm(*cnn, [each]).fits[0].controls["of 6"] for each in (one, given)
    )
    np.testing.assert_array_equal(first, second)


def test_control_sets_neither_change_a_fit_nor_train_it_again(training, cnn):
    without, with_them = (training.train_arm(*cnn, given).fits for given in ((), _controls(4)))
    assert [one.controls for one in without] == [{}, {}]
    for first, second in zip(without, with_them, strict=True):
        made_up.assert_equal(first, second)
        assert first.seconds == second.seconds  # as measured when it was trained


# Two sizes in one run


def test_every_arm_gets_the_images_at_its_own_size(training, cnn, monkeypatch):
    from lib import models
    from lib.training import train

    given, fit = [], training.Trainer.fit
    monkeypatch.setattr(
        training.Trainer,
        "fit",
        lambda self, images, *a, **k: (given.append(images), fit(self, images, *a, **k))[1],
    )
    paper, _, _, images, folds, settings = cnn
    larger = made_up.image_set(2, size=48)
    images = replace(images, reload={48: larger}.__getitem__)
    own = replace(settings.training["cnn-200"], image_size=48, epochs=1)
    settings = replace(settings, training=settings.training | {"cnn-200": own})
    arms = paper.chosen(["cnn-200"])
    backbones = models.load_backbones(arms, settings)
    trained = [
        training.train_arm(paper, one, backbones[one.name], images, folds[:1], settings)
        for one in arms
    ]
    assert given == [images, larger]
    assert [one.model.layers[2].output for one in trained] == [
        "(None, 32, 32, 3)",
        "(None, 48, 48, 3)",
    ]
    table = train.predictions(images, near_duplicates(images), trained)
    of_arm = [rows[["path", "true"]].values.tolist() for _, rows in table.groupby("arm")]
    assert of_arm[0] == of_arm[1]
