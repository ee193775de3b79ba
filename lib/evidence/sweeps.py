"""A sweep: runs of one batch that differ in a few parameters, row by row, and which of them came out best.

Of many tries the highest is highest by luck, too. All that is said beside it is which others the same
test images rule out as the best. Of k tries that asks for k - 1 differences from the highest, each with
the interval of the whole family: a try is ruled out where its interval lies above 0 (multiple comparisons
with the best: Hsu, Annals of Statistics 12, 1984, p. 1136, here with Bonferroni's correction). In 300
made-up sweeps over six equally good values, each on 200 test images, a given one was ruled out in
2.3 %. The interval is that of the test images, not of another training.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, Literal

import pandas as pd
from pydantic import Field

from lib.evaluation.intervals import has_too_few
from lib.evidence.comparisons import compare
from lib.results import (
    ANSWER,
    PROTOCOLS,
    Comparison,
    Grouping,
    Kind,
    Record,
    Results,
    Score,
    Weights,
    majority_share,
)

SWEEP_VERSION: Final = 1  # of a sweep's results.json

Point = dict[str, Any]  # parameter → its value


@dataclass(frozen=True, kw_only=True)
class SweptRun:
    """A finished run of a sweep.

    Attributes:
        paper: The paper's name.
        task: What its images are to be told apart by, in words.
        results: The record of the run.
        answers: To test images, with the columns `lib.results.ANSWER` of predictions.csv.
        report: Address of its report, relative to the sweep's page.
        asked: Whether the last call asked for it; else it is of an earlier one.
    """

    paper: str
    task: str
    point: Point
    results: Results
    answers: pd.DataFrame
    report: str
    asked: bool


class SweepRow(Record):
    """The accuracy of one model under one protocol of one run."""

    slug: str
    paper: str = Field(description="name of the paper whose images these are")
    task: str = Field(description="what these images are to be told apart by")
    point: Point = Field(description="parameter → its value in this run")
    asked: bool = Field(description="whether the last call asked for it")
    arm: str = Field(description="slug/arm where the model and its recipe are another paper's")
    variant_of: str = Field(description="the arm this is a variant of, empty for an arm")
    protocol: str
    accuracy: Score = Field(description="on the test images")
    learnt: bool = Field(description="whether it does better than a constant answer")
    majority: float = Field(
        description="accuracy of always answering with the class most frequent in training, mean over seeds"
    )
    test_images: float = Field(description="of all folds of one seed, mean over seeds")
    grouping: Grouping
    images: int
    kind: Kind
    data_sha256: str = Field(
        description="hash of all images; runs that share it share their images"
    )
    weights: Weights
    profile: str
    device: str
    seconds: float = Field(description="wall time of the run")
    run_key: str
    report: str = Field(description="address of the run's report, relative to the sweep's page")


class SweepFailure(Record):
    """A run that was asked for and has no result."""

    slug: str
    paper: str
    point: Point
    asked: bool
    reason: str
    links: dict[str, str] = Field(description="what there is to look at → its address")


class Rival(Record):
    """A try beside the best one."""

    arm: str
    point: Point
    difference: Comparison | None = Field(
        description="accuracy of the best less this one's, on the same test images; null where they differ"
    )


class Best(Record):
    """Of one paper's images under one protocol: the try with the highest accuracy, beside the others."""

    slug: str
    paper: str
    protocol: str
    grouping: Grouping
    arm: str
    point: Point
    accuracy: Score
    rivals: list[Rival] = Field(
        description="all other tries that were asked for, in their order; also those not shown to have learnt"
    )

    def is_told_from(self, rival: Rival) -> bool:
        """Whether the test images show that the rival is not the best. Too few groups show nothing."""
        return (
            rival.difference is not None
            and not has_too_few(self.accuracy)
            and rival.difference.family_low > 0
        )


class Sweep(Record):
    """What results.json of a sweep holds."""

    sweep_version: Literal[1] = SWEEP_VERSION
    name: str
    parameters: list[str] = Field(description="what was varied, in the order of the command line")
    rows: list[SweepRow]
    failures: list[SweepFailure]
    best: list[Best] = Field(
        description="for every paper and protocol with two tries or more, of which one has learnt"
    )


def sweep_record(
    name: str,
    parameters: Sequence[str],
    runs: Sequence[SweptRun],
    failures: Sequence[SweepFailure] = (),
) -> Sweep:
    """The record of a sweep.

    Args:
        runs: Those of a paper one after another; the order of the rows.
    """
    asked = [run for run in runs if run.asked]
    return Sweep(
        name=name,
        parameters=list(parameters),
        rows=[row for run in runs for row in _rows(run)],
        failures=list(failures),
        best=[
            best
            for _, of_paper in groupby(asked, key=lambda run: run.results.slug)
            for best in _best_of_paper(list(of_paper))
        ],
    )


def _rows(run: SweptRun) -> list[SweepRow]:
    results = run.results
    models = {model.arm: model for model in results.models}
    return [
        SweepRow(
            slug=results.slug,
            paper=run.paper,
            task=run.task,
            point=run.point,
            asked=run.asked,
            arm=score.arm,
            variant_of=models[score.arm].variant_of,
            protocol=score.protocol,
            accuracy=score,
            learnt=results.learnt(score.arm, score.protocol),
            majority=majority_share(results.folds, score.protocol),
            test_images=_test_images(results, score.protocol),
            grouping=results.grouping,
            images=results.data.images,
            kind=results.data.kind,
            data_sha256=results.data.sha256,
            weights=models[score.arm].weights,
            profile=results.profile,
            device=results.provenance.device,
            seconds=results.provenance.seconds,
            run_key=results.provenance.run_key,
            report=run.report,
        )
        for score in results.scores
        if score.is_headline
    ]


def _test_images(results: Results, protocol: str) -> float:
    folds = [fold for fold in results.folds if fold.protocol == protocol]
    return sum(sum(fold.test.values()) for fold in folds) / len({fold.seed for fold in folds})


def _best_of_paper(runs: Sequence[SweptRun]) -> list[Best]:
    tries = [(run, row) for run in runs for row in _rows(run) if not row.variant_of]
    protocols = sorted({row.protocol for _, row in tries}, key=PROTOCOLS.index)
    made = []
    for protocol in protocols:
        of_protocol = [(run, row) for run, row in tries if row.protocol == protocol]
        if len(of_protocol) > 1 and any(row.learnt for _, row in of_protocol):
            made.append(_best(of_protocol))
    return made


def _best(tries: Sequence[tuple[SweptRun, SweepRow]]) -> Best:
    learnt = [number for number, (_, row) in enumerate(tries) if row.learnt]
    highest = max(learnt, key=lambda number: tries[number][1].accuracy.mean)  # of equals the first
    differences = _differences(tries, highest)
    best = tries[highest][1]
    return Best(
        slug=best.slug,
        paper=best.paper,
        protocol=best.protocol,
        grouping=best.grouping,
        arm=best.arm,
        point=best.point,
        accuracy=best.accuracy,
        rivals=[
            Rival(arm=row.arm, point=row.point, difference=differences.get(number))
            for number, (_, row) in enumerate(tries)
            if number != highest
        ],
    )


def _differences(
    tries: Sequence[tuple[SweptRun, SweepRow]], highest: int
) -> Mapping[int, Comparison]:
    """Number of another try → the accuracy of the highest less its own; empty where images or splits differ."""
    if len({row.data_sha256 for _, row in tries}) > 1:
        return {}
    answers = []
    for number, (run, row) in enumerate(tries):
        own = (run.answers["arm"] == row.arm) & (run.answers["protocol"] == row.protocol)
        answers.append(run.answers.loc[own, list(ANSWER)].assign(arm=str(number)))
    others = [number for number in range(len(tries)) if number != highest]
    pairs = [(str(highest), str(number)) for number in others]
    noun = tries[highest][0].results.data.group_noun
    try:
        compared = compare(pairs, pd.concat(answers, ignore_index=True), noun)
    except ValueError:  # other seeds or another split: no image was answered by both
        return {}
    return {
        number: difference.model_copy(
            update={"arm": tries[highest][1].arm, "versus": tries[number][1].arm}
        )
        for number, difference in zip(others, compared, strict=True)
    }
