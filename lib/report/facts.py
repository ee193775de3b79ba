"""A run with its paper, and how limitations write its facts."""

from dataclasses import dataclass

from lib.papers.declare import Paper
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
