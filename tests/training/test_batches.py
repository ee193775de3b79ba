"""Batches: every row once an epoch, in an order that depends on seed and epoch alone."""

from itertools import chain

import numpy as np
import pytest

pytestmark = pytest.mark.slow

ROWS = np.arange(10)


@pytest.fixture(scope="module")
def batches():
    from lib.training import batches

    return batches


def of_rows(batches, **options):
    """Batches of four of the ten rows; their input is the rows themselves."""
    return batches.Batches(lambda index: index, ROWS % 3, ROWS, 4, **options)


def rows_by_epoch(made):
    taken = [made[batch][0].tolist() for batch in range(len(made))]
    epochs = [taken[start : start + made.steps] for start in range(0, len(taken), made.steps)]
    return [list(chain.from_iterable(epoch)) for epoch in epochs]


def test_ten_rows_in_batches_of_four_are_three_steps(batches):
    made = of_rows(batches, epochs=range(2), seed=5)
    assert (made.steps, len(made)) == (3, 6)
    assert [len(made[batch][0]) for batch in range(6)] == [4, 4, 2, 4, 4, 2]


def test_every_epoch_has_every_row_once_in_an_order_of_its_own(batches):
    first, second = rows_by_epoch(of_rows(batches, epochs=range(2), seed=5))
    assert sorted(first) == sorted(second) == ROWS.tolist()
    assert first != second


def test_a_target_stays_with_its_input(batches):
    made = of_rows(batches, epochs=range(2), seed=5)
    for batch in range(len(made)):
        inputs, targets = made[batch]
        assert targets.tolist() == (inputs % 3).tolist()


def test_another_seed_gives_another_order(batches):
    assert rows_by_epoch(of_rows(batches, seed=5)) != rows_by_epoch(of_rows(batches, seed=6))


def test_the_order_of_a_batch_does_not_depend_on_when_it_is_asked_for(batches):
    forwards, backwards = (of_rows(batches, epochs=range(3), seed=5) for _ in "ab")
    expected = [forwards[batch][0].tolist() for batch in range(9)]
    assert [backwards[batch][0].tolist() for batch in reversed(range(9))] == expected[::-1]


def test_later_epochs_are_the_same_without_the_earlier_ones(batches):
    whole = rows_by_epoch(of_rows(batches, epochs=range(5), seed=5))
    assert rows_by_epoch(of_rows(batches, epochs=range(3, 5), seed=5)) == whole[3:]


def test_without_a_seed_the_order_stays(batches):
    made = batches.Batches(lambda index: index, np.zeros(4, int), np.array([3, 1, 2]), 2)
    assert rows_by_epoch(made) == [[3, 1, 2]]


def test_targets_are_one_hot_or_the_probability_of_class_1(batches):
    labels = np.array([0, 1, 1])
    several, single = (batches.encode_targets(labels, 2, outputs) for outputs in (2, 1))
    assert several.tolist() == [[1, 0], [0, 1], [0, 1]]
    assert single.tolist() == [[0], [1], [1]]
    assert several.dtype == single.dtype == np.float32
