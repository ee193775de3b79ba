"""The checks of a paper for any list of claims: a table without a paper around it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from lib.audit.all_checks import findings_of
from lib.audit.checks.matrix_scores import check_matrix_scores
from lib.audit.checks.two_classes import POSITIVE
from lib.audit.claims import grouped, single_evaluations
from lib.audit.findings import Consequence, Finding, ranked
from lib.audit.follows import consequences_of
from lib.audit.reports import is_average
from lib.audit.solved_reports import SolvedReport, solve_reports
from lib.papers.declare import (
    TWO_CLASSES,
    Arm,
    Assumed,
    Claim,
    ClassName,
    Dataset,
    Paper,
    Recipe,
    Source,
    Split,
)

NOT_STATED: Assumed[Any] = Assumed("", "a table alone does not say")


def check_claims(claims: Iterable[Claim], **table: Any) -> list[Finding]:
    """What the audit finds in the numbers of one table, the gravest first.

    Args:
        table: What is known of it besides, as `table_paper` takes it.

    Raises:
        ValueError: A metric that `Claim` does not have, or from `table_paper`.
    """
    paper = table_paper(claims, **table)
    return _findings(paper, solve_reports(single_evaluations(paper)))


def audit_claims(claims: Iterable[Claim], **table: Any) -> tuple[list[Finding], list[Consequence]]:
    """As `check_claims`, and what follows from the numbers beyond themselves."""
    paper = table_paper(claims, **table)
    solved_reports = solve_reports(single_evaluations(paper))
    return _findings(paper, solved_reports), consequences_of(paper, solved_reports)


def _findings(paper: Paper, solved_reports: Sequence[SolvedReport]) -> list[Finding]:
    return ranked([*findings_of(paper, solved_reports), *check_matrix_scores(paper)])


def table_paper(
    claims: Iterable[Claim],
    *,
    classes: Sequence[str] = (),
    n: int | None = None,
    positives: int | None = None,
    digits: Literal["rounded", "cut"] | None = None,
) -> Paper:
    """A declaration that states the numbers of one table and nothing else.

    A model that was measured on several sets of images is one arm on each.

    Args:
        claims: The numbers; `arm` is the row or model.
        classes: Names of the classes in the order of the report; those of its rows where none are given.
        n: Images behind every claim that has no `n` of its own.
        positives: How many of them are of the positive class, where there are two.
        digits: "rounded" or "cut" where it is known how all digits were made.

    Raises:
        ValueError: Another value of `digits`.
    """
    if digits not in (None, "rounded", "cut"):
        raise ValueError(f'`digits` should be "rounded", "cut" or None; received {digits!r}.')
    claims = [replace(claim, n=claim.n or n) for claim in claims]
    if digits:
        claims = [replace(claim, kind=replace(claim.kind, digits=digits)) for claim in claims]
    claims = _apart(claims)
    names = tuple(classes) or _class_names(claims)
    supports = _supports(claims, positives)
    return Paper(
        slug="table",
        title="A table",
        title_english="A table",
        authors=(),
        affiliation="",
        language="",
        in_brief="",
        task="",
        classes=tuple(ClassName(name=name) for name in names),
        dataset=Dataset(
            sources=(Source(title="", address="", licence="", citation=""),),
            counts={},
            total=NOT_STATED,
            side=NOT_STATED,
        ),
        phantom="",
        split=Split(
            test_share=NOT_STATED,
            stratified=NOT_STATED,
        ),
        arms=tuple(_arm(name) for name in dict.fromkeys(claim.arm for claim in claims)),
        claims=(*claims, *supports),
        validates_on_test=False,
        profiles={},
    )


def _apart(claims: list[Claim]) -> list[Claim]:
    """The claims, of which those of one arm on different numbers of images are of different arms."""
    apart = []
    for arm, of_arm in grouped(claims, lambda claim: claim.arm).items():
        sizes = {claim.n for claim in of_arm if claim.unit != "count"}
        for claim in of_arm:
            several = len(sizes) > 1 and claim.n
            apart.append(replace(claim, arm=f"{arm}, {claim.n:,} images") if several else claim)
    return apart


def _class_names(claims: Iterable[Claim]) -> tuple[str, ...]:
    """The rows of a report, and the classes of a matrix, that are no averages."""
    names: dict[str, None] = {}
    for claim in claims:
        if claim.metric == "cell":
            names |= dict.fromkeys(claim.of.split(" → "))
        elif claim.metric in ("precision", "recall", "f1", "support", *TWO_CLASSES):
            names |= dict.fromkeys([claim.of] * bool(claim.of and not is_average(claim.of)))
    return tuple(names)


def _supports(claims: Sequence[Claim], positives: int | None) -> list[Claim]:
    """The numbers of images that are given beside the table, as claims about every arm and part."""
    given = []
    for (arm, part), of_both in grouped(claims, lambda claim: (claim.arm, claim.part)).items():
        sizes = {claim.n for claim in of_both if claim.n and claim.kind.single}
        of_metrics = {claim.metric for claim in of_both}
        common: dict[str, Any] = {
            "metric": "support",
            "arm": arm,
            "part": part,
            "unit": "count",
            "where": "given beside the table",
        }
        if len(sizes) == 1 and not of_metrics & {"support", "cell"}:
            given.append(Claim(printed=str(*sizes), **common))
            if positives is not None:
                given.append(Claim(printed=str(positives), of=POSITIVE, **common))
    return given


def _arm(name: str) -> Arm:
    settings = dict.fromkeys(
        ("image_size", "pixel_scaling", "optimizer", "learning_rate", "batch_size"), NOT_STATED
    )
    return Arm(
        name=name,
        backbone="",
        weights=NOT_STATED,
        trainable=NOT_STATED,
        dense=NOT_STATED,
        activation=NOT_STATED,
        dropout=NOT_STATED,
        pooling=NOT_STATED,
        recipe=Recipe(epochs=NOT_STATED, loss=NOT_STATED, **settings),
    )
