"""Means over folds, repeats, seeds and batches."""

import numpy as np
import pytest
from made_up_paper import claim

from lib.audit.checks.means import check_means, sizes_of
from lib.audit.claimed import table_paper
from lib.papers.declare import Kind


def _check(printed: str, kind: Kind, n: int | None = None, metric: str = "accuracy") -> dict:
    found = check_means(table_paper([claim(metric, printed, kind=kind, n=n)]))
    return {finding.topic: finding for finding in found}


def test_a_mean_over_folds_of_twenty_images_is_in_hundredths():
    kind = Kind.even_folds(5, 100)
    assert kind.sizes == (20,) * 5
    assert _check("0.8750", kind)["Means over 5 folds"].outcome == "impossible"
    assert _check("0.8700", kind)["Means over 5 folds"].outcome == "consistent"


def test_folds_of_unknown_size_are_only_doubted():
    unknown = Kind(mean_over="folds", times=5)
    found = _check("0.8750", unknown, n=100)["Means over 5 folds"]
    assert found.outcome == "undetermined"
    assert "if the 5 folds are of even size" in found.sentence
    assert _check("0.8700", unknown, n=100)["Means over 5 folds"].outcome == "not checkable"
    assert _check("0.8750", unknown)["Means over 5 folds"].outcome == "not checkable"


def test_every_seed_is_measured_on_the_same_images():
    seeds = Kind(mean_over="seeds", times=4)
    assert sizes_of(claim("accuracy", "0.5", kind=seeds, n=25)) == (25,) * 4
    assert _check("0.8750", seeds, n=25)["Means over 4 seeds"].outcome == "impossible"
    assert _check("0.8700", seeds, n=25)["Means over 4 seeds"].outcome == "consistent"


def test_other_scores_are_not_checkable():
    found = _check("0.8750", Kind.even_folds(5, 100), metric="f1")["Means over 5 folds"]
    assert found.outcome == "not checkable"
    assert found.sentence.startswith("not checkable: ")


@pytest.mark.parametrize(
    ("printed", "sd", "outcome"),
    [
        ("0.95", "0.30", "impossible"),
        ("0.95", "0.10", "consistent"),
        ("0.50", "0.54", "consistent"),
    ],
)
def test_a_scatter_is_held_against_its_mean(printed, sd, outcome):
    # 5 numbers of mean 0.95: √(0.95 · 0.05 · 5 / 4) = 0.244; of mean 0.5: 0.559.
    kind = Kind(mean_over="folds", times=5, sd=sd)
    assert _check(printed, kind)["Scatter beside its mean"].outcome == outcome


def test_no_cross_validation_of_scikit_learn_is_impossible():
    from sklearn.model_selection import KFold

    rng = np.random.default_rng(0)
    for trial in range(20):
        n, folds, digits = int(rng.integers(20, 400)), int(rng.integers(2, 11)), 2 + trial % 3
        right = rng.random(n) < rng.uniform(0.5, 0.95)
        parts = [right[test] for _, test in KFold(folds, shuffle=True).split(right)]
        scores = [part.mean() for part in parts]
        printed, sd = (f"{value:.{digits}f}" for value in (np.mean(scores), np.std(scores)))
        for kind in (Kind.even_folds(folds, n, sd), Kind(mean_over="folds", times=folds, sd=sd)):
            found = _check(printed, kind, n=n)
            assert all(f.outcome in ("consistent", "not checkable") for f in found.values())
        assert (
            _check(printed, Kind.even_folds(folds, n))[f"Means over {folds} folds"].outcome
            == "consistent"
        )
