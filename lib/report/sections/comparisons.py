"""The tables of differences: arm against arm, protocol against protocol."""

from collections.abc import Callable, Sequence

import numpy as np

from lib.report.blocks import Block, paragraph, record_marks, table
from lib.report.leaks import grouped_rule, kept_together, seen_in_training
from lib.report.notation import capitalised, difference_interval, score_interval
from lib.results import Comparison, Gap, Results, headlines
from lib.words import counted, interval, listed

PROTOCOLS = ("published", "grouped")
ENOUGH = 0.9  # of the training images: from so many on, the rest explains no difference


def comparison_table(results: Results) -> Block:
    """Every arm against every other on the same test images; nothing where there is only one."""
    arms = {model.arm for model in results.models}
    comparisons = [
        comparison
        for comparison in results.comparisons
        if {comparison.arm, comparison.versus} <= arms
    ]
    if not comparisons:
        return Block("")
    tested = any(comparison.p is not None for comparison in comparisons)
    columns = ["Arm", "Against", "Protocol", "Difference", "For the whole family"]
    columns += ["p", "p, Holm"] if tested else []
    rows = [_comparison_row(comparison)[: len(columns)] for comparison in comparisons]
    caption = _comparison_caption(comparisons, results.data.group_noun, tested=tested)
    numeric = tuple(range(3, len(columns)))
    return table(rows, columns, caption, record_marks(results)[""], numeric=numeric)


def _comparison_row(comparison: Comparison) -> tuple:
    return (
        comparison.arm,
        comparison.versus,
        comparison.protocol,
        difference_interval(comparison),
        f"[{comparison.family_low:+.3f}, {comparison.family_high:+.3f}]",
        _p_value(comparison.p),
        _p_value(comparison.p_family),
    )


def _p_value(p: float | None) -> str | None:
    if p is None:
        return None
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _comparison_caption(comparisons: Sequence[Comparison], noun: str, *, tested: bool) -> str:
    number, seeds = comparisons[0].family, len(comparisons[0].per_seed)
    text = (
        "Arm against arm on the same test images: accuracy of the first less that of the second, mean "
        f"over seeds, with the interval of one run ({_methods(comparisons)}). "
    )
    if number > 1:
        text += (
            f"Of many comparisons some look like a difference by chance. There are {number} here: the "
            f"interval for the whole family is so wide (Bonferroni) that all {number} together miss "
            "nothing in 95 of 100 repetitions. "
        )
    if not tested:
        text += f"No p-value: images of one {noun} are not independent. "
    else:
        text += "p: McNemar's exact test on the images that only one of the two gets right"
        text += ", twice the median over seeds" if seeds > 1 else ""
        text += f"; p, Holm: the same, raised for {number} tests. " if number > 1 else ". "
    return text + "It is these trained models that are compared, not all that a recipe could give."


def _methods(differences: Sequence[Comparison | Gap]) -> str:
    return "; ".join(dict.fromkeys(difference.method for difference in differences))


def protocol_table(results: Results) -> Block:
    """Test accuracy under both protocols, their difference, and what it means in a sentence.

    Where they were not both run: why.
    """
    protocols = dict.fromkeys(fold.protocol for fold in results.folds)
    if not set(PROTOCOLS) <= set(protocols):
        return paragraph(_why_not_both(results, list(protocols)))
    accuracies = [
        {score.arm: score_interval(score) for score in headlines(results.scores, protocol)}
        for protocol in PROTOCOLS
    ]
    rows = [
        (gap.arm, *(by_arm[gap.arm] for by_arm in accuracies), difference_interval(gap))
        for gap in results.gaps
    ]
    caption = (
        f"Test accuracy by protocol (mean over seeds, interval of one run). published: the split of "
        f"the paper; grouped: {grouped_rule(results.grouping, results.data)}; every image is tested on once a "
        f"seed. The difference is published less grouped; its interval ({_methods(results.gaps)}) draws "
        f"the test images of both at once, so what they share cancels. Training images a model, on "
        f"average: {_training_images(results, 'published'):,.0f} and "
        f"{_training_images(results, 'grouped'):,.0f}."
    )
    columns = ("Arm", *PROTOCOLS, "Difference")
    block = table(rows, columns, caption, record_marks(results)[""], numeric=(1, 2, 3))
    return block + paragraph(_meaning(results))


def _why_not_both(results: Results, protocols: Sequence[str]) -> str:
    reason = results.grouping.hindrance or "the setting protocols names no other"
    return (
        f"Only the {listed(protocols)} {'protocol was' if len(protocols) == 1 else 'protocols were'} "
        f"run: {reason}."
    )


def _meaning(results: Results) -> str:
    """One sentence: a clause for the arms that lose, that win, and that do neither."""
    grouping = results.grouping
    kept = f"keeping {kept_together(grouping, results.data)} on one side of the split"
    lose = [gap for gap in results.gaps if gap.low > 0]
    win = [gap for gap in results.gaps if gap.high < 0]
    undecided = [gap for gap in results.gaps if gap not in (*lose, *win)]
    clauses = []
    if lose:
        clauses.append(
            f"{kept} costs {_by_arm(lose, results, _size)}: so much of the published accuracy is owed to "
            f"{seen_in_training(grouping)}{_fewer(results)}"
        )
    if win:
        clauses.append(
            f"{kept} adds {_by_arm(win, results, _size)}: that shows no leak and rules none out, since the "
            f"two protocols differ in which images they test"
        )
    if undecided:
        clauses.append(
            f"the two protocols cannot be told apart with {counted(grouping.units, grouping.noun)}: "
            f"{_by_arm(undecided, results, difference_interval)}"
        )
    return f"{capitalised('; '.join(clauses))}."


def _by_arm(gaps: Sequence[Gap], results: Results, write: Callable[[Gap], str]) -> str:
    """ "alexnet 0.200 [0.100, 0.300]"; without names where the run has one arm."""
    several = len(results.gaps) > 1
    return listed(f"{gap.arm} {write(gap)}" if several else write(gap) for gap in gaps)


def _size(gap: Gap) -> str:
    """The gap and its interval without their sign; both bounds have the same."""
    low, high = sorted((abs(gap.low), abs(gap.high)))
    return interval(abs(gap.mean), low, high)


def _fewer(results: Results) -> str:
    """The other reason for a gap: far fewer training images."""
    published, grouped = (_training_images(results, protocol) for protocol in PROTOCOLS)
    if grouped >= ENOUGH * published:
        return ""
    return f", and to training on {published:,.0f} images instead of {grouped:,.0f}"


def _training_images(results: Results, protocol: str) -> float:
    """Of one model, mean over folds."""
    folds = [fold for fold in results.folds if fold.protocol == protocol]
    return float(np.mean([sum(fold.train.values()) for fold in folds]))
