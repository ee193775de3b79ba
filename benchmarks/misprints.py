"""How often one wrong digit in a classification report is noticed, by decimals and number of images.

    python benchmarks/misprints.py [REPORTS]

Draws REPORTS (default 40) confusion matrices of 2, 3, 5 and 10 classes for every number of images, prints each
as scikit-learn does, rounded, changes one digit of one of its numbers, and asks whether any matrix can still be
behind it. Prints the share of the changed reports that are called impossible, that of the unchanged ones (which
has to be 0), the searches that were given up, and the longest time one report took.
"""

import sys
import time
from dataclasses import dataclass, field, replace

import numpy as np

from lib import metrics
from lib.claims.report import margins_of
from lib.claims.rounding import misprints
from lib.claims.tables import Report
from lib.paper import Claim, classification_report

CLASSES, DECIMALS, IMAGES = (2, 3, 5, 10), (2, 3, 4), (100, 1000, 10_000)


@dataclass
class Tally:
    """What became of the reports of one kind."""

    caught: int = 0
    given_up: int = 0
    false_alarms: int = 0
    reports: int = 0
    seconds: list[float] = field(default_factory=list)


def draw(rng: np.random.Generator, classes: int, images: int) -> np.ndarray:
    """A confusion matrix with 60 % to 98 % on its diagonal and no empty class."""
    right = rng.uniform(0.6, 0.98)
    cells = rng.dirichlet(np.ones(classes**2)).reshape(classes, classes) * (1 - right)
    cells[np.diag_indices(classes)] += right * rng.dirichlet(np.full(classes, 5.0))
    matrix = rng.multinomial(images, (cells / cells.sum()).ravel()).reshape(classes, classes)
    matrix[np.diag_indices(classes)] += matrix.sum(axis=1) == 0
    return matrix


def print_report(matrix: np.ndarray, decimals: int) -> Report:
    """The report of a matrix, rounded to so many decimals."""
    scores = np.stack([metrics.precision(matrix), metrics.recall(matrix), metrics.f1(matrix)])
    supports, names = metrics.support(matrix), [f"class {one}" for one in range(len(matrix))]
    columns = {
        **dict(zip(names, scores.T, strict=True)),
        "macro avg": metrics.macro(scores),
        "weighted avg": [metrics.weighted(one, supports) for one in scores],
    }
    images = [*supports, supports.sum(), supports.sum()]
    table = {
        name: (*(f"{one:.{decimals}f}" for one in row), str(n))
        for (name, row), n in zip(columns.items(), images, strict=True)
    }
    common = {"where": "a table", "arm": "net"}
    claims = classification_report(table, average=0, one_class=0, **common)
    rows = {of: {one.metric: one for one in claims if one.of == of} for of in table}
    right = f"{float(metrics.accuracy(matrix)):.{decimals}f}"
    return Report(
        **common,
        part="test",
        rows={of: rows[of] for of in names},
        averages={of: row for of, row in rows.items() if of not in names},
        accuracy=(Claim(metric="accuracy", printed=right, **common),),
        total=(),
    )


def misprinted(rng: np.random.Generator, report: Report) -> Report:
    """The report with one digit of one score changed, or two neighbouring ones swapped."""
    scores = [one for one in report.claims if one.metric != "support"]
    old = scores[rng.integers(len(scores))]
    changed = [one for one in misprints(old) if float(one.printed) <= 1]
    new = changed[rng.integers(len(changed))]

    def swap(table: dict) -> dict:
        return {
            of: {name: new if one is old else one for name, one in row.items()}
            for of, row in table.items()
        }

    return replace(
        report,
        rows=swap(report.rows),
        averages=swap(report.averages),
        accuracy=tuple(new if one is old else one for one in report.accuracy),
    )


def judge(rng: np.random.Generator, classes: int, decimals: int, images: int, tally: Tally) -> None:
    """One report, whole and misprinted; digits may have been cut off, as the audit allows."""
    report = print_report(draw(rng, classes, images), decimals)
    for one, wrong in ((report, False), (misprinted(rng, report), True)):
        start = time.perf_counter()
        found = margins_of(one, cut=True)
        tally.seconds.append(time.perf_counter() - start)
        tally.caught += wrong and found.impossible
        tally.given_up += wrong and not found.complete and not found.count
        tally.false_alarms += found.impossible and not wrong
    tally.reports += 1


def main(reports: int) -> None:
    rng = np.random.default_rng(0)
    print(
        "one digit of one score changed; share called impossible (rounding and cutting off allowed)"
    )
    print("classes  images  decimals  caught  given up  false alarms  longest")
    for classes in CLASSES:
        for images in IMAGES:
            for decimals in DECIMALS:
                tally = Tally()
                for _ in range(reports):
                    judge(rng, classes, decimals, images, tally)
                print(
                    f"{classes:7d} {images:7,d} {decimals:9d} {tally.caught / reports:7.0%} "
                    f"{tally.given_up / reports:9.0%} {tally.false_alarms:13d} {max(tally.seconds):7.2f} s"
                )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
