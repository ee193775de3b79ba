"""Records of scores, and of the paper's numbers beside them."""

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Literal

from pydantic import Field

from lib.results.record import Record, Verdict


class Score(Record):
    arm: str
    protocol: str
    metric: str
    of: str = Field(description='class, average, cell, layer, or "" for the whole')
    part: str = Field(
        description="test; train: after training, or its curve where there is an epoch; validation; or empty"
    )
    epoch: int | None = Field(description="null for the trained model")
    mean: float = Field(description="mean over seeds")
    low: float = Field(description="lower bound; see method")
    high: float
    sd: float | None = Field(description="standard deviation over seeds (n - 1); null for one seed")
    per_seed: list[float]
    method: str = Field(description="how low and high were obtained")

    @classmethod
    def over_seeds(
        cls, key: tuple, values: Sequence[float], low: float, high: float, method: str
    ) -> "Score":
        """The score of one value a seed; `key` is arm, protocol, metric, of, part, epoch."""
        arm, protocol, metric, of, part, epoch = key
        return cls(
            arm=arm,
            protocol=protocol,
            metric=metric,
            of=of,
            part=part,
            epoch=epoch,
            mean=fmean(values),
            low=float(low),
            high=float(high),
            sd=stdev(values) if len(values) > 1 else None,
            per_seed=[float(value) for value in values],
            method=method,
        )


class Difference(Record):
    arm: str = Field(description="a variant")
    versus: str = Field(description="the arm it is a variant of")
    protocol: str
    mean: float = Field(description="accuracy of `arm` less that of `versus`, mean over seeds")
    low: float = Field(description="lowest of the seeds")
    high: float = Field(description="highest of the seeds")
    per_seed: list[float] = Field(description="on the same split each")


class Confusion(Record):
    arm: str
    protocol: str
    part: Literal["test", "train"]
    seed: int
    fold: int
    counts: list[list[int]] = Field(
        description="rows true, columns predicted, in the order of `classes`"
    )


class ClaimResult(Record):
    arm: str
    metric: str
    of: str
    part: str
    epoch: int | None
    unit: str
    printed: str = Field(description="exactly as printed in the paper")
    where: str
    tolerance: float
    tolerance_from: str = Field(description="where the tolerance comes from")
    reproduced: float | None = Field(description="ours: mean over seeds; null where not computed")
    low: float | None
    high: float | None
    difference: tuple[float, float] | None = Field(
        description="95 % interval of ours less the paper's: sampling of both sides, seeds, rounding"
    )
    verdict: Verdict
    halved: Verdict = Field(description="the verdict with half the tolerance")
    doubled: Verdict = Field(description="the verdict with twice the tolerance")
    reason: str
