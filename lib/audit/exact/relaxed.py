"""Bounds that hold for a classification report of any number of images, without counting a matrix."""

from fractions import Fraction

from lib.audit.exact.averages import weighted_mean
from lib.audit.exact.margins import SCORES, ClassBounds, ReportBounds
from lib.audit.rounding import Bounds, common


def is_excluded(report: ReportBounds) -> bool:
    """Whether averages lie outside of what the rows allow, or the calls cannot add up to all images.

    What is not excluded may still be impossible; what is excluded is.
    """
    supports = [row.support for row in report.rows if row.support is not None]
    all_known = len(supports) == len(report.rows)
    return (
        any(_is_apart(report, report.macro, score, [1] * len(report.rows)) for score in SCORES)
        or (
            all_known
            and any(_is_apart(report, report.weighted, score, supports) for score in SCORES)
        )
        or not _calls_add_up(report)
    )


def _is_apart(
    report: ReportBounds, averages: dict[str, Bounds], score: str, weights: list[int]
) -> bool:
    if score not in averages or not sum(weights):
        return False
    scores = [row.scores.get(score, (Fraction(0), Fraction(1))) for row in report.rows]
    # What is not defined may be printed as another number than it enters the mean with.
    if any(not row.support for row in report.rows) or report.zero_division:
        return False
    return common([weighted_mean(scores, weights), averages[score]]) is None


def _calls_add_up(report: ReportBounds) -> bool:
    """Whether the predictions of all classes can be as many as there are images."""
    least, most = zip(*(_calls(row, report.total) for row in report.rows), strict=True)
    return sum(least) <= report.total <= sum(most)


def _calls(row: ClassBounds, total: int) -> Bounds:
    """The least and the greatest number of predictions of a class that its precision and recall allow."""
    if row.support is None or "recall" not in row.scores or "precision" not in row.scores:
        return Fraction(0), Fraction(total)
    (low, high), (worst, best) = row.scores["recall"], row.scores["precision"]
    least = max(low * row.support, Fraction(0)) / best if best > 0 else Fraction(0)
    most = high * row.support / worst if worst > 0 else Fraction(total)
    return least, min(most, Fraction(total))
