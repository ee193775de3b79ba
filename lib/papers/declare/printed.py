"""Whole tables as papers print them → one claim for each number."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lib.papers.declare.claims import REPORT, Claim, Unit


def classification_report(
    rows: Mapping[str, Sequence[str]],
    *,
    where: str,
    arm: str,
    part: str = "test",
    unit: Unit = "fraction",
) -> tuple[Claim, ...]:
    """The rows of a classification report.

    Args:
        rows: Class or average ("macro avg") → precision, recall, F1-score, support, as printed.
        where, arm, part, unit: As in `Claim`; `unit` is that of the scores.

    Raises:
        ValueError: A row of another length.
    """
    return tuple(
        Claim(
            metric=metric,
            of=row,
            printed=number,
            where=where,
            arm=arm,
            part=part,
            unit="count" if metric == "support" else unit,
        )
        for row, printed in rows.items()
        for metric, number in zip(REPORT, printed, strict=True)
    )


def epoch_log(
    rows: Iterable[tuple[Any, ...]],
    columns: Sequence[tuple[str, str]],
    *,
    where: str,
    arm: str,
) -> tuple[Claim, ...]:
    """The rows of a training log.

    Args:
        rows: The epoch, then its numbers as printed.
        columns: For each number its metric ("accuracy", "loss") and part ("train", "validation").
        where, arm: As in `Claim`.

    Raises:
        ValueError: A row of another length.
    """
    return tuple(
        Claim(
            metric=metric,
            printed=number,
            where=where,
            arm=arm,
            part=part,
            epoch=epoch,
            unit="loss" if metric == "loss" else "fraction",
        )
        for epoch, *printed in rows
        for (metric, part), number in zip(columns, printed, strict=True)
    )


def confusion_matrix(
    rows: Mapping[str, Mapping[str, str]],
    *,
    where: str,
    arm: str,
    part: str = "test",
) -> tuple[Claim, ...]:
    """The cells of a confusion matrix that are printed, all of them or some.

    Args:
        rows: True class → predicted class → images, as printed.
        where, arm, part: As in `Claim`.
    """
    return tuple(
        Claim(
            metric="cell",
            of=cell(true, predicted),
            printed=number,
            where=where,
            arm=arm,
            part=part,
            unit="count",
        )
        for true, row in rows.items()
        for predicted, number in row.items()
    )


def cell(true: str, predicted: str) -> str:
    """What a cell of a confusion matrix is called in claims and scores."""
    return f"{true} → {predicted}"
