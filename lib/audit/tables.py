"""What belongs together among a paper's claims: reports, matrices, and the sizes of the parts."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lib.audit.exact.margins import SCORES, Row, Table
from lib.audit.findings import quoted, quoted_rows
from lib.audit.rounding import Bounds, bounds, common
from lib.papers.declare import Claim, Paper, cell
from lib.words import listed


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
        inside = (
            one
            for each in (self.rows, self.averages)
            for row in each.values()
            for one in row.values()
        )
        return (*inside, *self.accuracy, *self.total)

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
        rows = (row["support"] for row in self.averages.values() if "support" in row)
        printed = {int(one.value) for one in (*rows, *self.total)}
        return printed | ({sum(self.supports)} if self.supports else set())

    def table(self, cut: bool, without: tuple[str, ...] = ()) -> Table | None:
        """What its numbers allow; None where the accuracies or totals exclude each other.

        Args:
            cut: As in `bounds`.
            without: Scores whose averages are left out.

        Raises:
            ValueError: It gives no number of images.
        """
        if not self.totals:
            raise ValueError(f"{self.where} should give a number of images.")
        accuracy = common(bounds(one, cut) for one in self.accuracy) if self.accuracy else None
        if len(self.totals) > 1 or (self.accuracy and accuracy is None):
            return None
        averages = {name: _scores(row, cut, without) for name, row in self.averages.items()}
        return Table(
            rows=tuple(_row(row, cut) for row in self.rows.values()),
            total=next(iter(self.totals)),
            accuracy=accuracy,
            macro=averages.get("macro avg", {}),
            weighted=averages.get("weighted avg", {}),
        )


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A printed confusion matrix: `cells` by row (true class) and column (called), and their claims."""

    arm: str
    part: str
    classes: tuple[str, ...]
    cells: tuple[tuple[int, ...], ...]
    claims: tuple[Claim, ...]

    @property
    def quoted(self) -> tuple[str, ...]:
        """Its rows, with the shortest of their places."""
        rows = {
            name: [
                one
                for one in self.claims
                if one.of in [cell(name, other) for other in self.classes]
            ]
            for name in self.classes
        }
        return quoted_rows(rows, min((one.where for one in self.claims), key=len))


def _row(row: dict[str, Claim], cut: bool) -> Row:
    support = int(row["support"].value) if "support" in row else None
    return Row(scores=_scores(row, cut), support=support)


def _scores(row: dict[str, Claim], cut: bool, without: tuple[str, ...] = ()) -> dict[str, Bounds]:
    names = (one for one in SCORES if one in row and one not in without)
    return {one: bounds(row[one], cut) for one in names}


def grouped(claims: Iterable[Claim], key: Callable[[Claim], Hashable]) -> dict[Any, list[Claim]]:
    """The claims by what `key` says of them, in their order."""
    found = defaultdict(list)
    for one in claims:
        found[key(one)].append(one)
    return dict(found)


def reports(paper: Paper) -> list[Report]:
    """The classification reports that give numbers of images or all three scores of every class."""
    rows = (one for one in paper.claims if one.metric in (*SCORES, "support") and one.of)
    tables = grouped(rows, lambda one: (one.arm, one.part, one.where))
    found = (_report(paper, *key, claims) for key, claims in tables.items())
    alike = {}
    for one in found:
        if one is not None:
            alike.setdefault(_numbers(one), []).append(one)
    # A report that the text repeats number by number is one report.
    return [replace(each[0], where=listed(one.where for one in each)) for each in alike.values()]


def _numbers(report: Report) -> tuple:
    rows = (tuple(one.decimal for one in row.values()) for row in report.rows.values())
    return report.arm, report.part, *rows


def _report(paper: Paper, arm: str, part: str, where: str, claims: list[Claim]) -> Report | None:
    by = {
        of: {one.metric: one for one in row}
        for of, row in grouped(claims, lambda one: one.of).items()
    }
    rows = {of: by[of] for of in paper.class_names if of in by}
    needed = ({*SCORES}, {"support", "precision", "recall"})
    if len(rows) < len(paper.classes) or not all(
        any(one <= row.keys() for one in needed) for row in rows.values()
    ):
        return None
    beside = [
        one
        for one in paper.claims
        if (one.arm, one.part, one.of, one.epoch) == (arm, part, "", None)
        and one.where.split(",")[0] == where
    ]
    return Report(
        arm=arm,
        part=part,
        where=where,
        rows=rows,
        averages={of: row for of, row in by.items() if of.endswith("avg")},
        accuracy=tuple(one for one in beside if one.metric == "accuracy"),
        total=tuple(one for one in beside if one.metric == "support"),
    )


def matrices(paper: Paper) -> list[Matrix]:
    """The confusion matrices of which every cell is printed, one an arm and part."""
    cells = grouped(
        (one for one in paper.claims if one.metric == "cell"), lambda one: (one.arm, one.part)
    )
    names, found = paper.class_names, []
    for (arm, part), claims in cells.items():
        images = {one.of: int(one.value) for one in claims}
        if len(images) == len(names) ** 2:
            rows = tuple(tuple(images[cell(true, one)] for one in names) for true in names)
            found.append(
                Matrix(arm=arm, part=part, classes=names, cells=rows, claims=tuple(claims))
            )
    return found
