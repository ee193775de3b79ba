"""Kappa, Matthews' correlation and balanced accuracy: by hand, then against scikit-learn."""

import numpy as np
import pytest
from made_up_reports import random_matrix
from sklearn.metrics import balanced_accuracy_score, cohen_kappa_score, matthews_corrcoef

from lib.audit.exact.agreement import balanced_accuracy, kappa, matthews
from lib.audit.exact.margins import Margin
from lib.audit.matrices import matrix_margins

MATRIX = [[30, 10], [5, 55]]


def test_scores_counted_by_hand():
    margins = matrix_margins(tuple(map(tuple, MATRIX)))
    assert balanced_accuracy(margins) == pytest.approx((30 / 40 + 55 / 60) / 2)
    # Chance: 0.4 · 0.35 + 0.6 · 0.65 = 0.53.
    assert kappa(margins) == pytest.approx((0.85 - 0.53) / (1 - 0.53))
    assert matthews(margins) == pytest.approx((30 * 55 - 10 * 5) / (40 * 60 * 35 * 65) ** 0.5)


@pytest.mark.parametrize("seed", range(8))
def test_scores_are_those_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    matrix = random_matrix(rng, int(rng.integers(2, 6)), 150, rng.uniform(0.1, 0.95))
    y_true, y_pred = (
        np.repeat(labels.ravel(), matrix.ravel()) for labels in np.indices(matrix.shape)
    )
    margins = matrix_margins(tuple(map(tuple, matrix.tolist())))
    assert kappa(margins) == pytest.approx(cohen_kappa_score(y_true, y_pred))
    assert matthews(margins) == pytest.approx(matthews_corrcoef(y_true, y_pred))
    assert balanced_accuracy(margins) == pytest.approx(balanced_accuracy_score(y_true, y_pred))


def test_where_all_is_one_class_nothing_is_above_chance():
    margins = (Margin(5, 5, 5), Margin(0, 0, 0))
    assert kappa(margins) == matthews(margins) == 0
    assert balanced_accuracy(margins) == 1
