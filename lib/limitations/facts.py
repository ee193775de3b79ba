"""A run with its paper, and how limitations write its facts."""

from dataclasses import dataclass

from lib.paper import Paper
from lib.results import Results, Score

ACCURACY = ("accuracy", "", "test", None)


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run and the declaration it was made from."""

    paper: Paper
    results: Results

    @property
    def arms(self) -> list[str]:
        """The names of the paper's own arms, without the variants."""
        return [one.name for one in self.paper.arms]

    @property
    def accuracies(self) -> dict[tuple[str, str], Score]:
        """(arm, protocol) → accuracy on the test images, of the paper's own arms."""
        return {
            (one.arm, one.protocol): one
            for one in self.results.scores
            if one.arm in self.arms and (one.metric, one.of, one.part, one.epoch) == ACCURACY
        }

    @property
    def protocols(self) -> list[str]:
        """The protocols that were run."""
        return list(dict.fromkeys(one.protocol for one in self.results.folds))

    @property
    def shown(self) -> str:
        """The paper's protocol, or the one that was run instead."""
        return "published" if "published" in self.protocols else self.protocols[0]


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 patient", "1,200 patients"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def signed(mean: float, low: float, high: float) -> str:
    """A difference with its interval: "+0.030 [-0.010, +0.070]"."""
    return f"{mean:+.3f} [{low:+.3f}, {high:+.3f}]"


def span(score: Score) -> str:
    """A score with its interval: "0.944 [0.918, 0.965]"."""
    return f"{score.mean:.3f} [{score.low:.3f}, {score.high:.3f}]"
