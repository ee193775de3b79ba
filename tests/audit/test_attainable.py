"""What is left of a printed accuracy: counted by hand, beside a report, without a number of images."""

import pytest
from made_up_paper import arm, claim, paper

from lib import papers
from lib.audit.attainable import attainable_accuracy
from lib.evaluation.metrics import wilson
from lib.papers.declare import Assumed, Kind, Split, classification_report


def images(number: str):
    return claim("support", number, unit="count", where="§2")


def left(*claims):
    return attainable_accuracy(paper(claims=claims), "net")


def unsized(*arms, **changes):
    """A paper that tells no number of test images."""
    split = Split(test_share=Assumed(0.2, "usual"), stratified=Assumed(False, "not said"))
    return paper(*arms, split=split, **changes)


def report(part: str = "test"):
    """Of 50 cats and 50 dogs, 45 of each called so: 90 of 100, and no other number gives it."""
    row = ("0.90", "0.90", "0.90", "50")
    return classification_report({"cat": row, "dog": row}, arm="net", where="Fig. 1", part=part)


@pytest.mark.parametrize(
    ("printed", "number", "text"),
    [
        ("0.781", "160", "125 of 160"),
        ("0.78", "160", "124 to 125 of 160"),  # 0.775 and 0.78125
        ("1.00", "2000", "1,990 to 2,000 of 2,000"),
        ("0.66", "3", "2 of 3"),  # cut off
        ("0.6", "4", "none of 4"),
    ],
)
def test_the_numbers_of_images_that_give_it_are_counted(printed, number, text):
    assert left(images(number), claim("accuracy", printed)).text == text


def test_its_interval_goes_from_that_of_the_least_to_that_of_the_greatest():
    made = left(images("160"), claim("accuracy", "0.78"))
    assert made.interval == (wilson(124, 160)[0], wilson(125, 160)[1])
    assert left(images("4"), claim("accuracy", "0.6")).interval is None


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        ("0.9", "90 of 100"),  # alone 85 to 95
        ("0.92", "none of 100; by Fig. 1, 90 of 100"),  # alone 92
        ("0.9041", "none of 100; by Fig. 1, 90 of 100"),  # no share of 100
    ],
)
def test_a_report_of_the_same_images_narrows_it_or_takes_its_place(printed, text):
    made = left(*report(), claim("accuracy", printed))
    assert made.text == text
    assert made.interval == wilson(90, 100)


def test_a_report_of_the_training_images_is_none_of_the_test_images():
    training = report("train")
    made = left(*training, images("100"), claim("accuracy", "0.92"))
    assert made.text == "92 of 100"


def test_without_a_number_of_images_the_accuracies_of_one_table_may_tell_it():
    shares = {"a": "0.990099", "b": "0.891089", "c": "0.792079"}  # 100, 90 and 80 of 101
    claims = [claim("accuracy", printed, arm=name) for name, printed in shares.items()]
    made_up = unsized(*(arm(name) for name in shares), claims=claims)
    assert attainable_accuracy(made_up, "b").text == "90 of 101, or a multiple"
    assert attainable_accuracy(unsized(arm("a"), claims=claims[:1]), "a") is None


def test_what_is_no_share_of_images_is_left_open():
    mean = claim("accuracy", "0.6", kind=Kind(mean_over="folds"))
    assert left(images("4"), mean) is None
    assert left(images("4")) is None
    alone = unsized(claims=[claim("accuracy", "0.6")])
    assert attainable_accuracy(alone, "net") is None


def test_the_papers_of_this_study():
    """As the audit's findings have them: 125 of 160, and an accuracy that no number of images gives."""
    hulu = papers.load("hulu_breast_mammography")
    assert attainable_accuracy(hulu, "alexnet").text == "125 of 160"
    assert attainable_accuracy(hulu, "resnet50").text == "none of 160; by Fig. 13, 99 of 160"
    kumar = papers.load("kumar_breakhis")
    assert attainable_accuracy(kumar, "vgg16").text == "562 of 642, or a multiple"
