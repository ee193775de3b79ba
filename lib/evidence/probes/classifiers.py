"""The classifiers behind the probes: simple, deterministic, without a choice that is tuned to a set.

Each is fitted to all folds at once: they share their images, so that one matrix product serves them all.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import groupby

import numpy as np

from lib import machine
from lib.evidence.probes.lockstep import minimise_all

Classifier = Callable[[np.ndarray], np.ndarray]  # (images, numbers) → (images,) int labels
STRENGTH = 10  # variance of a class's score before any image is seen: penalty 1 / C, C = STRENGTH / numbers
TOLERANCE = 1e-3  # of the mean loss's gradient; a tenth of it moved accuracies on real sets by at most 0.008
MOST_STEPS = 1000  # real sets took up to 81
SHARES = 8  # of the images, for threads; the same on every machine, since sums depend on it in the last bit
ROWS = 512  # images looked at at a time: memory stays flat as the set grows
COLUMNS = 64  # numbers whose means are taken at a time, for the same reason
DISTANCES = 4_000_000  # between pairs of images, held at a time: 32 MB


def majority(x: np.ndarray, labels: np.ndarray, trains: Sequence[np.ndarray]) -> list[Classifier]:  # noqa: ARG001 - called as `logistic`
    """Of each fold: calls every image the class that is most frequent in training; of equals the first."""
    return [_always(int(np.bincount(labels[train]).argmax())) for train in trains]


def logistic(x: np.ndarray, labels: np.ndarray, trains: Sequence[np.ndarray]) -> list[Classifier]:
    """Of each fold: logistic regression on standardised numbers, all classes at once, with an L2 penalty.

    The penalty grows with the number of numbers, so that few and many start from the same doubt. The
    function, the solver and its stopping rule are those of scikit-learn's `LogisticRegression`.

    Args:
        x: (images, numbers); labels: (images,) int.
        trains: (training images,) int each: rows of `x`.
    """
    classifiers: dict[int, Classifier] = {}
    present = [tuple(np.unique(labels[train])) for train in trains]
    order = sorted(range(len(trains)), key=present.__getitem__)
    for classes, alike in groupby(order, key=present.__getitem__):
        folds = list(alike)
        if len(classes) == 1:
            fitted = [_always(classes[0])] * len(folds)
        else:
            fitted = _Regressions(x, labels, np.array(classes), [trains[at] for at in folds]).fit()
        classifiers.update(zip(folds, fitted, strict=True))
    return [classifiers[fold] for fold in range(len(trains))]


def nearest(
    x: np.ndarray, labels: np.ndarray, divisions: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[np.ndarray]:
    """Of each fold (test images,): what the training image is called that lies nearest (Euclidean distance).

    Args:
        divisions: Training and test rows of `x`, fold by fold. Of equally near ones the first
            training row answers.
    """
    centre = x.mean(0, dtype=float)  # small numbers lose less in the products
    squares = np.concatenate([((x[rows] - centre) ** 2).sum(1) for rows in _some_rows(0, len(x))])
    orders = [np.argsort(test, kind="stable") for _, test in divisions]
    answers = [np.empty(len(test), labels.dtype) for _, test in divisions]
    some = max(1, DISTANCES // len(x))
    for start in range(0, len(x), some):
        asked = x[start : start + some] - centre
        # Less the square of each row's own, which is the same for all others.
        distances = np.empty((len(asked), len(x)))
        for rows in _some_rows(0, len(x)):
            distances[:, rows] = squares[rows] - 2 * (asked @ (x[rows] - centre).T)
        for (train, test), order, answer in zip(divisions, orders, answers, strict=True):
            first, last = np.searchsorted(test, [start, start + some], sorter=order)
            places = order[first:last]
            closest = distances[np.ix_(test[places] - start, train)].argmin(1)
            answer[places] = labels[train[closest]]
    return answers


class _Regressions:
    """Logistic regressions of several folds whose training images have the same classes.

    Numbers are standardised by each fold's training images. That, the classes and the folds go into
    one product of all images with all weights; images that a fold does not train on weigh 0 in it.
    """

    def __init__(
        self,
        x: np.ndarray,
        labels: np.ndarray,
        classes: np.ndarray,
        trains: Sequence[np.ndarray],
    ):
        self.x, self.classes = x, classes
        self.numbers = x.shape[1]
        # Of two classes one score is enough: how much rather the second.
        self.scores = 1 if len(classes) == 2 else len(classes)
        self.centre = x.mean(0, dtype=float)
        self.label = np.searchsorted(classes, labels).clip(max=len(classes) - 1)
        self.used = np.zeros((len(trains), len(x)))
        for fold, train in enumerate(trains):
            self.used[fold, train] = 1
        self.images = self.used.sum(1)
        moments = [_moments(x, train) for train in trains]
        self.mean = np.stack([mean for mean, _ in moments]) - self.centre
        self.spread = np.stack([spread for _, spread in moments])

    def fit(self) -> list[Classifier]:
        parameters = self.scores * (self.numbers + 1)
        with ThreadPoolExecutor(machine.processors()) as self.threads:
            found = minimise_all(
                self._losses,
                np.zeros((len(self.images), parameters)),
                tolerance=TOLERANCE,
                most_steps=MOST_STEPS,
            )
        return [self._classifier(fold, weights) for fold, weights in enumerate(found)]

    def _losses(self, folds: np.ndarray, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(folds,) losses and (folds, parameters) gradients: mean cross-entropy and penalty.

        Args:
            folds: (folds,) int: which of them.
            flat: (folds, parameters): their weights, as `_unfold` takes them.
        """
        weights, bias = self._unfold(flat)
        matrix, offset = self._standardised(folds, weights, bias)
        edges = np.linspace(0, len(self.x), SHARES + 1).astype(int).tolist()
        sums = self.threads.map(partial(self._sums, folds, matrix, offset), edges[:-1], edges[1:])
        loss, by_score, by_weight = (np.asarray(sum(part)) for part in zip(*sums, strict=True))
        images, penalty = self.images[folds], self.numbers / (STRENGTH * self.images[folds])
        loss = loss / images + penalty * (weights**2).sum((0, 2)) / 2
        slope = by_weight.reshape(weights.shape) - self.mean[folds] * by_score[..., None]
        slope = slope / (self.spread[folds] * images[:, None]) + penalty[:, None] * weights
        return loss, _folded(slope, by_score / images)

    def _sums(
        self, folds: np.ndarray, matrix: np.ndarray, offset: np.ndarray, first: int, end: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Over some images: (folds,) losses, and their slopes by score and by weight of centred numbers.

        Args:
            matrix, offset: As `_standardised`.
            first, end: The first of the rows, and the one after the last.
        """
        loss, by_score = np.zeros(len(folds)), np.zeros((self.scores, len(folds)))
        by_weight = np.zeros(matrix.shape)
        for rows in _some_rows(first, end):
            block = self.x[rows] - self.centre
            scores = (matrix @ block.T + offset).reshape(self.scores, len(folds), -1)
            used = self.used[folds, rows]
            losses, slopes = self._cross_entropy(scores, self.label[rows])
            loss += (losses * used).sum(1)
            slopes *= used
            by_score += slopes.sum(2)
            by_weight += slopes.reshape(len(matrix), -1) @ block
        return loss, by_score, by_weight

    def _cross_entropy(
        self, scores: np.ndarray, label: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(folds, images) losses, and their slopes by each of the `scores`, (scores, folds, images)."""
        from scipy.special import expit

        if self.scores == 1:
            losses = np.logaddexp(0, scores[0]) - label * scores[0]
            return losses, expit(scores) - label
        scores -= scores.max(0)
        images = np.arange(len(label))
        of_true = scores[label, :, images].T
        shares = np.exp(scores, out=scores)
        total = shares.sum(0)
        shares /= total
        shares[label, :, images] -= 1
        return np.log(total) - of_true, shares

    def _unfold(self, flat: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(scores, folds, numbers) weights and (scores, folds) biases."""
        parts = flat.reshape(len(flat), self.scores, self.numbers + 1).swapaxes(0, 1)
        return parts[..., :-1], parts[..., -1]

    def _standardised(
        self, folds: np.ndarray, weights: np.ndarray, bias: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """(scores · folds, numbers) and (scores · folds, 1): the same weights, of centred numbers alone."""
        scaled = weights / self.spread[folds]
        offset = bias - (scaled * self.mean[folds]).sum(2)
        return scaled.reshape(-1, self.numbers), offset.reshape(-1, 1)

    def _classifier(self, fold: int, flat: np.ndarray) -> Classifier:
        matrix, offset = self._standardised(np.array([fold]), *self._unfold(flat[None]))

        def classify(others: np.ndarray) -> np.ndarray:
            scores = np.hstack(
                [
                    matrix @ (others[rows] - self.centre).T + offset
                    for rows in _some_rows(0, len(others))
                ]
            )
            best = scores.argmax(0) if self.scores > 1 else (scores[0] > 0).astype(int)
            return self.classes[best]

        return classify


def _folded(weights: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """(folds, parameters): what `_Regressions._unfold` takes apart."""
    parts = np.concatenate([weights, bias[..., None]], axis=2)
    return parts.swapaxes(0, 1).reshape(parts.shape[1], -1)


def _moments(x: np.ndarray, train: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(numbers,) each: mean and standard deviation over the rows `train`; 1 of what does not vary there."""
    means, spreads = [], []
    for start in range(0, x.shape[1], COLUMNS):
        part = x[train, start : start + COLUMNS]
        means.append(part.mean(0, dtype=float))
        # By range: the spread of equal numbers is not 0 but rounding error, which must not be magnified.
        spreads.append(np.where(np.ptp(part, axis=0) == 0, 1, part.std(0, dtype=float)))
    return np.concatenate(means), np.concatenate(spreads)


def _some_rows(first: int, end: int) -> Iterator[slice]:
    """The rows from `first` to before `end`, `ROWS` at a time; once even if there are none."""
    for start in range(first, max(end, first + 1), ROWS):
        yield slice(start, min(start + ROWS, end))


def _always(label: int) -> Classifier:
    return lambda others: np.full(len(others), label)
