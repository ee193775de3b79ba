"""How long probes and scores of one study take: fold by fold and draw by draw, and all at once as a run does.

    python benchmarks/evidence.py [--images N] [--seeds N] [--image-size N] [--features N]

Made-up images, features and predictions of the white-blood-cell paper's size: per seed one random split and
three folds. The slow side fits scikit-learn's own classifiers to each fold and draws a bootstrap for
each score; the fast side is `lib.evidence.probes.run_probes`, `lib.evaluation` and
`lib.evidence.comparisons`. Prints seconds, processor seconds and ratios of both, how many answers of probes
differ, and the largest difference between scores. Limit: the fast side of both together, 15 s at full size
on two quiet cores.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import measure
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import pairwise_distances_argmin
from threadpoolctl import threadpool_limits

from lib.datasets import Fold, ImageSet
from lib.datasets.tables import prediction_rows
from lib.evaluation import probability
from lib.evaluation.metrics import bootstrap_weights, percentile_interval
from lib.evaluation.ranking import REPLICATES, ranking_scores
from lib.evaluation.scores import score_predictions
from lib.evidence import probes
from lib.evidence.comparisons import compare
from lib.evidence.probes import classifiers, inputs
from lib.papers.declare import COUNTS

CLASSES = tuple("abcde")
ARMS = ("net", "net, other pixels")
TEST_SHARE, GROUPED, LIMIT = 0.2, 3, 15


def main(images: int, seeds: int, image_size: int, features: int) -> None:
    drawn, folds = draw(images, image_size), list(divide(images, seeds))
    given = {"net": draw_features(drawn, features)}
    predictions = answer(drawn, folds)
    print(f"{images:,} images of {image_size} pixels, {len(folds)} folds, {len(ARMS)} arms:")
    spent = [
        in_turns(
            "probes",
            lambda: probes_fold_by_fold(drawn, folds, given),
            lambda: probes_at_once(drawn, folds, given),
            told=lambda slow, fast: f"{(slow != fast).sum()} of {len(slow):,} answers differ",
        ),
        in_turns(
            "scores",
            lambda: scores_draw_by_draw(predictions),
            lambda: scores_at_once(predictions),
            told=lambda slow, fast: f"largest difference {np.abs(slow - fast).max():.1e}",
        ),
    ]
    print(f"  together, all at once: {sum(spent):.1f} s (limit: {LIMIT} at full size, quiet cores)")


def in_turns(
    name: str,
    slow: Callable[[], np.ndarray],
    fast: Callable[[], np.ndarray],
    told: Callable[[np.ndarray, np.ndarray], str],
) -> float:
    """Prints both sides, which return what should be equal; the seconds of the fast one."""
    results: list[np.ndarray] = []
    seconds, processor = [], []
    for side in (fast, slow):
        before = sum(os.times()[:2])
        seconds.append(measure.seconds(partial(_keep, results, side)))
        processor.append(sum(os.times()[:2]) - before)
    print(f"  {name}, one by one:  {seconds[1]:7.1f} s  {processor[1]:7.1f} s of processors")
    print(f"  {name}, all at once: {seconds[0]:7.1f} s  {processor[0]:7.1f} s of processors")
    print(
        f"  ratio:               {seconds[1] / seconds[0]:7.1f}    {processor[1] / processor[0]:7.1f}; "
        f"{told(results[1], results[0])}"
    )
    return seconds[0]


def _keep(results: list[np.ndarray], side: Callable[[], np.ndarray]) -> None:
    results.append(side())


# What is measured


def draw(images: int, side: int) -> ImageSet:
    """Areas of random colours, under noise: the colours tell a little of the class."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(CLASSES), images)
    tints = rng.integers(0, 60, (len(CLASSES), 4, 4, 3))
    pixels = np.empty((images, side, side, 3), np.uint8)
    for row, label in enumerate(labels):
        coarse = (rng.integers(0, 160, (4, 4, 3)) + tints[label]).astype(np.uint8)
        repeats = -(-side // 4)
        pixels[row] = coarse.repeat(repeats, 0).repeat(repeats, 1)[:side, :side]
        pixels[row] += rng.integers(0, 30, (side, side, 1), np.uint8)
    return measure.labelled(pixels, labels, CLASSES)


def draw_features(images: ImageSet, number: int) -> np.ndarray:
    """(images, number) float32, each like others of its class."""
    rng = np.random.default_rng(1)
    centres = 0.1 * rng.standard_normal((len(CLASSES), number), "float32")
    return centres[images.labels] + rng.standard_normal((len(images), number), "float32")


def divide(images: int, seeds: int) -> Iterator[Fold]:
    """Of each seed one random split, and `GROUPED` folds."""
    tested = round(TEST_SHARE * images)
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(images)
        yield Fold(
            protocol="published", seed=seed, fold=0, train=order[tested:], test=order[:tested]
        )
        for number, test in enumerate(np.array_split(order, GROUPED)):
            train = order[~np.isin(order, test)]
            yield Fold(protocol="grouped", seed=seed, fold=number, train=train, test=test)


def answer(images: ImageSet, folds: list[Fold]) -> pd.DataFrame:
    """Rows of predictions.csv of networks that are right on most images."""
    rng, tables = np.random.default_rng(2), []
    truth = 0.3 * np.eye(len(CLASSES))[images.labels]
    for arm in ARMS:
        for fold in folds:
            for part, rows in (("test", fold.test), ("train", fold.train)):
                shares = rng.dirichlet(np.ones(len(CLASSES)), len(rows)) + truth[rows]
                tables.append(prediction_rows(arm, images, fold, part, rows, shares / 1.3, twin=""))
    return pd.concat(tables, ignore_index=True)


# Probes


def probes_at_once(images: ImageSet, folds: list[Fold], given: dict[str, np.ndarray]) -> np.ndarray:
    rows = probes.run_probes(images, folds, features=given)
    return rows["predicted"].to_numpy(str)


def probes_fold_by_fold(
    images: ImageSet, folds: list[Fold], given: dict[str, np.ndarray]
) -> np.ndarray:
    """In the order of `run_probes`."""
    seen = inputs.image_features(images)
    whole = np.hstack([seen["colour"], seen["near black"]])
    fits = {
        "colour": partial(fit_and_ask, seen["colour"]),
        "pixels": partial(fit_and_ask, seen["thumbnail"]),
        "global": partial(fit_and_ask, whole),
        **{name: partial(fit_and_ask, seen[name]) for name in ("border", "blurred", "patches")},
        "nearest neighbour": partial(ask_nearest, seen["thumbnail"]),
        **{arm: partial(fit_and_ask, values) for arm, values in given.items()},
    }
    answers = [
        np.bincount(images.labels[fold.train]).argmax().repeat(len(fold.test)) for fold in folds
    ]
    with threadpool_limits(1, "blas"):
        answers += [ask(images.labels, fold) for ask in fits.values() for fold in folds]
    return np.array(CLASSES)[np.concatenate(answers)]


def fit_and_ask(x: np.ndarray, labels: np.ndarray, fold: Fold) -> np.ndarray:
    train = x[fold.train]
    mean, spread = train.mean(0, dtype=float), train.std(0, dtype=float)
    spread[np.ptp(train, axis=0) == 0] = 1
    model = LogisticRegression(
        C=classifiers.STRENGTH / x.shape[1],
        tol=classifiers.TOLERANCE,
        max_iter=classifiers.MOST_STEPS,
    )
    model.fit((train - mean) / spread, labels[fold.train])
    return model.predict((x[fold.test] - mean) / spread)


def ask_nearest(x: np.ndarray, labels: np.ndarray, fold: Fold) -> np.ndarray:
    return labels[fold.train][pairwise_distances_argmin(x[fold.test], x[fold.train])]


# Scores: the bounds of each, mean over seeds


def scores_at_once(predictions: pd.DataFrame) -> np.ndarray:
    tested = predictions[predictions["part"] == "test"]
    scores = [
        *score_predictions(predictions, CLASSES),
        *(score for score in ranking_scores(predictions, CLASSES) if score.of in CLASSES),
    ]
    shares = [score for score in scores if score.metric not in COUNTS and score.metric != "ece"]
    compared = compare([ARMS], tested, "image")
    return np.array(
        [
            *((score.low, score.high) for score in shares),
            *((comparison.low, comparison.high) for comparison in compared),
        ]
    )


def scores_draw_by_draw(predictions: pd.DataFrame) -> np.ndarray:
    """In the order of `scores_at_once`: one draw per arm, protocol, part and seed, and per class of a ranking."""
    tested, fit = predictions[predictions["part"] == "test"], ["arm", "protocol"]
    bounds = []
    for _, rows in predictions.groupby([*fit, "part"], sort=False):
        bounds += mean_over_seeds(rows, scores_of_seed)
    for _, rows in tested.groupby(fit, sort=False):
        bounds += mean_over_seeds(rows, rankings_of_seed)
    for _, rows in tested.groupby("protocol", sort=False):
        bounds += mean_over_seeds(rows, comparison_of_seed)
    return np.array(bounds)


def mean_over_seeds(
    rows: pd.DataFrame, bounds: Callable[[pd.DataFrame], list[Any]]
) -> list[np.ndarray]:
    return list(np.mean([bounds(of_seed) for _, of_seed in rows.groupby("seed", sort=False)], 0))


def scores_of_seed(rows: pd.DataFrame) -> list[tuple[float, float]]:
    scores = score_predictions(rows, CLASSES)
    return [(score.low, score.high) for score in scores if score.metric not in COUNTS]


def rankings_of_seed(rows: pd.DataFrame) -> list[tuple[float, float]]:
    bounds = []
    for formula in (probability.auc, probability.average_precision):
        for name in CLASSES:
            positive = (rows["true"] == name).to_numpy()
            weights = bootstrap_weights(rows["path"].to_numpy(), REPLICATES, seed=0)
            drawn = formula(positive, rows[name].to_numpy(float), weights)
            units = min(positive.sum(), (~positive).sum())
            bounds.append(percentile_interval(drawn[np.isfinite(drawn)], units=units))
    return bounds


def comparison_of_seed(rows: pd.DataFrame) -> list[tuple[float, float]]:
    return [(apart.low, apart.high) for apart in compare([ARMS], rows, "image")]


if __name__ == "__main__":
    main(**measure.sizes(__doc__, images=3500, seeds=5, image_size=224, features=1280))
