"""Reports whose images may have several labels or labels that are not shown: each row by itself."""

from collections.abc import Iterator
from dataclasses import replace

from lib.audit.claims import grouped
from lib.audit.exact.averages import weighted_mean
from lib.audit.exact.margins import SCORES, ClassBounds, ReportBounds, class_margins
from lib.audit.findings import NOT_CHECKABLE, Finding, Outcome, quoted_rows, weigh
from lib.audit.reports import is_average, is_open
from lib.audit.rounding import bounds, common
from lib.papers.declare import Claim, Paper
from lib.words import listed

ANY = 10**18  # images that may be predicted as a class: their number is not known
MOST_IMAGES = 10**6  # of a class whose row is searched
Rows = dict[str, dict[str, Claim]]


def check_open_reports(paper: Paper) -> Iterator[Finding]:
    """One finding per report that is no whole single-label one: rows, then averages between them."""
    cells = (claim for claim in paper.claims if claim.metric in (*SCORES, "support") and claim.of)
    for claims in grouped(cells, lambda claim: (claim.arm, claim.part, claim.where)).values():
        if is_open(claims):
            yield _finding(paper, claims)


def _finding(paper: Paper, claims: list[Claim]) -> Finding:
    table: Rows = {
        name: {claim.metric: claim for claim in row}
        for name, row in grouped(claims, lambda claim: claim.of).items()
    }
    rows = {name: row for name, row in table.items() if not is_average(name)}
    averages = {name: row for name, row in table.items() if is_average(name)}
    # Supports and scores of a mean over folds are no shares of whole numbers.
    single = not claims[0].kind.mean_over
    wrong = [name for name, row in rows.items() if single and not _row_fits(row)]
    apart = [
        f"{score} of {name}"
        for name, row in averages.items()
        for score in SCORES
        if score in row and not _average_fits(name, score, row[score], rows, single)
    ]
    told = wrong or [text.partition(" of ")[2] for text in apart]
    checked = bool(rows) and all("support" in row for row in rows.values()) and single
    outcome: Outcome = (
        "impossible" if wrong or apart else "consistent" if checked else NOT_CHECKABLE
    )
    first = claims[0]
    return Finding(
        check="report",
        topic=f"Rows of {first.where}",
        outcome=outcome,
        printed=quoted_rows(
            {name: row.values() for name, row in table.items() if not told or name in told},
            first.where,
        ),
        arithmetic="; ".join([*(f"row of {name}" for name in wrong), *apart]),
        sentence=_sentence(outcome, wrong, apart, single),
        weight=weigh(paper, claims),
        arm=first.arm,
    )


def _sentence(outcome: str, wrong: list[str], apart: list[str], single: bool) -> str:
    if wrong:
        return f"No whole numbers of images give the row of {listed(wrong)}, rounded or cut off."
    if apart:
        return f"The {listed(apart)} cannot be that of the rows above, whichever values these were rounded from."
    if outcome == "consistent":
        return (
            "Each row fits by itself, and the averages lie between the rows. Images with several labels, or labels "
            "that are not shown, leave no more to ask."
        )
    kind = "means over several evaluations" if not single else "rows without numbers of images"
    return f"{NOT_CHECKABLE}: of {kind} only ranges and averages were asked."


def _row_fits(row: dict[str, Claim]) -> bool:
    """Whether hits and calls of a class give its row, whatever the other classes are.

    True where there are too many images to try all.
    """
    if "support" not in row or row["support"].value > MOST_IMAGES:
        return True
    scores = {score: bounds(row[score], "mixed") for score in SCORES if score in row}
    class_bounds = ClassBounds(scores=scores, support=int(row["support"].value))
    report = ReportBounds(rows=(class_bounds,), total=ANY, macro={}, weighted={})
    return any(
        next(class_margins(class_bounds, replace(report, zero_division=zero), range(1)), None)
        or _is_undefined(row, zero)
        for zero in (0, 1)
    )


def _is_undefined(row: dict[str, Claim], zero_division: int) -> bool:
    """Whether a class without images has its recall, and perhaps all else, by definition."""
    return row["support"].value == 0 and all(
        row[score].value in (0, zero_division) for score in SCORES if score in row
    )


def _average_fits(name: str, score: str, average: Claim, rows: Rows, single: bool) -> bool:
    """Whether an average can be one of the rows' scores; True where nothing is known of it."""
    scores = [row[score] for row in rows.values() if score in row]
    if len(scores) < len(rows) or not rows:
        return True
    every = [bounds(claim, "mixed") for claim in scores]
    within = bounds(average, "mixed")
    if name == "macro avg":
        return bool(common([within, weighted_mean(every, [1] * len(every))]))
    # Supports that differ from fold to fold weigh differently in each.
    supports = [row["support"].value for row in rows.values() if "support" in row]
    if name in ("weighted avg", "avg / total") and single and len(supports) == len(rows):
        mean = weighted_mean(every, list(map(int, supports))) if sum(supports) else within
        return bool(common([within, mean]))
    if name == "micro avg" and single:
        # A micro average lies between the rows, as every mediant does; classes without calls aside.
        rows_bounds = min(low for low, _ in every), max(high for _, high in every)
        return bool(common([within, rows_bounds]))
    return True
