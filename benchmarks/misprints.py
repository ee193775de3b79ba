"""How often one wrong digit in a classification report is noticed, by decimals and number of images.

    python benchmarks/misprints.py [--reports N] [--most-images N]

Draws REPORTS confusion matrices of 2, 3, 5 and 10 classes for every number of images up to
MOST_IMAGES, prints each as scikit-learn does, rounded, changes one digit of one of its scores, and
asks whether any matrix can still be behind it, as the audit does. Prints the share of the changed
reports that are called impossible, the same of those whose change is in an average, the share whose
search was given up, how many unchanged ones are called impossible (which has to be 0), and the
longest time that one report took.
"""

import time
from dataclasses import dataclass, field
from itertools import product

import measure
import numpy as np

from lib.audit.exact.margins import Solutions
from lib.audit.misprints import single_misprints
from lib.audit.reports import Report
from lib.audit.solved_reports import SolvedReport, solve_report
from lib.evaluation import metrics
from lib.papers.declare import Claim, classification_report

CLASSES, IMAGES, DECIMALS = (2, 3, 5, 10), (100, 1000, 10_000), (2, 3, 4)


@dataclass
class Tally:
    """What became of the reports of one kind."""

    caught: int = 0
    averages: list[bool] = field(default_factory=list)  # whether each changed one was caught
    given_up: int = 0
    false_alarms: int = 0
    seconds: list[float] = field(default_factory=list)


def main(reports: int, most_images: int) -> None:
    rng = np.random.default_rng(0)
    print(
        "one digit of one score changed; share called impossible (rounding and cutting off allowed)"
    )
    print("classes  images  decimals  caught  averages  given up  false alarms  longest")
    numbers = [images for images in IMAGES if images <= most_images]
    for classes, images, decimals in product(CLASSES, numbers, DECIMALS):
        tally = Tally()
        for _ in range(reports):
            judge(rng, print_report(draw_matrix(rng, classes, images), decimals), tally)
        print(
            f"{classes:7d} {images:7,d} {decimals:9d} {tally.caught / reports:7.0%} "
            f"{f'{sum(tally.averages)} of {len(tally.averages)}':>9s} "
            f"{tally.given_up / reports:9.0%} {tally.false_alarms:13d} {max(tally.seconds):7.2f} s"
        )


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
    scores = np.stack([metrics.precision(matrix), metrics.recall(matrix), metrics.f1(matrix)])
    supports, names = metrics.support(matrix), [f"class {label}" for label in range(len(matrix))]
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
    place = {"where": "a table", "arm": "net"}
    claims = classification_report(table, **place)
    rows = {name: {claim.metric: claim for claim in claims if claim.of == name} for name in table}
    accuracy = f"{float(metrics.accuracy(matrix)):.{decimals}f}"
    return Report(
        **place,
        part="test",
        rows={name: rows[name] for name in names},
        averages={name: row for name, row in rows.items() if name not in names},
        accuracy=(Claim(metric="accuracy", printed=accuracy, **place),),
        total=(),
    )


def judge(rng: np.random.Generator, report: Report, tally: Tally) -> None:
    """Counts what is said of one report, as printed and with a misprint."""
    tally.false_alarms += solve(report, tally).impossible
    changed, average = misprinted(rng, report)
    solutions = solve(changed, tally)
    tally.caught += solutions.impossible
    if average:
        tally.averages.append(solutions.impossible)
    tally.given_up += not solutions.complete and not solutions.count


def solve(report: Report, tally: Tally) -> Solutions:
    """The margins that give a report by one of the readings that the audit allows."""
    start = time.perf_counter()
    solutions = SolvedReport(report=report, rounded=solve_report(report, cut=False)).best
    tally.seconds.append(time.perf_counter() - start)
    return solutions


def misprinted(rng: np.random.Generator, report: Report) -> tuple[Report, bool]:
    """The report with one digit of one score changed, or two neighbouring ones swapped.

    The second is whether that score is an average.
    """
    scores = [claim for claim in report.claims if claim.metric != "support"]
    old = scores[rng.integers(len(scores))]
    changed = [claim for claim in single_misprints(old) if float(claim.printed) <= 1]
    new = changed[rng.integers(len(changed))]
    return report.with_claim(old, new), old.of in report.averages


if __name__ == "__main__":
    main(**measure.sizes(__doc__, reports=40, most_images=10_000))
