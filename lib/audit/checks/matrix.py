"""A printed confusion matrix against the reports, the counts and the words beside it."""

from collections.abc import Iterator, Sequence
from itertools import product

from lib.audit.findings import Finding, quoted, weight
from lib.audit.matrices import Cells, margins_of, misfits
from lib.audit.rounding import mended, misprints
from lib.audit.tables import Matrix, Report, matrices, reports
from lib.papers.declare import Claim, Paper
from lib.words import listed


def check_matrices(paper: Paper) -> Iterator[Finding]:
    """Sums, hits and misses, then the reports of the same images and those of others."""
    for matrix in matrices(paper):
        yield _counts(paper, matrix)
        yield from _misclassified(paper, matrix)
        beside = [one for one in reports(paper) if one.arm == matrix.arm]
        for report in beside:
            if report.part == matrix.part:
                yield _against(paper, matrix, report)
        yield from _belongs(matrix, beside)


def _beside(paper: Paper, matrix: Matrix, metric: str) -> list[Claim]:
    return [
        one
        for one in paper.claims
        if (one.metric, one.arm, one.part) == (metric, matrix.arm, matrix.part)
    ]


def _counts(paper: Paper, matrix: Matrix) -> Finding:
    """The sum of all cells and of the diagonal, against "support" and "correct"."""
    total, right = sum(map(sum, matrix.cells)), sum(one.hits for one in margins_of(matrix.cells))
    supports = [one for one in _beside(paper, matrix, "support") if not one.of]
    correct = _beside(paper, matrix, "correct")
    # Where several totals are printed, one is enough: that they differ is told elsewhere.
    fits = not supports or any(one.value == total for one in supports)
    wrong = [*([] if fits else supports), *(one for one in correct if one.value != right)]
    words = f"the cells add up to {total:,}, the diagonal to {right:,}"
    return Finding(
        check="matrix",
        topic="Sums of the confusion matrix",
        outcome="impossible" if wrong else "consistent",
        printed=quoted([*supports, *correct]),
        arithmetic=words,
        sentence=(
            f"{listed(claim.text for claim in wrong)} cannot be the sum of this matrix: a number of images "
            "is wrong, or the matrix is not that of all images."
            if wrong
            else "All cells and the hits add up to what is printed beside them."
        ),
        weight=weight(paper, [*supports, *correct]),
        arm=matrix.arm,
    )


def _misclassified(paper: Paper, matrix: Matrix) -> Iterator[Finding]:
    """The misses that the text tells of each class, against its row or column of the matrix."""
    claims = [one for one in _beside(paper, matrix, "misclassified") if one.of in matrix.classes]
    if not claims:
        return
    margins = margins_of(matrix.cells)
    missed, called = (
        dict(zip(matrix.classes, counts, strict=True))
        for counts in zip(
            *((one.support - one.hits, one.called - one.hits) for one in margins), strict=True
        )
    )
    wrong = [one for one in claims if one.value != missed[one.of]]
    if all(one.value == called[one.of] for one in claims):
        wrong, missed = [], called  # the matrix has true classes in its columns
    changes = [(one, new) for one in wrong for new in misprints(one) if new.value == missed[one.of]]
    words = (f"{one.of}: {one.printed} in words, {missed[one.of]} in the matrix" for one in claims)
    yield Finding(
        check="matrix",
        topic="Misclassified images, in words and in the matrix",
        outcome="impossible" if wrong else "consistent",
        printed=quoted(claims),
        arithmetic="; ".join(words),
        sentence=(
            f"Of {listed(one.of for one in wrong)} the words and the matrix count different errors."
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
    mends = _mending(matrix.cells, report) if wrong else []
    words = _words(matrix.cells, report)
    if wrong:
        words += f"; {len(wrong)} numbers do not fit, {len(turned)} if rows are read as columns"
        words += "".join(f"; would fit with {one}" for one in mends[:1] if len(mends) == 1)
    return Finding(
        check="matrix",
        topic=f"Confusion matrix against {report.where}",
        outcome="consistent" if not wrong or not turned else "impossible",
        printed=(*matrix.quoted, *report.quoted),
        arithmetic=words,
        sentence=_against_sentence(wrong, turned, report),
        weight=weight(paper, report.claims),
        arm=matrix.arm,
    )


def _against_sentence(wrong: Sequence[Claim], turned: Sequence[Claim], report: Report) -> str:
    if not wrong:
        return f"The matrix gives every number of {report.where}, with true classes in its rows."
    if not turned:
        return f"The matrix gives every number of {report.where}, with true classes in its columns."
    return (
        f"The matrix and {report.where} cannot both be right, whichever way the matrix is read: they differ "
        f"in {listed(dict.fromkeys(f'{one.metric} of {one.of}' for one in wrong))}."
    )


def _words(cells: Cells, report: Report) -> str:
    supports = [one.support for one in margins_of(cells)]
    printed = [row["support"].printed for row in report.rows.values() if "support" in row]
    return f"the rows add up to {listed(supports)}; printed supports {listed(printed)}"


def _mending(cells: Cells, report: Report) -> list[str]:
    """Changes of one cell in each row that does not add up to its support, that mend everything."""
    if not report.supports:
        return []
    off = {
        place: support - sum(row)
        for place, (row, support) in enumerate(zip(cells, report.supports, strict=True))
        if support != sum(row)
    }
    found, names = [], list(report.rows)
    for columns in product(range(len(cells)), repeat=len(off)):
        changed, words = [list(row) for row in cells], []
        for (place, more), column in zip(off.items(), columns, strict=True):
            changed[place][column] += more
            words.append(
                f"{names[place]} called {names[column]} {changed[place][column]} instead of {cells[place][column]}"
            )
        if min(map(min, changed)) >= 0 and not misfits(tuple(map(tuple, changed)), report):
            found.append(listed(words))
    return found if off else []


def _belongs(matrix: Matrix, beside: Sequence[Report]) -> Iterator[Finding]:
    """Where an arm has several reports, the one that its matrix gives."""
    if len({one.supports for one in beside}) < 2:
        return
    fits = [one for one in beside if not misfits(matrix.cells, one)]
    total = sum(map(sum, matrix.cells))
    yield Finding(
        check="matrix",
        topic=f"{len(beside)} reports for one network",
        outcome="undetermined",
        printed=tuple(f"{max(one.totals):,} images ({one.where})" for one in beside),
        arithmetic=f"the matrix has {total:,} images and gives {listed(one.where for one in fits) or 'neither'}",
        sentence=(
            f"The paper prints reports on {listed(dict.fromkeys(max(one.totals) for one in beside))} images for one "
            f"network without saying that they are of different images; the matrix belongs to "
            f"{listed(one.where for one in fits) or 'none of them'}."
        ),
        weight=2,
        arm=matrix.arm,
    )
