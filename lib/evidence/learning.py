"""Did the model learn? Decided first: of one that did not, nothing else is worth saying.

Reads tables, as `lib.evaluation.scores`.

A constant answer's accuracy is the share of a class, and that share is taken as it is in the test images,
not as it might be in others: whether a model tells classes apart does not hang on how often each occurs.
Resampling groups, as `lib.evidence.comparisons` does, lets the shares vary, too. In simulations of
12 to 200 groups (of one class each, correlation within a group 0.2, classes of 50 to 75 %) the rule below
called models without knowledge "learnt" in at most 0.4 % of the runs, the resampled difference from the
constant answer in at most 0.9 %; a model with recalls of 0.8 and 0.93, tested on 24 groups, it recognised
in 78 to 99 %, the resampled difference in 39 to 86 %.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from lib.evaluation.rows import Rows, Table
from lib.evidence.trained import trained_on
from lib.results import Learning, Outcome, Score, headlines, most_frequent

NEARLY_ALL = 0.95  # of a fit's answers, from which on they count as one answer to everything
RULE = (
    "A model is taken to have learnt if the interval of its accuracy lies above that of the best constant "
    "answer: always the class most frequent in training, or always the one most frequent in the test images."
)


def learning_records(
    tested: Table, splits: Table, scores: Sequence[Score], classes: Sequence[str]
) -> list[Learning]:
    """One for every arm and variant under every protocol.

    Args:
        tested: Rows as in predictions.csv, of test images.
        splits: As splits.csv: a row per image, with its class in `true`, and a column per fold.
        scores: Of the run; the accuracies on the test images are among them.
        classes: In label order.
    """
    tested, splits = Rows.of(tested), Rows.of(splits)
    of_training = {  # by fold: every arm was trained on the same
        fold: _majority(true, classes) for fold, true in trained_on(tested, splits, "true").items()
    }
    records = []
    for (arm, protocol), rows in tested.by("arm", "protocol"):
        commonest, in_training = [], Counter[int]()
        for (seed, fold), of_fit in rows.by("seed", "fold"):
            commonest += Counter(of_fit["predicted"].tolist()).most_common(1)
            constant = of_training[protocol, seed, fold]
            in_training[seed] += int((of_fit["true"] == constant).sum())
        by_seed = dict(rows.by("seed"))
        # The majority of the test images is that of all folds of a seed together: of a small fold the
        # most frequent class owes its share to chance.
        test_majority = _mean(
            max(Counter(of_seed["true"].tolist()).values()) / len(of_seed)
            for of_seed in by_seed.values()
        )
        training_majority = _mean(
            in_training[seed] / len(of_seed) for seed, of_seed in by_seed.items()
        )
        answer_share = sum(number for _, number in commonest) / len(rows)
        low = next(score.low for score in headlines(scores, protocol) if score.arm == arm)
        records.append(
            Learning(
                arm=arm,
                protocol=protocol,
                answers=[name for name, _ in Counter(name for name, _ in commonest).most_common()],
                answer_share=answer_share,
                training_majority=training_majority,
                test_majority=test_majority,
                outcome=_outcome(low, max(training_majority, test_majority), answer_share),
            )
        )
    return records


def _mean(shares: Iterable[float]) -> float:
    return float(np.mean(list(shares)))


def _majority(true: np.ndarray, classes: Sequence[str]) -> str:
    counts = Counter(true.tolist())
    return most_frequent({name: counts[name] for name in classes})


def _outcome(low: float, majority: float, answer_share: float) -> Outcome:
    if low > majority:
        return "learnt"
    return "one answer" if answer_share >= NEARLY_ALL else "not above the majority"
