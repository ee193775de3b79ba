"""A run beside the paper it reproduces: what the checklist and the limitations are asked about."""

from dataclasses import dataclass

from lib.papers.declare import Paper
from lib.results import Results, Score, shown_protocol


@dataclass(frozen=True, kw_only=True)
class Run:
    """The record of a run and the declaration it was made from."""

    paper: Paper
    results: Results

    @property
    def arms(self) -> list[str]:
        """The names of the paper's own arms, without the variants."""
        return [arm.name for arm in self.paper.arms]

    @property
    def accuracies(self) -> dict[tuple[str, str], Score]:
        """(arm, protocol) → accuracy on the test images, of the paper's own arms."""
        return {
            (score.arm, score.protocol): score
            for score in self.results.scores
            if score.is_headline and score.arm in self.arms
        }

    def learnt_arms(self, protocol: str) -> list[str]:
        """The paper's own arms that learnt under that protocol: of others nothing but that is said."""
        return [arm for arm in self.arms if self.results.learnt(arm, protocol)]

    @property
    def protocols(self) -> list[str]:
        """The protocols that were run."""
        return list(dict.fromkeys(fold.protocol for fold in self.results.folds))

    @property
    def shown_protocol(self) -> str:
        """The paper's protocol, or the one that was run instead."""
        return shown_protocol(self.protocols)
