"""The probes' classifiers: by hand, against scikit-learn, and on numbers that break careless ones."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lib.evidence.probes import classifiers
from lib.evidence.probes.classifiers import STRENGTH, TOLERANCE, Classifier


def _drawn(number: int, numbers: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Numbers that overlap between classes, on scales that differ a thousandfold."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, number)
    centres = rng.normal(size=(classes, numbers))
    x = centres[labels] + 2 * rng.normal(size=(number, numbers))
    return (x * np.logspace(-1, 2, numbers) + 50).astype(np.float32), labels


def majority(labels: np.ndarray) -> Classifier:
    (classify,) = classifiers.majority(None, labels, [np.arange(len(labels))])
    return classify


def logistic(x: np.ndarray, labels: np.ndarray) -> Classifier:
    (classify,) = classifiers.logistic(x, labels, [np.arange(len(x))])
    return classify


def nearest(x: np.ndarray, labels: np.ndarray, others: np.ndarray) -> np.ndarray:
    rows = np.arange(len(x) + len(others))
    known = np.concatenate([labels, np.full(len(others), -1)])
    division = rows[: len(x)], rows[len(x) :]
    (answers,) = classifiers.nearest(np.concatenate([x, others]), known, [division])
    return answers


def _folds(number: int, seeds: int) -> list[np.ndarray]:
    """Four fifths of the rows each, in any order."""
    return [np.random.default_rng(seed).permutation(number)[number // 5 :] for seed in range(seeds)]


# By hand


@pytest.mark.parametrize(
    ("labels", "answer"), [([2, 1, 2], 2), ([1, 0, 1, 0], 0), ([3], 3), ([2, 2, 1, 1, 0], 1)]
)
def test_the_majority_is_the_most_frequent_class_of_equals_the_first(labels, answer):
    classify = majority(np.array(labels))
    assert classify(np.empty((4, 0))).tolist() == [answer] * 4


def test_the_nearest_training_image_answers():
    x, others = (
        np.array([[0.0, 0], [10, 0], [0, 6]]),
        np.array([[4.0, 0], [6, 0], [0, 4], [100, 1]]),
    )
    assert nearest(x, np.array([2, 0, 1]), others).tolist() == [2, 0, 1, 0]


def test_a_training_image_is_its_own_nearest_however_alike_the_others_are():
    x = (250 + np.random.default_rng(0).integers(0, 2, (40, 768))).astype(np.float32)
    labels = np.arange(40)
    assert nearest(x, labels, x).tolist() == labels.tolist()


def test_logistic_regression_divides_between_the_classes():
    x = np.array([[0.0], [1], [2], [8], [9], [10]])
    classify = logistic(x, np.array([0, 0, 0, 1, 1, 1]))
    assert classify(np.array([[-3.0], [4.9], [5.1], [20]])).tolist() == [0, 0, 1, 1]


# Against scikit-learn


@pytest.mark.parametrize(("numbers", "classes"), [(6, 2), (6, 5), (48, 3), (96, 5)])
def test_logistic_regression_is_that_of_scikit_learn_on_standardised_numbers(numbers, classes):
    x, labels = _drawn(300, numbers, classes)
    others, _ = _drawn(400, numbers, classes, seed=1)
    model = LogisticRegression(C=STRENGTH / numbers, max_iter=10_000, tol=1e-8)
    expected = make_pipeline(StandardScaler(), model).fit(x.astype(float), labels).predict(others)
    found = logistic(x, labels)(others)
    # Ours stops earlier: an image on the border may fall to the other side.
    assert (found == expected).mean() > 0.98


def test_the_nearest_neighbour_is_that_of_scikit_learn():
    x, labels = _drawn(200, 48, 4)
    others, _ = _drawn(300, 48, 4, seed=1)
    expected = KNeighborsClassifier(1).fit(x, labels).predict(others)
    np.testing.assert_array_equal(nearest(x, labels, others), expected)


@pytest.mark.parametrize(("numbers", "classes"), [(6, 2), (6, 5), (96, 3), (400, 5)])
def test_folds_fitted_together_are_those_that_scikit_learn_fits_one_by_one(numbers, classes):
    """The same solver with the same stopping rule: not one image is called otherwise."""
    x, labels = _drawn(500, numbers, classes)
    folds = _folds(500, 4)
    for classify, train in zip(classifiers.logistic(x, labels, folds), folds, strict=True):
        model = LogisticRegression(C=STRENGTH / numbers, max_iter=1000, tol=TOLERANCE)
        alone = make_pipeline(StandardScaler(), model).fit(x[train].astype(float), labels[train])
        np.testing.assert_array_equal(classify(x), alone.predict(x.astype(float)))


def test_nearest_neighbours_of_many_folds_are_those_that_scikit_learn_finds_one_by_one(monkeypatch):
    monkeypatch.setattr(classifiers, "DISTANCES", 3000)  # ten rows at a time
    x, labels = _drawn(300, 48, 4)
    divisions = [(train, np.setdiff1d(np.arange(300), train)[::-1]) for train in _folds(300, 3)]
    answers = classifiers.nearest(x, labels, divisions)
    for (train, test), answer in zip(divisions, answers, strict=True):
        expected = KNeighborsClassifier(1).fit(x[train], labels[train]).predict(x[test])
        np.testing.assert_array_equal(answer, expected)


def test_of_equally_near_images_the_first_training_row_answers():
    x, labels = np.zeros((4, 2)), np.array([3, 1, 2, 0])
    divisions = [(np.array([2, 0, 1]), np.array([3])), (np.array([1, 2]), np.array([3, 0]))]
    answers = classifiers.nearest(x, labels, divisions)
    assert [answer.tolist() for answer in answers] == [[2], [1, 1]]


# Awkward numbers


def test_folds_that_lack_other_classes_do_not_disturb_each_other():
    x, labels = _drawn(200, 6, 4)
    folds = [
        np.flatnonzero(kept)
        for kept in (labels >= 0, labels != 1, labels < 2, labels == 3, labels != 1)
    ]
    fitted = classifiers.logistic(x, labels, folds)
    for classify, train in zip(fitted, folds, strict=True):
        (alone,) = classifiers.logistic(x, labels, [train])
        answers = classify(x)
        np.testing.assert_array_equal(answers, alone(x))
        assert set(answers) == set(labels[train])


def test_a_number_that_never_varies_in_training_says_nothing_wherever_it_varies_later():
    x, labels = _drawn(100, 4, 2)
    others, _ = _drawn(50, 4, 2, seed=1)
    expected = logistic(x, labels)(others)
    for constant in (0.0, 0.1, 224.0, 1e6):  # 0.1: its mean is not exactly it
        wider = logistic(np.column_stack([x, np.full(100, constant)]), labels)
        for later in (constant, constant + 1e4):
            found = wider(np.column_stack([others, np.full(50, later)]))
            assert (found == expected).mean() > 0.95  # the penalty knows of one number more


def test_units_do_not_matter():
    x, labels = _drawn(200, 6, 3)
    others, _ = _drawn(100, 6, 3, seed=1)
    scale, shift = np.array([1, 1e3, 1e-3, 7, 1, 1]), np.array([0, 5, 0, -3, 1e3, 0])
    found = logistic(x * scale + shift, labels)(others * scale + shift)
    np.testing.assert_array_equal(found, logistic(x, labels)(others))


def test_a_class_that_is_absent_from_training_is_never_named():
    x, labels = _drawn(120, 6, 4)
    kept = labels != 1
    for answers in (logistic(x[kept], labels[kept])(x), nearest(x[kept], labels[kept], x)):
        assert set(answers) == {0, 2, 3}


def test_with_one_class_in_training_every_image_is_called_that():
    x, _ = _drawn(5, 6, 2)
    assert logistic(x, np.full(5, 3))(x).tolist() == [3] * 5


def _alike(x: np.ndarray) -> np.ndarray:
    """The same numbers, each close to its neighbours, as the pixels of an image are."""
    scaled = (x - x.mean(0)) / x.std(0)
    return scaled.cumsum(1).cumsum(1)


@pytest.mark.parametrize(
    ("number", "numbers", "classes"), [(12, 768, 2), (150, 768, 5), (4000, 48, 5), (400, 6, 5)]
)
@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("change", [np.asarray, _alike])
def test_nothing_is_said_on_the_way_and_the_same_is_found_again(
    number, numbers, classes, told, change
):
    """Notebooks show warnings. With labels that the numbers tell, and with labels that they do not.

    The slowest of these needs 122 steps, more than scikit-learn takes by default.
    """
    x, labels = _drawn(number, numbers, classes)
    x = change(x)
    if not told:
        labels = np.random.default_rng(5).permutation(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = (logistic(x, labels)(x) for _ in range(2))
    np.testing.assert_array_equal(first, second)
