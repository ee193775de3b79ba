"""Scores of two classes in one line: is there a 2 × 2 table, and a ROC curve, behind all of them?"""

from collections.abc import Iterator, Mapping
from fractions import Fraction

from lib.audit.claims import grouped
from lib.audit.exact.averages import weighted_mean
from lib.audit.exact.two_by_two import Tables, candidates, fitting, readings
from lib.audit.findings import NOT_CHECKABLE, Finding, Outcome, quoted, weigh
from lib.audit.misprints import mended, single_misprints
from lib.audit.part_sizes import known_sizes
from lib.audit.rounding import Bounds, Digits, bounds, common
from lib.papers.declare import TWO_CLASSES, Claim, Paper

SEARCHED = (
    *("accuracy", "precision", "recall", "f1", *TWO_CLASSES),
    *("balanced accuracy", "mcc", "kappa"),
)
POSITIVE = "positive"  # of the claim that counts the images of the positive class
UNIFORM: tuple[Digits, ...] = ("rounded", "cut")
MEANT = {
    "micro": "precision, recall and F1-score are micro averages, which are the accuracy",
    "negative": "precision, recall and F1-score are those of the other class",
    "macro": "precision, recall and F1-score are means over both classes",
    "weighted": "precision, recall and F1-score are weighted means over both classes",
}
MENDED = 300  # images up to which misprints are looked for if the positive ones are not counted
Row = dict[str, Claim]


def check_two_classes(paper: Paper) -> Iterator[Finding]:
    """One finding per arm and place with several such scores of all images."""
    for row in two_class_rows(paper):
        tables = tables_of(paper, row)
        if tables:
            yield _finding(paper, row, tables)
        elif len(row) > 2:
            yield _without_counts(paper, row)
        if {"auc", "specificity"} <= row.keys() and row.keys() & {"sensitivity", "recall"}:
            yield _roc_finding(paper, row)


def two_class_rows(paper: Paper) -> list[Row]:
    """Rows with scores that only two classes have, or that a table of two classes prints; score → claim."""
    claims = (
        claim
        for claim in paper.claims
        if claim.metric in (*SEARCHED, "auc") and not claim.of and claim.epoch is None
    )
    groups = grouped(
        claims, lambda claim: (claim.arm, claim.part, claim.where.split(",")[0])
    ).values()
    rows = ({claim.metric: claim for claim in group} for group in groups)
    return [
        row
        for row in rows
        if row.keys() & {*TWO_CLASSES, "mcc", "kappa", "balanced accuracy"}
        or (len(row) > 1 and is_binary(paper, row))
    ]


def is_binary(paper: Paper, row: Row) -> bool:
    """Whether it is known that there are two classes."""
    return len(paper.classes) == 2 or _positives(paper, next(iter(row.values()))) is not None


def _positives(paper: Paper, claim: Claim) -> int | None:
    """Images of the positive class, where their number is given."""
    return next(
        (
            int(other.value)
            for other in paper.claims
            if (other.metric, other.of, other.arm, other.part)
            == ("support", POSITIVE, claim.arm, claim.part)
        ),
        None,
    )


def tables_of(paper: Paper, row: Row) -> Tables | None:
    """The 2 × 2 tables that accuracy, sensitivity and specificity allow.

    None where the number of images is not known, there are more than two classes, or the tables are too many.
    """
    if len(paper.classes) > 2:
        return None
    claim = next(iter(row.values()))
    sizes = known_sizes(paper, claim.arm, claim.part)
    if len(sizes) != 1:
        return None
    return candidates(_positives(paper, claim), sizes[0].images, _within(row, "mixed"))


def _within(row: Row, digits: Digits) -> dict[str, Bounds]:
    return {score: bounds(claim, digits) for score, claim in row.items() if score != "auc"}


def ways(row: Row) -> list[tuple[Digits, str]]:
    """Digits and definition of precision, recall and F1-score, the plainest first."""
    definitions = list(readings(row))
    return [
        *((digits, definition) for definition in definitions for digits in UNIFORM),
        *(("mixed", definition) for definition in definitions),
    ]


def _finding(paper: Paper, row: Row, tables: Tables) -> Finding:
    way, count = _plainest(tables, row)
    sure = is_binary(paper, row)
    claims = [claim for score, claim in row.items() if score != "auc"]
    images = known_sizes(paper, claims[0].arm, claims[0].part)[0].images
    outcome: Outcome = (
        "consistent"
        if way == ("rounded", "positive")
        else "undetermined"
        if way or not sure
        else "impossible"
    )
    # Every misprint is a search of its own, and a long one where the positive images are not known.
    short = images <= MENDED or _positives(paper, claims[0]) is not None
    changes = _mending(paper, row) if short and not way else []
    return Finding(
        check="two classes",
        topic="Scores of two classes in one line",
        outcome=outcome,
        printed=quoted(claims),
        arithmetic=(
            f"{count:,} tables of {images:,} images give all {len(claims)} scores; {len(tables.tp):,} were tried "
            "one by one"
        ),
        sentence=_sentence(way, sure),
        misprint=mended(changes),
        weight=weigh(paper, claims),
        arm=claims[0].arm,
    )


def _plainest(tables: Tables, row: Row) -> tuple[tuple[Digits, str] | None, int]:
    """The plainest of the `ways` that a table fits, and how many do; None and 0 where none does."""
    for digits, definition in ways(row):
        if count := int(fitting(tables, _within(row, digits), definition).sum()):
            return (digits, definition), count
    return None, 0


def _mending(paper: Paper, row: Row) -> Iterator[tuple[Claim, Claim]]:
    """The single misprints that, taken back, leave a table of rounded scores."""
    for score, claim in row.items():
        if score == "auc":
            continue
        for misprint in single_misprints(claim):
            changed = row | {score: misprint}
            tables = tables_of(paper, changed) if misprint.value <= 1 else None
            if tables and fitting(tables, _within(changed, "rounded")).any():
                yield claim, misprint


def _sentence(way: tuple[Digits, str] | None, sure: bool) -> str:
    if way is None:
        if sure:
            return (
                "No whole numbers of images called rightly and wrongly give all these scores, rounded or cut off: "
                "other images were measured, they are means, or a digit is wrong."
            )
        return "Of two classes, no whole numbers of images give all these scores; averages over more classes may."
    digits, definition = way
    conditions = [
        *["digits were cut off"] * (digits == "cut"),
        *["some digits were rounded and others cut off"] * (digits == "mixed"),
        *([MEANT[definition]] if definition in MEANT else []),
    ]
    if conditions:
        return f"Whole numbers of images give all these scores if {', and '.join(conditions)}."
    return "Whole numbers of images called rightly and wrongly give all these scores."


def _without_counts(paper: Paper, row: Row) -> Finding:
    """Identities that hold without a number of images."""
    claims = list(row.values())
    within = _within(row, "mixed")
    broken = [words for words, fits in _identities(within) if not fits]
    sure = is_binary(paper, row)
    outcome: Outcome = ("impossible" if sure else "undetermined") if broken else NOT_CHECKABLE
    return Finding(
        check="two classes",
        topic="Scores of two classes in one line",
        outcome=outcome,
        printed=quoted(claims),
        arithmetic="; ".join(broken),
        sentence=(
            f"{'T' if sure else 'Of two classes, t'}he {broken[0]}; here it is not."
            if broken
            else f"{NOT_CHECKABLE}: the number of images is not known, or there are too many ways to count them; what "
            "holds for any number was asked."
        ),
        weight=weigh(paper, claims),
        arm=claims[0].arm,
    )


def _identities(within: Mapping[str, Bounds]) -> Iterator[tuple[str, bool]]:
    """In words, what holds for two classes whatever their numbers, and whether it does."""
    sensitivity = within.get("sensitivity")
    specificity = within.get("specificity")
    if not (sensitivity and specificity):
        return
    if "accuracy" in within:
        between = min(sensitivity[0], specificity[0]), max(sensitivity[1], specificity[1])
        yield (
            "accuracy lies between sensitivity and specificity",
            bool(common([within["accuracy"], between])),
        )
    if "balanced accuracy" in within:
        mean = weighted_mean([sensitivity, specificity], [1, 1])
        yield (
            "balanced accuracy is the mean of sensitivity and specificity",
            bool(common([within["balanced accuracy"], mean])),
        )


def _roc_finding(paper: Paper, row: Row) -> Finding:
    """The area under a ROC curve that rises and passes through one point lies between two areas."""
    auc, specificity = row["auc"], row["specificity"]
    sensitivity = row.get("sensitivity") or row["recall"]
    (least_se, most_se), (least_sp, most_sp) = (
        bounds(claim, "mixed") for claim in (sensitivity, specificity)
    )
    low = max(least_se, Fraction(0)) * max(least_sp, Fraction(0))
    high = 1 - (1 - min(most_se, Fraction(1))) * (1 - min(most_sp, Fraction(1)))
    fits = bool(common([bounds(auc, "mixed"), (low, high)]))
    sure = is_binary(paper, row) and len(paper.classes) <= 2
    return Finding(
        check="two classes",
        topic="Area under the ROC curve beside one of its points",
        outcome="consistent" if fits else "impossible" if sure else "undetermined",
        printed=quoted([sensitivity, specificity, auc]),
        arithmetic=(
            f"sensitivity × specificity = {float(low):.4f}; "
            f"1 - (1 - sensitivity) × (1 - specificity) = {float(high):.4f}"
        ),
        sentence=(
            "A ROC curve through this point can have this area."
            if fits
            else "A ROC curve never falls: one through this point cannot have this area"
            + ("." if sure else "; averages over more than two classes may.")
        ),
        weight=weigh(paper, [auc]),
        arm=auc.arm,
    )
