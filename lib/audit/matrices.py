"""Printed confusion matrices among a paper's claims, their margins, and what they give of a report."""

from dataclasses import dataclass

from lib.audit.claims import grouped
from lib.audit.exact.margins import Margin
from lib.audit.findings import quoted_rows
from lib.audit.reports import Report
from lib.audit.rounding import bounds
from lib.papers.declare import Claim, Paper, cell

Cells = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """A printed confusion matrix and the claims of its cells.

    `cells` is (true class, predicted class), in images.
    """

    arm: str
    part: str
    classes: tuple[str, ...]
    cells: Cells
    claims: tuple[Claim, ...]

    @property
    def quoted(self) -> tuple[str, ...]:
        """Its rows, with the shortest of their places."""
        row_of = {
            cell(true, predicted): true for true in self.classes for predicted in self.classes
        }
        rows: dict[str, list[Claim]] = {true: [] for true in self.classes}
        for claim in self.claims:
            rows[row_of[claim.of]].append(claim)
        return quoted_rows(rows, min((claim.where for claim in self.claims), key=len))


def find_matrices(paper: Paper) -> list[Matrix]:
    """The confusion matrices of which every cell is printed, one per arm and part."""
    groups = grouped(
        (claim for claim in paper.claims if claim.metric == "cell"),
        lambda claim: (claim.arm, claim.part),
    )
    classes, matrices = paper.class_names, []
    for (arm, part), claims in groups.items():
        images = {claim.of: int(claim.value) for claim in claims}
        if len(images) == len(classes) ** 2:
            cells = tuple(
                tuple(images[cell(true, predicted)] for predicted in classes) for true in classes
            )
            matrices.append(
                Matrix(arm=arm, part=part, classes=classes, cells=cells, claims=tuple(claims))
            )
    return matrices


def matrix_margins(cells: Cells) -> tuple[Margin, ...]:
    """The margins of each class; rows are true classes."""
    return tuple(
        Margin(row[label], sum(other[label] for other in cells), sum(row))
        for label, row in enumerate(cells)
    )


def misfits(cells: Cells, report: Report) -> list[Claim]:
    """The numbers of a report's classes that a matrix cannot give, rounded or cut off."""
    claims = []
    for margin, row in zip(matrix_margins(cells), report.rows.values(), strict=True):
        for name, claim in row.items():
            above, below = (margin.support, 1) if name == "support" else margin.fraction(name)
            low, high = bounds(claim, digits="mixed")
            if not low * below <= above <= high * below:
                claims.append(claim)
    return claims
