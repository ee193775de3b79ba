"""How often one wrong digit in a printed table is noticed, by kind of table, decimals and number of images.

    python benchmarks/misprints.py [--reports N] [--most-images N]

Reports: draws REPORTS confusion matrices of 2, 3, 5 and 10 classes for every number of images up to MOST_IMAGES, prints
each as scikit-learn does, rounded, changes one digit of one of its scores, and asks whether any matrix can still be
behind it, as the audit does. Prints the share of the changed reports that are called impossible, however their digits
were made; the share that no matrix gives by rounding all numbers or cutting off all ("noticed": the audit says at least
"undetermined"); both again of those whose change is in an average; how many unchanged ones are called impossible (which
has to be 0); and the longest time that one report took.

Two classes: draws REPORTS tables of positive and negative images, prints accuracy, sensitivity, specificity, predictive
values and F1-score in one line, changes one digit, and asks the audit and mlscorecheck, which takes every number for
rounded. Means: the same of an accuracy averaged over 5 even folds.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any

import measure
import numpy as np

from lib.audit import check_claims
from lib.audit.misprints import single_misprints
from lib.audit.reports import Report
from lib.audit.solved_reports import SolvedReport
from lib.evaluation import metrics
from lib.papers.declare import Claim, Kind, classification_report

CLASSES, IMAGES, DECIMALS = (2, 3, 5, 10), (100, 1000, 10_000), (2, 3, 4)
THEIR_NAMES = {
    "accuracy": "acc",
    "sensitivity": "sens",
    "specificity": "spec",
    "precision": "ppv",
    "npv": "npv",
    "f1": "f1",
}
FOLDS = 5
PLACE: dict[str, Any] = {"where": "a table", "arm": "net"}


@dataclass
class Tally:
    """What became of the reports of one kind; `averages` of those whose change is in an average."""

    impossible: list[bool] = field(default_factory=list)
    noticed: list[bool] = field(default_factory=list)
    averages: list[bool] = field(default_factory=list)
    averages_noticed: list[bool] = field(default_factory=list)
    false_alarms: int = 0
    seconds: list[float] = field(default_factory=list)


def main(reports: int, most_images: int) -> None:
    rng = np.random.default_rng(0)
    numbers = [images for images in IMAGES if images <= most_images]
    print("reports: one digit of one score changed")
    print(
        "classes  images  decimals  impossible  noticed  averages impossible, noticed  false alarms  longest"
    )
    whole: dict[int, Tally] = {}
    for classes, images, decimals in product(CLASSES, numbers, DECIMALS):
        tally = Tally()
        for _ in range(reports):
            judge(rng, print_report(draw_matrix(rng, classes, images), decimals), tally)
        print(f"{classes:7d} {images:7,d} {decimals:9d} {_row(tally)}")
        _add(tally, whole.setdefault(decimals, Tally()))
    for decimals, tally in whole.items():
        print(f"    all     all {decimals:9d} {_row(tally)}")
    print("\ntwo classes, six scores in one line: one digit of one score changed")
    print("images  decimals  asked                    impossible  false alarms  seconds")
    for images, decimals in product(numbers, DECIMALS):
        _two_classes(rng, reports, images, decimals)
    print(f"\nmeans over {FOLDS} even folds: one digit of the accuracy changed")
    print("images  decimals  impossible  false alarms")
    for images, decimals in product(numbers, DECIMALS):
        _means(rng, reports, images, decimals)


def draw_matrix(rng: np.random.Generator, classes: int, images: int) -> np.ndarray:
    """A confusion matrix with 60 % to 98 % on its diagonal and no empty class."""
    accuracy = rng.uniform(0.6, 0.98)
    cells = rng.dirichlet(np.ones(classes**2)).reshape(classes, classes) * (1 - accuracy)
    cells[np.diag_indices(classes)] += accuracy * rng.dirichlet(np.full(classes, 5.0))
    matrix = rng.multinomial(images, (cells / cells.sum()).ravel()).reshape(classes, classes)
    matrix[np.diag_indices(classes)] += matrix.sum(axis=1) == 0
    return matrix


def print_report(matrix: np.ndarray, decimals: int) -> Report:
    """The report of a matrix, its scores rounded to so many decimals."""
    counts = metrics.tallies(matrix)
    scores = np.stack([metrics.precision(counts), metrics.recall(counts), metrics.f1(counts)])
    supports, names = counts.support, [f"class {label}" for label in range(len(matrix))]
    columns = {
        **dict(zip(names, scores.T, strict=True)),
        "macro avg": metrics.macro(scores),
        "weighted avg": [metrics.weighted(score, supports) for score in scores],
    }
    images = [*supports, supports.sum(), supports.sum()]
    table = {
        name: (*(f"{score:.{decimals}f}" for score in column), str(number))
        for (name, column), number in zip(columns.items(), images, strict=True)
    }
    claims = classification_report(table, **PLACE)
    rows = {name: {claim.metric: claim for claim in claims if claim.of == name} for name in table}
    accuracy = f"{float(metrics.accuracy(counts)):.{decimals}f}"
    return Report(
        **PLACE,
        part="test",
        rows={name: rows[name] for name in names},
        averages={name: row for name, row in rows.items() if name not in names},
        accuracy=(Claim(metric="accuracy", printed=accuracy, **PLACE),),
        total=(),
    )


def judge(rng: np.random.Generator, report: Report, tally: Tally) -> None:
    """Counts what is said of one report, as printed and with a misprint."""
    tally.false_alarms += _outcome(report, tally) == "impossible"
    scores = [claim for claim in report.claims if claim.metric != "support"]
    old = scores[rng.integers(len(scores))]
    outcome = _outcome(report.with_claim(old, misprint(rng, old)), tally)
    tally.impossible.append(outcome == "impossible")
    tally.noticed.append(outcome != "consistent")
    if old.of in report.averages:
        tally.averages.append(outcome == "impossible")
        tally.averages_noticed.append(outcome != "consistent")


def misprint(rng: np.random.Generator, claim: Claim) -> Claim:
    """A score with one digit changed, or two neighbouring ones swapped."""
    changed = [new for new in single_misprints(claim) if float(new.printed) <= 1]
    return changed[rng.integers(len(changed))]


def _outcome(report: Report, tally: Tally) -> str:
    """As the audit calls it; "noticed" for what only a mixture of digits or another definition gives."""
    start = time.perf_counter()
    solved = SolvedReport(report=report)
    reading, solutions = solved.solved
    tally.seconds.append(time.perf_counter() - start)
    if solutions.impossible:
        return "impossible"
    return (
        "consistent"
        if reading.digits in ("rounded", "cut") and not reading.f1_of_means
        else "noticed"
    )


def _row(tally: Tally) -> str:
    return (
        f"{np.mean(tally.impossible):11.0%} {np.mean(tally.noticed):8.0%} "
        f"{sum(tally.averages):12d} and {sum(tally.averages_noticed)} of {len(tally.averages)} "
        f"{tally.false_alarms:14d} {max(tally.seconds):7.2f} s"
    )


def _add(tally: Tally, whole: Tally) -> None:
    for name in ("impossible", "noticed", "averages", "averages_noticed", "seconds"):
        getattr(whole, name).extend(getattr(tally, name))
    whole.false_alarms += tally.false_alarms


# Two classes, beside mlscorecheck


def _two_classes(rng: np.random.Generator, lines: int, images: int, decimals: int) -> None:
    """Asks every judge about the same lines, as printed and with a misprint."""
    drawn = [_line(rng, images, decimals) for _ in range(lines)]
    changed = []
    for positives, claims in drawn:
        place = rng.integers(len(claims))
        wrong = [misprint(rng, claim) if at == place else claim for at, claim in enumerate(claims)]
        changed.append((positives, wrong))
    judges: dict[str, Callable[[int, int, list[Claim]], bool]] = {
        "audit": lambda n, p, claims: _is_impossible(n, p, claims, None),
        "audit, all rounded": lambda n, p, claims: _is_impossible(n, p, claims, "rounded"),
    }
    theirs = _mlscorecheck()
    if theirs:
        judges["mlscorecheck"] = theirs
    for name, judge_line in judges.items():
        start = time.perf_counter()
        alarms = sum(judge_line(images, positives, claims) for positives, claims in drawn)
        caught = np.mean([judge_line(images, positives, claims) for positives, claims in changed])
        seconds = time.perf_counter() - start
        print(f"{images:6,d} {decimals:9d}  {name:24s} {caught:10.0%} {alarms:13d} {seconds:8.1f}")
    if not theirs:
        print("mlscorecheck: skipped: it is not installed")


def _line(rng: np.random.Generator, images: int, decimals: int) -> tuple[int, list[Claim]]:
    """Positive images and the six scores; no predictive value is without predictions."""
    positives = int(images * rng.uniform(0.2, 0.8))
    hits = rng.binomial(positives, rng.uniform(0.6, 0.98))
    clear = rng.binomial(images - positives, rng.uniform(0.6, 0.98))
    false_alarms, missed = images - positives - clear, positives - hits
    values = (
        (hits + clear) / images,
        hits / positives,
        clear / (images - positives),
        hits / max(hits + false_alarms, 1),
        clear / max(clear + missed, 1),
        2 * hits / (2 * hits + false_alarms + missed),
    )
    claims = [
        Claim(metric=metric, printed=f"{value:.{decimals}f}", **PLACE)
        for metric, value in zip(THEIR_NAMES, values, strict=True)
    ]
    return positives, claims


def _is_impossible(images: int, positives: int, claims: list[Claim], digits: str | None) -> bool:
    findings = check_claims(
        claims, classes=("ill", "well"), n=images, positives=positives, digits=digits
    )
    return any(finding.outcome == "impossible" for finding in findings)


def _mlscorecheck() -> Callable[[int, int, list[Claim]], bool] | None:
    """The check of mlscorecheck for one test set; None where it is not installed."""
    try:
        from mlscorecheck.check.binary import check_1_testset_no_kfold
    except ImportError:
        return None
    logging.disable()  # it tells every step

    def judge_line(images: int, positives: int, claims: list[Claim]) -> bool:
        half = float(Decimal(5).scaleb(-1 - len(claims[0].printed.partition(".")[2])))
        scores = {THEIR_NAMES[claim.metric]: float(claim.printed) for claim in claims}
        testset = {"p": positives, "n": images - positives}
        return check_1_testset_no_kfold(testset=testset, scores=scores, eps=half)["inconsistency"]

    return judge_line


def _means(rng: np.random.Generator, means: int, images: int, decimals: int) -> None:
    """An accuracy averaged over even folds."""
    kind = Kind.even_folds(FOLDS, images)
    caught, alarms = [], 0
    for _ in range(means):
        share = rng.uniform(0.6, 0.98)
        mean = np.mean([rng.binomial(size, share) / size for size in kind.sizes])
        claim = Claim(
            metric="accuracy", printed=f"{mean:.{decimals}f}", kind=kind, n=images, **PLACE
        )
        alarms += _any_impossible(claim)
        caught.append(_any_impossible(misprint(rng, claim)))
    print(f"{images:6,d} {decimals:9d} {np.mean(caught):11.0%} {alarms:13d}")


def _any_impossible(claim: Claim) -> bool:
    return any(finding.outcome == "impossible" for finding in check_claims([claim], n=claim.n))


if __name__ == "__main__":
    main(**measure.sizes(__doc__, reports=40, most_images=10_000))
