"""Paper versus reproduced, number by number: a verdict by one rule, with its reason."""

from collections.abc import Mapping, Sequence

from lib.paper import Claim, Paper
from lib.results import WEIGHTS, ClaimResult, Model, Score
from lib.settings import Settings

RULE = (
    "A printed number stands for every value that rounds to it; the tolerance widens that range on "
    "both sides. Reproduced: our whole interval lies inside the widened range. Not reproduced: it lies "
    "wholly outside. Inconclusive: it reaches across an edge, so it is too wide to tell. Not "
    "comparable: the images, the weights or the settings are not the paper's, or the number is not "
    "one that a rerun can give. Parameter counts and their memory need neither images nor weights and "
    "are always comparable."
)

# Changed settings that leave a number comparable: more seeds, another number of drawn images (which
# are incomparable anyway), another compiler.
HARMLESS = ("seeds", "phantoms_per_class", "jit_compile")


def judge(
    paper: Paper,
    scores: Sequence[Score],
    *,
    kind: str,
    models: Sequence[Model],
    settings: Settings,
) -> list[ClaimResult]:
    """One result for every claim of `paper`, in the paper's order.

    Args:
        scores: Ours, of the `published` protocol (others are ignored).
        kind: "exact", "substitute" or "phantom".
        models: One an arm; what their backbones started from.
        settings: As run; a changed one makes scores incomparable.
    """
    ours = {_key(score): score for score in scores if score.protocol == "published"}
    common = _hindrances(kind, settings)
    by_arm = {model.arm: common | _weights_hindrance(model) for model in models}
    return [_result(claim, ours, by_arm.get(claim.arm, common)) for claim in paper.claims]


def _key(one: Claim | Score) -> tuple:
    return (one.arm, one.metric, one.of, one.part, one.epoch)


def _hindrances(kind: str, settings: Settings) -> dict[str, str]:
    """What keeps scores from being compared: what it is → in words."""
    found = {}
    if kind != "exact":
        images = {"substitute": "other images than the paper's", "phantom": "synthetic images"}
        found["data"] = images[kind]
    changed = [name for name in settings.changed if name not in HARMLESS]
    if changed:
        found["settings"] = f"changed settings: {', '.join(changed)}"
    return found


def _weights_hindrance(model: Model) -> dict[str, str]:
    weights = model.weights
    if weights.used == weights.declared:
        return {}
    return {"weights": f"{WEIGHTS[weights.used]} instead of {WEIGHTS[weights.declared]}"}


def _needs(claim: Claim) -> tuple[str, ...]:
    if claim.metric in ("parameters", "memory"):
        return ()
    return ("data", "settings") if claim.metric == "support" else ("data", "weights", "settings")


def _missing(claim: Claim, ours: Mapping[tuple, Score]) -> str:
    *wanted, epoch = _key(claim)
    shorter = epoch and any(key[:-1] == tuple(wanted) and key[-1] for key in ours)
    return "this run has fewer epochs" if shorter else "not computed in this run"


def _result(claim: Claim, ours: Mapping[tuple, Score], hindrances: dict[str, str]) -> ClaimResult:
    score = ours.get(_key(claim))
    reasons = [words for what, words in hindrances.items() if what in _needs(claim)]
    if claim.incomparable:
        verdict, reason = "not comparable", claim.incomparable
    elif score is None:
        verdict, reason = "not comparable", _missing(claim, ours)
    elif reasons:
        verdict, reason = "not comparable", "; ".join(reasons)
    else:
        verdict, reason = _compare(claim, score)
    return ClaimResult(
        arm=claim.arm,
        metric=claim.metric,
        of=claim.of,
        part=claim.part,
        epoch=claim.epoch,
        unit=claim.unit,
        printed=claim.printed,
        where=claim.where,
        tolerance=claim.tolerance,
        reproduced=score and score.mean,
        low=score and score.low,
        high=score and score.high,
        verdict=verdict,
        reason=reason,
    )


def _compare(claim: Claim, score: Score) -> tuple[str, str]:
    low, high = (
        bound + side * claim.tolerance for bound, side in zip(claim.rounding, (-1, 1), strict=True)
    )
    if low <= score.low and score.high <= high:
        return "reproduced", "our interval lies inside the printed number's range"
    if score.high < low or score.low > high:
        return "not reproduced", "our interval lies outside the printed number's range"
    return "inconclusive", "our interval reaches across an edge of the printed number's range"
