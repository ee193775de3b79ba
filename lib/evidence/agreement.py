"""Did the rerun work? A run's accuracies against those of a kept run on the same images with the same settings.

The yardstick is the kept run's own scatter over seeds. If the accuracies of single seeds are normally
distributed with its standard deviation s (n - 1 degrees of freedom, n seeds), the mean of m further seeds lies
with 95 % probability within t(0.975, n - 1) · s · √(1/n + 1/m) of its mean: the prediction interval for
a future sample mean (Hahn & Meeker, Statistical Intervals, 1991, section 4.8). Seeds that agree by
chance would make it too narrow: it is never narrower than one test image. A kept run of one seed has no scatter;
its 95 % interval over test images, which is wider as a rule, takes the place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import sqrt

from lib.results import Reference, ReferenceArm, ReferenceScore, Results, Score, headlines
from lib.words import counted, listed

# Settings that change neither how an arm is trained nor on which images: which arms and protocols are
# run besides, how many seeds, which compiler.
BESIDE = ("profile", "arms", "variants", "protocols", "seeds", "choices", "changed", "image_size")
BESIDE_DRAWN = (
    "phantoms_per_class",
    "images_per_class",
)  # which images these give is compared itself
COMPILER = "jit_compile"
LIKELY = 0.975  # quantile: 95 % on both sides together


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """One accuracy of a run beside that of a kept run.

    Attributes:
        arm, protocol: Whose it is.
        ours: The mean over this run's seeds.
        low, high: Between which the reference lets it be expected.
        seeds: Of the reference; with one, `low` and `high` are its interval over test images.
    """

    arm: str
    protocol: str
    ours: float
    low: float
    high: float
    seeds: int

    @property
    def holds(self) -> bool:
        """Whether the accuracy lies where the reference lets it be expected."""
        return self.low <= self.ours <= self.high


def agreement_sentence(results: Results, references: Sequence[Reference]) -> str:
    """Whether the run agrees with a kept run of the same images and settings; "" where there is none.

    Of several it is the one that tells of most models, of these the one with most seeds.
    """
    compared = [(agreement(results, [reference]), reference) for reference in references]
    if not compared:
        return ""
    agreements, reference = max(compared, key=lambda pair: (len(pair[0]), _seeds(pair[0])))
    if not agreements:
        return ""
    seeds = _seeds(agreements)
    expected = (
        f"the scatter over its {counted(seeds, 'seed')}"
        if seeds > 1
        else "its interval over test images (it has one seed, which tells nothing of scatter)"
    )
    outside = [known for known in agreements if not known.holds]
    run = f"the kept run on the same images with the same settings ({reference.title})"
    if not outside:
        return f"This run agrees with {run}: {_models(agreements)} within {expected}."
    differences = listed(
        f"{known.arm} {known.protocol} {known.ours:.3f}, expected {known.low:.3f} to {known.high:.3f}"
        for known in outside
    )
    rest = [known for known in agreements if known.holds]
    others = f"; {_models(rest)} within it" if rest else ""
    return f"This run differs from {run}: outside {expected}: {differences}{others}."


def agreement(results: Results, references: Iterable[Reference]) -> list[Agreement]:
    """Every accuracy of the run for which a reference has the same images, arm, protocol and settings.

    A run is not compared with itself.
    """
    return [
        _agreement(score, kept)
        for reference in references
        if _same_images(results, reference)
        for arm in reference.arms
        if _same_training(results, reference, arm)
        for kept in arm.scores
        if kept.protocol != "grouped" or _same(results, reference, "grouped_folds")
        for score in headlines(results.scores, kept.protocol)
        if score.arm == arm.arm
    ]


def _same_images(results: Results, reference: Reference) -> bool:
    ours, theirs = results.data, reference.data
    is_itself = results.provenance.started == reference.started
    return (
        results.slug == reference.slug
        and not is_itself
        and (ours.sha256, ours.counts, ours.only) == (theirs.sha256, theirs.counts, theirs.only)
        and ours.drawn == theirs.drawn
    )


def _same_training(results: Results, reference: Reference, arm: ReferenceArm) -> bool:
    """Whether this run has the arm, its split, its recipe and its weights.

    A setting that the library has learnt since the reference was kept is not compared.
    """
    names = {*reference.settings} - {*BESIDE, *BESIDE_DRAWN, "training", "grouped_folds"}
    weights = {model.arm: model.weights.used for model in results.models}
    ours = results.settings.get("training", {}).get(arm.arm)
    theirs = reference.settings.get("training", {}).get(arm.arm)
    if weights.get(arm.arm) != arm.weights.used or not ours or not theirs:
        return False
    return all(_same(results, reference, name) for name in names) and all(
        ours.get(name) == value for name, value in theirs.items() if name != COMPILER
    )


def _same(results: Results, reference: Reference, name: str) -> bool:
    return results.settings.get(name) == reference.settings.get(name)


def _agreement(score: Score, kept: ReferenceScore) -> Agreement:
    theirs = kept.accuracy
    low, high = theirs.low, theirs.high
    if theirs.sd is not None:
        from scipy.special import stdtrit  # loaded only where there is something to compare

        seeds, our_seeds = len(theirs.per_seed), len(score.per_seed)
        scatter = stdtrit(seeds - 1, LIKELY) * theirs.sd * sqrt(1 / seeds + 1 / our_seeds)
        half = max(float(scatter), 1 / kept.test_images)
        low, high = max(0.0, theirs.mean - half), min(1.0, theirs.mean + half)
    return Agreement(
        arm=score.arm,
        protocol=score.protocol,
        ours=score.mean,
        low=low,
        high=high,
        seeds=len(theirs.per_seed),
    )


def _seeds(agreements: Sequence[Agreement]) -> int:
    return max((known.seeds for known in agreements), default=0)


def _models(agreements: Sequence[Agreement]) -> str:
    """ "mobilenetv2 (published and grouped)"."""
    return listed(
        f"{arm} ({listed(known.protocol for known in of_arm)})"
        for arm, of_arm in groupby(agreements, key=lambda known: known.arm)
    )
