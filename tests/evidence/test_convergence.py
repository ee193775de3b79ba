"""Whether training came to rest and whether its loss fell, on accuracies and losses counted by hand."""

from math import log

import made_up_runs as made_up
import pytest
from scipy.stats import binom

from lib.evidence.convergence import flat_losses, is_settled, unsettled_arms


@pytest.mark.parametrize(
    ("validation", "settled"),
    [
        ((0.62, 0.64, 0.32), False),
        ((0.60, 0.64, 0.61), True),
        ((0.90, 0.90, 0.90, 0.90, 0.90), True),
        ((1.0, 1.0, 0.4), False),
        ((0.5,), True),  # one epoch has no range
    ],
)
def test_accuracies_that_jump_are_not_settled(validation, settled):
    assert is_settled(made_up.last_epochs(*validation)) == settled


def test_few_images_explain_a_range_that_many_do_not():
    # 0.5 on 100 images has a standard error of 0.05; the range of three such accuracies is below
    # 3.31 of them in 95 of 100 cases: 0.166.
    assert is_settled(made_up.last_epochs(0.42, 0.50, 0.58))
    assert not is_settled(made_up.last_epochs(0.41, 0.50, 0.59))
    assert not is_settled(made_up.last_epochs(0.42, 0.50, 0.58, images=1000))


def test_a_small_range_is_no_matter_on_however_many_images():
    assert is_settled(made_up.last_epochs(0.90, 0.95, images=10**6))
    assert not is_settled(made_up.last_epochs(0.90, 0.951, images=10**6))


def test_accuracies_of_independent_tests_are_seldom_called_unsettled():
    """The oracle: five tests of 200 images each on which a model is right with probability 0.8."""
    draws = binom.rvs(200, 0.8, size=(2000, 5), random_state=0) / 200
    fits = (made_up.last_epochs(*draw, images=200) for draw in draws)
    share = sum(not is_settled(fit) for fit in fits) / len(draws)
    assert 0.03 < share < 0.07


def test_an_arm_is_unsettled_if_half_of_its_fits_are():
    still, jumps = (0.6, 0.6), (0.9, 0.1)
    fits = [
        made_up.last_epochs(*still),
        made_up.last_epochs(0.8, 0.3, seed=1),
        made_up.last_epochs(*jumps, seed=2),
        made_up.last_epochs(*still, seed=3),
    ]
    (record,) = unsettled_arms(fits)
    assert (record.arm, record.protocol, record.fits, record.moving) == ("net", "published", 4, 2)
    assert record.widest == fits[2]
    assert unsettled_arms(fits[:1]) == unsettled_arms([*fits, made_up.last_epochs(*still)]) == []
    grouped = made_up.last_epochs(*jumps, protocol="grouped")
    assert [record.protocol for record in unsettled_arms([*fits[:1], grouped])] == ["grouped"]


def _flat(*means: float, train: dict[str, int]) -> list:
    folds = [made_up.fold(train=train)]
    return flat_losses(made_up.results(scores=made_up.losses(*means), folds=folds))


def test_a_loss_that_stays_at_that_of_the_classes_shares_never_fell():
    (record,) = _flat(0.70, 0.6931, 0.6925, train={"cat": 80, "dog": 80})
    assert record.constant == pytest.approx(log(2))
    assert (record.arm, record.protocol, record.lowest) == ("net", "published", 0.6925)
    assert _flat(0.70, 0.68, 0.75, train={"cat": 80, "dog": 80}) == []


def test_of_unequal_classes_the_shares_alone_have_a_lower_loss():
    # A model that has learnt no more than that one class is rare has fallen below log(2).
    unequal = {"cat": 120, "dog": 40}
    constant = -(0.75 * log(0.75) + 0.25 * log(0.25))
    (record,) = _flat(0.69, 0.565, train=unequal)
    assert record.constant == pytest.approx(constant) == pytest.approx(0.5623, abs=1e-4)
    assert _flat(0.69, 0.55, train=unequal) == []
    assert _flat(0.1, 0.0, train={"cat": 160, "dog": 0}) == []  # a class alone: nothing to learn


def test_of_one_epoch_nothing_is_said():
    """Its loss is the mean from the start on, and that is high whatever was learnt."""
    assert _flat(9.0, train={"cat": 80, "dog": 80}) == []
