"""A printed confusion matrix against the reports, the counts and the words beside it."""

from collections.abc import Iterator, Sequence
from itertools import product

from lib.audit.findings import Finding, quoted, weigh
from lib.audit.matrices import Cells, Matrix, find_matrices, matrix_margins, misfits
from lib.audit.misprints import mended, single_misprints
from lib.audit.reports import Report, find_reports
from lib.papers.declare import Claim, Paper
from lib.words import listed


def check_matrices(paper: Paper) -> Iterator[Finding]:
    """Sums, hits and misses, then the reports of the same images and those of others."""
    for matrix in find_matrices(paper):
        yield _counts(paper, matrix)
        yield from _misclassified(paper, matrix)
        reports = [report for report in find_reports(paper) if report.arm == matrix.arm]
        for report in reports:
            if report.part == matrix.part:
                yield _against(paper, matrix, report)
        yield from _own_report(matrix, reports)


def _same_images(paper: Paper, matrix: Matrix, metric: str) -> list[Claim]:
    return [
        claim
        for claim in paper.claims
        if (claim.metric, claim.arm, claim.part) == (metric, matrix.arm, matrix.part)
    ]


def _counts(paper: Paper, matrix: Matrix) -> Finding:
    """The sum of all cells and of the diagonal, against "support" and "correct"."""
    total = sum(map(sum, matrix.cells))
    hits = sum(margin.hits for margin in matrix_margins(matrix.cells))
    supports = [claim for claim in _same_images(paper, matrix, "support") if not claim.of]
    correct = _same_images(paper, matrix, "correct")
    # Where several totals are printed, one is enough: `repeated_numbers` says that they differ.
    fits = not supports or any(claim.value == total for claim in supports)
    wrong = [*([] if fits else supports), *(claim for claim in correct if claim.value != hits)]
    return Finding(
        check="matrix",
        topic="Sums of the confusion matrix",
        outcome="impossible" if wrong else "consistent",
        printed=quoted([*supports, *correct]),
        arithmetic=f"the cells add up to {total:,}, the diagonal to {hits:,}",
        sentence=(
            f"{listed(claim.text for claim in wrong)} cannot be the sum of this matrix: a number of images "
            "is wrong, or the matrix is not that of all images."
            if wrong
            else "All cells and the hits add up to what is printed beside them."
        ),
        weight=weigh(paper, [*supports, *correct]),
        arm=matrix.arm,
    )


def _misclassified(paper: Paper, matrix: Matrix) -> Iterator[Finding]:
    """The misses that the text tells of each class, against its row or column of the matrix."""
    claims = [
        claim
        for claim in _same_images(paper, matrix, "misclassified")
        if claim.of in matrix.classes
    ]
    if not claims:
        return
    margins = dict(zip(matrix.classes, matrix_margins(matrix.cells), strict=True))
    errors = {name: margin.support - margin.hits for name, margin in margins.items()}
    in_columns = {name: margin.predicted - margin.hits for name, margin in margins.items()}
    wrong = [claim for claim in claims if claim.value != errors[claim.of]]
    if all(claim.value == in_columns[claim.of] for claim in claims):
        wrong, errors = [], in_columns  # the matrix has true classes in its columns
    changes = [
        (claim, misprint)
        for claim in wrong
        for misprint in single_misprints(claim)
        if misprint.value == errors[claim.of]
    ]
    words = (
        f"{claim.of}: {claim.printed} in words, {errors[claim.of]} in the matrix"
        for claim in wrong or claims
    )
    yield Finding(
        check="matrix",
        topic="Misclassified images, in words and in the matrix",
        outcome="impossible" if wrong else "consistent",
        printed=quoted(claims),
        arithmetic="; ".join(words),
        sentence=(
            f"The words and the matrix count different errors of {listed(claim.of for claim in wrong)}."
            if wrong
            else "The words count the errors that the matrix shows."
        ),
        misprint=mended(changes) if len(wrong) == 1 else "",
        weight=2,
        arm=matrix.arm,
    )


def _against(paper: Paper, matrix: Matrix, report: Report) -> Finding:
    """Every number of the report derived from the matrix, with its rows as true classes."""
    wrong = misfits(matrix.cells, report)
    turned = misfits(tuple(zip(*matrix.cells, strict=True)), report)
    changes = _mending_changes(matrix.cells, report) if wrong else []
    words = _words(matrix.cells, report)
    if wrong:
        words += f"; {len(wrong)} numbers do not fit, {len(turned)} if rows are read as columns"
        if len(changes) == 1:
            words += f"; would fit with {changes[0]}"
    return Finding(
        check="matrix",
        topic=f"Confusion matrix against {report.where}",
        outcome="consistent" if not wrong or not turned else "impossible",
        printed=(*matrix.quoted, *report.quoted),
        arithmetic=words,
        sentence=_against_sentence(wrong, turned, report),
        weight=weigh(paper, report.claims),
        arm=matrix.arm,
    )


def _against_sentence(wrong: Sequence[Claim], turned: Sequence[Claim], report: Report) -> str:
    if not wrong:
        return f"The matrix gives every number of {report.where}, with true classes in its rows."
    if not turned:
        return f"The matrix gives every number of {report.where}, with true classes in its columns."
    return (
        f"The matrix and {report.where} cannot both be right, whichever way the matrix is read: they differ in the "
        f"{listed(dict.fromkeys(f'{claim.metric} of {claim.of}' for claim in wrong))}."
    )


def _words(cells: Cells, report: Report) -> str:
    supports = [margin.support for margin in matrix_margins(cells)]
    printed = [row["support"].printed for row in report.rows.values() if "support" in row]
    return f"the rows add up to {listed(supports)}; printed supports {listed(printed)}"


def _mending_changes(cells: Cells, report: Report) -> list[str]:
    """In words, changes that mend everything: of one cell in each row that misses its support."""
    if not report.supports:
        return []
    off = {
        label: support - sum(row)
        for label, (row, support) in enumerate(zip(cells, report.supports, strict=True))
        if support != sum(row)
    }
    mending, names = [], list(report.rows)
    for columns in product(range(len(cells)), repeat=len(off)):
        changed, words = [list(row) for row in cells], []
        for (label, more), column in zip(off.items(), columns, strict=True):
            changed[label][column] += more
            words.append(
                f"{names[label]} called {names[column]} {changed[label][column]} instead of {cells[label][column]}"
            )
        if min(map(min, changed)) >= 0 and not misfits(tuple(map(tuple, changed)), report):
            mending.append(listed(words))
    return mending if off else []


def _own_report(matrix: Matrix, reports: Sequence[Report]) -> Iterator[Finding]:
    """Where an arm has several reports, the one that its matrix gives."""
    if len({report.supports for report in reports}) < 2:
        return
    fits = listed(report.where for report in reports if not misfits(matrix.cells, report))
    totals = [max(report.totals) for report in reports]
    images = sum(map(sum, matrix.cells))
    yield Finding(
        check="matrix",
        topic=f"{len(reports)} reports for one network",
        outcome="undetermined",
        printed=tuple(
            f"{total:,} images ({report.where})"
            for total, report in zip(totals, reports, strict=True)
        ),
        arithmetic=f"the matrix counts {images:,} images",
        sentence=(
            f"The paper prints reports on {listed(dict.fromkeys(totals))} images for one network without saying that "
            f"the images differ; the matrix belongs to {fits or 'none of the reports'}."
        ),
        weight=2,
        arm=matrix.arm,
    )
