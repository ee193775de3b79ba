"""2 × 2 tables: counted by hand, then against scikit-learn and against every table there is."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from sklearn import metrics

from lib.audit.exact import two_by_two
from lib.audit.exact.two_by_two import candidates, fitting, readings


def _near(value: float, width: float = 5e-5):
    return Fraction(value) - Fraction(width), Fraction(value) + Fraction(width)


def test_sensitivity_specificity_and_accuracy_leave_the_table_they_came_from():
    # 97 of 100 and 190 of 200.
    within = {"sensitivity": _near(0.97), "specificity": _near(0.95), "accuracy": _near(287 / 300)}
    tables = candidates(100, 300, within)
    assert [(int(tp), int(tn)) for tp, tn in zip(tables.tp, tables.tn, strict=True)] == [(97, 190)]


@pytest.mark.parametrize("definition", two_by_two.DEFINITIONS)
def test_scores_are_those_of_scikit_learn(definition):
    y_true, y_pred = np.repeat([1, 0], [40, 60]), np.repeat([1, 0, 1, 0], [31, 9, 6, 54])
    tables = candidates(40, 100, {"sensitivity": _near(31 / 40), "specificity": _near(54 / 60)})
    scores = {score: values[0] for score, values in tables.scores(definition).items()}
    how = {"positive": "binary", "negative": "binary"}.get(definition, definition)
    label = {"pos_label": 0} if definition == "negative" else {}
    for name in ("precision", "recall", "f1"):
        expected = getattr(metrics, f"{name}_score")(y_true, y_pred, average=how, **label)
        assert scores[name] == pytest.approx(expected)
    assert scores["kappa"] == pytest.approx(metrics.cohen_kappa_score(y_true, y_pred))
    assert scores["mcc"] == pytest.approx(metrics.matthews_corrcoef(y_true, y_pred))
    balanced = metrics.balanced_accuracy_score(y_true, y_pred)
    assert scores["balanced accuracy"] == pytest.approx(balanced)


def test_every_table_of_few_images_is_tried_where_the_positives_are_not_known():
    tables = candidates(None, 6, {})
    every = {(p, tp, tn) for p in range(7) for tp, tn in product(range(p + 1), range(7 - p))}
    assert len(tables.tp) == len(every)
    assert (
        set(zip(*(map(int, a) for a in (tables.positives, tables.tp, tables.tn)), strict=True))
        == every
    )


def test_a_score_that_is_not_defined_may_print_as_anything():
    tables = candidates(2, 4, {"sensitivity": _near(0), "specificity": _near(1)})
    assert fitting(tables, {"precision": _near(0)}).all()
    assert not fitting(tables, {"npv": _near(0.75)}).any()  # 2 of 4


def test_too_many_tables_are_not_tried(monkeypatch):
    assert candidates(None, two_by_two.MOST_IMAGES + 1, {}) is None
    monkeypatch.setattr(two_by_two, "MOST_TABLES", 50)
    assert candidates(10, 20, {}) is None
    assert candidates(10, 20, {"accuracy": _near(1)}) is not None


def test_only_ambiguous_scores_are_read_in_several_ways():
    assert list(readings({"accuracy": 1, "mcc": 1})) == ["positive"]
    assert list(readings({"f1": 1})) == list(two_by_two.DEFINITIONS)
