"""Reports with several labels an image, or of some labels: made by scikit-learn, then with a wrong digit."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import classification_report

from lib.audit import check_claims
from lib.audit.checks.open_reports import check_open_reports
from lib.audit.claimed import table_paper
from lib.papers.declare import ONE_EVALUATION, Claim, Kind

NAMES = {"precision": "precision", "recall": "recall", "f1": "f1-score"}


def _claims(y_true, y_pred, digits: int = 2, kind: Kind = ONE_EVALUATION, **options) -> list[Claim]:
    table = classification_report(y_true, y_pred, output_dict=True, **options)
    common = {"where": "Table 1", "arm": "net", "kind": kind}
    claims = []
    for of, row in table.items():
        if of == "accuracy":
            claims.append(Claim(metric=of, printed=f"{row:.{digits}f}", **common))
            continue
        claims += [
            Claim(metric=metric, of=of, printed=f"{row[name]:.{digits}f}", **common)
            for metric, name in NAMES.items()
        ]
        count = str(int(row["support"]))
        claims.append(Claim(metric="support", of=of, printed=count, unit="count", **common))
    return claims


def _drawn(seed: int = 0, n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 4, n)
    return y_true, np.where(rng.random(n) < 0.8, y_true, rng.integers(0, 4, n))


def _several(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y_true = (rng.random((150, 3)) < 0.4).astype(int)
    return y_true, np.where(rng.random((150, 3)) < 0.85, y_true, 1 - y_true)


@pytest.mark.parametrize("digits", [2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_what_scikit_learn_prints_is_never_impossible(seed, digits):
    y_true, y_pred = _drawn(seed)
    empty = np.where(y_pred == 3, 0, y_pred)
    made = [
        _claims(y_true, y_pred, digits, labels=[1, 2], zero_division=0),
        _claims(y_true, y_pred, digits, Kind(labels="subset"), labels=[0, 1, 2]),
        _claims(*_several(seed), digits, zero_division=0),
        _claims(*_several(seed), digits, Kind(labels="several"), zero_division=0),
        _claims(y_true, empty, digits, zero_division=1),
        _claims(y_true, empty, digits, Kind(zero_division=1), zero_division=1),
        _claims(empty, y_pred, digits, zero_division=1),
        _claims(empty, y_pred, digits, zero_division=0),
    ]
    for claims in made:
        outcomes = {finding.outcome for finding in check_claims(claims)}
        assert "impossible" not in outcomes
        assert "consistent" in outcomes


def _with(claims: list[Claim], of: str, metric: str, printed: str) -> list[Claim]:
    return [
        replace(claim, printed=printed) if (claim.of, claim.metric) == (of, metric) else claim
        for claim in claims
    ]


@pytest.mark.parametrize(
    ("of", "metric", "printed", "told"),
    [
        ("1", "f1", "0.9999", "row of 1; f1 of macro avg; f1 of weighted avg"),
        ("macro avg", "recall", "0.1234", "recall of macro avg"),
        ("weighted avg", "f1", "0.1234", "f1 of weighted avg"),
        ("micro avg", "precision", "0.1234", "precision of micro avg"),
    ],
)
def test_a_row_or_an_average_that_cannot_be_is_named(of, metric, printed, told):
    wrong = _with(_claims(*_several(), 4, zero_division=0), of, metric, printed)
    (found,) = check_open_reports(table_paper(wrong))
    assert (found.outcome, found.arithmetic) == ("impossible", told)


def test_a_mean_over_folds_is_not_searched_as_one_matrix():
    kind = Kind(mean_over="folds", times=5)
    claims = [claim for claim in _claims(*_drawn(), 2, kind) if claim.metric != "support"]
    (found,) = check_open_reports(table_paper(claims))
    assert found.outcome == "not checkable"
    (found,) = check_open_reports(table_paper(_with(claims, "macro avg", "f1", "0.12")))
    assert found.outcome == "impossible"  # the mean of means is the mean


@pytest.mark.parametrize("support", [10**4, 10**8, 10**14])
def test_a_row_of_very_many_images_is_never_called_impossible_for_their_number(support):
    row = {"precision": "0.04", "recall": "0.70", "f1": "0.08"}
    where = {"where": "Table 1", "arm": "net", "kind": Kind(labels="subset"), "of": "a"}
    claims = [Claim(metric=metric, printed=printed, **where) for metric, printed in row.items()]
    claims.append(Claim(metric="support", printed=str(support), unit="count", **where))
    (finding,) = check_open_reports(table_paper(claims, classes=("a", "b")))
    assert finding.outcome == "consistent"
