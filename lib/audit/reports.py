"""Printed classification reports among a paper's claims."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from lib.audit.claims import grouped
from lib.audit.exact.margins import F1_OF_MEANS, SCORES, ClassBounds, ReportBounds
from lib.audit.findings import quoted, quoted_rows
from lib.audit.rounding import Bounds, Digits, bounds, common
from lib.papers.declare import Claim, Paper
from lib.words import listed

# Either makes a row whole: the third score follows from two scores and the support.
WHOLE_ROWS = ({*SCORES}, {"support", "precision", "recall"})


@dataclass(frozen=True, kw_only=True)
class Report:
    """A printed classification report: `rows` by class, `averages` by name, each by score.

    `accuracy` and `total` stand in the same figure or table.
    """

    arm: str
    part: str
    where: str
    rows: dict[str, dict[str, Claim]]
    averages: dict[str, dict[str, Claim]]
    accuracy: tuple[Claim, ...]
    total: tuple[Claim, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Every number of it."""
        rows = (*self.rows.values(), *self.averages.values())
        return (*(claim for row in rows for claim in row.values()), *self.accuracy, *self.total)

    @property
    def quoted(self) -> tuple[str, ...]:
        """Its rows and what else is printed with it."""
        rows = {name: row.values() for name, row in (self.rows | self.averages).items()}
        return quoted_rows(rows, self.where) + quoted(self.accuracy)

    @property
    def supports(self) -> tuple[int, ...] | None:
        """Images of each class, where all are printed."""
        if all("support" in row for row in self.rows.values()):
            return tuple(int(row["support"].value) for row in self.rows.values())
        return None

    @property
    def totals(self) -> set[int]:
        """Images in all, as printed and as the supports add up."""
        supports = (row["support"] for row in self.averages.values() if "support" in row)
        printed = {int(claim.value) for claim in (*supports, *self.total)}
        return printed | ({sum(self.supports)} if self.supports else set())

    def bounds(
        self, digits: Digits, f1_of_means: tuple[str, ...] = (), zero_division: int = 0
    ) -> ReportBounds | None:
        """What its numbers allow; None where the accuracies or totals exclude each other.

        Args:
            digits: As in `lib.audit.rounding.bounds`.
            f1_of_means: The averages, by name, whose F1-score is taken for that of the mean precision
                and the mean recall.
            zero_division: What is printed for a score without images or predictions.

        Raises:
            ValueError: It gives no number of images.
        """
        if not self.totals:
            raise ValueError(f"{self.where} should give a number of images.")
        accuracy = (
            common(bounds(claim, digits) for claim in self.accuracy) if self.accuracy else None
        )
        if len(self.totals) > 1 or (self.accuracy and accuracy is None):
            return None
        averages = {
            name: (_average_bounds if name in f1_of_means else _score_bounds)(row, digits)
            for name, row in self.averages.items()
        }
        return ReportBounds(
            rows=tuple(_class_bounds(row, digits) for row in self.rows.values()),
            total=next(iter(self.totals)),
            accuracy=accuracy,
            macro=averages.get("macro avg", {}),
            weighted=averages.get("weighted avg", averages.get("avg / total", {})),
            zero_division=zero_division,
        )

    def with_claim(self, old: Claim, new: Claim) -> "Report":
        """The same report with `new` in the place of `old`."""

        def exchanged(rows: dict[str, dict[str, Claim]]) -> dict[str, dict[str, Claim]]:
            return {
                name: {score: new if claim is old else claim for score, claim in row.items()}
                for name, row in rows.items()
            }

        return replace(
            self,
            rows=exchanged(self.rows),
            averages=exchanged(self.averages),
            accuracy=tuple(new if claim is old else claim for claim in self.accuracy),
            total=tuple(new if claim is old else claim for claim in self.total),
        )


def _class_bounds(row: dict[str, Claim], digits: Digits) -> ClassBounds:
    support = int(row["support"].value) if "support" in row else None
    return ClassBounds(scores=_score_bounds(row, digits), support=support)


def _score_bounds(row: dict[str, Claim], digits: Digits) -> dict[str, Bounds]:
    return {score: bounds(row[score], digits) for score in SCORES if score in row}


def _average_bounds(row: dict[str, Claim], digits: Digits) -> dict[str, Bounds]:
    """Of averages whose F1-score is that of the two others (Opitz and Burst, Macro F1 and Macro F1, 2019)."""
    averages = _score_bounds(row, digits)
    within = averages.pop("f1", None)
    # Who works it out by hand may start from the printed averages, which are rounded already.
    if within is None or _is_f1_of_printed(row, within):
        return averages
    return averages | {F1_OF_MEANS: within}


def _is_f1_of_printed(row: dict[str, Claim], within: Bounds) -> bool:
    if not {"precision", "recall"} <= row.keys():
        return False
    precision, recall = (Fraction(row[score].decimal) for score in ("precision", "recall"))
    low, high = within
    return precision + recall > 0 and low <= 2 * precision * recall / (precision + recall) <= high


def is_average(name: str) -> bool:
    """Whether a row of a report is one of its averages: "macro avg", or "avg / total" of old versions."""
    return name.endswith("avg") or name.startswith("avg")


def is_open(claims: Iterable[Claim]) -> bool:
    """Whether the rows of a report need not be all labels, or not all of one evaluation.

    scikit-learn prints "micro avg" in the place of the accuracy where they are not, and "samples avg" where
    images have several labels. A mean over folds is open, too.
    """
    return any(
        not claim.kind.single or claim.of in ("micro avg", "samples avg") for claim in claims
    )


def find_reports(paper: Paper) -> list[Report]:
    """The classification reports that give numbers of images or all three scores of every class."""
    cells = (claim for claim in paper.claims if claim.metric in (*SCORES, "support") and claim.of)
    tables = grouped(cells, lambda claim: (claim.arm, claim.part, claim.where))
    repeats: dict[tuple[object, ...], list[Report]] = {}
    for (arm, part, where), claims in tables.items():
        report = _whole_report(paper, arm, part, where, claims)
        if report is not None:
            repeats.setdefault(_numbers(report), []).append(report)
    # A report that the text repeats number by number is one report.
    return [replace(reports[0], where=_places(reports)) for reports in repeats.values()]


def _places(reports: Iterable[Report]) -> str:
    return listed(report.where for report in reports)


def _numbers(report: Report) -> tuple[object, ...]:
    rows = (tuple(claim.decimal for claim in row.values()) for row in report.rows.values())
    return report.arm, report.part, *rows


def _whole_report(
    paper: Paper, arm: str, part: str, where: str, claims: list[Claim]
) -> Report | None:
    """The report that claims of one table make; None where a class or a number of it is missing."""
    if is_open(claims):
        return None
    by_name = {
        name: {claim.metric: claim for claim in row}
        for name, row in grouped(claims, lambda claim: claim.of).items()
    }
    rows = {name: by_name[name] for name in paper.class_names if name in by_name}
    if (
        not rows
        or len(rows) < len(paper.classes)
        or not all(any(needed <= row.keys() for needed in WHOLE_ROWS) for row in rows.values())
    ):
        return None
    beside = [
        claim
        for claim in paper.claims
        if (claim.arm, claim.part, claim.of, claim.epoch) == (arm, part, "", None)
        and claim.where.split(",")[0] == where
    ]
    return Report(
        arm=arm,
        part=part,
        where=where,
        rows=rows,
        averages={name: row for name, row in by_name.items() if is_average(name)},
        accuracy=tuple(claim for claim in beside if claim.metric == "accuracy"),
        total=tuple(claim for claim in beside if claim.metric == "support"),
    )
