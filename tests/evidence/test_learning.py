"""Whether a model learnt, on tables that are counted by hand."""

import made_up_runs as made_up
import pandas as pd
import pytest

from lib.evaluation.intervals import accuracy_score
from lib.evidence.learning import learning_records
from lib.results import majority_share


def _tables(true: str, predicted: str, *, train: str = "ccdd", fold_of: str = ""):
    """predictions and splits of seed 0: a letter per test image (c, d), and per training image of fold 0.

    Args:
        fold_of: A digit per test image; "" for all of fold 0.
    """
    names = {"c": "cat", "d": "dog"}
    folds = [int(digit) for digit in fold_of or "0" * len(true)]
    tested = pd.DataFrame(
        {
            "arm": "net",
            "protocol": "published",
            "seed": 0,
            "fold": folds,
            "path": [f"test {number}" for number in range(len(true))],
            "group": "",
            "true": [names[letter] for letter in true],
            "predicted": [names[letter] for letter in predicted],
        }
    )
    splits = pd.DataFrame({"true": [names[letter] for letter in train + true]})
    for fold in set(folds):
        of_test = ["test" if number == fold else "" for number in folds]
        splits[f"published 0 {fold}"] = ["train"] * len(train) + of_test
    return tested, splits


def _learning(*args, **options):
    tested, splits = _tables(*args, **options)
    score = accuracy_score("net", "published", tested, "patient")
    (record,) = learning_records(tested, splits, [score], ["cat", "dog"])
    return record


def test_a_model_learnt_if_its_interval_lies_above_the_majority():
    right = "c" * 20 + "d" * 20
    record = _learning(right, right)
    assert record.outcome == "learnt"
    assert (record.training_majority, record.test_majority, record.answer_share) == (0.5, 0.5, 0.5)
    assert sorted(record.answers) in (["cat"], ["dog"])


def test_one_answer_to_nearly_all_images():
    record = _learning("c" * 20 + "d" * 20, "d" * 39 + "c")
    assert (record.outcome, record.answers) == ("one answer", ["dog"])
    assert record.answer_share == pytest.approx(39 / 40)


def test_answers_of_all_kinds_may_be_no_better_than_one():
    record = _learning("ccdd" * 10, "cdcd" * 10)
    assert (record.outcome, record.answer_share) == ("not above the majority", 0.5)


def test_nearly_one_answer_that_is_right_has_learnt():
    # 1,000 images, 4 % of them dogs: 96 % of the answers are cat, and rightly so.
    right = "c" * 960 + "d" * 40
    assert _learning(right, right).outcome == "learnt"


def test_the_two_majorities_are_told_apart():
    record = _learning("c" * 30 + "d" * 10, "c" * 40, train="cddd")
    assert record.training_majority == pytest.approx(10 / 40)
    assert record.test_majority == pytest.approx(30 / 40)
    # Better than the training majority, and no better than a constant answer.
    assert record.outcome == "one answer"


@pytest.mark.parametrize("train", ["cd", "dc"])
def test_of_classes_that_are_equally_frequent_in_training_the_first_is_the_majority(train):
    test = {"cat": 30, "dog": 10}
    record = _learning("c" * 30 + "d" * 10, "c" * 40, train=train)
    assert record.training_majority == pytest.approx(30 / 40)
    fold = made_up.fold(train={"cat": 1, "dog": 1}, test=test)
    assert majority_share([fold], "published") == record.training_majority


def test_a_majority_is_that_of_all_images_of_a_seed_then_the_mean_over_seeds():
    """Folds of 40 and 10 images, 10 + 10 of them right; another seed has 20 of 40."""
    folds = [
        made_up.fold(train={"cat": 2, "dog": 1}, test={"cat": 10, "dog": 30}),
        made_up.fold(train={"cat": 2, "dog": 1}, test={"cat": 10, "dog": 0}),
        made_up.fold(train={"cat": 2, "dog": 1}, test={"cat": 20, "dog": 20}, seed=1),
    ]
    assert majority_share(folds, "published") == pytest.approx((20 / 50 + 20 / 40) / 2)


def test_every_fold_may_have_its_own_single_answer():
    record = _learning("cdcdcdcd", "ccccdddd", fold_of="00001111")
    assert record.answer_share == 1
    assert (record.outcome, sorted(record.answers)) == ("one answer", ["cat", "dog"])
