"""The one line about a whole run: images first, then the headline and every model's accuracy."""

import made_up_paper as made_up
import made_up_runs as runs
import pytest

from lib.evidence.status import deciding_claims, status_of


def claims(*verdicts: str):
    """The headline, an F1-score that decides nothing, and the accuracy of a second model."""
    first, second = verdicts
    return [
        made_up.result(verdict=first),
        made_up.result(metric="f1", verdict="not reproduced"),
        made_up.result(arm="other", verdict=second),
    ]


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (("reproduced", "reproduced"), "reproduced"),
        (("reproduced", "not reproduced"), "not reproduced"),
        (("not reproduced", "inconclusive"), "not reproduced"),
        (("reproduced", "inconclusive"), "inconclusive"),
        (("not comparable", "reproduced"), "inconclusive"),
    ],
)
def test_of_the_papers_own_images_the_headline_and_the_accuracies_decide(verdicts, status):
    results = runs.results("net", "other", claims=claims(*verdicts))
    assert status_of(results) == status


@pytest.mark.parametrize(("kind", "status"), [("phantom", "drawn"), ("substitute", "other images")])
def test_other_images_decide_nothing_whatever_the_verdicts(kind, status):
    results = runs.results(
        "net", "other", data=runs.data(kind=kind), claims=claims(*["reproduced"] * 2)
    )
    assert status_of(results) == status


def test_a_headline_that_is_no_accuracy_counts_too():
    headline = made_up.result(metric="f1", verdict="not reproduced")
    results = runs.results(claims=[headline, made_up.result()])
    assert [claim.metric for claim in deciding_claims(results)] == ["f1", "accuracy"]
    assert status_of(results) == "not reproduced"


def test_without_the_headlines_model_the_first_number_of_a_trained_one_counts():
    """Of "net" and "other" the run trains "other", whose first number is no accuracy."""
    numbers = [
        made_up.result(arm="other", metric="f1", verdict="not reproduced"),
        made_up.result(arm="other"),
    ]
    results = runs.results("other", claims=numbers)
    assert deciding_claims(results) == numbers
    assert status_of(results) == "not reproduced"


def test_a_paper_without_numbers_is_inconclusive():
    assert status_of(runs.results(claims=[])) == "inconclusive"
