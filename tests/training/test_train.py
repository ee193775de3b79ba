"""Training: what a fit says of its epochs, what is refused, an arm on every fold, and a run's tables."""

from dataclasses import replace
from types import SimpleNamespace

import made_up_training as made_up
import numpy as np
import pandas as pd
import pytest

from lib import models, papers, storage
from lib.datasets import ControlSet, Fold, ImageSet, Twins, near_duplicates, tables
from lib.papers.declare import Assumed
from lib.settings import resolve

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's, where `untraced` is asked for
    pytest.mark.filterwarnings("ignore:Even though the `tf.config.experimental_run_functions"),
]


def test_history_has_a_row_an_epoch_and_the_numbers_of_the_probabilities(training, images):
    fold = made_up.division()
    fit = made_up.fit(made_up.model(), images, fold, made_up.training())
    assert list(fit.history) == ["epoch", "accuracy", "loss", "val_accuracy", "val_loss"]
    assert fit.history["epoch"].tolist() == [1, 2, 3]
    right = (fit.probabilities.argmax(1) == images.labels[fold.test]).mean()
    assert fit.history["val_accuracy"].iloc[-1] == pytest.approx(right)
    chosen = fit.probabilities[np.arange(10), images.labels[fold.test]]
    assert fit.history["val_loss"].iloc[-1] == pytest.approx(-np.log(chosen).mean(), rel=1e-4)
    assert fit.seconds > 0


def test_every_batch_of_a_fit_tells_where_training_is_and_changes_nothing(training, images):
    fold, how, told = made_up.division(), made_up.training(), []
    quiet = made_up.fit(made_up.model(), images, fold, how)
    trainer = training.Trainer(made_up.model(), how)
    fit = trainer.fit(images, fold, tell=lambda done, text: told.append((done, text)))
    made_up.assert_equal(fit, quiet)
    steps = -(-len(fold.train) // how.batch_size)
    expected = [number / steps for number in range(3 * steps)]
    assert [done for done, _ in told] == pytest.approx(expected)
    assert told[0][1] == "epoch 1 of 3"
    accuracy = fit.history["val_accuracy"].iloc[1]
    assert told[-1][1] == f"epoch 3 of 3, validation accuracy {accuracy:.3f}"


def test_a_sigmoid_gives_the_probabilities_of_both_classes(training):
    images, fold = made_up.image_set(classes=2), made_up.division()
    how = made_up.training(loss="binary_crossentropy", learning_rate=0.03)
    fit = made_up.fit(made_up.model(outputs=1), images, fold, how)
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
# Of probabilities, through features by OpenVINO and a training on them; how far they lie apart the processor decides.
SAME = 1e-4


def _trained(training, images: ImageSet, *, frozen: bool, outputs: int = made_up.CLASSES):
    """A trained model, frozen or end to end behind random changes, and its fit of both parts."""
    before = [] if frozen else made_up.turned_and_flipped()
    model = made_up.model(before=before, dropout=0.3, trainable=not frozen, outputs=outputs)
    loss = "binary_crossentropy" if outputs == 1 else "categorical_crossentropy"
    found = training.extract_features(model, images)
    assert (found is not None) == frozen
    how = made_up.training(batch_size=8, loss=loss)  # neither 30 nor 10 are so many
    return model, made_up.fit(model, images, made_up.division(), how, found, on_training=True)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("outputs", [made_up.CLASSES, 1])
def test_the_trained_model_classifies_images_as_its_fit_says(training, frozen, outputs):
    images, fold = made_up.image_set(max(outputs, 2)), made_up.division()
    model, fit = _trained(training, images, frozen=frozen, outputs=outputs)
    for index, probabilities in ((fold.test, fit.probabilities), (fold.train, fit.on_training)):
        found = made_up.classify(model, images.take(index))
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
    without = made_up.fit(made_up.model(), images, fold, how)
    with_them = made_up.fit(made_up.model(), images, fold, how, on_training=True)
    assert without.on_training is None
    made_up.assert_equal(without, with_them)
    assert with_them.on_training.shape == (30, 3)


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
    made_up.fit(made_up.model(), images, made_up.division(), made_up.training(batch_size=8))
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
        made_up.fit(
            made_up.model(before=made_up.turned_and_flipped(), **options), images, fold, how
        )
        for _ in "ab"
    )
    made_up.assert_equal(first, second)


def test_xla_is_refused_for_a_layer_that_it_cannot_compile(training, images, taken):
    model = made_up.model(before=made_up.turned_and_flipped())
    with pytest.raises(ValueError, match=r"`jit_compile` should be False.* random_rotation"):
        made_up.fit(model, images, made_up.division(), made_up.training(jit_compile=True))
    assert taken == []


def test_xla_is_refused_where_tensorflow_would_quietly_do_without(training, images, taken):
    """Deterministic operations, which are the default here, have no form for XLA."""
    with pytest.raises(ValueError, match="TF_DETERMINISTIC_OPS=0"):
        made_up.fit(made_up.model(), images, made_up.division(), made_up.training(jit_compile=True))
    assert taken == []


WITH_AND_WITHOUT_XLA = """
import made_up_training as made_up
import numpy as np
from lib import training

def fit(jit):
    model, how = made_up.model(), made_up.training(jit_compile=jit, epochs=2)
    found = made_up.fit(model, made_up.image_set(), made_up.division(), how)
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
    paper = papers.load("violina_blood_cancer")
    changes = {"image_size": 32, "epochs": 2, "batch_size": 10, "precision": "mixed_bfloat16"}
    arm, how = paper.arm("cnn"), resolve(paper, **changes).training["cnn"]
    model = models.build_model(arm, models.load_backbone(arm, how), 2, 0, how)
    assert {layer.compute_dtype for layer in model.layers[3].layers} == {"bfloat16"}
    fit = made_up.fit(model, made_up.image_set(2), made_up.division(), how)
    assert fit.probabilities.dtype == np.float32
    np.testing.assert_allclose(fit.probabilities.sum(1), 1, atol=1e-6)
    assert np.isfinite(fit.history.to_numpy()).all()


@pytest.fixture
def cnn(monkeypatch, untraced):
    """Everything `train` takes for the arm that trains from scratch, with two folds of one seed."""
    from lib.models import costs

    monkeypatch.setattr(costs, "images_per_second", lambda _: 1.0)
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
    assert [fit.fold for fit in trained.fits] == folds
    assert [len(fit.history) for fit in trained.fits] == [2, 2]
    assert all(fit.probabilities.shape == (10, 2) for fit in trained.fits)
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
    seconds = [fit.seconds for fit in first.fits]
    assert first.cost.training_seconds == pytest.approx(np.mean(seconds), abs=0.01)
    folder = storage.store() / "training" / paper.slug
    assert len(list(folder.iterdir())) == 2
    second = training.train_arm(*cnn)
    assert [fit.seconds for fit in second.fits] == seconds  # as measured the first time
    for one, other in zip(first.fits, second.fits, strict=True):
        made_up.assert_equal(one, other)
    # and what it hands out is the model of the seed's first fold, also where it was not trained again
    *_, images, folds, _ = cnn
    for trained in (first, second):
        assert list(trained.models) == [folds[0].seed]
        assert trained.fit_of_model(folds[0].seed) is trained.fits[0]
        _assert_trained(training, trained, images)


def _assert_trained(training, trained, images: ImageSet) -> None:
    """Each model that is handed out gives the probabilities that its fit gave to the test images."""
    from lib.models.head import for_every_class
    from lib.models.inference import forward

    for seed, model in trained.models.items():
        fit = trained.fit_of_model(seed)
        outputs = forward(models.without_augmentation(model), images.take(fit.fold.test))
        np.testing.assert_allclose(for_every_class(outputs), fit.probabilities, atol=ROUNDING)


@pytest.mark.parametrize(
    ("optimizer", "cached"), [("adam", False), ("adam", True), ("rmsprop", True)]
)
def test_a_model_that_was_trained_before_starts_as_a_new_one(training, optimizer, cached):
    """Compiled once, with dropout, other weights and another seed on each fold."""
    from lib.models.backend import keras

    how, images = made_up.training(optimizer=optimizer), made_up.image_set()

    def model(seed: int):
        flip = [] if cached else [keras.layers.RandomFlip(seed=seed)]
        return made_up.model(before=flip, dropout=0.3, trainable=not cached, seed=seed)

    first, second = made_up.division(seed=3), made_up.division(seed=4, fold=1)
    used, start = model(3), model(4)
    found = training.extract_features(used, images)
    assert (found is not None) == cached
    trainer = training.Trainer(used, how, found)
    trainer.fit(images, first)
    again = trainer.restart(start).fit(images, second)
    alone = made_up.fit(start, images, second, how, found)
    made_up.assert_equal(again, replace(alone, seconds=again.seconds))


# What else the trained models of an arm classify


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
        ControlSet(name=f"of {len(each)}", images=each, expected=np.array(["x"] * len(each)))
        for each in sets
    ]


@pytest.fixture
def by_the_whole_model(training, monkeypatch) -> list[np.ndarray]:
    """What the whole model, as it is trained by then, makes of every control set it is shown."""
    found, classify = [], training.Trainer.classify

    def both(trainer, images, features):
        pixels = images.take(np.arange(len(images))).astype("float32")
        found.append(trainer._model.predict_on_batch(pixels))
        return classify(trainer, images, features)

    monkeypatch.setattr(training.Trainer, "classify", both)
    return found


def _assert_answers(fits, controls, expected) -> None:
    names = [control.name for control in controls]
    assert [list(fit.on_controls) for fit in fits] == [names] * len(fits)
    found = [fit.on_controls[name] for fit in fits for name in names]
    assert [answers.dtype for answers in found] == [np.float32] * len(found)
    for answers, of_the_model in zip(found, expected, strict=True):
        np.testing.assert_allclose(answers, of_the_model, atol=SAME)
        # Another order of the images would be seen.
        assert np.ptp(answers, axis=0).max() > 30 * SAME
    # And so would be the answers of the other fold's model.
    assert np.abs(found[0] - found[len(names)]).max() > 30 * SAME


def test_every_fit_answers_for_every_control_set_with_its_own_model(
    training, cnn, by_the_whole_model
):
    controls = _controls(70, 32, 3)  # two chunks and a part, one whole, less than one
    fits = training.train_arm(*cnn, controls).fits
    _assert_answers(fits, controls, by_the_whole_model)
    assert [fits[0].on_controls[control.name].shape for control in controls] == [
        (70, 2),
        (32, 2),
        (3, 2),
    ]


# Frozen backbones: with nothing random in front of it, and behind random changes to the images.
FRONTS = [("kuncoro_white_blood_cells", "mobilenetv2"), ("kumar_breakhis", "mobilenetv3")]


@pytest.fixture(params=FRONTS, ids=lambda front: front[1])
def frozen(request, monkeypatch, untraced):
    """Everything `train` takes for an arm whose backbone is frozen, with two folds of one seed."""
    from lib.models import costs

    monkeypatch.setattr(costs, "images_per_second", lambda _: 1.0)
    # OpenVINO's features differ in the sixth digit, and training on them more: test_openvino.py.
    monkeypatch.setattr("lib.models.openvino.is_for", lambda _: False)
    slug, name = request.param
    paper = papers.load(slug)
    settings = resolve(paper, image_size=32, epochs=2, batch_size=10, learning_rate=0.01)
    arm, images = paper.arm(name), made_up.image_set(min(3, len(paper.classes)))
    backbone = made_up.untrained(arm, settings.training[name])
    folds = [made_up.division(fold=number) for number in (0, 1)]
    return paper, arm, backbone, images, folds, settings


def test_the_models_of_the_seeds_that_are_kept_are_handed_out(training, frozen):
    """Of the first fold of each, whichever protocol comes first; of the first seed always."""
    *given, _, settings = frozen
    folds = [
        replace(made_up.division(seed=seed, fold=number), protocol=protocol)
        for seed in (4, 5)
        for protocol, number in (("grouped", 0), ("grouped", 1), ("published", 0))
    ]
    for asked, seeds in (("none", [4]), ("first", [4]), ("all", [4, 5])):
        how = replace(settings, seeds=(4, 5), keep_models=asked)
        trained = training.train_arm(*given, folds, how)
        assert sorted(trained.models) == seeds
        assert all(trained.fit_of_model(seed).fold.protocol == "published" for seed in seeds)
        _assert_trained(training, trained, given[-1])


def test_answers_through_cached_features_are_those_of_the_whole_model(
    training, frozen, by_the_whole_model, monkeypatch
):
    """Of the fits one by one, by which the same fits side by side are judged, too."""
    controls = _controls(40, 5)
    *_, images, _, _ = frozen
    side_by_side = training.train_arm(*frozen, controls)
    _assert_trained(training, side_by_side, images)
    stacked = side_by_side.fits
    by_the_whole_model.clear()
    monkeypatch.setattr("lib.training.train.can_be_stacked", lambda *_: False)
    one_by_one = training.train_arm(*frozen, controls)
    fits = one_by_one.fits
    expected = [
        np.hstack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
        for outputs in by_the_whole_model
    ]
    _assert_answers(fits, controls, expected)
    _assert_answers(stacked, controls, expected)
    _assert_trained(training, one_by_one, images)


def test_a_frozen_backbone_sees_every_control_image_once(training, frozen, monkeypatch):
    rows, take = [], ImageSet.take
    monkeypatch.setattr(
        ImageSet, "take", lambda self, index: (rows.append(self), take(self, index))[1]
    )
    controls = _controls(40, 5)
    training.train_arm(*frozen, controls)
    # In chunks of at most 32, however many folds there are.
    assert [sum(asked is control.images for asked in rows) for control in controls] == [2, 1]


def test_control_images_are_classified_at_the_size_of_the_arm(training, cnn):
    (one,), (larger,) = _controls(6), _controls(6, size=48)
    given = replace(larger, images=replace(larger.images, reload={32: one.images}.__getitem__))
    first, second = (
        training.train_arm(*cnn, [each]).fits[0].on_controls["of 6"] for each in (one, given)
    )
    np.testing.assert_array_equal(first, second)


def test_control_sets_neither_change_a_fit_nor_train_it_again(training, cnn):
    without, with_them = (training.train_arm(*cnn, given).fits for given in ((), _controls(4)))
    assert [fit.on_controls for fit in without] == [{}, {}]
    for first, second in zip(without, with_them, strict=True):
        made_up.assert_equal(first, second)
        assert first.seconds == second.seconds  # as measured when it was trained


# Two sizes in one run


def test_every_arm_gets_the_images_at_its_own_size(training, cnn, monkeypatch):
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
    arms = papers.find_arms(paper, ["cnn", "cnn-200"])
    backbones = models.load_backbones(arms, settings)
    trained = [
        training.train_arm(paper, arm, backbones[arm.name], images, folds[:1], settings)
        for arm in arms
    ]
    assert given == [images, larger]
    assert [of_arm.model.layers[2].output for of_arm in trained] == [
        "(None, 32, 32, 3)",
        "(None, 48, 48, 3)",
    ]
    table = training.prediction_table(images, near_duplicates(images), trained)
    of_arm = [rows[["path", "true"]].values.tolist() for _, rows in table.groupby("arm")]
    assert of_arm[0] == of_arm[1]


# Tables of a run, counted by hand

# Probabilities of a, b, c for test images 4, 1, 3, whose classes are b, b, a; the first and the
# third are right.
PROBABILITIES = np.float32([[0.1, 0.7, 0.2], [0.25, 0.25, 0.5], [0.9, 0.1, 0.0]])


@pytest.fixture
def six_images() -> ImageSet:
    """Six images of the classes a, b, c, a, b, c, two to a group."""
    made = made_up.image_set(number=6)
    made.table["group"] = ["g1", "g1", "g2", "g2", "g3", "g3"]
    return made


# Of the training images 5, 0, 2, whose classes are c, a, c; the last is wrong.
ON_TRAINING = np.float32([[0.1, 0.1, 0.8], [0.6, 0.4, 0.0], [0.0, 0.7, 0.3]])


def _twins(*pairs: tuple[int, int], identical: tuple[int, ...] = ()) -> Twins:
    """Pairs of rows; those at the places `identical` are the same pixel for pixel."""
    table = pd.DataFrame(pairs, columns=["first", "second"], dtype=int).assign(distance=0)
    return Twins(pairs=table.assign(identical=table.index.isin(identical)), limit=7)


NONE = _twins()


def _fold(seed: int, number: int = 0) -> Fold:
    return Fold(
        protocol="published",
        seed=seed,
        fold=number,
        train=np.array([5, 0, 2]),
        test=np.array([4, 1, 3]),
    )


def _trained_arm(
    arm: str,
    seed: int,
    folds: int = 1,
    on_training: np.ndarray | None = None,
    controls: dict[str, np.ndarray] | None = None,
) -> SimpleNamespace:
    """What `training.train_arm` returns, as far as tables are made of it: two epochs a fold."""
    history = pd.DataFrame(
        {
            "epoch": [1, 2],
            "accuracy": [1 / 3, 2 / 3],
            "loss": [1.25, 0.5],
            "val_accuracy": [0.5, 0.75],
            "val_loss": [2.0, 1.0],
        }
    )
    fits = [
        SimpleNamespace(
            fold=_fold(seed, number),
            history=history,
            probabilities=PROBABILITIES,
            on_training=on_training,
            on_controls=controls or {},
        )
        for number in range(folds)
    ]
    return SimpleNamespace(model=SimpleNamespace(arm=arm), fits=fits)


def test_history_has_a_row_an_epoch_of_every_fit(training):
    table = training.history_table([_trained_arm("one", 0, folds=2), _trained_arm("two", 7)])
    assert list(table) == [
        *("arm", "protocol", "seed", "fold"),
        *("epoch", "accuracy", "loss", "val_accuracy", "val_loss"),
    ]
    assert table["arm"].tolist() == ["one"] * 4 + ["two"] * 2
    assert table["seed"].tolist() == [0, 0, 0, 0, 7, 7]
    assert table["fold"].tolist() == [0, 0, 1, 1, 0, 0]
    assert table["epoch"].tolist() == [1, 2, 1, 2, 1, 2]
    assert table["loss"].tolist() == [1.25, 0.5] * 3
    assert table["accuracy"].tolist() == [0.333333, 0.666667] * 3  # six decimals
    assert table.index.tolist() == list(range(6))


def test_predictions_have_a_row_a_test_image_of_every_fit(training, six_images):
    table = training.prediction_table(
        six_images, NONE, [_trained_arm("one", 0), _trained_arm("two", 7)]
    )
    assert list(table) == [
        *("arm", "protocol", "seed", "fold", "part", "twin", "path", "group", "true", "predicted"),
        *("a", "b", "c"),
    ]
    assert table["arm"].tolist() == ["one"] * 3 + ["two"] * 3
    assert set(table["part"]) == {"test"}
    assert set(table["twin"]) == {""}
    assert table["path"].tolist() == ["4.png", "1.png", "3.png"] * 2
    assert table["group"].tolist() == ["g3", "g1", "g2"] * 2
    assert table["true"].tolist() == ["b", "b", "a"] * 2
    assert table["predicted"].tolist() == ["b", "c", "a"] * 2
    assert table.index.tolist() == list(range(6))


def test_training_images_have_rows_of_their_own_behind_the_test_images_of_their_fit(
    training, six_images
):
    arms = [_trained_arm("one", 0, folds=2, on_training=ON_TRAINING), _trained_arm("two", 7)]
    table = training.prediction_table(six_images, NONE, arms)
    assert table["arm"].tolist() == ["one"] * 12 + ["two"] * 3
    assert table["fold"].tolist() == [0] * 6 + [1] * 6 + [0] * 3
    assert table["part"].tolist() == (["test"] * 3 + ["train"] * 3) * 2 + ["test"] * 3
    seen = table[table["part"] == "train"]
    assert seen["path"].tolist() == ["5.png", "0.png", "2.png"] * 2
    assert seen["group"].tolist() == ["g3", "g1", "g2"] * 2
    assert seen["true"].tolist() == ["c", "a", "c"] * 2
    assert seen["predicted"].tolist() == ["c", "a", "b"] * 2
    assert seen["b"].tolist() == [0.1, 0.4, 0.7] * 2
    assert table.index.tolist() == list(range(15))


def test_a_test_image_tells_whether_its_picture_was_trained_on(training, six_images):
    """1 and 2 are the same, 3 and 5 alike; 4 is like 1 and 3, which are tested on as it is."""
    pairs = _twins((1, 2), (3, 5), (1, 4), (3, 4), identical=(0, 2))
    arms = [_trained_arm("one", 0, folds=2, on_training=ON_TRAINING), _trained_arm("two", 7)]
    table = training.prediction_table(six_images, pairs, arms)
    tested = table[table["part"] == "test"]
    assert tested["path"].tolist() == ["4.png", "1.png", "3.png"] * 3
    assert tested["twin"].tolist() == ["", "identical", "near"] * 3
    # Of training images it tells nothing: each would be its own twin.
    assert set(table.loc[table["part"] == "train", "twin"]) == {""}


def test_every_fold_has_its_own_twins(training, six_images):
    """1 is a twin of 2: tested on in one fold, trained on in the other."""
    arm = _trained_arm("one", 0, folds=2)
    arm.fits[1].fold = replace(
        arm.fits[1].fold, train=np.array([1, 4, 3]), test=np.array([5, 0, 2])
    )
    table = training.prediction_table(six_images, _twins((1, 2)), [arm])
    assert table.loc[table["twin"] == "near", ["fold", "path"]].values.tolist() == [
        [0, "1.png"],
        [1, "2.png"],
    ]


# Evidence


COLUMNS = ["kind", "name", "arm", "protocol", "seed", "fold", "path", "group", "true", "predicted"]


def test_evidence_has_a_row_a_test_image(six_images):
    called = np.array(["b", "c", "a"])
    table = tables.evidence_rows("probe", "colour", "", six_images, _fold(7, 2), called)
    assert table.values.tolist() == [
        ["probe", "colour", "", "published", 7, 2, "4.png", "g3", "b", "b"],
        ["probe", "colour", "", "published", 7, 2, "1.png", "g1", "b", "c"],
        ["probe", "colour", "", "published", 7, 2, "3.png", "g2", "a", "a"],
    ]
    assert list(table) == COLUMNS == tables.EVIDENCE


def _control(name: str, *expected: str) -> ControlSet:
    """Images of another origin; classes of its own, which need not be the paper's."""
    made = made_up.image_set(classes=2, number=len(expected))
    made.table["group"] = [f"other {row}" for row in range(len(expected))]
    return ControlSet(name=name, images=made, expected=np.array(expected))


def test_controls_have_a_row_an_image_and_fit_of_every_set(training, six_images):
    sets = [_control("far", "c", "c", "b"), _control("near", "a")]
    far = np.float32([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6], [0.1, 0.8, 0.1]])
    near = np.float32([[0.1, 0.2, 0.7]])
    arms = [
        _trained_arm("one", 0, folds=2, controls={"near": near, "far": far}),
        _trained_arm("two", 7, controls={"far": far[::-1], "near": near}),
    ]
    table = training.control_table(sets, six_images, arms)
    assert list(table) == COLUMNS
    assert set(table["kind"]) == {"control"}
    assert table["name"].tolist() == ["far"] * 9 + ["near"] * 3
    assert table["arm"].tolist() == ["one"] * 6 + ["two"] * 3 + ["one", "one", "two"]
    assert table["seed"].tolist() == [0] * 6 + [7] * 3 + [0, 0, 7]
    assert table["fold"].tolist() == [0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 0]
    assert set(table["protocol"]) == {"published"}
    assert table["path"].tolist() == ["0.png", "1.png", "2.png"] * 3 + ["0.png"] * 3
    assert table["group"].tolist() == ["other 0", "other 1", "other 2"] * 3 + ["other 0"] * 3
    assert table["true"].tolist() == ["c", "c", "b"] * 3 + ["a"] * 3
    # The paper's classes, of which there are more than the set's own.
    assert table["predicted"].tolist() == [*"acb", *"acb", *"bca", *"ccc"]
    assert table.index.tolist() == list(range(12))


def test_without_a_control_set_there_are_the_columns_and_no_rows(training, six_images):
    for table in (
        training.control_table([], six_images, [_trained_arm("one", 0)]),
        tables.join_evidence([]),
    ):
        assert list(table) == COLUMNS
        assert table.empty


def test_joined_tables_stand_one_below_the_other_whatever_the_order_of_their_columns(six_images):
    called = np.array(["b", "c", "a"])
    one = tables.evidence_rows("probe", "colour", "", six_images, _fold(0), called)
    other = tables.evidence_rows("choice", "batch size=64", "net", six_images, _fold(1), called)
    table = tables.join_evidence([one, other[COLUMNS[::-1]]])
    assert list(table) == COLUMNS
    assert table["kind"].tolist() == ["probe"] * 3 + ["choice"] * 3
    assert table["seed"].tolist() == [0] * 3 + [1] * 3
    assert table.index.tolist() == list(range(6))


def test_probabilities_are_rounded_to_six_decimals(training, six_images):
    table = training.prediction_table(six_images, NONE, [_trained_arm("one", 0)])
    assert table["b"].tolist() == [0.7, 0.25, 0.1]  # not 0.699999988
    assert table["a"].tolist() == [0.1, 0.25, 0.9]


def test_the_tables_do_not_change_what_they_are_made_of(training, six_images):
    arm = _trained_arm("one", 0)
    before = arm.fits[0].history.copy()
    training.history_table([arm])
    training.prediction_table(six_images, NONE, [arm])
    pd.testing.assert_frame_equal(arm.fits[0].history, before)
