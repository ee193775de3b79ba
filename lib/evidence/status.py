"""What a whole run says of its paper: the one line that stands above everything else."""

from collections.abc import Sequence
from typing import Literal

from lib.papers.declare import overall_accuracy
from lib.results import ClaimResult, Results

Status = Literal["drawn", "other images", "reproduced", "not reproduced", "inconclusive"]


def status_of(results: Results) -> Status:
    """Drawn and other images decide nothing; else the headline and every trained model's printed accuracy do.

    All of them must come out for "reproduced"; one that does not is enough for "not reproduced".
    """
    if results.data.kind == "phantom":
        return "drawn"
    if results.data.kind == "substitute":
        return "other images"
    verdicts = {claim.verdict for claim in deciding_claims(results)}
    if "not reproduced" in verdicts:
        return "not reproduced"
    return "reproduced" if verdicts == {"reproduced"} else "inconclusive"


def deciding_claims(results: Results) -> Sequence[ClaimResult]:
    """The paper's headline, and the accuracy that it prints of each model that was trained; each once.

    Where the headline's model was not trained, the first number of those that were takes its place.
    """
    printed = [overall_accuracy(results.claims, arm) for arm in results.arms]
    claims = [*results.claims[:1], *(claim for claim in printed if claim)]
    return [claim for place, claim in enumerate(claims) if claim not in claims[:place]]
