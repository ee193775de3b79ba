"""A run beside the paper it reproduces: what the checklist and the limitations are asked about."""

from dataclasses import dataclass

from lib.papers import lender
from lib.papers.declare import Arm, Paper
from lib.results import Results, Score, shown_protocol


@dataclass(frozen=True, kw_only=True)
class Run:
    """The record of a run and the declaration it was made from."""

    paper: Paper
    results: Results

    @property
    def arms(self) -> list[str]:
        """The names of the arms that were trained, without the variants."""
        return self.results.arms

    @property
    def left_out(self) -> list[str]:
        """The names of the paper's arms that were not trained."""
        return [arm.name for arm in self.paper.arms if arm.name not in self.arms]

    @property
    def own_arms(self) -> list[Arm]:
        """The paper's arms that were trained."""
        return [arm for arm in self.paper.arms if arm.name in self.arms]

    @property
    def lenders(self) -> dict[str, Paper]:
        """The trained arms that are other papers', each with that paper."""
        owners = {arm: lender(arm) for arm in self.arms}
        return {arm: owner for arm, owner in owners.items() if owner}

    @property
    def accuracies(self) -> dict[tuple[str, str], Score]:
        """(arm, protocol) → accuracy on the test images, without the variants."""
        return {
            (score.arm, score.protocol): score
            for score in self.results.scores
            if score.is_headline and score.arm in self.arms
        }

    def learnt_arms(self, protocol: str) -> list[str]:
        """The arms that learnt under that protocol: of others nothing but that is said."""
        return [arm for arm in self.arms if self.results.learnt(arm, protocol)]

    @property
    def protocols(self) -> list[str]:
        """The protocols that were run."""
        return list(dict.fromkeys(fold.protocol for fold in self.results.folds))

    @property
    def shown_protocol(self) -> str:
        """The paper's protocol, or the one that was run instead."""
        return shown_protocol(self.protocols)
